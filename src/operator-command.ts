import { resolve } from 'node:path';
import { z } from 'zod';
import { loadOperatorConfig, loadStartConfig, processEnvironment, type Environment } from './config.ts';
import { openDatabase } from './database/database.ts';
import { demoOperatorSettings } from './demo-machine.ts';
import { parsePlainDate } from './kernel/dates.ts';
import { type FirstOperator, proposeFirstOperator } from './staff/index.ts';

const USAGE = 'Usage: npm run operator -- "NAME" E-MAIL LAST-DAY (YYYY-MM-DD, at most 12 months ahead)';

const REFUSALS = {
  past: 'The last day has passed already.',
  'too-late': 'The last day is more than 12 months ahead.',
  'enough-operators':
    'Two operators are in force already: from now on they give roles with four eyes, at /staff/appointments.',
} as const;

/**
 * `npm run operator`: lets an operator begin while there are fewer than two, which is too few for four eyes. Prints a
 * single-use link for that person. Ends with 0 when it did, 1 when it was refused, 2 when it could not ask.
 */
async function run(environment: Environment, words: readonly string[]): Promise<number> {
  const operator = parseOperator(words);
  if (operator === undefined) return refuse(1, [USAGE]);
  const start = loadStartConfig(environment);
  if (!start.ok) return refuse(2, start.error);
  const demo =
    start.value.mode === 'demo' && environment['DATABASE_MIGRATE_URL'] === undefined
      ? demoOperatorSettings(resolve(start.value.dataFolder))
      : undefined;
  if (demo?.ok === false) return refuse(2, [demo.error]);
  const config = loadOperatorConfig({ ...demo?.value, ...environment });
  if (!config.ok) return refuse(2, config.error);
  const { migrateUrl, origin } = config.value;
  const database = openDatabase({ request: migrateUrl, check: migrateUrl }, 1);
  try {
    const proposed = await proposeFirstOperator(database, operator, new Date());
    if (!proposed.ok) return refuse(1, [REFUSALS[proposed.error]]);
    console.log(`${origin}${proposed.value.path}`);
    console.error(
      `Give this link to ${operator.name} alone: it works once, for seven days. Whoever logs in through it is an operator.`,
    );
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(2, [`No operator could be proposed: ${reason}`]);
  } finally {
    await database.close();
  }
}

function parseOperator(words: readonly string[]): FirstOperator | undefined {
  const [name = '', email = '', day = ''] = words.map((word) => word.normalize('NFC').trim());
  const lastDay = parsePlainDate(day);
  const sound = words.length === 3 && name !== '' && name.length <= 100 && z.email().safeParse(email).success;
  return sound && lastDay !== undefined ? { name, email, lastDay } : undefined;
}

function refuse(code: number, lines: readonly string[]): number {
  for (const line of lines) console.error(line);
  return code;
}

process.exitCode = await run(processEnvironment(), process.argv.slice(2));
