import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { Category, Side, Step } from './threads.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** A thread as a list shows it. */
export interface ThreadLine {
  readonly id: string;
  readonly category: Category;
  readonly subject: string;
  readonly deadline: Date | null;
  readonly lastAt: Date;
  readonly lastFrom: Side;
  readonly unread: boolean;
  /** First opened by anybody in the business. */
  readonly readAt: Date | null;
  readonly authority: string | null;
  /** A system's message is read in the reader's language: the key of its text, and what it is filled in with. */
  readonly template: string | null;
  readonly parameters: Readonly<Record<string, string>>;
}

const parametersShape = z.record(z.string(), z.string()).catch({});
const categories: readonly string[] = ['order', 'card-invalid', 'deadline', 'general', 'system'];
const isCategory = (text: string): text is Category => categories.includes(text);
const categoryOf = (text: string): Category => (isCategory(text) ? text : 'general');
const sideOf = (text: string): Side => (text === 'authority' || text === 'system' ? text : 'business');

const threadColumns = [
  't.id',
  't.category',
  't.subject',
  't.deadline',
  't.last_at as lastAt',
  't.last_from as lastFrom',
  't.unread',
  't.read_at as readAt',
  't.authority',
] as const;

/** A page of the context's business's threads, the latest first, with how many there are and how many hold something unread. */
export async function listThreads(
  { query, facts }: Reading,
  wanted: { readonly page: number; readonly size: number; readonly onlyUnread: boolean },
): Promise<{ readonly threads: ThreadLine[]; readonly count: number; readonly unread: number }> {
  const business = facts.business?.id ?? null;
  const [counts] = (
    await sql<{ all: number; unread: number }>`
      select count(*)::integer as all, count(*) filter (where unread)::integer as unread
      from message_threads where business_id = ${business}`.execute(query)
  ).rows;
  const rows = await query
    .selectFrom('message_threads as t')
    .leftJoin('messages as m', (join) =>
      join.onRef('m.thread_id', '=', 't.id').on('m.side', '=', 'system').on('t.category', '=', 'system'),
    )
    .select([...threadColumns, 'm.template', 'm.parameters'])
    .where('t.business_id', '=', business)
    .$if(wanted.onlyUnread, (some) => some.where('t.unread', '=', true))
    .orderBy('t.last_at', 'desc')
    .orderBy('t.id', 'desc')
    .limit(wanted.size)
    .offset((wanted.page - 1) * wanted.size)
    .execute();
  const count = (wanted.onlyUnread ? counts?.unread : counts?.all) ?? 0;
  return { threads: rows.map(toLine), count, unread: counts?.unread ?? 0 };
}

type LineRow = Omit<ThreadLine, 'category' | 'lastFrom' | 'parameters'> & {
  readonly category: string;
  readonly lastFrom: string;
  readonly parameters: unknown;
};

const toLine = (row: LineRow): ThreadLine => ({
  ...row,
  category: categoryOf(row.category),
  lastFrom: sideOf(row.lastFrom),
  parameters: parametersShape.parse(row.parameters ?? {}),
});

/** How many threads of the context's business hold something that nobody there has opened. */
export async function countUnread({ query, facts }: Reading): Promise<number> {
  const row = await query
    .selectFrom('message_threads')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('business_id', '=', facts.business?.id ?? null)
    .where('unread', '=', true)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** One message of a thread. */
export interface ThreadMessage {
  readonly id: string;
  readonly side: Side;
  readonly authority: string | null;
  readonly authorName: string | null;
  readonly body: string;
  readonly template: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  readonly sentAt: Date;
  readonly attachments: readonly AttachmentLine[];
  readonly readBy: readonly { readonly name: string; readonly at: Date }[];
}

export interface AttachmentLine {
  readonly id: string;
  readonly fileName: string;
  readonly bytes: number;
}

/** A thread with all that was written in it. */
export interface Thread extends ThreadLine {
  readonly businessId: string;
  readonly createdAt: Date;
  readonly step: Step | 'none';
  readonly notifiedAt: Date | null;
  readonly notifiedBy: string | null;
  readonly postedAt: Date | null;
  readonly postedByName: string | null;
  readonly messages: readonly ThreadMessage[];
}

const stepOf = (text: string): Thread['step'] =>
  text === 'business' || text === 'officers' || text === 'second' || text === 'post' ? text : 'none';

/** The thread, when whoever asks may see it. */
export async function findThread({ query }: Reading, id: string): Promise<Thread | undefined> {
  const row = await query
    .selectFrom('message_threads as t')
    .select([
      ...threadColumns,
      't.business_id as businessId',
      't.created_at as createdAt',
      't.step',
      't.notified_at as notifiedAt',
      't.notified_by as notifiedBy',
      't.posted_at as postedAt',
      't.posted_by_name as postedByName',
    ])
    .where('t.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const messages = await messagesOf({ query }, id);
  const first = messages[0];
  return {
    ...row,
    ...toLine({ ...row, template: first?.template ?? null, parameters: first?.parameters ?? {} }),
    step: stepOf(row.step),
    messages,
  };
}

async function messagesOf({ query }: Pick<Reading, 'query'>, threadId: string): Promise<ThreadMessage[]> {
  const rows = await query
    .selectFrom('messages')
    .select([
      'id',
      'side',
      'authority',
      'author_name as authorName',
      'body',
      'template',
      'parameters',
      'sent_at as sentAt',
    ])
    .where('thread_id', '=', threadId)
    .orderBy('id')
    .execute();
  const attachments = await query
    .selectFrom('message_attachments')
    .select(['id', 'message_id as messageId', 'file_name as fileName', 'bytes'])
    .where('thread_id', '=', threadId)
    .orderBy('id')
    .execute();
  const reads = await query
    .selectFrom('message_reads')
    .select(['message_id as messageId', 'person_name as name', 'read_at as at'])
    .where('thread_id', '=', threadId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    ...row,
    side: sideOf(row.side),
    parameters: parametersShape.parse(row.parameters ?? {}),
    attachments: attachments.filter(({ messageId }) => messageId === row.id),
    readBy: reads.filter(({ messageId }) => messageId === row.id),
  }));
}

