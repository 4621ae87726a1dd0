import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conditions } from '../../tests/support/conditions.ts';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import type { Notice } from '../access/index.ts';
import { err, ok } from '../kernel/result.ts';
import ordersEn from '../orders/en.json' with { type: 'json' };
import ordersNb from '../orders/nb.json' with { type: 'json' };
import type { CardIssuer, ReturnedCard } from '../registers/index.ts';
import { blockCard } from './actions.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createCardPages } from './pages.tsx';
import { sendCardAgain } from './return-actions.ts';
import { followReturns } from './returns.ts';

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let member: FixturePerson;
let mandateId: string;
const notices: Notice[] = [];
/** What lies with the issuer, and what it was told to do with it. */
let lying: ReturnedCard[];
let settled: [string, unknown][];
let answers: boolean;

const unavailable = err({ kind: 'unavailable', register: 'card-issuer' } as const);
const issuer: Pick<CardIssuer, 'returns' | 'settleReturn'> = {
  returns: () => Promise.resolve(ok(lying)),
  settleReturn: (returnId, deliverTo) => {
    settled.push([returnId, deliverTo]);
    if (!answers) return Promise.resolve(unavailable);
    lying = lying.filter((one) => one.returnId !== returnId);
    return Promise.resolve(ok({ returnId }));
  },
};
const silent = () => undefined;
const notify = keepIn(notices);
const follow = () =>
  followReturns({
    database: fixtures.database,
    issuer,
    notify,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });

beforeAll(async () => {
  fixtures = await Fixtures.start();
  [officer, member] = [await fixtures.person('Dag Leder'), await fixtures.person('Mia Medlem')];
  [business, vendor] = [await fixtures.business(), await fixtures.business()];
  await fixtures.officer(business, officer);
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  ({ id: mandateId } = await fixtures.vendorMandate(
    business,
    vendor,
    { by: officer, vendorOfficer: officer, member },
    ['orders.place', 'orders.read', 'cards.read'],
  ));
  const words = {
    nb: { cards: nb, orders: ordersNb, access: accessNb },
    en: { cards: en, orders: ordersEn, access: accessEn },
  };
  pages = await createPageCaller(words, (app) => {
    for (const base of ['/b/:business', '/b/:business/by/:vendor'])
      app.route(base, createCardPages({ database: fixtures.database, notify, conditions }));
  });
});
afterAll(() => fixtures.stop());
beforeEach(() => {
  notices.length = 0;
  [lying, settled, answers] = [[], [], true];
});

async function shipped(
  byVendor = false,
): Promise<{ cardId: string; lineId: string; cameBack: ReturnedCard }> {
  const holder = await fixtures.person('Kort Holder');
  const workerId = await fixtures.worker(business, holder);
  const { cardId, lineId } = await fixtures.order(
    business,
    { id: workerId, personId: holder.id, unit: business.unit },
    officer,
    byVendor ? { id: vendor.id, mandateId } : undefined,
    'shipped',
  );
  const cameBack: ReturnedCard = {
    returnId: `r-${cardId}`,
    lineId,
    returnedAt: new Date('2026-11-20T09:00:00Z'),
    reason: 'not-collected',
  };
  return { cardId, lineId, cameBack };
}

const stateOf = async (cardId: string) =>
  (
    await fixtures.rows<{ production: string; state: string; line: string }>(
      `select c.production, card_state(c, now()) as state, l.state as line
       from cards c join order_lines l on l.id = c.order_line_id where c.id = $1`,
      [cardId],
    )
  )[0];
const confirmed = async (cardId: string) =>
  (
    await fixtures.rows<{ state: string }>(
      `select (check_order(l.confirmation_token)).state from order_lines l join cards c on c.order_line_id = l.id where c.id = $1`,
      [cardId],
    )
  )[0]?.state;
const auditOf = async (cardId: string) =>
  (
    await fixtures.rows<{ action: string }>(
      'select action from audit_entries where subject_id = $1 order by id',
      [cardId],
    )
  ).map(({ action }) => action);
const acting = (person: FixturePerson, by?: string) => ({
  tokenHash: person.tokenHash,
  business: business.number,
  ...(by === undefined ? {} : { vendor: by }),
});
const small = (person: FixturePerson): SmallPerson => ({
  ...person,
  nationalId: '',
  acting: () => acting(person),
});
const registered = { delivery: { kept: 'registered' }, keepAddress: false } as const;

