import { sql } from 'kysely';
import { formatDate, endToLastDay } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { stepUpFresh } from './grants.ts';
import { listEveryUnit } from './history-records.ts';
import { type AccessDeps, beyondOwn } from './mandates.ts';
import { findMandate, findMandates, type FoundMandate, lockMandate } from './records.ts';
import {
  countDecisions,
  type DecidedMandate,
  decisionsOf,
  figuresOf,
  findReview,
  isAnswer,
  isGoneThrough,
  lockReview,
  markCompleted,
  openReview,
  pastReviews,
  type Progress,
  progressOf,
  resumeMandates,
  type Review,
  suspendedIds,
  undecidedIds,
} from './review-records.ts';
import { DECIDED, reviewStatus, storeDecision } from './review-decisions.ts';
import {
  lockMembers,
  type MemberAtStake,
  memberDecisionsOf,
  resumeMembers,
  suspendedMembers,
  undecidedMembers,
} from './review-member-records.ts';
import { quarterNumber, unusedRights } from './review-rules.ts';

/** Mandates on one page of a review. */
const REVIEW_PAGE_SIZE = 25;

const REVIEW = { right: 'access.manage', action: 'review.view' } as const;
const DECIDE = { right: 'access.manage', action: DECIDED } as const;
const COMPLETE = { right: 'access.manage', action: 'review.completed' } as const;
const EXPORT = { right: 'access.manage', action: 'review.exported' } as const;

/** Which pages of a review are wanted: of its mandates, and of its members. */
export interface ReviewPages {
  readonly page: number;
  readonly members: number;
}

/** The review that the business is in, a page of what is undecided, what was decided last, and the reviews that are over. */
export async function viewReview(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, wanted: ReviewPages) {
  return look(deps.database, acting, REVIEW, async (permitted) => {
    const review = await openReview(permitted);
    return {
      permitted,
      open: review === undefined ? undefined : await loadOpen(permitted, review, wanted),
      past: await pastReviews(permitted),
    };
  });
}

/** The page of so many rows that is shown where one is wanted, how many there are, and which rows it has. */
function pageOf(count: number, wanted: number) {
  const pages = Math.max(1, Math.ceil(count / REVIEW_PAGE_SIZE));
  const page = Math.min(wanted, pages);
  return { page, pages, limits: { limit: REVIEW_PAGE_SIZE, offset: (page - 1) * REVIEW_PAGE_SIZE } };
}

async function loadOpen(permitted: Permitted, review: Review, wanted: ReviewPages) {
  const progress = await progressOf(permitted, review);
  const { page, pages, limits } = pageOf(progress.undecided, wanted.page);
  const ofMembers = pageOf(progress.members.undecided, wanted.members);
  const mandates = await findMandates(permitted, await undecidedIds(permitted, review, limits));
  const figures = await figuresOf(
    permitted,
    mandates.map(({ id }) => id),
  );
  return {
    review,
    progress,
    page,
    pages,
    members: {
      page: ofMembers.page,
      pages: ofMembers.pages,
      rows: await undecidedMembers(permitted, review, ofMembers.limits),
      mayKeep: !permitted.facts.mandate,
      latest: await memberDecisionsOf(permitted, review.id, REVIEW_PAGE_SIZE),
    },
    rows: mandates.map((mandate) => ({
      mandate,
      figures: figures(mandate.id),
      unused: unusedRights(mandate, figures(mandate.id).uses, permitted.now),
      mayKeep: mayKeep(permitted, mandate),
    })),
    counts: await countDecisions(permitted, review.id),
    latest: await decisionsOf(permitted, review.id, { latest: REVIEW_PAGE_SIZE }),
    units: await listEveryUnit(permitted),
  };
}

/**
 * Whether this person may keep a mandate: an officer any. Who manages access without an office may keep what they could give
 * themselves, but not their own mandate, and does not stand by a declared tie.
 */
function mayKeep(permitted: Pick<Permitted, 'facts'>, mandate: FoundMandate): boolean {
  const { mandate: own, session } = permitted.facts;
  if (!own) return true;
  return (
    mandate.personId !== session?.personId &&
    mandate.tie !== 'declared' &&
    beyondOwn(permitted, mandate) === undefined &&
    mandate.rights.every((right) => right !== 'access.manage' && own.rights.includes(right))
  );
}

/**
 * `decided`: somebody else did, after the page was drawn; `changed`: the mandate is not as it was shown; `tie`: it hangs on a
 * declared tie, and who keeps it has not said that they stand by it.
 */
export type KeepProblem =
  | { readonly kind: 'keep'; readonly reason: 'unknown' | 'over' | 'changed' | 'officers-only' | 'tie' }
  | { readonly kind: 'keep'; readonly reason: 'decided'; readonly earlier: DecidedMandate };

