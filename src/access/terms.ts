import { lastDayToEnd, osloToday, type PlainDate } from '../kernel/dates.ts';
import { type Right, RIGHTS } from './rules.ts';

/** What a placing may come to before it becomes a preparing; null: no limit. Øre without VAT, Oslo calendar months. */
export interface Limits {
  readonly cardsPerOrder: number | null;
  readonly cardsPerMonth: number | null;
  readonly orePerMonth: number | null;
}

/** Whom a mandate reaches: everyone in the business, those in some units, or named workers; never both of the last two. */
export interface Scope {
  /** Ids of units; null: not bound to units. */
  readonly units: readonly string[] | null;
  /** Ids of workers; null: everyone. */
  readonly workers: readonly string[] | null;
}

/** Most workers that one mandate names: each request carries them. */
export const MAX_NAMED_WORKERS = 100;

/** What the business has of what somebody names: ids of its units, and of the workers named that are its own. */
export interface Reach {
  readonly units: readonly string[];
  readonly workers: readonly string[];
}

/** What a mandate lets its holder do, on whom, when and how much. */
export interface Terms extends Scope {
  readonly rights: readonly Right[];
  readonly startsAt: Date;
  /** Exclusive. */
  readonly endsAt: Date;
  readonly limits: Limits;
}

/** One way in which two terms differ. */
export type TermsChange =
  | { readonly kind: 'rights'; readonly added: readonly Right[]; readonly removed: readonly Right[] }
  | { readonly kind: 'scope'; readonly before: Scope; readonly after: Scope }
  | { readonly kind: 'start' | 'end'; readonly before: Date; readonly after: Date }
  | {
      readonly kind: 'limit';
      readonly limit: keyof Limits;
      readonly before: number | null;
      readonly after: number | null;
    };

/** How the later terms differ from the earlier, in the order of a form. A start that has come is no difference. */
export function changesBetween(before: Terms, after: Terms, now: Date): TermsChange[] {
  const changes: TermsChange[] = [];
  const added = RIGHTS.filter((right) => after.rights.includes(right) && !before.rights.includes(right));
  const removed = RIGHTS.filter((right) => before.rights.includes(right) && !after.rights.includes(right));
  if (added.length + removed.length > 0) changes.push({ kind: 'rights', added, removed });
  if (!sameScope(before, after)) changes.push({ kind: 'scope', before, after });
  if (
    before.startsAt.getTime() !== after.startsAt.getTime() &&
    (before.startsAt > now || after.startsAt > now)
  ) {
    changes.push({ kind: 'start', before: before.startsAt, after: after.startsAt });
  }
  if (before.endsAt.getTime() !== after.endsAt.getTime()) {
    changes.push({ kind: 'end', before: before.endsAt, after: after.endsAt });
  }
  for (const limit of LIMITS) {
    const [was, is] = [before.limits[limit], after.limits[limit]];
    if (was !== is) changes.push({ kind: 'limit', limit, before: was, after: is });
  }
  return changes;
}

const LIMITS = ['cardsPerOrder', 'cardsPerMonth', 'orePerMonth'] as const;

function sameScope(one: Scope, other: Scope): boolean {
  return sameIds(one.units, other.units) && sameIds(one.workers, other.workers);
}

function sameIds(one: readonly string[] | null, other: readonly string[] | null): boolean {
  if (one === null || other === null) return one === other;
  return one.length === other.length && one.every((id) => other.includes(id));
}

/**
 * Whether a scope lies within another, as the database's `context_covers_scope` has it: units within units, named workers
 * within named workers, and the whole business within nothing but the whole business.
 */
export function withinScope(scope: Scope, own: Scope): boolean {
  return within(scope.units, own.units) && within(scope.workers, own.workers);
}

function within(ids: readonly string[] | null, own: readonly string[] | null): boolean {
  return own === null || (ids?.every((id) => own.includes(id)) ?? false);
}

