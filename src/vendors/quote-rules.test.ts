import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatKroner, nok, vatOf } from '../kernel/money.ts';
import {
  extraCost,
  FIXED_ITEMS,
  MAX_ITEMS,
  MOST_ORE,
  readAmount,
  readItems,
  stateOfOffer,
  sumsOf,
  type TypedItem,
} from './quote-rules.ts';

const fee = (changes: Partial<TypedItem> = {}): TypedItem => ({
  kind: 'fee',
  text: '',
  per: 'card',
  amount: '466',
  vat: '',
  ...changes,
});
const own = (changes: Partial<TypedItem> = {}): TypedItem =>
  fee({ kind: 'other', text: 'Photo by us', amount: '50', ...changes });

describe('an amount as typed', () => {
  it.each([
    ['466', 46600],
    ['466,00', 46600],
    ['1 661,30', 166130],
    ['99.5', 9950],
    ['99 kr', 9900],
    ['kr 99,-', 9900],
    ['NOK 99', 9900],
    ['0', 0],
    ['1000000', MOST_ORE],
  ])('%s is %i øre', (typed, ore) => {
    expect(readAmount(typed)).toEqual({ ok: true, value: ore });
  });

  it.each([
    ['-99', 'negative'],
    ['−99 kr', 'negative'],
    ['99 EUR', 'currency'],
    ['€ 99', 'currency'],
    ['99 sek', 'currency'],
    ['$99', 'currency'],
    ['', 'amount'],
    ['99,999', 'amount'],
    ['1000000,01', 'amount'],
    ['99,9,9', 'amount'],
  ])('%s is refused as %s', (typed, reason) => {
    expect(readAmount(typed)).toEqual({ ok: false, error: reason });
  });
});

describe('the items of a quote', () => {
  it('begin with the official price, and have the VAT of each, rounded half up as every price is', () => {
    const read = readItems([fee({ vat: '116,50' })], 13290, 2500);
    expect(read).toMatchObject({
      ok: true,
      value: [
        { kind: 'official', per: 'card', ore: 13290, vatOre: 3323 },
        { kind: 'fee', per: 'card', ore: 46600, vatOre: 11650 },
      ],
    });
  });

  it.each([
    [
      'VAT one øre too little',
      fee({ vat: '116,49' }),
      { field: 'vat', reason: 'vat-wrong', rightOre: 11650 },
    ],
    ['VAT one øre too much', fee({ vat: '116,51' }), { field: 'vat', reason: 'vat-wrong', rightOre: 11650 }],
    ['VAT that is no amount', fee({ vat: 'none' }), { field: 'vat', reason: 'currency' }],
    ['another currency', fee({ amount: '40 EUR' }), { field: 'amount', reason: 'currency' }],
    ['a negative price', fee({ amount: '-1' }), { field: 'amount', reason: 'negative' }],
    ['an item without words', own({ text: '' }), { field: 'text', reason: 'no-text' }],
    ['an item without a price', own({ amount: '' }), { field: 'amount', reason: 'amount' }],
  ])('with %s are refused at their place', (_what, item, problem) => {
    expect(readItems([fee(), item], 13290, 2500)).toEqual({
      ok: false,
      error: { kind: 'items', problems: new Map([[1, problem]]) },
    });
  });

  it('are at most forty, with the official price; what is empty is none', () => {
    const others = (count: number) => Array.from({ length: count }, () => own());
    const empty = own({ text: '', amount: '' });
    expect(readItems([...others(MAX_ITEMS - 1), empty], 13290, 2500).ok).toBe(true);
    expect(readItems(others(MAX_ITEMS), 13290, 2500)).toEqual({ ok: false, error: { kind: 'too-many' } });
    expect(readItems([empty], 13290, 2500)).toEqual({ ok: false, error: { kind: 'none' } });
  });

  it('does not come to more than an item may, however many it has', () => {
    const dear = (amount: string): TypedItem => ({
      kind: 'other',
      text: 'Gull',
      per: 'card',
      amount,
      vat: '',
    });
    expect(readItems([dear('500000'), dear('500000')], 13290, 2500)).toMatchObject({ ok: true });
    expect(readItems([dear('500000'), dear('500000,01')], 13290, 2500)).toEqual({
      ok: false,
      error: { kind: 'too-much' },
    });
  });

  it('of any kind are charged for what that kind is, whatever is typed', () => {
    const typed = (['fee', 'start', 'postage', 'express'] as const).map((kind) =>
      fee({ kind, per: 'card', amount: '10' }),
    );
    const read = readItems([...typed, own({ per: 'order', amount: '7' })], 13290, 2500);
    if (!read.ok) throw new Error('refused');
    expect(read.value.slice(1, 5).map(({ kind, per }) => [kind, per])).toEqual(
      Object.entries(FIXED_ITEMS).slice(1),
    );
    expect(sumsOf(read.value)).toEqual({ officialOre: 13290, feeOre: 1000, orderOre: 1700, onceOre: 1000 });
  });

  it('add up to the øre, with every VAT within half an øre of the exact tax', () => {
    const amount = fc.integer({ min: 0, max: 100_000 });
    const per = fc.constantFrom('card', 'order', 'once', 'on-request');
    const items = fc.array(fc.record({ amount, per }), { minLength: 1, maxLength: MAX_ITEMS - 1 });
    fc.assert(
      fc.property(
        items,
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        (drawn, official, rate) => {
          const read = readItems(
            drawn.map((one) => own({ per: one.per, amount: (one.amount / 100).toFixed(2) })),
            official,
            rate,
          );
          if (!read.ok) throw new Error('refused');
          const sums = sumsOf(read.value);
          const sum = (of: string) =>
            drawn.filter((one) => one.per === of).reduce((all, one) => all + one.amount, 0);
          expect(sums).toEqual({
            officialOre: official,
            feeOre: sum('card'),
            orderOre: sum('order'),
            onceOre: sum('once'),
          });
          for (const item of read.value) {
            expect(item.vatOre).toBe(vatOf(nok(item.ore), rate).ore);
            expect(Math.abs(item.vatOre - (item.ore * rate) / 10_000)).toBeLessThanOrEqual(0.5);
          }
        },
      ),
    );
  });
});

