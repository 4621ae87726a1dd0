import { describe, expect, test } from 'vitest';
import {
  type ContactChange,
  contactAfterMandate,
  manyBusinesses,
  manyMandates,
  nightOf,
  nightOrders,
  type OpenLogin,
  type OrderedHour,
  type SessionUse,
  twoNetworks,
  unrelatedBusinesses,
  vendorBrowser,
} from './signal-rules.ts';

const use: SessionUse = {
  businessId: 'business',
  personId: 'officer',
  personName: 'Våken Spurv',
  capacity: 'officer',
  usedAt: new Date('2026-11-25T12:00:00Z'),
  deviceId: 'device',
  browserUsedBy: [{ personId: 'member', vendorId: 'vendor' }],
  actedFor: [],
};

describe('an officer in a browser that a vendor has used', () => {
  test.each<[string, Partial<SessionUse>, string[]]>([
    ['a member of the vendor', {}, ['vendor']],
    ['nobody else', { browserUsedBy: [] }, []],
    [
      'the officer, who is also of the vendor',
      { browserUsedBy: [{ personId: 'officer', vendorId: 'vendor' }] },
      [],
    ],
    ['a member, but it is a person with a mandate who acts', { capacity: 'person' }, []],
    ['a member, who acts for the vendor', { capacity: 'vendor' }, []],
    ['a member, but the login has no browser', { deviceId: null }, []],
    [
      'two members of one vendor and one of another',
      {
        browserUsedBy: [
          { personId: 'member', vendorId: 'vendor' },
          { personId: 'colleague', vendorId: 'vendor' },
          { personId: 'third', vendorId: 'other' },
        ],
      },
      ['vendor', 'other'],
    ],
  ])('it was used by %s', (_, changes, vendors) => {
    const found = vendorBrowser({ ...use, ...changes });
    expect(found.map(({ vendorId }) => vendorId)).toEqual(vendors);
    for (const signal of found) expect(signal).toMatchObject({ kind: 'vendor-browser', deviceId: 'device' });
  });
});

const business = (businessId: string, officers: string[] = [], address: string | null = null) => ({
  businessId,
  officers,
  address,
});

describe('businesses that have nothing to do with each other', () => {
  test.each([
    ['none', [], 0],
    ['one', [business('a')], 1],
    ['two', [business('a'), business('b')], 2],
    ['two with an officer in common', [business('a', ['x']), business('b', ['x', 'y'])], 1],
    ['two at one address', [business('a', [], 'Torget 1'), business('b', [], 'Torget 1')], 1],
    [
      'two of which one is known through a third',
      [business('a', ['x']), business('b', ['y']), business('c', ['x', 'y'])],
      1,
    ],
    ['a group and one beside it', [business('a', ['x']), business('b', ['x']), business('c', ['z'])], 2],
  ])('%s', (_, businesses, count) => {
    expect(unrelatedBusinesses(businesses)).toBe(count);
  });

  test.each([
    ['officer', 2, 3, 0],
    ['officer', 3, 3, 3],
    ['person', 3, 3, 0],
  ])('as %s of %i of them, where %i are too many', (capacity, count, limit, signals) => {
    const actedFor = Array.from({ length: count }, (_, index) => business(`b${String(index)}`));
    const found = manyBusinesses({ ...use, capacity, actedFor }, limit);
    expect(found).toHaveLength(signals);
    // Each business is asked, and no business is told which the others are.
    expect(found.map(({ businessId }) => businessId)).toEqual(signals === 0 ? [] : ['b0', 'b1', 'b2']);
    for (const { key, facts } of found) expect([key, facts]).toEqual(['officer:2026-11-25', { count }]);
  });
});

describe('mandates of one person', () => {
  const from = (businessId: string, officers: readonly string[] = []) => ({
    businessId,
    officers,
    address: null,
  });
  test.each([
    ['from three unrelated businesses', [from('a'), from('b'), from('c')], 3, ['a', 'b', 'c']],
    ['from two', [from('a'), from('b')], 2, []],
    ['from three of which two share an officer', [from('a', ['o']), from('b', ['o']), from('c')], 2, []],
  ])('%s', (_, businesses, count, told) => {
    const person = { personId: 'helper', personName: 'Hjelpsom Sjel', businesses };
    const found = manyMandates(person, 3);
    expect(unrelatedBusinesses(businesses)).toBe(count);
    expect(found.map(({ businessId }) => businessId)).toEqual(told);
    for (const { key, facts } of found) expect([key, facts]).toEqual(['helper', { count }]);
  });
});