/** Keeps a mandate as it is; of a declared tie the officer says that it holds (`tieConfirmed`). Stored at once. */
export async function keepMandate(
  deps: AccessDeps,
  acting: ActingFor,
  {
    id,
    version,
    tieConfirmed,
  }: { readonly id: string; readonly version: number; readonly tieConfirmed: boolean },
): Promise<Result<undefined, KeepProblem | Refused>> {
  if (!isUuid(id)) return err({ kind: 'keep', reason: 'unknown' });
  const kept = await act<KeepProblem | undefined, KeepProblem>(
    deps.database,
    acting,
    DECIDE,
    async (permitted) => {
      await lockMandate(permitted, id);
      const mandate = await findMandate(permitted, id);
      if (mandate === undefined) return err({ kind: 'keep', reason: 'unknown' });
      const review = await openReview(permitted);
      if (review === undefined || !isGoneThrough(review, mandate, permitted.now)) {
        return err({ kind: 'keep', reason: 'over' });
      }
      await lockReview(permitted, review.id);
      const [earlier] = await decisionsOf(permitted, review.id, { mandateId: id });
      if (earlier !== undefined && isAnswer(earlier, mandate))
        return err({ kind: 'keep', reason: 'decided', earlier });
      if (mandate.version !== version) return err({ kind: 'keep', reason: 'changed' });
      if (!mayKeep(permitted, mandate)) {
        // Returned and not failed with, so that the audit keeps it.
        const subject = { kind: 'mandate', id };
        await permitted.audit({ decision: 'refused', rule: 'officers-only', subject });
        return ok({ kind: 'keep', reason: 'officers-only' });
      }
      if (mandate.tie === 'declared' && !tieConfirmed) return err({ kind: 'keep', reason: 'tie' });
      await storeDecision(permitted, review, mandate, 'keep');
      return ok(undefined);
    },
  );
  if (!kept.ok) return kept;
  return kept.value === undefined ? ok(undefined) : err(kept.value);
}

export type CompletionProblem = 'none-open' | 'undecided' | 'officers-only' | 'step-up';

function completionProblem(
  { facts, now }: Permitted,
  { undecided, suspended, members }: Progress,
): CompletionProblem | undefined {
  if (facts.mandate) return 'officers-only';
  if (undecided + members.undecided > 0) return 'undecided';
  return suspended + members.suspended > 0 && !stepUpFresh(facts, now) ? 'step-up' : undefined;
}

/** What the page that completes a review is drawn from. */
export async function viewCompletion(deps: Pick<AccessDeps, 'database'>, acting: ActingFor) {
  return look(deps.database, acting, COMPLETE, async (permitted) => {
    const status = await reviewStatus(permitted);
    return {
      permitted,
      open: status && {
        ...status,
        problem: completionProblem(permitted, status.progress),
        counts: await countDecisions(permitted, status.review.id),
      },
    };
  });
}

/**
 * Completes the review: an officer, with everything decided; with a login at high level in the last five minutes where it
 * gives back what was suspended. Returns the review's id.
 */
export async function completeReview(
  deps: AccessDeps,
  acting: ActingFor,
): Promise<Result<{ readonly reviewId: string }, CompletionProblem | Refused>> {
  type Completed = { readonly reviewId: string } | { readonly rule: CompletionProblem };
  const completed = await act<Completed, CompletionProblem>(
    deps.database,
    acting,
    COMPLETE,
    async (permitted) => {
      const found = await openReview(permitted);
      if (found === undefined) return err('none-open');
      const members = await suspendedMembers(permitted, found.businessId);
      await lockMembers(permitted, members);
      const suspended = await suspendedIds(permitted, found.businessId);
      await sql`select lock_access('mandate', ${suspended}::uuid[])`.execute(permitted.query);
      await lockReview(permitted, found.id);
      const review = await openReview(permitted);
      if (review?.id !== found.id) return err('none-open');
      const rule = completionProblem(permitted, await progressOf(permitted, review));
      const subject = { kind: 'review', id: review.id };
      if (rule === 'officers-only' || rule === 'step-up') {
        await permitted.audit({ decision: 'refused', rule, subject });
        return ok({ rule });
      }
      if (rule !== undefined) return err(rule);
      await finish(permitted, review, suspended, members);
      return ok({ reviewId: review.id });
    },
  );
  if (!completed.ok) return completed;
  return 'rule' in completed.value ? err(completed.value.rule) : ok(completed.value);
}

async function finish(
  permitted: Permitted,
  review: Review,
  suspended: readonly string[],
  members: readonly MemberAtStake[],
): Promise<void> {
  if (!(await markCompleted(permitted, review.id))) {
    throw new Error('The database did not let the review be completed.');
  }
  const mandates = await resumeMandates(permitted, suspended);
  const resumed = mandates + (await resumeMembers(permitted, members));
  await permitted.audit({
    subject: { kind: 'review', id: review.id },
    changes: { ...(await countDecisions(permitted, review.id)), resumed },
  });
}

/** One review with all that was decided in it: its record. */
export async function viewRecord(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, REVIEW, (permitted) => loadRecord(permitted, id));
}

async function loadRecord(permitted: Permitted, id: string) {
  const review = isUuid(id) ? await findReview(permitted, id) : undefined;
  return {
    permitted,
    review,
    decided: review === undefined ? [] : await decisionsOf(permitted, review.id),
    members: review === undefined ? [] : await memberDecisionsOf(permitted, review.id),
    units: await listEveryUnit(permitted),
  };
}

/** As `viewRecord`, to be taken along: the audit has an entry of it. */
export async function exportRecord(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, EXPORT, async (permitted) => {
    const record = await loadRecord(permitted, id);
    if (record.review !== undefined) {
      await permitted.audit({ subject: { kind: 'review', id: record.review.id } });
    }
    return record;
  });
}

/** A quarter and the last day of its review, for messages. */
export function reviewWords({ quarter, dueAt }: Pick<Review, 'quarter' | 'dueAt'>): Record<string, string> {
  return { ...quarterNumber(quarter), lastDay: formatDate(endToLastDay(dueAt), 'nb') };
}
