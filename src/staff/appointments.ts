import { z } from 'zod';
import { type Notify, stepUpFresh } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type StaffRole, type Transaction } from '../database/transaction.ts';
import { createToken, hashToken } from '../identity/index.ts';
import { enqueue } from '../jobs/index.ts';
import { lastDayToEnd, type PlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from './acting.ts';
import * as records from './records.ts';
import { type ConfirmProblem, confirmProblem, lastDayProblem } from './rules.ts';

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
    ...(await records.listAppointments(permitted)),
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
  readonly lastDay: PlainDate;
}

export type ProposeProblem = 'past' | 'too-late' | 'already-proposed';

/** Proposes somebody for a role: they get a single-use link, and another operator confirms who logged in. */
export function proposeAppointment(
  deps: StaffDeps,
  acting: StaffActing,
  wanted: ProposedAppointment,
): Promise<Result<{ readonly id: string; readonly link: string }, ProposeProblem | StaffRefused>> {
  const request = { right: 'appointments.propose', action: 'appointment.proposed' } as const;
  return actAsStaff(deps.database, acting, request, async (permitted) => {
    const problem = lastDayProblem(wanted.lastDay, permitted.now);
    if (problem !== undefined) return err(problem);
    await records.lockProposal(permitted, wanted.role, wanted.email);
    if (await records.isProposed(permitted, wanted.role, wanted.email)) return err('already-proposed');
    const { secret, hash } = createToken();
    const endsAt = lastDayToEnd(wanted.lastDay);
    const linkExpiresAt = new Date(permitted.now.getTime() + LINK_DAYS * 24 * 60 * 60 * 1000);
    const id = await records.insertAppointment(permitted, {
      ...wanted,
      endsAt,
      tokenHash: hash,
      linkExpiresAt,
    });
    await permitted.audit({
      subject: { kind: 'appointment', id },
      changes: { proposedRole: wanted.role, lastDay: wanted.lastDay },
      detail: { name: wanted.name, email: wanted.email },
    });
    const link = `${deps.publicOrigin}${appointmentPath(secret)}`;
    await deps.notify(permitted, {
      template: 'staff:notice.proposed',
      businessId: null,
      parameters: {
        name: wanted.name,
        roleKeys: `staff:role.${wanted.role}`,
        by: permitted.person.name,
        expiresDate: linkExpiresAt.toISOString(),
      },
      secrets: { link },
      audience: 'address',
      extraAddresses: [wanted.email],
    });
    return ok({ id, link });
  });
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
  return lookAsStaff(deps.database, acting, request, async (permitted) => {
    const appointment = isUuid(id) ? await records.findAppointment(permitted, id) : undefined;
    return {
      permitted,
      appointment,
      problem: appointment && confirmProblem(appointment, permitted.person.id),
      fresh: stepUpFresh(permitted.facts, permitted.now),
    };
  });
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
    confirmLocked(deps, permitted, id),
  );
  if (!confirmed.ok) return confirmed;
  return 'rule' in confirmed.value ? err(confirmed.value.rule) : ok(confirmed.value);
}

async function confirmLocked(
  deps: StaffDeps,
  permitted: StaffPermitted,
  id: string,
): Promise<Result<records.Appointment | { readonly rule: ConfirmError }, ConfirmError>> {
  if (!isUuid(id)) return err('unknown');
  await records.lockAppointment(permitted, id);
  const appointment = await records.findAppointment(permitted, id);
  if (appointment === undefined) return err('unknown');
  const subject = { kind: 'appointment', id };
  const rule =
    confirmProblem(appointment, permitted.person.id) ??
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
  deps: StaffDeps,
  permitted: StaffPermitted,
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
  return actAsStaff(deps.database, acting, endRequest, async (permitted) => {
    if (!isUuid(id)) return err('unknown');
    await records.lockAppointment(permitted, id);
    const appointment = await records.findAppointment(permitted, id);
    if (appointment === undefined) return err('unknown');
    if (!(await records.endAppointment(permitted, id))) return err('already-ended');
    await permitted.audit({
      subject: { kind: 'appointment', id },
      changes: { endedRole: appointment.role, personId: appointment.acceptedBy, was: appointment.state },
    });
    if (appointment.state === 'in-force') await tellAppointee(deps, permitted, appointment, 'ended');
    return ok(appointment);
  });
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
 * Tells the operators, once, that somebody has logged in through a link: who then waits for one of them, or is an operator
 * already by the command on the server.
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
    const { proposedBy, acceptedBy } = appointment;
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
