import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide, isInsider, RIGHTS } from '../../src/access/rules.ts';
import type { ContextFacts } from '../../src/database/transaction.ts';
import { Cedar } from './cedar.ts';
import { disagreementsOf, newCount, print, settingsOf } from './decisions.ts';
import { type Context, DrawnDatabase } from './drawn-database.ts';
import { assuranceOf, factsOf } from './drawn-facts.ts';
import { histories, type History, type Step } from './drawn-steps.ts';
import { type Asker, ASKERS, B1, NUMBERS, PLACES, V1, type World } from './drawn-world.ts';
import { ExpectedReach } from './expected-reach.ts';
import { allRows, differencesOf } from './reach.ts';

/** What was compared so far. */
class Tally {
  readonly cedar = new Cedar();
  readonly count = newCount();
  askers = 0;
  permitted = 0;
}

/** A mistake in the database that is there on purpose, as SQL, and the tables in which it shows. */
export interface Fault {
  readonly sql: string;
  readonly tables: readonly string[];
}

/**
 * In every world of a history, whoever asks tries everything on the database (or on what a fault concerns): it lets them do
 * what the table and Cedar say.
 */
async function expectReach(
  database: DrawnDatabase,
  history: History,
  whoAsks: (world: World, index: number) => readonly Asker[],
  tally: Tally,
  fault?: Fault,
): Promise<void> {
  const { cedar, count } = tally;
  const compare = async (world: World, index: number): Promise<void> => {
    const rows = await allRows(database.client);
    for (const asker of whoAsks(world, index)) {
      const expected = new ExpectedReach(world, rows, asker, cedar);
      tally.askers += 1;
      if (expected.permitsAny()) tally.permitted += 1;
      const found = await database.asked(asker, async (facts) => ({
        asker,
        capacity: facts.capacity,
        choices: await choicesIn(database),
        decisions: disagreementsOf(world, asker, facts, cedar, count).slice(0, 3),
        differences: (await differencesOf(database.client, world, rows, expected, fault?.tables)).slice(0, 5),
      }));
      expect(found).toEqual({
        asker,
        capacity: expected.capacity(),
        choices: choicesOf(world, asker.person, cedar),
        decisions: [],
        differences: [],
      });
    }
  };
  await database.through(history, compare, fault?.sql);
}

/** In every world of a history the database finds the facts that the world gives everyone, and sets the context that goes with them. */
async function expectFacts(
  database: DrawnDatabase,
  history: History,
  tally: Tally,
  fault?: string,
): Promise<void> {
  const compare = async (world: World): Promise<void> => {
    const resolved = (await database.resolveAll()).map(({ facts, context }, index) => ({
      asker: ASKERS[index],
      facts: comparable(facts),
      context: { ...context, rights: context.rights?.split(',').sort().join() ?? null },
    }));
    const expected = ASKERS.map((asker) => {
      const facts = factsOf(world, asker);
      const context = contextOf(world, asker, facts);
      const { held, passkey } = context;
      return { asker, facts: { ...comparable(facts), held, passkey }, context };
    });
    tally.askers += expected.length;
    tally.permitted += expected.filter(({ context }) => context.rights !== null).length;
    expect(resolved).toEqual(expected);
  };
  await database.through(history, compare, fault);
}

/** The settings that go with what `decide` allows on these facts. */
function contextOf(world: World, asker: Asker, facts: ContextFacts): Context {
  const { business, vendor } = asker;
  const rights = RIGHTS.filter((right) => decide(facts, right, {}, new Date(world.now)).allowed);
  const mandate = rights.length === 0 ? undefined : (facts.mandate ?? undefined);
  const idle = facts.session ? 'signed-in' : 'anonymous';
  const capacity = rights.length === 0 ? idle : (mandate?.holder ?? 'officer');
  return {
    capacity,
    business: rights.length === 0 ? null : business,
    vendor: rights.length === 0 ? null : vendor,
    mandate: mandate?.id ?? null,
    rights: rights.length === 0 ? null : [...rights].sort().join(),
    units: mandate?.units?.join() ?? null,
    workers: mandate?.workers?.join() ?? null,
    ...assuranceOf(world, asker, capacity),
  };
}

