import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPair, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { demoMarker, demoPrefix, type Environment } from './config.ts';
import {
  explain,
  findPrograms,
  mayReach,
  startEmbedded,
  systemFolder,
  type EmbeddedPrograms,
} from './database/embedded.ts';
import { applyRoles } from './database/migrate.ts';
import { rememberHelper, stopHelper } from './database/orphans.ts';
import { err, ok, type Result } from './kernel/result.ts';

/** Something of the demo that runs beside us: the settings that lead to it, when it ends, and how it is stopped. */
export type DemoPart = { settings: Environment; ended: Promise<string>; stop: () => Promise<void> };

const DATABASE = 'kortvakt';
const READY_PATIENCE_MS = 30_000;

/** What a demo makes up once and keeps, readable by its owner only. Each secret carries the demo's mark. */
const secretsShape = z.object({
  superuserPassword: z.string(),
  rolePasswords: z.object({
    migrate: z.string(),
    request: z.string(),
    jobs: z.string(),
    check: z.string(),
    backup: z.string(),
  }),
  settings: z.record(z.string(), z.string()),
});
export type DemoSecrets = z.infer<typeof secretsShape>;

/** Who can be logged in as, for the ready line. */
export const demoPeople = [
  'Våken Spurv (general manager of BLÅ HAMMER AS)',
  'Munter Elv (worker there)',
  'Rimelig Regnestykke (vendor RIMELIG KORTHJELP AS)',
].join(' · ');

/**
 * Chooses the folder of the demo: the wanted one, or {@link systemFolder} where root's checkout lies where the
 * database's user cannot enter.
 * @returns the programs and the folder, or one line that says what to do
 */
export function placeDemo(
  wanted: string,
  chosen: boolean,
): Result<{ programs: EmbeddedPrograms; folder: string }, string> {
  const programs = findPrograms();
  if (!programs.ok) return programs;
  if (mayReach(programs.value, wanted)) return ok({ programs: programs.value, folder: wanted });
  if (chosen) {
    return err(
      `${wanted} lies in a folder that the user "postgres" cannot enter: set KORTVAKT_DATA to another, or leave it out.`,
    );
  }
  return ok({ programs: programs.value, folder: join(systemFolder, 'data') });
}

/**
 * Reads the demo's secrets from its folder, or makes them at the first start.
 * @returns them, or one line where there is a database but not the secrets that belong to it
 */
export async function demoSecrets(folder: string): Promise<Result<DemoSecrets, string>> {
  const file = join(folder, 'secrets.json');
  if (existsSync(file)) {
    try {
      const kept = secretsShape.parse(JSON.parse(readFileSync(file, 'utf8')));
      // A demo of before the cards had keys gets them now.
      if (kept.settings['KORTVAKT_CARD_KEYS'] !== undefined) return ok(kept);
      const whole = { ...kept, settings: { ...kept.settings, KORTVAKT_CARD_KEYS: await cardKeys() } };
      writeSecrets(file, whole);
      return ok(whole);
    } catch {
      return err(`${file} cannot be read: put a whole copy back, or move ${folder} away.`);
    }
  }
  if (existsSync(clusterIn(folder))) {
    return err(`${folder} has a database but not its secrets.json: put that back, or move ${folder} away.`);
  }
  const secrets = await makeSecrets();
  writeSecrets(file, secrets);
  return ok(secrets);
}

function writeSecrets(file: string, secrets: DemoSecrets): void {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(secrets, undefined, 2), { mode: 0o600 });
  renameSync(draft, file);
}

function clusterIn(folder: string): string {
  return join(folder, 'postgresql');
}

function checkpointsIn(folder: string): string {
  return join(folder, 'checkpoints');
}

