import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { browserOf, considerOrder, orderCards } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const WANTED = { unit: /TROMSØ/u, workers: ['Áilu Čáhcesuolu', 'Máret Đuottar'] } as const;

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** What the page's table of prices says, cell by cell. */
async function priceTable(page: Page): Promise<string[][]> {
  const rows = await page.locator('main table').last().locator('tbody tr').all();
  return Promise.all(rows.map(async (row) => row.locator('th, td').allInnerTexts()));
}

const twoCards = [
  ['Official price of cards', '2 × NOK 132.90', 'NOK 265.80'],
  ['Sum excl. VAT', '', 'NOK 265.80'],
  ['VAT 25 %', '', 'NOK 66.45'],
  ['To pay, incl. VAT', '', 'NOK 332.25'],
];

describe('If you order HSE cards directly, each card costs 132.90 kroner + VAT', () => {
  test('anyone reads it before logging in; an order costs that and nothing on top; a later price leaves it alone', async () => {
    const anyone = await world.newBrowser({ language: 'nb', width: 390, javaScript: false });
    await anyone.goto('/');
    await anyone.getByText('Ett kort koster 132,90 kr uten merverdiavgift').waitFor();

    const officer = await browserOf(world, people.vakenSpurv);
    await considerOrder(officer, OWN, WANTED);
    expect(await priceTable(officer)).toEqual(twoCards);
    const orderId = await orderCards(officer, OWN, WANTED);
    expect(await priceTable(officer)).toEqual(twoCards);
    expect(
      await world.rows(
        `select price_ore, fee_ore::int, vat_basis_points, vendor_id,
           (select count(*)::int from order_lines where order_id = o.id) as cards from orders o where id = $1`,
        [orderId],
      ),
    ).toEqual([{ price_ore: 13_290, fee_ore: 0, vat_basis_points: 2500, vendor_id: null, cards: 2 }]);

    // The Authority sets another price, from now on.
    await world.rows(
      `insert into price_list (card_type, valid_from, price_ore, source)
       select distinct card_type, date_trunc('day', now() at time zone 'Europe/Oslo') at time zone 'Europe/Oslo', 13950, 'a letter'
       from price_list`,
    );
    await anyone.reload();
    await anyone.getByText('Ett kort koster 139,50 kr uten merverdiavgift').waitFor();
    await considerOrder(officer, OWN, { unit: /TROMSØ/u, workers: ['Eŋá Šávdni'] });
    expect((await priceTable(officer))[0]).toEqual([
      'Official price of cards',
      '1 × NOK 139.50',
      'NOK 139.50',
    ]);
    await officer.goto(`${OWN}/orders/${orderId}`);
    expect(await priceTable(officer)).toEqual(twoCards);
  }, 60_000);
});
