import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import {
  acceptAndConfirm,
  browserOf,
  dayAhead,
  dearVendor,
  fairVendor,
  giveMandate,
  registerVendor,
  type RegisteredVendor,
} from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const ACCESS = `/b/${organisations.blueHammer}/business/access`;
const OFFICER_MAIL = 'vaken.spurv@example.no';
const VENDOR_MAIL = 'rimelig.regnestykke@example.no';

let world: World;
let registered: RegisteredVendor;
beforeAll(async () => {
  world = await startWorld();
  registered = await registerVendor(world, fairVendor);
  await registerVendor(world, dearVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  await world.rows('delete from mandate_requests');
  await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null`);
});

const main = (page: Page) => page.locator('main');

/** The vendor asks the construction company; ends on the request's page. Answers with the address that it may send. */
async function ask(page: Page, vendor = fairVendor, look = false): Promise<string> {
  await page.goto(`/b/${vendor.number}/business/vendor`);
  await page.getByRole('link', { name: 'Ask for a mandate' }).click();
  await page.getByLabel('organisation number').fill('310 000 019');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: 'Ask BLÅ HAMMER AS for a mandate' }).waitFor();
  await page.locator('input[name="ask-orders.place"]').check();
  if (look) expect(await barriersOf(page)).toEqual([]);
  await page.locator('input[name="why-orders.place"]').fill('We order for your site at Alna');
  await page.locator('input[name="ask-cards.read"]').check();
  for (const right of ['orders.read', 'orders.prepare']) {
    await page.locator(`input[name="ask-${right}"]`).uncheck();
  }
  await page.locator('input[name="lastDay"]').fill(dayAhead(80));
  await page.locator('textarea[name=purpose]').fill('Cards for Alna');
  await page.getByRole('button', { name: 'Send the request' }).click();
  // What was forgotten is said, and what was typed stands.
  await page.getByRole('link', { name: /Write why you need this/u }).click();
  await page.locator('input[name="why-cards.read"]').fill('To see when they have come');
  await page.getByRole('button', { name: 'Send the request' }).click();
  await page.getByText('The request is sent.').waitFor();
  return (await page.locator('main code').textContent()) ?? '';
}

async function stepUp(page: Page, nationalId: string): Promise<void> {
  await page.getByRole('link', { name: /Log in again|Logg inn på nytt/u }).click();
  await page.locator('main form button[type=submit]').click();
  await passLogin(page, nationalId);
  await page.locator('input[name=agreement], main form button[type=submit]').first().waitFor();
}

const outcomes = () =>
  world.rows<{ outcome: string | null; rights: string[] | null }>(
    `select r.outcome, m.rights::text[] as rights from mandate_requests r left join mandates m on m.id = r.mandate_id`,
  );

describe('a vendor asks for a mandate', () => {
  test('by a link that the business opens, reads, answers yes, and confirms with a fresh login', async () => {
    const vendor = await browserOf(world, fairVendor.manager);
    const link = await ask(vendor, fairVendor, true);
    expect(await barriersOf(vendor)).toEqual([]);
    expect(link).toMatch(new RegExp(`^${world.origin}${ACCESS}/requests/[0-9a-f-]{36}$`, 'u'));
    const mail = await world.mail(OFFICER_MAIL, /ber om fullmakt fra BLÅ HAMMER AS/u);
    expect(mail.text).toContain(link);

    const officer = await world.newBrowser({ language: 'en' });
    await officer.goto(link);
    await world.logIn(officer, people.vakenSpurv);
    await officer.waitForURL(link);
    await officer.getByText('Reason: We order for your site at Alna').waitFor();
    expect(await barriersOf(officer)).toEqual([]);
    await officer.goto(ACCESS);
    await officer.getByRole('heading', { name: 'Requests that wait for an answer (1)' }).waitFor();
    await main(officer).getByRole('link', { name: 'RIMELIG KORTHJELP AS' }).first().click();
    await world.rows(`update sessions set auth_time = now() - interval '1 hour'`);
    await officer.getByRole('button', { name: 'Yes, see the preview' }).click();
    await officer.getByText('This is exactly what RIMELIG KORTHJELP AS has asked for.').waitFor();
    await stepUp(officer, people.vakenSpurv);
    await acceptAndConfirm(officer);
    await officer.getByText('The mandate has been given.').waitFor();
    expect(await outcomes()).toEqual([{ outcome: 'yes', rights: ['orders.place', 'cards.read'] }]);
    expect(await officer.getByText('Requests that wait').count()).toBe(0);

    await world.mail(VENDOR_MAIL, /BLÅ HAMMER AS svarte ja/u);
    await vendor.reload();
    await main(vendor).getByText('Yes', { exact: true }).waitFor();
    // The way back leads to what has been answered: nothing more can be done there.
    await officer.goto(link);
    await officer.getByText('Våken Spurv answered yes on').waitFor();
    expect(await officer.getByRole('button', { name: 'Yes, see the preview' }).count()).toBe(0);
  }, 90_000);

  test('nobody but who manages access in that business can tell that the link leads anywhere', async () => {
    const vendor = await browserOf(world, fairVendor.manager);
    const link = await ask(vendor);
    for (const nationalId of [fairVendor.manager, dearVendor.manager, fairVendor.member]) {
      const page = await browserOf(world, nationalId);
      const theirs = await page.goto(link);
      const body = await main(page).innerHTML();
      const nothing = await page.goto(link.replace(/.{4}$/u, '0000'));
      expect([theirs?.status(), nothing?.status()]).toEqual([404, 404]);
      expect(body).toBe(await main(page).innerHTML());
    }
    const rival = await browserOf(world, dearVendor.manager);
    await rival.goto(`/b/${dearVendor.number}/business/vendor/requests`);
    await rival.getByText('You have not asked for a mandate').waitFor();
    await vendor.goto(`/b/${fairVendor.number}/business/vendor/requests`);
    await main(vendor).getByRole('link', { name: 'BLÅ HAMMER AS' }).waitFor();
    expect(await barriersOf(vendor)).toEqual([]);
  }, 60_000);

  test('gets less, from a phone without scripts, and both differences are shown', async () => {
    await giveMandate(world, registered, ['orders.read', 'cards.read']);
    const link = await ask(await browserOf(world, fairVendor.manager));
    const officer = await browserOf(world, people.vakenSpurv, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    await officer.goto(link);
    await officer.getByText('Dette blir annerledes hvis dere gir det de ber om').waitFor();
    await officer.getByRole('link', { name: 'Gi mindre' }).click();
    await officer.locator('input[name=rights][value="orders.place"]').uncheck();
    await officer.locator('input[name=rights][value="orders.prepare"]').check();
    await officer.getByRole('button', { name: 'Se forhåndsvisning' }).click();
    await officer.getByText('Annerledes enn det RIMELIG KORTHJELP AS har bedt om').waitFor();
    await officer.getByText('Erstatter fullmakten de har nå').waitFor();
    await acceptAndConfirm(officer);
    await officer.getByText('Fullmakten er gitt.').waitFor();
    expect(await outcomes()).toEqual([{ outcome: 'less', rights: ['orders.prepare', 'cards.read'] }]);
    await world.mail(VENDOR_MAIL, /BLÅ HAMMER AS ga mindre enn dere ba om/u);
  }, 90_000);

  test('is told no with a reason, and of two officers the later one hears who was first', async () => {
    const vendor = await browserOf(world, fairVendor.manager);
    const link = await ask(vendor);
    const [first, second] = [
      await browserOf(world, people.vakenSpurv),
      await browserOf(world, people.visUgle),
    ];
    for (const page of [first, second]) {
      await page.goto(link);
      await page.getByRole('link', { name: 'No', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'Answer no to RIMELIG KORTHJELP AS' }).waitFor();
    }
    expect(await barriersOf(first)).toEqual([]);
    await first.getByLabel('We do not know you').check();
    await first.getByLabel('In your own words').fill('Call us first');
    await first.getByRole('button', { name: 'Answer no' }).click();
    await first.getByText('The answer is no. The vendor is told.').waitFor();
    await second.getByRole('button', { name: 'Answer no' }).click();
    await second.getByText(/Våken Spurv answered no on .* Nothing more was done\./u).waitFor();
    const mail = await world.mail(VENDOR_MAIL, /svarte nei/u);
    expect(mail.text).toContain('Vi kjenner dere ikke, eller har ikke avtalt dette');
    expect(mail.text).toContain('Call us first');
    await vendor.reload();
    await vendor.getByText('Call us first').waitFor();
    await vendor.goto(`/b/${fairVendor.number}/business/vendor/requests/new`);
    await vendor.getByLabel('organisation number').fill(organisations.blueHammer);
    await vendor.getByRole('button', { name: 'Continue' }).click();
    await vendor.locator('input[name="ask-orders.read"]').check();
    await vendor.locator('input[name="why-orders.read"]').fill('Please');
    await vendor.locator('input[name="lastDay"]').fill(dayAhead(30));
    await vendor.locator('textarea[name=purpose]').fill('Please');
    await vendor.getByRole('button', { name: 'Send the request' }).click();
    await vendor.getByText(/The business has answered no. You can ask again from/u).waitFor();
  }, 90_000);

  test('takes it back before anybody has answered', async () => {
    const vendor = await browserOf(world, dearVendor.manager);
    const link = await ask(vendor, dearVendor);
    const officer = await browserOf(world, people.vakenSpurv);
    await officer.goto(link);
    await vendor.getByRole('button', { name: 'Withdraw the request' }).click();
    await vendor.getByText('The request is withdrawn.').waitFor();
    await officer.getByRole('button', { name: 'Yes, see the preview' }).click();
    await officer.getByText(/DYRE KORT AS withdrew the request on/u).waitFor();
    await world.mail(OFFICER_MAIL, /DYRE KORT AS har trukket forespørselen tilbake/u);
    expect(await outcomes()).toEqual([{ outcome: 'withdrawn', rights: null }]);
  }, 60_000);
});

test('a vendor asks for renewal near the end, and the business sees what becomes different', async () => {
  const { mandateId } = await giveMandate(world, registered, ['orders.place', 'cards.read']);
  const vendor = await browserOf(world, fairVendor.manager);
  await vendor.goto(`/b/${fairVendor.number}/business/vendor/customers/${mandateId}`);
  await vendor.getByText('You can ask for renewal from').waitFor();
  await world.rows(`update mandates set ends_at = now() + interval '50 days' where id = $1`, [mandateId]);
  await vendor.reload();
  await vendor.getByRole('link', { name: 'Ask for renewal' }).click();
  expect(await vendor.locator('input[name="ask-cards.read"]').isChecked()).toBe(true);
  await vendor.locator('input[name="ask-cards.read"]').uncheck();
  await vendor.locator('input[name="why-orders.place"]').fill('The site goes on until summer');
  await vendor.locator('input[name="lastDay"]').fill(dayAhead(200));
  await vendor.getByRole('button', { name: 'Send the request' }).click();
  await vendor.getByText('The request is sent.').waitFor();
  await world.mail(OFFICER_MAIL, /ber om å få fornyet fullmakten/u);
  const officer = await browserOf(world, people.vakenSpurv);
  await officer.goto(ACCESS);
  await main(officer).getByText('Renewal', { exact: true }).waitFor();
  await main(officer).getByRole('link', { name: 'RIMELIG KORTHJELP AS' }).first().click();
  await officer.getByRole('heading', { level: 1, name: /asks for renewal/u }).waitFor();
  await officer.getByText(/Removed:.*See the status of cards/u).waitFor();
  await officer.getByText(/Last day: .* → /u).waitFor();
}, 60_000);
