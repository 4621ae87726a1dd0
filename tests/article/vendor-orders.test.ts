import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  browserOf,
  fairVendor,
  giveVendorAccess,
  makeCards,
  orderCards,
  submitMain,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${fairVendor.number}`;
const WORKER = 'Áilu Čáhcesuolu';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read', 'cards.read']);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** The card once the issuer has sent it. */
async function shippedCard(): Promise<{ number: string; birthDate: string }> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const [card] = await world.rows<{ number: string; birthDate: string }>(
      `select number, to_char(birth_date, 'YYYY-MM-DD') as "birthDate" from cards where production = 'shipped'`,
    );
    if (card !== undefined) return card;
    if (Date.now() > deadline) throw new Error('No card was made.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('Many businesses choose to use external suppliers to order HSE cards', () => {
  test('the business ticks a worker, the vendor orders in its own name, and anyone finds the card valid', async () => {
    const officer = await browserOf(world, people.vakenSpurv);
    await officer.goto(`${OWN}/orders`);
    await officer.getByRole('link', { name: 'Let a vendor order' }).click();
    await officer.getByRole('radio', { name: fairVendor.name }).check();
    await officer.getByRole('radio', { name: /TROMSØ/u }).check();
    await submitMain(officer);
    await officer.getByRole('checkbox', { name: WORKER }).check();
    await officer.getByRole('button', { name: 'Let the vendor order for these' }).click();
    await officer.getByText('The vendor may now order for these.').waitFor();

    const member = await browserOf(world, fairVendor.member, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    await member.getByRole('link', { name: 'BLÅ HAMMER AS' }).click();
    await member.getByText(`på vegne av ${fairVendor.name}`).waitFor();
    const orderId = await orderCards(member, AS_VENDOR, { unit: /TROMSØ/u, workers: [WORKER] });
    const buffer = await drawPortrait(WORKER);
    await member
      .locator('input[name^=photo]')
      .setInputFiles({ name: 'foto.jpg', mimeType: 'image/jpeg', buffer });
    await member.getByRole('button', { name: 'Last opp' }).click();
    await member.getByText('Bildet er lagret.').waitFor();

    // The business sees the vendor's order among its own.
    await officer.goto(`${OWN}/orders`);
    const row = officer.getByRole('row').filter({ has: officer.locator(`a[href$="/orders/${orderId}"]`) });
    expect(await row.innerText()).toMatch(/Hjelpsom Hånd[\s\S]*RIMELIG KORTHJELP AS[\s\S]*NOK 99\.00/u);
    expect(
      await world.rows(
        `select o.state, p.name as placed_by, v.name as vendor, b.name as business, l.holder_name
         from orders o join order_lines l on l.order_id = o.id join persons p on p.id = o.placed_by
         join businesses v on v.id = o.vendor_id join businesses b on b.id = o.business_id where o.id = $1`,
        [orderId],
      ),
    ).toEqual([
      {
        state: 'placed',
        placed_by: 'Hjelpsom Hånd',
        vendor: fairVendor.name,
        business: 'BLÅ HAMMER AS',
        holder_name: WORKER,
      },
    ]);

    // Anyone, without logging in: the card is the business's, not the vendor's.
    await makeCards(world);
    const card = await shippedCard();
    const anyone = await world.newBrowser({ language: 'nb', width: 390, javaScript: false });
    await anyone.goto('/check');
    await anyone.locator('input[name=number]').fill(card.number);
    await anyone.locator('input[name=birthDate]').fill(card.birthDate);
    await submitMain(anyone);
    await anyone.getByText('Kortet er gyldig').waitFor();
    const answer = await anyone.locator('main').innerText();
    expect(answer).toContain('BLÅ HAMMER AS');
    expect(answer).not.toContain(fairVendor.name);
  }, 60_000);
});
