import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import {
  acceptAndConfirm,
  browserOf,
  dayAhead,
  dearVendor,
  forge,
  orderCards,
  submitMain,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const VENDOR = `/b/${dearVendor.number}`;
const BY_VENDOR = `${OWN}/by/${dearVendor.number}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** What axe finds wrong with the page, and whether it is wider than the window, at both widths. */
/** An officer of the vendor goes the way to becoming one, and ends with the link for its customers. */
async function becomeVendor(manager: Page): Promise<string> {
  const start = `${VENDOR}/business/vendor/start`;
  await manager.goto(start);
  expect(await problemsAtBothWidths(manager)).toEqual([]);
  await manager.getByLabel('We never ask for BankID').check();
  await submitMain(manager);
  await manager.getByText('You have to promise all three').first().waitFor();
  for (const promise of ['We never copy the login page', 'Only our own people'])
    await manager.getByLabel(promise).check();
  await submitMain(manager);
  await manager.getByRole('link', { name: 'Publish the price' }).click();
  await manager.locator('input[name=fee]').fill('466');
  for (const tick of ['agreement', 'terms']) await manager.locator(`input[name=${tick}]`).check();
  await submitMain(manager);
  await manager.waitForURL(/done=/u);
  await manager.getByRole('link', { name: 'step by step' }).click();
  await manager.getByRole('link', { name: 'Add a member' }).click();
  const search = manager.locator('form:has(input[name=q])');
  await search.locator('input[name=q]').fill(dearVendor.memberName);
  await search.getByRole('button').click();
  await manager.getByRole('button', { name: `Choose ${dearVendor.memberName}` }).click();
  await manager.waitForURL(/done=/u);
  await manager.goto(start);
  expect(await problemsAtBothWidths(manager)).toEqual([]);
  expect(await manager.getByText('Done', { exact: true }).count()).toBe(4);
  await manager.getByRole('img', { name: 'QR code of the link for customers' }).waitFor();
  return (await manager.locator('.upload-link').innerText()).trim();
}

/** The business opens the link, compares the price, reads, signs, accepts and gives. */
async function giveByLink(officer: Page, link: string): Promise<void> {
  await officer.goto(link);
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await officer.getByText('NOK 598.90').waitFor();
  await officer.getByRole('link', { name: 'Choose BLÅ HAMMER AS' }).click();
  for (const right of ['orders.place', 'orders.read', 'workers.read'])
    await officer.locator(`input[name=rights][value="${right}"]`).check();
  await officer.locator('textarea[name=purpose]').fill('Cards for one project');
  await officer.locator('input[name=lastDay]').fill(dayAhead(90));
  await submitMain(officer);
  await officer.waitForURL(/vendor-drafts/u);
  await officer
    .getByText(
      'This vendor charges 466 kr on top of 132.90. For your 40 workers that is 18,640 kr + VAT over two years.',
    )
    .waitFor();
  await officer.getByText('Read the agreement', { exact: true }).waitFor();
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await acceptAndConfirm(officer);
  await officer.waitForURL(/done=/u);
}

/** The vendor offers a price item by item, and the business accepts it. */
async function agreeOnQuote(manager: Page, officer: Page): Promise<void> {
  await manager.goto(`${VENDOR}/business/vendor/quotes/new`);
  await manager.getByLabel('BLÅ HAMMER AS').check();
  await manager.locator('input[name=lastDay]').fill(dayAhead(120));
  await manager.locator('input[name=amount-fee]').fill('300');
  await manager.locator('input[name=vat-fee]').fill('75,01');
  await manager.locator('input[name=amount-postage]').fill('89');
  await manager.getByRole('button', { name: 'Send the quote' }).click();
  await manager.getByText('The VAT is wrong. It is NOK 75.00').first().waitFor();
  expect(await manager.locator('input[name=amount-postage]').inputValue()).toBe('89');
  expect(await problemsAtBothWidths(manager)).toEqual([]);
  await manager.locator('input[name=vat-fee]').fill('75');
  await manager.getByRole('button', { name: 'Send the quote' }).click();
  await manager.getByText('The quote is sent.').waitFor();
  await officer.goto(`${OWN}/business/quotes`);
  await officer.getByRole('link', { name: dearVendor.name }).click();
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await officer.locator('input[name=accept]').check();
  await submitMain(officer);
  await officer.getByText('The quote is accepted.').waitFor();
}

test('a vendor comes aboard, is given a mandate by its link, orders at the quote, and is refused when the agreement ends', async () => {
  const manager = await browserOf(world, dearVendor.manager);
  const link = await becomeVendor(manager);
  expect(link).toBe(`${world.origin}/give/${dearVendor.number}`);
  expect(
    await world.rows(`select version, accepted_by_name from vendor_terms t join businesses b on b.id = t.vendor_id
      where b.organisation_number = '${dearVendor.number}'`),
  ).toHaveLength(1);

  const officer = await browserOf(world, people.vakenSpurv);
  await giveByLink(officer, link);
  await agreeOnQuote(manager, officer);

  await manager.goto(`${VENDOR}/business/vendor`);
  await manager.getByRole('link', { name: 'Set up members for BLÅ HAMMER AS' }).click();
  await manager.getByLabel(dearVendor.memberName).check();
  await submitMain(manager);
  await manager.waitForURL(/done=/u);

  const member = await browserOf(world, dearVendor.member);
  const order = await orderCards(member, BY_VENDOR, { unit: /OSLO/u, workers: [await aWorker()] });
  // 132.90 + 300 + 89 = 521.90, VAT 130.48 half up.
  await officer.goto(`${OWN}/orders/${order}`);
  await officer.getByText('NOK 652.38').first().waitFor();
  expect(
    await world.rows('select price_ore, fee_ore, order_fee_ore from orders where id = $1', [order]),
  ).toEqual([{ price_ore: 13290, fee_ore: 30000, order_fee_ore: 8900 }]);

  await officer.goto(`${OWN}/business/agreements`);
  await officer.getByRole('link', { name: dearVendor.name }).click();
  await officer.getByRole('link', { name: 'End the agreement' }).click();
  await submitMain(officer);
  await officer.getByText('The agreement has ended, and the mandate is stopped.').waitFor();
  // The very next request of a page that is open, and of any other.
  expect(await forge(member, `${BY_VENDOR}/orders/${order}/cancel`)).toBe(403);
  expect((await member.goto(`${BY_VENDOR}/orders/new`))?.status()).toBe(403);
  await member.getByText('agreement').first().waitFor();
}, 180_000);

/** A worker of the Oslo unit who can be ordered for. */
async function aWorker(): Promise<string> {
  const [row] = await world.rows<{ name: string }>(
    `select w.name from workers w join units u on u.id = w.unit_id join businesses b on b.id = w.business_id
     where b.organisation_number = $1 and u.name ilike '%oslo%' and w.employed_to is null and not w.deceased and w.number_active
       and not exists (select from cards c where c.worker_id = w.id) order by w.name limit 1`,
    [organisations.blueHammer],
  );
  return row?.name ?? '';
}
