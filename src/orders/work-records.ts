import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { firstDayOfMonth, startOfDay } from '../kernel/dates.ts';

/** What waits at one customer that somebody of a vendor may act for, in cards. */
export interface CustomerWork {
  readonly vendorNumber: string;
  readonly vendorName: string;
  readonly businessNumber: string;
  readonly businessName: string;
  readonly endsAt: Date;
  readonly mayOrder: boolean;
  readonly awaitingMedia: number;
  readonly awaitingApproval: number;
  /** In the last thirty days. */
  readonly rejected: number;
  readonly inProduction: number;
  /** Null: the mandate has no such limit. */
  readonly cardsLeft: number | null;
}

/** The customers of the signed-in person, those with most to do first. */
export async function customerWork({ query, now }: Transaction): Promise<CustomerWork[]> {
  const { rows } = await sql<CustomerWork>`
    select vendor_number as "vendorNumber", vendor_name as "vendorName", business_number as "businessNumber",
      business_name as "businessName", ends_at as "endsAt", may_order as "mayOrder", awaiting_media::int as "awaitingMedia",
      awaiting_approval::int as "awaitingApproval", rejected::int, in_production::int as "inProduction",
      case when cards_per_month is not null then greatest(cards_per_month - cards_placed, 0) end::int as "cardsLeft"
    from vendor_work(${startOfDay(firstDayOfMonth(now))})
    order by vendor_name, vendor_number, awaiting_media + rejected desc, ends_at, business_name, business_number`.execute(
    query,
  );
  return rows;
}
