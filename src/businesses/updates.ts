import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Registers } from '../registers/index.ts';
import { keepLastUpdate, knownBusinesses, lastUpdate } from './records.ts';

/** What following the updates of Enhetsregisteret needs. */
export interface FollowDeps {
  readonly database: Pick<Database, 'request'>;
  readonly registers: Pick<Registers, 'enhetsregisteret'>;
  /** Has these businesses read anew, in the transaction that keeps how far the updates were read. */
  readonly refresh: (transaction: Transaction, organisationNumbers: readonly string[]) => Promise<void>;
}

const FEEDS = ['businesses', 'units', 'roles'] as const;
/** Answers of a thousand updates, in one run, of each feed. */
const MOST_ANSWERS = 20;
/** Where the first reading begins: what is older, the reading of each business has seen. */
const FIRST_READING_MS = 24 * 3_600_000;

/**
 * Reads what has changed in Enhetsregisteret since the last time, and has the businesses read anew that are here. A feed that
 * does not answer is read on from the same place the next time, and does not keep the others from being read.
 */
export async function followUpdates(deps: FollowDeps): Promise<Result<void, 'register-unavailable'>> {
  let silent = false;
  for (const feed of FEEDS) {
    for (let answers = 0; answers < MOST_ANSWERS; answers += 1) {
      const more = await readOn(deps, feed);
      silent ||= more === 'register-unavailable';
      if (more !== 'more') break;
    }
  }
  return silent ? err('register-unavailable') : ok(undefined);
}

async function readOn(
  { database, registers, refresh }: FollowDeps,
  feed: (typeof FEEDS)[number],
): Promise<'more' | 'none' | 'register-unavailable'> {
  const job = { kind: 'job', name: 'businesses.follow-updates' } as const;
  const name = `enhetsregisteret.${feed}`;
  const since = await inTransaction(
    database,
    job,
    async (transaction) =>
      (await lastUpdate(transaction, name)) ?? new Date(transaction.now.getTime() - FIRST_READING_MS),
  );
  const updates = await registers.enhetsregisteret.updates(feed, since);
  if (!updates.ok) return 'register-unavailable';
  const last = updates.value.at(-1);
  if (last === undefined) return 'none';
  await inTransaction(database, job, async (transaction) => {
    const numbers = [...new Set(updates.value.map(({ organisationNumber }) => organisationNumber))];
    await refresh(transaction, await knownBusinesses(transaction, numbers));
    await keepLastUpdate(transaction, name, last.id);
  });
  return 'more';
}
