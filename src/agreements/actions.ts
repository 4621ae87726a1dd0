import type { Permitted } from '../access/index.ts';
import {
  endActive,
  findActive,
  insertAgreement,
  type ActiveAgreement,
  type VendorAcceptance,
} from './records.ts';
import { standardAgreement } from './rules.ts';

/** The agreement in force with a vendor; undefined when there is none, or only one in an earlier version. */
async function activeAgreement(permitted: Permitted, vendorId: string): Promise<ActiveAgreement | undefined> {
  const found = await findActive(permitted, vendorId);
  return found?.sha256.equals(standardAgreement.sha256) ? found : undefined;
}

/**
 * Signs the standard agreement for the business in the caller's transaction; an earlier version ends with it. The caller
 * has decided `agreements.sign`; the database lets none but officers through. Returns the agreement's id.
 */
async function signAgreement(
  permitted: Permitted,
  vendorId: string,
  vendor: VendorAcceptance,
): Promise<string> {
  await endActive(permitted, vendorId);
  const id = await insertAgreement(permitted, vendorId, standardAgreement, vendor);
  await permitted.audit({
    action: 'agreement.sign',
    usedRight: 'agreements.sign',
    subject: { kind: 'agreement', id },
    changes: {
      vendorId,
      version: standardAgreement.version,
      sha256: standardAgreement.sha256.toString('hex'),
    },
  });
  return id;
}

/** What the features that need agreements are given of them. */
export const agreements = { standard: standardAgreement, active: activeAgreement, sign: signAgreement };
