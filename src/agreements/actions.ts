import type { Permitted } from '../access/index.ts';
import { endActive, findActive, insertAgreement, type ActiveAgreement, type VendorAcceptance } from './records.ts';
import { standardAgreement } from './rules.ts';

/** The agreement in force with a vendor; undefined when there is none, or only one in an earlier version. */
export async function activeAgreement(
  permitted: Permitted,
  vendorId: string,
): Promise<ActiveAgreement | undefined> {
  const found = await findActive(permitted, vendorId);
  return found?.sha256.equals(standardAgreement.sha256) ? found : undefined;
}

/**
 * Signs the standard agreement for the business in the caller's transaction; an earlier version ends with it. The caller
 * has decided `agreements.sign`; the database lets none but officers through. Returns the agreement's id.
 */
export async function signAgreement(
  permitted: Permitted,
  vendorId: string,
  vendor: VendorAcceptance,
): Promise<string> {
  await endActive(permitted, vendorId);
  const id = await insertAgreement(permitted, vendorId, standardAgreement, vendor);
  await permitted.audit({
    action: 'agreement.sign',
    usedRight: 'agreements.sign',
    vendorId,
    subject: { kind: 'agreement', id },
    changes: { version: standardAgreement.version, sha256: standardAgreement.sha256.toString('hex') },
  });
  return id;
}
