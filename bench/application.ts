import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';
import pg from 'pg';
import { findPrograms, startEmbedded } from '../src/database/embedded.ts';
import { applyRoles, migrate, migrateJobs } from '../src/database/migrate.ts';
import { projectRoot } from '../src/database/project-root.ts';
import type { Statement } from './statement.ts';

/** What a bench needs of a machine: a folder, a database with the given rows in it, and servers; all gone when `work` ends. */
export interface Bench {
  /** The database's address for each role. */
  readonly urls: Readonly<Record<'superuser' | 'request' | 'migrate' | 'jobs' | 'check', string>>;
  /** Starts a server as a process of its own. Returns its origin. */
  readonly serve: (kind: 'application' | 'bare', given: object) => Promise<string>;
}

/** @param rows statements that a superuser runs on the migrated database */
export async function withBench<T>(rows: readonly string[], work: (bench: Bench) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kortvakt-bench-'));
  // The server runs as another user where we are root, and has to pass through.
  chmodSync(folder, 0o711);
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const urls = await database(folder, stops, rows);
    return await work({ urls, serve: (kind, given) => serve(kind, given, folder, stops) });
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function database(
  folder: string,
  stops: (() => unknown)[],
  rows: readonly string[],
): Promise<Bench['urls']> {
  const programs = findPrograms();
  if (!programs.ok) throw new Error(programs.error);
  const password = randomBytes(16).toString('hex');
  const server = await startEmbedded({
    programs: programs.value,
    cluster: join(folder, 'postgresql'),
    logFile: join(folder, 'postgresql.log'),
    superuserPassword: password,
  });
  if (!server.ok) throw new Error(server.error);
  stops.push(() => server.value.stop());
  const url = (role: string, name = 'bench'): string => server.value.url(role, password, name);
  await statements(url('postgres', 'postgres'), ['create database bench']);
  const roles = { migrate: password, request: password, jobs: password, check: password };
  await applyRoles(url('postgres'), roles);
  await migrate(url('kortvakt_migrate'));
  await migrateJobs(url('kortvakt_jobs'));
  await statements(url('postgres'), rows);
  return {
    superuser: url('postgres'),
    request: url('kortvakt_request'),
    migrate: url('kortvakt_migrate'),
    jobs: url('kortvakt_jobs'),
    check: url('kortvakt_check'),
  };
}

async function statements(url: string, all: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of all) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The settings of our application on a database, with services that are never asked. */
export async function settings(urls: Bench['urls']): Promise<Record<string, string>> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'bench', alg: 'RS256' });
  const cards = await generateKeyPair('ES256', { extractable: true });
  const nowhere = 'http://localhost:9';
  const secret = () => randomBytes(32).toString('base64');
  const services = Object.fromEntries(
    ['ENHETSREGISTERET_URL', 'ENHETSREGISTERET_AUTHORISED_URL', 'AAREG_URL', 'FOLKEREGISTERET_URL', 'KRR_URL']
      .concat(['KOFUVI_URL', 'CARD_ISSUER_URL', 'ACCESS_POINT_URL', 'IDPORTEN_ISSUER', 'MASKINPORTEN_ISSUER'])
      .map((name) => [name, nowhere]),
  );
  return {
    ...services,
    DATABASE_URL: urls.request,
    DATABASE_MIGRATE_URL: urls.migrate,
    DATABASE_JOBS_URL: urls.jobs,
    DATABASE_CHECK_URL: urls.check,
    KORTVAKT_NATIONAL_ID_KEYS: `bench:${secret()}`,
    KORTVAKT_HASH_KEY: secret(),
    KORTVAKT_SESSION_SECRET: secret(),
    KORTVAKT_SIGNING_KEY: jwk,
    KORTVAKT_CARD_KEYS: JSON.stringify([await exportJWK(cards.privateKey)]),
    KORTVAKT_CHECKPOINT_DIRECTORY: tmpdir(),
    IDPORTEN_CLIENT_ID: 'bench',
    IDPORTEN_CLIENT_JWK: jwk,
    MASKINPORTEN_CLIENT_ID: 'bench',
    MASKINPORTEN_CLIENT_JWK: jwk,
    INVOICE_ISSUER: JSON.stringify({
      organisationNumber: '310000906',
      name: 'KORTUTSTEDEREN AS',
      street: 'Testgata 2',
      postalCode: '0151',
      place: 'OSLO',
      account: '99900000010',
    }),
    SMTP_URL: 'smtp://localhost:9',
    MAIL_FROM: 'bench@example.no',
    CHECKS_PER_MINUTE: '1000000',
    LOG_LEVEL: 'fatal',
  };
}

async function serve(
  kind: 'application' | 'bare',
  given: object,
  folder: string,
  stops: (() => unknown)[],
): Promise<string> {
  const file = join(folder, `${randomBytes(6).toString('hex')}.json`);
  writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(projectRoot, 'bench/server.ts'), kind, file],
    {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  stops.push(() => child.kill('SIGKILL'));
  const port = await new Promise<string>((done, fail) => {
    createInterface(child.stdout).once('line', done);
    child.once('exit', () => {
      fail(new Error(`The ${kind} server ended.`));
    });
  });
  return `http://127.0.0.1:${port}`;
}

/** What our application has sent to the database since this was last asked. */
export async function sentStatements(origin: string): Promise<Statement[]> {
  return (await (await fetch(`${origin}/recorded`)).json()) as Statement[];
}
