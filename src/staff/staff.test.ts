import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { act, type Notice } from '../access/index.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import { type Database, openDatabase } from '../database/database.ts';
import { projectRoot } from '../database/project-root.ts';
import { inTransaction, type StaffRole } from '../database/transaction.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import { ok } from '../kernel/result.ts';
import { acceptLink, endAppointment, type StaffDeps, tellOfAppointment } from './appointments.ts';
import { actAsStaff } from './acting.ts';
import { fileAppeal } from '../vendors/appeals.ts';
import { TOLD_OF_BARS } from './bar-records.ts';
import { barVendor, beginBars, tellOfBar } from './bars.ts';
import en from './en.json' with { type: 'json' };
import { proposeFirstOperator } from './first-operator.ts';
import nb from './nb.json' with { type: 'json' };
import { createStaffPages } from './pages.tsx';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const lastDay = addDays(osloToday(new Date()), 90);

let world: SmallWorld;
let asOwner: Database;
let deps: StaffDeps;
let pages: PageCaller;
const notices: Notice[] = [];
let vendor: string;
let business: string;
let first: SmallPerson;
let second: SmallPerson;
let appointee: SmallPerson;
let other: SmallPerson;
let boss: SmallPerson;
let officer: SmallPerson;
let member: SmallPerson;

beforeAll(async () => {
  world = await startSmallWorld();
  asOwner = openDatabase({ request: world.urls.migrate, check: world.urls.migrate }, 1);
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
  };
  pages = await createPageCaller(
    { nb: { access: accessNb, staff: nb }, en: { access: accessEn, staff: en } },
    (app) => {
      app.route('/', createStaffPages(deps));
    },
  );
  first = await world.person('Flittig Operatør', '05858703524');
  second = await world.person('Streng Paragraf', '25856637770');
  appointee = await world.person('Grundig Mappe', '08918424890');
  officer = await world.person('Våken Spurv', '15819049944');
  member = await world.person('Hjelpsom Hånd', '30819113749');
  other = await world.person('Nøyaktig Blyant', '26822246925');
  boss = await world.person('Rimelig Regnestykke', '20908204892');
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  await world.officer(business, officer);
  await world.officer(vendor, boss);
  await world.vendorMandate(business, vendor, { officer, member }, ['orders.place', 'cards.read']);
}, 60_000);
afterAll(async () => {
  await asOwner.close();
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  await world.rows('delete from bar_appeals');
  await world.rows('delete from vendor_bars');
  await world.rows('update vendor_profiles set barred_at = null, barred_reason = null');
  await world.rows('delete from staff_appointments');
  await world.rows(`update sessions set auth_time = now(), acr = 'high'`);
});

const linkOf = async (name: string): Promise<string> => {
  const proposed = await proposeFirstOperator(asOwner, { name, email: 'op@drift.test', lastDay }, new Date());
  if (!proposed.ok) throw new Error(proposed.error);
  return proposed.value.path;
};

async function twoOperators(): Promise<void> {
  for (const person of [first, second]) {
    expect((await pages.post(person, await linkOf(person.name), {})).text).toContain('The role is in force');
  }
}

/** Proposed by one operator, answered, confirmed by the other; returns the appointment's id. */
async function appoint(person: SmallPerson, role: StaffRole, email?: string): Promise<string> {
  const link = await propose(role, email);
  await pages.post(person, link, {});
  const id = await waitingId();
  expect((await pages.post(second, `/staff/appointments/${id}/confirm`, {})).location).toContain('confirmed');
  return id;
}

async function propose(role: StaffRole, email = 'mappe@tilsyn.test'): Promise<string> {
  const fields = { role, name: 'G. Mappe', email, place: 'Oslo', lastDay };
  const sent = await pages.post(first, '/staff/appointments/new', fields);
  expect(sent.location).toContain('proposed');
  const notice = notices.findLast(({ template }) => template.startsWith('staff:notice.proposed'));
  return new URL(notice?.secrets?.['link'] ?? '').pathname;
}

async function waitingId(): Promise<string> {
  const [row] = await world.rows<{ id: string }>(
    'select id from staff_appointments where accepted_at is not null and approved_at is null and ended_at is null',
  );
  return row?.id ?? '';
}

const asStaff = (person: SmallPerson, role: StaffRole) => ({ tokenHash: person.tokenHash, role });

