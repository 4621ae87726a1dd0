import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { CHANNELS, WISHES, type Wishes } from './wish-rules.ts';

const wishesShape = z.object({ switchedOff: z.array(z.enum(WISHES)), channel: z.enum(CHANNELS) });

/** What the person of the transaction wants; undefined for whoever has said nothing. */
export async function ownWishes({ query, facts }: Transaction): Promise<Wishes | undefined> {
  const row = await query
    .selectFrom('notice_wishes')
    .select(['switched_off as switchedOff', 'channel'])
    .where('person_id', '=', facts.session?.personId ?? null)
    .executeTakeFirst();
  return row && wishesShape.parse(row);
}

/** Keeps what the person of the transaction wants. */
export async function keepWishes({ query }: Transaction, { switchedOff, channel }: Wishes): Promise<void> {
  await sql`select notice_wish(${[...switchedOff]}::text[], ${channel})`.execute(query);
}

/** What people want who have said so, by the hash of their number in hex; for tasks alone. */
export async function wishesOf(
  { query }: Transaction,
  hashes: readonly Buffer[],
): Promise<ReadonlyMap<string, Wishes>> {
  const { rows } = await sql<{ hash: string; switchedOff: unknown; channel: unknown }>`
    select encode(national_id_hash, 'hex') as hash, switched_off as "switchedOff", channel
    from notice_wishes_of(${[...hashes]}::bytea[])`.execute(query);
  return new Map(rows.map(({ hash, ...wishes }) => [hash, wishesShape.parse(wishes)]));
}
