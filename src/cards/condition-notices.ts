import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { SettledCard } from './condition-records.ts';
import type { ConditionCode, Warning } from './conditions.ts';

/** So many notices, of whole businesses, are told in one transaction. */
const BUSINESSES_AT_ONCE = 50;

interface NewNotice {
  readonly cardId: string;
  readonly code: string;
  readonly step: 'foreseen' | 'suspended' | 'lifted' | 'return';
  readonly days: number;
  readonly at: Date;
}

/** Notes what will fail of a card that is valid, or that a card has not come back. */
export const ahead = (step: 'foreseen' | 'return', cardId: string, warning: Warning): NewNotice => ({
  cardId,
  step,
  ...warning,
});

/** Notes that a card was suspended, or is so no more. */
export const changed = ({ cardId, was, reason }: SettledCard, at: Date): NewNotice =>
  reason === null
    ? { cardId, code: was ?? '', step: 'lifted', days: 0, at }
    : { cardId, code: reason, step: 'suspended', days: 0, at };

/** Notes what is to be told; what was noted before is not noted again. */
export async function noteConditions({ query }: Transaction, notices: readonly NewNotice[]): Promise<void> {
  if (notices.length === 0) return;
  const column = <T>(of: (notice: NewNotice) => T) => notices.map(of);
  await sql`select note_conditions(${column(({ cardId }) => cardId)}::uuid[], ${column(({ code }) => code)}::text[],
    ${column(({ step }) => step)}::text[], ${column(({ days }) => days)}::int[],
    ${column(({ at }) => at)}::timestamptz[])`.execute(query);
}

/** Something to tell of a card. */
export interface UntoldNotice extends NewNotice {
  readonly code: ConditionCode;
  readonly personId: string;
  readonly number: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly organisationNumber: string;
  /** The worker's unit, where it has contact details of its own. */
  readonly unitId: string | null;
}

/** Marks as told, and returns, all that is to be told of some businesses' cards. */
export async function takeUntold({ query, now }: Transaction): Promise<UntoldNotice[]> {
  const { rows } = await sql<UntoldNotice>`
    with told as (
      update condition_notices n set told_at = ${now}
      where n.told_at is null and n.business_id in (
        select distinct business_id from condition_notices where told_at is null order by business_id limit ${BUSINESSES_AT_ONCE})
      returning n.*)
    select n.card_id as "cardId", n.code, n.step, n.days, n.at, n.person_id as "personId", c.number,
      b.id as "businessId", b.name as "businessName", b.organisation_number as "organisationNumber", d.unit_id as "unitId"
    from told n join cards c on c.id = n.card_id join businesses b on b.id = n.business_id
      left join workers w on w.id = c.worker_id
      left join contact_details d on d.business_id = w.business_id and d.unit_id = w.unit_id order by n.card_id`.execute(
    query,
  );
  return rows;
}
