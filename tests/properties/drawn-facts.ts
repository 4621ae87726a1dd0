import type { ContextFacts, MandateFacts } from '../../src/database/transaction.ts';
import { osloToday } from '../../src/kernel/dates.ts';
import { type Asker, type Business, type Mandate, minutes, type Passkey, type World } from './drawn-world.ts';

/**
 * What the database has to find for this asker, worked out from the world in memory: the input of `decide` in the many
 * runs without a database. The runs with one hold the two against each other.
 */
export function factsOf(world: World, asker: Asker): ContextFacts {
  const now = new Date(world.now);
  const session = world.sessions.find(({ person }) => person === asker.person);
  if (session === undefined || !isAlive(session, world.now)) {
    return { now, capacity: 'anonymous', roles: [], vendorsOfPerson: [] };
  }
  const business = world.businesses.find(({ id }) => id === asker.business)!;
  const roles = asker.vendor === null ? actingRoles(world, asker.person, business) : [];
  const chosen = roles.length > 0 ? undefined : mandateFor(world, asker);
  const facts = chosen && mandateFacts(world, chosen, asker.person);
  const mandate = facts?.assigned ? facts : null;
  return {
    now,
    capacity: 'signed-in',
    session: { id: session.id, personId: asker.person, name: 'P', acr: 'high', authTime: now },
    business: roles.length > 0 || mandate !== null ? businessFacts(business) : null,
    roles,
    mandate,
    vendorsOfPerson: vendorsOf(world, asker.person),
  };
}

export function isAlive(session: World['sessions'][number], now: number): boolean {
  return !session.ended && session.absoluteEnd > now && session.lastSeenAt + minutes(30) > now;
}

const businessFacts = (business: Business): ContextFacts['business'] => ({
  id: business.id,
  organisationNumber: business.number,
  name: 'B',
  form: 'AS',
  cardType: null,
  bankrupt: business.bankrupt,
  dissolved: business.dissolved,
  isVendor: business.vendor !== null,
});

/** A board member (MEDL) is in the register, and does not act. */
export const ACTING = ['DAGL', 'BOBE'];

function actingRoles(world: World, person: string, business: Business): string[] {
  if (business.dissolved) return [];
  return world.officers
    .filter(
      (one) =>
        one.business === business.id && one.person === person && !one.ended && ACTING.includes(one.role),
    )
    .map(({ role }) => role)
    .filter((role) => !business.bankrupt || role === 'BOBE')
    .sort();
}

/** The mandates that were given to the asker (or the vendor they act for) in the business, in the order of giving. */
export function mandatesFor(world: World, asker: Asker): Mandate[] {
  return world.mandates.filter(
    ({ business, holder }) =>
      business === asker.business &&
      (asker.vendor === null
        ? 'person' in holder && holder.person === asker.person
        : 'vendor' in holder && holder.vendor === asker.vendor),
  );
}

/** The mandate that a decision is about: the one that has not ended, or else the last one that has. */
function mandateFor(world: World, asker: Asker): Mandate | undefined {
  const theirs = mandatesFor(world, asker);
  return theirs.find(({ endedAt }) => endedAt === null) ?? theirs.at(-1);
}

function isEmployed(world: World, person: string, business: string): boolean {
  const today = osloToday(new Date(world.now));
  return world.employments.some(
    (one) =>
      one.person === person &&
      one.business === business &&
      one.from <= today &&
      (one.to === null || one.to >= today),
  );
}

/** Whether the person may ask the business for access. */
export function mayAsk(world: World, person: string, businessId: string): boolean {
  const business = world.businesses.find(({ id }) => id === businessId)!;
  const declared = world.mandates.some(
    (one) =>
      'person' in one.holder &&
      one.holder.person === person &&
      one.business === businessId &&
      one.tie === 'declared' &&
      one.endedAt === null &&
      one.endsAt > world.now,
  );
  return (
    (isEmployed(world, person, businessId) || declared) &&
    !business.bankrupt &&
    !business.dissolved &&
    actingRoles(world, person, business).length === 0 &&
    vendorsOf(world, person).length === 0
  );
}

function vendorsOf(world: World, person: string): string[] {
  return world.businesses
    .filter(
      ({ id, vendor }) =>
        vendor !== null &&
        (world.officers.some((one) => one.business === id && one.person === person && !one.ended) ||
          world.members.some((one) => one.vendor === id && one.person === person && !one.ended) ||
          isEmployed(world, person, id)),
    )
    .map(({ id }) => id);
}

function isOfVendor(world: World, person: string, vendor: Business): boolean {
  const member = world.members.find((one) => one.vendor === vendor.id && one.person === person && !one.ended);
  return (
    (member !== undefined &&
      ((member.tie === 'declared' && !member.suspended) || isEmployed(world, person, vendor.id))) ||
    actingRoles(world, person, vendor).length > 0
  );
}

