import { sql } from 'kysely';
import { inTransaction } from '../database/transaction.ts';
import type { Task } from '../jobs/index.ts';
import { osloToday } from '../kernel/dates.ts';
import type { AccessDeps } from './mandates.ts';
import { lockMembers, membersToSuspend, suspendMembers } from './review-member-records.ts';
import {
  type DueReview,
  idsToSuspend,
  lapseReviews,
  lockReview,
  markReview,
  openReviews,
  reviewsDueBefore,
  suspendMandates,
} from './review-records.ts';
import { dueAt, quarterOf, reminderDue } from './review-rules.ts';
import { reviewWords } from './reviews.ts';

/** What following reviews up needs. */
export interface ReviewTaskDeps extends Pick<AccessDeps, 'database' | 'notify' | 'publicOrigin'> {
  /** The day of a quarter by whose end its review is due. */
  readonly dueDay: number;
}

const TASK = 'access.follow-reviews';
/** As far ahead as anything is done about a review. */
const AHEAD_MS = 16 * 86_400_000;
/** Each suspended mandate takes a lock: so many at a time. */
const BATCH = 200;

/** The task that opens reviews, reminds of them, and suspends what hangs on them where nobody answered in time. */
export function createReviewTasks(deps: ReviewTaskDeps): Task[] {
  return [{ name: TASK, cron: '5 * * * *', run: () => followReviews(deps) }];
}

/** Does what has to be done about reviews now; doing it again does nothing. */
export async function followReviews(deps: ReviewTaskDeps): Promise<void> {
  const due = await inTransaction(deps.database, { kind: 'job', name: TASK }, async (transaction) => {
    const quarter = quarterOf(osloToday(transaction.now));
    await lapseReviews(transaction, quarter);
    const opensUntil = dueAt(quarter, deps.dueDay, transaction.now);
    if (opensUntil !== undefined) await openReviews(transaction, quarter, opensUntil);
    const reviews = await reviewsDueBefore(transaction, new Date(transaction.now.getTime() + AHEAD_MS));
    return reviews.filter(
      (review) => transaction.now >= review.dueAt || reminderDue(review, transaction.now) !== undefined,
    );
  });
  for (const review of due) await followReview(deps, review);
}

async function followReview(deps: ReviewTaskDeps, review: DueReview): Promise<void> {
  const told = await inTransaction(
    deps.database,
    { kind: 'job', name: TASK, businessId: review.businessId },
    async (transaction) => {
      if (transaction.now >= review.dueAt) return false;
      const reminder = reminderDue(review, transaction.now);
      if (reminder === undefined) return true;
      const column = reminder === 'early' ? 'reminded_early_at' : 'reminded_late_at';
      if (await markReview(transaction, review.id, column)) {
        await deps.notify(transaction, {
          template: 'access:notice.reviewDue',
          businessId: review.businessId,
          parameters: { business: review.businessName, ...reviewWords(review), link: linkOf(deps, review) },
          audience: 'officers',
        });
      }
      return true;
    },
  );
  if (told) return;
  while (await suspendSome(deps, review));
}

function linkOf({ publicOrigin }: ReviewTaskDeps, { businessNumber }: DueReview): string {
  return `${publicOrigin}/b/${businessNumber}/business/access/review`;
}

/** Suspends as many as fit into one transaction; the last one notes that the review was missed, and tells. Whether there may be more. */
async function suspendSome(deps: ReviewTaskDeps, review: DueReview): Promise<boolean> {
  const context = { kind: 'job', name: TASK, businessId: review.businessId } as const;
  return inTransaction(deps.database, context, async (transaction) => {
    const members = await membersToSuspend(transaction, review, BATCH);
    await lockMembers(transaction, members);
    const ids = await idsToSuspend(transaction, review, BATCH);
    await sql`select lock_access('mandate', ${ids}::uuid[])`.execute(transaction.query);
    await lockReview(transaction, review.id);
    // That a mandate or a member's tie is suspended is told to both sides by the task that tells of everything that stops by itself.
    await suspendMandates(transaction, review, ids);
    await suspendMembers(transaction, review, members);
    const more = ids.length === BATCH || members.length === BATCH;
    if (!more && (await markReview(transaction, review.id, 'missed_at'))) {
      await deps.notify(transaction, {
        template: 'access:notice.reviewMissed',
        businessId: review.businessId,
        parameters: { business: review.businessName, ...reviewWords(review), link: linkOf(deps, review) },
        audience: 'officers',
      });
    }
    return more;
  });
}
