import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../kernel/result.ts';
import { identify, isRunning, type ProcessIdentity } from './processes.ts';

/** A lock that was taken. */
export type FolderLock = { release: () => void };

const FILE = 'kortvakt.lock';
const ATTEMPTS = 100;

/**
 * Takes the data folder for this process, so that no two processes run on it. What a killed process left is taken
 * over; of processes that try in the same moment, one gets it.
 * @returns the lock, or the process that holds it
 * @throws the file system's error where the folder cannot be written
 */
export function lockFolder(folder: string): Result<FolderLock, ProcessIdentity> {
  const path = join(folder, FILE);
  const self = identify(process.pid);
  if (self === undefined) throw new Error('This process does not find itself in the process table.');
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (createFilled(path, self)) return ok(lockAt(path));
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isRunning(holder)) return err(holder);
    if (takeOver(path, holder, self)) return ok(lockAt(path));
  }
  throw new Error(`${path} changes faster than it can be read.`);
}

function lockAt(path: string): FolderLock {
  return {
    release() {
      if (readHolder(path)?.pid === process.pid) unlinkIfThere(path);
    },
  };
}

/**
 * Replaces the lock of a process that has ended. The token is named after that process, so of all who found it ended
 * only one replaces it; who comes later finds that the lock has changed hands.
 */
function takeOver(path: string, holder: ProcessIdentity, self: ProcessIdentity): boolean {
  const token = `${path}.${String(holder.pid)}-${holder.startedAt.replace(/\W/g, '')}`;
  if (!createFilled(token, self)) {
    const taker = readHolder(token);
    if (taker !== undefined && !isRunning(taker)) unlinkIfThere(token);
    return false;
  }
  try {
    const now = readHolder(path);
    if (now?.pid !== holder.pid || now.startedAt !== holder.startedAt) return false;
    unlinkIfThere(path);
    return createFilled(path, self);
  } finally {
    unlinkIfThere(token);
  }
}

/** Creates a file that is never seen half-written; false where it is already there. */
function createFilled(path: string, holder: ProcessIdentity): boolean {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    unlinkIfThere(draft);
  }
}

/** Who holds the lock; undefined where it has just been released. A file that cannot be read counts as left behind. */
function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const held: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isIdentity(held)) return held;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { pid: 0, startedAt: 'unreadable' };
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    'startedAt' in value &&
    Number.isInteger(value.pid) &&
    typeof value.startedAt === 'string'
  );
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
