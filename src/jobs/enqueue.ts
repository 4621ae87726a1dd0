import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';

/** @property key only one waiting job has it: a later one replaces it; @property runAt not before */
export interface EnqueueOptions {
  readonly key?: string;
  readonly runAt?: Date;
}

/**
 * Adds a job in the caller's transaction: it runs only if, and only after, the transaction commits. The payload holds
 * ids, never personal data, since the queue keeps it.
 */
export async function enqueue(
  transaction: Pick<Transaction, 'query'>,
  name: string,
  payload: object,
  options: EnqueueOptions = {},
): Promise<void> {
  await sql`select enqueue_job(${name}, ${JSON.stringify(payload)}::json, ${options.key ?? null}::text,
    ${options.runAt ?? null}::timestamptz)`.execute(transaction.query);
}
