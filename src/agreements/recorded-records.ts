import { sql } from 'kysely';
import type { Vault } from '../database/encryption.ts';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { type Checklist, readChecklist } from './checklist.ts';
import { actingOf } from './records.ts';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

const purposeOf = (id: string) => `recorded-agreement:${id}`;

/** An agreement that was signed elsewhere, without its file. */
export interface RecordedAgreement {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly businessNumber: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly vendorNumber: string;
  readonly fileName: string;
  readonly sha256: Buffer;
  readonly uploadedByName: string;
  readonly uploadedAt: Date;
  readonly checklist: Checklist;
  readonly signedOn: PlainDate | null;
  /** Null: until somebody ends it. */
  readonly lastDay: PlainDate | null;
  readonly recordedByName: string | null;
  readonly recordedAt: Date | null;
  readonly confirmedByName: string | null;
  readonly confirmedAt: Date | null;
}

type Row = Omit<RecordedAgreement, 'checklist'> & { readonly checklist: unknown };

const rowsOf = sql`
  select r.id, r.business_id as "businessId", b.name as "businessName", b.organisation_number as "businessNumber",
    r.vendor_id as "vendorId", v.name as "vendorName", v.organisation_number as "vendorNumber", r.file_name as "fileName",
    r.sha256, r.uploaded_by_name as "uploadedByName", r.uploaded_at as "uploadedAt", r.checklist, r.signed_on::text as "signedOn",
    r.last_day::text as "lastDay", r.recorded_by_name as "recordedByName", r.recorded_at as "recordedAt",
    r.confirmed_by_name as "confirmedByName", r.confirmed_at as "confirmedAt"
  from recorded_agreements r join businesses b on b.id = r.business_id join businesses v on v.id = r.vendor_id`;

const toRecorded = (row: Row): RecordedAgreement => ({ ...row, checklist: readChecklist(row.checklist) });

export async function findRecorded(opened: Opened, id: string): Promise<RecordedAgreement | undefined> {
  const { rows } = await sql<Row>`${rowsOf} where r.id = ${id}`.execute(opened.query);
  return rows.map(toRecorded)[0];
}

/** Those of one side that are no agreement yet, the newest first; at most fifty. */
export async function listWaiting(opened: Opened, side: 'business' | 'vendor'): Promise<RecordedAgreement[]> {
  const column = side === 'business' ? sql`r.business_id` : sql`r.vendor_id`;
  const { rows } =
    await sql<Row>`${rowsOf} where ${column} = ${actingOf(opened).business} and r.confirmed_at is null
    order by r.id desc limit 50`.execute(opened.query);
  return rows.map(toRecorded);
}

/** The vendor with that number, which businesses may have agreements with; undefined when there is none. */
export async function openVendor(opened: Opened, organisationNumber: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select b.id from vendor_profiles p join businesses b on b.id = p.vendor_id
    where b.organisation_number = ${organisationNumber} and p.barred_at is null and not b.bankrupt and b.dissolved_on is null`.execute(
    opened.query,
  );
  return rows[0]?.id;
}

export async function insertRecorded(
  opened: Opened,
  vault: Pick<Vault, 'encrypt'>,
  file: {
    readonly vendorId: string;
    readonly fileName: string;
    readonly sha256: Buffer;
    readonly content: Uint8Array;
  },
): Promise<string> {
  const { business, personId, name } = actingOf(opened);
  const id = uuidv7();
  await opened.query
    .insertInto('recorded_agreements')
    .values({
      id,
      business_id: business,
      vendor_id: file.vendorId,
      file_name: file.fileName,
      sha256: file.sha256,
      content: vault.encrypt(file.content, purposeOf(id)),
      uploaded_by: personId,
      uploaded_by_name: name,
      uploaded_at: opened.now,
    })
    .execute();
  return id;
}

export async function recordedContent(
  opened: Opened,
  vault: Pick<Vault, 'decryptBytes'>,
  id: string,
): Promise<{ readonly fileName: string; readonly content: Buffer } | undefined> {
  const row = await opened.query
    .selectFrom('recorded_agreements')
    .select(['file_name as fileName', 'content'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { fileName: row.fileName, content: vault.decryptBytes(row.content, purposeOf(id)) };
}

/** Lets one person at a time answer, record, confirm or take back. */
export async function lockRecorded(opened: Opened, id: string): Promise<void> {
  const key = `recorded-agreement:${id}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(opened.query);
}

/** What an officer of the business has found in the file. */
export interface Findings {
  readonly checklist: Checklist;
  readonly signedOn: PlainDate | null;
  readonly lastDay: PlainDate | null;
}

export async function saveFindings(opened: Opened, id: string, findings: Findings): Promise<void> {
  await opened.query
    .updateTable('recorded_agreements')
    .set({
      checklist: JSON.stringify(findings.checklist),
      signed_on: findings.signedOn,
      last_day: findings.lastDay,
    })
    .where('id', '=', id)
    .execute();
}

export async function markRecorded(opened: Opened, id: string, signature: string): Promise<void> {
  const { personId, name } = actingOf(opened);
  await opened.query
    .updateTable('recorded_agreements')
    .set({ recorded_by: personId, recorded_by_name: name, recorded_at: opened.now, signature })
    .where('id', '=', id)
    .execute();
}

/** The database puts the agreement in force with it. */
export async function markConfirmed(opened: Opened, id: string, confirmation: string): Promise<void> {
  const { personId, name } = actingOf(opened);
  await opened.query
    .updateTable('recorded_agreements')
    .set({ confirmed_by: personId, confirmed_by_name: name, confirmed_at: opened.now, confirmation })
    .where('id', '=', id)
    .execute();
}

/** Forgets one that is no agreement, with its file. */
export async function deleteRecorded(opened: Opened, id: string): Promise<void> {
  await opened.query.deleteFrom('recorded_agreements').where('id', '=', id).execute();
}
