import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** One bar of a vendor: told of ahead, in force, or lifted. */
export interface Bar {
  readonly id: string;
  readonly vendorId: string;
  readonly reason: string;
  readonly appeal: string;
  /** From when: ahead while `beganAt` is null. */
  readonly barredAt: Date;
  readonly beganAt: Date | null;
  readonly barredBy: string;
  readonly barredByName: string;
  readonly liftedAt: Date | null;
  readonly liftedByName: string | null;
  readonly liftedReason: string | null;
  /** Null: the vendor has not appealed. */
  readonly appealText: string | null;
  readonly filedAt: Date | null;
  readonly filedByName: string | null;
  /** What became of the bar; null while nobody has answered. */
  readonly outcome: string | null;
  readonly outcomeReason: string | null;
  readonly outcomeAt: Date | null;
  readonly outcomeByName: string | null;
}

/** Whether an appeal waits for an answer. */
export const appealWaits = (bar: Bar): boolean => bar.appealText !== null && bar.outcome === null;

/** The bars of a vendor, the newest first. */
export async function barsOf({ query }: Reading, vendorId: string): Promise<Bar[]> {
  return query
    .selectFrom('vendor_bars')
    .leftJoin('bar_appeals', 'bar_appeals.bar_id', 'vendor_bars.id')
    .select([
      'vendor_bars.id',
      'vendor_bars.vendor_id as vendorId',
      'vendor_bars.reason',
      'vendor_bars.appeal',
      'vendor_bars.barred_at as barredAt',
      'vendor_bars.began_at as beganAt',
      'vendor_bars.barred_by as barredBy',
      'vendor_bars.barred_by_name as barredByName',
      'vendor_bars.lifted_at as liftedAt',
      'vendor_bars.lifted_by_name as liftedByName',
      'vendor_bars.lifted_reason as liftedReason',
      'bar_appeals.text as appealText',
      'bar_appeals.filed_at as filedAt',
      'bar_appeals.filed_by_name as filedByName',
      'bar_appeals.outcome',
      'bar_appeals.outcome_reason as outcomeReason',
      'bar_appeals.decided_at as outcomeAt',
      'bar_appeals.decided_by_name as outcomeByName',
    ])
    .where('vendor_bars.vendor_id', '=', vendorId)
    .orderBy('vendor_bars.barred_at', 'desc')
    .execute();
}

/**
 * Waits until nothing runs under any mandate of the vendor, and lets nothing new begin until this transaction has ended: the
 * counterpart of the shared lock on the vendor that every writing action for it takes.
 */
export async function lockVendor({ query }: Pick<Reading, 'query'>, vendorId: string): Promise<void> {
  await sql`select lock_access('business', array[${vendorId}]::uuid[])`.execute(query);
}

