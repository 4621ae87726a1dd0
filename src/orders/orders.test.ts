import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixtures, type FixtureBusiness, type FixturePerson } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import { act, type Notice } from '../access/index.ts';
import accessNb from '../access/nb.json' with { type: 'json' };
import { createVault } from '../database/encryption.ts';
import { drawPortrait } from '../demo-portrait.ts';
import type { NationalId } from '../kernel/national-id.ts';
import pricesEn from '../prices/en.json' with { type: 'json' };
import pricesNb from '../prices/nb.json' with { type: 'json' };
import workersEn from '../workers/en.json' with { type: 'json' };
import { createWorkerPages, documentPurpose } from '../workers/index.ts';
import workersNb from '../workers/nb.json' with { type: 'json' };
import { blockCardsOf } from '../cards/index.ts';
import { attachPhoto, cancelOrder, type OrderActionDeps, placeOrder, type PlaceOrder } from './actions.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createOrderPages } from './pages.tsx';
import { settleHeldOrder } from './records.ts';
import { lookUpWorker, offerWorkers } from './vendor-actions.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const notices: Notice[] = [];
const words = {
  nb: { orders: nb, access: accessNb, prices: pricesNb, workers: workersNb },
  en: { orders: en, access: accessEn, prices: pricesEn, workers: workersEn },
};
const delivery = { recipient: 'BLÅ HAMMER AS', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };

let fixtures: Fixtures;
let pages: PageCaller;
let norwegian: PageCaller;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: SmallPerson;
let vendorOfficer: SmallPerson;
let member: SmallPerson;
let stranger: SmallPerson;
let photo: Buffer;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const deps = { ...actionDeps(), vault, allowSynthetic: true };
  const mount: Parameters<typeof createPageCaller>[1] = (app) => {
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(base, createOrderPages(deps));
      app.route(base, createWorkerPages({ database: fixtures.database }));
    }
  };
  pages = await createPageCaller(words, mount);
  norwegian = await createPageCaller(words, mount, 'nb');
  photo = await drawPortrait('Stødig Bever');
  stranger = small(await fixtures.person('Frem Med'));
});
afterAll(async () => {
  await fixtures.stop();
});
beforeEach(async () => {
  notices.length = 0;
  business = await fixtures.business({
    name: 'BLÅ HAMMER AS',
    address: JSON.stringify({ lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' }),
  });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = small(await fixtures.person('Våken Spurv'));
  vendorOfficer = small(await fixtures.person('Gradig Gribb'));
  member = small(await fixtures.person('Kostelig Kåpe'));
  await fixtures.officer(business, fixture(officer));
  await fixtures.officer(vendor, fixture(vendorOfficer));
  await fixtures.vendorProfile(vendor, fixture(vendorOfficer));
  await fixtures.member(vendor, fixture(member), fixture(vendorOfficer));
});

describe('placing an order', () => {
  it('shows the workers of the unit, what is in the way of some, the price, and places it', async () => {
    const [one, two] = [await worker('Stødig Bever'), await worker('Łukasz Čáhci')];
    await worker('Ferdig Slutt', { employed_to: '2026-01-01' });
    await worker('Inaktiv Nummer', { number_active: false });
    await worker('Borte Vekk', { deceased: true });
    await worker('Kommer Seinere', { employed_from: '2999-01-01' });
    await worker('Annen Avdeling', { unit_id: business.otherUnit });
    const units = await pages.get(officer, path('/orders/new'));
    expect(units.text).toContain(business.unit);
    const list = await pages.get(officer, path(`/orders/new?unit=${business.unit}`));
    expect(list.status).toBe(200);
    for (const reason of ['employment-ended', 'number-inactive', 'deceased', 'starts-later'] as const) {
      expect(list.text).toContain(escaped(en.obstacle[reason]));
    }
    expect(list.text).toContain('Łukasz Čáhci');
    expect(list.text).not.toContain('Annen Avdeling');
    const found = await pages.search(officer, path('/orders/new'), 'čáhci', {
      unit: business.unit,
      worker: one,
      step: 'search',
    });
    expect(found.text).toContain('Łukasz Čáhci');
    expect(found.text).not.toContain('Stødig Bever');
    expect(found.text).toContain(`name="worker" value="${one}"`);

    const confirm = await follow(
      officer,
      path(`/orders/new?unit=${business.unit}&worker=${one}&worker=${two}&step=confirm`),
    );
    expect(confirm.text).toContain('NOK 265.80');
    expect(confirm.text).toContain('NOK 332.25');
    expect(confirm.text).toContain('Testveien 1');
    expect(confirm.text).not.toContain('Ordering this yourself');
    const placed = await pages.post(officer, confirm.path, { ...form(confirm.path), reference: 'PO 7' });
    expect(placed.status).toBe(303);
    const order = await pages.get(officer, placed.location ?? '');
    expect(order.text).toContain('Våken Spurv');
    expect(order.text).toContain('PO 7');
    expect(order.text).toContain(en.lineState['awaiting-media']);
    // The same window again, and the way back: the same order.
    const again = await pages.post(officer, confirm.path, form(confirm.path));
    const back = await pages.get(officer, confirm.path);
    expect([again.location, back.location]).toEqual([orderOf(placed.location), orderOf(placed.location)]);
    expect(await orders()).toHaveLength(1);
    expect(notices).toEqual([]);
    const shown = await fixtures.rows(`select distinct occasion from disclosures where business_id = $1`, [
      business.id,
    ]);
    expect(shown).toEqual(expect.arrayContaining([{ occasion: 'worker-list' }, { occasion: 'order' }]));
  });

  it('keeps what was typed and says what is wrong with the address', async () => {
    const one = await worker('Stødig Bever');
    const confirm = await follow(
      officer,
      path(`/orders/new?unit=${business.unit}&worker=${one}&step=confirm`),
    );
    const fields = { ...form(confirm.path), postalCode: '15', recipient: 'Brakka på tomta' };
    const answer = await pages.post(officer, confirm.path, fields);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(en.confirm.postalCodeWrong);
    expect(answer.text).toContain('Brakka på tomta');
    expect(await orders()).toEqual([]);
  });

  it('is one order when the button is pressed twenty times at once', async () => {
    const one = await worker('Stødig Bever');
    const confirm = await follow(
      officer,
      path(`/orders/new?unit=${business.unit}&worker=${one}&step=confirm`),
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => pages.post(officer, confirm.path, form(confirm.path))),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([303]));
    expect(new Set(answers.map((answer) => orderOf(answer.location))).size).toBe(1);
    expect(await orders()).toHaveLength(1);
  });

  it('is one line for a worker, whoever else orders at the same moment', async () => {
    const one = await worker('Stødig Bever');
    const results = await Promise.all(Array.from({ length: 8 }, () => place(officer, [one])));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.map((result) => (result.ok ? 'placed' : result.error.kind)).sort()).toEqual([
      ...Array<string>(7).fill('not-orderable'),
      'placed',
    ]);
    expect(await orders()).toHaveLength(1);
  });

  it('is refused for workers who cannot have a card, of another unit or another business', async () => {
    const ended = await worker('Ferdig Slutt', { employed_to: '2026-01-01' });
    const elsewhere = await worker('Annen Avdeling', { unit_id: business.otherUnit });
    const other = await fixtures.business();
    const foreign = await fixtures.worker(other, await fixtures.person('Fremmed Fugl'));
    for (const id of [ended, elsewhere, foreign, randomUUID()]) {
      expect(await place(officer, [id])).toMatchObject({ ok: false, error: { kind: 'not-orderable' } });
    }
    const carded = await fixtures.person('Har Kort');
    const cardedId = await fixtures.worker(business, carded);
    const card = { id: cardedId, personId: carded.id, unit: business.unit };
    await fixtures.order(business, card, fixture(officer));
    expect(await place(officer, [cardedId])).toMatchObject({
      error: { obstacles: new Map([[cardedId, 'valid-card']]) },
    });
    expect(await orders('placed', 'cancelled').then((rows) => rows.length)).toBe(1);
  });

  it('says in words when the business is in no sector that has cards', async () => {
    const one = await worker('Stødig Bever');
    await fixtures.rows('update businesses set card_type = null where id = $1', [business.id]);
    const page = await pages.get(officer, path(`/orders/new?unit=${business.unit}`));
    expect(page.text).toContain(escaped(en.new.noCardType));
    expect(await place(officer, [one])).toMatchObject({ error: { kind: 'no-card-type' } });
  });
});

