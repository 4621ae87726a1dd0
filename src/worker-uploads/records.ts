import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import type { DocumentKind, PreparedDocument, PreparedPhoto } from '../workers/index.ts';
import {
  ASKED,
  DENIALS,
  type Denial,
  hashOfSecret,
  UPLOAD_STATES,
  type UploadKey,
  WAYS,
  type Way,
} from './rules.ts';

type Reading = Pick<Transaction, 'query'>;

// For whoever asks ----------------------------------------------------------------------------------------------------

const lineShape = z.object({
  id: z.string(),
  workerId: z.string(),
  name: z.string(),
  state: z.enum(['awaiting-approval', 'awaiting-media']),
  lacksPhoto: z.boolean(),
  lacksDocument: z.boolean(),
  last: z
    .object({
      id: z.string(),
      state: z.enum(UPLOAD_STATES),
      way: z.enum(WAYS),
      denial: z.enum(DENIALS).nullable(),
      askedByName: z.string(),
      askedAt: z.coerce.date(),
      expiresAt: z.coerce.date(),
      confirmed: z.boolean(),
    })
    .nullable(),
  total: z.number(),
});

/** A line that lacks a photo or an identity document, named as the asker may know it, with what was last asked of the worker. */
export type LackingLine = Omit<z.infer<typeof lineShape>, 'total'>;

/** A page of the lines of an order that lack something, and how many there are; or those with these ids. */
export async function lackingLines(
  { query }: Reading,
  orderId: string,
  which: { readonly offset: number; readonly limit: number } | { readonly ids: readonly string[] },
): Promise<{ readonly lines: LackingLine[]; readonly total: number }> {
  const ids = 'ids' in which ? [...which.ids] : null;
  const { offset, limit } = 'ids' in which ? { offset: 0, limit: which.ids.length } : which;
  const { rows } = await sql`
    select l.id, l.worker_id as "workerId", l.holder_name as name, l.state, l.photo_id is null as "lacksPhoto",
      l.document_id is null as "lacksDocument", last.request as last, l.total
    from (select id, worker_id, holder_name, state, photo_id, document_id, count(*) over ()::integer as total
      from order_lines_as_shown
      where order_id = ${orderId} and state in ('awaiting-approval', 'awaiting-media') and (photo_id is null or document_id is null)
        and (${ids}::uuid[] is null or id = any (${ids}::uuid[]))
      order by holder_name, id limit ${limit} offset ${offset}) l
    left join lateral (select json_build_object('id', r.id, 'state', upload_state(r.delivered_at, r.denied_at, r.revoked_at, r.expires_at, context_now()), 'way', r.way, 'denial', r.denial,
        'askedByName', r.asked_by_name, 'askedAt', r.asked_at, 'expiresAt', r.expires_at, 'confirmed', r.confirmed_at is not null) as request
      from upload_requests r where r.line_id = l.id order by r.asked_at desc, r.id desc limit 1) last on true
    order by l.holder_name, l.id`.execute(query);
  const lines = z.array(lineShape).parse(rows);
  return { lines, total: lines[0]?.total ?? 0 };
}

/** A link to be made: the secret itself is nowhere kept. */
export interface NewLink {
  readonly lineId: string;
  readonly requestId: string;
  readonly secret: string;
}

/** A request that was made, with the person whom the link is for. */
export interface MadeRequest {
  readonly requestId: string;
  readonly lineId: string;
  readonly personId: string;
  /** As whoever asks may know it. */
  readonly name: string;
}

/** Makes the requests. Left out are those that the database refuses: what is not the asker's, lacks nothing, or was asked too often. */
export async function insertRequests(
  { query }: Reading,
  links: readonly NewLink[],
  way: Way,
): Promise<MadeRequest[]> {
  const { rows } = await sql<MadeRequest>`
    select request_id as "requestId", asked_line as "lineId", asked_person as "personId", asked_name as name
    from ask_for_uploads(${links.map((link) => link.lineId)}::uuid[], ${links.map((link) => link.requestId)}::uuid[],
      ${links.map((link) => hashOfSecret(link.secret))}::bytea[], ${way})
    order by asked_name, request_id`.execute(query);
  return rows;
}

/** The line of a request of this order, if the asker may see it. */
export async function lineOfRequest(
  { query }: Reading,
  orderId: string,
  requestId: string,
): Promise<string | undefined> {
  const row = await query
    .selectFrom('upload_requests')
    .select('line_id as lineId')
    .where('id', '=', requestId)
    .where('order_id', '=', orderId)
    .executeTakeFirst();
  return row?.lineId;
}

/** Makes a link worth nothing; false when it was that already. */
export async function revokeRequest({ query }: Reading, requestId: string): Promise<boolean> {
  const { rows } = await sql<{ revoked: boolean }>`select revoke_upload(${requestId}) as revoked`.execute(
    query,
  );
  return rows[0]?.revoked === true;
}

// For the worker ------------------------------------------------------------------------------------------------------

