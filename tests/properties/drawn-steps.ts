import fc from 'fast-check';
import { grantableRights, type Right, RIGHTS } from '../../src/access/rules.ts';
import { addDays, osloToday, startOfDay } from '../../src/kernel/dates.ts';
import {
  B1,
  B2,
  type Business,
  days,
  emptyWorld,
  employmentOf,
  idOf,
  loginOf,
  type Mandate,
  memberOf,
  minutes,
  type Office,
  officeOf,
  passkeyOf,
  PEOPLE,
  type Review,
  reviewOf,
  type Session,
  sessionOf,
  UNITS,
  V1,
  V2,
  WORKERS,
  type World,
} from './drawn-world.ts';

/** Where a mandate reaches; `some`: the first unit, or the first worker. */
type Scope = 'everywhere' | 'unit' | 'worker' | 'workers';

interface Giving {
  readonly business: string;
  readonly rights: readonly Right[];
  readonly scope: Scope;
  /** From now, in minutes and in days. */
  readonly starts: number;
  readonly ends: number;
  readonly quoteEnds: number;
  readonly tie: 'employment' | 'declared';
  readonly approved: { readonly level: 'high' | 'substantial'; readonly afterLoginMs: number };
}

/** One thing that happens. Whatever it names that is not there leaves the world as it was. */
export type Step =
  | ({ readonly what: 'give-vendor'; readonly vendor: string; readonly assigned: readonly string[] } & Giving)
  | ({ readonly what: 'give-person'; readonly person: string } & Giving)
  | {
      readonly what: 'narrow';
      readonly which: number;
      readonly to: 'rights' | 'scope' | 'period';
      readonly keep: number;
    }
  | { readonly what: 'end' | 'resume' | 'confirm' | 'end-agreement'; readonly which: number }
  | { readonly what: 'suspend'; readonly which: number; readonly for: 'business' | 'review' }
  | { readonly what: 'ask-to-confirm'; readonly which: number; readonly days: number }
  | { readonly what: 'assign' | 'unassign'; readonly which: number; readonly person: string }
  | { readonly what: 'freeze' | 'lift'; readonly business: string; readonly vendor: string | null }
  | { readonly what: 'bar' | 'lift-bar'; readonly vendor: string }
  | { readonly what: 'bankrupt' | 'recover' | 'dissolve' | 'become-vendor'; readonly business: string }
  | {
      readonly what: 'appoint';
      readonly business: string;
      readonly person: string;
      readonly role: Office['role'];
    }
  | { readonly what: 'step-down'; readonly business: string; readonly person: string }
  | {
      readonly what: 'join';
      readonly vendor: string;
      readonly person: string;
      readonly tie: 'employment' | 'declared';
    }
  | {
      readonly what: 'leave-vendor' | 'suspend-tie' | 'resume-tie';
      readonly vendor: string;
      readonly person: string;
    }
  | {
      readonly what: 'hire' | 'last-day';
      readonly business: string;
      readonly person: string;
      readonly day: number;
    }
  | { readonly what: 'change-employer'; readonly person: string; readonly from: string; readonly to: string }
  | { readonly what: 'log-out'; readonly person: string }
  | {
      readonly what: 'log-in';
      readonly person: string;
      readonly level: Session['level'];
      readonly browser: string;
    }
  | { readonly what: 'clear'; readonly person: string; readonly business: string }
  | { readonly what: 'add-passkey'; readonly person: string; readonly vouched: boolean }
  | {
      readonly what: 'use-passkey';
      readonly person: string;
      readonly of: string;
      readonly which: 'old' | 'new';
    }
  | { readonly what: 'require-passkey' | 'require-none'; readonly business: string }
  | { readonly what: 'go-through'; readonly confirmed: boolean }
  | { readonly what: 'complete-review' }
  | { readonly what: 'clock'; readonly to: ClockMove; readonly meanwhile: Meanwhile };
