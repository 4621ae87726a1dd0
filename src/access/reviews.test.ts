import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { act, look } from './actions.ts';
import { ok } from '../kernel/result.ts';
import en from './en.json' with { type: 'json' };
import { type AccessDeps, removeMandate } from './mandates.ts';
import { findInvitees } from './invitations.ts';
import { narrowMandate } from './narrowing.ts';
import nb from './nb.json' with { type: 'json' };
import type { Notice } from './notify.ts';
import { createAccessPages } from './pages.tsx';
import { namesOf } from './previews.ts';
import { followReviews } from './review-jobs.ts';
import { completeReview, keepMandate } from './reviews.ts';

const BUSINESS = '310000019';
const OTHER = '310000094';
const VENDOR = '310000035';
const REVIEW = `/b/${BUSINESS}/business/access/review`;

let world: SmallWorld;
let deps: AccessDeps & { dueDay: number };
let pages: PageCaller;
const notices: Notice[] = [];
let business: string;
let vendor: string;
let officer: SmallPerson;
let second: SmallPerson;
let manager: SmallPerson;
let clerk: SmallPerson;
let member: SmallPerson;
let neighbour: SmallPerson;
let mandates: { vendor: string; clerk: string; manager: string };

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
    dueDay: 31,
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  const other = await world.business(OTHER, 'NABO AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  officer = await world.person('Våken Spurv', '15819049944');
  second = await world.person('Rask Elg', '15819049945');
  manager = await world.person('Ivrig Rev', '15819049946');
  clerk = await world.person('Flittig Maur', '15819049947');
  member = await world.person('Hjelpsom Hånd', '15819049948');
  neighbour = await world.person('Nysgjerrig Nabo', '15819049949');
  await world.officer(business, officer);
  await world.officer(business, second, 'LEDE');
  await world.officer(other, neighbour);
  // The manager is employed; the clerk's tie is declared.
  await world.worker(business, await world.unit(business, '310000027'), manager);
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const follow = () => followReviews(deps);

beforeEach(async () => {
  notices.length = 0;
  await world.rows(
    `alter table review_decisions disable trigger keep; alter table reviews disable trigger keep;
     delete from review_decisions; delete from reviews; delete from mandate_right_uses; delete from mandate_versions;
     delete from mandate_assignments; delete from mandates; delete from agreements; delete from quotes;
     alter table review_decisions enable trigger keep; alter table reviews enable trigger keep;`,
  );
  await world.setClock('2027-01-02T10:00:00Z');
  mandates = {
    vendor: await world.vendorMandate(business, vendor, { officer, member }, ['orders.place', 'cards.read']),
    clerk: await world.personMandate(business, clerk, officer, ['orders.read']),
    manager: await world.personMandate(business, manager, officer, ['access.manage', 'cards.read']),
  };
  await world.rows(`update mandates set tie = 'employment', tie_reason = null where id = $1`, [
    mandates.manager,
  ]);
  await world.rows(
    `update mandates set approved_at = '2026-11-01', approved_auth_time = '2026-11-01', starts_at = '2026-11-01', ends_at = '2027-09-30'`,
  );
  await world.rows(`update quotes set valid_until = '2028-01-01'`);
  // The vendor's own review, of its members, is not what this is about.
  await world.rows(`update vendor_members set added_at = '2028-01-01'`);
  await follow();
});

/** Keeps a mandate as it stands. */
const keep = async (person: SmallPerson, id: string) =>
  keepMandate(deps, person.acting(BUSINESS), { id, version: await versionOf(id), tieConfirmed: true });
const openId = async () =>
  (
    await world.rows<{ id: string }>(
      `select id from reviews where completed_at is null and lapsed_at is null`,
    )
  )[0]?.id ?? '';
const versionOf = async (id: string) =>
  (await world.rows<{ version: number }>('select version from mandates where id = $1', [id]))[0]!.version;
const attempt = async (text: string, values: unknown[] = []) => {
  try {
    await world.rows(text, values);
    return 'done';
  } catch (error) {
    return (error as { constraint?: string }).constraint ?? String(error);
  }
};
/** A statement of a person of the business, with what the database says. */
async function as(person: SmallPerson, statement: string): Promise<string> {
  try {
    return await inTransaction(
      world.database,
      { kind: 'session', tokenHash: person.tokenHash, business: BUSINESS, writing: true },
      async ({ query }) =>
        `${String((await sql.raw(statement).execute(query)).numAffectedRows ?? 0n)} changed`,
    );
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    return constraint ?? code ?? String(error);
  }
}

describe('a review', () => {
  test('opens once a quarter, for a business with mandates from before it', async () => {
    await follow();
    expect(await world.rows(`select business_id, quarter::text, due_at from reviews`)).toEqual([
      { business_id: business, quarter: '2027-01-01', due_at: new Date('2027-01-31T23:00:00Z') },
    ]);
  });

  test('is not needed without mandates, and the page says so', async () => {
    const { status, text } = await pages.get(neighbour, `/b/${OTHER}/business/access/review`);
    expect(status).toBe(200);
    expect(text).toContain('No review is due now.');
  });

  test('lists each mandate with its use, what to confirm and what is unused', async () => {
    const { status, text } = await pages.get(officer, REVIEW);
    expect(status).toBe(200);
    for (const words of [
      'Access review, quarter 1 of 2027',
      '3 mandates are left.',
      'No right was used for 90 days; consider removing the mandate.',
      'Keep, and confirm the tie',
      '0 orders',
    ]) {
      expect(text).toContain(words);
    }
    expect((await pages.get(officer, `/b/${BUSINESS}/business/access`)).text).toContain(
      'Go through the list',
    );
  });

  test('is on the Access page with what is left, and without that where the business has many mandates', async () => {
    const list = `/b/${BUSINESS}/business/access`;
    expect((await pages.get(officer, list)).text).toContain('3 mandates are left.');
    await world.rows(
      `with people as (insert into persons (national_id_hash, national_id_encrypted, name)
         select sha256(('many ' || n)::bytea), '\\x01', 'Person ' || n from generate_series(1, 23) n returning id, name)
       insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, approved_by,
         approved_by_name, approved_at, approved_acr, approved_auth_time)
       select $1, 'person', id, name, '{cards.read}', '2026-11-01', '2027-09-30', 'employment', $2, 'x', '2026-11-01', 'high', '2026-11-01'
       from people`,
      [business, officer.id],
    );
    const { text } = await pages.get(officer, list);
    expect(text).toContain('The review says how many are left.');
    expect(text).not.toContain('mandates are left.');
    expect((await pages.get(officer, REVIEW)).text).toContain('26 mandates are left.');
  });

  test('is left and gone on with by another officer: what is decided is stored one by one', async () => {
    expect((await keep(officer, mandates.clerk)).ok).toBe(true);
    const { text } = await pages.get(second, REVIEW);
    expect(text).toContain('2 mandates are left.');
    expect(text).toContain('Decided (1)');
    const [row] = await world.rows<{ tie: Date | null }>(
      'select tie_confirmed_at as tie from mandates where id = $1',
      [mandates.clerk],
    );
    expect(row?.tie).not.toBeNull();
  });

  test('shows the later of two officers what the other did, and stores nothing of theirs', async () => {
    const [first, later] = await Promise.all([keep(officer, mandates.vendor), keep(second, mandates.vendor)]);
    expect([first.ok, later.ok].sort()).toEqual([false, true]);
    const rows = await world.rows('select id from review_decisions');
    expect(rows).toHaveLength(1);
    const again = await pages.post(second, `${REVIEW}/keep/${mandates.vendor}`, { version: '2' });
    expect(again.status).toBe(409);
    expect(again.text).toContain('Somebody has already decided on the mandate of vendor.');
    expect(again.text).toMatch(/Kept: (Våken Spurv|Rask Elg)/u);
  });

  test('asks to look again when the mandate was changed meanwhile, or the form is forged', async () => {
    for (const fields of [{ version: '7' }, { version: 'x' }, {}] as Record<string, string>[]) {
      const answer = await pages.post(officer, `${REVIEW}/keep/${mandates.vendor}`, fields);
      expect(answer.status).toBe(409);
      expect(answer.text).toContain('has been changed since the page was drawn');
    }
    expect((await pages.post(officer, `${REVIEW}/keep/nonsense`, { version: '1' })).status).toBe(404);
  });

  test('takes a narrowing and a removal, from wherever they are made, as decisions', async () => {
    const narrowed = await narrowMandate(deps, officer.acting(BUSINESS), {
      id: mandates.vendor,
      version: await versionOf(mandates.vendor),
      narrowing: {
        rights: ['orders.place'],
        units: null,
        workers: null,
        lastDay: '2027-03-01' as never,
        limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
        reason: 'Unused',
      },
    });
    expect(narrowed.ok).toBe(true);
    expect((await removeMandate(deps, second.acting(BUSINESS), mandates.clerk)).ok).toBe(true);
    expect(
      await world.rows(
        `select decision, decided_by_name as by, mandate_version as version, unused::text[] from review_decisions order by id`,
      ),
    ).toEqual([
      { decision: 'narrow', by: 'Våken Spurv', version: 3, unused: ['orders.place', 'cards.read'] },
      { decision: 'remove', by: 'Rask Elg', version: 3, unused: ['orders.read'] },
    ]);
  });

  test('lets someone with access.manage keep what they could give, but not their own, a declared tie, or more', async () => {
    expect(await keep(manager, mandates.manager)).toMatchObject({
      ok: false,
      error: { reason: 'officers-only' },
    });
    expect(await keep(manager, mandates.clerk)).toMatchObject({
      ok: false,
      error: { reason: 'officers-only' },
    });
    expect(await keep(manager, mandates.vendor)).toMatchObject({
      ok: false,
      error: { reason: 'officers-only' },
    });
    await world.rows(`update mandates set rights = '{cards.read}' where id = $1`, [mandates.vendor]);
    expect((await keep(manager, mandates.vendor)).ok).toBe(true);
    const refused = await world.rows(
      `select count(*)::int as n from audit_entries where action = 'review.decided' and rule = 'officers-only'`,
    );
    expect(refused).toEqual([{ n: 3 }]);
  });

  test('is nothing to anybody else', async () => {
    for (const [person, status] of [
      [member, 404],
      [neighbour, 404],
      [clerk, 403],
    ] as const) {
      expect((await pages.get(person, REVIEW)).status).toBe(status);
      expect((await pages.post(person, `${REVIEW}/keep/${mandates.vendor}`, { version: '1' })).status).toBe(
        status,
      );
      expect((await pages.post(person, `${REVIEW}/complete`, {})).status).toBe(status);
    }
  });
});

describe('completing a review', () => {
  const all = async (person: SmallPerson) => {
    for (const id of Object.values(mandates)) expect((await keep(person, id)).ok).toBe(true);
  };

  test('waits until everything is decided, and is for officers', async () => {
    expect(await completeReview(deps, officer.acting(BUSINESS))).toEqual({ ok: false, error: 'undecided' });
    await all(officer);
    expect(await completeReview(deps, manager.acting(BUSINESS))).toEqual({
      ok: false,
      error: 'officers-only',
    });
    const page = await pages.get(manager, `${REVIEW}/complete`);
    expect(page.text).toContain('Only an officer of the business completes a review.');
  });

  test('gives a record with who decided what and when, also as a file', async () => {
    await all(officer);
    const sent = await pages.post(officer, `${REVIEW}/complete`, {});
    expect(sent.status).toBe(303);
    const record = sent.location!.split('?')[0]!;
    const { text } = await pages.get(second, record);
    for (const words of [
      'Completed',
      'Våken Spurv',
      'Flittig Maur',
      'Kept',
      'The tie was confirmed.',
      BUSINESS,
    ]) {
      expect(text).toContain(words);
    }
    const file = await pages.post(officer, `${record}/export`, {});
    expect(file.text.split('\r\n')).toHaveLength(5);
    expect(file.text).toContain('"Flittig Maur"');
    expect((await pages.get(neighbour, record)).status).toBe(404);
    expect((await pages.get(neighbour, record.replace(BUSINESS, OTHER))).status).toBe(404);
    expect((await pages.get(officer, REVIEW)).text).toContain('Earlier reviews');
    expect((await pages.post(officer, `${REVIEW}/complete`, {})).status).toBe(409);
    const audited = await world.rows(
      `select action, changes - 'detailHash' as changes from audit_entries where decision = 'allowed' and action in ('review.completed', 'review.exported')`,
    );
    expect(audited).toEqual([
      { action: 'review.completed', changes: { keep: 3, narrow: 0, remove: 0, resumed: 0 } },
      { action: 'review.exported', changes: {} },
    ]);
  });

  test('leaves nothing that can be changed, by anyone', async () => {
    await all(officer);
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
    for (const statement of [
      `update review_decisions set decision = 'remove'`,
      'delete from review_decisions',
      `update reviews set completed_by_name = 'Someone else'`,
      'delete from reviews',
    ]) {
      expect(await attempt(statement)).toBe('settled');
    }
    expect(
      await as(
        officer,
        `insert into review_decisions (review_id, business_id, mandate_id, decision, mandate_version, tie_confirmed, orders, cards, ore,
           unused, decided_at, decided_by, decided_by_name)
         select r.id, r.business_id, '${mandates.vendor}', 'keep', 1, false, 0, 0, 0, '{}', context_now(), context_person(), 'x' from reviews r`,
      ),
    ).toBe('open_review');
  });
});

describe('silence', () => {
  const suspended = async () =>
    (
      await world.rows<{ holder_name: string; suspended_reason: string }>(
        `select holder_name, suspended_reason from mandates where suspended_at is not null order by holder_name collate "C"`,
      )
    ).map(({ holder_name, suspended_reason }) => `${holder_name}: ${suspended_reason}`);
  const use = () =>
    act(
      world.database,
      member.acting(BUSINESS, VENDOR),
      { right: 'cards.read', action: 'test' },
      async (permitted) => {
        await permitted.audit();
        return ok(null);
      },
    );

  test('is reminded of 14 and 3 days before, once each, to the officers', async () => {
    const sent = () => notices.filter(({ template }) => template === 'access:notice.reviewDue').length;
    await world.setClock('2027-01-16T22:59:00Z');
    await follow();
    expect(sent()).toBe(0);
    await world.setClock('2027-01-16T23:01:00Z');
    await Promise.all([follow(), follow()]);
    expect(sent()).toBe(1);
    await world.setClock('2027-01-28T10:00:00Z');
    await follow();
    await follow();
    expect(sent()).toBe(2);
    expect(notices[0]).toMatchObject({
      businessId: business,
      audience: 'officers',
      parameters: { lastDay: '31.01.2027', quarter: '1', link: `https://kortvakt.test${REVIEW}` },
    });
    expect(await suspended()).toEqual([]);
  });

  test("suspends vendors' mandates that nobody decided on and declared ties, from the moment it is due, and no others", async () => {
    await world.setClock('2027-01-31T22:59:00Z');
    await follow();
    expect((await use()).ok).toBe(true);
    await world.setClock('2027-01-31T23:00:01Z');
    await follow();
    expect(await suspended()).toEqual(['Flittig Maur: review', 'vendor: review']);
    expect(await use()).toEqual({ ok: false, error: { kind: 'refused', refusal: 'review-missed' } });
    await follow();
    const told = notices.map(({ template }) => template.split('.')[1]);
    expect(told.filter((template) => template === 'reviewMissed')).toHaveLength(1);
    expect((await pages.get(officer, REVIEW)).text).toContain(
      '2 mandates are suspended until the review is completed.',
    );
    const [last] = await world.rows(
      `select change, suspended_reason, changed_by from mandate_versions where mandate_id = $1 order by version desc limit 1`,
      [mandates.vendor],
    );
    expect(last).toEqual({ change: 'suspended', suspended_reason: 'review', changed_by: null });
  });

  test('does not suspend what was decided in time, though nobody completed the review', async () => {
    await keep(officer, mandates.vendor);
    await keep(officer, mandates.clerk);
    await world.setClock('2027-02-02T10:00:00Z');
    await follow();
    expect(await suspended()).toEqual([]);
  });

  test('is made good by completing the review, with a fresh login', async () => {
    await world.setClock('2027-02-02T10:00:00Z');
    await follow();
    for (const id of Object.values(mandates)) {
      expect((await keep(officer, id)).ok).toBe(true);
    }
    expect(await suspended()).toEqual(['Flittig Maur: review', 'vendor: review']);
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    expect(await completeReview(deps, officer.acting(BUSINESS))).toEqual({ ok: false, error: 'step-up' });
    const page = await pages.get(officer, `${REVIEW}/complete`);
    expect(page.text).toContain('Log in again');
    expect((await use()).ok).toBe(false);
    await world.rows(`update sessions set auth_time = clock_now() - interval '1 minute'`);
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
    expect(await suspended()).toEqual([]);
    expect((await use()).ok).toBe(true);
  });

  test('is not undone past the review: the database holds to that', async () => {
    await world.setClock('2027-02-02T10:00:00Z');
    await follow();
    const resume = `update mandates set suspended_at = null, suspended_reason = null where id = '${mandates.vendor}'`;
    expect(await as(officer, resume)).toBe('review_completed');
    expect(await as(manager, resume)).toBe('review_completed');
    const complete = `update reviews set completed_at = context_now(), completed_by = context_person(), completed_by_name = 'x'`;
    expect(await as(officer, complete)).toBe('everything_decided');
    expect(await as(manager, complete)).toBe('0 changed');
    expect(await as(officer, `update reviews set due_at = due_at + interval '1 year'`)).toBe('42501');
    expect(await as(officer, `update reviews set missed_at = null`)).toBe('23514');
    expect(
      await as(
        officer,
        `update mandates set suspended_at = context_now(), suspended_reason = 'review' where suspended_at is null`,
      ),
    ).toBe('23514');
  });

  test('until the next quarter ends the review, and the next one gives back', async () => {
    await world.setClock('2027-04-02T10:00:00Z');
    await follow();
    expect(
      await world.rows(
        `select quarter::text, lapsed_at is not null as lapsed, due_at from reviews order by quarter`,
      ),
    ).toEqual([
      { quarter: '2027-01-01', lapsed: true, due_at: new Date('2027-01-31T23:00:00Z') },
      { quarter: '2027-04-01', lapsed: false, due_at: new Date('2027-05-01T22:00:00Z') },
    ]);
    expect(await openId()).not.toBe('');
  });

  test('waits for what runs under the mandate, and an answer at the same time is heeded or comes too late', async () => {
    await world.setClock('2027-02-02T10:00:00Z');
    const [kept] = await Promise.all([keep(officer, mandates.vendor), follow()]);
    const decided = await world.rows('select id from review_decisions');
    const state = (await suspended()).filter((line) => line.startsWith('vendor'));
    expect([kept.ok, decided.length, state.length]).toEqual(kept.ok ? [true, 1, 0] : [false, 0, 1]);
  });
});

describe('a declared tie', () => {
  const read = () =>
    look(world.database, clerk.acting(BUSINESS), { right: 'orders.read', action: 'test' }, () =>
      Promise.resolve('read'),
    );
  const shorten = async (by: SmallPerson, lastDay: string) =>
    narrowMandate(deps, by.acting(BUSINESS), {
      id: mandates.clerk,
      version: await versionOf(mandates.clerk),
      narrowing: {
        rights: ['orders.read'],
        units: null,
        workers: null,
        lastDay: lastDay as never,
        limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
        reason: 'Only until then',
      },
    });
  const others = async () => {
    for (const id of [mandates.vendor, mandates.manager]) expect((await keep(officer, id)).ok).toBe(true);
  };
  const refused = { ok: false, error: { kind: 'refused', refusal: 'review-missed' } };

  test('holds no longer when no officer stood by it in time, and again when the review is completed', async () => {
    await others();
    expect((await read()).ok).toBe(true);
    await world.setClock('2027-01-31T23:00:01Z');
    await follow();
    expect(await read()).toEqual(refused);
    const mandatePage = await pages.get(officer, `/b/${BUSINESS}/business/access/mandates/${mandates.clerk}`);
    expect(mandatePage.text).toContain('Suspended: the access review was not answered in time.');
    expect(mandatePage.text).toMatch(/Suspended<.*>The access review was not answered in time\./u);
    expect((await pages.get(officer, `/b/${BUSINESS}/business/access`)).text).toContain(
      '1 mandate is suspended until the review is completed.',
    );
    expect((await keep(officer, mandates.clerk)).ok).toBe(true);
    expect(await read()).toEqual(refused);
    const page = await pages.get(officer, `${REVIEW}/complete`);
    expect(page.text).toContain('1 mandate that was suspended holds again.');
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
    expect((await read()).ok).toBe(true);
    const after = await pages.get(officer, `/b/${BUSINESS}/business/access/mandates/${mandates.clerk}`);
    expect(after.text).toMatch(/Declared tie: accountant<p>Confirmed <time[^>]*>1 Feb 2027/u);
  });

  test('stays suspended through the next review, until that is completed', async () => {
    await world.setClock('2027-02-02T10:00:00Z');
    await follow();
    await world.setClock('2027-04-02T10:00:00Z');
    await follow();
    expect(await read()).toEqual(refused);
    await others();
    expect((await keep(officer, mandates.clerk)).ok).toBe(true);
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
    expect((await read()).ok).toBe(true);
  });

  test('is over with the mandate: one that has run out is not counted as suspended, and needs no fresh login', async () => {
    await others();
    await world.rows(`update mandates set ends_at = '2027-02-10' where id = $1`, [mandates.clerk]);
    await world.setClock('2027-02-02T10:00:00Z');
    await follow();
    await world.setClock('2027-02-11T10:00:00Z');
    expect((await pages.get(officer, REVIEW)).text).not.toContain('suspended until');
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    expect((await pages.get(officer, `${REVIEW}/complete`)).text).not.toContain('holds again');
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
    const [row] = await world.rows('select suspended_reason as why from mandates where id = $1', [
      mandates.clerk,
    ]);
    expect(row).toEqual({ why: 'review' });
  });

  test('is not answered for by keeping the mandate without saying that the tie holds', async () => {
    await others();
    const version = String(await versionOf(mandates.clerk));
    const answer = await pages.post(officer, `${REVIEW}/keep/${mandates.clerk}`, { version });
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('The tie has to be confirmed too');
    expect(answer.text).toContain('1 mandate is left.');
    expect(
      await as(
        officer,
        `insert into review_decisions (review_id, business_id, mandate_id, decision, mandate_version, tie_confirmed, orders, cards, ore,
           unused, decided_at, decided_by, decided_by_name)
         select r.id, r.business_id, '${mandates.clerk}', 'keep', 1, false, 0, 0, 0, '{}', context_now(), context_person(), 'x' from reviews r`,
      ),
    ).toBe('1 changed');
    expect(
      await as(
        officer,
        `update reviews set completed_at = context_now(), completed_by = context_person(), completed_by_name = 'x'`,
      ),
    ).toBe('everything_decided');
    expect(await completeReview(deps, officer.acting(BUSINESS))).toEqual({ ok: false, error: 'undecided' });
    const kept = await pages.post(officer, `${REVIEW}/keep/${mandates.clerk}`, { version, tie: 'confirmed' });
    expect(kept.status).toBe(303);
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
  });

  test('is not answered for by narrowing, which an officer need not do, and is by removing', async () => {
    expect((await shorten(officer, '2027-08-31')).ok).toBe(true);
    const { text } = await pages.get(officer, REVIEW);
    expect(text).toContain('3 mandates are left.');
    expect(text).toContain('Narrowing alone is no answer.');
    expect(text).toContain('Decided (1)');
    await world.setClock('2027-01-31T23:00:01Z');
    await follow();
    expect(await read()).toEqual(refused);
    await others();
    expect((await removeMandate(deps, officer.acting(BUSINESS), mandates.clerk)).ok).toBe(true);
    expect((await completeReview(deps, officer.acting(BUSINESS))).ok).toBe(true);
  });

  test.each(['before', 'after'])('is confirmed %s a narrowing, and the record names both', async (order) => {
    await others();
    if (order === 'after') expect((await shorten(second, '2027-08-31')).ok).toBe(true);
    expect((await keep(officer, mandates.clerk)).ok).toBe(true);
    if (order === 'before') expect((await shorten(second, '2027-08-31')).ok).toBe(true);
    const late = await pages.post(second, `${REVIEW}/keep/${mandates.clerk}`, {
      version: '1',
      tie: 'confirmed',
    });
    expect(late.text).toMatch(/Narrowed: Rask Elg.*The tie was confirmed by Våken Spurv\./u);
    const completed = await completeReview(deps, officer.acting(BUSINESS));
    expect(completed.ok).toBe(true);
    const reviewId = completed.ok ? completed.value.reviewId : '';
    const { text } = await pages.get(officer, `/b/${BUSINESS}/business/access/reviews/${reviewId}`);
    expect(text).toMatch(/Narrowed<\/strong><p>The tie was confirmed by Våken Spurv\.<\/p><p>Rask Elg/u);
    const file = await pages.post(officer, `/b/${BUSINESS}/business/access/reviews/${reviewId}/export`, {});
    expect(file.text).toMatch(/"Flittig Maur".*Narrowed.*Rask Elg.*Våken Spurv/u);
    expect(
      await world.rows(
        `select changes - 'detailHash' as changes from audit_entries where action = 'review.completed' order by id desc limit 1`,
      ),
    ).toEqual([{ changes: { keep: 2, narrow: 1, remove: 0, resumed: 0 } }]);
  });

  test('is confirmed by nothing but keeping, in the database too', async () => {
    expect(
      await as(
        manager,
        `insert into review_decisions (review_id, business_id, mandate_id, decision, mandate_version, tie_confirmed, orders, cards, ore,
           unused, decided_at, decided_by, decided_by_name)
         select r.id, r.business_id, '${mandates.clerk}', 'narrow', 1, true, 0, 0, 0, '{}', context_now(), context_person(), 'x' from reviews r`,
      ),
    ).toBe('a_tie_is_confirmed_by_keeping');
  });

  test.each([
    ['en', en.notice, 'declared tie'],
    ['nb', nb.notice, 'oppgitte tilknytningen'],
  ])('is named in the letters about the review (%s)', (_language, { reviewDue, reviewMissed }, words) => {
    expect(reviewDue.body).toContain(words);
    expect(reviewMissed.body).toContain(words);
  });
});

describe('the rights that are used', () => {
  const uses = () =>
    world.rows(
      `select used_right as right, last_on::text as "on" from mandate_right_uses order by used_right`,
    );
  const see = (right: 'cards.read' | 'orders.place', more: object = {}) =>
    look(world.database, member.acting(BUSINESS, VENDOR), { right, action: 'test', ...more }, (permitted) => {
      permitted.decide('orders.place');
      return Promise.resolve();
    });

  test('are noted by day, also for reading, and not those that were only asked about', async () => {
    await see('cards.read');
    await see('cards.read');
    expect(await uses()).toEqual([{ right: 'cards.read', on: '2027-01-02' }]);
    await world.setClock('2027-01-05T23:30:00Z');
    await see('cards.read');
    await see('orders.place', { besides: ['cards.read'] });
    expect(await uses()).toEqual([
      { right: 'cards.read', on: '2027-01-06' },
      { right: 'orders.place', on: '2027-01-06' },
    ]);
    const { text } = await pages.get(officer, REVIEW);
    expect(text).not.toContain('without=cards.read');
  });

  test('are noted where a page shows names of workers, and not where it only may', async () => {
    const rights = ['access.manage', 'workers.read'];
    await world.rows('update mandates set rights = $1 where id = $2', [rights, mandates.manager]);
    const acting = manager.acting(BUSINESS);
    const names = (workers: readonly string[]) =>
      look(world.database, acting, { right: 'access.manage', action: 'test' }, (permitted) =>
        namesOf(permitted, [{ units: null, workers }]),
      );
    expect((await findInvitees(deps, acting, '')).ok).toBe(true);
    expect((await names([])).ok).toBe(true);
    expect(await uses()).toEqual([{ right: 'access.manage', on: '2027-01-02' }]);
    expect((await findInvitees(deps, acting, 'Rev')).ok).toBe(true);
    expect(await uses()).toEqual(rights.map((right) => ({ right, on: '2027-01-02' })));
    await world.setClock('2027-01-03T10:00:00Z');
    expect((await names([manager.id])).ok).toBe(true);
    expect(await uses()).toEqual(rights.map((right) => ({ right, on: '2027-01-03' })));
  });

  test('are noted for none but the asker, and not when what was done is undone', async () => {
    await act(world.database, member.acting(BUSINESS, VENDOR), { right: 'cards.read', action: 'test' }, () =>
      Promise.resolve({ ok: false, error: 'no' } as const),
    );
    expect(await uses()).toEqual([]);
    expect(
      await as(
        clerk,
        `insert into mandate_right_uses (mandate_id, business_id, used_right, last_on) values ('${mandates.vendor}', '${business}', 'cards.read', '2027-01-01')`,
      ),
    ).toBe('42501');
    await as(clerk, `select note_rights_used('{cards.read,orders.read}')`);
    expect(await uses()).toEqual([{ right: 'orders.read', on: '2027-01-02' }]);
    expect(await as(clerk, `select * from mandate_right_uses`)).toBe('0 changed');
  });
});
