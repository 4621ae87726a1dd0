import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process as it can be told from a later one with the same number: `startedAt` is the kernel's own mark of its
 * start, opaque to everyone else.
 */
export type ProcessIdentity = { pid: number; startedAt: string };

const POLL_MS = 25;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/**
 * The identity of a running process, or undefined where none has that number. A process that has ended but that
 * nobody has asked about (a zombie, common in containers without an init) counts as ended.
 */
export function identify(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') {
    const startedAt = ps(pid, 'lstart');
    return startedAt === undefined || startedAt === '' ? undefined : { pid, startedAt };
  }
  const stat = readIfThere(`/proc/${String(pid)}/stat`);
  // The name in brackets may hold anything, so count from the last bracket: state is field 3, start time field 22.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startedAt] = [fields?.[0], fields?.[19]];
  if (state === undefined || startedAt === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startedAt };
}

/** Whether the very process that was identified still runs, not another with its number. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** The command line of a running process, or an empty list where it cannot be read. */
export function commandOf(pid: number): readonly string[] {
  if (process.platform !== 'linux') return ps(pid, 'command')?.split(' ') ?? [];
  return (
    readIfThere(`/proc/${String(pid)}/cmdline`)
      ?.split('\0')
      .filter((part) => part !== '') ?? []
  );
}

/** The working directory of a running process, or undefined where it cannot be read (another's process, not Linux). */
export function directoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`);
  } catch {
    return undefined;
  }
}

/**
 * Stops a process that was identified: sends each signal in turn and waits for its time.
 * @returns whether it has ended
 */
export async function stopProcess(
  identity: ProcessIdentity,
  steps: readonly { signal: NodeJS.Signals; waitMs: number }[],
): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    if (!isRunning(identity)) return true;
    try {
      process.kill(identity.pid, signal);
    } catch {
      // It ended in this very moment, or it is not ours to stop: the wait below tells which.
    }
    for (let waited = 0; waited < waitMs && isRunning(identity); waited += POLL_MS) await sleep(POLL_MS);
  }
  return !isRunning(identity);
}
