import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { type ContextFacts, parseContextFacts, type Transaction } from '../database/transaction.ts';
import type { StaffActing } from '../staff/index.ts';
import type { EntitledKey, LookedUp } from './entitled-rules.ts';

type Reading = Pick<Transaction, 'query'>;

/** A checker at work under an appointment. */
export type CheckerActing = StaffActing & { readonly appointmentId: string };

/** What was looked up at once, in the order that it was asked in. */
export interface Looked {
  readonly recordId: string;
  readonly cards: readonly LookedUp[];
  /** What the conditions of a card that was looked up by itself turn on. */
  readonly conditions: { readonly facts: unknown; readonly confirmedAt: Date | null } | undefined;
}

interface LookedRow {
  readonly context: unknown;
  readonly recordId: string | null;
  readonly number: string | null;
  readonly verdict: LookedUp['verdict'];
  readonly reason: string | null;
  readonly holderName: string | null;
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly cardType: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly hasPhoto: boolean;
  readonly conditions: unknown;
  readonly confirmedAt: Date | null;
}

/**
 * Looks cards up in one statement that is a transaction by itself. It resolves who asks, and writes the check record, for each
 * holder that they were seen (by inspectors that many hours later), and the entry in the audit log with the record's hash. Nothing
 * is looked up or written for who does not check cards now, and for who has to say the birth date too and has not.
 */
export async function lookUp(
  { statement }: Pick<Database, 'statement'>,
  { tokenHash, appointmentId }: CheckerActing,
  keys: readonly EntitledKey[],
  delayHours: number,
): Promise<{ readonly facts: ContextFacts; readonly looked: Looked | undefined }> {
  const numbers = keys.map((key) => ('number' in key ? key.number : null));
  const births = keys.map((key) => ('number' in key ? (key.birthDate ?? null) : null));
  const tokens = keys.map((key) => ('token' in key ? key.token : null));
  const { rows } = await statement.query<LookedRow>({
    name: 'check-cards',
    text: `select facts as context, record_id as "recordId", card_number as number, verdict, reason, holder_name as "holderName",
      employer_name as "employerName", organisation_number as "organisationNumber", card_type as "cardType",
      issued_at as "issuedAt", expires_at as "expiresAt", photo as "hasPhoto", conditions, confirmed_at as "confirmedAt"
    from check_cards($1, $2::uuid, $3::text[], $4::date[], $5::text[], $6::integer)`,
    values: [tokenHash, appointmentId, numbers, births, tokens, delayHours],
  });
  const [first] = rows;
  if (first === undefined) throw new Error('A look at no card.');
  const { recordId, conditions, confirmedAt } = first;
  const looked =
    recordId === null
      ? undefined
      : {
          recordId,
          cards: rows.map(lookedUp),
          conditions: conditions === null ? undefined : { facts: conditions, confirmedAt },
        };
  return { facts: parseContextFacts(first.context), looked };
}

function lookedUp({ number, verdict, reason, holderName, ...row }: LookedRow): LookedUp {
  const { employerName, organisationNumber, cardType, issuedAt, expiresAt, hasPhoto } = row;
  const card =
    holderName === null
      ? null
      : { holderName, employerName, organisationNumber, cardType, issuedAt, expiresAt, hasPhoto };
  return { number, verdict, reason, card };
}

/** One line of a check record: nothing of the holder. */
export interface RecordLine {
  readonly number: string | null;
  readonly verdict: LookedUp['verdict'];
  readonly reason: string | null;
}

/** What was looked up at once: when, where, by whom and in which role. */
export interface CheckRecord {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly role: string;
  readonly place: string;
}

const ofRecord = ['id', 'checked_at as at', 'checked_by_name as by', 'role', 'place'] as const;

export type ListedRecord = CheckRecord & { readonly count: number };

/** The checker's own under this appointment, the latest first; `before`: only what is older than that one. */
export function listRecords(
  { query }: Reading,
  appointmentId: string,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<ListedRecord[]> {
  return query
    .selectFrom('check_records')
    .select(ofRecord)
    .select(sql<number>`jsonb_array_length(lines)`.as('count'))
    .where('appointment_id', '=', appointmentId)
    .$if(before !== undefined, (rows) => rows.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** One of them with its lines, and whether it is what the audit log says that it was; undefined when it is not the asker's. */
export function readRecord(
  { query }: Reading,
  recordId: string,
): Promise<
  (CheckRecord & { readonly lines: readonly RecordLine[]; readonly unaltered: boolean }) | undefined
> {
  return query
    .selectFrom('check_records')
    .select(ofRecord)
    .select([sql<RecordLine[]>`lines`.as('lines'), sql<boolean>`check_record_stands(id)`.as('unaltered')])
    .where('id', '=', recordId)
    .executeTakeFirst();
}

/** The photo of a card that the asker has looked up by itself just now, as JPEG. */
export async function readCheckedPhoto({ query }: Reading, recordId: string): Promise<Buffer | undefined> {
  const { rows } = await sql<{ photo: Buffer | null }>`select checked_photo(${recordId}) as photo`.execute(
    query,
  );
  return rows[0]?.photo ?? undefined;
}

/** The number of a card that the asker has looked up by itself within the last hour and may seize. */
export async function readSeizable({ query }: Reading, recordId: string): Promise<string | undefined> {
  const { rows } = await sql<{
    number: string | null;
  }>`select seizable_number(${recordId}) as number`.execute(query);
  return rows[0]?.number ?? undefined;
}

export interface Seized {
  readonly cardId: string;
  readonly businessId: string;
  readonly unitId: string;
  readonly personId: string;
  readonly number: string;
  readonly employerName: string;
  readonly from: string;
}

/** Blocks the card of a look for good; undefined when it was blocked before, or the look is not the asker's or of long ago. */
export async function seize({ query }: Reading, recordId: string): Promise<Seized | undefined> {
  const { rows } = await sql<Seized>`
    select card_id as "cardId", of_business as "businessId", of_unit as "unitId", of_person as "personId", card_number as number,
      employer as "employerName", state_before as "from" from seize_card(${recordId})`.execute(query);
  return rows[0];
}

/** Takes away some of the records that are older; returns which, with how many lines each had. */
export async function deleteRecords(
  { query }: Reading,
  before: Date,
  most: number,
): Promise<{ readonly id: string; readonly lines: number }[]> {
  const { rows } = await sql<{ id: string; lines: number }>`
    select record as id, lines from delete_check_records(${before}, ${most})`.execute(query);
  return rows;
}
