import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { type Side, type Step, WRITTEN_CATEGORIES, type WrittenCategory } from './threads.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** A thread as a list shows it. */
export interface ThreadLine {
  readonly id: string;
  readonly category: WrittenCategory;
  readonly subject: string;
  readonly deadline: Date | null;
  readonly lastAt: Date;
  readonly lastFrom: Side;
  readonly unread: boolean;
  /** First opened by anybody in the business. */
  readonly readAt: Date | null;
  readonly authority: string;
}

const categoryOf = (text: string): WrittenCategory =>
  WRITTEN_CATEGORIES.find((category) => category === text) ?? 'general';
const sideOf = (text: string): Side => (text === 'authority' ? text : 'business');

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

/** Threads as lists show them, those of the ids that whoever asks may see. */
export async function threadsOf(
  { query }: Pick<Reading, 'query'>,
  ids: readonly string[],
): Promise<ThreadLine[]> {
  const rows = await query
    .selectFrom('message_threads as t')
    .select([...threadColumns])
    .where(sql<boolean>`t.id = any(${[...ids]}::uuid[])`)
    .execute();
  return rows.map(toLine);
}

type LineRow<Row> = Omit<Row, 'category' | 'lastFrom'> & {
  readonly category: string;
  readonly lastFrom: string;
};

const toLine = <Row extends LineRow<ThreadLine>>(row: Row) => ({
  ...row,
  category: categoryOf(row.category),
  lastFrom: sideOf(row.lastFrom),
});

/** One message of a thread. */
export interface ThreadMessage {
  readonly id: string;
  readonly side: Side;
  readonly authority: string | null;
  readonly authorName: string;
  readonly body: string;
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
  return { ...toLine(row), step: stepOf(row.step), messages: await messagesOf({ query }, id) };
}

async function messagesOf({ query }: Pick<Reading, 'query'>, threadId: string): Promise<ThreadMessage[]> {
  const rows = await query
    .selectFrom('messages')
    .select(['id', 'side', 'authority', 'author_name as authorName', 'body', 'sent_at as sentAt'])
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

/** What a person writes in a thread. */
export interface NewMessage {
  /** Of the form that it was written in: the form is sent once, and what else is written in it later is another message. */
  readonly key: string;
  readonly threadId: string;
  readonly businessId: string;
  readonly side: 'authority' | 'business';
  readonly body: string;
  readonly attachment: NewAttachment | undefined;
}

/** Adds what a person writes, with its file. Undefined when the very same was sent in the same form before. */
export async function insertMessage(reading: Reading, message: NewMessage): Promise<string | undefined> {
  if (await insertText(reading, message.key, message)) return message.key;
  if (await wasSent(reading, message)) return undefined;
  const id = uuidv7();
  await insertText(reading, id, message);
  return id;
}

/** False when there is a message by the id already, after waiting for whoever is just sending it. */
async function insertText(reading: Reading, id: string, message: NewMessage): Promise<boolean> {
  const { query, now, facts } = reading;
  const { session } = facts;
  if (!session) throw new Error('A message without its writer.');
  const { threadId: thread_id, businessId: business_id, side, body, attachment } = message;
  const result = await query
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
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if (result.numInsertedOrUpdatedRows === 0n) return false;
  const at = { threadId: thread_id, businessId: business_id, messageId: id };
  if (attachment !== undefined) await insertAttachment(reading, at, attachment);
  return true;
}

async function wasSent(
  { query }: Reading,
  { key, threadId, body, attachment }: NewMessage,
): Promise<boolean> {
  const same = await query
    .selectFrom('messages as m')
    .leftJoin('message_attachments as a', 'a.message_id', 'm.id')
    .select('m.id')
    .where('m.id', '=', key)
    .where('m.thread_id', '=', threadId)
    .where('m.body', '=', body)
    .where('a.sha256', 'is not distinct from', attachment?.sha256 ?? null)
    .executeTakeFirst();
  return same !== undefined;
}

/** Hangs a file on a message that the person has written. */
async function insertAttachment(
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
    .selectFrom('message_attachments as a')
    .leftJoin('message_dispatch_files as f', 'f.dispatch_id', 'a.dispatch_id')
    .select([
      'a.file_name as fileName',
      'a.sha256',
      sql<Buffer>`coalesce(a.content, f.content)`.as('content'),
    ])
    .where('a.id', '=', id)
    .where('a.thread_id', '=', threadId)
    .executeTakeFirst();
}
