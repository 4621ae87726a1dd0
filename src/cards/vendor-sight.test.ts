import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conditions } from '../../tests/support/conditions.ts';
import {
  type FixtureBusiness,
  type FixturePerson,
  Fixtures,
  type FixtureVendorMandate,
} from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import type { ContextRequest, Transaction } from '../database/transaction.ts';
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import ordersEn from '../orders/en.json' with { type: 'json' };
import { createOrderPages, offerWorkers, placeOrder } from '../orders/index.ts';
import ordersNb from '../orders/nb.json' with { type: 'json' };
import pricesEn from '../prices/en.json' with { type: 'json' };
import pricesNb from '../prices/nb.json' with { type: 'json' };
import workersEn from '../workers/en.json' with { type: 'json' };
import workersNb from '../workers/nb.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createCardPages } from './pages.tsx';

/** What a vendor without the worker list learns of those it orders for, in the pages and in the database itself. */

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let boss: FixturePerson;
let member: FixturePerson;
let mandate: FixtureVendorMandate;
/** Ticked by the business; found by number and surname; neither. */
let ticked: Known;
let found: Known;
let hidden: Known;
let cards: { ticked: string; found: string };
let orderId: string;

interface Known {
  readonly person: FixturePerson;
  readonly worker: string;
}

const notify = () => Promise.resolve();
const RIGHTS = ['orders.place', 'orders.read', 'cards.read', 'cards.block'] as const;
const delivery = { recipient: 'Mottak', lines: ['Testveien 1'], postalCode: '0150', place: 'OSLO' };
const acting = (person: FixturePerson, by?: string) => ({
  tokenHash: person.tokenHash,
  business: business.number,
  ...(by === undefined ? {} : { vendor: by }),
});

async function worker(name: string, born: string): Promise<Known> {
  const person = await fixtures.person(name);
  await fixtures.rows('update persons set birth_date = $2 where id = $1', [person.id, born]);
  return { person, worker: await fixtures.worker(business, person, { birth_date: born }) };
}

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const deps = {
    database: fixtures.database,
    notify,
    conditions,
    blockCardsOf: () => Promise.resolve(ok(undefined)),
  };
  [boss, member] = [await fixtures.person('Dag Leder'), await fixtures.person('Mia Medlem')];
  [business, vendor] = [await fixtures.business(), await fixtures.business()];
  await fixtures.officer(business, boss);
  await fixtures.vendorProfile(vendor, boss);
  await fixtures.member(vendor, member, boss);
  mandate = await fixtures.vendorMandate(business, vendor, { by: boss, vendorOfficer: boss, member }, RIGHTS);
  ticked = await worker('Stødig Bever', '1991-02-03');
  found = await worker('Hemmelig Østavind', '1982-04-05');
  hidden = await worker('Skjult Sel', '1973-06-07');
  await offerWorkers(deps, acting(boss), {
    mandateId: mandate.id,
    unitId: business.unit,
    workerIds: [ticked.worker],
  });
  const byVendor = { business: business.number, vendor: vendor.number, writing: true };
  await fixtures.as(member, byVendor, ({ query }) =>
    sql`select vendor_look_up_worker(${found.person.numberHash}, 'østavind')`.execute(query),
  );
  const placed = await placeOrder(deps, acting(member, vendor.number), {
    key: '01980000-0000-7000-8000-000000000001',
    unitId: business.unit,
    workerIds: [ticked.worker, found.worker],
    delivery,
    customerReference: '',
  });
  if (!placed.ok) throw new Error(JSON.stringify(placed.error));
  ({ orderId } = placed.value);
  cards = { ticked: await cardOf(ticked, '1991-02-03'), found: await cardOf(found, '1982-04-05') };
  const mounted = {
    ...deps,
    vault: { encrypt: () => Buffer.of(1), hash: () => randomBytes(32) },
    allowSynthetic: true,
  };
  const words = {
    nb: { cards: nb, orders: ordersNb, access: accessNb, prices: pricesNb, workers: workersNb },
    en: { cards: en, orders: ordersEn, access: accessEn, prices: pricesEn, workers: workersEn },
  };
  pages = await createPageCaller(words, (app) => {
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(base, createOrderPages(mounted));
      app.route(base, createCardPages(deps));
    }
  });
});
afterAll(() => fixtures.stop());

async function cardOf(known: Known, born: string): Promise<string> {
  const [line] = await fixtures.rows<{ id: string }>('select id from order_lines where worker_id = $1', [
    known.worker,
  ]);
  const batch = await fixtures.insert('card_batches', { created_at: new Date(0) });
  return fixtures.insert('cards', {
    business_id: business.id,
    unit_id: business.unit,
    worker_id: known.worker,
    person_id: known.person.id,
    vendor_id: vendor.id,
    order_line_id: line?.id,
    batch_id: batch,
    number: known === ticked ? '11111111' : '22222222',
    token: randomBytes(8).toString('base64url'),
    card_type: 'construction',
    holder_name: known.person.name,
    birth_date: born,
    employer_name: 'Virksomhet',
    organisation_number: business.number,
    issued_at: new Date(0),
    expires_at: new Date('2100-01-01'),
    production: 'shipped',
    suspended_reason: 'FREG_DECEASED',
  });
}