describe('two sessions of one person at once', () => {
  const now = new Date('2026-11-25T12:00:00Z');
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const login: OpenLogin = {
    personId: 'officer',
    personName: 'Våken Spurv',
    deviceId: 'laptop',
    network: 'home',
    lastSeenAt: now,
    businesses: ['business'],
  };
  test.each<[string, Partial<OpenLogin>, number]>([
    ['in another browser on another network', { deviceId: 'phone', network: 'away' }, 1],
    ['in another browser on the same network', { deviceId: 'phone' }, 0],
    ['in the same browser on another network', { network: 'away' }, 0],
    ['of somebody else', { personId: 'other', deviceId: 'phone', network: 'away' }, 0],
    [
      'just under ten minutes ago',
      { deviceId: 'phone', network: 'away', lastSeenAt: new Date(ago(10).getTime() + 1) },
      1,
    ],
    ['ten minutes ago', { deviceId: 'phone', network: 'away', lastSeenAt: ago(10) }, 0],
  ])('the other one %s', (_, changes, count) => {
    const other = { ...login, businesses: [], ...changes };
    const found = twoNetworks([login, other], now);
    expect(found).toHaveLength(count);
    // The same two browsers are the same signal, whichever came first.
    expect(twoNetworks([other, login], now)).toEqual(found);
  });

  test('in which nobody acted as an officer concern no business', () => {
    const away = { ...login, deviceId: 'phone', network: 'away', businesses: [] };
    expect(twoNetworks([{ ...login, businesses: [] }, away], now)).toEqual([]);
  });
});

describe('the night', () => {
  test.each([
    ['2026-11-25T20:59:59Z', undefined],
    ['2026-11-25T21:00:00Z', '2026-11-25'],
    ['2026-11-26T04:59:59Z', '2026-11-25'],
    ['2026-11-26T05:00:00Z', undefined],
    // Summer time: the clock is two hours ahead.
    ['2026-07-01T19:59:59Z', undefined],
    ['2026-07-01T20:00:00Z', '2026-07-01'],
    ['2026-07-02T03:59:59Z', '2026-07-01'],
    // The nights in which the clock is changed.
    ['2026-03-29T03:59:59Z', '2026-03-28'],
    ['2026-03-29T04:00:00Z', undefined],
    ['2026-10-25T04:59:59Z', '2026-10-24'],
    ['2026-10-25T05:00:00Z', undefined],
  ])('%s is in that of %s', (at, night) => {
    expect(nightOf(new Date(at))).toBe(night);
  });
});

describe('orders at night', () => {
  const hour = (at: string, cards: number, more: Partial<OrderedHour> = {}): OrderedHour => ({
    businessId: 'business',
    personId: 'member',
    personName: 'Hjelpsom Hånd',
    vendorId: 'vendor',
    hour: new Date(at),
    cards,
    ...more,
  });
  test.each<[string, OrderedHour[], number[]]>([
    ['of fewer than the limit', [hour('2026-11-25T22:00:00Z', 19)], []],
    ['of as many as the limit', [hour('2026-11-25T22:00:00Z', 20)], [20]],
    [
      'in several hours of one night',
      [hour('2026-11-25T22:00:00Z', 12), hour('2026-11-26T02:00:00Z', 12)],
      [24],
    ],
    ['in two nights', [hour('2026-11-25T22:00:00Z', 12), hour('2026-11-26T22:00:00Z', 12)], []],
    ['by day', [hour('2026-11-25T12:00:00Z', 500)], []],
    ['half by day', [hour('2026-11-25T20:00:00Z', 12), hour('2026-11-25T21:00:00Z', 12)], []],
    [
      'for two vendors',
      [hour('2026-11-25T22:00:00Z', 12), hour('2026-11-25T22:00:00Z', 12, { vendorId: 'other' })],
      [],
    ],
    [
      'for two businesses',
      [hour('2026-11-25T22:00:00Z', 12), hour('2026-11-25T22:00:00Z', 12, { businessId: 'other' })],
      [],
    ],
  ])('%s', (_, hours, counts) => {
    expect(nightOrders(hours, 20).map(({ facts }) => facts['count'])).toEqual(counts);
  });
});

describe('contact details changed after a mandate', () => {
  const changedAt = new Date('2026-11-25T12:00:00Z');
  const before = (hours: number, ms = 0) => new Date(changedAt.getTime() - hours * 3_600_000 + ms);
  const change: ContactChange = {
    id: 'change',
    businessId: 'business',
    personId: 'officer',
    personName: 'Våken Spurv',
    changedAt,
    mandates: [],
  };
  test.each<[string, ContactChange['mandates'], (string | null)[]]>([
    ['with none', [], []],
    ['at the same time', [{ vendorId: 'vendor', approvedAt: changedAt }], ['vendor']],
    ['just under a day before', [{ vendorId: 'vendor', approvedAt: before(24, 1) }], ['vendor']],
    ['a day before', [{ vendorId: 'vendor', approvedAt: before(24) }], []],
    ['given afterwards', [{ vendorId: 'vendor', approvedAt: before(0, 1) }], []],
    ['to a person', [{ vendorId: null, approvedAt: before(1) }], [null]],
    [
      'to a person and, before, to two vendors',
      [
        { vendorId: 'earlier', approvedAt: before(9) },
        { vendorId: null, approvedAt: before(1) },
        { vendorId: 'vendor', approvedAt: before(5) },
      ],
      ['vendor'],
    ],
  ])('%s', (_, mandates, vendors) => {
    expect(contactAfterMandate({ ...change, mandates }).map(({ vendorId }) => vendorId)).toEqual(vendors);
  });
});
