import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import type { Task } from '../jobs/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import type { Registers } from '../registers/index.ts';
import type { BusinessImport } from './actions.ts';
import { followUpdates } from './updates.ts';
import { nextToRead } from './records.ts';

const REFRESH = 'businesses.refresh';
const SWEEP = 'businesses.sweep';
const payloadOf = z.object({ organisationNumber: z.string() });

/** What reading businesses in the background needs. */
export interface BusinessTaskDeps {
  readonly database: Database;
  readonly importBusiness: BusinessImport;
  readonly registers: Pick<Registers, 'enhetsregisteret'>;
  /** So many businesses a minute are read in turn: what the registers stand. */
  readonly readsPerMinute: number;
}

/** What has been read is read anew after so long: early enough that a register which is silent for hours is still read within a day. */
const READ_AGAIN_MS = 12 * 3_600_000;
/** What was asked in vain is asked again after so long. */
const ASK_AGAIN_MS = 30 * 60_000;

/** What the sweep of a register reads next, at that time. */
export function sweepAt(now: Date, limit: number) {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  return { readBefore: ago(READ_AGAIN_MS), askedBefore: ago(ASK_AGAIN_MS), limit };
}

/**
 * Tasks that read businesses from Enhetsregisteret: one for each business, one that follows the register's updates and adds
 * those that have changed, and a rolling sweep that adds those which were read longest ago.
 */
export function createBusinessTasks(deps: BusinessTaskDeps): Task[] {
  return [
    {
      name: REFRESH,
      run: async (payload) => {
        const number = parseOrganisationNumber(payloadOf.parse(payload).organisationNumber);
        if (!number.ok) return;
        const imported = await deps.importBusiness(number.value);
        // Thrown so that the queue tries again later, with its back-off.
        if (!imported.ok && imported.error === 'register-unavailable')
          throw new Error('The register did not answer.');
      },
    },
    {
      name: 'businesses.follow-updates',
      cron: '*/5 * * * *',
      run: async () => {
        const followed = await followUpdates({
          ...deps,
          refresh: (transaction, numbers) => refreshIn(transaction, numbers),
        });
        if (!followed.ok) throw new Error('The register did not answer.');
      },
    },
    {
      name: SWEEP,
      cron: '* * * * *',
      run: () =>
        inTransaction(deps.database, { kind: 'job', name: SWEEP }, async (transaction) => {
          await refreshIn(
            transaction,
            await nextToRead(transaction, sweepAt(transaction.now, deps.readsPerMinute)),
          );
        }),
    },
  ];
}

/** Adds a refresh of each business; several wishes for one business become one. */
export async function refreshSoon(database: Database, organisationNumbers: readonly string[]): Promise<void> {
  if (organisationNumbers.length === 0) return;
  await inTransaction(database, { kind: 'job', name: REFRESH }, (transaction) =>
    refreshIn(transaction, organisationNumbers),
  );
}

async function refreshIn(transaction: Transaction, organisationNumbers: readonly string[]): Promise<void> {
  for (const organisationNumber of organisationNumbers) {
    await enqueue(transaction, REFRESH, { organisationNumber }, { key: `${REFRESH}:${organisationNumber}` });
  }
}
