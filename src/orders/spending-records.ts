import { sql } from 'kysely';
import type { Permitted } from '../access/index.ts';

/** What was ordered in an Oslo year by one vendor, or by the business itself; øre. */
export interface Spending {
  readonly year: number;
  /** Null: the business itself. */
  readonly vendorName: string | null;
  readonly cards: number;
  /** Official prices and fees, excluding VAT. */
  readonly priceOre: number;
  readonly feeOre: number;
  /** VAT of each order on its whole sum, half up, as on the order. */
  readonly vatOre: number;
}

/** The newest years; a business has few vendors in each. */
const MOST_ROWS = 200;

/** What the business's placed orders come to, by year and who ordered; cancelled and rejected cards cost nothing. */
export async function spendingByYear({ query, facts }: Permitted): Promise<Spending[]> {
  const { rows } = await sql<Spending>`
    with placed as (
      select extract(year from oslo_date(o.placed_at))::int as year, o.vendor_id, o.vendor_name, o.price_ore, o.fee_ore,
        o.vat_basis_points, count(*) as cards
      from orders o join order_lines l on l.order_id = o.id
      where o.business_id = ${facts.business?.id ?? null} and o.state = 'placed' and l.state not in ('cancelled', 'rejected')
      group by o.id)
    select year, (array_agg(vendor_name order by year desc))[1] as "vendorName", sum(cards)::int as cards,
      sum(price_ore * cards)::float8 as "priceOre", sum(fee_ore * cards)::float8 as "feeOre",
      sum(div((price_ore + fee_ore) * cards * vat_basis_points + 5000, 10000))::float8 as "vatOre"
    from placed group by year, vendor_id order by year desc, vendor_id nulls first limit ${MOST_ROWS}`.execute(
    query,
  );
  return rows;
}
