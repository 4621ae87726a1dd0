import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { parsePlainDate, type PlainDate, startOfDay } from '../kernel/dates.ts';
import { businessOf, type FoundMandate, PAGE_SIZE, type Reading } from './records.ts';
import { membersIn } from './review-member-records.ts';
import type { Reminded, Uses } from './review-rules.ts';
import { type Right, RIGHTS } from './rules.ts';

export const DECISIONS = ['keep', 'narrow', 'remove'] as const;
export type ReviewDecision = (typeof DECISIONS)[number];

/** One business's review of one quarter. */
export interface Review extends Reminded {
  readonly id: string;
  readonly businessId: string;
  readonly quarter: PlainDate;
  readonly openedAt: Date;
  readonly missedAt: Date | null;
  readonly lapsedAt: Date | null;
  readonly completedAt: Date | null;
  readonly completedByName: string | null;
}

const day = z.string().transform((text, context) => {
  const parsed = parsePlainDate(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('is no day');
  return z.NEVER;
});

const reviewColumns = sql`r.id, r.business_id as "businessId", r.quarter::text as quarter, r.due_at as "dueAt",
  r.opened_at as "openedAt", r.reminded_early_at as "remindedEarlyAt", r.reminded_late_at as "remindedLateAt",
  r.missed_at as "missedAt", r.lapsed_at as "lapsedAt", r.completed_at as "completedAt",
  r.completed_by_name as "completedByName"`;

type ReviewRow = Omit<Review, 'quarter'> & { readonly quarter: string };
const toReview = (row: ReviewRow): Review => ({ ...row, quarter: day.parse(row.quarter) });

/** The review that the business is in; undefined when none is open. */
export async function openReview(reading: Reading): Promise<Review | undefined> {
  const { rows } = await sql<ReviewRow>`
    select ${reviewColumns} from reviews r
    where r.business_id = ${businessOf(reading)} and r.completed_at is null and r.lapsed_at is null`.execute(
    reading.query,
  );
  return rows[0] && toReview(rows[0]);
}

/** The reviews of the business that are over, the latest first. */
export async function pastReviews(reading: Reading): Promise<Review[]> {
  const { rows } = await sql<ReviewRow>`
    select ${reviewColumns} from reviews r
    where r.business_id = ${businessOf(reading)} and (r.completed_at is not null or r.lapsed_at is not null)
    order by r.quarter desc limit 40`.execute(reading.query);
  return rows.map(toReview);
}

export async function findReview(reading: Reading, id: string): Promise<Review | undefined> {
  const { rows } = await sql<ReviewRow>`
    select ${reviewColumns} from reviews r
    where r.id = ${id} and r.business_id = ${businessOf(reading)}`.execute(reading.query);
  return rows[0] && toReview(rows[0]);
}

/** Mandates that a review goes through: given before its quarter, and not over. */
const goneThrough = (review: Pick<Review, 'businessId' | 'quarter'>, now: Date) => sql`
  m.business_id = ${review.businessId} and m.ended_at is null and m.approved_at < ${startOfDay(review.quarter)} and m.ends_at > ${now}`;

/** Whether a review goes through a mandate. */
export function isGoneThrough(review: Pick<Review, 'quarter'>, mandate: FoundMandate, now: Date): boolean {
  return mandate.endedAt === null && mandate.approvedAt < startOfDay(review.quarter) && mandate.endsAt > now;
}

/** Those that the review has no answer to yet: of a declared tie, that an officer stands by it. */
const unanswered = (review: Pick<Review, 'id'>) => sql`not exists (
  select from review_decisions d where d.review_id = ${review.id} and d.mandate_id = m.id
    and (d.tie_confirmed or m.tie is distinct from 'declared'))`;

/** Whether what was decided for a mandate answers for it, as in `unanswered`. */
export function isAnswer(decided: Pick<DecidedMandate, 'tieConfirmedBy'>, mandate: FoundMandate): boolean {
  return decided.tieConfirmedBy !== null || mandate.tie !== 'declared';
}

/** How much of a review is done, and what missed ones hold back: also of mandates that this one does not go through. */
export interface Progress extends Count {
  /** Of a vendor: its members with a declared tie. */
  readonly members: Count;
}

interface Count {
  readonly total: number;
  readonly undecided: number;
  readonly suspended: number;
}

export async function progressOf({ query, now }: Reading, review: Review): Promise<Progress> {
  const { rows } = await sql<Progress>`
    select ${progressIn(review, now)}, ${membersIn(review, sql`vendor_members`)} as members from mandates m
    where m.business_id = ${review.businessId} and m.ended_at is null`.execute(query);
  const [row] = rows;
  if (row === undefined) throw new Error('A count has no row.');
  return row;
}

const progressIn = (review: Review, now: Date) => sql`
  (count(*) filter (where ${goneThrough(review, now)}))::int as total,
  (count(*) filter (where ${goneThrough(review, now)} and ${unanswered(review)}))::int as undecided,
  (count(*) filter (where m.suspended_reason = 'review' and m.ends_at > ${now}))::int as suspended`;

/**
 * As `progressOf`; undefined for a business with more mandates or members than a page shows, of which no more are read: the
 * Access page is to cost the same however many there are.
 */
export async function progressOfFew({ query, now }: Reading, review: Review): Promise<Progress | undefined> {
  const areFew = sql`greatest((select count(*) from few), (select count(*) from few_members)) <= ${PAGE_SIZE}`;
  const { rows } = await sql<Progress>`
    with few as materialized (select * from mandates where business_id = ${review.businessId} and ended_at is null
      order by list_key, id limit ${PAGE_SIZE + 1}),
    few_members as materialized (select * from vendor_members where vendor_id = ${review.businessId} and ended_at is null
      and tie = 'declared' limit ${PAGE_SIZE + 1})
    select ${progressIn(review, now)}, ${membersIn(review, sql`few_members`)} as members from few m where ${areFew} having ${areFew}`.execute(
    query,
  );
  return rows[0];
}

/** A page of the ids of what is not decided yet, in the order of the Access page. */
export async function undecidedIds(
  { query, now }: Reading,
  review: Review,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select m.id from mandates m where ${goneThrough(review, now)} and ${unanswered(review)}
    order by m.list_key, m.id limit ${limit} offset ${offset}`.execute(query);
  return rows.map(({ id }) => id);
}

/** What was done under a mandate, and when each right was last used. */
export interface Figures {
  readonly orders: number;
  readonly cards: number;
  readonly ore: number;
  readonly uses: Uses;
}

const NO_FIGURES: Figures = { orders: 0, cards: 0, ore: 0, uses: {} };

/** The figures of each of these mandates of the business. */
export async function figuresOf(
  { query }: Reading,
  ids: readonly string[],
): Promise<(id: string) => Figures> {
  const ordered = await sql<{ id: string; orders: number; cards: number; ore: number }>`
    select mandate_id as id, orders, cards, ore from mandate_figures(${ids}::uuid[])`.execute(query);
  const used = await sql<{ id: string; right: Right; lastOn: string }>`
    select mandate_id as id, used_right as right, last_on::text as "lastOn" from mandate_right_uses
    where mandate_id = any(${ids}::uuid[])`.execute(query);
  const uses = new Map<string, Uses>();
  for (const { id, right, lastOn } of used.rows) {
    uses.set(id, { ...uses.get(id), [right]: day.parse(lastOn) });
  }
  const byId = new Map(ordered.rows.map(({ id, ...figures }) => [id, figures]));
  return (id) => ({ ...NO_FIGURES, ...byId.get(id), uses: uses.get(id) ?? {} });
}

/** One decision of a review, with what was known then. */
export interface DecidedMandate {
  readonly id: string;
  readonly mandateId: string;
  readonly holder: 'person' | 'vendor';
  readonly holderName: string;
  readonly vendorNumber: string | null;
  readonly decision: ReviewDecision;
  /** As they stood after the decision. */
  readonly rights: readonly Right[];
  readonly units: readonly string[] | null;
  readonly workers: readonly string[] | null;
  readonly endsAt: Date;
  readonly tie: 'employment' | 'declared' | null;
  /** The officer who said in this review that a declared tie holds. */
  readonly tieConfirmedBy: string | null;
  readonly lastUsedAt: Date | null;
  readonly orders: number;
  readonly cards: number;
  readonly ore: number;
  readonly unused: readonly Right[];
  readonly decidedAt: Date;
  readonly decidedByName: string;
}

type DecidedRow = Omit<DecidedMandate, 'decision' | 'rights' | 'unused'> & {
  readonly decision: string;
  readonly rights: string[];
  readonly unused: string[];
};

/**
 * The decision on each mandate in a review, the last one; where it was narrowed and its tie was confirmed, in either order,
 * the narrowing, with `tie_confirmed_by`.
 */
const lastDecisions = (reviewId: string, mandateId: string | null) => sql`
  select distinct on (mandate_id) *,
    max(decided_by_name) filter (where tie_confirmed) over (partition by mandate_id) as tie_confirmed_by from review_decisions
  where review_id = ${reviewId} and (${mandateId}::uuid is null or mandate_id = ${mandateId})
  order by mandate_id, decision = 'keep', decided_at desc, id desc`;

/** What was decided in a review: for every mandate in the order of the list, for one, or for the latest so many. */
export async function decisionsOf(
  { query }: Reading,
  reviewId: string,
  {
    mandateId = null,
    latest = null,
  }: { readonly mandateId?: string | null; readonly latest?: number | null } = {},
): Promise<DecidedMandate[]> {
  const cut = sql`order by d.decided_at desc, d.id desc limit ${latest}`;
  const { rows } = await sql<DecidedRow>`
    select d.id, d.mandate_id as "mandateId", m.holder, m.holder_name as "holderName",
      b.organisation_number as "vendorNumber", d.decision, coalesce(v.rights, m.rights)::text[] as rights,
      case when v.version is null then m.units else v.units end as units,
      case when v.version is null then m.workers else v.workers end as workers,
      coalesce(v.ends_at, m.ends_at) as "endsAt", m.tie, d.tie_confirmed_by as "tieConfirmedBy", d.last_used_at as "lastUsedAt", d.orders, d.cards,
      d.ore, d.unused::text[] as unused, d.decided_at as "decidedAt", d.decided_by_name as "decidedByName"
    from (select * from (${lastDecisions(reviewId, mandateId)}) d ${latest === null ? sql`` : cut}) d
      join mandates m on m.id = d.mandate_id
      left join mandate_versions v on v.mandate_id = d.mandate_id and v.version = d.mandate_version
      left join businesses b on b.id = m.vendor_id
    ${latest === null ? sql`order by m.list_key, d.id` : sql`order by d.decided_at desc, d.id desc`}`.execute(
    query,
  );
  const known = z.array(z.enum(RIGHTS));
  return rows.map((row) => ({
    ...row,
    decision: z.enum(DECISIONS).parse(row.decision),
    rights: known.parse(row.rights),
    unused: known.parse(row.unused),
  }));
}

/** How many mandates and members each decision was taken for. */
export async function countDecisions(
  { query }: Reading,
  reviewId: string,
): Promise<Record<ReviewDecision, number>> {
  const { rows } = await sql<{ decision: string; count: number }>`
    select decision, count(*)::int as count from (
      select decision from (${lastDecisions(reviewId, null)}) d
      union all select decision from (select distinct on (member_id) * from review_member_decisions
        where review_id = ${reviewId} order by member_id, id desc) d) d
    group by decision`.execute(query);
  const count = (decision: ReviewDecision) => rows.find((row) => row.decision === decision)?.count ?? 0;
  return { keep: count('keep'), narrow: count('narrow'), remove: count('remove') };
}

/** Lets one at a time decide in a review or complete it; taken after the locks of mandates. */
export async function lockReview({ query }: Pick<Transaction, 'query'>, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`review:${id}`}, 0))`.execute(query);
}

/** Stores a decision, with the version that the mandate has now. */
export async function insertDecision(
  { query, now, facts }: Reading,
  decided: {
    readonly review: Review;
    readonly mandate: FoundMandate;
    readonly decision: ReviewDecision;
    readonly tieConfirmed: boolean;
    readonly figures: Figures;
    readonly unused: readonly Right[];
  },
): Promise<void> {
  const { review, mandate, decision, tieConfirmed, figures, unused } = decided;
  await sql`
    insert into review_decisions (review_id, business_id, mandate_id, decision, mandate_version, tie_confirmed, last_used_at,
      orders, cards, ore, unused, decided_at, decided_by, decided_by_name)
    select ${review.id}, m.business_id, m.id, ${decision}, m.version, ${tieConfirmed}, m.last_used_at, ${figures.orders},
      ${figures.cards}, ${figures.ore}, ${unused}::right_name[], ${now}, ${facts.session?.personId ?? null},
      ${facts.session?.name ?? null}
    from mandates m where m.id = ${mandate.id}`.execute(query);
}

/** Notes that an officer stands by the tie of a person's mandate. */
export async function confirmTie({ query, now }: Reading, mandateId: string): Promise<void> {
  await query.updateTable('mandates').set({ tie_confirmed_at: now }).where('id', '=', mandateId).execute();
}

/** The mandates of a business that missed reviews suspended and that have not run out, to be locked before the review. */
export async function suspendedIds(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  businessId: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from mandates where business_id = ${businessId} and ended_at is null and suspended_reason = 'review'
      and ends_at > ${now}
    order by id`.execute(query);
  return rows.map(({ id }) => id);
}

/** Ends a review as gone through; false when somebody did before. */
export async function markCompleted({ query, now, facts }: Reading, id: string): Promise<boolean> {
  const result = await query
    .updateTable('reviews')
    .set({
      completed_at: now,
      completed_by: facts.session?.personId ?? null,
      completed_by_name: facts.session?.name ?? null,
    })
    .where('id', '=', id)
    .where('completed_at', 'is', null)
    .where('lapsed_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Gives suspended mandates back. Returns how many. */
export async function resumeMandates(
  { query }: Pick<Reading, 'query'>,
  ids: readonly string[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    update mandates set suspended_at = null, suspended_reason = null, change_reason = ''
    where id = any(${ids}::uuid[]) and ended_at is null and suspended_reason = 'review'`.execute(query);
  return Number(numAffectedRows ?? 0);
}

// For the task ---------------------------------------------------------------------------------------------------------

/** Ends the reviews of earlier quarters that nobody completed. */
export async function lapseReviews(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  quarter: PlainDate,
): Promise<void> {
  await sql`
    update reviews set lapsed_at = ${now}
    where quarter < ${quarter}::date and completed_at is null and lapsed_at is null`.execute(query);
}

/** Opens the quarter's review for every business that has something to go through and is open itself. */
export async function openReviews(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  quarter: PlainDate,
  due: Date,
): Promise<void> {
  await sql`
    insert into reviews (business_id, quarter, due_at, opened_at)
    select b.id, ${quarter}::date, ${due}::timestamptz, ${now}::timestamptz from businesses b
    where not b.bankrupt and b.dissolved_on is null
      and not exists (select from reviews r where r.business_id = b.id and r.quarter = ${quarter}::date)
      and (exists (select from mandates m where m.business_id = b.id and m.ended_at is null
          and m.approved_at < ${startOfDay(quarter)} and m.ends_at > ${now})
        or exists (select from vendor_members v where v.vendor_id = b.id and v.ended_at is null
          and v.tie = 'declared' and v.added_at < ${startOfDay(quarter)}))
    on conflict do nothing`.execute(query);
}

/** An open review that may need something done, with its business. */
export type DueReview = Review & { readonly businessName: string; readonly businessNumber: string };

/** The open reviews that are due before a moment and in which something is undecided. */
export async function reviewsDueBefore(
  { query }: Pick<Reading, 'query'>,
  moment: Date,
): Promise<DueReview[]> {
  const { rows } = await sql<ReviewRow & { businessName: string; businessNumber: string }>`
    select ${reviewColumns}, b.name as "businessName", b.organisation_number as "businessNumber" from reviews r join businesses b on b.id = r.business_id
    where r.completed_at is null and r.lapsed_at is null and r.due_at < ${moment} and r.missed_at is null and review_lacks(r)
    order by r.due_at, r.id`.execute(query);
  return rows.map((row) => ({ ...row, ...toReview(row) }));
}

/** Notes what was done about a review; false when it had been, the review is over, or everything in it is decided. */
export async function markReview(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  id: string,
  what: 'reminded_early_at' | 'reminded_late_at' | 'missed_at',
): Promise<boolean> {
  const result = await query
    .updateTable('reviews')
    .set({ [what]: now })
    .where('id', '=', id)
    .where(what, 'is', null)
    .where('completed_at', 'is', null)
    .where('lapsed_at', 'is', null)
    .where(sql<boolean>`review_lacks(reviews)`)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Whose access a missed review stops: vendors', and that of people whose tie an officer has to stand by. */
const hangsOnReview = sql`(m.holder = 'vendor' or m.tie = 'declared')`;

/** Some of the mandates that hang on a review, that it has no answer to, and that nobody has suspended. */
export async function idsToSuspend(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  review: Review,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select m.id from mandates m where ${goneThrough(review, now)} and ${hangsOnReview} and m.suspended_at is null
      and ${unanswered(review)}
    order by m.id limit ${limit}`.execute(query);
  return rows.map(({ id }) => id);
}

/** Suspends mandates that are still undecided. */
export async function suspendMandates(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  review: Review,
  ids: readonly string[],
): Promise<void> {
  await sql`
    update mandates m set suspended_at = ${now}, suspended_reason = 'review', change_reason = ''
    where m.id = any(${ids}::uuid[]) and ${goneThrough(review, now)} and ${hangsOnReview} and m.suspended_at is null
      and ${unanswered(review)}
      and exists (select from reviews r where r.id = ${review.id} and r.completed_at is null and r.lapsed_at is null)`.execute(
    query,
  );
}
