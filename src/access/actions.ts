import { appendAudit, type AuditEntry } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import {
  type ContextFacts,
  type ContextRequest,
  inTransaction,
  inUndoableTransaction,
  type Transaction,
} from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { decide, type Decision, isInsider, type Refusal, type Right, type Subject } from './rules.ts';
import { type Noted, noteUses, rememberUses } from './uses.ts';

/** Where a request acts: the session's token hash, and the business (and vendor) of its URL. */
export interface ActingFor {
  readonly tokenHash: Uint8Array;
  readonly business: string;
  readonly vendor?: string;
  /** What a page that looks at the business shows around what it is about: read in the same transaction, after that. */
  readonly around?: (transaction: Transaction) => Promise<void>;
}

/**
 * What an action answers: refused by a rule (`missing` for outsiders, who learn nothing), or whatever the action itself
 * may fail with.
 */
export type Refused = { readonly kind: 'missing' } | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What one action is: the right it uses, on what, and its name in the audit. */
export interface ActionRequest {
  readonly right: Right;
  /** Rights that do as well, in order of preference: the first one that may be used is the one used. */
  readonly orElse?: readonly Right[];
  /** Rights that are needed besides. */
  readonly besides?: readonly Right[];
  /** What is the business's own to do: a vendor never does it, whatever rights it has. */
  readonly neverForVendor?: true;
  readonly action: string;
  readonly subject?: Subject;
}

/** A transaction in which a right was decided to be usable. */
export interface Permitted extends Transaction {
  /** The right that allowed it. */
  readonly right: Right;
  readonly decision: Extract<Decision, { allowed: true }>;
  /** Appends the action's audit entry (or a further one), with the right and mandate that allowed it. */
  readonly audit: (entry?: Partial<AuditEntry>) => Promise<string>;
  /** Decides a further right or subject with the same facts. */
  readonly decide: (right: Right, subject?: Subject) => Decision;
  /** As `decide`, for what is then done with the right: noted as a use of it. */
  readonly use: (right: Right, subject?: Subject) => Decision;
}

/** With the rights that are used, as far as it has come. */
interface Using extends Permitted {
  readonly uses: ReadonlySet<Right>;
}

const contextOf = (acting: ActingFor, writing: boolean): ContextRequest => ({
  kind: 'session',
  tokenHash: acting.tokenHash,
  business: acting.business,
  ...(acting.vendor === undefined ? {} : { vendor: acting.vendor }),
  writing,
});

/**
 * The one way to change something for a business: opens the transaction (mandate locked and read again), decides, and
 * either runs `work` or commits the refusal's audit entry. `work` calls `audit` itself, with what changed; an error that
 * it returns rolls everything back but leaves nothing half done.
 */
export async function act<T, E>(
  database: Pick<Database, 'request'>,
  acting: ActingFor,
  request: ActionRequest,
  work: (permitted: Permitted) => Promise<Result<T, E>>,
): Promise<Result<T, E | Refused>> {
  let noted: Noted = [];
  const answer = await inUndoableTransaction<Result<T, E | Refused>>(
    database,
    contextOf(acting, true),
    async (transaction, undo) => {
      const permitted = permit(transaction, request);
      if (!permitted.ok) {
        await auditRefusal(transaction, request, permitted.error);
        return err(permitted.error.refused);
      }
      const result = await work(permitted.value);
      if (!result.ok) return undo(result);
      noted = await noteUses(transaction, permitted.value.uses);
      return result;
    },
  );
  if (answer.ok) rememberUses(noted);
  return answer;
}

/** The one way to read for a business: as `act`, without the lock and without an audit entry for what is allowed. */
export async function look<T>(
  database: Pick<Database, 'request'>,
  acting: ActingFor,
  request: ActionRequest,
  work: (permitted: Permitted) => Promise<T>,
): Promise<Result<T, Refused>> {
  let noted: Noted = [];
  const answer = await inTransaction(database, contextOf(acting, false), async (transaction) => {
    const permitted = permit(transaction, request);
    if (permitted.ok) {
      const value = await work(permitted.value);
      await acting.around?.(transaction);
      noted = await noteUses(transaction, permitted.value.uses);
      return ok(value);
    }
    await auditRefusal(transaction, request, permitted.error);
    return err(permitted.error.refused);
  });
  rememberUses(noted);
  return answer;
}

/** A refusal, with the right that was missed. */
interface Refusing {
  readonly right: Right;
  readonly refused: Refused;
}

function permit(transaction: Transaction, request: ActionRequest): Result<Using, Refusing> {
  const { facts, now } = transaction;
  const { subject = {}, orElse = [], besides = [] } = request;
  const decideOn = (right: Right, on: Subject = {}) => decide(facts, right, on, now);
  const right = [request.right, ...orElse].find((one) => decideOn(one, subject).allowed) ?? request.right;
  const decision = decideOn(right, subject);
  if (!decision.allowed) return refusing(facts, request, right, decision.refusal);
  if (request.neverForVendor && facts.capacity === 'vendor')
    return refusing(facts, request, right, 'never-for-vendor');
  for (const other of besides) {
    const also = decideOn(other, subject);
    if (!also.allowed) return refusing(facts, request, other, also.refusal);
  }
  const uses = new Set<Right>([right, ...besides]);
  return ok({
    ...transaction,
    right,
    decision,
    uses,
    decide: decideOn,
    use: (used, on) => {
      const answer = decideOn(used, on);
      if (answer.allowed) uses.add(used);
      return answer;
    },
    audit: (entry = {}) =>
      appendAudit(transaction, {
        action: request.action,
        decision: 'allowed',
        usedRight: right,
        ...entry,
      }),
  });
}

/** A vendor is not told that a right would help where none does. */
function refusing(
  facts: ContextFacts,
  { neverForVendor }: ActionRequest,
  right: Right,
  found: Refusal,
): Result<never, Refusing> {
  const hopeless = neverForVendor && facts.capacity === 'vendor' && found === 'right-not-given';
  const refusal = hopeless ? 'never-for-vendor' : found;
  return err({ right, refused: isInsider(facts) ? { kind: 'refused', refusal } : { kind: 'missing' } });
}

async function auditRefusal(
  transaction: Transaction,
  request: ActionRequest,
  { right, refused }: Refusing,
): Promise<void> {
  if (refused.kind === 'missing' && !transaction.facts.session) return;
  await appendAudit(transaction, {
    action: request.action,
    decision: 'refused',
    rule: refused.kind === 'refused' ? refused.refusal : 'no-relation',
    usedRight: right,
  });
}