describe('a mandate', () => {
  it('that only prepares leaves the placing to an approver, who is told', async () => {
    const helper = small(await fixtures.person('Hjelpsom Hånd'));
    await fixtures.personMandate(business, fixture(helper), fixture(officer), [
      'orders.prepare',
      'workers.read',
    ]);
    const one = await worker('Stødig Bever');
    const confirm = await follow(
      helper,
      path(`/orders/new?unit=${business.unit}&worker=${one}&step=confirm`),
    );
    expect(confirm.text).toContain(en.approval.prepares);
    const sent = await pages.post(helper, confirm.path, form(confirm.path));
    const order = orderOf(sent.location);
    expect(notices.map(({ template, audience, unitId }) => [template, audience, unitId])).toEqual([
      ['orders:notice.awaiting-approval', 'business-and-officers', business.unit],
    ]);
    expect((await pages.get(helper, order)).text).toContain(en.order.mayNotApprove);
    expect((await pages.post(helper, `${order}/approve`, {})).status).toBe(403);
    const line = await lineOf(order);
    expect((await pages.upload(helper, `${order}/lines/${line}/photo`, `photo-${line}`, jpeg())).status).toBe(
      303,
    );
    expect((await uploadDocument(helper, order, line)).status).toBe(303);
    expect(await lineState(line)).toBe('awaiting-approval');
    expect((await pages.post(officer, `${order}/approve`, {})).status).toBe(303);
    expect(await lineState(line)).toBe('under-review');
    expect((await pages.get(officer, order)).text).toContain(en.order.approvedBy);
    expect((await pages.post(officer, `${order}/approve`, {})).status).toBe(409);
  });

  it('for one unit sees and orders for that unit alone', async () => {
    const helper = small(await fixtures.person('Hjelpsom Hånd'));
    await fixtures.personMandate(
      business,
      fixture(helper),
      fixture(officer),
      ['orders.place', 'workers.read'],
      {
        units: [business.otherUnit],
      },
    );
    const one = await worker('Stødig Bever');
    expect(await place(helper, [one])).toMatchObject({ error: { kind: 'refused', refusal: 'other-unit' } });
    const placed = await place(officer, [one]);
    if (!placed.ok) throw new Error('not placed');
    const order = await pages.get(helper, path(`/orders/${placed.value.orderId}`));
    const none = await pages.get(helper, path(`/orders/${randomUUID()}`));
    expect([order.status, order.text]).toEqual([404, none.text]);
    expect((await pages.get(helper, path('/orders'))).text).toContain(en.list.empty);
  });

  it('with a limit of ten cards a month places exactly ten of a hundred at once', async () => {
    const mandate = await vendorMandate(['orders.place', 'orders.read'], { cards_per_month: 10 });
    const ids = await Promise.all(Array.from({ length: 100 }, (_, index) => worker(`Nummer ${index}`)));
    await offer(mandate.id, ids);
    const results = await Promise.all(ids.map((id) => place(member, [id], vendor.number)));
    expect(results.map((result) => result.ok && result.value.state).sort()).toEqual([
      ...Array<string>(90).fill('awaiting-approval'),
      ...Array<string>(10).fill('placed'),
    ]);
    expect(await orders('placed')).toHaveLength(10);
    // What is taken back gives its share back.
    const placed = results.find((result) => result.ok && result.value.state === 'placed');
    if (placed?.ok !== true) throw new Error('none was placed');
    const acting = { ...member.acting(business.number, vendor.number) };
    expect((await cancelOrder(actionDeps(), acting, { orderId: placed.value.orderId })).ok).toBe(true);
    const next = await worker('Etterpå');
    await offer(mandate.id, [next]);
    expect(await place(member, [next], vendor.number)).toMatchObject({ value: { state: 'placed' } });
  });

  it.each([
    [{ cards_per_order: 1 }, 'cards-per-order'],
    [{ ore_per_month: 2 * (13290 + 9900) - 1 }, 'ore-per-month'],
  ])('with the limit %o makes what is above it wait for approval', async (limit, reached) => {
    const mandate = await vendorMandate(['orders.place'], limit);
    const ids = [await worker('Stødig Bever'), await worker('Annen Bever')];
    await offer(mandate.id, ids);
    expect(await place(member, ids, vendor.number)).toMatchObject({
      value: { state: 'awaiting-approval', limit: reached },
    });
    expect(notices.map((notice) => notice.template)).toEqual(['orders:notice.vendor-order-awaiting']);
  });
});

