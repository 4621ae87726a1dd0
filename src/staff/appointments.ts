import { z } from 'zod';
import { invitedTooMany, type Notify, stepUpFresh } from '../access/index.ts';
import { appendAudit, type AuditEntry } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type StaffRole, type Transaction } from '../database/transaction.ts';
import { createToken, hashToken } from '../identity/index.ts';
import { enqueue } from '../jobs/index.ts';
import { lastDayToEnd, type PlainDate, startOfDay } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from './acting.ts';
import * as records from './records.ts';
import { type ConfirmProblem, confirmProblem, lastDayProblem, type Authority } from './rules.ts';

/** What the use cases of staff need. */
export interface StaffDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  /** Where links in messages lead, with no path. */
  readonly publicOrigin: string;
  /** More pages of a role, which other features have; `label` is a text's key. */
  readonly places?: readonly { readonly role: StaffRole; readonly href: string; readonly label: string }[];
}

const LINK_DAYS = 7;

/** The task that tells the operators that somebody has logged in through an appointment's link. */
export const tellOfAppointmentTask = 'staff.tell-of-appointment';

/** The path of an appointment's single-use link. */
export function appointmentPath(secret: string): string {
  return `/appointments/${secret}`;
}

const read = { right: 'appointments.read', action: 'appointments.list' } as const;

/** Who has, or may get, which role of staff, and until when. */
export function viewAppointments(deps: Pick<StaffDeps, 'database'>, acting: StaffActing) {
  return lookAsStaff(deps.database, acting, read, async (permitted) => ({
    permitted,
    ...(await records.listAppointments(permitted, null)),
  }));
}

/** What the form for a proposal is drawn from. */
export function openProposalForm(deps: Pick<StaffDeps, 'database'>, acting: StaffActing) {
  const request = { right: 'appointments.propose', action: 'appointment.propose' } as const;
  return lookAsStaff(deps.database, acting, request, (permitted) => Promise.resolve({ permitted }));
}

export interface ProposedAppointment {
  readonly role: StaffRole;
  readonly name: string;
  readonly email: string;
  /** Where a checker's role holds; null for the others. */
  readonly place: string | null;
  /** The authority that a case officer writes for; of no matter for the others. */
  readonly authority?: Authority | undefined;
  /** Left out: as soon as it is confirmed. */
  readonly firstDay?: PlainDate | undefined;
  readonly lastDay: PlainDate;
}

export type ProposeProblem = 'past' | 'too-late' | 'begins-late' | 'already-proposed' | 'too-many-today';

/** A transaction in which it was decided that appointments may be given, by an operator or for a business's place. */
export type Giving = Transaction & { readonly audit: (entry?: Partial<AuditEntry>) => Promise<string> };

/** Proposes somebody for a role: they get a single-use link, and another operator confirms who logged in. */
export function proposeAppointment(
  deps: StaffDeps,
  acting: StaffActing,
  wanted: ProposedAppointment,
): Promise<Result<{ readonly id: string; readonly link: string }, ProposeProblem | StaffRefused>> {
  const request = { right: 'appointments.propose', action: 'appointment.proposed' } as const;
  return actAsStaff(deps.database, acting, request, (permitted) =>
    proposeIn(deps, permitted, { ...wanted, businessId: null }),
  );
}

/** As `proposeAppointment`, within a transaction; `businessId` gives it for its place. */
export async function proposeIn(
  deps: StaffDeps,
  permitted: Giving,
  wanted: ProposedAppointment & { readonly businessId: string | null },
): Promise<Result<{ readonly id: string; readonly link: string }, ProposeProblem>> {
  const { role, firstDay, lastDay, place, authority } = wanted;
  const problem = lastDayProblem(lastDay, permitted.now);
  if (problem !== undefined) return err(problem);
  if (firstDay !== undefined && firstDay > lastDay) return err('begins-late');
  await records.lockProposal(permitted, wanted);
  if (await records.isProposed(permitted, wanted)) return err('already-proposed');
  if (await invitedTooMany(permitted)) return err('too-many-today');
  const { secret, hash } = createToken();
  const linkExpiresAt = new Date(permitted.now.getTime() + LINK_DAYS * 24 * 60 * 60 * 1000);
  const id = await records.insertAppointment(permitted, {
    ...wanted,
    startsAt: firstDay === undefined ? null : startOfDay(firstDay),
    endsAt: lastDayToEnd(lastDay),
    tokenHash: hash,
    linkExpiresAt,
  });
  await permitted.audit({
    subject: { kind: 'appointment', id },
    changes: {
      proposedRole: role,
      lastDay,
      ...(firstDay === undefined ? {} : { firstDay }),
      ...(authority === undefined ? {} : { authority }),
    },
    detail: { name: wanted.name, email: wanted.email, ...(place === null ? {} : { place }) },
  });
  const link = `${deps.publicOrigin}${appointmentPath(secret)}`;
  await deps.notify(permitted, {
    template: `staff:notice.${place === null ? 'proposed' : 'proposedChecker'}`,
    businessId: null,
    parameters: {
      name: wanted.name,
      roleKeys: `staff:role.${role}`,
      ...(place === null ? {} : { place }),
      by: permitted.facts.session?.name ?? '',
      expiresDate: linkExpiresAt.toISOString(),
    },
    secrets: { link },
    audience: 'address',
    extraAddresses: [wanted.email],
  });
  return ok({ id, link });
}

