import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type Task } from '../jobs/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { type DueDeclarations, endWithdrawn, markDue, settleCards } from './declared-records.ts';

export interface DeclarationTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
}

const SETTLE = 'workers.settle-conditions';
/** So long before a declaration ends the officers are reminded of it. */
const REMINDED_AHEAD_MS = 30 * 86_400_000;

/**
 * The task that follows what cards go on depending on: they hold while it does; officers are told before a declaration ends
 * and when it has.
 */
export function createDeclarationTasks(deps: DeclarationTaskDeps): Task[] {
  return [{ name: SETTLE, cron: '10 * * * *', run: () => settleDeclarations(deps) }];
}

/** Has the cards follow what was just declared, confirmed or withdrawn, soon after the transaction. */
export async function settleDeclarationsIn(transaction: Pick<Transaction, 'query'>): Promise<void> {
  await enqueue(transaction, SETTLE, {}, { key: SETTLE });
}

/** Does what has to be done about declarations now; doing it again does nothing. */
export async function settleDeclarations({ database, notify }: DeclarationTaskDeps): Promise<void> {
  await inTransaction(database, { kind: 'job', name: SETTLE }, async (transaction) => {
    await endWithdrawn(transaction);
    for (const { businessId, suspended, lifted } of await settleCards(transaction)) {
      await appendAudit(transaction, {
        action: 'cards.followed-conditions',
        decision: 'allowed',
        businessId,
        subject: { kind: 'business', id: businessId },
        changes: { suspended, lifted },
      });
    }
    const { now } = transaction;
    const soon = new Date(now.getTime() + REMINDED_AHEAD_MS);
    await tell(transaction, notify, 'declarationDue', await markDue(transaction, 'reminded_at', soon));
    await tell(transaction, notify, 'declarationLapsed', await markDue(transaction, 'lapse_told_at', now));
  });
}

async function tell(
  transaction: Transaction,
  notify: Notify,
  what: 'declarationDue' | 'declarationLapsed',
  due: readonly DueDeclarations[],
): Promise<void> {
  for (const { businessId, organisationNumber, business, count, first } of due) {
    await notify(transaction, {
      template: `workers:notice.${what}`,
      businessId,
      parameters: {
        business,
        number: String(count),
        lastDate: endToLastDay(first),
        link: `/b/${organisationNumber}/workers/declared`,
      },
      audience: 'officers',
    });
  }
}
