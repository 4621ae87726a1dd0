import type { Permitted } from './actions.ts';
import type { FoundMandate } from './records.ts';
import {
  confirmTie,
  figuresOf,
  insertDecision,
  isGoneThrough,
  lockReview,
  openReview,
  progressOf,
  progressOfFew,
  type Review,
  type ReviewDecision,
} from './review-records.ts';
import { unusedRights } from './review-rules.ts';

/** The audit's name for a decision in a review. */
export const DECIDED = 'review.decided';

/** Stores what was decided for a mandate, with its figures, and its audit entry. The caller holds the review's lock. */
export async function storeDecision(
  permitted: Permitted,
  review: Review,
  mandate: FoundMandate,
  decision: ReviewDecision,
): Promise<void> {
  const tieConfirmed = decision === 'keep' && mandate.tie === 'declared';
  const figures = (await figuresOf(permitted, [mandate.id]))(mandate.id);
  const unused = unusedRights(mandate, figures.uses, permitted.now);
  if (tieConfirmed) await confirmTie(permitted, mandate.id);
  await insertDecision(permitted, { review, mandate, decision, tieConfirmed, figures, unused });
  await permitted.audit({
    action: DECIDED,
    subject: { kind: 'mandate', id: mandate.id },
    changes: { reviewId: review.id, decision, tieConfirmed },
  });
}

/**
 * Notes what somebody does to a mandate as the review's decision on it, in the transaction that does it, which holds the
 * mandate's lock. `mandate` is as it was before.
 */
export async function noteInReview(
  permitted: Permitted,
  mandate: FoundMandate,
  decision: 'narrow' | 'remove',
): Promise<void> {
  const review = await openReview(permitted);
  if (review === undefined || !isGoneThrough(review, mandate, permitted.now)) return;
  await lockReview(permitted, review.id);
  // Somebody may have completed it while this waited: then it is no decision of the review's.
  const now = await openReview(permitted);
  if (now?.id === review.id) await storeDecision(permitted, review, mandate, decision);
}

/** How far the open review has come. */
export async function reviewStatus(permitted: Permitted) {
  const review = await openReview(permitted);
  return review && { review, progress: await progressOf(permitted, review) };
}

/** The open review for the Access page, and how far it has come where there are few mandates to count. */
export async function reviewNotice(permitted: Permitted) {
  const review = await openReview(permitted);
  return review && { review, progress: await progressOfFew(permitted, review) };
}
