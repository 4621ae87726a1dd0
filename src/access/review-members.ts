import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, type Permitted, type Refused } from './actions.ts';
import type { AccessDeps } from './mandates.ts';
import { DECIDED } from './review-decisions.ts';
import { insertMemberDecision, type MemberDecision, memberInReview } from './review-member-records.ts';
import { lockReview, openReview, type Review } from './review-records.ts';

/** `over`: the member has an answer already, has been removed, or is not part of the review that is open. */
export interface MemberKeepProblem {
  readonly kind: 'member';
  readonly reason: 'unknown' | 'over' | 'officers-only';
}

/** An officer of the vendor stands by the declared tie of a member, for the review that is open. Stored at once. */
export async function keepMember(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<undefined, MemberKeepProblem | Refused>> {
  const problem = (reason: MemberKeepProblem['reason']) => ({ kind: 'member', reason }) as const;
  const request = { right: 'access.manage', action: DECIDED } as const;
  const kept = await act<MemberKeepProblem | undefined, MemberKeepProblem>(
    deps.database,
    acting,
    request,
    async (permitted) => {
      const review = await lockedReview(permitted);
      if (review === undefined) return err(problem('over'));
      const member = isUuid(id) ? await memberInReview(permitted, review, id) : undefined;
      if (member === undefined) return err(problem('unknown'));
      if (!member.inReview || member.answered) return err(problem('over'));
      if (permitted.facts.mandate) {
        // Returned and not failed with, so that the audit keeps it.
        const subject = { kind: 'vendor-member', id };
        await permitted.audit({ decision: 'refused', rule: 'officers-only', subject });
        return ok(problem('officers-only'));
      }
      await store(permitted, review, id, 'keep');
      return ok(undefined);
    },
  );
  if (!kept.ok) return kept;
  return kept.value === undefined ? ok(undefined) : err(kept.value);
}

/**
 * Notes the removal of a member as the review's decision on it, in the transaction that removes it and before it does; that
 * has locked the member's person.
 */
export async function noteMemberRemoved(permitted: Permitted, id: string): Promise<void> {
  const review = await lockedReview(permitted);
  const member = review && (await memberInReview(permitted, review, id));
  if (review !== undefined && member?.inReview) await store(permitted, review, id, 'remove');
}

async function lockedReview(permitted: Permitted): Promise<Review | undefined> {
  const review = await openReview(permitted);
  if (review === undefined) return undefined;
  await lockReview(permitted, review.id);
  // Somebody may have completed it while this waited.
  const now = await openReview(permitted);
  return now?.id === review.id ? now : undefined;
}

async function store(
  permitted: Permitted,
  review: Review,
  id: string,
  decision: MemberDecision,
): Promise<void> {
  await insertMemberDecision(permitted, review, id, decision);
  await permitted.audit({
    action: DECIDED,
    subject: { kind: 'vendor-member', id },
    changes: { reviewId: review.id, decision },
  });
}
