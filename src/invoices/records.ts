import { sql } from 'kysely';
import { z } from 'zod';
import type { Permitted } from '../access/index.ts';
import type { Transaction } from '../database/transaction.ts';
import { osloToday, type PlainDate } from '../kernel/dates.ts';
import type { SumWithVat } from '../kernel/money.ts';
import { FIRST_NUMBER, MOST_REMINDERS, remindedBefore, type Parties, type TakenOut } from './rules.ts';

const address = z.object({ lines: z.array(z.string()), postalCode: z.string(), place: z.string() });
const party = z.object({ name: z.string(), organisationNumber: z.string(), address });
const parties = z.object({
  seller: party.extend({ account: z.string() }),
  buyer: party,
  unit: z.object({ name: z.string(), organisationNumber: z.string() }),
});
/** An address as the register had it: parts may be missing. */
const registeredAddress = z.object({
  lines: z.array(z.string()).default([]),
  postalCode: z.string().default(''),
  place: z.string().default(''),
});

// Issuing -----------------------------------------------------------------------------------------------------------

/** Takes an order that wants to be invoiced or credited and that nobody else is at work on; undefined when none does. */
export async function takeWanted({ query }: Transaction): Promise<string | undefined> {
  const row = await query
    .selectFrom('invoices_wanted')
    .select('order_id')
    .orderBy('wanted_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  return row?.order_id;
}

export async function settleWanted({ query }: Transaction, orderId: string): Promise<void> {
  await query.deleteFrom('invoices_wanted').where('order_id', '=', orderId).execute();
}

/** What an invoice is written from. */
export async function orderToInvoice({ query }: Transaction, orderId: string) {
  const row = await query
    .selectFrom('orders')
    .innerJoin('businesses', 'businesses.id', 'orders.business_id')
    .innerJoin('units', 'units.id', 'orders.unit_id')
    .select([
      'orders.id',
      'orders.number',
      'orders.business_id as businessId',
      'orders.unit_id as unitId',
      'orders.vendor_id as vendorId',
      'orders.mandate_id as mandateId',
      'orders.customer_reference as customerReference',
      'orders.card_type as cardType',
      'orders.price_ore as priceOre',
      'orders.vat_basis_points as vatBasisPoints',
      'businesses.name as businessName',
      'businesses.organisation_number as businessNumber',
      'businesses.address as businessAddress',
      'units.name as unitName',
      'units.organisation_number as unitNumber',
    ])
    .where('orders.id', '=', orderId)
    .executeTakeFirstOrThrow();
  const found = registeredAddress.safeParse(row.businessAddress);
  return {
    ...row,
    businessAddress: found.success ? found.data : { lines: [], postalCode: '', place: '' },
  };
}
export type OrderToInvoice = Awaited<ReturnType<typeof orderToInvoice>>;

/** A card of an order, and what has been written for it so far. */
export interface OrderedCard {
  readonly lineId: string;
  readonly state: string;
  readonly invoiced: boolean;
  readonly credited: boolean;
}

/** The order's cards, locked: what is cancelled meanwhile waits, and finds what was written. */
export async function lockCards({ query }: Transaction, orderId: string): Promise<OrderedCard[]> {
  const lines = await query
    .selectFrom('order_lines')
    .select(['id', 'state'])
    .where('order_id', '=', orderId)
    .orderBy('id')
    .forUpdate()
    .execute();
  const written = await query
    .selectFrom('invoice_cards')
    .innerJoin('order_lines', 'order_lines.id', 'invoice_cards.order_line_id')
    .select(['invoice_cards.order_line_id as lineId', 'invoice_cards.kind'])
    .where('order_lines.order_id', '=', orderId)
    .execute();
  const linesWith = (kind: string) =>
    new Set(written.filter((one) => one.kind === kind).map(({ lineId }) => lineId));
  const [invoiced, credited] = [linesWith('invoice'), linesWith('credit-note')];
  return lines.map(({ id, state }) => ({
    lineId: id,
    state,
    invoiced: invoiced.has(id),
    credited: credited.has(id),
  }));
}

/** The next number of the issuer's sequence: taken in the document's transaction, so that none is ever missing. */
export async function takeNumber({ query }: Transaction, issuer: string): Promise<number> {
  const row = await query
    .insertInto('invoice_series')
    .values({ issuer, last_number: FIRST_NUMBER })
    .onConflict((conflict) =>
      conflict.column('issuer').doUpdateSet({ last_number: sql<number>`invoice_series.last_number + 1` }),
    )
    .returning('last_number')
    .executeTakeFirstOrThrow();
  return row.last_number;
}

/** The invoice of an order, if it has been issued. */
export async function invoiceOfOrder({ query }: Transaction, orderId: string): Promise<string | undefined> {
  const row = await query
    .selectFrom('invoices')
    .select('id')
    .where('order_id', '=', orderId)
    .where('kind', '=', 'invoice')
    .executeTakeFirst();
  return row?.id;
}

export interface NewDocument {
  readonly kind: 'invoice' | 'credit-note';
  readonly credits: string | null;
  readonly number: number;
  readonly kid: string;
  readonly dueOn: PlainDate;
  readonly lineIds: readonly string[];
  readonly sums: SumWithVat;
  readonly parties: Parties;
}

/** Writes a document with its cards; it is delivered as soon as may be. */
export async function insertDocument(
  { query, now }: Transaction,
  order: OrderToInvoice,
  document: NewDocument,
): Promise<string> {
  const { kind, sums, lineIds } = document;
  const { id } = await query
    .insertInto('invoices')
    .values({
      issuer: document.parties.seller.organisationNumber,
      number: document.number,
      kind,
      credits: document.credits,
      order_id: order.id,
      business_id: order.businessId,
      unit_id: order.unitId,
      vendor_id: order.vendorId,
      mandate_id: order.mandateId,
      issued_at: now,
      issued_on: osloToday(now),
      due_on: document.dueOn,
      kid: document.kid,
      order_number: order.number,
      customer_reference: order.customerReference,
      card_type: order.cardType,
      cards: lineIds.length,
      price_ore: order.priceOre,
      vat_basis_points: order.vatBasisPoints,
      excluding_ore: sums.excludingVat.ore,
      vat_ore: sums.vat.ore,
      including_ore: sums.includingVat.ore,
      parties: JSON.stringify(document.parties),
      try_after: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await query
    .insertInto('invoice_cards')
    .values(
      lineIds.map((order_line_id) => ({
        invoice_id: id,
        business_id: order.businessId,
        order_line_id,
        kind,
      })),
    )
    .execute();
  return id;
}

// Reading -----------------------------------------------------------------------------------------------------------

const columns = [
  'invoices.id',
  'invoices.number',
  'invoices.kind',
  'invoices.business_id as businessId',
  'invoices.order_id as orderId',
  'invoices.order_number as orderNumber',
  'invoices.customer_reference as customerReference',
  'invoices.card_type as cardType',
  'invoices.cards',
  'invoices.price_ore as priceOre',
  'invoices.vat_basis_points as vatBasisPoints',
  'invoices.excluding_ore as excludingOre',
  'invoices.vat_ore as vatOre',
  'invoices.including_ore as includingOre',
  'invoices.paid_ore as paidOre',
  'invoices.credited_ore as creditedOre',
  'invoices.credited_cards as creditedCards',
  'invoices.issued_at as issuedAt',
  'invoices.issued_on as issuedOn',
  'invoices.due_on as dueOn',
  'invoices.kid',
  'invoices.reminders',
  'invoices.reminded_at as remindedAt',
  'invoices.channel',
  'invoices.delivered_at as deliveredAt',
  'invoices.parties',
  'credited.id as creditsId',
  'credited.number as creditsNumber',
  'credited.issued_on as creditsIssuedOn',
] as const;

function documents({ query }: Pick<Transaction, 'query'>) {
  return query
    .selectFrom('invoices')
    .leftJoin('invoices as credited', 'credited.id', 'invoices.credits')
    .select(columns);
}

type Row = Awaited<ReturnType<ReturnType<typeof documents>['executeTakeFirstOrThrow']>>;

function toInvoice(row: Row) {
  const { creditsId, creditsNumber, creditsIssuedOn, ...rest } = row;
  return {
    ...rest,
    kind: z.enum(['invoice', 'credit-note']).parse(row.kind),
    channel: z.enum(['ehf', 'notice']).nullable().parse(row.channel),
    issuedOn: row.issuedOn as PlainDate,
    dueOn: row.dueOn as PlainDate,
    parties: parties.parse(row.parties),
    credits:
      creditsId === null || creditsNumber === null || creditsIssuedOn === null
        ? undefined
        : { id: creditsId, number: creditsNumber, issuedOn: creditsIssuedOn as PlainDate },
  };
}
/** An invoice or a credit note, as it was issued, and what has become of it. */
export type Invoice = ReturnType<typeof toInvoice>;

/** One document that the asker may see. */
export async function findInvoice(transaction: Transaction, id: string): Promise<Invoice | undefined> {
  const row = await documents(transaction).where('invoices.id', '=', id).executeTakeFirst();
  return row && toInvoice(row);
}

/** A page of the documents of the business that the asker may see, the newest first, and how many there are. */
export async function listInvoices(
  { query, facts }: Permitted,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<{ readonly invoices: Invoice[]; readonly count: number }> {
  const business = facts.business?.id ?? '00000000-0000-0000-0000-000000000000';
  const { count } = await query
    .selectFrom('invoices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('business_id', '=', business)
    .executeTakeFirstOrThrow();
  const rows = await documents({ query })
    .where('invoices.business_id', '=', business)
    .orderBy('invoices.id', 'desc')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { invoices: rows.map(toInvoice), count };
}

/** The credit notes of an invoice, the oldest first. */
export async function creditNotesOf(transaction: Transaction, invoiceId: string): Promise<Invoice[]> {
  const rows = await documents(transaction)
    .where('invoices.credits', '=', invoiceId)
    .orderBy('invoices.id')
    .execute();
  return rows.map(toInvoice);
}

/** As the index has it: something is left to pay. */
const isOwed = sql<boolean>`invoices.kind = 'invoice' and invoices.credited_cards < invoices.cards
  and invoices.including_ore > invoices.credited_ore + invoices.paid_ore`;

/** A page of what staff look for: by number or KID, or what is owed, the longest overdue first. */
export async function findForStaff(
  { query }: Transaction,
  { search, page, size }: { readonly search: string; readonly page: number; readonly size: number },
): Promise<{ readonly invoices: Invoice[]; readonly count: number }> {
  const digits = search.replace(/\s/gu, '');
  const number = /^[0-9]{1,15}$/u.test(digits) ? Number(digits) : 0;
  const wanted =
    search === '' ? isOwed : sql<boolean>`(invoices.kid = ${digits} or invoices.number = ${number})`;
  const { count } = await query
    .selectFrom('invoices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '=', 'invoice')
    .where(wanted)
    .executeTakeFirstOrThrow();
  const rows = await documents({ query })
    .where('invoices.kind', '=', 'invoice')
    .where(wanted)
    .orderBy('invoices.due_on')
    .orderBy('invoices.id')
    .limit(size)
    .offset((page - 1) * size)
    .execute();
  return { invoices: rows.map(toInvoice), count };
}

// Payments ----------------------------------------------------------------------------------------------------------

/** Money that came in, or a row that takes such a row out again. */
export interface Payment {
  readonly id: string;
  readonly kind: 'received' | TakenOut;
  readonly ore: number;
  readonly reference: string | null;
  /** The row that this one takes out. */
  readonly takesOut: string | null;
  readonly paidOn: PlainDate;
  readonly recordedAt: Date;
  readonly recordedByName: string;
}

const paymentColumns = [
  'id',
  'invoice_id as invoiceId',
  'kind',
  'ore',
  'reference',
  'takes_out as takesOut',
  'paid_on as paidOn',
  'recorded_at as recordedAt',
  'recorded_by_name as recordedByName',
] as const;

/** The payments of an invoice in the order in which they were recorded. */
export async function paymentsOf({ query }: Transaction, invoiceId: string): Promise<Payment[]> {
  const rows = await query
    .selectFrom('invoice_payments')
    .select(paymentColumns)
    .where('invoice_id', '=', invoiceId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    ...row,
    kind: z.enum(['received', 'double', 'wrong']).parse(row.kind),
    paidOn: row.paidOn as PlainDate,
  }));
}

/** The payment with the bank's reference, on whichever invoice it was recorded. */
export async function paymentByReference({ query }: Transaction, reference: string) {
  return query
    .selectFrom('invoice_payments')
    .select(paymentColumns)
    .where('reference', '=', reference)
    .executeTakeFirst();
}

export interface NewPayment {
  readonly invoiceId: string;
  readonly kind: 'received' | TakenOut;
  readonly ore: number;
  readonly reference: string | null;
  readonly takesOut: string | null;
  readonly paidOn: PlainDate;
}

/** Records a payment by the person who is logged in; undefined when its reference, or what it takes out, is taken. */
export async function insertPayment(
  { query, now, facts }: Transaction,
  payment: NewPayment,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into invoice_payments
      (invoice_id, kind, ore, reference, takes_out, paid_on, recorded_at, recorded_by, recorded_by_name)
    values (${payment.invoiceId}, ${payment.kind}, ${payment.ore}, ${payment.reference}, ${payment.takesOut},
      ${payment.paidOn}, ${now}, ${facts.session?.personId ?? null}, ${facts.session?.name ?? null})
    on conflict do nothing returning id`.execute(query);
  return rows[0]?.id;
}

// Delivery and reminders --------------------------------------------------------------------------------------------

/** Records that a document has reached the business; false when that is recorded already. */
export async function markDelivered(
  { query, now }: Transaction,
  id: string,
  channel: 'ehf' | 'notice',
): Promise<boolean> {
  const result = await query
    .updateTable('invoices')
    .set({ channel, delivered_at: now, try_after: null })
    .where('id', '=', id)
    .where('delivered_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Notes when a document is tried to be delivered again. */
export async function tryLater({ query, now }: Transaction, id: string, seconds: number): Promise<void> {
  await query
    .updateTable('invoices')
    .set({ try_after: new Date(now.getTime() + seconds * 1000) })
    .where('id', '=', id)
    .where('delivered_at', 'is', null)
    .execute();
}

/** Documents whose time to be delivered has come, the longest waiting first. */
export async function undelivered({ query, now }: Transaction): Promise<string[]> {
  const rows = await query
    .selectFrom('invoices')
    .select('id')
    .where('delivered_at', 'is', null)
    .where('try_after', '<=', now)
    .orderBy('try_after')
    .limit(500)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Notes a reminder on invoices that want one, the longest overdue first, and hands them back: none is reminded twice, however
 * many processes there are.
 */
export async function markReminded(
  { query, now }: Transaction,
  reminderDays: number,
  limit: number,
): Promise<string[]> {
  const before = remindedBefore(osloToday(now), reminderDays);
  const { rows } = await sql<{ id: string }>`
    with late as (
      select id from invoices where ${isOwed} and due_on <= ${before} and reminders < ${MOST_REMINDERS}
        and (reminded_at is null or oslo_date(reminded_at) <= ${before})
      order by due_on, id limit ${limit} for update skip locked)
    update invoices i set reminders = i.reminders + 1, reminded_at = ${now} from late where i.id = late.id
    returning i.id`.execute(query);
  return rows.map(({ id }) => id);
}
