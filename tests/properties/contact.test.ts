import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confirmContact } from '../../src/contact/actions.ts';
import { cancelMove, overruleMove, undoMove, useStop } from '../../src/contact/moves.ts';
import { notePosted, overseeMoves } from '../../src/contact/overseeing.ts';
import { isForPost } from '../../src/contact/rules.ts';
import { ContactWorld, OFFICERS_OWN } from '../support/contact-world.ts';

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
  // The officers' own addresses go from the contact register and come back, or stand there and are good for nothing.
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('reach' as const),
      reach: fc.constantFrom('reached', 'none', 'dead'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('post' as const) }) },
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
  if (one.what === 'reach') {
    world.reach = one.reach === 'none' ? 'none' : 'reached';
    for (const address of OFFICERS_OWN)
      if (one.reach === 'dead') await world.comesBack(address);
      else world.dead.delete(address);
  }
  if (one.what === 'post')
    for (const { id, state } of await listedForPost()) {
      await notePosted(deps, await world.asCaseOfficer(), { moveId: id, told: state });
      for (const event of await whatHappened()) if (event.move_id === id) posted.add(event.id);
    }
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
  if (one.what === 'bounce') await world.comesBack((await world.email(one.of && world.units[one.of])) ?? '');
  if (move !== undefined && acting) {
    if (one.what === 'cancel') await cancelMove(deps, acting, move);
    if (one.what === 'overrule') await overruleMove(deps, acting, move);
    if (one.what === 'undo') await undoMove(deps, acting, move);
  }
  return hours;
}

/** What case officers see that has to be told of by post. */
async function listedForPost() {
  const listed = await overseeMoves(world.deps(), await world.asCaseOfficer());
  if (!listed.ok) throw new Error(listed.error.kind);
  return listed.value.filter(isForPost);
}

interface Row {
  readonly id: string;
  readonly unit_id: string | null;
  readonly state: string;
  readonly examined_at: Date | null;
  readonly suspicion: unknown[];
  readonly vouched_by_name: string | null;
}

/** What happened to each change, with where the letter about it to the officers came to and did not come back from. */
async function whatHappened() {
  return world.small.rows<{ id: string; move_id: string; kind: string; reached: string[] }>(
    `select e.id, e.move_id, e.kind, array(select d.address from notices n join notice_deliveries d on d.notice_id = n.id
       where n.created_at = e.told_at and n.audience = 'officers' and n.template ~ ('^contact:notice.' || e.kind)
         and d.state = 'sent') as reached
     from contact_events e order by e.id`,
  );
}

/** What a posted letter has told of. */
const posted = new Set<string>();
/** Changes that were seen to hold. */
const held = new Set<string>();

/** Everything that happened has been told at an officer's own address or by a posted letter, or stands on the post list. */
async function expectTold(before: readonly (string | null)[]): Promise<void> {
  await world.work();
  const untold = await world.small.rows('select id from contact_events where told_at is null');
  expect(untold).toEqual([]);
  const moves = new Map(
    (await world.small.rows<Row>('select * from contact_moves')).map((row) => [row.id, row]),
  );
  const listed = new Set((await listedForPost()).map(({ id }) => id));
  const letters = (await world.told()).filter(({ template }) => !/\.(?:code|vouch|changed)$/u.test(template));
  const events = await whatHappened();
  for (const { id, move_id, kind, reached } of events) {
    const told = posted.has(id) || OFFICERS_OWN.some((own) => reached.includes(own));
    expect([kind, told || listed.has(move_id)]).toEqual([kind, true]);
    // Nor does anything begin to hold before all that came before it has been told.
    if (moves.get(move_id)?.state === 'effective' && kind !== 'effective' && !held.has(move_id))
      expect([kind, told]).toEqual([kind, true]);
  }
  for (const { move_id, kind } of events) if (kind === 'effective') held.add(move_id);
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
  }
  // An address changes only by something that was told.
  if (JSON.stringify(await emails()) !== JSON.stringify(before))
    expect(events.at(-1)?.kind === 'effective' || events.some(({ kind }) => kind === 'undone')).toBe(true);
}

/** Who could be told that a change began can no more be told what becomes of it, while the old address is good for nothing. */
const lostLater: [Step[]][] = [
  [
    [
      { what: 'change', whose: { who: 'boss', unit: undefined }, to: 'a@kunde.example' },
      { what: 'reach', reach: 'none' },
      { what: 'bounce', of: undefined },
      { what: 'cancel', who: 'boss' },
    ],
  ],
  [
    [
      { what: 'street', whose: { who: 'local', unit: 'oslo' } },
      { what: 'reach', reach: 'dead' },
      { what: 'post' },
      { what: 'clock', hours: 200 },
      { what: 'undo', who: 'chair' },
    ],
  ],
];

/** Where messages to the business go, and where those about its unit. */
const emails = async () => [await world.email(), await world.email(world.units.oslo)];

test('whatever is changed, stopped, confirmed, bounced or made late, somebody who was there before is told of it', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      await world.reset();
      posted.clear();
      held.clear();
      let hours = 0;
      for (const one of steps) {
        const before = await emails();
        hours = await take(one, hours);
        await expectTold(before);
      }
      for (const { state } of await world.small.rows<{ state: string }>('select state from contact_moves'))
        reached.add(state);
    }),
    { numRuns: Number(process.env['CONTACT_RUNS'] ?? 15), endOnFailure: true, examples: lostLater },
  );
  // The draws go through what there is to go through.
  expect([...reached]).toEqual(expect.arrayContaining(['replaced', 'effective']));
}, 240_000);
