import pg from 'pg';
import { type ContextFacts, parseContextFacts } from '../../src/database/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Row, type Rows, standingRows, tokenOf, worldRows } from './drawn-rows.ts';
import { type History, worldsOf } from './drawn-steps.ts';
import { type Asker, ASKERS, NUMBERS, type World } from './drawn-world.ts';
import { HELPERS, putRows } from './reach.ts';

/** The settings that policies compare rows with. */
export interface Context {
  readonly capacity: string;
  readonly business: string | null;
  readonly vendor: string | null;
  readonly mandate: string | null;
  readonly rights: string | null;
  readonly units: string | null;
  readonly workers: string | null;
  readonly held: boolean;
  readonly passkey: string | null;
  readonly fresh: boolean;
}

/** A database in which drawn worlds are written, tried and undone. */
export class DrawnDatabase {
  readonly client: pg.Client;
  readonly #test: TestDatabase;

  private constructor(test: TestDatabase, client: pg.Client) {
    this.#test = test;
    this.client = client;
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
    await this.client.end();
    await this.#test.drop();
  }

  /**
   * Goes through the worlds of a history in one transaction, writing what each step changes, and undoes it all.
   * @param fault SQL that breaks the database's rules first, to see that it is noticed
   */
  async through(
    history: History,
    work: (world: World, index: number) => Promise<void>,
    fault = '',
  ): Promise<void> {
    await this.client.query('begin');
    try {
      await this.client.query(fault);
      let before: Rows = {};
      for (const [index, world] of worldsOf(history).entries()) {
        before = await this.#write(world, before);
        await work(world, index);
      }
    } finally {
      await this.client.query('rollback');
    }
  }

  /** Writes what is not as it was before; nothing that happens takes a row away. */
  async #write(world: World, before: Rows): Promise<Rows> {
    await this.client.query('update clock set offset_by = $1::timestamptz - transaction_timestamp()', [
      new Date(world.now).toISOString(),
    ]);
    const rows = worldRows(world);
    const changed = Object.entries(rows).map(([table, list]): [string, readonly Row[]] => {
      const known = new Set((before[table] ?? []).map((row) => JSON.stringify(row)));
      return [table, list.filter((row) => !known.has(JSON.stringify(row)))];
    });
    await putRows(this.client, Object.fromEntries(changed));
    return rows;
  }

  /** The facts and the context that every asker gets. */
  async resolveAll(): Promise<{ readonly facts: ContextFacts; readonly context: Context }[]> {
    const askers = ASKERS.map((asker) => {
      const [token, business, vendor] = openingOf(asker);
      return { token: token.toString('hex'), business, vendor };
    });
    const { rows } = await this.client.query<{ contexts: (Context & { facts: unknown })[] }>(
      'select model.contexts($1) as contexts',
      [JSON.stringify(askers)],
    );
    return rows[0]!.contexts.map(({ facts, ...context }) => ({ facts: parseContextFacts(facts), context }));
  }

  /** Opens the context of an asker as a request does, for as long as `work` takes; nothing is kept. */
  async asked<T>(asker: Asker, work: (facts: ContextFacts) => Promise<T>): Promise<T> {
    await this.client.query('savepoint asked; set local role kortvakt_request');
    try {
      const { rows } = await this.client.query<{ facts: unknown }>(
        'select context_open($1, $2, $3, true) as facts',
        openingOf(asker),
      );
      return await work(parseContextFacts(rows[0]!.facts));
    } finally {
      await this.client.query('rollback to savepoint asked');
    }
  }
}

function openingOf({
  person,
  business,
  vendor,
}: Asker): [Buffer, string | undefined, string | null | undefined] {
  return [tokenOf(person), NUMBERS[business], vendor === null ? null : NUMBERS[vendor]];
}
