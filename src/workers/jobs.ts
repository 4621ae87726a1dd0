import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type Task } from '../jobs/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import type { WorkerImport } from './actions.ts';
import { employersToRefresh } from './records.ts';

export interface WorkerTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly importWorkers: WorkerImport;
}

/** Enqueued with `{ organisationNumber }` to read one business's workers anew. */
const REFRESH_WORKERS = 'workers.refresh';

const payloadShape = z.object({ organisationNumber: z.string() });

/** The nightly reading of every business's workers, and the reading of one. */
export function createWorkerTasks({ database, importWorkers }: WorkerTaskDeps): Task[] {
  return [
    {
      name: REFRESH_WORKERS,
      run: async (payload) => {
        const number = parseOrganisationNumber(payloadShape.parse(payload).organisationNumber);
        if (!number.ok) throw new Error('The task names no organisation number.');
        const imported = await importWorkers(number.value);
        // A business that is not here has no workers to read; a silent register is asked again later.
        if (!imported.ok && imported.error === 'register-unavailable')
          throw new Error('A register is silent.');
      },
    },
    {
      name: 'workers.refresh-all',
      cron: '30 2 * * *',
      run: () =>
        inTransaction(database, { kind: 'job', name: 'workers.refresh-all' }, async (transaction) => {
          await refreshIn(transaction, await employersToRefresh(transaction));
        }),
    },
  ];
}

/** Has the workers of these businesses read anew, soon; several wishes for one business become one. */
export async function refreshWorkersSoon(
  database: Pick<Database, 'request'>,
  organisationNumbers: readonly string[],
): Promise<void> {
  if (organisationNumbers.length === 0) return;
  await inTransaction(database, { kind: 'job', name: 'workers.refresh-all' }, (transaction) =>
    refreshIn(transaction, organisationNumbers),
  );
}

/** Enqueues the reading of these businesses' workers, in the caller's transaction. */
export async function refreshIn(
  transaction: Pick<Transaction, 'query'>,
  organisationNumbers: readonly string[],
): Promise<void> {
  for (const organisationNumber of organisationNumbers) {
    await enqueue(
      transaction,
      REFRESH_WORKERS,
      { organisationNumber },
      { key: `${REFRESH_WORKERS}:${organisationNumber}` },
    );
  }
}
