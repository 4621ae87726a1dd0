import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { chainHash, firstHash, SYSTEM_CHAIN } from './rules.ts';

const CHAIN = 'audit.chain';
/** Any number that no other advisory lock of this database has. */
const LOCK = 727_303;
const BATCH = 1000;

/**
 * An entry as one text, the same wherever it is read: each column in a fixed order, instants to the microsecond in UTC.
 * JSON as the database writes it: keys sorted, no doubles, numbers as they were given.
 */
export const entryBody = sql<string>`jsonb_build_array(1, e.id, e.transaction_id::text,
  to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.business_id, e.actor_person_id, e.actor_job,
  e.capacity, e.vendor_id, e.mandate_id, e.used_right, e.action, e.decision, e.rule, e.subject_kind, e.subject_id,
  e.changes)::text`;

/**
 * Links what has been committed and not yet chained to the end of its business's chain, in batches until nothing is left.
 * Only one process does so at a time; another finds the lock taken and leaves. Returns how many were linked here.
 */
export async function chainEntries(database: Pick<Database, 'request'>): Promise<number> {
  let linked = 0;
  for (;;) {
    const batch = await inTransaction(database, { kind: 'job', name: CHAIN }, chainBatch);
    linked += batch;
    if (batch < BATCH) return linked;
  }
}

interface Unchained {
  readonly id: string;
  readonly chain: string;
  readonly body: string;
}

async function chainBatch(transaction: Transaction): Promise<number> {
  const { query } = transaction;
  const lock = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${LOCK}) as taken`.execute(
    query,
  );
  if (lock.rows[0]?.taken !== true) return 0;
  const { rows } = await sql<Unchained>`
    select e.id, coalesce(e.business_id::text, ${SYSTEM_CHAIN}) as chain, ${entryBody} as body
    from audit_unchained u join audit_entries e on e.id = u.entry_id
    order by e.transaction_id, e.id limit ${BATCH}`.execute(query);
  if (rows.length === 0) return 0;
  const ends = await endsOf(transaction, [...new Set(rows.map(({ chain }) => chain))]);
  const links = rows.map((row) => {
    const end = ends.get(row.chain) ?? { position: 0, hash: firstHash(row.chain) };
    const position = end.position + 1;
    const hash = chainHash(end.hash, { ...row, position });
    ends.set(row.chain, { position, hash });
    return { chain: row.chain, position, entry_id: row.id, previous_hash: end.hash, hash };
  });
  await query.insertInto('audit_chain').values(links).execute();
  await query
    .deleteFrom('audit_unchained')
    .where(
      'entry_id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute();
  return rows.length;
}

interface End {
  readonly position: number;
  readonly hash: Buffer;
}

async function endsOf({ query }: Transaction, chains: readonly string[]): Promise<Map<string, End>> {
  const { rows } = await sql<{ chain: string; position: number; hash: Buffer }>`
    select c.chain, a.position, a.hash from unnest(${[...chains]}::text[]) as c (chain),
      lateral (select position, hash from audit_chain where chain = c.chain order by position desc limit 1) a`.execute(
    query,
  );
  return new Map(rows.map(({ chain, position, hash }) => [chain, { position, hash }]));
}

/** The ends of the chains that have grown since a checkpoint, and the sequence number that this reaches to. */
export async function grownChains(
  database: Pick<Database, 'request'>,
  since: number,
): Promise<{ readonly through: number; readonly heads: Record<string, [number, string]> }> {
  return inTransaction(database, { kind: 'job', name: 'audit.checkpoint' }, async ({ query }) => {
    const { rows } = await sql<{ chain: string; position: number; hash: Buffer; through: number }>`
      select distinct on (chain) chain, position, hash, (max(sequence) over ())::int8 as through
      from audit_chain where sequence > ${since} order by chain, position desc`.execute(query);
    return {
      through: rows[0]?.through ?? since,
      heads: Object.fromEntries(
        rows.map(({ chain, position, hash }) => [chain, [position, hash.toString('hex')]]),
      ),
    };
  });
}

/** SHA-256 of a text, in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
