import {
  type AccessDeps,
  act,
  type ActingFor,
  createInvitation,
  invitedTooMany,
  listInvitations,
  lockedInvitation,
  look,
  markSettled,
  noteMemberRemoved,
  type Permitted,
  pickWorkers,
  type Refused,
} from '../access/index.ts';
import { z } from 'zod';
import { recordDisclosures } from '../audit/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { VendorDeps } from './grants.ts';
import { successions } from './mergers.ts';
import { keepTerms } from './onboarding.ts';
import {
  assignedTo,
  customerOf,
  endAllAssignments,
  endAssignments,
  endMembership,
  insertAssignments,
  insertMember,
  isEmployedHere,
  listCustomers,
  listVendorPeople,
  lockMember,
  lockPeople,
  type MemberTie,
  officialPrice,
  ownBar,
  ownProfile,
  saveProfile,
} from './records.ts';
import type { SigningProblem } from './rules.ts';

/** Customers on a page of the vendor's list. */
export const CUSTOMERS_PER_PAGE = 25;

const view = { right: 'access.manage', action: 'vendor.view' } as const;

/** The vendor's own page: its price, its people, whom it has invited, and what its customers let it do. */
export async function viewVendor(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  wanted: { readonly search: string; readonly page: number },
) {
  return look(deps.database, acting, view, async (permitted) => ({
    permitted,
    profile: await ownProfile(permitted),
    bar: await ownBar(permitted),
    takenOver: await successions(permitted),
    price: await officialPrice(permitted),
    people: await listVendorPeople(permitted),
    invitations: await listInvitations(permitted, 'vendor-member'),
    customers: await listCustomers(permitted, { ...wanted, pageSize: CUSTOMERS_PER_PAGE }),
  }));
}

/**
 * What the form for the price is drawn from, with the document that goes with it.
 * @param places where the vendor processes; left out: as it said last
 */
export async function openProfileForm(
  deps: Pick<VendorDeps, 'database' | 'agreements'>,
  acting: ActingFor,
  places?: string,
) {
  const request = { right: 'agreements.sign', action: 'vendor.publish' } as const;
  return look(deps.database, acting, request, async (permitted) => ({
    permitted,
    profile: await ownProfile(permitted),
    price: await officialPrice(permitted),
    draft: await deps.agreements.draft(permitted, places),
  }));
}

/** The file of the document that goes with the price, as it would be signed or was. */
export async function drawDraft(deps: Pick<VendorDeps, 'database' | 'agreements'>, acting: ActingFor) {
  const request = { right: 'agreements.sign', action: 'vendor.publish' } as const;
  return look(deps.database, acting, request, (permitted) => deps.agreements.draftFile(permitted));
}

/**
 * Registers the business as a vendor, or changes its fee: it publishes what it takes per card (øre without VAT, on top of
 * the official price) and signs its agreement, unless it has signed this very document. Quotes that are accepted keep their
 * fee. Officers only.
 * @param profile.read the hash of the document that was read; left out: none was shown
 */
export async function publishVendorProfile(
  deps: VendorDeps,
  acting: ActingFor,
  profile: {
    readonly feeOre: number;
    readonly places?: string;
    readonly read?: string;
    /** The vendor's promise is made with it. */
    readonly promises?: true;
  },
): Promise<Result<{ readonly feeOre: number }, SigningProblem | Refused>> {
  const request = { right: 'agreements.sign', action: 'vendor.publish' } as const;
  return act<{ readonly feeOre: number }, SigningProblem>(
    deps.database,
    acting,
    request,
    async (permitted) => {
      const { feeOre, places, read } = profile;
      const offered = await deps.agreements.offer(permitted, { places, read });
      if (!offered.ok) return offered;
      const { documentId, version, sha256, signedNow } = offered.value;
      await saveProfile(permitted, { feeOre, version, sha256, signedNow });
      if (profile.promises) await keepTerms(permitted);
      await permitted.audit({ changes: { feeOre, version, sha256: sha256.toString('hex') } });
      if (signedNow) await deps.agreements.announce(permitted, documentId);
      return ok({ feeOre });
    },
  );
}

