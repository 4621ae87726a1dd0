import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import {
  acceptAndConfirm,
  browserOf,
  dearVendor,
  fairVendor,
  giveMandate,
  orderCards,
  registerVendor,
  tickWorkers,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = '/b/310000019';
const ACCESS = `${OWN}/business/access`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  const { mandateId } = await giveMandate(world, await registerVendor(world, fairVendor), [
    'orders.place',
    'orders.read',
  ]);
  await registerVendor(world, dearVendor);
  await tickWorkers(world, mandateId, ['Máret Đuottar']);
  const member = await browserOf(world, fairVendor.member);
  await orderCards(member, `${OWN}/by/${fairVendor.number}`, { unit: /TROMSØ/u, workers: ['Máret Đuottar'] });
  await member.context().close();
}, 90_000);
afterAll(() => world.stop());

async function expectAccessible(page: Page): Promise<void> {
  expect(await barriersOf(page)).toEqual([]);
}

const BOSS = `(select id from persons where name = 'Våken Spurv')`;

test('an officer takes over what a bar holds, and gives the one that took the vendor over a mandate', async () => {
  await world.rows(
    `insert into vendor_bars (vendor_id, reason, appeal, decided_at, barred_at, began_at, barred_by, barred_by_name)
     select id, 'r', 'a', now(), now(), now(), ${BOSS}, 'Grundig Mappe' from businesses where organisation_number = $1`,
    [fairVendor.number],
  );
  const page = await browserOf(world, people.vakenSpurv, { width: 390 });
  await page.goto(`${OWN}/orders`);
  await page.getByText('1 order waits for your decision').waitFor();
  await expectAccessible(page);
  await page.locator('main .ds-alert a').first().click();
  await expectAccessible(page);
  await page.locator('form[action$="/take-over"] button').click();
  await page.getByText('Taken over from').waitFor();
  await expectAccessible(page);
  expect(await world.rows('select vendor_id, fee_ore, bar_held_at from orders')).toEqual([
    { vendor_id: null, fee_ore: 0, bar_held_at: null },
  ]);

  await world.rows(`update businesses set dissolved_on = '2026-11-01' where organisation_number = $1`, [
    fairVendor.number,
  ]);
  await world.rows(
    `insert into vendor_mergers (vendor_id, successor_id, merged_on, source, recorded_at, recorded_by, recorded_by_name)
     select v.id, s.id, '2026-11-01', 'Announced', now(), ${BOSS}, 'Grundig Mappe' from businesses v, businesses s
     where v.organisation_number = $1 and s.organisation_number = $2`,
    [fairVendor.number, dearVendor.number],
  );
  await page.goto(ACCESS);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Answer', exact: true }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: `Yes, go on to ${dearVendor.name}` }).click();
  await page.waitForURL(/vendor-drafts/u);
  await acceptAndConfirm(page);
  await page.waitForURL(/done=/u);
  await page.goto(`${ACCESS}/mergers`);
  await page
    .getByText(`The mandate to ${dearVendor.name} has been given, and the old one has ended.`)
    .waitFor();
  await expectAccessible(page);
  await page.goto(ACCESS);
  expect(await page.getByText('taken over').count()).toBe(0);
  expect(await page.locator('main').getByRole('link', { name: fairVendor.name }).count()).toBe(0);
  await page.context().close();
});
