import { randomBytes } from 'node:crypto';
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { ok } from '../kernel/result.ts';
import { act } from './actions.ts';
import {
  askToConfirm,
  type ClearanceDeps,
  confirmBrowser,
  heldFor,
  lapseClearances,
  type OwnAddress,
  viewClearance,
  viewHold,
} from './clearances.ts';
import { keepDraft, readDraft } from './drafts.ts';
import { lift, placeFreeze } from './freezes.ts';
import { stepUpFresh } from './grants.ts';
import type { Notice } from './notify.ts';

const BUSINESS = '310000019';
const OTHER = '310000027';
const VENDOR = '310000035';
const STRANGER = '310000043';

let world: SmallWorld;
let boss: SmallPerson;
let manager: SmallPerson;
let member: SmallPerson;
let outsider: SmallPerson;
let businessId: string;
let vendorId: string;
let strangerId: string;
let mandateId: string;
const notices: Notice[] = [];
let address: OwnAddress = 'reached';
let asked: Buffer[] = [];

const deps = (): ClearanceDeps => ({
  database: world.database,
  publicOrigin: 'https://kortvakt.test',
  notify: keepIn(notices),
  ownAddress: (number) => {
    asked.push(number);
    return Promise.resolve(address);
  },
});

beforeAll(async () => {
  world = await startSmallWorld();
  businessId = await world.business(BUSINESS, 'KUNDE AS');
  const otherId = await world.business(OTHER, 'ANNEN AS');
  vendorId = await world.business(VENDOR, 'LEVERANDØR AS');
  strangerId = await world.business(STRANGER, 'FREMMED AS');
  boss = await world.person('Dag Leder', '15819049944');
  manager = await world.person('Ivrig Rev', '02838536711');
  member = await world.person('Ansatt Hos', '30819113749');
  outsider = await world.person('Uvedkommende', '13817628944');
  const vendorBoss = await world.person('Rimelig', '20908204892');
  await world.officer(businessId, boss);
  await world.officer(otherId, boss);
  await world.officer(vendorId, vendorBoss);
  await world.officer(strangerId, outsider);
  await world.personMandate(businessId, manager, boss, ['access.manage', 'contact.change']);
  mandateId = await world.vendorMandate(businessId, vendorId, { officer: vendorBoss, member }, [
    'orders.place',
  ]);
  await world.rows(
    `insert into contact_details (business_id, email, source, changed_at) values ($1, 'kort@kunde.example', 'business', now())`,
    [businessId],
  );
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  notices.length = 0;
  [asked, address] = [[], 'reached'];
  await world.rows(`update clock set offset_by = '0'`);
  await world.rows('delete from browser_clearances');
  await world.rows('delete from freezes');
});

/** Undoes what a statement did, with how many rows it reached. */
class Undone extends Error {
  readonly rows: number;
  constructor(rows: number) {
    super();
    this.rows = rows;
  }
}

const later = (interval: string) => world.rows('update clock set offset_by = $1::interval', [interval]);

/** A person logs in at the high level from a browser. */
async function logIn(person: SmallPerson, browser: string): Promise<Buffer> {
  const tokenHash = randomBytes(32);
  await world.rows(
    `select session_create($1, (select national_id_hash from persons where id = $2), 'https://issuer.example', 's', null, 'high',
       clock_now(), 'Firefox/150.0', '8 hours', '8 hours', sha256($3::bytea), null)`,
    [tokenHash, person.id, browser],
  );
  return tokenHash;
}

const factsOf = (tokenHash: Buffer, business: string, vendor?: string) =>
  inTransaction(
    world.database,
    { kind: 'session', tokenHash, business, ...(vendor === undefined ? {} : { vendor }) },
    ({ facts, now }) => Promise.resolve({ held: heldFor(facts), fresh: stepUpFresh(facts, now) }),
  );
const free = { held: undefined, fresh: true };
const acting = (tokenHash: Buffer, business = BUSINESS) => ({ tokenHash, business });
const secretIn = (notice: Notice | undefined) =>
  /[\w-]{43}$/u.exec(notice?.secrets?.['link'] ?? '')?.[0] ?? '';

/** The officer sits where the vendor's member has been, and has a browser of their own. */
async function lent() {
  await logIn(member, 'machine');
  return { machine: await logIn(boss, 'machine'), phone: await logIn(boss, 'phone') };
}

/** Asks for the link in the vendor's browser; its secret. */
async function askedFrom(machine: Buffer): Promise<string> {
  expect(await askToConfirm(deps(), acting(machine))).toEqual({ ok: true, value: null });
  return secretIn(notices.at(-1));
}

