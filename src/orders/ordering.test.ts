import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conditions } from '../../tests/support/conditions.ts';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import type { ActingFor, Notice } from '../access/index.ts';
import accessNb from '../access/nb.json' with { type: 'json' };
import cardsEn from '../cards/en.json' with { type: 'json' };
import { blockCardsOf, createCardPages } from '../cards/index.ts';
import cardsNb from '../cards/nb.json' with { type: 'json' };
import pricesEn from '../prices/en.json' with { type: 'json' };
import pricesNb from '../prices/nb.json' with { type: 'json' };
import { inTransaction } from '../database/transaction.ts';
import { checkOrder } from '../checks/records.ts';
import { addDays, osloToday, startOfDay } from '../kernel/dates.ts';
import { approveOrder, cancelOrder, type OrderActionDeps, placeOrder, type PlaceOrder } from './actions.ts';
import { addAddress, forgetAddress } from './delivery-actions.ts';
import en from './en.json' with { type: 'json' };
import { lapse } from './lapsing.ts';
import vendorsEn from '../vendors/en.json' with { type: 'json' };
import vendorsNb from '../vendors/nb.json' with { type: 'json' };
import workersEn from '../workers/en.json' with { type: 'json' };
import workersNb from '../workers/nb.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createOrderPages } from './pages.tsx';
import { createWorkPages, workPath } from './work-page.tsx';

const DAY = 86_400_000;
const registered = { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };
const elsewhere = { recipient: 'Ødegård', lines: ['Čáhcegeaidnu 3'], postalCode: '9008', place: 'TROMSØ' };
const notices: Notice[] = [];

let fixtures: Fixtures;
let pages: PageCaller;
let deps: OrderActionDeps;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let vendorOfficer: FixturePerson;
let member: FixturePerson;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const notify = keepIn(notices);
  deps = {
    database: fixtures.database,
    notify,
    blockCardsOf: (...asked) => blockCardsOf(notify, ...asked),
  };
  const words = {
    nb: {
      orders: nb,
      access: accessNb,
      prices: pricesNb,
      cards: cardsNb,
      vendors: vendorsNb,
      workers: workersNb,
    },
    en: {
      orders: en,
      access: accessEn,
      prices: pricesEn,
      cards: cardsEn,
      vendors: vendorsEn,
      workers: workersEn,
    },
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createWorkPages(deps));
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(
        base,
        createOrderPages({
          ...deps,
          vault: { encrypt: () => randomBytes(32), hash: () => randomBytes(32) },
          allowSynthetic: true,
        }),
      );
      app.route(base, createCardPages({ ...deps, conditions }));
    }
  });
});
afterAll(() => fixtures.stop());
beforeEach(async () => {
  notices.length = 0;
  const { recipient, ...address } = registered;
  business = await fixtures.business({ name: recipient, address: JSON.stringify(address) });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = await fixtures.person('Våken Spurv');
  vendorOfficer = await fixtures.person('Gradig Gribb');
  member = await fixtures.person('Kostelig Kåpe');
  await fixtures.officer(business, officer);
  await fixtures.officer(vendor, vendorOfficer);
  await fixtures.vendorProfile(vendor, vendorOfficer);
  await fixtures.member(vendor, member, vendorOfficer);
});

describe('renewing', () => {
  it('leads in two clicks to an order of all whose cards expire within ninety days', async () => {
    const soon = await holder('Snart Slutt', 89);
    const gone = await holder('Nettopp Slutt', -3);
    await holder('Lenge Igjen', 91);
    await holder('Lenge Siden', -91);
    await holder('Har Sluttet', 30, { employed_to: '2026-01-01' });
    expect((await pages.get(small(officer), path('/orders'))).text).toContain(en.list.renew);
    const { location } = await pages.get(small(officer), path('/orders/renew'));
    const query = new URL(location ?? '', 'https://kortvakt.test').searchParams;
    expect(query.getAll('worker')).toEqual([gone.workerId, soon.workerId]);
    const answer = await pages.post(small(officer), location ?? '', {
      ...{ key: query.get('key') ?? '', unit: business.unit, worker: query.getAll('worker') },
      to: 'registered',
    });
    expect(answer.status).toBe(303);
    expect(await linesOf(business)).toEqual(['Nettopp Slutt', 'Snart Slutt']);
    // The same again finds nobody: their cards are on the way.
    expect((await pages.get(small(officer), path('/orders/renew'))).text).toContain(
      'No card expires within 90 days',
    );
  });

  it('lists by unit where there are several, and says why somebody may not', async () => {
    await holder('Snart Slutt', 10);
    await holder('Annet Sted', 20, { unit_id: business.otherUnit });
    const { text } = await pages.get(small(officer), path('/orders/renew'));
    expect(text.match(/Renew this card/gu)).toHaveLength(2);
    expect(text).toContain('Annet Sted');
    const stranger = await fixtures.person('Frem Med');
    expect((await pages.get(small(stranger), path('/orders/renew'))).status).toBe(404);
  });

  it('shows a vendor only the cards that it ordered and may order anew', async () => {
    const mandate = await vendorMandate(['orders.place', 'cards.read', 'workers.read']);
    const own = await holder('Egen Kunde', 10, {}, { id: vendor.id, mandateId: mandate.id });
    await holder('Ikke Deres', 10);
    const { location } = await pages.get(small(member), path('/orders/renew', vendor.number));
    expect(new URL(location ?? '', 'https://kortvakt.test').searchParams.getAll('worker')).toEqual([
      own.workerId,
    ]);
  });
});

