import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlainDate } from '../kernel/dates.ts';
import type { CodedCard } from './card-code.ts';
import { packStatuses, type StatusEntry, type StatusList } from './status-list.ts';
import { verdictOn, verdictOnText } from './verdict.ts';

const birthDate = parsePlainDate('1990-01-15');
if (birthDate === undefined) throw new Error('no date');
const card: CodedCard = {
  number: '12345678',
  cardType: 'construction',
  holderName: 'Våken Spurv',
  birthDate,
  employerName: 'BLÅ HAMMER AS',
  organisationNumber: '310000019',
  issuerName: 'Kortvakt',
  issuedAt: new Date('2026-11-24T10:00:00Z'),
  expiresAt: new Date('2028-11-24T23:00:00Z'),
  statusList: 'https://kortvakt.example/status/1',
  statusIndex: 5,
};

function listOf(status: StatusEntry['status'] | 'valid', issuedAt: string, size = 16): StatusList {
  const entries = status === 'valid' ? [] : [{ index: card.statusIndex, status }];
  const at = new Date(issuedAt);
  return {
    address: card.statusList,
    issuedAt: at,
    expiresAt: new Date(at.getTime() + 3 * 86_400_000),
    ttl: 300,
    statuses: packStatuses(entries, size),
  };
}

describe('what a code proves', () => {
  const read = { ok: true, card } as const;
  test.each([
    ['valid', listOf('valid', '2027-01-01T09:00:00Z'), '2027-01-01T09:30:00Z'],
    ['valid', listOf('valid', '2027-01-01T09:00:00Z'), '2027-01-04T08:59:59Z'],
    ['cannot-tell', listOf('valid', '2027-01-01T09:00:00Z'), '2027-01-04T09:00:00Z'],
    ['suspended', listOf('suspended', '2027-01-01T09:00:00Z'), '2027-01-01T09:30:00Z'],
    ['cannot-tell', listOf('suspended', '2027-01-01T09:00:00Z'), '2027-02-01T09:00:00Z'],
    // What is blocked stays blocked.
    ['blocked', listOf('blocked', '2027-01-01T09:00:00Z'), '2027-02-01T09:00:00Z'],
    ['cannot-tell', undefined, '2027-01-01T09:30:00Z'],
    // A list of before the card, and one without its place, know nothing of it.
    ['cannot-tell', listOf('valid', '2026-11-24T09:30:00Z'), '2026-11-24T10:30:00Z'],
    ['cannot-tell', listOf('valid', '2027-01-01T09:00:00Z', 4), '2027-01-01T09:30:00Z'],
    ['valid', listOf('valid', '2028-11-24T22:00:00Z'), '2028-11-24T22:59:59Z'],
    ['expired', listOf('valid', '2028-11-24T22:00:00Z'), '2028-11-24T23:00:00Z'],
    ['expired', undefined, '2029-01-01T00:00:00Z'],
    // A clock that is an hour behind is forgiven.
    ['valid', listOf('valid', '2027-01-01T09:00:00Z'), '2027-01-01T08:00:00Z'],
    ['wrong-clock', listOf('valid', '2027-01-01T09:00:00Z'), '2027-01-01T07:59:59Z'],
    ['wrong-clock', undefined, '2020-01-01T00:00:00Z'],
  ] as [string, StatusList | undefined, string][])('%s (row %#)', (kind, list, now) => {
    expect(verdictOn(read, list, new Date(now)).kind).toBe(kind);
  });

  test.each([
    ['malformed', 'not-genuine'],
    ['wrong-signature', 'not-genuine'],
    ['unknown-key', 'unknown-key'],
  ] as const)('that is %s is %s', (refusal, kind) => {
    expect(verdictOn({ ok: false, refusal }, undefined, new Date())).toEqual({ kind });
  });

  test('is never valid before its issue, after its end, or without a list that is believed', () => {
    const instant = fc.date({
      min: new Date('2026-01-01'),
      max: new Date('2030-01-01'),
      noInvalidDate: true,
    });
    const list = fc.option(
      fc
        .tuple(fc.constantFrom('valid', 'blocked', 'suspended'), instant)
        .map(([status, at]) => listOf(status, at.toISOString())),
      { nil: undefined },
    );
    fc.assert(
      fc.property(list, instant, (known, now) => {
        const verdict = verdictOn(read, known, now);
        if (verdict.kind !== 'valid') return;
        expect(known).toBeDefined();
        expect(now < card.expiresAt && now < (known?.expiresAt ?? now)).toBe(true);
        expect((known?.issuedAt ?? now) >= card.issuedAt).toBe(true);
        expect(verdict.asOf).toEqual(known?.issuedAt);
      }),
    );
  });
});

test.each([
  ['https://kortvakt.example/c/AAAAAAAAAAA', { kind: 'front' }],
  ['https://kortvakt.example.evil.no/c/A', { kind: 'elsewhere', host: 'kortvakt.example.evil.no' }],
  ['https://kortvakt.example@evil.no/', { kind: 'elsewhere', host: 'evil.no' }],
  ['https://kørtvakt.example/', { kind: 'elsewhere', host: 'xn--krtvakt-q1a.example' }],
  ['javascript:alert(1)', { kind: 'no-code' }],
  ['', { kind: 'no-code' }],
  ['12345678', { kind: 'no-code' }],
])('%s is answered %j', (text, verdict) => {
  expect(verdictOnText(text, 'kortvakt.example')).toEqual(verdict);
});
