import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './tables.ts';

/** The pools of one process: a role each, so that each connection can do no more than its work needs. */
export interface Database {
  /** As kortvakt_request: everything that pages, the API and tasks do. */
  readonly request: Kysely<DB>;
  /** As kortvakt_request: one statement that is a transaction by itself, prepared once on each connection, for what is asked for most. */
  readonly statement: Pick<pg.Pool, 'query'>;
  /** As kortvakt_check: the look-up of a card, nothing else. It is one statement, with nothing to compile. */
  readonly check: Pick<pg.Pool, 'query'>;
  close(): Promise<void>;
}

// Whole numbers of øre and counts fit a double far beyond any sum here; dates without a time stay text.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => Number(text));
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

function pool(url: string, max: number): pg.Pool {
  const created = new pg.Pool({ connectionString: url, max, options: '-c timezone=UTC' });
  // A connection that breaks is replaced with the next use, and the query that it breaks in fails with that. Without
  // listeners, for those in use and for those that wait, it would end the process.
  created.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
  return created;
}

/** @param urls connection strings of the two roles; @param size connections of the request pool */
export function openDatabase(urls: { request: string; check: string }, size = 10): Database {
  const statement = pool(urls.request, size);
  const request = new Kysely<DB>({ dialect: new PostgresDialect({ pool: statement }) });
  const check = pool(urls.check, 4);
  return {
    request,
    statement,
    check,
    close: async () => {
      await Promise.all([request.destroy(), check.end()]);
    },
  };
}
