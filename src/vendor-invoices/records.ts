import { sql } from 'kysely';
import type { Permitted } from '../access/index.ts';
import type { Vault } from '../database/encryption.ts';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { Agreed, Difference, InvoicedOrder, InvoiceLine } from './rules.ts';

const businessOf = ({ facts }: Permitted) => facts.business?.id ?? null;

export interface OrderingVendor {
  readonly id: string;
  readonly number: string;
  readonly name: string;
}

/** Vendors that the business has given a mandate, now or before. */
export async function vendorsOf(permitted: Permitted): Promise<OrderingVendor[]> {
  const { rows } = await sql<OrderingVendor>`
    select b.id, b.organisation_number as number, b.name from businesses b
    where b.id in (select vendor_id from mandates where business_id = ${businessOf(permitted)} and vendor_id is not null)
    order by lower(b.name), b.id`.execute(permitted.query);
  return rows;
}

/** An order that a vendor placed, to be ticked; the newest first, at most a hundred. */
export type OrderOfVendor = InvoicedOrder & { readonly placedAt: Date };

export async function ordersOf(permitted: Permitted, vendorId: string): Promise<OrderOfVendor[]> {
  const { rows } = await sql<OrderOfVendor>`
    select o.number, o.placed_at as "placedAt", o.fee_ore as "feeOre", o.order_fee_ore as "orderFeeOre",
      (select count(*)::integer from order_lines l where l.order_id = o.id and l.state not in ('cancelled', 'rejected')) as cards
    from orders o where o.business_id = ${businessOf(permitted)} and o.vendor_id = ${vendorId} and o.state = 'placed'
    order by o.id desc limit 100`.execute(permitted.query);
  return rows;
}

/** What was accepted and what has been invoiced before, of one vendor; with the id of the quote, when there is one. */
export async function agreedWith(
  permitted: Permitted,
  vendorId: string,
  orders: readonly InvoicedOrder[],
): Promise<{ readonly quoteId: string | null; readonly agreed: Agreed }> {
  const business = businessOf(permitted);
  const { rows } = await sql<{
    quoteId: string | null;
    onceOre: number | null;
    items: { per: string; text: string; ore: number }[] | null;
    vatBasisPoints: number;
  }>`
    select q.id as "quoteId", q.once_ore as "onceOre", q.items,
      (select basis_points from vat_rates where valid_from <= ${permitted.now} order by valid_from desc limit 1) as "vatBasisPoints"
    from (select 1) one left join lateral (select q.id, q.once_ore, o.items from quotes q left join quote_offers o on o.id = q.offer_id
      where q.business_id = ${business} and q.vendor_id = ${vendorId} order by q.accepted_at desc, q.id desc limit 1) q on true`.execute(
    permitted.query,
  );
  const { rows: before } = await sql<{ number: string; orders: InvoicedOrder[]; lines: InvoiceLine[] }>`
    select number, orders, lines from vendor_invoices where business_id = ${business} and vendor_id = ${vendorId}
    order by id`.execute(permitted.query);
  const [quote] = rows;
  const invoicedBefore = new Map(
    before.flatMap((one) => one.orders.map((order): [number, string] => [order.number, one.number])),
  );
  const agreed = {
    orders,
    onceOre: quote?.onceOre ?? 0,
    onRequest: (quote?.items ?? []).filter(({ per }) => per === 'on-request'),
    startFeeOn: before.find(({ lines }) => lines.some(({ kind }) => kind === 'once'))?.number,
    invoicedBefore,
    vatBasisPoints: quote?.vatBasisPoints ?? 0,
  };
  return { quoteId: quote?.quoteId ?? null, agreed };
}