export type MemberProblem =
  | 'not-a-vendor'
  | 'unknown'
  | 'already-member'
  | 'too-many-today'
  | 'not-accepted-yet'
  | 'settled'
  | 'no-mandate'
  | 'not-a-member'
  | 'declared-by-officers'
  | 'no-tie-reason';

async function ofVendor<T>(
  permitted: Permitted,
  work: () => Promise<Result<T, MemberProblem>>,
): Promise<Result<T, MemberProblem>> {
  return permitted.facts.business?.isVendor ? work() : err('not-a-vendor');
}

const add = { right: 'access.manage', action: 'vendor.member.add' } as const;

/** The vendor's own workers to choose among. Whose names were shown is recorded. */
export async function findColleagues(deps: Pick<VendorDeps, 'database'>, acting: ActingFor, search: string) {
  return look(deps.database, acting, add, async (permitted) => {
    const mayRead = search !== '' && permitted.use('workers.read').allowed;
    const workers = mayRead ? await pickWorkers(permitted, { search }) : [];
    await recordDisclosures(
      permitted,
      workers.map(({ personId }) => ({
        subjectPersonId: personId,
        fields: ['name', 'unit'],
        occasion: 'vendor-member',
      })),
    );
    return { permitted, workers };
  });
}

/** Makes one of the vendor's own workers a member, who may then be set up on customers' mandates. */
export async function addMember(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  member: { readonly workerId: string },
): Promise<Result<{ readonly personId: string; readonly name: string }, MemberProblem | Refused>> {
  return act(deps.database, acting, add, (permitted) =>
    ofVendor(permitted, async () => {
      const [worker] = isUuid(member.workerId) ? await pickWorkers(permitted, { id: member.workerId }) : [];
      return worker === undefined
        ? err('unknown')
        : becomeMember(permitted, { personId: worker.personId, name: worker.name, tie: 'employment' });
    }),
  );
}

async function becomeMember(
  permitted: Permitted,
  member: { readonly personId: string; readonly name: string } & MemberTie,
): Promise<Result<{ readonly personId: string; readonly name: string }, MemberProblem>> {
  const { personId, name, tie } = member;
  const id = await insertMember(permitted, member);
  if (id === undefined) return err('already-member');
  await permitted.audit({
    subject: { kind: 'vendor-member', id },
    changes: { personId, tie },
    detail: { name, ...(member.tie === 'declared' ? { tieReason: member.reason } : {}) },
  });
  return ok({ personId, name });
}

/** What an invitation of a member carries until it is confirmed: what ties the person to the vendor, in an officer's words. */
const storedInvitation = z.object({ tieReason: z.string().optional() });

/**
 * Invites someone of the vendor's by e-mail; the vendor confirms who logged in. An officer of the vendor says what ties the
 * person to it, since no register need show it.
 */
export async function inviteMember(
  deps: AccessDeps,
  acting: ActingFor,
  invited: { readonly name: string; readonly email: string; readonly tieReason: string },
): Promise<Result<null, MemberProblem | Refused>> {
  const request = { right: 'access.manage', action: 'vendor.member.invite' } as const;
  return act(deps.database, acting, request, (permitted) =>
    ofVendor(permitted, async () => {
      if (permitted.facts.mandate) return err('declared-by-officers');
      const { name, email, tieReason } = invited;
      if (tieReason === '') return err('no-tie-reason');
      if (await invitedTooMany(permitted)) return err('too-many-today');
      await createInvitation(deps, permitted, {
        kind: 'vendor-member',
        name,
        email,
        workerId: null,
        proposal: { tieReason },
      });
      return ok(null);
    }),
  );
}

/**
 * Confirms that whoever answered the invitation is the one who was meant, and makes them a member: by their employment where
 * the register shows it, else by what an officer said ties them to the vendor.
 */
export async function confirmMember(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  invitationId: string,
): Promise<Result<{ readonly personId: string; readonly name: string }, MemberProblem | Refused>> {
  return act(deps.database, acting, add, (permitted) =>
    ofVendor(permitted, async () => {
      const invitation = await lockedInvitation(permitted, invitationId, 'vendor-member');
      if (invitation === undefined) return err('unknown');
      if (invitation.state === 'settled') return err('settled');
      if (invitation.acceptedBy === null) return err('not-accepted-yet');
      const personId = invitation.acceptedBy;
      const tie = await tieOf(permitted, personId, invitation.proposal);
      if (!tie.ok) return tie;
      await markSettled(permitted, invitationId, 'confirmed');
      return becomeMember(permitted, {
        personId,
        name: invitation.acceptedByName ?? invitation.name,
        ...tie.value,
      });
    }),
  );
}

