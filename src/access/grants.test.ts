import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContextFacts } from '../database/transaction.ts';
import {
  addDays,
  addMonths,
  lastDayToEnd,
  osloToday,
  parsePlainDate,
  type PlainDate,
  startOfDay,
} from '../kernel/dates.ts';
import {
  asOf,
  latestLastDay,
  problemsOf,
  type Proposal,
  rightProblem,
  startOf,
  stepUpFresh,
  storedProposal,
} from './grants.ts';

const now = new Date('2026-11-24T05:00:00Z');
const day = (text: string): PlainDate => parsePlainDate(text)!;
const noLimits = { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };
const own = {
  rights: ['orders.place', 'access.manage'],
  units: ['u1'],
  workers: null,
  endsAt: new Date('2027-01-31T23:00:00Z'),
  cardsPerOrder: 5,
  cardsPerMonth: null,
  orePerMonth: null,
};
const officer = { roles: ['DAGL'], mandate: null } as unknown as ContextFacts;
const manager = { roles: [], mandate: own } as unknown as ContextFacts;
const namer = {
  roles: [],
  mandate: { ...own, units: null, workers: ['w1'] },
} as unknown as ContextFacts;
const proposal: Proposal = {
  rights: ['orders.place'],
  units: ['u1'],
  workers: null,
  firstDay: null,
  lastDay: day('2027-01-31'),
  purpose: 'x',
  limits: { ...noLimits, cardsPerOrder: 5 },
};
const reach = { units: ['u1', 'u2'], workers: ['w1', 'w2'] };

