import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
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
          for (const organisationNumber of await employersToRefresh(transaction)) {
            await enqueue(
              transaction,
              REFRESH_WORKERS,
              { organisationNumber },
              { key: `${REFRESH_WORKERS}:${organisationNumber}` },
            );
          }
        }),
    },
  ];
}
