import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectRoot } from '../../src/database/project-root.ts';
import { freePort, processesOn, temporaryFolder } from '../support/kortvakt-process.ts';

/** Changed one after the other: what is imported, what is read as a file, what is bundled, and what runs beside us. */
const changes = {
  'src/app.ts': '\n// Changed.\n',
  'src/web/layout.tsx': '\n// Changed.\n',
  'src/web/nb.json': '\n',
  'src/web/styles.css': '\n/* Changed. */\n',
  'browser/enhance.ts': '\n// Changed.\n',
  'stand-ins/page.ts': '\n// Changed.\n',
};

/** What stands beside the folders and is read. */
const roots = ['package.json', 'package-lock.json', 'tsconfig.json'];

let folder: string;
let removeFolder: () => void;
let data: string;
let port: number;

beforeEach(async () => {
  ({ folder, remove: removeFolder } = temporaryFolder());
  data = join(folder, 'data');
  port = await freePort();
  for (const part of ['src', 'stand-ins', 'browser', 'scripts', ...roots]) {
    cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  chmodSync(folder, 0o711);
});
afterEach(() => removeFolder());

/** `npm run dev` on a copy of the project, in a process group of its own as in a terminal. */
function startDev() {
  const child = spawn('npm', ['run', 'dev'], {
    cwd: folder,
    env: { ...process.env, KORTVAKT_DATA: data, PORT: String(port), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const seen = { output: '' };
  const read = (text: string) => (seen.output += text);
  child.stdout.setEncoding('utf8').on('data', read);
  child.stderr.setEncoding('utf8').on('data', read);
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  if (child.pid === undefined) throw new Error('npm could not be started.');
  return { pid: child.pid, ended, lines: () => seen.output.split('\n').filter((line) => line !== '') };
}

function readyLines(lines: readonly string[]): number {
  return lines.filter((line) => line.startsWith('Kortvakt is ready: ')).length;
}

async function waitForReady(dev: ReturnType<typeof startDev>, times: number): Promise<void> {
  await expect.poll(() => readyLines(dev.lines()), { timeout: 60_000, interval: 50 }).toBe(times);
  expect((await fetch(`http://localhost:${String(port)}/readyz`)).status).toBe(200);
}

test('npm run dev starts anew at each change, after what ran before has stopped, and Ctrl-C leaves nothing', async () => {
  const dev = startDev();
  await waitForReady(dev, 1);
  let times = 1;
  for (const [file, text] of Object.entries(changes)) {
    appendFileSync(join(folder, file), text);
    await waitForReady(dev, (times += 1));
  }
  writeFileSync(
    join(folder, 'src/database/migrations/29990101T0000-last.sql'),
    'create table last_of_all ();\n',
  );
  await waitForReady(dev, (times += 1));
  // A port or a folder that the one before still held would be told of, and so would a database left behind.
  expect(dev.lines().filter((line) => !/^> |is ready: |Restarting\.\.\.$/.test(line))).toEqual([]);

  process.kill(-dev.pid, 'SIGINT');
  await dev.ended;
  await expect.poll(() => processesOn(folder), { timeout: 20_000 }).toEqual([]);
}, 400_000);

test('npm run dev waits for the mistake to be mended, and SIGTERM to npm leaves nothing', async () => {
  const dev = startDev();
  await waitForReady(dev, 1);
  appendFileSync(join(folder, 'src/app.ts'), 'const = ;');
  await expect
    .poll(() => dev.lines().some((line) => line.includes('TransformError')), { timeout: 60_000 })
    .toBe(true);
  cpSync(join(projectRoot, 'src/app.ts'), join(folder, 'src/app.ts'));
  await waitForReady(dev, 2);

  process.kill(dev.pid, 'SIGTERM');
  await dev.ended;
  await expect.poll(() => processesOn(folder), { timeout: 20_000 }).toEqual([]);
});
