import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { NewAttachment } from './thread-records.ts';
import {
  CARD_STATES,
  FAILING_CONDITIONS,
  type Selection,
  WRITTEN_CATEGORIES,
  type WrittenCategory,
} from './threads.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

const selectionShape = z.union([
  z.strictObject({ number: z.string() }),
  z.strictObject({
    industry: z.string().optional(),
    postalCode: z.string().optional(),
    cardState: z.enum(CARD_STATES).optional(),
    condition: z.enum(FAILING_CONDITIONS).optional(),
  }),
]);

const categoryShape = z.enum(WRITTEN_CATEGORIES);

/** A business that a message goes to. */
export interface Recipient {
  readonly businessId: string;
  readonly organisationNumber: string;
  readonly name: string;
}

/** The first so many businesses of a selection after a number, by number, with how many there are in all. */
export async function findRecipients(
  { query }: Pick<Reading, 'query'>,
  selection: Selection,
  wanted: { readonly size: number; readonly after: string },
): Promise<{ readonly recipients: Recipient[]; readonly total: number }> {
  const { rows } = await sql<Recipient & { readonly total: number }>`
    select business_id as "businessId", organisation_number as "organisationNumber", name, total
    from message_recipients(${JSON.stringify(selection)}::jsonb, ${wanted.size}, ${wanted.after})`.execute(
    query,
  );
  return { recipients: rows, total: rows[0]?.total ?? 0 };
}

/** What a case officer has written, before it is somebody's. */
export interface Draft {
  readonly category: WrittenCategory;
  readonly subject: string;
  readonly body: string;
  /** The end of its last day. */
  readonly deadline: Date | null;
  readonly selection: Selection;
}

export type DispatchState = 'waiting' | 'sending' | 'sent' | 'declined';

/** A message to one business or many, and how far it has come. */
export interface Dispatch extends Draft {
  readonly id: string;
  readonly recipients: number;
  readonly state: DispatchState;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly createdAt: Date;
  readonly decidedByName: string | null;
  readonly decidedAt: Date | null;
  readonly sentAt: Date | null;
}

const dispatchColumns = [
  'id',
  'category',
  'subject',
  'body',
  'deadline',
  'selection',
  'recipients',
  'state',
  'created_by as createdBy',
  'created_by_name as createdByName',
  'created_at as createdAt',
  'decided_by_name as decidedByName',
  'decided_at as decidedAt',
  'sent_at as sentAt',
] as const;

type DispatchRow = Omit<Dispatch, 'category' | 'selection' | 'state'> & {
  readonly category: string;
  readonly selection: unknown;
  readonly state: string;
};

const stateShape = z.enum(['waiting', 'sending', 'sent', 'declined']);

const toDispatch = (row: DispatchRow): Dispatch => ({
  ...row,
  category: categoryShape.parse(row.category),
  selection: selectionShape.parse(row.selection),
  state: stateShape.parse(row.state),
});

