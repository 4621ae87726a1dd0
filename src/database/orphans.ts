import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  commandOf,
  directoryOf,
  identify,
  isRunning,
  stopProcess,
  type ProcessIdentity,
} from './processes.ts';

/** Fast shutdown (roll back, then end), and if that hangs the immediate one, after which the next start recovers. */
const POSTGRES_STEPS = [
  { signal: 'SIGINT', waitMs: 8000 },
  { signal: 'SIGQUIT', waitMs: 2000 },
  { signal: 'SIGKILL', waitMs: 1000 },
] as const;

const HELPER_STEPS = [
  { signal: 'SIGTERM', waitMs: 3000 },
  { signal: 'SIGKILL', waitMs: 1000 },
] as const;

/**
 * The PostgreSQL server that runs on a cluster's folder, from its `postmaster.pid`; undefined where none does. That a
 * process has the number is not enough: it must be a `postgres` that works in this folder.
 */
export function findPostgres(cluster: string): ProcessIdentity | undefined {
  const pid = Number(readLines(join(cluster, 'postmaster.pid'))[0]);
  const identity = Number.isInteger(pid) && pid > 0 ? identify(pid) : undefined;
  return identity !== undefined && worksIn(identity.pid, cluster) ? identity : undefined;
}

function worksIn(pid: number, cluster: string): boolean {
  const [program, ...words] = commandOf(pid);
  if (program === undefined || !/^postgres(\.exe)?:?$/.test(basename(program))) return false;
  const directory = directoryOf(pid);
  if (directory !== undefined) return directory === realpathSync(cluster);
  return words[words.indexOf('-D') + 1] === cluster;
}

/**
 * Stops the PostgreSQL that outlived its Kortvakt. Call it while holding the folder's lock.
 * @returns whether one was found and stopped
 * @throws where it does not stop
 */
export async function stopOrphanedPostgres(cluster: string): Promise<boolean> {
  const orphan = findPostgres(cluster);
  if (orphan === undefined) {
    // Whatever now has the number in it, it is not a server of this folder; PostgreSQL would refuse to start.
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
    return false;
  }
  if (!(await stopProcess(orphan, POSTGRES_STEPS))) {
    throw new Error(`PostgreSQL (process ${String(orphan.pid)}) from an earlier start does not stop.`);
  }
  return true;
}

/** Stops a PostgreSQL of ours in order. */
export async function stopPostgres(server: ProcessIdentity): Promise<void> {
  await stopProcess(server, POSTGRES_STEPS);
}

/** Writes down a helper process, so that the next start finds it should this process be killed. */
export function rememberHelper(file: string, pid: number): void {
  const identity = identify(pid);
  if (identity !== undefined) writeFileSync(file, `${String(identity.pid)}\n${identity.startedAt}\n`);
}

/** Stops the helper process that {@link rememberHelper} wrote down, if that very process still runs. */
export async function stopHelper(file: string): Promise<boolean> {
  const [pid, startedAt] = readLines(file);
  if (pid === undefined || startedAt === undefined) return false;
  const identity = { pid: Number(pid), startedAt };
  const ran = isRunning(identity);
  await stopProcess(identity, HELPER_STEPS);
  rmSync(file, { force: true });
  return ran;
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
