import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';
import { identify, type ProcessIdentity } from './processes.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kortvakt-lock-'));
  file = join(folder, 'kortvakt.lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const own = (): unknown => JSON.parse(readFileSync(file, 'utf8'));

test('a free folder is taken and given back, and nothing is left in it', () => {
  const lock = lockFolder(folder);
  if (!lock.ok) throw new Error('taken');
  expect(own()).toEqual(identify(process.pid));
  lock.value.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that a running process holds is refused, with its number', () => {
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    const identity = identify(holder.pid ?? 0);
    writeFileSync(file, JSON.stringify(identity));
    expect(lockFolder(folder)).toEqual({ ok: false, error: identity });
    expect(own()).toEqual(identity);
  } finally {
    holder.kill('SIGKILL');
  }
});

test.each<[string, ProcessIdentity | string]>([
  ['a process that has ended', { pid: 4_194_305, startedAt: '1' }],
  ['an earlier process with the number of one that runs', { pid: process.ppid, startedAt: 'long ago' }],
  ['a file that is cut short', '{"pid":1'],
  ['a file with something else in it', '"x"'],
])('what %s left is taken over', (_what, held) => {
  writeFileSync(file, typeof held === 'string' ? held : JSON.stringify(held));
  expect(lockFolder(folder).ok).toBe(true);
  expect(own()).toEqual(identify(process.pid));
  expect(readdirSync(folder)).toEqual(['kortvakt.lock']);
});

test('a folder that cannot be written says so', () => {
  expect(() => lockFolder(join(folder, 'missing'))).toThrow(/ENOENT/);
});