async function makeSecrets(): Promise<DemoSecrets> {
  const password = (): string => demoPrefix + randomBytes(18).toString('hex');
  const key = (): string =>
    Buffer.concat([Buffer.from(demoMarker), randomBytes(32 - demoMarker.length)]).toString('base64');
  const [idporten, maskinporten, signing, cards] = await Promise.all([
    rsaJwk(),
    rsaJwk(),
    ed25519Jwk(),
    cardKeys(),
  ]);
  return {
    superuserPassword: password(),
    rolePasswords: {
      migrate: password(),
      request: password(),
      jobs: password(),
      check: password(),
      backup: password(),
    },
    settings: {
      KORTVAKT_NATIONAL_ID_KEYS: `${demoPrefix}1:${key()}`,
      KORTVAKT_HASH_KEY: key(),
      KORTVAKT_SESSION_SECRET: key(),
      KORTVAKT_SIGNING_KEY: signing,
      KORTVAKT_CARD_KEYS: cards,
      IDPORTEN_CLIENT_JWK: idporten,
      MASKINPORTEN_CLIENT_JWK: maskinporten,
    },
  };
}

async function rsaJwk(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return JSON.stringify({
    ...privateKey.export({ format: 'jwk' }),
    kid: demoKid(),
    alg: 'RS256',
    use: 'sig',
  });
}

async function ed25519Jwk(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ed25519');
  return JSON.stringify({
    ...privateKey.export({ format: 'jwk' }),
    kid: demoKid(),
    alg: 'EdDSA',
    use: 'sig',
  });
}

async function cardKeys(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return JSON.stringify([{ ...privateKey.export({ format: 'jwk' }), kid: demoKid() }]);
}

function demoKid(): string {
  return demoPrefix + randomBytes(6).toString('hex');
}

/**
 * Starts the demo's database, with its roles.
 * @returns the settings that lead to it, or one line that says why it did not start
 */
export async function startDemoDatabase(
  folder: string,
  programs: EmbeddedPrograms,
  secrets: DemoSecrets,
): Promise<Result<DemoPart & { orphanStopped: boolean }, string>> {
  const logFile = join(folder, 'postgresql.log');
  const cluster = clusterIn(folder);
  const started = await startEmbedded({
    programs,
    cluster,
    logFile,
    superuserPassword: secrets.superuserPassword,
  });
  if (!started.ok) return started;
  const { url, exited, stop, orphanStopped } = started.value;
  const superuser = (database: string): string => url('postgres', secrets.superuserPassword, database);
  try {
    await createDatabase(superuser('postgres'));
    await applyRoles(superuser(DATABASE), secrets.rolePasswords);
  } catch (error) {
    await stop();
    throw error;
  }
  const { migrate, request, jobs, check } = secrets.rolePasswords;
  const settings = {
    DATABASE_URL: url('kortvakt_request', request, DATABASE),
    DATABASE_MIGRATE_URL: url('kortvakt_migrate', migrate, DATABASE),
    DATABASE_JOBS_URL: url('kortvakt_jobs', jobs, DATABASE),
    DATABASE_CHECK_URL: url('kortvakt_check', check, DATABASE),
  };
  return ok({
    settings,
    ended: exited.then(() => explain(readFileSync(logFile, 'utf8'), { cluster, logFile })),
    stop,
    orphanStopped,
  });
}