/** False when there is a dispatch by the id already, after waiting for whoever is just sending it. */
export async function insertDispatch(
  { query, now, facts }: Reading,
  draft: Draft,
  { id, recipients, state }: Pick<Dispatch, 'id' | 'recipients' | 'state'>,
): Promise<boolean> {
  const result = await query
    .insertInto('message_dispatches')
    .values({
      id,
      authority: sql<string>`context_authority()`,
      category: draft.category,
      subject: draft.subject,
      body: draft.body,
      deadline: draft.deadline,
      selection: JSON.stringify(draft.selection),
      recipients,
      state,
      created_by: facts.session?.personId ?? '',
      created_by_name: facts.session?.name ?? '',
      created_at: now,
      sent_at: state === 'sent' ? now : null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows !== 0n;
}

/** The authority's dispatches, the latest first: those that wait for a second pair of eyes before all others. */
export async function listDispatches(
  { query }: Reading,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<{ readonly dispatches: Dispatch[]; readonly count: number }> {
  const rows = await query
    .selectFrom('message_dispatches')
    .select([...dispatchColumns, sql<number>`count(*) over ()::integer`.as('total')])
    .orderBy(sql`state <> 'waiting'`)
    .orderBy('id', 'desc')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { dispatches: rows.map(toDispatch), count: rows[0]?.total ?? 0 };
}

export async function findDispatch(
  { query }: Pick<Reading, 'query'>,
  id: string,
): Promise<Dispatch | undefined> {
  const row = await query
    .selectFrom('message_dispatches')
    .select(dispatchColumns)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toDispatch(row);
}

/** The second pair of eyes: lets it go or stops it. False when somebody had decided, or it is one's own. */
export async function decideDispatch(
  { query, now, facts }: Reading,
  id: string,
  state: 'sending' | 'declined',
): Promise<boolean> {
  const result = await query
    .updateTable('message_dispatches')
    .set({
      state,
      decided_by: facts.session?.personId ?? null,
      decided_by_name: facts.session?.name ?? null,
      decided_at: now,
    })
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .where('created_by', '<>', facts.session?.personId ?? '')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Notes that every business of a dispatch has its thread. */
export async function markSent({ query, now }: Reading, id: string): Promise<void> {
  await query
    .updateTable('message_dispatches')
    .set({ state: 'sent', sent_at: now })
    .where('id', '=', id)
    .where('state', '=', 'sending')
    .execute();
}

/** Dispatches that should have been sent by now, whatever became of their jobs. */
export async function dispatchesToSend({ query }: Pick<Reading, 'query'>): Promise<string[]> {
  const rows = await query
    .selectFrom('message_dispatches')
    .select('id')
    .where('state', '=', 'sending')
    .execute();
  return rows.map(({ id }) => id);
}

/** One text for one business. */
export interface ThreadText {
  readonly businessId: string;
  readonly subject: string;
  readonly body: string;
}

/**
 * Makes threads of a dispatch, each with its first message and the dispatch's file, where it has one; a business that has
 * one of it already gets none.
 */
export async function insertThreads(
  { query, now }: Reading,
  dispatch: Pick<Dispatch, 'id' | 'category' | 'deadline' | 'createdBy' | 'createdByName'>,
  texts: readonly ThreadText[],
): Promise<void> {
  if (texts.length === 0) return;
  const made = await query
    .insertInto('message_threads')
    .columns([
      'id',
      'business_id',
      'authority',
      'dispatch_id',
      'category',
      'subject',
      'deadline',
      'created_at',
      'last_at',
      'last_from',
    ])
    .expression(
      query
        .selectFrom('message_dispatches as d')
        .innerJoin(
          sql<{ id: string; business_id: string; subject: string }>`
            jsonb_to_recordset(${JSON.stringify(
              texts.map(({ businessId, subject }) => ({ id: uuidv7(), business_id: businessId, subject })),
            )}::jsonb)`.as<'given'>(sql`given(id uuid, business_id uuid, subject text)`),
          (join) => join.onTrue(),
        )
        .select([
          'given.id',
          'given.business_id',
          'd.authority',
          'd.id as dispatch_id',
          'd.category',
          'given.subject',
          'd.deadline',
          sql<Date>`${now}::timestamptz`.as('created_at'),
          sql<Date>`${now}::timestamptz`.as('last_at'),
          sql<string>`'authority'`.as('last_from'),
        ])
        .where('d.id', '=', dispatch.id),
    )
    .onConflict((conflict) => conflict.columns(['dispatch_id', 'business_id']).doNothing())
    .returning(['id', 'business_id as businessId'])
    .execute();
  const bodies = new Map(texts.map(({ businessId, body }) => [businessId, body]));
  const messages = made.map(({ id, businessId }) => ({
    id: uuidv7(),
    thread_id: id,
    business_id: businessId,
    side: 'authority',
    author_id: dispatch.createdBy,
    author_name: dispatch.createdByName,
    body: bodies.get(businessId) ?? '',
    sent_at: now,
  }));
  if (messages.length === 0) return;
  await query.insertInto('messages').values(messages).execute();
  await sql`
    insert into message_attachments
      (message_id, thread_id, business_id, file_name, sha256, bytes, attached_by, attached_at, dispatch_id)
    select m.id, m.thread_id, m.business_id, f.file_name, f.sha256, f.bytes, f.attached_by, ${now}::timestamptz, f.dispatch_id
    from message_dispatch_files f, messages m
    where f.dispatch_id = ${dispatch.id} and m.id = any(${messages.map(({ id }) => id)}::uuid[])`.execute(
    query,
  );
}

/** Keeps the file that goes with a dispatch. */
export async function keepDispatchFile(
  { query, now, facts }: Reading,
  dispatchId: string,
  { fileName, content, sha256, bytes }: NewAttachment,
): Promise<void> {
  await query
    .insertInto('message_dispatch_files')
    .values({
      dispatch_id: dispatchId,
      authority: sql<string>`context_authority()`,
      file_name: fileName,
      content,
      sha256,
      bytes,
      attached_by: facts.session?.personId ?? '',
      attached_at: now,
    })
    .execute();
}

/** What the file that goes with a dispatch is; undefined without one. */
export function findDispatchFile({ query }: Pick<Reading, 'query'>, dispatchId: string) {
  return query
    .selectFrom('message_dispatch_files')
    .select(['file_name as fileName', 'bytes', 'sha256'])
    .where('dispatch_id', '=', dispatchId)
    .executeTakeFirst();
}

/** As `findDispatchFile`, with what it holds. */
export function readDispatchFile({ query }: Pick<Reading, 'query'>, dispatchId: string) {
  return query
    .selectFrom('message_dispatch_files')
    .select(['file_name as fileName', 'content', 'sha256'])
    .where('dispatch_id', '=', dispatchId)
    .executeTakeFirst();
}

/** How one business's thread of a dispatch fares. */
export interface ThreadProgress {
  readonly threadId: string;
  readonly organisationNumber: string;
  readonly name: string;
  readonly step: string;
  readonly sent: number;
  readonly bounced: number;
  readonly unread: boolean;
  readonly readAt: Date | null;
  readonly reader: string | null;
  readonly postedAt: Date | null;
}

export interface DispatchTotals {
  readonly threads: number;
  readonly delivered: number;
  readonly read: number;
  readonly bounced: number;
  readonly forPost: number;
}

/** A page of a dispatch's threads, unread ones first, and all of it in numbers. */
export async function readProgress(
  { query }: Pick<Reading, 'query'>,
  dispatchId: string,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<{ readonly rows: ThreadProgress[]; readonly totals: DispatchTotals }> {
  const { rows } = await sql<ThreadProgress>`
    select thread_id as "threadId", organisation_number as "organisationNumber", name, step, sent, bounced, unread, read_at as "readAt", reader, posted_at as "postedAt"
    from dispatch_progress(${dispatchId}::uuid, ${size}, ${(page - 1) * size})`.execute(query);
  const totals = await sql<DispatchTotals>`
    select threads, delivered, read, bounced, for_post as "forPost" from dispatch_totals(${dispatchId}::uuid)`.execute(
    query,
  );
  const none = { threads: 0, delivered: 0, read: 0, bounced: 0, forPost: 0 };
  return { rows, totals: totals.rows[0] ?? none };
}

// Templates ----------------------------------------------------------------------------------------------------------

/** A text that the authority's case officers begin from. */
export interface Template {
  readonly id: string;
  readonly name: string;
  readonly category: WrittenCategory;
  readonly subject: string;
  readonly body: string;
  readonly changedByName: string;
  readonly changedAt: Date;
}

export type TemplateText = Pick<Template, 'name' | 'category' | 'subject' | 'body'>;

const templateColumns = [
  'id',
  'name',
  'category',
  'subject',
  'body',
  'changed_by_name as changedByName',
  'changed_at as changedAt',
] as const;

export async function listTemplates({ query }: Pick<Reading, 'query'>): Promise<Template[]> {
  const rows = await query
    .selectFrom('message_templates')
    .select(templateColumns)
    .orderBy('name')
    .limit(200)
    .execute();
  return rows.map((row) => ({ ...row, category: categoryShape.parse(row.category) }));
}

/** Keeps a template under its name: a new one, or in the place of the one that had it. Answers with its id. */
export async function keepTemplate({ query, now, facts }: Reading, text: TemplateText): Promise<string> {
  const changed = {
    category: text.category,
    subject: text.subject,
    body: text.body,
    changed_by: facts.session?.personId ?? '',
    changed_by_name: facts.session?.name ?? '',
    changed_at: now,
  };
  const { id } = await query
    .insertInto('message_templates')
    .values({ id: uuidv7(), authority: sql<string>`context_authority()`, name: text.name, ...changed })
    .onConflict((conflict) => conflict.columns(['authority', 'name']).doUpdateSet(changed))
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function removeTemplate({ query }: Pick<Reading, 'query'>, id: string): Promise<boolean> {
  const result = await query.deleteFrom('message_templates').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}
