import { addDays, osloHour, osloToday, type PlainDate } from '../kernel/dates.ts';

/** What does not look right, each with words under `access:signal.*`; docs/access.md says what each is and is not. */
export const SIGNAL_KINDS = [
  'vendor-browser',
  'many-businesses',
  'many-mandates',
  'two-networks',
  'night-orders',
  'contact-after-mandate',
] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** A signal as a rule finds it. What has the same kind, business and key is the same signal, and raised once. */
export interface FoundSignal {
  readonly kind: SignalKind;
  readonly businessId: string;
  /** Whose login it is about. */
  readonly personId: string;
  readonly personName: string;
  /** The vendor that is frozen when the business answers that it was not them; null for none. */
  readonly vendorId: string | null;
  /** The browser whose sessions end then; null: all those in which the person acted for the business. */
  readonly deviceId: string | null;
  readonly key: string;
  /** Numbers for the words. */
  readonly facts: Readonly<Record<string, number>>;
}

/** From how many on; set by whoever runs the installation. */
export interface SignalLimits {
  /** Unrelated businesses that one person acts for as an officer in one Oslo day. */
  readonly businessesPerDay: number;
  /** Unrelated businesses that one person has a mandate of their own from. */
  readonly mandatesPerPerson: number;
  /** Cards that one person orders for a business, for itself or for one vendor, in one night. */
  readonly cardsAtNight: number;
}

/** The first use of a session in a business. */
export interface SessionUse {
  readonly businessId: string;
  readonly personId: string;
  readonly personName: string;
  readonly capacity: string;
  readonly usedAt: Date;
  readonly deviceId: string | null;
  /** People of vendors with a mandate here who have logged in from the same browser. */
  readonly browserUsedBy: readonly { readonly personId: string; readonly vendorId: string }[];
  /** The businesses that the person acted for as an officer that day until then, each with its other officers. */
  readonly actedFor: readonly ActedFor[];
}

export interface ActedFor {
  readonly businessId: string;
  readonly officers: readonly string[];
  readonly address: string | null;
}

const aboutUse = ({ businessId, personId, personName }: SessionUse) => ({ businessId, personId, personName });

/** An officer's action from a browser that somebody else, of a vendor with a mandate here, has used: a lent login looks so. */
export function vendorBrowser(use: SessionUse): FoundSignal[] {
  if (use.capacity !== 'officer' || use.deviceId === null) return [];
  const others = use.browserUsedBy.filter(({ personId }) => personId !== use.personId);
  const vendors = [...new Set(others.map(({ vendorId }) => vendorId))];
  return vendors.map((vendorId) => ({
    kind: 'vendor-browser',
    ...aboutUse(use),
    vendorId,
    deviceId: use.deviceId,
    key: `${use.deviceId ?? ''}:${vendorId}`,
    facts: {},
  }));
}

/** One person who acts as an officer of many unrelated businesses in one day; each of them is told, and none of which. */
export function manyBusinesses(use: SessionUse, limit: number): FoundSignal[] {
  if (use.capacity !== 'officer') return [];
  const count = unrelatedBusinesses(use.actedFor);
  if (count < limit) return [];
  return use.actedFor.map(({ businessId }) => ({
    kind: 'many-businesses',
    ...aboutUse(use),
    businessId,
    vendorId: null,
    deviceId: null,
    key: `${use.personId}:${osloToday(use.usedAt)}`,
    facts: { count },
  }));
}

/** A person with the businesses that they have a mandate of their own from now. */
export interface MandatesOfPerson {
  readonly personId: string;
  readonly personName: string;
  readonly businesses: readonly ActedFor[];
}

/**
 * One person with mandates of their own from several unrelated businesses: who works for many is a vendor, and a vendor has an
 * agreement with each. Each of the businesses is told, and none of which, once for the person.
 */
export function manyMandates(
  { personId, personName, businesses }: MandatesOfPerson,
  limit: number,
): FoundSignal[] {
  const count = unrelatedBusinesses(businesses);
  if (count < limit) return [];
  return businesses.map(({ businessId }) => ({
    kind: 'many-mandates',
    ...{ businessId, personId, personName },
    vendorId: null,
    deviceId: null,
    key: personId,
    facts: { count },
  }));
}

/**
 * How many groups the businesses fall into, where two are of one group when they share another officer or an address, or
 * each does with a third.
 */
