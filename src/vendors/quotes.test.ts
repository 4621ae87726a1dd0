import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agreements } from '../../tests/support/agreements.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import { createAccessPages, type Notice, type Proposal } from '../access/index.ts';
import accessNb from '../access/nb.json' with { type: 'json' };
import { inTransaction } from '../database/transaction.ts';
import { addDays, lastDayToEnd, osloToday, startOfDay } from '../kernel/dates.ts';
import { publishVendorProfile } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { grantToVendor, proposeGrant, type VendorDeps } from './grants.ts';
import nb from './nb.json' with { type: 'json' };
import { createVendorPages } from './pages.tsx';
import type { TypedItem } from './quote-rules.ts';
import { acceptOffer, offerQuote, tellOfOffer, withdrawOffer } from './quotes.ts';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const resources = { nb: { access: accessNb, vendors: nb }, en: { access: accessEn, vendors: en } };
const today = osloToday(new Date());
const lastDay = addDays(today, 90);

let world: SmallWorld;
let deps: VendorDeps;
const notices: Notice[] = [];
let pages: PageCaller;
let business: string;
let vendor: string;
let officer: SmallPerson;
let manager: SmallPerson;
let vendorOfficer: SmallPerson;

const proposal: Proposal = {
  rights: ['orders.place', 'orders.read'],
  units: null,
  workers: null,
  firstDay: null,
  lastDay: addDays(today, 30),
  purpose: 'Cards',
  limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
};
const fee = (amount: string): TypedItem => ({ kind: 'fee', text: '', per: 'card', amount, vat: '' });
const postage: TypedItem = { kind: 'postage', text: '', per: 'order', amount: '89', vat: '' };

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
    agreements,
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'DYR KORTHJELP AS');
  officer = await world.person('Våken Spurv', '15819049944');
  manager = await world.person('Rolig Elg', '15819049945');
  vendorOfficer = await world.person('Rask Gaupe', '15819049946');
  await world.officer(business, officer);
  await world.personMandate(business, manager, officer, ['access.manage', 'workers.read']);
  await world.officer(vendor, vendorOfficer);
  const unit = await world.unit(business, '310000027');
  for (let number = 0; number < 41; number += 1) {
    const worker = await world.person(`Flittig Maur ${String(number)}`, `158190500${String(number + 10)}`);
    // The last one no longer works there.
    await world.rows(
      `insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, employed_to, refreshed_at)
       values ($1, $2, $3, $4, 'Maur', '1990-01-15', '2020-01-01', $5, now())`,
      [business, unit, worker.id, worker.name, number === 40 ? '2024-01-01' : null],
    );
  }
  pages = await createPageCaller(resources, (app) => {
    for (const feature of [
      createAccessPages(deps),
      createVendorPages({
        ...deps,
        importBusiness: () => Promise.reject(new Error('No register here.')),
        requestLimits: { waitDays: 30, perDay: 50 },
        warnFromOre: 20_000,
      }),
    ]) {
      app.route('/b/:business', feature);
    }
  });
  const published = await publishVendorProfile(deps, vendorOfficer.acting(VENDOR), { feeOre: 9900 });
  expect(published.ok).toBe(true);
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  await world.rows(
    `update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null and vendor_id is not null`,
  );
  await world.rows(
    `update quote_offers set settled_at = now(), outcome = 'withdrawn' where settled_at is null`,
  );
  await world.rows(`update sessions set auth_time = clock_now(), acr = 'high'`);
});

async function give(): Promise<string> {
  const granted = await grantToVendor(deps, officer.acting(BUSINESS), {
    vendorNumber: VENDOR,
    proposal,
    acceptsAgreement: true,
    acceptsQuote: true,
  });
  if (!granted.ok) throw new Error(JSON.stringify(granted.error));
  return granted.value.mandateId;
}

async function offer(items: readonly TypedItem[] = [fee('466'), postage], day = lastDay): Promise<string> {
  const offered = await offerQuote(deps, vendorOfficer.acting(VENDOR), {
    customerId: business,
    lastDay: day,
    items,
  });
  if (!offered.ok) throw new Error(JSON.stringify(offered.error));
  return offered.value;
}

const accept = (offerId: string, by = officer) =>
  acceptOffer(deps, by.acting(BUSINESS), { offerId, accepts: true });

const standingQuote = (mandateId: string) =>
  world.rows(
    `select q.official_ore, q.fee_ore, q.order_ore, q.valid_until, q.accepted_by_name from mandates m join quotes q on q.id = m.quote_id
     where m.id = $1`,
    [mandateId],
  );

