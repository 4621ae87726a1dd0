import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type Task } from '../jobs/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { sweepAt } from '../businesses/index.ts';
import type { WorkerImport } from './actions.ts';
import { nextToRead } from './records.ts';

export interface WorkerTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly importWorkers: WorkerImport;
  /** So many businesses a minute have their workers read in turn: what the registers stand. */
  readonly readsPerMinute: number;
}

/** Enqueued with `{ organisationNumber }` to read one business's workers anew. */
const REFRESH_WORKERS = 'workers.refresh';
const SWEEP = 'workers.sweep';

const payloadShape = z.object({ organisationNumber: z.string() });

/** The reading of every business's workers in turn, each at least daily while the registers answer, and the reading of one. */
export function createWorkerTasks({ database, importWorkers, readsPerMinute }: WorkerTaskDeps): Task[] {
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
      name: SWEEP,
      cron: '* * * * *',
      run: () =>
        inTransaction(database, { kind: 'job', name: SWEEP }, async (transaction) => {
          await refreshIn(
            transaction,
            await nextToRead(transaction, sweepAt(transaction.now, readsPerMinute)),
          );
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
  await inTransaction(database, { kind: 'job', name: REFRESH_WORKERS }, (transaction) =>
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
