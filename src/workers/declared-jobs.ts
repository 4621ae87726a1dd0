import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type Task } from '../jobs/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { type DueDeclarations, endWithdrawn, markDue } from './declared-records.ts';

export interface DeclarationTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  /** Port: has the cards of a business follow what was declared. */
  readonly settleCards: (transaction: Transaction, businessId: string) => Promise<void>;
}

const SETTLE = 'workers.settle-declarations';
/** So long before a declaration ends the officers are reminded of it. */
const REMINDED_AHEAD_MS = 30 * 86_400_000;

const payloadShape = z.object({ businessId: z.uuid().optional() });

/** The task that tells officers before a declaration ends and when it has, and has cards follow one that was just made or withdrawn. */
export function createDeclarationTasks(deps: DeclarationTaskDeps): Task[] {
  return [
    {
      name: SETTLE,
      cron: '5 * * * *',
      run: (payload) => settleDeclarations(deps, payloadShape.safeParse(payload).data?.businessId),
    },
  ];
}

/** Has the cards follow what was just declared, confirmed or withdrawn, soon after the transaction. */
export async function settleDeclarationsIn(transaction: Pick<Transaction, 'query' | 'facts'>): Promise<void> {
  const businessId = transaction.facts.business?.id;
  await enqueue(transaction, SETTLE, { businessId }, { key: `${SETTLE}:${businessId ?? ''}` });
}

/** Does what has to be done about declarations now; doing it again does nothing. */
export async function settleDeclarations(
  { database, notify, settleCards }: DeclarationTaskDeps,
  businessId?: string,
): Promise<void> {
  await inTransaction(database, { kind: 'job', name: SETTLE }, async (transaction) => {
    await endWithdrawn(transaction);
    if (businessId !== undefined) await settleCards(transaction, businessId);
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
