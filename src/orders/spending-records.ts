import { sql } from 'kysely';
import type { Permitted } from '../access/index.ts';
import { totals } from '../prices/index.ts';

/** What was ordered in an Oslo year by one vendor, or by the business itself; øre. */
export interface Spending {
  readonly year: number;
  /** Null: the business itself. */
  readonly vendorName: string | null;
  readonly cards: number;
  /** Official prices and fees, excluding VAT. */
  readonly priceOre: number;
  readonly feeOre: number;
  /** The VAT of each order on its whole sum, as on the order. */
  readonly vatOre: number;
}

/** Orders that came to the same: of one year and orderer, at the same price and of as many cards. */
interface AlikeOrders {
  readonly year: number;
  readonly vendorId: string | null;
  readonly vendorName: string | null;
  readonly orders: number;
  /** In each of them. */
  readonly cards: number;
  readonly priceOre: number;
  readonly feeOre: number;
  readonly orderFeeOre: number;
  readonly vatBasisPoints: number;
}

/** What the business's placed orders come to, by year and who ordered; cancelled and rejected cards cost nothing. */
export async function spendingByYear({ query, facts }: Permitted): Promise<Spending[]> {
  const { rows } = await sql<AlikeOrders>`
    with placed as (
      select extract(year from oslo_date(o.placed_at))::int as year, o.vendor_id, o.vendor_name, o.price_ore, o.fee_ore,
        o.order_fee_ore, o.vat_basis_points, count(*)::int as cards
      from orders o join order_lines l on l.order_id = o.id
      where o.business_id = ${facts.business?.id ?? null} and o.state = 'placed' and l.state not in ('cancelled', 'rejected')
      group by o.id)
    select year, vendor_id as "vendorId", max(vendor_name) as "vendorName", count(*)::int as orders, cards,
      price_ore as "priceOre", fee_ore as "feeOre", order_fee_ore as "orderFeeOre", vat_basis_points as "vatBasisPoints"
    from placed group by year, vendor_id, cards, price_ore, fee_ore, order_fee_ore, vat_basis_points
    order by year desc, vendor_id nulls first`.execute(query);
  const sums = Map.groupBy(rows, ({ year, vendorId }) => `${String(year)} ${vendorId ?? ''}`);
  return [...sums.values()].map(sumUp);
}

function sumUp(alike: readonly AlikeOrders[]): Spending {
  const sum = (of: (row: AlikeOrders) => number) =>
    alike.reduce((total, row) => total + row.orders * of(row), 0);
  const of = (row: AlikeOrders) => totals({ ...row, count: row.cards });
  return {
    year: alike[0]?.year ?? 0,
    vendorName: alike[0]?.vendorName ?? null,
    cards: sum((row) => row.cards),
    priceOre: sum((row) => of(row).cards.ore),
    feeOre: sum((row) => of(row).fees.ore),
    vatOre: sum((row) => of(row).vat.ore),
  };
}
