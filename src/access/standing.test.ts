import { describe, expect, test } from 'vitest';
import type { MandateFacts } from '../database/transaction.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { endReasonOf, standingOf, type WatchedMandate } from './standing.ts';

const now = new Date('2026-11-25T12:00:00Z');
const earlier = new Date('2026-11-20T23:00:00Z');
const later = new Date('2026-12-20T23:00:00Z');

const facts: MandateFacts = {
  id: '01980000-0000-7000-8000-000000000001',
  holder: 'vendor',
  rights: ['cards.read'],
  units: null,
  workers: null,
  startsAt: earlier,
  endsAt: later,
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
  quote: { feeOre: 9900, validUntil: later },
  vendor: {
    id: '01980000-0000-7000-8000-000000000002',
    organisationNumber: '310000035',
    name: 'RIMELIG KORTHJELP AS',
    registered: true,
    barredAt: null,
  },
  assigned: false,
  tieHolds: true,
  holderIsVendorPerson: false,
};
const open = { bankrupt: false, dissolved: false };
const watched = (more: Partial<MandateFacts> = {}, rest: Partial<WatchedMandate> = {}): WatchedMandate => ({
  facts: { ...facts, ...more },
  endReason: null,
  business: open,
  vendor: open,
  ...rest,
});
const person = { holder: 'person', vendor: null, quote: null, agreementActive: false } as const;
const ended = { endedAt: earlier };

describe('the standing of a mandate', () => {
  test.each([
    ['in force', watched()],
    ['not begun yet', watched({ startsAt: later })],
    ['under an emergency stop, which is told of by itself', watched({ frozenAt: earlier })],
    ['of a barred vendor, likewise', watched({ vendor: { ...facts.vendor!, barredAt: earlier } })],
    ['to be confirmed, while there is time', watched({ confirmBy: later })],
    ['a person whose tie holds', watched(person, { vendor: null })],
  ])('holds: %s', (_name, mandate) => {
    expect(standingOf(mandate, now)).toEqual({ kind: 'holds' });
  });

  test.each([
    ['business-bankrupt', watched({}, { business: { ...open, bankrupt: true } }), now],
    ['business-dissolved', watched({}, { business: { bankrupt: true, dissolved: true } }), now],
    ['vendor-bankrupt', watched({}, { vendor: { ...open, bankrupt: true } }), now],
    ['vendor-dissolved', watched({}, { vendor: { ...open, dissolved: true } }), now],
    ['mandate-suspended', watched({ suspendedAt: earlier, suspendedFor: 'business' }), earlier],
    ['review-missed', watched({ suspendedAt: earlier, suspendedFor: 'review' }), earlier],
    ['giver-lost-right', watched({ confirmBy: earlier }), earlier],
    ['giver-lost-right', watched({ confirmBy: now }), now],
    ['giver-lost-right', watched(ended, { endReason: 'not-confirmed' }), earlier],
    ['mandate-expired', watched({ endsAt: now }), now],
    ['no-agreement', watched({ agreementActive: false }), now],
    ['no-quote', watched({ quote: { feeOre: 9900, validUntil: earlier } }), earlier],
    ['no-tie', watched({ ...person, tieHolds: false }, { vendor: null }), now],
    ['belongs-to-vendor', watched({ ...person, holderIsVendorPerson: true }, { vendor: null }), now],
    ['belongs-to-vendor', watched({ ...person, ...ended }, { endReason: 'became-vendor' }), earlier],
  ] as const)('is stopped: %s', (code, mandate, since) => {
    expect(standingOf(mandate, now)).toEqual({ kind: 'stopped', code, since });
    for (const words of [nb, en]) {
      expect(words.stopped[code].why).toMatch(/\.$/u);
      expect(words.stopped[code].over).toMatch(/\.$/u);
      expect(words.stopped[code].todo).toMatch(/\.$/u);
    }
  });

  test.each(['removed', 'replaced', 'given-back'])('is ended by whoever told of it: %s', (endReason) => {
    expect(standingOf(watched(ended, { endReason, business: { ...open, bankrupt: true } }), now)).toEqual({
      kind: 'ended',
    });
  });

  test('is over for good where nothing brings it back', () => {
    expect(endReasonOf('giver-lost-right')).toBe('not-confirmed');
    expect(endReasonOf('belongs-to-vendor')).toBe('became-vendor');
    expect(endReasonOf('no-tie')).toBeUndefined();
  });
});
