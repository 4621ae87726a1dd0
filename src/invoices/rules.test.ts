import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isAccountNumber } from '../kernel/account-number.ts';
import { addDays, parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import {
  INVOICE_STATES,
  isKid,
  kidOf,
  mayDo,
  mod10,
  owed,
  remindedBefore,
  stateOf,
  sumsOf,
  type InvoiceAction,
  type InvoiceState,
  type Standing,
} from './rules.ts';

const date = (text: string): PlainDate => {
  const parsed = parsePlainDate(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const dueOn = date('2026-12-12');

const issued: Standing = {
  includingOre: 664_500,
  paidOre: 0,
  creditedOre: 0,
  cards: 40,
  creditedCards: 0,
  dueOn,
  reminders: 0,
};

describe('the state of an invoice', () => {
  test.each<[InvoiceState, string, Partial<Standing>, string]>([
    ['issued', 'on its last day', {}, '2026-12-12'],
    ['due', 'the day after', {}, '2026-12-13'],
    ['due', 'paid in part', { paidOre: 664_499 }, '2026-12-13'],
    ['issued', 'credited in part', { creditedOre: 166_13, creditedCards: 1 }, '2026-12-01'],
    ['reminded', 'once reminded', { reminders: 1 }, '2027-01-01'],
    ['paid', 'paid', { paidOre: 664_500 }, '2027-01-01'],
    ['paid', 'paid twice', { paidOre: 1_329_000 }, '2026-12-01'],
    ['paid', 'reminded and then paid', { paidOre: 664_500, reminders: 2 }, '2027-01-01'],
    [
      'paid',
      'the rest of it credited',
      { paidOre: 648_000, creditedOre: 166_13, creditedCards: 1 },
      '2027-01-01',
    ],
    ['credited', 'every card of it credited', { creditedOre: 664_500, creditedCards: 40 }, '2026-12-01'],
    [
      'credited',
      'credited an øre short by rounding',
      { creditedOre: 664_499, creditedCards: 40 },
      '2026-12-01',
    ],
    [
      'credited',
      'credited after it was paid',
      { paidOre: 664_500, creditedOre: 664_520, creditedCards: 40 },
      '2026-12-01',
    ],
  ])('is %s: %s', (state, _, change, today) => {
    expect(stateOf({ ...issued, ...change }, date(today))).toBe(state);
  });

  test.each<[InvoiceAction, readonly InvoiceState[]]>([
    ['record', [...INVOICE_STATES]],
    ['take-out', [...INVOICE_STATES]],
    ['credit', ['issued', 'due', 'reminded', 'paid']],
    ['remind', ['due', 'reminded']],
  ])('lets one %s in these alone', (action, states) => {
    expect(INVOICE_STATES.filter((state) => mayDo(action, state))).toEqual(states);
  });

  test('is paid when nothing is owed, and what is owed never grows by paying or crediting', () => {
    const standing = fc.record({
      cards: fc.integer({ min: 1, max: 100 }),
      creditedCards: fc.nat(100),
      paidOre: fc.nat(3_000_000),
    });
    fc.assert(
      fc.property(standing, fc.integer({ min: 1, max: 100_000 }), ({ cards, paidOre, ...rest }, priceOre) => {
        const creditedCards = Math.min(rest.creditedCards, cards);
        const sum = (count: number) => sumsOf({ priceOre, count, vatBasisPoints: 2500 }).includingVat.ore;
        const one = {
          cards,
          paidOre,
          creditedCards,
          includingOre: sum(cards),
          creditedOre: sum(creditedCards),
        };
        const left = owed(one).ore;
        const state = stateOf({ ...one, dueOn, reminders: 0 }, dueOn);
        expect(state).toBe(creditedCards === cards ? 'credited' : left <= 0 ? 'paid' : 'issued');
        expect(owed({ ...one, paidOre: paidOre + 1 }).ore).toBe(left - 1);
        if (creditedCards < cards) {
          const more = { creditedCards: creditedCards + 1, creditedOre: one.creditedOre + sum(1) };
          expect(owed({ ...one, ...more }).ore).toBeLessThanOrEqual(left);
        }
      }),
    );
  });
});

test('a reminder comes so many days after the last day of payment', () => {
  expect(remindedBefore(addDays(dueOn, 14), 14)).toBe(dueOn);
});

describe('the KID', () => {
  test.each([
    ['60224', '3'],
    ['7992739871', '3'],
    ['0', '0'],
    ['000010000', '8'],
  ])('of %s ends with %s', (digits, control) => {
    expect(mod10(digits)).toBe(control);
  });

  test('of an invoice has ten digits and is found wrong when one digit is, or two beside each other change places', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        fc.nat(9),
        fc.integer({ min: 1, max: 9 }),
        (number, place, change) => {
          const kid = kidOf(number);
          expect(kid).toMatch(/^[0-9]{10}$/u);
          expect(Number(kid.slice(0, -1))).toBe(number);
          expect(isKid(kid)).toBe(true);
          const digits = [...kid];
          digits[place] = String((Number(digits[place]) + change) % 10);
          expect(isKid(digits.join(''))).toBe(false);
          const [a = '', b = ''] = [kid[place], kid[place + 1]];
          // Luhn tells 09 from 90 no better than the bank does.
          if (place < 9 && a !== b && !['09', '90'].includes(a + b)) {
            expect(isKid(kid.slice(0, place) + b + a + kid.slice(place + 2))).toBe(false);
          }
        },
      ),
    );
  });

  test.each([0, -1, 1.5, 1_000_000_000])('is of no number like %d', (number) => {
    expect(() => kidOf(number)).toThrow(RangeError);
  });

  test.each(['', '123', '1234567890a', '0'.repeat(26)])('is not %j', (text) => {
    expect(isKid(text)).toBe(false);
  });
});

test.each([
  ['99900000010', true],
  ['99900000011', false],
  ['9990000001', false],
  ['9990.00.00010', false],
])('whether %s is an account number: %s', (text, is) => {
  expect(isAccountNumber(text)).toBe(is);
});

test.each([
  [1, 132_90, 33_23, 166_13],
  [2, 265_80, 66_45, 332_25],
  [40, 5316_00, 1329_00, 6645_00],
])('%d cards: VAT is taken once, of the whole', (count, excluding, vat, including) => {
  const sums = sumsOf({ priceOre: 132_90, count, vatBasisPoints: 2500 });
  expect([sums.excludingVat.ore, sums.vat.ore, sums.includingVat.ore]).toEqual([excluding, vat, including]);
});
