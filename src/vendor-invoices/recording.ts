import { act, type ActingFor, filesTooMany, look, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { osloToday, type PlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { pdfProblem, type PdfProblem, safeFileName, type SentFile } from '../web/pdf-file.ts';
import * as records from './records.ts';
import { differencesOf, type InvoiceLine } from './rules.ts';

export interface VendorInvoiceDeps {
  readonly database: Pick<Database, 'request'>;
  readonly vault: Vault;
}

/** The largest file that is kept with an invoice. */
export const MAX_FILE = 10_000_000;

const READ = { right: 'invoices.read', action: 'vendor-invoice.seen', neverForVendor: true } as const;
const RECORD = { right: 'agreements.sign', action: 'vendor-invoice.record' } as const;

/** A page of what vendors have invoiced the business, as it was recorded. */
export function seeVendorInvoices(deps: VendorInvoiceDeps, acting: ActingFor, page: number) {
  return look(deps.database, acting, READ, async (permitted) => ({
    permitted,
    invoices: await records.listVendorInvoices(permitted, page),
  }));
}

/** One of them; undefined for one that is not the business's. */
export function seeVendorInvoice(deps: VendorInvoiceDeps, acting: ActingFor, id: string) {
  return look(deps.database, acting, READ, async (permitted) => ({
    permitted,
    invoice: isUuid(id) ? await records.findVendorInvoice(permitted, id) : undefined,
  }));
}

/** The file that was recorded with one. */
export function readFile(deps: VendorInvoiceDeps, acting: ActingFor, id: string) {
  return look(deps.database, acting, READ, async (permitted) =>
    isUuid(id) ? records.vendorInvoiceFile(permitted, deps.vault, id) : undefined,
  );
}

/** What the form is drawn from: the vendors, and once one is chosen what it has ordered. */
export function openRecording(deps: VendorInvoiceDeps, acting: ActingFor, vendorNumber: string | undefined) {
  return look(deps.database, acting, RECORD, async (permitted) => {
    const vendors = await records.vendorsOf(permitted);
    const vendor = vendors.find(({ number }) => number === vendorNumber);
    const orders = vendor === undefined ? [] : await records.ordersOf(permitted, vendor.id);
    return { permitted, vendors, vendor, orders };
  });
}

/** An invoice as it was typed, with the numbers of the orders that it is for. */
export interface TypedInvoice {
  readonly vendorNumber: string;
  readonly number: string;
  readonly issuedOn: PlainDate;
  readonly lines: readonly InvoiceLine[];
  readonly totalOre: number;
  readonly orders: readonly number[];
  readonly file: SentFile | undefined;
}

/** Why nothing was recorded. Each has words under `vendor-invoices:problem.*`. */
export type RecordingProblem =
  | 'no-vendor'
  | 'no-lines'
  | 'day-ahead'
  | 'unknown-order'
  | 'number-used'
  | { readonly file: PdfProblem | 'too-many-today' };

/**
 * Records what a vendor has invoiced, with every way in which it differs from the quote and the orders. Officers only. Returns its id.
 */
export async function recordVendorInvoice(
  deps: VendorInvoiceDeps,
  acting: ActingFor,
  typed: TypedInvoice,
): Promise<Result<string, RecordingProblem | Refused>> {
  return act<string, RecordingProblem>(deps.database, acting, RECORD, async (permitted) => {
    const vendor = (await records.vendorsOf(permitted)).find(({ number }) => number === typed.vendorNumber);
    if (vendor === undefined) return err('no-vendor');
    if (typed.lines.length === 0) return err('no-lines');
    if (typed.issuedOn > osloToday(permitted.now)) return err('day-ahead');
    const file = typed.file && pdfProblem(typed.file.bytes, MAX_FILE);
    if (file !== undefined) return err({ file });
    if (typed.file !== undefined && (await filesTooMany(permitted))) return err({ file: 'too-many-today' });
    await records.lockInvoices(permitted, vendor.id);
    const known = await records.ordersOf(permitted, vendor.id);
    const orders = known
      .filter(({ number }) => typed.orders.includes(number))
      .map(({ number, cards, feeOre, orderFeeOre }) => ({ number, cards, feeOre, orderFeeOre }));
    if (orders.length !== new Set(typed.orders).size) return err('unknown-order');
    const { quoteId, agreed } = await records.agreedWith(permitted, vendor.id, orders);
    const differences = differencesOf(typed.lines, typed.totalOre, agreed);
    const id = await records.insertVendorInvoice(permitted, deps.vault, {
      ...{ vendor, quoteId, orders, differences, number: typed.number, issuedOn: typed.issuedOn },
      ...{ lines: typed.lines, totalOre: typed.totalOre },
      file: typed.file && { name: safeFileName(typed.file.name), bytes: typed.file.bytes },
    });
    if (id === undefined) return err('number-used');
    await permitted.audit({
      subject: { kind: 'vendor-invoice', id },
      changes: {
        vendorId: vendor.id,
        totalOre: typed.totalOre,
        differences: differences.map(({ reason }) => reason),
      },
    });
    return ok(id);
  });
}

export const ENCRYPT = 'vendor-invoices.encrypt';

/** Encrypts the files that were kept before files were encrypted, one in a transaction. */
export async function encryptFiles({ database, vault }: VendorInvoiceDeps): Promise<void> {
  let more = true;
  while (more)
    more = await inTransaction(database, { kind: 'job', name: ENCRYPT }, (transaction) =>
      records.encryptNextFile(transaction, vault),
    );
}
