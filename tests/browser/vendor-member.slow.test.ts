import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  await giveVendorAccess(world, ['orders.place']);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

describe("a vendor's member who may order and nothing more", () => {
  test('comes from the picker to the orders, and is offered no page that always refuses', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.hjelpsomHand);
    await page.getByRole('link', { name: 'BLÅ HAMMER AS' }).click();
    await page.getByText('on behalf of RIMELIG KORTHJELP AS').waitFor();
    expect(new URL(page.url()).pathname).toBe('/b/310000019/by/310000035/orders');
    expect(await page.locator('nav.top-menu a').allInnerTexts()).toEqual(['Orders']);
    const refused = await page.goto('/b/310000019/by/310000035/business/access');
    expect(refused?.status()).toBe(403);
    await page.context().close();
  });

  test('reads each cell of the picker in one place on a phone, beside a name that fits', async () => {
    const page = await world.newBrowser({ language: 'nb', width: 390 });
    await page.goto('/');
    await world.logIn(page, people.hjelpsomHand);
    await page.getByRole('link', { name: 'BLÅ HAMMER AS' }).waitFor();
    // As text: what runs in the browser is not typed here.
    const cells = await page.evaluate<{ parts: number; fits: boolean }[]>(
      `[...document.querySelectorAll('td[data-label]:not([data-label=""])')].map((cell) => {
        const name = getComputedStyle(cell, '::before');
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = name.fontWeight + ' ' + name.fontSize + ' ' + name.fontFamily;
        const parts = cell.dataset.label.split(/[ \u00ad]/u);
        return {
          parts: cell.childNodes.length,
          fits: parts.every((part) => pen.measureText(part).width <= parseFloat(name.width) + 1),
        };
      })`,
    );
    expect(cells.length).toBeGreaterThan(0);
    // A word that is too long is broken where a hyphen belongs.
    for (const cell of cells) expect(cell).toEqual({ parts: 1, fits: true });
    await page.context().close();
  });
});

test('the price of an order shows no empty calculation on a phone', async () => {
  const page = await world.newBrowser({ language: 'en', width: 390 });
  await page.goto('/');
  await world.logIn(page, people.vakenSpurv);
  await page.goto('/b/310000019/orders/new');
  await page.locator('input[name=unit]').first().check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(/unit=/u);
  await page.locator('input[name=worker]:not([disabled])').first().check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(/confirm/u);
  const shown = page.locator('td[data-label=Calculation]:visible');
  expect(await shown.allInnerTexts()).toEqual(['1 × NOK 132.90']);
  await page.context().close();
});
