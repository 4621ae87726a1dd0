import type { Language } from './language.ts';

/** A calendar day, `YYYY-MM-DD`, with no time and no time zone. Compares as text. */
export type PlainDate = string & { readonly __brand: 'PlainDate' };

const hour = 60 * 60 * 1000;
const day = 24 * hour;

const osloClock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Oslo',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const englishMonths = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Reads `YYYY-MM-DD`; undefined when it is written otherwise or the calendar has no such day. */
export function parsePlainDate(text: string): PlainDate | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/u.test(text)) return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  // A day that the month does not have is read as one of the next.
  return date.getUTCDate() === Number(text.slice(8)) ? (text as PlainDate) : undefined;
}

/** The day it is in Oslo at that instant. */
export function osloToday(now: Date): PlainDate {
  return osloTime(now).slice(0, 10) as PlainDate;
}

/** The hour that the clock shows in Oslo, 0 to 23. */
export function osloHour(instant: Date): number {
  return Number(osloTime(instant).slice(11, 13));
}

/** The instant a day begins in Oslo, across summer time. */
export function startOfDay(date: PlainDate): Date {
  const utcMidnight = Date.parse(`${date}T00:00:00Z`);
  // Oslo changes its clocks at 01:00 UTC, so the offset at UTC midnight is the one at Oslo's own.
  return new Date(utcMidnight - osloOffset(utcMidnight));
}

/** The instant at which the clock in Oslo shows the hour, 0 to 23, on that day; an hour that it leaps over, an hour later. */
export function atHour(date: PlainDate, shown: number): Date {
  const from = startOfDay(date).getTime() + shown * hour;
  // The clock is an hour ahead or behind after the night in which it is changed.
  const behind = ((shown - osloHour(new Date(from)) + 36) % 24) - 12;
  return new Date(from + behind * hour);
}

/** What is valid through a last day ends at this instant: the Oslo midnight that follows the day. */
export function lastDayToEnd(lastDay: PlainDate): Date {
  return startOfDay(addDays(lastDay, 1));
}

/** The last whole or begun day before an end: the inverse of `lastDayToEnd`. */
export function endToLastDay(end: Date): PlainDate {
  return osloToday(new Date(end.getTime() - 1));
}

/** The day that many calendar days later (or earlier, when negative). */
export function addDays(date: PlainDate, days: number): PlainDate {
  return toPlainDate(new Date(Date.parse(`${date}T00:00:00Z`) + days * day));
}

/** The same day that many months later, or the last day of that month when it is shorter. */
export function addMonths(date: PlainDate, months: number): PlainDate {
  const [year = 0, month = 0, dayOfMonth = 0] = date.split('-').map(Number);
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return toPlainDate(new Date(Date.UTC(year, month - 1 + months, Math.min(dayOfMonth, lastOfMonth))));
}

/** The first day of the Oslo calendar month that holds the instant. */
export function firstDayOfMonth(now: Date): PlainDate {
  return `${osloToday(now).slice(0, 8)}01` as PlainDate;
}

/** A day as people read it, `24.11.2026` or `24 Nov 2026`; an instant is shown as its day in Oslo. */
export function formatDate(date: Date | PlainDate, language: Language): string {
  const [year = '', month = '', dayOfMonth = ''] = (date instanceof Date ? osloToday(date) : date).split('-');
  if (language === 'nb') return `${dayOfMonth}.${month}.${year}`;
  return `${String(Number(dayOfMonth))} ${englishMonths[Number(month) - 1] ?? month} ${year}`;
}

/** A month as people read it, by any of its days: `11.2026` or `Nov 2026`. */
export function formatMonth(date: PlainDate, language: Language): string {
  return formatDate(date, language).replace(/^\d+[ .]/u, '');
}

/** An instant as the clock shows it in Oslo: `24.11.2026 kl. 05.23` or `24 Nov 2026, 05:23`. */
export function formatDateTime(instant: Date, language: Language): string {
  const time = osloTime(instant);
  const clock = time.slice(11, 16);
  const date = formatDate(time.slice(0, 10) as PlainDate, language);
  return language === 'nb' ? `${date} kl. ${clock.replace(':', '.')}` : `${date}, ${clock}`;
}

/** The clock in Oslo, `05.23` or `05:23`; with seconds where there are any. */
export function formatClock(instant: Date, language: Language): string {
  const clock = osloTime(instant).slice(11).replace(/:00$/u, '');
  return language === 'nb' ? clock.replaceAll(':', '.') : clock;
}

function toPlainDate(date: Date): PlainDate {
  return date.toISOString().slice(0, 10) as PlainDate;
}

/** What calendar and clock show in Oslo, `YYYY-MM-DDTHH:MM:SS`. */
function osloTime(instant: Date): string {
  const time = instant.getTime();
  return new Date(time + osloOffset(time)).toISOString().slice(0, 19);
}

/** By the UTC hour since 1970. Asking the calendar takes longer than all else that is done with a date. */
const offsets = new Map<number, number>();
const KEPT_OFFSETS = 10_000;

/** How far Oslo's clock is ahead at an instant, in milliseconds. */
function osloOffset(instant: number): number {
  // Before 1970 clocks were not always changed on the hour.
  if (instant < 0) return readOffset(instant);
  const since1970 = Math.floor(instant / hour);
  const known = offsets.get(since1970);
  if (known !== undefined) return known;
  const offset = readOffset(instant);
  if (offsets.size >= KEPT_OFFSETS) offsets.clear();
  offsets.set(since1970, offset);
  return offset;
}

function readOffset(instant: number): number {
  const second = Math.floor(instant / 1000) * 1000;
  const parts = new Map(osloClock.formatToParts(second).map((part) => [part.type, part.value]));
  const value = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const date = `${value('year').padStart(4, '0')}-${value('month')}-${value('day')}`;
  return Date.parse(`${date}T${value('hour')}:${value('minute')}:${value('second')}Z`) - second;
}
