import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { inTransaction } from '../database/transaction.ts';
import { createUseNoter } from './devices.ts';
import { forgetLogins, type LoginWatchDeps, watchDeeds, watchLogins } from './login-watch.ts';
import type { Notice } from './notify.ts';
import { openSignals } from './signal-records.ts';
import { answerSignal } from './signals.ts';

let fixtures: Fixtures;
let deps: LoginWatchDeps;
let note: ReturnType<typeof createUseNoter>;
const notices: Notice[] = [];
let officer: FixturePerson;
let colleague: FixturePerson;
let member: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let mandateId: string;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  deps = {
    database: fixtures.database,
    notify: keepIn(notices),
    limits: { businessesPerDay: 3, mandatesPerPerson: 3, cardsAtNight: 2 },
  };
  note = createUseNoter(deps);
  officer = await fixtures.person('Dag Leder');
  colleague = await fixtures.person('Siv Styreleder');
  member = await fixtures.person('Kari Leverandør');
  business = await fixtures.business();
  vendor = await fixtures.business();
  await fixtures.officer(business, officer);
  await fixtures.officer(business, colleague, { role_code: 'LEDE' });
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  const people = { by: officer, vendorOfficer: officer, member };
  ({ id: mandateId } = await fixtures.vendorMandate(business, vendor, people, ['orders.place']));
}, 60_000);
afterAll(() => fixtures.stop());
beforeEach(async () => {
  notices.length = 0;
  await fixtures.rows('delete from signals');
  await fixtures.rows('delete from session_uses');
  await fixtures.rows('delete from freezes');
  await fixtures.rows(
    `update sessions set ended_at = now(), end_reason = 'logged-out' where device_id is not null`,
  );
  await fixtures.rows(`update orders set placed_at = now() - interval '9 days'`);
  await fixtures.rows(
    `update mandates set ended_at = now(), end_reason = 'removed' where holder = 'person' and ended_at is null`,
  );
});

/** The person logs in from a browser on a network, as `session_create` stores it. */
async function logIn(person: FixturePerson, device: string, network = 'home'): Promise<Buffer> {
  const tokenHash = randomBytes(32);
  await fixtures.rows(
    `select session_create($1, $2, 'https://issuer.example', 's', null, 'high', now(), 'Firefox/150.0', '30 minutes',
       '8 hours', sha256($3::bytea), sha256($4::bytea))`,
    [tokenHash, person.numberHash, device, network],
  );
  return tokenHash;
}

const signals = () =>
  fixtures.rows<{ id: string; kind: string; business_id: string; facts: object; vendor_id: string | null }>(
    'select id, kind, business_id, facts, vendor_id from signals order by id',
  );
const told = (template: string) => notices.filter((notice) => notice.template === template);

describe('a use of a session', () => {
  test('is noted once, in the capacity that the database finds, and not for whoever is nobody there', async () => {
    const tokenHash = await logIn(officer, 'laptop');
    const other = createUseNoter(deps);
    for (const noter of [note, note, other]) await noter({ tokenHash, business: business.number });
    const asVendor = {
      tokenHash: await logIn(member, 'machine'),
      business: business.number,
      vendor: vendor.number,
    };
    await note(asVendor);
    await note({ tokenHash: await logIn(member, 'machine'), business: business.number });
    expect(await fixtures.rows('select capacity, vendor_id from session_uses order by id')).toEqual([
      { capacity: 'officer', vendor_id: null },
      { capacity: 'vendor', vendor_id: vendor.id },
    ]);
  });

  test('from a new browser is told to the other officers, once', async () => {
    await note({ tokenHash: await logIn(officer, 'new laptop'), business: business.number });
    await watchLogins(deps);
    await note({ tokenHash: await logIn(officer, 'new laptop'), business: business.number });
    await watchLogins(deps);
    expect(told('access:notice.officersNewBrowser').map(({ personId }) => personId)).toEqual([colleague.id]);
    // The person is told of each browser, of the first one in other words.
    const own = notices.filter(({ audience, businessId }) => audience === 'person' && businessId === null);
    const officers = own.filter(({ personId }) => personId === officer.id);
    expect(officers.map(({ template }) => template).toSorted()).toEqual([
      'access:notice.firstLogin',
      'access:notice.newBrowser',
    ]);
    for (const { parameters } of officers)
      expect([parameters['browser'], parameters['link']]).toEqual([
        'Firefox',
        expect.stringMatching(/^\/profile\/devices\/[0-9a-f-]{36}$/u),
      ]);
  });
});

