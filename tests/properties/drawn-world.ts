import { addDays, osloToday, type PlainDate } from '../../src/kernel/dates.ts';
import type { Right } from '../../src/access/rules.ts';

/**
 * A small world as the registers, the businesses and the authority know it: who is what, and who gave whom what. The facts
 * of `decide`, the entities of Cedar and the rows of the database are each made from it on their own.
 */
export interface World {
  /** Milliseconds since 1970: the one time that every rule uses. */
  readonly now: number;
  readonly businesses: readonly Business[];
  readonly sessions: readonly Session[];
  readonly officers: readonly Office[];
  readonly employments: readonly Employment[];
  readonly members: readonly Member[];
  readonly agreements: readonly Agreement[];
  readonly quotes: readonly Quote[];
  readonly mandates: readonly Mandate[];
  readonly assignments: readonly Assignment[];
  readonly freezes: readonly Freeze[];
  readonly logins: readonly Login[];
  readonly passkeys: readonly Passkey[];
  readonly requirements: readonly Requirement[];
  readonly reviews: readonly Review[];
  readonly verdicts: readonly Verdict[];
}

export interface Business {
  readonly id: string;
  readonly number: string;
  readonly bankrupt: boolean;
  readonly dissolved: boolean;
  /** Its profile as a vendor; null: it is none. */
  readonly vendor: { readonly barred: boolean } | null;
}
export interface Session {
  readonly id: string;
  readonly person: string;
  readonly ended: boolean;
  readonly level: 'high' | 'substantial';
  readonly loggedInAt: number;
  /** Idle for half an hour, it is over. */
  readonly lastSeenAt: number;
  readonly absoluteEnd: number;
  /** Whose browser it is open in. */
  readonly browser: string;
  /** The passkey that was last used in it. */
  readonly used: { readonly passkey: string; readonly at: number } | null;
  /** The businesses for which the person confirmed, from their own address, that it is they who sit there. */
  readonly cleared: readonly { readonly business: string; readonly at: number }[];
}
/** Somebody has logged in from somebody's browser. */
export interface Login {
  readonly id: string;
  readonly person: string;
  readonly browser: string;
}
export interface Passkey {
  readonly id: string;
  readonly person: string;
  readonly addedAt: number;
  readonly countsFrom: number;
}
/** That a business requires passkeys. */
export interface Requirement {
  readonly id: string;
  readonly business: string;
  readonly since: number;
  readonly ended: boolean;
}
/** A review of everything that a business has given so far. */
export interface Review {
  readonly id: string;
  readonly business: string;
  readonly completedAt: number | null;
}
/** What was decided on a mandate in a review: to keep it. */
export interface Verdict {
  readonly id: string;
  readonly review: string;
  readonly business: string;
  readonly mandate: string;
  readonly tieConfirmed: boolean;
}
export interface Office {
  readonly id: string;
  readonly business: string;
  readonly person: string;
  readonly role: 'DAGL' | 'BOBE' | 'MEDL';
  readonly ended: boolean;
}
export interface Employment {
  /** Of the worker. */
  readonly id: string;
  readonly business: string;
  readonly unit: string;
  readonly person: string;
  readonly from: PlainDate;
  /** The last day; null: for good. */
  readonly to: PlainDate | null;
}
export interface Member {
  readonly id: string;
  readonly vendor: string;
  readonly person: string;
  readonly tie: 'employment' | 'declared';
  /** A review passed in which no officer stood by the declared tie. */
  readonly suspended: boolean;
  readonly ended: boolean;
}
export interface Agreement {
  readonly id: string;
  readonly business: string;
  readonly vendor: string;
  readonly ended: boolean;
}
export interface Quote {
  readonly id: string;
  readonly business: string;
  readonly vendor: string;
  readonly validUntil: number;
}
export interface Mandate {
  readonly id: string;
  readonly business: string;
  readonly holder: { readonly person: string } | { readonly vendor: string };
  readonly rights: readonly Right[];
  readonly units: readonly string[] | null;
  readonly workers: readonly string[] | null;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly endedAt: number | null;
  readonly suspendedFor: 'business' | 'review' | null;
  readonly confirmBy: number | null;
  readonly tie: 'employment' | 'declared';
  readonly agreement: string | null;
  readonly quote: string | null;
  readonly approved: {
    readonly level: 'high' | 'substantial';
    readonly at: number;
    readonly loggedInAt: number;
  };
}
export interface Assignment {
  readonly id: string;
  readonly mandate: string;
  readonly person: string;
  readonly ended: boolean;
}
export interface Freeze {
  readonly id: string;
  readonly business: string;
  /** Null: everyone but the officers. */
  readonly vendor: string | null;
  readonly lifted: boolean;
}

