import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPrograms, startEmbedded } from '../src/database/embedded.ts';
import { applyRoles, migrate } from '../src/database/migrate.ts';
import { projectRoot } from '../src/database/project-root.ts';

export const tablesFile = join(projectRoot, 'src/database/tables.ts');

/**
 * Writes the types of the tables in a migrated database, or with `--verify` fails when the file says otherwise.
 * @param url a role that sees the catalogue
 */
export async function writeTableTypes(url: string, outFile: string, ...more: string[]): Promise<void> {
  await promisify(execFile)(
    process.execPath,
    [
      join(projectRoot, 'node_modules/kysely-codegen/dist/cli/bin.js'),
      ...['--url', url, '--out-file', outFile, '--dialect', 'postgres', '--default-schema', 'public'],
      ...[
        '--include-pattern',
        'public.*',
        '--exclude-pattern',
        'public.migrations',
        '--date-parser',
        'string',
      ],
      // Whole numbers fit a double (see database.ts); what JSON holds is parsed where it is read.
      ...['--type-mapping', '{"int8":"number","jsonb":"unknown","interval":"string"}', ...more],
    ],
    { cwd: projectRoot },
  );
}

/** Starts a PostgreSQL in a temporary folder, migrates it, and writes `src/database/tables.ts` from it. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kortvakt-types-'));
  // The server runs as another user where we are root, and has to pass through.
  chmodSync(folder, 0o711);
  const password = randomBytes(16).toString('hex');
  const programs = findPrograms();
  if (!programs.ok) throw new Error(programs.error);
  const server = await startEmbedded({
    programs: programs.value,
    cluster: join(folder, 'postgresql'),
    logFile: join(folder, 'postgresql.log'),
    superuserPassword: password,
    settings: { fsync: 'off' },
  });
  if (!server.ok) throw new Error(server.error);
  try {
    const urlOf = (role: string): string => server.value.url(role, password, 'types');
    const client = new pg.Client({ connectionString: server.value.url('postgres', password, 'postgres') });
    await client.connect();
    await client.query('create database types');
    await client.end();
    await applyRoles(urlOf('postgres'), { migrate: password });
    await migrate(urlOf('kortvakt_migrate'));
    await writeTableTypes(urlOf('postgres'), tablesFile);
  } finally {
    await server.value.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