describe('a worker who', () => {
  const after = (days: number) => addDays(osloToday(new Date()), days);

  it('is reported ahead is ordered for from 30 days before the start, to the day, also past the pages', async () => {
    const soon = await worker('Begynner Snart', { employed_from: after(30) });
    const later = await worker('Begynner Senere', { employed_from: after(31) });
    const list = await pages.get(small(officer), path(`/orders/new?unit=${business.unit}`));
    expect(list.text).toContain(workersEn.obstacle['starts-later']);
    expect(list.text).toMatch(new RegExp(`value="${soon}"(?![^>]*disabled)[^>]*>`, 'u'));
    expect(await place(officer, [later])).toMatchObject({
      ok: false,
      error: { kind: 'not-orderable', obstacles: new Map([[later, 'starts-later']]) },
    });
    expect(await place(officer, [soon])).toMatchObject({ ok: true, value: { state: 'placed' } });
    expect(await linesOf(business)).toEqual(['Begynner Snart']);
  });

  it('has a valid card gets another of the same employer for a reason alone; another employer’s card is in nobody’s way', async () => {
    const person = await fixtures.person('Har Kort');
    const workerId = await fixtures.worker(business, person);
    const of = { id: workerId, personId: person.id, unit: business.unit };
    const { cardId } = await fixtures.order(business, of, officer);
    expect(await place(officer, [workerId])).toMatchObject({
      ok: false,
      error: { kind: 'not-orderable', obstacles: new Map([[workerId, 'valid-card']]) },
    });
    expect(await cardOf(cardId)).toEqual({ reason: null, by: null });
    const other = await fixtures.business();
    await fixtures.officer(other, officer);
    const there = await fixtures.worker(other, person);
    const command = {
      key: randomUUID(),
      unitId: other.unit,
      workerIds: [there],
      delivery: registered,
      customerReference: '',
    };
    expect(
      await placeOrder(deps, { tokenHash: officer.tokenHash, business: other.number }, command),
    ).toMatchObject({
      ok: true,
      value: { state: 'placed' },
    });
    expect(await place(officer, [workerId], { replacing: 'damaged' })).toMatchObject({ ok: true });
    expect(await cardOf(cardId)).toEqual({ reason: 'damaged', by: officer.id });
  });
});

describe('replacing a card', () => {
  it('needs a reason, blocks the old card, and tells of it', async () => {
    const { workerId, cardId } = await holder('Nytt Navn', 400);
    const { text } = await pages.get(small(officer), path(`/cards/${cardId}`));
    expect(text).toContain(cardsEn.another);
    const link = /href="([^"]*orders\/new\/confirm[^"]*)"/u.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const confirm = await pages.get(small(officer), link);
    expect(confirm.text).toContain(en.replace.warning);
    const key = new URL(link, 'https://kortvakt.test').searchParams.get('key') ?? '';
    const fields = { key, unit: business.unit, worker: workerId, to: 'registered' };
    const without = await pages.post(small(officer), link, fields);
    expect(without.status).toBe(422);
    expect(without.text).toContain(en.replace.choose);
    const placed = await pages.post(small(officer), link, { ...fields, replacing: 'new-name' });
    expect(placed.status).toBe(303);
    expect(await cardOf(cardId)).toEqual({ reason: 'new-name', by: officer.id });
    expect(notices.map(({ template, unitId }) => [template, unitId])).toEqual([
      ['cards:notice.new-name', business.unit],
    ]);
    expect((await pages.get(small(officer), path(`/cards/${cardId}`))).text).toContain(
      cardsEn.why['new-name'],
    );
    const entries = await fixtures.rows<{ action: string; changes: { replacing?: string } }>(
      `select action, changes from audit_entries where business_id = $1 and action in ('cards.block', 'order.placed')
       and decision = 'allowed' order by action`,
      [business.id],
    );
    expect(entries.map(({ action }) => action)).toEqual(['cards.block', 'order.placed']);
    expect(entries[1]?.changes.replacing).toBe('new-name');
    // Sent again, it is the same order.
    expect((await pages.post(small(officer), link, { ...fields, replacing: 'lost' })).status).toBe(303);
    expect(await linesOf(business)).toEqual(['Nytt Navn']);
  });

  it('is not for whoever may not block cards, nor for several at once, and then blocks nothing', async () => {
    const one = await holder('Har Kort', 400);
    const two = await holder('Har Også', 400);
    const clerk = await fixtures.person('Ivrig Ekorn');
    await fixtures.personMandate(business, clerk, officer, ['orders.place', 'workers.read', 'cards.read']);
    const refused = await place(clerk, [one.workerId], { replacing: 'lost' });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'refused', refusal: 'right-not-given' } });
    const page = await pages.get(
      small(clerk),
      path(`/orders/new/confirm?key=${randomUUID()}&unit=${business.unit}&worker=${one.workerId}`),
    );
    expect(page.text).toContain(en.replace.mayNotBlock);
    const both = await place(officer, [one.workerId, two.workerId], { replacing: 'lost' });
    expect(both).toMatchObject({ ok: false, error: { kind: 'replaces-one' } });
    for (const { cardId } of [one, two]) expect(await cardOf(cardId)).toEqual({ reason: null, by: null });
    expect(await linesOf(business)).toEqual([]);
  });

  it('blocks nothing when the order fails after all', async () => {
    const { workerId, cardId } = await holder('Sluttet Nå', 400, { employed_to: '2026-01-01' });
    const failed = await place(officer, [workerId], { replacing: 'damaged' });
    expect(failed).toMatchObject({ ok: false, error: { kind: 'not-orderable' } });
    expect(await cardOf(cardId)).toEqual({ reason: null, by: null });
  });
});

