import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { removeMember } from '../vendors/actions.ts';
import { look } from './actions.ts';
import en from './en.json' with { type: 'json' };
import type { AccessDeps } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import type { Notice } from './notify.ts';
import { createAccessPages } from './pages.tsx';
import { followReviews } from './review-jobs.ts';
import { keepMember } from './review-members.ts';
import { completeReview } from './reviews.ts';
import { watchAccess } from './watch.ts';

/** A vendor's members with a declared tie in the vendor's own review; the vendor has given no mandates. */

const BUSINESS = '310000019';
const VENDOR = '310000035';
const ACCESS = `/b/${VENDOR}/business/access`;
const REVIEW = `${ACCESS}/review`;

let world: SmallWorld;
let deps: AccessDeps & { dueDay: number };
let pages: PageCaller;
const notices: Notice[] = [];
let business: string;
let vendor: string;
let officer: SmallPerson;
let second: SmallPerson;
let manager: SmallPerson;
let hired: SmallPerson;
let other: SmallPerson;
let outsider: SmallPerson;
let members: { hired: string; other: string };

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
    dueDay: 31,
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  officer = await world.person('Rimelig Regnestykke', '15819049944');
  second = await world.person('Rask Elg', '15819049945');
  manager = await world.person('Ivrig Rev', '15819049946');
  hired = await world.person('Hjelpsom Hånd', '15819049947');
  other = await world.person('Innleid Igle', '15819049948');
  outsider = await world.person('Våken Spurv', '15819049949');
  await world.officer(vendor, officer);
  await world.officer(vendor, second, 'LEDE');
  await world.officer(business, outsider);
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

beforeEach(async () => {
  await world.rows(
    `truncate reviews, review_decisions, review_member_decisions, mandate_right_uses, mandates, mandate_versions,
       mandate_assignments, vendor_members, agreements, quotes, workers, units, access_changes, access_states cascade`,
  );
  await world.setClock('2027-01-02T10:00:00Z');
  await world.vendorMandate(business, vendor, { officer, member: hired }, ['cards.read']);
  await world.rows(
    `update mandates set approved_at = '2027-01-01T12:00Z', approved_auth_time = '2027-01-01T12:00Z', starts_at = '2027-01-01T12:00Z',
       ends_at = '2027-09-30';
     update quotes set valid_until = '2028-01-01';
     update vendor_members set added_at = '2026-11-01', tie_reason = 'Hired from an agency'`,
  );
  const add = async (person: SmallPerson, tie: string, addedAt: string) =>
    (
      await world.rows<{ id: string }>(
        `insert into vendor_members (vendor_id, person_id, name, tie, tie_reason, added_by, added_by_name, added_at)
         values ($1, $2, $3, $4, case when $4 = 'declared' then 'On loan' end, $5, $6, $7) returning id`,
        [vendor, person.id, person.name, tie, officer.id, officer.name, addedAt],
      )
    )[0]?.id ?? '';
  const [first] = await world.rows<{ id: string }>('select id from vendor_members where person_id = $1', [
    hired.id,
  ]);
  members = { hired: first?.id ?? '', other: await add(other, 'declared', '2026-12-01') };
  // Neither an employee nor someone who came in this quarter is gone through.
  await add(second, 'employment', '2026-11-01');
  await add(outsider, 'declared', '2027-01-01T12:00:00Z');
  await followReviews(deps);
  notices.length = 0;
});

const follow = () => followReviews(deps);
const confirm = (person: SmallPerson, id: string) => keepMember(deps, person.acting(VENDOR), id);
const complete = (person: SmallPerson) => completeReview(deps, person.acting(VENDOR));
/** What the customer's mandate lets the member do. */
const use = (person: SmallPerson) =>
  look(world.database, person.acting(BUSINESS, VENDOR), { right: 'cards.read', action: 'test' }, () =>
    Promise.resolve('used'),
  );
const used = { ok: true, value: 'used' };
/** Somebody on no mandate is answered as if there were none. */
const nothing = { ok: false, error: { kind: 'missing' } };
const suspended = () =>
  world.rows<{ name: string }>(
    'select name from vendor_members where suspended_at is not null order by name collate "C"',
  );
const decided = () =>
  world.rows(
    `select m.name, d.decision, d.decided_by_name as by from review_member_decisions d
       join vendor_members m on m.id = d.member_id order by d.id`,
  );
async function as(person: SmallPerson, statement: string): Promise<string> {
  try {
    return await inTransaction(
      world.database,
      { kind: 'session', tokenHash: person.tokenHash, business: VENDOR, writing: true },
      async ({ query }) =>
        `${String((await sql.raw(statement).execute(query)).numAffectedRows ?? 0n)} changed`,
    );
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    return constraint ?? code ?? String(error);
  }
}
async function makeManager(): Promise<void> {
  const id = await world.personMandate(vendor, manager, officer, ['access.manage']);
  await world.rows(
    `update mandates set approved_at = '2027-01-02', approved_auth_time = '2027-01-02', starts_at = '2027-01-02', ends_at = '2027-09-30'
     where id = $1`,
    [id],
  );
}

