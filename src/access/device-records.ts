import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** A browser that somebody has logged in from. */
export interface OwnDevice {
  readonly id: string;
  readonly userAgent: string;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly answer: 'known' | 'denied' | null;
  /** The session that asks is open in it. */
  readonly asking: boolean;
  readonly openSessions: number;
}

/** One of the browsers of whoever asks; undefined for what is not theirs. */
export async function ownDevice({ query, facts }: Reading, id: string): Promise<OwnDevice | undefined> {
  const { rows } = await sql<OwnDevice>`
    select d.id, d.user_agent as "userAgent", d.first_seen_at as "firstSeenAt", d.last_seen_at as "lastSeenAt", d.answer,
      coalesce(bool_or(s.id = ${facts.session?.id ?? null}), false) as asking, count(s.id)::integer as "openSessions"
    from devices d left join sessions s on s.device_id = d.id and s.ended_at is null and s.absolute_end > context_now()
    where d.id = ${id} and d.person_id = context_person() group by d.id`.execute(query);
  return rows[0];
}

/** Stores the person's answer; how many sessions that ended, or undefined where there is nothing to answer. */
export async function answerDevice(
  { query }: Reading,
  id: string,
  answer: 'known' | 'denied',
): Promise<number | undefined> {
  const { rows } = await sql<{ ended: number | null }>`
    select device_answer(${id}::uuid, ${answer}) as ended`.execute(query);
  return rows[0]?.ended ?? undefined;
}

/** Whether the session that asks has been ended in this transaction. */
export async function ownSessionEnded({ query, facts }: Reading): Promise<boolean> {
  const row = await query
    .selectFrom('sessions')
    .select('ended_at')
    .where('id', '=', facts.session?.id ?? null)
    .executeTakeFirst();
  return row !== undefined && row.ended_at !== null;
}

/** Notes what the session that asks is used for, once; nothing for whoever is nobody there. */
export async function noteUse({ query, now, facts }: Reading): Promise<void> {
  const { session, business, capacity, mandate } = facts;
  if (!session || !business || !['officer', 'person', 'vendor'].includes(capacity)) return;
  await sql`
    insert into session_uses (session_id, person_id, business_id, vendor_id, device_id, capacity, used_at)
    select s.id, s.person_id, ${business.id}, ${capacity === 'vendor' ? (mandate?.vendor?.id ?? null) : null}, s.device_id,
      ${capacity}, ${now} from sessions s where s.id = ${session.id}
    on conflict (session_id, business_id, vendor_id, capacity) do nothing`.execute(query);
}

/** A browser that its person has not been told of. */
export interface UntoldDevice {
  readonly id: string;
  readonly personId: string;
  readonly firstOfPerson: boolean;
  readonly userAgent: string;
  readonly firstSeenAt: Date;
}

/** Browsers that their people have not been told of, marked as told: for the task that tells. */
export async function takeUntoldDevices({ query }: Reading, most: number): Promise<UntoldDevice[]> {
  const { rows } = await sql<UntoldDevice>`
    update devices set told_at = context_now()
    where id in (select id from devices where told_at is null order by id limit ${most})
    returning id, person_id as "personId", first_of_person as "firstOfPerson", user_agent as "userAgent",
      first_seen_at as "firstSeenAt"`.execute(query);
  return rows;
}

/** The people who act as officers of a business now, for tasks. */
export async function officersNow({ query }: Reading, businessId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select person_id as id from officers_of(${businessId}::uuid) order by 1`.execute(query);
  return rows.map(({ id }) => id);
}