const confirmRequest = { right: 'appointments.confirm', action: 'appointment.confirmed' } as const;
const endRequest = { right: 'appointments.end', action: 'appointment.ended' } as const;

/** One appointment, what keeps this operator from confirming it, and whether they have logged in lately. */
export function viewAppointment(
  deps: Pick<StaffDeps, 'database'>,
  acting: StaffActing,
  id: string,
  purpose: 'confirm' | 'end',
) {
  const request = purpose === 'confirm' ? confirmRequest : endRequest;
  return lookAsStaff(deps.database, acting, request, (permitted) => viewIn(permitted, id, null));
}

/** One appointment that the authority, or this business, gives; what keeps the asker from confirming it, and whether they have logged in lately. */
export async function viewIn<T extends Transaction>(permitted: T, id: string, businessId: string | null) {
  const appointment = await givenBy(permitted, id, businessId);
  return {
    permitted,
    appointment,
    problem: appointment && confirmProblem(appointment, permitted.facts.session?.personId ?? ''),
    fresh: stepUpFresh(permitted.facts, permitted.now),
  };
}

/** One's own appointments can be read too: what another gave is none of the asker's to settle. */
async function givenBy(
  permitted: Transaction,
  id: string,
  businessId: string | null,
): Promise<records.Appointment | undefined> {
  const appointment = isUuid(id) ? await records.findAppointment(permitted, id) : undefined;
  return appointment?.businessId === businessId ? appointment : undefined;
}

export type ConfirmError = ConfirmProblem | 'unknown' | 'step-up' | 'already-appointed';

/**
 * Confirms that whoever logged in through the link is the one who was meant: from now on they have the role. By another
 * operator than who proposed it and than who is appointed, logged in at high level in the last five minutes.
 */
export async function confirmAppointment(
  deps: StaffDeps,
  acting: StaffActing,
  id: string,
): Promise<Result<records.Appointment, ConfirmError | StaffRefused>> {
  const confirmed = await actAsStaff(deps.database, acting, confirmRequest, (permitted) =>
    confirmIn(deps, permitted, id, null),
  );
  if (!confirmed.ok) return confirmed;
  return 'rule' in confirmed.value ? err(confirmed.value.rule) : ok(confirmed.value);
}

/** As `confirmAppointment`, within a transaction. A rule that refuses is audited there, and handed back as a value so that it commits. */
export async function confirmIn(
  deps: Pick<StaffDeps, 'notify'>,
  permitted: Giving,
  id: string,
  businessId: string | null,
): Promise<Result<records.Appointment | { readonly rule: ConfirmError }, ConfirmError>> {
  if (!isUuid(id)) return err('unknown');
  await records.lockAppointment(permitted, id);
  const appointment = await givenBy(permitted, id, businessId);
  if (appointment === undefined) return err('unknown');
  const subject = { kind: 'appointment', id };
  const rule =
    confirmProblem(appointment, permitted.facts.session?.personId ?? '') ??
    (stepUpFresh(permitted.facts, permitted.now) ? undefined : 'step-up');
  if (rule !== undefined) {
    await permitted.audit({ decision: 'refused', rule, subject });
    return ok({ rule });
  }
  for (const other of await records.otherAppointments(permitted, appointment)) {
    if (other.endsAt > permitted.now) return err('already-appointed');
    await records.endAppointment(permitted, other.id);
  }
  await records.approveAppointment(permitted, id);
  await permitted.audit({
    subject,
    changes: { appointedRole: appointment.role, personId: appointment.acceptedBy },
    detail: { name: appointment.acceptedByName },
  });
  await tellAppointee(deps, permitted, appointment, 'confirmed');
  return ok(appointment);
}

function tellAppointee(
  deps: Pick<StaffDeps, 'notify'>,
  permitted: Transaction,
  appointment: records.Appointment,
  what: 'confirmed' | 'ended',
): Promise<void> {
  return deps.notify(permitted, {
    template: `staff:notice.${what}`,
    businessId: null,
    parameters: {
      name: appointment.acceptedByName ?? appointment.name,
      roleKeys: `staff:role.${appointment.role}`,
      lastDate: new Date(appointment.endsAt.getTime() - 1).toISOString(),
    },
    audience: 'address',
    ...(appointment.acceptedBy === null ? {} : { personId: appointment.acceptedBy }),
    extraAddresses: [appointment.email],
  });
}

export type EndProblem = 'unknown' | 'already-ended';

