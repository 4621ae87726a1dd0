import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { startWorld, type World } from '../support/world.ts';

const INVOICES = `/b/${organisations.blueHammer}/business/invoices`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ demo: true });
  await delivered();
}, 120_000);
afterAll(async () => {
  await world.stop();
});

/** Waits until the tasks have delivered an invoice. */
async function delivered(): Promise<void> {
  const deadline = Date.now() + 80_000;
  while ((await world.rows('select 1 from invoices where delivered_at is not null')).length === 0) {
    if (Date.now() > deadline) throw new Error('No invoice has been delivered.');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function loggedIn(nationalId: string, options: Parameters<World['newBrowser']>[0]): Promise<Page> {
  const page = await world.newBrowser(options);
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

async function expectAccessible(page: Page): Promise<void> {
  expect(await barriersOf(page)).toEqual([]);
}

/** What a link of the page gives, with the page's own cookies. */
async function fetched(page: Page, name: string): Promise<{ type: string; body: Buffer }> {
  const href = await page.getByRole('link', { name }).getAttribute('href');
  const answer = await page.request.get(href ?? '');
  expect(answer.status()).toBe(200);
  return { type: answer.headers()['content-type'] ?? '', body: await answer.body() };
}

test('an officer reads an invoice, an operator records what was paid, and both see it', async () => {
  const officer = await loggedIn(people.vakenSpurv, { language: 'nb' });
  await officer.goto(`/b/${organisations.blueHammer}/business/access`);
  await officer.getByRole('link', { name: 'Fakturaer', exact: true }).click();
  await officer.waitForURL(`**${INVOICES}`);
  await expectAccessible(officer);
  await officer
    .getByRole('link', { name: /^Faktura [0-9]+$/u })
    .last()
    .click();
  await officer.getByRole('heading', { level: 1, name: /^Faktura [0-9]+$/u }).waitFor();
  const liable = 'BLÅ HAMMER AS er ansvarlig for å betale denne fakturaen, uansett hvem som har bestilt.';
  await officer.getByText(liable).waitFor();
  await expectAccessible(officer);

  const pdf = await fetched(officer, 'Last ned som PDF');
  expect([pdf.type, pdf.body.subarray(0, 5).toString()]).toEqual(['application/pdf', '%PDF-']);
  const xml = (await fetched(officer, 'Last ned EHF (XML)')).body.toString();
  const [invoice] = await world.rows<{ id: string; number: number; kid: string; ore: number }>(
    `select id, number, kid, including_ore as ore from invoices where id = $1`,
    [new URL(officer.url()).pathname.split('/').at(-1)],
  );
  expect(xml).toContain(`<cbc:PaymentID>${String(invoice?.kid)}</cbc:PaymentID>`);
  // The access point was handed the very same, once.
  const sent = world.standIns.control.documents().filter(({ key }) => key === invoice?.id);
  expect(sent.map((one) => one.xml)).toEqual([xml]);

  const operator = await loggedIn(people.flittigOperator, { language: 'nb', width: 390 });
  await operator.goto('/staff');
  await operator.getByRole('link', { name: 'Fakturaer og innbetalinger' }).click();
  await expectAccessible(operator);
  await operator.getByRole('link', { name: `Faktura ${String(invoice?.number)}`, exact: true }).click();
  await operator.locator('input[name=amount]').fill('mye');
  await operator.locator('input[name=reference]').fill('BANK-1');
  await operator.getByRole('button', { name: 'Før innbetalingen' }).click();
  await operator.getByText('Skriv et beløp i kroner, for eksempel 166,13').first().waitFor();
  await operator.locator('input[name=amount]').fill(String((invoice?.ore ?? 0) / 100));
  await operator.getByRole('button', { name: 'Før innbetalingen' }).click();
  await operator.getByText('Innbetalingen er ført.').waitFor();
  await operator.getByText('Betalt', { exact: true }).first().waitFor();
  await expectAccessible(operator);

  await officer.reload();
  await officer.getByText('Innbetalt').first().waitFor();
  expect(await world.rows('select paid_ore as ore from invoices where id = $1', [invoice?.id])).toEqual([
    { ore: invoice?.ore },
  ]);
  await operator.getByLabel('Betalt dobbelt').check();
  await operator.getByRole('button', { name: 'Ta ut innbetalingen' }).click();
  await operator.getByText('Innbetalingen er tatt ut, med en rad for seg.').waitFor();
  await operator.getByText('Tatt ut: betalt dobbelt').waitFor();
}, 90_000);

test('a vendor’s member without the right is told so, and with it sees the invoices of its own orders', async () => {
  const path = `/b/${organisations.blueHammer}/by/${organisations.cheapVendor}/business/invoices`;
  const member = await loggedIn(people.hjelpsomHand, { language: 'en', javaScript: false });
  expect((await member.goto(path))?.status()).toBe(403);
  await world.rows(
    `update mandates set rights = rights || '{invoices.read}' where holder_name = 'RIMELIG KORTHJELP AS'`,
  );
  expect((await member.goto(path))?.status()).toBe(200);
  const shown = await member.getByRole('link', { name: /^Invoice [0-9]+$/u }).count();
  const [own] = await world.rows<{ count: number }>(
    `select count(*)::integer as count from invoices where vendor_id is not null`,
  );
  expect(shown).toBe(own?.count);
}, 60_000);
