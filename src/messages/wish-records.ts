import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { CHANNELS, WISHES, type Wishes } from './wish-rules.ts';

const wishesShape = z.object({
  switchedOff: z.array(z.enum(WISHES)),
  channel: z.enum(CHANNELS),
  digestHour: z
    .number()
    .nullable()
    .transform((hour) => hour ?? undefined),
});

/** What the person of the transaction wants; undefined for whoever has said nothing. */
export async function ownWishes({ query, facts }: Transaction): Promise<Wishes | undefined> {
  const row = await query
    .selectFrom('notice_wishes')
    .select(['switched_off as switchedOff', 'channel', 'digest_hour as digestHour'])
    .where('person_id', '=', facts.session?.personId ?? null)
    .executeTakeFirst();
  return row && wishesShape.parse(row);
}

/** Keeps what the person of the transaction wants. */
export async function keepWishes(
  { query }: Transaction,
  { switchedOff, channel, digestHour }: Wishes,
): Promise<void> {
  await sql`select notice_wish(${[...switchedOff]}::text[], ${channel}, ${digestHour ?? null}::integer)`.execute(
    query,
  );
}

/** What people want who have said so, by the hash of their number in hex; for tasks alone. */
export async function wishesOf(
  { query }: Transaction,
  hashes: readonly Buffer[],
): Promise<ReadonlyMap<string, Wishes & { readonly personId: string }>> {
  const { rows } = await sql<{ hash: string; personId: string } & Record<keyof Wishes, unknown>>`
    select encode(national_id_hash, 'hex') as hash, person_id as "personId", switched_off as "switchedOff", channel,
      digest_hour as "digestHour"
    from notice_wishes_of(${[...hashes]}::bytea[])`.execute(query);
  return new Map(
    rows.map(({ hash, personId, ...wishes }) => [hash, { personId, ...wishesShape.parse(wishes) }]),
  );
}
