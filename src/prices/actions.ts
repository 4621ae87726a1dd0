import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { startOfDay, type PlainDate } from '../kernel/dates.ts';
import type { Money } from '../kernel/money.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import * as records from './records.ts';
import { dayProblem, type DayProblem } from './rules.ts';

export interface PriceDeps {
  readonly database: Pick<Database, 'request'>;
}

/** The official price of one card excluding VAT as it is now, for whoever asks. The card types cost the same. */
export function cardPriceNow(database: Pick<Database, 'request'>): Promise<Money | undefined> {
  return inTransaction(database, { kind: 'anonymous' }, (transaction) =>
    records.priceAt(transaction, 'construction', transaction.now),
  );
}

/** Both lists as they were, are and are known to become. */
export interface PriceLists {
  readonly prices: readonly records.PriceRow[];
  readonly vatRates: readonly records.VatRow[];
  readonly now: Date;
}

async function listsOf(transaction: Transaction): Promise<PriceLists> {
  return {
    prices: await records.allPrices(transaction),
    vatRates: await records.allVatRates(transaction),
    now: transaction.now,
  };
}

/** The lists, for whoever asks. */
export function publicPriceLists({ database }: PriceDeps): Promise<PriceLists> {
  return inTransaction(database, { kind: 'anonymous' }, listsOf);
}

/** The lists, for an operator who changes them. */
export function overseePriceLists(
  { database }: PriceDeps,
  acting: StaffActing,
): Promise<Result<PriceLists, StaffRefused>> {
  return lookAsStaff(database, acting, { right: 'prices.change', action: 'prices.list' }, listsOf);
}

export interface AddPrice {
  readonly cardTypes: readonly string[];
  readonly firstDay: PlainDate;
  /** Of one card, excluding VAT. */
  readonly priceOre: number;
  /** Where it is announced. */
  readonly source: string;
}

/** `taken`: a change from that day is on the list; `unknown`: there is none, or it has begun. */
export type PriceProblem = DayProblem | 'taken' | 'unknown';

/** Adds a price that holds from the beginning of a later day in Oslo until the next one begins. Operators only. */
export function addPrice(
  { database }: PriceDeps,
  acting: StaffActing,
  { firstDay, ...price }: AddPrice,
): Promise<Result<undefined, PriceProblem | StaffRefused>> {
  const request = { right: 'prices.change', action: 'price.added' } as const;
  return actAsStaff<undefined, PriceProblem>(database, acting, request, async (permitted) => {
    const problem = dayProblem(firstDay, permitted.now);
    if (problem !== undefined) return err(problem);
    const from = startOfDay(firstDay);
    if (!(await records.insertPrices(permitted, { ...price, from }))) return err('taken');
    const { cardTypes, priceOre, source } = price;
    await permitted.audit({ changes: { cardTypes, firstDay, priceOre }, detail: { source } });
    return ok(undefined);
  });
}

/** Takes a price back before it begins: what held before it holds on. Operators only. */
export function withdrawPrice(
  { database }: PriceDeps,
  acting: StaffActing,
  { cardTypes, firstDay }: Pick<AddPrice, 'cardTypes' | 'firstDay'>,
): Promise<Result<undefined, PriceProblem | StaffRefused>> {
  const request = { right: 'prices.change', action: 'price.withdrawn' } as const;
  return actAsStaff<undefined, PriceProblem>(database, acting, request, async (permitted) => {
    const price = { cardTypes, from: startOfDay(firstDay) };
    if ((await records.deletePrices(permitted, price)) !== cardTypes.length) return err('unknown');
    await permitted.audit({ changes: { cardTypes, firstDay } });
    return ok(undefined);
  });
}

/** Adds a VAT rate, as `addPrice` does a price. */
export function addVatRate(
  { database }: PriceDeps,
  acting: StaffActing,
  rate: { readonly firstDay: PlainDate; readonly basisPoints: number; readonly source: string },
): Promise<Result<undefined, PriceProblem | StaffRefused>> {
  const request = { right: 'prices.change', action: 'vat-rate.added' } as const;
  return actAsStaff<undefined, PriceProblem>(database, acting, request, async (permitted) => {
    const { firstDay, basisPoints, source } = rate;
    const problem = dayProblem(firstDay, permitted.now);
    if (problem !== undefined) return err(problem);
    const added = await records.insertVatRate(permitted, { basisPoints, source, from: startOfDay(firstDay) });
    if (!added) return err('taken');
    await permitted.audit({ changes: { firstDay, basisPoints }, detail: { source } });
    return ok(undefined);
  });
}

/** Takes a VAT rate back before it begins. Operators only. */
export function withdrawVatRate(
  { database }: PriceDeps,
  acting: StaffActing,
  firstDay: PlainDate,
): Promise<Result<undefined, PriceProblem | StaffRefused>> {
  const request = { right: 'prices.change', action: 'vat-rate.withdrawn' } as const;
  return actAsStaff<undefined, PriceProblem>(database, acting, request, async (permitted) => {
    if (!(await records.deleteVatRate(permitted, startOfDay(firstDay)))) return err('unknown');
    await permitted.audit({ changes: { firstDay } });
    return ok(undefined);
  });
}
