import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  browserOf,
  considerOrder,
  fairVendor,
  giveVendorAccess,
  submitMain,
  tickWorkers,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const WORKER = 'Máret Đuottar';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const { mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']);
  await tickWorkers(world, mandateId, [WORKER]);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

describe('Even if you use an external party, the business is still financially responsible if payment is not made', () => {
  test('the vendor reads it before it orders, the business on the order and in its mail, and the order is the business’s', async () => {
    const member = await browserOf(world, fairVendor.member, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    await considerOrder(member, `${OWN}/by/${fairVendor.number}`, { unit: /TROMSØ/u, workers: [WORKER] });
    const told = 'BLÅ HAMMER AS er ansvarlig for at kortene blir betalt, uansett hvem som bestiller.';
    await member.locator('main').getByText(told).waitFor();
    // The vendor wants the cards sent to itself: that asks the business first, and moves the cards, not the bill.
    await member.getByRole('radio', { name: 'En annen adresse' }).check();
    await member.locator('input[name=recipient]').fill('RIMELIG KORTHJELP AS');
    await member.locator('textarea[name=street]').fill('Storgata 1');
    await member.locator('input[name=postalCode]').fill('9008');
    await submitMain(member);
    await member.waitForURL(/orders\/[0-9a-f-]{36}/u);
    await member.locator('main').getByText(told).waitFor();

    const { text } = await world.mail('post@blahammer.example', /vil bestille HMS-kort/u);
    expect(text).toContain(told);
    const officer = await browserOf(world, people.vakenSpurv);
    await officer.goto(new URL(member.url()).pathname.replace(`/by/${fairVendor.number}`, ''));
    await officer
      .locator('main')
      .getByText('BLÅ HAMMER AS is responsible for the cards being paid, whoever orders them.')
      .waitFor();
    await officer
      .getByText('The cards are to be sent to an address that the business has not approved.')
      .waitFor();
    await officer.getByRole('button', { name: 'Approve the order' }).click();
    await officer.getByText('The order is approved.').waitFor();
    expect(
      await world.rows(
        `select b.name as payer, v.name as vendor, o.delivery_address->>'recipient' as recipient
         from orders o join businesses b on b.id = o.business_id join businesses v on v.id = o.vendor_id`,
      ),
    ).toEqual([
      { payer: 'BLÅ HAMMER AS', vendor: 'RIMELIG KORTHJELP AS', recipient: 'RIMELIG KORTHJELP AS' },
    ]);
  }, 60_000);
});