describe('what may be given', () => {
  test.each<[string, ContextFacts, Partial<Proposal>, 'person' | 'vendor', ReturnType<typeof problemsOf>]>([
    ['what one holds oneself', manager, {}, 'person', undefined],
    ['a day too long', manager, { lastDay: day('2027-02-01') }, 'person', { lastDay: 'more-than-own' }],
    [
      'the right to manage access',
      manager,
      { rights: ['access.manage'] },
      'person',
      { rights: 'officers-only' },
    ],
    ['a right one lacks', manager, { rights: ['cards.read'] }, 'person', { rights: 'more-than-own' }],
    ['the whole business', manager, { units: null }, 'person', { units: 'more-than-own' }],
    ['another unit', manager, { units: ['u2'] }, 'person', { units: 'more-than-own' }],
    ['more cards per order', manager, { limits: noLimits }, 'person', { limits: 'more-than-own' }],
    [
      'the right to sign, by an officer',
      officer,
      { rights: ['agreements.sign'] },
      'person',
      { rights: 'never' },
    ],
    ['managing access, by an officer', officer, { rights: ['access.manage'] }, 'person', undefined],
    ['managing access, to a vendor', officer, { rights: ['access.manage'] }, 'vendor', { rights: 'never' }],
    ['a unit of another business', officer, { units: ['u3'] }, 'vendor', { units: 'foreign' }],
    ['yesterday', officer, { lastDay: day('2026-11-23') }, 'vendor', { lastDay: 'past' }],
    ['today', officer, { lastDay: day('2026-11-24') }, 'vendor', undefined],
    ['a year', officer, { lastDay: day('2027-11-24') }, 'vendor', undefined],
    ['a year and a day', officer, { lastDay: day('2027-11-25') }, 'vendor', { lastDay: 'too-late' }],
    ['two years, to a person', officer, { lastDay: day('2028-11-24') }, 'person', undefined],
    ['named workers', officer, { units: null, workers: ['w1'] }, 'vendor', undefined],
    ['no named worker', officer, { units: null, workers: [] }, 'vendor', { workers: 'none' }],
    ['a foreign worker', officer, { units: null, workers: ['w1', 'w3'] }, 'vendor', { workers: 'foreign' }],
    [
      'a hundred and one',
      officer,
      { units: null, workers: Array<string>(101).fill('w1') },
      'vendor',
      { workers: 'too-many' },
    ],
    [
      'named workers, by who has a unit',
      manager,
      { units: null, workers: ['w1'] },
      'person',
      { workers: 'more-than-own' },
    ],
    ['one of those that one has', namer, { units: null, workers: ['w1'] }, 'person', undefined],
    ['another', namer, { units: null, workers: ['w1', 'w2'] }, 'person', { workers: 'more-than-own' }],
    ['a unit, by who has named workers', namer, {}, 'person', { units: 'more-than-own' }],
    ['from today', officer, { firstDay: day('2026-11-24') }, 'vendor', undefined],
    ['from yesterday', officer, { firstDay: day('2026-11-23') }, 'vendor', { firstDay: 'past' }],
    [
      'from six months on',
      officer,
      { firstDay: day('2027-05-24'), lastDay: day('2027-06-01') },
      'vendor',
      undefined,
    ],
    [
      'from a day later',
      officer,
      { firstDay: day('2027-05-25'), lastDay: day('2027-06-01') },
      'vendor',
      { firstDay: 'too-far' },
    ],
    [
      'an end before the start',
      officer,
      { firstDay: day('2027-02-01') },
      'vendor',
      { lastDay: 'before-first' },
    ],
    ['one day', officer, { firstDay: day('2027-01-31') }, 'vendor', undefined],
    [
      'a year from a later start',
      officer,
      { firstDay: day('2026-12-01'), lastDay: day('2027-11-30') },
      'vendor',
      undefined,
    ],
    [
      'a day more than that',
      officer,
      { firstDay: day('2026-12-01'), lastDay: day('2027-12-01') },
      'vendor',
      { lastDay: 'too-late' },
    ],
  ])('%s', (_what, facts, changes, holder, expected) => {
    expect(problemsOf({ ...proposal, ...changes }, holder, facts, reach, now)).toEqual(expected);
  });

  test('one that begins later does not end one in force, and may follow one that is over or has not begun', () => {
    const later: Proposal = { ...proposal, firstDay: day('2027-01-01') };
    const present = (startsAt: string, endsAt: string) => ({
      startsAt: new Date(startsAt),
      endsAt: new Date(endsAt),
    });
    const problems = (from: string, until: string, proposed = later) =>
      problemsOf(proposed, 'vendor', officer, reach, now, present(from, until));
    expect(problems('2026-01-01', '2026-12-24')).toEqual({ firstDay: 'one-in-force' });
    expect(problems('2026-01-01', now.toISOString())).toBeUndefined();
    expect(problems('2026-12-01', '2026-12-24')).toBeUndefined();
    expect(problems('2026-01-01', '2026-12-24', proposal)).toBeUndefined();
    expect(
      problems('2026-01-01', '2026-12-24', { ...proposal, firstDay: day('2026-11-24') }),
    ).toBeUndefined();
  });

  test('what was kept begins when it is given if its first day has come, and reads back from before there was one', () => {
    const kept = { ...proposal, firstDay: day('2026-11-20') };
    expect(asOf(kept, now).firstDay).toBeNull();
    expect(startOf(kept, now)).toEqual(now);
    const later = { ...proposal, firstDay: day('2027-03-28') };
    expect(asOf(later, now)).toEqual(later);
    expect(startOf(later, now)).toEqual(new Date('2027-03-27T23:00:00Z'));
    const { workers: _workers, firstDay: _firstDay, ...old } = proposal;
    expect(storedProposal.parse(JSON.parse(JSON.stringify(old)))).toEqual({ ...proposal, workers: null });
  });

  test('a later start ends at most whole months on, which the table can hold across summer time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.constantFrom('vendor', 'person'), (days, holder) => {
        const firstDay = addDays(osloToday(now), days);
        const months = holder === 'vendor' ? 12 : 24;
        const last = latestLastDay(holder, now, firstDay);
        expect(last).toBe(addDays(addMonths(firstDay, months), -1));
        const start = startOfDay(firstDay);
        const limit = addMonths(parsePlainDate(start.toISOString().slice(0, 10))!, months);
        const longest = new Date(`${addDays(limit, 1)}${start.toISOString().slice(10)}`);
        expect(lastDayToEnd(last) <= longest).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('rights that cannot be given are told apart', () => {
    expect(rightProblem('contact.change', 'vendor', officer)).toBe('never');
    expect(rightProblem('contact.change', 'person', manager)).toBe('more-than-own');
  });

  test('the latest day is always one that the table can hold: at most so many months and a day, counted in UTC', () => {
    const from = Date.parse('2026-01-01T00:00:00Z');
    const to = Date.parse('2036-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), fc.constantFrom('vendor', 'person'), (ms, holder) => {
        const start = new Date(ms);
        const last = latestLastDay(holder, start);
        const limit = new Date(start);
        const months = holder === 'vendor' ? 12 : 24;
        const dayOfMonth = limit.getUTCDate();
        limit.setUTCDate(1);
        limit.setUTCMonth(limit.getUTCMonth() + months);
        const longest = new Date(Date.UTC(limit.getUTCFullYear(), limit.getUTCMonth() + 1, 0)).getUTCDate();
        limit.setUTCDate(Math.min(dayOfMonth, longest));
        limit.setUTCDate(limit.getUTCDate() + 1);
        return lastDayToEnd(last) <= limit && last > osloToday(start);
      }),
      { numRuns: 2000 },
    );
  });
});

test('a step-up counts for five minutes, at the high level only, and never from the future', () => {
  const facts = (acr: string, ms: number, heldFor?: string) =>
    ({ session: { acr, authTime: new Date(now.getTime() - ms), heldFor } }) as unknown as ContextFacts;
  expect(stepUpFresh(facts('high', 300_000), now)).toBe(true);
  expect(stepUpFresh(facts('high', 300_001), now)).toBe(false);
  expect(stepUpFresh(facts('substantial', 0), now)).toBe(false);
  expect(stepUpFresh(facts('high', -1), now)).toBe(false);
  expect(stepUpFresh(facts('high', 0, 'RASK KORTHJELP AS'), now)).toBe(false);
});
