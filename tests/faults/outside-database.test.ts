import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type EmbeddedPostgres, findPrograms, startEmbedded } from '../../src/database/embedded.ts';
import { applyRoles } from '../../src/database/migrate.ts';
import { projectRoot } from '../../src/database/project-root.ts';
import {
  freePort,
  type KortvaktProcess,
  processesOn,
  startKortvakt,
  temporaryFolder,
} from '../support/kortvakt-process.ts';

let folder: string;
let removeFolder: () => void;
let data: string;
let database: string;
let port: number;
let started: KortvaktProcess[];

const superuserPassword: string = randomUUID();
const rolePassword: string = randomUUID();
let place: ReturnType<typeof temporaryFolder>;
/** A server of its own, as one that somebody else looks after. */
let server: EmbeddedPostgres;
let serverPort: number;

beforeAll(async () => {
  execFileSync(process.execPath, [join(projectRoot, 'scripts/build.js')]);
  place = temporaryFolder();
  const programs = findPrograms();
  if (!programs.ok) throw new Error(programs.error);
  const running = await startEmbedded({
    programs: programs.value,
    cluster: join(place.folder, 'postgresql'),
    logFile: join(place.folder, 'postgresql.log'),
    superuserPassword,
  });
  if (!running.ok) throw new Error(running.error);
  server = running.value;
  serverPort = Number(new URL(server.url('postgres', '', 'postgres')).port);
});
afterAll(async () => {
  await server.stop();
  place.remove();
});
beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  data = join(folder, 'data');
  database = `outside_${randomUUID().replaceAll('-', '')}`;
  port = await freePort();
  started = [];
  await asSuperuser(`create database ${database}`);
  await applyRoles(address('postgres', superuserPassword), {
    migrate: rolePassword,
    request: rolePassword,
    jobs: rolePassword,
    check: rolePassword,
    backup: rolePassword,
  });
});
afterEach(async () => {
  for (const one of started) one.kill('SIGKILL');
  await Promise.all(started.map((one) => one.ended));
  await asSuperuser(`drop database if exists ${database} with (force)`);
  removeFolder();
});

async function asSuperuser(query: string): Promise<void> {
  const client = new pg.Client({
    connectionString: address('postgres', superuserPassword, { database: 'postgres' }),
  });
  await client.connect();
  try {
    await client.query(query);
  } finally {
    await client.end();
  }
}

function address(
  role: string,
  password = rolePassword,
  at: { database?: string; port?: number } = {},
): string {
  const where = `127.0.0.1:${String(at.port ?? serverPort)}/${at.database ?? database}`;
  return `postgres://${role}:${password}@${where}`;
}

function addresses(at: { port?: number } = {}): Record<string, string> {
  return {
    DATABASE_URL: address('kortvakt_request', undefined, at),
    DATABASE_MIGRATE_URL: address('kortvakt_migrate', undefined, at),
    DATABASE_JOBS_URL: address('kortvakt_jobs', undefined, at),
    DATABASE_CHECK_URL: address('kortvakt_check', undefined, at),
  };
}

const key = (): string => randomBytes(32).toString('base64');

function jwk(kid: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' });
}

function cardKeys(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify([privateKey.export({ format: 'jwk' })]);
}

