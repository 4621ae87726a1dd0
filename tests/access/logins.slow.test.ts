import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { browserOf, giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const ACCESS = `${OWN}/business/access`;
const VENDOR = 'RIMELIG KORTHJELP AS';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read']);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

interface DeviceRow {
  readonly id: string;
  readonly answer: string | null;
  readonly open: number;
}

/** The browsers of a person, in the order in which they were first used, with how many sessions are open in each. */
const devicesOf = (nationalName: string) =>
  world.rows<DeviceRow>(
    `select d.id, d.answer, count(s.id)::int as open from devices d join persons p on p.id = d.person_id
       left join sessions s on s.device_id = d.id and s.ended_at is null
     where p.name = $1 group by d.id order by d.id`,
    [nationalName],
  );

/** The one who is logged in logs out, and the other (or the same) logs in in the same browser. */
async function changePlaces(page: Page, next: string): Promise<void> {
  await page.locator('details.user-menu summary').click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { level: 1, name: 'You are logged out' }).waitFor();
  await page.goto('/login');
  await world.logIn(page, next);
  await page.getByRole('heading', { level: 1, name: 'Choose business' }).waitFor();
}

const linkIn = (text: string) => /\/profile\/devices\/[0-9a-f-]{36}/u.exec(text)?.[0] ?? '';
const answerNo = (page: Page) => page.getByRole('button', { name: 'No, it was not me' }).click();

test('a person is told of a first login calmly, of one from a new browser, and ends what was not theirs', async () => {
  const usual = await browserOf(world, people.munterElv);
  const first = await world.mail('munter.elv@example.no', /Du har logget inn i Kortvakt/u);
  expect(first.text).toContain('for første gang');
  await usual.goto('/profile');
  // The first browser of all is new beside nothing.
  expect(await usual.getByText('New', { exact: true }).count()).toBe(0);
  const cookie = (await usual.context().cookies(world.origin)).find(({ name }) => name === '__Host-device');
  expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
  expect(cookie!.expires - Date.now() / 1000).toBeGreaterThan(360 * 86_400);
  // What is stored is no use to whoever reads it.
  const [stored] = await world.rows<{ text: string }>(
    'select string_agg(d::text, $1) as text from devices d',
    [' '],
  );
  expect(stored?.text).not.toContain(cookie!.value);

  // The same browser again is nothing new.
  await changePlaces(usual, people.munterElv);
  expect(await devicesOf('Munter Elv')).toHaveLength(1);

  const other = await browserOf(world, people.munterElv);
  const told = await world.mail('munter.elv@example.no', /fra en ny nettleser/u);
  const link = linkIn(told.text);
  const [, device] = await devicesOf('Munter Elv');
  expect(link).toBe(`/profile/devices/${device!.id}`);
  // The link says nothing of the person, and whoever only opens it (as mail scanners do) changes nothing.
  const scanned = await fetch(`${world.origin}${link}`, { redirect: 'manual' });
  expect([scanned.status, scanned.headers.get('location')]).toEqual([303, expect.stringContaining('/login')]);
  const stranger = await browserOf(world, people.fremmedFugl);
  expect((await stranger.goto(link))?.status()).toBe(404);
  await usual.goto(link);
  await usual.getByRole('heading', { level: 1, name: 'Was this you?' }).waitFor();
  expect((await devicesOf('Munter Elv')).map(({ answer, open }) => [answer, open])).toEqual([
    [null, 1],
    [null, 1],
  ]);
  await usual.goto('/profile');
  await usual.getByText('New', { exact: true }).waitFor();

  await usual.goto(link);
  await answerNo(usual);
  await usual.getByText('The sessions in that browser have ended.').waitFor();
  await other.goto('/profile');
  expect(new URL(other.url()).pathname).toBe('/login');
  expect((await devicesOf('Munter Elv')).map(({ answer, open }) => [answer, open])).toEqual([
    [null, 1],
    ['denied', 0],
  ]);
  const audited = await world.rows(
    `select action, changes->>'sessionsEnded' as ended from audit_entries where subject_id = $1`,
    [device!.id],
  );
  expect(audited).toEqual([{ action: 'device.denied', ended: '1' }]);

  // From a browser that was denied, the next login is one from a new browser.
  await other.goto('/login');
  await other.locator('main form button[type=submit]').click();
  // What the issuer remembers from before the denial opens nothing, and is forgotten there too.
  await other.getByText('Somebody has answered that a login of yours was not you.').waitFor();
  expect(await devicesOf('Munter Elv')).toHaveLength(2);
  await other.goto('/login');
  await world.logIn(other, people.munterElv);
  await other.getByRole('heading', { level: 1, name: 'Choose business' }).waitFor();
  const devices = await devicesOf('Munter Elv');
  expect(devices).toHaveLength(3);
  await usual.goto(`/profile/devices/${devices[2]!.id}`);
  await usual.getByRole('button', { name: 'Yes, it was me' }).click();
  await usual.getByText('The browser is marked as known.').waitFor();
  expect(await usual.getByText('New', { exact: true }).count()).toBe(0);
  expect((await devicesOf('Munter Elv'))[2]).toMatchObject({ answer: 'known', open: 1 });
}, 60_000);

