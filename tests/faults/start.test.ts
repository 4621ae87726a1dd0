import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/database/project-root.ts';
import {
  freePort,
  processesOn,
  startKortvakt,
  temporaryFolder,
  type KortvaktProcess,
} from '../support/kortvakt-process.ts';

const asRoot = process.getuid?.() === 0;

let folder: string;
let removeFolder: () => void;
let data: string;
let started: KortvaktProcess[];

beforeAll(() => {
  execFileSync(process.execPath, [join(projectRoot, 'scripts/build.js')]);
});
beforeEach(() => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  data = join(folder, 'data');
  started = [];
});
afterEach(async () => {
  for (const one of started) one.kill('SIGKILL');
  await Promise.all(started.map((one) => one.ended));
  removeFolder();
});

function start(environment: Record<string, string> = {}): KortvaktProcess {
  const one = startKortvakt({ KORTVAKT_DATA: data, PORT: '0', ...environment });
  started.push(one);
  return one;
}

async function stop(one: KortvaktProcess): Promise<void> {
  one.kill('SIGTERM');
  expect(await one.ended).toMatchObject({ code: 0 });
}

/** Expects an end with code 1 and exactly one line, which is returned. */
async function refusal(one: KortvaktProcess): Promise<string> {
  const { code, lines } = await one.ended;
  expect(lines).toHaveLength(1);
  expect(code).toBe(1);
  return lines[0] ?? '';
}

function originIn(readyLine: string): string {
  return /http:\S+/.exec(readyLine)?.[0] ?? '';
}

async function sql(query: string): Promise<unknown[]> {
  const { superuserPassword } = z
    .object({ superuserPassword: z.string() })
    .parse(JSON.parse(readFileSync(join(data, 'secrets.json'), 'utf8')));
  const port = Number(readFileSync(join(data, 'postgresql/postmaster.pid'), 'utf8').split('\n')[3]);
  const client = new pg.Client({
    user: 'postgres',
    password: superuserPassword,
    host: '127.0.0.1',
    port,
    database: 'kortvakt',
  });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(query)).rows;
  } finally {
    await client.end();
  }
}

test.each(['SIGTERM', 'SIGINT'] as const)('a start gets ready and %s leaves no process', async (signal) => {
  const one = start();
  const line = await one.ready;
  expect(line).toMatch(/^Kortvakt is ready: http:\/\/localhost:\d+ \(log in as [^·]+ · [^·]+ · [^·]+\)$/);
  expect((await fetch(`${originIn(line)}/livez`)).status).toBe(200);
  expect((await fetch(`${originIn(line)}/readyz`)).status).toBe(200);
  expect(statSync(join(data, 'secrets.json')).mode & 0o777).toBe(0o600);
  expect(processesOn(data).length).toBeGreaterThan(1);

  const asked = Date.now();
  one.kill(signal);
  expect((await one.ended).code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(5000);
  expect(processesOn(data)).toEqual([]);
});

test('told to stop while it is still starting, it stops and leaves no process', async () => {
  for (const wait of [100, 400, 600, 800, 1000, 1300, 1600, 2000]) {
    const one = start();
    await new Promise((done) => setTimeout(done, wait));
    one.kill('SIGTERM');
    const { code, signal, lines } = await one.ended;
    // Before its first line has run, the signal itself ends it.
    expect(signal === 'SIGTERM' || code === 0).toBe(true);
    expect(lines.filter((line) => !line.startsWith('Kortvakt is ready'))).toEqual([]);
    expect(processesOn(data)).toEqual([]);
  }
  await stop(await settled(start()));
});

async function settled(one: KortvaktProcess): Promise<KortvaktProcess> {
  await one.ready;
  return one;
}

test('after kill -9 the next start stops what lived on, and the data are there', async () => {
  const killed = await settled(start());
  await sql('create table survives as select 42 as answer');
  killed.kill('SIGKILL');
  await killed.ended;
  const [orphan] = readFileSync(join(data, 'postgresql/postmaster.pid'), 'utf8').split('\n');
  expect(processesOn(data)).toContain(Number(orphan));

  const next = start();
  await next.ready;
  expect(await sql('select answer from survives')).toEqual([{ answer: 42 }]);
  expect(processesOn(data)).not.toContain(Number(orphan));
  await stop(next);
  expect((await next.ended).lines).toContain('Stopped the PostgreSQL that an earlier Kortvakt left behind.');
  expect(processesOn(data)).toEqual([]);
});

test('a process that merely got the number of the old PostgreSQL is left alone', async () => {
  await stop(await settled(start()));
  const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    writeFileSync(
      join(data, 'postgresql/postmaster.pid'),
      `${String(innocent.pid)}\n${data}/postgresql\n1\n5432\n\n127.0.0.1\n`,
    );
    await stop(await settled(start()));
    expect(innocent.exitCode).toBeNull();
    expect(innocent.signalCode).toBeNull();
  } finally {
    innocent.kill('SIGKILL');
  }
});

