import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type JobLog } from '../jobs/index.ts';
import { formatMoney, nok } from '../kernel/money.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import type { AccessPoint } from '../registers/index.ts';
import { documentOf, type TextsOf } from './document.ts';
import * as records from './records.ts';
import { owed } from './rules.ts';
import { drawXml } from './xml.ts';

export interface DeliveryDeps {
  readonly database: Pick<Database, 'request'>;
  readonly accessPoint: AccessPoint;
  readonly notify: Notify;
  readonly texts: TextsOf;
  readonly log: JobLog;
  /** Days from the last day of payment to the first reminder, and from one to the next. */
  readonly reminderDays: number;
}

export const deliverTask = 'invoices.deliver';
export const remindTask = 'invoices.remind';
const payload = z.object({ invoiceId: z.uuid() });
const RETRY_SECONDS = 60;

export function enqueueDelivery(transaction: Pick<Transaction, 'query'>, invoiceId: string): Promise<void> {
  return enqueue(transaction, deliverTask, { invoiceId }, { key: `${deliverTask}:${invoiceId}` });
}

/** Where the business finds a document; `invoicePath` of the pages begins with the business's own address. */
const pathOf = (invoice: records.Invoice) =>
  `/b/${invoice.parties.buyer.organisationNumber}/business/invoices/${invoice.id}`;

/**
 * Delivers one document: as EHF where the business receives it, else by a notice that it waits here. Killed anywhere, it is
 * delivered again: the access point knows it by its id, and the notice is part of the transaction that records it.
 */
export async function deliverInvoice(deps: DeliveryDeps, given: unknown): Promise<void> {
  const { invoiceId } = payload.parse(given);
  const job = { kind: 'job', name: deliverTask } as const;
  const invoice = await inTransaction(deps.database, job, (transaction) =>
    records.findInvoice(transaction, invoiceId),
  );
  if (invoice?.deliveredAt !== null) return;
  const channel = await handOver(deps, invoice);
  await inTransaction(deps.database, job, async (transaction) => {
    if (channel === undefined) return records.tryLater(transaction, invoiceId, RETRY_SECONDS);
    if (!(await records.markDelivered(transaction, invoiceId, channel))) return undefined;
    if (channel === 'notice') await tellOf(deps, transaction, invoice);
    return undefined;
  });
}

/** Sends it as EHF if the business receives that. Undefined when it is not known whether it has arrived, or will. */
async function handOver(
  { accessPoint, texts, log }: DeliveryDeps,
  invoice: records.Invoice,
): Promise<'ehf' | 'notice' | undefined> {
  const number = parseOrganisationNumber(invoice.parties.buyer.organisationNumber);
  if (!number.ok) return 'notice';
  // What was handed over before, with an answer that was lost, has arrived, whatever is answered to it now.
  const before = await accessPoint.sent(invoice.id);
  if (before.ok && before.value) return 'ehf';
  const receives = before.ok ? await accessPoint.receives(number.value, invoice.kind) : before;
  if (receives.ok && !receives.value) return 'notice';
  const xml = drawXml(documentOf(invoice, 'nb', texts('nb')));
  const sent = receives.ok
    ? await accessPoint.send({ key: invoice.id, receiver: number.value, kind: invoice.kind, xml })
    : receives;
  if (sent.ok) return 'ehf';
  const level = sent.error.kind === 'refused' ? 'error' : 'warn';
  log[level](
    { invoice: invoice.id, error: sent.error },
    'The access point did not take an invoice; it is sent again',
  );
  return undefined;
}

function tellOf({ notify }: DeliveryDeps, transaction: Transaction, invoice: records.Invoice): Promise<void> {
  return notify(transaction, {
    template: `invoices:notice.${invoice.kind}`,
    businessId: invoice.businessId,
    parameters: {
      business: invoice.parties.buyer.name,
      number: String(invoice.number),
      order: String(invoice.orderNumber),
      sum: formatMoney(nok(invoice.includingOre), 'nb'),
      dueDate: invoice.dueOn,
      link: pathOf(invoice),
    },
    audience: 'business-and-officers',
  });
}

/** Puts back in the queue what should have been delivered by now, whatever became of its job. */
export async function sweepDeliveries({ database }: Pick<DeliveryDeps, 'database'>): Promise<void> {
  await inTransaction(database, { kind: 'job', name: 'invoices.sweep' }, async (transaction) => {
    for (const id of await records.undelivered(transaction)) await enqueueDelivery(transaction, id);
  });
}

const AT_A_TIME = 100;

/** Reminds each business of what is overdue: at most three times, so many days apart, and of one invoice at a time. */
export async function remindBusinesses(deps: DeliveryDeps): Promise<void> {
  const job = { kind: 'job', name: remindTask } as const;
  for (;;) {
    const reminded = await inTransaction(deps.database, job, async (transaction) => {
      const late = await records.markReminded(transaction, deps.reminderDays, AT_A_TIME);
      for (const id of late) {
        const invoice = await records.findInvoice(transaction, id);
        if (invoice !== undefined) await remindOf(deps, transaction, invoice);
      }
      return late.length;
    });
    if (reminded < AT_A_TIME) return;
  }
}

function remindOf(
  { notify }: DeliveryDeps,
  transaction: Transaction,
  invoice: records.Invoice,
): Promise<void> {
  return notify(transaction, {
    template: 'invoices:notice.reminder',
    businessId: invoice.businessId,
    parameters: {
      business: invoice.parties.buyer.name,
      number: String(invoice.number),
      order: String(invoice.orderNumber),
      sum: formatMoney(owed(invoice), 'nb'),
      dueDate: invoice.dueOn,
      kid: invoice.kid,
      link: pathOf(invoice),
    },
    audience: 'business-and-officers',
  });
}
