import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, lastDayToEnd, osloToday, parsePlainDate, startOfDay } from '../kernel/dates.ts';
import { dueAt, nextQuarter, quarterNumber, quarterOf, reminderDue, unusedRights } from './review-rules.ts';

const day = (text: string) => parsePlainDate(text)!;
const at = (text: string) => new Date(text);

describe('quarters', () => {
  test.each([
    ['2026-01-01', '2026-01-01'],
    ['2026-03-31', '2026-01-01'],
    ['2026-04-01', '2026-04-01'],
    ['2026-06-30', '2026-04-01'],
    ['2026-07-01', '2026-07-01'],
    ['2026-11-25', '2026-10-01'],
    ['2026-12-31', '2026-10-01'],
  ])('%s is in the one that begins on %s', (date, quarter) => {
    expect(quarterOf(day(date))).toBe(quarter);
  });

  test('begin at Oslo midnight, on either side of the change of clocks', () => {
    expect(quarterOf(osloToday(at('2026-03-31T21:59:59Z')))).toBe('2026-01-01');
    expect(quarterOf(osloToday(at('2026-03-31T22:00:00Z')))).toBe('2026-04-01');
    expect(quarterOf(osloToday(at('2026-12-31T22:59:59Z')))).toBe('2026-10-01');
    expect(quarterOf(osloToday(at('2026-12-31T23:00:00Z')))).toBe('2027-01-01');
    expect(startOfDay(day('2026-04-01'))).toEqual(at('2026-03-31T22:00:00Z'));
  });

  test('follow each other and have a number', () => {
    expect(nextQuarter(day('2026-10-01'))).toBe('2027-01-01');
    expect(quarterNumber(day('2026-10-01'))).toEqual({ year: '2026', quarter: '4' });
    expect(quarterNumber(day('2027-01-01'))).toEqual({ year: '2027', quarter: '1' });
  });
});

describe('when a review is due', () => {
  test.each([
    ['on the day that is set', '2026-01-01', 31, '2026-01-01T05:00:00Z', '2026-01-31T23:00:00Z'],
    ['across the change to summer time', '2026-01-01', 88, '2026-01-01T05:00:00Z', '2026-03-29T22:00:00Z'],
    ['across the change to winter time', '2026-10-01', 25, '2026-10-01T05:00:00Z', '2026-10-25T23:00:00Z'],
    ['in fifteen days when it opens late', '2026-10-01', 31, '2026-11-25T05:00:00Z', '2026-12-10T23:00:00Z'],
    [
      'in fifteen days when it opens on the day set',
      '2026-10-01',
      15,
      '2026-10-02T05:00:00Z',
      '2026-10-17T22:00:00Z',
    ],
  ])('%s', (_, quarter, dueDay, now, due) => {
    expect(dueAt(day(quarter), dueDay, at(now))?.toISOString()).toBe(at(due).toISOString());
  });

  test('is never after its quarter: then it does not open', () => {
    expect(dueAt(day('2026-10-01'), 31, at('2026-12-16T05:00:00Z'))).toEqual(lastDayToEnd(day('2026-12-31')));
    expect(dueAt(day('2026-10-01'), 31, at('2026-12-17T05:00:00Z'))).toBeUndefined();
  });

  test('leaves time for both reminders, whenever it opens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3650 }), fc.integer({ min: 15, max: 90 }), (offset, dueDay) => {
        const today = addDays(day('2026-01-01'), offset);
        const due = dueAt(quarterOf(today), dueDay, startOfDay(today));
        if (due === undefined) return;
        expect(due <= startOfDay(nextQuarter(quarterOf(today)))).toBe(true);
        const review = { dueAt: due, remindedEarlyAt: null, remindedLateAt: null };
        const sent = new Set<string>();
        for (let n = 0; startOfDay(addDays(today, n)) < due; n += 1) {
          const reminder = reminderDue(review, startOfDay(addDays(today, n)));
          if (reminder !== undefined) sent.add(reminder);
        }
        expect([...sent]).toEqual(['early', 'late']);
      }),
    );
  });
});

describe('a reminder', () => {
  const due = at('2026-10-31T23:00:00Z');
  const done = at('2026-10-20T00:00:00Z');
  test.each([
    ['before 14 days ahead', '2026-10-16T21:59:59Z', null, null, undefined],
    ['14 days before the last day', '2026-10-16T22:00:00Z', null, null, 'early'],
    ['of 14 days, once', '2026-10-18T12:00:00Z', done, null, undefined],
    ['a moment before the second', '2026-10-27T22:59:59Z', done, null, undefined],
    ['3 days before the last day, after the clocks changed', '2026-10-27T23:00:00Z', done, null, 'late'],
    ['of 3 days alone when the first was never sent', '2026-10-29T12:00:00Z', null, null, 'late'],
    ['of 3 days, once', '2026-10-29T12:00:00Z', null, done, undefined],
    ['on the last moment', '2026-10-31T22:59:59Z', done, null, 'late'],
    ['when it is due', '2026-10-31T23:00:00Z', done, null, undefined],
  ] as const)('%s', (_, now, remindedEarlyAt, remindedLateAt, sent) => {
    expect(reminderDue({ dueAt: due, remindedEarlyAt, remindedLateAt }, at(now))).toBe(sent);
  });
});

describe('rights to suggest for removal', () => {
  const now = at('2026-11-25T10:00:00Z');
  const mandate = { rights: ['orders.read', 'workers.read'] as const, startsAt: at('2026-01-01T00:00:00Z') };
  test.each([
    ['never used', {}, ['orders.read', 'workers.read']],
    ['used 90 days ago', { 'workers.read': day('2026-08-27') }, ['orders.read']],
    ['used 91 days ago', { 'workers.read': day('2026-08-26') }, ['orders.read', 'workers.read']],
    ['both used', { 'workers.read': day('2026-11-25'), 'orders.read': day('2026-11-01') }, []],
    ['another one used', { 'cards.read': day('2026-11-25') }, ['orders.read', 'workers.read']],
  ] as const)('%s', (_, uses, unused) => {
    expect(unusedRights(mandate, uses, now)).toEqual(unused);
  });

  test.each([
    ['2026-10-26T10:00:00Z', ['orders.read', 'workers.read']],
    ['2026-10-27T10:00:00Z', []],
  ])('of a mandate that began at %s', (startsAt, unused) => {
    expect(unusedRights({ ...mandate, startsAt: at(startsAt) }, {}, now)).toEqual(unused);
  });
});
