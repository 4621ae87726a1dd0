import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { osloToday } from '../kernel/dates.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { RegisterError, Registers } from '../registers/index.ts';
import { cardHolders, declaredPeople, refreshDeclared } from './declared-records.ts';
import * as records from './records.ts';
import {
  assignedWorkers,
  type CurrentEmployment,
  currentEmployments,
  describePerson,
  describeWorker,
  distinctPeople,
  hasAssignments,
  type KnownPerson,
  needsPermit,
  type PermitSettings,
} from './rules.ts';

export interface WorkerImportDeps {
  readonly database: Pick<Database, 'request'>;
  readonly registers: Pick<Registers, 'aareg' | 'assignments' | 'folkeregisteret'>;
  readonly vault: Vault;
  /** Whose cards the public check keeps to itself: protections of addresses, in Folkeregisteret's words. */
  readonly withheldProtections: readonly string[];
  readonly permits: PermitSettings;
  /** Port: has the cards of a business follow what was read. */
  readonly settleCards: (transaction: Transaction, businessId: string) => Promise<void>;
}

export type WorkerImportError = 'no-such-business' | 'register-unavailable';
export type WorkerImport = (
  organisationNumber: OrganisationNumber,
) => Promise<Result<{ readonly workers: number; readonly ended: number }, WorkerImportError>>;

const job = { kind: 'job', name: 'workers.refresh' } as const;

/**
 * Reads a business's workers: employments from Aa-registeret, names, birth dates and standing from Folkeregisteret. The
 * business and its units have to be here already. When a register does not answer, everything stays as it was last known.
 */
export function createWorkerImport({
  database,
  registers,
  vault,
  withheldProtections,
  permits,
  settleCards,
}: WorkerImportDeps): WorkerImport {
  return async (organisationNumber) => {
    const start = await inTransaction(database, job, async (transaction) => {
      const employer = await records.findEmployer(transaction, organisationNumber);
      if (employer === undefined) return undefined;
      const declared = await declaredPeople(transaction, vault, employer.id);
      const holders = await cardHolders(transaction, vault, employer.id);
      return { employer, declared, holders, now: transaction.now, today: osloToday(transaction.now) };
    });
    if (start === undefined) return err('no-such-business');
    const { employer, declared } = start;
    const reported = await reportedWorkers(registers, organisationNumber, employer);
    if (!reported.ok) return err('register-unavailable');
    const employments = currentEmployments(reported.value, start.today);
    const asked = [...new Set([...distinctPeople(employments), ...declared.numbers])];
    // Somebody may come to be protected when they work there no more, while their card still names where they did.
    const people = await registers.folkeregisteret.people([...new Set([...asked, ...start.holders])]);
    if (!people.ok) return err('register-unavailable');
    const byNumber = new Map(people.value.map((person) => [person.nationalId, person]));
    const permitDue = ({ citizenships }: KnownPerson) =>
      needsPermit(citizenships, employer.cardType, permits);
    const known = employments.flatMap((employment) => {
      const worker = describeWorker(employment, byNumber.get(employment.nationalId));
      const unitId = employer.units.get(employment.unit);
      return worker === undefined || unitId === undefined
        ? []
        : [{ ...worker, unitId, permitDue: permitDue(worker) }];
    });
    return inTransaction(database, job, async (transaction) => {
      await records.lockImport(transaction, employer.id);
      // The business before its people, as the reading of the business has them: else each could wait for the other.
      await records.noteReading(transaction, employer.id, start.now);
      const ids = await records.upsertPeople(transaction, vault, known);
      const rows = known.flatMap((worker) => {
        const personId = ids.get(vault.hash(worker.nationalId).toString('hex'));
        return personId === undefined ? [] : [{ ...worker, personId }];
      });
      await records.upsertWorkers(transaction, employer.id, rows);
      // Whom an officer has declared stays on the list, as Folkeregisteret knows them now.
      const standing = declared.numbers.flatMap((number) => {
        const person = describePerson(number, byNumber.get(number));
        return person === undefined ? [] : [{ ...person, permitDue: permitDue(person) }];
      });
      await refreshDeclared(transaction, vault, employer.id, standing);
      const ended = await records.endMissing(transaction, vault, employer, employments);
      await records.markRegistered(transaction, vault, employer.id, asked, [...byNumber.keys()]);
      const withheld = people.value.filter(({ addressProtection }) =>
        withheldProtections.includes(addressProtection ?? ''),
      );
      await records.withholdPeople(transaction, vault, [...byNumber.keys()], withheld);
      await settleCards(transaction, employer.id);
      await appendAudit(transaction, {
        action: 'workers.refreshed',
        decision: 'allowed',
        businessId: employer.id,
        subject: { kind: 'business', id: employer.id },
        changes: {
          workers: rows.length,
          unknown: employments.length - rows.length,
          ended,
          ...(declared.unreadable > 0 ? { unreadable: declared.unreadable } : {}),
        },
      });
      return ok({ workers: rows.length, ended });
    });
  };
}

/** What a register says of who works there: the register of assignments of a foreign firm, Aa-registeret of all others. */
async function reportedWorkers(
  registers: WorkerImportDeps['registers'],
  organisationNumber: OrganisationNumber,
  employer: records.Employer,
): Promise<Result<readonly CurrentEmployment[], RegisterError>> {
  if (!hasAssignments(employer.form)) {
    return registers.aareg.employments({ organisationNumber, statuses: ['active', 'future', 'ended'] });
  }
  const unit = employer.firstUnit;
  if (unit === undefined) return ok([]);
  const assignments = await registers.assignments.assignmentsOf(organisationNumber);
  return assignments.ok ? ok(assignedWorkers(assignments.value, unit)) : assignments;
}
