import { lastDayToEnd, type PlainDate, startOfDay } from '../kernel/dates.ts';
import type { Refusal } from './rules.ts';
import type { Terms } from './terms.ts';

/** A stretch of time; until: exclusive, null while it lasts. */
export interface Stretch {
  readonly from: Date;
  readonly until: Date | null;
}

/** What a mandate was from one change of it to the next. */
export interface PastVersion extends Terms {
  readonly at: Date;
  readonly change: string;
  readonly suspendedFor: 'business' | 'review' | null;
  readonly suspended: boolean;
  readonly confirmBy: Date | null;
}

/** A mandate with all that it hung on, as far as that is kept. */
export interface PastMandate {
  readonly id: string;
  readonly holder: 'person' | 'vendor';
  /** The first one first. */
  readonly versions: readonly PastVersion[];
  /** Who of a vendor's people could use it. */
  readonly assigned: readonly (Stretch & { readonly name: string })[];
  /** A vendor's. */
  readonly agreement: Stretch | null;
  /** The quotes that were accepted from the vendor: each until it lapsed, or the next took its place. */
  readonly quotes: readonly Stretch[];
  /** A person's: declared, or employed on that day by what the register says now. */
  readonly tieHolds: boolean;
}

/** All that a holder has had from a business, and the stops and bars that held. */
export interface HolderPast {
  readonly mandates: readonly PastMandate[];
  readonly freezes: readonly Stretch[];
  readonly bars: readonly Stretch[];
}

/** What a holder could do: under which mandate, as it was then, through whom; or why nothing. */
export type PastState =
  | {
      readonly kind: 'could';
      readonly mandateId: string;
      readonly terms: Terms;
      readonly people: readonly string[];
    }
  | {
      readonly kind: 'could-not';
      readonly mandateId: string | null;
      readonly why: Refusal | 'nothing-given';
    };

/** A part of a day in which nothing changed. */
export interface PartOfDay {
  readonly from: Date;
  readonly until: Date;
  readonly state: PastState;
}

/**
 * What a holder could do on an Oslo day, part by part: one part when nothing changed. Of today, what has been of it; none
 * of a day that has not come. The order of what stood in the way is that of `decide`.
 */
export function partsOfDay(past: HolderPast, day: PlainDate, now: Date): PartOfDay[] {
  const begin = startOfDay(day);
  const end = new Date(Math.min(lastDayToEnd(day).getTime(), now.getTime()));
  const cuts = [...new Set(momentsOf(past).map((moment) => moment.getTime()))]
    .filter((time) => begin.getTime() < time && time < end.getTime())
    .sort((a, b) => a - b);
  const borders = begin < end ? [begin.getTime(), ...cuts, end.getTime()] : [];
  const parts: PartOfDay[] = [];
  for (const [index, until] of borders.slice(1).entries()) {
    const from = new Date(borders[index] ?? until);
    const state = stateAt(past, from);
    const last = parts.at(-1);
    if (last !== undefined && JSON.stringify(last.state) === JSON.stringify(state)) {
      parts[parts.length - 1] = { ...last, until: new Date(until) };
    } else {
      parts.push({ from, until: new Date(until), state });
    }
  }
  return parts;
}

/** Every moment at which something may have changed. */
function momentsOf({ mandates, freezes, bars }: HolderPast): Date[] {
  const stretches = [
    ...freezes,
    ...bars,
    ...mandates.flatMap(({ assigned, agreement, quotes }) => [
      ...assigned,
      ...quotes,
      ...(agreement === null ? [] : [agreement]),
    ]),
  ];
  const versions = mandates.flatMap((mandate) => mandate.versions);
  return [
    ...stretches.flatMap(({ from, until }) => [from, until]),
    ...versions.flatMap(({ at, startsAt, endsAt, confirmBy }) => [at, startsAt, endsAt, confirmBy]),
  ].filter((moment) => moment !== null);
}

const holds = ({ from, until }: Stretch, at: Date) => from <= at && (until === null || at < until);

function stateAt({ mandates, freezes, bars }: HolderPast, at: Date): PastState {
  const found = mandateAt(mandates, at);
  if (found === undefined) return { kind: 'could-not', mandateId: null, why: 'nothing-given' };
  const { mandate, version } = found;
  const people = [
    ...new Set(mandate.assigned.filter((one) => holds(one, at)).map(({ name }) => name)),
  ].sort();
  const stopped = {
    frozen: freezes.some((one) => holds(one, at)),
    barred: bars.some((one) => holds(one, at)),
  };
  const why =
    versionObstacle(version, stopped.frozen, at) ??
    (mandate.holder === 'person'
      ? mandate.tieHolds
        ? undefined
        : 'no-tie'
      : vendorObstacle(mandate, people, stopped.barred, at));
  if (why !== undefined) return { kind: 'could-not', mandateId: mandate.id, why };
  const { rights, units, workers, startsAt, endsAt, limits } = version;
  const terms = { rights, units, workers, startsAt, endsAt, limits };
  return { kind: 'could', mandateId: mandate.id, terms, people };
}

/** The mandate that had not ended, or else the one that was given last; with what it was then. */
function mandateAt(mandates: readonly PastMandate[], at: Date) {
  const known = mandates
    .map((mandate) => ({ mandate, version: mandate.versions.findLast((version) => version.at <= at) }))
    .filter((one): one is { mandate: PastMandate; version: PastVersion } => one.version !== undefined)
    .sort((a, b) => givenAt(b.mandate) - givenAt(a.mandate));
  return known.find(({ version }) => version.change !== 'ended') ?? known[0];
}

const givenAt = ({ versions }: PastMandate) => versions[0]?.at.getTime() ?? 0;

function versionObstacle(version: PastVersion, frozen: boolean, at: Date): Refusal | undefined {
  if (version.change === 'ended') return 'mandate-ended';
  if (frozen) return 'frozen';
  if (version.suspended) return version.suspendedFor === 'review' ? 'review-missed' : 'mandate-suspended';
  if (version.confirmBy && at >= version.confirmBy) return 'giver-lost-right';
  if (at < version.startsAt) return 'mandate-not-started';
  return at >= version.endsAt ? 'mandate-expired' : undefined;
}

function vendorObstacle(
  mandate: PastMandate,
  people: readonly string[],
  barred: boolean,
  at: Date,
): Refusal | undefined {
  if (people.length === 0) return 'not-assigned';
  if (barred) return 'vendor-barred';
  if (mandate.agreement === null || !holds(mandate.agreement, at)) return 'no-agreement';
  return mandate.quotes.some((one) => holds(one, at)) ? undefined : 'no-quote';
}
