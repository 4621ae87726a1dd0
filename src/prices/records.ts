import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { nok, type Money } from '../kernel/money.ts';
import type { ComingChange } from './rules.ts';

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

/** What a card of that type costs from the next change on, of its price or of VAT; undefined when none is known. */
export async function changeAhead(
  { query, now }: Pick<Transaction, 'query' | 'now'>,
  cardType: string,
): Promise<ComingChange | undefined> {
  const { rows } = await sql<ComingChange>`
    select change.day as "from",
      (select price_ore from price_list where card_type = ${cardType} and valid_from <= change.day
       order by valid_from desc limit 1) as "priceOre",
      (select basis_points from vat_rates where valid_from <= change.day
       order by valid_from desc limit 1) as "vatBasisPoints"
    from (select least((select min(valid_from) from price_list where card_type = ${cardType} and valid_from > ${now}),
      (select min(valid_from) from vat_rates where valid_from > ${now})) as day) change
    where change.day is not null and exists (select from price_list where card_type = ${cardType} and valid_from <= change.day)`.execute(
    query,
  );
  return rows[0];
}

/** Who added a row, and when; null for what the system began with. */
interface Added {
  readonly source: string;
  readonly addedByName: string | null;
  readonly addedAt: Date | null;
}

export interface PriceRow extends Added {
  readonly cardType: string;
  readonly from: Date;
  readonly priceOre: number;
}

export interface VatRow extends Added {
  readonly from: Date;
  readonly basisPoints: number;
}

/** Every price there has been, is and is known to come. */
export function allPrices({ query }: Pick<Transaction, 'query'>): Promise<PriceRow[]> {
  return query
    .selectFrom('price_list')
    .select([
      'card_type as cardType',
      'valid_from as from',
      'price_ore as priceOre',
      'source',
      'added_by_name as addedByName',
      'added_at as addedAt',
    ])
    .orderBy('valid_from', 'desc')
    .orderBy('card_type')
    .execute();
}

/** Every VAT rate there has been, is and is known to come. */
export function allVatRates({ query }: Pick<Transaction, 'query'>): Promise<VatRow[]> {
  return query
    .selectFrom('vat_rates')
    .select([
      'valid_from as from',
      'basis_points as basisPoints',
      'source',
      'added_by_name as addedByName',
      'added_at as addedAt',
    ])
    .orderBy('valid_from', 'desc')
    .execute();
}

type Adding = Pick<Transaction, 'query' | 'now'> & {
  readonly person: { readonly id: string; readonly name: string };
};

const adderOf = ({ person, now }: Adding, source: string) => ({
  source,
  added_by: person.id,
  added_by_name: person.name,
  added_at: now,
});

/** Adds a price of each type from that moment; false when one of them changes at that moment already. */
export async function insertPrices(
  adding: Adding,
  price: {
    readonly cardTypes: readonly string[];
    readonly from: Date;
    readonly priceOre: number;
    readonly source: string;
  },
): Promise<boolean> {
  const result = await adding.query
    .insertInto('price_list')
    .values(
      price.cardTypes.map((card_type) => ({
        card_type,
        valid_from: price.from,
        price_ore: price.priceOre,
        ...adderOf(adding, price.source),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows) === price.cardTypes.length;
}

/** Takes prices that have not begun back; how many there were. */
export async function deletePrices(
  { query }: Pick<Transaction, 'query'>,
  price: { readonly cardTypes: readonly string[]; readonly from: Date },
): Promise<number> {
  const result = await query
    .deleteFrom('price_list')
    .where('valid_from', '=', price.from)
    .where('card_type', 'in', price.cardTypes)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Adds a VAT rate from that moment; false when it changes at that moment already. */
export async function insertVatRate(
  adding: Adding,
  rate: { readonly from: Date; readonly basisPoints: number; readonly source: string },
): Promise<boolean> {
  const result = await adding.query
    .insertInto('vat_rates')
    .values({ valid_from: rate.from, basis_points: rate.basisPoints, ...adderOf(adding, rate.source) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Takes a VAT rate that has not begun back; false when there is none. */
export async function deleteVatRate({ query }: Pick<Transaction, 'query'>, from: Date): Promise<boolean> {
  const result = await query.deleteFrom('vat_rates').where('valid_from', '=', from).executeTakeFirst();
  return result.numDeletedRows === 1n;
}
