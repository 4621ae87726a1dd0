import { addDays, addMonths, lastDayToEnd, osloToday, type PlainDate, startOfDay } from '../kernel/dates.ts';
import { type Right, RIGHTS } from './rules.ts';

/** A right not used for so long is suggested for removal. */
export const UNUSED_DAYS = 90;
/** A mandate younger than this has had no time to be used. */
const SETTLING_DAYS = 30;
/** A review that opens late still gives this long, so that both reminders come. */
const LEAST_DAYS = 15;
const EARLY_DAYS = 14;
const LATE_DAYS = 3;

/** The first day of the calendar quarter that a day is in. */
export function quarterOf(day: PlainDate): PlainDate {
  const month = Number(day.slice(5, 7));
  const first = String(month - ((month - 1) % 3)).padStart(2, '0');
  return `${day.slice(0, 5)}${first}-01` as PlainDate;
}

/** The quarter after one. */
export function nextQuarter(quarter: PlainDate): PlainDate {
  return addMonths(quarter, 3);
}

/** Year and number of a quarter, for words. */
export function quarterNumber(quarter: PlainDate): { readonly year: string; readonly quarter: string } {
  return { year: quarter.slice(0, 4), quarter: String(Math.ceil(Number(quarter.slice(5, 7)) / 3)) };
}

/**
 * When a review that opens now is due: at the end of the quarter's `dueDay`-th day (1 is its first), in Oslo; when it opens
 * late, at the end of the fifteenth day from today. Undefined when that is after the quarter's end: the next one will do.
 */
export function dueAt(quarter: PlainDate, dueDay: number, now: Date): Date | undefined {
  const wanted = addDays(quarter, dueDay - 1);
  const least = addDays(osloToday(now), LEAST_DAYS);
  const lastDay = wanted < least ? least : wanted;
  return lastDay < nextQuarter(quarter) ? lastDayToEnd(lastDay) : undefined;
}

/** What a reminder is decided on. */
export interface Reminded {
  readonly dueAt: Date;
  readonly remindedEarlyAt: Date | null;
  readonly remindedLateAt: Date | null;
}

/**
 * Which reminder of a review has to be sent now: from 14 days before its last day, and from 3 days before; each once, and
 * the first one not any more when the time of the second has come.
 */
export function reminderDue(review: Reminded, now: Date): 'early' | 'late' | undefined {
  if (now >= review.dueAt) return undefined;
  const lastDay = osloToday(new Date(review.dueAt.getTime() - 1));
  if (now >= startOfDay(addDays(lastDay, -LATE_DAYS))) {
    return review.remindedLateAt === null ? 'late' : undefined;
  }
  const early = now >= startOfDay(addDays(lastDay, -EARLY_DAYS));
  return early && review.remindedEarlyAt === null ? 'early' : undefined;
}

/** When the rights of a mandate were last used, each by its day in Oslo. */
export type Uses = Partial<Record<Right, PlainDate>>;

/**
 * The rights of a mandate to suggest for removal: not used in the last 90 days, of a mandate that began at least 30 days ago.
 */
export function unusedRights(
  mandate: { readonly rights: readonly Right[]; readonly startsAt: Date },
  uses: Uses,
  now: Date,
): Right[] {
  const today = osloToday(now);
  if (osloToday(mandate.startsAt) > addDays(today, -SETTLING_DAYS)) return [];
  const limit = addDays(today, -UNUSED_DAYS);
  return RIGHTS.filter((right) => mandate.rights.includes(right) && (uses[right] ?? '') < limit);
}
