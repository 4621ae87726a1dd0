import { addDays, type PlainDate } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import { multiplyMoney, nok, withVat, type Money, type SumWithVat } from '../kernel/money.ts';

/** An invoice from its issue until it is settled. `due`: its last day of payment has passed. */
export const INVOICE_STATES = ['issued', 'due', 'reminded', 'paid', 'credited'] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];

/** What is done with an invoice: a payment recorded or taken out again, a card credited, the business reminded. */
export type InvoiceAction = 'record' | 'take-out' | 'credit' | 'remind';

/** What may be done in which state. Money that has come in is recorded whatever the state: it did come in. */
const PERMITTED = {
  issued: ['record', 'take-out', 'credit'],
  due: ['record', 'take-out', 'credit', 'remind'],
  reminded: ['record', 'take-out', 'credit', 'remind'],
  paid: ['record', 'take-out', 'credit'],
  credited: ['record', 'take-out'],
} as const satisfies Record<InvoiceState, readonly InvoiceAction[]>;

/** Whether that may be done with an invoice in this state; pure. */
export function mayDo(action: InvoiceAction, state: InvoiceState): boolean {
  const permitted: readonly InvoiceAction[] = PERMITTED[state];
  return permitted.includes(action);
}

/** What an invoice's state is read from: øre including VAT, and numbers of cards. */
export interface Standing {
  readonly includingOre: number;
  readonly paidOre: number;
  readonly creditedOre: number;
  readonly cards: number;
  readonly creditedCards: number;
  readonly dueOn: PlainDate;
  readonly reminders: number;
}

/**
 * What is still to be paid; below zero, what is to be paid back. One whose every card is credited owes nothing, whatever
 * the rounding of several credit notes comes to. The database's index `invoices_owed` says the same.
 */
export function owed(invoice: Omit<Standing, 'dueOn' | 'reminders'>): Money {
  const { includingOre, creditedOre, paidOre, cards, creditedCards } = invoice;
  const left = creditedCards >= cards ? 0 : Math.max(0, includingOre - creditedOre);
  return nok(left - paidOre);
}

/** The state of an invoice on a day. */
export function stateOf(invoice: Standing, today: PlainDate): InvoiceState {
  if (invoice.creditedCards >= invoice.cards) return 'credited';
  if (owed(invoice).ore <= 0) return 'paid';
  if (invoice.reminders > 0) return 'reminded';
  return today > invoice.dueOn ? 'due' : 'issued';
}

/** How often a business is reminded; after that it is a person's turn. */
export const MOST_REMINDERS = 3;

/**
 * The last due date, or last reminder, that makes a reminder due today. The first one comes so many days after the last day
 * of payment, each further one so many days after the one before.
 */
export function remindedBefore(today: PlainDate, reminderDays: number): PlainDate {
  return addDays(today, -reminderDays);
}

// Numbers -----------------------------------------------------------------------------------------------------------

/** The first number of a series. */
export const FIRST_NUMBER = 100_001;

const KID_DIGITS = 9;

/** The control digit of MOD10 (Luhn): weights 2 and 1 from the right, of the digits of each product. */
export function mod10(digits: string): string {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const product = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + Math.floor(product / 10) + (product % 10);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

/** The customer identification of an invoice: its number with leading zeros to nine digits, and the control digit. */
export function kidOf(invoiceNumber: number): string {
  if (!Number.isSafeInteger(invoiceNumber) || invoiceNumber < 1 || String(invoiceNumber).length > KID_DIGITS)
    throw new RangeError('An invoice number is whole and has at most nine digits');
  const digits = String(invoiceNumber).padStart(KID_DIGITS, '0');
  return digits + mod10(digits);
}

/**
 * Whether the last digit of a KID is the control digit of those before; 4 to 25 digits.
 * @internal
 */
export function isKid(text: string): boolean {
  return /^[0-9]{4,25}$/u.test(text) && mod10(text.slice(0, -1)) === text.slice(-1);
}

// Sums --------------------------------------------------------------------------------------------------------------

/** What so many cards cost: the official price alone. What a vendor charges is between it and the business. */
export function sumsOf(cards: {
  readonly priceOre: number;
  readonly count: number;
  readonly vatBasisPoints: number;
}) {
  return withVat(multiplyMoney(nok(cards.priceOre), cards.count), cards.vatBasisPoints);
}

// The document ------------------------------------------------------------------------------------------------------

/** An address as it was on the day of issue; parts that the register lacks are empty. */
export interface Address {
  readonly lines: readonly string[];
  readonly postalCode: string;
  readonly place: string;
}

export interface Party {
  readonly name: string;
  readonly organisationNumber: string;
  readonly address: Address;
}

export interface Seller extends Party {
  /** Eleven digits: where the money goes. */
  readonly account: string;
}

/** Whom a document is from and to, and for which unit the cards are. */
export interface Parties {
  readonly seller: Seller;
  readonly buyer: Party;
  readonly unit: { readonly name: string; readonly organisationNumber: string };
}

/** One line: so many of a thing at a price excluding VAT. */
export interface DocumentLine {
  readonly name: string;
  readonly description: string;
  readonly count: number;
  readonly priceOre: number;
}

/** Everything that stands on an invoice or a credit note, whichever way it is shown: page, PDF or XML. */
export interface InvoiceDocument extends Parties {
  readonly kind: 'invoice' | 'credit-note';
  readonly number: number;
  readonly issuedOn: PlainDate;
  readonly dueOn: PlainDate;
  readonly kid: string;
  readonly orderNumber: number;
  /** What the orderer asked to have on the invoice; empty when nothing. */
  readonly customerReference: string;
  /** Of a credit note: the invoice that it takes from. */
  readonly credits: { readonly number: number; readonly issuedOn: PlainDate } | undefined;
  readonly lines: readonly DocumentLine[];
  readonly vatBasisPoints: number;
  /** A plain sentence or two for whoever reads it. */
  readonly note: string;
  readonly language: Language;
}

/** The sums of a document: VAT is taken once, of the whole. A credit note's are positive, as its kind says which way. */
export function sumsOfDocument({
  lines,
  vatBasisPoints,
}: Pick<InvoiceDocument, 'lines' | 'vatBasisPoints'>): SumWithVat {
  const sum = lines.reduce((total, line) => total + multiplyMoney(nok(line.priceOre), line.count).ore, 0);
  return withVat(nok(sum), vatBasisPoints);
}

// Payments ----------------------------------------------------------------------------------------------------------

/** Why a payment is taken out again: it came twice and goes back, or it belongs to something else. */
export const TAKEN_OUT = ['double', 'wrong'] as const;
export type TakenOut = (typeof TAKEN_OUT)[number];