type ClockMove = 'next-boundary' | 'just-before' | 'hour' | 'day' | 'month';
/** What everybody did before the clock stands where it stands now. */
type Meanwhile = 'log in' | 'stay' | 'be away';

/** What a history is: when it begins, and what happens. */
export interface History {
  readonly begins: number;
  readonly opening: readonly Step[];
  readonly steps: readonly Step[];
}

const ALL = [B1, B2, V1, V2];
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );
const which = fc.nat({ max: 5 });
const somebody = fc.constantFrom(...PEOPLE);
const vendor = mostly(V1, V2);
const customer = mostly(B1, B2);
const anyBusiness = mostly(B1, ...ALL.slice(1));

/** `storable`: only what the database would take; else also what it refuses, as if it had been stored some other way. */
function giving(holder: 'person' | 'vendor', storable: boolean): fc.Arbitrary<Giving> {
  const grantable = fc.subarray(grantableRights(holder), { minLength: 1 });
  const usual: Giving['approved'] = { level: 'high', afterLoginMs: minutes(1) };
  return fc.record({
    business: holder === 'vendor' ? customer : anyBusiness,
    rights: storable ? grantable : fc.oneof(grantable, fc.subarray([...RIGHTS], { minLength: 1 })),
    scope: mostly<Scope>('everywhere', 'unit', 'worker', 'workers'),
    starts: mostly(-60, 0, 60, 3000),
    ends: mostly(30, 1, 2, 300),
    quoteEnds: mostly(90, 1, 20),
    tie: fc.constantFrom('employment', 'declared'),
    approved: storable
      ? fc.constantFrom(
          usual,
          { level: 'high', afterLoginMs: 0 },
          { level: 'high', afterLoginMs: minutes(5) },
        )
      : mostly<Giving['approved']>(
          usual,
          usual,
          usual,
          { level: 'substantial', afterLoginMs: 0 },
          { level: 'high', afterLoginMs: minutes(5) },
          { level: 'high', afterLoginMs: minutes(5) + 1 },
          { level: 'high', afterLoginMs: -1 },
        ),
  });
}

const what = <const T extends string>(...names: T[]) => fc.constantFrom(...names);

