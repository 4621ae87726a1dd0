export { act, look, type ActingFor, type ActionRequest, type Permitted, type Refused } from './actions.ts';
export {
  decide,
  GRANTABLE,
  grantableRights,
  isInsider,
  RIGHTS,
  type Decision,
  type Refusal,
  type Right,
  type Subject,
} from './rules.ts';
export {
  latestLastDay,
  LONGEST_MONTHS,
  problemsOf,
  stepUpFresh,
  type Limits,
  type Proposal,
  type ProposalProblems,
} from './grants.ts';
export { keepDraft, readDraft, takeDraft, type DraftProblem } from './drafts.ts';
export { giveMandate, removeMandate, type AccessDeps, type Removed, type RemovalProblem } from './mandates.ts';
export { currentMandate, listUnits, lockHolder, type BusinessUnit } from './records.ts';
export type { Notice, Notify } from './notify.ts';
export {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  stepUpPath,
  type BusinessPageOptions,
} from './web.tsx';
