import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { browserOf, forge, giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = '/b/310000019/business/contact';
const AS_VENDOR = '/b/310000019/by/310000035/business/contact';
const OLD = 'post@blahammer.example';
const NEW = 'kort@blahammer.example';
const OFFICER = 'vaken.spurv@example.no';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read', 'cards.read', 'workers.read']);
}, 90_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  await world.rows(`update clock set offset_by = '0'`);
  world.standIns.control.clearMail({});
  await world.rows(`delete from contact_stops`);
  await world.rows(`delete from contact_events`);
  await world.rows('update notices set contact_move_id = null');
  await world.rows(`delete from contact_moves`);
  await setEmail(OLD);
});

const setEmail = (email: string) =>
  world.rows(
    `update contact_details set email = $1 where business_id = (select id from businesses where organisation_number = '310000019')`,
    [email],
  );
const email = async () => {
  const [row] = await world.rows<{ email: string }>(
    `select email from contact_details where business_id = (select id from businesses where organisation_number = '310000019')`,
  );
  return row?.email;
};
const later = (interval: string) => world.rows('update clock set offset_by = $1::interval', [interval]);
const linkIn = (text: string) => /https?:\/\/\S+\/contact\/stop\/\S+/u.exec(text)?.[0] ?? '';

const ABOUT_TO = /i ferd med å endres|about to change/u;

/** An officer changes the address and proves it with the code that is sent there. */
async function change(page: Page, to: string): Promise<void> {
  await page.goto(`${OWN}/change`);
  await page.locator('input[name=email]').fill(to);
  await page.locator('main form button[type=submit]').last().click();
  const letter = await world.mail(to, /code|Kode/u);
  await page.locator('input[name=code]').fill(/: ([0-9]{6})/u.exec(letter.text)?.[1] ?? '');
  await page.locator('main form button[type=submit]').last().click();
  await page.getByText('The change is on its way.').waitFor();
}

test("an officer's change, from the form to the end of the waiting time", async () => {
  const page = await browserOf(world, people.vakenSpurv, { width: 390 });
  await page.goto(`${OWN}/change`);
  await page.locator('input[name=email]').fill(NEW);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Enter the code' }).waitFor();
  expect(await barriersOf(page)).toEqual([]);
  await page.locator('input[name=code]').fill('12');
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByText('The code is not right').first().waitFor();
  // Nobody else has been told of what is not proved.
  expect(await world.mails(OLD)).toEqual([]);
  const letter = await world.mail(NEW, /Kode/u);
  await page.locator('input[name=code]').fill(/: ([0-9]{6})/u.exec(letter.text)?.[1] ?? '');
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByText('The change is on its way.').waitFor();
  await page.getByRole('heading', { name: 'A change is on its way' }).waitFor();
  expect(await barriersOf(page)).toEqual([]);

  for (const address of [OLD, NEW, OFFICER]) await world.mail(address, ABOUT_TO);
  expect(await email()).toBe(OLD);
  await later('73 hours');
  await expect.poll(email, { timeout: 20_000, interval: 300 }).toBe(NEW);
  for (const address of [OLD, NEW, OFFICER]) await world.mail(address, /gjelder nå|holds now/u);
  await later('0');
  await page.goto(OWN);
  await page.locator('ul.changes').first().getByText(NEW).waitFor();
  await page.context().close();
}, 120_000);

