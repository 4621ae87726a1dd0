import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decide, isInsider, RIGHTS } from '../../src/access/rules.ts';
import { type ContextFacts, parseContextFacts } from '../../src/database/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Cedar } from './cedar.ts';
import { disagreementsOf, newCount, print, settingsOf } from './decisions.ts';
import { factsOf } from './drawn-facts.ts';
import { type Row, type Rows, standingRows, tokenOf, worldRows } from './drawn-rows.ts';
import { histories, type History, worldsOf } from './drawn-steps.ts';
import { type Asker, ASKERS, B1, NUMBERS, PLACES, V1, type World } from './drawn-world.ts';
import { ExpectedReach } from './expected-reach.ts';
import { allRows, type Difference, differencesOf, HELPERS, putRows } from './reach.ts';

/** A database in which drawn worlds are written, tried and undone. */
class DrawnDatabase {
  readonly #test: TestDatabase;
  readonly #client: pg.Client;

  private constructor(test: TestDatabase, client: pg.Client) {
    this.#test = test;
    this.#client = client;
  }

  static async start(): Promise<DrawnDatabase> {
    const test = await createTestDatabase();
    const client = new pg.Client({ connectionString: test.urls.superuser, options: '-c timezone=UTC' });
    await client.connect();
    await client.query(HELPERS);
    await putRows(client, standingRows());
    return new DrawnDatabase(test, client);
  }

  async stop(): Promise<void> {
    await this.#client.end();
    await this.#test.drop();
  }

  /** Tables of the committed table without a row in the first world of some history. */
  async emptyTables(): Promise<string[]> {
    const [history] = fc.sample(histories(true, 1), { numRuns: 1, seed: 1 });
    const freeze = { what: 'freeze', business: B1, vendor: V1 } as const;
    await this.#client.query('begin');
    try {
      await this.#write(worldsOf({ ...history!, steps: [freeze] }).at(-1)!, {});
      const rows = await allRows(this.#client);
      return Object.keys(rows).filter((table) => rows[table]!.length === 0);
    } finally {
      await this.#client.query('rollback');
    }
  }

  /**
   * Goes through the worlds of a history in one transaction, has those who are asked for try everything in each, and undoes
   * it all.
   */
  async compare(
    history: History,
    whoAsks: (world: World, index: number) => readonly Asker[],
    tally: Tally,
  ): Promise<void> {
    await this.#client.query('begin');
    try {
      let before: Rows = {};
      for (const [index, world] of worldsOf(history).entries()) {
        before = await this.#write(world, before);
        const rows = await allRows(this.#client);
        for (const asker of whoAsks(world, index)) {
          const expected = new ExpectedReach(world, rows, asker, tally.cedar);
          const { facts, choices, differences } = await this.#asked(asker, (client) =>
            differencesOf(client, world, rows, expected),
          );
          tally.askers += 1;
          if (expected.permitsAny()) tally.permitted += 1;
          expect({
            asker,
            capacity: facts.capacity,
            choices,
            decisions: disagreementsOf(world, asker, facts, tally.cedar, tally.count).slice(0, 3),
            differences: differences.slice(0, 5),
          }).toEqual({
            asker,
            capacity: expected.capacity(),
            choices: choicesOf(world, asker.person, tally.cedar),
            decisions: [],
            differences: [],
          });
        }
      }
    } finally {
      await this.#client.query('rollback');
    }
  }

  /** Has the database resolve everyone in every world of a history, and compares what it finds with the world itself. */
  async compareFacts(history: History, tally: { resolved: number; permitted: number }): Promise<void> {
    await this.#client.query('begin');
    try {
      let before: Rows = {};
      for (const world of worldsOf(history)) {
        before = await this.#write(world, before);
        const { rows } = await this.#client.query<{ contexts: (Context & { facts: unknown })[] }>(
          'select model.contexts($1) as contexts',
          [JSON.stringify(ASKERS.map(tokenAndNumbers))],
        );
        const resolved = rows[0]!.contexts.map(({ facts, ...context }, index) => ({
          asker: ASKERS[index],
          facts: comparable(parseContextFacts(facts)),
          context: { ...context, rights: context.rights?.split(',').sort().join() ?? null },
        }));
        const expected = ASKERS.map((asker) => {
          const facts = factsOf(world, asker);
          return { asker, facts: comparable(facts), context: contextOf(asker, facts, new Date(world.now)) };
        });
        tally.resolved += resolved.length;
        tally.permitted += expected.filter(({ context }) => context.rights !== null).length;
        expect(resolved).toEqual(expected);
      }
    } finally {
      await this.#client.query('rollback');
    }
  }

  /** Writes what is not as it was before; nothing that happens takes a row away. */
  async #write(world: World, before: Rows): Promise<Rows> {
    await this.#client.query('update clock set offset_by = $1::timestamptz - transaction_timestamp()', [
      new Date(world.now).toISOString(),
    ]);
    const rows = worldRows(world);
    const changed = Object.entries(rows).map(([table, list]): [string, readonly Row[]] => {
      const known = new Set((before[table] ?? []).map((row) => JSON.stringify(row)));
      return [table, list.filter((row) => !known.has(JSON.stringify(row)))];
    });
    await putRows(this.#client, Object.fromEntries(changed));
    return rows;
  }

  /** Opens the context of the asker as a request does, for as long as `work` takes. */
  async #asked(
    asker: Asker,
    work: (client: pg.Client) => Promise<Difference[]>,
  ): Promise<{ facts: ContextFacts; choices: string[]; differences: Difference[] }> {
    const client = this.#client;
    await client.query('savepoint asked; set local role kortvakt_request');
    try {
      const opened = await client.query<{ facts: unknown }>(
        'select context_open($1, $2, $3, true) as facts',
        [
          tokenOf(asker.person),
          NUMBERS[asker.business],
          asker.vendor === null ? null : NUMBERS[asker.vendor],
        ],
      );
      const { rows } = await client.query<{ place: string }>(
        `select organisation_number || coalesce(' ' || vendor_number, '') as place from context_choices()`,
      );
      const differences = await work(client);
      return {
        facts: parseContextFacts(opened.rows[0]!.facts),
        choices: rows.map(({ place }) => place).sort(),
        differences,
      };
    } finally {
      await client.query('rollback to savepoint asked');
    }
  }
}

