import { addMoney, multiplyMoney, nok, withVat, type Money } from '../kernel/money.ts';

/** What a number of cards costs: øre excluding VAT per card, the rate in basis points (2500 are 25 %). */
export interface Price {
  /** The official price of one card. */
  readonly priceOre: number;
  /** A vendor's fee for one card, on top of the official price; 0 for a business that orders itself. */
  readonly feeOre: number;
  readonly count: number;
  readonly vatBasisPoints: number;
}

/** The sums of one document. `saving` is what the same cards cost less, VAT included, when ordered directly. */
export interface Totals {
  readonly cards: Money;
  readonly fees: Money;
  readonly excludingVat: Money;
  readonly vat: Money;
  readonly includingVat: Money;
  readonly direct: Money;
  readonly saving: Money;
}

/** The sums of an order or invoice. VAT is taken once, of the whole sum (EN 16931), never card by card. */
export function totals({ priceOre, feeOre, count, vatBasisPoints }: Price): Totals {
  const cards = multiplyMoney(nok(priceOre), count);
  const fees = multiplyMoney(nok(feeOre), count);
  const whole = withVat(addMoney(cards, fees), vatBasisPoints);
  const direct = withVat(cards, vatBasisPoints).includingVat;
  const saving = nok(whole.includingVat.ore - direct.ore);
  return { cards, fees, ...whole, direct, saving };
}
