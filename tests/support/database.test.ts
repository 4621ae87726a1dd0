import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from './database.ts';

let first: TestDatabase;
let second: TestDatabase;

beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});
afterAll(async () => {
  await Promise.all([first.drop(), second.drop()]);
});

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a clone is migrated, is PostgreSQL 18, and is reached by each role under its own name', async () => {
  const { superuser, ...roles } = first.urls;
  for (const [role, url] of Object.entries(roles)) {
    expect(await query(url, 'select current_user as name')).toEqual([{ name: `kortvakt_${role}` }]);
  }
  const [server] = await query<{ version: string; files: number }>(
    superuser,
    `select current_setting('server_version') as version, (select count(*)::int from migrations) as files`,
  );
  expect(server?.version).toMatch(/^18\./);
  expect(server?.files).toBeGreaterThan(0);
});

test('a clone belongs to the migrating role and lets the jobs role create, as the first database does', async () => {
  const [rights] = await query(
    first.urls.superuser,
    `select pg_get_userbyid(datdba) as owner,
            has_database_privilege('kortvakt_jobs', datname, 'create') as jobs_create,
            has_database_privilege('kortvakt_request', datname, 'create') as request_create,
            has_database_privilege('kortvakt_request', datname, 'temporary') as request_temporary
       from pg_database where datname = current_database()`,
  );
  expect(rights).toEqual({
    owner: 'kortvakt_migrate',
    jobs_create: true,
    request_create: false,
    request_temporary: false,
  });
});

test('what one file writes another does not see', async () => {
  await query(first.urls.superuser, 'create table only_here (id int)');
  expect(await query(second.urls.superuser, `select to_regclass('only_here') as found`)).toEqual([
    { found: null },
  ]);
});
