import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type JobLog } from '../jobs/index.ts';
import type { CardIssuer, ReturnedCard } from '../registers/index.ts';
import { markSettled, noteReturn, returnsToSettle, type SettledReturn } from './return-records.ts';

/** What following returned cards needs. */
export interface ReturnDependencies {
  readonly database: Pick<Database, 'request'>;
  readonly issuer: Pick<CardIssuer, 'returns' | 'settleReturn'>;
  readonly notify: Notify;
  readonly log: JobLog;
}

export const followReturnsTask = 'cards.follow-returns';
const job = { kind: 'job', name: followReturnsTask } as const;

/** Has the issuer told soon what becomes of a returned card, in the transaction that decided it. */
export function settleSoon(transaction: Pick<Transaction, 'query'>): Promise<void> {
  return enqueue(transaction, followReturnsTask, {}, { key: followReturnsTask });
}

/**
 * Notes which cards have come back to the issuer and tells of them, and tells the issuer what becomes of those that are decided.
 * An answer that is lost is asked for again: the issuer and we know each return by its reference.
 */
export async function followReturns(deps: ReturnDependencies): Promise<void> {
  const returned = await deps.issuer.returns();
  if (returned.ok) for (const one of returned.value) await noteOne(deps, one);
  else deps.log.warn({ error: returned.error }, 'The card issuer did not say which cards have come back');
  for (const one of await inTransaction(deps.database, job, returnsToSettle)) await settle(deps, one);
}

function noteOne({ database, notify }: ReturnDependencies, returned: ReturnedCard): Promise<void> {
  return inTransaction(database, job, async (transaction) => {
    const noted = await noteReturn(transaction, returned);
    if (noted === undefined) return;
    const { cardId, businessId, unitId, vendorId, number } = noted;
    await appendAudit(transaction, {
      action: 'cards.return',
      decision: 'allowed',
      businessId,
      ...(vendorId === null ? {} : { vendorId }),
      subject: { kind: 'card', id: cardId },
      changes: { reason: returned.reason },
    });
    const told = { template: 'cards:notice.came-back', parameters: { number } };
    await notify(transaction, {
      ...told,
      businessId,
      unitId,
      businessToo: true,
      audience: 'business-and-officers',
    });
    if (vendorId !== null) await notify(transaction, { ...told, businessId: vendorId, audience: 'business' });
  });
}

async function settle({ database, issuer, log }: ReturnDependencies, one: SettledReturn): Promise<void> {
  const told = await issuer.settleReturn(one.issuerReference, one.deliverTo);
  if (!told.ok) {
    log.warn({ returnId: one.id, error: told.error }, 'The card issuer was not told what becomes of a card');
    return;
  }
  await inTransaction(database, job, async (transaction) => {
    if (!(await markSettled(transaction, one))) return;
    await appendAudit(transaction, {
      action: one.deliverTo === undefined ? 'cards.destroy-returned' : 'cards.ship-again',
      decision: 'allowed',
      businessId: one.businessId,
      subject: { kind: 'card', id: one.cardId },
    });
  });
}
