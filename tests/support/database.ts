import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { applyRoles } from '../../src/database/migrate.ts';

/** A database of a test file's own. */
export type TestDatabase = {
  /** Its address for each login role, and for the superuser who sees past row-level security. */
  urls: {
    request: string;
    migrate: string;
    jobs: string;
    check: string;
    backup: string;
    superuser: string;
  };
  /** Removes it, closing whatever is still connected. */
  drop: () => Promise<void>;
};

/**
 * Clones the migrated template. Call it in `beforeAll` and `drop` in `afterAll`; tests in one file share it.
 * @throws where the migrations failed, with their error
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('postgres');
  if (server.problem !== undefined) throw new Error(server.problem);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = (role: string, password: string, database = name): string =>
    `postgres://${role}:${password}@127.0.0.1:${String(server.port)}/${database}`;
  const superuser = url('postgres', server.superuserPassword);
  const maintenance = url('postgres', server.superuserPassword, 'postgres');
  await withClient(maintenance, async (client) => {
    // A clone gets neither the template's owner nor its grants on the database, and roles are the whole server's.
    await client.query('select pg_advisory_lock(727302)');
    await client.query(`create database ${name} template ${server.template}`);
    await applyRoles(superuser, {});
  });
  return {
    urls: {
      request: url('kortvakt_request', server.rolePassword),
      migrate: url('kortvakt_migrate', server.rolePassword),
      jobs: url('kortvakt_jobs', server.rolePassword),
      check: url('kortvakt_check', server.rolePassword),
      backup: url('kortvakt_backup', server.rolePassword),
      superuser,
    },
    drop: () =>
      withClient(maintenance, async (client) => {
        await untilLeft(client, name);
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/**
 * A pool that has ended has said goodbye, and its connections may still be on their way out: one that is cut off then throws
 * an error that nobody can catch. Waits two seconds at most, for those that a test left open.
 */
async function untilLeft(client: pg.Client, name: string): Promise<void> {
  const deadline = Date.now() + 2000;
  while (Date.now() < deadline) {
    const { rows } = await client.query('select from pg_stat_activity where datname = $1', [name]);
    if (rows.length === 0) return;
    await sleep(20);
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
