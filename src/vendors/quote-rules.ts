import type { PlainDate } from '../kernel/dates.ts';
import { nok, vatOf } from '../kernel/money.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** What a quote has items of, and what each is charged for. The official price comes from the price list. */
export const FIXED_ITEMS = {
  official: 'card',
  fee: 'card',
  start: 'once',
  postage: 'order',
  // Only when the business asks for it: in no order's sum.
  express: 'on-request',
} as const;
/** What an item of the vendor's own words may be charged for. */
export const CHARGED_PER = ['card', 'order', 'once', 'on-request'] as const;
export type ChargedPer = (typeof CHARGED_PER)[number];
export type ItemKind = keyof typeof FIXED_ITEMS | 'other';

/** One item of a quote: øre excluding VAT for what it is charged for once, and the VAT of that. */
export interface QuoteItem {
  readonly kind: ItemKind;
  /** The vendor's words for `other`; empty for the rest. */
  readonly text: string;
  readonly per: ChargedPer;
  readonly ore: number;
  readonly vatBasisPoints: number;
  readonly vatOre: number;
}

/** An item as it was typed; an empty VAT is computed. */
export interface TypedItem {
  readonly kind: Exclude<ItemKind, 'official'>;
  readonly text: string;
  readonly per: ChargedPer;
  readonly amount: string;
  readonly vat: string;
}

export const MAX_ITEMS = 40;
/** The most that an item may cost, and the items of each kind of charge together: a million kroner. */
export const MOST_ORE = 100_000_000;

/** What is wrong with an amount. Each has words under `vendors:quote.problem.*`. */
export type AmountProblem = 'amount' | 'negative' | 'currency';

/** What is wrong with an item: with its words, its amount or its VAT, and then what the VAT is. */
export type ItemProblem =
  | { readonly field: 'text' | 'amount' | 'vat'; readonly reason: AmountProblem | 'no-text' }
  | { readonly field: 'vat'; readonly reason: 'vat-wrong'; readonly rightOre: number };

/** What is wrong with a quote as typed: it has too many items or none, comes to too much, or items of it by their place. */
export type ItemsProblem =
  | { readonly kind: 'too-many' | 'too-much' | 'none' }
  | { readonly kind: 'items'; readonly problems: ReadonlyMap<number, ItemProblem> };

/** Kroner as people type them (`1 661,30`, `99 kr`, `0`) in øre, excluding what is negative or in another currency. */
export function readAmount(typed: string): Result<number, AmountProblem> {
  const text = typed
    .replace(/[\s\u00a0]/gu, '')
    .replace(/^(?:nok|kr\.?)/iu, '')
    .replace(/(?:nok|kr\.?|,-)$/iu, '');
  if (/[\p{L}\p{Sc}]/u.test(text)) return err('currency');
  if (/^[-−–]/u.test(text)) return err('negative');
  const found = /^([0-9]{1,7})(?:[.,]([0-9]{1,2}))?$/u.exec(text);
  if (found === null) return err('amount');
  const ore = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
  return ore <= MOST_ORE ? ok(ore) : err('amount');
}

/**
 * Reads the items of a quote, with the official price first. What has neither words, amount nor VAT is left out.
 * @param official øre excluding VAT, from the price list
 */
export function readItems(
  typed: readonly TypedItem[],
  official: number,
  vatBasisPoints: number,
): Result<readonly QuoteItem[], ItemsProblem> {
  const items: QuoteItem[] = [
    itemOf({ kind: 'official', text: '', per: 'card', ore: official }, vatBasisPoints),
  ];
  const problems = new Map<number, ItemProblem>();
  for (const [place, one] of typed.entries()) {
    if (one.text === '' && one.amount === '' && one.vat === '') continue;
    const read = readItem(one, vatBasisPoints);
    if (read.ok) items.push(read.value);
    else problems.set(place, read.error);
  }
  if (items.length + problems.size > MAX_ITEMS) return err({ kind: 'too-many' });
  if (problems.size > 0) return err({ kind: 'items', problems });
  const { feeOre, orderOre, onceOre } = sumsOf(items);
  if (Math.max(feeOre, orderOre, onceOre) > MOST_ORE) return err({ kind: 'too-much' });
  return items.length === 1 ? err({ kind: 'none' }) : ok(items);
}

