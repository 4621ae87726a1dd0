import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { projectRoot } from './project-root.ts';

const FOLDER = join(projectRoot, 'src/database');

/** A migration that cannot be run; its message says which and why. */
export class MigrationError extends Error {}

/** The login roles whose passwords an installation sets. */
export type LoginRole = 'migrate' | 'request' | 'jobs' | 'check' | 'backup';

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Creates the roles in the server of `superuserUrl` (harmless when they exist), hands that database over to
 * `kortvakt_migrate`, and sets the given passwords.
 */
export async function applyRoles(
  superuserUrl: string,
  passwords: Readonly<Partial<Record<LoginRole, string>>>,
): Promise<void> {
  const sql = await readFile(join(FOLDER, 'roles.sql'), 'utf8');
  await withClient(superuserUrl, async (client) => {
    await client.query('select pg_advisory_lock(727300)');
    await client.query(sql);
    for (const [role, password] of Object.entries(passwords)) {
      await client.query(
        `alter role ${pg.escapeIdentifier(`kortvakt_${role}`)} password ${pg.escapeLiteral(password)}`,
      );
    }
  });
}

/**
 * Brings the schema up to date as the migrating role: each file of `migrations/` once, in order of name, each in a
 * transaction of its own. A file that was changed after it ran stops the start.
 */
export async function migrate(migrateUrl: string): Promise<{ applied: string[] }> {
  const names = (await readdir(join(FOLDER, 'migrations'))).filter((name) => name.endsWith('.sql')).sort();
  return withClient(migrateUrl, async (client) => {
    await client.query('select pg_advisory_lock(727301)');
    await client.query(
      'create table if not exists migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    );
    const done = await client.query<{ name: string; sha256: string }>('select name, sha256 from migrations');
    const known = new Map(done.rows.map((row) => [row.name, row.sha256]));
    const applied: string[] = [];
    for (const name of names) {
      const sql = await readFile(join(FOLDER, 'migrations', name), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      const before = known.get(name);
      if (before === sha256) continue;
      if (before !== undefined)
        throw new MigrationError(`Migration ${name} was changed after it ran in this database.`);
      await applyOne(client, name, sql, sha256);
      applied.push(name);
    }
    return { applied };
  });
}

async function applyOne(client: pg.Client, name: string, sql: string, sha256: string): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into migrations (name, sha256) values ($1, $2)', [name, sha256]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`Migration ${name} failed: ${reason}`, { cause: error });
  }
}

/** Brings the job queue's own schema up to date, as the role that owns it. */
export async function migrateJobs(jobsUrl: string): Promise<void> {
  await runMigrations({ connectionString: jobsUrl });
}