const asked = z.array(z.enum(ASKED));
const shownShape = z.object({
  id: z.string(),
  businessName: z.string(),
  organisationNumber: z.string(),
  unitName: z.string(),
  vendorName: z.string().nullable(),
  askedByName: z.string(),
  workerName: z.string(),
  cardType: z.string(),
  expiresAt: z.date(),
  confirmed: z.boolean(),
  asks: asked,
  has: asked,
});

/** What a worker is shown of a request that is open. */
export type ShownUpload = z.infer<typeof shownShape>;

const opened = (key: UploadKey) =>
  'secret' in key ? sql`${hashOfSecret(key.secret)}, null::uuid` : sql`null::bytea, ${key.requestId}::uuid`;

/** The request that the key opens; undefined when it opens none, for whatever reason. */
export async function findOpenUpload({ query }: Reading, key: UploadKey): Promise<ShownUpload | undefined> {
  const { rows } = await sql`
    select id, business_name as "businessName", organisation_number as "organisationNumber", unit_name as "unitName",
      vendor_name as "vendorName", asked_by_name as "askedByName", worker_name as "workerName", card_type as "cardType",
      expires_at as "expiresAt", confirmed, asks, has
    from shown_upload(${opened(key)})`.execute(query);
  return rows[0] === undefined ? undefined : shownShape.parse(rows[0]);
}

/** What waits for the one who is logged in. */
export interface WaitingUpload {
  readonly id: string;
  readonly businessName: string;
  readonly vendorName: string | null;
  readonly askedByName: string;
  readonly askedAt: Date;
}

export async function ownUploads({ query }: Reading): Promise<WaitingUpload[]> {
  const { rows } = await sql<WaitingUpload>`
    select id, business_name as "businessName", vendor_name as "vendorName", asked_by_name as "askedByName",
      asked_at as "askedAt" from own_uploads()`.execute(query);
  return rows;
}

/** What the audit needs to know of what a worker did. */
export interface Done {
  readonly requestId: string;
  readonly businessId: string;
  readonly lineId: string;
}

const done = sql`request_id as "requestId", of_business as "businessId", of_line as "lineId"`;

/** Notes that name and employer are right; undefined when the request is not open. */
export async function confirmRequest({ query }: Reading, key: UploadKey): Promise<Done | undefined> {
  const { rows } = await sql<Done>`select ${done} from confirm_upload(${opened(key)})`.execute(query);
  return rows[0];
}

/** Settles the request for good, and takes what came under it off the line. */
export async function denyRequest(
  { query }: Reading,
  key: UploadKey,
  why: Denial,
): Promise<Done | undefined> {
  const { rows } = await sql<Done>`select ${done} from deny_upload(${opened(key)}, ${why})`.execute(query);
  return rows[0];
}

/** `complete`: nothing more is lacking, and the request is used up. */
export type Delivered = Done & { readonly complete: boolean };

export async function deliverPhoto(
  { query }: Reading,
  key: UploadKey,
  photo: PreparedPhoto & { readonly id: string },
): Promise<Delivered | undefined> {
  const { rows } = await sql<Delivered>`select ${done}, complete
    from deliver_photo(${opened(key)}, ${photo.id}, ${photo.image}, ${photo.thumbnail}, ${photo.width}, ${photo.height},
      ${photo.sha256}, ${photo.look})`.execute(query);
  return rows[0];
}

/** `content` is encrypted. */
export async function deliverDocument(
  { query }: Reading,
  key: UploadKey,
  document: Pick<PreparedDocument, 'sha256'> & {
    readonly id: string;
    readonly kind: DocumentKind;
    readonly content: Buffer;
  },
): Promise<Delivered | undefined> {
  const { rows } = await sql<Delivered>`select ${done}, complete
    from deliver_document(${opened(key)}, ${document.id}, ${document.kind}, ${document.content}, ${document.sha256})`.execute(
    query,
  );
  return rows[0];
}

// Tasks ---------------------------------------------------------------------------------------------------------------

/** What the tellings of a request need. */
export interface ToTell {
  /** Null: it was delivered. */
  readonly denial: Denial | null;
  readonly askedBy: string;
  readonly orderId: string;
  readonly orderNumber: number;
  readonly businessId: string;
  readonly unitId: string;
  readonly businessNumber: string;
  readonly businessName: string;
  readonly vendorNumber: string | null;
}

/** What came of the request, unless it has been told of; from now on it counts as told. */
export async function takeToTell(
  { query, now }: Transaction,
  requestId: string,
): Promise<ToTell | undefined> {
  const { rows } = await sql<ToTell>`
    update upload_requests r set told_at = ${now}
    from orders o, businesses b
    where r.id = ${requestId} and r.told_at is null and (r.delivered_at is not null or r.denied_at is not null)
      and o.id = r.order_id and b.id = r.business_id
    returning r.denial, r.asked_by as "askedBy", o.id as "orderId", o.number as "orderNumber",
      o.unit_id as "unitId", b.id as "businessId", b.organisation_number as "businessNumber", b.name as "businessName", (select v.organisation_number from businesses v where v.id = r.vendor_id) as "vendorNumber"`.execute(
    query,
  );
  return rows[0];
}