function step(storable: boolean): fc.Arbitrary<Step> {
  const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
  const give = (holder: 'person' | 'vendor') => giving(holder, storable);
  return fc.oneof(
    weighted(
      4,
      fc
        .tuple(give('vendor'), vendor, fc.subarray(PEOPLE, { maxLength: 3 }))
        .map(([gift, one, assigned]) => ({ what: 'give-vendor', vendor: one, assigned, ...gift })),
    ),
    weighted(
      3,
      fc.tuple(give('person'), somebody).map(([gift, person]) => ({ what: 'give-person', person, ...gift })),
    ),
    weighted(
      3,
      fc.record({
        what: what('narrow'),
        which,
        to: what('rights', 'scope', 'period'),
        keep: fc.nat({ max: 4 }),
      }),
    ),
    weighted(3, fc.record({ what: what('end', 'resume', 'confirm', 'end-agreement'), which })),
    weighted(1, fc.record({ what: what('suspend'), which, for: what('business', 'review') })),
    weighted(1, fc.record({ what: what('ask-to-confirm'), which, days: fc.constantFrom(0, 14) })),
    weighted(3, fc.record({ what: what('assign', 'assign', 'unassign'), which, person: somebody })),
    weighted(
      2,
      fc.record({ what: what('freeze', 'lift'), business: customer, vendor: mostly(V1, V2, null) }),
    ),
    weighted(1, fc.record({ what: what('bar', 'lift-bar'), vendor })),
    weighted(
      1,
      fc.record({
        what: what('bankrupt', 'recover', 'recover', 'dissolve', 'become-vendor'),
        business: anyBusiness,
      }),
    ),
    weighted(
      2,
      fc.record({
        what: what('appoint'),
        business: anyBusiness,
        person: somebody,
        role: mostly<Office['role']>('DAGL', 'BOBE', 'MEDL'),
      }),
    ),
    weighted(2, fc.record({ what: what('step-down'), business: anyBusiness, person: somebody })),
    weighted(
      2,
      fc.record({ what: what('join'), vendor, person: somebody, tie: what('employment', 'declared') }),
    ),
    weighted(
      2,
      fc.record({
        what: what('leave-vendor', 'suspend-tie', 'suspend-tie', 'resume-tie'),
        vendor,
        person: somebody,
      }),
    ),
    weighted(
      3,
      fc.record({
        what: what('hire', 'last-day'),
        business: anyBusiness,
        person: somebody,
        day: fc.constantFrom(-1, 0, 0, 1),
      }),
    ),
    weighted(
      1,
      fc.record({
        what: what('change-employer'),
        person: somebody,
        from: fc.constantFrom(...ALL),
        to: fc.constantFrom(...ALL),
      }),
    ),
    weighted(1, fc.record({ what: what('log-out'), person: somebody })),
    weighted(
      2,
      fc
        .tuple(somebody, what('high', 'high', 'substantial'), fc.option(somebody))
        .map(([person, level, other]) => ({ what: 'log-in', person, level, browser: other ?? person })),
    ),
    weighted(1, fc.record({ what: what('clear'), person: somebody, business: anyBusiness })),
    weighted(1, fc.record({ what: what('add-passkey'), person: somebody, vouched: fc.boolean() })),
    weighted(
      2,
      fc
        .tuple(somebody, what('old', 'old', 'new'), mostly(null, ...PEOPLE))
        .map(([person, one, of]) => ({ what: 'use-passkey', person, of: of ?? person, which: one })),
    ),
    weighted(
      1,
      fc.record({
        what: what('require-passkey', 'require-passkey', 'require-none'),
        business: anyBusiness,
      }),
    ),
    weighted(1, fc.record({ what: what('go-through'), confirmed: fc.boolean() })),
    weighted(1, fc.record({ what: what('complete-review') })),
    weighted(
      4,
      fc.record({
        what: what('clock'),
        to: what('next-boundary', 'next-boundary', 'just-before', 'hour', 'day', 'month'),
        meanwhile: mostly<Meanwhile>('log in', 'log in', 'stay', 'stay', 'be away'),
      }),
    ),
  );
}

/** Instants to begin at: any, and the last hours before Oslo changes its clocks and before a year ends. */
const BEGINNINGS = [
  '2026-03-28T20:59:59.999Z',
  '2026-03-28T23:00:00.000Z',
  '2026-10-24T21:00:00.000Z',
  '2026-10-25T22:59:59.999Z',
  '2026-11-24T05:00:00.000Z',
  '2026-12-31T22:30:00.000Z',
].map((text) => Date.parse(text));

/** Histories that begin with mandates for a member of each vendor and for a worker, most often. */
export function histories(storable: boolean, longest: number): fc.Arbitrary<History> {
  const [, second, third, fourth, fifth] = PEOPLE as [string, string, string, string, string];
  const toVendor = (vendor: string, assigned: readonly string[]): fc.Arbitrary<Step> =>
    giving('vendor', storable).map((gift) => ({
      ...gift,
      what: 'give-vendor',
      business: B1,
      vendor,
      assigned,
    }));
  const toPerson: fc.Arbitrary<Step> = giving('person', storable).map((gift) => ({
    ...gift,
    what: 'give-person',
    business: B1,
    person: second,
  }));
  return fc.record({
    begins: fc.constantFrom(...BEGINNINGS),
    opening: fc.tuple(toVendor(V1, [third, fourth]), toVendor(V2, [fifth]), toPerson),
    steps: fc.array(step(storable), { minLength: 1, maxLength: longest }),
  });
}

/** The worlds that a history goes through, from when the first mandates have been given. */
export function worldsOf({ begins, opening, steps }: History): World[] {
  const worlds = [opening.reduce(apply, emptyWorld(begins))];
  for (const one of steps) worlds.push(apply(worlds.at(-1)!, one));
  return worlds;
}

