import { sql } from 'kysely';
import { parseMandateFacts, type Transaction } from '../database/transaction.ts';
import { DAYS_BEFORE_REMINDER, type WatchedMandate } from './standing.ts';

/** Where a task stands, and what it has come past; SQL of the tasks that watch access. */

type Job = Pick<Transaction, 'query' | 'now'>;

/** Changes taken off the queue in one transaction. */
const BATCH = 100;
/** Mandates set to be confirmed in one transaction: each takes a lock. */
export const CONFIRM_BATCH = 200;
/** What has come to its time is looked for this often. It stops by itself at that time: only the telling waits. */
const TIME_PASSES_EVERY = '1 minute';

/** What may have changed, by kind. */
export interface Changes {
  readonly business: readonly string[];
  readonly person: readonly string[];
  readonly mandate: readonly string[];
  readonly member: readonly string[];
}

/** Lets one process at a time watch, until the transaction ends; false while another does. */
export async function holdWatch({ query }: Job): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('access.watch', 0)) as held`.execute(query);
  return rows[0]?.held ?? false;
}

/** What is to be confirmed soon: for one business, until one time. */
export interface Reminder {
  readonly businessId: string;
  readonly businessName: string;
  readonly confirmBy: Date;
  readonly count: number;
}

/**
 * Queues, once a minute, what time has ended, or begun, since the last time (a mandate's period, a quote, an employment), and answers which
 * businesses are to be reminded. Each moment is passed once, however long nothing ran.
 */
export async function passTime({ query, now }: Job): Promise<Reminder[]> {
  const { rows: marks } = await sql<{ at: Date }>`
    select at from watch_marks 
      where name = 'access.time' and at <= ${now}::timestamptz - ${TIME_PASSES_EVERY}::interval for update`.execute(
    query,
  );
  const mark = marks[0]?.at;
  if (mark === undefined) return [];
  await sql`
    insert into access_changes (kind, subject_id)
    select 'mandate', id from mandates where ended_at is null and ends_at > ${mark} and ends_at <= ${now}
    union all select 'mandate', id from mandates
      where ended_at is null and confirm_by is not null and confirm_by > ${mark} and confirm_by <= ${now}
    union all select 'mandate', m.id from quotes q join mandates m on m.quote_id = q.id and m.ended_at is null
      where q.valid_until > ${mark} and q.valid_until <= ${now}
    union all select 'person', w.person_id from workers w
      where (w.employed_to >= oslo_date(${mark}) and w.employed_to < oslo_date(${now})
          or w.employed_from > oslo_date(${mark}) and w.employed_from <= oslo_date(${now}))
        and (exists (select from mandates m where m.person_id = w.person_id and m.ended_at is null)
          or exists (select from vendor_members b where b.person_id = w.person_id and b.ended_at is null))`.execute(
    query,
  );
  const { rows } = await sql<Reminder>`
    select m.business_id as "businessId", b.name as "businessName", m.confirm_by as "confirmBy", count(*)::int as count
    from mandates m join businesses b on b.id = m.business_id
    where m.ended_at is null and m.confirm_by > ${now}
      and m.confirm_by - make_interval(days => ${DAYS_BEFORE_REMINDER}) > ${mark}
      and m.confirm_by - make_interval(days => ${DAYS_BEFORE_REMINDER}) <= ${now}
    group by 1, 2, 3`.execute(query);
  await sql`update watch_marks set at = ${now} where name = 'access.time'`.execute(query);
  return rows;
}

/** Takes the next changes off the queue; undefined when there are none. */
export async function takeChanges({ query }: Job): Promise<Changes | undefined> {
  const { rows } = await sql<{ kind: keyof Changes; subjectId: string }>`
    delete from access_changes where id in (select id from access_changes order by id limit ${BATCH})
    returning kind, subject_id as "subjectId"`.execute(query);
  if (rows.length === 0) return undefined;
  const of = (kind: keyof Changes) => [
    ...new Set(rows.filter((row) => row.kind === kind).map(({ subjectId }) => subjectId)),
  ];
  return { business: of('business'), person: of('person'), mandate: of('mandate'), member: of('member') };
}

/** Queues the mandates and memberships that hang on these businesses and people, and whoever gave a business's mandates. */
export async function spreadChanges(
  { query }: Job,
  { business, person }: Pick<Changes, 'business' | 'person'>,
): Promise<void> {
  if (business.length + person.length === 0) return;
  await sql`
    insert into access_changes (kind, subject_id)
    select 'mandate', id from mandates where ended_at is null
      and (business_id = any (${business}) or vendor_id = any (${business}) or person_id = any (${person}))
    union select 'person', approved_by from mandates where ended_at is null and business_id = any (${business})
    union select 'member', id from vendor_members where ended_at is null and person_id = any (${person})`.execute(
    query,
  );
}

/** Queues what has to be looked at once more. */
export async function queue({ query }: Job, kind: 'person' | 'mandate', id: string): Promise<void> {
  await query.insertInto('access_changes').values({ kind, subject_id: id }).execute();
}

/**
 * Takes those of these mandates that nothing runs under, until the transaction ends. The others are not waited for: whoever
 * acts under one may be waiting for another that is taken here.
 */
export async function takeFree({ query }: Job, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from unnest(${ids}::uuid[]) id where pg_try_advisory_xact_lock(access_lock_key('mandate', id))`.execute(
    query,
  );
  return rows.map(({ id }) => id);
}

