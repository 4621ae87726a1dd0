import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { valueOf } from '../../tests/support/steps.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import { ok } from '../kernel/result.ts';
import { act, type Permitted } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { createInvitationPages } from './invitation-pages.tsx';
import { type AccessDeps, removeMandate } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import type { Notice } from './notify.ts';
import { createAccessPages } from './pages.tsx';
import { type Cut, listMandates } from './records.ts';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const LIST = `/b/${BUSINESS}/business/access`;

let world: SmallWorld;
let deps: AccessDeps;
let pages: PageCaller;
const notices: Notice[] = [];
let business: string;
let unit: string;
let officer: SmallPerson;
let worker: SmallPerson;
let workerId: string;
let outsider: SmallPerson;
let vendorPerson: SmallPerson;

const form = {
  rights: ['orders.place', 'cards.read'],
  scope: 'all',
  lastDay: addDays(osloToday(new Date()), 30),
  purpose: 'Cards for the crew',
};

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  const vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  unit = await world.unit(business, '310000027');
  officer = await world.person('Våken Spurv', '15819049944');
  worker = await world.person('Flittig Maur', '15819049945');
  outsider = await world.person('Frem Med', '15819049946');
  vendorPerson = await world.person('Rask Gaupe', '15819049947');
  await world.officer(business, officer);
  await world.officer(vendor, vendorPerson);
  await world.rows(
    `insert into vendor_profiles values ($1, 9900, '1', sha256('agreement'::bytea), $2, 'Rask Gaupe', now())`,
    [vendor, vendorPerson.id],
  );
  workerId = await world.worker(business, unit, worker);
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
    app.route('/invitations', createInvitationPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null`);
  await world.rows(
    `update invitations set settled_at = now(), outcome = 'withdrawn' where settled_at is null`,
  );
  await world.rows(`update sessions set auth_time = now()`);
});

/** Fills in, previews and sends; returns the path of the link that was mailed. */
async function invite(fields: Record<string, string | string[]>): Promise<string> {
  const sent = await pages.post(officer, `${LIST}/people/invite`, { ...form, ...fields });
  expect(sent.status).toBe(303);
  const preview = await pages.get(officer, sent.location!);
  expect(preview.text).toContain('will be able to');
  expect((await pages.post(officer, sent.location!, {})).status).toBe(303);
  expect((await pages.post(officer, sent.location!, {})).status).toBe(409);
  const notice = notices.find(({ template }) => template === 'access:notice.invitation');
  return new URL(notice!.secrets!['link']!).pathname;
}

async function openInvitation(): Promise<string> {
  const [row] = await world.rows<{ id: string }>('select id from invitations where settled_at is null');
  return row!.id;
}

const mandates = () =>
  world.rows<{ id: string; tie: string; holder_name: string }>(
    'select id, tie, holder_name from mandates where ended_at is null',
  );

describe('a mandate to a person', () => {
  test('starts with a link, is answered with a login, and is confirmed by the business', async () => {
    const link = await invite({ worker: workerId, email: 'maur@firma.test' });
    const before = await pages.get(undefined, link);
    expect(before.text).toContain('Våken Spurv at BLÅ HAMMER AS');
    expect(before.text).toContain(`/login?return=${encodeURIComponent(link)}`);
    expect((await pages.post(outsider, link, {})).text).toContain('The invitation is for someone else');
    const answered = await pages.post(worker, link, {});
    expect(answered.status).toBe(200);
    expect(answered.text).toContain('now has to confirm that it is you');
    expect(await mandates()).toEqual([]);
    const list = await pages.get(officer, LIST);
    expect(list.text).toContain('Flittig Maur (verified with ID-porten)');
    const id = await openInvitation();
    const page = await pages.get(officer, `${LIST}/invitations/${id}`);
    const shown = /name="shown" value="([^"]+)"/u.exec(page.text)?.[1] ?? '';
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    const stale = await pages.post(officer, `${LIST}/invitations/${id}`, { shown });
    expect(stale.location).toContain('/login/step-up');
    await world.rows(`update sessions set auth_time = now()`);
    expect((await pages.post(officer, `${LIST}/invitations/${id}`, { shown })).status).toBe(303);
    expect((await pages.post(officer, `${LIST}/invitations/${id}`, { shown })).status).toBe(409);
    expect(await mandates()).toMatchObject([{ tie: 'employment', holder_name: 'Flittig Maur' }]);
    expect(notices.map(({ template }) => template)).toEqual([
      'access:notice.invitation',
      'access:notice.given',
      'access:notice.givenYours',
    ]);
    expect((await pages.get(undefined, link)).status).toBe(410);
  });

  test('to someone who is not employed says why, and only officers answer for it', async () => {
    const missing = await pages.post(officer, `${LIST}/people/invite`, {
      ...form,
      name: 'Frem Med',
      email: 'frem@regnskap.test',
    });
    expect(missing.status).toBe(422);
    const link = await invite({ name: 'Frem Med', email: 'frem@regnskap.test', tieReason: 'Our accountant' });
    expect((await pages.post(outsider, link, {})).status).toBe(200);
    expect((await pages.post(worker, link, {})).text).toContain('no longer holds');
    const manager = await world.person('Ivrig Rev', '15819049948');
    await world.personMandate(business, manager, officer, ['access.manage', 'cards.read']);
    const id = await openInvitation();
    const confirmed = await pages.post(manager, `${LIST}/invitations/${id}`, { shown: 'none' });
    expect(confirmed.status).toBe(409);
    const chosen = await pages.get(manager, `${LIST}/people`);
    expect(chosen.text).toContain('Only officers can invite someone who is not employed');
  });

  test('is refused to someone of a vendor, with the offer of a mandate for the vendor', async () => {
    const link = await invite({ name: 'Rask Gaupe', email: 'rask@vendor.test', tieReason: 'Helps us' });
    const refused = await pages.post(vendorPerson, link, {});
    expect(refused.text).toContain('You belong to a vendor');
    const list = await pages.get(officer, LIST);
    expect(list.text).toContain(`${LIST}/vendors/${VENDOR}`);
    expect(await mandates()).toEqual([]);
  });

  test('cannot be answered when withdrawn or expired', async () => {
    const withdrawn = await invite({ worker: workerId, email: 'maur@firma.test' });
    const path = `${LIST}/invitations/${await openInvitation()}/withdraw`;
    expect((await pages.post(officer, path, {})).status).toBe(303);
    expect((await pages.post(officer, path, {})).status).toBe(409);
    expect((await pages.post(worker, withdrawn, {})).status).toBe(410);
    notices.length = 0;
    const expired = await invite({ worker: workerId, email: 'maur@firma.test' });
    await world.rows(`update invitations set expires_at = clock_now() where settled_at is null`);
    expect((await pages.post(worker, expired, {})).text).toContain('The invitation has expired');
    expect((await pages.get(worker, '/invitations/unknown')).status).toBe(404);
  });

  test('is not sent for a worker of another business, oneself, an unknown right or a foreign unit', async () => {
    const post = (fields: Record<string, string | string[]>) =>
      pages.post(officer, `${LIST}/people/invite`, { ...form, email: 'a@b.test', ...fields });
    expect((await post({ worker: business })).status).toBe(404);
    const own = await world.worker(business, unit, officer);
    expect((await post({ worker: own })).text).toContain('You cannot give yourself a mandate');
    expect((await post({ worker: workerId, rights: 'agreements.sign' })).text).toContain(
      'can never be given',
    );
    expect((await post({ worker: workerId, rights: 'everything' })).status).toBe(422);
    expect((await post({ worker: workerId, scope: 'some', units: business })).text).toContain(
      'does not belong to the business',
    );
    expect(await world.rows('select from invitations where settled_at is null')).toEqual([]);
  });
});

describe('the list', () => {
  const fiveHundredMandates = () =>
    world.rows(
      `with p as (insert into persons (national_id_hash, national_id_encrypted, name)
         select sha256(gen_random_uuid()::text::bytea), '', 'Person ' || n from generate_series(1, 500) n returning id, name)
       insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, tie_reason,
         approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
       select $1, 'person', p.id, p.name, '{cards.read}', now(), now() + interval '30 days', 'declared', 'x', $2, 'V', now(),
         'high', now() from p`,
      [business, officer.id],
    );

  test('shows officers with where they are changed, and finds five hundred mandates a page at a time', async () => {
    await fiveHundredMandates();
    const first = await pages.get(officer, LIST);
    expect(first.text).toContain('General manager');
    expect(first.text).toContain('Brønnøysund');
    expect(first.text.match(/\/remove"/gu)).toHaveLength(15);
    const found = await pages.search(officer, LIST, 'person 499');
    expect(found.text.match(/\/remove"/gu)).toHaveLength(1);
    for (const pattern of ['%', '_', '\\']) {
      expect((await pages.search(officer, LIST, pattern)).text.match(/\/remove"/gu)).toBeNull();
    }
  });

  test('leads through all its pages and back, each mandate once, whatever ends meanwhile', async () => {
    await fiveHundredMandates();
    const namesOn = (html: string) => [...html.matchAll(/Person \d+/gu)].map(([name]) => name);
    const links = (html: string) => ({
      previous: /href="([^"]*before=[^"]*)"/u.exec(html)?.[1],
      next: /href="([^"]*after=[^"]*)"/u.exec(html)?.[1],
    });
    const seen: string[][] = [];
    let address: string | undefined = LIST;
    let last = '';
    while (address !== undefined) {
      const { text } = await pages.get(officer, address);
      seen.push([...new Set(namesOn(text))]);
      [last, address] = [address, links(text).next];
    }
    expect(seen.flat()).toHaveLength(500);
    expect(seen.flat()).toEqual([...new Set(seen.flat())].sort());
    // And back again from the last page, whose first mandate has been removed by somebody else.
    const { previous } = links((await pages.get(officer, last)).text);
    const id = /before=([0-9a-f-]+)/u.exec(previous ?? '')?.[1];
    const removed = (
      await world.rows<{ name: string }>(
        `update mandates set ended_at = now(), end_reason = 'removed' where id = $1 returning holder_name as name`,
        [id],
      )
    ).map(({ name }) => name);
    const back = await pages.get(officer, previous ?? '');
    expect([...new Set(namesOn(back.text))]).toEqual(seen.at(-2));
    // What is no id of a mandate begins at the start, or backwards at the end.
    for (const query of ['after=x', `after=${randomUUID()}`]) {
      const start = await pages.get(officer, `${LIST}?${query}`);
      expect([...new Set(namesOn(start.text))]).toEqual(seen[0]);
    }
    const end = await pages.get(officer, `${LIST}?before=${randomUUID()}`);
    expect([...new Set(namesOn(end.text))]).toEqual(
      seen
        .flat()
        .filter((name) => !removed.includes(name))
        .slice(-15),
    );
  });

  test('reads as many rows for a page in the middle, and for the one before it, as for the first', async () => {
    await fiveHundredMandates();
    await world.rows('analyze mandates');
    const [middle] = await world.rows<{ id: string }>(
      'select id from mandates where ended_at is null order by list_key, id offset 250 limit 1',
    );
    const read = async ({ query }: Permitted) => {
      const { rows } = await sql<{ read: number }>`select idx_tup_fetch::int + seq_tup_read::int as read
        from pg_stat_xact_user_tables where relname = 'mandates'`.execute(query);
      return rows[0]?.read ?? 0;
    };
    const rowsReadFor = async (cut: Cut) => {
      const counted = await act(
        world.database,
        officer.acting(BUSINESS),
        { right: 'access.manage', action: 'test' },
        async (permitted) => {
          // Five hundred rows are few enough to read and sort: here as where there are more.
          await sql`set local enable_seqscan = off`.execute(permitted.query);
          await sql`set local enable_sort = off`.execute(permitted.query);
          const before = await read(permitted);
          expect((await listMandates(permitted, { search: '', ...cut })).rows).toHaveLength(15);
          await permitted.audit();
          return ok((await read(permitted)) - before);
        },
      );
      return valueOf(counted);
    };
    const first = await rowsReadFor({});
    // One row more: that of the mandate which the page is beside.
    const id = middle?.id ?? '';
    expect([await rowsReadFor({ after: id }), await rowsReadFor({ before: id })]).toEqual([
      first + 1,
      first + 1,
    ]);
  });

  test('says why a mandate is not in force, and is closed to those who may not manage access', async () => {
    await world.personMandate(business, outsider, officer, ['cards.read']);
    await world.rows('update mandates set suspended_at = now() where ended_at is null');
    expect((await pages.get(officer, LIST)).text).toContain('The mandate is suspended.');
    await world.rows('update mandates set suspended_at = null where ended_at is null');
    expect((await pages.get(outsider, LIST)).status).toBe(403);
    expect((await pages.get(vendorPerson, LIST)).status).toBe(404);
  });
});

describe('a removal', () => {
  const use = (person: SmallPerson) =>
    act(
      world.database,
      person.acting(BUSINESS),
      { right: 'cards.read', action: 'test' },
      async (permitted) => {
        await permitted.audit();
        return ok(null);
      },
    );

  test('stops the next request, says so the second time, and leaves an audit entry', async () => {
    const id = await world.personMandate(business, outsider, officer, ['cards.read']);
    expect((await use(outsider)).ok).toBe(true);
    const removed = await removeMandate(deps, officer.acting(BUSINESS), id);
    expect(removed).toEqual({ ok: true, value: { holder: 'person', holderName: 'Frem Med' } });
    expect(await use(outsider)).toMatchObject({ error: { kind: 'refused', refusal: 'mandate-ended' } });
    const again = await removeMandate(deps, officer.acting(BUSINESS), id);
    expect(again).toEqual({ ok: false, error: 'already-ended' });
    expect(await removeMandate(deps, officer.acting(BUSINESS), 'x')).toEqual({ ok: false, error: 'unknown' });
    const audit = await world.rows(
      `select action, decision from audit_entries where subject_id = $1 order by id`,
      [id],
    );
    expect(audit).toEqual([{ action: 'mandate.remove', decision: 'allowed' }]);
  });

  test('of each other by two people at once leaves at least one gone, and both answered', async () => {
    const first = await world.personMandate(business, outsider, officer, ['access.manage', 'cards.read']);
    const second = await world.personMandate(business, worker, officer, ['access.manage', 'cards.read']);
    const answers = await Promise.all([
      removeMandate(deps, outsider.acting(BUSINESS), second),
      removeMandate(deps, worker.acting(BUSINESS), first),
    ]);
    expect(answers.some((answer) => answer.ok)).toBe(true);
    expect((await mandates()).length).toBeLessThan(2);
  });

  test('by someone who manages access in one unit does not reach beyond it', async () => {
    const manager = await world.person('Lokal Rype', '15819049949');
    const own = await world.personMandate(business, manager, officer, ['access.manage', 'cards.read']);
    await world.rows('update mandates set units = $2 where id = $1', [own, [unit]]);
    const other = await world.unit(business, '310000051');
    const whole = await world.personMandate(business, outsider, officer, ['cards.read']);
    const refused = await removeMandate(deps, manager.acting(BUSINESS), whole);
    expect(refused).toMatchObject({ error: { kind: 'refused', refusal: 'other-unit' } });
    await world.rows('update mandates set units = $2 where id = $1', [whole, [unit]]);
    expect((await removeMandate(deps, manager.acting(BUSINESS), whole)).ok).toBe(true);
    await world.rows('delete from units where id = $1', [other]);
  });
});