const asVendor = (): ContextRequest => ({
  kind: 'session',
  tokenHash: member.tokenHash,
  business: business.number,
  vendor: vendor.number,
});
const asBoss = (): ContextRequest => ({
  kind: 'session',
  tokenHash: boss.tokenHash,
  business: business.number,
});

/** Everything that the request role can select in a context: each column of each row of each relation. */
async function everythingSeen(who: ContextRequest): Promise<string> {
  return inTransaction(fixtures.database, who, async ({ query }) => {
    const columns = await sql<{ relation: string; columns: string }>`
      select c.relname as relation, string_agg(format('%I::text', a.attname), ', ' order by a.attnum) as columns
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
        and has_column_privilege(c.oid, a.attname, 'select') group by c.relname`.execute(query);
    expect(columns.rows.length).toBeGreaterThan(20);
    const texts = [];
    for (const { relation, columns: list } of columns.rows) {
      const rows = await sql<{ text: string }>`select concat_ws('|', ${sql.raw(list)}) as text
        from ${sql.id(relation)}`.execute(query);
      texts.push(...rows.rows.map(({ text }) => `${relation}: ${text}`));
    }
    return texts.join('\n');
  });
}

const withRights = async (rights: readonly string[], work: () => Promise<void>): Promise<void> => {
  const set = (given: readonly string[]) =>
    fixtures.rows('update mandates set rights = $2 where id = $1', [mandate.id, given]);
  await set(rights);
  try {
    await work();
  } finally {
    await set(RIGHTS);
  }
};

describe('in the database a vendor without the worker list can select', () => {
  test('the name and birth year of a worker whom the business ticked', async () => {
    const seen = await everythingSeen(asVendor());
    expect(seen).toContain('Stødig Bever');
    expect(seen).toContain('|1991|');
    expect(seen).not.toContain('1991-02-03');
  });

  test('the surname that it asked with, and nothing else, of a worker whom it looked up', async () => {
    const seen = await everythingSeen(asVendor());
    expect(seen).toContain('Østavind');
    expect(seen).not.toMatch(/Hemmelig|1982-04-05|\|1982\|/u);
  });

  test('nothing that tells a person from another in two businesses, and no reason why a card is suspended', async () => {
    const seen = await everythingSeen(asVendor());
    for (const { person } of [ticked, found, hidden]) {
      expect(seen).not.toContain(person.id);
      expect(seen).not.toContain(person.numberHash.toString('hex'));
    }
    expect(seen).not.toMatch(/Skjult|1973-06-07|\|1973\||FREG_DECEASED/u);
  });

  test('all of it with the worker list, as the business itself can', async () => {
    await withRights([...RIGHTS, 'workers.read'], async () => {
      for (const who of [asVendor(), asBoss()]) {
        const seen = await everythingSeen(who);
        for (const text of ['Hemmelig Østavind', '1982-04-05', 'Skjult Sel', 'FREG_DECEASED'])
          expect(seen).toContain(text);
      }
    });
  });
});

describe('the views show the rows of their tables', () => {
  const ids = (who: ContextRequest, relation: string) =>
    inTransaction(fixtures.database, who, async ({ query }: Transaction) => {
      const { rows } = await sql<{ id: string }>`select id from ${sql.id(relation)} order by id`.execute(
        query,
      );
      return rows.map(({ id }) => id);
    });

  test.each([
    ['cards', 'cards_as_shown'],
    ['order_lines', 'order_lines_as_shown'],
  ])('%s and %s, to everyone alike', async (table, view) => {
    const job = { kind: 'job', name: 'test' } as const;
    const nobody = { kind: 'anonymous' } as const;
    const wrongBusiness = { ...asBoss(), business: vendor.number };
    expect(await ids(job, table)).toHaveLength(2);
    for (const who of [job, nobody, asBoss(), asVendor(), wrongBusiness])
      expect(await ids(who, view)).toEqual(await ids(who, table));
    for (const right of [...RIGHTS, 'workers.read', 'orders.prepare', 'invoices.read']) {
      await withRights([right], async () => {
        expect(await ids(asVendor(), view)).toEqual(await ids(asVendor(), table));
      });
    }
    await fixtures.rows('update mandates set units = array[$2::uuid] where id = $1', [
      mandate.id,
      business.otherUnit,
    ]);
    expect(await ids(asVendor(), view)).toEqual([]);
    await fixtures.rows('update mandates set units = null, workers = array[$2::uuid] where id = $1', [
      mandate.id,
      found.worker,
    ]);
    expect(await ids(asVendor(), view)).toEqual(await ids(asVendor(), table));
    expect(await ids(asVendor(), view)).toHaveLength(1);
    await fixtures.rows('update mandates set workers = null where id = $1', [mandate.id]);
  });
});

