import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, lastDayToEnd, osloToday, type PlainDate } from '../kernel/dates.ts';
import {
  answerFor,
  askRefusal,
  type AskRefusal,
  dayBegan,
  expiryOf,
  isRenewable,
  type MandateRequest,
  renewableFrom,
  stateOfRequest,
} from './request-rules.ts';
import { RIGHTS } from './rules.ts';
import { narrowed, narrowingProblems, type Terms } from './terms.ts';

const now = new Date('2026-11-25T10:00:00Z');
const today = osloToday(now);
const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY);
const limits = { waitDays: 30, perDay: 5 };

const terms: Terms = {
  rights: ['orders.place', 'orders.read'],
  units: null,
  workers: null,
  startsAt: now,
  endsAt: lastDayToEnd(addDays(today, 100)),
  limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
};

describe('a request', () => {
  test.each<[string, MandateRequest['outcome'], number, ReturnType<typeof stateOfRequest>]>([
    ['just asked', null, 0, 'open'],
    ['a millisecond before 21 days', null, 21 * DAY - 1, 'open'],
    ['after 21 days to the millisecond', null, 21 * DAY, 'lapsed'],
    ['answered, long ago', 'yes', 100 * DAY, 'yes'],
    ['withdrawn at once', 'withdrawn', 0, 'withdrawn'],
  ])('%s is %s after %d ms: %s', (_, outcome, age, state) => {
    const expiresAt = expiryOf(new Date(now.getTime() - age));
    expect(stateOfRequest({ outcome, expiresAt }, now)).toBe(state);
  });

  test('waits 21 days of 24 hours, also over a change of the clocks', () => {
    expect(expiryOf(new Date('2027-03-20T12:00:00Z')).toISOString()).toBe('2027-04-10T12:00:00.000Z');
  });

  test.each([
    [59, true],
    [60, true],
    [61, false],
  ])('for renewal %d days before the last day: %s', (days, allowed) => {
    expect(isRenewable(lastDayToEnd(addDays(today, days)), now)).toBe(allowed);
    expect(renewableFrom(lastDayToEnd(addDays(today, days)))).toBe(addDays(today, days - 60));
  });

  test('of a day is counted from the midnight of Oslo', () => {
    expect(dayBegan(new Date('2026-11-24T23:30:00Z')).toISOString()).toBe('2026-11-24T23:00:00.000Z');
    expect(dayBegan(new Date('2026-07-01T21:59:00Z')).toISOString()).toBe('2026-06-30T22:00:00.000Z');
  });
});

type Before = Pick<MandateRequest, 'outcome' | 'expiresAt' | 'askedAt' | 'settledAt'>;
const asked = (days: number, outcome: MandateRequest['outcome'], settledDays = days): Before => ({
  outcome,
  askedAt: daysAgo(days),
  expiresAt: expiryOf(daysAgo(days)),
  settledAt: outcome === null ? null : daysAgo(settledDays),
});

describe('asking', () => {
  const lastDay = addDays(today, 100);
  test.each<[string, readonly Before[], AskRefusal | undefined]>([
    ['never before', [], undefined],
    ['while one waits', [asked(20, null)], { reason: 'open' }],
    ['when the one before has lapsed by the clock alone', [asked(22, null)], undefined],
    ['when the one before was given', [asked(3, 'yes')], undefined],
    ['a day after a no', [asked(2, 'no', 1)], { reason: 'declined', until: addDate(29) }],
    ['thirty days after a no', [asked(40, 'no', 30)], undefined],
    ['a day before that', [asked(40, 'no', 29)], { reason: 'declined', until: addDate(1) }],
    ['after an earlier no and a later', [asked(50, 'no', 29), asked(28, 'no', 20)], declined(10)],
    ['a third time in thirty days', [asked(1, 'withdrawn'), asked(25, 'lapsed')], undefined],
    ['a fourth time', [asked(1, 'withdrawn'), asked(2, 'yes'), asked(29, 'withdrawn')], tooOften(1)],
    ['when the first was long ago', [asked(1, 'withdrawn'), asked(2, 'yes'), asked(30, 'lapsed')], undefined],
  ])('%s', (_, sameBusiness, refusal) => {
    expect(askRefusal({ lastDay }, { sameBusiness, today: 0 }, undefined, limits, now)).toEqual(refusal);
  });

  function addDate(days: number): Date {
    return new Date(now.getTime() + days * DAY);
  }
  function declined(days: number): AskRefusal {
    return { reason: 'declined', until: addDate(days) };
  }
  function tooOften(days: number): AskRefusal {
    return { reason: 'too-often', until: addDate(days) };
  }

  test('stops at so many in a day', () => {
    const ask = (count: number) =>
      askRefusal({ lastDay }, { sameBusiness: [], today: count }, undefined, limits, now);
    expect(ask(4)).toBeUndefined();
    expect(ask(5)).toEqual({ reason: 'too-many-today' });
  });

  test.each<[string, number, PlainDate, AskRefusal | undefined]>([
    ['longer time 60 days ahead', 60, addDays(today, 300), undefined],
    ['longer time 61 days ahead', 61, addDays(today, 62), { reason: 'too-early', from: addDays(today, 1) }],
    ['the same time, other rights', 200, addDays(today, 200), undefined],
    ['shorter time', 200, addDays(today, 100), undefined],
  ])('with a mandate: %s', (_, left, wanted, refusal) => {
    const present = { endsAt: lastDayToEnd(addDays(today, left)) };
    const before = { sameBusiness: [], today: 0 };
    expect(askRefusal({ lastDay: wanted }, before, present, limits, now)).toEqual(refusal);
  });
});

