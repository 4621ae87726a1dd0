import type { Context } from 'hono';
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import type { Refused } from './actions.ts';
import type { DraftProblem } from './drafts.ts';
import type { ProposalProblems } from './grants.ts';
import type { HandOverProblem } from './hand-over.ts';
import type { InviteProblem, SettleProblem } from './invitations.ts';
import { proposalErrors } from './proposal-form.tsx';
import { refusedPage } from './web.tsx';

/** Whatever can come of giving a mandate, when no form is there to be shown again. */
export type GivingProblem =
  | Refused
  | InviteProblem
  | SettleProblem
  | HandOverProblem
  | { readonly kind: 'proposal'; readonly problems: ProposalProblems }
  | { readonly kind: 'confirm'; readonly reason: DraftProblem | 'step-up' | 'changed' | 'not-accepted' };

/** The page that says why no mandate was given, and what to do. */
export function givingProblemPage(c: Context<AppEnv>, problem: GivingProblem) {
  const t = c.get('t');
  switch (problem.kind) {
    case 'missing':
    case 'refused':
      return refusedPage(c, problem);
    case 'invitee':
      return problemPage(c, 'conflict', { detail: t(`access:problem.invitee.${problem.reason}`) });
    case 'proposal':
      return problemPage(c, 'conflict', { detail: proposalText(t, problem.problems) });
    case 'settle':
      if (problem.reason === 'unknown') return notFoundPage(c);
      return problemPage(c, 'conflict', { detail: t(`access:problem.settle.${problem.reason}`) });
    case 'confirm':
      return problemPage(c, draftStatus(problem.reason), {
        detail: t(`access:problem.draft.${problem.reason}`),
      });
  }
}

function draftStatus(reason: string): 'gone' | 'conflict' {
  return reason === 'draft-gone' || reason === 'draft-expired' ? 'gone' : 'conflict';
}

/** Why what was kept can no longer be given as it stands: each objection in words. */
export function proposalText(t: Translate, problems: ProposalProblems): string {
  const reasons = Object.values(proposalErrors(problems)).map((key) => `${t(key)}.`);
  return [t('access:problem.proposal'), ...reasons].join(' ');
}
