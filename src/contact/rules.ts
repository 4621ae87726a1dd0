import type { Language } from '../kernel/language.ts';
import type { Suspicion } from './look-alikes.ts';

/** Where the authority's messages to a business go. `null`: nothing is known. */
export interface ContactDetails {
  readonly email: string | null;
  /** E.164: `+4791234567`. */
  readonly mobile: string | null;
  readonly addressLines: readonly string[];
  readonly postalCode: string | null;
  readonly city: string | null;
  /** Who in the business looks after the cards. */
  readonly responsible: string | null;
  readonly language: Language;
}

/** The fields as a reader knows them; the parts of the postal address are one of them. */
export const CONTACT_FIELDS = ['email', 'mobile', 'address', 'responsible', 'language'] as const;
export type ContactField = (typeof CONTACT_FIELDS)[number];

/** Lines that a postal address may have above its postal code. */
export const MAX_ADDRESS_LINES = 3;

/**
 * Reads a mobile number as people type it: Norwegian with eight digits that start with 4 or 9 (the national numbering
 * plan, E.164), or any country's with its code after `+` or `00`. Returns it in E.164, or undefined.
 */
export function parseMobile(typed: string): string | undefined {
  const digits = typed.replace(/[\s().\-\u2010-\u2015\u00a0]/gu, '').replace(/^00/u, '+');
  if (/^[49]\d{7}$/u.test(digits)) return `+47${digits}`;
  if (digits.startsWith('+47')) return /^\+47[49]\d{7}$/u.test(digits) ? digits : undefined;
  return /^\+[1-9]\d{6,14}$/u.test(digits) ? digits : undefined;
}

/** A number as it is read: `+47 912 34 567`; other countries' as they are stored. */
export function formatMobile(mobile: string): string {
  const [, first, second, third] = /^\+47(\d{3})(\d{2})(\d{3})$/u.exec(mobile) ?? [];
  return first === undefined ? mobile : `+47 ${first} ${second ?? ''} ${third ?? ''}`;
}

/** Which fields differ, in the order in which they are shown. */
export function changedFields(before: ContactDetails, after: ContactDetails): ContactField[] {
  return CONTACT_FIELDS.filter((field) => textOf(before, field) !== textOf(after, field));
}

/** One field as text, for comparing and for showing; the empty text when nothing is known. */
export function textOf(details: ContactDetails, field: ContactField): string {
  switch (field) {
    case 'address':
      return [...details.addressLines, [details.postalCode, details.city].filter(Boolean).join(' ')]
        .filter((line) => line !== '')
        .join('\n');
    case 'mobile':
      return details.mobile === null ? '' : formatMobile(details.mobile);
    case 'email':
    case 'responsible':
    case 'language':
      return details[field] ?? '';
  }
}

/** The fields that say where messages go: a change of them waits, those of others hold at once. */
const WHERE: readonly ContactField[] = ['email', 'mobile', 'address'];

/** Whether a change of these fields has to wait. */
export function movesMessages(fields: readonly ContactField[]): boolean {
  return fields.some((field) => WHERE.includes(field));
}

/** No unit and no worker is called so. */
const ALL = 'all';

/**
 * What `contact.change` is used on: one unit's details, or the business's own, which a mandate for some units does not reach. Nor
 * does one for named workers reach either: details are everybody's there. The database holds to the same.
 */
export function concerned(unit: string | undefined): { readonly unitId: string; readonly workerId: string } {
  return { unitId: unit ?? ALL, workerId: ALL };
}

/** How often codes may be tried for one change, in all. */
export const CODE_TRIES = 10;
export const CODE_MINUTES = 30;
/** For how long what stood before a change can be put back. */
const UNDO_DAYS = 30;
/** How long a confirmation of the details is good for. */
const VERIFY_DAYS = 180;

const DAY_MS = 86_400_000;

export type Channel = 'email' | 'mobile';

/**
 * How far a change has come: `proving` its new addresses, `waiting`, `paused` by an address; then `effective`, or stopped for
 * good: `cancelled`, `replaced` by a later one, `spent` after too many codes, `undone` after it held.
 */
export const MOVE_STATES = [
  'proving',
  'waiting',
  'paused',
  'effective',
  'cancelled',
  'replaced',
  'spent',
  'undone',
] as const;
export type MoveState = (typeof MOVE_STATES)[number];

/** What stands in the place of an address for all the officers' own. */
export const OFFICERS = 'officers';

