import { afterEach, expect, test } from 'vitest';
import { organisations, people } from '../stand-ins/world.ts';
import { startWorld, type World } from '../tests/support/world.ts';
import { removeMandate } from './access/mandates.ts';
import type { Services } from './app.ts';
import type { Database } from './database/database.ts';
import { loadDemo } from './demo.ts';
import { tellStory } from './demo-story.ts';
import { hashToken, openSession } from './identity/index.ts';
import { publishVendorProfile } from './vendors/index.ts';

let world: World;
afterEach(async () => {
  await world.stop();
});

function services(): Services {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  return app.services;
}

async function acting(nationalId: string, business: string) {
  const opened = await openSession(
    services().identity,
    {
      iss: world.standIns.idportenOrigin,
      sub: nationalId,
      pid: nationalId,
      acr: 'idporten-loa-high',
      authTime: new Date(),
    },
    'test',
  );
  if (!opened.ok) throw new Error(opened.error);
  return { tokenHash: hashToken(opened.value.secret), business };
}

/** What there is to see, without ids and times. */
async function seen() {
  const names = (rows: { line: string }[]) => rows.map(({ line }) => line);
  return {
    staff: names(
      await world.rows(`select accepted_by_name || ': ' || role || coalesce(', ' || proposed_by_name || ' and ' || approved_by_name, '') as line
        from staff_appointments where approved_at is not null and ended_at is null order by 1`),
    ),
    vendors: names(
      await world.rows(`select b.name || ' ' || p.fee_ore as line from vendor_profiles p
        join businesses b on b.id = p.vendor_id order by 1`),
    ),
    answers: names(
      await world.rows(`select b.name || ', ' || a.answer || ': ' || count(*) || case when min(a.answered_at) < now() - interval '1 year'
          then ' of long ago' else '' end as line
        from vendor_answers a join businesses b on b.id = a.vendor_id group by b.name, a.answer order by 1`),
    ),
    members: names(
      await world.rows(`select name as line from vendor_members where ended_at is null order by 1`),
    ),
    mandates: names(
      await world.rows(`select m.holder_name || ': ' || array_to_string(m.rights, ' ')
          || coalesce(', ' || m.cards_per_order || '/' || m.cards_per_month || '/' || m.ore_per_month, '')
          || coalesce(', ' || a.name, '') as line
        from mandates m left join mandate_assignments a on a.mandate_id = m.id and a.ended_at is null
        where m.ended_at is null order by 1`),
    ),
    offers: names(
      await world.rows(
        `select name as line from worker_offers where used_at is null and withdrawn_at is null order by 1`,
      ),
    ),
    orders: names(
      await world.rows(`select o.placed_by_name || coalesce(' for ' || o.vendor_name, '') || ', fee ' || o.fee_ore || ': '
          || string_agg(l.holder_name || ' ' || l.state || case when p.id is null then '' else ' with photo' end, ', '
            order by l.holder_name collate "C") as line
        from orders o join order_lines l on l.order_id = o.id left join photos p on p.id = l.photo_id
        group by o.id order by o.idempotency_key`),
    ),
  };
}

const story = {
  staff: [
    'Flittig Operatør: operator',
    'Grundig Mappe: case-officer, Flittig Operatør and Trygg Avløser',
    'Nøye Blikk: reviewer, Flittig Operatør and Trygg Avløser',
    'Skarpsynt Ørn: inspector, Flittig Operatør and Trygg Avløser',
    'Trygg Avløser: operator',
  ],
  vendors: ['DYRE KORT AS 46600', 'RIMELIG KORTHJELP AS 9900'],
  answers: [
    'DYRE KORT AS, no: 2 of long ago',
    'DYRE KORT AS, none: 21 of long ago',
    'DYRE KORT AS, yes: 2 of long ago',
    'RIMELIG KORTHJELP AS, no: 4',
    'RIMELIG KORTHJELP AS, yes: 21',
  ],
  members: ['Hjelpsom Hånd', 'Kostelig Kåpe'],
  mandates: [
    'Munter Elv: orders.prepare orders.read workers.read cards.read',
    'RIMELIG KORTHJELP AS: orders.place orders.read cards.read, 10/20/500000, Hjelpsom Hånd',
  ],
  offers: ['Biret Ánne Ruŋga', 'Eŋá Šávdni', 'Niillas Žuvla'],
  orders: [
    'Våken Spurv, fee 0: Munter Elv ready with photo, Rask Ødegård ready with photo, Ærlig Østavind ready with photo',
    'Hjelpsom Hånd for RIMELIG KORTHJELP AS, fee 9900: Máret Đuottar awaiting-media, Áilu Čáhcesuolu under-review with photo',
    'Munter Elv, fee 0: Snill Løvetann awaiting-approval, Årvåken Bjørk awaiting-approval',
  ],
};