const tokenAndNumbers = ({ person, business, vendor }: Asker) => ({
  token: tokenOf(person).toString('hex'),
  business: NUMBERS[business],
  vendor: vendor === null ? null : NUMBERS[vendor],
});

/** The settings that policies compare rows with. */
interface Context {
  readonly capacity: string;
  readonly business: string | null;
  readonly vendor: string | null;
  readonly mandate: string | null;
  readonly rights: string | null;
  readonly units: string | null;
  readonly workers: string | null;
}

/** The settings that go with what `decide` allows on these facts. */
function contextOf({ business, vendor }: Asker, facts: ContextFacts, now: Date): Context {
  const rights = RIGHTS.filter((right) => decide(facts, right, {}, now).allowed);
  const mandate = rights.length === 0 ? undefined : (facts.mandate ?? undefined);
  const idle = facts.session ? 'signed-in' : 'anonymous';
  return {
    capacity: rights.length === 0 ? idle : (mandate?.holder ?? 'officer'),
    business: rights.length === 0 ? null : business,
    vendor: rights.length === 0 ? null : vendor,
    mandate: mandate?.id ?? null,
    rights: rights.length === 0 ? null : [...rights].sort().join(),
    units: mandate?.units?.join() ?? null,
    workers: mandate?.workers?.join() ?? null,
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

interface Tally {
  readonly cedar: Cedar;
  readonly count: ReturnType<typeof newCount>;
  askers: number;
  permitted: number;
}

/**
 * Draws histories until that many askers have tried everything on the database.
 * @throws the smallest history found in which the database is not as the committed table and Cedar say
 */
async function compareDatabase(database: DrawnDatabase, least: number, seed: number): Promise<Tally> {
  const tally: Tally = { cedar: new Cedar(), count: newCount(), askers: 0, permitted: 0 };
  const started = performance.now();
  print(`database: DECISIONS_SEED=${String(seed)}`);
  const drawn = fc.tuple(histories(true, 8), fc.array(fc.nat(), { minLength: 3, maxLength: 3 }));
  for (let batch = 0; tally.askers < least; batch += 1) {
    await fc.assert(
      fc.asyncProperty(drawn, ([history, chosen]) =>
        database.compare(history, (world, index) => askersOf(world, index, chosen), tally),
      ),
      { seed: Math.imul(seed + batch, 0x9e3779b1), numRuns: 1, endOnFailure: true },
    );
  }
  print(
    `database: ${String(tally.askers)} askers tried everything, ${String(tally.permitted)} of them with some right; ` +
      `${String(tally.count.decisions)} decisions on its facts, in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  return tally;
}

/**
 * Draws histories until the database has resolved that many askers.
 * @throws the smallest history found in which it finds other facts, or sets another context, than the world gives
 */
async function compareFacts(database: DrawnDatabase, least: number, seed: number): Promise<number> {
  const tally = { resolved: 0, permitted: 0 };
  const started = performance.now();
  print(`facts: DECISIONS_SEED=${String(seed)}`);
  for (let batch = 0; tally.resolved < least; batch += 1) {
    await fc.assert(
      fc.asyncProperty(histories(true, 8), (history) => database.compareFacts(history, tally)),
      { seed: Math.imul(seed + batch, 0x85ebca6b), numRuns: 1 },
    );
  }
  print(
    `facts: ${String(tally.resolved)} askers resolved, ${String(tally.permitted)} of them with some right, ` +
      `in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  return tally.permitted;
}

/** Two of those who are somebody in the world, and anyone; other ones in each world of a history. */
function askersOf(
  world: World,
  index: number,
  [first = 0, second = 0, third = 0]: readonly number[],
): Asker[] {
  const known = ASKERS.filter((asker) => isInsider(factsOf(world, asker)));
  const of = (list: readonly Asker[], chosen: number) =>
    list.slice((chosen + index) % Math.max(1, list.length)).slice(0, 1);
  return [...new Set([...of(known, first), ...of(known, second), ...of(ASKERS, third)])];
}

/** The tests of the database, in proportion to that many decisions (or those that the environment asks for). */
export function testDatabase(usual: number): void {
  const { decisions, seed } = settingsOf(usual);
  const options = { timeout: decisions * 15 };
  let database: DrawnDatabase;

  beforeAll(async () => {
    database = await DrawnDatabase.start();
  });
  afterAll(() => database.stop());

  test('there are rows to try in every table', async () => {
    expect(await database.emptyTables()).toEqual([]);
  });

  test('the database finds the facts of every asker, whatever has happened', options, async () => {
    expect(await compareFacts(database, decisions / 4, seed)).toBeGreaterThan(decisions / 50);
  });

  test(
    'the database lets everyone reach the rows that the committed table and Cedar say',
    options,
    async () => {
      const tally = await compareDatabase(database, Math.min(decisions / 1000, 2000), seed);
      // A property that only ever draws refusals would prove nothing.
      expect(tally.permitted).toBeGreaterThan(tally.askers / 10);
    },
  );
}
