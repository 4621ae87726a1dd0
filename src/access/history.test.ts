import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import en from './en.json' with { type: 'json' };
import { exportHistory, viewHistory } from './history.ts';
import type { AccessDeps } from './mandates.ts';
import { removeMandate } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import { createAccessPages } from './pages.tsx';

const BUSINESS = '310000019';
const OTHER = '310000094';
const VENDOR = '310000035';
const HISTORY = `/b/${BUSINESS}/business/access/history`;

let world: SmallWorld;
let deps: AccessDeps;
let pages: PageCaller;
let business: string;
let officer: SmallPerson;
let clerk: SmallPerson;
let manager: SmallPerson;
let member: SmallPerson;
let neighbour: SmallPerson;
let vendorMandate: string;
let clerkMandate: string;

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: () => Promise.resolve(),
    publicOrigin: 'https://kortvakt.test',
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  const other = await world.business(OTHER, 'NABO AS');
  const vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  officer = await world.person('Våken Spurv', '15819049944');
  clerk = await world.person('=Farlig Formel', '15819049945');
  manager = await world.person('Ivrig Rev', '15819049946');
  member = await world.person('Hjelpsom Hånd', '15819049947');
  neighbour = await world.person('Nysgjerrig Nabo', '15819049948');
  await world.officer(business, officer);
  await world.officer(other, neighbour);
  vendorMandate = await world.vendorMandate(business, vendor, { officer, member }, [
    'orders.place',
    'cards.read',
  ]);
  clerkMandate = await world.personMandate(business, clerk, officer, ['orders.read']);
  await world.personMandate(business, manager, officer, ['access.manage']);
  await world.personMandate(other, clerk, neighbour, ['orders.read']);
  await world.rows(
    `insert into freezes (business_id, vendor_id, reason, frozen_at, frozen_by, frozen_by_name, lifted_at, lifted_by, lifted_by_name)
     values ($1, $2, 'Strange orders', now() - interval '30 minutes', $3, $4, now() - interval '20 minutes', $3, $4)`,
    [business, vendor, officer.id, officer.name],
  );
  const removed = await removeMandate(deps, officer.acting(BUSINESS), clerkMandate);
  expect(removed.ok).toBe(true);
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function all(person: SmallPerson, search = '') {
  const viewed = await viewHistory(deps, person.acting(BUSINESS), { search, before: undefined });
  if (!viewed.ok) throw new Error(JSON.stringify(viewed.error));
  return viewed.value.events;
}

describe('the history', () => {
  test('has who had which right when, by whom and why, the latest first', async () => {
    const events = await all(officer);
    expect(events[0]).toMatchObject({
      change: 'ended',
      who: '=Farlig Formel',
      byName: 'Våken Spurv',
      code: 'removed',
      rights: [],
    });
    const times = events.map(({ at }) => at.getTime());
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(events.map(({ change, who }) => `${change} ${who ?? ''}`).sort()).toEqual(
      [
        'assigned Hjelpsom Hånd',
        'ended =Farlig Formel',
        'given =Farlig Formel',
        'given Ivrig Rev',
        'given vendor',
        'lifted RIMELIG KORTHJELP AS',
        'officer Våken Spurv',
        'stopped RIMELIG KORTHJELP AS',
      ].sort(),
    );
    expect(events.find(({ who }) => who === 'vendor')).toMatchObject({
      rights: ['orders.place', 'cards.read'],
      vendorNumber: VENDOR,
    });
  });

  test('is found by any of the names in it, and by none that is not', async () => {
    const found = async (search: string) => (await all(officer, search)).map(({ change }) => change).sort();
    expect(await found('hjelpsom')).toEqual(['assigned']);
    expect(await found('RIMELIG')).toEqual(['assigned', 'given', 'lifted', 'stopped']);
    expect(await found('formel')).toEqual(['ended', 'given']);
    expect(await found('Nobody')).toEqual([]);
  });

  test('goes on where a page ended, with nothing twice and nothing left out', async () => {
    await world.rows(
      `insert into mandate_versions (mandate_id, version, business_id, change, rights, starts_at, ends_at, at)
       select $1, n, $2, 'narrowed', '{orders.read}', now(), now() + interval '1 day', now() - interval '1 year'
       from generate_series(1000, 1059) n`,
      [clerkMandate, business],
    );
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const viewed = await viewHistory(deps, officer.acting(BUSINESS), { search: '', before });
      if (!viewed.ok) throw new Error('refused');
      seen.push(...viewed.value.events.map(({ place }) => place));
      before = viewed.value.older;
    } while (before !== undefined);
    expect(seen).toHaveLength(68);
    expect(new Set(seen).size).toBe(68);
    await world.rows(`delete from mandate_versions where version >= 1000`);
  });

  test('is read with access.manage alone, and holds nothing of another business', async () => {
    expect((await all(manager)).length).toBe(8);
    for (const [person, status] of [
      [member, 404],
      [neighbour, 404],
      [clerk, 403],
    ] as const) {
      expect((await pages.get(person, HISTORY)).status).toBe(status);
      expect((await pages.post(person, `${HISTORY}/export`, {})).status).toBe(status);
    }
  });

  test('has its words in both languages, and takes any text for a place', async () => {
    const { status, text } = await pages.get(officer, HISTORY);
    expect(status).toBe(200);
    for (const words of [
      'Mandate ended',
      'Removed.',
      'Emergency stop lifted',
      'Set up by the vendor',
      'Strange orders',
    ]) {
      expect(text).toContain(words);
    }
    for (const place of ['nonsense', '99999999999999999.m', `1.m'; drop table mandates`]) {
      expect((await pages.get(officer, `${HISTORY}?before=${encodeURIComponent(place)}`)).status).toBe(200);
    }
  });
});