const replace = <T>(list: readonly T[], matches: (one: T) => boolean, change: (one: T) => T): T[] =>
  list.map((one) => (matches(one) ? change(one) : one));
/** Adds it, in the place of the one that it is a newer state of. */
const put = <T extends { readonly id: string }>(list: readonly T[], one: T): T[] => [
  ...list.filter(({ id }) => id !== one.id),
  one,
];

/** The mandates that have not ended, in the order of giving. */
const current = (world: World): Mandate[] => world.mandates.filter(({ endedAt }) => endedAt === null);

function isOf(mandate: Mandate, vendor: string): boolean {
  return 'vendor' in mandate.holder && mandate.holder.vendor === vendor;
}

function apply(world: World, step: Step): World {
  switch (step.what) {
    case 'give-vendor':
      return giveVendor(world, step);
    case 'give-person':
      return givePerson(world, step);
    case 'narrow':
      return changeMandate(world, step.which, (mandate) => narrowed(mandate, step, world.now));
    case 'end':
      return changeMandate(world, step.which, (mandate) => ({ ...mandate, endedAt: world.now }));
    case 'suspend':
      return changeMandate(world, step.which, (mandate) => ({ ...mandate, suspendedFor: step.for }));
    case 'resume':
      return changeMandate(world, step.which, (mandate) => ({ ...mandate, suspendedFor: null }));
    case 'ask-to-confirm':
      return changeMandate(world, step.which, (mandate) => ({
        ...mandate,
        confirmBy: world.now + days(step.days),
      }));
    case 'confirm':
      return changeMandate(world, step.which, (mandate) => ({ ...mandate, confirmBy: null }));
    case 'end-agreement':
      return endAgreement(world, step.which);
    case 'assign':
    case 'unassign':
      return assign(world, step.which, step.person, step.what === 'unassign');
    case 'freeze':
      return freeze(world, step);
    case 'lift': {
      const isIt = (one: World['freezes'][number]) =>
        one.business === step.business && one.vendor === step.vendor && !one.lifted;
      return { ...world, freezes: replace(world.freezes, isIt, (one) => ({ ...one, lifted: true })) };
    }
    case 'bar':
    case 'lift-bar':
      return changeBusiness(world, step.vendor, (business) => ({
        ...business,
        vendor: business.vendor && { barred: step.what === 'bar' },
      }));
    case 'bankrupt':
      return changeBusiness(world, step.business, (business) => ({ ...business, bankrupt: true }));
    case 'recover':
      return changeBusiness(world, step.business, (business) => ({
        ...business,
        bankrupt: false,
        dissolved: false,
      }));
    case 'dissolve':
      return changeBusiness(world, step.business, (business) => ({ ...business, dissolved: true }));
    case 'become-vendor':
      return changeBusiness(world, step.business, (business) => ({
        ...business,
        vendor: business.vendor ?? { barred: false },
      }));
    case 'require-passkey':
    case 'require-none':
      return requirePasskey(world, step.business, step.what === 'require-passkey');
    case 'go-through':
      return goThrough(world, step.confirmed);
    case 'complete-review': {
      const complete = (one: Review): Review => ({ ...one, completedAt: world.now });
      const reviews = replace(world.reviews, ({ completedAt }) => completedAt === null, complete);
      return { ...world, reviews: [...reviews, reviewOf(reviews.length + 1)] };
    }
    default:
      return applyToPeople(world, step);
  }
}

type StepOfPeople = Extract<
  Step,
  {
    what:
      | 'appoint'
      | 'step-down'
      | 'join'
      | 'leave-vendor'
      | 'suspend-tie'
      | 'resume-tie'
      | 'hire'
      | 'last-day'
      | 'change-employer'
      | 'log-out'
      | 'log-in'
      | 'clear'
      | 'add-passkey'
      | 'use-passkey'
      | 'clock';
  }
>;

function changeMember(
  world: World,
  { vendor, person }: { readonly vendor: string; readonly person: string },
  change: (member: World['members'][number]) => World['members'][number],
): World {
  const isIt = (one: World['members'][number]) => one.vendor === vendor && one.person === person;
  return { ...world, members: replace(world.members, isIt, change) };
}

