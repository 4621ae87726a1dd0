import type { Page } from 'playwright-core';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestProduction } from '../../src/cards/index.ts';
import { inTransaction } from '../../src/database/transaction.ts';
import { offerWorkers, placeOrder } from '../../src/orders/index.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { addDocuments, giveVendorAccess, loggedIn, valueOf, passReview } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${organisations.cheapVendor}`;

let world: World;
let orderId: string;
beforeAll(async () => {
  world = await startWorld();
  const { mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']);
  orderId = await orderAsVendor(mandateId);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

function services() {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  return app.services;
}

/** The vendor's member orders a card for a worker whom the business ticked; the photo is still missing. */
async function orderAsVendor(mandateId: string): Promise<string> {
  const [worker] = await world.rows<{ id: string; unit: string }>(
    `select w.id, w.unit_id as unit from workers w join businesses b on b.id = w.business_id
     where b.organisation_number = $1 and w.name = 'Ærlig Østavind'`,
    [organisations.blueHammer],
  );
  const [unitId, workerIds] = [worker?.unit ?? '', [worker?.id ?? '']];
  const officer = await loggedIn(world, people.vakenSpurv, organisations.blueHammer);
  valueOf(await offerWorkers(services(), officer, { mandateId, unitId, workerIds }));
  const member = await loggedIn(world, people.hjelpsomHand, organisations.blueHammer);
  const placed = await placeOrder(
    services(),
    { ...member, vendor: organisations.cheapVendor },
    {
      key: '01980000-0000-7000-8000-000000000001',
      unitId,
      workerIds,
      delivery: { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' },
      customerReference: 'Tromsø',
    },
  );
  return valueOf(placed).orderId;
}

async function browserOf(nationalId: string): Promise<Page> {
  const page = await world.newBrowser({ language: 'en' });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

/** Has production look for ready lines, and waits until it has. */
async function produce(): Promise<void> {
  await inTransaction(services().database, { kind: 'job', name: 'test' }, requestProduction);
  await expect
    .poll(
      () =>
        world.rows(
          `select 1 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
           where t.identifier = 'cards.produce'`,
        ),
      { timeout: 15_000 },
    )
    .toEqual([]);
}

const line = async () =>
  (
    await world.rows<{ state: string; cards: number }>(
      `select l.state, count(c.id)::int as cards from order_lines l left join cards c on c.order_line_id = l.id
       where l.order_id = $1 group by l.id`,
      [orderId],
    )
  )[0];

test('a vendor is frozen with one button, what it ordered is held, and goes on when an officer lifts the stop', async () => {
  const vendor = await browserOf(people.hjelpsomHand);
  expect((await vendor.goto(`${AS_VENDOR}/orders/${orderId}`))?.status()).toBe(200);
  await vendor.getByText('Ærlig Østavind').first().waitFor();

  const officer = await browserOf(people.vakenSpurv);
  await officer.goto(`${OWN}/business/access`);
  await officer.getByRole('link', { name: 'Freeze RIMELIG KORTHJELP AS' }).click();
  await officer
    .getByRole('heading', { level: 1, name: 'Emergency stop: freeze RIMELIG KORTHJELP AS' })
    .waitFor();
  await officer.getByLabel('Why?').fill('We have not asked for this order');
  await officer.getByRole('button', { name: 'Stop now' }).dblclick();
  await officer.getByText('RIMELIG KORTHJELP AS is frozen').waitFor();
  await officer.getByText('Pressed by Våken Spurv').waitFor();
  expect(await world.rows('select id from freezes')).toHaveLength(1);

  // What the vendor has open ends: the next thing it tries is refused, and says why.
  const refused = await vendor.reload();
  expect(refused?.status()).toBe(403);
  await vendor.getByText('The business has pressed the emergency stop').waitFor();
  await vendor.goto('/businesses');
  expect(await vendor.getByRole('link', { name: 'BLÅ HAMMER AS' }).count()).toBe(0);
  const told = await world.mail('rimelig.regnestykke@example.no', /nødstopp/u);
  expect(told.text).toContain('We have not asked for this order');
  await world.mail('vaken.spurv@example.no', /RIMELIG KORTHJELP AS er frosset/u);

  // The order waits, also when the business adds what was missing.
  await officer.goto(`${OWN}/orders`);
  await officer
    .getByRole('row', { name: /RIMELIG/u })
    .getByText('Held')
    .waitFor();
  await officer.goto(`${OWN}/orders/${orderId}`);
  await officer.getByText('The order is held: emergency stop').waitFor();
  await officer.getByText('Reason: We have not asked for this order').waitFor();
  const photo = await drawPortrait('Kort Holder');
  await officer
    .locator('input[name^=photo]')
    .setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: photo });
  await officer.getByRole('button', { name: 'Upload', exact: true }).click();
  await officer.getByText('The photo is saved.').waitFor();
  await addDocuments(world);
  // The reviewer is not shown it meanwhile. What had passed review before the stop waits as well.
  await passReview(world);
  expect((await line())?.state).toBe('under-review');
  await world.rows(
    `update order_lines set state = 'ready', card_number = '76543210' where state = 'under-review'`,
  );
  await produce();
  expect(await line()).toEqual({ state: 'ready', cards: 0 });

  // Lifting takes an officer's new login.
  await world.rows(`update sessions set auth_time = now() - interval '1 hour'`);
  await officer.goto(`${OWN}/business/access`);
  await officer.getByRole('link', { name: 'Lift the stop of RIMELIG KORTHJELP AS' }).click();
  await officer.getByRole('link', { name: 'Log in again' }).click();
  await officer.locator('main form button[type=submit]').click();
  await passLogin(officer, people.vakenSpurv);
  await officer.getByRole('heading', { level: 1, name: /Lift the emergency stop/u }).waitFor();
  await officer.getByLabel('Why can you start again?').fill('The foreman had asked');
  await officer.getByRole('button', { name: 'Lift the stop' }).click();
  await officer.getByText('The stop is lifted, and what was held goes on.').waitFor();
  await expect.poll(line, { timeout: 20_000 }).toEqual({ state: 'shipped', cards: 1 });
  expect((await vendor.goto(`${AS_VENDOR}/orders/${orderId}`))?.status()).toBe(200);
  await world.mail('rimelig.regnestykke@example.no', /opphevet[\s\S]*The foreman had asked/u);
  const audit = await world.rows(
    `select action, decision, rule from audit_entries where action like 'freeze.%' order by id`,
  );
  expect(audit.filter(({ decision }) => decision === 'allowed')).toEqual([
    { action: 'freeze.place', decision: 'allowed', rule: null },
    { action: 'freeze.lift', decision: 'allowed', rule: null },
  ]);
}, 90_000);

test('everyone but officers is stopped from a phone without scripts', async () => {
  const officer = await world.newBrowser({ language: 'nb', width: 390, javaScript: false });
  await officer.goto('/login');
  await world.logIn(officer, people.vakenSpurv);
  await officer.goto(`${OWN}/business/access`);
  await officer.getByRole('link', { name: 'Nødstopp' }).click();
  await officer.getByRole('button', { name: 'Stans nå' }).click();
  await officer.getByText('Nødstopp: alle unntatt rolleinnehaverne er stanset').waitFor();
  const vendor = await browserOf(people.hjelpsomHand);
  expect((await vendor.goto(`${AS_VENDOR}/orders`))?.status()).toBe(403);
  expect((await officer.goto(`${OWN}/orders`))?.status()).toBe(200);
}, 60_000);