describe('a mandate for named workers', () => {
  const ordering = ['orders.place', 'orders.approve', 'orders.read', 'workers.read'];

  it('shows, orders for and reaches those alone, and says so of whoever else is asked for', async () => {
    const helper = small(await fixtures.person('Hjelpsom Hånd'));
    const [named, other] = [await worker('Nevnt Nise'), await worker('Unevnt Ulv')];
    await fixtures.personMandate(business, fixture(helper), fixture(officer), ordering, { workers: [named] });
    const list = await pages.get(helper, path(`/orders/new?unit=${business.unit}`));
    expect(list.text).toContain('Nevnt Nise');
    expect(list.text).not.toContain('Unevnt Ulv');
    const beyond = { error: { kind: 'refused', refusal: 'other-worker' } };
    expect(await place(helper, [named, other])).toMatchObject(beyond);
    // Whoever does not exist is answered alike.
    expect(await place(helper, [randomUUID()])).toMatchObject(beyond);
    const key = randomUUID();
    const fields = { ...form(`/?key=${key}&unit=${business.unit}&worker=${other}`), worker: [named, other] };
    const sent = await pages.post(helper, path('/orders/new/confirm'), fields);
    expect(sent.status).toBe(403);
    expect(sent.text).toContain(escaped(accessEn.refusal['other-worker'].rule));
    const placed = await place(helper, [named]);
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const line = await lineOf(order);
    expect((await pages.upload(helper, `${order}/lines/${line}/photo`, `photo-${line}`, jpeg())).status).toBe(
      303,
    );
    // What another ordered for the same worker under no mandate is not reached by it.
    const own = await place(officer, [other]);
    if (!own.ok) throw new Error('not placed');
    expect((await pages.get(helper, path(`/orders/${own.value.orderId}`))).status).toBe(404);
  });

  it('of a vendor still takes an offer or a look-up, within the names', async () => {
    const [named, other] = [await worker('Nevnt Nise'), await worker('Unevnt Ulv')];
    const mandate = await vendorMandate(['orders.place', 'orders.read'], { workers: [named] });
    for (const [id, number] of [
      [named, '15819049946'],
      [other, '15819049945'],
    ] as const) {
      await fixtures.rows(
        `update persons set national_id_hash = $1 where id = (select person_id from workers where id = $2)`,
        [vault.hash(number), id],
      );
    }
    expect(await place(member, [named], vendor.number)).toMatchObject({ error: { kind: 'not-orderable' } });
    const acting = officer.acting(business.number);
    const offerOf = (workerIds: string[]) =>
      offerWorkers({ database: fixtures.database }, acting, {
        mandateId: mandate.id,
        unitId: business.unit,
        workerIds,
      });
    expect(await offerOf([named, other])).toEqual({ ok: false, error: 'worker-not-covered' });
    const offers = await pages.get(officer, path(`/orders/offer?unit=${business.unit}`));
    expect(offers.text).toContain('Nevnt Nise');
    expect(offers.text).not.toContain('Unevnt Ulv');
    const fields = { mandate: mandate.id, unit: business.unit, worker: other };
    const refused = await pages.post(officer, path('/orders/offer'), fields);
    expect([refused.status, refused.text.includes(escaped(en.offer.workerNotCovered))]).toEqual([422, true]);

    const lookUpPage = path('/orders/new/look-up', vendor.number);
    const ask = (number: string, surname: string) =>
      lookUpWorker({ database: fixtures.database, vault }, member.acting(business.number, vendor.number), {
        nationalId: number as NationalId,
        surname,
      });
    expect(await ask('15819049945', 'Ulv')).toEqual({ ok: true, value: undefined });
    expect((await pages.get(officer, path('/orders'))).text).toContain(escaped(en.lookUps.title));
    expect(await ask('15819049946', 'Nise')).toEqual({
      ok: true,
      value: { unitId: business.unit, workerId: named },
    });
    expect((await pages.get(member, lookUpPage)).status).toBe(200);
    expect(await place(member, [named], vendor.number)).toMatchObject({ value: { state: 'placed' } });
    expect(await place(member, [other], vendor.number)).toMatchObject({ error: { refusal: 'other-worker' } });
  });

  it('narrowed from a wider one keeps counting what was placed, and settles no order that reaches beyond it', async () => {
    const helper = small(await fixtures.person('Hjelpsom Hånd'));
    const [named, other, third] = [
      await worker('Nevnt Nise'),
      await worker('Unevnt Ulv'),
      await worker('Tredje Trost'),
    ];
    const id = await fixtures.personMandate(business, fixture(helper), fixture(officer), ordering, {
      cards_per_month: 2,
    });
    const both = await place(helper, [named, other]);
    if (!both.ok) throw new Error('not placed');
    expect(both.value.state).toBe('placed');
    await fixtures.rows('update mandates set workers = $2 where id = $1', [id, [named, third]]);
    const waiting = await place(helper, [third]);
    expect(waiting).toMatchObject({ value: { state: 'awaiting-approval', limit: 'cards-per-month' } });
    const order = path(`/orders/${both.value.orderId}`);
    const page = await pages.get(helper, order);
    expect(page.text).toContain('Nevnt Nise');
    expect(page.text).not.toContain('Unevnt Ulv');
    expect(page.text).toContain(escaped(en.order.beyond));
    expect((await pages.post(helper, `${order}/cancel`, {})).status).toBe(303);
    const lines = await fixtures.rows(
      'select worker_id, state from order_lines where order_id = $1 order by state',
      [both.value.orderId],
    );
    expect(lines).toEqual([
      { worker_id: other, state: 'awaiting-media' },
      { worker_id: named, state: 'cancelled' },
    ]);
    expect(await fixtures.rows('select state from orders where id = $1', [both.value.orderId])).toEqual([
      { state: 'placed' },
    ]);
  });

  it('approves no order whose workers it does not all reach', async () => {
    const helper = small(await fixtures.person('Hjelpsom Hånd'));
    const [named, other] = [await worker('Nevnt Nise'), await worker('Unevnt Ulv')];
    const id = await fixtures.personMandate(
      business,
      fixture(helper),
      fixture(officer),
      ['orders.prepare', 'orders.approve', 'workers.read'],
      {},
    );
    const both = await place(helper, [named, other]);
    if (!both.ok) throw new Error('not placed');
    expect(both.value.state).toBe('awaiting-approval');
    await fixtures.rows('update mandates set workers = $2 where id = $1', [id, [named]]);
    const order = path(`/orders/${both.value.orderId}`);
    const refused = await pages.post(helper, `${order}/approve`, {});
    expect(refused.status).toBe(403);
    expect(await orders('placed')).toEqual([]);
    expect(
      await fixtures.rows('select distinct state from order_lines where order_id = $1', [both.value.orderId]),
    ).toEqual([{ state: 'awaiting-approval' }]);
  });
});