/** Lets a vendor's invoices be recorded one at a time, so that each is held against those before it. */
export async function lockInvoices(permitted: Permitted, vendorId: string): Promise<void> {
  const key = `vendor-invoices:${businessOf(permitted) ?? ''}:${vendorId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(permitted.query);
}

export interface NewVendorInvoice {
  readonly vendor: OrderingVendor;
  readonly number: string;
  readonly issuedOn: PlainDate;
  readonly quoteId: string | null;
  readonly lines: readonly InvoiceLine[];
  readonly totalOre: number;
  readonly orders: readonly InvoicedOrder[];
  readonly differences: readonly Difference[];
  readonly file: { readonly name: string; readonly bytes: Uint8Array } | undefined;
}

const purposeOf = (id: string) => `vendor-invoice:${id}`;

/** Keeps an invoice, its file encrypted; undefined when the vendor's invoice by that number is kept already. */
export async function insertVendorInvoice(
  permitted: Permitted,
  vault: Vault,
  invoice: NewVendorInvoice,
): Promise<string | undefined> {
  const { facts, query, now } = permitted;
  if (!facts.session || !facts.business)
    throw new Error('An invoice is recorded by a person for a business.');
  const id = uuidv7();
  const row = await query
    .insertInto('vendor_invoices')
    .values({
      id,
      business_id: facts.business.id,
      vendor_id: invoice.vendor.id,
      vendor_name: invoice.vendor.name,
      number: invoice.number,
      issued_on: invoice.issuedOn,
      quote_id: invoice.quoteId,
      lines: JSON.stringify(invoice.lines),
      total_ore: invoice.totalOre,
      orders: JSON.stringify(invoice.orders),
      differences: JSON.stringify(invoice.differences),
      file_name: invoice.file?.name ?? null,
      file: invoice.file === undefined ? null : vault.encrypt(invoice.file.bytes, purposeOf(id)),
      file_encrypted: invoice.file !== undefined,
      recorded_by: facts.session.personId,
      recorded_by_name: facts.session.name,
      recorded_at: now,
    })
    .onConflict((conflict) => conflict.columns(['business_id', 'vendor_id', 'number']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Invoices on a page of the list. */
export const PAGE_SIZE = 25;

/** A vendor's invoice as it was recorded. */
export interface VendorInvoice {
  readonly id: string;
  readonly vendorName: string;
  readonly number: string;
  readonly issuedOn: PlainDate;
  readonly lines: readonly InvoiceLine[];
  readonly totalOre: number;
  readonly orders: readonly InvoicedOrder[];
  readonly differences: readonly Difference[];
  readonly fileName: string | null;
  readonly recordedByName: string;
  readonly recordedAt: Date;
}

const columns = sql`id, vendor_name as "vendorName", number, issued_on::text as "issuedOn", lines, total_ore as "totalOre", orders,
  differences, file_name as "fileName", recorded_by_name as "recordedByName", recorded_at as "recordedAt"`;

/** A page of the business's list, the newest first, and how many there are. */
export async function listVendorInvoices(
  permitted: Permitted,
  page: number,
): Promise<{ readonly rows: VendorInvoice[]; readonly total: number }> {
  const { rows } = await sql<VendorInvoice & { total: number }>`
    select ${columns}, count(*) over ()::integer as total from vendor_invoices where business_id = ${businessOf(permitted)}
    order by id desc limit ${PAGE_SIZE} offset ${(page - 1) * PAGE_SIZE}`.execute(permitted.query);
  return { rows, total: rows[0]?.total ?? 0 };
}

export async function findVendorInvoice(
  permitted: Permitted,
  id: string,
): Promise<VendorInvoice | undefined> {
  const { rows } = await sql<VendorInvoice>`
    select ${columns} from vendor_invoices where business_id = ${businessOf(permitted)} and id = ${id}`.execute(
    permitted.query,
  );
  return rows[0];
}

/** The file that was recorded with it; undefined where there is none. */
export async function vendorInvoiceFile(
  permitted: Permitted,
  vault: Vault,
  id: string,
): Promise<{ readonly fileName: string; readonly content: Buffer } | undefined> {
  const { rows } = await sql<{ fileName: string; file: Buffer; encrypted: boolean }>`
    select file_name as "fileName", file, file_encrypted as encrypted from vendor_invoices
    where business_id = ${businessOf(permitted)} and id = ${id} and file is not null`.execute(
    permitted.query,
  );
  const [found] = rows;
  return (
    found && {
      fileName: found.fileName,
      content: found.encrypted ? vault.decryptBytes(found.file, purposeOf(id)) : found.file,
    }
  );
}

/** Encrypts the next file that was kept before files were, for a task; false when there is none left. */
export async function encryptNextFile({ query }: Transaction, vault: Vault): Promise<boolean> {
  const row = await query
    .selectFrom('vendor_invoices')
    .select(['id', 'file'])
    .where('file', 'is not', null)
    .where('file_encrypted', '=', false)
    .orderBy('id')
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.file === null) return false;
  await query
    .updateTable('vendor_invoices')
    .set({ file: vault.encrypt(row.file, purposeOf(row.id)), file_encrypted: true })
    .where('id', '=', row.id)
    .execute();
  return true;
}