describe('the export', () => {
  test('has every line, with what would be a formula made text, and an entry in the audit', async () => {
    await world.rows('delete from audit_unchained');
    const { status, text } = await pages.post(officer, `${HISTORY}/export`, {});
    expect(status).toBe(200);
    const lines = text.split('\r\n');
    expect(lines[0]?.split(';').slice(0, 3)).toEqual(['"When"', '"What"', '"Whose access"']);
    expect(lines).toHaveLength(10);
    expect(text).toContain(`"'=Farlig Formel"`);
    expect(text).not.toMatch(/;"=/u);
    const entries = await world.rows(
      `select decision, capacity, used_right as "usedRight" from audit_entries where action = 'access.exported' and actor_person_id = $1`,
      [officer.id],
    );
    expect(entries).toEqual([{ decision: 'allowed', capacity: 'officer', usedRight: 'access.manage' }]);
  });

  test('is read in parts, and breaks off when the right to it ends on the way', async () => {
    await world.rows(
      `insert into mandate_versions (mandate_id, version, business_id, change, rights, starts_at, ends_at, at)
       select $1, n, $2, 'narrowed', '{orders.read}', now(), now() + interval '1 day', now() - interval '1 year'
       from generate_series(1000, 3499) n`,
      [clerkMandate, business],
    );
    const count = async (person: SmallPerson, between?: () => Promise<unknown>) => {
      const exported = await exportHistory(deps, person.acting(BUSINESS));
      if (!exported.ok) throw new Error('refused');
      let rows = 0;
      for await (const { events } of exported.value) {
        rows += events.length;
        await between?.();
      }
      return rows;
    };
    expect(await count(officer)).toBe(2508);
    const end = () => world.rows(`update mandates set ended_at = now() where holder_name = 'Ivrig Rev'`);
    await expect(count(manager, end)).rejects.toThrow('taken away');
    await world.rows(`delete from mandate_versions where version >= 1000`);
  });
});

describe('what a vendor could do on a day', () => {
  const path = (query: string) => `/b/${BUSINESS}/business/access/mandates/${vendorMandate}/day${query}`;
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

  test('is answered with rights, scope, limits and people, and with the stop that came in between', async () => {
    await world.rows(`update mandate_versions set at = now() - interval '3 days', starts_at = now() - interval '3 days'
      where mandate_id = '${vendorMandate}'`);
    await world.rows(`update mandate_assignments set assigned_at = now() - interval '3 days'`);
    await world.rows(`update agreements set business_accepted_at = now() - interval '3 days'`);
    await world.rows(`update quotes set accepted_at = now() - interval '3 days'`);
    const { status, text } = await pages.get(officer, path(`?day=${daysAgo(1)}`));
    expect(status).toBe(200);
    for (const words of [
      'The whole day',
      'Order cards at the expense',
      'The whole business',
      'Hjelpsom Hånd',
    ]) {
      expect(text).toContain(words);
    }
    const before = await pages.get(officer, path(`?day=${daysAgo(10)}`));
    expect(before.text).toContain('No mandate had been given.');
  });

  test.each([
    ['2026-02-30', 422, 'Write a day'],
    ['x', 422, 'Write a day'],
    ['2999-01-01', 422, 'has not come yet'],
    ['', 200, 'Show'],
  ])('takes %o for a day with %i', async (day, status, words) => {
    const answer = await pages.get(officer, path(`?day=${day}`));
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(words);
  });

  test('is for the business alone', async () => {
    expect((await pages.get(member, path(''))).status).toBe(404);
    expect((await pages.get(neighbour, path(''))).status).toBe(404);
  });
});

describe('bars, as a customer sees them', () => {
  test('are those of its own vendors, and when, not why', async () => {
    await world.rows(
      `insert into vendor_bars (vendor_id, reason, appeal, decided_at, barred_at, began_at, barred_by, barred_by_name)
       select id, 'Copied our page', 'Write to us', now(), now(), now(), $1, 'Grundig Mappe' from businesses where organisation_number = $2`,
      [officer.id, VENDOR],
    );
    const seen = async (person: SmallPerson, number: string) => {
      const { inTransaction } = await import('../database/transaction.ts');
      const { sql } = await import('kysely');
      return inTransaction(
        world.database,
        { kind: 'session', tokenHash: person.tokenHash, business: number },
        async ({ query }) =>
          (
            await sql`select b.* from businesses v, bars_of_vendor(v.id) b where v.organisation_number = ${VENDOR}`.execute(
              query,
            )
          ).rows,
      );
    };
    const rows = await seen(officer, BUSINESS);
    expect(rows).toHaveLength(1);
    expect(Object.keys(rows[0] as object)).toEqual(['barred_at', 'lifted_at']);
    expect(await seen(neighbour, OTHER)).toEqual([]);
    await world.rows('delete from vendor_bars');
  });
});
