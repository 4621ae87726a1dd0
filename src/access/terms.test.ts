import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, endToLastDay, lastDayToEnd, osloToday, startOfDay } from '../kernel/dates.ts';
import { RIGHTS } from './rules.ts';
import { sightOf } from './sight.ts';
import {
  changesBetween,
  narrowed,
  type Narrowing,
  narrowingProblems,
  type Reach,
  type Terms,
  withinScope,
} from './terms.ts';

const now = new Date('2026-11-24T05:00:00Z');
const today = osloToday(now);
const reach: Reach = { units: ['u1', 'u2', 'u3'], workers: ['w1', 'w2', 'w3'] };

const ids = (all: readonly string[]) => fc.option(fc.subarray([...all], { minLength: 1 }), { nil: null });
const scope = fc.oneof(
  ids([...reach.units, 'u9']).map((units) => ({ units, workers: null })),
  ids([...reach.workers, 'w9']).map((workers) => ({ units: null, workers })),
);
const limit = fc.option(fc.integer({ min: 1, max: 5 }), { nil: null });
const limits = fc.record({ cardsPerOrder: limit, cardsPerMonth: limit, orePerMonth: limit });
const rights = fc.subarray([...RIGHTS]);
const day = fc.integer({ min: -3, max: 6 }).map((days) => addDays(today, days));

const terms: fc.Arbitrary<Terms> = fc
  .record({
    rights,
    scope,
    limits,
    first: fc.integer({ min: -2, max: 2 }),
    length: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ scope: where, first, length, ...rest }) => ({
    ...rest,
    ...where,
    startsAt: startOfDay(addDays(today, first)),
    endsAt: lastDayToEnd(addDays(today, first + length)),
  }));
const narrowing: fc.Arbitrary<Narrowing> = fc
  .record({ rights, scope, limits, lastDay: day })
  .map(({ scope: where, ...rest }) => ({ ...rest, ...where, reason: 'x' }));

describe('a narrowing', () => {
  test('that is found right leaves nothing wider than it was, something less, and something that holds', () => {
    let right = 0;
    fc.assert(
      fc.property(terms, narrowing, (before, wanted) => {
        if (before.endsAt <= now || narrowingProblems(before, wanted, reach, now) !== undefined) return;
        right += 1;
        const after = narrowed(before, wanted);
        const fits = (given: number | null, own: number | null) =>
          own === null || (given !== null && given <= own);
        expect(after.rights.length).toBeGreaterThan(0);
        expect(after.rights.every((one) => before.rights.includes(one))).toBe(true);
        expect(withinScope(after, before)).toBe(true);
        expect(after.startsAt).toEqual(before.startsAt);
        expect(after.endsAt <= before.endsAt && after.endsAt > now && after.endsAt > after.startsAt).toBe(
          true,
        );
        for (const part of ['cardsPerOrder', 'cardsPerMonth', 'orePerMonth'] as const) {
          expect(fits(after.limits[part], before.limits[part])).toBe(true);
        }
        expect(changesBetween(before, after, now)).not.toEqual([]);
      }),
      { numRuns: 20_000 },
    );
    expect(right).toBeGreaterThan(20);
  });

  test('to what there is already takes nothing away, and says so', () => {
    fc.assert(
      fc.property(terms, (before) => {
        fc.pre(before.rights.length > 0 && before.endsAt > now);
        const same = { ...before, lastDay: endToLastDay(before.endsAt), reason: '' };
        const known = { units: [...reach.units, 'u9'], workers: [...reach.workers, 'w9'] };
        expect(narrowingProblems(before, same, known, now)).toEqual({ rights: 'nothing' });
        expect(narrowed(before, same)).toEqual(before);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the difference between two terms', () => {
  test('is nothing for the same, whatever the order of their ids, and is there for any others', () => {
    fc.assert(
      fc.property(terms, (one) => {
        const turned = {
          ...one,
          rights: one.rights.toReversed(),
          units: one.units?.toReversed() ?? null,
          workers: one.workers?.toReversed() ?? null,
        };
        expect(changesBetween(one, turned, now)).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  test('leaves out a start that has come', () => {
    const base: Terms = {
      rights: ['orders.place'],
      units: null,
      workers: null,
      startsAt: startOfDay(addDays(today, -5)),
      endsAt: lastDayToEnd(addDays(today, 5)),
      limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
    };
    expect(changesBetween(base, { ...base, startsAt: now }, now)).toEqual([]);
    const later = startOfDay(addDays(today, 2));
    expect(changesBetween(base, { ...base, startsAt: later }, now)).toEqual([
      { kind: 'start', before: base.startsAt, after: later },
    ]);
  });
});

test.each([
  [{ units: null, workers: null }, { units: null, workers: null }, true],
  [{ units: ['u1'], workers: null }, { units: null, workers: null }, true],
  [{ units: null, workers: ['w1'] }, { units: null, workers: null }, true],
  [{ units: null, workers: null }, { units: ['u1'], workers: null }, false],
  [{ units: ['u1', 'u2'], workers: null }, { units: ['u1'], workers: null }, false],
  [{ units: null, workers: ['w1'] }, { units: ['u1'], workers: null }, false],
  [{ units: null, workers: null }, { units: null, workers: ['w1'] }, false],
  [{ units: ['u1'], workers: null }, { units: null, workers: ['w1'] }, false],
  [{ units: null, workers: ['w2'] }, { units: null, workers: ['w1', 'w2'] }, true],
])('%o within %o: %s', (inner, outer, expected) => {
  expect(withinScope(inner, outer)).toBe(expected);
});

test.each([
  ['vendor', ['orders.place'], ['offered', 'ordered']],
  ['vendor', ['orders.place', 'workers.read'], ['listed', 'ordered']],
  ['vendor', ['cards.read'], ['carded']],
  ['vendor', ['cards.block', 'invoices.read'], []],
  ['person', ['orders.place'], ['ordered']],
  ['person', ['orders.approve', 'workers.read', 'cards.read'], ['listed', 'ordered', 'carded']],
  ['person', ['access.manage', 'contact.change', 'messages.read'], []],
] as const)('a %s with %o sees %o', (holder, given, expected) => {
  expect(sightOf(holder, given).map((sight) => sight.people)).toEqual(expected);
});