function useMandate(during: () => Promise<void> = () => Promise.resolve()) {
  return act(
    world.database,
    member.acting(BUSINESS, VENDOR),
    { right: 'cards.read', action: 'test' },
    async (permitted) => {
      await during();
      await permitted.audit();
      return ok(null);
    },
  );
}

describe('the first operators', () => {
  test('begin by a command that only the owner of the tables can give, and only while there are fewer than two', async () => {
    const asRequest = { request: world.database.request };
    await expect(
      proposeFirstOperator(asRequest, { name: 'X', email: 'x@y.test', lastDay }, new Date()),
    ).rejects.toThrow(/permission denied/u);
    await twoOperators();
    const third = await proposeFirstOperator(
      asOwner,
      { name: 'Third', email: 'x@y.test', lastDay },
      new Date(),
    );
    expect(third).toEqual({ ok: false, error: 'enough-operators' });
    const audit = await world.rows(
      `select action, capacity, actor_job, business_id from audit_entries where action like 'appointment.%' order by id limit 2`,
    );
    expect(audit).toEqual([
      { action: 'appointment.proposed', capacity: 'job', actor_job: 'command.operator', business_id: null },
      { action: 'appointment.accepted', capacity: 'signed-in', actor_job: null, business_id: null },
    ]);
    expect(
      await world.rows(
        'select entry_id from audit_unchained u join audit_entries e on e.id = u.entry_id where e.actor_job is not null',
      ),
    ).not.toEqual([]);
  });

  test('of three links that were printed while there was none, two work', async () => {
    const links = [await linkOf('A'), await linkOf('B'), await linkOf('C')];
    const people = [first, second, appointee];
    const answers = await Promise.all(
      links.map((link, index) => acceptLink(deps, people[index]!.tokenHash, link.split('/').at(-1) ?? '')),
    );
    expect(answers.sort()).toEqual(['enough-operators', 'in-force', 'in-force']);
  });

  test('take a link once, at the high level, by one person, before it runs out', async () => {
    const link = await linkOf('Flittig Operatør');
    expect((await pages.get(undefined, link)).text).toContain('/login?return=');
    await world.rows(`update sessions set acr = 'substantial'`);
    expect((await pages.post(first, link, {})).status).toBe(403);
    await world.rows(`update sessions set acr = 'high'`);
    expect((await pages.post(first, link, {})).status).toBe(200);
    expect((await pages.post(first, link, {})).text).toContain('The role is in force');
    expect((await pages.post(second, link, {})).status).toBe(410);
    const late = await linkOf('Streng Paragraf');
    await world.rows(
      `update staff_appointments set proposed_at = proposed_at - interval '9 days', token_expires_at = clock_now() where accepted_at is null`,
    );
    expect((await pages.post(second, late, {})).status).toBe(410);
    expect((await pages.get(second, '/appointments/unknown')).status).toBe(404);
    expect((await pages.post(second, '/appointments/unknown', {})).status).toBe(404);
    const again = await linkOf('Flittig Operatør');
    expect((await pages.post(first, again, {})).status).toBe(409);
  });

  test('are told of one that came by the command, once', async () => {
    await twoOperators();
    const [row] = await world.rows<{ id: string }>('select id from staff_appointments order by id desc');
    await tellOfAppointment(deps, { appointmentId: row?.id });
    await tellOfAppointment(deps, { appointmentId: row?.id });
    expect(notices.map(({ template }) => template)).toEqual(['staff:notice.byCommand']);
  });
});

