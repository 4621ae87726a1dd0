import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMoney, formatMoney, multiplyMoney, nok, parseAmount, vatOf, withVat } from './money.ts';

const cardPrice = nok(132_90);

describe('VAT', () => {
  it.each([
    [1, 33_23, 166_13],
    [2, 66_45, 332_25],
    [40, 1329_00, 6645_00],
  ])('of %i cards is taken once, on their sum', (count, vat, total) => {
    const sum = withVat(multiplyMoney(cardPrice, count), 2500);
    expect(sum.vat).toEqual(nok(vat));
    expect(sum.includingVat).toEqual(nok(total));
  });

  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [-2, -1],
    [-132_90, -33_23],
  ])('rounds %i øre half up to %i', (ore, vat) => {
    expect(vatOf(nok(ore), 2500)).toEqual(nok(vat));
  });

  it('lies within half an øre of the exact amount, and a credit takes back exactly what was charged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom(0, 1200, 1500, 2500), (ore, rate) => {
        const vat = vatOf(nok(ore), rate);
        const doubleError = 2 * (vat.ore * 10_000 - ore * rate);
        expect(doubleError).toBeGreaterThan(-10_000);
        expect(doubleError).toBeLessThanOrEqual(10_000);
        expect(addMoney(vat, vatOf(nok(-ore), rate))).toEqual(nok(0));
      }),
    );
  });
});

describe('amounts', () => {
  it('adds up to zero when there are none', () => {
    expect(addMoney()).toEqual({ ore: 0, currency: 'NOK' });
  });

  it.each([0.5, Number.NaN, Infinity, 2 ** 53])('takes %d as a bug', (ore) => {
    expect(() => nok(ore)).toThrow(RangeError);
  });

  it('counts the same whether added or multiplied', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 50 }), (ore, count) => {
        const added = addMoney(...Array.from({ length: count }, () => nok(ore)));
        expect(multiplyMoney(nok(ore), count)).toEqual(added);
      }),
    );
  });
});

describe('formatMoney', () => {
  it.each([
    [132_90, '132,90 kr', 'NOK 132.90'],
    [6645_00, '6\u00a0645,00 kr', 'NOK 6,645.00'],
    [1234567_05, '1\u00a0234\u00a0567,05 kr', 'NOK 1,234,567.05'],
    [5, '0,05 kr', 'NOK 0.05'],
    [0, '0,00 kr', 'NOK 0.00'],
    [-99_00, '−99,00 kr', '−NOK 99.00'],
  ])('writes %i øre as %s and %s', (ore, nb, en) => {
    expect(formatMoney(nok(ore), 'nb')).toBe(nb);
    expect(formatMoney(nok(ore), 'en')).toBe(en);
  });
});

it.each([
  ['166,13', 166_13],
  ['166.1', 166_10],
  ['1 661,30', 1661_30],
  ['1\u00a0661', 1661_00],
  ['0', undefined],
  ['-5', undefined],
  ['1,234', undefined],
  ['1e3', undefined],
  ['', undefined],
  ['99999999', undefined],
])('the amount %j is %s øre', (text, ore) => {
  expect(parseAmount(text)).toBe(ore);
});
