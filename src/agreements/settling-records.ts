import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { reminderDue, REMINDER_DAYS } from './rules.ts';

type Opened = Pick<Transaction, 'query' | 'now'>;

/** Whose an agreement is, as people are told of it. */
export interface Parties {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly businessNumber: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly vendorNumber: string;
}

const parties = sql`a.id, a.business_id as "businessId", b.name as "businessName", b.organisation_number as "businessNumber",
  a.vendor_id as "vendorId", v.name as "vendorName", v.organisation_number as "vendorNumber"`;
const joined = sql`join businesses b on b.id = a.business_id join businesses v on v.id = a.vendor_id`;

/** Ends what has come to its end, as of then. */
export async function endOverdue(
  { query, now }: Opened,
  limit: number,
): Promise<{ id: string; businessId: string; vendorId: string; endReason: string }[]> {
  const { rows } = await sql<{ id: string; businessId: string; vendorId: string; endReason: string }>`
    update agreements a set ended_at = a.ends_at, end_reason = a.ends_because
    where a.id in (select o.id from agreements o where o.ended_at is null and o.ends_at <= ${now}
      order by o.ends_at limit ${limit} for update skip locked)
    returning a.id, a.business_id as "businessId", a.vendor_id as "vendorId", a.end_reason as "endReason"`.execute(
    query,
  );
  return rows;
}

/** Agreements whose next reminder is due, which is noted as sent. */
export async function dueReminders(
  { query, now }: Opened,
  limit: number,
): Promise<(Parties & { endsAt: Date; endsBecause: string })[]> {
  const soonest = Math.max(...REMINDER_DAYS);
  const { rows } = await sql<Parties & { endsAt: Date; endsBecause: string; reminded: number | null }>`
    select ${parties}, a.ends_at as "endsAt", a.ends_because as "endsBecause", a.reminded_days as reminded
    from agreements a ${joined}
    where a.ended_at is null and a.ends_at > ${now} and a.ends_at <= ${now}::timestamptz + make_interval(days => ${soonest})
      and (a.reminded_days is null or exists (select from unnest(${[...REMINDER_DAYS]}::integer[]) days
        where days < a.reminded_days and a.ends_at <= ${now}::timestamptz + make_interval(days => days)))
    order by a.ends_at, a.id limit ${limit} for update of a skip locked`.execute(query);
  const due = rows.flatMap(({ reminded, ...row }) => {
    const days = reminderDue(row.endsAt, reminded, now);
    return days === undefined ? [] : [{ row, days }];
  });
  for (const { row, days } of due) {
    await query.updateTable('agreements').set({ reminded_days: days }).where('id', '=', row.id).execute();
  }
  return due.map(({ row }) => row);
}

/** Deletions that the vendor has not been told of; noted as told. */
export function untoldDeletions(opened: Opened, limit: number) {
  return told(opened, 'told_at', sql`true`, limit);
}

/** Deletions past their day without a receipt; noted as told. */
export function untoldOverdue(opened: Opened, limit: number) {
  return told(opened, 'overdue_told_at', sql`o.due_at <= ${opened.now}`, limit);
}

async function told(
  { query, now }: Opened,
  column: 'told_at' | 'overdue_told_at',
  condition: ReturnType<typeof sql>,
  limit: number,
): Promise<(Parties & { dueAt: Date })[]> {
  const { rows } = await sql<Parties & { dueAt: Date }>`
    update agreement_deletions x set ${sql.ref(column)} = ${now}
    from agreements a ${joined}
    where x.agreement_id in (select o.agreement_id from agreement_deletions o
        where o.${sql.ref(column)} is null and o.confirmed_at is null and ${condition}
        order by o.due_at limit ${limit} for update skip locked)
      and a.id = x.agreement_id
    returning ${parties}, x.due_at as "dueAt"`.execute(query);
  return rows;
}

type Told =
  | { readonly kind: 'document'; readonly documentId: string }
  | {
      readonly kind: 'sub-processor';
      readonly vendorId: string;
      readonly name: string;
      readonly country: string;
      readonly purpose: string;
      readonly startsAt: Date;
    };

/** What customers are to be told of, as it is now; undefined when there is nothing to tell any more. */
export async function findTold(
  opened: Opened,
  what: { readonly documentId: string } | { readonly subProcessorId: string },
): Promise<Told | undefined> {
  if ('documentId' in what) return { kind: 'document', documentId: what.documentId };
  const row = await opened.query
    .selectFrom('sub_processors')
    .select(['vendor_id as vendorId', 'name', 'country', 'purpose', 'starts_at as startsAt'])
    .where('id', '=', what.subProcessorId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row && { kind: 'sub-processor', ...row };
}

/** The vendor's customers: those with an agreement in force. */
export async function customersToTell({ query }: Opened, vendorId: string): Promise<Parties[]> {
  const { rows } = await sql<Parties>`
    select ${parties} from agreements a ${joined} where a.vendor_id = ${vendorId} and a.ended_at is null order by a.id`.execute(
    query,
  );
  return rows;
}

/** As people are told of them. */
type Party = { readonly id: string; readonly name: string; readonly number: string };

/** The two sides of an agreement that need not be one yet. */
export async function findParties(
  { query }: Opened,
  ids: { readonly businessId: string; readonly vendorId: string },
): Promise<{ business: Party; vendor: Party }> {
  const rows = await query
    .selectFrom('businesses')
    .select(['id', 'name', 'organisation_number as number'])
    .where('id', 'in', [ids.businessId, ids.vendorId])
    .execute();
  const [business, vendor] = [ids.businessId, ids.vendorId].map((id) => rows.find((row) => row.id === id));
  if (!business || !vendor) throw new Error('An agreement has two sides.');
  return { business, vendor };
}

/** Forgets files that were sent to be recorded and came to nothing in that time. */
export async function forgetUnconfirmed({ query, now }: Opened, days: number): Promise<void> {
  await query
    .deleteFrom('recorded_agreements')
    .where('confirmed_at', 'is', null)
    .where('uploaded_at', '<', new Date(now.getTime() - days * 86_400_000))
    .execute();
}

/** Has agreements on what the vendor signed before its latest document end, unless the business signs that one too. */
export async function shortenForNewVersion(
  { query }: Opened,
  documentId: string,
  endsAt: Date,
): Promise<Parties[]> {
  const { rows } = await sql<Parties>`
    update agreements a set ends_because = case when a.ends_at <= ${endsAt} then a.ends_because else 'new-version' end,
      ends_at = least(a.ends_at, ${endsAt}), reminded_days = case when a.ends_at <= ${endsAt} then a.reminded_days end
    from agreement_documents d, businesses b, businesses v
    where d.id = ${documentId} and a.vendor_id = d.vendor_id and a.ended_at is null
      and not a.recorded and a.document_sha256 <> d.sha256 and b.id = a.business_id and v.id = a.vendor_id
      and not exists (select from agreement_documents n where n.vendor_id = d.vendor_id and n.number > d.number)
    returning ${parties}`.execute(query);
  return rows;
}
