import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayMove } from '../../tests/support/line-moves.ts';
import type { Right } from '../access/index.ts';
import {
  deliveryAddress,
  limitReached,
  LINE_STATES,
  type LineAction,
  type LineState,
  mayDo,
  orderStage,
  placedState,
  rightsFor,
} from './rules.ts';

const actions: readonly LineAction[] = ['approve', 'add-photo', 'add-document', 'cancel'];
const holding = (rights: readonly Right[]) => (right: Right) => rights.includes(right);

describe('who may do what to a line', () => {
  it.each([
    ['awaiting-approval', 'approve', ['orders.approve']],
    ['awaiting-approval', 'add-photo', ['orders.prepare', 'orders.place']],
    ['awaiting-approval', 'cancel', ['orders.prepare', 'orders.place', 'orders.approve']],
    ['awaiting-media', 'add-photo', ['orders.prepare', 'orders.place']],
    ['awaiting-media', 'cancel', ['orders.place', 'orders.approve']],
    ['awaiting-media', 'add-document', ['orders.prepare', 'orders.place']],
    ['under-review', 'add-photo', ['orders.prepare', 'orders.place']],
    ['under-review', 'add-document', ['orders.prepare', 'orders.place']],
    ['under-review', 'cancel', ['orders.place', 'orders.approve']],
    ['ready', 'add-photo', []],
    ['ready', 'add-document', []],
    ['ready', 'cancel', ['orders.place', 'orders.approve']],
  ] as const)('in the state %s: %s with each of %j alone', (state, action, rights) => {
    const all: Right[] = ['orders.prepare', 'orders.place', 'orders.approve', 'orders.read', 'workers.read'];
    const able = all.filter((right) => mayDo(action, { state, own: true }, holding([right])));
    expect(new Set(able)).toEqual(new Set(rights));
  });

  it('leaves what is in production, sent, rejected or cancelled alone, whatever is held', () => {
    for (const state of LINE_STATES.filter((one) => !/^awaiting|^under-review$|^ready$/u.test(one))) {
      for (const action of actions) expect(mayDo(action, { state, own: true }, () => true)).toBe(false);
    }
  });

  it('lets nobody cancel what others ordered but those who approve', () => {
    const line = { state: 'ready', own: false } as const;
    expect(mayDo('cancel', line, holding(['orders.place', 'orders.prepare']))).toBe(false);
    expect(mayDo('cancel', line, holding(['orders.approve']))).toBe(true);
  });

  it('asks for no right that does not help in some state, and misses none that does', () => {
    for (const action of actions) {
      const helps = (right: Right) =>
        LINE_STATES.some((state) => mayDo(action, { state, own: true }, holding([right])));
      expect(rightsFor(action).every(helps)).toBe(true);
      expect(mayDo(action, { state: 'awaiting-approval', own: true }, holding(rightsFor(action)))).toBe(true);
    }
  });
});

describe('the way of a line', () => {
  it('to a card leads past a reviewer, whatever people and tasks do', () => {
    const reached = new Set<LineState>(['awaiting-approval', 'awaiting-media']);
    for (const _ of LINE_STATES) {
      for (const from of [...reached]) {
        const next = (['people', 'job'] as const).flatMap((mover) =>
          LINE_STATES.filter((to) => mayMove(from, to, mover)),
        );
        for (const to of next) reached.add(to);
      }
    }
    expect([...reached].sort()).toEqual(['awaiting-approval', 'awaiting-media', 'cancelled', 'under-review']);
  });

  it('has no way out of what is over, nor back from the issuer but by a recall', () => {
    const moves = (from: LineState) =>
      LINE_STATES.filter((to) =>
        (['people', 'reviewer', 'job'] as const).some((who) => mayMove(from, to, who)),
      );
    expect(['closed', 'rejected', 'cancelled'].flatMap((from) => moves(from as LineState))).toEqual([]);
    expect(moves('in-production')).toEqual(['ready', 'shipped']);
  });

  it('under review begins with both a photo and a document', () => {
    expect([
      placedState({ photo: true, document: true }),
      placedState({ photo: true, document: false }),
      placedState({ photo: false, document: true }),
    ]).toEqual(['under-review', 'awaiting-media', 'awaiting-media']);
  });
});

describe('how far an order has come', () => {
  it.each([
    [['shipped', 'awaiting-media', 'under-review'], 'awaiting-media'],
    [['ready', 'shipped'], 'in-production'],
    [['cancelled', 'shipped', 'rejected'], 'shipped'],
    [['cancelled', 'rejected'], 'rejected'],
    [['cancelled'], 'cancelled'],
    [[], 'cancelled'],
  ] as const)('with lines %j: %s', (lines, stage) => {
    expect(orderStage(lines)).toBe(stage);
  });
});

describe('limits', () => {
  const none = { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };

  it.each([
    [{ ...none, cardsPerOrder: 2 }, undefined],
    [{ ...none, cardsPerOrder: 1 }, 'cards-per-order'],
    [{ ...none, cardsPerMonth: 12 }, undefined],
    [{ ...none, cardsPerMonth: 11 }, 'cards-per-month'],
    [{ ...none, orePerMonth: 1500 }, undefined],
    [{ ...none, orePerMonth: 1499 }, 'ore-per-month'],
    [{ cardsPerOrder: 1, cardsPerMonth: 1, orePerMonth: 1 }, 'cards-per-order'],
  ])('two cards after ten, under %j: %s', (limits, reached) => {
    expect(limitReached({ cards: 2, ore: 500 }, { cards: 10, ore: 1000 }, limits)).toBe(reached);
  });

  it('hold for any run of orders that each were within them', () => {
    const order = fc.record({
      cards: fc.integer({ min: 1, max: 20 }),
      ore: fc.integer({ min: 1, max: 9999 }),
    });
    const limit = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.array(order), limit, limit, (orders, cardsPerMonth, hundreds) => {
        const limits = { cardsPerOrder: null, cardsPerMonth, orePerMonth: hundreds * 1000 };
        const placed = orders.reduce(
          (sum, next) =>
            limitReached(next, sum, limits) === undefined
              ? { cards: sum.cards + next.cards, ore: sum.ore + next.ore }
              : sum,
          { cards: 0, ore: 0 },
        );
        expect(placed.cards).toBeLessThanOrEqual(cardsPerMonth);
        expect(placed.ore).toBeLessThanOrEqual(hundreds * 1000);
      }),
    );
  });
});

it.each([
  ['0150', 'Oslo', { ok: true, value: 'OSLO' }],
  ['9008', '', { ok: true, value: 'TROMSØ' }],
  ['0150', 'TROMSØ', { ok: false, error: { field: 'place', problem: 'other', place: 'OSLO' } }],
  ['0002', 'OSLO', { ok: false, error: { field: 'postalCode', problem: 'unknown' } }],
  ['015', 'OSLO', { ok: false, error: { field: 'postalCode', problem: 'unknown' } }],
  ['O150', '', { ok: false, error: { field: 'postalCode', problem: 'unknown' } }],
])('an address with the postal code %s and the place %j: %o', (postalCode, place, expected) => {
  const address = deliveryAddress({ recipient: 'Mottak', street: ' Torget 1 \n\nPorten', postalCode, place });
  expect(address.ok ? { ...address, value: address.value.place } : address).toEqual(expected);
  if (address.ok) expect(address.value.lines).toEqual(['Torget 1', 'Porten']);
});