describe('letting a vendor order for workers', () => {
  it('adds none when one of them is in another unit or is nobody, and says so with the others still ticked', async () => {
    const mandate = await vendorMandate(['orders.place']);
    const [here, elsewhere] = [
      await worker('Her Hare'),
      await worker('Der Due', { unit_id: business.otherUnit }),
    ];
    for (const other of [elsewhere, randomUUID()]) {
      const fields = { mandate: mandate.id, unit: business.unit, worker: [here, other] };
      const refused = await pages.post(officer, path('/orders/offer'), fields);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain(escaped(en.offer.notInUnit));
      expect(refused.text).toMatch(new RegExp(`value="${here}"[^>]*checked`, 'u'));
    }
    expect(await fixtures.rows('select 1 from worker_offers where mandate_id = $1', [mandate.id])).toEqual(
      [],
    );
  });
});

describe('a vendor', () => {
  it('orders for those whom the business ticked, sees nobody else, and the business sees and is told', async () => {
    const mandate = await vendorMandate(['orders.place', 'orders.read']);
    const [ticked] = [await worker('Stødig Bever'), await worker('Skjult Sel')];
    const offers = path(`/orders/offer?unit=${business.unit}`);
    expect((await pages.get(officer, offers)).text).toContain('Skjult Sel');
    const sent = await pages.post(officer, offers, {
      mandate: mandate.id,
      unit: business.unit,
      worker: ticked,
    });
    expect(sent.status).toBe(303);
    const list = await pages.get(member, path(`/orders/new?unit=${business.unit}`, vendor.number));
    expect(list.text).toContain('Stødig Bever');
    expect(list.text).toContain('Born in 1990');
    expect(list.text).not.toContain('Skjult Sel');
    const start = path(`/orders/new?unit=${business.unit}&worker=${ticked}&step=confirm`, vendor.number);
    const confirm = await follow(member, start);
    for (const text of [
      'NOK 132.90',
      'NOK 99.00',
      'NOK 289.88',
      'Ordering this yourself costs NOK 123.75 less',
    ]) {
      expect(confirm.text).toContain(text);
    }
    const placed = await pages.post(member, confirm.path, form(confirm.path));
    const id = orderOf(placed.location).split('/').at(-1) ?? '';
    const seen = await pages.get(officer, path(`/orders/${id}`));
    for (const text of ['Kostelig Kåpe', 'DYRE KORT AS', 'NOK 99.00', 'NOK 289.88'])
      expect(seen.text).toContain(text);
    const overview = await pages.get(officer, path('/orders'));
    expect(overview.text).toContain('DYRE KORT AS');
    expect(notices).toMatchObject([
      {
        template: 'orders:notice.vendor-order',
        audience: 'business-and-officers',
        parameters: { vendor: 'DYRE KORT AS', person: 'Kostelig Kåpe', feeNb: '99,00 kr', cards: '1' },
      },
    ]);
    const [row] = await fixtures.rows(
      'select vendor_id, mandate_id, fee_ore, price_ore from orders where id = $1',
      [id],
    );
    expect(row).toEqual({ vendor_id: vendor.id, mandate_id: mandate.id, fee_ore: 9900, price_ore: 13290 });
  });

  it('finds a worker by number and surname, learns nothing more, and is stopped after twenty misses', async () => {
    await vendorMandate(['orders.place', 'orders.read']);
    const known = await worker('Hemmelig Fornavnsen');
    await fixtures.rows(
      `update persons set national_id_hash = $1 where id = (select person_id from workers where id = $2)`,
      [vault.hash('15819049944'), known],
    );
    const page = path('/orders/new/look-up', vendor.number);
    const ask = (number: string, surname: string) => pages.post(member, page, { number, surname });
    const unknown = await ask('55819049938', 'Fornavnsen');
    const wrongName = await ask('15819049944', 'Feilnavn');
    expect([unknown.status, wrongName.status]).toEqual([422, 422]);
    expect(wrongName.text).toBe(unknown.text);
    expect(unknown.text).toContain(en.lookUp.cannot);
    expect(unknown.text).not.toContain('55819049938');
    const invalid = await ask('15819049945', 'Fornavnsen');
    expect(invalid.text).toContain(en.lookUp.numberWrong);
    expect(invalid.text).not.toContain('15819049945');
    const found = await ask('158190 49944', ' fornavnsen ');
    expect(found.status).toBe(303);
    expect(found.location).not.toMatch(/15819049944|fornavnsen/iu);
    const choice = await pages.get(member, found.location ?? '');
    expect(choice.text).toContain('Fornavnsen');
    expect(choice.text).not.toMatch(/Hemmelig|1990/u);
    for (let miss = 0; miss < 18; miss += 1) await ask('55819049938', 'Fornavnsen');
    expect((await ask('15819049944', 'Fornavnsen')).text).toBe(unknown.text);
    expect((await pages.get(member, page)).text).toContain(en.lookUp.stopped);
    const overview = await pages.get(officer, path('/orders'));
    expect(overview.text).toContain(escaped(en.lookUps.title));
    const placed = await place(member, [known], vendor.number);
    if (!placed.ok) throw new Error('not placed');
    const own = await pages.get(member, path(`/orders/${placed.value.orderId}`, vendor.number));
    expect(own.text).not.toContain('Hemmelig');
    expect((await pages.get(officer, path(`/orders/${placed.value.orderId}`))).text).toContain(
      'Hemmelig Fornavnsen',
    );
  });

  it('cannot order for others, look at other orders, or let itself order', async () => {
    const mandate = await vendorMandate(['orders.place', 'orders.read']);
    const one = await worker('Skjult Sel');
    expect(await place(member, [one], vendor.number)).toMatchObject({ error: { kind: 'not-orderable' } });
    const placed = await place(officer, [one]);
    if (!placed.ok) throw new Error('not placed');
    const own = path(`/orders/${placed.value.orderId}`, vendor.number);
    const none = await pages.get(member, path(`/orders/${randomUUID()}`, vendor.number));
    const seen = await pages.get(member, own);
    expect([seen.status, seen.text]).toEqual([404, none.text]);
    for (const part of ['cancel', 'approve']) {
      expect([403, 404]).toContain((await pages.post(member, `${own}/${part}`, {})).status);
    }
    const offers = path('/orders/offer', vendor.number);
    expect((await pages.get(member, offers)).status).toBe(403);
    const fields = { mandate: mandate.id, unit: business.unit, worker: one };
    expect((await pages.post(member, offers, fields)).status).toBe(403);
    expect((await orders('placed')).length).toBe(1);
  });

  it('with the worker list sees it, and what it does ends with its mandate', async () => {
    const mandate = await vendorMandate(['orders.place', 'workers.read']);
    const one = await worker('Stødig Bever');
    const list = path(`/orders/new?unit=${business.unit}`, vendor.number);
    expect((await pages.get(member, list)).text).toContain('Stødig Bever');
    await fixtures.rows('update mandates set ended_at = now(), ended_by = $2 where id = $1', [
      mandate.id,
      officer.id,
    ]);
    expect((await pages.get(member, list)).status).toBe(403);
    expect(await place(member, [one], vendor.number)).toMatchObject({ error: { refusal: 'mandate-ended' } });
  });
});

