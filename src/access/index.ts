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
  changesOf,
  latestLastDay,
  LONGEST_MONTHS,
  problemsOf,
  stepUpFresh,
  storedProposal,
  type Limits,
  type Proposal,
  type ProposalProblems,
} from './grants.ts';
export { keepDraft, readDraft, takeDraft, type DraftProblem } from './drafts.ts';
export {
  giveMandate,
  removeMandate,
  type AccessDeps,
  type Removed,
  type RemovalProblem,
} from './mandates.ts';
export {
  currentMandate,
  listInvitations,
  listUnits,
  lockHolder,
  lockMandate,
  pickWorkers,
  type BusinessUnit,
  type ListedInvitation,
  type PickedWorker,
} from './records.ts';
export {
  acceptInvitation,
  confirmInvitation,
  createInvitation,
  lockedInvitation,
  markSettled,
  proposeInvitation,
  sendInvitation,
  withdrawInvitation,
} from './invitations.ts';
export type { Notice, Notify } from './notify.ts';
export {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  stepUpPath,
  type BusinessPageOptions,
} from './web.tsx';
export { createAccessPages, wantedList } from './pages.tsx';
export { createInvitationPages } from './invitation-pages.tsx';
export {
  proposalErrors,
  ProposalFields,
  proposalFields,
  ProposalPreview,
  refusalText,
  RightList,
  toProposal,
} from './parts.tsx';