describe('what a quote comes to', () => {
  it('is said in words from several hundred kroner on, for as many workers as there are', () => {
    const cost = (feeOre: number, workers: number, more = {}) =>
      extraCost({ feeOre, orderOre: 0, onceOre: 0, ...more }, workers, 20_000);
    expect(cost(46_600, 40)).toEqual({ workers: 40, ore: 1_864_000, wholeOre: 1_864_000 });
    expect(cost(20_000, 1)).toEqual({ workers: 1, ore: 20_000, wholeOre: 20_000 });
    expect(cost(19_999, 40)).toBeUndefined();
    expect(cost(46_600, 0)).toBeUndefined();
  });

  it('has the start fee and the fees per order in it, which may be several hundred kroner a card by themselves', () => {
    const fees = { feeOre: 10_000, orderOre: 9000, onceOre: 50_000 };
    expect(extraCost(fees, 4, 20_000)).toEqual({ workers: 4, ore: 40_000, wholeOre: 99_000 });
    expect(extraCost(fees, 40, 20_000)).toBeUndefined();
  });

  it.each([
    [46600, '466', '466'],
    [13290, '132,90', '132.90'],
    [1_864_000, '18\u00a0640', '18,640'],
    [1_864_005, '18\u00a0640,05', '18,640.05'],
  ])('%i øre reads as it does in a sentence', (ore, nb, en) => {
    expect([formatKroner(nok(ore), 'nb'), formatKroner(nok(ore), 'en')]).toEqual([nb, en]);
  });

  it.each([
    [null, 'open'],
    ['accepted', 'accepted'],
    ['withdrawn', 'withdrawn'],
    ['replaced', 'replaced'],
  ] as const)('an offer with outcome %s is %s while its day has not passed', (outcome, state) => {
    const validUntil = new Date('2026-12-01');
    expect(stateOfOffer({ outcome, validUntil }, new Date('2026-11-30'))).toBe(state);
    expect(stateOfOffer({ outcome: null, validUntil }, validUntil)).toBe('lapsed');
  });
});
