import { sql } from 'kysely';
import { STAFF_ROLES, type StaffRole, type Transaction } from '../database/transaction.ts';
import { type AppointmentState, appointmentState, type Authority } from './rules.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

// Appointments -------------------------------------------------------------------------------------------------------

/** An appointment as operators see it. */
export interface Appointment {
  readonly id: string;
  readonly role: StaffRole;
  /** As proposed; who logged in through the link is `acceptedByName`. */
  readonly name: string;
  readonly email: string;
  /** Where a checker's role holds; null for the others. */
  readonly place: string | null;
  /** The authority that a case officer writes for. */
  readonly authority: string;
  /** The business that runs the place and gave the role; null when the authority gives it. */
  readonly businessId: string | null;
  /** Not before this; null: as soon as it is confirmed. */
  readonly startsAt: Date | null;
  readonly endsAt: Date;
  /** Null: the command on the server. */
  readonly proposedBy: string | null;
  readonly proposedByName: string | null;
  readonly proposedAt: Date;
  readonly linkExpiresAt: Date;
  readonly acceptedBy: string | null;
  readonly acceptedByName: string | null;
  readonly acceptedAt: Date | null;
  readonly approvedByName: string | null;
  readonly approvedAt: Date | null;
  readonly endedAt: Date | null;
  readonly endedByName: string | null;
  readonly state: AppointmentState;
}

const appointmentColumns = [
  'id',
  'role',
  'name',
  'email',
  'place',
  'authority',
  'business_id as businessId',
  'starts_at as startsAt',
  'ends_at as endsAt',
  'proposed_by as proposedBy',
  'proposed_by_name as proposedByName',
  'proposed_at as proposedAt',
  'token_expires_at as linkExpiresAt',
  'accepted_by as acceptedBy',
  'accepted_by_name as acceptedByName',
  'accepted_at as acceptedAt',
  'approved_by_name as approvedByName',
  'approved_at as approvedAt',
  'ended_at as endedAt',
  'ended_by_name as endedByName',
] as const;

type AppointmentRow = Omit<Appointment, 'role' | 'state'> & { readonly role: string };

const toAppointment =
  (now: Date) =>
  ({ role, ...row }: AppointmentRow): Appointment => ({
    ...row,
    role: roleOf(role),
    state: appointmentState(row, now),
  });

function roleOf(text: string): StaffRole {
  const role = STAFF_ROLES.find((one) => one === text);
  if (role === undefined) throw new Error(`${text} is no role of staff.`);
  return role;
}

/**
 * Appointments that can still matter, by role and name, and the latest hundred that are over: the authority's, or those that a
 * business has given for its place.
 */
export async function listAppointments(
  { query, now }: Reading,
  businessId: string | null,
): Promise<{ readonly current: Appointment[]; readonly past: Appointment[] }> {
  const rows = query
    .selectFrom('staff_appointments')
    .select(appointmentColumns)
    .where('business_id', 'is not distinct from', businessId);
  const current = await rows
    .where('ended_at', 'is', null)
    .where('ends_at', '>', now)
    .orderBy('role')
    .orderBy('name')
    .orderBy('id')
    .execute();
  const past = await rows
    .where((eb) => eb.or([eb('ended_at', 'is not', null), eb('ends_at', '<=', now)]))
    .orderBy(sql`coalesce(ended_at, ends_at)`, 'desc')
    .orderBy('id')
    .limit(100)
    .execute();
  return { current: current.map(toAppointment(now)), past: past.map(toAppointment(now)) };
}

export async function findAppointment({ query, now }: Reading, id: string): Promise<Appointment | undefined> {
  const row = await query
    .selectFrom('staff_appointments')
    .select(appointmentColumns)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && toAppointment(now)(row);
}