/** Who asks, and where: a person, a business, and the vendor that they say they act for. */
export interface Asker {
  readonly person: string;
  readonly business: string;
  readonly vendor: string | null;
}

/** What a right is tried on within the asker's business; `madeBy` null: by the business itself. */
export interface Target {
  readonly unit?: string;
  readonly worker?: string;
  readonly madeBy?: string | null;
}

const KINDS =
  'person business unit worker session office member agreement quote mandate assignment freeze thing login passkey requirement review verdict'.split(
    ' ',
  );

/** An identifier that is the same in every run; of one kind, a later one is greater. */
export function idOf(kind: string, count: number): string {
  const group = (KINDS.indexOf(kind) + 1).toString(16).padStart(4, '0');
  return `019ab000-0000-7000-${(0x8000 + Number.parseInt(group, 16)).toString(16)}-${count.toString(16).padStart(12, '0')}`;
}

const person = (count: number) => idOf('person', count);
const unit = (count: number) => idOf('unit', count);
const worker = (count: number) => idOf('worker', count);

/** A customer with two units, another business, and two vendors. */
export const B1 = idOf('business', 1);
export const B2 = idOf('business', 2);
export const V1 = idOf('business', 3);
export const V2 = idOf('business', 4);
export const NUMBERS: Readonly<Record<string, string>> = {
  [B1]: '310000019',
  [B2]: '310000051',
  [V1]: '310000035',
  [V2]: '310000078',
};
export const UNITS: Readonly<Record<string, readonly string[]>> = {
  [B1]: [unit(1), unit(2)],
  [B2]: [unit(3)],
  [V1]: [unit(4)],
  [V2]: [unit(5)],
};
/** The people who try everything: at first an officer, a worker, a member and an officer of one vendor, a member of the other. */
export const PEOPLE = [1, 2, 3, 4, 5].map(person);
/** People who never log in: they hold cards, and gave and signed what the drawn people use. */
export const CARDHOLDERS = [11, 12, 13, 14].map(person);
export const GIVER = person(20);
/** Workers of the customer who never change: two in its first unit and one in the other. */
export const WORKERS = [
  { id: worker(1), business: B1, unit: unit(1), person: person(11) },
  { id: worker(2), business: B1, unit: unit(1), person: person(12) },
  { id: worker(3), business: B1, unit: unit(2), person: person(13) },
  { id: worker(4), business: B2, unit: unit(3), person: person(14) },
];

/** When what stands in every world was made. */
const LONG_BEFORE = Date.parse('2025-06-01T00:00:00.000Z');

export const minutes = (count: number) => count * 60_000;
export const days = (count: number) => minutes(count * 24 * 60);

/** Where each person may try to act. */
export const PLACES: readonly (readonly [business: string, vendor: string | null])[] = [
  [B1, null],
  [B1, V1],
  [B1, V2],
  [B2, null],
  [B2, V1],
  [B2, V2],
  [V1, null],
  [V2, null],
];

export const ASKERS: readonly Asker[] = PEOPLE.flatMap((one) =>
  PLACES.map(([business, vendor]) => ({ person: one, business, vendor })),
);