test('the old address stops a change without a login; opening the link does nothing', async () => {
  const page = await browserOf(world, people.vakenSpurv);
  await change(page, NEW);
  const link = linkIn((await world.mail(OLD, ABOUT_TO)).text);
  const stranger = await world.newBrowser({ width: 390, language: 'en' });
  await stranger.goto(link);
  await stranger.getByRole('button', { name: 'Stop the change' }).waitFor();
  expect(await barriersOf(stranger)).toEqual([]);
  // Neither whose address it is nor where messages go is shown to whoever got hold of the link.
  expect(await stranger.content()).not.toContain(NEW);
  const state = async () =>
    (await world.rows<{ state: string }>('select state from contact_moves'))[0]?.state;
  expect(await state()).toBe('waiting');
  await stranger.getByRole('button', { name: 'Stop the change' }).click();
  await stranger.getByText('The change is stopped.').waitFor();
  expect(await state()).toBe('paused');
  await world.mail(OFFICER, /har stanset endringen|has stopped the change/u);
  await stranger.goto(link);
  expect(await stranger.getByRole('button', { name: 'Stop the change' }).count()).toBe(0);
  await page.goto(OWN);
  await page.getByText(`${OLD} has stopped the change.`).waitFor();
  expect(await barriersOf(page)).toEqual([]);
  await Promise.all([page.context().close(), stranger.context().close()]);
}, 120_000);

test('a vendor who holds the old address loses it: it stops the change once, and an officer goes on', async () => {
  const vendors = 'hei@rimeligkorthjelp.example';
  await setEmail(vendors);
  const page = await browserOf(world, people.vakenSpurv);
  await change(page, NEW);
  const link = linkIn((await world.mail(vendors, ABOUT_TO)).text);
  const vendor = await world.newBrowser({ language: 'en' });
  await vendor.goto(link);
  await vendor.getByRole('button', { name: 'Stop the change' }).click();
  await vendor.getByText('The change is stopped.').waitFor();
  await page.goto(OWN);
  await page.getByRole('button', { name: 'Go on with the change' }).click();
  await page.getByText('The change goes on.').waitFor();
  await vendor.goto(link);
  await vendor.getByText('It cannot be stopped from here again.').waitFor();
  await later('73 hours');
  await expect.poll(email, { timeout: 20_000, interval: 300 }).toBe(NEW);
  await Promise.all([page.context().close(), vendor.context().close()]);
}, 120_000);

test('two officers at once: one goes on, the other cancels, and the cancel wins', async () => {
  const going = await browserOf(world, people.vakenSpurv);
  await change(going, NEW);
  const stranger = await world.newBrowser({ language: 'en' });
  await stranger.goto(linkIn((await world.mail(OLD, ABOUT_TO)).text));
  await stranger.getByRole('button', { name: 'Stop the change' }).click();
  await stranger.getByText('The change is stopped.').waitFor();
  const stopping = await browserOf(world, people.visUgle);
  await Promise.all([going.goto(OWN), stopping.goto(OWN)]);
  await Promise.all([
    going.getByRole('button', { name: 'Go on with the change' }).click(),
    stopping.getByRole('button', { name: 'Cancel the change' }).click(),
  ]);
  await stopping.getByText('The change is cancelled.').waitFor();
  await later('200 hours');
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(await world.rows('select state from contact_moves')).toEqual([{ state: 'cancelled' }]);
  expect(await email()).toBe(OLD);
  await Promise.all([going, stopping, stranger].map((one) => one.context().close()));
}, 120_000);

test("a vendor's attempts, by page and by forged form, change nothing and are shown to the business", async () => {
  const member = await browserOf(world, people.hjelpsomHand);
  expect((await member.goto(AS_VENDOR))?.status()).toBe(403);
  expect((await member.goto(`${AS_VENDOR}/change`))?.status()).toBe(403);
  const form = { version: '1', email: 'post@leverandor.example', language: 'nb' };
  expect(await forge(member, `${AS_VENDOR}/change`, form)).toBe(403);
  for (const what of ['cancel', 'overrule', 'undo', 'code'])
    expect([what, await forge(member, `${AS_VENDOR}/${what}`, { move: crypto.randomUUID() })]).toEqual([
      what,
      403,
    ]);
  expect([await email(), await world.rows('select id from contact_moves')]).toEqual([OLD, []]);
  const officer = await browserOf(world, people.vakenSpurv);
  await officer.goto(OWN);
  await officer.getByText('RIMELIG KORTHJELP AS tried to get in here 7 times').waitFor();
  await Promise.all([member.context().close(), officer.context().close()]);
}, 120_000);
