import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

/** How many people one person invites in 24 hours, to whatever: each gets an e-mail from us that nobody has asked for. */
const INVITED_A_DAY = 50;
/** How many PDFs a business sends in 24 hours, in answers to the authority, as agreements signed elsewhere and with vendors' invoices: each takes room on the disk. */
const FILES_A_DAY = 50;

type Asking = Pick<Transaction, 'query'>;

/** Whether the person of the transaction has invited as many in 24 hours as one may. */
export async function invitedTooMany({ query }: Asking): Promise<boolean> {
  const { rows } = await sql<{ invited: number }>`select invited_in_a_day() as invited`.execute(query);
  return (rows[0]?.invited ?? 0) >= INVITED_A_DAY;
}

/** Whether the business of the transaction has sent as many PDFs in 24 hours as one may. */
export async function filesTooMany({ query }: Asking): Promise<boolean> {
  const { rows } = await sql<{ sent: number }>`select files_in_a_day() as sent`.execute(query);
  return (rows[0]?.sent ?? 0) >= FILES_A_DAY;
}