/** What a mandate in force is to become: less than it is. */
export interface Narrowing extends Scope {
  readonly rights: readonly Right[];
  readonly lastDay: PlainDate;
  readonly limits: Limits;
  /** In somebody's words; the holder is told. */
  readonly reason: string;
}

/** What is wrong with a narrowing, by the part to be changed. Each has words under `access:problem.narrow.*`. */
export type NarrowingProblems = Partial<{
  readonly rights: 'none' | 'wider' | 'nothing';
  readonly units: 'none' | 'foreign' | 'wider';
  readonly workers: 'none' | 'foreign' | 'too-many' | 'wider';
  readonly lastDay: 'past' | 'wider';
  readonly cardsPerOrder: 'wider';
  readonly cardsPerMonth: 'wider';
  readonly orePerMonth: 'wider';
}>;

/**
 * Why a mandate of these terms cannot become this; undefined when it can. What is wider is given anew, with preview and
 * step-up; `nothing`: no part is less than it was. The database refuses a widening too.
 */
export function narrowingProblems(
  terms: Terms,
  narrowing: Narrowing,
  reach: Reach,
  now: Date,
): NarrowingProblems | undefined {
  const problems: NarrowingProblems = {
    ...rightsProblem(terms, narrowing),
    ...scopeProblem(terms, narrowing, reach),
    ...lastDayProblem(terms, narrowing, now),
    ...Object.fromEntries(
      LIMITS.filter((limit) => wider(narrowing.limits[limit], terms.limits[limit])).map((limit) => [
        limit,
        'wider' as const,
      ]),
    ),
  };
  if (Object.keys(problems).length > 0) return problems;
  return changesBetween(terms, narrowed(terms, narrowing), now).length === 0
    ? { rights: 'nothing' }
    : undefined;
}

/** The terms after a narrowing. A last day that was not moved leaves the end where it was. */
export function narrowed(terms: Terms, narrowing: Narrowing): Terms {
  const { rights, units, workers, limits, lastDay } = narrowing;
  const end = lastDayToEnd(lastDay);
  return { ...terms, rights, units, workers, limits, endsAt: end < terms.endsAt ? end : terms.endsAt };
}

function rightsProblem({ rights }: Terms, narrowing: Narrowing): NarrowingProblems {
  if (narrowing.rights.length === 0) return { rights: 'none' };
  return narrowing.rights.every((right) => rights.includes(right)) ? {} : { rights: 'wider' };
}

function scopeProblem(terms: Terms, { units, workers }: Narrowing, reach: Reach): NarrowingProblems {
  if (units?.length === 0) return { units: 'none' };
  if (workers?.length === 0) return { workers: 'none' };
  if ((workers?.length ?? 0) > MAX_NAMED_WORKERS) return { workers: 'too-many' };
  // What the mandate names already may have been closed or have left since.
  const known = (ids: readonly string[] | null, own: readonly string[] | null, here: readonly string[]) =>
    ids?.every((id) => own?.includes(id) ?? here.includes(id)) ?? true;
  if (!known(units, terms.units, reach.units)) return { units: terms.units === null ? 'foreign' : 'wider' };
  if (!known(workers, terms.workers, reach.workers)) {
    return { workers: terms.workers === null ? 'foreign' : 'wider' };
  }
  if (withinScope({ units, workers }, terms)) return {};
  return terms.workers === null ? { units: 'wider' } : { workers: 'wider' };
}

function lastDayProblem({ endsAt, startsAt }: Terms, { lastDay }: Narrowing, now: Date): NarrowingProblems {
  const first = startsAt > now ? osloToday(startsAt) : osloToday(now);
  if (lastDay < first) return { lastDay: 'past' };
  // The day that the mandate ends in, if it does not end at midnight.
  return lastDay > osloToday(new Date(endsAt.getTime() - 1)) ? { lastDay: 'wider' } : {};
}

function wider(limit: number | null, present: number | null): boolean {
  return present !== null && (limit === null || limit > present);
}