/** A mandate as the task sees it, with the standing that people were told of last. */
export interface MandateToJudge extends WatchedMandate {
  readonly id: string;
  readonly holderName: string;
  readonly vendorId: string | null;
  readonly personId: string | null;
  readonly businessId: string;
  readonly businessName: string;
  readonly toldState: string | null;
}

export async function mandatesToJudge(
  { query, now }: Job,
  ids: readonly string[],
): Promise<MandateToJudge[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Omit<MandateToJudge, 'facts'> & { facts: unknown }>`
    select m.id, m.holder_name as "holderName", m.vendor_id as "vendorId", m.person_id as "personId",
      m.business_id as "businessId", b.name as "businessName", m.end_reason as "endReason", s.state as "toldState",
      json_build_object('bankrupt', b.bankrupt, 'dissolved', b.dissolved_on is not null) as business,
      case when v.id is not null then json_build_object('bankrupt', v.bankrupt, 'dissolved', v.dissolved_on is not null) end
        as vendor,
      mandate_facts(m.id, m.person_id, ${now}) as facts
    from mandates m join businesses b on b.id = m.business_id
      left join businesses v on v.id = m.vendor_id
      left join access_states s on s.kind = 'mandate' and s.subject_id = m.id
    where m.id = any (${ids}) order by m.id`.execute(query);
  return rows.map(({ facts, ...row }) => ({ ...row, facts: parseMandateFacts(facts) }));
}

export type StateKind = 'mandate' | 'member' | 'officer' | 'business';

/** Keeps the standing that people are told of in this transaction. */
export async function keepState(
  { query, now }: Job,
  kind: StateKind,
  subject: { readonly id: string; readonly businessId: string },
  state: string | null,
): Promise<void> {
  await sql`
    insert into access_states (kind, subject_id, business_id, state, since)
    values (${kind}, ${subject.id}, ${subject.businessId}, ${state}, ${now})
    on conflict (subject_id) do update set state = excluded.state, since = excluded.since`.execute(query);
}

/** Ends a mandate that was taken, and has stopped for good; nobody ended it. */
export async function endStopped(
  { query, now }: Job,
  id: string,
  reason: 'not-confirmed' | 'became-vendor',
): Promise<void> {
  await query
    .updateTable('mandates')
    .set({ ended_at: now, end_reason: reason, change_reason: '' })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .execute();
}

/** A vendor's member whose tie may have changed. */
export interface MemberToJudge {
  readonly id: string;
  readonly name: string;
  readonly personId: string;
  readonly businessId: string;
  readonly vendorName: string;
  readonly ended: boolean;
  readonly tied: boolean;
  /** A review passed in which no officer stood by the declared tie. */
  readonly unconfirmed: boolean;
  readonly toldState: string | null;
  /** Whose mandates the member is set up on. */
  readonly customers: readonly string[];
}

export async function membersToJudge({ query, now }: Job, ids: readonly string[]): Promise<MemberToJudge[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<MemberToJudge>`
    select b.id, b.name, b.person_id as "personId", b.vendor_id as "businessId", v.name as "vendorName",
      b.ended_at is not null as ended, is_vendor_person(b.person_id, b.vendor_id, ${now}) as tied, b.suspended_at is not null as unconfirmed,
      s.state as "toldState",
      array(select distinct a.business_id from mandate_assignments a join mandates m on m.id = a.mandate_id
        where a.vendor_id = b.vendor_id and a.person_id = b.person_id and a.ended_at is null and m.ended_at is null) as customers
    from vendor_members b join businesses v on v.id = b.vendor_id
      left join access_states s on s.kind = 'member' and s.subject_id = b.id
    where b.id = any (${ids}) order by b.id`.execute(query);
  return rows;
}

/** Someone who has stepped down from the last role in which they acted for a business, and whom nobody has been told of. */
export interface RetiredOfficer {
  readonly id: string;
  readonly name: string;
  readonly personId: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly endedAt: Date;
  readonly stillActs: boolean;
  /** Where the business is a vendor: whose mandates the person is set up on, and cannot use any longer. */
  readonly customers: readonly string[];
}