describe('a quote', () => {
  test('is offered to a customer, accepted by an officer, and holds for the mandate from then on', async () => {
    const mandateId = await give();
    notices.length = 0;
    const id = await offer();
    await tellOfOffer(deps, { offerId: id, what: 'offered' });
    expect(notices.map(({ template, businessId }) => [template, businessId])).toEqual([
      ['vendors:notice.quote.offered', business],
    ]);
    expect(await standingQuote(mandateId)).toMatchObject([{ fee_ore: 9900, order_ore: 0 }]);
    expect((await accept(id)).ok).toBe(true);
    expect(await standingQuote(mandateId)).toEqual([
      {
        official_ore: 13290,
        fee_ore: 46600,
        order_ore: 8900,
        valid_until: lastDayToEnd(lastDay),
        accepted_by_name: 'Våken Spurv',
      },
    ]);
    await tellOfOffer(deps, { offerId: id, what: 'accepted' });
    expect(notices.at(-1)).toMatchObject({ template: 'vendors:notice.quote.accepted', businessId: vendor });
    const audit = await world.rows(
      `select action from audit_entries where decision = 'allowed' and action like 'quote.%' order by id`,
    );
    expect(audit).toEqual([{ action: 'quote.offer' }, { action: 'quote.accept' }]);
  });

  test('is accepted with the mandate when one waits, and the mandate then ends no later', async () => {
    const early = addDays(today, 10);
    const mandateId = await give();
    await offer([fee('50')], early);
    const proposed = await proposeGrant(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, proposal);
    expect(proposed).toEqual({ ok: false, error: { kind: 'proposal', problems: { quote: 'ends-before' } } });
    const granted = await grantToVendor(deps, officer.acting(BUSINESS), {
      vendorNumber: VENDOR,
      proposal: { ...proposal, lastDay: early },
      acceptsAgreement: true,
      acceptsQuote: true,
    });
    if (!granted.ok) throw new Error(JSON.stringify(granted.error));
    expect(granted.value.replaced).toBe(mandateId);
    expect(await standingQuote(granted.value.mandateId)).toMatchObject([{ fee_ore: 5000 }]);
  });

  test('is accepted once, by an officer of that business, who has just logged in', async () => {
    await give();
    const id = await offer();
    expect(await accept(id, manager)).toMatchObject({ error: { kind: 'refused' } });
    expect(await accept(id, vendorOfficer)).toMatchObject({ error: { kind: 'missing' } });
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    expect(await accept(id)).toEqual({ ok: false, error: 'step-up' });
    await world.rows(`update sessions set auth_time = clock_now()`);
    const twice = await Promise.all([accept(id), accept(id)]);
    expect(twice.filter(({ ok }) => ok)).toHaveLength(1);
    expect(twice.find(({ ok }) => !ok)).toEqual({ ok: false, error: 'accepted' });
    expect(await world.rows('select id from quotes where offer_id = $1', [id])).toHaveLength(1);
    expect(await accept(id)).toEqual({ ok: false, error: 'accepted' });
    expect(await withdrawOffer(deps, vendorOfficer.acting(VENDOR), id)).toEqual({ ok: true, value: false });
  });

  test('is accepted once of two officers in the same moment, or withdrawn before', async () => {
    await give();
    const id = await offer();
    const said = (answer: Awaited<ReturnType<typeof accept>>) => (answer.ok ? 'accepted' : answer.error);
    const both = await Promise.all([accept(id), accept(id)]);
    expect(both.map(said)).toEqual(['accepted', 'accepted']);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    for (let round = 0; round < 5; round += 1) {
      const another = await offer();
      const [accepted, withdrawn] = await Promise.all([
        accept(another),
        withdrawOffer(deps, vendorOfficer.acting(VENDOR), another),
      ]);
      expect(withdrawn).toEqual({ ok: true, value: !accepted.ok });
      expect(['accepted', 'settled']).toContain(said(accepted));
    }
  });

  test('that was withdrawn, replaced or has lapsed, is accepted by nobody', async () => {
    await give();
    const first = await offer();
    const second = await offer([fee('10')]);
    expect(await accept(first)).toEqual({ ok: false, error: 'settled' });
    await withdrawOffer(deps, vendorOfficer.acting(VENDOR), second);
    expect(await accept(second)).toEqual({ ok: false, error: 'settled' });
    const third = await offer();
    await world.rows(
      `update quote_offers set offered_at = now() - interval '2 days', valid_until = now() - interval '1 day' where id = $1`,
      [third],
    );
    expect(await accept(third)).toEqual({ ok: false, error: 'lapsed' });
  });

  test('is sent to nobody who has not dealt with the vendor', async () => {
    expect(
      await offerQuote(deps, vendorOfficer.acting(VENDOR), {
        customerId: business,
        lastDay,
        items: [fee('1')],
      }),
    ).toEqual({ ok: false, error: { kind: 'customer' } });
  });

  test('as the database has it is what was offered, to the øre and the day, of an officer with a fresh login', async () => {
    await give();
    const id = await offer();
    const insert = (changes: object, by = officer) =>
      inTransaction(world.database, { kind: 'session', ...by.acting(BUSINESS) }, async ({ query, now }) =>
        query
          .insertInto('quotes')
          .values({
            business_id: business,
            vendor_id: vendor,
            offer_id: id,
            official_ore: 13290,
            fee_ore: 46600,
            order_ore: 8900,
            once_ore: 0,
            valid_until: lastDayToEnd(lastDay),
            accepted_by: by.id,
            accepted_by_name: by.name,
            accepted_at: now,
            ...changes,
          })
          .execute(),
      );
    await expect(insert({ fee_ore: 46601 })).rejects.toThrow(/as_offered/u);
    await expect(insert({ order_ore: 0 })).rejects.toThrow(/as_offered/u);
    await expect(insert({ valid_until: lastDayToEnd(addDays(lastDay, 1)) })).rejects.toThrow(/as_offered/u);
    await expect(insert({ official_ore: null })).rejects.toThrow(/offered_whole/u);
    await expect(insert({}, manager)).rejects.toThrow(/row-level security/u);
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    await expect(insert({})).rejects.toThrow(/row-level security/u);
  });

  test.each([
    [
      'VAT wrong by an øre',
      `[{"kind":"official","text":"","per":"card","ore":13290,"vatBasisPoints":2500,"vatOre":3322}]`,
    ],
    [
      'a negative price',
      `[{"kind":"official","text":"","per":"card","ore":-1,"vatBasisPoints":2500,"vatOre":0}]`,
    ],
    [
      'no official price',
      `[{"kind":"fee","text":"","per":"card","ore":100,"vatBasisPoints":2500,"vatOre":25}]`,
    ],
    [
      '41 items',
      JSON.stringify(
        Array.from({ length: 41 }, (_, n) => ({
          kind: n === 0 ? 'official' : 'other',
          text: 'x',
          per: 'card',
          ore: 100,
          vatBasisPoints: 2500,
          vatOre: 25,
        })),
      ),
    ],
    ['no list', `{}`],
  ])('with %s is not even stored', async (_what, items) => {
    await expect(
      world.rows(
        `insert into quote_offers (business_id, vendor_id, items, valid_until, offered_by, offered_by_name, offered_at)
         values ($1, $2, $3, now() + interval '1 day', $4, 'G', now())`,
        [business, vendor, items, vendorOfficer.id],
      ),
    ).rejects.toThrow(/items_hold|quote_offers/u);
  });
});

