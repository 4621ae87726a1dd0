import { z } from 'zod';
import { appendAudit } from '../audit/index.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { asOf, termsOf } from './grants.ts';
import type { AccessDeps } from './mandates.ts';
import type { Notice } from './notify.ts';
import { namesOf } from './previews.ts';
import { currentMandate, officialPriceOre } from './records.ts';
import {
  findRequest,
  lockRequest,
  markRequestTold,
  openRequestOf,
  putAwayLapsed,
  settleRequest,
} from './request-records.ts';
import {
  answerFor,
  type AskerId,
  askerId,
  type DeclineReason,
  declineReasons,
  declineWordsOf,
  type MandateRequest,
  type Outcome,
  stateOfRequest,
} from './request-rules.ts';
import { changesBetween, type Terms } from './terms.ts';

/** The name of the task that tells one side of a request, or the other of what came of it. */
export const tellOfRequestTask = 'access.tell-of-request';
/** The name of the task that notes which requests nobody answered in time. */
export const lapseRequestsTask = 'access.lapse-requests';

/** Why a request cannot be answered: there is none, it is one's own, or it has come to its end. */
export type RequestProblem =
  | { readonly kind: 'request'; readonly reason: 'unknown' }
  | { readonly kind: 'request'; readonly reason: 'own' }
  | { readonly kind: 'request'; readonly reason: 'settled'; readonly request: MandateRequest };

/** What a request asks for, as terms that a mandate given now would have. */
export function askedTerms({ proposal }: Pick<MandateRequest, 'proposal'>, now: Date): Terms {
  return termsOf(asOf(proposal, now), now);
}

/** One request as the business that is asked sees it; undefined for one that is not to the business. */
export async function viewRequest(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  const view = { right: 'access.manage', action: 'request.view' } as const;
  return look(deps.database, acting, view, async (permitted) => {
    const request = await findRequest(permitted, id);
    if (request === undefined) return { permitted, view: undefined };
    const present = await currentMandate(permitted, askerId(request.asker));
    const terms = askedTerms(request, permitted.now);
    return {
      permitted,
      view: {
        request,
        present,
        state: stateOfRequest(request, permitted.now),
        own: isOwn(request, permitted),
        changes: present && changesBetween(present, terms, permitted.now),
        names: await namesOf(permitted, present === undefined ? [terms] : [terms, present]),
        priceOre: await officialPriceOre(permitted),
      },
    };
  });
}

/** Whether whoever asks now made the request for themselves: it is for others to answer. */
function isOwn({ asker }: MandateRequest, { facts }: Pick<Permitted, 'facts'>): boolean {
  return asker.kind === 'person' && asker.id === facts.session?.personId;
}

/** A request that is open now; or why it cannot be answered. With `lock`, others who answer it wait. */
export async function requireOpen(
  permitted: Permitted,
  id: string,
): Promise<Result<MandateRequest, RequestProblem>> {
  const request = await findRequest(permitted, id);
  if (request === undefined) return err({ kind: 'request', reason: 'unknown' });
  if (isOwn(request, permitted)) return err({ kind: 'request', reason: 'own' });
  if (stateOfRequest(request, permitted.now) === 'open') return ok(request);
  return err({ kind: 'request', reason: 'settled', request });
}

/** A reason that is not for whoever asks, such as a price for a person. */
export interface NoSuchReason {
  readonly kind: 'no-such-reason';
}

/** Says no to a request. Of two who answer, the later one is told what the other said. */
export async function declineRequest(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  id: string,
  answer: { readonly reason: DeclineReason | null; readonly words: string },
): Promise<Result<MandateRequest, RequestProblem | NoSuchReason | Refused>> {
  const request = { right: 'access.manage', action: 'request.answer' } as const;
  return act<MandateRequest, RequestProblem | NoSuchReason>(
    deps.database,
    acting,
    request,
    async (permitted) => {
      const known = await requireOpen(permitted, id);
      if (!known.ok) return known;
      await lockRequest(permitted, { id });
      const open = await requireOpen(permitted, id);
      if (!open.ok) return open;
      const { asker } = open.value;
      if (answer.reason !== null && !declineReasons(asker).includes(answer.reason))
        return err({ kind: 'no-such-reason' });
      await settleRequest(permitted, id, { outcome: 'no', ...answer });
      await permitted.audit({
        subject: { kind: 'request', id },
        changes: { outcome: 'no', reason: answer.reason, ...askerId(asker) },
        ...(answer.words === '' ? {} : { detail: { words: answer.words } }),
      });
      await enqueueTellingOfRequest(permitted, id, 'settled');
      return open;
    },
  );
}

/**
 * Answers a request with the mandate that was given for it, in the transaction that gives it. The caller holds
 * `lockRequest` and has found the request open.
 */
export async function answerRequest(
  permitted: Permitted,
  request: MandateRequest,
  given: { readonly terms: Terms; readonly mandateId: string },
): Promise<'yes' | 'less'> {
  const outcome = answerFor(askedTerms(request, permitted.now), given.terms);
  const { mandateId } = given;
  await settleRequest(permitted, request.id, { outcome, mandateId });
  await permitted.audit({
    action: 'request.answer',
    subject: { kind: 'request', id: request.id },
    changes: { outcome, mandateId, ...askerId(request.asker) },
  });
  await enqueueTellingOfRequest(permitted, request.id, 'settled');
  return outcome;
}

