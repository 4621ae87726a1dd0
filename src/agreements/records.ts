import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { AgreementTexts, ListedSubProcessor } from './rules.ts';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

interface Acting {
  readonly business: string;
  readonly personId: string;
  readonly name: string;
  readonly role: string;
}

/** Who signs, and for which business: a person in a role of the register. */
export function actingOf({ facts }: Opened): Acting {
  if (!facts.business || !facts.session) throw new Error('An agreement is dealt with by a person.');
  const { personId, name } = facts.session;
  return { business: facts.business.id, personId, name, role: facts.roles[0] ?? '' };
}

/** Of the person's own session: what the issuer called it, or else our own id of it. */
export async function sessionName(opened: Opened): Promise<string> {
  const { session } = opened.facts;
  if (!session) throw new Error('Signing takes a session.');
  const row = await opened.query
    .selectFrom('sessions')
    .select('sid')
    .where('id', '=', session.id)
    .executeTakeFirst();
  return row?.sid ?? session.id;
}

// A vendor's document ------------------------------------------------------------------------------------------------

/** What a vendor stands by, without the file. */
export interface SignedDocument {
  readonly id: string;
  readonly vendorId: string;
  readonly number: number;
  readonly version: string;
  readonly standardSha256: Buffer;
  readonly places: string;
  readonly sha256: Buffer;
  readonly text: AgreementTexts;
  readonly signedBy: string;
  readonly signedByName: string;
  readonly signedRole: string;
  readonly signedAt: Date;
  readonly signature: string;
}

const documentColumns = [
  'd.id',
  'd.vendor_id as vendorId',
  'd.number',
  'd.version',
  'd.standard_sha256 as standardSha256',
  'd.places',
  'd.sha256',
  sql<AgreementTexts>`d.text`.as('text'),
  'd.signed_by as signedBy',
  'd.signed_by_name as signedByName',
  'd.signed_role as signedRole',
  'd.signed_at as signedAt',
  'd.signature',
] as const;