describe('what needs a fresh login waits in a browser that a vendor has used', () => {
  test('for officers and for those who manage access, and for nobody else and nowhere else', async () => {
    const { machine, phone } = await lent();
    expect(await factsOf(machine, BUSINESS)).toEqual({ held: 'LEVERANDØR AS', fresh: false });
    expect(await factsOf(machine, OTHER)).toEqual({ held: 'LEVERANDØR AS', fresh: false });
    expect(await factsOf(await logIn(manager, 'machine'), BUSINESS)).toMatchObject({ held: 'LEVERANDØR AS' });
    expect(await factsOf(phone, BUSINESS)).toEqual(free);
    expect(await factsOf(await logIn(member, 'machine'), BUSINESS, VENDOR)).toEqual(free);
  });

  test('also of a vendor that has no mandate yet: that may be what it is after', async () => {
    await world.rows(
      `insert into vendor_profiles values ($1, 9900, '1', sha256('agreement'::bytea), $2, 'Uvedkommende', now())`,
      [strangerId, outsider.id],
    );
    const there = await logIn(boss, 'kiosk');
    expect(await factsOf(there, BUSINESS)).toEqual(free);
    await logIn(outsider, 'kiosk');
    // As soon as that has happened, in the session that is open too.
    expect(await factsOf(there, BUSINESS)).toEqual({ held: 'FREMMED AS', fresh: false });
    await world.rows('delete from vendor_profiles where vendor_id = $1', [strangerId]);
    expect(await factsOf(there, BUSINESS)).toEqual(free);
  });

  test('not the vendor’s own business, where its people share browsers', async () => {
    await world.officer(vendorId, outsider, 'LEDE');
    await logIn(member, 'desk');
    expect(await factsOf(await logIn(outsider, 'desk'), VENDOR)).toEqual(free);
    await world.rows('delete from officers where business_id = $1 and person_id = $2', [
      vendorId,
      outsider.id,
    ]);
  });

  test('the database lets none of it through, and everything that takes access away', async () => {
    const { machine, phone } = await lent();
    const attempt = async (tokenHash: Buffer, statement: string, values: readonly unknown[] = []) => {
      const context = { kind: 'session', tokenHash, business: BUSINESS, writing: true } as const;
      try {
        return await inTransaction(world.database, context, async ({ query }) => {
          const { rows } = await query.executeQuery<{ n: number }>(CompiledQuery.raw(statement, [...values]));
          throw new Undone(rows.length);
        });
      } catch (error) {
        if (error instanceof Undone) return error.rows;
        return error instanceof Error ? error.message : 'error';
      }
    };
    const given = `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie, tie_reason,
        approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
      select business_id, holder, $2, 'U', rights, starts_at, ends_at, tie, tie_reason,
        context_person(), 'D', context_now(), 'high', context_setting('auth_time')::timestamptz
      from mandates where business_id = $1 and person_id = $3 returning id`;
    const changed = `update contact_details set email = 'vi@leverandor.example', confirmed_by = context_person(),
      confirmed_by_name = 'D', confirmed_at = context_now() where business_id = $1 returning version`;
    const recorded = `select contact_change_at_once(null, version, contact_as_json(d) || '{"responsible": "D"}')
      from contact_details d where business_id = $1`;
    const confirmed = `update contact_details set confirmed_by = context_person(), confirmed_by_name = 'D',
      confirmed_at = context_now() where business_id = $1 returning version`;
    await world.rows(
      `insert into freezes (business_id, reason, frozen_by, frozen_by_name, frozen_at) values ($1, '', $2, 'D', now())`,
      [businessId, boss.id],
    );
    const lifted = `update freezes set lifted_by = context_person(), lifted_by_name = 'D', lifted_at = context_now(),
      lifted_reason = '' where business_id = $1 returning id`;
    const signed = `insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by,
        business_accepted_by_name, business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
      select $1, vendor_id, agreement_version, agreement_sha256, context_person(), 'D', context_now(), accepted_by,
        accepted_by_name, accepted_at from vendor_profiles where vendor_id = $2 returning id`;
    await world.rows('update agreements set ended_at = now()');
    const waits = [
      [signed, [businessId, vendorId]],
      [given, [businessId, outsider.id, manager.id]],
      [recorded, [businessId]],
      [lifted, [businessId]],
    ] as const;
    for (const [statement, values] of waits) {
      expect(await attempt(phone, statement, values)).toBe(1);
      expect(await attempt(machine, statement, values)).toMatch(/row-level security|a fresh login/u);
    }
    // Where messages go is changed after a waiting time, and in no other way.
    for (const browser of [phone, machine])
      expect(await attempt(browser, changed, [businessId])).toMatch(/row-level security|functions alone/u);
    const stale = 'select where not context_is_fresh()';
    expect([await attempt(phone, stale), await attempt(machine, stale)]).toEqual([0, 1]);
    const ended = `update mandates set ended_at = context_now(), ended_by = context_person(), ended_by_name = 'D',
      end_reason = 'removed' where id = $1 returning id`;
    const frozen = `insert into freezes (business_id, vendor_id, reason, frozen_by, frozen_by_name, frozen_at)
      values ($1, $2, '', context_person(), 'D', context_now()) returning id`;
    expect(await attempt(machine, ended, [mandateId])).toBe(1);
    expect(await attempt(machine, frozen, [businessId, vendorId])).toBe(1);
    expect(await attempt(machine, confirmed, [businessId])).toBe(1);
    // What resolves a session without that is nobody's to call.
    expect(await attempt(machine, `select context_resolve('\\x00', null, null, false)`)).toMatch(
      /permission denied/u,
    );
  });

  test('stopping does not wait, starting again does', async () => {
    const { machine, phone } = await lent();
    const freezing = { database: world.database, resumeOrders: () => Promise.resolve() };
    expect(await placeFreeze(freezing, acting(machine), { vendorNumber: VENDOR }, '')).toMatchObject({
      ok: true,
    });
    const [freeze] = await world.rows<{ id: string }>('select id from freezes');
    expect(await lift(freezing, acting(machine), freeze!.id, '')).toEqual({ ok: false, error: 'step-up' });
    expect(await lift(freezing, acting(phone), freeze!.id, '')).toMatchObject({ ok: true });
  });
});

