import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { look } from './actions.ts';
import { type Attempt, attemptsOf, whatWasTried } from './attempts.ts';
import en from './en.json' with { type: 'json' };
import type { AccessDeps } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import { createAccessPages } from './pages.tsx';
import { RIGHTS } from './rules.ts';

const BUSINESS = '310000019';
const OTHER = '310000094';
const VENDOR = '310000035';

let world: SmallWorld;
let deps: AccessDeps;
let pages: PageCaller;
let vendorId: string;
let mandateId: string;
let officer: SmallPerson;
let neighbour: SmallPerson;
let clerk: SmallPerson;
let member: SmallPerson;

beforeAll(async () => {
  world = await startSmallWorld();
  deps = { database: world.database, notify: () => Promise.resolve(), publicOrigin: 'https://kortvakt.test' };
  const business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  const other = await world.business(OTHER, 'NABO AS');
  vendorId = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  officer = await world.person('Våken Spurv', '15819049944');
  neighbour = await world.person('Nysgjerrig Nabo', '15819049945');
  clerk = await world.person('Flittig Maur', '15819049946');
  member = await world.person('Hjelpsom Hånd', '15819049947');
  await world.officer(business, officer);
  await world.officer(other, neighbour);
  await world.personMandate(business, clerk, officer, ['orders.read']);
  mandateId = await world.vendorMandate(business, vendorId, { officer, member }, ['orders.read']);
  await world.vendorMandate(other, vendorId, { officer: neighbour, member }, ['orders.read']);
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
    app.route('/b/:business/by/:vendor', createAccessPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const seen = (person: SmallPerson, number: string) =>
  inTransaction(
    world.database,
    { kind: 'session', tokenHash: person.tokenHash, business: number },
    async (transaction) => (await attemptsOf(transaction, [vendorId])).get(vendorId) ?? [],
  );

async function tryTo(action: string, right: (typeof RIGHTS)[number], times: number, number = BUSINESS) {
  for (let n = 0; n < times; n += 1) {
    await look(world.database, member.acting(number, VENDOR), { right, action }, () => Promise.resolve());
  }
}

describe('what was tried', () => {
  test.each<[string, string | null, Attempt['what'] | undefined]>([
    ['contact.view', 'contact.change', 'open-contact'],
    ['contact.change', 'contact.change', 'change-contact'],
    ['mandate.give', 'access.manage', 'access'],
    ['orders.seen', 'orders.read', 'see-orders'],
    ['order.placed', 'orders.place', 'order'],
    ['cards.list', 'cards.read', 'see-cards'],
    ['cards.block', 'cards.block', 'block-cards'],
    ['workers.seen', 'workers.read', 'workers'],
    ['invoice.seen', 'invoices.read', { right: 'invoices.read' }],
    ['new.action', 'no.such-right', undefined],
    ['new.action', null, undefined],
  ])('with %s for %s is %o', (action, right, what) => {
    expect(whatWasTried(action, right)).toEqual(what);
  });

  test('has words for every right', () => {
    const words = (tree: object, right: string) =>
      right.split('.').reduce<unknown>((branch, key) => (branch as Record<string, unknown>)[key], tree);
    for (const right of RIGHTS) {
      expect(words(en.attempt.right, right)).toEqual(expect.any(String));
      expect(words(nb.attempt.right, right)).toEqual(expect.any(String));
    }
  });
});

describe('a vendor that tries what it may not', () => {
  test('is shown to the business with what, how often and when, on both of its pages', async () => {
    await tryTo('contact.view', 'contact.change', 3);
    await tryTo('cards.list', 'cards.read', 1);
    await tryTo('orders.seen', 'orders.read', 2);
    const attempts = await seen(officer, BUSINESS);
    expect(attempts.map(({ what, times }) => [what, times])).toEqual([
      ['see-cards', 1],
      ['open-contact', 3],
    ]);
    const [entry] = await world.rows<{ at: Date }>(
      `select max(recorded_at) as at from audit_entries where action = 'contact.view'`,
    );
    expect(attempts[1]?.lastAt).toEqual(entry!.at);
    for (const path of ['', `/mandates/${mandateId}`]) {
      const { text } = await pages.get(officer, `/b/${BUSINESS}/business/access${path}`);
      expect(text).toContain('tried to open contact details, 3 times, last');
      expect(text).toContain('tried to see cards, once,');
      expect(text).not.toContain('tried to see orders');
    }
  });

  test('is shown to that business alone, and to nobody without access.manage there', async () => {
    expect(await seen(neighbour, OTHER)).toEqual([]);
    expect(await seen(clerk, BUSINESS)).toEqual([]);
    await tryTo('contact.change', 'contact.change', 1, OTHER);
    expect((await seen(neighbour, OTHER)).map(({ what, times }) => [what, times])).toEqual([
      ['change-contact', 1],
    ]);
    expect(await seen(officer, BUSINESS)).toHaveLength(2);
    const asVendor = await inTransaction(
      world.database,
      { kind: 'session', tokenHash: member.tokenHash, business: BUSINESS, vendor: VENDOR },
      async (transaction) => attemptsOf(transaction, [vendorId]),
    );
    expect(asVendor.size).toBe(0);
  });

  test('is not counted for what a stop refuses, nor for longer than 90 days', async () => {
    await world.rows(
      `insert into freezes (business_id, vendor_id, frozen_at, frozen_by, frozen_by_name)
       select business_id, vendor_id, now(), $2, 'x' from mandates where id = $1`,
      [mandateId, officer.id],
    );
    await tryTo('contact.view', 'contact.change', 1);
    await world.rows('delete from freezes');
    expect((await seen(officer, BUSINESS)).map(({ times }) => times)).toEqual([1, 3]);
    await world.rows(`update audit_entries set recorded_at = recorded_at - interval '91 days'`);
    expect(await seen(officer, BUSINESS)).toEqual([]);
  });
});
