import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import type { Vault } from '../database/encryption.ts';
import { putNotice } from './actions.ts';
import * as records from './digest-records.ts';
import { kindOf, WISHES } from './wish-rules.ts';

export const DIGEST = 'messages.digest';
const LOT = 200;

interface DigestDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Pick<Vault, 'encrypt'>;
}

/**
 * Tells each person whose hour has come, in one e-mail, how much of what there is to read. What stands in a digest and that
 * it is on its way are one transaction: whatever breaks off is done whole by the next, and done twice by none.
 */
export async function sendDigests(deps: DigestDeps): Promise<void> {
  const job = { kind: 'job', name: DIGEST } as const;
  const people = await inTransaction(deps.database, job, (transaction) =>
    records.peopleWithDigest(transaction, LOT),
  );
  for (const personId of people)
    await inTransaction(deps.database, job, (transaction) => tellTogether(deps, transaction, personId));
}

async function tellTogether(deps: DigestDeps, transaction: Transaction, personId: string): Promise<void> {
  const kept = await records.takeForDigest(transaction, personId);
  const last = kept.at(-1);
  if (last === undefined) return;
  const countOf = (kind: string) => String(kept.filter(({ template }) => kindOf(template) === kind).length);
  const digestId = await putNotice(deps, transaction, {
    template: 'messages:notice.digest',
    businessId: null,
    parameters: {
      ...Object.fromEntries(WISHES.map((kind) => [kind, countOf(kind)])),
      link: '/businesses',
    },
    audience: 'person',
    personId,
    language: last.language,
  });
  await records.noteDigest(
    transaction,
    kept.map(({ id }) => id),
    digestId,
  );
}