describe('a card that the post brings back', () => {
  test('is valid no more, is told once to those who can mend it, and leaves its line where it was', async () => {
    const { cardId, cameBack } = await shipped(true);
    lying = [cameBack, cameBack];
    await follow();
    await follow();
    expect(await stateOf(cardId)).toEqual({
      production: 'returned',
      state: 'in-production',
      line: 'shipped',
    });
    expect(notices.map(({ template, audience, businessId }) => [template, audience, businessId])).toEqual([
      ['cards:notice.came-back', 'business-and-officers', business.id],
      ['cards:notice.came-back', 'business', vendor.id],
    ]);
    expect(await auditOf(cardId)).toEqual(['cards.return']);
    // Work may go on meanwhile: the order can be documented.
    expect(await confirmed(cardId)).toBe('ordered');
    await fixtures.rows(`update cards set production = 'shipped' where id = $1`, [cardId]);
    expect(await confirmed(cardId)).toBe('issued');
  });

  test('is sent where the business says, once, and is valid again', async () => {
    const { cardId, cameBack } = await shipped();
    lying = [cameBack];
    await follow();
    const address = `/b/${business.number}/cards/${cardId}`;
    const card = await pages.get(small(officer), address);
    expect(card.text).toContain(en.state['came-back']);
    expect(card.text).toContain(en.again.reason['not-collected']);
    expect(card.text).toContain(`${address}/send-again`);
    expect((await pages.get(small(officer), `${address}/send-again`)).text).toContain('Kort Holder');
    const typed = { to: 'another', recipient: 'Brakka', street: 'Torget 2', postalCode: '9008', place: '' };
    const wrong = await pages.post(small(officer), `${address}/send-again`, { ...typed, postalCode: '0000' });
    expect(wrong.status).toBe(422);
    const sent = await pages.post(small(officer), `${address}/send-again`, typed);
    expect(sent.status).toBe(303);
    expect((await pages.get(small(officer), address)).text).toContain('Brakka, Torget 2, 9008 TROMSØ');
    // Somebody who had the form open as well: what was said first stands.
    expect((await pages.post(small(officer), `${address}/send-again`, { to: 'registered' })).status).toBe(
      303,
    );
    answers = false;
    await follow();
    expect(await stateOf(cardId)).toMatchObject({ state: 'in-production' });
    answers = true;
    await follow();
    await follow();
    const brakka = { recipient: 'Brakka', lines: ['Torget 2'], postalCode: '9008', place: 'TROMSØ' };
    expect(settled).toEqual([
      [cameBack.returnId, brakka],
      [cameBack.returnId, brakka],
    ]);
    expect(await stateOf(cardId)).toEqual({ production: 'shipped', state: 'valid', line: 'shipped' });
    expect(await auditOf(cardId)).toEqual(['cards.return', 'cards.send-again', 'cards.ship-again']);
    // It may come back again.
    lying = [{ ...cameBack, returnId: `${cameBack.returnId}-2` }];
    await follow();
    expect(await stateOf(cardId)).toMatchObject({ production: 'returned' });
  });

  test('is destroyed when it is blocked instead, also after it was to be sent', async () => {
    const { cardId, cameBack } = await shipped();
    lying = [cameBack];
    await follow();
    const deps = { database: fixtures.database, notify, conditions };
    expect(await sendCardAgain(deps, acting(officer), { cardId, ...registered })).toEqual(ok(null));
    expect(await blockCard(deps, acting(officer), cardId, 'returned')).toEqual(ok(undefined));
    await follow();
    expect(settled).toEqual([[cameBack.returnId, undefined]]);
    expect(await stateOf(cardId)).toMatchObject({ production: 'returned', state: 'blocked' });
    expect(await sendCardAgain(deps, acting(officer), { cardId, ...registered })).toMatchObject({
      ok: false,
    });
    expect((await auditOf(cardId)).at(-1)).toBe('cards.destroy-returned');
  });

  test('is not the vendor’s to send, which sees that it came back', async () => {
    const { cardId, cameBack } = await shipped(true);
    lying = [cameBack];
    await follow();
    const refused = await sendCardAgain({ database: fixtures.database }, acting(member, vendor.number), {
      cardId,
      ...registered,
    });
    expect(refused).toMatchObject({ ok: false, error: { refusal: 'never-for-vendor' } });
    const page = await pages.get(small(member), `/b/${business.number}/by/${vendor.number}/cards/${cardId}`);
    expect(page.text).toContain(en.state['came-back']);
    expect(page.text).not.toContain('send-again');
  });

  test('is none that was never sent, and none that nobody knows', async () => {
    const { cardId, cameBack } = await shipped();
    await fixtures.rows(`update cards set production = 'produced' where id = $1`, [cardId]);
    lying = [cameBack, { ...cameBack, returnId: 'r-nobody', lineId: cardId }];
    await follow();
    expect(await stateOf(cardId)).toMatchObject({ production: 'produced' });
    expect(notices).toEqual([]);
    const sent = await sendCardAgain({ database: fixtures.database }, acting(officer), {
      cardId,
      ...registered,
    });
    expect(sent).toMatchObject({ ok: false, error: { kind: 'missing' } });
  });
});
