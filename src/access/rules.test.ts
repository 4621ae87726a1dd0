import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContextFacts, MandateFacts } from '../database/transaction.ts';
import {
  decide,
  GRANTABLE,
  grantableRights,
  isInsider,
  RIGHTS,
  type Refusal,
  type Subject,
} from './rules.ts';

const now = new Date('2026-11-24T05:00:00Z');
const at = (ms: number) => new Date(now.getTime() + ms);
const UNIT = '019ab000-0000-7000-8000-0000000000a1';
const OTHER_UNIT = '019ab000-0000-7000-8000-0000000000a2';
const WORKER = '019ab000-0000-7000-8000-0000000000d1';
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
    expect(isInsider(factsWith({ ...personMandate, endedAt: now }))).toBe(true);
    expect(isInsider(factsWith(null, { roles: ['DAGL'] }))).toBe(true);
  });
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