/** Notes that the person has opened what is written to the business in the thread; what was noted before stands. */
export async function noteRead({ query, now, facts }: Reading, threadId: string): Promise<void> {
  const { session, business } = facts;
  if (!session || !business) return;
  const unread = await query
    .selectFrom('messages as m')
    .select(['m.id'])
    .where('m.thread_id', '=', threadId)
    .where('m.side', '<>', 'business')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('message_reads as r')
            .select('r.id')
            .whereRef('r.message_id', '=', 'm.id')
            .where('r.person_id', '=', session.personId),
        ),
      ),
    )
    .execute();
  if (unread.length === 0) return;
  await query
    .insertInto('message_reads')
    .values(
      unread.map(({ id }) => ({
        id: uuidv7(),
        message_id: id,
        thread_id: threadId,
        business_id: business.id,
        person_id: session.personId,
        person_name: session.name,
        read_at: now,
      })),
    )
    .onConflict((conflict) => conflict.columns(['message_id', 'person_id']).doNothing())
    .execute();
}

/** A file as it is stored. */
export interface NewAttachment {
  readonly id: string;
  readonly fileName: string;
  readonly content: Buffer;
  readonly sha256: Buffer;
  readonly bytes: number;
}

/** Adds what a person writes, with its file. */
export async function insertMessage(
  { query, now, facts }: Reading,
  message: {
    readonly threadId: string;
    readonly businessId: string;
    readonly side: 'authority' | 'business';
    readonly body: string;
    readonly attachment: NewAttachment | undefined;
  },
): Promise<string> {
  const { session } = facts;
  if (!session) throw new Error('A message without its writer.');
  const id = uuidv7();
  const { threadId: thread_id, businessId: business_id, side, body, attachment } = message;
  await query
    .insertInto('messages')
    .values({
      id,
      thread_id,
      business_id,
      side,
      author_id: session.personId,
      author_name: session.name,
      body,
      sent_at: now,
    })
    .execute();
  const at = { threadId: thread_id, businessId: business_id, messageId: id };
  if (attachment !== undefined) await insertAttachment({ query, now, facts }, at, attachment);
  return id;
}

/** Hangs a file on a message that the person has written. */
export async function insertAttachment(
  { query, now, facts }: Reading,
  at: { readonly threadId: string; readonly businessId: string; readonly messageId: string },
  attachment: NewAttachment,
): Promise<void> {
  await query
    .insertInto('message_attachments')
    .values({
      id: attachment.id,
      message_id: at.messageId,
      thread_id: at.threadId,
      business_id: at.businessId,
      file_name: attachment.fileName,
      content: attachment.content,
      sha256: attachment.sha256,
      bytes: attachment.bytes,
      attached_by: facts.session?.personId ?? '',
      attached_at: now,
    })
    .execute();
}

/** An attachment of the thread, when whoever asks may see it. */
export async function findAttachment(
  { query }: Reading,
  threadId: string,
  id: string,
): Promise<{ readonly fileName: string; readonly content: Buffer; readonly sha256: Buffer } | undefined> {
  return query
    .selectFrom('message_attachments')
    .select(['file_name as fileName', 'content', 'sha256'])
    .where('id', '=', id)
    .where('thread_id', '=', threadId)
    .executeTakeFirst();
}
