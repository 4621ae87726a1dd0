export { act, look, type ActingFor, type Permitted, type Refused } from './actions.ts';
export { RIGHTS, type Decision, type Right } from './rules.ts';
export {
  asOf,
  changesOf,
  problemsOf,
  stepUpFresh,
  storedProposal,
  type Proposal,
  type ProposalProblems,
} from './grants.ts';
export type { Limits, Scope, Terms } from './terms.ts';
export {
  loadPreview,
  pickForScope,
  type PickingQuery,
  type Preview,
  type WorkerPicking,
} from './previews.ts';
export { shownOf } from './invitations.ts';
export { tellOfGiven } from './telling.ts';
export { keepDraft, readDraft, takeDraft, type DraftProblem } from './drafts.ts';
export {
  beyondOwn,
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
  type BusinessUnit,
  type ListedInvitation,
  type PresentMandate,
} from './records.ts';
export { pickWorkers, reachOf, type PickedWorker } from './worker-records.ts';
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
export { refusalText, RightList } from './parts.tsx';
export { ProposalPreview, renderPreview, StepUp } from './preview.tsx';
export { afterConfirming, givingProblemPage } from './problems.tsx';
export {
  isWorkerSearch,
  pickingOf,
  proposalErrors,
  ProposalFields,
  proposalFields,
  startingForm,
  toProposal,
} from './proposal-form.tsx';
