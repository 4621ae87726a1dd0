import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../src/database/project-root.ts';

const FOLDERS = ['src', 'stand-ins', 'browser', 'tests'];

const report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
  modules: z.array(z.object({ source: z.string() })),
});

function cruise(folder: string): z.infer<typeof report> {
  const output = execFileSync(
    process.execPath,
    [
      join(projectRoot, 'node_modules/.bin/depcruise'),
      '--config',
      '.dependency-cruiser.js',
      '--output-type',
      'json',
      ...FOLDERS,
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 },
  );
  return report.parse(JSON.parse(output));
}

describe('the arrows', () => {
  test('no import goes against them, and every source file was looked at', () => {
    const { summary, modules } = cruise(projectRoot);
    expect(summary.violations).toEqual([]);
    const looked = new Set(modules.map(({ source }) => source));
    const sources = FOLDERS.flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
        .map((path) => `${folder}/${path}`)
        .filter((path) => /\.tsx?$/.test(path)),
    );
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((path) => !looked.has(path))).toEqual([]);
  });
});

/** What nobody may write: the rule, the file that it is written in, and the import. */
const planted: [rule: string, file: string, line: string][] = [
  ['downwards-from-audit', 'src/audit/planted.ts', "import type {} from '../businesses/index.ts';"],
  ['downwards-from-identity', 'src/identity/planted.ts', "import type {} from '../businesses/index.ts';"],
  ['downwards-from-businesses', 'src/businesses/planted.ts', "import type {} from '../access/index.ts';"],
  ['downwards-from-access', 'src/access/planted.ts', "import type {} from '../agreements/index.ts';"],
  ['downwards-from-passkeys', 'src/passkeys/planted.ts', "import type {} from '../staff/index.ts';"],
  ['downwards-from-staff', 'src/staff/planted.ts', "import type {} from '../vendors/index.ts';"],
  ['downwards-from-agreements', 'src/agreements/planted.ts', "import type {} from '../vendors/index.ts';"],
  ['downwards-from-vendors', 'src/vendors/planted.ts', "import type {} from '../agreements/index.ts';"],
  ['downwards-from-bulk', 'src/bulk/planted.ts', "import type {} from '../cards/index.ts';"],
  ['downwards-from-messages', 'src/messages/planted.ts', "import type {} from '../contact/index.ts';"],
  ['downwards-from-contact', 'src/contact/planted.ts', "import type {} from '../workers/index.ts';"],
  ['downwards-from-workers', 'src/workers/planted.ts', "import type {} from '../orders/index.ts';"],
  ['downwards-from-prices', 'src/prices/planted.ts', "import type {} from '../orders/index.ts';"],
  ['downwards-from-orders', 'src/orders/planted.ts', "import type {} from '../cards/index.ts';"],
  ['downwards-from-cards', 'src/cards/planted.ts', "import type {} from '../invoices/index.ts';"],
  ['downwards-from-offline', 'src/offline/planted.ts', "import type {} from '../cards/index.ts';"],
  ['what-browsers-run-stands-alone', 'src/offline/base45.ts', "import type {} from './records.ts';"],
  [
    'downwards-from-vendor-invoices',
    'src/vendor-invoices/planted.ts',
    "import type {} from '../checks/index.ts';",
  ],
  ['downwards-from-invoices', 'src/invoices/planted.ts', "import type {} from '../checks/index.ts';"],
  ['downwards-from-directory', 'src/directory/planted.ts', "import type {} from '../checks/index.ts';"],
  ['downwards-from-disputes', 'src/disputes/planted.ts', "import type {} from '../checks/index.ts';"],
  ['downwards-from-own-phone', 'src/own-phone/planted.ts', "import type {} from '../checks/index.ts';"],
  ['downwards-from-checks', 'src/checks/planted.ts', "import type {} from '../privacy/index.ts';"],
  [
    'downwards-from-media-review',
    'src/media-review/planted.ts',
    "import type {} from '../privacy/index.ts';",
  ],
  [
    'downwards-from-worker-uploads',
    'src/worker-uploads/planted.ts',
    "import type {} from '../media-review/index.ts';",
  ],
  ['through-the-index', 'src/orders/planted-reach.ts', "import type {} from '../access/rules.ts';"],
  ['circle', 'src/web/planted.ts', "import type {} from './planted-too.ts';"],
  ['rules-are-pure', 'src/vendors/rules.ts', "import { readFileSync } from 'node:fs'; readFileSync('x');"],
  ['rules-are-pure', 'src/messages/rules.ts', "import { sql } from 'kysely'; void sql;"],
  ['rules-know-no-layer-above', 'src/contact/rules.ts', "import type {} from './records.ts';"],
  ['records-know-no-layer-above', 'src/contact/records.ts', "import type {} from './actions.ts';"],
  ['actions-know-no-layer-above', 'src/contact/actions.ts', "import type {} from './pages.tsx';"],
  ['pages-go-through-actions', 'src/contact/pages.tsx', "import { sql } from 'kysely'; void sql;"],
  ['kernel-imports-nothing', 'src/kernel/planted.ts', "import { join } from 'node:path'; void join;"],
  ['kernel-imports-nothing', 'src/kernel/planted-too.ts', "import type {} from '../config.ts';"],
  ['ground-knows-no-feature', 'src/registers/planted.ts', "import type {} from '../access/index.ts';"],
  ['ground-knows-no-feature', 'src/database/planted.ts', "import type {} from '../audit/index.ts';"],
  [
    'ground-knows-no-feature',
    'src/web/planted-too.ts',
    "import type {} from './planted.ts'; import type {} from '../access/index.ts';",
  ],
  ['ground-knows-no-feature', 'src/jobs/planted.ts', "import type {} from '../orders/index.ts';"],
  ['only-the-root-knows-the-root', 'src/web/planted-root.ts', "import type {} from '../app.ts';"],
  ['source-stands-alone', 'src/planted.ts', "import type {} from '../stand-ins/world.ts';"],
  ['source-stands-alone', 'src/access/planted-test.ts', "import type {} from '../../tests/planted.ts';"],
  ['stand-ins-stand-alone', 'stand-ins/planted.ts', "import type {} from '../src/web/paths.ts';"],
  ['browser-stands-alone', 'browser/planted.ts', "import type {} from '../src/web/paths.ts';"],
  ['nothing-missing', 'tests/planted.ts', "import './nowhere.ts';"],
  ['no-test-tools-in-source', 'src/planted-too.ts', "import { test } from 'vitest'; void test;"],
];

