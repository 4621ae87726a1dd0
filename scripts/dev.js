import { spawn } from 'node:child_process';

/*
 * Runs Kortvakt from its sources and starts it anew when one of them changes.
 *
 * Ctrl-C in a terminal reaches everything in the foreground, and npm hands it on as well. The watcher takes a second
 * signal for impatience and kills Kortvakt, which then leaves its database behind: so the watcher has a process group
 * of its own, and gets one signal.
 */
const watched = ['src/**/*.{css,json,sql}', 'browser/*.ts', 'stand-ins/*.ts'];
const watcher = spawn(
  'tsx',
  [
    'watch',
    '--clear-screen=false',
    ...watched.flatMap((pattern) => ['--include', pattern]),
    ...['src/main.ts', ...process.argv.slice(2)],
  ],
  { stdio: ['ignore', 'inherit', 'inherit'], detached: true },
);
let told = false;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    if (!told) watcher.kill(signal);
    told = true;
  });
}
watcher.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
watcher.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
