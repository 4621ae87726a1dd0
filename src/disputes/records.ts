import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { DisputeAnswer, DisputeKind, DisputeOutcome, DisputeTimes } from './rules.ts';

/** What a worker has said is wrong, and what has come of it. */
export interface Dispute extends DisputeTimes {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly businessNumber: string;
  readonly unitId: string;
  readonly workerId: string;
  /** Null where it is about what the business has of a worker without a card. */
  readonly cardId: string | null;
  readonly personId: string;
  readonly personName: string;
  readonly kind: DisputeKind;
  readonly text: string;
  readonly madeAt: Date;
  readonly answer: DisputeAnswer | null;
  readonly answerText: string | null;
  readonly answeredBy: string | null;
  readonly answeredByName: string | null;
  readonly broughtText: string | null;
  readonly outcome: DisputeOutcome | null;
  readonly outcomeText: string | null;
  readonly settledByName: string | null;
}

/** Those that the asker may see at all. */
function disputes({ query }: Pick<Transaction, 'query'>) {
  return query
    .selectFrom('disputes as d')
    .innerJoin('businesses as b', 'b.id', 'd.business_id')
    .select([
      'd.id',
      'd.business_id as businessId',
      'b.name as businessName',
      'b.organisation_number as businessNumber',
      'd.unit_id as unitId',
      'd.worker_id as workerId',
      'd.card_id as cardId',
      'd.person_id as personId',
      'd.person_name as personName',
      'd.kind',
      'd.text',
      'd.made_at as madeAt',
      'd.answer_by as answerBy',
      'd.answer',
      'd.answer_text as answerText',
      'd.answered_by as answeredBy',
      'd.answered_by_name as answeredByName',
      'd.answered_at as answeredAt',
      'd.brought_at as broughtAt',
      'd.brought_text as broughtText',
      'd.outcome',
      'd.outcome_text as outcomeText',
      'd.settled_by_name as settledByName',
      'd.settled_at as settledAt',
    ])
    .$castTo<Dispute>();
}

/** How many are shown in a list at most. */
export const PAGE = 25;

/** The asker's own, the newest first: a day brings five at most, and they are not kept for ever. */
export function ownDisputes(transaction: Transaction): Promise<Dispute[]> {
  return disputes(transaction)
    .where('d.person_id', '=', transaction.facts.session?.personId ?? null)
    .orderBy('d.id', 'desc')
    .limit(100)
    .execute();
}

/** One of the asker's own. */
export function ownDispute(transaction: Transaction, id: string): Promise<Dispute | undefined> {
  return disputes(transaction)
    .where('d.person_id', '=', transaction.facts.session?.personId ?? null)
    .where('d.id', '=', id)
    .executeTakeFirst();
}

/** Those of the business that is acted for, those that wait for its answer first; one more than a page, so that more can be told. */
export function disputesOfBusiness(transaction: Transaction, page: number): Promise<Dispute[]> {
  return disputes(transaction)
    .where('d.business_id', '=', transaction.facts.business?.id ?? null)
    .orderBy(sql`d.answered_at is not null or d.settled_at is not null`)
    .orderBy('d.id', 'desc')
    .limit(PAGE + 1)
    .offset((page - 1) * PAGE)
    .execute();
}

/** One of the business that is acted for. */
export function disputeOfBusiness(transaction: Transaction, id: string): Promise<Dispute | undefined> {
  return disputes(transaction)
    .where('d.business_id', '=', transaction.facts.business?.id ?? null)
    .where('d.id', '=', id)
    .executeTakeFirst();
}

/** Those that were brought to case officers, undecided ones first; one more than a page. */
export function broughtDisputes(transaction: Transaction, page: number): Promise<Dispute[]> {
  return disputes(transaction)
    .where('d.brought_at', 'is not', null)
    .orderBy('d.settled_at', (column) => column.asc().nullsFirst())
    .orderBy('d.id', 'desc')
    .limit(PAGE + 1)
    .offset((page - 1) * PAGE)
    .execute();
}

/** One whoever may see it; for case officers and tasks. */
export function findDispute(transaction: Transaction, id: string): Promise<Dispute | undefined> {
  return disputes(transaction).where('d.id', '=', id).executeTakeFirst();
}

export type Disputing =
  | { readonly outcome: 'made'; readonly dispute: string; readonly businessId: string }
  | { readonly outcome: 'missing' | 'waits' | 'too-many' };

/** What something is wrong with: a card of one's own, or oneself as a worker of a business. */
export interface Disputed {
  readonly kind: 'card' | 'worker';
  readonly id: string;
}

export interface NewDispute {
  readonly about: Disputed;
  readonly kind: DisputeKind;
  readonly text: string;
  readonly answerDays: number;
}

/** Takes what is wrong, under the asker's own session. `waits`: the same waits for an answer; `too-many`: after five in 24 hours. */
export async function makeDispute(
  { query }: Transaction,
  { about, kind, text, answerDays }: NewDispute,
): Promise<Disputing> {
  const [card, worker] = about.kind === 'card' ? [about.id, null] : [null, about.id];
  const { rows } = await sql<Disputing>`
    select outcome, dispute, of_business as "businessId"
    from make_dispute(${card}, ${worker}, ${kind}, ${text}, make_interval(days => ${answerDays}))`.execute(
    query,
  );
  return rows[0] ?? { outcome: 'missing' };
}

/** False where there is none that waits for the business. */
export async function answerDispute(
  { query }: Transaction,
  id: string,
  answer: DisputeAnswer,
  text: string,
): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`
    select answer_dispute(${id}, ${answer}, ${text}) as done`.execute(query);
  return rows[0]?.done === true;
}

/** The business; undefined where it is not the worker's own to bring, or not now. */
export async function bringDispute(
  { query }: Transaction,
  id: string,
  text: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ businessId: string }>`
    select of_business as "businessId" from bring_dispute(${id}, ${text})`.execute(query);
  return rows[0]?.businessId;
}

/** Notes that a case officer has opened it; false where none such was brought. */
export async function openAsStaff({ query }: Transaction, id: string): Promise<boolean> {
  const { rows } = await sql<{ done: boolean }>`select open_dispute_as_staff(${id}) as done`.execute(query);
  return rows[0]?.done === true;
}

/** The business; undefined where there is none that waits for a decision. */
export async function settleDispute(
  { query }: Transaction,
  id: string,
  outcome: DisputeOutcome,
  text: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ businessId: string }>`
    select of_business as "businessId" from settle_dispute(${id}, ${outcome}, ${text})`.execute(query);
  return rows[0]?.businessId;
}

/** Those without an answer whose business is to be reminded so many days before its time is up, or whose worker is to be told that it is; each once. */
export async function runningOut(
  { query }: Transaction,
  days: number,
): Promise<{ readonly dispute: string; readonly what: 'soon' | 'late' }[]> {
  const { rows } = await sql<{ dispute: string; what: 'soon' | 'late' }>`
    select dispute, what from disputes_running_out(make_interval(days => ${days}))`.execute(query);
  return rows;
}

/** Deletes what was over so many days ago; how many they were. */
export async function forgetDisputes({ query }: Transaction, days: number): Promise<number> {
  const { rows } = await sql<{ gone: number }>`
    select forget_disputes(make_interval(days => ${days})) as gone`.execute(query);
  return rows[0]?.gone ?? 0;
}
