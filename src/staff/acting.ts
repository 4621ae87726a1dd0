import { appendAudit, type AuditEntry } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import {
  type ContextRequest,
  inTransaction,
  inUndoableTransaction,
  type StaffWanted,
  type Transaction,
} from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { decideStaff, type StaffRefusal, type StaffRight } from './rules.ts';

/** Who asks in which role: the session's token hash, and the role of the page or the appointment in its address. */
export type StaffActing = { readonly tokenHash: Uint8Array } & StaffWanted;

/** `missing` for those who never had the role, who learn nothing; else which rule refused. */
export type StaffRefused =
  { readonly kind: 'missing' } | { readonly kind: 'refused'; readonly refusal: StaffRefusal };

/** What one action of staff is: the right that it uses, and its name in the audit. */
export interface StaffRequest {
  readonly right: StaffRight;
  readonly action: string;
}

/** A transaction in which a right of staff was decided to be usable. */
export interface StaffPermitted extends Transaction {
  readonly person: { readonly id: string; readonly name: string };
  /** Appends the action's audit entry (or a further one), with the right, role and appointment that allowed it. */
  readonly audit: (entry?: Partial<AuditEntry>) => Promise<string>;
}

const contextOf = (acting: StaffActing, writing: boolean): ContextRequest => ({
  ...acting,
  kind: 'staff',
  writing,
});

/**
 * The one way for staff to change something: opens the transaction (appointment locked and read again), decides, and either
 * runs `work` or commits the refusal's audit entry, in the chain of what concerns no business. `work` calls `audit` itself;
 * an error that it returns undoes everything.
 */
export async function actAsStaff<T, E>(
  database: Pick<Database, 'request'>,
  acting: StaffActing,
  request: StaffRequest,
  work: (permitted: StaffPermitted) => Promise<Result<T, E>>,
): Promise<Result<T, E | StaffRefused>> {
  return inUndoableTransaction<Result<T, E | StaffRefused>>(
    database,
    contextOf(acting, true),
    async (transaction, undo) => {
      const permitted = await permit(transaction, request);
      if (!permitted.ok) return permitted;
      const result = await work(permitted.value);
      return result.ok ? result : undo(result);
    },
  );
}

/** The one way for staff to read: as `actAsStaff`, without the lock and without an audit entry for what is allowed. */
export async function lookAsStaff<T>(
  database: Pick<Database, 'request'>,
  acting: StaffActing,
  request: StaffRequest,
  work: (permitted: StaffPermitted) => Promise<T>,
): Promise<Result<T, StaffRefused>> {
  return inTransaction(database, contextOf(acting, false), async (transaction) => {
    const permitted = await permit(transaction, request);
    return permitted.ok ? ok(await work(permitted.value)) : permitted;
  });
}

async function permit(
  transaction: Transaction,
  { right, action }: StaffRequest,
): Promise<Result<StaffPermitted, StaffRefused>> {
  const decision = decideStaff(transaction.facts, right, transaction.now);
  const { session, staff } = transaction.facts;
  if (decision.allowed && session) {
    return ok({
      ...transaction,
      person: { id: session.personId, name: session.name },
      audit: (entry = {}) =>
        appendAudit(transaction, {
          action,
          decision: 'allowed',
          usedRight: right,
          ...entry,
          changes: { role: decision.role, appointmentId: decision.appointmentId, ...entry.changes },
        }),
    });
  }
  const rule = decision.allowed ? 'not-signed-in' : decision.refusal;
  if (session) {
    const changes = staff ? { role: staff.role, appointmentId: staff.appointmentId } : {};
    await appendAudit(transaction, { action, decision: 'refused', rule, usedRight: right, changes });
  }
  return err(staff ? { kind: 'refused', refusal: rule } : { kind: 'missing' });
}
