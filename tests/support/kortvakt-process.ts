import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/database/project-root.ts';

/** Kortvakt as a process of its own, as `npm start` runs it after the build. */
export type KortvaktProcess = {
  pid: number;
  /** The ready line; rejects with what was said where it ended instead. */
  ready: Promise<string>;
  /** How it ended. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; lines: string[] }>;
  kill: (signal: NodeJS.Signals) => void;
};

/** Starts the built program. Its environment is only what is given, a path and the log level. */
export function startKortvakt(environment: Record<string, string>): KortvaktProcess {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/src/main.js')], {
    cwd: projectRoot,
    env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<Awaited<KortvaktProcess['ended']>>((done) => {
    child.on('close', (code, signal) => {
      done({ code, signal, lines: output.split('\n').filter((line) => line !== '') });
    });
  });
  const ready = new Promise<string>((done, fail) => {
    const read = (text: string): void => {
      output += text;
      const line = output.split('\n').find((one) => one.startsWith('Kortvakt is ready'));
      if (line !== undefined) done(line);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    void ended.then(() => {
      fail(new Error(`It ended instead of getting ready: ${output}`));
    });
  });
  // A test that expects an end looks at `ended` alone.
  ready.catch(() => undefined);
  if (child.pid === undefined) throw new Error('Node could not be started.');
  return { pid: child.pid, ready, ended, kill: (signal) => child.kill(signal) };
}

/** Processes (Linux) that work in a folder or were started with its path; `npm start`'s own process is not among them. */
export function processesOn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const state = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
      if (state.includes(') Z ')) return false;
      const command = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      return command.includes(folder) || read(() => readlinkSync(`/proc/${pid}/cwd`)).startsWith(folder);
    })
    .map(Number);
}

function read(what: () => string): string {
  try {
    return what();
  } catch {
    return '';
  }
}

/** A new folder for one Kortvakt, which the database's user may pass through, and how to remove it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'kortvakt-data-'));
  chmodSync(folder, 0o711);
  return {
    folder,
    remove: () => {
      for (const pid of processesOn(folder)) killIfThere(pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => {
        done(port);
      });
    });
  });
}

/** One that ends between being listed and being killed is as dead as it should be. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