/** An officer logs in where a member of the vendor has been, on the vendor's own machine. */
async function lentLogin(): Promise<Page> {
  const machine = await browserOf(world, people.hjelpsomHand);
  await machine.goto(`${OWN}/by/${organisations.cheapVendor}/orders`);
  await changePlaces(machine, people.vakenSpurv);
  await machine.goto(`${OWN}/orders`);
  return machine;
}

test('a login lent to a vendor shows to the officers, who end it and freeze the vendor with one answer', async () => {
  const own = await browserOf(world, people.vakenSpurv);
  const machine = await lentLogin();

  // The other officers hear of the new browser at addresses of their own, and everyone of what does not look right.
  const colleague = await world.mail(
    'vis.ugle@example.no',
    /Våken Spurv handlet for BLÅ HAMMER AS fra en ny/u,
  );
  expect(colleague.text).toContain(ACCESS);
  const seen = await world.mail('vaken.spurv@example.no', /nettleser som RIMELIG KORTHJELP AS har brukt/u);
  expect(seen.text).toContain('Var dette dere?');
  await world.mail('vis.ugle@example.no', /nettleser som RIMELIG KORTHJELP AS har brukt/u);

  // Whoever sits at that machine cannot confirm themselves.
  await machine.goto(ACCESS);
  await machine.getByText(`Våken Spurv acted from a browser that ${VENDOR} has used`).waitFor();
  await machine.getByRole('button', { name: 'Yes, this is all right' }).click();
  await machine.getByText('This cannot be confirmed from the browser that it is about').waitFor();

  await own.goto(ACCESS);
  await own.getByRole('button', { name: `No, end them and freeze ${VENDOR}` }).click();
  await own.getByText('and the vendor is frozen').first().waitFor();
  await own.getByText(`Emergency stop: ${VENDOR} is frozen`).waitFor();
  expect(await own.getByText('Was this you?').count()).toBe(0);
  await machine.goto(`${OWN}/orders`);
  expect(new URL(machine.url()).pathname).toBe('/login');
  const [row] = await world.rows<{ answer: string; frozen: boolean }>(
    `select g.answer, exists (select from freezes f where f.vendor_id = g.vendor_id and f.lifted_at is null) as frozen
     from signals g where g.kind = 'vendor-browser'`,
  );
  expect(row).toEqual({ answer: 'denied', frozen: true });
  const audited = await world.rows(
    `select decision, rule, changes->>'sessionsEnded' as ended from audit_entries where action = 'signal.answer' order by id`,
  );
  expect(audited).toEqual([
    { decision: 'refused', rule: 'same-browser', ended: null },
    { decision: 'allowed', rule: null, ended: '1' },
  ]);
  // An answer comes once.
  await world.mail('rimelig.regnestykke@example.no', /nødstopp|frosset/u);
}, 60_000);

test('the officer alone ends the lent login from the letter, which freezes the vendor too', async () => {
  await world.rows('delete from freezes');
  const machine = await lentLogin();
  await expect
    .poll(() => world.rows(`select id from signals where answer is null`), { timeout: 15_000 })
    .toHaveLength(1);
  const device = (await devicesOf('Våken Spurv')).at(-1)!;
  const own = await browserOf(world, people.vakenSpurv);
  await own.goto(`/profile/devices/${device.id}`);
  await own.getByText(`If you answer no, ${VENDOR} is frozen in BLÅ HAMMER AS.`).waitFor();
  await answerNo(own);
  await own.getByText('the vendor that has used it is frozen').waitFor();
  await machine.goto(`${OWN}/orders`);
  expect(new URL(machine.url()).pathname).toBe('/login');
  expect(await world.rows('select id from freezes where lifted_at is null')).toHaveLength(1);
  expect(await world.rows('select id from signals where answer is null')).toEqual([]);
}, 60_000);

test('whoever answers from the browser that it is about is logged out there', async () => {
  const page = await browserOf(world, people.gulVinkel);
  const [device] = await devicesOf('Gul Vinkel');
  await page.goto(`/profile/devices/${device!.id}`);
  await page.getByText('It is the browser that you are using now.').waitFor();
  await answerNo(page);
  await page.waitForURL(/logged-out/u);
  await page.goto(`/profile/devices/${device!.id}`);
  expect(new URL(page.url()).pathname).toBe('/login');
});
