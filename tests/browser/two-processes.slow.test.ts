import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

/** Two applications, each with connections of its own, share a database and nothing else. */
let world: World;
let first: string;
let second: string;
beforeAll(async () => {
  world = await startWorld({ apps: 2, jobs: false });
  [first = '', second = ''] = world.origins;
  await giveVendorAccess(world, ['orders.place', 'orders.read']);
  await giveMandate('Munter Elv');
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** A mandate of an employee, written past row-level security: how it is given is tried elsewhere. */
async function giveMandate(name: string): Promise<void> {
  await world.rows(
    `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie,
       approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
     select w.business_id, 'person', w.person_id, w.name, '{orders.read}', now() - interval '1 hour', now() + interval '30 days',
       'employment', o.person_id, o.name, now(), 'high', now()
     from workers w join businesses b on b.id = w.business_id and b.organisation_number = '310000019'
     join officers o on o.business_id = b.id and o.role_code = 'DAGL' where w.name = $1`,
    [name],
  );
}

async function loggedIn(origin: string, nationalId: string): Promise<Page> {
  const page = await world.newBrowser({ language: 'en', origin });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${origin}/**`);
  return page;
}

async function remove(holder: RegExp): Promise<void> {
  const officer = await loggedIn(first, people.vakenSpurv);
  await officer.goto('/b/310000019/business/access');
  await officer.getByRole('link', { name: holder }).click();
  await officer.locator('main form button[type=submit]').click();
  await officer.getByText('The access has been removed.').waitFor();
  await officer.context().close();
}

const statusOf = async (page: Page, path: string) => (await page.goto(path))?.status();

describe('what is removed in one process is gone with the very next request in another', () => {
  test.each([
    ["a person's mandate", people.munterElv, '/b/310000019/orders', /^Remove.*Munter Elv/u],
    [
      "a vendor's mandate",
      people.hjelpsomHand,
      '/b/310000019/by/310000035/orders',
      /^Remove.*RIMELIG KORTHJELP AS/u,
    ],
  ])('%s', async (_what, nationalId, path, holder) => {
    const page = await loggedIn(second, nationalId);
    expect(await statusOf(page, path)).toBe(200);
    await remove(holder);
    expect(await statusOf(page, path)).toBe(403);
    await page.context().close();
  });

  test('a session', async () => {
    const page = await loggedIn(second, people.vakenSpurv);
    expect(await statusOf(page, '/b/310000019/orders')).toBe(200);
    // The same session, in the other process.
    await page.goto(`${first}/b/310000019/orders`);
    const cookies = await page.context().cookies(first);
    await page.locator('header details.user-menu summary').click();
    await page.getByRole('button', { name: 'Log out' }).click();
    // The log-out has ended on both sides once the issuer has sent the browser back: a navigation before that is broken off.
    await page.waitForURL(/\/logged-out/u);
    await page.context().addCookies(cookies);
    await page.goto(`${second}/b/310000019/orders`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.context().close();
  });
});
