import fc from 'fast-check';
import pg from 'pg';
import { expect } from 'vitest';
import { type ContextFacts, parseContextFacts } from '../../src/database/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Cedar } from './cedar.ts';
import { disagreementsOf, newCount, print } from './decisions.ts';
import { type Row, type Rows, standingRows, tokenOf, worldRows } from './drawn-rows.ts';
import { histories, type History, worldsOf } from './drawn-steps.ts';
import { type Asker, ASKERS, NUMBERS, PLACES, type World } from './drawn-world.ts';
import { ExpectedReach } from './expected-reach.ts';
import { allRows, type Difference, differencesOf, HELPERS, putRows } from './reach.ts';

/** A database in which drawn worlds are written, tried and undone. */
export class DrawnDatabase {
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

  /**
   * Goes through the worlds of a history in one transaction, has those who are asked for try everything in each, and undoes
   * it all.
   */
  async compare(history: History, whoAsks: (world: number) => readonly Asker[], tally: Tally): Promise<void> {
    await this.#client.query('begin');
    try {
      let before: Rows = {};
      for (const [index, world] of worldsOf(history).entries()) {
        before = await this.#write(world, before);
        const rows = await allRows(this.#client);
        for (const asker of whoAsks(index)) {
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

export interface Tally {
  readonly cedar: Cedar;
  readonly count: ReturnType<typeof newCount>;
  askers: number;
  permitted: number;
}

/**
 * Draws histories until that many askers have tried everything on the database.
 * @throws the smallest history found in which the database is not as the committed table and Cedar say
 */
export async function compareDatabase(database: DrawnDatabase, least: number, seed: number): Promise<Tally> {
  const tally: Tally = { cedar: new Cedar(), count: newCount(), askers: 0, permitted: 0 };
  const started = performance.now();
  print(`database: DECISIONS_SEED=${String(seed)}`);
  const drawn = fc.tuple(
    histories(true, 8),
    fc.array(fc.nat({ max: ASKERS.length - 1 }), { minLength: 3, maxLength: 3 }),
  );
  for (let batch = 0; tally.askers < least; batch += 1) {
    await fc.assert(
      fc.asyncProperty(drawn, ([history, chosen]) =>
        database.compare(history, (world) => askersOf(world, chosen), tally),
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

/** Those who were somebody at the beginning, and a few drawn ones. */
function askersOf(world: number, chosen: readonly number[]): Asker[] {
  const usual = [0, 8, 17, 25, 30, 34];
  const one = usual[world % usual.length]!;
  return [...new Set([one, ...chosen.map((index) => (index + world) % ASKERS.length)])].map(
    (index) => ASKERS[index]!,
  );
}
