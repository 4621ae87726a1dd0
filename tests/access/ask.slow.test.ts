import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { parseOrganisationNumber } from '../../src/kernel/organisation-number.ts';
import { barriersOf } from '../support/barriers.ts';
import { browserOf, dayAhead, submitMain, valueOf } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

/** A worker of the construction company, in its Oslo unit. */
const WORKER = '22889138789';
const ACCESS = `/b/${organisations.blueHammer}/business/access`;
const NEW = `/access-requests/new/${organisations.blueHammer}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const number = valueOf(parseOrganisationNumber(organisations.blueHammer));
  const [app] = world.apps;
  expect((await app?.services.importBusiness(number))?.ok).toBe(true);
  expect((await app?.services.importWorkers(number))?.ok).toBe(true);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const main = (page: Page) => page.locator('main');

test('a worker finds their employer, asks, is given less, and acts with it at once', async () => {
  const worker = await browserOf(world, WORKER, { width: 390 });
  await worker.goto('/businesses');
  await main(worker).getByRole('link', { name: 'Ask BLÅ HAMMER AS for access' }).click();
  await worker.getByRole('heading', { level: 1, name: 'Ask for access in BLÅ HAMMER AS' }).waitFor();
  expect(await worker.locator('input[name="ask-agreements.sign"]').count()).toBe(0);
  expect((await worker.goto(`/b/${organisations.blueHammer}/orders`))?.status()).toBe(404);
  await worker.goto(NEW);
  await worker.locator('input[name="ask-orders.place"]').check();
  await worker.locator('input[name="why-orders.place"]').fill('I order for the site at Alna');
  await worker.locator('input[name="ask-orders.read"]').check();
  await worker.locator('input[name="lastDay"]').fill(dayAhead(80));
  await worker.locator('textarea[name=purpose]').fill('Cards for Alna');
  await submitMain(worker);
  // What was forgotten is said, and what was typed stands.
  await worker.getByRole('link', { name: /Write why you need this/u }).click();
  await worker.locator('input[name="why-orders.read"]').fill('To follow them');
  await submitMain(worker);
  await worker.getByText('The request has been sent').waitFor();
  expect(await barriersOf(worker)).toEqual([]);

  const mail = await world.mail('vaken.spurv@example.no', /ber om tilgang i BLÅ HAMMER AS/u);
  const link = /http\S+requests\/[0-9a-f-]{36}/u.exec(mail.text)?.[0] ?? '';
  const officer = await browserOf(world, people.vakenSpurv);
  await officer.goto(ACCESS);
  await officer.getByRole('heading', { name: 'Requests that wait for an answer (1)' }).waitFor();
  await officer.goto(link);
  await officer.getByText('Reason: I order for the site at Alna').waitFor();
  expect(await barriersOf(officer)).toEqual([]);
  await world.rows(`update sessions set auth_time = now() - interval '1 hour'`);
  await officer.getByRole('link', { name: 'Give less' }).click();
  await officer.locator('input[name=rights][value="orders.place"]').uncheck();
  await officer.getByRole('button', { name: 'See the preview' }).click();
  await officer.getByText('Different from what Glad Lerke has asked for').waitFor();
  await officer.getByRole('link', { name: 'Log in again' }).click();
  await officer.locator('main form button[type=submit]').click();
  await passLogin(officer, people.vakenSpurv);
  await officer.waitForURL(/mandate-drafts/u);
  await submitMain(officer);
  await officer.getByText('The mandate has been given.').waitFor();
  expect(
    await world.rows(
      'select r.outcome, m.rights::text[] as rights from mandate_requests r join mandates m on m.id = r.mandate_id',
    ),
  ).toEqual([{ outcome: 'less', rights: ['orders.read'] }]);

  await worker.goto('/access-requests');
  await worker.getByText('Gave less').waitFor();
  expect((await worker.goto(`/b/${organisations.blueHammer}/orders`))?.status()).toBe(200);
}, 90_000);

test('whoever is not tied to a business cannot tell it from one that does not exist', async () => {
  const stranger = await browserOf(world, people.rimeligRegnestykke);
  const seen: string[] = [];
  for (const number of [organisations.blueHammer, '310000337']) {
    expect((await stranger.goto(`/access-requests/new/${number}`))?.status()).toBe(404);
    seen.push(await main(stranger).innerHTML());
  }
  expect(seen[0]).toBe(seen[1]);
}, 30_000);
