import { look, type ActingFor, type Permitted } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { isUuid } from '../kernel/ids.ts';
import { osloToday, type PlainDate } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from '../staff/index.ts';
import * as records from './records.ts';
import { mayDo, stateOf, type InvoiceAction, type TakenOut } from './rules.ts';

/** What showing invoices and recording payments needs. */
export interface InvoiceDeps {
  readonly database: Pick<Database, 'request'>;
}

export const PAGE_SIZE = 50;

const seeing = { right: 'invoices.read', action: 'invoices.view' } as const;

/** A page of the business's invoices and credit notes; a vendor's of orders that it made. */
export function seeInvoices({ database }: InvoiceDeps, acting: ActingFor, page: number) {
  return look(database, acting, seeing, async (permitted: Permitted) => ({
    permitted,
    ...(await records.listInvoices(permitted, { page, size: PAGE_SIZE })),
  }));
}

/** An invoice with its credit notes and payments, none of which is ever changed. */
export interface InvoiceView {
  readonly invoice: records.Invoice;
  readonly creditNotes: readonly records.Invoice[];
  readonly payments: readonly records.Payment[];
}

/** One document with what became of it; without it when there is none that the asker may see. */
export function seeInvoice({ database }: InvoiceDeps, acting: ActingFor, id: string) {
  return look(database, acting, seeing, async (permitted: Permitted) => {
    return { permitted, view: await viewOf(permitted, id) };
  });
}

async function viewOf(permitted: Permitted | StaffPermitted, id: string): Promise<InvoiceView | undefined> {
  const invoice = isUuid(id) ? await records.findInvoice(permitted, id) : undefined;
  if (invoice === undefined) return undefined;
  return {
    invoice,
    creditNotes: await records.creditNotesOf(permitted, invoice.id),
    payments: await records.paymentsOf(permitted, invoice.id),
  };
}

// The operator ------------------------------------------------------------------------------------------------------

const reading = { right: 'payments.read', action: 'payments.list' } as const;

/** What is owed, the longest overdue first; or what has this number or KID. */
export function searchInvoices(
  { database }: InvoiceDeps,
  acting: StaffActing,
  wanted: { readonly search: string; readonly page: number },
) {
  return lookAsStaff(database, acting, reading, async (permitted) => ({
    permitted,
    ...(await records.findForStaff(permitted, { ...wanted, size: PAGE_SIZE })),
  }));
}

/** One invoice with its payments, for an operator. */
export function overseeInvoice({ database }: InvoiceDeps, acting: StaffActing, id: string) {
  return lookAsStaff(database, acting, reading, async (permitted) => {
    return { permitted, view: await viewOf(permitted, id) };
  });
}

export type PaymentProblem = 'unknown' | 'reference-used' | 'already-taken-out' | 'later-than-today';

export interface ReceivedPayment {
  readonly invoiceId: string;
  /** Øre including VAT; whole or in part, it counts as what it is. */
  readonly ore: number;
  /** The bank's own reference: what came in once is recorded once, however often it is sent. */
  readonly reference: string;
  readonly paidOn: PlainDate;
}

const recording = { right: 'payments.record', action: 'payment.recorded' } as const;

/** Records money that came in. The same again with the same reference changes nothing; other money with it is refused. */
export function recordPayment(
  { database }: InvoiceDeps,
  acting: StaffActing,
  payment: ReceivedPayment,
): Promise<Result<{ readonly paymentId: string }, PaymentProblem | StaffRefused>> {
  return actAsStaff(database, acting, recording, async (permitted) => {
    if (payment.paidOn > osloToday(permitted.now)) return err('later-than-today');
    if (!(await allows(permitted, 'record', payment.invoiceId))) return err('unknown');
    const paymentId = await records.insertPayment(permitted, {
      ...payment,
      kind: 'received',
      takesOut: null,
    });
    if (paymentId === undefined) return earlierPayment(permitted, payment);
    await auditPayment(permitted, payment.invoiceId, {
      paymentId,
      ore: payment.ore,
      reference: payment.reference,
    });
    return ok({ paymentId });
  });
}

/** Whether there is such an invoice, and its state allows that. */
async function allows(permitted: StaffPermitted, action: InvoiceAction, id: string): Promise<boolean> {
  const invoice = isUuid(id) ? await records.findInvoice(permitted, id) : undefined;
  if (invoice?.kind !== 'invoice') return false;
  return mayDo(action, stateOf(invoice, osloToday(permitted.now)));
}

async function earlierPayment(permitted: StaffPermitted, payment: ReceivedPayment) {
  const earlier = await records.paymentByReference(permitted, payment.reference);
  const same =
    earlier?.invoiceId === payment.invoiceId &&
    earlier.ore === payment.ore &&
    earlier.paidOn === payment.paidOn;
  return same ? ok({ paymentId: earlier.id }) : err('reference-used' as const);
}

/** Takes a payment out again, by a row of its own: it came twice and goes back, or it belongs to something else. */
export function takeOutPayment(
  { database }: InvoiceDeps,
  acting: StaffActing,
  wanted: { readonly invoiceId: string; readonly paymentId: string; readonly why: TakenOut },
): Promise<Result<{ readonly paymentId: string }, PaymentProblem | StaffRefused>> {
  const { invoiceId, why } = wanted;
  const request = { right: 'payments.record', action: `payment.${why}` } as const;
  return actAsStaff(database, acting, request, async (permitted) => {
    const payments = (await allows(permitted, 'take-out', invoiceId))
      ? await records.paymentsOf(permitted, invoiceId)
      : [];
    const payment = payments.find(({ id, kind }) => id === wanted.paymentId && kind === 'received');
    if (payment === undefined) return err('unknown');
    const paymentId = await records.insertPayment(permitted, {
      invoiceId,
      kind: why,
      ore: -payment.ore,
      reference: null,
      takesOut: payment.id,
      paidOn: payment.paidOn,
    });
    if (paymentId === undefined) return err('already-taken-out');
    await auditPayment(permitted, invoiceId, { paymentId, takesOut: payment.id, ore: -payment.ore });
    return ok({ paymentId });
  });
}

function auditPayment(
  permitted: StaffPermitted,
  invoiceId: string,
  changes: Readonly<Record<string, unknown>>,
) {
  return permitted.audit({ subject: { kind: 'invoice', id: invoiceId }, changes });
}
