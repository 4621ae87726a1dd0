import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** The encrypted national identity number of whoever asks. */
export async function ownNumber({ query, facts }: Reading): Promise<Buffer | undefined> {
  const row = await query
    .selectFrom('persons')
    .select('national_id_encrypted as number')
    .where('id', '=', facts.session?.personId ?? null)
    .executeTakeFirst();
  return row?.number;
}

/** A link that was sent for the session and the business: `asked` now, or a moment ago. */
export interface AskedClearance {
  readonly asked: boolean;
  readonly id: string;
  readonly expiresAt: Date;
}

/** Asks for a confirmation for the session and business that the transaction is for; undefined where nothing waits. */
export async function askClearance(
  { query }: Reading,
  tokenHash: Buffer,
): Promise<AskedClearance | undefined> {
  const { rows } = await sql<AskedClearance>`
    select asked, id, expires_at as "expiresAt" from clearance_ask(${tokenHash})`.execute(query);
  return rows[0];
}

/** Until when the link is good that was sent for the session and business; undefined where none is. */
export async function sentClearance({ query }: Reading): Promise<Date | undefined> {
  const { rows } = await sql<{ until: Date | null }>`select clearance_sent() as until`.execute(query);
  return rows[0]?.until ?? undefined;
}

/**
 * How a confirmation stands. `here`: whoever reads it does so in a browser that a vendor has used; `ended`: there is no
 * session left to confirm.
 */
export type ClearanceState = 'open' | 'used' | 'ended' | 'expired' | 'here';

/** What the link of a confirmation is about. */
export interface Clearance {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly vendorName: string;
  readonly userAgent: string;
  readonly deviceId: string;
  readonly askedAt: Date;
  readonly expiresAt: Date;
  readonly state: ClearanceState;
}

/** Undefined for whoever it is not for, as for a link that never was. */
export async function readClearance({ query }: Reading, tokenHash: Buffer): Promise<Clearance | undefined> {
  const { rows } = await sql<Clearance>`
    select id, business_id as "businessId", business_name as "businessName", vendor_name as "vendorName",
      user_agent as "userAgent", device_id as "deviceId", asked_at as "askedAt", expires_at as "expiresAt", state
    from clearance_read(${tokenHash})`.execute(query);
  return rows[0];
}

/** Confirms what is open, and answers how it stood. */
export async function confirmClearance(
  { query }: Reading,
  tokenHash: Buffer,
): Promise<ClearanceState | undefined> {
  const { rows } = await sql<{ state: ClearanceState | null }>`
    select clearance_confirm(${tokenHash}) as state`.execute(query);
  return rows[0]?.state ?? undefined;
}

/** Takes away, for a task, what nobody confirmed in time. */
export async function lapseClearances({ query }: Reading) {
  const { rows } = await sql<{ id: string; businessId: string; sessionId: string }>`
    select id, business_id as "businessId", session_id as "sessionId" from clearances_lapse()`.execute(query);
  return rows;
}