describe('a confirmation', () => {
  test('goes to the person’s own address, and lets that session go on in that business for half an hour', async () => {
    const { machine, phone } = await lent();
    const secret = await askedFrom(machine);
    const [row] = await world.rows<{ until: Date }>('select expires_at as until from browser_clearances');
    const { until } = row!;
    expect(notices).toEqual([
      {
        template: 'access:notice.confirmBrowser',
        businessId: null,
        parameters: {
          business: 'KUNDE AS',
          vendor: 'LEVERANDØR AS',
          person: 'Dag Leder',
          untilTime: until.toISOString(),
        },
        secrets: { link: `https://kortvakt.test/profile/browsers/${secret}` },
        audience: 'person',
        personId: boss.id,
      },
    ]);
    expect(world.vault.decrypt(asked[0]!, 'national-id')).toBe(boss.nationalId);
    expect(await viewClearance(deps(), phone, secret)).toMatchObject({
      state: 'open',
      businessName: 'KUNDE AS',
      vendorName: 'LEVERANDØR AS',
    });
    expect(await factsOf(machine, BUSINESS)).toMatchObject({ fresh: false });
    expect(await confirmBrowser(deps(), phone, secret)).toEqual({ ok: true, value: null });
    expect(await factsOf(machine, BUSINESS)).toEqual(free);
    // Not for another business, and not for another login in the same browser.
    expect(await factsOf(machine, OTHER)).toMatchObject({ fresh: false });
    expect(await factsOf(await logIn(boss, 'machine'), BUSINESS)).toMatchObject({ fresh: false });
    expect(await confirmBrowser(deps(), phone, secret)).toEqual({ ok: false, error: 'used' });
    await later('29 minutes 59 seconds');
    expect(await factsOf(machine, BUSINESS)).toMatchObject({ held: undefined });
    await later('30 minutes 5 seconds');
    expect(await factsOf(machine, BUSINESS)).toMatchObject({ held: 'LEVERANDØR AS' });
    const audited = await world.rows(
      `select action, decision, rule from audit_entries where action like 'browser.%' order by id`,
    );
    expect(audited).toEqual([
      { action: 'browser.held', decision: 'refused', rule: 'held-browser' },
      { action: 'browser.confirmed', decision: 'allowed', rule: null },
      { action: 'browser.confirmed', decision: 'refused', rule: 'used' },
    ]);
  });

  test('is not taken from a vendor’s browser, whichever, nor from one that is not known', async () => {
    const { machine, phone } = await lent();
    const secret = await askedFrom(machine);
    await logIn(member, 'second machine');
    const places = [
      machine,
      await logIn(boss, 'machine'),
      await logIn(boss, 'second machine'),
      boss.tokenHash,
    ];
    for (const place of places) {
      expect(await viewClearance(deps(), place, secret)).toMatchObject({ state: 'here' });
      expect(await confirmBrowser(deps(), place, secret)).toEqual({ ok: false, error: 'here' });
    }
    expect(await factsOf(machine, BUSINESS)).toMatchObject({ fresh: false });
    expect(await confirmBrowser(deps(), phone, secret)).toMatchObject({ ok: true });
  });

  test('is nobody else’s, and is over with its time and with the session', async () => {
    const { machine, phone } = await lent();
    const secret = await askedFrom(machine);
    for (const tokenHash of [await logIn(manager, 'own'), await logIn(member, 'machine'), randomBytes(32)]) {
      expect(await viewClearance(deps(), tokenHash, secret)).toBeUndefined();
      expect(await confirmBrowser(deps(), tokenHash, secret)).toEqual({ ok: false, error: 'unknown' });
    }
    expect(await confirmBrowser(deps(), phone, 'never-was')).toEqual({ ok: false, error: 'unknown' });
    await later('30 minutes 5 seconds');
    expect(await confirmBrowser(deps(), phone, secret)).toEqual({ ok: false, error: 'expired' });
    await later('0');
    await world.rows(
      `update sessions set ended_at = now(), end_reason = 'logged-out' where token_hash = $1`,
      [machine],
    );
    expect(await confirmBrowser(deps(), phone, secret)).toEqual({ ok: false, error: 'ended' });
  });

  test('that nobody gave in time leaves an entry, once', async () => {
    const { machine } = await lent();
    await askedFrom(machine);
    const entries = () =>
      world.rows(`select business_id from audit_entries where action = 'browser.confirmation-expired'`);
    await lapseClearances(deps());
    expect(await entries()).toEqual([]);
    await later('30 minutes 5 seconds');
    for (let time = 0; time < 2; time += 1) await lapseClearances(deps());
    expect(await entries()).toEqual([{ business_id: businessId }]);
    expect(await world.rows('select id from browser_clearances')).toEqual([]);
  });

  test('is asked for again after two minutes, and the link before it is then worth nothing', async () => {
    const { machine, phone } = await lent();
    const first = await askedFrom(machine);
    await askedFrom(machine);
    expect(notices).toHaveLength(1);
    expect(await viewHold(deps(), acting(machine))).toMatchObject({
      ok: true,
      value: { vendor: 'LEVERANDØR AS', sentUntil: expect.any(Date) as unknown },
    });
    await later('2 minutes 5 seconds');
    const second = await askedFrom(machine);
    expect(notices).toHaveLength(2);
    expect(await confirmBrowser(deps(), phone, first)).toEqual({ ok: false, error: 'unknown' });
    expect(await confirmBrowser(deps(), phone, second)).toMatchObject({ ok: true });
  });

  test('is not asked for where no address is known, nothing waits, or it is not theirs to do', async () => {
    const { machine, phone } = await lent();
    address = 'none';
    expect(await askToConfirm(deps(), acting(machine))).toEqual({ ok: false, error: 'no-address' });
    address = 'unknown';
    expect(await askToConfirm(deps(), acting(machine))).toEqual({ ok: false, error: 'register-unavailable' });
    address = 'reached';
    asked = [];
    expect(await askToConfirm(deps(), acting(phone))).toEqual({ ok: false, error: 'not-held' });
    expect(asked).toEqual([]);
    expect(
      await askToConfirm(deps(), { ...acting(await logIn(member, 'machine')), vendor: VENDOR }),
    ).toMatchObject({ ok: false, error: { kind: 'refused' } });
    expect(await askToConfirm(deps(), acting(await logIn(outsider, 'machine')))).toMatchObject({
      ok: false,
      error: { kind: 'missing' },
    });
    expect(notices).toEqual([]);
  });

  test('keeps the form that waits for it for as long as it is good, and ten minutes more', async () => {
    const { machine } = await lent();
    const draft = await act(
      world.database,
      acting(machine),
      { right: 'access.manage', action: 'test' },
      async (permitted) => ok(await keepDraft(permitted, 'vendor-mandate', { rights: [] })),
    );
    const id = draft.ok ? draft.value : '';
    const kept = () =>
      inTransaction(world.database, { kind: 'session', ...acting(machine) }, async (transaction) => {
        const read = await readDraft(transaction, id, 'vendor-mandate', z.unknown());
        return read.ok ? 'kept' : read.error;
      });
    await later('9 minutes');
    await askedFrom(machine);
    await later('48 minutes');
    expect(await kept()).toBe('kept');
    await later('50 minutes');
    expect(await kept()).toBe('draft-expired');
  });
});
