import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { type ThreadLine, threadsOf } from './thread-records.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** A notice as a list shows it: a text's key and what it is filled in with, read in the reader's language. */
export interface NoticeLine {
  readonly id: string;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly at: Date;
  /** Nobody whom it was told to has opened it. */
  readonly unread: boolean;
}

/** A notice with who has opened it. */
export interface ReadNotice extends NoticeLine {
  readonly readBy: readonly { readonly name: string; readonly at: Date }[];
}

/** What lies in a business's inbox: a thread with the authority, or a notice from the system. */
export type InboxLine =
  | { readonly from: 'authority'; readonly thread: ThreadLine }
  | { readonly from: 'system'; readonly notice: NoticeLine };

/** Which of it is shown. */
export const INBOX_PARTS = ['all', 'unread', 'authority', 'system'] as const;
export type InboxPart = (typeof INBOX_PARTS)[number];

export interface InboxCounts {
  readonly threads: number;
  readonly notices: number;
  readonly unreadThreads: number;
  readonly unreadNotices: number;
}

const noticeColumns = ['n.id', 'n.template', 'n.parameters', 'n.created_at as at', 'n.unread'] as const;
const parametersShape = z.record(z.string(), z.string()).catch({});

const toNotice = <Row extends { readonly parameters: unknown }>(row: Row) => ({
  ...row,
  parameters: parametersShape.parse(row.parameters),
});

// Row-level security hides those notices that are told to officers from everybody else.
const toBusiness = sql`n.thread_id is null and n.audience in ('business', 'business-and-officers', 'officers')`;

/** A page of what lies in the inbox of the context's business, the latest first. */
export async function listInbox(
  { query, facts }: Reading,
  { part, page, size }: { readonly part: InboxPart; readonly page: number; readonly size: number },
): Promise<InboxLine[]> {
  const business = facts.business?.id ?? null;
  const end = page * size;
  const unread = part === 'unread';
  const { rows: keys } = await sql<{ id: string; source: 'thread' | 'notice' }>`
    select id, source from (
      (select t.id, t.last_at as at, 'thread' as source from message_threads t
        where t.business_id = ${business} and ${part !== 'system'} and (t.unread or not ${unread})
        order by t.last_at desc, t.id desc limit ${end})
      union all
      (select n.id, n.created_at, 'notice' from notices n
        where n.business_id = ${business} and ${part !== 'authority'} and (n.unread or not ${unread}) and ${toBusiness}
        order by n.created_at desc, n.id desc limit ${end})) lines
    order by at desc, id desc limit ${size} offset ${end - size}`.execute(query);
  const idsOf = (source: string) => keys.filter((key) => key.source === source).map(({ id }) => id);
  const threads = await threadsOf({ query }, idsOf('thread'));
  const notices = await query
    .selectFrom('notices as n')
    .select([...noticeColumns])
    .where(sql<boolean>`n.id = any(${idsOf('notice')}::uuid[])`)
    .execute();
  return keys.flatMap(({ id }): InboxLine[] => {
    const thread = threads.find((one) => one.id === id);
    if (thread !== undefined) return [{ from: 'authority', thread }];
    const notice = notices.find((one) => one.id === id);
    return notice === undefined ? [] : [{ from: 'system', notice: toNotice(notice) }];
  });
}

/** How much lies in the inbox of the context's business. */
export async function countInbox({ query, facts }: Reading): Promise<InboxCounts> {
  const business = facts.business?.id ?? null;
  const { rows } = await sql<InboxCounts>`
    select t.count as threads, t.unread as "unreadThreads", n.count as notices, n.unread as "unreadNotices"
    from (select count(*)::integer as count, count(*) filter (where t.unread)::integer as unread
        from message_threads t where t.business_id = ${business}) t,
      (select count(*)::integer as count, count(*) filter (where n.unread)::integer as unread
        from notices n where n.business_id = ${business} and ${toBusiness}) n`.execute(query);
  return rows[0] ?? { threads: 0, notices: 0, unreadThreads: 0, unreadNotices: 0 };
}

/** How much in the inbox of the context's business nobody there has opened. */
export async function countUnread({ query, facts }: Reading): Promise<number> {
  const business = facts.business?.id ?? null;
  const { rows } = await sql<{ unread: number }>`
    select (select count(*) from message_threads t where t.business_id = ${business} and t.unread)::integer
      + (select count(*) from notices n where n.business_id = ${business} and n.unread and ${toBusiness})::integer
      as unread`.execute(query);
  return rows[0]?.unread ?? 0;
}

/** A page of what has been told to the person of the transaction, the latest first, with how much there is. */
export async function listOwn(
  { query, facts }: Reading,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<{ readonly notices: NoticeLine[]; readonly count: number; readonly unread: number }> {
  const own = query.selectFrom('notices as n').where('n.person_id', '=', facts.session?.personId ?? null);
  const counts = await own
    .select(({ fn }) => [
      fn.countAll<string>().as('count'),
      fn.countAll<string>().filterWhere('n.unread', '=', true).as('unread'),
    ])
    .executeTakeFirstOrThrow();
  const rows = await own
    .select([...noticeColumns])
    .orderBy('n.created_at', 'desc')
    .orderBy('n.id', 'desc')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { notices: rows.map(toNotice), count: Number(counts.count), unread: Number(counts.unread) };
}

/** Whose inbox a notice is looked for in: the context's business's, or the person's own. */
export type Inbox = 'business' | 'own';

/** Those of the inbox. */
const lyingIn = ({ facts }: Reading, inbox: Inbox) =>
  inbox === 'own'
    ? sql<boolean>`n.person_id = ${facts.session?.personId ?? null}`
    : sql<boolean>`n.business_id = ${facts.business?.id ?? null} and ${toBusiness}`;

/** The notice, when it lies in the inbox and whoever asks may see it. */
export async function findShown(reading: Reading, inbox: Inbox, id: string): Promise<ReadNotice | undefined> {
  const { query } = reading;
  const row = await query
    .selectFrom('notices as n')
    .select([...noticeColumns])
    .where('n.id', '=', id)
    .where(lyingIn(reading, inbox))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const readBy =
    inbox === 'own'
      ? []
      : await query
          .selectFrom('notice_reads')
          .select(['person_name as name', 'read_at as at'])
          .where('notice_id', '=', id)
          .orderBy('id')
          .execute();
  return { ...toNotice(row), readBy };
}

/**
 * Notes that the person has opened a notice of the inbox, or all that lie unread in it; what was noted before stands.
 * Answers with how many were noted.
 */
export async function noteNoticesRead(reading: Reading, inbox: Inbox, only?: string): Promise<number> {
  const { query, now, facts } = reading;
  if (facts.session === undefined) return 0;
  const { personId, name } = facts.session;
  const business = inbox === 'own' ? null : (facts.business?.id ?? null);
  const which = only === undefined ? sql`n.unread` : sql`n.id = ${only}::uuid`;
  const { numAffectedRows = 0n } = await sql`
    insert into notice_reads (notice_id, business_id, person_id, person_name, read_at)
    select n.id, ${business}::uuid, ${personId}::uuid, ${name}, ${now}::timestamptz
    from notices n where ${lyingIn(reading, inbox)} and ${which}
    on conflict (notice_id, person_id) do nothing`.execute(query);
  return Number(numAffectedRows);
}
