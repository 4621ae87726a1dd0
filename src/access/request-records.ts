import { sql } from 'kysely';
import { z } from 'zod';
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import type { Proposal } from './grants.ts';
import { businessOf, type Reading } from './records.ts';
import {
  type AskerId,
  DECLINE_REASONS,
  type DeclineReason,
  type MandateRequest,
  OUTCOMES,
} from './request-rules.ts';
import { type Right, RIGHTS } from './rules.ts';

type RequestRow = Omit<MandateRequest, 'proposal' | 'reasons' | 'outcome' | 'declineReason'> &
  Pick<Proposal, 'rights' | 'units' | 'workers' | 'purpose'> & {
    readonly reasons: unknown;
    readonly firstDay: string | null;
    readonly lastDay: string;
    readonly cardsPerOrder: number | null;
    readonly cardsPerMonth: number | null;
    readonly orePerMonth: number | null;
    readonly outcome: string | null;
    readonly declineReason: string | null;
    readonly total?: number;
  };

const columns = sql`r.id, r.business_id as "businessId", b.organisation_number as "businessNumber", b.name as "businessName",
  case when r.vendor_id is null then jsonb_build_object('kind', 'person', 'id', r.person_id, 'name', r.asked_by_name)
    else jsonb_build_object('kind', 'vendor', 'id', r.vendor_id, 'number', v.organisation_number, 'name', v.name,
      'barred', exists (select from vendor_profiles p where p.vendor_id = r.vendor_id and p.barred_at is not null),
      'feeOre', r.fee_ore) end as asker, r.rights::text[] as rights,
  r.reasons, r.units, r.workers, r.first_day as "firstDay", r.last_day as "lastDay", r.purpose,
  r.cards_per_order as "cardsPerOrder", r.cards_per_month as "cardsPerMonth", r.ore_per_month as "orePerMonth",
  r.renews, r.asked_by_name as "askedByName", r.asked_at as "askedAt", r.expires_at as "expiresAt",
  r.outcome, r.settled_at as "settledAt", request_settled_by_name(r.id) as "settledByName", r.decline_reason as "declineReason",
  r.decline_words as "declineWords", r.mandate_id as "mandateId"`;
const tables = sql`mandate_requests r join businesses b on b.id = r.business_id left join businesses v on v.id = r.vendor_id`;

const askedBy = (asker: AskerId) =>
  'vendorId' in asker ? sql`r.vendor_id = ${asker.vendorId}` : sql`r.person_id = ${asker.personId}`;

const storedReasons = z.partialRecord(z.enum(RIGHTS), z.string());

function toRequest(row: RequestRow): MandateRequest {
  const { rights, units, workers, firstDay, lastDay, purpose, total: _total, ...rest } = row;
  const { cardsPerOrder, cardsPerMonth, orePerMonth, reasons, outcome, declineReason, ...request } = rest;
  return {
    ...request,
    proposal: {
      rights,
      units,
      workers,
      firstDay: firstDay === null ? null : plainDate(firstDay),
      lastDay: plainDate(lastDay),
      purpose,
      limits: { cardsPerOrder, cardsPerMonth, orePerMonth },
    },
    reasons: storedReasons.parse(reasons),
    outcome: z.enum(OUTCOMES).nullable().parse(outcome),
    declineReason: z.enum(DECLINE_REASONS).nullable().parse(declineReason),
  };
}

function plainDate(text: string): PlainDate {
  const day = parsePlainDate(text);
  if (day === undefined) throw new Error('A stored day is none.');
  return day;
}

/** Requests that wait for the business's answer, the oldest first; at most 25, with how many there are. */
export async function openRequests(
  reading: Reading,
): Promise<{ readonly rows: MandateRequest[]; readonly total: number }> {
  const { rows } = await sql<RequestRow>`
    select ${columns}, count(*) over ()::int as total from ${tables}
    where r.business_id = ${businessOf(reading)} and r.outcome is null and r.expires_at > ${reading.now}
    order by r.asked_at, r.id limit 25`.execute(reading.query);
  return { rows: rows.map(toRequest), total: rows[0]?.total ?? 0 };
}

/** A request to the business, settled or not; for a task that has no business, to any. */
export async function findRequest(reading: Reading, id: string): Promise<MandateRequest | undefined> {
  if (!isUuid(id)) return undefined;
  const business = reading.facts.business?.id ?? null;
  const { rows } = await sql<RequestRow>`
    select ${columns} from ${tables}
    where r.id = ${id} and (${business}::uuid is null or r.business_id = ${business})`.execute(reading.query);
  return rows.map(toRequest)[0];
}

/** The request of a vendor or a person that waits for the business's answer. */
export async function openRequestOf(reading: Reading, asker: AskerId): Promise<MandateRequest | undefined> {
  const { rows } = await sql<RequestRow>`
    select ${columns} from ${tables}
    where r.business_id = ${businessOf(reading)} and ${askedBy(asker)} and r.outcome is null
      and r.expires_at > ${reading.now}`.execute(reading.query);
  return rows.map(toRequest)[0];
}

/** Has whoever else answers or withdraws a request wait until this transaction has ended. */
export async function lockRequest(reading: Reading, which: { readonly id: string } | AskerId): Promise<void> {
  const condition =
    'id' in which
      ? sql`r.id = ${which.id}`
      : sql`${askedBy(which)} and r.business_id = ${businessOf(reading)} and r.outcome is null`;
  await sql`select from mandate_requests r where ${condition} for update`.execute(reading.query);
}

/** What a request came to. */
export type Settlement =
  | { readonly outcome: 'yes' | 'less'; readonly mandateId: string }
  | { readonly outcome: 'no'; readonly reason: DeclineReason | null; readonly words: string }
  | { readonly outcome: 'withdrawn' };

