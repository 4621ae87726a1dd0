export { act, look, type ActingFor, type Permitted, type Refused } from './actions.ts';
export { RIGHTS, type Decision, type Right } from './rules.ts';
export {
  changesOf,
  problemsOf,
  stepUpFresh,
  storedProposal,
  type Proposal,
  type ProposalProblems,
} from './grants.ts';
export { keepDraft, readDraft, takeDraft, type DraftProblem } from './drafts.ts';
export { giveMandate, type AccessDeps } from './mandates.ts';
export {
  currentMandate,
  listInvitations,
  listUnits,
  lockHolder,
  lockMandate,
  pickWorkers,
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
export { businessPath, refusedPage, renderBusinessPage, requireActing, stepUpPath } from './web.tsx';
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