test('while one runs, another is refused and the first goes on', async () => {
  const first = start();
  const origin = originIn(await first.ready);
  expect(await refusal(start())).toBe(
    `Kortvakt already runs on ${data} (process ${String(first.pid)}): stop it first, or set KORTVAKT_DATA.`,
  );
  expect((await fetch(`${origin}/readyz`)).status).toBe(200);
});

test.each(['an empty folder', 'what a killed one left'])(
  'of starts in the same moment on %s one runs',
  async (what) => {
    if (what !== 'an empty folder') {
      const killed = await settled(start());
      killed.kill('SIGKILL');
      await killed.ended;
    }
    const racing = [start(), start(), start()];
    const outcomes = await Promise.all(
      racing.map((one) => Promise.race([one.ready.then(() => 'ready'), refusal(one)]).catch(() => 'refused')),
    );
    expect(outcomes.filter((outcome) => outcome === 'ready')).toHaveLength(1);
    for (const outcome of outcomes.filter((one) => one !== 'ready')) {
      expect(outcome).toMatch(/^Kortvakt already runs on /);
    }
    await stop(racing[outcomes.indexOf('ready')]!);
    expect(processesOn(data)).toEqual([]);
  },
);

test('a port in use is told of before anything is started', async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((listening) => other.listen(port, '127.0.0.1', listening));
  try {
    expect(await refusal(start({ PORT: String(port) }))).toBe(
      `Port ${String(port)} is in use: stop what uses it, or set PORT to another.`,
    );
  } finally {
    other.close();
  }
  expect(processesOn(data)).toEqual([]);
});

test('ports of the stand-ins that are in use are replaced by free ones', async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((listening) => other.listen(port + 1, '127.0.0.1', listening));
  try {
    await stop(await settled(start({ PORT: String(port) })));
  } finally {
    other.close();
  }
});

test('a folder that cannot be written', async () => {
  // Modes do not bind root, but nobody makes folders in /sys.
  const place = asRoot ? '/sys' : folder;
  chmodSync(folder, asRoot ? 0o711 : 0o555);
  const line = await refusal(start({ KORTVAKT_DATA: join(place, 'data') }));
  chmodSync(folder, 0o711);
  expect(line).toBe(
    `${place}/data cannot be written: change who owns it, or set KORTVAKT_DATA to a folder elsewhere.`,
  );
});

test('a file where the folder should be', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const wanted of [file, join(file, 'data')]) {
    expect(await refusal(start({ KORTVAKT_DATA: wanted }))).toBe(
      `${file} is a file: set KORTVAKT_DATA to a folder.`,
    );
  }
});

test('a data folder of an older PostgreSQL, and one that is none', async () => {
  mkdirSync(join(data, 'postgresql'), { recursive: true });
  await demoSecretsOfAnother();
  writeFileSync(join(data, 'postgresql/PG_VERSION'), '15\n');
  expect(await refusal(start())).toMatch(/postgresql was made by PostgreSQL 15 and this is 18: /);

  rmSync(join(data, 'postgresql/PG_VERSION'));
  writeFileSync(join(data, 'postgresql/holiday.jpg'), '');
  expect(await refusal(start())).toMatch(/postgresql is not a PostgreSQL data folder: /);
  expect(processesOn(data)).toEqual([]);
});

