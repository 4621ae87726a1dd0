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
/** Who changes whose details: the business's own, or one unit's. */
const whose = fc.oneof(
  { weight: 2, arbitrary: fc.record({ who, unit: fc.constant(undefined) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      who: fc.constantFrom('boss', 'helper', 'local'),
      unit: fc.constant('oslo' as const),
    }),
  },
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant('change' as const), whose, to: fc.constantFrom(...ADDRESSES) }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('street' as const), whose }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('stop' as const), from: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('cancel', 'overrule', 'undo'), who }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('confirm' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('bounce' as const),
      of: fc.constantFrom(undefined, 'oslo' as const),
    }),
  },
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

/** Where nothing arrives any more: who is told there is not told. */
const bounced = new Set<string>();

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
  if (one.what === 'change' || one.what === 'street') {
    const person = world.people[one.whose.who];
    const unit = one.whose.unit && world.units[one.whose.unit];
    if (one.what === 'change' && (await world.email(unit)) !== one.to) await world.wait(person, one.to, unit);
    if (one.what === 'street')
      await world.begin(person, { addressLines: [`Gata ${String(hours)}`] }, unit).catch(() => undefined);
  }
  if (one.what === 'stop') {
    const letters = await world.told('contact:notice.begun');
    const secret = letters
      .at(-1 - one.from)
      ?.secrets['link']?.split('/')
      .at(-1);
    if (secret !== undefined) await useStop(deps, secret);
  }
  if (one.what === 'confirm' && acting) await confirmContact(deps, acting, await world.version());
  if (one.what === 'bounce') {
    const address = (await world.email(one.of && world.units[one.of])) ?? '';
    bounced.add(address);
    await world.comesBack(address);
  }
  if (move !== undefined && acting) {
    if (one.what === 'cancel') await cancelMove(deps, acting, move);
    if (one.what === 'overrule') await overruleMove(deps, acting, move);
    if (one.what === 'undo') await undoMove(deps, acting, move);
  }
  return hours;
}

interface Row {
  readonly id: string;
  readonly unit_id: string | null;
  readonly state: string;
  readonly before: { email: string | null };
  readonly examined_at: Date | null;
  readonly unreached_at: Date | null;
  readonly posted_at: Date | null;
  readonly suspicion: unknown[];
  readonly vouched_by_name: string | null;
}

/** Everything that happened has been told to somebody who was there before, or by their own address, or stands on the post list. */
async function expectTold(before: readonly (string | null)[]): Promise<void> {
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
    const former = about.some(
      ({ addresses }) =>
        addresses.includes(move?.before.email ?? '') && !bounced.has(move?.before.email ?? ''),
    );
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
  // One at most is under way of the business and of the unit, and nothing holds that still waits for somebody.
  const open = [...moves.values()].filter(({ state }) => state === 'waiting' || state === 'paused');
  expect(new Set(open.map(({ unit_id }) => unit_id)).size).toBe(open.length);
  for (const move of moves.values()) {
    if (move.state !== 'effective') continue;
    expect(move.examined_at).not.toBeNull();
    expect(move.suspicion.length === 0 || move.vouched_by_name !== null).toBe(true);
    expect(move.unreached_at === null || move.posted_at !== null).toBe(true);
  }
  // An address changes only by something that was told.
  if (JSON.stringify(await emails()) !== JSON.stringify(before))
    expect(events.at(-1)?.kind === 'effective' || events.some(({ kind }) => kind === 'undone')).toBe(true);
}

/** Where messages to the business go, and where those about its unit. */
const emails = async () => [await world.email(), await world.email(world.units.oslo)];

test('whatever is changed, stopped, confirmed, bounced or made late, somebody who was there before is told of it', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      await world.reset();
      bounced.clear();
      let hours = 0;
      for (const one of steps) {
        const before = await emails();
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
