import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { Fixtures } from '../support/fixtures.ts';
import { browserOf } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const WORKER = '02838536711';
const MOBILE = '+4791234567';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** No fault that axe finds on the page, wide and on a telephone: looked at by a browser with scripts, which axe needs, and the cookies of the one without. */
async function expectAccessible(eyes: Page, page: Page): Promise<void> {
  await eyes.context().addCookies(await page.context().cookies());
  await eyes.goto(page.url());
  expect(await problemsAtBothWidths(eyes)).toEqual([]);
}

/** A valid card of the person who has logged in with this number. */
async function giveCard(name: string): Promise<string> {
  const fixtures = Fixtures.in(world.database);
  const [person] = await world.rows<{ id: string }>(`select id from persons where name = '${name}'`);
  const business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  const unused = Buffer.alloc(0);
  const worker = await fixtures.worker(business, {
    id: person!.id,
    name,
    numberHash: unused,
    tokenHash: unused,
  });
  const holder = { id: worker, personId: person!.id, unit: business.unit };
  const { cardId } = await fixtures.order(business, holder, await fixtures.person('Våken Spurv'));
  await world.rows(
    `update cards set expires_at = now() + interval '1 year', employer_name = 'BLÅ HAMMER AS' where id = '${cardId}'`,
  );
  return cardId;
}

/** The last text message to the worker's mobile that says so. */
async function message(saying: RegExp): Promise<string> {
  const text = () => world.standIns.control.sms(MOBILE)[0]?.text ?? '';
  await expect.poll(text, { timeout: 15_000 }).toMatch(saying);
  return text();
}

test('a worker sets a mobile, and at night, with no login and no script, sees the card by link and code and reports it stolen', async () => {
  const worker = await browserOf(world, WORKER);
  const cardId = await giveCard('Munter Elv');
  await worker.goto('/my-cards');
  await worker.getByRole('link', { name: 'Use your mobile without logging in' }).click();
  await worker.getByLabel('Mobile number').fill('912 34 567');
  await worker.getByRole('button', { name: 'Send a code' }).click();
  const [, setting = ''] = /([0-9]{6})/u.exec(await message(/[0-9]{6}/u)) ?? [];
  await worker.getByLabel('The code that was sent to').fill(setting);
  await worker.getByRole('button', { name: 'Confirm the number' }).click();
  await worker.getByText('The number is confirmed.').waitFor();

  const phone = await world.newBrowser({ language: 'en', javaScript: false, width: 390 });
  const eyes = await world.newBrowser({ language: 'en' });
  await phone.goto('/my-phone?in=pl');
  await expectAccessible(eyes, phone);
  await phone.getByLabel('Numer telefonu').fill('91234567');
  await phone.getByRole('button', { name: 'Wyślij link i kod' }).click();
  await phone.getByRole('heading', { name: 'Sprawdź SMS-y' }).waitFor();
  await expectAccessible(eyes, phone);
  const text = await message(/wpisz kod.*w ciągu/u);
  const [link = ''] = /http\S+\/p\/\S+/u.exec(text) ?? [];
  const [, code = ''] = /([0-9]{6})/u.exec(text.replace(link, '')) ?? [];
  await phone.goto(link);
  await expectAccessible(eyes, phone);
  await phone.getByLabel('Kod z sześciu cyfr').fill(code === '000000' ? '111111' : '000000');
  await phone.getByRole('button', { name: 'Pokaż karty' }).click();
  await phone.getByText('Kod jest nieprawidłowy').first().waitFor();
  await phone.getByLabel('Kod z sześciu cyfr').fill(code);
  await phone.getByRole('button', { name: 'Pokaż karty' }).click();
  await phone.getByRole('heading', { name: 'BLÅ HAMMER AS' }).waitFor();
  expect(await phone.locator('main').innerText()).toContain('Ważna');
  await expectAccessible(eyes, phone);
  // It opens nothing else.
  await phone.goto('/my-cards');
  expect(new URL(phone.url()).pathname).toBe('/login');
  await phone.goto('/my-phone/cards?in=pl');
  await phone.getByRole('link', { name: /Zgłoś zgubienie lub kradzież/u }).click();
  await expectAccessible(eyes, phone);
  await phone.getByRole('radio', { name: 'Jest skradziona' }).check();
  await phone.getByRole('button', { name: 'Zablokuj kartę na stałe' }).click();
  await phone.getByText('Zablokowana').first().waitFor();
  await expectAccessible(eyes, phone);
  await phone.getByRole('button', { name: 'Zamknij' }).click();
  await phone.goto(link);
  await phone.getByText('Link został już użyty. Działa tylko raz.').waitFor();
  await expectAccessible(eyes, phone);
  expect(await world.rows(`select blocked_reason from cards where id = '${cardId}'`)).toEqual([
    { blocked_reason: 'stolen' },
  ]);
  await worker.goto('/my-cards');
  await worker.getByText('Reported stolen and blocked for good').waitFor();
}, 120_000);