describe('an order', () => {
  it('gets photos, which only those who see the order see', async () => {
    const placed = await place(officer, [await worker('Stødig Bever')]);
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const line = await lineOf(order);
    const field = `photo-${line}`;
    const wrong = await pages.upload(
      officer,
      `${order}/lines/${line}/photo`,
      field,
      new File(['<svg>'], 'a.jpg'),
    );
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain(workersEn.photo['not-jpeg-or-png']);
    const nothing = await pages.upload(officer, `${order}/lines/${line}/photo`, field, new File([], ''));
    expect(nothing.status).toBe(422);
    expect((await pages.upload(officer, `${order}/lines/${line}/photo`, field, jpeg())).status).toBe(303);
    expect(await lineState(line)).toBe('awaiting-media');
    const shown = await pages.get(officer, order);
    const image = /src="([^"]+\/photos\/[^"]+)"/u.exec(shown.text)?.[1] ?? '';
    expect((await pages.get(officer, image)).status).toBe(200);
    expect((await pages.get(stranger, image)).status).toBe(404);
    const seen = await fixtures.rows(
      `select 1 from disclosures where business_id = $1 and occasion = 'photo'`,
      [business.id],
    );
    expect(seen).toHaveLength(1);
    await fixtures.rows(`update order_lines set state = 'in-production' where id = $1`, [line]);
    expect((await pages.upload(officer, `${order}/lines/${line}/photo`, field, jpeg())).status).toBe(409);
    expect((await pages.post(officer, `${order}/lines/${line}/cancel`, {})).status).toBe(409);
  });

  it('gets forty photos and documents of one worker in 24 hours', async () => {
    const workerId = await worker('Stødig Bever');
    const placed = await place(officer, [workerId]);
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const line = await lineOf(order);
    const send = (what: string, file: File, fields = {}) =>
      pages.upload(officer, `${order}/lines/${line}/${what}`, `${what}-${line}`, file, fields);
    expect((await send('photo', jpeg())).status).toBe(303);
    await fixtures.rows(
      `insert into photos (business_id, worker_id, image, thumbnail, width, height, sha256, look, uploaded_by, uploaded_at)
       select business_id, worker_id, image, thumbnail, width, height, sha256, look, uploaded_by, uploaded_at
       from photos, generate_series(1, 38) where worker_id = $1`,
      [workerId],
    );
    // Of those that are sent at once for the one place that is left, one.
    const atOnce = await Promise.all([1, 2, 3, 4, 5, 6].map(() => send('photo', jpeg())));
    expect(atOnce.filter(({ status }) => status === 303)).toHaveLength(1);
    const tooMany = await send('photo', jpeg());
    expect([tooMany.status, tooMany.text.includes(en.tooManyMedia)]).toEqual([422, true]);
    const document = await send('document', jpeg(), { [`kind-${line}`]: 'passport' });
    expect([document.status, document.text.includes(en.tooManyMedia)]).toEqual([422, true]);
    await fixtures.rows(
      `update photos set uploaded_at = uploaded_at - interval '1 day' where worker_id = $1`,
      [workerId],
    );
    expect((await send('photo', jpeg())).status).toBe(303);
  });

  it('gets an identity document, which none of those who see the order is shown, and goes under review with both', async () => {
    const placed = await place(officer, [await worker('Stødig Bever')]);
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const line = await lineOf(order);
    const [address, field, kind] = [`${order}/lines/${line}/document`, `document-${line}`, `kind-${line}`];
    const kindless = await pages.upload(officer, address, field, jpeg());
    expect([kindless.status, await lineState(line)]).toEqual([422, 'awaiting-media']);
    const bank = await pages.upload(officer, address, field, jpeg(), { [kind]: 'bank-card' });
    expect(bank.status).toBe(422);
    const pdf = await pages.upload(officer, address, field, new File(['%PDF-1.7'], 'a.jpg'), {
      [kind]: 'passport',
    });
    expect([pdf.status, pdf.text.includes(workersEn.document['not-jpeg-or-png'])]).toEqual([422, true]);
    expect((await uploadDocument(officer, order, line)).status).toBe(303);
    expect(await lineState(line)).toBe('awaiting-media');
    expect((await pages.get(officer, order)).text).toContain(escaped(en.order.documentThere));
    const [stored] = await fixtures.rows<{ id: string; content: Buffer }>(
      'select id, content from identity_documents where business_id = $1',
      [business.id],
    );
    // Neither the picture nor its text.
    expect(stored?.content.readUIntBE(0, 3)).not.toBe(0xffd8ff);
    expect(stored?.content.includes('/9j/')).toBe(false);
    const opened = vault.decrypt(stored!.content, documentPurpose(stored!.id));
    expect(Buffer.from(opened, 'base64').readUIntBE(0, 3)).toBe(0xffd8ff);
    expect(() => vault.decrypt(stored!.content, documentPurpose(randomUUID()))).toThrow();
    expect(
      (await pages.upload(officer, `${order}/lines/${line}/photo`, `photo-${line}`, jpeg())).status,
    ).toBe(303);
    expect(await lineState(line)).toBe('under-review');
    // Until it is reviewed another may take its place; afterwards it may not.
    expect((await uploadDocument(officer, order, line)).status).toBe(303);
    await fixtures.rows(`update order_lines set state = 'ready', card_number = '87654321' where id = $1`, [
      line,
    ]);
    expect((await uploadDocument(officer, order, line)).status).toBe(409);
    await fixtures.rows('update order_lines set card_number = null where id = $1', [line]);
  });

  it('shows its lines fifty at a time, and counts all of them', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `Bever ${String(index).padStart(2, '0')}`);
    const placed = await place(officer, await Promise.all(names.map((name) => worker(name))));
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const shown = (text: string) => names.filter((name) => text.includes(`>${name}<`));
    const [first, second] = [await pages.get(officer, order), await pages.get(officer, `${order}?page=2`)];
    expect(shown(first.text)).toEqual(names.slice(0, 50));
    expect(shown(second.text)).toEqual(names.slice(50));
    for (const page of [first, second]) {
      expect(page.text).toContain('60 cards');
      expect(page.text).toContain('60 × NOK 132.90');
    }
    // What is sent from the second page leads back to it, also when it fails.
    const action = /action="([^"]+\/photo\?page=2)"/u.exec(second.text)?.[1] ?? '';
    const line = /lines\/([^/]+)\/photo/u.exec(action)?.[1] ?? '';
    const failed = await pages.upload(officer, action, `photo-${line}`, new File(['x'], 'a.jpg'));
    expect(failed.status).toBe(422);
    expect(shown(failed.text)).toEqual(names.slice(50));
    const sent = await pages.upload(officer, action, `photo-${line}`, jpeg());
    expect(sent.location).toContain(`${order}?page=2`);
    // Of a line that stands on the second page, its own address shows that page.
    expect(shown((await pages.get(officer, `${order}/lines/${line}/photo`)).text)).toEqual(names.slice(50));
    const list = await pages.get(officer, path('/orders'));
    expect(list.text).toContain('>60<');
  });

  it('is taken back line by line, and is cancelled with the last one', async () => {
    const placed = await place(officer, [await worker('Stødig Bever'), await worker('Annen Bever')]);
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const line = await lineOf(order);
    expect((await pages.post(officer, `${order}/lines/${line}/cancel`, {})).status).toBe(303);
    expect(await orders('placed')).toHaveLength(1);
    expect((await pages.post(officer, `${order}/cancel`, {})).status).toBe(303);
    expect(await orders('cancelled')).toHaveLength(1);
    expect((await pages.get(officer, order)).text).toContain(en.order.cancelledBy);
    expect((await pages.post(officer, `${order}/cancel`, {})).status).toBe(409);
  });

  it('is nothing to a stranger, on any path', async () => {
    const placed = await place(officer, [await worker('Stødig Bever')]);
    if (!placed.ok) throw new Error('not placed');
    const order = path(`/orders/${placed.value.orderId}`);
    const line = await lineOf(order);
    const none = (await pages.get(stranger, path(`/orders/${randomUUID()}`))).text;
    for (const page of [order, path('/orders'), path('/orders/new'), path('/orders/offer')]) {
      const answer = await pages.get(stranger, page);
      expect([page, answer.status, answer.text]).toEqual([page, 404, none]);
    }
    for (const part of ['approve', 'cancel', `lines/${line}/cancel`]) {
      expect((await pages.post(stranger, `${order}/${part}`, {})).status).toBe(404);
    }
    const attached = await attachPhoto(actionDeps(), stranger.acting(business.number), {
      orderId: placed.value.orderId,
      lineId: line,
      file: photo,
    });
    expect(attached).toEqual({ ok: false, error: { kind: 'missing' } });
  });

  it('has words in bokmål as well', async () => {
    const mandate = await vendorMandate(['orders.place', 'orders.read']);
    const one = await worker('Stødig Bever');
    await offer(mandate.id, [one]);
    const placed = await place(member, [one], vendor.number);
    if (!placed.ok) throw new Error('not placed');
    for (const page of [`/orders/${placed.value.orderId}`, '/orders', `/orders/new?unit=${business.unit}`]) {
      expect((await norwegian.get(officer, path(page))).status).toBe(200);
    }
    expect((await norwegian.get(officer, path('/orders/offer'))).text).toContain(nb.offer.title);
    expect((await norwegian.get(member, path('/orders/new/look-up', vendor.number))).text).toContain(
      nb.lookUp.title,
    );
  });
});

