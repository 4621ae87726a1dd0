import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import { act } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { createFreezePages } from './freeze-pages.tsx';
import { freeze, type FreezeDeps, lift, placeFreeze, tellOfFreeze } from './freezes.ts';
import type { AccessDeps } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import type { Notice } from './notify.ts';
import { createAccessPages } from './pages.tsx';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const LIST = `/b/${BUSINESS}/business/access`;
const STOP_VENDOR = `${LIST}/stop/${VENDOR}`;

let world: SmallWorld;
let deps: AccessDeps & FreezeDeps;
let pages: PageCaller;
const notices: Notice[] = [];
let resumed = 0;
let business: string;
let vendor: string;
let officer: SmallPerson;
let secondOfficer: SmallPerson;
let manager: SmallPerson;
let member: SmallPerson;

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
    resumeOrders: () => {
      resumed += 1;
      return Promise.resolve();
    },
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  await world.business('310000159', 'DYRE KORT AS');
  officer = await world.person('Våken Spurv', '15819049944');
  secondOfficer = await world.person('Rask Elg', '15819049945');
  manager = await world.person('Ivrig Rev', '15819049946');
  member = await world.person('Hjelpsom Hånd', '15819049947');
  await world.officer(business, officer);
  await world.officer(business, secondOfficer, 'LEDE');
  await world.personMandate(business, manager, officer, ['access.manage', 'cards.read']);
  await world.vendorMandate(business, vendor, { officer, member }, ['orders.place', 'cards.read']);
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/b/:business', createAccessPages(deps));
    app.route('/b/:business', createFreezePages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  resumed = 0;
  await world.rows('delete from freezes');
  await world.rows('update sessions set auth_time = now()');
});

const asVendor = () => member.acting(BUSINESS, VENDOR);

function use(acting = asVendor(), during: () => Promise<void> = () => Promise.resolve()) {
  return act(world.database, acting, { right: 'cards.read', action: 'test' }, async (permitted) => {
    await during();
    await permitted.audit();
    return ok(null);
  });
}

const frozen = { ok: false, error: { kind: 'refused', refusal: 'frozen' } };

async function openFreeze(): Promise<string> {
  const [row] = await world.rows<{ id: string }>('select id from freezes where lifted_at is null');
  return row?.id ?? '';
}

/** A promise, and what settles it. */
function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

