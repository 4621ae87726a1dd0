import type { Transaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { AskedFor, AskFormFor } from './ask-form.tsx';
import { problemsOf, type Proposal, type ProposalProblems } from './grants.ts';
import {
  insertRequest,
  lockRequest,
  ownRequest,
  requestsSince,
  requestsTo,
  settleRequest,
} from './request-records.ts';
import {
  type AskerId,
  askRefusal,
  type AskRefusal,
  dayBegan,
  expiryOf,
  isRenewable,
  type MandateRequest,
  type RequestLimits,
  stateOfRequest,
} from './request-rules.ts';
import { enqueueTellingOfRequest, type RequestProblem } from './requests.ts';
import type { Terms } from './terms.ts';

/** Asking a business for a mandate, and taking that back: the same for a vendor and for a person. Callers write the audit. */

/** Of whom somebody asks what. */
export interface Asking extends Pick<AskFormFor, 'holder' | 'units'> {
  readonly asker: AskerId;
  readonly businessId: string;
  /** The mandate that the asker has from the business. */
  readonly present: (Terms & { readonly id: string }) | undefined;
  readonly asked: AskedFor;
  /** The vendor's published price; null for a person. */
  readonly feeOre: number | null;
}

export type NotAsked =
  | { readonly kind: 'ask-refused'; readonly refusal: AskRefusal }
  | { readonly kind: 'proposal'; readonly problems: ProposalProblems };

/** A request that was made. */
export interface Made {
  readonly id: string;
  readonly proposal: Proposal;
  /** The mandate that it asks to be renewed. */
  readonly renews: string | null;
}

/** Makes a request, of which the business's officers are told, or says why not. The caller holds `lockAsking`. */
export async function makeRequest(
  transaction: Transaction,
  requestLimits: RequestLimits,
  { asker, holder, businessId, units, present, asked, feeOre }: Asking,
): Promise<Result<Made, NotAsked>> {
  const { now, facts } = transaction;
  const limits = present?.limits ?? { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };
  const proposal = { ...asked.proposal, limits };
  const reach = { units: units.map(({ id }) => id), workers: present?.workers ?? [] };
  const problems = problemsOf(proposal, holder, facts, reach, now, present);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  const since = new Date(now.getTime() - requestLimits.waitDays * 86_400_000);
  const before = {
    sameBusiness: await requestsTo(transaction, asker, businessId, since),
    today: await requestsSince(transaction, asker, dayBegan(now)),
  };
  const refusal = askRefusal(proposal, before, present, requestLimits, now);
  if (refusal !== undefined) return err({ kind: 'ask-refused', refusal });
  const renews = present !== undefined && isRenewable(present.endsAt, now) ? present.id : null;
  const { reasons } = asked;
  const expiresAt = expiryOf(now);
  const id = await insertRequest(transaction, {
    asker,
    businessId,
    proposal,
    reasons,
    feeOre,
    renews,
    expiresAt,
  });
  await enqueueTellingOfRequest(transaction, id, 'asked');
  return ok({ id, proposal, renews });
}

/** Takes a request back while it waits; the officers of the business are told. */
export async function takeBack(
  transaction: Transaction,
  asker: AskerId,
  id: string,
): Promise<Result<MandateRequest, RequestProblem>> {
  if ((await ownRequest(transaction, asker, id)) === undefined)
    return err({ kind: 'request', reason: 'unknown' });
  await lockRequest(transaction, { id });
  const own = await ownRequest(transaction, asker, id);
  if (own === undefined) return err({ kind: 'request', reason: 'unknown' });
  if (stateOfRequest(own, transaction.now) !== 'open')
    return err({ kind: 'request', reason: 'settled', request: own });
  await settleRequest(transaction, id, { outcome: 'withdrawn' });
  await enqueueTellingOfRequest(transaction, id, 'settled');
  return ok(own);
}
