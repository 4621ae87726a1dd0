export { act, look, type ActingFor, type ActionRequest, type Permitted, type Refused } from './actions.ts';
export { attemptsAt, type VendorAttempts } from './attempts.ts';
export { grantableRights, RIGHTS, type Decision, type Right } from './rules.ts';
export { sightOf } from './sight.ts';
export {
  asOf,
  changesOf,
  latestLastDay,
  problemsOf,
  loginFresh,
  stepUpFresh,
  storedProposal,
  termsOf,
  type Proposal,
  type ProposalProblems,
} from './grants.ts';
export type { Terms } from './terms.ts';
export { loadPreview, pickForScope, type PickingQuery } from './previews.ts';
export { tellOfGiven } from './telling.ts';
export { filesTooMany, invitedTooMany } from './day-limits.ts';
export { keepDraft, readDraft, takeDraft, type DraftProblem } from './drafts.ts';
export { beyondOwn, giveMandate, removeWithin, type AccessDeps } from './mandates.ts';
export {
  currentMandate,
  currentVendorMandates,
  listInvitations,
  listUnits,
  lockHolder,
  type PresentMandate,
} from './records.ts';
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
export {
  answerRequest,
  askedTerms,
  enqueueTellingOfRequest,
  requireOpen,
  type RequestProblem,
} from './requests.ts';
export {
  lockAsking,
  lockRequest,
  openRequestOf,
  ownRequest,
  ownRequests,
  putAwayLapsed,
} from './request-records.ts';
export {
  isRenewable,
  type MandateRequest,
  renewableFrom,
  type RequestLimits,
  stateOfRequest,
} from './request-rules.ts';
export { AskFields, type AskedFor, readAskForm, startingAskForm } from './ask-form.tsx';
export { askableBusinesses } from './ask.ts';
export { makeRequest, type NotAsked, takeBack } from './asking.ts';
export { createAskPages } from './ask-pages.tsx';
export { createRequestTasks } from './request-jobs.ts';
export { notAskedErrors, notAskedPage, OwnRequestDetails, OwnRequests } from './request-parts.tsx';
export type { Notice, Notify } from './notify.ts';
export { heldFor, type OwnAddress } from './clearances.ts';
export { createClearancePages, createHeldPages } from './clearance-pages.tsx';
export { Held, StepUpFirst } from './step-up.tsx';
export {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  passkeyPath,
  stepUpPath,
} from './web.tsx';
export { createUseNoter } from './devices.ts';
export { createDevicePages } from './device-pages.tsx';
export { createFreezeTasks } from './freeze-jobs.ts';
export { createWatchTasks } from './watch-jobs.ts';
export { createReviewTasks } from './review-jobs.ts';
export { noteMemberRemoved } from './review-members.ts';
export { createFreezePages } from './freeze-pages.tsx';
export { createLoginTasks } from './login-jobs.ts';
export { createSignalPages } from './signal-pages.tsx';
export { overseenSignals, type OverseenSignal } from './signal-records.ts';
export { createAccessPages, wantedList } from './pages.tsx';
export { createInvitationPages } from './invitation-pages.tsx';
export { refusalText, RightList } from './parts.tsx';
export { ProposalPreview, renderPreview, StepUp } from './preview.tsx';
export { afterConfirming, givingProblemPage } from './problems.tsx';
export {
  formOfProposal,
  isWorkerSearch,
  pickingOf,
  proposalErrors,
  ProposalForm,
  proposalFields,
  startingForm,
  toProposal,
} from './proposal-form.tsx';