function readItem(typed: TypedItem, vatBasisPoints: number): Result<QuoteItem, ItemProblem> {
  if (typed.kind === 'other' && typed.text === '') return err({ field: 'text', reason: 'no-text' });
  const amount = readAmount(typed.amount);
  if (!amount.ok) return err({ field: 'amount', reason: amount.error });
  const { kind, text } = typed;
  const per = kind === 'other' ? typed.per : FIXED_ITEMS[kind];
  const item = itemOf({ kind, text: kind === 'other' ? text : '', per, ore: amount.value }, vatBasisPoints);
  if (typed.vat === '') return ok(item);
  const vat = readAmount(typed.vat);
  if (!vat.ok) return err({ field: 'vat', reason: vat.error });
  return vat.value === item.vatOre
    ? ok(item)
    : err({ field: 'vat', reason: 'vat-wrong', rightOre: item.vatOre });
}

function itemOf(item: Omit<QuoteItem, 'vatBasisPoints' | 'vatOre'>, vatBasisPoints: number): QuoteItem {
  return { ...item, vatBasisPoints, vatOre: vatOf(nok(item.ore), vatBasisPoints).ore };
}

/** What a quote comes to by what it is charged for; øre excluding VAT. */
export interface QuoteSums {
  /** Null for a quote that says nothing of the official price. */
  readonly officialOre: number | null;
  /** On top of the official price, for each card. */
  readonly feeOre: number;
  /** For each order, whatever it holds. */
  readonly orderOre: number;
  /** Once, when the quote is accepted. */
  readonly onceOre: number;
}

/** Adds the items up. */
export function sumsOf(items: readonly QuoteItem[]): QuoteSums {
  const sum = (per: ChargedPer) =>
    items.filter((one) => one.per === per && one.kind !== 'official').reduce((all, { ore }) => all + ore, 0);
  const official = items.find(({ kind }) => kind === 'official');
  return {
    officialOre: official?.ore ?? null,
    feeOre: sum('card'),
    orderOre: sum('order'),
    onceOre: sum('once'),
  };
}

/** The sums of a quote that is nothing but a published fee per card. */
export function sumsOfFee(officialOre: number, feeOre: number): QuoteSums {
  return { officialOre, feeOre, orderOre: 0, onceOre: 0 };
}

/** What a vendor's fees come to for everyone who needs a card; øre excluding VAT. */
export interface ExtraCost {
  readonly workers: number;
  /** The fees per card. */
  readonly ore: number;
  /** With the start fee, and the fees of the one order that is for all. */
  readonly wholeOre: number;
}

/**
 * What the fees come to where they are several hundred kroner a card; undefined where they are less, or nobody is employed.
 * A card lasts two years, as an agreement does, so that each worker needs one in that time.
 */
export function extraCost(
  { feeOre, orderOre, onceOre }: Omit<QuoteSums, 'officialOre'>,
  workers: number,
  fromOre: number,
): ExtraCost | undefined {
  const ore = feeOre * workers;
  const wholeOre = ore + orderOre + onceOre;
  return workers > 0 && wholeOre >= fromOre * workers ? { workers, ore, wholeOre } : undefined;
}

export type DayProblem = 'past' | 'too-late';

/** Why a quote cannot hold to this day; undefined when it can. */
export function lastDayProblem(day: PlainDate, today: PlainDate, latest: PlainDate): DayProblem | undefined {
  if (day < today) return 'past';
  return day > latest ? 'too-late' : undefined;
}

export type OfferState = 'open' | 'lapsed' | 'accepted' | 'withdrawn' | 'replaced';

/** How far an offer has come. */
export function stateOfOffer(
  offer: { readonly outcome: 'accepted' | 'withdrawn' | 'replaced' | null; readonly validUntil: Date },
  now: Date,
): OfferState {
  return offer.outcome ?? (now < offer.validUntil ? 'open' : 'lapsed');
}
