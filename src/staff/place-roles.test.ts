import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import type { Notice } from '../access/index.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import { words } from '../words.ts';
import { acceptLink, tellOfAppointment } from './appointments.ts';
import { createPlaceRolePages } from './place-role-pages.tsx';
import { createStaffPages } from './pages.tsx';
import { confirmPlaceRole, endPlaceRole, proposePlaceRole } from './place-roles.ts';

const { places } = words.en.staff;
const lastDay = addDays(osloToday(new Date()), 30);

let fixtures: Fixtures;
let pages: PageCaller;
let business: FixtureBusiness;
let elsewhere: FixtureBusiness;
let boss: FixturePerson;
let second: FixturePerson;
let manager: FixturePerson;
let coordinator: FixturePerson;
const notices: Notice[] = [];

const deps = () => ({
  database: fixtures.database,
  publicOrigin: 'https://kortvakt.test',
  notify: keepIn(notices),
});

beforeAll(async () => {
  fixtures = await Fixtures.start();
  pages = await createPageCaller(words, (app) => {
    app.route('/', createStaffPages(deps()));
    app.route('/b/:business', createPlaceRolePages(deps()));
    app.route('/b/:business/by/:vendor', createPlaceRolePages(deps()));
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  elsewhere = await fixtures.business();
  [boss, second] = [await fixtures.person('Våken Spurv'), await fixtures.person('Annen Leder')];
  manager = await fixtures.person('Daglig Ansvar');
  await fixtures.officer(business, boss);
  await fixtures.officer(business, second);
  await fixtures.officer(elsewhere, boss);
  await fixtures.personMandate(business, manager, boss, ['access.manage', 'cards.read']);
}, 60_000);
afterAll(() => fixtures.stop());

beforeEach(async () => {
  notices.length = 0;
  await fixtures.rows('update staff_appointments set ended_at = now() where ended_at is null');
  coordinator = await fixtures.person('Koordinerende Kråke');
});

const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});
const acting = (person: FixturePerson, of = business) => ({
  tokenHash: person.tokenHash,
  business: of.number,
});
const list = () => `/b/${business.number}/business/checkers`;
const given = {
  role: 'coordinator',
  name: 'K. Kråke',
  email: 'kraake@example.no',
  place: 'Kai 1',
  lastDay,
} as const;

/** Proposed by the officer, and logged in to through the link. */
async function accepted(by = boss): Promise<string> {
  const sent = await pages.post(small(by), `${list()}/new`, given);
  expect(sent.location).toContain('placeProposed');
  const link = new URL(notices.at(-1)?.secrets?.['link'] ?? '').pathname;
  expect((await pages.post(small(coordinator), link, {})).status).toBe(200);
  const [row] = await fixtures.rows<{ id: string }>(
    'select id from staff_appointments where accepted_by = $1 and ended_at is null',
    [coordinator.id],
  );
  return row?.id ?? '';
}

const stateOf = async (id: string) =>
  (
    await fixtures.rows<{ by: string | null; ended: boolean; business: string }>(
      'select approved_by as by, ended_at is not null as ended, business_id as business from staff_appointments where id = $1',
      [id],
    )
  )[0];