export function unrelatedBusinesses(businesses: readonly ActedFor[]): number {
  let groups: Set<string>[] = [];
  for (const { businessId, officers, address } of businesses) {
    const marks = [businessId, ...officers, ...(address === null ? [] : [`address:${address}`])];
    const related = groups.filter((group) => marks.some((mark) => group.has(mark)));
    const merged = new Set([...marks, ...related.flatMap((group) => [...group])]);
    groups = [...groups.filter((group) => !related.includes(group)), merged];
  }
  return groups.length;
}

/** An open session of a person, with what the person acted for in it as an officer. */
export interface OpenLogin {
  readonly personId: string;
  readonly personName: string;
  readonly deviceId: string;
  /** The keyed hash of its network. */
  readonly network: string;
  readonly lastSeenAt: Date;
  readonly businesses: readonly string[];
}

const AT_ONCE_MS = 10 * 60_000;

/** Two sessions of one person, in two browsers on two networks, both used within ten minutes. */
export function twoNetworks(logins: readonly OpenLogin[], now: Date): FoundSignal[] {
  const used = logins.filter(({ lastSeenAt }) => now.getTime() - lastSeenAt.getTime() < AT_ONCE_MS);
  return used.flatMap((one, index) =>
    used.slice(index + 1).flatMap((other) => {
      const apart = one.network !== other.network && one.deviceId !== other.deviceId;
      return apart && one.personId === other.personId ? pairSignals(one, other) : [];
    }),
  );
}

function pairSignals(one: OpenLogin, other: OpenLogin): FoundSignal[] {
  const businesses = [...new Set([...one.businesses, ...other.businesses])];
  return businesses.map((businessId) => ({
    kind: 'two-networks',
    businessId,
    personId: one.personId,
    personName: one.personName,
    vendorId: null,
    deviceId: null,
    key: [one.deviceId, other.deviceId].toSorted().join(':'),
    facts: {},
  }));
}

/** Cards that were ordered within one hour of the clock, by one person for one business (through one vendor, or none). */
export interface OrderedHour {
  readonly businessId: string;
  readonly personId: string;
  readonly personName: string;
  readonly vendorId: string | null;
  readonly hour: Date;
  readonly cards: number;
}

const EVENING = 22;
const MORNING = 6;

/** The day on which the night began that an instant is in, from 22 to 06 in Oslo; undefined by day. */
export function nightOf(instant: Date): PlainDate | undefined {
  const hour = osloHour(instant);
  if (hour >= EVENING) return osloToday(instant);
  return hour < MORNING ? addDays(osloToday(instant), -1) : undefined;
}

/** Many cards ordered in one night by one person. */
export function nightOrders(hours: readonly OrderedHour[], limit: number): FoundSignal[] {
  const nights = new Map<string, FoundSignal>();
  for (const { businessId, personId, personName, vendorId, hour, cards } of hours) {
    const night = nightOf(hour);
    if (night === undefined) continue;
    const key = `${personId}:${vendorId ?? ''}:${night}`;
    const before = nights.get(`${businessId}:${key}`)?.facts['count'] ?? 0;
    nights.set(`${businessId}:${key}`, {
      kind: 'night-orders',
      ...{ businessId, personId, personName, vendorId, key },
      deviceId: null,
      facts: { count: before + cards },
    });
  }
  return [...nights.values()].filter(({ facts }) => (facts['count'] ?? 0) >= limit);
}

/** A change of contact details that a person made, with mandates that the business had given not long before. */
export interface ContactChange {
  readonly id: string;
  readonly businessId: string;
  readonly personId: string;
  readonly personName: string;
  readonly changedAt: Date;
  readonly mandates: readonly { readonly vendorId: string | null; readonly approvedAt: Date }[];
}

const DAY_MS = 86_400_000;

/** Contact details changed less than 24 hours after a mandate was given; the newest vendor's is the one that is frozen. */
export function contactAfterMandate(change: ContactChange): FoundSignal[] {
  const since = ({ approvedAt }: { approvedAt: Date }) => change.changedAt.getTime() - approvedAt.getTime();
  const recent = change.mandates
    .filter((mandate) => since(mandate) >= 0 && since(mandate) < DAY_MS)
    .toSorted((one, other) => since(one) - since(other));
  if (recent.length === 0) return [];
  const { id, businessId, personId, personName } = change;
  const vendorId = recent.find((mandate) => mandate.vendorId !== null)?.vendorId ?? null;
  return [
    {
      kind: 'contact-after-mandate',
      ...{ businessId, personId, personName, vendorId },
      deviceId: null,
      key: id,
      facts: {},
    },
  ];
}
