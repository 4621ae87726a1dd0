import type { Transaction } from '../database/transaction.ts';
import { nok, type Money } from '../kernel/money.ts';

/** The official price of one card excluding VAT at that moment; undefined for a type that the price list lacks. */
export async function priceAt(
  { query }: Pick<Transaction, 'query'>,
  cardType: string,
  at: Date,
): Promise<Money | undefined> {
  const row = await query
    .selectFrom('price_list')
    .select('price_ore')
    .where('card_type', '=', cardType)
    .where('valid_from', '<=', at)
    .orderBy('valid_from', 'desc')
    .executeTakeFirst();
  return row && nok(row.price_ore);
}

/** The general VAT rate at that moment, in basis points (merverdiavgiftsloven § 5-1). Throws when none is on record. */
export async function vatAt({ query }: Pick<Transaction, 'query'>, at: Date): Promise<number> {
  const row = await query
    .selectFrom('vat_rates')
    .select('basis_points')
    .where('valid_from', '<=', at)
    .orderBy('valid_from', 'desc')
    .executeTakeFirstOrThrow();
  return row.basis_points;
}
