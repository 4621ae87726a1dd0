import { addDays, addMonths, osloToday, type PlainDate } from '../kernel/dates.ts';
import { addMoney, multiplyMoney, nok, withVat, type Money } from '../kernel/money.ts';

/** What a number of cards costs: øre excluding VAT per card, the rate in basis points (2500 are 25 %). */
export interface Price {
  /** The official price of one card. */
  readonly priceOre: number;
  /** A vendor's fee for one card, on top of the official price; 0 for a business that orders itself. */
  readonly feeOre: number;
  /** A vendor's fees for the order as a whole, such as postage. */
  readonly orderFeeOre: number;
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
export function totals({ priceOre, feeOre, orderFeeOre, count, vatBasisPoints }: Price): Totals {
  const cards = multiplyMoney(nok(priceOre), count);
  // An order of which every card was taken back costs nothing.
  const fees = addMoney(multiplyMoney(nok(feeOre), count), nok(count === 0 ? 0 : orderFeeOre));
  const whole = withVat(addMoney(cards, fees), vatBasisPoints);
  const direct = withVat(cards, vatBasisPoints).includingVat;
  const saving = nok(whole.includingVat.ore - direct.ore);
  return { cards, fees, ...whole, direct, saving };
}

// The lists, which are changed ahead of time ------------------------------------------------------------------------------

/** What the next change brings for a type of card, be it of the price or of VAT. */
export interface ComingChange {
  readonly from: Date;
  readonly priceOre: number;
  readonly vatBasisPoints: number;
}

/** What an order that is placed now costs, and what is known to come. */
export interface PriceNow extends Price {
  readonly cardType: string;
  readonly coming: ComingChange | undefined;
}

export type Standing = 'coming' | 'in-force' | 'past';

/** A row of a list that holds until the next one begins; `until` is exclusive, and null while no next one is known. */
export type Dated<T> = T & { readonly until: Date | null; readonly standing: Standing };

/** The rows of one list, the latest first, with how long each holds: from its day until the next one's. */
export function inOrder<T extends { readonly from: Date }>(rows: readonly T[], now: Date): Dated<T>[] {
  const latestFirst = rows.toSorted((a, b) => b.from.getTime() - a.from.getTime());
  return latestFirst.map((row, index) => {
    const until = latestFirst[index - 1]?.from ?? null;
    const begun = row.from <= now;
    const standing = begun ? (until === null || now < until ? 'in-force' : 'past') : 'coming';
    return { ...row, until, standing };
  });
}

/** The first day on which a change can begin, so that nobody's price changes under their hands. */
export function firstDayOfChange(now: Date): PlainDate {
  return addDays(osloToday(now), 1);
}

/** Further ahead it is a slip of the pen. */
export function lastDayOfChange(now: Date): PlainDate {
  return addMonths(osloToday(now), 24);
}

export type DayProblem = 'not-ahead' | 'too-far-ahead';

/** Why a change cannot begin on this day; undefined when it can. */
export function dayProblem(day: PlainDate, now: Date): DayProblem | undefined {
  if (day < firstDayOfChange(now)) return 'not-ahead';
  return day > lastDayOfChange(now) ? 'too-far-ahead' : undefined;
}

/** A rate as people write it (`25`, `12,5`) in basis points; undefined for anything else. */
export function parsePercent(text: string): number | undefined {
  const found = /^([0-9]{1,2})(?:[.,]([0-9]{1,2}))?\s?%?$/u.exec(text.trim());
  return found === null ? undefined : Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
}