describe('signals from what is in the database', () => {
  test('an officer in a browser of a vendor’s member: raised once', async () => {
    await logIn(member, 'machine');
    await note({ tokenHash: await logIn(officer, 'machine'), business: business.number });
    await watchLogins(deps);
    await note({ tokenHash: await logIn(officer, 'machine'), business: business.number });
    await watchLogins(deps);
    expect(await signals()).toMatchObject([{ kind: 'vendor-browser', vendor_id: vendor.id }]);
    expect(told('access:notice.signal.vendor-browser')).toMatchObject([
      { audience: 'officers', businessId: business.id, parameters: { person: 'Dag Leder' } },
    ]);
  });

  test('a member who has left the vendor makes no signal', async () => {
    const former = await fixtures.person('Tidligere Medlem');
    await fixtures.member(vendor, former, officer, { ended_at: new Date() });
    await logIn(former, 'old machine');
    await note({ tokenHash: await logIn(officer, 'old machine'), business: business.number });
    await watchLogins(deps);
    expect(await signals()).toEqual([]);
  });

  test('many unrelated businesses in a day: each of them is asked', async () => {
    const busy = await fixtures.person('Travel Mann');
    const three = [await fixtures.business(), await fixtures.business(), await fixtures.business()];
    for (const one of three) await fixtures.officer(one, busy);
    const tokenHash = await logIn(busy, 'phone');
    for (const one of three.slice(0, 2)) await note({ tokenHash, business: one.number });
    await watchLogins(deps);
    expect(await signals()).toEqual([]);
    await note({ tokenHash, business: three[2]!.number });
    await watchLogins(deps);
    const found = await signals();
    expect(found.map(({ business_id }) => business_id).toSorted()).toEqual(
      three.map(({ id }) => id).toSorted(),
    );
    expect(found[0]).toMatchObject({ kind: 'many-businesses', facts: { count: 3 } });
  });

  test('many businesses with an officer in common are one', async () => {
    const busy = await fixtures.person('Konsern Mann');
    const three = [await fixtures.business(), await fixtures.business(), await fixtures.business()];
    const tokenHash = await logIn(busy, 'phone');
    for (const one of three) {
      await fixtures.officer(one, busy);
      await fixtures.officer(one, colleague, { role_code: 'LEDE' });
      await note({ tokenHash, business: one.number });
    }
    await watchLogins(deps);
    expect(await signals()).toEqual([]);
  });

  test("mandates of one person's own from unrelated businesses: each of them and the person is told, once", async () => {
    const helper = await fixtures.person('Hjelpsom Sjel');
    const three = [await fixtures.business(), await fixtures.business(), await fixtures.business()];
    const give = (one: (typeof three)[number]) =>
      fixtures.personMandate(one, helper, officer, ['orders.read']);
    for (const one of three.slice(0, 2)) await give(one);
    await watchDeeds(deps);
    expect(await signals()).toEqual([]);
    await give(three[2]!);
    await watchDeeds(deps);
    const found = await signals();
    expect(found.map(({ business_id }) => business_id).toSorted()).toEqual(
      three.map(({ id }) => id).toSorted(),
    );
    expect(found[0]).toMatchObject({ kind: 'many-mandates', facts: { count: 3 } });
    const letters = () => notices.map(({ template, audience }) => `${audience}: ${template}`).toSorted();
    expect(letters()).toEqual([
      ...three.map(() => 'officers: access:notice.signal.many-mandates'),
      'person: access:notice.manyMandatesYours',
    ]);
    await watchDeeds(deps);
    expect([(await signals()).length, notices.length]).toEqual([3, 4]);
  });

  test('mandates from businesses with an officer in common, and ended ones, make no signal', async () => {
    const helper = await fixtures.person('Konsernets Hjelper');
    for (let count = 0; count < 4; count += 1) {
      const one = await fixtures.business();
      if (count > 0) await fixtures.officer(one, colleague, { role_code: 'LEDE' });
      await fixtures.personMandate(one, helper, officer, ['orders.read']);
    }
    const gone = await fixtures.business();
    await fixtures.personMandate(gone, helper, officer, ['orders.read'], {
      ended_at: new Date(),
      end_reason: 'removed',
    });
    await watchDeeds(deps);
    expect(await signals()).toEqual([]);
  });

  test('two sessions at once on different networks', async () => {
    await logIn(officer, 'phone', 'away');
    await note({ tokenHash: await logIn(officer, 'laptop', 'home'), business: business.number });
    await watchLogins(deps);
    expect(await signals()).toMatchObject([{ kind: 'two-networks', business_id: business.id }]);
    await watchDeeds(deps);
    expect(await signals()).toHaveLength(1);
  });

  test('cards ordered at night, of orders that were not taken back', async () => {
    const worker = { id: '', personId: colleague.id, unit: business.unit };
    worker.id = await fixtures.worker(business, colleague);
    const ids: string[] = [];
    for (let count = 0; count < 2; count += 1) {
      const { orderId } = await fixtures.order(business, worker, member, { id: vendor.id, mandateId });
      ids.push(orderId);
    }
    const at = async (clock: string) => {
      await fixtures.rows(
        `update orders set placed_at = ((now() at time zone 'Europe/Oslo')::date - 1 + $2::time) at time zone 'Europe/Oslo'
         where id = any ($1)`,
        [ids, clock],
      );
      await watchDeeds(deps);
    };
    await at('21:59');
    expect(await signals()).toEqual([]);
    await fixtures.rows(`update orders set state = 'cancelled' where id = $1`, [ids[0]]);
    await at('23:10');
    expect(await signals()).toEqual([]);
    await fixtures.rows(`update orders set state = 'placed' where id = $1`, [ids[0]]);
    await at('23:10');
    expect(await signals()).toMatchObject([
      { kind: 'night-orders', vendor_id: vendor.id, facts: { count: 2 } },
    ]);
  });

  test('contact details changed right after a mandate', async () => {
    const change = (changed_by: string | null) =>
      fixtures.insert('contact_changes', {
        business_id: business.id,
        before: {},
        after: {},
        changed_by,
        changed_by_name: 'Dag Leder',
        changed_at: new Date(Date.now() + 1000),
      });
    await change(null);
    await watchDeeds(deps);
    expect(await signals()).toEqual([]);
    await change(officer.id);
    await watchDeeds(deps);
    await watchDeeds(deps);
    expect(await signals()).toMatchObject([{ kind: 'contact-after-mandate', vendor_id: vendor.id }]);
  });
});

