import type { Vault } from '../database/encryption.ts';
import type { DB } from '../database/tables.ts';
import type { Transaction } from '../database/transaction.ts';
import { isWorkerLanguage, type WorkerLanguage } from '../kernel/language.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { type Selectable, sql } from 'kysely';
import { z } from 'zod';
import type { Notice } from '../access/index.ts';

/** A notice as it waits to be delivered. */
export interface StoredNotice {
  readonly id: string;
  readonly businessId: string | null;
  readonly unitId: string | undefined;
  readonly businessToo: boolean;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Further parameters, for `readSecrets`; null when there are none, or the e-mails are sent. */
  readonly secretsEncrypted: Buffer | null;
  readonly audience: string;
  readonly personId: string | null;
  readonly extraAddresses: readonly string[];
  readonly language: WorkerLanguage | undefined;
  readonly settled: boolean;
  /** The message that it tells of. */
  readonly threadId: string | null;
}

const parametersShape = z.record(z.string(), z.string());

/** Bound to the notice, so that nobody who writes in the table has another's link sent to an address of theirs. */
const secretsPurpose = (noticeId: string): string => `notice:${noticeId}`;

/** A notice as it is stored; `second-officers`: all who hold a role, also those who do not act alone. */
export type NewNotice = Omit<Notice, 'audience'> & {
  readonly audience: Notice['audience'] | 'second-officers';
  /** The message that it tells of. */
  readonly threadId?: string;
};

/** Stores a notice, its secrets encrypted. Without `returning`: whoever causes a notice may not read it. */
export async function insertNotice(
  transaction: Transaction,
  vault: Pick<Vault, 'encrypt'>,
  notice: NewNotice,
): Promise<string> {
  const id = uuidv7();
  await transaction.query
    .insertInto('notices')
    .values({
      id,
      business_id: notice.businessId,
      unit_id: notice.unitId ?? null,
      business_too: notice.businessToo ?? false,
      template: notice.template,
      parameters: JSON.stringify(notice.parameters),
      secrets_encrypted: notice.secrets
        ? vault.encrypt(JSON.stringify(notice.secrets), secretsPurpose(id))
        : null,
      audience: notice.audience,
      person_id: notice.personId ?? null,
      extra_addresses: [...(notice.extraAddresses ?? [])],
      language: notice.language ?? null,
      thread_id: notice.threadId ?? null,
      contact_move_id: notice.contactMoveId ?? null,
      created_at: transaction.now,
    })
    .execute();
  return id;
}

/** The notice, for the task alone; undefined when it never was. */
export async function findNotice({ query }: Transaction, id: string): Promise<StoredNotice | undefined> {
  const { rows } = await sql<Selectable<DB['notices']>>`
    select * from notice_to_send(${id})`.execute(query);
  const [row] = rows;
  if (!row) return undefined;
  return {
    id: row.id,
    businessId: row.business_id,
    unitId: row.unit_id ?? undefined,
    businessToo: row.business_too,
    template: row.template,
    parameters: parametersShape.parse(row.parameters),
    secretsEncrypted: row.secrets_encrypted,
    audience: row.audience,
    personId: row.person_id,
    extraAddresses: row.extra_addresses,
    language: isWorkerLanguage(row.language) ? row.language : undefined,
    settled: row.settled_at !== null,
    threadId: row.thread_id,
  };
}

/** A notice's secrets in the clear, for the letter alone. Throws when they were altered or moved, or their key is gone. */
export function readSecrets(
  vault: Pick<Vault, 'decrypt'>,
  notice: Pick<StoredNotice, 'id' | 'secretsEncrypted'>,
): Readonly<Record<string, string>> {
  if (notice.secretsEncrypted === null) return {};
  return parametersShape.parse(JSON.parse(vault.decrypt(notice.secretsEncrypted, secretsPurpose(notice.id))));
}

/** Erases the secrets of a notice (or of all) that has nobody left to be sent to. */
export async function eraseSecrets({ query }: Transaction, noticeId?: string): Promise<void> {
  await sql`select erase_notice_secrets(${noticeId ?? null})`.execute(query);
}

/** Where a notice goes: an e-mail address, or a number that a text message is sent to. */
export interface Destination {
  readonly address: string;
  readonly channel: 'email' | 'sms';
  /** Whether what reaches it counts as told: not while the address is in its waiting time, nor beside the officers' own. */
  readonly counts: boolean;
}

/** Adds a delivery for each address that has none yet, and lets one count that did not; answers with the ids of the new ones. */
export async function addDeliveries(
  { query }: Transaction,
  noticeId: string,
  destinations: readonly Destination[],
  mailHost: string,
): Promise<string[]> {
  const known = await query
    .selectFrom('notice_deliveries')
    .select('address')
    .where('notice_id', '=', noticeId)
    .execute();
  const taken = new Set(known.map(({ address }) => address.toLowerCase()));
  const counting = destinations.filter(({ counts }) => counts).map(({ address }) => address.toLowerCase());
  await query
    .updateTable('notice_deliveries')
    .set({ counts: true })
    .where('notice_id', '=', noticeId)
    .where('counts', '=', false)
    .where(sql<boolean>`lower(address) = any(${counting}::text[])`)
    .execute();
  const rows = destinations
    .filter(({ address }) => !taken.has(address.toLowerCase()))
    .map(({ address, channel, counts }) => {
      const id = uuidv7();
      return { id, notice_id: noticeId, address, channel, counts, message_id: `<${id}@${mailHost}>` };
    });
  if (rows.length === 0) return [];
  const added = await query
    .insertInto('notice_deliveries')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['notice_id', 'address']).doNothing())
    .returning('id')
    .execute();
  return added.map(({ id }) => id);
}

