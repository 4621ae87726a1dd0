import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  atHour,
  endToLastDay,
  firstDayOfMonth,
  formatClock,
  formatDate,
  formatDateTime,
  lastDayToEnd,
  osloHour,
  osloToday,
  parsePlainDate,
  startOfDay,
  type PlainDate,
} from './dates.ts';

describe('parsePlainDate', () => {
  it.each(['2026-11-24', '2028-02-29', '1900-01-01'])('reads %s', (text) => {
    expect(parsePlainDate(text)).toBe(text);
  });

  it.each(['', '24.11.2026', '2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '2026-11-24T00:00'])(
    'refuses %j',
    (text) => {
      expect(parsePlainDate(text)).toBeUndefined();
    },
  );
});

describe('days in Oslo', () => {
  it('has each hour of a day but the one that the clock leaps over', () => {
    for (const day of ['2026-03-28', '2026-03-29', '2026-03-30', '2026-10-24', '2026-10-25', '2026-10-26'])
      for (let hour = 0; hour < 24; hour += 1) {
        if (day === '2026-03-29' && hour === 2) continue;
        const at = atHour(day as PlainDate, hour);
        expect([osloToday(at), osloHour(at)]).toEqual([day, hour]);
      }
  });

  it.each([
    ['2026-01-31', '2026-01-31T23:00:00.000Z', 'winter'],
    ['2026-06-30', '2026-06-30T22:00:00.000Z', 'summer'],
    ['2026-03-28', '2026-03-28T23:00:00.000Z', 'the night before clocks go forward'],
    ['2026-03-29', '2026-03-29T22:00:00.000Z', 'the day clocks go forward'],
    ['2026-10-24', '2026-10-24T22:00:00.000Z', 'the night before clocks go back'],
    ['2026-10-25', '2026-10-25T23:00:00.000Z', 'the day clocks go back'],
    ['2026-12-31', '2026-12-31T23:00:00.000Z', 'the last day of the year'],
  ])('%s ends at %s (%s)', (lastDay, end) => {
    expect(lastDayToEnd(plain(lastDay)).toISOString()).toBe(end);
    expect(endToLastDay(new Date(end))).toBe(lastDay);
  });

  it('are 23, 24 or 25 hours long, follow each other and come back from their ends', () => {
    const days = fc.integer({ min: 0, max: 40_000 }).map((count) => addDays(plain('1990-01-01'), count));
    fc.assert(
      fc.property(days, (date) => {
        const end = lastDayToEnd(date);
        expect(endToLastDay(end)).toBe(date);
        expect(osloToday(end)).toBe(addDays(date, 1));
        expect(osloToday(startOfDay(date))).toBe(date);
        expect(osloToday(new Date(startOfDay(date).getTime() - 1))).toBe(addDays(date, -1));
        expect([23, 24, 25]).toContain((end.getTime() - startOfDay(date).getTime()) / 3_600_000);
      }),
    );
  });

  it('change at Oslo midnight, not at UTC midnight', () => {
    expect(osloToday(new Date('2026-11-24T22:59:59.999Z'))).toBe('2026-11-24');
    expect(osloToday(new Date('2026-11-24T23:00:00Z'))).toBe('2026-11-25');
    expect(firstDayOfMonth(new Date('2026-11-30T23:00:00Z'))).toBe('2026-12-01');
  });

  it.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-02-29', 12, '2029-02-28'],
    ['2026-11-24', 24, '2028-11-24'],
    ['2026-03-31', -1, '2026-02-28'],
    ['2026-12-15', 1, '2027-01-15'],
  ])('%s and %i months make %s', (date, months, sum) => {
    expect(addMonths(plain(date), months)).toBe(sum);
  });
});

describe('dates as people read them', () => {
  it('are written for the language, in Oslo time', () => {
    const instant = new Date('2026-11-24T23:05:00Z');
    expect(formatDate(instant, 'nb')).toBe('25.11.2026');
    expect(formatDate(instant, 'en')).toBe('25 Nov 2026');
    expect(formatDate(plain('2026-05-01'), 'nb')).toBe('01.05.2026');
    expect(formatDate(plain('2026-05-01'), 'en')).toBe('1 May 2026');
    expect(formatDateTime(instant, 'nb')).toBe('25.11.2026 kl. 00.05');
    expect(formatDateTime(new Date('2026-07-01T10:05:00Z'), 'en')).toBe('1 Jul 2026, 12:05');
  });
});

describe('the clock in Oslo', () => {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Oslo',
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const shown = (instant: Date) =>
    clock
      .format(instant)
      .slice(0, 16)
      .replace(/^(\d+)-(\d+)-(\d+) (\d+):/u, '$3.$2.$1 kl. $4.');

  it('is the one of the calendar at every instant, however often it is asked', () => {
    // 1895, when Oslo left its own time, to beyond any date here.
    const instants = fc.date({
      min: new Date('1890-01-01'),
      max: new Date('2200-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 7_200_000 }), (instant, later) => {
        for (const one of [instant, new Date(instant.getTime() + later), instant]) {
          expect(formatDateTime(one, 'nb')).toBe(shown(one));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('goes from 01:59 to 03:00 in spring and shows 02:30 twice in autumn', () => {
    const at = (text: string) => formatDateTime(new Date(text), 'en');
    expect(at('2026-03-29T00:59:59.999Z')).toBe('29 Mar 2026, 01:59');
    expect(at('2026-03-29T01:00:00Z')).toBe('29 Mar 2026, 03:00');
    expect(at('2026-10-25T00:30:00Z')).toBe('25 Oct 2026, 02:30');
    expect(at('2026-10-25T01:30:00Z')).toBe('25 Oct 2026, 02:30');
  });
});

function plain(text: string): PlainDate {
  const date = parsePlainDate(text);
  if (!date) throw new Error(`${text} is no date`);
  return date;
}

describe('the clock in Oslo', () => {
  it.each([
    ['2026-11-25T02:51:07.900Z', 'nb', '03.51.07'],
    ['2026-11-25T02:51:07.900Z', 'en', '03:51:07'],
    ['2026-07-25T22:00:00Z', 'en', '00:00'],
    ['2026-07-25T10:30:00Z', 'nb', '12.30'],
  ] as const)('at %s in %s is %s', (instant, language, clock) => {
    expect(formatClock(new Date(instant), language)).toBe(clock);
  });
});
