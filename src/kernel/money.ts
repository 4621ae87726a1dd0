import type { Language } from './language.ts';

/** An amount in whole øre. Negative amounts are credits. */
export type Money = { readonly ore: number; readonly currency: 'NOK' };

/** A document's sum, its VAT and the two together. */
export type SumWithVat = { readonly excludingVat: Money; readonly vat: Money; readonly includingVat: Money };

/** That many øre. Anything but a whole, exactly representable number is a bug. */
export function nok(ore: number): Money {
  if (!Number.isSafeInteger(ore)) throw new RangeError('An amount of money must be a whole number of øre');
  return { ore: ore === 0 ? 0 : ore, currency: 'NOK' };
}

/** The sum of the amounts; of none, zero. */
export function addMoney(...amounts: readonly Money[]): Money {
  return nok(amounts.reduce((sum, amount) => sum + amount.ore, 0));
}

/** The amount that many times over, for a price and a whole count. */
export function multiplyMoney(money: Money, count: number): Money {
  return nok(money.ore * count);
}

/**
 * VAT of a whole document at one rate (2500 basis points are 25 %), rounded half up once on the sum
 * excluding VAT as EN 16931 asks: never line by line. A credit rounds like the charge it takes back.
 */
export function vatOf(sumExcludingVat: Money, rateBasisPoints: number): Money {
  const scaled = nok(Math.abs(sumExcludingVat.ore) * rateBasisPoints).ore;
  return nok(Math.sign(sumExcludingVat.ore) * Math.floor((scaled + 5000) / 10_000));
}

/** A document's three sums, with the VAT of `vatOf`. */
export function withVat(sumExcludingVat: Money, rateBasisPoints: number): SumWithVat {
  const vat = vatOf(sumExcludingVat, rateBasisPoints);
  return { excludingVat: sumExcludingVat, vat, includingVat: addMoney(sumExcludingVat, vat) };
}

/** `132,90 kr` or `NOK 132.90`; thousands are set apart by a space that does not break, or by a comma. */
export function formatMoney(money: Money, language: Language): string {
  const { sign, kroner, rest } = partsOf(money, language);
  return language === 'nb' ? `${sign}${kroner},${rest} kr` : `${sign}NOK ${kroner}.${rest}`;
}

/** Kroner inside a sentence that names the currency: `466`, `18,640` or `132.90`; without øre where there are none. */
export function formatKroner(money: Money, language: Language): string {
  const { sign, kroner, rest } = partsOf(money, language);
  return rest === '00' ? `${sign}${kroner}` : `${sign}${kroner}${language === 'nb' ? ',' : '.'}${rest}`;
}

function partsOf(money: Money, language: Language) {
  const ore = Math.abs(money.ore);
  const kroner = String(Math.floor(ore / 100));
  return {
    sign: money.ore < 0 ? '−' : '',
    kroner: kroner.replace(/\B(?=(?:[0-9]{3})+$)/gu, language === 'nb' ? '\u00a0' : ','),
    rest: String(ore % 100).padStart(2, '0'),
  };
}

const MOST_ORE = 1_000_000_000;

/** Kroner as people write them (`1 661,30`, `166.13`, `166`) in øre; undefined for anything else, for nothing and below. */
export function parseAmount(text: string): number | undefined {
  const found = /^([0-9]{1,8})(?:[.,]([0-9]{1,2}))?$/u.exec(text.replace(/[\s\u00a0]/gu, ''));
  if (found === null) return undefined;
  const ore = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
  return ore > 0 && ore <= MOST_ORE ? ore : undefined;
}