describe('an answer', () => {
  const denied = { answer: 'denied', reason: 'Not ours', sessions: 'ended' } as const;

  async function raised(): Promise<{ id: string; machine: Buffer; own: Buffer }> {
    const [machine, own] = [await logIn(officer, 'machine'), await logIn(officer, 'laptop')];
    await logIn(member, 'machine');
    for (const tokenHash of [machine, own]) await note({ tokenHash, business: business.number });
    await watchLogins(deps);
    const found = await signals();
    return { id: found.find(({ kind }) => kind === 'vendor-browser')?.id ?? '', machine, own };
  }
  const isOpen = async (tokenHash: Buffer) =>
    (await fixtures.rows('select 1 from sessions where token_hash = $1 and ended_at is null', [tokenHash]))
      .length === 1;
  const acting = (tokenHash: Buffer) => ({ tokenHash, business: business.number });

  test('of no ends the sessions in that browser, leaves the others, freezes the vendor, and comes once', async () => {
    const { id, machine, own } = await raised();
    expect(await answerSignal(deps, acting(own), id, denied)).toEqual({
      ok: true,
      value: { frozen: true, ownSessionEnded: false },
    });
    expect([await isOpen(machine), await isOpen(own)]).toEqual([false, true]);
    expect(await fixtures.rows('select vendor_id, reason from freezes')).toEqual([
      { vendor_id: vendor.id, reason: 'Not ours' },
    ]);
    expect(await answerSignal(deps, acting(own), id, { answer: 'confirmed' })).toEqual({
      ok: false,
      error: 'answered',
    });
  });

  test('of yes stops nothing, and is not taken from the browser that it is about', async () => {
    const { id, machine, own } = await raised();
    const yes = { answer: 'confirmed' } as const;
    expect(await answerSignal(deps, acting(machine), id, yes)).toEqual({ ok: false, error: 'same-browser' });
    // Whoever else logs in there sits in the same browser.
    const there = await logIn(colleague, 'machine');
    expect(await answerSignal(deps, acting(there), id, yes)).toEqual({ ok: false, error: 'same-browser' });
    expect(await answerSignal(deps, acting(own), id, yes)).toMatchObject({
      ok: true,
      value: { frozen: false },
    });
    expect([await isOpen(machine), await isOpen(own)]).toEqual([true, true]);
  });

  test('of yes about logins on two networks comes from neither of them, and the reader is told before', async () => {
    const [away, home] = [await logIn(officer, 'phone', 'away'), await logIn(officer, 'laptop', 'home')];
    for (const tokenHash of [away, home]) await note({ tokenHash, business: business.number });
    await watchLogins(deps);
    const [found] = await signals();
    expect(found).toMatchObject({ kind: 'two-networks' });
    const yes = { answer: 'confirmed' } as const;
    const aboutReader = (tokenHash: Buffer) =>
      inTransaction(fixtures.database, { kind: 'session', ...acting(tokenHash) }, async (transaction) =>
        (await openSignals(transaction)).map((signal) => signal.aboutReader),
      );
    for (const tokenHash of [away, home]) {
      expect(await aboutReader(tokenHash)).toEqual([true]);
      expect(await answerSignal(deps, acting(tokenHash), found!.id, yes)).toEqual({
        ok: false,
        error: 'same-browser',
      });
    }
    const others = await logIn(colleague, 'desk');
    expect(await aboutReader(others)).toEqual([false]);
    expect(await answerSignal(deps, acting(others), found!.id, yes)).toMatchObject({ ok: true });
  });

  test('of no leaves every login of the person’s before it without force, and none after it', async () => {
    const { id, own } = await raised();
    const deniedSince = async (login: string) =>
      (
        await fixtures.rows<{ denied: boolean }>(`select denied_since($1, ${login}) as denied`, [
          officer.numberHash,
        ])
      )[0]?.denied;
    expect(await deniedSince(`now() - interval '1 hour'`)).toBe(false);
    expect(await answerSignal(deps, acting(own), id, denied)).toMatchObject({ ok: true });
    expect(await deniedSince(`now() - interval '1 hour'`)).toBe(true);
    // The issuer tells the time of a login in whole seconds.
    expect(await deniedSince(`date_trunc('second', now())`)).toBe(false);
    expect(await deniedSince(`now() + interval '1 second'`)).toBe(false);
    await fixtures.rows(`update sessions set end_reason = 'logged-out' where end_reason = 'denied'`);
    expect(await deniedSince(`now() - interval '1 hour'`)).toBe(false);
  });

  test('is nobody’s without access.manage, and no other business’s', async () => {
    const { id, own } = await raised();
    const stranger = await fixtures.person('Fremmed Fugl');
    const elsewhere = await fixtures.business();
    await fixtures.officer(elsewhere, officer);
    const reader = await fixtures.person('Lese Hest');
    await fixtures.personMandate(business, reader, officer, ['orders.read']);
    const answers = [
      await answerSignal(deps, acting(stranger.tokenHash), id, denied),
      await answerSignal(deps, { ...acting(member.tokenHash), vendor: vendor.number }, id, denied),
      await answerSignal(deps, acting(reader.tokenHash), id, denied),
      await answerSignal(deps, { tokenHash: own, business: elsewhere.number }, id, denied),
    ];
    expect(answers).toMatchObject([
      { ok: false, error: { kind: 'missing' } },
      { ok: false, error: { kind: 'refused' } },
      { ok: false, error: { kind: 'refused', refusal: 'right-not-given' } },
      { ok: false, error: 'unknown' },
    ]);
    expect(await fixtures.rows('select answer from signals where answer is not null')).toEqual([]);
  });

  test('the database ends no session without a denial, and answers no browser of somebody else’s', async () => {
    const { id } = await raised();
    const where = { business: business.number, writing: true };
    const asOfficer = (statement: string) =>
      fixtures.as(colleague, where, async ({ query }) => (await sql.raw(statement).execute(query)).rows);
    await expect(asOfficer(`select signal_end_sessions('${id}')`)).rejects.toThrow(
      'no signal was denied here',
    );
    const [device] = await fixtures.rows<{ id: string }>('select id from devices where person_id = $1', [
      officer.id,
    ]);
    expect(await asOfficer(`select device_answer('${device?.id ?? ''}', 'denied') as ended`)).toEqual([
      { ended: null },
    ]);
    await expect(asOfficer('select * from staff_signals(null, 10, 0)')).rejects.toThrow(
      'for case officers only',
    );
    for (const name of ['logins_to_examine(1)', 'logins_at_once(now())'])
      await expect(asOfficer(`select * from ${name}`)).rejects.toThrow('for jobs only');
  });

  test('a case officer sees which businesses and vendors, and nobody’s name', async () => {
    await raised();
    const staff = await fixtures.person('Grundig Mappe');
    const at = new Date();
    await fixtures.insert('staff_appointments', {
      role: 'case-officer',
      name: staff.name,
      email: 'grundig@tilsyn.test',
      ends_at: new Date(at.getTime() + 86_400_000),
      proposed_by: officer.id,
      proposed_by_name: officer.name,
      proposed_at: at,
      token_hash: randomBytes(32),
      token_expires_at: new Date(at.getTime() + 1000),
      accepted_by: staff.id,
      accepted_by_name: staff.name,
      accepted_at: at,
      approved_by: colleague.id,
      approved_at: at,
    });
    const request = { kind: 'staff', tokenHash: staff.tokenHash, role: 'case-officer' } as const;
    const [seen, direct] = await inTransaction(fixtures.database, request, async ({ query }) => [
      (await sql`select * from staff_signals(null, 10, 0)`.execute(query)).rows,
      (await sql`select * from signals`.execute(query)).rows,
    ]);
    expect(seen.length).toBeGreaterThan(0);
    expect(JSON.stringify(seen)).not.toContain('Dag Leder');
    expect(direct).toEqual([]);
  });
});

