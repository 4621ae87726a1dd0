import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  acceptAndConfirm,
  browserOf,
  dearVendor,
  orderCards,
  previewMandate,
  publishFee,
  registerVendor,
  submitMain,
  tickWorkers,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${dearVendor.number}`;
const WORKERS = ['Áilu Čáhcesuolu', 'Máret Đuottar'] as const;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await registerVendor(world, dearVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const stored = (table: 'mandates' | 'quotes' | 'agreements') => world.rows(`select id from ${table}`);

describe('Ask for a full breakdown of the service, including all costs and what is actually provided', () => {
  test('price and service stand together before anything is given, and only an accepted quote gives it', async () => {
    const officer = await browserOf(world, people.vakenSpurv);
    await officer.goto(`${OWN}/business/access/vendors`);
    expect(await officer.getByRole('row', { name: dearVendor.name }).innerText()).toContain('NOK 466.00');
    await previewMandate(officer, dearVendor, ['orders.place', 'orders.read']);
    // What is provided, and all that it costs, without and with VAT.
    const costs = officer.locator('main section').filter({ hasText: 'What it costs' }).locator('dl > div');
    expect((await costs.allInnerTexts()).map((text) => text.split(/\n+/u))).toEqual([
      ['Official price per card, without VAT', 'NOK 132.90'],
      ['The fee of the vendor per card, without VAT', 'NOK 466.00'],
      ['Together per card, without VAT', 'NOK 598.90'],
      ['Per card with VAT when you order yourselves', 'NOK 166.13'],
      ['Per card with VAT through the vendor', 'NOK 748.63'],
    ]);
    await officer.getByText('No other costs may be claimed for orders in Kortvakt.').waitFor();
    // The quote is not accepted: nothing is given, signed or owed.
    await officer.locator('input[name=agreement]').check();
    await submitMain(officer);
    await officer
      .locator('.ds-error-summary')
      .getByText('You must accept this to give the mandate')
      .waitFor();
    expect([await stored('mandates'), await stored('agreements'), await stored('quotes')]).toEqual([
      [],
      [],
      [],
    ]);
    await acceptAndConfirm(officer);
    await officer.getByText('The mandate has been given.').waitFor();
    expect(
      await world.rows(
        `select q.fee_ore::int as fee, q.accepted_by_name as by, q.valid_until = m.ends_at as lasts
         from mandates m join quotes q on q.id = m.quote_id`,
      ),
    ).toEqual([{ fee: 46_600, by: 'Våken Spurv', lasts: true }]);
    await officer.context().close();
  }, 60_000);
});

describe('Some third-party suppliers charge several hundred kroner extra per card', () => {
  test('the accepted fee is what an order costs, whatever the vendor asks later, and the business reads how much extra', async () => {
    const manager = await browserOf(world, dearVendor.manager, { language: 'nb' });
    await manager.goto(`/b/${dearVendor.number}/business/vendor`);
    await manager.getByRole('link', { name: /^Sett opp .*BLÅ HAMMER AS/u }).click();
    await manager.getByRole('checkbox', { name: dearVendor.memberName }).check();
    await submitMain(manager);
    await manager.getByText('Oppsettet er lagret.').waitFor();
    await publishFee(manager, dearVendor, '900');
    const [mandate] = await world.rows<{ id: string }>('select id from mandates');
    await tickWorkers(world, mandate?.id ?? '', WORKERS);

    const member = await browserOf(world, dearVendor.member, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    const orderId = await orderCards(member, AS_VENDOR, { unit: /TROMSØ/u, workers: WORKERS });
    expect(await world.rows('select price_ore, fee_ore::int from orders where id = $1', [orderId])).toEqual([
      { price_ore: 13_290, fee_ore: 46_600 },
    ]);
    // 2 × 466.00 and the VAT on it.
    const { text } = await world.mail('post@blahammer.example', /DYRE KORT AS har bestilt/u);
    expect(text).toContain('Gebyr til DYRE KORT AS: 466,00 kr per kort uten mva.');
    expect(text).toMatch(/Bestilte dere selv, ville det ha kostet 1\s165,00 kr mindre\./u);

    const officer = await browserOf(world, people.visUgle);
    await officer.goto(`${OWN}/orders/${orderId}`);
    const order = await officer.locator('main').innerText();
    for (const told of [
      '2 × NOK 132.90',
      '2 × NOK 466.00',
      'Ordering this yourself costs NOK 1,165.00 less: NOK 332.25 incl. VAT.',
    ])
      expect(order).toContain(told);
  }, 60_000);
});
