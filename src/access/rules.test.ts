import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContextFacts, MandateFacts } from '../database/transaction.ts';
import { lastDayToEnd, parsePlainDate, startOfDay } from '../kernel/dates.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import {
  decide,
  GRANTABLE,
  grantableRights,
  isInsider,
  REFUSALS,
  type Refusal,
  type Right,
  RIGHTS,
  type Subject,
} from './rules.ts';

const now = new Date('2026-11-24T05:00:00Z');
const at = (ms: number) => new Date(now.getTime() + ms);
const UNIT = '019ab000-0000-7000-8000-0000000000a1';
const OTHER_UNIT = '019ab000-0000-7000-8000-0000000000a2';
const WORKER = '019ab000-0000-7000-8000-0000000000d1';
const OTHER_WORKER = '019ab000-0000-7000-8000-0000000000d2';
const VENDOR = '019ab000-0000-7000-8000-0000000000b1';

const vendorMandate: MandateFacts = {
  id: '019ab000-0000-7000-8000-0000000000c1',
  holder: 'vendor',
  rights: ['orders.place', 'cards.read'],
  units: null,
  workers: null,
  startsAt: at(-1000),
  endsAt: at(1000),
  endedAt: null,
  suspendedAt: null,
  suspendedFor: null,
  confirmBy: null,
  frozenAt: null,
  approvedAcr: 'high',
  approvedWithinMs: 0,
  cardsPerOrder: null,
  cardsPerMonth: null,
  orePerMonth: null,
  agreementActive: true,
  quote: { feeOre: 9900, validUntil: at(1000) },
  vendor: { id: VENDOR, organisationNumber: '310000035', name: 'V', registered: true, barredAt: null },
  assigned: true,
  tieHolds: true,
  holderIsVendorPerson: false,
};
const personMandate: MandateFacts = {
  ...vendorMandate,
  holder: 'person',
  vendor: null,
  quote: null,
  agreementActive: false,
};

function factsWith(mandate: MandateFacts | null, changes: Partial<ContextFacts> = {}): ContextFacts {
  return {
    now,
    capacity: 'signed-in',
    session: { id: 's', personId: 'p', name: 'P', acr: 'high', authTime: now },
    business: {
      id: 'b',
      organisationNumber: '310000019',
      name: 'B',
      form: 'AS',
      cardType: null,
      bankrupt: false,
      dissolved: false,
      isVendor: false,
    },
    roles: [],
    mandate,
    vendorsOfPerson: [],
    ...changes,
  };
}

const business = factsWith(null).business!;

