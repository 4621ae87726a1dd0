import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Registers } from '../registers/index.ts';
import { keepApprovals, settleCardTypes } from './approval-records.ts';
import type { ApprovalKind, CardTypeRule } from './rules.ts';

export interface ApprovalDeps {
  readonly database: Pick<Database, 'request'>;
  readonly registers: Pick<Registers, 'cleaning' | 'carCare' | 'staffing'>;
  readonly cardTypes: readonly CardTypeRule[];
  /** Port: has the cards of a business follow where it stands. */
  readonly settleCards: (transaction: Transaction, businessId: string) => Promise<void>;
}

/** How many answers differ from the last, of all registers. */
export type ApprovalReading = () => Promise<Result<{ readonly changed: number }, 'register-unavailable'>>;

const job = { kind: 'job', name: 'businesses.read-approvals' } as const;

/**
 * Reads the Labour Inspection Authority's registers and keeps where each business stands, and which card it gets. One that
 * does not answer, or has nobody in it, leaves everything as it was, and does not keep the others from being read.
 */
export function createApprovalReading(deps: ApprovalDeps): ApprovalReading {
  const { database, registers, cardTypes, settleCards } = deps;
  const read = async (register: ApprovalKind, source: Registers['cleaning']) => {
    const answer = await source.approvals();
    if (!answer.ok || answer.value.approvals.length === 0) return undefined;
    return inTransaction(database, job, async (transaction) => {
      const { approvals, asOf = transaction.now } = answer.value;
      const changed = await keepApprovals(transaction, register, approvals, asOf);
      for (const { businessId, standing } of changed) {
        await appendAudit(transaction, {
          action: 'business.approval-read',
          decision: 'allowed',
          businessId,
          subject: { kind: 'business', id: businessId },
          changes: { register, standing },
        });
        await settleCards(transaction, businessId);
      }
      await settleCardTypes(transaction, cardTypes);
      return changed.length;
    });
  };
  return async () => {
    const counts = [
      await read('cleaning', registers.cleaning),
      await read('car-care', registers.carCare),
      await read('staffing', registers.staffing),
    ];
    if (counts.includes(undefined)) return err('register-unavailable');
    return ok({ changed: counts.reduce<number>((sum, count) => sum + (count ?? 0), 0) });
  };
}
