import { defineConfig } from 'vitest/config';

/** What both runs share: one PostgreSQL for the run, JSX as the server renders it, two workers for two cores. */
export const shared = {
  globalSetup: ['tests/support/postgres.ts'],
  pool: 'forks' as const,
  maxWorkers: 2,
  hookTimeout: 60_000,
  // What is waited for comes at once; a machine that has other things to do may take its time.
  expect: { poll: { timeout: 20_000 } },
  // A test that leaves a server or a browser behind is told of, not waited for.
  teardownTimeout: 10_000,
};

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    ...shared,
    // Each file has a database of its own; to load the application anew for each as well took a fifth of the run.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    include: ['{src,stand-ins,browser,bench,scripts,tests}/**/*.test.{ts,tsx}'],
    exclude: ['**/*.slow.test.{ts,tsx}', 'tests/faults/**'],
    testTimeout: 30_000,
  },
});
