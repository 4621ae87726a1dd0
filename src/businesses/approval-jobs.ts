import type { Transaction } from '../database/transaction.ts';
import { enqueue, type Task } from '../jobs/index.ts';
import type { ApprovalReading } from './approvals.ts';

const READ_APPROVALS = 'businesses.read-approvals';

/** The task that reads the Labour Inspection Authority's registers, which are made anew each day. */
export function createApprovalTasks(readApprovals: ApprovalReading): Task[] {
  return [
    {
      name: READ_APPROVALS,
      cron: '25 */6 * * *',
      run: async () => {
        const read = await readApprovals();
        // Thrown so that the queue tries again later, with its back-off.
        if (!read.ok) throw new Error('A register did not answer.');
      },
    },
  ];
}

/** Has the registers read soon; several wishes become one. */
export async function readApprovalsSoon(transaction: Pick<Transaction, 'query'>): Promise<void> {
  await enqueue(transaction, READ_APPROVALS, {}, { key: READ_APPROVALS });
}
