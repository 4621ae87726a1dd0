import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.ts';

/** Long properties, long ways through pages, and starts that are killed, blocked or raced: minutes, not seconds. */
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    ...shared,
    include: [
      '{src,stand-ins,browser,bench,scripts,tests}/**/*.slow.test.{ts,tsx}',
      'tests/faults/**/*.test.{ts,tsx}',
    ],
    testTimeout: 180_000,
  },
});
