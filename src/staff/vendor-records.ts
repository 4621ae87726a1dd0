import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { VendorSort } from './rules.ts';

type Reading = Pick<Transaction, 'query'>;

/** A registered vendor as a case officer sees it: what is public, and numbers. */
export interface OverseenVendor {
  readonly id: string;
  readonly organisationNumber: string;
  readonly name: string;
  readonly registeredAt: Date;
  readonly barredAt: Date | null;
  /** As they were counted last; undefined for a vendor that came after that. */
  readonly figures: VendorFigures | undefined;
  /** Businesses with a mandate to it that has not been ended, now; 0 in a list. */
  readonly customersNow: number;
  /** Mandates that somebody could be set up to use now; 0 in a list. */
  readonly mandatesInForce: number;
  /** Orders with lines that are not in production yet, now; 0 in a list. */
  readonly openOrders: number;
}

/** Exact numbers of a vendor. Fees are øre per card without VAT, of the last twelve months; undefined where none was agreed. */
export interface VendorFigures {
  readonly customers: number;
  readonly fees: { readonly least: number; readonly median: number; readonly most: number } | undefined;
  /** Of the last 90 days; those at contact details are among them. */
  readonly refused: number;
  readonly contactAttempts: number;
  /** Of the last twelve months. */
  readonly complaints: number;
  readonly signals: number;
  readonly countedAt: Date;
}

interface VendorRow {
  readonly id: string;
  readonly organisation_number: string;
  readonly name: string;
  readonly registered_at: Date;
  readonly barred_at: Date | null;
  readonly customers: number;
  readonly fee_least: number | null;
  readonly fee_median: string | null;
  readonly fee_most: number | null;
  readonly refused: number;
  readonly contact_attempts: number;
  readonly complaints: number;
  readonly signals: number;
  readonly counted_at: Date | null;
  readonly customers_now: number;
  readonly mandates_in_force: number;
  readonly open_orders: number;
  readonly total: number;
}

export type WantedVendors =
  | {
      readonly search: string;
      readonly sort: VendorSort;
      /** From 1; all of them without a page. */
      readonly page: number | undefined;
      readonly pageSize: number;
    }
  | { readonly organisationNumber: string };

/** Vendors by a part of the name or the whole number; or one by its number. */
export async function overseenVendors(
  { query }: Reading,
  wanted: WantedVendors,
): Promise<{ readonly rows: readonly OverseenVendor[]; readonly total: number }> {
  const { rows } = await (
    'search' in wanted
      ? sql<VendorRow>`select * from staff_vendors(${wanted.search}, null, ${wanted.sort},
        ${wanted.page === undefined ? null : wanted.pageSize}, ${((wanted.page ?? 1) - 1) * wanted.pageSize})`
      : sql<VendorRow>`select * from staff_vendors('', ${wanted.organisationNumber}, 'name', 1, 0)`
  ).execute(query);
  return { rows: rows.map(toVendor), total: rows[0]?.total ?? 0 };
}

function toVendor(row: VendorRow): OverseenVendor {
  return {
    id: row.id,
    organisationNumber: row.organisation_number,
    name: row.name,
    registeredAt: row.registered_at,
    barredAt: row.barred_at,
    figures: row.counted_at === null ? undefined : toFigures(row, row.counted_at),
    customersNow: row.customers_now,
    mandatesInForce: row.mandates_in_force,
    openOrders: row.open_orders,
  };
}

function toFigures(row: VendorRow, countedAt: Date): VendorFigures {
  const { fee_least: least, fee_median: median, fee_most: most } = row;
  return {
    customers: row.customers,
    fees:
      least === null || median === null || most === null
        ? undefined
        : { least, median: Math.round(Number(median)), most },
    refused: row.refused,
    contactAttempts: row.contact_attempts,
    complaints: row.complaints,
    signals: row.signals,
    countedAt,
  };
}

/** What anybody has reported of a vendor, once a case officer has found it to be about it. */
export interface Complaint {
  readonly id: string;
  readonly about: string;
  readonly receivedAt: Date;
  readonly state: string;
}

/** The reports about a vendor, the newest first, at most so many. */
export function complaintsOf({ query }: Reading, vendorId: string, most: number): Promise<Complaint[]> {
  return query
    .selectFrom('vendor_reports')
    .select(['id', 'about', 'received_at as receivedAt', 'state'])
    .where('vendor_id', '=', vendorId)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
}