/** Facts without what the drawn world leaves open: names, and since when somebody is stopped. */
function comparable(facts: ContextFacts) {
  const { mandate } = facts;
  return {
    now: facts.now,
    session: facts.session?.personId,
    business: facts.business && {
      id: facts.business.id,
      bankrupt: facts.business.bankrupt,
      dissolved: facts.business.dissolved,
      isVendor: facts.business.isVendor,
    },
    roles: facts.roles,
    vendorsOfPerson: [...facts.vendorsOfPerson].sort(),
    held: facts.session?.heldFor !== undefined,
    passkey: facts.passkey ?? null,
    mandate: mandate && {
      ...mandate,
      suspendedAt: mandate.suspendedAt !== null,
      frozenAt: mandate.frozenAt !== null,
      vendor: mandate.vendor && {
        id: mandate.vendor.id,
        registered: mandate.vendor.registered,
        barred: mandate.vendor.barredAt !== null,
      },
    },
  };
}

/** Where the person may choose to act: wherever Cedar permits anything at all. */
function choicesOf(world: World, person: string, cedar: Cedar): string[] {
  return PLACES.filter(([business, vendor]) =>
    new ExpectedReach(world, {}, { person, business, vendor }, cedar).permitsAny(),
  )
    .map(([business, vendor]) =>
      [business, vendor].flatMap((id) => (id === null ? [] : [NUMBERS[id]])).join(' '),
    )
    .sort();
}

/** Where the person in whose context this is may choose to act, as the database says. */
async function choicesIn({ client }: DrawnDatabase): Promise<string[]> {
  const { rows } = await client.query<{ place: string }>(
    `select organisation_number || coalesce(' ' || vendor_number, '') as place from context_choices()`,
  );
  return rows.map(({ place }) => place).sort();
}

const insiders = (world: World): Asker[] => ASKERS.filter((asker) => isInsider(factsOf(world, asker)));

/** Two of those who are somebody in the world, and anyone; other ones in each world of a history. */
function askersOf(
  world: World,
  index: number,
  [first = 0, second = 0, third = 0]: readonly number[],
): Asker[] {
  const known = insiders(world);
  const of = (list: readonly Asker[], chosen: number) =>
    list.slice((chosen + index) % Math.max(1, list.length)).slice(0, 1);
  return [...new Set([...of(known, first), ...of(known, second), ...of(ASKERS, third)])];
}