/** Everything that production asks for, as it might be. */
function production(): Record<string, string> {
  const register = 'https://register.example.no';
  return {
    ...addresses(),
    KORTVAKT_MODE: 'production',
    KORTVAKT_ORIGIN: 'https://kortvakt.example.no',
    HOST: '127.0.0.1',
    KORTVAKT_NATIONAL_ID_KEYS: `k1:${key()}`,
    KORTVAKT_HASH_KEY: key(),
    KORTVAKT_SESSION_SECRET: key(),
    KORTVAKT_SIGNING_KEY: jwk('sign-1'),
    KORTVAKT_CARD_KEYS: cardKeys(),
    KORTVAKT_CHECKPOINT_DIRECTORY: join(folder, 'checkpoints'),
    IDPORTEN_ISSUER: 'https://idporten.example.no',
    IDPORTEN_CLIENT_ID: 'kortvakt',
    IDPORTEN_CLIENT_JWK: jwk('idporten-1'),
    MASKINPORTEN_ISSUER: 'https://maskinporten.example.no/',
    MASKINPORTEN_CLIENT_ID: 'kortvakt',
    MASKINPORTEN_CLIENT_JWK: jwk('maskinporten-1'),
    ENHETSREGISTERET_URL: register,
    ENHETSREGISTERET_AUTHORISED_URL: register,
    AAREG_URL: register,
    FOLKEREGISTERET_URL: register,
    KRR_URL: register,
    KOFUVI_URL: register,
    CARD_ISSUER_URL: register,
    ACCESS_POINT_URL: register,
    CLEANING_REGISTER_URL: register,
    CAR_CARE_REGISTER_URL: register,
    STAFFING_REGISTER_URL: register,
    ASSIGNMENTS_URL: register,
    INVOICE_ISSUER: JSON.stringify({
      organisationNumber: '310000906',
      name: 'KORTUTSTEDEREN AS',
      street: 'Testgata 2',
      postalCode: '0151',
      place: 'OSLO',
      account: '99900000010',
    }),
    SMTP_URL: 'smtps://mail.example.no',
    MAIL_FROM: 'kortvakt@example.no',
  };
}

function start(environment: Record<string, string>): KortvaktProcess {
  const one = startKortvakt({ KORTVAKT_DATA: data, PORT: String(port), ...environment });
  started.push(one);
  return one;
}

async function stop(one: KortvaktProcess): Promise<void> {
  one.kill('SIGTERM');
  expect(await one.ended).toMatchObject({ code: 0 });
}

