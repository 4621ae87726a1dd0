import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const features =
  'access,agreements,audit,businesses,cards,checks,contact,identity,invoices,messages,orders,prices,privacy,staff,vendors,workers';

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: one thing has one name everywhere.',
};
const noOwnClock = {
  selector:
    "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.object.name='Date'][callee.property.name='now']",
  message: "Use the transaction's now: rules, policies and jobs share one clock.",
};

export default defineConfig(
  { ignores: ['dist/', 'data/', 'coverage/', 'node_modules/', 'src/database/tables.ts', 'tests/fixtures/'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config.ts reads the environment.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'node:process',
              importNames: ['env'],
              message: 'Only src/config.ts reads the environment.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', noDefaultExport],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A handler that answers with a promise where nothing waits for it is Hono's, the test runner's and Node's way.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Index signatures are read with brackets: TypeScript's noPropertyAccessFromIndexSignature asks for it.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: [`src/{${features}}/**/*.{ts,tsx}`],
    ignores: ['**/*.test.{ts,tsx}'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExport, noOwnClock] },
  },
  {
    files: ['src/config.ts', 'stand-ins/**', 'tests/**', 'scripts/**', 'bench/**', '**/*.test.{ts,tsx}'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/main.ts', 'src/**/*-command.ts', 'stand-ins/main.ts', 'scripts/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'tests/**'],
    rules: {
      // What a test reads back it has just made, and it fails where that is not there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  // Vitest and the other tools read their settings from a default export.
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
