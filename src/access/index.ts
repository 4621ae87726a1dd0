export { act, look, type ActingFor, type ActionRequest, type Permitted, type Refused } from './actions.ts';
export { RIGHTS, type Decision, type Right } from './rules.ts';
export {
  asOf,
  changesOf,
  latestLastDay,
  problemsOf,
  stepUpFresh,
  storedProposal,
  type Proposal,
  type ProposalProblems,
} from './grants.ts';
export { loadPreview, pickForScope, type PickingQuery } from './previews.ts';
export { tellOfGiven } from './telling.ts';
export { keepDraft, readDraft, takeDraft, type DraftProblem } from './drafts.ts';
export { beyondOwn, giveMandate, type AccessDeps } from './mandates.ts';
export { currentMandate, listInvitations, listUnits, lockHolder, type PresentMandate } from './records.ts';
export { pickWorkers, reachOf } from './worker-records.ts';
export {
  acceptInvitation,
  confirmInvitation,
  createInvitation,
  lockedInvitation,
  markSettled,
  proposeInvitation,
  sendInvitation,
  shownOf,
  withdrawInvitation,
} from './invitations.ts';
export type { Notice, Notify } from './notify.ts';
export { businessPath, refusedPage, renderBusinessPage, requireActing, stepUpPath } from './web.tsx';
export { createFreezeTasks } from './freeze-jobs.ts';
export { createReviewTasks } from './review-jobs.ts';
export { createFreezePages } from './freeze-pages.tsx';
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
