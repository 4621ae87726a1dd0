import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { CARD_TYPES } from '../kernel/card-types.ts';
import { addDays, osloToday, startOfDay, type PlainDate } from '../kernel/dates.ts';
import staffEn from '../staff/en.json' with { type: 'json' };
import staffNb from '../staff/nb.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import { createPricePages } from './pages.tsx';
import nb from './nb.json' with { type: 'json' };
import { changeAhead, deletePrices, insertPrices, priceAt, vatAt } from './records.ts';
import { createPriceStaffPages } from './staff-pages.tsx';

let world: SmallWorld;
let pages: PageCaller;
let operator: SmallPerson;
let reviewer: SmallPerson;
let nobody: SmallPerson;

const today = () => osloToday(new Date());
const day = (days: number): PlainDate => addDays(today(), days);

async function appoint(person: SmallPerson, role: string): Promise<void> {
  await world.rows(
    `insert into staff_appointments (role, name, email, ends_at, proposed_at, token_hash, token_expires_at, proposed_by,
       accepted_by, accepted_by_name, accepted_at, approved_by, approved_at)
     values ($3, $2::text, 'o@example.no', now() + interval '300 days', now() - interval '1 day', sha256(convert_to($2::text, 'UTF8')),
       now() + interval '1 day', $4, $1, $2::text, now() - interval '1 hour', $5, now() - interval '1 hour')`,
    [person.id, person.name, role, nobody.id, (await world.person('Annen Operatør', '30108299939')).id],
  );
}

beforeAll(async () => {
  world = await startSmallWorld();
  nobody = await world.person('Ingen Rolle', '13857749825');
  operator = await world.person('Flittig Operatør', '05858703524');
  reviewer = await world.person('Nøye Blikk', '09898310059');
  await appoint(operator, 'operator');
  await appoint(reviewer, 'reviewer');
  pages = await createPageCaller(
    { nb: { prices: nb, staff: staffNb }, en: { prices: en, staff: staffEn } },
    (app) => {
      app.route('/', createPricePages(world));
      app.route('/', createPriceStaffPages(world));
    },
  );
}, 60_000);
afterAll(() => world.stop());
afterEach(async () => {
  await world.rows(`update clock set offset_by = '0'`);
  await world.rows('delete from price_list where valid_from > now()');
  await world.rows('delete from vat_rates where valid_from > now()');
});

const add = (fields: Record<string, string | readonly string[]> = {}) =>
  pages.post(operator, '/staff/prices', {
    amount: '135,50',
    cardType: CARD_TYPES,
    firstDay: day(30),
    source: 'A letter of the Authority',
    ...fields,
  });
const audited = () =>
  world.rows(`select action, decision, changes, rule from audit_entries where action like 'price.%' or action like 'vat-rate.%'
    order by id desc limit 1`);
const priceOn = (at: Date) =>
  inTransaction(world.database, { kind: 'anonymous' }, (transaction) => priceAt(transaction, 'cleaning', at));

