import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { projectRoot } from '../src/database/project-root.ts';

/** The rules that are mutated, and the tests that have to notice. */
const RULES = 'src/access/rules.ts';
const TESTS = 'src/access/rules.test.ts';
const RESULT = 'src/access/policy/mutation.json';
/** The least share of the mutants that the tests have to notice, in per cent. */
const LEAST = 95;

interface MutationResult {
  readonly score: number;
  readonly killed: number;
  readonly survived: number;
  /** Where a change went unnoticed: what, and in which line. */
  readonly unnoticed: readonly string[];
  readonly date: string;
  readonly sha256: Readonly<Record<string, string>>;
}

const hashOf = (file: string): string =>
  createHash('sha256')
    .update(readFileSync(join(projectRoot, file)))
    .digest('hex');
const hashes = (): Record<string, string> => ({ [RULES]: hashOf(RULES), [TESTS]: hashOf(TESTS) });

/** Changes the rules in every way that Stryker knows and runs their tests against each. */
async function mutate(): Promise<MutationResult> {
  const { Stryker } = await import('@stryker-mutator/core');
  const mutants = await new Stryker({
    mutate: [RULES],
    testRunner: 'vitest',
    vitest: { configFile: 'vitest.mutation.config.ts' },
    reporters: ['clear-text'],
    clearTextReporter: { allowEmojis: false, reportTests: false },
    ignorePatterns: ['/data', '/dist', '/docs/pictures', '/bench', '/browser', '/stand-ins'],
    coverageAnalysis: 'perTest',
    concurrency: 2,
    tempDirName: '.stryker-tmp',
    cleanTempDir: 'always',
  }).runMutationTest();
  const counted = mutants.filter(({ status }) => status !== 'Ignored' && status !== 'CompileError');
  const killed = counted.filter(({ status }) => status === 'Killed' || status === 'Timeout');
  const unnoticed = counted.filter((mutant) => !killed.includes(mutant));
  return {
    score: Math.floor((killed.length / counted.length) * 10_000) / 100,
    killed: killed.length,
    survived: unnoticed.length,
    unnoticed: unnoticed.map(
      ({ location, mutatorName, replacement }) =>
        `line ${String(location.start.line)}: ${mutatorName} to ${replacement}`,
    ),
    date: new Date().toISOString().slice(0, 10),
    sha256: hashes(),
  };
}

/** What keeps the committed result from being that of the files as they are; undefined when nothing does. */
export function problemOf(result: MutationResult, now: Readonly<Record<string, string>>): string | undefined {
  const changed = Object.keys(now).filter((file) => result.sha256[file] !== now[file]);
  if (changed.length > 0)
    return `${changed.join(' and ')} changed since ${RESULT}: run npm run test:mutation.`;
  return result.score < LEAST
    ? `Only ${String(result.score)} % of the mutants were noticed, ${String(LEAST)} have to be.`
    : undefined;
}

async function main(): Promise<void> {
  const file = join(projectRoot, RESULT);
  if (!process.argv.includes('--verify')) {
    const result = await mutate();
    const options = { ...(await resolveConfig(file)), parser: 'json' };
    writeFileSync(file, await format(JSON.stringify(result), options));
  }
  const problem = problemOf(JSON.parse(readFileSync(file, 'utf8')) as MutationResult, hashes());
  if (problem === undefined) return;
  console.error(problem);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