describe('a forbidden import is reported:', () => {
  let folder: string;
  let violations: z.infer<typeof report>['summary']['violations'];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kortvakt-arrows-'));
    for (const name of ['.dependency-cruiser.js', 'package.json', 'tsconfig.json']) {
      cpSync(join(projectRoot, name), join(folder, name));
    }
    symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    // A project of its own in the same folders, with what the planted imports lead to.
    for (const name of FOLDERS) mkdirSync(join(folder, name));
    const targets = planted.flatMap(([, file, line]) => [
      file,
      ...[...line.matchAll(/from '(\.[^']+)'/g)].map(([, to]) => join(dirname(file), to ?? '')),
    ]);
    for (const target of targets) {
      mkdirSync(dirname(join(folder, target)), { recursive: true });
      writeFileSync(join(folder, target), 'export {};\n');
    }
    for (const [, file, line] of planted) writeFileSync(join(folder, file), `${line}\nexport {};\n`);
    ({ violations } = cruise(folder).summary);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(planted)('%s, in %s: %s', (rule, file) => {
    // A circle is reported once, wherever it is entered.
    const found = violations.filter(({ from, to }) => from === file || (rule === 'circle' && to === file));
    expect(found.map((one) => one.rule.name)).toContain(rule);
  });

  test('and every rule was tried', async () => {
    const { default: config } = z
      .object({ default: z.object({ forbidden: z.array(z.object({ name: z.string() })) }) })
      .parse(await import(join(projectRoot, '.dependency-cruiser.js')));
    const tried = new Set(planted.map(([rule]) => rule));
    // Nothing lies above privacy.
    expect(config.forbidden.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([
      'downwards-from-privacy',
    ]);
  });
});