async function statusOf(path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${String(port)}${path}`)).status;
}

test('a demo on a database elsewhere starts no PostgreSQL of its own and finds its world again', async () => {
  const first = start(addresses());
  expect(await first.ready).toMatch(/^Kortvakt is ready: http:\/\/localhost:\d+ \(log in as /);
  expect(await statusOf('/readyz')).toBe(200);
  expect(existsSync(join(data, 'postgresql'))).toBe(false);
  await stop(first);
  const second = start(addresses());
  await second.ready;
  await stop(second);
  expect(processesOn(data)).toEqual([]);
  // The demo's folder has the key and the checkpoints; where the log is, is told.
  const verify = join(projectRoot, 'dist/src/audit-verify-command.js');
  const environment = { KORTVAKT_DATA: data, DATABASE_BACKUP_URL: address('kortvakt_backup') };
  expect(execFileSync(process.execPath, [verify], { env: environment, encoding: 'utf8' })).toMatch(
    /^\d+ entries in \d+ chains, \d+ checkpoints \(the last .*\): 0 findings\n$/,
  );
});

test('production with all that it needs migrates, starts, answers and keeps nothing in a data folder', async () => {
  const one = start(production());
  expect(await one.ready).toBe('Kortvakt is ready: https://kortvakt.example.no');
  // Under the name that the health checks use, everything else is misdirected.
  expect(await Promise.all(['/livez', '/readyz', '/check'].map(statusOf))).toEqual([200, 200, 421]);
  await expect.poll(() => existsSync(join(folder, 'checkpoints'))).toBe(true);
  expect(existsSync(data)).toBe(false);
  await stop(one);
});

test.each<[string, () => Record<string, string>, string[]]>([
  [
    'a wrong password',
    () => ({ DATABASE_JOBS_URL: address('kortvakt_jobs', 'wrong') }),
    ['DATABASE_JOBS_URL cannot be used: password authentication failed for user "kortvakt_jobs"'],
  ],
  [
    'a database that is not there',
    () => ({ DATABASE_URL: address('kortvakt_request', undefined, { database: 'nowhere' }) }),
    ['DATABASE_URL cannot be used: database "nowhere" does not exist'],
  ],
  [
    'a port where nobody listens',
    () => ({ DATABASE_MIGRATE_URL: address('kortvakt_migrate', undefined, { port: 1 }) }),
    ['DATABASE_MIGRATE_URL cannot be used: connect ECONNREFUSED 127.0.0.1:1'],
  ],
  [
    'roles that changed places',
    () => ({
      DATABASE_URL: address('kortvakt_migrate'),
      DATABASE_MIGRATE_URL: address('kortvakt_request'),
    }),
    [
      'DATABASE_URL must log in as kortvakt_request, not as kortvakt_migrate',
      'DATABASE_MIGRATE_URL must log in as kortvakt_migrate, not as kortvakt_request',
    ],
  ],
  [
    'requests served by a superuser',
    () => ({ DATABASE_URL: address('postgres', superuserPassword) }),
    ['DATABASE_URL must log in as kortvakt_request, not as postgres'],
  ],
  [
    'a database that roles.sql has not been run in',
    () => ({
      DATABASE_MIGRATE_URL: address('kortvakt_migrate', undefined, { database: 'postgres' }),
    }),
    [
      'DATABASE_MIGRATE_URL leads to a database that is not prepared: run src/database/roles.sql in it as its superuser',
    ],
  ],
  [
    'one address to another database',
    () => ({ DATABASE_CHECK_URL: address('kortvakt_check', undefined, { database: 'postgres' }) }),
    ['DATABASE_CHECK_URL leads to another database than DATABASE_URL'],
  ],
  [
    'a folder for checkpoints that cannot be made',
    () => ({ KORTVAKT_CHECKPOINT_DIRECTORY: join(projectRoot, 'package.json/checkpoints') }),
    ['KORTVAKT_CHECKPOINT_DIRECTORY cannot be written: ENOTDIR'],
  ],
])('%s is told of before anything is changed', async (_what, changes, lines) => {
  const ended = await start({ ...production(), ...changes() }).ended;
  expect(ended).toMatchObject({ code: 1, lines });
  const client = new pg.Client({ connectionString: address('kortvakt_migrate') });
  await client.connect();
  expect((await client.query('select from pg_tables where schemaname = $1', ['public'])).rowCount).toBe(0);
  await client.end();
});

test('a role that row-level security does not bind is refused', async () => {
  await asSuperuser('alter role kortvakt_request bypassrls');
  try {
    expect(await start(production()).ended).toMatchObject({
      code: 1,
      lines: [
        'DATABASE_URL logs in past row-level security: alter role kortvakt_request nosuperuser nobypassrls',
      ],
    });
  } finally {
    await asSuperuser('alter role kortvakt_request nobypassrls');
  }
});

/** Stands between Kortvakt and its database, and can stop passing on what they say. */
async function proxy() {
  const pairs = new Set<[Socket, Socket]>();
  const state = { silent: false };
  const listener = createServer((near) => {
    const far = connect(serverPort, '127.0.0.1');
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      from.on('data', (chunk) => state.silent || to.write(chunk));
    }
  });
  const proxyPort = await freePort();
  await new Promise<void>((listening) => listener.listen(proxyPort, '127.0.0.1', listening));
  return {
    port: proxyPort,
    fallSilent: () => (state.silent = true),
    comeBack: () => {
      state.silent = false;
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
    },
    close: () => listener.close(),
  };
}

test('a database that no longer answers does not hold up a stop', async () => {
  const between = await proxy();
  try {
    const one = start({ ...production(), ...addresses({ port: between.port }) });
    await one.ready;
    between.fallSilent();
    // The look at the audit log that comes round every two seconds is under way by then.
    await new Promise((later) => setTimeout(later, 3000));
    const asked = Date.now();
    await stop(one);
    expect(Date.now() - asked).toBeLessThan(20_000);
  } finally {
    between.comeBack();
    between.close();
  }
});

test('a database that no longer answers: /readyz says so soon, and again when it is back', async () => {
  const between = await proxy();
  try {
    const one = start({ ...production(), ...addresses({ port: between.port }) });
    await one.ready;
    expect(await statusOf('/readyz')).toBe(200);
    between.fallSilent();
    const asked = Date.now();
    expect(await statusOf('/readyz')).toBe(503);
    expect(Date.now() - asked).toBeLessThan(5000);
    expect(await statusOf('/livez')).toBe(200);
    between.comeBack();
    await expect.poll(() => statusOf('/readyz'), { timeout: 20_000, interval: 200 }).toBe(200);
    await stop(one);
  } finally {
    between.close();
  }
});
