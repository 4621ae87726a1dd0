import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import type { Task } from '../jobs/index.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import type { Registers } from '../registers/index.ts';
import type { BusinessImport } from './actions.ts';
import { followUpdates } from './updates.ts';
import { openBusinesses } from './records.ts';

const REFRESH = 'businesses.refresh';
const payloadOf = z.object({ organisationNumber: z.string() });

/** What reading businesses in the background needs. */
export interface BusinessTaskDeps {
  readonly database: Database;
  readonly importBusiness: BusinessImport;
  readonly registers: Pick<Registers, 'enhetsregisteret'>;
}

/**
 * Tasks that read businesses from Enhetsregisteret: one for each business, one that follows the register's updates and adds
 * those that have changed, and a nightly sweep that adds all.
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
      name: 'businesses.refresh-all',
      cron: '15 3 * * *',
      run: async () => {
        await refreshSoon(deps.database, undefined);
      },
    },
  ];
}

/** Adds a refresh of each business (of all, when undefined); several wishes for one business become one. */
export async function refreshSoon(
  database: Database,
  organisationNumbers: readonly string[] | undefined,
): Promise<void> {
  if (organisationNumbers?.length === 0) return;
  await inTransaction(database, { kind: 'job', name: 'businesses.refresh-all' }, async (transaction) => {
    await refreshIn(transaction, organisationNumbers ?? (await openBusinesses(transaction)));
  });
}

async function refreshIn(transaction: Transaction, organisationNumbers: readonly string[]): Promise<void> {
  for (const organisationNumber of organisationNumbers) {
    await enqueue(transaction, REFRESH, { organisationNumber }, { key: `${REFRESH}:${organisationNumber}` });
  }
}
