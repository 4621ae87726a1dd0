import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import type { StatusEntry } from './status-list.ts';

/** A card that is to have a code: what is printed on it, and whose it is. */
export interface UncodedCard {
  readonly id: string;
  readonly businessId: string;
  readonly unitId: string;
  readonly workerId: string;
  readonly number: string;
  readonly cardType: string;
  readonly holderName: string;
  readonly birthDate: PlainDate;
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Cards without a code: those of a batch, or any, the newest first. For tasks alone. */
export function cardsWithoutCode(
  { query }: Transaction,
  which: { readonly batchId?: string; readonly limit: number },
): Promise<UncodedCard[]> {
  return query
    .selectFrom('cards_as_shown as cards')
    .select([
      'cards.id',
      'cards.business_id as businessId',
      'cards.unit_id as unitId',
      'cards.worker_id as workerId',
      'cards.number',
      'cards.card_type as cardType',
      'cards.holder_name as holderName',
      'cards.birth_date as birthDate',
      'cards.employer_name as employerName',
      'cards.organisation_number as organisationNumber',
      'cards.issued_at as issuedAt',
      'cards.expires_at as expiresAt',
    ])
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('card_codes').select('card_id').whereRef('card_id', '=', 'cards.id'))),
    )
    .$if(which.batchId !== undefined, (query) => query.where('cards.batch_id', '=', which.batchId ?? ''))
    .orderBy('cards.id', 'desc')
    .limit(which.limit)
    .$castTo<UncodedCard>()
    .execute();
}

/** A list that is open for more cards. */
export interface OpenList {
  readonly id: number;
  readonly size: number;
  readonly used: number;
}

/** Locks the list that new cards go on, and opens one where there is none that is less than half full. */
export async function takeOpenList({ query, now }: Transaction, size: number): Promise<OpenList> {
  // Two processes that both find none would open two: harmless, but the second is then seldom used.
  await sql`select pg_advisory_xact_lock(hashtextextended('status_lists', 0))`.execute(query);
  const found = await query
    .selectFrom('status_lists')
    .select(['id', 'size', 'used'])
    .where(sql<boolean>`used < size / 2`)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (found !== undefined) return found;
  const { id } = await query
    .insertInto('status_lists')
    .values({ size, opened_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, size, used: 0 };
}

/** Which of the drawn indices are taken. */
export async function takenIndices(
  { query }: Transaction,
  listId: number,
  drawn: readonly number[],
): Promise<Set<number>> {
  const rows = await query
    .selectFrom('card_codes')
    .select('status_index')
    .where('list_id', '=', listId)
    .where('status_index', '=', sql<number>`any(${drawn}::integer[])`)
    .execute();
  return new Set(rows.map((row) => row.status_index));
}

export async function insertCodes(
  { query, now }: Transaction,
  listId: number,
  codes: readonly { readonly card: UncodedCard; readonly index: number; readonly code: string }[],
): Promise<void> {
  const rows = codes.map(({ card, index, code }) => ({
    card_id: card.id,
    business_id: card.businessId,
    unit_id: card.unitId,
    worker_id: card.workerId,
    list_id: listId,
    status_index: index,
    code,
    signed_at: now,
  }));
  await query.insertInto('card_codes').values(rows).execute();
  await query
    .updateTable('status_lists')
    .set({ used: sql<number>`used + ${rows.length}` })
    .where('id', '=', listId)
    .execute();
}

/** The codes of cards, by card; of those that the asker may see. */
export async function readCodes(
  { query }: Transaction,
  cardIds: readonly string[],
): Promise<Map<string, string>> {
  if (cardIds.length === 0) return new Map();
  const rows = await query
    .selectFrom('card_codes')
    .select(['card_id', 'code'])
    .where('card_id', 'in', cardIds)
    .execute();
  return new Map(rows.map((row) => [row.card_id, row.code]));
}

export interface SignedList {
  readonly id: number;
  readonly size: number;
  readonly statusesHash: Buffer | null;
  readonly signedAt: Date | null;
}

export function readLists({ query }: Transaction): Promise<SignedList[]> {
  return query
    .selectFrom('status_lists')
    .select(['id', 'size', 'statuses_hash as statusesHash', 'signed_at as signedAt'])
    .orderBy('id')
    .execute();
}

/** What a list says of its cards that are not valid; for the task that signs it. */
export async function readStatuses({ query }: Transaction, listId: number): Promise<StatusEntry[]> {
  const { rows } = await sql<StatusEntry>`select index, status from status_entries(${listId})`.execute(query);
  return rows;
}

export async function storeList(
  { query, now }: Transaction,
  listId: number,
  signed: { readonly token: Uint8Array; readonly statusesHash: Buffer },
): Promise<void> {
  await query
    .updateTable('status_lists')
    .set({ token: Buffer.from(signed.token), statuses_hash: signed.statusesHash, signed_at: now })
    .where('id', '=', listId)
    .execute();
}

/** The lists that are published, as the role that may do nothing but check cards. */
export async function publishedLists(database: Pick<Database, 'check'>): Promise<number[]> {
  const { rows } = await database.check.query<{ id: number }>('select id from published_status_lists()');
  return rows.map((row) => row.id);
}

/** A list as it was last signed; undefined for one that is not there. */
export async function publishedList(
  database: Pick<Database, 'check'>,
  id: number,
): Promise<{ readonly token: Buffer; readonly signedAt: Date } | undefined> {
  const { rows } = await database.check.query<{ token: Buffer; signed_at: Date }>(
    'select token, signed_at from published_status_list($1::integer)',
    [id],
  );
  const [row] = rows;
  return row === undefined ? undefined : { token: row.token, signedAt: row.signed_at };
}