describe("a vendor's review", () => {
  test('goes through members with a declared tie, also where the vendor has given no mandates', async () => {
    expect(await world.rows('select business_id as who, quarter::text, due_at from reviews')).toEqual([
      { who: vendor, quarter: '2027-01-01', due_at: new Date('2027-01-31T23:00:00Z') },
    ]);
    const { status, text } = await pages.get(officer, REVIEW);
    expect(status).toBe(200);
    for (const words of [
      '2 members are left.',
      'Hjelpsom Hånd',
      'Hired from an agency',
      'Innleid Igle',
      '1 Nov 2026',
      'Never',
      'Confirm the tie',
    ]) {
      expect(text).toContain(words);
    }
    expect(text).not.toContain('Våken Spurv');
    expect(text).not.toContain('Everything has an answer.');
    expect((await pages.get(officer, ACCESS)).text).toContain('2 members are left.');
  });

  test('is answered by confirming or removing, one by one, and completed without a fresh login while nothing is suspended', async () => {
    expect(await complete(officer)).toEqual({ ok: false, error: 'undecided' });
    const kept = await pages.post(officer, `${REVIEW}/members/${members.hired}`, {});
    expect(kept.status).toBe(303);
    expect((await pages.get(second, REVIEW)).text).toContain('1 member is left.');
    expect((await removeMember(deps, officer.acting(VENDOR), members.other)).ok).toBe(true);
    expect(await decided()).toEqual([
      { name: 'Hjelpsom Hånd', decision: 'keep', by: 'Rimelig Regnestykke' },
      { name: 'Innleid Igle', decision: 'remove', by: 'Rimelig Regnestykke' },
    ]);
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    const completed = await complete(second);
    expect(completed.ok).toBe(true);
    const record = `${ACCESS}/reviews/${completed.ok ? completed.value.reviewId : ''}`;
    const { text } = await pages.get(officer, record);
    for (const words of ['Hired from an agency', 'Innleid Igle', 'The tie was confirmed.', 'Removed']) {
      expect(text).toContain(words);
    }
    const file = await pages.post(officer, `${record}/export`, {});
    expect(file.text).toMatch(/"Hjelpsom Hånd".*Kept.*Rimelig Regnestykke.*Rimelig Regnestykke/u);
    expect(file.text).toMatch(/"Innleid Igle".*Removed/u);
    expect(
      await world.rows(
        `select action, changes - 'detailHash' as changes from audit_entries
         where action in ('review.decided', 'review.completed') and business_id = $1 order by id desc limit 3`,
        [vendor],
      ),
    ).toMatchObject([
      { action: 'review.completed', changes: { keep: 1, remove: 1, resumed: 0 } },
      { changes: { decision: 'remove' } },
      { changes: { decision: 'keep' } },
    ]);
    const [row] = await world.rows<{ at: Date | null }>(
      'select tie_confirmed_at as at from vendor_members where id = $1',
      [members.hired],
    );
    expect(row?.at).not.toBeNull();
    await world.setClock('2027-04-02T10:00:00Z');
    await follow();
    expect((await pages.get(officer, REVIEW)).text).toMatch(/Hjelpsom Hånd.*2 Jan 2027/u);
  });

  test('is told once of a confirmation, and of one for who is not in it', async () => {
    expect((await confirm(officer, members.hired)).ok).toBe(true);
    expect(await confirm(second, members.hired)).toMatchObject({ error: { kind: 'member', reason: 'over' } });
    const again = await pages.post(second, `${REVIEW}/members/${members.hired}`, {});
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('already has an answer')]);
    expect((await pages.post(second, `${REVIEW}/members/${vendor}`, {})).status).toBe(404);
    expect((await pages.post(second, `${REVIEW}/members/nonsense`, {})).status).toBe(404);
    const both = await Promise.all([confirm(officer, members.other), confirm(second, members.other)]);
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await decided()).toHaveLength(2);
  });

  test('lets nobody but an officer stand by a tie, and nobody else see it', async () => {
    await makeManager();
    expect(await confirm(manager, members.hired)).toMatchObject({
      error: { kind: 'member', reason: 'officers-only' },
    });
    expect(
      await world.rows(`select 1 from audit_entries where rule = 'officers-only' and subject_id = $1`, [
        members.hired,
      ]),
    ).toHaveLength(1);
    expect((await pages.get(manager, REVIEW)).text).toContain('Hired from an agency');
    const decision = (kind: string) =>
      `insert into review_member_decisions (review_id, business_id, member_id, decision, decided_at, decided_by, decided_by_name)
       select r.id, r.business_id, '${members.hired}', '${kind}', context_now(), context_person(), 'x' from reviews r`;
    expect(await as(manager, decision('keep'))).toBe('42501');
    expect(await as(manager, decision('remove'))).toBe('1 changed');
    expect(await as(manager, `update vendor_members set tie_confirmed_at = context_now()`)).toBe(
      'declared_by_officers',
    );
    expect(await as(officer, `update vendor_members set tie = 'employment', tie_reason = null`)).toBe(
      '42501',
    );
    for (const person of [hired, outsider]) {
      expect((await pages.get(person, REVIEW)).status).toBe(404);
      expect((await pages.post(person, `${REVIEW}/members/${members.hired}`, {})).status).toBe(404);
    }
  });
});

