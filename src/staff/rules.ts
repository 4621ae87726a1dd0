import { latestLastDay } from '../access/index.ts';
import type { ContextFacts, StaffRole } from '../database/transaction.ts';
import { addDays, osloToday, type PlainDate } from '../kernel/dates.ts';

/** Everything that only staff do. */
export const STAFF_RIGHTS = [
  'appointments.read',
  'appointments.propose',
  'appointments.confirm',
  'appointments.end',
  'vendors.read',
  'vendors.bar',
  'signals.read',
  'reports.answer',
  'disputes.settle',
  'payments.read',
  'payments.record',
  'media.review',
  'prices.change',
  'messages.oversee',
  'messages.write',
  'messages.approve',
  'cards.check',
  'cards.seize',
] as const;
export type StaffRight = (typeof STAFF_RIGHTS)[number];

/** Which role holds which right; what is not here nobody holds. */
export const RIGHTS_OF_ROLE = {
  operator: [
    'appointments.read',
    'appointments.propose',
    'appointments.confirm',
    'appointments.end',
    'payments.read',
    'payments.record',
    'prices.change',
  ],
  'case-officer': [
    'vendors.read',
    'vendors.bar',
    'signals.read',
    'reports.answer',
    'disputes.settle',
    'messages.oversee',
    'messages.write',
    'messages.approve',
  ],
  inspector: ['cards.check', 'cards.seize'],
  reviewer: ['media.review'],
  police: ['cards.check'],
  tax: ['cards.check'],
  coordinator: ['cards.check'],
  'safety-representative': ['cards.check'],
} as const satisfies Record<StaffRole, readonly StaffRight[]>;

/** The authorities that case officers write for: each reads its own messages alone. The first one stands where none is chosen. */
export const AUTHORITIES = ['arbeidstilsynet', 'havindustritilsynet', 'statens-vegvesen'] as const;
export type Authority = (typeof AUTHORITIES)[number];

/** Who checks cards: the role holds at a place. */
const CHECKER_ROLES = ['inspector', 'police', 'tax', 'coordinator', 'safety-representative'] as const;
export const isCheckerRole = (role: StaffRole): boolean => CHECKER_ROLES.some((one) => one === role);

/** Where a checker looks cards up under an appointment. */
export const checkerPath = (appointmentId: string): string => `/checker/${appointmentId}`;

/** What an officer of the business that runs a place gives for it. */
export const PLACE_ROLES = ['coordinator', 'safety-representative'] as const;
export type PlaceRole = (typeof PLACE_ROLES)[number];

/** Why not. Each has words in every language under `staff:refusal.*`. */
export type StaffRefusal =
  | 'not-signed-in'
  | 'no-appointment'
  | 'appointment-ended'
  | 'appointment-not-started'
  | 'appointment-expired'
  | 'low-level'
  | 'right-not-given';

export type StaffDecision =
  | { readonly allowed: true; readonly appointmentId: string; readonly role: StaffRole }
  | { readonly allowed: false; readonly refusal: StaffRefusal };

/**
 * Whether this person may use a right of staff now: pure, synchronous, total, default deny. An appointment's start is
 * inclusive and its end exclusive; staff are logged in at the high level.
 */
export function decideStaff(facts: ContextFacts, right: StaffRight, now: Date): StaffDecision {
  const refuse = (refusal: StaffRefusal): StaffDecision => ({ allowed: false, refusal });
  const { session, staff } = facts;
  if (!session) return refuse('not-signed-in');
  if (!staff) return refuse('no-appointment');
  if (staff.endedAt) return refuse('appointment-ended');
  if (now < staff.startsAt) return refuse('appointment-not-started');
  if (now >= staff.endsAt) return refuse('appointment-expired');
  if (session.acr !== 'high') return refuse('low-level');
  const rights: readonly StaffRight[] = RIGHTS_OF_ROLE[staff.role];
  if (!rights.includes(right)) return refuse('right-not-given');
  return { allowed: true, appointmentId: staff.appointmentId, role: staff.role };
}

