import { act, look, type ActingFor, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { addMonths, lastDayToEnd, osloToday } from '../kernel/dates.ts';
import type { NationalId } from '../kernel/national-id.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Registers } from '../registers/index.ts';
import { settleDeclarationsIn } from './declared-jobs.ts';
import * as records from './declared-records.ts';
import { refreshIn } from './jobs.ts';
import { discloseWorkers } from './records.ts';
import { type DeclarationKind, describePerson, type KnownPerson, sameSurname } from './rules.ts';

export interface DeclaringDeps {
  readonly database: Pick<Database, 'request'>;
  readonly registers: Pick<Registers, 'folkeregisteret'>;
  readonly vault: Vault;
  /** How long an officer's word holds until it is given anew. */
  readonly declarationMonths: number;
}

/** An officer's alone: no mandate gives it, and a vendor never has it. */
const declaring = { right: 'agreements.sign', besides: ['workers.read'], neverForVendor: true } as const;

export interface DeclarationsView {
  readonly permitted: Permitted;
  readonly declarations: readonly records.Declaration[];
  readonly units: readonly { readonly id: string; readonly name: string }[];
}

/** The business's declarations, or the one with that id; that the people were seen is recorded. */
export function seeDeclarations(
  { database }: Pick<DeclaringDeps, 'database'>,
  acting: ActingFor,
  id?: string,
): Promise<Result<DeclarationsView, Refused>> {
  return look(database, acting, { ...declaring, action: 'worker-declarations.seen' }, async (permitted) => {
    const declarations = await records.listDeclarations(permitted, id);
    await discloseWorkers(
      permitted,
      declarations.map(({ workerId }) => workerId),
      ['name', 'birth-date', 'declaration'],
      'worker-list',
    );
    return { permitted, declarations, units: await records.openUnits(permitted) };
  });
}

export interface DeclareWorker {
  readonly unitId: string;
  readonly nationalId: NationalId;
  readonly surname: string;
  readonly kind: DeclarationKind;
  readonly reason: string;
}

export type DeclareProblem =
  'register-silent' | 'unknown-person' | 'deceased' | 'on-the-list' | 'no-such-unit';

/**
 * Declares somebody whom no register shows as a worker of the business. Folkeregisteret has to know the number under the
 * surname: a number that it does not know and a surname that is not the person's are one answer.
 */
export async function declareWorker(
  deps: DeclaringDeps,
  acting: ActingFor,
  command: DeclareWorker,
): Promise<Result<{ readonly id: string }, Refused | { readonly kind: DeclareProblem }>> {
  const request = { ...declaring, action: 'worker.declared', subject: { unitId: command.unitId } };
  // Nobody has a register asked who may not declare.
  const allowed = await look(deps.database, acting, request, (permitted) => records.openUnits(permitted));
  if (!allowed.ok) return allowed;
  if (!allowed.value.some(({ id }) => id === command.unitId)) return err({ kind: 'no-such-unit' });
  const found = await findPerson(deps, command);
  if (!found.ok) return missed(deps, acting, found.error);
  return act(deps.database, acting, request, async (permitted) => {
    const id = await records.insertDeclaration(permitted, deps.vault, {
      person: found.value,
      unitId: command.unitId,
      kind: command.kind,
      reason: command.reason,
      holdsUntil: heldUntil(permitted.now, deps.declarationMonths),
    });
    if (id === undefined) return err({ kind: 'on-the-list' as const });
    await settleDeclarationsIn(permitted);
    // Whether a permit to stay is due is found when the list is read.
    await refreshIn(permitted, [permitted.facts.business?.organisationNumber ?? '']);
    await permitted.audit({
      subject: { kind: 'worker-declaration', id },
      changes: { kind: command.kind, unit: command.unitId },
      detail: { reason: command.reason },
    });
    return ok({ id });
  });
}

async function findPerson(
  { registers }: DeclaringDeps,
  { nationalId, surname }: DeclareWorker,
): Promise<Result<KnownPerson, DeclareProblem>> {
  const people = await registers.folkeregisteret.people([nationalId]);
  if (!people.ok) return err('register-silent');
  const person = describePerson(
    nationalId,
    people.value.find((one) => one.nationalId === nationalId),
  );
  if (person === undefined || !sameSurname(person.familyName, surname)) return err('unknown-person');
  return person.deceased ? err('deceased') : ok(person);
}

/** What was asked of Folkeregisteret in vain stands in the audit log, without whom it was asked of. */
async function missed(
  { database }: DeclaringDeps,
  acting: ActingFor,
  kind: DeclareProblem,
): Promise<Result<never, Refused | { readonly kind: DeclareProblem }>> {
  const noted = await act<null, Refused>(
    database,
    acting,
    { ...declaring, action: 'worker.declared' },
    async (permitted) => {
      await permitted.audit({ decision: 'refused', rule: kind });
      return ok(null);
    },
  );
  return noted.ok ? err({ kind }) : noted;
}

function heldUntil(now: Date, months: number): Date {
  return lastDayToEnd(addMonths(osloToday(now), months));
}

/** Stands by a declaration for another term, or withdraws it; `missing` where there is none such that is not withdrawn. */
export function settleDeclaration(
  { database, declarationMonths }: Pick<DeclaringDeps, 'database' | 'declarationMonths'>,
  acting: ActingFor,
  id: string,
  answer: 'confirm' | 'withdraw',
): Promise<Result<null, Refused>> {
  const action = answer === 'confirm' ? 'worker-declaration.confirmed' : 'worker-declaration.withdrawn';
  return act<null, Refused>(database, acting, { ...declaring, action }, async (permitted) => {
    const settled =
      answer === 'confirm'
        ? await records.confirmDeclaration(permitted, id, heldUntil(permitted.now, declarationMonths))
        : await records.withdrawDeclaration(permitted, id);
    if (!settled) return err({ kind: 'missing' });
    await settleDeclarationsIn(permitted);
    await permitted.audit({ subject: { kind: 'worker-declaration', id } });
    return ok(null);
  });
}