describe('the pages of quotes', () => {
  const OWN = `/b/${VENDOR}/business/vendor/quotes`;
  const form = () => ({ customer: business, lastDay, rows: '3' });

  test('say in words what several hundred kroner a card come to for the workers that the business has', async () => {
    await give();
    const id = await offer();
    const page = await pages.get(officer, `/b/${BUSINESS}/business/quotes/${id}`);
    expect(page.status).toBe(200);
    expect(page.text).toContain(
      'This vendor charges 466 kr on top of 132.90. For your 40 workers that is 18,640 kr + VAT over two years.',
    );
    const cheap = await offer([fee('99')]);
    const other = await pages.get(officer, `/b/${BUSINESS}/business/quotes/${cheap}`);
    expect(other.text).not.toContain('on top of');
    expect(other.text).toContain('NOK 231.90');
  });

  test('say so in the preview of the mandate, too', async () => {
    await give();
    await offer([fee('466')]);
    const draft = await proposeGrant(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, proposal);
    const page = await pages.get(
      officer,
      `/b/${BUSINESS}/business/access/vendor-drafts/${draft.ok ? draft.value : ''}`,
    );
    expect(page.text).toContain('For your 40 workers that is 18,640 kr + VAT over two years.');
  });

  test('send, show and withdraw a quote', async () => {
    await give();
    const sent = await pages.post(vendorOfficer, `${OWN}/new`, {
      ...form(),
      'amount-fee': '466',
      'vat-fee': '116,50',
      'text-0': 'Photo by us',
      'per-0': 'card',
      'amount-0': '50',
    });
    expect([sent.status, sent.text]).toEqual([303, expect.anything()]);
    const own = await pages.get(vendorOfficer, sent.location ?? '');
    expect(own.text).toContain('Photo by us');
    expect((await pages.get(vendorOfficer, OWN)).text).toContain('BLÅ HAMMER AS');
    const id = /quotes\/([0-9a-f-]+)/u.exec(sent.location ?? '')?.[1] ?? '';
    expect((await pages.get(officer, `/b/${BUSINESS}/business/quotes`)).text).toContain('DYR KORTHJELP AS');
    const withdraw = async () => (await pages.post(vendorOfficer, `${OWN}/${id}/withdraw`, {})).location;
    expect([await withdraw(), await withdraw()]).toEqual([
      `${OWN}/${id}?done=vendors%3Adone.offerWithdrawn`,
      `${OWN}/${id}`,
    ]);
    expect((await pages.get(officer, `${OWN}/${id}`)).status).toBe(404);
  });

  test.each([
    [
      'VAT wrong by one øre',
      { 'amount-fee': '466', 'vat-fee': '116,51' },
      'The VAT is wrong. It is NOK 116.50',
    ],
    ['another currency', { 'amount-fee': '40 EUR' }, 'Write the amount in Norwegian kroner'],
    ['a negative price', { 'amount-fee': '-466' }, 'The amount cannot be negative'],
    ['nothing', {}, 'Write at least one price'],
    ['a day that has passed', { 'amount-fee': '466', lastDay: '2020-01-01' }, 'The last day has passed'],
    ['no day', { 'amount-fee': '466', lastDay: 'soon' }, 'Write a day'],
    [
      'somebody else’s customer',
      { 'amount-fee': '466', customer: 'somebody' },
      'Choose a business that has given you a mandate',
    ],
  ])('with %s say so, and keep what was typed', async (_what, fields, words) => {
    await give();
    const sent = await pages.post(vendorOfficer, `${OWN}/new`, {
      ...form(),
      'text-0': 'Photo by us',
      'amount-0': '',
      ...('amount-fee' in fields ? { 'amount-0': '50' } : { 'text-0': '' }),
      ...fields,
    });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain(words);
    for (const [name, typed] of Object.entries(fields)) {
      if (name !== 'customer') expect(sent.text).toContain(typed);
    }
    if ('amount-fee' in fields) expect(sent.text).toContain('value="Photo by us"');
  });

  test('refuse 41 items in one sentence, with all 41 as they were typed', async () => {
    await give();
    const items = Object.fromEntries(
      Array.from({ length: 41 }, (_, index) => [
        [`text-${String(index)}`, `Item number ${String(index)}`],
        [`amount-${String(index)}`, '1'],
      ]).flat(),
    ) as Record<string, string>;
    const sent = await pages.post(vendorOfficer, `${OWN}/new`, { ...form(), rows: '41', ...items });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain('A quote has at most 40 items');
    expect(sent.text).toContain('value="Item number 0"');
    expect(sent.text).toContain('value="Item number 40"');
  });

  test('give more rows, with what was typed kept', async () => {
    await give();
    const more = await pages.post(vendorOfficer, `${OWN}/new`, {
      ...form(),
      more: 'yes',
      'text-2': 'Photo by us',
    });
    expect([more.status, more.text.includes('name="text-5"')]).toEqual([200, true]);
    expect(more.text).toContain('value="Photo by us"');
  });

  test('accept a quote only with the tick', async () => {
    await give();
    const id = await offer();
    const path = `/b/${BUSINESS}/business/quotes/${id}`;
    const without = await pages.post(officer, path, {});
    expect([without.status, without.text.includes('You must accept this')]).toEqual([422, true]);
    const clicked = () => pages.post(officer, path, { accept: 'yes' });
    expect(await clicked()).toMatchObject({
      status: 303,
      location: `${path}?done=vendors%3Adone.quoteAccepted`,
    });
    // A second click leads to the page that says who accepted it, and when.
    expect(await clicked()).toMatchObject({ status: 303, location: path });
    expect((await pages.get(officer, path)).text).toContain(en.quote.state.accepted);
    expect((await pages.post(vendorOfficer, `${OWN}/${id}/withdraw`, {})).status).toBe(409);
  });

  test('accept nothing from a window in which another quote stands, or by someone who is no officer any more', async () => {
    await give();
    const quotes = async () => (await world.rows('select id from quotes')).length;
    const before = await quotes();
    const path = (id: string) => `/b/${BUSINESS}/business/quotes/${id}`;
    const shown = await offer();
    expect((await pages.get(officer, path(shown))).status).toBe(200);
    const dearer = await offer([fee('900')]);
    const old = await pages.post(officer, path(shown), { accept: 'yes' });
    expect([old.status, old.text.includes(en.quote.problem.settled)]).toEqual([409, true]);
    await world.rows('update officers set ended_at = now() where person_id = $1', [officer.id]);
    const refused = await pages.post(officer, path(dearer), { accept: 'yes' });
    await world.rows('update officers set ended_at = null where person_id = $1', [officer.id]);
    expect([refused.status, await quotes()]).toEqual([404, before]);
  });
});

describe('when the official price has risen', () => {
  test('an offer that was made before is accepted by nobody', async () => {
    await give();
    const id = await offer();
    await world.rows(
      `insert into price_list (card_type, price_ore, valid_from, source) values ('construction', 13900, $1, 'a test')`,
      [startOfDay(today)],
    );
    expect(await accept(id)).toEqual({ ok: false, error: 'price-risen' });
  });
});