async function tieOf(
  permitted: Permitted,
  personId: string,
  proposal: unknown,
): Promise<Result<MemberTie, MemberProblem>> {
  if (await isEmployedHere(permitted, personId)) return ok({ tie: 'employment' });
  if (permitted.facts.mandate) return err('declared-by-officers');
  const { tieReason = '' } = storedInvitation.parse(proposal);
  return tieReason === '' ? err('no-tie-reason') : ok({ tie: 'declared', reason: tieReason });
}

/** Ends a membership, and with it every mandate that the member was set up on, at once. */
export async function removeMember(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  memberId: string,
): Promise<Result<{ readonly name: string }, MemberProblem | Refused>> {
  const request = { right: 'access.manage', action: 'vendor.member.remove' } as const;
  return act(deps.database, acting, request, async (permitted) => {
    await lockPeople(permitted);
    const member = isUuid(memberId) ? await lockMember(permitted, memberId) : undefined;
    if (member === undefined) return err('unknown');
    await noteMemberRemoved(permitted, memberId);
    await endMembership(permitted, memberId);
    const mandates = await endAllAssignments(permitted, member.personId);
    await permitted.audit({
      subject: { kind: 'vendor-member', id: memberId },
      changes: { personId: member.personId, mandates },
      detail: { name: member.name },
    });
    return ok({ name: member.name });
  });
}

/** A customer's mandate, with the people who may be set up on it. */
export async function openCustomer(deps: Pick<VendorDeps, 'database'>, acting: ActingFor, mandateId: string) {
  return look(deps.database, acting, view, async (permitted) => {
    const customers = isUuid(mandateId) ? await listCustomers(permitted, { id: mandateId }) : undefined;
    return { permitted, customer: customers?.rows[0], people: await listVendorPeople(permitted) };
  });
}

/** Sets up exactly these people on a customer's mandate; those left out lose it at once. */
export async function assignMembers(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  assignment: { readonly mandateId: string; readonly personIds: readonly string[] },
): Promise<Result<null, MemberProblem | Refused>> {
  return assign(deps, acting, assignment.mandateId, () => assignment.personIds);
}

/** Sets one more person up on a customer's mandate. */
export async function assignMember(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  assignment: { readonly mandateId: string; readonly personId: string },
): Promise<Result<null, MemberProblem | Refused>> {
  return assign(deps, acting, assignment.mandateId, (current) => [
    ...new Set([...current, assignment.personId]),
  ]);
}

async function assign(
  deps: Pick<VendorDeps, 'database'>,
  acting: ActingFor,
  mandateId: string,
  choose: (current: readonly string[]) => readonly string[],
): Promise<Result<null, MemberProblem | Refused>> {
  const request = { right: 'access.manage', action: 'vendor.assign' } as const;
  return act(deps.database, acting, request, async (permitted) => {
    if (!isUuid(mandateId)) return err('no-mandate');
    await lockPeople(permitted);
    const businessId = await customerOf(permitted, mandateId);
    if (businessId === undefined) return err('no-mandate');
    const current = await assignedTo(permitted, mandateId);
    const wanted = choose(current);
    const people = await listVendorPeople(permitted);
    const added = people.filter(({ personId }) => wanted.includes(personId) && !current.includes(personId));
    const known = new Set([...current, ...people.map(({ personId }) => personId)]);
    if (!wanted.every((personId) => known.has(personId))) return err('not-a-member');
    const removed = current.filter((personId) => !wanted.includes(personId));
    await insertAssignments(permitted, { id: mandateId, businessId }, added);
    await endAssignments(permitted, mandateId, removed);
    await permitted.audit({
      subject: { kind: 'mandate', id: mandateId },
      changes: { added: added.map(({ personId }) => personId), removed },
    });
    return ok(null);
  });
}
