import type { Permitted } from '../access/index.ts';
import { enqueue } from '../jobs/index.ts';
import { tellCustomersTask } from './actions.ts';
import { STANDARD_VERSION, standardSha256 } from './rules.ts';
import {
  activeAgreement,
  currentDocument,
  draftDocument,
  draftFile,
  offerDocument,
  signDocument,
  type SigningDeps,
} from './signatures.ts';

export { createAgreementPages } from './pages.tsx';
export { createAgreementTasks } from './jobs.ts';
export { createSigner } from './signing.ts';
export { createVerifyPages } from './verify-pages.tsx';

/** What the features that need agreements are given of them. */
export function createAgreements(deps: SigningDeps) {
  return {
    standard: { version: STANDARD_VERSION, sha256: standardSha256(deps.retention) },
    active: activeAgreement,
    current: (permitted: Permitted, vendorId: string) => currentDocument(deps, permitted, vendorId),
    draft: (permitted: Permitted, places?: string) => draftDocument(deps, permitted, places),
    draftFile: (permitted: Permitted) => draftFile(deps, permitted),
    offer: (permitted: Permitted, offer: Parameters<typeof offerDocument>[2]) =>
      offerDocument(deps, permitted, offer),
    /** Called when the vendor's profile stands by the new document: its customers are told of it. */
    announce: (permitted: Permitted, documentId: string) =>
      enqueue(permitted, tellCustomersTask, { documentId }),
    sign: (permitted: Permitted, vendorId: string, read: string) =>
      signDocument(deps, permitted, vendorId, read),
  };
}
