import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import { enqueueDelivery } from './delivery.ts';
import * as records from './records.ts';
import { kidOf, sumsOf, type Parties, type Seller } from './rules.ts';

/** What issuing needs: who invoices, and how many days a business has to pay. */
export interface IssuingDeps {
  readonly database: Pick<Database, 'request'>;
  readonly issuer: Seller;
  readonly dueDays: number;
}

export const issueTask = 'invoices.issue';

/**
 * Asks for what is to be invoiced, in the transaction that sent cards into production. The port through which production
 * reaches invoices; what has to be written is noted by the database itself.
 */
export function requestInvoices(transaction: Pick<Transaction, 'query'>): Promise<void> {
  return enqueue(transaction, issueTask, {}, { key: issueTask });
}

/** Writes the invoices and credit notes that are wanted, an order a transaction. Killed in between, it goes on later. */
export async function issueInvoices(deps: IssuingDeps): Promise<void> {
  while (await settleOrder(deps)) {
    // Until there are none left that nobody else is at work on.
  }
}

/** A card that will not come, and one that the issuer has begun to make. */
const isGone = ({ state }: records.OrderedCard) => ['cancelled', 'rejected'].includes(state);
const isMade = ({ state }: records.OrderedCard) => ['in-production', 'shipped', 'closed'].includes(state);

/** Once the first card is made, all that have not been cancelled by then. */
const toInvoice = (cards: readonly records.OrderedCard[]) =>
  cards.some(isMade) ? cards.filter((card) => !isGone(card)) : [];
const toCredit = (cards: readonly records.OrderedCard[]) =>
  cards.filter((card) => isGone(card) && card.invoiced && !card.credited);

/** Writes what one order wants: its invoice, or a credit note for cards that will not come after all. */
function settleOrder({ database, issuer, dueDays }: IssuingDeps): Promise<boolean> {
  return inTransaction(database, { kind: 'job', name: issueTask }, async (transaction) => {
    const orderId = await records.takeWanted(transaction);
    if (orderId === undefined) return false;
    const cards = await records.lockCards(transaction, orderId);
    const invoiceId = await records.invoiceOfOrder(transaction, orderId);
    const wanted = invoiceId === undefined ? toInvoice(cards) : toCredit(cards);
    if (wanted.length > 0) {
      const order = await records.orderToInvoice(transaction, orderId);
      const lineIds = wanted.map(({ lineId }) => lineId);
      await write(transaction, { order, issuer, dueDays, lineIds, invoiceId });
    }
    await records.settleWanted(transaction, orderId);
    return true;
  });
}

interface Writing {
  readonly order: records.OrderToInvoice;
  readonly issuer: Seller;
  readonly dueDays: number;
  readonly lineIds: readonly string[];
  /** The invoice that is credited; undefined for the invoice itself. */
  readonly invoiceId: string | undefined;
}

async function write(transaction: Transaction, writing: Writing): Promise<void> {
  const { order, issuer, dueDays, lineIds, invoiceId } = writing;
  const kind = invoiceId === undefined ? 'invoice' : 'credit-note';
  const number = await records.takeNumber(transaction, issuer.organisationNumber);
  const { priceOre, vatBasisPoints } = order;
  const sums = sumsOf({ priceOre, vatBasisPoints, count: lineIds.length });
  const { now } = transaction;
  const id = await records.insertDocument(transaction, order, {
    kind,
    credits: invoiceId ?? null,
    number,
    kid: kidOf(number),
    dueOn: kind === 'invoice' ? addDays(osloToday(now), dueDays) : osloToday(now),
    lineIds,
    sums,
    parties: partiesOf(order, issuer),
  });
  await appendAudit(transaction, {
    action: kind === 'invoice' ? 'invoice.issued' : 'invoice.credited',
    decision: 'allowed',
    businessId: order.businessId,
    subject: { kind: 'invoice', id },
    changes: { number, orderId: order.id, cards: lineIds.length, ore: sums.includingVat.ore, lineIds },
  });
  await enqueueDelivery(transaction, id);
}

/** Who the document is from and to, as they are today: to the business whoever ordered. */
function partiesOf(order: records.OrderToInvoice, seller: Seller): Parties {
  return {
    seller,
    buyer: {
      name: order.businessName,
      organisationNumber: order.businessNumber,
      address: order.businessAddress,
    },
    unit: { name: order.unitName, organisationNumber: order.unitNumber },
  };
}
