import { addDays, endToLastDay, osloToday, type PlainDate, startOfDay } from '../kernel/dates.ts';
import type { Proposal } from './grants.ts';
import type { Right } from './rules.ts';
import { type Terms, withinScope } from './terms.ts';

/** Days that a request waits for an answer. */
const DAYS_OPEN = 21;
/** A mandate's renewal is asked for at the earliest so many days before its last day. */
const RENEWAL_DAYS = 60;
/** How often one may ask the same business within the days that a no makes it wait: each time the officers get a mail. */
const ASKED_AT_MOST = 3;

const DAY_MS = 86_400_000;

/** How often one may ask; settings of the installation. */
export interface RequestLimits {
  /** Days after a no until one may ask the same business again. */
  readonly waitDays: number;
  /** Requests that one vendor, or one person, may make in a day, in Oslo. */
  readonly perDay: number;
}

/** How a request came to its end. */
export const OUTCOMES = ['yes', 'less', 'no', 'withdrawn', 'lapsed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Why a business says no to a vendor, if it says why. Each has words under `access:decline.*`. */
export const DECLINE_REASONS = [
  'not-agreed',
  'too-much',
  'price',
  'other-vendor',
  'ourselves',
  'not-now',
] as const;
export type DeclineReason = (typeof DECLINE_REASONS)[number];

const TO_A_PERSON: readonly DeclineReason[] = ['not-agreed', 'too-much', 'not-now'];

/** The reasons that a no may have, by who asks. */
export function declineReasons({ kind }: Pick<Asker, 'kind'>): readonly DeclineReason[] {
  return kind === 'person' ? TO_A_PERSON : DECLINE_REASONS;
}

/** The words of a reason, or of none, as they are said to whoever asks. */
export function declineWordsOf({ kind }: Pick<Asker, 'kind'>, reason: DeclineReason | 'none' | null): string {
  return `access:${kind === 'person' ? 'personDecline' : 'decline'}.${reason ?? 'none'}`;
}

/** Who asks: a vendor, at its price, or a person of the business, for themselves. */
export type Asker =
  | {
      readonly kind: 'vendor';
      readonly id: string;
      readonly number: string;
      readonly name: string;
      /** The authority has barred it: nothing can be given to it. */
      readonly barred: boolean;
      /** What it offered per card when it asked, in øre without VAT. */
      readonly feeOre: number;
    }
  | { readonly kind: 'person'; readonly id: string; readonly name: string };

/** Who asks or holds, as the tables' columns name it. */
export type AskerId = { readonly vendorId: string } | { readonly personId: string };

/** The asker, as what looks mandates and requests up takes it. */
export function askerId({ kind, id }: Asker): AskerId {
  return kind === 'vendor' ? { vendorId: id } : { personId: id };
}

/** A request for a mandate from a business. */
export interface MandateRequest {
  readonly id: string;
  readonly businessId: string;
  readonly businessNumber: string;
  readonly businessName: string;
  readonly asker: Asker;
  /** What is asked for; limits as in the mandate that the asker has. */
  readonly proposal: Proposal;
  /** Why, for each right, in the asker's words. */
  readonly reasons: Readonly<Partial<Record<Right, string>>>;
  /** The mandate that is asked to be renewed. */
  readonly renews: string | null;
  readonly askedByName: string;
  readonly askedAt: Date;
  /** Exclusive: from then on it has lapsed, whether or not a task has noted that. */
  readonly expiresAt: Date;
  readonly outcome: Outcome | null;
  readonly settledAt: Date | null;
  /** Who answered or withdrew it; for the side that did. */
  readonly settledByName: string | null;
  readonly declineReason: DeclineReason | null;
  readonly declineWords: string;
  readonly mandateId: string | null;
}

/** When a request that is made now lapses. */
export function expiryOf(askedAt: Date): Date {
  return new Date(askedAt.getTime() + DAYS_OPEN * DAY_MS);
}

/** Where a request stands, by the clock: one that nobody answered in time has lapsed. */
export function stateOfRequest(
  { outcome, expiresAt }: Pick<MandateRequest, 'outcome' | 'expiresAt'>,
  now: Date,
): Outcome | 'open' {
  return outcome ?? (now < expiresAt ? 'open' : 'lapsed');
}

/** The first day on which a mandate's renewal may be asked for. */
export function renewableFrom(endsAt: Date): PlainDate {
  return addDays(endToLastDay(endsAt), -RENEWAL_DAYS);
}

/** Whether a mandate's renewal may be asked for now. */
export function isRenewable(endsAt: Date, now: Date): boolean {
  return osloToday(now) >= renewableFrom(endsAt);
}

/** Why one may not ask now, and until when. Each has words under `vendors:ask.refused.*` and `access:ask.refused.*`. */
export type AskRefusal =
  | { readonly reason: 'open' | 'too-many-today' }
  | { readonly reason: 'declined' | 'too-often'; readonly until: Date }
  | { readonly reason: 'too-early'; readonly from: PlainDate };

/** What one has asked before. */
export interface AskedBefore {
  /** Requests to the same business. */
  readonly sameBusiness: readonly Pick<MandateRequest, 'outcome' | 'expiresAt' | 'askedAt' | 'settledAt'>[];
  /** How many were made today, to whomever. */
  readonly today: number;
}

/**
 * Why one may not ask a business for this now; undefined when one may. Nothing here hangs on what the asker does not know.
 * @param present the mandate that one has from the business: longer time is asked for when the renewal is near
 */
export function askRefusal(
  proposal: Pick<Proposal, 'lastDay'>,
  before: AskedBefore,
  present: Pick<Terms, 'endsAt'> | undefined,
  limits: RequestLimits,
  now: Date,
): AskRefusal | undefined {
  const { sameBusiness } = before;
  if (sameBusiness.some((request) => stateOfRequest(request, now) === 'open')) return { reason: 'open' };
  const waitedFrom = (at: Date) => new Date(at.getTime() + limits.waitDays * DAY_MS);
  const declined = sameBusiness
    .filter(({ outcome }) => outcome === 'no')
    .map(({ settledAt, askedAt }) => waitedFrom(settledAt ?? askedAt));
  const until = latest(declined);
  if (until !== undefined && now < until) return { reason: 'declined', until };
  const again = sameBusiness.map(({ askedAt }) => waitedFrom(askedAt)).filter((end) => now < end);
  const first = again.sort((one, other) => one.getTime() - other.getTime()).at(-ASKED_AT_MOST);
  if (first !== undefined) return { reason: 'too-often', until: first };
  if (before.today >= limits.perDay) return { reason: 'too-many-today' };
  if (
    present !== undefined &&
    !isRenewable(present.endsAt, now) &&
    proposal.lastDay > endToLastDay(present.endsAt)
  ) {
    return { reason: 'too-early', from: renewableFrom(present.endsAt) };
  }
  return undefined;
}

function latest(times: readonly Date[]): Date | undefined {
  return times.reduce<Date | undefined>(
    (last, time) => (last === undefined || time > last ? time : last),
    undefined,
  );
}

/** The moment in Oslo that the day of `now` began: since when the requests of the day are counted. */
export function dayBegan(now: Date): Date {
  return startOfDay(osloToday(now));
}

/** What an answer comes to: yes when everything that was asked for is given, also when more is. */
export function answerFor(asked: Terms, given: Terms): 'yes' | 'less' {
  const whole =
    asked.rights.every((right) => given.rights.includes(right)) &&
    withinScope(asked, given) &&
    given.startsAt <= asked.startsAt &&
    given.endsAt >= asked.endsAt &&
    LIMITS.every((limit) => !lower(given.limits[limit], asked.limits[limit]));
  return whole ? 'yes' : 'less';
}

const LIMITS = ['cardsPerOrder', 'cardsPerMonth', 'orePerMonth'] as const;

function lower(given: number | null, asked: number | null): boolean {
  return given !== null && (asked === null || given < asked);
}