export async function retiredOfficers(
  { query, now }: Job,
  personIds: readonly string[],
): Promise<RetiredOfficer[]> {
  if (personIds.length === 0) return [];
  const { rows } = await sql<RetiredOfficer>`
    select o.id, o.name, o.person_id as "personId", o.business_id as "businessId", b.name as "businessName",
      o.ended_at as "endedAt", exists (select from officers x where x.business_id = o.business_id
        and x.person_id = o.person_id and x.ended_at is null and x.acts) as "stillActs",
      array(select distinct a.business_id from mandate_assignments a join mandates m on m.id = a.mandate_id
        where a.vendor_id = o.business_id and a.person_id = o.person_id and a.ended_at is null and m.ended_at is null
          and not is_vendor_person(o.person_id, o.business_id, ${now})) as customers
    from officers o join businesses b on b.id = o.business_id
    where o.person_id = any (${personIds}) and o.ended_at is not null and o.acts
      and not exists (select from access_states s where s.kind = 'officer' and s.subject_id = o.id)
    order by o.business_id, o.id`.execute(query);
  return rows;
}

/** A managing director who came after the business was read first, to a list with something on it. */
export interface NewDirector {
  readonly officerId: string;
  readonly name: string;
  readonly personId: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly organisationNumber: string;
}

/** Asks each new managing director among these people to go through the list; answers with those newly asked. */
export async function askNewDirectors(
  { query, now }: Job,
  personIds: readonly string[],
): Promise<NewDirector[]> {
  if (personIds.length === 0) return [];
  const { rows } = await sql<NewDirector>`
    with asked as (
      insert into access_tasks (business_id, person_id, officer_id, asked_at)
      select o.business_id, o.person_id, o.id, ${now}
      from officers o join businesses b on b.id = o.business_id
      where o.person_id = any (${personIds}) and o.role_code = 'DAGL' and o.ended_at is null and o.acts
        and not b.bankrupt and b.dissolved_on is null
        and o.since > (select min(x.since) from officers x where x.business_id = o.business_id)
        and exists (select from mandates m where m.business_id = o.business_id and m.ended_at is null)
      on conflict (officer_id) do nothing returning officer_id)
    select o.id as "officerId", o.name, o.person_id as "personId", b.id as "businessId", b.name as "businessName",
      b.organisation_number as "organisationNumber"
    from asked join officers o on o.id = asked.officer_id join businesses b on b.id = o.business_id`.execute(
    query,
  );
  return rows;
}

/** What a person gave and may no longer give, in one business. */
export interface Orphaned {
  readonly businessId: string;
  readonly businessName: string;
  readonly organisationNumber: string;
  readonly giverName: string;
  readonly ids: readonly string[];
}

/** The mandates in force that this person gave and could no longer give, by business; at most a batch. */
export async function givenWithoutRight({ query, now }: Job, personId: string): Promise<Orphaned[]> {
  const { rows } = await sql<Orphaned>`
    with found as (
      select m.id, m.business_id, m.approved_by_name from mandates m join businesses b on b.id = m.business_id
      where m.approved_by = ${personId} and m.ended_at is null and m.confirm_by is null and m.ends_at > ${now}
        and not b.bankrupt and b.dissolved_on is null and not giver_may_still_give(m, ${now})
      order by m.id limit ${CONFIRM_BATCH})
    select b.id as "businessId", b.name as "businessName", b.organisation_number as "organisationNumber",
      min(found.approved_by_name) as "giverName", array_agg(found.id order by found.id) as ids
    from found join businesses b on b.id = found.business_id group by b.id order by b.id`.execute(query);
  return rows;
}

/** Has mandates that were taken confirmed by then. */
export async function setToConfirm({ query }: Job, ids: readonly string[], confirmBy: Date): Promise<void> {
  await query
    .updateTable('mandates')
    .set({ confirm_by: confirmBy, change_reason: '' })
    .where('id', 'in', [...ids])
    .where('ended_at', 'is', null)
    .where('confirm_by', 'is', null)
    .execute();
}

/** A business that closed or opened again, and what it means: mandates that it gave, and mandates that it holds. */
export interface ClosedBusiness {
  readonly id: string;
  readonly name: string;
  readonly bankrupt: boolean;
  readonly dissolved: boolean;
  readonly toldState: string | null;
  readonly given: number;
  readonly held: number;
}

export async function businessesToJudge({ query }: Job, ids: readonly string[]): Promise<ClosedBusiness[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<ClosedBusiness>`
    select b.id, b.name, b.bankrupt, b.dissolved_on is not null as dissolved, s.state as "toldState",
      (select count(*)::int from mandates m where m.business_id = b.id and m.ended_at is null) as given,
      (select count(*)::int from mandates m where m.vendor_id = b.id and m.ended_at is null) as held
    from businesses b left join access_states s on s.kind = 'business' and s.subject_id = b.id
    where b.id = any (${ids}) order by b.id`.execute(query);
  return rows;
}