/** Marks that everyone whom the notice goes to is known. */
export async function settleNotice({ query, now }: Transaction, id: string): Promise<void> {
  await query.updateTable('notices').set({ settled_at: now }).where('id', '=', id).execute();
}

/** The acting officers' own numbers, encrypted; the database hands them to tasks alone. */
export async function officersOf({ query }: Transaction, businessId: string): Promise<Buffer[]> {
  const found = await sql<{ national_id_encrypted: Buffer }>`
    select national_id_encrypted from officers_of(${businessId}::uuid)`.execute(query);
  return found.rows.map((row) => row.national_id_encrypted);
}

/** The numbers of all who hold a role in the business, encrypted; the database hands them to tasks alone. */
export async function roleHoldersOf({ query }: Transaction, businessId: string): Promise<Buffer[]> {
  const found = await sql<{ national_id_encrypted: Buffer }>`
    select national_id_encrypted from role_holders_of(${businessId}::uuid)`.execute(query);
  return found.rows.map((row) => row.national_id_encrypted);
}

/** One person's own number, encrypted; the database hands it to tasks alone. */
export async function numberOf({ query }: Transaction, personId: string): Promise<Buffer[]> {
  const found = await sql<{ number: Buffer | null }>`
    select national_id_of(${personId}::uuid) as number`.execute(query);
  return found.rows.flatMap(({ number }) => (number === null ? [] : [number]));
}

/** A delivery that waits, locked so that nobody else sends it meanwhile; undefined when it is sent, or being sent. */
export async function takeDelivery({ query }: Transaction, id: string) {
  return query
    .selectFrom('notice_deliveries')
    .select(['id', 'notice_id as noticeId', 'address', 'channel', 'message_id as messageId'])
    .where('id', '=', id)
    .where('state', '=', 'waiting')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

/** Notes how an attempt ended. */
export async function noteAttempt(
  { query, now }: Transaction,
  id: string,
  outcome: {
    readonly state: 'sent' | 'waiting' | 'failed';
    readonly error?: string;
    readonly shipmentId?: string | undefined;
  },
): Promise<void> {
  await query
    .updateTable('notice_deliveries')
    .set((eb) => ({
      state: outcome.state,
      attempts: eb('attempts', '+', 1),
      last_error: outcome.error ?? null,
      ...(outcome.state === 'sent' ? { sent_at: now, shipment_id: outcome.shipmentId ?? null } : {}),
    }))
    .where('id', '=', id)
    .execute();
}

/** Text messages whose end is not known, those asked for longest ago first; marks that they are asked for. */
export async function takeTexts(
  { query, now }: Transaction,
  most: number,
): Promise<{ id: string; shipmentId: string }[]> {
  const { rows } = await sql<{ id: string; shipmentId: string }>`
    update notice_deliveries d set followed_at = ${now}
    from (select id from notice_deliveries
      where state = 'sent' and shipment_id is not null and delivered_at is null and sent_at > ${now}::timestamptz - interval '2 days'
      order by followed_at nulls first, id limit ${most} for update skip locked) due
    where d.id = due.id returning d.id, d.shipment_id as "shipmentId"`.execute(query);
  return rows;
}

/** Notes that a text message is on its telephone. */
export async function noteDelivered({ query, now }: Transaction, id: string): Promise<void> {
  await query.updateTable('notice_deliveries').set({ delivered_at: now }).where('id', '=', id).execute();
}

const OVERDUE_MINUTES = 15;

/** Notices and deliveries that should have been done by now: their jobs may have been given up or lost. */
export async function overdue({ query }: Transaction): Promise<{ notices: string[]; deliveries: string[] }> {
  const before = sql<Date>`context_now() - make_interval(mins => ${OVERDUE_MINUTES})`;
  const notices = await query
    .selectFrom('notices')
    .select('id')
    .where('settled_at', 'is', null)
    .where('created_at', '<', before)
    .execute();
  const deliveries = await query
    .selectFrom('notice_deliveries')
    .innerJoin('notices', 'notices.id', 'notice_deliveries.notice_id')
    .select('notice_deliveries.id')
    .where('notice_deliveries.state', '=', 'waiting')
    .where('notices.created_at', '<', before)
    .execute();
  return { notices: notices.map(({ id }) => id), deliveries: deliveries.map(({ id }) => id) };
}

/** Deletes what was sent to an address alone so many days ago, with the address; how many. */
export async function forgetLetters({ query }: Transaction, days: number): Promise<number> {
  const { rows } = await sql<{ gone: number }>`
    select forget_letters(make_interval(days => ${days})) as gone`.execute(query);
  return rows[0]?.gone ?? 0;
}