/** The document that a vendor signed last. */
export async function latestDocument(opened: Opened, vendorId: string): Promise<SignedDocument | undefined> {
  return opened.query
    .selectFrom('agreement_documents as d')
    .select(documentColumns)
    .where('d.vendor_id', '=', vendorId)
    .orderBy('d.number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** What the vendor with that organisation number has signed last. */
export async function documentOfVendor(
  opened: Opened,
  organisationNumber: string,
): Promise<SignedDocument | undefined> {
  return opened.query
    .selectFrom('agreement_documents as d')
    .innerJoin('businesses as b', 'b.id', 'd.vendor_id')
    .select(documentColumns)
    .where('b.organisation_number', '=', organisationNumber)
    .orderBy('d.number', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export async function findDocument(opened: Opened, id: string): Promise<SignedDocument | undefined> {
  return opened.query
    .selectFrom('agreement_documents as d')
    .select(documentColumns)
    .where('d.id', '=', id)
    .executeTakeFirst();
}

export async function documentContent(opened: Opened, id: string): Promise<Buffer | undefined> {
  const row = await opened.query
    .selectFrom('agreement_documents')
    .select('content')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.content;
}

export async function insertDocument(
  opened: Opened,
  document: Pick<
    SignedDocument,
    'number' | 'version' | 'standardSha256' | 'places' | 'sha256' | 'text' | 'signature'
  > & {
    readonly content: Buffer;
  },
): Promise<string> {
  const { business, personId, name, role } = actingOf(opened);
  const { id } = await opened.query
    .insertInto('agreement_documents')
    .values({
      vendor_id: business,
      number: document.number,
      version: document.version,
      standard_sha256: document.standardSha256,
      places: document.places,
      sha256: document.sha256,
      content: document.content,
      text: JSON.stringify(document.text),
      signed_by: personId,
      signed_by_name: name,
      signed_role: role,
      signed_at: opened.now,
      signature: document.signature,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Lets one officer at a time sign for a vendor, so that numbers follow each other. */
export async function lockDocuments(opened: Opened): Promise<void> {
  const key = `agreement-documents:${actingOf(opened).business}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(opened.query);
}

// Agreements -----------------------------------------------------------------------------------------------------------

/** An agreement in force between the business and a vendor. */
export interface ActiveAgreement {
  readonly id: string;
  readonly version: string;
  readonly sha256: Buffer;
  readonly since: Date;
  /** Signed elsewhere and recorded here: it does not follow the vendor's document. */
  readonly recorded: boolean;
}

export async function findActive(opened: Opened, vendorId: string): Promise<ActiveAgreement | undefined> {
  return opened.query
    .selectFrom('agreements')
    .select(['id', 'version', 'document_sha256 as sha256', 'business_accepted_at as since', 'recorded'])
    .where('business_id', '=', actingOf(opened).business)
    .where('vendor_id', '=', vendorId)
    .where('ended_at', 'is', null)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', opened.now)]))
    .executeTakeFirst();
}

/** Makes way for the agreement that is signed next; answers with the one that was there. */
export async function replaceActive(opened: Opened, vendorId: string): Promise<string | undefined> {
  const { business, personId } = actingOf(opened);
  const row = await opened.query
    .updateTable('agreements')
    .set({ ended_at: opened.now, ended_by: personId, end_reason: 'replaced' })
    .where('business_id', '=', business)
    .where('vendor_id', '=', vendorId)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

export async function insertAgreement(
  opened: Opened,
  agreement: { readonly id: string; readonly document: SignedDocument; readonly endsAt: Date },
): Promise<void> {
  const { business, personId, name } = actingOf(opened);
  const { document } = agreement;
  await opened.query
    .insertInto('agreements')
    .values({
      id: agreement.id,
      business_id: business,
      vendor_id: document.vendorId,
      document_id: document.id,
      version: document.version,
      document_sha256: document.sha256,
      business_accepted_by: personId,
      business_accepted_by_name: name,
      business_accepted_at: opened.now,
      vendor_accepted_by: document.signedBy,
      vendor_accepted_by_name: document.signedByName,
      vendor_accepted_at: document.signedAt,
      ends_at: agreement.endsAt,
      ends_because: 'expiry',
    })
    .execute();
}

export async function insertCopy(
  opened: Opened,
  copy: {
    readonly agreementId: string;
    readonly vendorId: string;
    readonly sha256: Buffer;
    readonly content: Buffer;
    readonly signature: string;
  },
): Promise<void> {
  const { business, personId, role } = actingOf(opened);
  await opened.query
    .insertInto('agreement_copies')
    .values({
      agreement_id: copy.agreementId,
      business_id: business,
      vendor_id: copy.vendorId,
      sha256: copy.sha256,
      content: copy.content,
      signed_by: personId,
      signed_role: role,
      signature: copy.signature,
    })
    .execute();
}

/** What was given under the earlier agreement goes on under the later one. Answers with how many mandates. */
export async function carryOver(opened: Opened, earlier: string, later: string): Promise<number> {
  const { rows } = await sql<{ carried: number }>`
    select carry_mandates_over(${earlier}, ${later}) as carried`.execute(opened.query);
  return rows[0]?.carried ?? 0;
}

/** An agreement as either side sees it. */
export interface Agreement {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly businessNumber: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly vendorNumber: string;
  readonly version: string;
  readonly sha256: Buffer;
  readonly documentId: string | null;
  /** Signed elsewhere, and recorded here. */
  readonly recorded: boolean;
  readonly signedAt: Date;
  readonly signedByName: string;
  readonly vendorSignedAt: Date;
  readonly vendorSignedByName: string;
  readonly endsAt: Date | null;
  readonly endsBecause: string | null;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly endNote: string;
  /** Of the signed copy; null for an agreement from before there were copies. */
  readonly copySha256: Buffer | null;
  readonly deletionDueAt: Date | null;
  readonly deletionOutcome: string | null;
  readonly deletionStatement: string | null;
  readonly deletionConfirmedAt: Date | null;
  readonly deletionConfirmedBy: string | null;
  /** Rights of the mandate that is open under it; empty when there is none. */
  readonly rights: readonly string[];
}

const agreementRows = sql`
  select a.id, a.business_id as "businessId", b.name as "businessName", b.organisation_number as "businessNumber",
    a.vendor_id as "vendorId", v.name as "vendorName", v.organisation_number as "vendorNumber", a.version,
    a.document_sha256 as sha256, a.document_id as "documentId", a.recorded, a.business_accepted_at as "signedAt",
    a.business_accepted_by_name as "signedByName", a.vendor_accepted_at as "vendorSignedAt",
    a.vendor_accepted_by_name as "vendorSignedByName", a.ends_at as "endsAt", a.ends_because as "endsBecause",
    a.ended_at as "endedAt", a.end_reason as "endReason", a.end_note as "endNote", c.sha256 as "copySha256",
    x.due_at as "deletionDueAt", x.outcome as "deletionOutcome", x.statement as "deletionStatement",
    x.confirmed_at as "deletionConfirmedAt", x.confirmed_by_name as "deletionConfirmedBy",
    coalesce((select to_jsonb(m.rights) from mandates m where m.agreement_id = a.id and m.ended_at is null limit 1), '[]') as rights
  from agreements a join businesses b on b.id = a.business_id join businesses v on v.id = a.vendor_id
    left join agreement_copies c on c.agreement_id = a.id left join agreement_deletions x on x.agreement_id = a.id`;

/** One agreement of the business, on either side of it. */
export async function findAgreement(opened: Opened, id: string): Promise<Agreement | undefined> {
  const { business } = actingOf(opened);
  const { rows } = await sql<Agreement>`${agreementRows}
    where a.id = ${id} and (a.business_id = ${business} or a.vendor_id = ${business})`.execute(opened.query);
  return rows[0];
}

/** The business's agreements on one side: those in force first, then by when they ended; a page at a time. */
export async function listAgreements(
  opened: Opened,
  wanted: { readonly side: 'business' | 'vendor'; readonly page: number; readonly pageSize: number },
): Promise<{ readonly rows: Agreement[]; readonly total: number }> {
  const [column, other] =
    wanted.side === 'business' ? [sql`a.business_id`, sql`v.name`] : [sql`a.vendor_id`, sql`b.name`];
  const { business } = actingOf(opened);
  const { rows: counted } = await sql<{ total: number }>`
    select count(*)::int as total from agreements a where ${column} = ${business}`.execute(opened.query);
  const { rows } = await sql<Agreement>`${agreementRows} where ${column} = ${business}
    order by a.ended_at desc nulls first, lower(${other}), a.id
    limit ${wanted.pageSize} offset ${(wanted.page - 1) * wanted.pageSize}`.execute(opened.query);
  return { rows, total: counted[0]?.total ?? 0 };
}

export async function copyContent(opened: Opened, agreementId: string): Promise<Buffer | undefined> {
  const row = await opened.query
    .selectFrom('agreement_copies')
    .select('content')
    .where('agreement_id', '=', agreementId)
    .executeTakeFirst();
  return row?.content;
}

// Ends -----------------------------------------------------------------------------------------------------------------

/** Ends an agreement of either side now; false when it had ended. */
export async function endAgreement(
  opened: Opened,
  id: string,
  end: { readonly reason: 'ended' | 'objection'; readonly note: string },
): Promise<boolean> {
  const { business, personId } = actingOf(opened);
  const result = await opened.query
    .updateTable('agreements')
    .set({ ended_at: opened.now, ended_by: personId, end_reason: end.reason, end_note: end.note })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where((eb) => eb.or([eb('business_id', '=', business), eb('vendor_id', '=', business)]))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Has an agreement end on a later day; false when it has ended, or ends before that anyway. */
export async function giveNotice(
  opened: Opened,
  id: string,
  notice: { readonly endsAt: Date; readonly note: string },
): Promise<boolean> {
  const { business } = actingOf(opened);
  const result = await opened.query
    .updateTable('agreements')
    .set({ ends_at: notice.endsAt, ends_because: 'notice', end_note: notice.note, reminded_days: null })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where((eb) => eb.or([eb('business_id', '=', business), eb('vendor_id', '=', business)]))
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', notice.endsAt)]))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function confirmDeletion(
  opened: Opened,
  id: string,
  confirmed: { readonly outcome: string; readonly statement: string; readonly receipt: string },
): Promise<boolean> {
  const { business, personId, name } = actingOf(opened);
  const result = await opened.query
    .updateTable('agreement_deletions')
    .set({
      ...confirmed,
      confirmed_by: personId,
      confirmed_by_name: name,
      confirmed_at: opened.now,
    })
    .where('agreement_id', '=', id)
    .where('vendor_id', '=', business)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

// Sub-processors -------------------------------------------------------------------------------------------------------

/** A vendor's sub-processor, while it is on the list. */
export interface SubProcessor extends ListedSubProcessor {
  readonly id: string;
  readonly announcedAt: Date;
  readonly announcedByName: string;
  readonly startsAt: Date;
}

export async function listSubProcessors(opened: Opened, vendorId: string): Promise<SubProcessor[]> {
  return opened.query
    .selectFrom('sub_processors')
    .select([
      'id',
      'name',
      'country',
      'purpose',
      'announced_at as announcedAt',
      'announced_by_name as announcedByName',
      'starts_at as startsAt',
    ])
    .where('vendor_id', '=', vendorId)
    .where('ended_at', 'is', null)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
}

export async function insertSubProcessor(
  opened: Opened,
  one: ListedSubProcessor & { readonly startsAt: Date },
): Promise<string> {
  const { business, personId, name } = actingOf(opened);
  const { id } = await opened.query
    .insertInto('sub_processors')
    .values({
      vendor_id: business,
      name: one.name,
      country: one.country,
      purpose: one.purpose,
      announced_by: personId,
      announced_by_name: name,
      announced_at: opened.now,
      starts_at: one.startsAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function endSubProcessor(opened: Opened, id: string): Promise<string | undefined> {
  const { business, personId } = actingOf(opened);
  const row = await opened.query
    .updateTable('sub_processors')
    .set({ ended_at: opened.now, ended_by: personId })
    .where('id', '=', id)
    .where('vendor_id', '=', business)
    .where('ended_at', 'is', null)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}

/** Whether the vendor has an agreement with anybody: then what changes is announced first. */
export async function hasCustomers(opened: Opened): Promise<boolean> {
  const row = await opened.query
    .selectFrom('agreements')
    .select('id')
    .where('vendor_id', '=', actingOf(opened).business)
    .where('ended_at', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