describe('an order that a bar of its vendor holds', () => {
  const bar = () =>
    fixtures.rows(
      `insert into vendor_bars (vendor_id, reason, appeal, decided_at, barred_at, began_at, barred_by, barred_by_name)
       values ($1, 'r', 'a', clock_now(), clock_now(), clock_now(), $2, 'B')`,
      [vendor.id, officer.id],
    );
  const lift = () =>
    fixtures.rows(
      `update vendor_bars set lifted_at = clock_now(), lifted_by = $2, lifted_reason = 'r' where vendor_id = $1 and lifted_at is null`,
      [vendor.id, officer.id],
    );
  const stateOf = async (id: string) =>
    (
      await fixtures.rows(
        `select o.state, o.bar_held_at is not null as held, o.vendor_id, o.mandate_id, o.fee_ore, o.taken_over_from, o.placed_by,
           (select array_agg(distinct l.vendor_id) from order_lines l where l.order_id = o.id) as lines
         from orders o where o.id = $1`,
        [id],
      )
    )[0];

  async function twoOrders() {
    const mandate = await vendorMandate(['orders.place', 'orders.read']);
    const made: string[] = [];
    for (const name of ['Stødig Bever', 'Rask Rev']) {
      const id = await worker(name);
      await offer(mandate.id, [id]);
      const placed = await place(member, [id], vendor.number);
      if (!placed.ok) throw new Error(JSON.stringify(placed.error));
      made.push(placed.value.orderId);
    }
    return [made[0] ?? '', made[1] ?? '', mandate.id] as const;
  }

  it('is listed, and taken over as an own order at no fee, out of the sight of the vendor, or taken back', async () => {
    const [one, other] = await twoOrders();
    await bar();
    const list = await pages.get(officer, path('/orders'));
    expect(list.text).toContain('2 orders wait for your decision');
    expect(list.text).toContain('Vendor barred');
    const page = await pages.get(officer, path(`/orders/${one}`));
    expect(page.text).toContain('The order is held: the authority has barred DYRE KORT AS');
    expect(page.text).not.toContain('Let it go on');
    // The vendor that is barred does not go on with it, whatever the form says.
    expect((await pages.post(officer, path(`/orders/${one}/go-on`), {})).text).toContain('is barred');
    expect((await pages.post(stranger, path(`/orders/${one}/take-over`), {})).status).toBe(404);

    const taken = await pages.post(officer, path(`/orders/${one}/take-over`), {});
    expect(taken.location).toContain('takenOver');
    expect(await stateOf(one)).toEqual({
      state: 'placed',
      held: false,
      vendor_id: null,
      mandate_id: null,
      fee_ore: 0,
      taken_over_from: 'DYRE KORT AS',
      placed_by: officer.id,
      lines: [null],
    });
    expect((await pages.get(officer, path(`/orders/${one}`))).text).toContain('Taken over from');
    // Whoever comes second is told that it is done.
    expect((await pages.post(officer, path(`/orders/${one}/take-over`), {})).status).toBe(409);
    expect((await pages.post(officer, path(`/orders/${other}/cancel`), {})).location).toContain('cancelled');
    expect(await stateOf(other)).toMatchObject({ state: 'cancelled', vendor_id: vendor.id });
    expect((await pages.get(officer, path('/orders'))).text).not.toContain('wait for your decision');
    await lift();
    expect((await pages.get(member, path('/orders', vendor.number))).text).not.toContain(one);
    const audit = await fixtures.rows(
      `select action, decision, changes->>'vendorId' as vendor from audit_entries where subject_id = $1 and action like 'order.taken%'`,
      [one],
    );
    expect(audit).toEqual([{ action: 'order.taken-over', decision: 'allowed', vendor: vendor.id }]);
  });

  it('is decided on no more when nothing of it is left to hold, and keeps its vendor and fee', async () => {
    const [one] = await twoOrders();
    const before = await stateOf(one);
    await bar();
    await fixtures.rows(`update order_lines set state = 'shipped' where order_id = $1`, [one]);
    for (const way of ['take-over', 'go-on'])
      expect((await pages.post(officer, path(`/orders/${one}/${way}`), {})).status).toBe(409);
    expect(await stateOf(one)).toEqual({ ...before, held: true });
  });

  it('of which cards are made stays the vendor’s at its price; the rest goes on after the bar, or is taken back', async () => {
    const [one, other] = await twoOrders();
    await bar();
    await fixtures.rows(
      `insert into order_lines select (jsonb_populate_record(l, jsonb_build_object('id', uuidv7(), 'worker_id', o.worker_id, 'state', 'shipped'))).*
       from order_lines l, order_lines o where l.order_id = $1 and o.order_id = $2`,
      [one, other],
    );
    const before = await stateOf(one);
    const page = await pages.get(officer, path(`/orders/${one}`));
    expect(page.text).toContain('Some of its cards are made, so the order stays with DYRE KORT AS');
    expect(page.text).not.toContain('Take over as our own order');
    const refused = await pages.post(officer, path(`/orders/${one}/take-over`), {});
    expect([refused.status, refused.text.includes('cannot be taken over')]).toEqual([409, true]);
    expect(await stateOf(one)).toEqual(before);
    await lift();
    expect((await pages.post(officer, path(`/orders/${one}/go-on`), {})).status).toBe(303);
    expect(await stateOf(one)).toEqual({ ...before, held: false });
  });

  it('is also one that was placed while the bar waited for it', async () => {
    const [one] = await twoOrders();
    await fixtures.rows(`update orders set placed_at = clock_now() + interval '1 second' where id = $1`, [
      one,
    ]);
    await bar();
    expect(await stateOf(one)).toMatchObject({ held: true });
  });

  it('is held anew by a bar that comes while the business lets it go on', async () => {
    const [one] = await twoOrders();
    await bar();
    await lift();
    const request = { right: 'orders.approve', action: 'order.released' } as const;
    const running = { bar: Promise.resolve<unknown>(undefined) };
    await act<null, never>(fixtures.database, officer.acting(business.number), request, async (permitted) => {
      expect(await settleHeldOrder(permitted, one, 'go-on')).toBe('settled');
      running.bar = bar();
      await expect
        .poll(() =>
          fixtures.rows(
            `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          ),
        )
        .toHaveLength(1);
      await permitted.audit();
      return { ok: true, value: null };
    });
    await running.bar;
    expect(await stateOf(one)).toMatchObject({ held: true });
  });

  it('goes on with the vendor only when the business says so, once the bar is lifted, while the mandate holds', async () => {
    const [one, other, mandate] = await twoOrders();
    await bar();
    await lift();
    expect(await stateOf(one)).toMatchObject({ held: true });
    expect((await pages.get(member, path(`/orders/${one}`, vendor.number))).text).toContain(
      'Your customer decides',
    );
    expect((await pages.get(officer, path(`/orders/${one}`))).text).toContain(
      'Let it go on with DYRE KORT AS',
    );
    expect((await pages.post(officer, path(`/orders/${one}/go-on`), {})).location).toContain('goesOn');
    expect(await stateOf(one)).toMatchObject({ held: false, vendor_id: vendor.id, mandate_id: mandate });
    await fixtures.rows(
      `update mandates set ended_at = clock_now(), ended_by = $2, end_reason = 'removed' where id = $1`,
      [mandate, officer.id],
    );
    expect((await pages.post(officer, path(`/orders/${other}/go-on`), {})).text).toContain(
      'mandate has ended',
    );
    expect(await stateOf(other)).toMatchObject({ held: true });
  });

  it('is not approved before it is taken over, and the database places nothing that is held', async () => {
    const [one] = await twoOrders();
    await fixtures.rows(`update orders set state = 'awaiting-approval' where id = $1`, [one]);
    await fixtures.rows(`update order_lines set state = 'awaiting-approval' where order_id = $1`, [one]);
    await bar();
    const refused = await pages.post(officer, path(`/orders/${one}/approve`), {});
    expect([refused.status, refused.text.includes('A bar of the vendor holds the order')]).toEqual([
      409,
      true,
    ]);
    await pages.post(officer, path(`/orders/${one}/take-over`), {});
    expect((await pages.post(officer, path(`/orders/${one}/approve`), {})).location).toContain('approved');
    expect(await stateOf(one)).toMatchObject({ state: 'placed', vendor_id: null });
  });
});

function actionDeps(): OrderActionDeps {
  return {
    database: fixtures.database,
    notify: keepIn(notices),
    blockCardsOf: (...[permitted, workerId, reason]: Parameters<OrderActionDeps['blockCardsOf']>) =>
      blockCardsOf(actionDeps().notify, permitted, workerId, reason),
  };
}

function small(person: FixturePerson): SmallPerson {
  const acting = (number: string, vendorNumber?: string) => ({
    tokenHash: person.tokenHash,
    business: number,
    ...(vendorNumber === undefined ? {} : { vendor: vendorNumber }),
  });
  return { id: person.id, name: person.name, nationalId: '', tokenHash: person.tokenHash, acting };
}

function fixture(person: SmallPerson): FixturePerson {
  const { id, name, tokenHash } = person;
  return { id, name, numberHash: Buffer.alloc(32), tokenHash };
}

async function worker(name: string, row: Parameters<Fixtures['worker']>[2] = {}): Promise<string> {
  return fixtures.worker(business, await fixtures.person(name), row);
}

function vendorMandate(rights: readonly string[], row: Parameters<Fixtures['vendorMandate']>[4] = {}) {
  const people = { by: fixture(officer), vendorOfficer: fixture(vendorOfficer), member: fixture(member) };
  return fixtures.vendorMandate(business, vendor, people, rights, row);
}

async function offer(mandateId: string, workerIds: readonly string[]): Promise<void> {
  const acting = officer.acting(business.number);
  const offered = await offerWorkers({ database: fixtures.database }, acting, {
    mandateId,
    unitId: business.unit,
    workerIds,
  });
  expect(offered).toEqual({ ok: true, value: { offered: workerIds.length } });
}

function place(person: SmallPerson, workerIds: readonly string[], vendorNumber?: string) {
  const command: PlaceOrder = {
    key: randomUUID(),
    unitId: business.unit,
    workerIds,
    delivery,
    customerReference: '',
  };
  return placeOrder(actionDeps(), person.acting(business.number, vendorNumber), command);
}

function path(rest: string, vendorNumber?: string): string {
  return `/b/${business.number}${vendorNumber === undefined ? '' : `/by/${vendorNumber}`}${rest}`;
}

async function follow(person: SmallPerson, start: string) {
  const redirect = await pages.get(person, start);
  expect(redirect.status).toBe(303);
  const page = await pages.get(person, redirect.location ?? '');
  expect(page.status).toBe(200);
  return { ...page, path: redirect.location ?? '' };
}

function form(confirmPath: string): Record<string, string | string[]> {
  const query = new URL(confirmPath, 'https://kortvakt.test').searchParams;
  return {
    key: query.get('key') ?? '',
    unit: query.get('unit') ?? '',
    worker: query.getAll('worker'),
    recipient: 'BLÅ HAMMER AS',
    street: 'Testveien 1',
    postalCode: '0150',
    place: 'OSLO',
  };
}

function orderOf(location: string | null): string {
  return (location ?? '').split('?')[0] ?? '';
}

function orders(...states: string[]) {
  const wanted = states.length === 0 ? ['placed', 'awaiting-approval', 'cancelled'] : states;
  return fixtures.rows('select id from orders where business_id = $1 and state = any ($2)', [
    business.id,
    wanted,
  ]);
}

async function lineOf(order: string): Promise<string> {
  const id = order.split('/').at(-1);
  const [line] = await fixtures.rows<{ id: string }>(
    'select id from order_lines where order_id = $1 limit 1',
    [id],
  );
  return line?.id ?? '';
}

async function lineState(line: string): Promise<string | undefined> {
  const [row] = await fixtures.rows<{ state: string }>('select state from order_lines where id = $1', [line]);
  return row?.state;
}

function uploadDocument(person: SmallPerson, order: string, line: string) {
  return pages.upload(person, `${order}/lines/${line}/document`, `document-${line}`, jpeg(), {
    [`kind-${line}`]: 'passport',
  });
}

function jpeg(): File {
  return new File([new Uint8Array(photo)], 'photo.jpg', { type: 'image/jpeg' });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll("'", '&#39;').replaceAll('"', '&quot;');
}
