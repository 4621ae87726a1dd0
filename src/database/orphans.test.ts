import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPostgres, rememberHelper, stopHelper, stopOrphanedPostgres } from './orphans.ts';
import { identify } from './processes.ts';

let folder: string;
let child: ChildProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kortvakt-orphans-'));
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A process that ends on SIGTERM, or only on SIGKILL. */
async function helper(obstinate = false): Promise<number> {
  const ignore = obstinate ? 'process.on("SIGTERM", () => {});' : '';
  child = spawn(process.execPath, ['-e', `${ignore} setInterval(() => {}, 1000); console.log("up")`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((up) => child.stdout?.once('data', up));
  return child.pid ?? 0;
}

test.each([false, true])(
  'a helper that was written down is stopped, obstinate or not (%s)',
  async (obstinate) => {
    const pid = await helper(obstinate);
    const file = join(folder, 'helper.pid');
    rememberHelper(file, pid);
    expect(await stopHelper(file)).toBe(true);
    expect(identify(pid)).toBeUndefined();
    expect(existsSync(file)).toBe(false);
  },
);

test('another process with the number that was written down is left alone', async () => {
  const pid = await helper();
  const file = join(folder, 'helper.pid');
  writeFileSync(file, `${String(pid)}\n1\n`);
  expect(await stopHelper(file)).toBe(false);
  expect(identify(pid)).toBeDefined();
});

test('a process that is no PostgreSQL, or one of another folder, is not taken for the orphan', async () => {
  const cluster = join(folder, 'postgresql');
  mkdirSync(cluster);
  expect(findPostgres(cluster)).toBeUndefined();
  const pid = await helper();
  writeFileSync(join(cluster, 'postmaster.pid'), `${String(pid)}\n${cluster}\n`);
  expect(findPostgres(cluster)).toBeUndefined();
  expect(await stopOrphanedPostgres(cluster)).toBe(false);
  expect(identify(pid)).toBeDefined();
  expect(existsSync(join(cluster, 'postmaster.pid'))).toBe(false);
});
