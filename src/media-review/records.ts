import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import type { Verdict } from './rules.ts';

type Reading = Pick<Transaction, 'query'>;

const queued = z.object({
  id: z.string(),
  orderNumber: z.number(),
  businessName: z.string(),
  vendorName: z.string().nullable(),
  waitingSince: z.date(),
  photoAccepted: z.boolean(),
  documentAccepted: z.boolean(),
  total: z.number(),
});

/** A case as it waits in the queue: of nobody by name. */
export type QueuedCase = z.infer<typeof queued>;

/** The cases that the reviewer may settle, the one that has waited longest first; never the reviewer's own. */
export async function readQueue(
  { query }: Reading,
  page: number,
  pageSize: number,
): Promise<{ readonly rows: readonly QueuedCase[]; readonly total: number }> {
  const { rows } = await sql`
    select id, order_number as "orderNumber", business_name as "businessName", vendor_name as "vendorName",
      waiting_since as "waitingSince", photo_accepted as "photoAccepted", document_accepted as "documentAccepted", total
    from review_queue(${pageSize}, ${(page - 1) * pageSize})`.execute(query);
  const cases = z.array(queued).parse(rows);
  return { rows: cases, total: cases[0]?.total ?? 0 };
}

const reviewed = z.object({
  id: z.string(),
  orderNumber: z.number(),
  businessName: z.string(),
  organisationNumber: z.string(),
  vendorName: z.string().nullable(),
  cardType: z.string(),
  holderName: z.string(),
  birthDate: z.string(),
  photoId: z.string(),
  documentId: z.string(),
  documentKind: z.string(),
  photoAccepted: z.boolean(),
  documentAccepted: z.boolean(),
  /** How many other people have a photo that looks the same. */
  alike: z.number(),
  /** Another reviewer who opened the case in the last half hour. */
  openedBy: z.string().nullable(),
});

export type ReviewedCase = z.infer<typeof reviewed>;

/** One case with what is printed on its card. The database records the look as a disclosure. */
export async function readCase({ query }: Reading, lineId: string): Promise<ReviewedCase | undefined> {
  const { rows } = await sql`
    select id, order_number as "orderNumber", business_name as "businessName", organisation_number as "organisationNumber",
      vendor_name as "vendorName", card_type as "cardType", holder_name as "holderName", birth_date as "birthDate",
      photo_id as "photoId", document_id as "documentId", document_kind as "documentKind", photo_accepted as "photoAccepted",
      document_accepted as "documentAccepted", alike, opened_by as "openedBy"
    from review_case(${lineId})`.execute(query);
  return rows[0] === undefined ? undefined : reviewed.parse(rows[0]);
}

/** The photo as JPEG, or the document encrypted. The database records the look as a disclosure. */
export async function readMedia(
  { query }: Reading,
  lineId: string,
  wanted: 'photo' | 'document',
): Promise<{ readonly id: string; readonly content: Buffer } | undefined> {
  const { rows } = await sql<{ id: string; content: Buffer }>`
    select media_id as id, content from review_media(${lineId}, ${wanted})`.execute(query);
  return rows[0];
}

/** Which photo and document a verdict is about: those that the reviewer saw. */
export interface Seen {
  readonly lineId: string;
  readonly photoId: string;
  readonly documentId: string;
}

const outcome = z.enum(['missing', 'settled', 'changed', 'ready', 'awaiting-media', 'rejected']);
export type Outcome = z.infer<typeof outcome>;

/**
 * Writes the verdict and moves the line on, under one of the drawn numbers if it passes. `settled`: another reviewer was
 * first; `changed`: another photo or document has been sent since; `missing`: no case of this reviewer.
 */
export async function settleCase(
  { query }: Reading,
  seen: Seen,
  verdict: Verdict & { readonly final: boolean },
  drawn: readonly string[],
): Promise<{ readonly became: Outcome; readonly businessId: string | null }> {
  const { rows } = await sql<{ became: string; businessId: string | null }>`
    select became, of_business as "businessId" from settle_review(${seen.lineId}, ${seen.photoId}, ${seen.documentId},
      ${[...verdict.photo]}::text[], ${[...verdict.document]}::text[], ${verdict.final}, ${[...drawn]}::text[])`.execute(
    query,
  );
  const [row] = rows;
  return { became: outcome.parse(row?.became), businessId: row?.businessId ?? null };
}

// Tasks ---------------------------------------------------------------------------------------------------------------

