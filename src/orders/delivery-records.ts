import { sql } from 'kysely';
import type { Permitted } from '../access/index.ts';
import type { DeliveryAddress } from './rules.ts';
import { readAddress } from './records.ts';

/** An address that the business has its cards sent to. */
export interface SavedAddress {
  readonly id: string;
  readonly address: DeliveryAddress;
  readonly addedByName: string;
  readonly addedAt: Date;
}

/** The addresses that the business keeps besides the registered one, by recipient. */
export async function savedAddresses({ query, facts }: Permitted): Promise<SavedAddress[]> {
  const rows = await query
    .selectFrom('delivery_addresses')
    .select(['id', 'address', 'added_by_name as addedByName', 'added_at as addedAt'])
    .where('business_id', '=', facts.business?.id ?? '')
    .where('removed_at', 'is', null)
    .orderBy(sql`address ->> 'recipient'`)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, address: readAddress(row.address) }));
}

/** Whether the business has its cards sent there already. */
export async function isKnownAddress(
  { query, facts }: Permitted,
  address: DeliveryAddress,
): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`
    select is_delivery_address(${facts.business?.id}, ${JSON.stringify(address)}::jsonb) as known`.execute(
    query,
  );
  return rows[0]?.known ?? false;
}

/** Keeps an address; undefined when it was kept before. */
export async function insertAddress(
  { query, facts, now }: Permitted,
  address: DeliveryAddress,
): Promise<string | undefined> {
  const { business, session } = facts;
  if (!business || !session) throw new Error('An address without someone who keeps it.');
  const row = await query
    .insertInto('delivery_addresses')
    .values({
      business_id: business.id,
      address: JSON.stringify(address),
      added_by: session.personId,
      added_by_name: session.name,
      added_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Keeps an address no longer; false when it is none of the business's, or was taken away before. */
export async function removeAddress({ query, facts, now }: Permitted, id: string): Promise<boolean> {
  const result = await query
    .updateTable('delivery_addresses')
    .set({
      removed_at: now,
      removed_by: facts.session?.personId ?? null,
      removed_by_name: facts.session?.name ?? null,
    })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
