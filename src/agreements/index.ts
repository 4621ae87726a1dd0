export { activeAgreement, signAgreement } from './actions.ts';
export { standardAgreement, type AgreementText, type StandardAgreement } from './rules.ts';
