import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

/** `cards`: a number that opens the state of the person's cards and nothing else, and at which nothing else is told. */
export type OwnChannel = 'email' | 'sms' | 'cards';

/** An address that a person has given as their own. */
export interface OwnAddressOf {
  readonly channel: OwnChannel;
  /** Null until it is proved with a code. */
  readonly address: string | null;
  readonly confirmedAt: Date | null;
  /** One that waits for its code. */
  readonly asked: string | null;
}

/** What the person of the transaction has given. */
export async function ownAddressesGiven({ query, facts }: Transaction): Promise<OwnAddressOf[]> {
  const rows = await query
    .selectFrom('own_addresses')
    .select(['channel', 'address', 'confirmed_at as confirmedAt', 'asked'])
    .where('person_id', '=', facts.session?.personId ?? null)
    .where((eb) => eb.or([eb('address', 'is not', null), eb('asked', 'is not', null)]))
    .orderBy('channel')
    .execute();
  // The column allows no others.
  return rows.map((row) => ({ ...row, channel: row.channel as OwnChannel }));
}

/** When the number that opened the person's cards was lost to whoever proved it since; null where it was not, or another is set. */
export async function numberTakenAt({
  query,
  facts,
}: Pick<Transaction, 'query' | 'facts'>): Promise<Date | null> {
  const row = await query
    .selectFrom('own_addresses')
    .select('taken_at')
    .where('person_id', '=', facts.session?.personId ?? null)
    .where('channel', '=', 'cards')
    .executeTakeFirst();
  return row?.taken_at ?? null;
}

export type Asked = 'asked' | 'step-up' | 'borrowed-browser' | 'of-a-business' | 'too-often';
export type Proved = 'proved' | 'wrong' | 'spent' | 'expired' | 'unknown';

export async function askForAddress(
  { query }: Transaction,
  asked: {
    readonly channel: OwnChannel;
    readonly address: string;
    readonly code: Buffer;
    readonly minutes: number;
  },
): Promise<Asked> {
  const { rows } = await sql<{ answer: Asked }>`
    select own_address_ask(${asked.channel}, ${asked.address}, ${asked.code}, make_interval(mins => ${asked.minutes})) as answer`.execute(
    query,
  );
  return rows[0]?.answer ?? 'step-up';
}

export async function proveAddress(
  { query }: Transaction,
  channel: OwnChannel,
  code: Buffer,
): Promise<Proved> {
  const { rows } = await sql<{
    answer: Proved;
  }>`select own_address_prove(${channel}, ${code}) as answer`.execute(query);
  return rows[0]?.answer ?? 'unknown';
}

/** False where there was none. */
export async function forgetAddress({ query }: Transaction, channel: OwnChannel): Promise<boolean> {
  const { rows } = await sql<{ gone: boolean }>`select own_address_forget(${channel}) as gone`.execute(query);
  return rows[0]?.gone === true;
}

/** What a person gave as their own, by channel. */
export type GivenAddresses = Readonly<Partial<Record<Exclude<OwnChannel, 'cards'>, string>>>;

/** By the hash of their number in hex, those that are no business's; for tasks alone. */
export async function givenBy(
  { query }: Pick<Transaction, 'query'>,
  hashes: readonly Buffer[],
): Promise<ReadonlyMap<string, GivenAddresses>> {
  const { rows } = await sql<{ hash: string; channel: keyof GivenAddresses; address: string }>`
    select encode(national_id_hash, 'hex') as hash, channel, address from own_addresses_of(${[...hashes]}::bytea[])`.execute(
    query,
  );
  const given = new Map<string, GivenAddresses>();
  for (const { hash, channel, address } of rows) given.set(hash, { ...given.get(hash), [channel]: address });
  return given;
}
