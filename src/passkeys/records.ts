import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { Purpose } from './rules.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** One passkey of whoever asks. */
export interface OwnPasskey {
  readonly id: string;
  readonly credentialId: Buffer;
  /** COSE. */
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly name: string;
  readonly addedAt: Date;
  /** From when it counts in a business that required passkeys before it was added. */
  readonly countsFrom: Date;
  readonly lastUsedAt: Date | null;
}

/** The passkeys of whoever asks, oldest first. */
export async function ownPasskeys({ query, facts }: Reading): Promise<OwnPasskey[]> {
  const rows = await query
    .selectFrom('passkeys')
    .selectAll()
    .where('person_id', '=', facts.session?.personId ?? null)
    .orderBy('added_at')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: row.counter,
    transports: row.transports,
    name: row.name,
    addedAt: row.added_at,
    countsFrom: row.counts_from,
    lastUsedAt: row.last_used_at,
  }));
}

const sessionId = ({ facts }: Reading): string | null => facts.session?.id ?? null;

/** Keeps what the browser of this session is asked to sign for that purpose. */
export async function saveChallenge(reading: Reading, purpose: Purpose, challenge: string): Promise<void> {
  await sql`select passkey_challenge_create(${sessionId(reading)}::uuid, ${purpose}, ${challenge})`.execute(
    reading.query,
  );
}

/** Takes it, so that it works once; undefined where there is none, or it is older than five minutes. */
export async function takeChallenge(reading: Reading, purpose: Purpose): Promise<string | undefined> {
  const { rows } = await sql<{ challenge: string | null }>`
    select passkey_challenge_take(${sessionId(reading)}::uuid, ${purpose}) as challenge`.execute(
    reading.query,
  );
  return rows[0]?.challenge ?? undefined;
}

/** Stores a new passkey; its id, or undefined where the key is known already. */
export async function insertPasskey(
  reading: Reading,
  passkey: Pick<OwnPasskey, 'credentialId' | 'publicKey' | 'counter' | 'transports' | 'name'>,
): Promise<string | undefined> {
  const { credentialId, publicKey, counter, transports, name } = passkey;
  const { rows } = await sql<{ id: string | null }>`
    select passkey_add(${sessionId(reading)}::uuid, ${credentialId}, ${publicKey}, ${counter},
      ${[...transports]}::text[], ${name}) as id`.execute(reading.query);
  return rows[0]?.id ?? undefined;
}

/** Notes that a passkey was used in this session; false where its counter did not move on, as that of a copy does not. */
export async function notePasskeyUse(reading: Reading, id: string, counter: number): Promise<boolean> {
  const { rows } = await sql<{ used: boolean }>`
    select passkey_use(${sessionId(reading)}::uuid, ${id}::uuid, ${counter}) as used`.execute(reading.query);
  return rows[0]?.used ?? false;
}

/** Deletes a passkey of whoever asks; false for what is not theirs. */
export async function deletePasskey({ query }: Reading, id: string): Promise<boolean> {
  const { rows } = await sql<{ removed: boolean }>`
    select passkey_remove(${id}::uuid) as removed`.execute(query);
  return rows[0]?.removed ?? false;
}

/** Whether a passkey, counted or not, was used in this session in the last five minutes. */
export async function passkeyJustUsed({ query, now, facts }: Reading): Promise<boolean> {
  const row = await query
    .selectFrom('sessions')
    .select('passkey_at')
    .where('id', '=', facts.session?.id ?? null)
    .where('passkey_id', 'is not', null)
    .executeTakeFirst();
  const used = row?.passkey_at;
  return used !== undefined && used !== null && now.getTime() - used.getTime() <= USED_WITHIN_MS;
}

const USED_WITHIN_MS = 5 * 60 * 1000;

/** The requirement of the business that is acted for, while there is one. */
export interface Requirement {
  readonly since: Date;
  readonly by: string;
}

export async function requirementOf({ query, facts }: Reading): Promise<Requirement | undefined> {
  const row = await query
    .selectFrom('passkey_requirements')
    .select(['required_at', 'required_by_name'])
    .where('business_id', '=', facts.business?.id ?? null)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row && { since: row.required_at, by: row.required_by_name };
}

/** Begins or ends the requirement; false where it was so already. */
export async function setRequirement(reading: Reading, required: boolean): Promise<boolean> {
  const { rows } = await sql<{ changed: boolean }>`
    select passkey_require(${sessionId(reading)}::uuid, ${required}) as changed`.execute(reading.query);
  return rows[0]?.changed ?? false;
}