describe('an emergency stop of a vendor', () => {
  test('is pressed on its page without a new login, and refuses the very next request', async () => {
    await world.rows(`update sessions set auth_time = now() - interval '2 hours'`);
    expect((await use()).ok).toBe(true);
    expect((await pages.get(officer, LIST)).text).toContain(STOP_VENDOR);
    const asked = await pages.get(officer, STOP_VENDOR);
    expect(asked.text).toContain('Nobody at RIMELIG KORTHJELP AS can do anything');
    const pressed = await pages.post(officer, STOP_VENDOR, { reason: 'Strange orders' });
    expect(pressed.location).toContain('done=access%3Adone.frozen');
    expect(await use()).toEqual(frozen);
    expect((await use(manager.acting(BUSINESS))).ok).toBe(true);
    const list = await pages.get(officer, LIST);
    expect(list.text).toContain('Emergency stop: RIMELIG KORTHJELP AS is frozen');
    expect(list.text).toContain('Pressed by Våken Spurv');
    expect(list.text).toContain('Reason: Strange orders');
    expect(list.text).toContain('Frozen by an emergency stop');
    const audit = await world.rows(
      `select a.action, a.decision, a.changes->>'vendorId' as vendor, d.detail from audit_entries a
       left join audit_details d on d.entry_id = a.id where a.subject_id = $1`,
      [await openFreeze()],
    );
    expect(audit).toEqual([
      { action: 'freeze.place', decision: 'allowed', vendor, detail: { reason: 'Strange orders' } },
    ]);
  });

  test('waits for what runs, which has committed before it, and lets nothing begin meanwhile', async () => {
    const running = gate();
    const begun = gate();
    const order: string[] = [];
    const inFlight = use(asVendor(), async () => {
      begun.open();
      await running.passed;
    }).then((answer) => {
      order.push('vendor');
      return answer;
    });
    await begun.passed;
    const stop = placeFreeze(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, '').then((answer) => {
      order.push('stop');
      return answer;
    });
    await untilWaiting(world, 1);
    const late = use();
    await untilWaiting(world, 2);
    running.open();
    expect((await inFlight).ok).toBe(true);
    expect((await stop).ok).toBe(true);
    expect(await late).toEqual(frozen);
    expect(order).toEqual(['vendor', 'stop']);
  });

  test('pressed twice, by two officers at once, says so and is pressed once', async () => {
    const both = await Promise.all([
      placeFreeze(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, 'first'),
      placeFreeze(deps, secondOfficer.acting(BUSINESS), { vendorNumber: VENDOR }, 'second'),
    ]);
    expect(both.map((answer) => (answer.ok ? 'frozen' : answer.error)).sort()).toEqual([
      'already-frozen',
      'frozen',
    ]);
    expect(await world.rows('select id from freezes')).toHaveLength(1);
    const again = await pages.post(officer, STOP_VENDOR, {});
    expect(again.location).toContain('frozenAlready');
    expect((await pages.get(officer, STOP_VENDOR)).text).toContain('The stop holds already');
  });

  test('is not pressed for a vendor without a mandate from here, with a long reason, or by a stranger', async () => {
    expect((await pages.get(officer, `${LIST}/stop/310000159`)).status).toBe(404);
    expect((await pages.post(officer, `${LIST}/stop/310000159`, {})).status).toBe(404);
    expect((await pages.post(officer, `${LIST}/stop/nonsense`, {})).status).toBe(404);
    const long = await pages.post(officer, STOP_VENDOR, { reason: 'x'.repeat(301) });
    expect(long.status).toBe(422);
    expect(long.text).toContain('x'.repeat(301));
    expect((await pages.post(member, STOP_VENDOR, {})).status).toBe(404);
    expect(await world.rows('select id from freezes')).toEqual([]);
  });

  test('tells the officers on both sides, once', async () => {
    await placeFreeze(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, '');
    const payload = { freezeId: await openFreeze(), what: 'frozen' };
    await tellOfFreeze(deps, payload);
    await tellOfFreeze(deps, payload);
    expect(notices.map(({ template, businessId }) => [template, businessId])).toEqual([
      ['access:notice.frozen.vendor', business],
      ['access:notice.frozen.yours', vendor],
    ]);
    expect(notices[0]?.parameters).toMatchObject({ by: 'Våken Spurv', reasonKeys: 'access:stop.noReason' });
    const queued = await world.rows(
      `select t.identifier from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id`,
    );
    expect(queued).toContainEqual({ identifier: 'access.tell-of-freeze' });
  });
});

describe('an emergency stop for everyone', () => {
  test('waits for whoever is at work, and leaves only the officers', async () => {
    const running = gate();
    const begun = [gate(), gate()];
    const inFlight = [asVendor(), manager.acting(BUSINESS)].map((acting, index) =>
      use(acting, async () => {
        begun[index]?.open();
        await running.passed;
      }),
    );
    await Promise.all(begun.map(({ passed }) => passed));
    const pressed = pages.post(officer, `${LIST}/stop`, {});
    await untilWaiting(world, 1);
    expect(await world.rows('select id from freezes')).toEqual([]);
    running.open();
    expect((await Promise.all(inFlight)).map(({ ok: done }) => done)).toEqual([true, true]);
    expect((await pressed).status).toBe(303);
    expect(await use()).toEqual(frozen);
    expect(await use(manager.acting(BUSINESS))).toEqual(frozen);
    expect((await use(officer.acting(BUSINESS))).ok).toBe(true);
    const list = await pages.get(officer, LIST);
    expect(list.text).toContain('everyone but the officers is stopped');
    await tellOfFreeze(deps, { freezeId: await openFreeze(), what: 'frozen' });
    expect(notices.map(({ template }) => template)).toEqual([
      'access:notice.frozen.everyone',
      'access:notice.frozen.yours',
    ]);
  });

  test('by someone with a mandate stops that person too, who is told before and after', async () => {
    expect((await pages.get(manager, `${LIST}/stop`)).text).toContain('your own access is stopped too');
    const pressed = await pages.post(manager, `${LIST}/stop`, {});
    expect(pressed.location).toBe('/businesses?done=access%3Adone.frozenAll');
    expect((await pages.get(manager, LIST)).status).toBe(403);
  });

  test('by two people with mandates at once is answered for both', async () => {
    const other = await world.person('Annen Rev', '15819049948');
    await world.personMandate(business, other, officer, ['access.manage']);
    const answers = await Promise.all([
      placeFreeze(deps, manager.acting(BUSINESS), 'everyone', ''),
      placeFreeze(deps, other.acting(BUSINESS), 'everyone', ''),
    ]);
    // The later of the two finds the own access stopped by the earlier.
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(await world.rows('select id from freezes')).toHaveLength(1);
  });
});