describe('a decision', () => {
  test.each<[string, ContextFacts, Refusal]>([
    ['nobody is logged in', { now, capacity: 'anonymous', roles: [], vendorsOfPerson: [] }, 'not-signed-in'],
    ['there is no business', factsWith(null, { business: null }), 'no-relation'],
    ['there is neither office nor mandate', factsWith(null), 'no-relation'],
    [
      'the business is dissolved',
      factsWith(null, { roles: ['DAGL'], business: { ...business, dissolved: true } }),
      'business-closed',
    ],
    [
      'it is bankrupt, for its manager',
      factsWith(null, { roles: ['DAGL'], business: { ...business, bankrupt: true } }),
      'business-closed',
    ],
    [
      'it is bankrupt, for its vendor',
      factsWith(vendorMandate, { business: { ...business, bankrupt: true } }),
      'business-closed',
    ],
  ])('refuses when %s', (_when, facts, refusal) => {
    expect(decide(facts, 'orders.place', {}, now)).toEqual({ allowed: false, refusal });
  });

  test.each<[Partial<MandateFacts>, Refusal, MandateFacts?]>([
    [{ startsAt: at(1) }, 'mandate-not-started'],
    [{ endsAt: now }, 'mandate-expired'],
    [{ endedAt: now }, 'mandate-ended'],
    [{ suspendedAt: now }, 'mandate-suspended'],
    [{ suspendedAt: now, suspendedFor: 'review' }, 'review-missed'],
    [{ frozenAt: now }, 'frozen'],
    [{ confirmBy: now }, 'giver-lost-right'],
    [{ assigned: false }, 'not-assigned'],
    [{ tieHolds: false }, 'no-tie', personMandate],
    [{ holderIsVendorPerson: true }, 'belongs-to-vendor', personMandate],
    [{ agreementActive: false }, 'no-agreement'],
    [{ quote: null }, 'no-quote'],
    [{ quote: { feeOre: 1, validUntil: now } }, 'no-quote'],
    [{ vendor: { ...vendorMandate.vendor!, barredAt: now } }, 'vendor-barred'],
    [{ vendor: { ...vendorMandate.vendor!, registered: false } }, 'vendor-barred'],
    [{ approvedAcr: 'substantial' }, 'approved-at-low-level'],
    [{ approvedWithinMs: 300_001 }, 'approved-at-low-level'],
    [{ approvedWithinMs: -1 }, 'approved-at-low-level'],
    [{ rights: ['cards.read'] }, 'right-not-given'],
  ])('with %o refuses with %s', (changes, refusal, base = vendorMandate) => {
    const decision = decide(factsWith({ ...base, ...changes }), 'orders.place', {}, now);
    expect(decision).toEqual({ allowed: false, refusal });
  });

  test.each<[string, Partial<MandateFacts>, Subject]>([
    ['on its very first instant', { startsAt: now }, {}],
    ['on its very last', { endsAt: at(1) }, {}],
    ['five minutes to the millisecond after the login', { approvedWithinMs: 300_000 }, {}],
    ['in its unit', { units: [UNIT] }, { unitId: UNIT }],
    ['for its worker', { workers: [WORKER] }, { workerId: WORKER }],
    ['until just before its giver had to be confirmed', { confirmBy: at(1) }, {}],
    ['on what the vendor made itself', {}, { madeByVendorId: VENDOR }],
  ])('allows a mandate %s', (_when, changes, subject) => {
    const decision = decide(factsWith({ ...vendorMandate, ...changes }), 'orders.place', subject, now);
    expect(decision).toEqual({ allowed: true, by: 'mandate', mandateId: vendorMandate.id });
  });

  test('keeps to units and to what the vendor made itself', () => {
    const refusalOf = (mandate: MandateFacts, subject: Subject) =>
      decide(factsWith(mandate), 'orders.place', subject, now);
    expect(refusalOf({ ...vendorMandate, units: [UNIT] }, { unitId: OTHER_UNIT })).toMatchObject({
      refusal: 'other-unit',
    });
    expect(refusalOf({ ...vendorMandate, workers: [WORKER] }, { workerId: VENDOR })).toMatchObject({
      refusal: 'other-worker',
    });
    expect(refusalOf(vendorMandate, { madeByVendorId: null })).toMatchObject({
      refusal: 'not-the-vendors-own',
    });
    expect(refusalOf(vendorMandate, { madeByVendorId: OTHER_UNIT })).toMatchObject({
      refusal: 'not-the-vendors-own',
    });
    expect(refusalOf(personMandate, { madeByVendorId: VENDOR })).toMatchObject({ allowed: true });
  });

  test('gives officers everything, and in bankruptcy the administrator alone', () => {
    for (const right of RIGHTS) {
      expect(decide(factsWith(null, { roles: ['DAGL'] }), right, {}, now)).toEqual({
        allowed: true,
        by: 'office',
      });
      const bankrupt = { business: { ...business, bankrupt: true } };
      expect(decide(factsWith(null, { roles: ['BOBE'], ...bankrupt }), right, {}, now).allowed).toBe(true);
      expect(decide(factsWith(null, { roles: ['LEDE'], ...bankrupt }), right, {}, now).allowed).toBe(false);
    }
  });

  test('never allows a vendor what is never for vendors, whatever its mandate says', () => {
    const never = RIGHTS.filter((right) => GRANTABLE[right].vendor === 'never');
    fc.assert(
      fc.property(
        fc.constantFrom(...never),
        fc.subarray([...RIGHTS], { minLength: 1 }),
        fc.boolean(),
        fc.option(fc.constantFrom(UNIT, OTHER_UNIT), { nil: null }),
        fc.integer({ min: -2000, max: 2000 }),
        (right, rights, assigned, unit, offset) => {
          const mandate = { ...vendorMandate, rights, assigned, units: unit === null ? null : [unit] };
          return !decide(factsWith(mandate), right, { unitId: UNIT }, at(offset)).allowed;
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('tells only those in the business why', () => {
    expect(isInsider(factsWith(null))).toBe(false);
    expect(isInsider({ now, capacity: 'anonymous', roles: [], vendorsOfPerson: [] })).toBe(false);
    expect(isInsider(factsWith({ ...personMandate, endedAt: now }))).toBe(true);
    expect(isInsider(factsWith(null, { roles: ['DAGL'] }))).toBe(true);
  });
});

describe('refusals', () => {
  const cases = new Map<Refusal, [ContextFacts, Subject?]>([
    ['not-signed-in', [{ now, capacity: 'anonymous', roles: [], vendorsOfPerson: [] }]],
    ['no-relation', [factsWith(null)]],
    ['business-closed', [factsWith(vendorMandate, { business: { ...business, dissolved: true } })]],
    ['mandate-not-started', [factsWith({ ...vendorMandate, startsAt: at(1) })]],
    ['mandate-expired', [factsWith({ ...vendorMandate, endsAt: now })]],
    ['mandate-ended', [factsWith({ ...vendorMandate, endedAt: now })]],
    ['mandate-suspended', [factsWith({ ...vendorMandate, suspendedAt: now, suspendedFor: 'business' })]],
    ['review-missed', [factsWith({ ...vendorMandate, suspendedAt: now, suspendedFor: 'review' })]],
    ['frozen', [factsWith({ ...vendorMandate, frozenAt: now })]],
    ['giver-lost-right', [factsWith({ ...vendorMandate, confirmBy: now })]],
    ['not-assigned', [factsWith({ ...vendorMandate, assigned: false })]],
    ['no-tie', [factsWith({ ...personMandate, tieHolds: false })]],
    ['belongs-to-vendor', [factsWith({ ...personMandate, holderIsVendorPerson: true })]],
    ['no-agreement', [factsWith({ ...vendorMandate, agreementActive: false })]],
    ['no-quote', [factsWith({ ...vendorMandate, quote: null })]],
    ['vendor-barred', [factsWith({ ...vendorMandate, vendor: null })]],
    ['approved-at-low-level', [factsWith({ ...vendorMandate, approvedAcr: 'substantial' })]],
    ['never-for-vendor', [factsWith({ ...vendorMandate, rights: [...RIGHTS] })]],
    ['right-not-given', [factsWith({ ...personMandate, rights: ['cards.read'] })]],
    ['other-unit', [factsWith({ ...personMandate, units: [UNIT] }), { unitId: OTHER_UNIT }]],
    ['other-worker', [factsWith({ ...personMandate, workers: [WORKER] }), { workerId: OTHER_WORKER }]],
    ['not-the-vendors-own', [factsWith(vendorMandate), { madeByVendorId: null }]],
  ]);

  test.each(REFUSALS)('%s is reached', (refusal) => {
    const [facts, subject = {}] = cases.get(refusal)!;
    const right = refusal === 'never-for-vendor' ? 'contact.change' : 'orders.place';
    expect(decide(facts, right, subject, now)).toEqual({ allowed: false, refusal });
  });

  test.each([
    ['nb', nb],
    ['en', en],
  ])('each says in %s what refused and who can change it, and nothing else does', (_language, words) => {
    expect(Object.keys(words.refusal).sort()).toEqual([...REFUSALS].sort());
    for (const { rule, who } of Object.values(words.refusal)) {
      expect(rule).toMatch(/^[A-ZÆØÅ].{10,}\.$/u);
      expect(who).toMatch(/^[A-ZÆØÅ].{10,}\.$/u);
    }
    // Two rules that read the same would tell nobody which of them it was.
    expect(new Set(Object.values(words.refusal).map(({ rule }) => rule)).size).toBe(REFUSALS.length);
  });
});

describe('the edges of time', () => {
  // Oslo loses an hour on the first day and gains one on the other: a day is 23 or 25 hours.
  test.each([
    ['2026-03-28', '2026-03-28T23:00:00.000Z'],
    ['2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['2026-10-24', '2026-10-24T22:00:00.000Z'],
    ['2026-10-25', '2026-10-25T23:00:00.000Z'],
  ])('a mandate whose last day is %s is over at %s and not a millisecond before', (lastDay, end) => {
    const endsAt = lastDayToEnd(parsePlainDate(lastDay)!);
    expect(endsAt.toISOString()).toBe(end);
    const facts = factsWith({ ...personMandate, startsAt: at(-1e11), endsAt });
    const before = new Date(endsAt.getTime() - 1);
    expect(decide(facts, 'orders.place', {}, before).allowed).toBe(true);
    expect(decide(facts, 'orders.place', {}, endsAt)).toEqual({ allowed: false, refusal: 'mandate-expired' });
  });

  test.each([
    ['2026-03-29', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', '2026-10-24T22:00:00.000Z'],
    ['2026-10-26', '2026-10-25T23:00:00.000Z'],
  ])('a mandate whose first day is %s begins at %s and not a millisecond before', (firstDay, start) => {
    const startsAt = startOfDay(parsePlainDate(firstDay)!);
    expect(startsAt.toISOString()).toBe(start);
    const facts = factsWith({ ...personMandate, startsAt, endsAt: at(1e11) });
    const before = new Date(startsAt.getTime() - 1);
    expect(decide(facts, 'orders.place', {}, startsAt).allowed).toBe(true);
    expect(decide(facts, 'orders.place', {}, before)).toEqual({
      allowed: false,
      refusal: 'mandate-not-started',
    });
  });

  test.each<[Refusal, Partial<MandateFacts>]>([
    ['mandate-not-started', {}],
    ['giver-lost-right', { confirmBy: at(1) }],
  ])('at a time that is none, nothing is in force: %s', (refusal, changes) => {
    const facts = factsWith({ ...vendorMandate, ...changes });
    expect(decide(facts, 'orders.place', {}, new Date(Number.NaN))).toEqual({ allowed: false, refusal });
  });

  test.each<[Refusal, Partial<MandateFacts>]>([
    ['mandate-not-started', { startsAt: new Date(Number.NaN) }],
    ['mandate-expired', { endsAt: new Date(Number.NaN) }],
    ['giver-lost-right', { confirmBy: new Date(Number.NaN) }],
    ['no-quote', { quote: { feeOre: 1, validUntil: new Date(Number.NaN) } }],
    ['approved-at-low-level', { approvedWithinMs: Number.NaN }],
  ])('an edge that is no time lets nobody in: %s', (refusal, changes) => {
    const facts = factsWith({ ...vendorMandate, ...changes });
    expect(decide(facts, 'orders.place', {}, now)).toEqual({ allowed: false, refusal });
  });
});

test('a right that does not exist is nobody’s, not even an officer’s', () => {
  for (const right of ['orders.delete', 'toString', '__proto__', ''] as unknown as Right[]) {
    for (const facts of [
      factsWith(null, { roles: ['DAGL'] }),
      factsWith(vendorMandate),
      factsWith(personMandate),
    ]) {
      expect(decide(facts, right, {}, now)).toEqual({ allowed: false, refusal: 'right-not-given' });
    }
  }
});

test('what only officers may do is not given to a person, and not because the person is a vendor', () => {
  const facts = factsWith({ ...personMandate, rights: [...RIGHTS] });
  expect(decide(facts, 'agreements.sign', {}, now)).toEqual({ allowed: false, refusal: 'right-not-given' });
});

test('a mandate for named workers may be used at large: the lists show those workers alone', () => {
  const facts = factsWith({ ...personMandate, workers: [WORKER] });
  expect(decide(facts, 'orders.place', {}, now).allowed).toBe(true);
  expect(decide(facts, 'orders.place', { unitId: UNIT }, now).allowed).toBe(true);
});

test('what a business may give: eleven rights to a person, seven to a vendor', () => {
  expect(grantableRights('person')).toEqual(RIGHTS.filter((right) => right !== 'agreements.sign'));
  expect(grantableRights('vendor')).toEqual([
    'orders.prepare',
    'orders.place',
    'orders.read',
    'cards.read',
    'cards.block',
    'workers.read',
    'invoices.read',
  ]);
});

test('a worker without a unit is in none of the units that a mandate is for', () => {
  const mandate = { ...personMandate, units: [UNIT] };
  const refusalOf = (subject: Subject) => decide(factsWith(mandate), 'orders.place', subject, now);
  expect(refusalOf({ workerId: WORKER })).toEqual({ allowed: false, refusal: 'other-unit' });
  expect(refusalOf({ unitId: UNIT, workerId: WORKER }).allowed).toBe(true);
  expect(refusalOf({}).allowed).toBe(true);
});

test('the table in docs/access.md is the one that the rules follow', () => {
  const text = readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([a-z.]+)` *\|[^|]*\|([a-z, ]+)\|([a-z, ]+)\|$/gmu)];
  const written = rows.map(([, right, person, vendor]) => [right, person?.trim(), vendor?.trim()]);
  const word = { yes: 'yes', risk: 'off unless ticked', never: 'never' } as const;
  expect(written).toEqual(
    RIGHTS.map((right) => [
      right,
      right === 'agreements.sign' ? 'officers only' : word[GRANTABLE[right].person],
      word[GRANTABLE[right].vendor],
    ]),
  );
  expect(grantableRights('person')).not.toContain('agreements.sign');
});