/** The confirmed appointments of the person who is logged in, whatever became of them. */
export async function ownAppointments({ query, now, facts }: Reading): Promise<Appointment[]> {
  const rows = await query
    .selectFrom('staff_appointments')
    .select(appointmentColumns)
    .where('accepted_by', '=', facts.session?.personId ?? null)
    .where('approved_at', 'is not', null)
    .orderBy('ends_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(toAppointment(now));
}

/** What tells one proposal from another. */
type Proposed = Pick<Appointment, 'role' | 'email' | 'place' | 'businessId'>;

/** Lets one at a time propose the same person for the same role. */
export async function lockProposal({ query }: Reading, { role, email }: Proposed): Promise<void> {
  const key = `appointment:${role}:${email.toLowerCase()}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(query);
}

/** Whether somebody at this address is proposed for the role, or holds it, already. */
export async function isProposed(
  { query, now }: Reading,
  { role, email, place, businessId }: Proposed,
): Promise<boolean> {
  const row = await query
    .selectFrom('staff_appointments')
    .select('id')
    .where('role', '=', role)
    .where('place', 'is not distinct from', place)
    .where('business_id', 'is not distinct from', businessId)
    .where(sql`lower(email)`, '=', email.toLowerCase())
    .where('ended_at', 'is', null)
    .where('ends_at', '>', now)
    .where((eb) => eb.or([eb('accepted_at', 'is not', null), eb('token_expires_at', '>', now)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface NewAppointment extends Proposed {
  /** Left out: the one that stands where none is chosen. */
  readonly authority?: Authority | undefined;
  readonly name: string;
  readonly startsAt: Date | null;
  readonly endsAt: Date;
  readonly tokenHash: Buffer;
  readonly linkExpiresAt: Date;
}

export async function insertAppointment(
  { query, now, facts }: Reading,
  appointment: NewAppointment,
): Promise<string> {
  const { id } = await query
    .insertInto('staff_appointments')
    .values({
      role: appointment.role,
      name: appointment.name,
      email: appointment.email,
      place: appointment.place,
      authority: appointment.authority,
      business_id: appointment.businessId,
      starts_at: appointment.startsAt,
      ends_at: appointment.endsAt,
      proposed_by: facts.session?.personId ?? null,
      proposed_by_name: facts.session?.name ?? null,
      proposed_at: now,
      token_hash: appointment.tokenHash,
      token_expires_at: appointment.linkExpiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Waits until nothing runs under the appointment and lets nothing new begin under it until this transaction has ended: the
 * counterpart of the shared lock that every writing action of staff takes.
 */
export async function lockAppointment({ query }: Reading, id: string): Promise<void> {
  await sql`select lock_access('appointment', array[${id}]::uuid[])`.execute(query);
}

/** The other appointments of a person to a role, at the same place, that nobody has ended, in force or run out. */
export async function otherAppointments(
  { query }: Reading,
  { id, role, acceptedBy, place, businessId }: Appointment,
): Promise<{ readonly id: string; readonly endsAt: Date }[]> {
  return query
    .selectFrom('staff_appointments')
    .select(['id', 'ends_at as endsAt'])
    .where('accepted_by', '=', acceptedBy)
    .where('role', '=', role)
    .where('place', 'is not distinct from', place)
    .where('business_id', 'is not distinct from', businessId)
    .where('approved_at', 'is not', null)
    .where('ended_at', 'is', null)
    .where('id', '<>', id)
    .execute();
}

/** The second pair of eyes. The database lets none but an operator with a fresh login, who neither proposed it nor is it. */
export async function approveAppointment({ query, now, facts }: Reading, id: string): Promise<void> {
  await query
    .updateTable('staff_appointments')
    .set({
      approved_by: facts.session?.personId ?? null,
      approved_by_name: facts.session?.name ?? null,
      approved_at: now,
    })
    .where('id', '=', id)
    .where('approved_at', 'is', null)
    .where('ended_at', 'is', null)
    .execute();
}

/** Ends an appointment at once, or takes a proposal back; false when it had ended. */
export async function endAppointment({ query, now, facts }: Reading, id: string): Promise<boolean> {
  const result = await query
    .updateTable('staff_appointments')
    .set({
      ended_at: now,
      ended_by: facts.session?.personId ?? null,
      ended_by_name: facts.session?.name ?? null,
    })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Notes that the operators are told of a login through the link; false when they have been. */
export async function markAppointmentTold({ query, now }: Reading, id: string): Promise<boolean> {
  const result = await query
    .updateTable('staff_appointments')
    .set({ told_at: now })
    .where('id', '=', id)
    .where('told_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Where the operators in force are reached, but for these people. */
export async function operatorAddresses(
  { query, now }: Reading,
  except: readonly (string | null)[],
): Promise<string[]> {
  const rows = await query
    .selectFrom('staff_appointments')
    .select(['email', 'accepted_by as personId'])
    .where('role', '=', 'operator')
    .where('approved_at', 'is not', null)
    .where('ended_at', 'is', null)
    .where('ends_at', '>', now)
    .execute();
  return rows.filter(({ personId }) => !except.includes(personId)).map(({ email }) => email);
}

/** What whoever holds an appointment's link may see of it. */
export interface LinkedAppointment {
  readonly id: string;
  readonly role: StaffRole;
  readonly name: string;
  readonly proposedByName: string | null;
  readonly endsAt: Date;
  readonly linkExpiresAt: Date;
  readonly state: 'open' | 'accepted' | 'approved' | 'expired' | 'ended';
}

export async function appointmentByToken(
  { query }: Pick<Transaction, 'query'>,
  tokenHash: Buffer,
): Promise<LinkedAppointment | undefined> {
  const { rows } = await sql<LinkedAppointment>`
    select id, role, name, proposed_by_name as "proposedByName", ends_at as "endsAt",
      token_expires_at as "linkExpiresAt", state from staff_appointment_by_token(${tokenHash})`.execute(
    query,
  );
  return rows[0];
}

/** What the database answers to a yes through a link. */
export type LinkAnswer =
  | 'accepted'
  | 'in-force'
  | 'gone'
  | 'expired'
  | 'low-level'
  | 'already-appointed'
  | 'enough-operators'
  | 'not-signed-in';

export async function acceptByToken(
  { query }: Pick<Transaction, 'query'>,
  tokenHash: Buffer,
): Promise<LinkAnswer> {
  const { rows } = await sql<{
    answer: LinkAnswer;
  }>`select staff_appointment_accept(${tokenHash}) as answer`.execute(query);
  return rows[0]?.answer ?? 'gone';
}