/** A change of where messages go, on its way. */
export interface Move {
  readonly id: string;
  readonly before: ContactDetails;
  readonly after: ContactDetails;
  readonly madeBy: { readonly id: string; readonly name: string; readonly officer: boolean };
  readonly madeAt: Date;
  readonly state: MoveState;
  /** What still has to be proved with a code. */
  readonly awaited: readonly Channel[];
  readonly triesLeft: number;
  readonly codesExpireAt: Date;
  /** From when on it holds, unless somebody stops it; null while it is being proved. */
  readonly effectiveAt: Date | null;
  /** The address that paused it, or `officers`. */
  readonly pausedBy: string | null;
  /** Addresses that paused it and were overruled. */
  readonly barred: readonly string[];
  /** Addresses of changes before it, which are told besides. */
  readonly informed: readonly string[];
  readonly suspicion: readonly Suspicion[];
  readonly vouchedBy: string | null;
  /** When the latest letter about it was found to reach no officer, and when one was posted since. */
  readonly unreachedAt: Date | null;
  readonly postedAt: Date | null;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
}

/** Who looks at a change: with `contact.change`, else nothing can be done. */
export interface Viewer {
  readonly personId: string;
  readonly officer: boolean;
  readonly mayChange: boolean;
  /** Has cancelled a change of the same officer's before, and so cannot again. */
  readonly cancelUsed: boolean;
}

export type MoveAction = 'prove' | 'cancel' | 'overrule' | 'undo';

/** What somebody can do about a change. The database holds to the same. */
export function actionsOn(move: Move, viewer: Viewer, now: Date): MoveAction[] {
  if (!viewer.mayChange) return [];
  const own = move.madeBy.id === viewer.personId;
  const open = move.state === 'proving' || move.state === 'waiting' || move.state === 'paused';
  const undoable =
    move.state === 'effective' &&
    move.settledAt !== null &&
    now.getTime() - move.settledAt.getTime() < UNDO_DAYS * DAY_MS;
  return [
    ...(move.state === 'proving' && own ? ['prove' as const] : []),
    ...(move.state === 'paused' && viewer.officer ? ['overrule' as const] : []),
    ...(open && (own || viewer.officer) && !viewer.cancelUsed ? ['cancel' as const] : []),
    ...(undoable && viewer.officer ? ['undo' as const] : []),
  ];
}

/** What a change waits for besides its time. */
export function heldBack(move: Move): 'vouch' | 'post' | undefined {
  if (move.suspicion.length > 0 && move.vouchedBy === null) return 'vouch';
  return isForPost(move) ? 'post' : undefined;
}

/** Whether a letter about it reached no officer, and none has been posted since. */
export function isForPost({ unreachedAt, postedAt }: Pick<Move, 'unreachedAt' | 'postedAt'>): boolean {
  return unreachedAt !== null && postedAt === null;
}

/**
 * Where a notice about a change goes besides the officers' own addresses: to those that messages went to before it, to the new
 * ones, and to those of changes that it replaced. E-mail addresses and numbers in E.164, each once.
 */
export function toldOf({ before, after, informed }: Pick<Move, 'before' | 'after' | 'informed'>): string[] {
  const known = [before.email, before.mobile, ...informed, after.email, after.mobile];
  const byKey = new Map(known.filter((one) => one !== null).map((one) => [one.toLowerCase(), one]));
  return [...byKey.values()];
}

/** Where messages to the business go while a change is under way, besides the address that holds. */
export function alsoWhileWaiting(move: Pick<Move, 'state' | 'after' | 'suspicion' | 'vouchedBy'>): string[] {
  const waits = move.state === 'waiting' || move.state === 'paused';
  const trusted = move.suspicion.length === 0 || move.vouchedBy !== null;
  return waits && trusted && move.after.email !== null ? [move.after.email] : [];
}

/** One address that a business has registered with the state. */
export interface OfficialAddress {
  readonly email: string | null;
  /** E.164. */
  readonly mobile: string | null;
}

/** Where those who are to be told at the official addresses get it. */
export function recipientsOf(addresses: readonly OfficialAddress[]): string[] {
  return addresses.flatMap(({ email, mobile }) => [email, mobile].filter((one) => one !== null));
}

/** Why the business is asked whether its details are right; undefined while there is no reason to. */
export function whyVerify(
  details: { readonly confirmed: { readonly at: Date } | null; readonly bouncedAt: Date | null },
  now: Date,
): 'never' | 'old' | 'bounced' | undefined {
  if (details.bouncedAt !== null) return 'bounced';
  if (details.confirmed === null) return 'never';
  return details.confirmed.at < goodSince(now) ? 'old' : undefined;
}

/** What was confirmed before is old. */
export function goodSince(now: Date): Date {
  return new Date(now.getTime() - VERIFY_DAYS * DAY_MS);
}

/** Business → Contact details → Units, below a business's path. */
export const UNITS = '/business/contact-units';

/** Business → Contact details, or a unit's, below a business's path. */
export function contactPath(unit?: string | null): string {
  return unit === undefined || unit === null ? '/business/contact' : `${UNITS}/${unit}`;
}

/** An address as it may be shown to whoever is not of the business: enough to know one's own by. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1
    ? `${address.slice(0, 3)}…${address.slice(-2)}`
    : `${address.slice(0, 1)}…${address.slice(at)}`;
}