/** Secrets, so that the refusal is about the cluster. */
async function demoSecretsOfAnother(): Promise<void> {
  const { demoSecrets } = await import('../../src/demo-machine.ts');
  const other = temporaryFolder();
  const secrets = await demoSecrets(other.folder);
  other.remove();
  if (!secrets.ok) throw new Error(secrets.error);
  writeFileSync(join(data, 'secrets.json'), JSON.stringify(secrets.value));
}

test('a database whose secrets are lost', async () => {
  await stop(await settled(start()));
  rmSync(join(data, 'secrets.json'));
  expect(await refusal(start())).toBe(
    `${data} has a database but not its secrets.json: put that back, or move ${data} away.`,
  );
});

// Only root can make a disk that is full; elsewhere the words are held by embedded.test.ts.
test.runIf(asRoot)('a full disk', async () => {
  mkdirSync(data);
  for (const size of ['8k', '20m', '39m', '42m']) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=711`, 'tmpfs', data]);
    try {
      expect(await refusal(start())).toBe(
        `The disk that holds ${data} is full: make room, or set KORTVAKT_DATA to a folder elsewhere.`,
      );
      expect(processesOn(data)).toEqual([]);
    } finally {
      execFileSync('umount', ['--lazy', data]);
    }
  }
});

test('every wrong setting is told of, each in a line', async () => {
  const { code, lines } = await start({ PORT: 'x', KORTVAKT_MODE: 'test' }).ended;
  expect(code).toBe(1);
  expect(lines).toEqual(['KORTVAKT_MODE must be demo or production', 'PORT must be a whole number']);
});

test('production refuses what a demo made, and starts nothing', async () => {
  await stop(await settled(start()));
  const { settings } = z
    .object({ settings: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(data, 'secrets.json'), 'utf8')));
  const database = 'postgres://kortvakt:secret@127.0.0.1:1/kortvakt';
  const url = 'https://register.example.no';
  const { code, lines } = await start({
    ...settings,
    KORTVAKT_MODE: 'production',
    KORTVAKT_ORIGIN: 'https://kortvakt.example.no',
    KORTVAKT_CHECKPOINT_DIRECTORY: folder,
    DATABASE_URL: database,
    DATABASE_MIGRATE_URL: database,
    DATABASE_JOBS_URL: database,
    DATABASE_CHECK_URL: database,
    IDPORTEN_ISSUER: 'https://localhost:3001',
    IDPORTEN_CLIENT_ID: 'kortvakt',
    MASKINPORTEN_ISSUER: url,
    MASKINPORTEN_CLIENT_ID: 'kortvakt',
    ENHETSREGISTERET_URL: url,
    ENHETSREGISTERET_AUTHORISED_URL: url,
    AAREG_URL: url,
    FOLKEREGISTERET_URL: url,
    KRR_URL: url,
    KOFUVI_URL: url,
    CARD_ISSUER_URL: url,
    ACCESS_POINT_URL: url,
    CLEANING_REGISTER_URL: url,
    CAR_CARE_REGISTER_URL: url,
    STAFFING_REGISTER_URL: url,
    ASSIGNMENTS_URL: url,
    INVOICE_ISSUER: JSON.stringify({
      organisationNumber: '310000906',
      name: 'KORTUTSTEDEREN AS',
      street: 'Testgata 2',
      postalCode: '0151',
      place: 'OSLO',
      account: '99900000010',
    }),
    SMTP_URL: 'smtp://mail.example.no',
    MAIL_FROM: 'kortvakt@example.no',
    ALLOW_SYNTHETIC: 'yes',
  }).ended;
  expect(code).toBe(1);
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'KORTVAKT_NATIONAL_ID_KEYS',
    'KORTVAKT_HASH_KEY',
    'KORTVAKT_SESSION_SECRET',
    'KORTVAKT_SIGNING_KEY',
    'KORTVAKT_CARD_KEYS',
    'IDPORTEN_CLIENT_JWK',
    'MASKINPORTEN_CLIENT_JWK',
    'IDPORTEN_ISSUER',
    'ALLOW_SYNTHETIC',
  ]);
  expect(processesOn(data)).toEqual([]);
});