describe('an answer', () => {
  const later = new Date(now.getTime() + DAY);
  test.each<[string, Partial<Terms>, Partial<Terms>, 'yes' | 'less']>([
    ['exactly that', {}, {}, 'yes'],
    ['more rights', {}, { rights: ['orders.place', 'orders.read', 'cards.read'] }, 'yes'],
    ['longer', {}, { endsAt: lastDayToEnd(addDays(today, 101)) }, 'yes'],
    ['the whole business for a unit', { units: ['a'] }, {}, 'yes'],
    ['no limit for a limit', { limits: { ...terms.limits, cardsPerOrder: 5 } }, {}, 'yes'],
    ['one right fewer', {}, { rights: ['orders.read'] }, 'less'],
    ['another right instead', {}, { rights: ['orders.read', 'cards.read'] }, 'less'],
    ['a unit for the whole business', {}, { units: ['a'] }, 'less'],
    ['one unit of two', { units: ['a', 'b'] }, { units: ['a'] }, 'less'],
    ['named workers', {}, { workers: ['w'] }, 'less'],
    ['a day shorter', {}, { endsAt: lastDayToEnd(addDays(today, 99)) }, 'less'],
    ['a later start', {}, { startsAt: later }, 'less'],
    ['at once for a later start', { startsAt: later }, {}, 'yes'],
    ['a limit', {}, { limits: { ...terms.limits, cardsPerMonth: 100 } }, 'less'],
    ['a lower limit', with5(), { limits: { ...terms.limits, orePerMonth: 4 } }, 'less'],
    ['the same limit', with5(), { limits: { ...terms.limits, orePerMonth: 5 } }, 'yes'],
    ['more of one and less of another', {}, { rights: RIGHTS, units: ['a'] }, 'less'],
  ])('%s', (_, wanted, given, outcome) => {
    expect(answerFor({ ...terms, ...wanted }, { ...terms, ...given })).toBe(outcome);
  });

  function with5(): Partial<Terms> {
    return { limits: { ...terms.limits, orePerMonth: 5 } };
  }

  test('that is a narrowing of what was asked for is less, and what was asked for is yes', () => {
    const ids = fc.option(fc.subarray(['a', 'b', 'c'], { minLength: 1 }));
    const limit = fc.option(fc.integer({ min: 1, max: 5 }));
    const drawn = fc.record({
      rights: fc.subarray([...RIGHTS], { minLength: 1 }),
      units: ids,
      limits: fc.record({ cardsPerOrder: limit, cardsPerMonth: limit, orePerMonth: limit }),
      days: fc.integer({ min: 1, max: 300 }),
    });
    const termsOf = ({ days, ...rest }: typeof drawn extends fc.Arbitrary<infer T> ? T : never): Terms => ({
      ...rest,
      workers: null,
      startsAt: now,
      endsAt: lastDayToEnd(addDays(today, days)),
    });
    fc.assert(
      fc.property(drawn, drawn, (one, other) => {
        const asking = termsOf(one);
        expect(answerFor(asking, asking)).toBe('yes');
        const both = <T>(own: readonly T[], wanted: readonly T[]) => {
          const common = own.filter((part) => wanted.includes(part));
          return common.length === 0 ? own : common;
        };
        const lower = (own: number | null, wanted: number | null) =>
          own === null || wanted === null ? (own ?? wanted) : Math.min(own, wanted);
        const narrowing = {
          rights: both(one.rights, other.rights),
          units:
            one.units === null || other.units === null
              ? (one.units ?? other.units)
              : both(one.units, other.units),
          workers: null,
          limits: {
            cardsPerOrder: lower(one.limits.cardsPerOrder, other.limits.cardsPerOrder),
            cardsPerMonth: lower(one.limits.cardsPerMonth, other.limits.cardsPerMonth),
            orePerMonth: lower(one.limits.orePerMonth, other.limits.orePerMonth),
          },
          lastDay: addDays(today, Math.min(one.days, other.days)),
          reason: 'x',
        };
        const problems = narrowingProblems(asking, narrowing, { units: ['a', 'b', 'c'], workers: [] }, now);
        // What takes nothing away is no narrowing, and gives everything.
        expect(problems ?? { rights: 'nothing' }).toEqual({ rights: 'nothing' });
        expect(answerFor(asking, narrowed(asking, narrowing))).toBe(problems === undefined ? 'less' : 'yes');
      }),
    );
  });
});
