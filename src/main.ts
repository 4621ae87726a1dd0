import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { createApp } from './app.ts';
import { directoryProblem } from './audit/index.ts';
import {
  loadConfig,
  loadStartConfig,
  processEnvironment,
  type Config,
  type Environment,
  type StartConfig,
} from './config.ts';
import { loadDemo } from './demo.ts';
import {
  demoDefaults,
  demoPeople,
  demoSecrets,
  placeDemo,
  startDemoDatabase,
  startStandIns,
  type DemoSecrets,
} from './demo-machine.ts';
import { fileInTheWay, openFolder, systemFolder, type EmbeddedPrograms } from './database/embedded.ts';
import { lockFolder } from './database/folder-lock.ts';
import { migrate, migrateJobs, MigrationError } from './database/migrate.ts';
import { databaseProblems } from './database/preflight.ts';
import { err, ok, type Result } from './kernel/result.ts';

/** A reason not to start that whoever starts us can do something about: told in one line, without a stack. */
class CannotStart extends Error {}

type Parts = {
  environment: Environment;
  start: StartConfig;
  /** What to stop, last started first. */
  stops: (() => Promise<void> | void)[];
  /** The data folder, once it is taken. */
  place: { folder: string | undefined };
  fail: (reason: string) => void;
};

const NODE_VERSION = 24;
const DRAIN_MS = 5000;
/** For the jobs that run; one that waits for a service or a database that does not answer is broken off and done again. */
const JOBS_MS = 10_000;

/**
 * Runs Kortvakt until it is told to stop (SIGTERM, SIGINT) or a part of it ends: starts what the demo brings, migrates,
 * starts the app, and says in one line on standard output where it is. Ends the process.
 */
function run(environment: Environment): void {
  const stops: Parts['stops'] = [];
  const place: Parts['place'] = { folder: undefined };
  const state = { stopping: false };
  const stop = (code: number): void => {
    if (state.stopping) return;
    state.stopping = true;
    // What is just being started has to be there before it can be stopped.
    void starting.then(() => stopAll(stops)).then(() => process.exit(code));
  };
  const fail = (reason: string): void => {
    if (!state.stopping) console.error(reason);
    stop(1);
  };
  const start = async (): Promise<void> => {
    if (Number.parseInt(process.versions.node) < NODE_VERSION) {
      throw new CannotStart(
        `Kortvakt runs on Node ${String(NODE_VERSION)} and this is ${process.versions.node}: start it with npm start, which brings its own.`,
      );
    }
    const startConfig = orRefuse(loadStartConfig(environment));
    const line = await startAll({ environment, start: startConfig, stops, place, fail });
    if (!state.stopping) console.log(line);
  };
  const starting = start().catch((error: unknown) => {
    // A database that ends takes its connections with it, and its own reason is the better one: that comes first.
    setTimeout(() => fail(describe(error, place.folder)), error instanceof CannotStart ? 0 : 300);
  });
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  process.on('uncaughtException', (error) => fail(describe(error, place.folder)));
}

/** Starts everything in order. Returns the ready line. */
async function startAll(parts: Parts): Promise<string> {
  const { environment, start, stops } = parts;
  const demo = start.mode === 'demo' ? await openDemo(start, parts) : undefined;
  const { server, port } = await listen(start);
  stops.push(() => drain(server));
  const origin = environment['KORTVAKT_ORIGIN'] ?? `http://localhost:${String(port)}`;
  const given = { ...environment, PORT: String(port) };
  const settings =
    demo === undefined ? given : await completeDemo(demo, { ...given, KORTVAKT_ORIGIN: origin }, parts);
  const config = orRefuse(loadConfig(settings));
  orRefuse(await surroundings(config));
  await migrate(config.database.migrateUrl);
  await migrateJobs(config.database.jobsUrl);
  const app = await createApp(config);
  stops.push(
    () => Promise.race([app.close(), sleep(JOBS_MS, undefined, { ref: false })]),
    () => drain(server),
  );
  if (start.mode === 'demo') await loadDemo(app.services);
  await app.startJobs();
  server.removeAllListeners('request').on('request', getRequestListener(app.fetch));
  return readyLine(config.origin, demo);
}

/** What the settings lead to, tried before anything is changed: one line for each that cannot be used. */
async function surroundings(config: Config): Promise<Result<undefined, readonly string[]>> {
  const problems = await databaseProblems(config.database);
  const directory = await directoryProblem(config.checkpointDirectory);
  if (directory !== undefined) problems.push(`KORTVAKT_CHECKPOINT_DIRECTORY cannot be written: ${directory}`);
  return problems.length === 0 ? ok(undefined) : err(problems);
}

function readyLine(origin: string, demo: Demo | undefined): string {
  if (demo === undefined) return `Kortvakt is ready: ${origin}`;
  const place = demo.moved ? `; programs and data are in ${systemFolder}` : '';
  return `Kortvakt is ready: ${origin} (log in as ${demoPeople}${place})`;
}

