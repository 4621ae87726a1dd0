import { keepLastUpdate, lastUpdate } from '../businesses/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Task } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Registers } from '../registers/index.ts';
import { refreshIn } from './jobs.ts';
import { employersOf } from './records.ts';

export interface ChangeTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly registers: Pick<Registers, 'folkeregisteret'>;
  readonly vault: Pick<Vault, 'hash'>;
}

const FOLLOW = 'workers.follow-changes';
const FEED = 'folkeregisteret.changes';
/** Answers of a thousand changes in one run: the country has far fewer in five minutes. */
const MOST_ANSWERS = 20;

/** The task that has employers read anew soon after Folkeregisteret has changed something of a worker. */
export function createChangeTasks(deps: ChangeTaskDeps): Task[] {
  return [
    {
      name: FOLLOW,
      cron: '*/5 * * * *',
      run: async () => {
        const followed = await followChanges(deps);
        if (!followed.ok) throw new Error('The register did not answer.');
      },
    },
  ];
}

/**
 * Reads whom Folkeregisteret has changed something of since the last time, and has the employers of those who work here read
 * anew. The first time only notes how far the changes go: what is older, the reading of each business sees.
 */
export async function followChanges({
  database,
  registers: { folkeregisteret },
  vault,
}: ChangeTaskDeps): Promise<Result<void, 'register-unavailable'>> {
  const job = { kind: 'job', name: FOLLOW } as const;
  let read = await inTransaction(database, job, (transaction) => lastUpdate(transaction, FEED));
  if (read === undefined) {
    const last = await folkeregisteret.lastChange();
    if (!last.ok) return err('register-unavailable');
    await inTransaction(database, job, (transaction) => keepLastUpdate(transaction, FEED, last.value));
    return ok(undefined);
  }
  for (let answers = 0; answers < MOST_ANSWERS; answers += 1) {
    const changes = await folkeregisteret.changes(read);
    if (!changes.ok) return err('register-unavailable');
    const last = changes.value.at(-1)?.id;
    if (last === undefined) break;
    const people = [...new Set(changes.value.flatMap(({ nationalId }) => nationalId ?? []))];
    await inTransaction(database, job, async (transaction) => {
      await refreshIn(transaction, await employersOf(transaction, vault, people));
      await keepLastUpdate(transaction, FEED, last);
    });
    read = last;
  }
  return ok(undefined);
}