describe('silence about a member', () => {
  const miss = async () => {
    await world.setClock('2027-01-31T22:59:00Z');
    await follow();
    expect(await use(hired)).toEqual(used);
    await world.setClock('2027-01-31T23:00:01Z');
    await follow();
  };
  const told = () => notices.map(({ template, businessId, personId }) => [template, personId ?? businessId]);

  test('is reminded of, and then the tie holds no longer: the member and both sides are told', async () => {
    expect((await confirm(officer, members.other)).ok).toBe(true);
    await world.setClock('2027-01-20T10:00:00Z');
    await follow();
    expect(told()).toContainEqual(['access:notice.reviewDue', vendor]);
    await miss();
    expect(await suspended()).toEqual([{ name: 'Hjelpsom Hånd' }]);
    expect(await use(hired)).toEqual(nothing);
    notices.length = 0;
    await follow();
    expect(notices).toEqual([]);
    await watchAccess(deps);
    await watchAccess(deps);
    expect(told().filter(([template]) => String(template).includes('member'))).toEqual([
      ['access:notice.memberUnconfirmed', vendor],
      ['access:notice.memberUnconfirmedCustomer', business],
      ['access:notice.memberUnconfirmedYours', hired.id],
    ]);
    const { text } = await pages.get(officer, REVIEW);
    expect(text).toContain('1 member can use no mandate until the review is completed.');
  });

  test('is made good by confirming and completing, with a fresh login', async () => {
    await miss();
    await watchAccess(deps);
    for (const id of Object.values(members)) expect((await confirm(officer, id)).ok).toBe(true);
    expect(await use(hired)).toEqual(nothing);
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    expect(await complete(officer)).toEqual({ ok: false, error: 'step-up' });
    await world.rows(`update sessions set auth_time = clock_now() - interval '1 minute'`);
    const page = await pages.get(officer, `${REVIEW}/complete`);
    expect(page.text).toContain('2 members can use the mandates that they are set up on again.');
    expect((await complete(officer)).ok).toBe(true);
    expect(await suspended()).toEqual([]);
    expect(await use(hired)).toEqual(used);
    notices.length = 0;
    await watchAccess(deps);
    expect(told().filter(([template]) => String(template).includes('member'))).toEqual([
      ['access:notice.memberConfirmed', vendor],
      ['access:notice.memberConfirmedCustomer', business],
      ['access:notice.memberConfirmedYours', hired.id],
      ['access:notice.memberConfirmed', vendor],
      ['access:notice.memberConfirmedYours', other.id],
    ]);
  });

  test('lasts through the next review until that is completed, and is over with the membership', async () => {
    await miss();
    await world.setClock('2027-04-02T10:00:00Z');
    await follow();
    expect(await use(hired)).toEqual(nothing);
    expect((await pages.get(officer, REVIEW)).text).toContain('3 members are left.');
    expect((await removeMember(deps, officer.acting(VENDOR), members.other)).ok).toBe(true);
    expect((await pages.get(officer, REVIEW)).text).toContain('1 member can use no mandate');
    for (const { id } of await world.rows<{ id: string }>(
      `select id from vendor_members where tie = 'declared' and ended_at is null`,
    )) {
      expect((await confirm(second, id)).ok).toBe(true);
    }
    expect((await complete(officer)).ok).toBe(true);
    expect(await suspended()).toEqual([{ name: 'Innleid Igle' }]);
  });

  test('does not stop a member whom the register shows as employed meanwhile', async () => {
    await world.rows(
      `with u as (insert into units (business_id, organisation_number, name) values ($1, '310000043', 'Unit') returning id)
       insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       select $1, u.id, $2, 'Hjelpsom Hånd', 'Hånd', '1990-01-01', '2020-01-01', now() from u`,
      [vendor, hired.id],
    );
    await miss();
    expect(await suspended()).toHaveLength(2);
    expect(await use(hired)).toEqual(used);
  });

  test('is not undone past the review: the database holds to that', async () => {
    await miss();
    const resume = `update vendor_members set suspended_at = null where suspended_at is not null`;
    expect(await as(officer, resume)).toBe('review_completed');
    await makeManager();
    expect(await as(manager, resume)).toBe('review_completed');
    expect(
      await as(
        officer,
        `update reviews set completed_at = context_now(), completed_by = context_person(), completed_by_name = 'x'`,
      ),
    ).toBe('everything_decided');
    expect(
      await as(
        officer,
        `update vendor_members set suspended_at = context_now() where suspended_at is null and tie = 'declared'`,
      ),
    ).toBe('23514');
  });

  test('and a confirmation at the same moment: one of them is heeded', async () => {
    await world.setClock('2027-02-02T10:00:00Z');
    const [kept, gone] = await Promise.all([
      confirm(officer, members.hired),
      removeMember(deps, second.acting(VENDOR), members.other),
      follow(),
    ]);
    expect([kept.ok, gone.ok]).toEqual([true, true]);
    const row = (await decided()).length;
    expect(row).toBe(2);
  });
});