describe('an appointment with four eyes', () => {
  test.each([
    ['case-officer', 'havindustritilsynet', 'havindustritilsynet'],
    ['case-officer', undefined, 'arbeidstilsynet'],
    ['reviewer', 'havindustritilsynet', 'arbeidstilsynet'],
  ] as const)(
    'of a %s with %s chosen is for %s, which whoever confirms it sees',
    async (role, chosen, authority) => {
      await twoOperators();
      const fields = { role, name: 'G. Mappe', email: 'mappe@tilsyn.test', lastDay };
      const sent = { ...fields, ...(chosen === undefined ? {} : { authority: chosen }) };
      expect((await pages.post(first, '/staff/appointments/new', sent)).status).toBe(303);
      const link = notices.findLast(({ template }) => template === 'staff:notice.proposed')?.secrets?.[
        'link'
      ];
      await pages.post(appointee, new URL(link ?? '').pathname, {});
      const id = await waitingId();
      expect(await world.rows('select authority from staff_appointments where id = $1', [id])).toEqual([
        { authority },
      ]);
      const { text } = await pages.get(second, `/staff/appointments/${id}/confirm`);
      expect(text.includes('The Ocean Industry Authority')).toBe(authority === 'havindustritilsynet');
    },
  );

  test('is for no authority that there is not', async () => {
    await twoOperators();
    const fields = { role: 'case-officer', name: 'G. Mappe', email: 'mappe@tilsyn.test', lastDay };
    const sent = await pages.post(first, '/staff/appointments/new', { ...fields, authority: 'oslo' });
    expect(sent.status).toBe(422);
  });

  test('is proposed by one operator, answered, and confirmed by another', async () => {
    await twoOperators();
    const link = await propose('case-officer');
    expect((await pages.get(undefined, link)).text).toContain('Flittig Operatør has proposed G. Mappe');
    expect((await pages.post(appointee, link, {})).text).toContain('An operator now confirms');
    expect((await pages.get(appointee, '/staff')).status).toBe(404);
    expect((await pages.get(appointee, '/staff/vendors')).status).toBe(404);
    const id = await waitingId();
    const path = `/staff/appointments/${id}/confirm`;
    const list = await pages.get(second, '/staff/appointments');
    expect(list.text).toContain('Grundig Mappe waits for confirmation: Case officer');
    // Neither the one who proposed it, nor with an old login.
    expect((await pages.get(first, path)).text).toContain('You proposed this yourself');
    expect((await pages.post(first, path, {})).status).toBe(409);
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    expect((await pages.get(second, path)).text).toContain('/login/step-up');
    expect((await pages.post(second, path, {})).location).toContain('/login/step-up');
    await world.rows('update sessions set auth_time = now()');
    expect((await pages.get(second, path)).text).toContain('Grundig Mappe has logged in at the high level');
    expect((await pages.post(second, path, {})).location).toContain('confirmed');
    expect((await pages.post(second, path, {})).text).toContain('already been confirmed or ended');
    expect((await pages.get(appointee, '/staff')).text).toContain('/staff/vendors');
    expect((await pages.get(appointee, '/staff/vendors')).status).toBe(200);
    expect(notices.map(({ template }) => template)).toEqual([
      'staff:notice.proposed',
      'staff:notice.confirmed',
    ]);
    const audit = await world.rows(
      `select action, decision, rule from audit_entries where subject_id = $1 order by id`,
      [id],
    );
    expect(audit).toEqual([
      { action: 'appointment.proposed', decision: 'allowed', rule: null },
      { action: 'appointment.accepted', decision: 'allowed', rule: null },
      { action: 'appointment.confirmed', decision: 'refused', rule: 'own-proposal' },
      { action: 'appointment.confirmed', decision: 'refused', rule: 'step-up' },
      { action: 'appointment.confirmed', decision: 'allowed', rule: null },
      { action: 'appointment.confirmed', decision: 'refused', rule: 'settled' },
    ]);
  });

  test('is held to by the database too', async () => {
    await twoOperators();
    const approve = (person: SmallPerson, as: SmallPerson, id: string) =>
      inTransaction(
        world.database,
        { kind: 'staff', ...asStaff(person, 'operator'), writing: true },
        ({ query, now }) =>
          query
            .updateTable('staff_appointments')
            .set({ approved_by: as.id, approved_by_name: as.name, approved_at: now })
            .where('id', '=', id)
            .execute(),
      );
    await pages.post(appointee, await propose('case-officer'), {});
    const id = await waitingId();
    await expect(approve(first, first, id)).rejects.toThrow(/four_eyes/u);
    await expect(approve(first, second, id)).rejects.toThrow(/row-level security/u);
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    await expect(approve(second, second, id)).rejects.toThrow(/row-level security/u);
    await world.rows('update sessions set auth_time = now()');
    await pages.post(second, `/staff/appointments/${id}/end`, {});
    // The second operator for a role of their own: proposed by the first, confirmed by none of the two.
    await pages.post(second, await propose('inspector', 'second@drift.test'), {});
    const own = await waitingId();
    await expect(approve(second, second, own)).rejects.toThrow(/four_eyes/u);
    expect((await pages.post(second, `/staff/appointments/${own}/confirm`, {})).text).toContain(
      'Nobody can confirm themselves',
    );
  });

  test('is not proposed twice, for too long, or with bad input, and keeps what was typed', async () => {
    await twoOperators();
    await propose('inspector');
    const post = (fields: Record<string, string>) =>
      pages.post(first, '/staff/appointments/new', {
        role: 'inspector',
        name: 'G. Mappe',
        email: 'mappe@tilsyn.test',
        place: 'Oslo',
        lastDay,
        ...fields,
      });
    const twice = await post({});
    expect(twice.status).toBe(422);
    expect(twice.text).toContain('has been proposed for');
    expect((await post({ email: 'a@b.test', lastDay: addDays(lastDay, 365) })).text).toContain(
      'at most 12 months',
    );
    expect((await post({ email: 'a@b.test', lastDay: '2020-01-01' })).text).toContain('has passed already');
    expect((await post({ email: 'a@b.test', place: '' })).text).toContain('Write the place');
    const late = await post({ email: 'a@b.test', firstDay: addDays(lastDay, 1) });
    expect(late.text).toContain('The first day is after the last day');
    const wrong = await post({ email: 'nonsense', role: 'king', name: 'Kept Name' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Kept Name');
  });

  test('ends at once, with whatever else is said of it afterwards', async () => {
    await twoOperators();
    const id = await appoint(appointee, 'case-officer');
    expect((await pages.get(appointee, '/staff/vendors')).status).toBe(200);
    const end = `/staff/appointments/${id}/end`;
    expect((await pages.get(first, end)).text).toContain('End the appointment of Grundig Mappe');
    expect((await pages.post(first, end, {})).location).toContain('ended');
    const refused = await pages.get(appointee, '/staff/vendors');
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('Your role has been ended');
    expect((await pages.post(first, end, {})).status).toBe(409);
    expect(notices.at(-1)?.template).toBe('staff:notice.ended');
    // Two operators who end each other: at least one of the two is gone, and both are answered.
    const ids = await world.rows<{ id: string; accepted_by: string }>(
      `select id, accepted_by from staff_appointments where role = 'operator' and ended_at is null`,
    );
    const idOf = (person: SmallPerson) => ids.find((row) => row.accepted_by === person.id)?.id ?? '';
    const answers = await Promise.all([
      endAppointment(deps, asStaff(first, 'operator'), idOf(second)),
      endAppointment(deps, asStaff(second, 'operator'), idOf(first)),
    ]);
    expect(answers.some((answer) => answer.ok)).toBe(true);
  });
});

test('an appointment or a session that is ended waits for what its holder is just doing', async () => {
  await twoOperators();
  const [own] = await world.rows<{ id: string }>('select id from staff_appointments where accepted_by = $1', [
    second.id,
  ]);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const order: string[] = [];
  const request = { right: 'appointments.read', action: 'test' } as const;
  const working = actAsStaff(world.database, asStaff(second, 'operator'), request, async (permitted) => {
    order.push('begun');
    await held;
    await permitted.audit();
    return ok(null);
  }).then(({ ok: done }) => order.push(`done ${String(done)}`));
  await expect.poll(() => order).toEqual(['begun']);
  const ending = endAppointment(deps, asStaff(first, 'operator'), own?.id ?? '').then(() =>
    order.push('ended'),
  );
  const loggedOut = sql`select session_end(${second.tokenHash}) as ended`
    .execute(world.database.request)
    .then(() => order.push('logged out'));
  await untilWaiting(world, 2);
  // Both wait for what is under way, which is not cut short: who of the three is answered first is then up to the network.
  expect(order).toEqual(['begun']);
  release();
  await Promise.all([working, ending, loggedOut]);
  expect(order.slice(1).sort()).toEqual(['done true', 'ended', 'logged out']);
  await world.rows('update sessions set ended_at = null, end_reason = null');
});

test('pages of staff are not there for others, and each role has its own', async () => {
  await twoOperators();
  await appoint(appointee, 'inspector');
  const paths = [
    '/staff/appointments',
    '/staff/appointments/new',
    '/staff/vendors',
    `/staff/vendors/${VENDOR}`,
  ];
  for (const path of ['/staff', ...paths]) {
    expect([path, (await pages.get(officer, path)).status]).toEqual([path, 404]);
    expect((await pages.get(undefined, path)).location).toBe(`/login?return=${encodeURIComponent(path)}`);
  }
  for (const path of paths) expect((await pages.get(appointee, path)).status).toBe(404);
  for (const path of paths) {
    expect((await pages.get(first, path)).status).toBe(path.includes('vendors') ? 404 : 200);
  }
  const [given] = await world.rows<{ id: string }>(
    `select id from staff_appointments where role = 'inspector'`,
  );
  const home = (await pages.get(appointee, '/staff')).text;
  expect([home.includes(`href="/checker/${given?.id ?? ''}"`), home.includes('Oslo')]).toEqual([true, true]);
  await world.rows(`update sessions set acr = 'substantial'`);
  expect((await pages.get(first, '/staff/appointments')).location).toContain('/login/step-up');
  expect((await pages.post(first, '/staff/appointments/new', {})).status).toBe(403);
});

describe('a bar', () => {
  async function caseOfficer(): Promise<void> {
    await twoOperators();
    await appoint(appointee, 'case-officer');
    notices.length = 0;
  }
  const path = `/staff/vendors/${VENDOR}`;
  const why = { reason: 'Orders in strangers’ names', appeal: 'Write to us within three weeks.' };

  test('stops the vendor everywhere with the next request, and is lifted', async () => {
    await caseOfficer();
    const search = async (q: string) => {
      const found = await pages.post(appointee, '/search', { to: '/staff/vendors', q });
      return pages.get(appointee, found.location ?? '');
    };
    const list = await search('rimelig');
    expect(list.text).toContain('RIMELIG KORTHJELP AS');
    expect(list.text).toContain('1 vendor');
    expect((await search('nobody')).text).toContain('No registered vendor matches');
    expect((await useMandate()).ok).toBe(true);
    const form = await pages.get(appointee, `${path}/bar`);
    expect(form.text).toContain('It has 1 customer.');
    expect(form.text).toContain('sections 28 and 29');
    const missing = await pages.post(appointee, `${path}/bar`, { reason: '', appeal: 'Kept appeal' });
    expect(missing.status).toBe(422);
    expect(missing.text).toContain('Kept appeal');
    expect((await pages.post(appointee, `${path}/bar`, why)).location).toContain('barred');
    expect(await useMandate()).toMatchObject({ error: { kind: 'refused', refusal: 'vendor-barred' } });
    expect((await pages.post(appointee, `${path}/bar`, why)).text).toContain('barred already');
    const shown = await pages.get(appointee, path);
    expect(shown.text).toContain('Orders in strangers’ names');
    expect(shown.text).toContain('Barred');
    const [bar] = await world.rows<{ id: string }>('select id from vendor_bars');
    await tellOfBar(deps, { barId: bar?.id, what: 'barred' });
    await tellOfBar(deps, { barId: bar?.id, what: 'barred' });
    expect(notices.map(({ template, businessId, audience }) => [template, businessId, audience])).toEqual([
      ['staff:notice.barred.vendor', vendor, 'officers'],
      ['staff:notice.barred.customer', business, 'officers'],
    ]);
    expect(notices[0]?.parameters).toMatchObject(why);
    expect(notices[1]?.parameters).not.toHaveProperty('reason');
    expect(
      (await pages.post(appointee, `${path}/lift`, { reason: 'The appeal was right' })).location,
    ).toContain('lifted');
    expect((await useMandate()).ok).toBe(true);
    expect((await pages.post(appointee, `${path}/lift`, { reason: 'Again' })).text).toContain(
      'is not barred',
    );
    expect((await pages.get(appointee, `${path}/lift`)).text).toContain('is not barred');
    await tellOfBar(deps, { barId: bar?.id, what: 'lifted' });
    expect(notices.slice(2).map(({ template }) => template)).toEqual([
      'staff:notice.lifted.vendor',
      'staff:notice.lifted.customer',
    ]);
    const audit = await world.rows(
      `select action, decision, business_id from audit_entries where subject_id = $1 and subject_kind = 'vendor' order by id`,
      [vendor],
    );
    expect(audit).toEqual([
      { action: 'vendor.barred', decision: 'allowed', business_id: null },
      { action: 'vendor.bar-lifted', decision: 'allowed', business_id: null },
    ]);
    expect((await pages.get(appointee, '/staff/vendors/310000019')).status).toBe(404);
    expect((await pages.post(appointee, '/staff/vendors/nonsense/bar', why)).status).toBe(404);
    expect((await pages.get(appointee, '/staff/vendors/%00')).status).toBe(404);
  });

  test('waits for what runs, and lets nothing of the vendor begin meanwhile', async () => {
    await caseOfficer();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let began: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const inFlight = useMandate(async () => {
      began();
      await held;
    });
    await begun;
    const barring = barVendor(deps, asStaff(appointee, 'case-officer'), {
      organisationNumber: VENDOR,
      ...why,
    });
    await untilWaiting(world, 1);
    const late = useMandate();
    release();
    expect((await inFlight).ok).toBe(true);
    expect((await barring).ok).toBe(true);
    expect(await late).toMatchObject({ error: { kind: 'refused', refusal: 'vendor-barred' } });
  });

  test("is no vendor officer's to lift, nor an operator's or an inspector's", async () => {
    await caseOfficer();
    await pages.post(appointee, `${path}/bar`, why);
    await inTransaction(
      world.database,
      { kind: 'session', tokenHash: boss.tokenHash, business: VENDOR, writing: true },
      async ({ query }) => {
        const seen = await sql<{ reason: string }>`select reason from vendor_bars`.execute(query);
        expect(seen.rows).toEqual([{ reason: why.reason }]);
        const lifted =
          await sql`update vendor_bars set lifted_at = now(), lifted_by = ${boss.id}, lifted_reason = 'x'`.execute(
            query,
          );
        expect(lifted.numAffectedRows).toBe(0n);
      },
    );
    await expect(
      inTransaction(
        world.database,
        { kind: 'session', tokenHash: boss.tokenHash, business: VENDOR, writing: true },
        ({ query }) => sql`update vendor_profiles set barred_at = null`.execute(query),
      ),
    ).rejects.toThrow(/permission denied/u);
    expect((await pages.post(first, `${path}/lift`, { reason: 'x' })).status).toBe(404);
    expect(await useMandate()).toMatchObject({ error: { refusal: 'vendor-barred' } });
  });

  async function twoCaseOfficers(): Promise<void> {
    await caseOfficer();
    await appoint(other, 'case-officer', 'blyant@tilsyn.test');
    await world.rows(`update sessions set auth_time = clock_now(), acr = 'high'`);
    notices.length = 0;
  }
  const appeal = (person: SmallPerson) => fileAppeal(deps, person.acting(VENDOR), 'We did not do that.');
  const tellAll = async () => {
    notices.length = 0;
    const [bar] = await world.rows<{ id: string }>('select id from vendor_bars');
    for (const what of TOLD_OF_BARS) await tellOfBar(deps, { barId: bar?.id, what });
    return notices.map(({ template }) => template);
  };

  test('is appealed against once, and answered by somebody else than who barred', async () => {
    await twoCaseOfficers();
    expect(await appeal(boss)).toMatchObject({ error: 'not-barred' });
    await pages.post(appointee, `${path}/bar`, why);
    expect((await pages.get(appointee, `${path}/appeal`)).text).toContain('No appeal waits');
    expect(await appeal(member)).toMatchObject({ ok: false });
    await world.rows(`update sessions set auth_time = clock_now() - interval '1 hour' where person_id = $1`, [
      boss.id,
    ]);
    expect(await appeal(boss)).toMatchObject({ error: 'step-up' });
    await world.rows(`update sessions set auth_time = clock_now()`);
    expect(await appeal(boss)).toEqual({ ok: true, value: null });
    expect(await appeal(boss)).toMatchObject({ error: 'appealed' });
    expect((await pages.get(other, '/staff/vendors')).text).toContain('1 appeal waits for an answer');
    expect((await pages.post(appointee, `${path}/lift`, { reason: 'x' })).text).toContain(
      'vendor has appealed',
    );

    const answer = { outcome: 'upheld', reason: 'It was proved.' };
    expect((await pages.get(appointee, `${path}/appeal`)).text).toContain('You barred the vendor yourself');
    expect((await pages.post(appointee, `${path}/appeal`, answer)).text).toContain(
      'You barred the vendor yourself',
    );
    await world.rows(`update sessions set auth_time = clock_now() - interval '1 hour' where person_id = $1`, [
      other.id,
    ]);
    expect((await pages.get(other, `${path}/appeal`)).text).toContain('/login/step-up');
    expect((await pages.post(other, `${path}/appeal`, answer)).location).toContain('/login/step-up');
    await world.rows(`update sessions set auth_time = clock_now()`);
    expect((await pages.get(other, `${path}/appeal`)).text).toContain('We did not do that.');
    expect((await pages.post(other, `${path}/appeal`, { outcome: 'upheld', reason: '' })).status).toBe(422);
    expect((await pages.post(other, `${path}/appeal`, answer)).location).toContain('upheld');
    expect((await pages.post(other, `${path}/appeal`, answer)).text).toContain('already been answered');
    expect(await useMandate()).toMatchObject({ error: { refusal: 'vendor-barred' } });
    expect((await pages.get(other, path)).text).toContain('It was proved.');
    expect(await tellAll()).toEqual([
      'staff:notice.announced.vendor',
      'staff:notice.announced.customer',
      'staff:notice.barred.vendor',
      'staff:notice.barred.customer',
      'staff:notice.lifted.vendor',
      'staff:notice.lifted.customer',
      'staff:notice.upheld.vendor',
    ]);
    const audit = await world.rows(
      `select action, decision, rule from audit_entries where action in ('vendor.appealed', 'vendor.appeal-answered') order by id`,
    );
    expect(audit).toEqual([
      { action: 'vendor.appealed', decision: 'refused', rule: 'no-relation' },
      { action: 'vendor.appealed', decision: 'allowed', rule: null },
      { action: 'vendor.appeal-answered', decision: 'refused', rule: 'own-bar' },
      { action: 'vendor.appeal-answered', decision: 'refused', rule: 'step-up' },
      { action: 'vendor.appeal-answered', decision: 'allowed', rule: null },
      { action: 'vendor.appeal-answered', decision: 'refused', rule: 'appeal-answered' },
    ]);
  });

  test('that was lifted just when the appeal came leaves no appeal to answer', async () => {
    await twoCaseOfficers();
    await pages.post(appointee, `${path}/bar`, why);
    await appeal(boss);
    await world.rows(
      `update vendor_bars set lifted_at = clock_now(), lifted_by = $1, lifted_by_name = 'X', lifted_reason = 'x'`,
      [appointee.id],
    );
    expect((await pages.get(other, '/staff/vendors')).text).not.toContain('waits for an answer');
  });

  test('is lifted with the answer that the appeal was right, in the same transaction', async () => {
    await twoCaseOfficers();
    await pages.post(appointee, `${path}/bar`, why);
    await appeal(boss);
    const answer = { outcome: 'lifted', reason: 'You were right.' };
    expect((await pages.post(other, `${path}/appeal`, answer)).location).toContain('lifted');
    expect((await useMandate()).ok).toBe(true);
    expect(await world.rows('select lifted_by_name, lifted_reason from vendor_bars')).toEqual([
      { lifted_by_name: other.name, lifted_reason: 'You were right.' },
    ]);
  });

  test('that began before bars held orders holds them too, and the customer is told once', async () => {
    await caseOfficer();
    const [order] = await world.rows<{ id: string; number: string }>(
      `with u as (insert into units (business_id, organisation_number, name) values ($1, '310000027', 'AVD') returning *),
       w as (insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
         select $1, u.id, $2, 'W', 'W', '1990-01-15', '2020-01-01', now() from u returning *),
       o as (insert into orders (business_id, unit_id, vendor_id, vendor_name, mandate_id, placed_by, placed_by_name, placed_at,
           idempotency_key, card_type, delivery_address, price_ore, vat_basis_points, state)
         select $1, w.unit_id, m.vendor_id, 'V', m.id, $2, 'P', now(), uuidv7(), 'construction', '{}', 13290, 2500, 'placed'
         from w, mandates m where m.business_id = $1 and m.vendor_id = $3 returning *)
       select o.id, o.number::text from o`,
      [business, member.id, vendor],
    );
    await world.rows(
      `insert into order_lines (business_id, order_id, unit_id, worker_id, holder_name, vendor_id, state, changed_at)
       select o.business_id, o.id, o.unit_id, w.id, 'W', o.vendor_id, 'awaiting-media', now()
       from orders o join workers w on w.unit_id = o.unit_id where o.id = $1`,
      [order?.id],
    );
    await pages.post(appointee, `${path}/bar`, why);
    await tellAll();
    await world.rows('update orders set bar_held_at = null');
    const isHeld = () => world.rows('select bar_held_at is not null as held from orders');
    expect(await isHeld()).toEqual([{ held: false }]);

    const migration = readFileSync(
      join(projectRoot, 'src/database/migrations/20261128T1485-successors-and-older-bars.sql'),
      'utf8',
    );
    const part = migration.slice(migration.indexOf('alter table vendor_bars no force'));
    await sql.raw(part).execute(asOwner.request);
    expect(await isHeld()).toEqual([{ held: true }]);
    const enqueued = () =>
      world.rows(
        `select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
         where t.identifier = 'staff.tell-of-bar' and j.payload->>'what' = 'held'`,
      );
    await beginBars(deps);
    await beginBars(deps);
    expect(await enqueued()).toHaveLength(1);
    expect(await tellAll()).toEqual(['orders:notice.held-by-bar.barred']);
    expect(notices[0]).toMatchObject({ businessId: business, parameters: { orders: order?.number } });
    expect(await tellAll()).toEqual([]);
    await world.rows('delete from order_lines');
    await world.rows('delete from orders');
  });

  test('that is told of ahead begins on its day and not before, and may be taken back until then', async () => {
    await caseOfficer();
    const tomorrow = addDays(osloToday(new Date()), 1);
    for (const from of [osloToday(new Date()), addDays(tomorrow, 90), 'soon'])
      expect((await pages.post(appointee, `${path}/bar`, { ...why, from })).status).toBe(422);
    const announce = () => pages.post(appointee, `${path}/bar`, { ...why, from: tomorrow });
    expect((await announce()).location).toContain('announced');
    expect((await pages.get(appointee, path)).text).toContain('Told of, not begun');
    expect((await useMandate()).ok).toBe(true);
    await beginBars(deps);
    expect((await useMandate()).ok).toBe(true);
    expect((await pages.post(appointee, `${path}/lift`, { reason: 'A mistake' })).location).toContain(
      'lifted',
    );
    await world.rows('delete from vendor_bars');
    await announce();
    try {
      await world.rows(`update clock set offset_by = interval '49 hours'`);
      await world.rows(
        `update sessions set last_seen_at = clock_now(), absolute_end = clock_now() + interval '8 hours'`,
      );
      await beginBars(deps);
      await beginBars(deps);
      expect(await useMandate()).toMatchObject({ error: { refusal: 'vendor-barred' } });
      expect(
        await world.rows(
          `select actor_job from audit_entries where action = 'vendor.barred' and actor_job is not null`,
        ),
      ).toEqual([{ actor_job: 'staff.begin-bars' }]);
    } finally {
      await world.rows(`update clock set offset_by = interval '0'`);
    }
  });
});

test('a case officer records once that a vendor was taken over, when the register shows it as deleted', async () => {
  await twoOperators();
  await appoint(appointee, 'case-officer');
  const successor = await world.business('310000159', 'STORE KORT AS');
  await world.rows(
    `insert into vendor_profiles (vendor_id, fee_ore, agreement_version, agreement_sha256, accepted_by, accepted_by_name, accepted_at)
     select $1, 100, '1', sha256('x'::bytea), $2, 'Boss', now()`,
    [successor, boss.id],
  );
  const path = `/staff/vendors/${VENDOR}/merger`;
  const fields = { successor: '310000159', day: '2026-11-01', source: 'Announced' };
  expect((await pages.get(appointee, path)).text).toContain('RIMELIG KORTHJELP AS was taken over');
  expect((await pages.post(appointee, path, { ...fields, day: '' })).status).toBe(422);
  for (const number of [VENDOR, BUSINESS, 'nonsense'])
    expect((await pages.post(appointee, path, { ...fields, successor: number })).status).toBe(422);
  expect((await pages.post(appointee, path, fields)).text).toContain('does not show the vendor as deleted');
  expect((await useMandate()).ok).toBe(true);
  await world.rows(`update businesses set dissolved_on = '2026-11-01' where id = $1`, [vendor]);
  try {
    expect(await useMandate()).toMatchObject({ error: { refusal: 'vendor-barred' } });
    expect((await pages.post(appointee, path, fields)).location).toContain('mergerRecorded');
    expect((await pages.post(appointee, path, fields)).text).toContain('recorded already');
    expect(await world.rows('select successor_id, recorded_by_name from vendor_mergers')).toEqual([
      { successor_id: successor, recorded_by_name: appointee.name },
    ]);
    expect((await pages.post(first, path, fields)).status).toBe(404);
  } finally {
    await world.rows('update businesses set dissolved_on = null');
  }
});
