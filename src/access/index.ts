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
export type { Notice, Notify } from './notify.ts';
export {
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
  stepUpFresh,
  stepUpPath,
  type BusinessPageOptions,
} from './web.tsx';