describe('what is forgotten', () => {
  test('after 400 days: browsers, uses and signals, but nothing that is newer or still open', async () => {
    await logIn(member, 'machine');
    await note({ tokenHash: await logIn(officer, 'machine'), business: business.number });
    await watchLogins(deps);
    const counts = async () =>
      (
        await fixtures.rows<{ counts: number[] }>(
          `select array[(select count(*) from devices), (select count(*) from session_uses), (select count(*) from signals)]::int[] as counts`,
        )
      )[0]!.counts;
    const before = await counts();
    const age = async (days: number) => {
      for (const [table, column] of [
        ['devices', 'last_seen_at'],
        ['session_uses', 'used_at'],
        ['signals', 'found_at'],
      ])
        await fixtures.rows(`update ${table} set ${column} = now() - make_interval(days => ${days})`);
      await forgetLogins(deps);
    };
    await age(399);
    expect(await counts()).toEqual(before);
    await age(401);
    const [devices, ...rest] = await counts();
    expect(rest).toEqual([0, 0]);
    // Those that somebody is logged in from stay.
    expect(devices).toBeGreaterThan(0);
    await fixtures.rows(
      `update sessions set ended_at = now(), end_reason = 'logged-out' where ended_at is null`,
    );
    await age(401);
    expect(await counts()).toEqual([0, 0, 0]);
    expect(await fixtures.rows('select id from sessions where device_id is not null')).toEqual([]);
  });

  test('by a task alone', async () => {
    const where = { business: business.number, writing: true };
    const statement = sql`select forget_logins(now())`;
    await expect(fixtures.as(colleague, where, ({ query }) => statement.execute(query))).rejects.toThrow(
      'for jobs only',
    );
  });
});
