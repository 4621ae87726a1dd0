import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { browserOf, fairVendor, forge, giveVendorAccess, orderCards, tickWorkers } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${fairVendor.number}`;
const WORKERS = ['Áilu Čáhcesuolu', 'Máret Đuottar'] as const;

let world: World;
let workerIds: string[];
beforeAll(async () => {
  world = await startWorld();
  const { mandateId } = await giveVendorAccess(world, ['orders.place', 'orders.read']);
  workerIds = await tickWorkers(world, mandateId, WORKERS);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const log = (actions: readonly string[]) =>
  world.rows(
    `select e.action, e.decision, e.rule, p.name as by, v.name as vendor, e.mandate_id is not null as mandate
     from audit_entries e join persons p on p.id = e.actor_person_id left join businesses v on v.id = e.vendor_id
     where e.action = any ($1) order by e.id`,
    [actions],
  );

describe('This allows them to order HSE cards in your name', () => {
  test("a vendor's member who forges an order of the business's own is a stranger there, and is in the log", async () => {
    const page = await browserOf(world, fairVendor.member);
    await page.goto(`${AS_VENDOR}/orders`);
    const [unit] = await world.rows<{ id: string }>('select unit_id as id from workers where id = $1', [
      workerIds[0],
    ]);
    const order = {
      key: randomUUID(),
      unit: unit?.id ?? '',
      worker: workerIds,
      recipient: 'BLÅ HAMMER AS',
      street: 'Testveien 1',
      postalCode: '0150',
      place: 'OSLO',
      // Whoever is said to order counts for nothing: it is not asked for.
      placedBy: 'Våken Spurv',
    };
    expect(await forge(page, `${OWN}/orders/new/confirm`, order)).toBe(404);
    expect(await world.rows('select id from orders')).toEqual([]);
    expect(await log(['order.placed'])).toEqual([
      {
        action: 'order.placed',
        decision: 'refused',
        rule: 'no-relation',
        by: fairVendor.memberName,
        vendor: null,
        mandate: false,
      },
    ]);
    await page.context().close();
  });

  test('an order says who placed it and for whom, the business is told at once, and cancels it', async () => {
    const member = await browserOf(world, fairVendor.member, { language: 'nb' });
    const orderId = await orderCards(member, AS_VENDOR, { unit: /TROMSØ/u, workers: WORKERS });
    const subject = /RIMELIG KORTHJELP AS har bestilt HMS-kort for BLÅ HAMMER AS/u;
    // To the address of the business, and to each officer's own, which no vendor can reach.
    for (const address of ['post@blahammer.example', 'vaken.spurv@example.no', 'vis.ugle@example.no']) {
      const { text } = await world.mail(address, subject);
      expect(text).toContain('Hjelpsom Hånd hos RIMELIG KORTHJELP AS');
      expect(text).toContain('Har dere ikke bedt om dette?');
    }

    const officer = await browserOf(world, people.visUgle, { language: 'nb', width: 390, javaScript: false });
    await officer.goto(`${OWN}/orders/${orderId}`);
    const facts = await officer.locator('main dl').first().innerText();
    expect(facts).toMatch(/Bestilt av\s+Hjelpsom Hånd[\s\S]*På vegne av\s+RIMELIG KORTHJELP AS/u);
    await officer.getByRole('button', { name: 'Avbestill alt som ikke er i produksjon' }).click();
    await officer.locator('main .ds-alert', { hasText: 'Avbestilt.' }).waitFor();
    await member.reload();
    await member.getByText('Avbestilt av').waitFor();
    expect(
      await world.rows(
        `select state, placed_by_name, cancelled_by_name,
           (select count(*)::int from order_lines where order_id = o.id and state = 'cancelled') as lines
         from orders o where id = $1`,
        [orderId],
      ),
    ).toEqual([
      { state: 'cancelled', placed_by_name: 'Hjelpsom Hånd', cancelled_by_name: 'Vis Ugle', lines: 2 },
    ]);
    expect((await log(['order.placed', 'order.cancelled'])).slice(1)).toEqual([
      {
        action: 'order.placed',
        decision: 'allowed',
        rule: null,
        by: 'Hjelpsom Hånd',
        vendor: fairVendor.name,
        mandate: true,
      },
      {
        action: 'order.cancelled',
        decision: 'allowed',
        rule: null,
        by: 'Vis Ugle',
        vendor: null,
        mandate: false,
      },
    ]);
  }, 60_000);
});
