import type { Context } from 'hono';
import type { AppEnv, Translate } from '../web/context.ts';
import type { Result } from '../kernel/result.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { redirectDone } from '../web/page.tsx';
import type { Refused } from './actions.ts';
import type { ProposalProblems } from './grants.ts';
import type { HandOverProblem } from './hand-over.ts';
import type { InviteProblem, SettleProblem } from './invitations.ts';
import { proposalErrors } from './proposal-form.tsx';
import { requestProblemPage } from './request-parts.tsx';
import type { RequestProblem } from './requests.ts';
import { businessPath, refusedPage, requireActing, stepUpPath } from './web.tsx';

/** Whatever can come of giving a mandate, when no form is there to be shown again. */
export type GivingProblem =
  | Refused
  | InviteProblem
  | SettleProblem
  | HandOverProblem
  | RequestProblem
  | { readonly kind: 'confirm'; readonly reason: 'not-accepted' };

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
    case 'request':
      return requestProblemPage(c, problem);
    case 'confirm':
      return problemPage(c, draftStatus(problem.reason), {
        detail: t(`access:problem.draft.${problem.reason}`),
      });
  }
}

/** A draft of somebody else's is not there, as one that never was. */
function draftStatus(reason: string): 'notFound' | 'gone' | 'conflict' {
  if (reason === 'draft-gone') return 'notFound';
  return reason === 'draft-expired' ? 'gone' : 'conflict';
}

/** Why what was kept can no longer be given as it stands: each objection in words. */
function proposalText(t: Translate, problems: ProposalProblems): string {
  const reasons = Object.values(proposalErrors(problems)).map((key) => `${t(key)}.`);
  return [t('access:problem.proposal'), ...reasons].join(' ');
}

/**
 * The answer to a confirmation: on to the list; a login at high level first; the preview once more with what to look at; or
 * the page that says why not.
 */
export function afterConfirming(
  c: Context<AppEnv>,
  result: Result<unknown, GivingProblem>,
  previewAgain: (warning: string) => Response | Promise<Response>,
): Response | Promise<Response> {
  if (result.ok)
    return redirectDone(c, businessPath(requireActing(c), '/business/access'), 'access:done.given');
  const problem = result.error;
  if (problem.kind === 'confirm' && problem.reason === 'step-up')
    return c.redirect(stepUpPath(c.req.path), 303);
  if (problem.kind === 'confirm' && problem.reason === 'changed') {
    return previewAgain(c.get('t')('access:problem.draft.changed'));
  }
  return givingProblemPage(c, problem);
}