/** What each right is tried on: the business at large, each unit, workers, and things made by everyone. */
export function targetsIn(business: string): readonly Target[] {
  const units = UNITS[business]!;
  const workers = WORKERS.filter((one) => one.business === business);
  return [
    {},
    ...units.map((one) => ({ unit: one })),
    ...workers.slice(1).map((one) => ({ unit: one.unit, worker: one.id })),
    ...workers.slice(0, 1).map((one) => ({ worker: one.id })),
    ...[null, V1, V2].map((madeBy) => ({ madeBy })),
    ...[null, V1].map((madeBy) => ({ unit: units[0]!, madeBy })),
    ...workers.slice(0, 1).map((one) => ({ unit: one.unit, worker: one.id, madeBy: V1 })),
  ];
}

/** Where the histories begin: everyone is in their place, and nothing has been given. */
export function emptyWorld(now: number): World {
  const today = osloToday(new Date(now));
  const business = (id: string, vendor: Business['vendor']): Business => ({
    id,
    number: NUMBERS[id]!,
    bankrupt: false,
    dissolved: false,
    vendor,
  });
  const [first, second, third, fourth, fifth] = PEOPLE as [string, string, string, string, string];
  return {
    now,
    businesses: [
      business(B1, null),
      business(B2, null),
      business(V1, { barred: false }),
      business(V2, { barred: false }),
    ],
    sessions: PEOPLE.map((one, index) => sessionOf(one, index, now)),
    officers: [officeOf(first, B1, 'DAGL'), officeOf(fourth, V1, 'DAGL')],
    employments: [employmentOf(second, B1, addDays(today, -400), null)],
    members: [memberOf(third, V1, 'declared'), memberOf(fifth, V2, 'declared')],
    agreements: [],
    quotes: [],
    mandates: [],
    assignments: [],
    freezes: [],
    logins: PEOPLE.map((one) => loginOf(one, one)),
    passkeys: PEOPLE.map((one) => passkeyOf(one, 'old', LONG_BEFORE, LONG_BEFORE)),
    requirements: [],
    reviews: [reviewOf(1)],
    verdicts: [],
  };
}

export function sessionOf(
  who: string,
  index: number,
  now: number,
  level: Session['level'] = 'high',
  browser: string = who,
): Session {
  return {
    id: idOf('session', index + 1),
    person: who,
    ended: false,
    level,
    loggedInAt: now,
    lastSeenAt: now,
    absoluteEnd: now + minutes(8 * 60),
    browser,
    used: null,
    cleared: [],
  };
}

export function loginOf(who: string, browser: string): Login {
  return { id: idOf('login', PEOPLE.indexOf(who) * 10 + PEOPLE.indexOf(browser) + 1), person: who, browser };
}

/** Everyone has a passkey of old, and may add another, or instead of that other. */
export function passkeyOf(who: string, which: 'old' | 'new', addedAt: number, countsFrom: number): Passkey {
  const id = idOf('passkey', PEOPLE.indexOf(who) * 2 + (which === 'old' ? 1 : 2));
  return { id, person: who, addedAt, countsFrom };
}

/** The customer's reviews, one after the other. */
export function reviewOf(count: number): Review {
  return { id: idOf('review', count), business: B1, completedAt: null };
}

/** The employment of one of the people in the first unit of a business: there is at most one, which ends and begins anew. */
export function employmentOf(
  who: string,
  business: string,
  from: PlainDate,
  to: PlainDate | null,
): Employment {
  const place = Object.keys(NUMBERS).indexOf(business);
  const id = idOf('worker', 100 + PEOPLE.indexOf(who) * 10 + place);
  return { id, business, unit: UNITS[business]![0]!, person: who, from, to };
}

/** The role of one of the people in a business: there is at most one, which ends and begins anew. */
export function officeOf(who: string, business: string, role: Office['role']): Office {
  const id = idOf('office', PEOPLE.indexOf(who) * 10 + Object.keys(NUMBERS).indexOf(business) + 1);
  return { id, business, person: who, role, ended: false };
}

export function memberOf(who: string, vendor: string, tie: Member['tie']): Member {
  const id = idOf('member', PEOPLE.indexOf(who) * 10 + (vendor === V1 ? 1 : 2));
  return { id, vendor, person: who, tie, suspended: false, ended: false };
}
