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
