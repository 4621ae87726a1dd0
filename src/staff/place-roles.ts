import { act, look, type ActingFor, type Permitted, type Refused } from '../access/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  confirmIn,
  type ConfirmError,
  endIn,
  type EndProblem,
  proposeIn,
  type ProposedAppointment,
  type ProposeProblem,
  type StaffDeps,
  viewIn,
} from './appointments.ts';
import * as records from './records.ts';
import type { PlaceRole } from './rules.ts';

/** An officer's alone: no mandate gives it, and a vendor never has it. */
const giving = { right: 'agreements.sign', neverForVendor: true } as const;

type Reading = Pick<StaffDeps, 'database'>;

const businessOf = ({ facts }: Permitted): string => facts.business?.id ?? '';

/** Who checks, or may come to check, cards at a place that the business runs, and who did. */
export function viewPlaceRoles({ database }: Reading, acting: ActingFor) {
  return look(database, acting, { ...giving, action: 'appointment.list' }, async (permitted) => ({
    permitted,
    ...(await records.listAppointments(permitted, businessOf(permitted))),
  }));
}

/** One of them, what keeps the officer from confirming it, and whether they have logged in lately. */
export function viewPlaceRole(
  { database }: Reading,
  acting: ActingFor,
  id: string,
  purpose: 'confirmed' | 'ended',
) {
  return look(database, acting, { ...giving, action: `appointment.${purpose}` }, (permitted) =>
    viewIn(permitted, id, businessOf(permitted)),
  );
}

export type PlaceRoleProposal = ProposedAppointment & { readonly role: PlaceRole; readonly place: string };

/** Sends somebody a single-use link to a role at a place that the business runs; who logs in through it waits to be confirmed. */
export function proposePlaceRole(
  deps: StaffDeps,
  acting: ActingFor,
  wanted: PlaceRoleProposal,
): Promise<Result<{ readonly id: string; readonly link: string }, ProposeProblem | Refused>> {
  return act(deps.database, acting, { ...giving, action: 'appointment.proposed' }, (permitted) =>
    proposeIn(deps, permitted, { ...wanted, businessId: businessOf(permitted) }),
  );
}

/** The officer confirms that whoever logged in through the link is the one who was meant; after a login in the last five minutes, and never oneself. */
export async function confirmPlaceRole(
  deps: StaffDeps,
  acting: ActingFor,
  id: string,
): Promise<Result<undefined, ConfirmError | Refused>> {
  const confirmed = await act(
    deps.database,
    acting,
    { ...giving, action: 'appointment.confirmed' },
    (permitted) => confirmIn(deps, permitted, id, businessOf(permitted)),
  );
  if (!confirmed.ok) return confirmed;
  return 'rule' in confirmed.value ? err(confirmed.value.rule) : ok(undefined);
}

/** Ends it with effect from the very next request, or takes back what was only proposed. */
export function endPlaceRole(
  deps: StaffDeps,
  acting: ActingFor,
  id: string,
): Promise<Result<records.Appointment, EndProblem | Refused>> {
  return act(deps.database, acting, { ...giving, action: 'appointment.ended' }, (permitted) =>
    endIn(deps, permitted, id, businessOf(permitted)),
  );
}