/**
 * Answers yes to the request that waits from whoever was given a mandate in this transaction, where that is all that was
 * asked for: nobody is left waiting for what they have. What was not meant as an answer says no to nothing, so that with
 * less the request waits on. Whether it was answered.
 */
export async function answerIfWhole(
  permitted: Permitted,
  asker: AskerId,
  given: { readonly terms: Terms; readonly mandateId: string },
): Promise<boolean> {
  await lockRequest(permitted, asker);
  const request = await openRequestOf(permitted, asker);
  if (request === undefined || answerFor(askedTerms(request, permitted.now), given.terms) === 'less')
    return false;
  await answerRequest(permitted, request, given);
  return true;
}

// Telling and lapsing ------------------------------------------------------------------------------------------------

/** Has a task tell of a request, once the transaction has committed. */
export function enqueueTellingOfRequest(
  transaction: Pick<Transaction, 'query'>,
  requestId: string,
  what: 'asked' | 'settled',
): Promise<void> {
  return enqueue(
    transaction,
    tellOfRequestTask,
    { requestId, what },
    { key: `${tellOfRequestTask}:${what}:${requestId}` },
  );
}

const tellPayload = z.object({ requestId: z.uuid(), what: z.enum(['asked', 'settled']) });

/** Tells the officers of whoever did not do it themselves, once. That a business was asked also goes into its audit. */
export async function tellOfRequest(
  deps: Pick<AccessDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { requestId, what } = tellPayload.parse(payload);
  await inTransaction(deps.database, { kind: 'job', name: tellOfRequestTask }, async (transaction) => {
    const request = await findRequest(transaction, requestId);
    if (request === undefined || !(await markRequestTold(transaction, requestId, what))) return;
    if (what === 'asked') {
      await appendAudit(transaction, {
        action: 'request.received',
        decision: 'allowed',
        businessId: request.businessId,
        ...vendorOf(request),
        subject: { kind: 'request', id: requestId },
        changes: { rights: request.proposal.rights, ...askerId(request.asker) },
      });
    }
    await deps.notify(transaction, noticeOf(request, what));
  });
}

function vendorOf({ asker }: MandateRequest): { readonly vendorId?: string } {
  return asker.kind === 'vendor' ? { vendorId: asker.id } : {};
}

function noticeOf(request: MandateRequest, what: 'asked' | 'settled'): Notice {
  const { asker, businessId } = request;
  const parameters = {
    business: request.businessName,
    // Whoever asks, as the words for both kinds have it.
    vendor: asker.name,
    rightsKeys: request.proposal.rights.map((right) => `access:right.${right}.can`).join(','),
    lastDayDate: request.proposal.lastDay,
    untilDate: request.expiresAt.toISOString(),
  };
  const toOfficers = { businessId, audience: 'officers' } as const;
  if (what === 'asked') {
    const link = `/b/${request.businessNumber}/business/access/requests/${request.id}`;
    return {
      ...toOfficers,
      template: `access:notice.${askedWords(request)}`,
      parameters: { ...parameters, by: request.askedByName, link },
    };
  }
  const outcome: Outcome = request.outcome ?? 'lapsed';
  const words = asker.kind === 'person' ? 'personRequest' : 'request';
  const template = `access:notice.${words}.${outcome}`;
  if (outcome === 'withdrawn') return { ...toOfficers, template, parameters };
  const answer = {
    ...parameters,
    reasonKeys: declineWordsOf(asker, request.declineReason),
    words: request.declineWords,
    link: ownPath(request),
  };
  return asker.kind === 'person'
    ? { template, businessId, audience: 'person', personId: asker.id, parameters: answer }
    : { template, businessId: asker.id, audience: 'officers', parameters: answer };
}

function askedWords({ asker, renews }: MandateRequest): string {
  if (asker.kind === 'person') return 'personRequest.asked';
  return renews === null ? 'request.asked' : 'request.renewal';
}

/** Where whoever asked reads what came of it. */
function ownPath({ asker, id }: MandateRequest): string {
  return asker.kind === 'person'
    ? `/access-requests/${id}`
    : `/b/${asker.number}/business/vendor/requests/${id}`;
}

/** Notes which requests nobody answered in time, and has those who asked told. */
export async function lapseRequests(deps: Pick<AccessDeps, 'database'>): Promise<void> {
  await inTransaction(deps.database, { kind: 'job', name: lapseRequestsTask }, async (transaction) => {
    for (const id of await putAwayLapsed(transaction)) {
      await auditLapse(transaction, id);
      await enqueueTellingOfRequest(transaction, id, 'settled');
    }
  });
}

async function auditLapse(transaction: Transaction, id: string): Promise<void> {
  const request = await findRequest(transaction, id);
  if (request === undefined) return;
  await appendAudit(transaction, {
    action: 'request.lapsed',
    decision: 'allowed',
    businessId: request.businessId,
    ...vendorOf(request),
    subject: { kind: 'request', id },
  });
}
