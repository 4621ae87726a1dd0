import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { type PlainDate, startOfDay } from '../kernel/dates.ts';
import { businessOf, type Reading } from './records.ts';

/**
 * A vendor's members with a declared tie, in the vendor's own review. Members by employment are in none: the register answers
 * for them.
 */

/** What may be decided for a member. */
export type MemberDecision = 'keep' | 'remove';

/** A member as the review shows it. */
export interface ReviewMember {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly tieReason: string;
  readonly addedAt: Date;
  readonly addedByName: string;
  readonly confirmedAt: Date | null;
  /** Since when a missed review keeps the member from using any mandate. */
  readonly suspendedAt: Date | null;
}

/** Of a review, what says which members it goes through. */
interface Part {
  readonly id: string;
  readonly businessId: string;
  readonly quarter: PlainDate;
}

const columns = sql`b.id, b.person_id as "personId", b.name, b.tie_reason as "tieReason", b.added_at as "addedAt",
  b.added_by_name as "addedByName", b.tie_confirmed_at as "confirmedAt", b.suspended_at as "suspendedAt"`;

/** Members that a review goes through: added before its quarter, by a declared tie. */
const goneThrough = ({ businessId, quarter }: Part) => sql`
  b.vendor_id = ${businessId} and b.ended_at is null and b.tie = 'declared' and b.added_at < ${startOfDay(quarter)}`;

const unanswered = ({ id }: Part) => sql`not exists (
  select from review_member_decisions d where d.review_id = ${id} and d.member_id = b.id)`;

/** How many members a review goes through, as a `MemberProgress` in JSON; `members` has the columns of the table. */
export const membersIn = (review: Part, members: ReturnType<typeof sql>) => sql`(
  select json_build_object(
    'total', count(*) filter (where ${goneThrough(review)}),
    'undecided', count(*) filter (where ${goneThrough(review)} and ${unanswered(review)}),
    'suspended', count(*) filter (where b.suspended_at is not null))
  from ${members} b where b.vendor_id = ${review.businessId} and b.ended_at is null and b.tie = 'declared')`;

/** A page of the members that are not decided yet, by name. */
export async function undecidedMembers(
  { query }: Reading,
  review: Part,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<ReviewMember[]> {
  const { rows } = await sql<ReviewMember>`
    select ${columns} from vendor_members b where ${goneThrough(review)} and ${unanswered(review)}
    order by lower(b.name), b.id limit ${limit} offset ${offset}`.execute(query);
  return rows;
}

/** A member of the asker's vendor that has not been ended, whether it is in the review, and whether that has an answer. */
export async function memberInReview(
  reading: Reading,
  review: Part,
  id: string,
): Promise<{ readonly inReview: boolean; readonly answered: boolean } | undefined> {
  const { rows } = await sql<{ inReview: boolean; answered: boolean }>`
    select ${goneThrough(review)} as "inReview", not ${unanswered(review)} as answered
    from vendor_members b where b.id = ${id} and b.vendor_id = ${businessOf(reading)} and b.ended_at is null`.execute(
    reading.query,
  );
  return rows[0];
}

/** Stores a decision; keeping a member confirms its tie. The caller holds the review's lock. */
export async function insertMemberDecision(
  { query, now, facts }: Reading,
  review: Part,
  memberId: string,
  decision: MemberDecision,
): Promise<void> {
  const { session } = facts;
  if (!session) throw new Error('A member is decided on by a person.');
  await query
    .insertInto('review_member_decisions')
    .values({
      review_id: review.id,
      business_id: review.businessId,
      member_id: memberId,
      decision,
      decided_at: now,
      decided_by: session.personId,
      decided_by_name: session.name,
    })
    .execute();
  if (decision === 'remove') return;
  await query
    .updateTable('vendor_members')
    .set({ tie_confirmed_at: now })
    .where('id', '=', memberId)
    .execute();
}

/** One decision on a member. */
export interface DecidedMember {
  readonly id: string;
  readonly name: string;
  readonly tieReason: string;
  readonly decision: MemberDecision;
  readonly decidedAt: Date;
  readonly decidedByName: string;
}

/** The last decision on each member in a review, by name; or the latest so many. */
export async function memberDecisionsOf(
  { query }: Reading,
  reviewId: string,
  latest: number | null = null,
): Promise<DecidedMember[]> {
  const { rows } = await sql<DecidedMember>`
    select d.id, b.name, b.tie_reason as "tieReason", d.decision, d.decided_at as "decidedAt",
      d.decided_by_name as "decidedByName"
    from (select distinct on (member_id) * from review_member_decisions where review_id = ${reviewId}
        order by member_id, id desc) d
      join vendor_members b on b.id = d.member_id
    ${latest === null ? sql`order by lower(b.name), d.id` : sql`order by d.decided_at desc, d.id desc limit ${latest}`}`.execute(
    query,
  );
  return rows;
}

/** A member whose tie a missed review suspends, or has suspended. */
export interface MemberAtStake {
  readonly id: string;
  readonly personId: string;
}

/** The members whose ties missed reviews suspended; their people are locked before the review. */
export async function suspendedMembers(
  { query }: Pick<Reading, 'query'>,
  vendorId: string,
): Promise<MemberAtStake[]> {
  const { rows } = await sql<MemberAtStake>`
    select id, person_id as "personId" from vendor_members
    where vendor_id = ${vendorId} and ended_at is null and suspended_at is not null order by id`.execute(
    query,
  );
  return rows;
}

/** Has the ties of members hold again. Returns how many. */
export async function resumeMembers(
  { query }: Pick<Reading, 'query'>,
  members: readonly MemberAtStake[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    update vendor_members set suspended_at = null
    where id = any(${idsOf(members)}::uuid[]) and ended_at is null and suspended_at is not null`.execute(
    query,
  );
  return Number(numAffectedRows ?? 0);
}

/** Some of the members that a review has no answer to, and whose tie still holds. */
export async function membersToSuspend(
  { query }: Pick<Reading, 'query'>,
  review: Part,
  limit: number,
): Promise<MemberAtStake[]> {
  const { rows } = await sql<MemberAtStake>`
    select b.id, b.person_id as "personId" from vendor_members b
    where ${goneThrough(review)} and ${unanswered(review)} and b.suspended_at is null
    order by b.id limit ${limit}`.execute(query);
  return rows;
}

/** Has the ties of members hold no longer, where they are still undecided in a review that is open. */
export async function suspendMembers(
  { query, now }: Pick<Reading, 'query' | 'now'>,
  review: Part,
  members: readonly MemberAtStake[],
): Promise<void> {
  await sql`
    update vendor_members b set suspended_at = ${now}
    where b.id = any(${idsOf(members)}::uuid[]) and ${goneThrough(review)} and ${unanswered(review)} and b.suspended_at is null
      and exists (select from reviews r where r.id = ${review.id} and r.completed_at is null and r.lapsed_at is null)`.execute(
    query,
  );
}

const idsOf = (members: readonly MemberAtStake[]) => members.map(({ id }) => id);

/** Waits for what these members are doing, and lets them do nothing more until this transaction has ended. */
export async function lockMembers(
  { query }: Pick<Transaction, 'query'>,
  members: readonly Pick<MemberAtStake, 'personId'>[],
): Promise<void> {
  const people = members.map(({ personId }) => personId);
  await sql`select lock_access('person', ${people}::uuid[])`.execute(query);
}