describe('lifting', () => {
  test('takes an officer with a login of the last five minutes; the database holds to that by itself', async () => {
    await placeFreeze(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, 'Strange orders');
    const id = await openFreeze();
    const path = `${LIST}/freezes/${id}/lift`;
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    const stale = await pages.get(officer, path);
    expect(stale.text).toContain('/login/step-up?return=');
    expect((await pages.post(officer, path, {})).location).toContain('/login/step-up');
    await expect(
      inTransaction(
        world.database,
        { kind: 'session', ...officer.acting(BUSINESS), writing: true },
        ({ query, now, facts }) =>
          query
            .updateTable('freezes')
            .set({ lifted_at: now, lifted_by: facts.session?.personId ?? null, lifted_by_name: 'V' })
            .where('id', '=', id)
            .execute(),
      ),
    ).rejects.toThrow(/row-level security/u);
    await world.rows('update sessions set auth_time = now()');
    const notOfficer = await pages.post(manager, path, {});
    expect(notOfficer.status).toBe(403);
    expect(notOfficer.text).toContain('Only an officer can lift an emergency stop');
    expect(await use()).toEqual(frozen);
    const lifted = await pages.post(officer, path, { reason: 'It was a mistake' });
    expect(lifted.location).toContain('access%3Adone.lifted');
    expect((await use()).ok).toBe(true);
    expect(resumed).toBe(1);
    expect((await pages.post(secondOfficer, path, {})).location).toContain('liftedAlready');
    expect((await pages.get(secondOfficer, path)).location).toContain('liftedAlready');
    expect((await pages.get(officer, LIST)).text).not.toContain('is frozen');
    const audit = await world.rows(
      `select action, decision, rule from audit_entries where subject_id = $1 and action = 'freeze.lift' order by id`,
      [id],
    );
    expect(audit).toEqual([
      { action: 'freeze.lift', decision: 'refused', rule: 'step-up' },
      { action: 'freeze.lift', decision: 'refused', rule: 'officers-only' },
      { action: 'freeze.lift', decision: 'allowed', rule: null },
    ]);
    await tellOfFreeze(deps, { freezeId: id, what: 'lifted' });
    expect(notices.map(({ template }) => template)).toEqual([
      'access:notice.lifted.vendor',
      'access:notice.lifted.yours',
    ]);
  });

  test("never reaches another business's stop, nor one that does not exist", async () => {
    const stranger = await world.person('Fremmed Fugl', '15819049949');
    await world.officer(vendor, stranger);
    await placeFreeze(deps, officer.acting(BUSINESS), 'everyone', '');
    const id = await openFreeze();
    const vendorsList = `/b/${VENDOR}/business/access`;
    expect((await pages.get(stranger, `${vendorsList}/freezes/${id}/lift`)).status).toBe(404);
    expect(await lift(deps, stranger.acting(VENDOR), id, '')).toEqual({ ok: false, error: 'unknown' });
    expect(await lift(deps, officer.acting(BUSINESS), 'nonsense', '')).toEqual({
      ok: false,
      error: 'unknown',
    });
  });
});

test('a task freezes too, never lifts, and never says that it was a person', async () => {
  const job = { kind: 'job', name: 'test' } as const;
  const id = await inTransaction(world.database, job, (transaction) =>
    freeze(transaction, { businessId: business, vendorId: vendor, reason: '' }),
  );
  expect(await use()).toEqual(frozen);
  expect((await pages.get(officer, LIST)).text).toContain('Pressed by the system');
  const lifting = inTransaction(world.database, job, ({ query }) =>
    sql`update freezes set lifted_at = now(), lifted_by = ${officer.id} where id = ${id}`.execute(query),
  );
  await expect(lifting).rejects.toThrow(/only an officer lifts/u);
});