/** Settles a request that is open, in the name of whoever asks. The caller has found it open and holds `lockRequest`. */
export async function settleRequest(reading: Reading, id: string, settlement: Settlement): Promise<void> {
  const { query, now, facts } = reading;
  const settled = await query
    .updateTable('mandate_requests')
    .set({
      outcome: settlement.outcome,
      settled_at: now,
      settled_by: facts.session?.personId ?? null,
      settled_by_name: facts.session?.name ?? null,
      ...('mandateId' in settlement ? { mandate_id: settlement.mandateId } : {}),
      ...('words' in settlement
        ? { decline_reason: settlement.reason, decline_words: settlement.words }
        : {}),
    })
    .where('id', '=', id)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  if (settled.numUpdatedRows !== 1n) throw new Error('The database did not let the request be settled.');
}

/** Notes that nobody answered requests in time (for who asked: their own to one business); answers with their ids. */
export async function putAwayLapsed(
  { query, now }: Reading,
  whose?: { readonly businessId: string; readonly asker: AskerId },
): Promise<string[]> {
  const condition =
    whose === undefined ? sql`true` : sql`r.business_id = ${whose.businessId} and ${askedBy(whose.asker)}`;
  const { rows } = await sql<{ id: string }>`
    update mandate_requests r set outcome = 'lapsed', settled_at = ${now}
    where r.outcome is null and r.expires_at <= ${now} and ${condition} returning r.id`.execute(query);
  return rows.map(({ id }) => id);
}

/** Notes that people are told of the asking or of what came of it; false when they have been. */
export async function markRequestTold(
  { query, now }: Reading,
  id: string,
  what: 'asked' | 'settled',
): Promise<boolean> {
  const column = what === 'asked' ? 'asked_told_at' : 'settled_told_at';
  const result = await query
    .updateTable('mandate_requests')
    .set({ [column]: now })
    .where('id', '=', id)
    .where(column, 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

// The side that asks ---------------------------------------------------------------------------------------------------

/** Rows of a page of one's own requests. */
export const REQUESTS_PER_PAGE = 25;

/** One's own requests, the newest first, a page at a time, with how many there are and how many wait. */
export async function ownRequests(
  reading: Reading,
  asker: AskerId,
  page: number,
): Promise<{ readonly rows: MandateRequest[]; readonly total: number }> {
  const { rows } = await sql<RequestRow>`
    select ${columns}, count(*) over ()::int as total from ${tables}
    where ${askedBy(asker)}
    order by r.asked_at desc, r.id desc limit ${REQUESTS_PER_PAGE} offset ${(page - 1) * REQUESTS_PER_PAGE}`.execute(
    reading.query,
  );
  return { rows: rows.map(toRequest), total: rows[0]?.total ?? 0 };
}

/** One of one's own requests. */
export async function ownRequest(
  reading: Reading,
  asker: AskerId,
  id: string,
): Promise<MandateRequest | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await sql<RequestRow>`
    select ${columns} from ${tables} where r.id = ${id} and ${askedBy(asker)}`.execute(reading.query);
  return rows.map(toRequest)[0];
}

/** One's requests to one business since then, and all that wait; the newest first. */
export async function requestsTo(
  reading: Reading,
  asker: AskerId,
  businessId: string,
  since: Date,
): Promise<MandateRequest[]> {
  const { rows } = await sql<RequestRow>`
    select ${columns} from ${tables}
    where ${askedBy(asker)} and r.business_id = ${businessId}
      and (r.outcome is null or r.asked_at >= ${since} or r.settled_at >= ${since})
    order by r.asked_at desc`.execute(reading.query);
  return rows.map(toRequest);
}

/** How many requests one has made since then. */
export async function requestsSince(reading: Reading, asker: AskerId, since: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from mandate_requests r
    where ${askedBy(asker)} and r.asked_at >= ${since}`.execute(reading.query);
  return rows[0]?.count ?? 0;
}

/** Lets one at a time ask in the same name, so that what may still be asked is counted once. */
export async function lockAsking(reading: Reading, asker: AskerId): Promise<void> {
  const key = `asking:${'vendorId' in asker ? asker.vendorId : asker.personId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(reading.query);
}

/** What is asked for. */
export interface NewRequest {
  readonly asker: AskerId;
  readonly businessId: string;
  readonly proposal: Proposal;
  readonly reasons: Readonly<Partial<Record<Right, string>>>;
  /** What a vendor offers; null for a person. */
  readonly feeOre: number | null;
  readonly renews: string | null;
  readonly expiresAt: Date;
}

/** Stores a request. The database lets none but a vendor's officers, and people tied to the business. Returns its id. */
export async function insertRequest(reading: Reading, request: NewRequest): Promise<string> {
  const { query, now, facts } = reading;
  if (!facts.session) throw new Error('A request is made by a person.');
  const { proposal } = request;
  const { id } = await query
    .insertInto('mandate_requests')
    .values({
      business_id: request.businessId,
      ...('vendorId' in request.asker
        ? { vendor_id: request.asker.vendorId }
        : { person_id: request.asker.personId }),
      rights: [...proposal.rights],
      reasons: JSON.stringify(request.reasons),
      units: proposal.units === null ? null : [...proposal.units],
      workers: proposal.workers === null ? null : [...proposal.workers],
      first_day: proposal.firstDay,
      last_day: proposal.lastDay,
      purpose: proposal.purpose,
      cards_per_order: proposal.limits.cardsPerOrder,
      cards_per_month: proposal.limits.cardsPerMonth,
      ore_per_month: proposal.limits.orePerMonth,
      fee_ore: request.feeOre,
      renews: request.renews,
      asked_by: facts.session.personId,
      asked_by_name: facts.session.name,
      asked_at: now,
      expires_at: request.expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