type Demo = { folder: string; moved: boolean; programs: EmbeddedPrograms | undefined; secrets: DemoSecrets };

/** Takes the data folder. */
async function openDemo(start: StartConfig, { stops, place: taken }: Parts): Promise<Demo> {
  const wanted = resolve(start.dataFolder);
  const file = fileInTheWay(wanted);
  if (file !== undefined) throw new CannotStart(`${file} is a file: set KORTVAKT_DATA to a folder.`);
  const place = start.embeddedDatabase
    ? orRefuse(placeDemo(wanted, start.dataFolderChosen))
    : { programs: undefined, folder: wanted };
  const { folder } = place;
  taken.folder = folder;
  openFolder(folder);
  const lock = lockFolder(folder);
  if (!lock.ok) {
    throw new CannotStart(
      `Kortvakt already runs on ${folder} (process ${String(lock.error.pid)}): stop it first, or set KORTVAKT_DATA.`,
    );
  }
  stops.push(lock.value.release);
  return { ...place, moved: folder !== wanted, secrets: orRefuse(await demoSecrets(folder)) };
}

/** Starts the database and the stand-ins that the demo brings. Returns the settings; what was given goes first. */
async function completeDemo(demo: Demo, given: Environment, { stops, fail }: Parts): Promise<Environment> {
  const { folder, programs, secrets } = demo;
  let settings: Environment = { ...demoDefaults(folder, secrets), ...withoutEmpty(given) };
  if (programs !== undefined) {
    const database = orRefuse(await startDemoDatabase(folder, programs, secrets));
    stops.push(database.stop);
    void database.ended.then(fail);
    if (database.orphanStopped) console.error('Stopped the PostgreSQL that an earlier Kortvakt left behind.');
    settings = { ...settings, ...database.settings };
  }
  const standIns = orRefuse(
    await startStandIns({
      folder,
      origin: settings['KORTVAKT_ORIGIN'] ?? '',
      port: Number(settings['PORT']),
      idportenJwk: settings['IDPORTEN_CLIENT_JWK'] ?? '',
      maskinportenJwk: settings['MASKINPORTEN_CLIENT_JWK'] ?? '',
      signingJwk: settings['KORTVAKT_SIGNING_KEY'] ?? '',
    }),
  );
  stops.push(standIns.stop);
  void standIns.ended.then(fail);
  return { ...standIns.settings, ...settings };
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** Opens the port early, so that one in use is told of before anything is started; until the app is there it says so. */
function listen(start: StartConfig): Promise<{ server: Server; port: number }> {
  const { port, host } = start.listen;
  const server = createServer((_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end();
  });
  return new Promise((done, refuse) => {
    server.once('error', (error) => {
      refuse(new CannotStart(portProblem(error, port)));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      done({ server, port: (server.address() as AddressInfo).port });
    });
  });
}

function portProblem(error: Error, port: number): string {
  const code = codeOf(error);
  if (code === 'EADDRINUSE')
    return `Port ${String(port)} is in use: stop what uses it, or set PORT to another.`;
  if (code === 'EACCES')
    return `Port ${String(port)} may not be opened by this user: set PORT to 1024 or more.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'HOST is not an address of this machine.';
  return `Port ${String(port)} cannot be opened: ${error.message}.`;
}

/** Lets requests that are being answered finish, for a few seconds. */
function drain(server: Server): Promise<void> {
  return new Promise((done) => {
    const impatience = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(impatience);
      done();
    });
    server.closeIdleConnections();
  });
}

async function stopAll(stops: Parts['stops']): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    try {
      await stop();
    } catch (error) {
      console.error(describe(error));
    }
  }
}

/** What is wrong with the disk or the folder, where that is what is wrong; 53100 is PostgreSQL's "disk full". */
function folderProblem(error: unknown, folder: string): string | undefined {
  const code = codeOf(error) ?? '';
  if (['ENOSPC', 'EDQUOT', '53100'].includes(code)) {
    return `The disk that holds ${folder} is full: make room, or set KORTVAKT_DATA to a folder elsewhere.`;
  }
  const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST'].includes(code);
  if (refused && error instanceof Error && 'path' in error && String(error.path).startsWith(folder)) {
    return `${folder} cannot be written: change who owns it, or set KORTVAKT_DATA to a folder elsewhere.`;
  }
  return undefined;
}

/** The code of an error, or of what caused it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause);
}

/** The value, or an end with one line per problem. */
function orRefuse<T>(result: Result<T, string | readonly string[]>): T {
  if (result.ok) return result.value;
  throw new CannotStart(typeof result.error === 'string' ? result.error : result.error.join('\n'));
}

/** One line where it is known what to do, the whole stack where it is a bug. */
function describe(error: unknown, folder?: string): string {
  if (error instanceof CannotStart) return error.message;
  const known = folder === undefined ? undefined : folderProblem(error, folder);
  if (known !== undefined) return known;
  if (error instanceof MigrationError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

run(processEnvironment());
