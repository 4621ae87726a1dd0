import type { Transaction } from '../database/transaction.ts';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** An agreement in force between the business and a vendor. */
export interface ActiveAgreement {
  readonly id: string;
  readonly version: string;
  readonly sha256: Buffer;
  readonly since: Date;
}

/** Who accepted the agreement for the vendor, and when: it stands by the standard text when it registers. */
export interface VendorAcceptance {
  readonly by: string;
  readonly byName: string;
  readonly at: Date;
}

function partiesOf({ facts }: Opened): { business: string; personId: string; name: string } {
  if (!facts.business || !facts.session)
    throw new Error('An agreement is signed by a person for a business.');
  return { business: facts.business.id, personId: facts.session.personId, name: facts.session.name };
}

export async function findActive(opened: Opened, vendorId: string): Promise<ActiveAgreement | undefined> {
  return opened.query
    .selectFrom('agreements')
    .select(['id', 'version', 'document_sha256 as sha256', 'business_accepted_at as since'])
    .where('business_id', '=', partiesOf(opened).business)
    .where('vendor_id', '=', vendorId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
}

export async function endActive(opened: Opened, vendorId: string): Promise<void> {
  const { business, personId } = partiesOf(opened);
  await opened.query
    .updateTable('agreements')
    .set({ ended_at: opened.now, ended_by: personId })
    .where('business_id', '=', business)
    .where('vendor_id', '=', vendorId)
    .where('ended_at', 'is', null)
    .execute();
}

export async function insertAgreement(
  opened: Opened,
  vendorId: string,
  document: { readonly version: string; readonly sha256: Buffer },
  vendor: VendorAcceptance,
): Promise<string> {
  const { business, personId, name } = partiesOf(opened);
  const { id } = await opened.query
    .insertInto('agreements')
    .values({
      business_id: business,
      vendor_id: vendorId,
      version: document.version,
      document_sha256: document.sha256,
      business_accepted_by: personId,
      business_accepted_by_name: name,
      business_accepted_at: opened.now,
      vendor_accepted_by: vendor.by,
      vendor_accepted_by_name: vendor.byName,
      vendor_accepted_at: vendor.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
