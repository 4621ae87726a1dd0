import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** An emergency stop of the business: of one vendor, or of everyone but its officers. */
export interface Freeze {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  /** Null: everyone but the officers. */
  readonly vendorId: string | null;
  readonly vendorName: string | null;
  readonly vendorNumber: string | null;
  /** In somebody's words; empty when none was given. */
  readonly reason: string;
  readonly frozenAt: Date;
  /** Null: the system, after somebody said "this was not me". */
  readonly frozenByName: string | null;
  readonly liftedAt: Date | null;
  readonly liftedByName: string | null;
  readonly liftedReason: string | null;
}

const freezeColumns = sql`f.id, f.business_id as "businessId", b.name as "businessName", f.vendor_id as "vendorId",
  v.name as "vendorName", v.organisation_number as "vendorNumber", f.reason, f.frozen_at as "frozenAt",
  f.frozen_by_name as "frozenByName", f.lifted_at as "liftedAt", f.lifted_by_name as "liftedByName",
  f.lifted_reason as "liftedReason"`;
const freezeTables = sql`freezes f join businesses b on b.id = f.business_id left join businesses v on v.id = f.vendor_id`;

/** The emergency stops that hold now: everyone's first, then by vendor. */
export async function openFreezes(reading: Reading): Promise<Freeze[]> {
  const { rows } = await sql<Freeze>`
    select ${freezeColumns} from ${freezeTables}
    where f.business_id = ${reading.facts.business?.id} and f.lifted_at is null
    order by f.vendor_id is not null, lower(v.name), f.id`.execute(reading.query);
  return rows;
}

/** One emergency stop, lifted or not; for a task that has no business, of any business. */
export async function findFreeze(reading: Reading, id: string): Promise<Freeze | undefined> {
  const business = reading.facts.business?.id ?? null;
  const { rows } = await sql<Freeze>`
    select ${freezeColumns} from ${freezeTables}
    where f.id = ${id} and (${business}::uuid is null or f.business_id = ${business})`.execute(reading.query);
  return rows[0];
}

/** The emergency stop that holds for exactly this vendor, or for exactly everyone. */
export async function openFreezeOf(reading: Reading, vendorId: string | null): Promise<Freeze | undefined> {
  const { rows } = await sql<Freeze>`
    select ${freezeColumns} from ${freezeTables}
    where f.business_id = ${reading.facts.business?.id} and f.lifted_at is null
      and f.vendor_id is not distinct from ${vendorId}`.execute(reading.query);
  return rows[0];
}

/** A vendor that the business has, or has had, a mandate with, and the mandate that has not been ended. */
export async function vendorOfBusiness(
  reading: Reading,
  organisationNumber: string,
): Promise<{ readonly id: string; readonly name: string; readonly mandateId: string | null } | undefined> {
  const { rows } = await sql<{ id: string; name: string; mandateId: string | null }>`
    select v.id, v.name, case when m.ended_at is null then m.id end as "mandateId"
    from mandates m join businesses v on v.id = m.vendor_id
    where m.business_id = ${reading.facts.business?.id} and v.organisation_number = ${organisationNumber}
    order by m.ended_at is not null, m.id desc limit 1`.execute(reading.query);
  return rows[0];
}

/**
 * Waits until nothing runs for the business under anybody's mandate, and lets nothing new begin until this transaction has
 * ended: the counterpart of the shared lock that every writing action under a mandate takes first.
 */
export async function lockBusiness(reading: Reading, businessId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`business:${businessId}`}, 0))`.execute(
    reading.query,
  );
}

/** Stores an emergency stop; undefined when one holds already, after waiting for whoever is just pressing it. */
export async function insertFreeze(
  { query, now, facts }: Reading,
  freeze: { readonly businessId: string; readonly vendorId: string | null; readonly reason: string },
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into freezes (business_id, vendor_id, reason, frozen_at, frozen_by, frozen_by_name)
    values (${freeze.businessId}, ${freeze.vendorId}, ${freeze.reason}, ${now}, ${facts.session?.personId ?? null},
      ${facts.session?.name ?? null})
    on conflict (business_id, vendor_id) where lifted_at is null do nothing returning id`.execute(query);
  return rows[0]?.id;
}

/** Lifts an emergency stop; false when it was lifted before. The database lets none but an officer with a fresh login. */
export async function liftFreeze(
  { query, now, facts }: Reading,
  id: string,
  reason: string,
): Promise<boolean> {
  const result = await query
    .updateTable('freezes')
    .set({
      lifted_at: now,
      lifted_by: facts.session?.personId ?? null,
      lifted_by_name: facts.session?.name ?? null,
      lifted_reason: reason,
    })
    .where('id', '=', id)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Notes that people are told of the pressing or the lifting; false when they have been. */
export async function markTold(
  { query, now }: Reading,
  id: string,
  what: 'frozen' | 'lifted',
): Promise<boolean> {
  const column = what === 'frozen' ? 'told_at' : 'lift_told_at';
  const result = await query
    .updateTable('freezes')
    .set({ [column]: now })
    .where('id', '=', id)
    .where(column, 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The vendors with a mandate from the business that has not been ended. */
export async function vendorsWithMandate({ query }: Reading, businessId: string): Promise<string[]> {
  const rows = await query
    .selectFrom('mandates')
    .select('vendor_id as vendorId')
    .where('business_id', '=', businessId)
    .where('holder', '=', 'vendor')
    .where('ended_at', 'is', null)
    .orderBy('vendor_id')
    .execute();
  return rows.flatMap(({ vendorId }) => (vendorId === null ? [] : [vendorId]));
}