function mandateFacts(world: World, mandate: Mandate, person: string): MandateFacts {
  const date = (ms: number | null) => (ms === null ? null : new Date(ms));
  const vendor = 'vendor' in mandate.holder ? mandate.holder.vendor : undefined;
  const ofVendor = world.businesses.find(({ id }) => id === vendor);
  const agreement = world.agreements.find(({ id }) => id === mandate.agreement);
  const quote = world.quotes.find(({ id }) => id === mandate.quote);
  const frozen = world.freezes.some(
    (one) =>
      one.business === mandate.business && !one.lifted && (one.vendor === null || one.vendor === vendor),
  );
  const assigned = world.assignments.some(
    (one) => one.mandate === mandate.id && one.person === person && !one.ended,
  );
  return {
    id: mandate.id,
    holder: ofVendor ? 'vendor' : 'person',
    rights: [...mandate.rights],
    units: mandate.units && [...mandate.units],
    workers: mandate.workers && [...mandate.workers],
    startsAt: new Date(mandate.startsAt),
    endsAt: new Date(mandate.endsAt),
    endedAt: date(mandate.endedAt),
    suspendedAt: mandate.suspendedFor && new Date(world.now),
    suspendedFor: mandate.suspendedFor,
    confirmBy: date(mandate.confirmBy),
    frozenAt: frozen ? new Date(world.now) : null,
    approvedAcr: mandate.approved.level,
    approvedWithinMs: mandate.approved.at - mandate.approved.loggedInAt,
    cardsPerOrder: null,
    cardsPerMonth: null,
    orePerMonth: null,
    agreementActive: agreement !== undefined && !agreement.ended,
    quote: quote ? { feeOre: 9900, validUntil: new Date(quote.validUntil) } : null,
    vendor: ofVendor
      ? {
          id: ofVendor.id,
          organisationNumber: ofVendor.number,
          name: 'V',
          registered: ofVendor.vendor !== null && !ofVendor.bankrupt && !ofVendor.dissolved,
          barredAt: ofVendor.vendor?.barred ? new Date(world.now) : null,
        }
      : null,
    assigned: ofVendor ? assigned && isOfVendor(world, person, ofVendor) : true,
    tieHolds:
      ofVendor !== undefined || mandate.tie === 'declared' || isEmployed(world, person, mandate.business),
    holderIsVendorPerson: ofVendor === undefined && vendorsOf(world, person).length > 0,
  };
}

/** What is known of who sits there, besides who logged in: how sure it is that it is the person. */
export interface Assurance {
  /** In a browser that a vendor's people have used, where nobody has confirmed who sits there. */
  readonly held: boolean;
  /** Where the business requires a passkey: whether one that counts has just been used. */
  readonly passkey: 'held' | 'missing' | null;
  /** A login at high level that has just been made, and is enough by itself. */
  readonly fresh: boolean;
}

/** @param capacity what the asker acts as; it is not worked out here */
export function assuranceOf(world: World, asker: Asker, capacity: string): Assurance {
  const session = world.sessions.find(({ person }) => person === asker.person);
  if (session === undefined || !isAlive(session, world.now)) {
    return { held: false, passkey: null, fresh: false };
  }
  const used = justUsed(world, session);
  const counts = used !== undefined && used.countsFrom <= world.now;
  const acts = capacity !== 'signed-in';
  const required = acts
    ? world.requirements.find(({ business, ended }) => business === asker.business && !ended)
    : undefined;
  const held =
    acts &&
    capacity !== 'vendor' &&
    !counts &&
    isVendorsBrowser(world, session, asker.business) &&
    !session.cleared.some(({ business, at }) => business === asker.business && at > world.now - minutes(30));
  const passkey =
    required === undefined
      ? null
      : counts || (used !== undefined && used.addedAt <= required.since)
        ? 'held'
        : 'missing';
  const lately = session.level === 'high' && world.now - session.loggedInAt <= minutes(5);
  return { held, passkey, fresh: lately && !held && passkey !== 'missing' };
}

/** The person's own passkey that was used in the session in the last five minutes. */
export function justUsed(world: World, { person, used }: World['sessions'][number]): Passkey | undefined {
  if (used === null || used.at < world.now - minutes(5)) return undefined;
  return world.passkeys.find((one) => one.id === used.passkey && one.person === person);
}

/** Whether somebody else, of a vendor other than the business, has logged in from the browser of the session. */
export function isVendorsBrowser(
  world: World,
  session: World['sessions'][number],
  business: string,
): boolean {
  return world.logins.some(
    (one) =>
      one.browser === session.browser &&
      one.person !== session.person &&
      vendorsOf(world, one.person).some((vendor) => vendor !== business),
  );
}
