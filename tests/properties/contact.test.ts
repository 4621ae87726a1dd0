import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confirmContact } from '../../src/contact/actions.ts';
import { cancelMove, overruleMove, undoMove, useStop } from '../../src/contact/moves.ts';
import { ContactWorld } from '../support/contact-world.ts';

let world: ContactWorld;
beforeAll(async () => {
  world = await ContactWorld.start();
}, 60_000);
afterAll(() => world.stop());

const ADDRESSES = [
  'a@kunde.example',
  'b@kunde.example',
  'c@rimeligkorthjelp.example',
  'd@gmail.com',
] as const;

const who = fc.constantFrom('boss', 'chair', 'helper');
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('change' as const), who, to: fc.constantFrom(...ADDRESSES) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('street' as const), who }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('stop' as const), from: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('cancel', 'overrule', 'undo'), who }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('confirm' as const), who }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('bounce' as const) }) },
  // Also back, and so far that everything has had its time.
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('clock' as const), hours: fc.integer({ min: -30, max: 200 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('reach' as const), reach: fc.constantFrom('reached', 'none') }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Whatever cannot be done in the state that things are in is refused, and that is fine. */
async function take(one: Step, hours: number): Promise<number> {
  const deps = world.deps();
  const move = (
    await world.small.rows<{ id: string }>('select id from contact_moves order by id desc limit 1')
  )[0]?.id;
  const acting = 'who' in one ? await world.as(world.people[one.who]) : undefined;
  if (one.what === 'clock') {
    await world.clock(`${String(hours + one.hours)} hours`);
    return hours + one.hours;
  }
  if (one.what === 'reach') world.reach = one.reach;
  if (one.what === 'change' && 'who' in one && (await world.email()) !== one.to)
    await world.wait(world.people[one.who], one.to);
  if (one.what === 'street' && 'who' in one)
    await world
      .begin(world.people[one.who], { addressLines: [`Gata ${String(hours)}`] })
      .catch(() => undefined);
  if (one.what === 'stop') {
    const letters = await world.told('contact:notice.begun');
    const secret = letters
      .at(-1 - one.from)
      ?.secrets['link']?.split('/')
      .at(-1);
    if (secret !== undefined) await useStop(deps, secret);
  }
  if (one.what === 'confirm' && acting) await confirmContact(deps, acting, await world.version());
  if (one.what === 'bounce') await world.comesBack((await world.email()) ?? '');
  if (move !== undefined && acting) {
    if (one.what === 'cancel') await cancelMove(deps, acting, move);
    if (one.what === 'overrule') await overruleMove(deps, acting, move);
    if (one.what === 'undo') await undoMove(deps, acting, move);
  }
  return hours;
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly before: { email: string | null };
  readonly examined_at: Date | null;
  readonly unreached_at: Date | null;
  readonly posted_at: Date | null;
  readonly suspicion: unknown[];
  readonly vouched_by_name: string | null;
}

/** Everything that happened has been told to somebody who was there before, or by their own address, or stands on the post list. */
async function expectTold(emailBefore: string | null): Promise<void> {
  await world.work();
  const untold = await world.small.rows('select id from contact_events where told_at is null');
  expect(untold).toEqual([]);
  const moves = new Map(
    (await world.small.rows<Row>('select * from contact_moves')).map((row) => [row.id, row]),
  );
  const events = await world.small.rows<{ move_id: string; kind: string }>(
    'select * from contact_events order by id',
  );
  const letters = (await world.told()).filter(({ template }) => !/\.(?:code|vouch|changed)$/u.test(template));
  for (const { move_id, kind } of events) {
    const move = moves.get(move_id);
    const template = `contact:notice.${kind}`;
    const about = letters.filter((one) => one.template.startsWith(template));
    const former = about.some(({ addresses }) => addresses.includes(move?.before.email ?? ''));
    const officers = about.some(({ audience }) => audience === 'officers');
    const unreached = (move?.unreached_at ?? null) !== null;
    expect([kind, former || (officers && !unreached) || unreached]).toEqual([kind, true]);
  }
  // As many letters as there was to tell: no event was told by the letter of another.
  const counted = (kind: string) => events.filter((one) => one.kind === kind).length;
  const written = (kind: string) =>
    letters.filter(
      ({ template, audience }) => audience === 'officers' && template.startsWith(`contact:notice.${kind}`),
    ).length;
  for (const kind of ['begun', 'paused', 'overruled', 'cancelled', 'replaced', 'effective', 'undone'])
    expect([kind, written(kind)]).toEqual([kind, counted(kind)]);
  // One at most is under way, and nothing holds that still waits for somebody.
  const open = [...moves.values()].filter(({ state }) => state === 'waiting' || state === 'paused');
  expect(open.length).toBeLessThanOrEqual(1);
  for (const move of moves.values()) {
    if (move.state !== 'effective') continue;
    expect(move.examined_at).not.toBeNull();
    expect(move.suspicion.length === 0 || move.vouched_by_name !== null).toBe(true);
    expect(move.unreached_at === null || move.posted_at !== null).toBe(true);
  }
  // The address changes only by something that was told.
  const email = await world.email();
  if (email !== emailBefore)
    expect(events.at(-1)?.kind === 'effective' || events.some(({ kind }) => kind === 'undone')).toBe(true);
}

test('whatever is changed, stopped, confirmed, bounced or made late, somebody who was there before is told of it', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      await world.reset();
      let hours = 0;
      for (const one of steps) {
        const before = await world.email();
        hours = await take(one, hours);
        await expectTold(before);
      }
      for (const { state } of await world.small.rows<{ state: string }>('select state from contact_moves'))
        reached.add(state);
    }),
    { numRuns: Number(process.env['CONTACT_RUNS'] ?? 15), endOnFailure: true },
  );
  // The draws go through what there is to go through.
  expect([...reached]).toEqual(expect.arrayContaining(['replaced', 'effective']));
}, 240_000);
