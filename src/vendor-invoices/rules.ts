import { nok, withVat } from '../kernel/money.ts';

/** What a line of a vendor's invoice is for. */
export const LINE_KINDS = ['fee', 'order', 'once', 'official', 'other'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/** One line: so many, at so many øre each excluding VAT. */
export interface InvoiceLine {
  readonly kind: LineKind;
  /** The vendor's words for `other`; empty for the rest. */
  readonly text: string;
  readonly count: number;
  readonly ore: number;
}

/** An order that the invoice is for, with what the vendor may take for it; øre. */
export interface InvoicedOrder {
  readonly number: number;
  /** Neither cancelled nor rejected. */
  readonly cards: number;
  readonly feeOre: number;
  readonly orderFeeOre: number;
}

/** What an invoice is held against. */
export interface Agreed {
  readonly orders: readonly InvoicedOrder[];
  /** Charged once, by the quote that was accepted last; 0: nothing. */
  readonly onceOre: number;
  /** Items of that quote that are charged only when the business asks for them. */
  readonly onRequest: readonly { readonly text: string; readonly ore: number }[];
  /** Numbers of earlier invoices that have the start fee, and of orders that are on an earlier invoice. */
  readonly startFeeOn: string | undefined;
  readonly invoicedBefore: ReadonlyMap<number, string>;
  readonly vatBasisPoints: number;
}

/**
 * One way in which an invoice differs from what was accepted and ordered. `line`: its place; undefined: the invoice as a whole. Each
 * reason has words under `vendor-invoices:difference.*`, with these values; øre and numbers.
 */
export interface Difference {
  readonly line?: number | undefined;
  readonly reason: DifferenceReason;
  readonly got?: number;
  readonly expected?: number;
  readonly where?: string;
}
export const DIFFERENCE_REASONS = [
  'cards',
  'orders',
  'price',
  'sum',
  'start-fee',
  'start-fee-again',
  'official',
  'on-request',
  'not-in-quote',
  'total',
  'invoiced-before',
  'no-orders',
] as const;
export type DifferenceReason = (typeof DIFFERENCE_REASONS)[number];

/** Every way in which an invoice differs, line by line, then as a whole; empty: it is as agreed. */
export function differencesOf(
  lines: readonly InvoiceLine[],
  totalOre: number,
  agreed: Agreed,
): readonly Difference[] {
  const found = lines.flatMap((line, place) =>
    differencesOfLine(line, agreed).map((one) => ({ line: place, ...one })),
  );
  const before = agreed.orders.flatMap(({ number }): Difference[] => {
    const where = agreed.invoicedBefore.get(number);
    return where === undefined ? [] : [{ reason: 'invoiced-before', got: number, where }];
  });
  const sum = lines.reduce((all, { count, ore }) => all + count * ore, 0);
  const right = withVat(nok(sum), agreed.vatBasisPoints).includingVat.ore;
  return [
    ...found,
    ...before,
    ...(agreed.orders.length === 0 ? [{ reason: 'no-orders' } as const] : []),
    ...(totalOre === right ? [] : [{ reason: 'total', got: totalOre, expected: right } as const]),
  ];
}

type Found = Omit<Difference, 'line'>;

function differencesOfLine(line: InvoiceLine, agreed: Agreed): Found[] {
  const { orders } = agreed;
  switch (line.kind) {
    case 'fee':
      return charged(
        line,
        'cards',
        orders.map(({ cards, feeOre }) => ({ times: cards, ore: feeOre })),
      );
    case 'order':
      return charged(
        line,
        'orders',
        orders.map(({ cards, orderFeeOre }) => ({ times: cards > 0 ? 1 : 0, ore: orderFeeOre })),
      );
    case 'once':
      return startFee(line, agreed);
    case 'official':
      // The issuer invoices the business for it, whoever orders.
      return [{ reason: 'official' }];
    case 'other':
      return [
        agreed.onRequest.some(({ ore }) => ore === line.ore)
          ? { reason: 'on-request' }
          : { reason: 'not-in-quote' },
      ];
  }
}

/** What is charged for each card or order: as many as there are, at what was accepted for each. */
function charged(
  { count, ore }: InvoiceLine,
  what: 'cards' | 'orders',
  accepted: readonly { readonly times: number; readonly ore: number }[],
): Found[] {
  const times = accepted.reduce((all, one) => all + one.times, 0);
  const prices = [...new Set(accepted.filter((one) => one.times > 0).map((one) => one.ore))];
  const expected = accepted.reduce((all, one) => all + one.times * one.ore, 0);
  const wrong: Found[] = [
    ...(count === times ? [] : [{ reason: what, got: count, expected: times }]),
    ...(prices.includes(ore) || prices.length === 0
      ? []
      : [{ reason: 'price' as const, got: ore, expected: Math.max(...prices) }]),
  ];
  if (wrong.length > 0 || count * ore === expected) return wrong;
  return [{ reason: 'sum', got: count * ore, expected }];
}

function startFee({ count, ore }: InvoiceLine, { onceOre, startFeeOn }: Agreed): Found[] {
  const got = count * ore;
  return [
    ...(got === onceOre ? [] : [{ reason: 'start-fee' as const, got, expected: onceOre }]),
    ...(startFeeOn === undefined ? [] : [{ reason: 'start-fee-again' as const, where: startFeeOn }]),
  ];
}

/** As agreed, or not: how the list tells them apart. */
export function stateOf(differences: readonly unknown[]): 'as-agreed' | 'differs' {
  return differences.length === 0 ? 'as-agreed' : 'differs';
}