describe('a role for a place of the business', () => {
  test('is proposed, taken by login, confirmed by an officer by name, used, and ended', async () => {
    const id = await accepted();
    expect(notices[0]).toMatchObject({
      template: 'staff:notice.proposedChecker',
      extraAddresses: ['kraake@example.no'],
    });
    await tellOfAppointment(deps(), { appointmentId: id });
    expect(notices.at(-1)).toMatchObject({
      template: 'staff:notice.acceptedChecker',
      businessId: business.id,
    });
    const waiting = await pages.get(small(boss), list());
    expect(waiting.text).toContain('Koordinerende Kråke waits for confirmation');
    expect((await pages.get(small(boss), `${list()}/${id}/confirm`)).text).toContain('Kai 1');
    expect((await pages.post(small(boss), `${list()}/${id}/confirm`, {})).location).toContain('confirmed');
    expect(await stateOf(id)).toEqual({ by: boss.id, ended: false, business: business.id });
    expect((await pages.get(small(coordinator), '/staff')).text).toContain(`href="/checker/${id}"`);
    const entries = await fixtures.rows<{ action: string; used_right: string | null }>(
      `select action, used_right from audit_entries where subject_id = $1 order by id`,
      [id],
    );
    expect(entries).toEqual([
      { action: 'appointment.proposed', used_right: 'agreements.sign' },
      { action: 'appointment.accepted', used_right: null },
      { action: 'appointment.confirmed', used_right: 'agreements.sign' },
    ]);
    expect((await pages.post(small(second), `${list()}/${id}/end`, {})).location).toContain('ended');
    expect(await stateOf(id)).toMatchObject({ ended: true });
    expect(notices.at(-1)?.template).toBe('staff:notice.ended');
    expect((await pages.get(small(boss), `${list()}/${id}/end`)).status).toBe(409);
  });

  test('waits for a fresh login, and for somebody else than oneself', async () => {
    const id = await accepted();
    await fixtures.rows(`update sessions set auth_time = now() - interval '6 minutes' where person_id = $1`, [
      boss.id,
    ]);
    expect((await pages.get(small(boss), `${list()}/${id}/confirm`)).text).toContain('/login/step-up');
    expect(await confirmPlaceRole(deps(), acting(boss), id)).toEqual({ ok: false, error: 'step-up' });
    await fixtures.rows('update sessions set auth_time = now() where person_id = $1', [boss.id]);
    await fixtures.rows(`update staff_appointments set accepted_by = $2 where id = $1`, [id, boss.id]);
    expect(await confirmPlaceRole(deps(), acting(boss), id)).toEqual({ ok: false, error: 'oneself' });
    expect((await pages.post(small(boss), `${list()}/${id}/confirm`, {})).text).toContain(places.oneself);
    expect((await confirmPlaceRole(deps(), acting(second), id)).ok).toBe(true);
  });

  test('is one of fifty invitations that a person sends in 24 hours, and what was typed is kept', async () => {
    await fixtures.rows(
      `insert into invitations (business_id, kind, name, email, token_hash, proposal, invited_by, invited_by_name, invited_at, expires_at)
       select $1, 'person', 'X', 'x@example.no', sha256(n::text::bytea), '{}', $2, 'X', now(), now() + interval '7 days'
       from generate_series(1, 50) n`,
      [business.id, boss.id],
    );
    const tooMany = await pages.post(small(boss), `${list()}/new`, given);
    expect([tooMany.status, tooMany.text.includes(words.en.staff.problem['too-many-today'])]).toEqual([
      422,
      true,
    ]);
    expect(tooMany.text).toContain('value="kraake@example.no"');
    expect(notices).toEqual([]);
    expect((await proposePlaceRole(deps(), acting(second), given)).ok).toBe(true);
    await fixtures.rows(`update invitations set invited_at = invited_at - interval '1 day'`);
    expect((await proposePlaceRole(deps(), acting(boss), { ...given, place: 'Kai 2' })).ok).toBe(true);
  });

  test('is an officer’s alone to give: not a manager’s, a vendor’s or another business’s', async () => {
    const id = await accepted();
    for (const path of [list(), `${list()}/new`, `${list()}/${id}/confirm`])
      expect([path, (await pages.get(small(manager), path)).status]).toEqual([path, 403]);
    expect((await proposePlaceRole(deps(), acting(manager), given)).ok).toBe(false);
    expect(await confirmPlaceRole(deps(), acting(boss, elsewhere), id)).toEqual({
      ok: false,
      error: 'unknown',
    });
    expect(await endPlaceRole(deps(), acting(boss, elsewhere), id)).toEqual({ ok: false, error: 'unknown' });
    expect(await stateOf(id)).toEqual({ by: null, ended: false, business: business.id });
    // An officer’s own appointment elsewhere is read by them, and is not theirs to settle here.
    const own = await fixtures.appointment(boss, 'coordinator', [second, second], {
      business_id: business.id,
      place: 'Kai 9',
    });
    expect(await endPlaceRole(deps(), acting(boss, elsewhere), own)).toEqual({ ok: false, error: 'unknown' });
  });

  test('is not an operator’s to settle, and no business gives what the authority gives', async () => {
    const id = await accepted();
    const operator = await fixtures.person('Trygg Avløser');
    await fixtures.appointment(operator, 'operator', [boss, second]);
    for (const path of ['confirm', 'end'])
      expect((await pages.post(small(operator), `/staff/appointments/${id}/${path}`, {})).status).toBe(404);
    expect((await pages.get(small(operator), '/staff/appointments')).text).not.toContain('Kråke');
    expect((await pages.post(small(boss), `${list()}/new`, { ...given, role: 'inspector' })).status).toBe(
      422,
    );
    const insert = (role: string, businessId: string | null) =>
      fixtures.as(boss, { business: business.number, writing: true }, ({ query }) =>
        sql`insert into staff_appointments (role, name, email, place, business_id, ends_at, proposed_by, proposed_by_name, proposed_at,
              token_hash, token_expires_at)
            values (${role}, 'P', 'p@example.no', 'Kai 1', ${businessId}, context_now() + interval '1 day', ${boss.id}, 'B', context_now(),
              ${randomBytes(32)}, context_now() + interval '1 day')`.execute(query),
      );
    await expect(insert('inspector', business.id)).rejects.toThrow(/given_for_ones_place/u);
    await expect(insert('coordinator', null)).rejects.toThrow(/row-level security/u);
    await expect(insert('coordinator', elsewhere.id)).rejects.toThrow(/row-level security/u);
  });

  test('is not proposed twice for the same place, and says what is wrong with a form', async () => {
    await accepted();
    const twice = await pages.post(small(boss), `${list()}/new`, given);
    expect([twice.status, twice.text.includes('has been proposed for')]).toEqual([422, true]);
    expect((await pages.post(small(boss), `${list()}/new`, { ...given, place: 'Kai 2' })).status).toBe(303);
    const bare = await pages.post(small(boss), `${list()}/new`, { ...given, place: '' });
    expect([bare.status, bare.text.includes('Write the place')]).toEqual([422, true]);
    expect(await acceptLink(deps(), coordinator.tokenHash, 'no such link')).toBe('gone');
  });
});