function applyToPeople(world: World, step: StepOfPeople): World {
  switch (step.what) {
    case 'appoint':
      return { ...world, officers: put(world.officers, officeOf(step.person, step.business, step.role)) };
    case 'step-down': {
      const isIt = (one: Office) => one.business === step.business && one.person === step.person;
      return { ...world, officers: replace(world.officers, isIt, (one) => ({ ...one, ended: true })) };
    }
    case 'join':
      return { ...world, members: put(world.members, memberOf(step.person, step.vendor, step.tie)) };
    case 'leave-vendor':
      return changeMember(world, step, (one) => ({ ...one, ended: true }));
    case 'suspend-tie':
      return changeMember(world, step, (one) => ({ ...one, suspended: one.tie === 'declared' }));
    case 'resume-tie':
      return changeMember(world, step, (one) => ({ ...one, suspended: false }));
    case 'hire':
    case 'last-day':
      return employ(
        world,
        step.person,
        step.business,
        step.what === 'hire' ? { from: step.day } : { to: step.day },
      );
    case 'change-employer':
      return employ(employ(world, step.person, step.from, { to: -1 }), step.person, step.to, { from: 0 });
    case 'log-out': {
      const isIt = ({ person }: World['sessions'][number]) => person === step.person;
      return { ...world, sessions: replace(world.sessions, isIt, (one) => ({ ...one, ended: true })) };
    }
    case 'log-in':
      return logIn(world, step);
    case 'clear':
      return changeSession(world, step.person, (one) => ({
        ...one,
        cleared: [
          ...one.cleared.filter(({ business }) => business !== step.business),
          { business: step.business, at: world.now },
        ],
      }));
    case 'add-passkey': {
      const countsFrom = step.vouched ? world.now : world.now + days(1);
      const added = passkeyOf(step.person, 'new', world.now, countsFrom);
      return { ...world, passkeys: put(world.passkeys, added) };
    }
    case 'use-passkey': {
      const { id } = passkeyOf(step.of, step.which, 0, 0);
      if (!world.passkeys.some((one) => one.id === id)) return world;
      const used = { passkey: id, at: world.now };
      return changeSession(world, step.person, (one) => ({ ...one, used }));
    }
    case 'clock':
      return moveClock(world, step.to, step.meanwhile);
  }
}

function logIn(world: World, { person, level, browser }: Extract<Step, { what: 'log-in' }>): World {
  return {
    ...world,
    logins: put(world.logins, loginOf(person, browser)),
    sessions: put(world.sessions, sessionOf(person, PEOPLE.indexOf(person), world.now, level, browser)),
  };
}

function changeSession(world: World, person: string, change: (session: Session) => Session): World {
  return { ...world, sessions: replace(world.sessions, (one) => one.person === person, change) };
}

function requirePasskey(world: World, business: string, wanted: boolean): World {
  const isOpen = (one: World['requirements'][number]) => one.business === business && !one.ended;
  if (!wanted) {
    return {
      ...world,
      requirements: replace(world.requirements, isOpen, (one) => ({ ...one, ended: true })),
    };
  }
  if (world.requirements.some(isOpen)) return world;
  const id = idOf('requirement', world.requirements.length + 1);
  return {
    ...world,
    requirements: [...world.requirements, { id, business, since: world.now, ended: false }],
  };
}

/** Decides to keep whatever the business under review has given. */
function goThrough(world: World, confirmed: boolean): World {
  const review = world.reviews.at(-1)!;
  const verdicts = current(world)
    .filter(({ business }) => business === review.business)
    .map((mandate, index) => ({
      id: idOf('verdict', world.verdicts.length + index + 1),
      review: review.id,
      business: review.business,
      mandate: mandate.id,
      tieConfirmed: confirmed && 'person' in mandate.holder && mandate.tie === 'declared',
    }));
  return { ...world, verdicts: [...world.verdicts, ...verdicts] };
}