/** The same services on a database that is gone once so many transactions have begun: a process killed there. */
function endingAfter(transactions: number): Services {
  let begun = 0;
  const { database, identity } = services();
  const request = new Proxy(database.request, {
    get: (target, name) => {
      if (name === 'transaction') {
        begun += 1;
        if (begun > transactions) throw new Error('Killed.');
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const ending: Database = { ...database, request };
  return { ...services(), database: ending, identity: { ...identity, database: ending } };
}

test('the first start brings a world in which something has happened, and the second leaves it', async () => {
  world = await startWorld({ demo: true, jobs: false });
  expect(await seen()).toEqual(story);
  expect(await world.rows(`select id from sessions where ended_at is null`)).toEqual([]);
  const audited = `select count(*)::int as n from audit_entries where action not like '%refreshed' and action not like '%imported'`;
  const before = await world.rows(audited);
  await loadDemo(services());
  expect(await seen()).toEqual(story);
  expect(await world.rows(audited)).toEqual(before);
});

test('its photos are of the kind that is asked of people, and its cards are made', async () => {
  world = await startWorld({ demo: true });
  const photos = await world.rows<{ width: number; height: number }>('select width, height from photos');
  expect(photos).toEqual(Array.from({ length: 4 }, () => ({ width: 480, height: 640 })));
  await expect
    .poll(async () => (await world.rows(`select id from cards where production = 'shipped'`)).length, {
      timeout: 20_000,
    })
    .toBe(3);
});

test('a start that is killed anywhere is completed by the next, nothing twice', async () => {
  world = await startWorld({ jobs: false });
  let kills = 0;
  for (let transactions = 1; transactions < 200; transactions += 3) {
    const end = await tellStory(endingAfter(transactions)).then(
      () => 'told',
      (error: unknown) => String(error),
    );
    if (end === 'told') break;
    expect(end).toBe('Error: Killed.');
    kills += 1;
  }
  expect(kills).toBeGreaterThan(10);
  await loadDemo(services());
  expect(await seen()).toEqual(story);
  const [ended] = await world.rows(`select count(*)::int as n from mandates where ended_at is not null`);
  expect(ended).toEqual({ n: 0 });
}, 60_000);

test('what people have changed since stays changed', async () => {
  world = await startWorld({ demo: true, jobs: false });
  const officer = await acting(people.vakenSpurv, organisations.blueHammer);
  const { database, notify } = services();
  const deps = { database, notify, publicOrigin: world.origin };
  const [mandate] = await world.rows<{ id: string }>(`select id from mandates where holder = 'vendor'`);
  expect(await removeMandate(deps, officer, mandate?.id ?? '')).toMatchObject({ ok: true });
  await loadDemo(services());
  expect((await seen()).mandates).toEqual([story.mandates[0]]);
});

test('where people have begun before there was a story, none is told', async () => {
  world = await startWorld({ jobs: false });
  const manager = await acting(people.rimeligRegnestykke, organisations.cheapVendor);
  const { database, notify, agreements } = services();
  const deps = { database, notify, publicOrigin: world.origin, agreements };
  expect(await publishVendorProfile(deps, manager, { feeOre: 100 })).toMatchObject({ ok: true });
  await loadDemo(services());
  expect(await seen()).toEqual({
    staff: [],
    vendors: ['RIMELIG KORTHJELP AS 100'],
    answers: [],
    members: [],
    mandates: [],
    offers: [],
    orders: [],
  });
});

test('its mandates fit in their table beside the side menu, the button to remove one in sight', async () => {
  world = await startWorld({ demo: true, jobs: false });
  const page = await world.newBrowser({ language: 'en', width: 1280 });
  await page.goto('/');
  await world.logIn(page, people.vakenSpurv);
  await page.goto(`/b/${organisations.blueHammer}/business/access`);
  const table = page.getByRole('table').first();
  await table.waitFor();
  const [main, button] = [
    await page.locator('main').boundingBox(),
    await table.getByRole('link', { name: 'Remove' }).first().boundingBox(),
  ];
  if (!main || !button) throw new Error('Nothing is drawn.');
  expect(button.x + button.width).toBeLessThanOrEqual(main.x + main.width);
});