/** Draws histories, each from a seed of its own, until that many askers have been compared. */
async function untilCompared(
  what: string,
  least: number,
  seed: number,
  compare: (history: History, chosen: readonly number[], tally: Tally) => Promise<void>,
): Promise<Tally> {
  const tally = new Tally();
  const started = performance.now();
  print(`${what}: DECISIONS_SEED=${String(seed)}`);
  const drawn = fc.tuple(histories(true, 8), fc.array(fc.nat(), { minLength: 3, maxLength: 3 }));
  for (let batch = 0; tally.askers < least; batch += 1) {
    await fc.assert(
      fc.asyncProperty(drawn, ([history, chosen]) => compare(history, chosen, tally)),
      // Looking for the smallest history takes a while on a database; what was found by then is told.
      { seed: Math.imul(seed + batch, 0x9e3779b1), numRuns: 1, interruptAfterTimeLimit: 60_000 },
    );
  }
  print(
    `${what}: ${String(tally.askers)} askers compared, ${String(tally.permitted)} of them with some right, ` +
      `in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  return tally;
}

/** The tests of the database, in proportion to that many decisions (or those that the environment asks for). */
export function testDatabase(usual: number): void {
  const { decisions, seed } = settingsOf(usual);
  const options = { timeout: Math.max(60_000, decisions * 15) };
  let database: DrawnDatabase;

  beforeAll(async () => {
    database = await DrawnDatabase.start();
  });
  afterAll(() => database.stop());

  test('there are rows to try in every table', async () => {
    const [history] = fc.sample(histories(true, 1), { numRuns: 1, seed: 1 });
    const freeze = { what: 'freeze', business: B1, vendor: V1 } as const;
    let empty: string[] = [];
    await database.through({ ...history!, steps: [freeze] }, async () => {
      const rows = await allRows(database.client);
      empty = Object.keys(rows).filter((table) => rows[table]!.length === 0);
    });
    expect(empty).toEqual([]);
  });

  // A property that only ever draws refusals would prove nothing: some of the askers have to hold some right.
  test('the database finds the facts of every asker, whatever has happened', options, async () => {
    const { askers, permitted } = await untilCompared(
      'facts',
      decisions / 4,
      seed,
      (history, _chosen, tally) => expectFacts(database, history, tally),
    );
    expect(permitted).toBeGreaterThan(askers / 20);
  });

  test('the database lets everyone reach the rows that the table and Cedar say', options, async () => {
    const least = Math.min(decisions / 1000, 2000);
    const { askers, permitted } = await untilCompared('reach', least, seed, (history, chosen, tally) =>
      expectReach(database, history, (world, index) => askersOf(world, index, chosen), tally),
    );
    expect(permitted).toBeGreaterThan(askers / 10);
  });
}

/** Always the same: how long a rare one takes to find is not left to luck. Three seeds were tried, and all found every fault. */
const FAULTS_SEED = 1;

/** By the name of a fault: what happens first, where what it breaks would seldom be drawn. */
export type Situations = Readonly<Record<string, readonly Step[]>>;

/** Tests that each fault, planted in the database as SQL, is found in the facts of few histories. */
export function testFaultyFacts(faults: Readonly<Record<string, string>>, situations: Situations): void {
  testFaults(faults, situations, 1000, expectFacts, () => '');
}

/** Tests that each fault, planted in the database, is found in what those who are somebody reach in few histories. */
export function testFaultyReach(faults: Readonly<Record<string, Fault>>, situations: Situations): void {
  const whoAsks = (world: World) =>
    ASKERS.filter(
      (asker) => (asker.business === B1 && asker.vendor === null) || isInsider(factsOf(world, asker)),
    );
  testFaults(
    faults,
    situations,
    100,
    (database, history, tally, fault) => expectReach(database, history, whoAsks, tally, fault),
    ({ tables }) => ({ sql: '', tables }),
  );
}

function testFaults<F>(
  faults: Readonly<Record<string, F>>,
  situations: Situations,
  most: number,
  expectNone: (database: DrawnDatabase, history: History, tally: Tally, fault: F) => Promise<void>,
  /** The same, with nothing planted. */
  without: (fault: F) => F,
): void {
  let database: DrawnDatabase;

  beforeAll(async () => {
    database = await DrawnDatabase.start();
  });
  afterAll(() => database.stop());

  test.each(Object.entries(faults))('finds that %s', { timeout: 300_000 }, async (what, fault) => {
    const tally = new Tally();
    const first = situations[what];
    const drawn = fc
      .sample(histories(true, 8), { seed: FAULTS_SEED, numRuns: first === undefined ? most : 10 })
      .map((one): History => (first === undefined ? one : { ...one, steps: first }));
    const found = await firstFinding(drawn, (history) => expectNone(database, history, tally, fault));
    expect(found).not.toBe(-1);
    // It is the fault that was found, and nothing else.
    await expectNone(database, drawn[found]!, tally, without(fault));
  });
}

/** The index of the first of the drawn for which an expectation does not hold; -1 when all hold. */
async function firstFinding<T>(drawn: readonly T[], holds: (one: T) => Promise<void>): Promise<number> {
  for (const [index, one] of drawn.entries()) {
    try {
      await holds(one);
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') return index;
      throw error;
    }
  }
  return -1;
}
