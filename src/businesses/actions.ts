import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { RegisteredBusiness, Registers } from '../registers/index.ts';
import { readApprovalsSoon } from './approval-jobs.ts';
import * as records from './records.ts';
import type { CardTypeRule, OfficerRules } from './rules.ts';

export interface BusinessImportDeps {
  readonly database: Database;
  readonly vault: Vault;
  readonly registers: Pick<Registers, 'enhetsregisteret'>;
  readonly officerRules: OfficerRules;
  readonly cardTypes: readonly CardTypeRule[];
  /** Port: a business seen for the first time gets its contact details from the register, unconfirmed. */
  readonly onImported: (
    transaction: Transaction,
    businessId: string,
    registered: RegisteredBusiness,
  ) => Promise<void>;
  /** Port: has the cards of a business follow what was read of it. */
  readonly settleCards: (transaction: Transaction, businessId: string) => Promise<void>;
}

export type ImportError = 'no-such-business' | 'register-unavailable';
export type BusinessImport = (
  organisationNumber: OrganisationNumber,
) => Promise<Result<{ businessId: string }, ImportError>>;

/**
 * Reads a business, its units and its officers from Enhetsregisteret and writes them here. A register that does not
 * answer leaves everything as it was.
 */
export function createBusinessImport(deps: BusinessImportDeps): BusinessImport {
  return async (organisationNumber) => {
    const { enhetsregisteret } = deps.registers;
    const business = await enhetsregisteret.business(organisationNumber);
    if (!business.ok) return importFailure(deps, organisationNumber, business.error.kind);
    const [units, roles] = await Promise.all([
      enhetsregisteret.units(organisationNumber),
      enhetsregisteret.authorisedRoles(organisationNumber),
    ]);
    if (!units.ok || !roles.ok) return err('register-unavailable');
    const businessId = await inTransaction(deps.database, job, async (transaction) => {
      const id = await records.upsertBusiness(transaction, business.value, deps.cardTypes);
      // A business that was not here when the Authority's registers were read last.
      if (await records.lacksApproval(transaction, id)) await readApprovalsSoon(transaction);
      await records.upsertUnits(transaction, id, units.value);
      const known = { id, form: business.value.form };
      await records.replaceOfficers(transaction, deps.vault, known, roles.value, deps.officerRules);
      await deps.onImported(transaction, id, business.value);
      await deps.settleCards(transaction, id);
      await appendAudit(transaction, {
        action: 'business.refreshed',
        decision: 'allowed',
        businessId: id,
        subject: { kind: 'business', id },
        changes: {
          units: units.value.length,
          officers: roles.value.length,
          bankrupt: business.value.bankrupt,
        },
      });
      return id;
    });
    return ok({ businessId });
  };
}

const job = { kind: 'job', name: 'businesses.refresh' } as const;

async function importFailure(
  deps: BusinessImportDeps,
  organisationNumber: OrganisationNumber,
  kind: string,
): Promise<Result<never, ImportError>> {
  if (kind !== 'not-found' && kind !== 'gone') return err('register-unavailable');
  await inTransaction(deps.database, job, async (transaction) => {
    const id =
      kind === 'gone'
        ? await records.closeBusiness(transaction, organisationNumber)
        : await records.noteMissing(transaction, organisationNumber);
    if (id !== undefined) await deps.settleCards(transaction, id);
  });
  return err('no-such-business');
}