function changeMandate(world: World, index: number, change: (mandate: Mandate) => Mandate): World {
  const chosen = current(world).at(index % Math.max(1, current(world).length));
  if (chosen === undefined) return world;
  return { ...world, mandates: replace(world.mandates, (one) => one === chosen, change) };
}

function changeBusiness(world: World, id: string, change: (business: Business) => Business): World {
  return { ...world, businesses: replace(world.businesses, (one) => one.id === id, change) };
}

function scopeIn(business: string, scope: Scope): Pick<Mandate, 'units' | 'workers'> {
  const workers = WORKERS.filter((one) => one.business === business).map(({ id }) => id);
  if (scope === 'unit') return { units: UNITS[business]!.slice(0, 1), workers: null };
  const named = scope === 'worker' ? workers.slice(0, 1) : workers.filter((_one, index) => index !== 1);
  return { units: null, workers: scope === 'everywhere' || named.length === 0 ? null : named };
}

function newMandate(
  world: World,
  gift: Giving,
  rest: Pick<Mandate, 'holder' | 'agreement' | 'quote'>,
): Mandate {
  return {
    id: idOf('mandate', world.mandates.length + 1),
    business: gift.business,
    rights: gift.rights,
    ...scopeIn(gift.business, gift.scope),
    startsAt: world.now + minutes(gift.starts),
    endsAt: startOfDay(addDays(osloToday(new Date(world.now + minutes(gift.starts))), gift.ends)).getTime(),
    endedAt: null,
    suspendedFor: null,
    confirmBy: null,
    tie: gift.tie,
    approved: {
      level: gift.approved.level,
      at: world.now,
      loggedInAt: world.now - gift.approved.afterLoginMs,
    },
    ...rest,
  };
}

/** A mandate to the same holder replaces the earlier one. */
function give(world: World, mandate: Mandate, isEarlier: (one: Mandate) => boolean): World {
  const earlier = (one: Mandate) =>
    one.business === mandate.business && one.endedAt === null && isEarlier(one);
  const mandates = replace(world.mandates, earlier, (one) => ({ ...one, endedAt: world.now }));
  return { ...world, mandates: [...mandates, mandate] };
}

function giveVendor(world: World, step: Extract<Step, { what: 'give-vendor' }>): World {
  const { business, vendor } = step;
  const active = world.agreements.find(
    (one) => one.business === business && one.vendor === vendor && !one.ended,
  );
  const agreement = active ?? {
    id: idOf('agreement', world.agreements.length + 1),
    business,
    vendor,
    ended: false,
  };
  const quote = {
    id: idOf('quote', world.quotes.length + 1),
    business,
    vendor,
    validUntil: world.now + days(step.quoteEnds),
  };
  const mandate = newMandate(world, step, { holder: { vendor }, agreement: agreement.id, quote: quote.id });
  const given = give(world, mandate, (one) => isOf(one, vendor));
  return {
    ...given,
    agreements: put(world.agreements, agreement),
    quotes: [...world.quotes, quote],
    assignments: [
      ...world.assignments,
      ...step.assigned.map((person) => ({
        id: idOf('assignment', world.mandates.length * 10 + PEOPLE.indexOf(person)),
        mandate: mandate.id,
        person,
        ended: false,
      })),
    ],
  };
}

function givePerson(world: World, step: Extract<Step, { what: 'give-person' }>): World {
  const holder = { person: step.person };
  const mandate = newMandate(world, step, { holder, agreement: null, quote: null });
  return give(world, mandate, (one) => 'person' in one.holder && one.holder.person === step.person);
}

function narrowed(mandate: Mandate, { to, keep }: Extract<Step, { what: 'narrow' }>, now: number): Mandate {
  if (to === 'rights') return { ...mandate, rights: mandate.rights.slice(0, keep + 1) };
  if (to === 'period') {
    const endsAt = Math.min(mandate.endsAt, Math.max(now + days(keep), mandate.startsAt + 1));
    return { ...mandate, endsAt };
  }
  if (mandate.workers) return { ...mandate, workers: mandate.workers.slice(0, 1) };
  return { ...mandate, units: (mandate.units ?? UNITS[mandate.business]!).slice(-1) };
}

