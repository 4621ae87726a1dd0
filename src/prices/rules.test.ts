import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlainDate } from '../kernel/dates.ts';
import { formatMoney } from '../kernel/money.ts';
import { dayProblem, firstDayOfChange, inOrder, parsePercent, totals } from './rules.ts';

const vatBasisPoints = 2500;

describe('totals', () => {
  it.each([
    [1, 'NOK 132.90', 'NOK 33.23', 'NOK 166.13'],
    [2, 'NOK 265.80', 'NOK 66.45', 'NOK 332.25'],
    [40, 'NOK 5,316.00', 'NOK 1,329.00', 'NOK 6,645.00'],
  ])('%i cards at the official price of 132.90', (count, excludingVat, vat, includingVat) => {
    const sums = totals({ priceOre: 13290, feeOre: 0, orderFeeOre: 0, count, vatBasisPoints });
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
      const sums = totals({ priceOre: 13290, feeOre, orderFeeOre: 0, count, vatBasisPoints });
      expect(formatMoney(sums.includingVat, 'en')).toBe(all);
      expect(formatMoney(sums.saving, 'en')).toBe(more);
    },
  );

  it('counts a fee for the order once, and not at all when every card of it was taken back', () => {
    const price = { priceOre: 13290, feeOre: 9900, orderFeeOre: 8900, vatBasisPoints };
    expect(totals({ ...price, count: 3 }).fees.ore).toBe(3 * 9900 + 8900);
    expect(totals({ ...price, count: 0 }).includingVat.ore).toBe(0);
  });

  it('takes VAT once of the whole sum, within half an øre of the exact tax, whatever the count', () => {
    const ore = fc.integer({ min: 0, max: 1_000_000 });
    const count = fc.integer({ min: 1, max: 10_000 });
    const rates = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(ore, ore, ore, count, rates, (priceOre, feeOre, orderFeeOre, cards, rate) => {
        const sums = totals({ priceOre, feeOre, orderFeeOre, count: cards, vatBasisPoints: rate });
        const exact = (((priceOre + feeOre) * cards + orderFeeOre) * rate) / 10_000;
        expect(Math.abs(sums.vat.ore - exact)).toBeLessThanOrEqual(0.5);
        expect(sums.excludingVat.ore).toBe(sums.cards.ore + sums.fees.ore);
        expect(sums.includingVat.ore).toBe(sums.excludingVat.ore + sums.vat.ore);
        expect(sums.direct.ore + sums.saving.ore).toBe(sums.includingVat.ore);
        expect(sums.saving.ore).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the lists', () => {
  const at = (day: string) => new Date(`${day}T00:00:00Z`);
  const now = at('2026-11-28');

  it('hold each row from its day until the next one’s, with one in force: no gap, and never two at once', () => {
    const days = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(days, fc.integer({ min: -1200, max: 1200 }), (drawn, moment) => {
        const from = (day: number) => new Date(now.getTime() + day * 86_400_000);
        const rows = inOrder(
          drawn.map((day) => ({ from: from(day) })),
          now,
        );
        const then = from(moment);
        const holding = rows.filter((row) => row.from <= then && (row.until === null || then < row.until));
        expect(holding).toHaveLength(moment < Math.min(...drawn) ? 0 : 1);
        const inForce = rows.filter((row) => row.standing === 'in-force');
        expect(inForce).toHaveLength(Math.min(...drawn) > 0 ? 0 : 1);
        expect(rows.every((row) => (row.standing === 'coming') === row.from > now)).toBe(true);
      }),
    );
  });

  it.each([
    ['2026-11-27', 'not-ahead'],
    ['2026-11-28', 'not-ahead'],
    ['2026-11-29', undefined],
    ['2028-11-28', undefined],
    ['2028-11-29', 'too-far-ahead'],
  ])('change from %s: %s', (day, problem) => {
    const parsed = parsePlainDate(day);
    expect(parsed && dayProblem(parsed, now)).toBe(problem);
  });

  it('change from the day after the one that it is in Oslo', () => {
    expect(firstDayOfChange(new Date('2026-11-28T23:30:00Z'))).toBe('2026-11-30');
  });

  it.each([
    ['25', 2500],
    ['12,5', 1250],
    ['12.55 %', 1255],
    ['0', 0],
    ['100', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('read the rate %j as %s', (text, basisPoints) => {
    expect(parsePercent(text)).toBe(basisPoints);
  });
});
