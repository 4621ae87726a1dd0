import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** A thread of the own authority as a list shows it. */
export interface OverseenThread {
  readonly id: string;
  readonly subject: string;
  readonly category: string;
  readonly businessName: string;
  readonly organisationNumber: string;
  readonly deadline: Date | null;
  readonly lastAt: Date;
  readonly unread: boolean;
  readonly answerUnread: boolean;
  readonly step: string;
  readonly postedAt: Date | null;
}

export type ThreadFilter = 'all' | 'answers' | 'post';

/** A page of the authority's threads: all, those with an answer that nobody has opened, or those to be sent by post. */
export async function listOverseen(
  { query }: Reading,
  wanted: { readonly page: number; readonly size: number; readonly show: ThreadFilter },
): Promise<{ readonly threads: OverseenThread[]; readonly count: number }> {
  const rows = await query
    .selectFrom('message_threads as t')
    .innerJoin('businesses as b', 'b.id', 't.business_id')
    .select([
      't.id',
      't.subject',
      't.category',
      'b.name as businessName',
      'b.organisation_number as organisationNumber',
      't.deadline',
      't.last_at as lastAt',
      't.unread',
      't.answer_unread as answerUnread',
      't.step',
      't.posted_at as postedAt',
      sql<number>`count(*) over ()::integer`.as('total'),
    ])
    .where('t.authority', '=', sql<string>`context_authority()`)
    .$if(wanted.show === 'answers', (some) => some.where('t.answer_unread', '=', true))
    .$if(wanted.show === 'post', (some) =>
      some.where('t.step', '=', 'post').where('t.posted_at', 'is', null).where('t.unread', '=', true),
    )
    .orderBy('t.last_at', 'desc')
    .orderBy('t.id', 'desc')
    .limit(wanted.size)
    .offset((wanted.page - 1) * wanted.size)
    .execute();
  return { threads: rows, count: rows[0]?.total ?? 0 };
}

/** Notes that a case officer has opened the thread, and records the names that it shows. */
export async function noteOpened({ query }: Pick<Reading, 'query'>, threadId: string): Promise<void> {
  await sql`select open_thread_as_staff(${threadId}::uuid)`.execute(query);
}

/** What was done so that a thread is read, the oldest first. */
export interface StepLine {
  readonly id: string;
  readonly step: string;
  readonly at: Date;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const evidenceShape = z.record(z.string(), z.unknown()).catch({});

export async function stepsOf({ query }: Pick<Reading, 'query'>, threadId: string): Promise<StepLine[]> {
  const rows = await query
    .selectFrom('message_steps')
    .select(['id', 'step', 'at', 'evidence'])
    .where('thread_id', '=', threadId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, evidence: evidenceShape.parse(row.evidence) }));
}

/** What became of one e-mail or text message of a step, and when. */
export interface DeliveryLine {
  readonly stepId: string;
  readonly channel: string;
  /** As it is stored; `delivered`: a text message that is on its telephone. */
  readonly state: string;
  readonly at: Date | null;
  readonly bounceReason: string | null;
}

export async function deliveriesOf(
  { query }: Pick<Reading, 'query'>,
  threadId: string,
): Promise<DeliveryLine[]> {
  const { rows } = await sql<DeliveryLine>`
    select step_id as "stepId", channel, state, at, bounce_reason as "bounceReason"
    from thread_deliveries(${threadId}::uuid)`.execute(query);
  return rows;
}

/** Whom a letter goes to. */
export interface LetterRecipient {
  readonly organisationNumber: string;
  readonly name: string;
  readonly address: readonly string[];
}

const addressShape = z
  .object({
    lines: z.array(z.string()).catch([]),
    postalCode: z.string().optional(),
    place: z.string().optional(),
  })
  .catch({ lines: [] });

export async function letterRecipient(
  { query }: Pick<Reading, 'query'>,
  threadId: string,
): Promise<LetterRecipient | undefined> {
  const row = await query
    .selectFrom('message_threads as t')
    .innerJoin('businesses as b', 'b.id', 't.business_id')
    .select(['b.organisation_number as organisationNumber', 'b.name', 'b.address'])
    .where('t.id', '=', threadId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { lines, postalCode = '', place = '' } = addressShape.parse(row.address);
  return { ...row, address: [...lines, `${postalCode} ${place}`.trim()].filter((line) => line !== '') };
}

/** Notes that the letter was posted, with where that can be looked up; false when it was, or is not to be. */
export async function markPosted(
  { query, now, facts }: Reading,
  threadId: string,
  reference: string,
): Promise<boolean> {
  const { session } = facts;
  const row = await query
    .updateTable('message_threads')
    .set({
      posted_at: now,
      posted_by: session?.personId ?? null,
      posted_by_name: session?.name ?? null,
      notified_at: sql<Date>`coalesce(notified_at, ${now})`,
      notified_by: sql<string>`coalesce(notified_by, 'post')`,
    })
    .where('id', '=', threadId)
    .where('step', '=', 'post')
    .where('posted_at', 'is', null)
    .returning(['business_id as businessId', 'authority'])
    .executeTakeFirst();
  if (row === undefined) return false;
  await query
    .insertInto('message_steps')
    .values({
      id: uuidv7(),
      thread_id: threadId,
      business_id: row.businessId,
      authority: row.authority,
      step: 'posted',
      at: now,
      evidence: JSON.stringify({ reference, personId: session?.personId ?? null }),
    })
    .execute();
  return true;
}