/** Bars a vendor, from now or from a time ahead; undefined when it is barred already, or told that it will be. */
export async function insertBar(
  { query, now, facts }: Reading,
  bar: {
    readonly vendorId: string;
    readonly reason: string;
    readonly appeal: string;
    /** Left out: at once. */
    readonly from?: Date | undefined;
  },
): Promise<string | undefined> {
  if (!facts.session) throw new Error('A vendor is barred by a person.');
  const row = await query
    .insertInto('vendor_bars')
    .values({
      vendor_id: bar.vendorId,
      reason: bar.reason,
      appeal: bar.appeal,
      decided_at: now,
      barred_at: bar.from ?? now,
      began_at: bar.from === undefined ? now : null,
      barred_by: facts.session.personId,
      barred_by_name: facts.session.name,
    })
    .onConflict((conflict) => conflict.column('vendor_id').where('lifted_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** The bars that were told of ahead and whose time has come, the first first. */
export function dueBars({ query, now }: Reading): Promise<{ id: string; vendorId: string }[]> {
  return query
    .selectFrom('vendor_bars')
    .select(['id', 'vendor_id as vendorId'])
    .where('began_at', 'is', null)
    .where('lifted_at', 'is', null)
    .where('barred_at', '<=', now)
    .orderBy('barred_at')
    .execute();
}

/** The bars in force whose customers have still to be told of orders that they came to hold after they had been told of. */
export function barsHoldingUntold({ query }: Reading): Promise<{ id: string }[]> {
  return query
    .selectFrom('vendor_bars')
    .select('id')
    .where('tell_of_held', '=', true)
    .where('lifted_at', 'is', null)
    .execute();
}

/** Has a bar that was told of ahead begin; false when it has, or was lifted before. */
export async function beginBar({ query, now }: Reading, id: string): Promise<boolean> {
  const result = await query
    .updateTable('vendor_bars')
    .set({ began_at: now })
    .where('id', '=', id)
    .where('began_at', 'is', null)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Lifts the bar that holds; undefined when none does. */
export async function liftBar(
  { query, now, facts }: Reading,
  vendorId: string,
  reason: string,
): Promise<string | undefined> {
  const row = await query
    .updateTable('vendor_bars')
    .set({
      lifted_at: now,
      lifted_by: facts.session?.personId ?? null,
      lifted_by_name: facts.session?.name ?? null,
      lifted_reason: reason,
    })
    .where('vendor_id', '=', vendorId)
    .where('lifted_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** A bar with the vendor's name, for the task that tells of it. */
export async function barToTell({ query }: Reading, id: string) {
  return query
    .selectFrom('vendor_bars')
    .innerJoin('businesses', 'businesses.id', 'vendor_bars.vendor_id')
    .leftJoin('bar_appeals', 'bar_appeals.bar_id', 'vendor_bars.id')
    .select([
      'vendor_bars.vendor_id as vendorId',
      'businesses.name as vendorName',
      'vendor_bars.reason',
      'vendor_bars.appeal',
      'vendor_bars.barred_at as barredAt',
      'vendor_bars.began_at as beganAt',
      'vendor_bars.lifted_at as liftedAt',
      'vendor_bars.lifted_reason as liftedReason',
      'bar_appeals.outcome_reason as outcomeReason',
      'bar_appeals.decided_at as outcomeAt',
    ])
    .where('vendor_bars.id', '=', id)
    .executeTakeFirst();
}

/** What there is to tell of a bar. */
export const TOLD_OF_BARS = ['announced', 'barred', 'held', 'lifted', 'upheld'] as const;
export type ToldOfBar = (typeof TOLD_OF_BARS)[number];

/** Notes that people are told of a bar, its end or the answer to its appeal; false when they have been. */
export async function markBarTold({ query, now }: Reading, id: string, what: ToldOfBar): Promise<boolean> {
  if (what === 'upheld') {
    const result = await query
      .updateTable('bar_appeals')
      .set({ told_at: now })
      .where('bar_id', '=', id)
      .where('told_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }
  if (what === 'held') {
    const result = await query
      .updateTable('vendor_bars')
      .set({ tell_of_held: false })
      .where('id', '=', id)
      .where('tell_of_held', '=', true)
      .where('lifted_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }
  const column = { announced: 'announce_told_at', barred: 'told_at', lifted: 'lift_told_at' } as const;
  const result = await query
    .updateTable('vendor_bars')
    .set({ [column[what]]: now })
    .where('id', '=', id)
    .where(column[what], 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** A business that a bar is of consequence to. */
export interface BarredCustomer {
  readonly id: string;
  readonly name: string;
  readonly hasMandate: boolean;
  /** The numbers of its orders that the bar holds, at most fifty, in order. */
  readonly held: readonly string[];
}

/** The businesses with a mandate to the vendor that has not been ended, or with orders of it that are held. */
export async function customersOf({ query }: Reading, vendorId: string): Promise<BarredCustomer[]> {
  const { rows } = await sql<BarredCustomer>`
    with held as (
      select o.business_id, (array_agg(o.number::text order by o.number))[1:50] as numbers from orders o
      where o.vendor_id = ${vendorId} and o.bar_held_at is not null and exists (select from order_lines l
        where l.order_id = o.id and l.state in ('awaiting-approval', 'awaiting-media', 'under-review', 'ready'))
      group by o.business_id),
    mandated as (select distinct business_id from mandates where vendor_id = ${vendorId} and ended_at is null)
    select b.id, b.name, mandated.business_id is not null as "hasMandate", coalesce(held.numbers, '{}') as held
    from held full join mandated using (business_id) join businesses b on b.id = business_id
    order by b.id`.execute(query);
  return rows;
}

// Appeals -------------------------------------------------------------------------------------------------------------

/** A vendor whose appeal waits for an answer. */
export interface WaitingAppeal {
  readonly organisationNumber: string;
  readonly name: string;
  readonly filedAt: Date;
}

/** The appeals that nobody has answered, the oldest first. */
export function waitingAppeals({ query }: Pick<Reading, 'query'>): Promise<WaitingAppeal[]> {
  return (
    query
      .selectFrom('bar_appeals')
      .innerJoin('vendor_bars', 'vendor_bars.id', 'bar_appeals.bar_id')
      .innerJoin('businesses', 'businesses.id', 'bar_appeals.vendor_id')
      .select([
        'businesses.organisation_number as organisationNumber',
        'businesses.name',
        'bar_appeals.filed_at as filedAt',
      ])
      .where('bar_appeals.outcome', 'is', null)
      // A bar that was lifted in the moment of the appeal leaves nothing to answer.
      .where('vendor_bars.lifted_at', 'is', null)
      .orderBy('bar_appeals.filed_at')
      .execute()
  );
}

/** Answers an appeal; false when somebody has. The database lets none but another case officer with a fresh login. */
export async function answerAppeal(
  { query, now, facts }: Reading,
  barId: string,
  answer: { readonly outcome: 'upheld' | 'lifted'; readonly reason: string },
): Promise<boolean> {
  const result = await query
    .updateTable('bar_appeals')
    .set({
      outcome: answer.outcome,
      outcome_reason: answer.reason,
      decided_at: now,
      decided_by: facts.session?.personId ?? null,
      decided_by_name: facts.session?.name ?? null,
    })
    .where('bar_id', '=', barId)
    .where('outcome', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