/** How far an appointment has come: proposed, logged in through the link, confirmed; or ended, or run out before. */
export type AppointmentState = 'proposed' | 'link-expired' | 'accepted' | 'in-force' | 'run-out' | 'ended';

/** What the state of an appointment is read from. */
export interface AppointmentTimes {
  readonly endsAt: Date;
  readonly linkExpiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly approvedAt: Date | null;
  readonly endedAt: Date | null;
}

export function appointmentState(appointment: AppointmentTimes, now: Date): AppointmentState {
  if (appointment.endedAt !== null) return 'ended';
  if (now >= appointment.endsAt) return 'run-out';
  if (appointment.approvedAt !== null) return 'in-force';
  if (appointment.acceptedAt !== null) return 'accepted';
  return now >= appointment.linkExpiresAt ? 'link-expired' : 'proposed';
}

export type ConfirmProblem = 'not-accepted' | 'settled' | 'own-proposal' | 'oneself';

/**
 * Why this person cannot confirm it; undefined when they can. Nobody confirms themselves. What the authority gives takes another
 * than who proposed it; the officer of a business stands by who has a role for its place.
 */
export function confirmProblem(
  appointment: {
    readonly state: AppointmentState;
    readonly proposedBy: string | null;
    readonly acceptedBy: string | null;
    readonly businessId: string | null;
  },
  personId: string,
): ConfirmProblem | undefined {
  const { state, proposedBy, acceptedBy, businessId } = appointment;
  if (state === 'proposed' || state === 'link-expired') return 'not-accepted';
  if (state !== 'accepted') return 'settled';
  if (acceptedBy === personId) return 'oneself';
  return proposedBy === personId && businessId === null ? 'own-proposal' : undefined;
}

/** The latest last day of an appointment that is proposed now: twelve months ahead, as for a vendor's mandate. */
export function latestAppointmentDay(now: Date): PlainDate {
  return latestLastDay('vendor', now);
}

/** Why an appointment cannot have this last day; undefined when it can. */
export function lastDayProblem(lastDay: PlainDate, now: Date): 'past' | 'too-late' | undefined {
  if (lastDay < osloToday(now)) return 'past';
  return lastDay > latestAppointmentDay(now) ? 'too-late' : undefined;
}

/** How many days ahead a bar may be told of: the end of the last is still within 91 times 24 hours. */
const NOTICE_DAYS = 90;

/** The days that a bar may begin on, when it is told of ahead: from tomorrow. */
export function barDays(now: Date): { readonly first: PlainDate; readonly last: PlainDate } {
  const today = osloToday(now);
  return { first: addDays(today, 1), last: addDays(today, NOTICE_DAYS) };
}

/** Why a bar cannot begin on this day; undefined when it can. */
export function barDayProblem(day: PlainDate, now: Date): 'bar-day' | undefined {
  const { first, last } = barDays(now);
  return day < first || day > last ? 'bar-day' : undefined;
}

/** What keeps a case officer from answering an appeal. */
export type AppealProblem = 'no-appeal' | 'appeal-answered' | 'own-bar';

/**
 * Why this person cannot answer the appeal against a bar; undefined when they can. Who barred answers no appeal against it.
 */
export function appealProblem(
  bar:
    | { readonly barredBy: string; readonly appealText: string | null; readonly outcome: string | null }
    | undefined,
  personId: string,
): AppealProblem | undefined {
  if (bar === undefined || bar.appealText === null) return 'no-appeal';
  if (bar.outcome !== null) return 'appeal-answered';
  return bar.barredBy === personId ? 'own-bar' : undefined;
}

/** What the case officer's vendors are put in order by: the name, barred ones first; or a number, the highest first. */
export const VENDOR_SORTS = [
  'name',
  'customers',
  'fee',
  'refused',
  'contact',
  'complaints',
  'signals',
] as const;
export type VendorSort = (typeof VENDOR_SORTS)[number];
