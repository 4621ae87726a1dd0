import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read']);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

describe('How to check who has access to order HSE cards for your business', () => {
  test('the six steps, followed literally', async () => {
    const vendor = await world.newBrowser({ language: 'en' });
    await vendor.goto('/');
    await world.logIn(vendor, people.hjelpsomHand);
    await vendor.goto('/b/310000019/by/310000035/orders');
    await vendor.getByRole('heading', { level: 1, name: 'Orders' }).waitFor();

    // 1. Go to the service and log in.
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await page.getByRole('link', { name: 'Log in', exact: true }).first().click();
    await world.logIn(page, people.vakenSpurv);
    // 2. Select the business you manage.
    await page.getByRole('link', { name: 'BLÅ HAMMER AS' }).click();
    // 3. Click on "Business" in the top menu.
    await page
      .locator('nav.top-menu')
      .getByRole('link', { name: /^Business/u })
      .click();
    // 4. Go to "Access" in the menu on the left.
    await page.locator('nav.side-menu').getByRole('link', { name: 'Access', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Access' }).waitFor();
    // 5. Remove users who should no longer have access.
    await page.getByRole('link', { name: /^Remove.*RIMELIG KORTHJELP AS/u }).click();
    await page.locator('main form button[type=submit]').click();
    await page.getByText('The access has been removed.').waitFor();
    const refused = await vendor.goto('/b/310000019/by/310000035/orders');
    expect(refused?.status()).toBe(403);
    const removed = await world.rows(
      `select m.end_reason, e.decision from mandates m join audit_entries e on e.subject_id = m.id
       where e.action = 'mandate.remove' and m.ended_at is not null`,
    );
    expect(removed).toEqual([{ end_reason: 'removed', decision: 'allowed' }]);
    // 6. Click on the user icon in the top menu and select "User profile".
    await page.locator('header details.user-menu summary').click();
    await page.getByRole('link', { name: 'User profile' }).click();
    await page.getByRole('heading', { level: 1, name: 'User profile' }).waitFor();
    await page.getByText('Nobody in the business has confirmed these details.').waitFor();
    // "Please verify that the contact information for the business is correct."
    await page.getByRole('button', { name: 'The details are right' }).click();
    await page.getByText('Thank you. The contact details are confirmed.').waitFor();
    await page.getByText('Confirmed by Våken Spurv').waitFor();
    const confirmed = await world.rows(
      `select c.confirmed_by_name from contact_details c join businesses b on b.id = c.business_id
       where b.organisation_number = '310000019'`,
    );
    expect(confirmed).toEqual([{ confirmed_by_name: 'Våken Spurv' }]);
  }, 60_000);
});