describe('a delivery address', () => {
  it('that the business does not use makes a vendor’s order wait; once approved, it is used', async () => {
    const mandate = await vendorMandate(['orders.place', 'orders.read', 'workers.read']);
    const ids = [await worker('Én'), await worker('To'), await worker('Tre')] as const;
    const waits = await place(member, [ids[0]], { delivery: elsewhere }, vendor.number);
    expect(waits).toMatchObject({ ok: true, value: { state: 'awaiting-approval', limit: 'new-address' } });
    if (!waits.ok) return;
    const { text } = await pages.get(small(officer), path(`/orders/${waits.value.orderId}`));
    expect(text).toContain(en.approval['new-address']);
    expect(text).toContain('Čáhcegeaidnu 3');
    const { orderId } = waits.value;
    expect(await approveOrder(deps, acting(officer), { orderId })).toEqual({
      ok: true,
      value: { approved: 1, declined: 0 },
    });
    const then = await place(member, [ids[1]], { delivery: elsewhere }, vendor.number);
    expect(then).toMatchObject({ ok: true, value: { state: 'placed' } });
    const [kept] = await fixtures.rows<{ id: string }>(
      'select id from delivery_addresses where business_id = $1',
      [business.id],
    );
    expect(await forgetAddress(deps, acting(officer), kept?.id ?? '')).toEqual({ ok: true, value: null });
    expect(await place(member, [ids[2]], { delivery: elsewhere }, vendor.number)).toMatchObject({
      value: { state: 'awaiting-approval', limit: 'new-address' },
    });
    expect(mandate.id).not.toBe('');
  });

  it('is that of the unit where it has its own, for the business; a vendor neither sees nor uses it', async () => {
    await vendorMandate(['orders.place', 'orders.read', 'workers.read']);
    const stored = { business_id: business.id, source: 'business', changed_at: new Date(0) };
    await fixtures.insert('contact_details', { ...stored, address_lines: ['Hovedgata 1'] });
    const kaia = { address_lines: ['Kaia 3'], postal_code: '5003', city: 'BERGEN', language: null };
    await fixtures.insert('contact_details', { ...stored, unit_id: business.unit, ...kaia });
    const ids = [await worker('Én'), await worker('To')] as const;
    const asked = `/orders/new/confirm?key=${randomUUID()}&unit=${business.unit}&worker=${ids[0]}`;
    expect((await pages.get(small(officer), path(asked))).text).toContain('Kaia 3');
    const vendors = await pages.get(small(member), path(asked, vendor.number));
    expect([vendors.status, vendors.text.includes('Kaia 3')]).toEqual([200, false]);
    const placed = await place(officer, [ids[0]], { delivery: { kept: 'unit' } });
    if (!placed.ok) throw new Error(JSON.stringify(placed));
    expect(
      await fixtures.rows('select delivery_address from orders where id = $1', [placed.value.orderId]),
    ).toEqual([
      { delivery_address: { recipient: 'Avdeling', lines: ['Kaia 3'], postalCode: '5003', place: 'BERGEN' } },
    ]);
    expect(await place(member, [ids[1]], { delivery: { kept: 'unit' } }, vendor.number)).toMatchObject({
      ok: false,
    });
  });

  it('is not a vendor’s to keep, and a placed order to a strange one is refused by the database too', async () => {
    const mandate = await vendorMandate(['orders.place', 'orders.read', 'workers.read']);
    const kept = await addAddress(deps, acting(member, vendor.number), elsewhere);
    expect(kept.ok).toBe(false);
    const write = (state: string) =>
      fixtures.as(
        member,
        { business: business.number, vendor: vendor.number, writing: true },
        async ({ query }) => {
          await query
            .insertInto('orders')
            .values({
              ...{ business_id: business.id, unit_id: business.unit, vendor_id: vendor.id, vendor_name: 'D' },
              ...{ mandate_id: mandate.id, placed_by: member.id, placed_by_name: 'K', placed_at: new Date() },
              ...{
                idempotency_key: randomUUID(),
                card_type: 'construction',
                price_ore: 1,
                vat_basis_points: 2500,
              },
              ...{ delivery_address: JSON.stringify(elsewhere), state },
            })
            .execute();
        },
      );
    await expect(write('placed')).rejects.toThrow('row-level security');
    await write('awaiting-approval');
  });

  it('is kept on the page with its postal code checked, listed for the next order, and removed', async () => {
    const list = path('/orders/addresses');
    const typed = { recipient: 'Ødegård', street: 'Čáhcegeaidnu 3', postalCode: '9008', place: '' };
    const wrong = await pages.post(small(officer), list, { ...typed, place: 'Bodø' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Postal code 9008 is TROMSØ.');
    expect(wrong.text).toContain('Čáhcegeaidnu 3');
    expect((await pages.post(small(officer), list, { ...typed, postalCode: '0002' })).text).toContain(
      en.confirm.postalCodeWrong,
    );
    expect((await pages.post(small(officer), list, { ...typed, recipient: '' })).text).toContain(
      en.confirm.recipientMissing,
    );
    for (let twice = 0; twice < 2; twice += 1) {
      expect((await pages.post(small(officer), list, typed)).status).toBe(303);
    }
    const kept = await fixtures.rows<{ id: string; address: unknown }>(
      'select id, address from delivery_addresses where business_id = $1 and removed_at is null',
      [business.id],
    );
    expect(kept).toEqual([{ id: expect.any(String) as string, address: elsewhere }]);
    const one = await worker('Stødig Bever');
    const confirm = path(`/orders/new/confirm?key=${randomUUID()}&unit=${business.unit}&worker=${one}`);
    expect((await pages.get(small(officer), confirm)).text).toContain('Ødegård, Čáhcegeaidnu 3, 9008 TROMSØ');
    const remove = `${list}/${kept[0]?.id ?? ''}/remove`;
    expect((await pages.post(small(officer), remove, {})).status).toBe(303);
    expect((await pages.post(small(officer), remove, {})).status).toBe(404);
    const stranger = await fixtures.person('Frem Med');
    expect((await pages.get(small(stranger), list)).status).toBe(404);
  });
});

describe('an order that waits for an approver', () => {
  it('is approved in part: the others are taken off it', async () => {
    const clerk = await fixtures.person('Ivrig Ekorn');
    await fixtures.personMandate(business, clerk, officer, ['orders.prepare', 'workers.read']);
    const prepared = await place(clerk, [await worker('Skal Ha'), await worker('Skal Ikke')]);
    if (!prepared.ok) throw new Error(prepared.error.kind);
    const { orderId } = prepared.value;
    const lines = await fixtures.rows<{ id: string; name: string }>(
      'select id, holder_name as name from order_lines where order_id = $1 order by holder_name',
      [orderId],
    );
    expect(lines.map(({ name }) => name)).toEqual(['Skal Ha', 'Skal Ikke']);
    const order = path(`/orders/${orderId}`);
    expect((await pages.get(small(officer), order)).text).toContain(en.order.whoHint);
    const none = await pages.post(small(officer), `${order}/approve`, { some: 'yes' });
    expect(none.status).toBe(422);
    expect(none.text).toContain(en.order.noneTicked);
    const some = await pages.post(small(officer), `${order}/approve`, {
      some: 'yes',
      line: lines[0]?.id ?? '',
    });
    expect(some.status).toBe(303);
    expect(
      await fixtures.rows('select state from order_lines where order_id = $1 order by holder_name', [
        orderId,
      ]),
    ).toEqual([{ state: 'awaiting-media' }, { state: 'cancelled' }]);
    expect((await pages.post(small(officer), `${order}/approve`, { some: 'yes' })).status).toBe(409);
    expect((await pages.post(small(officer), `${order}/cancel`, {})).status).toBe(303);
    // Whoever prepared it is told what others made of it, and not by whom.
    const told = notices.filter(({ personId }) => personId === clerk.id);
    expect(told.map(({ template, audience, parameters }) => [template, audience, parameters])).toEqual([
      [
        'orders:notice.approved',
        'person',
        expect.objectContaining({ business: 'BLÅ HAMMER AS', cards: '1', declined: '1' }),
      ],
      ['orders:notice.taken-back', 'person', expect.objectContaining({ cards: '1' })],
    ]);
    expect(JSON.stringify(told)).not.toContain(officer.name);
  });

  it('tells nobody what they have done to their own order', async () => {
    const placed = await place(officer, [await worker('Angret Seg')]);
    if (!placed.ok) throw new Error(placed.error.kind);
    expect((await cancelOrder(deps, acting(officer), { orderId: placed.value.orderId })).ok).toBe(true);
    expect(notices).toEqual([]);
  });

  it('lapses after fourteen days, to the day, and both sides are told once', async () => {
    await vendorMandate(['orders.prepare', 'orders.read', 'workers.read']);
    const early = await place(member, [await worker('Én')], {}, vendor.number);
    const late = await place(member, [await worker('To')], {}, vendor.number);
    if (!early.ok || !late.ok) throw new Error('not placed');
    await fixtures.rows(`update orders set placed_at = clock_now() - interval '14 days' where id = $1`, [
      late.value.orderId,
    ]);
    await fixtures.rows(
      `update orders set placed_at = clock_now() - interval '14 days' + interval '1 minute' where id = $1`,
      [early.value.orderId],
    );
    notices.length = 0;
    await Promise.all([lapse(deps), lapse(deps)]);
    await lapse(deps);
    // What is about one unit is told where that has its messages.
    expect(notices.map(({ template, businessId, unitId }) => [template, businessId, unitId])).toEqual([
      ['orders:notice.lapsed', business.id, business.unit],
      ['orders:notice.lapsed', vendor.id, undefined],
    ]);
    expect(
      await fixtures.rows(
        `select o.state, l.state as line, o.lapsed_at is not null as lapsed from orders o
         join order_lines l on l.order_id = o.id where o.business_id = $1 order by o.id`,
        [business.id],
      ),
    ).toEqual([
      { state: 'awaiting-approval', line: 'awaiting-approval', lapsed: false },
      { state: 'cancelled', line: 'cancelled', lapsed: true },
    ]);
    const { text } = await pages.get(small(officer), path(`/orders/${late.value.orderId}`));
    expect(text).toContain(en.order.lapsed);
    expect(await approveOrder(deps, acting(officer), { orderId: late.value.orderId })).toEqual({
      ok: false,
      error: 'too-late',
    });
  });
});

describe('the price of an order', () => {
  /** Moves the clock of the database to so many seconds from the moment, with everyone's session still open. */
  const clockAt = async (moment: Date, seconds: number) => {
    const at = new Date(moment.getTime() + seconds * 1000);
    await fixtures.rows(`update clock set offset_by = $1::timestamptz - now()`, [at]);
    await fixtures.rows(
      `update sessions set last_seen_at = clock_now(), absolute_end = clock_now() + interval '8 hours'`,
    );
  };

  it('is that of the moment at which it was made, whatever comes at midnight in Oslo, also when approved after', async () => {
    const clerk = await fixtures.person('Ivrig Ekorn');
    await fixtures.personMandate(business, clerk, officer, ['orders.prepare', 'workers.read']);
    const midnight = startOfDay(addDays(osloToday(new Date()), 1));
    await fixtures.rows(
      `insert into price_list (card_type, valid_from, price_ore, source) values ('construction', $1, 13550, 'a letter')`,
      [midnight],
    );
    await fixtures.rows(
      `insert into vat_rates (valid_from, basis_points, source) values ($1, 2600, 'a law')`,
      [midnight],
    );
    try {
      await clockAt(midnight, -30);
      const before = await worker('Før Midnatt');
      const confirm = path(`/orders/new/confirm?key=${randomUUID()}&unit=${business.unit}&worker=${before}`);
      const coming = /From [^<]+ a card costs NOK 135.50 excl. VAT, NOK 170.73 incl. VAT/u;
      const choosing = await pages.get(small(officer), confirm);
      expect(choosing.text).toMatch(coming);
      expect(choosing.text).toContain('What is ordered before then keeps the price above.');
      const prepared = await place(clerk, [before]);
      if (!prepared.ok) throw new Error(prepared.error.kind);
      const order = path(`/orders/${prepared.value.orderId}`);
      const waiting = await pages.get(small(officer), order);
      expect(waiting.text).toMatch(coming);
      expect(waiting.text).toContain('This order keeps the price that it was made at');

      await clockAt(midnight, 0);
      expect((await pages.post(small(officer), `${order}/approve`, {})).status).toBe(303);
      const after = await place(officer, [await worker('Etter Midnatt')]);
      if (!after.ok) throw new Error(after.error.kind);
      expect(
        await fixtures.rows(
          `select state, price_ore as price, vat_basis_points as vat from orders where id = any($1) order by id`,
          [[prepared.value.orderId, after.value.orderId]],
        ),
      ).toEqual([
        { state: 'placed', price: 13_290, vat: 2500 },
        { state: 'placed', price: 13_550, vat: 2600 },
      ]);
      const approved = await pages.get(small(officer), order);
      expect(approved.text).toContain('NOK 166.13');
      expect(approved.text).not.toMatch(coming);
    } finally {
      await fixtures.rows(`update clock set offset_by = '0'`);
      await fixtures.rows('delete from price_list where valid_from = $1', [midnight]);
      await fixtures.rows('delete from vat_rates where valid_from = $1', [midnight]);
    }
  });
});

describe('an order of a vendor and the quote that was accepted', () => {
  const quoted = async (changes: string) => {
    const mandate = await vendorMandate(['orders.place', 'orders.read', 'workers.read']);
    await fixtures.rows(`update quotes set ${changes} where id = $1`, [mandate.quoteId]);
    return mandate;
  };
  const plain = (text: string) => text.replaceAll(/<[^>]+>/gu, ' ').replaceAll(/[\s\u00a0]+/gu, ' ');

  it('costs the fee for each card and the fees for the order once, on every page and in the month', async () => {
    const mandate = await quoted('official_ore = 13290, order_ore = 8900');
    const placed = await place(member, [await worker('Én'), await worker('To')], {}, vendor.number);
    if (!placed.ok) throw new Error(placed.error.kind);
    // 2 × (132.90 + 99.00) + 89.00 = 552.80, VAT 138.20.
    const order = plain((await pages.get(small(officer), path(`/orders/${placed.value.orderId}`))).text);
    expect(order).toMatch(/Fee for the whole order, such as postage .*89.00 .*552.80 .*138.20 .*691.00/u);
    expect(plain((await pages.get(small(officer), path('/orders'))).text)).toContain('691.00');
    const spending = plain((await pages.get(small(officer), path('/business/spending'))).text);
    expect(spending).toMatch(/DYRE KORT AS 2 .*265.80 .*287.00 .*552.80 .*691.00/u);
    // 552.80 of 800 are used: one more card would be 320.90 with its postage.
    await fixtures.rows('update mandates set ore_per_month = 80000 where id = $1', [mandate.id]);
    expect(await place(member, [await worker('Tre')], {}, vendor.number)).toMatchObject({
      value: { state: 'awaiting-approval', limit: 'ore-per-month' },
    });
  });

  it('is not placed above it, nor when it has lapsed: the action says so, and the database refuses the row', async () => {
    const mandate = await quoted('official_ore = 13289');
    expect(await place(member, [await worker('Én')], {}, vendor.number)).toEqual({
      ok: false,
      error: { kind: 'above-quote' },
    });
    const confirm = path(
      `/orders/new/confirm?key=${randomUUID()}&unit=${business.unit}&worker=${await worker('To')}`,
      vendor.number,
    );
    const url = new URL(confirm, 'https://kortvakt.test');
    const answer = await pages.post(small(member), url.pathname, {
      ...Object.fromEntries(url.searchParams),
      to: 'registered',
    });
    expect([answer.status, plain(answer.text).includes(en.confirm.error['above-quote'])]).toEqual([
      422,
      true,
    ]);
    await fixtures.rows('update quotes set official_ore = 13290, order_ore = 100 where id = $1', [
      mandate.quoteId,
    ]);
    const insert = (changes: object) =>
      inTransaction(
        fixtures.database,
        { kind: 'session', ...acting(member, vendor.number), writing: true },
        ({ query, now }) =>
          query
            .insertInto('orders')
            .values({
              business_id: business.id,
              unit_id: business.unit,
              vendor_id: vendor.id,
              vendor_name: 'DYRE KORT AS',
              mandate_id: mandate.id,
              placed_by: member.id,
              placed_by_name: member.name,
              placed_at: now,
              idempotency_key: randomUUID(),
              card_type: 'construction',
              delivery_address: JSON.stringify(registered),
              price_ore: 13290,
              fee_ore: 9900,
              order_fee_ore: 100,
              vat_basis_points: 2500,
              state: 'placed',
              ...changes,
            })
            .execute(),
      );
    for (const above of [{ fee_ore: 9901 }, { order_fee_ore: 101 }, { price_ore: 13291 }]) {
      await expect(insert(above)).rejects.toThrow(/within_quote/u);
    }
    await insert({});
    await fixtures.rows(`update quotes set valid_until = clock_now() where id = $1`, [mandate.quoteId]);
    await expect(insert({})).rejects.toThrow(/row-level security/u);
    expect(await place(member, [await worker('Tre')], {}, vendor.number)).toMatchObject({
      error: { kind: 'refused', refusal: 'no-quote' },
    });
  });
});

describe('the working day of a vendor', () => {
  it('lists what waits at each customer, those with most to do first, and nothing beyond the mandate', async () => {
    const mandate = await vendorMandate(['orders.place', 'workers.read']);
    await fixtures.rows(`update mandates set cards_per_month = 5 where id = $1`, [mandate.id]);
    await place(member, [await worker('Én'), await worker('To')], {}, vendor.number);
    const waits = await place(member, [await worker('Tre')], { delivery: elsewhere }, vendor.number);
    expect(waits).toMatchObject({ value: { state: 'awaiting-approval' } });
    await place(officer, [await worker('Virksomhetens Egen')]);
    const quiet = await fixtures.business({ name: 'STILLE VANN AS' });
    const other = await fixtures.person('Annen Leder');
    await fixtures.officer(quiet, other);
    const people = { by: other, vendorOfficer, member };
    const quietMandate = await fixtures.vendorMandate(quiet, vendor, people, ['orders.read']);
    const listed = async () => {
      const { text } = await pages.get(small(member), workPath);
      return [...text.matchAll(/<tr[^>]*>(.*?)<\/tr>/gsu)].slice(1).map(([, row = '']) =>
        row
          .replaceAll(/<[^>]+>/gu, ' ')
          .replaceAll(/\s+/gu, ' ')
          .trim(),
      );
    };
    const [first, second] = await listed();
    expect(first).toMatch(/^BLÅ HAMMER AS [\d ]+ 2 0 1 0 3 .* Order cards$/u);
    expect(second).toMatch(/^STILLE VANN AS [\d ]+ 0 0 0 0 – .* –$/u);
    await fixtures.rows(`update mandates set units = array[$2::uuid] where id = $1`, [
      mandate.id,
      business.otherUnit,
    ]);
    await fixtures.rows(`update mandates set suspended_at = now() where id = $1`, [quietMandate.id]);
    const left = await listed();
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^BLÅ HAMMER AS [\d ]+ 0 0 0 0 3 /u);
    expect((await pages.get(small(officer), workPath)).text).toContain(en.work.empty);
  });
});

describe('what cards cost', () => {
  it('is shown by year and who ordered, with VAT as on each order, and to no vendor', async () => {
    await vendorMandate(['orders.place', 'invoices.read', 'workers.read']);
    await place(officer, [await worker('Én'), await worker('To')]);
    await place(member, [await worker('Tre')], {}, vendor.number);
    const cancelled = await place(officer, [await worker('Fire')]);
    if (!cancelled.ok) throw new Error('not placed');
    await fixtures.rows(`update order_lines set state = 'cancelled' where order_id = $1`, [
      cancelled.value.orderId,
    ]);
    const [earlier] = await fixtures.rows<{ id: string }>(
      `update orders set placed_at = placed_at - interval '1 year' where id = $1 returning id`,
      [await firstOrder()],
    );
    expect(earlier).toBeDefined();
    const { text } = await pages.get(small(officer), path('/business/spending'));
    const plain = text.replaceAll(/<[^>]+>/gu, ' ').replaceAll(/[\s\u00a0]+/gu, ' ');
    const year = new Date().getFullYear();
    // 2 × 132.90 = 265.80, VAT 66.45; 132.90 + 99.00 = 231.90, VAT 57.975 → 57.98.
    expect(plain).toMatch(
      new RegExp(`${String(year - 1)} .*The business itself 2 .*265.80 .*0.00 .*265.80 .*332.25`, 'u'),
    );
    expect(plain).toMatch(
      new RegExp(`${String(year)} .*DYRE KORT AS 1 .*132.90 .*99.00 .*231.90 .*289.88`, 'u'),
    );
    expect(plain).toContain('would have cost that much less');
    // A start fee is in no order: what is agreed says it, and what it comes to for the four who work there.
    await fixtures.rows('update quotes set order_ore = 8900, once_ore = 50000 where business_id = $1', [
      business.id,
    ]);
    const agreed = (await pages.get(small(officer), path('/business/spending'))).text
      .replaceAll(/<[^>]+>/gu, ' ')
      .replaceAll(/[\s\u00a0]+/gu, ' ');
    expect(agreed).toMatch(/Agreed with vendors .*DYRE KORT AS .*99.00 .*89.00 .*500.00/u);
    expect(agreed).toContain(
      'charges 99 kr on top of 132.90. For your 4 workers that is 396 kr + VAT over two years.',
    );
    expect(agreed).toContain('it comes to 985 kr + VAT when all are ordered at once');
    expect((await pages.get(small(member), path('/business/spending', vendor.number))).status).toBe(403);
  });
});

describe('a confirmation', () => {
  it('says to whoever sees the order, in three languages and as PDF, that a card is ordered, and by its link to anyone', async () => {
    const clerk = await fixtures.person('Ivrig Ekorn');
    await fixtures.personMandate(business, clerk, officer, ['orders.prepare', 'workers.read']);
    const prepared = await place(clerk, [await worker('Máret Čáhci')]);
    if (!prepared.ok) throw new Error('not placed');
    const { orderId } = prepared.value;
    const [line] = await fixtures.rows<{ id: string; token: string }>(
      'select id, confirmation_token as token from order_lines where order_id = $1',
      [orderId],
    );
    if (line === undefined) throw new Error('no line');
    const page = path(`/orders/${orderId}/lines/${line.id}/confirmation`);
    const answer = async () => (await checkOrder(fixtures.database, line.token))?.state;
    expect((await pages.get(small(officer), page)).status).toBe(404);
    expect(await answer()).toBeUndefined();
    expect((await approveOrder(deps, acting(officer), { orderId })).ok).toBe(true);
    const { text } = await pages.get(small(officer), `${page}?in=pl`);
    for (const words of [
      'HMS-kort er bestilt',
      'An HSE card has been ordered',
      'Karta HMS została zamówiona',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).toContain('Máret Čáhci');
    expect(text).toContain(`/o/${line.token}`);
    expect((await pages.get(small(officer), path(`/orders/${orderId}`))).text).toContain('/confirmation"');
    const pdf = await pages.get(small(officer), `${page}.pdf?in=lt`);
    expect(pdf.status).toBe(200);
    expect(pdf.text).toMatch(/^%PDF-1\.7/u);
    expect(await checkOrder(fixtures.database, line.token)).toMatchObject({
      ...{ state: 'ordered', employerName: 'BLÅ HAMMER AS', organisationNumber: business.number },
    });
    await fixtures.rows(`update order_lines set state = 'cancelled' where id = $1`, [line.id]);
    expect(await answer()).toBe('cancelled');
    expect((await pages.get(small(officer), page)).status).toBe(404);
    const stranger = await fixtures.person('Frem Med');
    expect((await pages.get(small(stranger), page)).status).toBe(404);
    expect(await checkOrder(fixtures.database, 'AAAAAAAAAAA')).toBeUndefined();
  });

  it('has a link that nobody chooses: also where one is written with the line', async () => {
    await place(officer, [await worker('Én'), await worker('To')]);
    const tokens = await fixtures.rows<{ token: string }>(
      `select confirmation_token as token from order_lines where business_id = $1`,
      [business.id],
    );
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(2);
    for (const { token } of tokens) expect(token).toMatch(/^[\w-]{11}$/u);
  });
});

const firstOrder = async () => {
  const [row] = await fixtures.rows<{ id: string }>(
    'select id from orders where business_id = $1 order by number limit 1',
    [business.id],
  );
  return row?.id;
};

// The world ------------------------------------------------------------------------------------------------------------

async function worker(name: string, row: Parameters<Fixtures['worker']>[2] = {}): Promise<string> {
  return fixtures.worker(business, await fixtures.person(name), row);
}

/** A worker with a card that expires in so many days. */
async function holder(
  name: string,
  days: number,
  row: Parameters<Fixtures['worker']>[2] = {},
  by?: { readonly id: string; readonly mandateId: string },
) {
  const person = await fixtures.person(name);
  const workerId = await fixtures.worker(business, person, row);
  const unit = row.unit_id ?? business.unit;
  const of = { id: workerId, personId: person.id, unit };
  const { cardId } = await fixtures.order(business, of, officer, by);
  const expires = new Date(Date.now() + days * DAY);
  await fixtures.rows('update cards set expires_at = $2, holder_name = $3 where id = $1', [
    cardId,
    expires,
    name,
  ]);
  return { workerId, cardId };
}

function vendorMandate(rights: readonly string[]) {
  return fixtures.vendorMandate(business, vendor, { by: officer, vendorOfficer, member }, rights);
}

function acting({ tokenHash }: FixturePerson, vendorNumber?: string): ActingFor {
  const vendorPart = vendorNumber === undefined ? {} : { vendor: vendorNumber };
  return { tokenHash, business: business.number, ...vendorPart };
}

function place(
  person: FixturePerson,
  workerIds: readonly string[],
  more: Partial<PlaceOrder> = {},
  vendorNumber?: string,
) {
  const command: PlaceOrder = {
    key: randomUUID(),
    unitId: business.unit,
    workerIds,
    delivery: registered,
    customerReference: '',
    ...more,
  };
  return placeOrder(deps, acting(person, vendorNumber), command);
}

function path(rest: string, vendorNumber?: string): string {
  return `/b/${business.number}${vendorNumber === undefined ? '' : `/by/${vendorNumber}`}${rest}`;
}

function small({ id, name, tokenHash }: FixturePerson): SmallPerson {
  return { id, name, nationalId: '', tokenHash, acting: () => ({ tokenHash, business: business.number }) };
}

async function linesOf({ id }: FixtureBusiness): Promise<string[]> {
  const rows = await fixtures.rows<{ name: string }>(
    `select l.holder_name as name from order_lines l where l.business_id = $1 and l.state = 'awaiting-media' order by 1`,
    [id],
  );
  return rows.map(({ name }) => name);
}

async function cardOf(id: string) {
  const [row] = await fixtures.rows<{ reason: string | null; by: string | null }>(
    'select blocked_reason as reason, blocked_by as by from cards where id = $1',
    [id],
  );
  return row;
}