/** What the tellings of a line's rejections need. */
export interface Untold {
  readonly orderId: string;
  readonly orderNumber: number;
  readonly businessId: string;
  readonly unitId: string;
  readonly businessNumber: string;
  readonly businessName: string;
  readonly vendorNumber: string | null;
  readonly placedBy: string;
  readonly state: string;
}

/** The line and its order. */
export async function lineToTell({ query }: Reading, lineId: string): Promise<Untold | undefined> {
  return query
    .selectFrom('order_lines')
    .innerJoin('orders', 'orders.id', 'order_lines.order_id')
    .innerJoin('businesses', 'businesses.id', 'orders.business_id')
    .leftJoin('businesses as vendors', 'vendors.id', 'orders.vendor_id')
    .select([
      'orders.id as orderId',
      'orders.number as orderNumber',
      'businesses.id as businessId',
      'orders.unit_id as unitId',
      'businesses.organisation_number as businessNumber',
      'businesses.name as businessName',
      'vendors.organisation_number as vendorNumber',
      'orders.placed_by as placedBy',
      'order_lines.state',
    ])
    .where('order_lines.id', '=', lineId)
    .executeTakeFirst();
}

/** The rejections of a line that nobody has been told of; from now on they count as told. */
export async function takeRejections({ query, now }: Transaction, lineId: string) {
  const rows = await query
    .updateTable('media_verdicts')
    .set({ told_at: now })
    .where('line_id', '=', lineId)
    .where('told_at', 'is', null)
    .where('accepted', '=', false)
    .returning(['photo_id as photoId', 'reasons'])
    .execute();
  return rows.map(({ photoId, reasons }) => ({
    subject: photoId === null ? ('document' as const) : ('photo' as const),
    reasons,
  }));
}

/** Something that a task did with a row of a business. */
export interface Cleaned {
  readonly id: string;
  readonly businessId: string;
}

const ROWS_AT_A_TIME = 1000;

/**
 * Deletes what is kept of identity documents that were judged, or that are of no line which waits for its review, before
 * then; that there was one stays.
 */
export async function deleteDocuments({ query, now }: Transaction, before: Date): Promise<Cleaned[]> {
  const { rows } = await sql<Cleaned>`
    update identity_documents set content = '', deleted_at = ${now} where id in (
      select d.id from identity_documents d
        left join order_lines l on l.document_id = d.id
        left join media_verdicts v on v.document_id = d.id
      where d.deleted_at is null and d.uploaded_at < ${before} and coalesce(v.decided_at, l.changed_at, d.uploaded_at) < ${before}
        and (l.id is null or l.state not in ('awaiting-approval', 'awaiting-media', 'under-review'))
      limit ${ROWS_AT_A_TIME})
    returning id, business_id as "businessId"`.execute(query);
  return rows;
}

/** Deletes photos of no open line and of no card that is, or was after then, valid. */
export async function deletePhotos({ query, now }: Transaction, before: Date): Promise<Cleaned[]> {
  const { rows } = await sql<Cleaned>`
    update photos set image = '', thumbnail = '', look = null, deleted_at = ${now} where id in (
      select p.id from photos p
      where p.deleted_at is null and p.uploaded_at < ${before} and not exists (
        select from order_lines l left join cards c on c.order_line_id = l.id
        where l.photo_id = p.id and (c.expires_at >= ${before} or l.changed_at >= ${before}
          or l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready', 'in-production')))
      limit ${ROWS_AT_A_TIME})
    returning id, business_id as "businessId"`.execute(query);
  return rows;
}

/** Deletes declared permits to stay by which nothing has been decided since then. */
export async function deletePermits({ query }: Transaction, before: Date): Promise<Cleaned[]> {
  const { rows } = await sql<Cleaned>`
    select id, business_id as "businessId" from forget_permits(${before}, ${ROWS_AT_A_TIME})`.execute(query);
  return rows;
}

/** Closes lines whose card was shipped before then, and has not come back. */
export async function closeLines({ query, now }: Transaction, before: Date): Promise<Cleaned[]> {
  const { rows } = await sql<Cleaned>`
    update order_lines set state = 'closed', changed_at = ${now} where id in (
      select id from order_lines l where state = 'shipped' and changed_at < ${before}
        and not exists (select from cards c where c.order_line_id = l.id and c.production = 'returned')
      order by id limit ${ROWS_AT_A_TIME})
    returning id, business_id as "businessId"`.execute(query);
  return rows;
}