/** Ends an appointment with effect from the very next request, or takes back what was only proposed. */
export function endAppointment(
  deps: StaffDeps,
  acting: StaffActing,
  id: string,
): Promise<Result<records.Appointment, EndProblem | StaffRefused>> {
  return actAsStaff(deps.database, acting, endRequest, (permitted) => endIn(deps, permitted, id, null));
}

/** As `endAppointment`, within a transaction. */
export async function endIn(
  deps: Pick<StaffDeps, 'notify'>,
  permitted: Giving,
  id: string,
  businessId: string | null,
): Promise<Result<records.Appointment, EndProblem>> {
  if (!isUuid(id)) return err('unknown');
  await records.lockAppointment(permitted, id);
  const appointment = await givenBy(permitted, id, businessId);
  if (appointment === undefined) return err('unknown');
  if (!(await records.endAppointment(permitted, id))) return err('already-ended');
  await permitted.audit({
    subject: { kind: 'appointment', id },
    changes: { endedRole: appointment.role, personId: appointment.acceptedBy, was: appointment.state },
  });
  if (appointment.state === 'in-force') await tellAppointee(deps, permitted, appointment, 'ended');
  return ok(appointment);
}

// The link -----------------------------------------------------------------------------------------------------------

/** What whoever holds the link may see, logged in or not. Reading it changes nothing: mail scanners follow links too. */
export function readLink(
  deps: Pick<StaffDeps, 'database'>,
  secret: string,
): Promise<records.LinkedAppointment | undefined> {
  return inTransaction(deps.database, { kind: 'anonymous' }, (transaction) =>
    records.appointmentByToken(transaction, hashToken(secret)),
  );
}

/** The person who is logged in at high level says that they are the one who was proposed. */
export function acceptLink(
  deps: Pick<StaffDeps, 'database'>,
  tokenHash: Uint8Array,
  secret: string,
): Promise<records.LinkAnswer> {
  return inTransaction(deps.database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const hash = hashToken(secret);
    const before = await records.appointmentByToken(transaction, hash);
    const answer = await records.acceptByToken(transaction, hash);
    if (before === undefined || answer === 'not-signed-in') return answer;
    const allowed = answer === 'accepted' || answer === 'in-force';
    await appendAudit(transaction, {
      action: 'appointment.accepted',
      decision: allowed ? 'allowed' : 'refused',
      ...(allowed ? {} : { rule: answer }),
      subject: { kind: 'appointment', id: before.id },
      changes: { role: before.role, inForce: answer === 'in-force' },
    });
    if (allowed && before.state === 'open') await enqueueTelling(transaction, before.id);
    return answer;
  });
}

function enqueueTelling(transaction: Transaction, appointmentId: string): Promise<void> {
  const key = `${tellOfAppointmentTask}:${appointmentId}`;
  return enqueue(transaction, tellOfAppointmentTask, { appointmentId }, { key });
}

const tellPayload = z.object({ appointmentId: z.uuid() });

/**
 * Tells the operators, or the business that gives the role, once, that somebody has logged in through a link: who then waits for
 * one of them, or is an operator already by the command on the server.
 */
export async function tellOfAppointment(
  deps: Pick<StaffDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { appointmentId } = tellPayload.parse(payload);
  await inTransaction(deps.database, { kind: 'job', name: tellOfAppointmentTask }, async (transaction) => {
    const appointment = await records.findAppointment(transaction, appointmentId);
    if (appointment === undefined || appointment.acceptedBy === null) return;
    if (!(await records.markAppointmentTold(transaction, appointmentId))) return;
    const { proposedBy, acceptedBy, businessId, place } = appointment;
    if (businessId !== null) {
      await deps.notify(transaction, {
        template: 'staff:notice.acceptedChecker',
        businessId,
        parameters: {
          verified: appointment.acceptedByName ?? '',
          roleKeys: `staff:role.${appointment.role}`,
          place: place ?? '',
          by: appointment.proposedByName ?? '',
        },
        audience: 'business-and-officers',
      });
      return;
    }
    for (const address of await records.operatorAddresses(transaction, [proposedBy, acceptedBy])) {
      await deps.notify(transaction, {
        template: `staff:notice.${proposedBy === null ? 'byCommand' : 'accepted'}`,
        businessId: null,
        parameters: {
          verified: appointment.acceptedByName ?? '',
          roleKeys: `staff:role.${appointment.role}`,
          by: appointment.proposedByName ?? '',
        },
        audience: 'address',
        extraAddresses: [address],
      });
    }
  });
}

/** The roles of staff that the person who is logged in has, or has had. Empty for everyone else. */
export function viewOwnAppointments(
  deps: Pick<StaffDeps, 'database'>,
  tokenHash: Uint8Array,
): Promise<records.Appointment[]> {
  return inTransaction(deps.database, { kind: 'session', tokenHash }, records.ownAppointments);
}

/** Whether the person of this transaction has a role of staff in force. */
export async function hasStaffRole(transaction: Transaction): Promise<boolean> {
  return (await records.ownAppointments(transaction)).some(({ state }) => state === 'in-force');
}
