import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import * as records from './wish-records.ts';
import { everything, type Wishes } from './wish-rules.ts';

export interface WishDeps {
  readonly database: Pick<Database, 'request'>;
}

/** What whoever is logged in wants to be told at their own address. */
export function viewWishes({ database }: WishDeps, tokenHash: Uint8Array): Promise<Wishes> {
  return inTransaction(
    database,
    { kind: 'session', tokenHash },
    async (transaction) => (await records.ownWishes(transaction)) ?? everything,
  );
}

/** Keeps it; from the next notice on it holds. */
export async function changeWishes(
  { database }: WishDeps,
  tokenHash: Uint8Array,
  wishes: Wishes,
): Promise<void> {
  await inTransaction(database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    await records.keepWishes(transaction, wishes);
    await appendAudit(transaction, {
      action: 'notice-wishes.change',
      decision: 'allowed',
      changes: {
        switchedOff: wishes.switchedOff,
        channel: wishes.channel,
        digestHour: wishes.digestHour ?? null,
      },
    });
  });
}
