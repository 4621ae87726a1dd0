import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { Reached } from './escalation-rules.ts';
import type { Step } from './threads.ts';

/** An unread thread that it is time to look at, locked. */
export interface DueThread {
  readonly id: string;
  readonly businessId: string;
  readonly organisationNumber: string;
  readonly authority: string;
  readonly sentAt: Date;
  readonly deadline: Date | null;
  readonly step: Step | 'none';
  readonly reached: Reached;
}

/** Unread threads whose time has come, so many at a time, those of no other task that works on them now. */
export async function takeDue({ query, now }: Transaction, size: number): Promise<DueThread[]> {
  const { rows } = await sql<DueThread>`
    select t.id, t.business_id as "businessId", b.organisation_number as "organisationNumber", t.authority,
      coalesce(t.due_from, t.created_at) as "sentAt", t.deadline, t.step,
      case when t.step = 'none' then 'pending' else coalesce((
        select case when bool_or(d.state = 'sent' and d.counts) then 'some'
          when bool_or(n.settled_at is null or d.state = 'waiting' and d.counts) then 'pending' else 'none' end
        from message_steps s join notices n on n.id = s.notice_id left join notice_deliveries d on d.notice_id = n.id
        where s.thread_id = t.id and s.step = t.step and s.at = t.step_at), 'none') end as reached
    from message_threads t join businesses b on b.id = t.business_id
    where t.next_at <= ${now} and t.unread order by t.next_at limit ${size} for update of t skip locked`.execute(
    query,
  );
  return rows;
}

/** Puts off when the thread is looked at again; null: never. */
export async function lookAgain({ query }: Transaction, threadId: string, at: Date | null): Promise<void> {
  await query.updateTable('message_threads').set({ next_at: at }).where('id', '=', threadId).execute();
}

/** Notes that a step was taken, with the notice that it sent. */
export async function noteStep(
  { query, now }: Transaction,
  thread: Pick<DueThread, 'id' | 'businessId' | 'authority'>,
  taken: {
    readonly step: Step;
    readonly noticeId: string | null;
    readonly next: Date | null;
    readonly evidence: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await query
    .insertInto('message_steps')
    .values({
      id: uuidv7(),
      thread_id: thread.id,
      business_id: thread.businessId,
      authority: thread.authority,
      step: taken.step,
      at: now,
      notice_id: taken.noticeId,
      evidence: JSON.stringify(taken.evidence),
    })
    .execute();
  await query
    .updateTable('message_threads')
    .set({ step: taken.step, step_at: now, next_at: taken.next })
    .where('id', '=', thread.id)
    .execute();
}

export type BounceReason = 'no-mailbox' | 'mailbox-full' | 'refused' | 'other';

/** Notes that what was sent came back; answers with the thread that it was about, if it was. */
export async function noteBounce(
  { query, now }: Transaction,
  deliveryId: string,
  reason: BounceReason,
): Promise<{ readonly noted: boolean; readonly threadId: string | null }> {
  const row = await query
    .updateTable('notice_deliveries as d')
    .from('notices as n')
    .set({ state: 'bounced', bounced_at: now, bounce_reason: reason })
    .whereRef('n.id', '=', 'd.notice_id')
    .where('d.id', '=', deliveryId)
    .where('d.state', '=', 'sent')
    .returning('n.thread_id as threadId')
    .executeTakeFirst();
  return { noted: row !== undefined, threadId: row?.threadId ?? null };
}

/** Has an unread thread that is still being told of looked at now. */
export async function hurry({ query, now }: Transaction, threadId: string): Promise<void> {
  await query
    .updateTable('message_threads')
    .set({ next_at: now })
    .where('id', '=', threadId)
    .where('unread', '=', true)
    .where('step', 'in', ['business', 'officers', 'second'])
    .execute();
}
