import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nok, withVat } from '../kernel/money.ts';
import { type Agreed, differencesOf, type InvoiceLine, stateOf } from './rules.ts';

const agreed: Agreed = {
  orders: [
    { number: 100001, cards: 3, feeOre: 30000, orderFeeOre: 8900 },
    { number: 100002, cards: 2, feeOre: 30000, orderFeeOre: 8900 },
  ],
  onceOre: 150000,
  onRequest: [{ text: 'Express', ore: 50000 }],
  startFeeOn: undefined,
  invoicedBefore: new Map(),
  vatBasisPoints: 2500,
};
const line = (kind: InvoiceLine['kind'], count: number, ore: number): InvoiceLine => ({
  kind,
  text: kind === 'other' ? 'Photo' : '',
  count,
  ore,
});
const right = [line('fee', 5, 30000), line('order', 2, 8900), line('once', 1, 150000)];
const total = (lines: readonly InvoiceLine[]) =>
  withVat(nok(lines.reduce((all, { count, ore }) => all + count * ore, 0)), 2500).includingVat.ore;
const found = (lines: readonly InvoiceLine[], changes: Partial<Agreed> = {}) =>
  differencesOf(lines, total(lines), { ...agreed, ...changes });

describe('a vendor’s invoice', () => {
  it('is as agreed when it asks for what was accepted, for what was ordered', () => {
    expect(found(right)).toEqual([]);
    expect([stateOf([]), stateOf([1])]).toEqual(['as-agreed', 'differs']);
  });

  it.each([
    ['too many cards', [line('fee', 6, 30000)], [{ line: 0, reason: 'cards', got: 6, expected: 5 }]],
    ['a higher fee', [line('fee', 5, 46600)], [{ line: 0, reason: 'price', got: 46600, expected: 30000 }]],
    [
      'both',
      [line('fee', 6, 46600)],
      [
        { line: 0, reason: 'cards', got: 6, expected: 5 },
        { line: 0, reason: 'price', got: 46600, expected: 30000 },
      ],
    ],
    [
      'postage once too often',
      [line('order', 3, 8900)],
      [{ line: 0, reason: 'orders', got: 3, expected: 2 }],
    ],
    ['dearer postage', [line('order', 2, 9000)], [{ line: 0, reason: 'price', got: 9000, expected: 8900 }]],
    [
      'another start fee',
      [line('once', 1, 150001)],
      [{ line: 0, reason: 'start-fee', got: 150001, expected: 150000 }],
    ],
    ['the official price', [line('official', 5, 13290)], [{ line: 0, reason: 'official' }]],
    ['what is charged on request', [line('other', 1, 50000)], [{ line: 0, reason: 'on-request' }]],
    ['what is in no quote', [line('other', 1, 1)], [{ line: 0, reason: 'not-in-quote' }]],
  ] as const)('with %s differs there', (_what, lines, differences) => {
    expect(found(lines)).toEqual(differences);
  });

  it('differs where the start fee or an order was invoiced before, and where it is for no order', () => {
    expect(found(right, { startFeeOn: 'F-1', invoicedBefore: new Map([[100002, 'F-2']]) })).toEqual([
      { line: 2, reason: 'start-fee-again', where: 'F-1' },
      { reason: 'invoiced-before', got: 100002, where: 'F-2' },
    ]);
    expect(found([line('once', 1, 150000)], { orders: [] })).toEqual([{ reason: 'no-orders' }]);
  });

  it('differs when its total is an øre away from its lines with VAT', () => {
    const sum = total(right);
    expect(differencesOf(right, sum + 1, agreed)).toEqual([{ reason: 'total', got: sum + 1, expected: sum }]);
  });

  it('of orders at two prices is right by its sum, and by nothing else', () => {
    const orders = [
      { number: 1, cards: 1, feeOre: 100, orderFeeOre: 0 },
      { number: 2, cards: 2, feeOre: 200, orderFeeOre: 0 },
    ];
    expect(found([line('fee', 3, 200)], { orders })).toEqual([
      { line: 0, reason: 'sum', got: 600, expected: 500 },
    ]);
  });

  it('that asks for more than was accepted is never as agreed', () => {
    const more = fc.record({
      count: fc.integer({ min: 0, max: 50 }),
      ore: fc.integer({ min: 0, max: 100_000 }),
    });
    fc.assert(
      fc.property(more, more, (fees, postage) => {
        const lines = [line('fee', fees.count, fees.ore), line('order', postage.count, postage.ore)];
        const asks = lines.reduce((all, one) => all + one.count * one.ore, 0);
        if (asks > 5 * 30000 + 2 * 8900) expect(found(lines)).not.toEqual([]);
      }),
    );
  });
});
