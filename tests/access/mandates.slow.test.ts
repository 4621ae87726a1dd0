import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { giveVendorAccess } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const ACCESS = `/b/${organisations.blueHammer}/business/access`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function open(
  nationalId: string,
  level: 'substantial' | 'high' = 'high',
  javaScript = true,
): Promise<Page> {
  const page = await world.newBrowser({ language: 'en', javaScript });
  await page.goto('/');
  await world.logIn(page, nationalId, level);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

const submit = (page: Page) => page.locator('main form button[type=submit]:not([name])').first().click();

describe('a mandate to a vendor for named workers', () => {
  test('is narrowed by one officer while another fills in, and the vendor loses it with the next page', async () => {
    const { mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read', 'cards.read']);
    const [first, second] = [await open(people.vakenSpurv, 'substantial'), await open(people.visUgle)];
    const member = await open(people.hjelpsomHand);
    const cards = `/b/${organisations.blueHammer}/by/${organisations.cheapVendor}/cards`;
    expect((await member.goto(cards))?.status()).toBe(200);
    for (const page of [first, second]) {
      await page.goto(`${ACCESS}/mandates/${mandateId}`);
      await page.getByRole('link', { name: 'Narrow' }).click();
      await page.getByRole('heading', { level: 1, name: /^Narrow the mandate/u }).waitFor();
    }
    expect(await barriersOf(first)).toEqual([]);
    await first.locator('input[name=rights][value="cards.read"]').uncheck();
    await first.locator('textarea[name=reason]').fill('We look after the cards ourselves');
    await submit(first);
    await first.getByText('The mandate has been narrowed.').waitFor();
    expect((await member.goto(cards))?.status()).toBe(403);

    await second.locator('input[name=rights][value="orders.read"]').uncheck();
    await second.locator('textarea[name=reason]').fill('No need to see orders');
    await submit(second);
    await second.getByRole('heading', { name: 'The mandate was changed while you filled this in' }).waitFor();
    await second.getByText('We look after the cards ourselves').waitFor();
    expect(await barriersOf(second)).toEqual([]);
    expect(await second.locator('textarea[name=reason]').inputValue()).toBe('No need to see orders');
    await submit(second);
    await second.getByText('The mandate has been narrowed.').waitFor();
    const versions = await world.rows(
      `select change, changed_by_name as by, rights::text[] as rights from mandate_versions where mandate_id = $1 order by version`,
      [mandateId],
    );
    expect(versions.slice(1)).toEqual([
      { change: 'narrowed', by: 'Våken Spurv', rights: ['orders.place', 'orders.read'] },
      { change: 'narrowed', by: 'Vis Ugle', rights: ['orders.place'] },
    ]);
    for (const page of [first, second, member]) await page.context().close();
  }, 90_000);

  test('is written without scripts by someone at substantial, handed over, and confirmed by another officer', async () => {
    const page = await open(people.vakenSpurv, 'substantial', false);
    await page.goto(`${ACCESS}/vendors/${organisations.cheapVendor}`);
    await page.locator('input[name=scope][value=named]').check();
    await page.locator('textarea[name=purpose]').fill('Two who begin on Monday');
    for (const name of ['Munter Elv', 'Snill Løvetann']) {
      await page.locator('input[name=workerSearch]').fill(name);
      await page.getByRole('button', { name: 'Search the workers' }).click();
      await page.getByRole('checkbox', { name }).check();
    }
    expect(await page.locator('textarea[name=purpose]').inputValue()).toBe('Two who begin on Monday');
    for (const right of ['orders.place', 'orders.read']) {
      await page.locator(`input[name=rights][value="${right}"]`).check();
    }
    await page
      .locator('input[name=lastDay]')
      .fill(new Date(Date.now() + 60 * 864e5).toISOString().slice(0, 10));
    await submit(page);
    await page.waitForURL(/vendor-drafts/u);
    const preview = new URL(page.url()).pathname;
    const text = await page.locator('main').innerText();
    for (const told of [
      'Munter Elv',
      'Snill Løvetann',
      'born in 1985',
      'NOK 231.90',
      'Commfides',
      'Vis Ugle',
    ]) {
      expect(text).toContain(told);
    }
    await page.getByRole('button', { name: 'Ask another officer to confirm' }).click();
    await page.getByText('The officers have been told.').waitFor();

    const other = await open(people.visUgle, 'substantial');
    await other.goto(preview);
    expect(await barriersOf(other)).toEqual([]);
    await other.getByRole('link', { name: 'Log in again' }).click();
    await other.locator('main form button[type=submit]').click();
    await passLogin(other, people.visUgle);
    await other.waitForURL(/vendor-drafts/u);
    for (const box of await other.locator('main form input[type=checkbox]').all()) await box.check();
    await other.getByRole('button', { name: 'Give the mandate' }).click();
    await other.getByText('The mandate has been given.').waitFor();
    const given = await world.rows(
      `select m.approved_by_name as by, (select array_agg(w.name order by w.name) from workers w where w.id = any (m.workers)) as names
       from mandates m where m.ended_at is null and m.holder = 'vendor'`,
    );
    expect(given).toEqual([{ by: 'Vis Ugle', names: ['Munter Elv', 'Snill Løvetann'] }]);
    for (const one of [page, other]) await one.context().close();
  }, 90_000);
});