function endAgreement(world: World, index: number): World {
  const chosen = world.agreements.at(index % Math.max(1, world.agreements.length));
  const agreements = replace(
    world.agreements,
    (one) => one === chosen,
    (one) => ({ ...one, ended: true }),
  );
  return { ...world, agreements };
}

function assign(world: World, index: number, person: string, ended: boolean): World {
  const vendors = current(world).filter((one) => 'vendor' in one.holder);
  const chosen = vendors.at(index % Math.max(1, vendors.length));
  if (chosen === undefined) return world;
  const id = idOf('assignment', world.mandates.indexOf(chosen) * 10 + PEOPLE.indexOf(person));
  const known = world.assignments.some((one) => one.id === id);
  if (ended && !known) return world;
  return { ...world, assignments: put(world.assignments, { id, mandate: chosen.id, person, ended }) };
}

function freeze(world: World, { business, vendor }: Extract<Step, { what: 'freeze' | 'lift' }>): World {
  const isOpen = world.freezes.some(
    (one) => one.business === business && one.vendor === vendor && !one.lifted,
  );
  if (isOpen) return world;
  const id = idOf('freeze', world.freezes.length + 1);
  return { ...world, freezes: [...world.freezes, { id, business, vendor, lifted: false }] };
}

function employ(
  world: World,
  person: string,
  business: string,
  change: { from?: number; to?: number },
): World {
  const today = osloToday(new Date(world.now));
  const fresh = employmentOf(person, business, today, null);
  const known = world.employments.find(({ id }) => id === fresh.id);
  if (change.from !== undefined) {
    return { ...world, employments: put(world.employments, { ...fresh, from: addDays(today, change.from) }) };
  }
  if (known === undefined) return world;
  return { ...world, employments: put(world.employments, { ...known, to: addDays(today, change.to ?? 0) }) };
}

function moveClock(world: World, to: ClockMove, meanwhile: Meanwhile): World {
  const now = clockAfter(world, to);
  if (now <= world.now) return world;
  const sessions = replace(
    world.sessions,
    (one) => !one.ended && meanwhile !== 'be away',
    (one) => {
      const fresh = sessionOf(one.person, PEOPLE.indexOf(one.person), now, one.level, one.browser);
      return meanwhile === 'log in'
        ? { ...fresh, used: one.used, cleared: one.cleared }
        : { ...one, lastSeenAt: now };
    },
  );
  return { ...world, now, sessions };
}

function clockAfter(world: World, to: ClockMove): number {
  if (to === 'hour') return world.now + minutes(60);
  if (to === 'day') return world.now + days(1);
  if (to === 'month') return world.now + days(31);
  const boundary = boundariesOf(world).reduce(
    (least, one) => (one > world.now ? Math.min(least, one) : least),
    Infinity,
  );
  if (boundary === Infinity) return world.now;
  return to === 'just-before' && boundary - 1 > world.now ? boundary - 1 : boundary;
}

/** The instants at which something begins or ends by itself. */
function boundariesOf(world: World): number[] {
  const nextDay = startOfDay(addDays(osloToday(new Date(world.now)), 1)).getTime();
  return [
    nextDay,
    ...world.sessions.flatMap((one) => [
      one.loggedInAt + minutes(5),
      one.lastSeenAt + minutes(30),
      one.absoluteEnd,
      ...(one.used === null ? [] : [one.used.at + minutes(5)]),
      ...one.cleared.map(({ at }) => at + minutes(30)),
    ]),
    ...world.passkeys.map(({ countsFrom }) => countsFrom),
    ...world.quotes.map(({ validUntil }) => validUntil),
    ...current(world).flatMap(({ startsAt, endsAt, confirmBy }) => [startsAt, endsAt, confirmBy ?? 0]),
  ];
}
