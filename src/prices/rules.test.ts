import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMoney } from '../kernel/money.ts';
import { totals } from './rules.ts';

const vatBasisPoints = 2500;

describe('totals', () => {
  it.each([
    [1, 'NOK 132.90', 'NOK 33.23', 'NOK 166.13'],
    [2, 'NOK 265.80', 'NOK 66.45', 'NOK 332.25'],
    [40, 'NOK 5,316.00', 'NOK 1,329.00', 'NOK 6,645.00'],
  ])('%i cards at the official price of 132.90', (count, excludingVat, vat, includingVat) => {
    const sums = totals({ priceOre: 13290, feeOre: 0, count, vatBasisPoints });
    expect(formatMoney(sums.excludingVat, 'en')).toBe(excludingVat);
    expect(formatMoney(sums.vat, 'en')).toBe(vat);
    expect(formatMoney(sums.includingVat, 'en')).toBe(includingVat);
    expect(sums.saving.ore).toBe(0);
  });

  it.each([
    [9900, 1, 'NOK 289.88', 'NOK 123.75'],
    [46600, 1, 'NOK 748.63', 'NOK 582.50'],
    [46600, 40, 'NOK 29,945.00', 'NOK 23,300.00'],
  ])(
    'a fee of %i øre for %i cards costs that much more than ordering directly',
    (feeOre, count, all, more) => {
      const sums = totals({ priceOre: 13290, feeOre, count, vatBasisPoints });
      expect(formatMoney(sums.includingVat, 'en')).toBe(all);
      expect(formatMoney(sums.saving, 'en')).toBe(more);
    },
  );

  it('takes VAT once of the whole sum, within half an øre of the exact tax, whatever the count', () => {
    const ore = fc.integer({ min: 0, max: 1_000_000 });
    const count = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(ore, ore, count, fc.integer({ min: 0, max: 10_000 }), (priceOre, feeOre, cards, rate) => {
        const sums = totals({ priceOre, feeOre, count: cards, vatBasisPoints: rate });
        const exact = ((priceOre + feeOre) * cards * rate) / 10_000;
        expect(Math.abs(sums.vat.ore - exact)).toBeLessThanOrEqual(0.5);
        expect(sums.excludingVat.ore).toBe(sums.cards.ore + sums.fees.ore);
        expect(sums.includingVat.ore).toBe(sums.excludingVat.ore + sums.vat.ore);
        expect(sums.direct.ore + sums.saving.ore).toBe(sums.includingVat.ore);
        expect(sums.saving.ore).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