async function createDatabase(maintenanceUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: maintenanceUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** The settings of a demo that lead to nothing outside: where it writes and who it sends as. */
export function demoDefaults(folder: string, secrets: DemoSecrets): Environment {
  const checkpoints = checkpointsIn(folder);
  mkdirSync(checkpoints, { recursive: true, mode: 0o700 });
  return {
    ...secrets.settings,
    KORTVAKT_CHECKPOINT_DIRECTORY: checkpoints,
    IDPORTEN_CLIENT_ID: 'kortvakt',
    MASKINPORTEN_CLIENT_ID: 'kortvakt',
    MAIL_FROM: 'kortvakt@example.no',
  };
}

/**
 * The settings with which a demo's audit log can be read, from its folder; or one line that says what to do. Where the
 * address of the database is given, it need not run.
 */
export function demoAuditSettings(wanted: string, given: Environment): Result<Environment, string> {
  const elsewhere = given['DATABASE_BACKUP_URL'] !== undefined;
  const folder = demoFolder(wanted, elsewhere ? (one) => join(one, 'secrets.json') : runningMark);
  if (folder === undefined) return elsewhere ? ok(given) : err(NOT_RUNNING);
  const secrets = readSecrets(folder);
  return ok({
    DATABASE_BACKUP_URL: elsewhere ? undefined : roleUrl(folder, secrets, 'backup'),
    KORTVAKT_SIGNING_KEY: secrets.settings['KORTVAKT_SIGNING_KEY'],
    KORTVAKT_CHECKPOINT_DIRECTORY: checkpointsIn(folder),
    ...given,
  });
}

/** The settings with which an operator can be proposed in a running demo; or one line that says what to do. */
export function demoOperatorSettings(wanted: string): Result<Environment, string> {
  const folder = demoFolder(wanted, runningMark);
  if (folder === undefined) return err(NOT_RUNNING);
  return ok({ DATABASE_MIGRATE_URL: roleUrl(folder, readSecrets(folder), 'migrate') });
}

const NOT_RUNNING = 'Kortvakt does not run: start it first with npm start.';

/** The file that PostgreSQL keeps while it runs. */
const runningMark = (folder: string): string => join(clusterIn(folder), 'postmaster.pid');

function demoFolder(wanted: string, mark: (folder: string) => string): string | undefined {
  return [wanted, join(systemFolder, 'data')].find((folder) => existsSync(mark(folder)));
}

function readSecrets(folder: string): DemoSecrets {
  return secretsShape.parse(JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')));
}

/** The address of a running demo's database for one of its roles. */
function roleUrl(
  folder: string,
  { rolePasswords }: DemoSecrets,
  role: keyof DemoSecrets['rolePasswords'],
): string {
  // The fourth line of PostgreSQL's own file is the port that it listens on.
  const port = readFileSync(runningMark(folder), 'utf8').split('\n')[3] ?? '';
  return `postgres://kortvakt_${role}:${rolePasswords[role]}@127.0.0.1:${port.trim()}/${DATABASE}`;
}

const readyShape = z.object({
  ready: z.literal(true),
  idportenOrigin: z.string(),
  servicesOrigin: z.string(),
  smtpPort: z.number(),
});

export type StandInsOptions = {
  folder: string;
  /** The app's own address and port: the stand-ins take ports near it where those are free. */
  origin: string;
  port: number;
  idportenJwk: string;
  maskinportenJwk: string;
  signingJwk: string;
};

/**
 * Starts the stand-ins as a process of their own; those of an earlier start are stopped first.
 * @returns the settings that lead to them, or one line that says why they did not start
 */
export async function startStandIns(options: StandInsOptions): Promise<Result<DemoPart, string>> {
  const pidFile = join(options.folder, 'stand-ins.pid');
  await stopHelper(pidFile);
  const near =
    options.port > 0 && options.port <= 65_000 ? [1, 2, 25].map((step) => options.port + step) : [0, 0, 0];
  const first = await launchStandIns(options, pidFile, near);
  // Somebody else's program has one of those ports, so any will do.
  if (first.ok || !first.error.includes('EADDRINUSE')) return first;
  return launchStandIns(options, pidFile, [0, 0, 0]);
}

async function launchStandIns(
  options: StandInsOptions,
  pidFile: string,
  [idportenPort, servicesPort, smtpPort]: number[],
): Promise<Result<DemoPart, string>> {
  const flags = {
    'idporten-port': idportenPort,
    'services-port': servicesPort,
    'smtp-port': smtpPort,
    'state-folder': join(options.folder, 'stand-ins'),
    'app-origin': options.origin,
    'idporten-client-jwks': publicJwks(options.idportenJwk),
    'maskinporten-client-jwks': publicJwks(options.maskinportenJwk),
    'signing-jwks': publicJwks(options.signingJwk),
  };
  const child = spawn(
    process.execPath,
    [...standInsProgram(), ...Object.entries(flags).map(([name, value]) => `--${name}=${String(value)}`)],
    // The pipe to its standard input tells it when we are gone; a group of its own keeps Ctrl-C to us.
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  if (child.pid !== undefined) rememberHelper(pidFile, child.pid);
  const exited = new Promise<void>((done) => {
    child.on('exit', () => done()).on('error', () => done());
  });
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await Promise.race([exited, sleep(5000, undefined, { ref: false })]);
    await stopHelper(pidFile);
  };
  const ready = await readyLine(child, exited);
  if (!ready.ok) {
    await stop();
    return ready;
  }
  return ok({
    settings: standInSettings(ready.value),
    ended: exited.then(() => 'The stand-ins ended.'),
    stop,
  });
}

/** Beside us, compiled as we are compiled. */
function standInsProgram(): string[] {
  const extension = extname(fileURLToPath(import.meta.url));
  const program = fileURLToPath(new URL(`../stand-ins/main${extension}`, import.meta.url));
  return extension === '.ts' ? ['--import', 'tsx', program] : [program];
}

async function readyLine(
  child: ChildProcess,
  exited: Promise<void>,
): Promise<Result<z.infer<typeof readyShape>, string>> {
  let complaints = '';
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (complaints = (complaints + text).slice(-4000)));
  const line = new Promise<z.infer<typeof readyShape> | undefined>((done) => {
    if (child.stdout === null) return;
    createInterface(child.stdout).on('line', (text) => {
      const parsed = readyShape.safeParse(parseJson(text));
      if (parsed.success) done(parsed.data);
    });
  });
  const patience = sleep(READY_PATIENCE_MS, undefined, { ref: false });
  const ready = await Promise.race([line, exited.then(() => undefined), patience]);
  if (ready !== undefined) return ok(ready);
  return err(`The stand-ins did not start: ${complaints.trim().split('\n').at(-1) ?? ''}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function standInSettings(ready: z.infer<typeof readyShape>): Environment {
  const { idportenOrigin, servicesOrigin, smtpPort } = ready;
  return {
    IDPORTEN_ISSUER: idportenOrigin,
    MASKINPORTEN_ISSUER: `${servicesOrigin}/maskinporten/`,
    ENHETSREGISTERET_URL: `${servicesOrigin}/enhetsregisteret/api`,
    ENHETSREGISTERET_AUTHORISED_URL: `${servicesOrigin}/enhetsregisteret/autorisert-api`,
    AAREG_URL: `${servicesOrigin}/aareg/v1/arbeidsforhold`,
    FOLKEREGISTERET_URL: `${servicesOrigin}/folkeregisteret/offentlig-med-hjemmel/api/v1`,
    KRR_URL: `${servicesOrigin}/krr`,
    KOFUVI_URL: `${servicesOrigin}/kofuvi`,
    CARD_ISSUER_URL: `${servicesOrigin}/card-issuer`,
    ACCESS_POINT_URL: `${servicesOrigin}/access-point`,
    CLEANING_REGISTER_URL: `${servicesOrigin}/renhold_register.xml`,
    CAR_CARE_REGISTER_URL: `${servicesOrigin}/bilpleieregisteret/api`,
    STAFFING_REGISTER_URL: `${servicesOrigin}/bemanningsforetaksregisteret2/api`,
    ASSIGNMENTS_URL: `${servicesOrigin}/arbeidsforholdioppdrag`,
    ALTINN_URL: `${servicesOrigin}/altinn`,
    INVOICE_ISSUER: JSON.stringify({
      organisationNumber: '310000906',
      name: 'KORTUTSTEDEREN AS',
      street: 'Testgata 2',
      postalCode: '0151',
      place: 'OSLO',
      account: '99900000010',
    }),
    SMTP_URL: `smtp://localhost:${String(smtpPort)}`,
  };
}

const privateMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']);

function publicJwks(privateJwk: string): string {
  const jwk = z.record(z.string(), z.unknown()).parse(JSON.parse(privateJwk));
  return JSON.stringify({
    keys: [Object.fromEntries(Object.entries(jwk).filter(([member]) => !privateMembers.has(member)))],
  });
}