describe('in its pages', () => {
  const small = (person: FixturePerson): SmallPerson => ({
    ...person,
    nationalId: '',
    acting: () => acting(person),
  });
  const vendorPath = (path: string) => `/b/${business.number}/by/${vendor.number}${path}`;
  const ownPath = (path: string) => `/b/${business.number}${path}`;

  test('a vendor reads the name or the surname on its cards and orders, and not the birth date', async () => {
    const list = await pages.get(small(member), vendorPath('/cards'));
    const order = await pages.get(small(member), vendorPath(`/orders/${orderId}`));
    for (const { text, status } of [list, order]) {
      expect(status).toBe(200);
      expect(text).toContain('Stødig Bever');
      expect(text).toContain('Østavind');
      expect(text).not.toContain('Hemmelig');
    }
    const card = await pages.get(small(member), vendorPath(`/cards/${cards.found}`));
    expect(card.status).toBe(200);
    expect(card.text).toContain('Østavind');
    expect(card.text).not.toMatch(/Hemmelig|1982|picture\.svg|dead/u);
    expect(card.text).toContain(en.picture.withheld);
    const offered = await pages.get(small(member), vendorPath(`/cards/${cards.ticked}`));
    expect(offered.text).toContain('Stødig Bever');
    expect(offered.text).not.toContain('1991');
    for (const id of [cards.found, cards.ticked])
      for (const part of ['picture.svg', 'back.svg', 'card.pdf'])
        expect((await pages.get(small(member), vendorPath(`/cards/${id}/${part}`))).status).toBe(403);
  });

  test('a search by what it does not know finds nothing', async () => {
    const byGivenName = await pages.search(small(member), vendorPath('/cards'), 'hemmelig');
    expect(byGivenName.text).toContain(en.search.none);
    const bySurname = await pages.search(small(member), vendorPath('/cards'), 'østavind');
    expect(bySurname.text).toContain('22222222');
  });

  test('the business reads everything, and both are recorded as having been shown the holder', async () => {
    const card = await pages.get(small(boss), ownPath(`/cards/${cards.found}`));
    expect(card.text).toContain('Hemmelig Østavind');
    expect(card.text).toContain('1982-04-05');
    expect(card.text).toContain('picture.svg');
    const shown = await fixtures.rows(
      `select distinct viewer_name as viewer, occasion, fields from disclosures where subject_person_id = $1
       and occasion in ('card', 'card-list') order by 1, 2`,
      [found.person.id],
    );
    expect(shown).toEqual([
      { viewer: 'Dag Leder', occasion: 'card', fields: ['name', 'birth-date'] },
      { viewer: 'Mia Medlem', occasion: 'card', fields: ['name'] },
      { viewer: 'Mia Medlem', occasion: 'card-list', fields: ['name'] },
    ]);
  });

  test('what a card will look like is for the business, and for a vendor that sees its list of workers', async () => {
    const preview = `/workers/${hidden.worker}/card.svg`;
    const [name, born] = ['Skjult Sel', '07.06.1973'];
    const shown = async () =>
      fixtures.rows(
        `select viewer_name as viewer, fields from disclosures where subject_person_id = $1 and occasion = 'card'`,
        [hidden.person.id],
      );
    const own = await pages.get(small(boss), ownPath(preview));
    expect(own.status).toBe(200);
    for (const text of [name, born, 'PRØVE / SPECIMEN', 'Bygg og anlegg / Construction'])
      expect(own.text).toContain(text);
    expect(await shown()).toEqual([{ viewer: 'Dag Leder', fields: ['name', 'birth-date'] }]);
    // No more than the list of workers: the pages lead to the picture, and have not shown it.
    const line = `/workers/${ticked.worker}/card.svg`;
    const ordered = await pages.get(small(boss), ownPath(`/orders/${orderId}`));
    expect(ordered.text).toContain(`href="${ownPath(line)}"`);
    expect(ordered.text).not.toContain(`src="${ownPath(line)}"`);
    const confirm = `/orders/new/confirm?key=01980000-0000-7000-8000-000000000009&unit=${business.unit}&worker=${hidden.worker}`;
    expect((await pages.get(small(boss), ownPath(confirm))).text).toContain(`href="${ownPath(preview)}"`);

    for (const path of [preview, line]) {
      const refused = await pages.get(small(member), vendorPath(path));
      expect(refused.status).toBe(403);
      expect(refused.text).not.toMatch(/Skjult|1973|Stødig|1991/u);
    }
    const order = await pages.get(small(member), vendorPath(`/orders/${orderId}`));
    expect(order.text).not.toContain('card.svg');
    const elsewhere = await fixtures.business();
    await fixtures.officer(elsewhere, boss);
    expect((await pages.get(small(boss), `/b/${elsewhere.number}${preview}`)).status).toBe(404);
    expect((await pages.get(small(boss), ownPath('/workers/nobody/card.svg'))).status).toBe(404);
    expect(await shown()).toHaveLength(1);
  });
});