describe('the price list', () => {
  test('is there for everyone, with what was, where it is from, and what is to come', async () => {
    const page = await pages.get(undefined, '/prices');
    expect(page.status).toBe(200);
    for (const price of ['NOK 104.00', 'NOK 107.50', 'NOK 129.50', 'NOK 132.90', 'NOK 166.13', '25 %']) {
      expect(page.text).toContain(price);
    }
    expect(page.text.match(/all types/gu)).toHaveLength(4);
    expect(page.text).toContain('merverdiavgiftsloven');
    expect(page.text).not.toContain('To come');
    expect((await add()).location).toContain('/staff/prices');
    const after = await pages.get(undefined, '/prices');
    expect(after.text).toContain('To come');
    expect(after.text).toContain('NOK 135.50');
    expect(after.text).toContain('A letter of the Authority');
    // Who added it is nobody else's business, and nothing can be pressed.
    expect(after.text).not.toContain('Flittig');
    expect(after.text).not.toContain('Withdraw');
    expect((await pages.get(operator, '/staff/prices')).text).toContain('Added by Flittig Operatør');
  });

  test('is changed ahead of time: the price of the day is the old one until midnight in Oslo, and then the new one', async () => {
    await add({ cardType: ['cleaning'] });
    const midnight = startOfDay(day(30));
    expect((await priceOn(new Date(midnight.getTime() - 1)))?.ore).toBe(13_290);
    expect((await priceOn(midnight))?.ore).toBe(13_550);
    const ahead = await inTransaction(world.database, { kind: 'anonymous' }, async (transaction) => [
      await changeAhead(transaction, 'cleaning'),
      await changeAhead(transaction, 'construction'),
    ]);
    expect(ahead).toEqual([{ from: midnight, priceOre: 13_550, vatBasisPoints: 2500 }, undefined]);
    expect(await audited()).toMatchObject([
      {
        action: 'price.added',
        decision: 'allowed',
        changes: { firstDay: day(30), priceOre: 13_550, cardTypes: ['cleaning'] },
      },
    ]);
  });

  test('knows a VAT rate that is to come, with the price of that day', async () => {
    const sent = await pages.post(operator, '/staff/prices/vat', {
      rate: '27,5',
      vatFirstDay: day(10),
      vatSource: 'Stortinget',
    });
    expect(sent.location).toContain('/staff/prices');
    await add();
    const ahead = await inTransaction(world.database, { kind: 'anonymous' }, (transaction) =>
      changeAhead(transaction, 'cleaning'),
    );
    expect(ahead).toEqual({ from: startOfDay(day(10)), priceOre: 13_290, vatBasisPoints: 2750 });
    const rates = await inTransaction(world.database, { kind: 'anonymous' }, async (transaction) => [
      await vatAt(transaction, new Date(startOfDay(day(10)).getTime() - 1)),
      await vatAt(transaction, startOfDay(day(10))),
    ]);
    expect(rates).toEqual([2500, 2750]);
    // What a card costs with VAT is by the rate of that day.
    expect((await pages.get(undefined, '/prices')).text).toContain('NOK 172.76');
    const back = await pages.post(operator, '/staff/prices/vat/withdraw', { firstDay: day(10) });
    expect(back.location).toContain('/staff/prices');
    expect(await audited()).toMatchObject([{ action: 'vat-rate.withdrawn' }]);
  });

  test.each([
    ['today', { firstDay: today() }, 'Choose tomorrow or later'],
    ['yesterday', { firstDay: day(-1) }, 'Choose tomorrow or later'],
    ['in three years', { firstDay: day(1100) }, 'within the next two years'],
    ['no day', { firstDay: '' }, 'date'],
    ['no amount', { amount: 'much' }, 'Write an amount'],
    ['too much', { amount: '10000,01' }, 'Write an amount'],
    ['no cards', { cardType: [] }, 'Choose'],
    ['no source', { source: '' }, 'Where it is announced'],
  ])('takes no price from %s', async (_, fields, words) => {
    const refused = await add(fields);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(words);
    expect(await world.rows('select 1 from price_list where valid_from > now()')).toEqual([]);
  });

  test('has one price of a type from one day, and a failed one leaves nothing behind', async () => {
    await add({ cardType: ['cleaning'] });
    const again = await add();
    expect(again.text).toContain('on the list already');
    expect(await world.rows('select card_type from price_list where valid_from > now()')).toEqual([
      { card_type: 'cleaning' },
    ]);
  });

  test('lets a price be taken back until it begins, and not after', async () => {
    await add();
    const fields = { firstDay: day(30), cardType: CARD_TYPES };
    expect((await pages.post(operator, '/staff/prices/withdraw', fields)).location).toContain(
      '/staff/prices',
    );
    expect(await audited()).toMatchObject([{ action: 'price.withdrawn', decision: 'allowed' }]);
    expect((await pages.post(operator, '/staff/prices/withdraw', fields)).status).toBe(409);
    await add();
    await world.rows(`update clock set offset_by = interval '31 days'`);
    await world.rows(
      `update sessions set last_seen_at = now() + interval '31 days', absolute_end = now() + interval '40 days'`,
    );
    expect((await pages.post(operator, '/staff/prices/withdraw', fields)).status).toBe(409);
    expect(await world.rows(`select count(*)::int as n from price_list where price_ore = 13550`)).toEqual([
      { n: 4 },
    ]);
    await world.rows(`update clock set offset_by = '0'`);
    await world.rows(`update sessions set last_seen_at = now()`);
  });

  test('is changed by operators alone; others find nothing there', async () => {
    for (const person of [nobody, reviewer]) {
      expect((await pages.get(person, '/staff/prices')).status).toBe(404);
      const posts = ['', '/withdraw', '/vat', '/vat/withdraw'];
      for (const part of posts) {
        expect(
          (await pages.post(person, `/staff/prices${part}`, { firstDay: day(3), cardType: 'cleaning' }))
            .status,
        ).toBe(404);
      }
    }
    expect((await pages.get(undefined, '/staff/prices')).location).toContain('/login');
  });
});

describe('the database', () => {
  const price = { cardTypes: ['cleaning'], priceOre: 100, source: 'x' };
  const as = <T>(
    person: SmallPerson,
    role: 'operator' | 'reviewer',
    work: (adding: Parameters<typeof insertPrices>[0]) => Promise<T>,
  ) =>
    inTransaction(
      world.database,
      { kind: 'staff', tokenHash: person.tokenHash, role, writing: true },
      (transaction) => work({ ...transaction, person }),
    );

  test('takes no price of the past, of the present, of another day than one in Oslo, or by another', async () => {
    for (const from of [startOfDay(day(-5)), startOfDay(today())]) {
      await expect(
        as(operator, 'operator', (adding) => insertPrices(adding, { ...price, from })),
      ).rejects.toThrow(/row-level security/u);
    }
    const noon = new Date(startOfDay(day(5)).getTime() + 12 * 3_600_000);
    await expect(
      as(operator, 'operator', (adding) => insertPrices(adding, { ...price, from: noon })),
    ).rejects.toThrow(/begins_at_midnight/u);
    const from = startOfDay(day(5));
    await expect(
      as(operator, 'operator', (adding) => insertPrices({ ...adding, person: nobody }, { ...price, from })),
    ).rejects.toThrow(/row-level security/u);
    await expect(
      as(reviewer, 'reviewer', (adding) => insertPrices(adding, { ...price, from })),
    ).rejects.toThrow(/row-level security/u);
  });

  test('keeps what has begun, whoever asks, and what is to come from all but operators', async () => {
    const begun = { cardTypes: ['cleaning'], from: startOfDay('2026-01-01' as PlainDate) };
    expect(await as(operator, 'operator', (adding) => deletePrices(adding, begun))).toBe(0);
    for (const statement of [
      `delete from price_list where valid_from < now()`,
      `update price_list set price_ore = 1`,
      `update vat_rates set basis_points = 0`,
      `delete from vat_rates`,
    ]) {
      await expect(world.rows(statement)).rejects.toThrow(/what has begun stays/u);
    }
    await add();
    const coming = { cardTypes: ['cleaning'], from: startOfDay(day(30)) };
    expect(await as(reviewer, 'reviewer', (adding) => deletePrices(adding, coming))).toBe(0);
    expect(await as(operator, 'operator', (adding) => deletePrices(adding, coming))).toBe(1);
  });
});
