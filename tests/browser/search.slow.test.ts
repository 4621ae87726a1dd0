import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
const OWN = `/b/${organisations.blueHammer}`;

beforeAll(async () => {
  world = await startWorld({ demo: true, jobs: false });
}, 60_000);
afterAll(() => world.stop());

/** Without scripts, as every page has to work. */
async function officerPage(): Promise<Page> {
  const page = await world.newBrowser({ javaScript: false, language: 'en' });
  await world.logIn(page, people.vakenSpurv);
  return page;
}

async function search(page: Page, text: string): Promise<void> {
  await page.locator('main input[type=search]').fill(text);
  await page.locator('main input[type=search]').press('Enter');
  await page.waitForURL(/[?&]find=/u);
}

const rows = (page: Page, text: string) => page.locator('main tbody tr', { hasText: text });

describe('a search for people', () => {
  test('shows who was found, again on the way back, and never stands in an address', async () => {
    const page = await officerPage();
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto(`${OWN}/business/access`);
    expect(await rows(page, 'RIMELIG KORTHJELP AS').count()).toBe(1);
    await search(page, 'munter');
    expect(await rows(page, 'Munter Elv').count()).toBe(1);
    expect(await rows(page, 'RIMELIG KORTHJELP AS').count()).toBe(0);
    await rows(page, 'Munter Elv')
      .getByRole('link', { name: /Remove/u })
      .click();
    await page.getByRole('heading', { level: 1, name: /Munter Elv/u }).waitFor();
    await page.goBack();
    expect(await rows(page, 'Munter Elv').count()).toBe(1);
    expect(await rows(page, 'RIMELIG KORTHJELP AS').count()).toBe(0);
    expect(await page.locator('main input[type=search]').inputValue()).toBe('munter');

    await page.goto(`${OWN}/business/access/people`);
    await search(page, 'østavind');
    await rows(page, 'Ærlig Østavind')
      .getByRole('link', { name: /Choose/u })
      .click();
    await page.locator('input[name=email]').waitFor();
    await page.goBack();
    expect(await rows(page, 'Ærlig Østavind').count()).toBe(1);

    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((address) => /munter|stavind/iu.test(address))).toEqual([]);
    await page.context().close();
  });

  test('among the workers to order for keeps who is ticked', async () => {
    const page = await officerPage();
    await page.goto(`${OWN}/orders/new`);
    await page.locator('input[name=unit]').first().check();
    await page.locator('main form button[type=submit]').click();
    const box = page.locator('input[type=checkbox][name=worker]:not(:disabled)').first();
    const id = (await box.getAttribute('value')) ?? 'no worker';
    await box.check();
    await search(page, 'finnes ikke');
    expect(page.url()).not.toContain('finnes');
    expect(await page.locator('input[type=checkbox][name=worker]').count()).toBe(0);
    await page.locator('button[name=step][value=confirm]').click();
    await page.waitForURL(/\/orders\/new\/confirm\?/u);
    expect(await page.locator(`input[name=worker][value="${id}"]`).count()).toBe(1);
    await page.context().close();
  });
});
