import { defineConfig } from 'vitest/config';

/** The tests that changed rules are tried against: the rules' own, which need no database. */
export default defineConfig({
  test: { include: ['src/access/rules.test.ts'], testTimeout: 30_000 },
});
