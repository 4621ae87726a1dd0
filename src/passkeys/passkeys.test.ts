import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Asked, Authenticator, type Odd } from '../../tests/support/authenticator.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { createHeldPages, type Notice } from '../access/index.ts';
import { removeMandate } from '../access/mandates.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import { agreements } from '../../tests/support/agreements.ts';
import { changeContact } from '../contact/actions.ts';
import { createContactPages } from '../contact/index.ts';
import contactEn from '../contact/en.json' with { type: 'json' };
import { inTransaction } from '../database/transaction.ts';
import identityEn from '../identity/en.json' with { type: 'json' };
import { parsePlainDate } from '../kernel/dates.ts';
import { grantToVendor, publishVendorProfile } from '../vendors/index.ts';
import { addPasskey, requirePasskeys, startAdding, startUsing, usePasskey, viewPasskeys } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { createBusinessPasskeyPages, createPasskeyPages } from './pages.tsx';
import { authenticationAnswer, parseAnswer, registrationAnswer } from './rules.ts';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const ORIGIN = 'https://kortvakt.test';
const LOOK_ALIKE = 'https://kortvakt.test.evil.example';
const PAGE = `/b/${BUSINESS}/business/access/passkeys`;

let world: SmallWorld;
let pages: PageCaller;
let businessId: string;
let officer: SmallPerson;
let second: SmallPerson;
let manager: SmallPerson;
let vendorOfficer: SmallPerson;
const notices: Notice[] = [];
const deps = () => ({
  database: world.database,
  vault: world.vault,
  waitHours: 72,
  provesMobiles: false,
  notify: keepIn(notices),
  publicOrigin: ORIGIN,
  agreements,
});

beforeAll(async () => {
  world = await startSmallWorld();
  businessId = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  const vendorId = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  officer = await world.person('Våken Spurv', '15819049944');
  second = await world.person('Rask Elg', '15819049945');
  manager = await world.person('Ivrig Rev', '15819049946');
  vendorOfficer = await world.person('Rimelig', '15819049947');
  await world.officer(businessId, officer);
  await world.officer(businessId, second, 'LEDE');
  await world.officer(vendorId, vendorOfficer);
  await world.rows(
    `insert into contact_details (business_id, email, source, changed_at) values ($1, 'a@b.example', 'register', now())`,
    [businessId],
  );
  const published = await publishVendorProfile(deps(), vendorOfficer.acting(VENDOR), { feeOre: 9900 });
  expect(published.ok).toBe(true);
  pages = await createPageCaller(
    {
      nb: {},
      en: { passkeys: en, access: accessEn, identity: identityEn, contact: contactEn },
    },
    (app) => {
      app.route('/', createPasskeyPages(deps()));
      app.route('/b/:business', createBusinessPasskeyPages(deps()));
      app.route('/b/:business', createContactPages(deps()));
      app.route('/b/:business', createHeldPages({ ...deps(), ownAddress: () => Promise.resolve('reached') }));
    },
  );
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  notices.length = 0;
  await world.rows('delete from passkey_requirements');
  await world.rows('delete from passkeys');
  await world.rows('delete from passkey_challenges');
  await world.rows('update sessions set auth_time = clock_now(), passkey_at = null');
});

async function optionsToAdd(person: SmallPerson) {
  const started = await startAdding(deps(), person.tokenHash);
  if (!started.ok) throw new Error(started.error);
  return started.value.options;
}

async function optionsToUse(person: SmallPerson) {
  const started = await startUsing(deps(), person.tokenHash);
  if (!started.ok) throw new Error(started.error);
  return started.value.options;
}

function addWith(person: SmallPerson, answer: string, name = 'My phone') {
  return addPasskey(deps(), person.tokenHash, { name, answer: parseAnswer(registrationAnswer, answer)! });
}

function useWith(person: SmallPerson, answer: string) {
  return usePasskey(deps(), person.tokenHash, parseAnswer(authenticationAnswer, answer)!);
}

async function newPasskey(person: SmallPerson, name?: string): Promise<Authenticator> {
  const authenticator = new Authenticator(ORIGIN);
  const added = await addWith(person, authenticator.create(await optionsToAdd(person)), name);
  expect(added).toEqual({ ok: true, value: undefined });
  return authenticator;
}

async function usedNow(person: SmallPerson, authenticator: Authenticator): Promise<void> {
  const used = await useWith(person, authenticator.get(await optionsToUse(person)));
  expect(used).toEqual({ ok: true, value: undefined });
}

/** The officer has a passkey, has used it, and the business requires one. */
async function required(): Promise<Authenticator> {
  const authenticator = await newPasskey(officer);
  await usedNow(officer, authenticator);
  expect(await requirePasskeys(deps(), officer.acting(BUSINESS), true)).toEqual({
    ok: true,
    value: undefined,
  });
  return authenticator;
}

const minutesLater = (minutes: number) =>
  world.rows(`update sessions set passkey_at = passkey_at - make_interval(mins => $1)`, [minutes]);

function grant(person: SmallPerson) {
  return grantToVendor(deps(), person.acting(BUSINESS), {
    vendorNumber: VENDOR,
    proposal: {
      rights: ['cards.read'],
      units: null,
      workers: null,
      firstDay: null,
      lastDay: parsePlainDate(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10))!,
      purpose: 'Cards',
      limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
    },
    acceptsAgreement: true,
    acceptsQuote: true,
  });
}

const stepUp = { ok: false, error: { kind: 'confirm', reason: 'step-up' } };
const notVerified = { ok: false, error: 'not-verified' };
const stale = { ok: false, error: 'stale' };

describe('adding', () => {
  test('a passkey is kept with its name, the person is told, and it is in the audit', async () => {
    const authenticator = await newPasskey(officer, 'Min telefon');
    const { passkeys } = await viewPasskeys(deps(), officer.tokenHash);
    expect(passkeys.map(({ name, lastUsedAt, transports }) => ({ name, lastUsedAt, transports }))).toEqual([
      { name: 'Min telefon', lastUsedAt: null, transports: ['internal'] },
    ]);
    expect(passkeys[0]?.credentialId).toEqual(authenticator.credentialId);
    expect(notices).toMatchObject([
      { template: 'passkeys:notice.added', audience: 'person', personId: officer.id, businessId: null },
    ]);
    const audited = await world.rows(
      `select 1 from audit_entries where action = 'passkey.added' and decision = 'allowed'`,
    );
    expect(audited.length).toBeGreaterThan(0);
    expect((await viewPasskeys(deps(), second.tokenHash)).passkeys).toEqual([]);
  });

  test('needs a login at high level in the last five minutes, also in the database', async () => {
    const options = await optionsToAdd(officer);
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    expect(await startAdding(deps(), officer.tokenHash)).toEqual({ ok: false, error: 'step-up' });
    const answer = new Authenticator(ORIGIN).create(options);
    expect(await addWith(officer, answer)).toEqual({ ok: false, error: 'step-up' });
    const adding = inTransaction(
      world.database,
      { kind: 'session', tokenHash: officer.tokenHash, writing: true },
      ({ query, facts }) =>
        sql`select passkey_add(${facts.session?.id}::uuid, '\\x01', '\\x01', 0, '{}', 'x')`.execute(query),
    );
    await expect(adding).rejects.toThrow('a passkey is added after a login at the high level');
  });

  test.each<[string, Odd]>([
    ['a look-alike page', { origin: LOOK_ALIKE }],
    ['another host', { rpId: 'kortvakt.test.evil.example' }],
    ['a key that was not unlocked', { unverified: true }],
  ])('refuses %s', async (_, odd) => {
    const answer = new Authenticator(ORIGIN).create(await optionsToAdd(officer), odd);
    expect(await addWith(officer, answer)).toEqual(notVerified);
    expect((await viewPasskeys(deps(), officer.tokenHash)).passkeys).toEqual([]);
  });

  test('takes an answer once, within five minutes, in the session that was asked', async () => {
    const authenticator = new Authenticator(ORIGIN);
    const options = await optionsToAdd(officer);
    expect(await addWith(second, authenticator.create(options))).toEqual(stale);
    expect(await addWith(officer, authenticator.create(options))).toMatchObject({ ok: true });
    expect(await addWith(officer, authenticator.create(options))).toEqual(stale);
    const again = await optionsToAdd(officer);
    expect(await addWith(officer, authenticator.create(again))).toEqual({ ok: false, error: 'known' });
    const late = await optionsToAdd(officer);
    await world.rows(`update passkey_challenges set made_at = now() - interval '6 minutes'`);
    expect(await addWith(officer, new Authenticator(ORIGIN).create(late))).toEqual(stale);
  });
});

describe('using', () => {
  test('is noted in the session and at the passkey', async () => {
    await usedNow(officer, await newPasskey(officer));
    const [passkey] = (await viewPasskeys(deps(), officer.tokenHash)).passkeys;
    expect(passkey).toMatchObject({ counter: 1 });
    expect(passkey?.lastUsedAt).toBeInstanceOf(Date);
  });

  test.each<[string, Odd]>([
    ['a look-alike page', { origin: LOOK_ALIKE }],
    ['another host', { rpId: 'kortvakt.test.evil.example' }],
    ['a key that was not unlocked', { unverified: true }],
    ['a counter that did not move on, as of a copy', { counter: 1 }],
  ])('refuses %s', async (_, odd) => {
    const authenticator = await newPasskey(officer);
    await usedNow(officer, authenticator);
    await world.rows('update sessions set passkey_at = null');
    const answer = authenticator.get(await optionsToUse(officer), odd);
    expect(await useWith(officer, answer)).toEqual(notVerified);
    expect(await world.rows('select 1 from sessions where passkey_at is not null')).toEqual([]);
  });

  test('refuses another key, another person’s, and an answer that was used', async () => {
    const authenticator = await newPasskey(officer);
    await newPasskey(second);
    expect(await useWith(officer, new Authenticator(ORIGIN).get(await optionsToUse(officer)))).toEqual(
      notVerified,
    );
    expect(await useWith(second, authenticator.get(await optionsToUse(second)))).toEqual(notVerified);
    const answer = authenticator.get(await optionsToUse(officer));
    expect(await useWith(officer, answer)).toMatchObject({ ok: true });
    expect(await useWith(officer, answer)).toEqual(stale);
    expect(await startUsing(deps(), manager.tokenHash)).toEqual({ ok: false, error: 'none' });
  });

  test('two answers at once to one challenge: one counts', async () => {
    const authenticator = await newPasskey(officer);
    const options = await optionsToUse(officer);
    const answers = [authenticator.get(options), authenticator.get(options)];
    const used = await Promise.all(answers.map((answer) => useWith(officer, answer)));
    expect(used.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

describe('a business that requires one', () => {
  test('is begun by an officer with a passkey alone, and every officer is told', async () => {
    await world.personMandate(businessId, manager, officer, ['access.manage', 'contact.change']);
    expect(await requirePasskeys(deps(), officer.acting(BUSINESS), true)).toEqual({
      ok: false,
      error: 'passkey',
    });
    await usedNow(manager, await newPasskey(manager));
    expect(await requirePasskeys(deps(), manager.acting(BUSINESS), true)).toMatchObject({
      ok: false,
      error: { kind: 'refused' },
    });
    expect(await world.rows('select 1 from passkey_requirements')).toEqual([]);
    await required();
    expect(notices.at(-1)).toMatchObject({
      template: 'passkeys:notice.required',
      audience: 'officers',
      businessId,
    });
  });

  test('has nobody grant without a passkey used in this session in the last five minutes', async () => {
    const authenticator = await required();
    expect(await grant(second)).toEqual(stepUp);
    await minutesLater(6);
    expect(await grant(officer)).toEqual(stepUp);
    await usedNow(officer, authenticator);
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    expect(await grant(officer)).toEqual(stepUp);
    await world.rows('update sessions set auth_time = clock_now()');
    expect(await grant(officer)).toMatchObject({ ok: true });
  });

  test('holds in the database, whatever the application does', async () => {
    await required();
    await minutesLater(6);
    const write = (statement: string) =>
      inTransaction(
        world.database,
        { kind: 'session', tokenHash: officer.tokenHash, business: BUSINESS, writing: true },
        ({ query }) => sql.raw(statement).execute(query),
      );
    const mandate = `insert into mandates (business_id, holder, person_id, holder_name, rights, starts_at, ends_at, tie,
        tie_reason, approved_by, approved_by_name, approved_at, approved_acr, approved_auth_time)
      values ('${businessId}', 'person', '${vendorOfficer.id}', 'x', '{cards.read}', context_now(), context_now() + interval '1 day',
        'declared', 'accountant', '${officer.id}', 'x', context_now(), 'high', context_setting('auth_time')::timestamptz)`;
    const changed = `select contact_change_at_once(null, version, contact_as_json(d) || '{"responsible": "T"}') from contact_details d`;
    await expect(write(mandate)).rejects.toThrow(/passkey_held/u);
    await expect(write(`update contact_details set email = 'thief@x.example'`)).rejects.toThrow(
      /by functions alone/u,
    );
    await expect(write(changed)).rejects.toThrow(/a fresh login/u);
    await expect(write(`select passkey_require((select id from sessions limit 1), false)`)).rejects.toThrow(
      /decides with a passkey/u,
    );
    await world.rows(`update sessions set passkey_at = now() - interval '1 second' where person_id = $1`, [
      officer.id,
    ]);
    await write(mandate);
  });

  test('lets access be taken away without one', async () => {
    await required();
    const given = await grant(officer);
    await minutesLater(6);
    if (!given.ok) throw new Error('Not given.');
    await world.rows('delete from passkeys');
    expect(await removeMandate(deps(), second.acting(BUSINESS), given.value.mandateId)).toMatchObject({
      ok: true,
    });
  });

  test('a passkey added afterwards counts after a day, or at once when another vouches for it', async () => {
    const first = await required();
    await usedNow(second, await newPasskey(second));
    expect(await grant(second)).toEqual(stepUp);
    expect(await requirePasskeys(deps(), second.acting(BUSINESS), false)).toEqual({
      ok: false,
      error: 'passkey',
    });
    await world.rows(
      `update passkeys set added_at = added_at - interval '25 hours', counts_from = counts_from - interval '25 hours'
       where person_id = $1`,
      [second.id],
    );
    await world.rows(`update passkey_requirements set required_at = required_at - interval '26 hours'`);
    expect(await grant(second)).toMatchObject({ ok: true });

    // The officer's first one was there before the requirement; by now it counts anywhere, and vouches for a new one.
    await world.rows(
      `update passkeys set added_at = added_at - interval '27 hours', counts_from = counts_from - interval '27 hours'
       where person_id = $1`,
      [officer.id],
    );
    await usedNow(officer, first);
    const vouched = await newPasskey(officer, 'Second');
    await usedNow(officer, vouched);
    expect(await requirePasskeys(deps(), officer.acting(BUSINESS), false)).toMatchObject({ ok: true });
    expect(notices.at(-1)).toMatchObject({ template: 'passkeys:notice.notRequired', audience: 'officers' });
  });

  test('removing the passkey that was used takes what it allowed with it', async () => {
    await required();
    const [passkey] = (await viewPasskeys(deps(), officer.tokenHash)).passkeys;
    const removed = await pages.post(officer, `/profile/passkeys/${passkey?.id ?? ''}/remove`, {});
    expect(removed.location).toBe('/profile/passkeys?done=passkeys%3Adone.removed');
    expect(notices.at(-1)).toMatchObject({ template: 'passkeys:notice.removed', personId: officer.id });
    expect(await grant(officer)).toEqual(stepUp);
  });

  test('has contact details changed with one, and keeps what was typed without', async () => {
    const authenticator = await required();
    await minutesLater(6);
    const [stored] = await world.rows<{ version: number }>('select version from contact_details');
    await world.rows('update sessions set auth_time = clock_now()');
    const details = {
      email: 'new@b.example',
      mobile: null,
      addressLines: [],
      postalCode: null,
      city: null,
      responsible: null,
      language: 'nb',
    } as const;
    expect(await changeContact(deps(), officer.acting(BUSINESS), stored?.version ?? 0, details)).toEqual({
      ok: false,
      error: { kind: 'passkey' },
    });
    const path = `/b/${BUSINESS}/business/contact/change`;
    expect((await pages.get(officer, path)).text).toContain(
      `/profile/passkeys/use?return=${encodeURIComponent(path)}`,
    );
    const form = { version: String(stored?.version), email: 'typed@b.example', language: 'nb' };
    const again = await pages.post(officer, path, form);
    expect(again.status).toBe(422);
    expect(again.text).toContain('value="typed@b.example"');
    expect(again.text).toContain(contactEn.passkey.typed);
    await usedNow(officer, authenticator);
    expect((await pages.post(officer, path, form)).status).toBe(303);
    expect(await world.rows(`select after ->> 'email' as email from contact_moves`)).toEqual([
      { email: 'typed@b.example' },
    ]);
  });
});

describe('in a browser that a vendor has used', () => {
  const LIST = `/b/${BUSINESS}/business/access`;
  const inBrowser = (device: string, people: readonly SmallPerson[]) =>
    Promise.all(
      people.map((person) =>
        world.rows(
          `with device as (insert into devices (person_id, device_hash, first_of_person, first_seen_at, last_seen_at)
             values ($1, sha256($2::bytea), true, now(), now()) returning id)
           update sessions set device_id = device.id from device where person_id = $1`,
          [person.id, device],
        ),
      ),
    );
  beforeAll(() => inBrowser('shared', [officer, vendorOfficer]));
  afterAll(() => world.rows('update sessions set device_id = null'));

  test('a passkey that counts lets go on what waits, for five minutes', async () => {
    const authenticator = await newPasskey(officer);
    expect(await grant(officer)).toEqual(stepUp);
    await usedNow(officer, authenticator);
    // As yet it may be one that whoever was lent the eID has added.
    expect(await grant(officer)).toEqual(stepUp);
    expect((await pages.get(officer, `/profile/passkeys/use?return=${LIST}`)).text).toContain('is new');
    await world.rows(
      `update passkeys set added_at = added_at - interval '25 hours', counts_from = counts_from - interval '25 hours'`,
    );
    expect(await grant(officer)).toMatchObject({ ok: true });
    await minutesLater(6);
    expect(await grant(officer)).toEqual(stepUp);
  });

  test('a passkey is offered beside the link', async () => {
    const { text } = await pages.get(officer, `${LIST}/browser?return=${LIST}`);
    expect(text).toContain(`/profile/passkeys/use?return=${encodeURIComponent(LIST)}`);
  });
});

test('an agreement is not signed without one where it is required, whatever the application does', async () => {
  await required();
  await world.rows(`update agreements set ended_at = now(), ended_by = $1 where ended_at is null`, [
    officer.id,
  ]);
  await minutesLater(6);
  const sign = () =>
    inTransaction(
      world.database,
      { kind: 'session', tokenHash: officer.tokenHash, business: BUSINESS, writing: true },
      ({ query }) =>
        sql`insert into agreements (business_id, vendor_id, version, document_sha256, business_accepted_by,
            business_accepted_by_name, business_accepted_at, vendor_accepted_by, vendor_accepted_by_name, vendor_accepted_at)
          select ${businessId}, p.vendor_id, p.agreement_version, p.agreement_sha256, ${officer.id}, 'x', context_now(),
            p.accepted_by, p.accepted_by_name, p.accepted_at from vendor_profiles p`.execute(query),
    );
  await expect(sign()).rejects.toThrow(/passkey_held/u);
  await world.rows(`update sessions set passkey_at = now() - interval '1 second' where person_id = $1`, [
    officer.id,
  ]);
  await sign();
});

describe('pages', () => {
  const optionsIn = (text: string) =>
    JSON.parse((/data-options="([^"]*)"/u.exec(text)?.[1] ?? '').replaceAll('&quot;', '"')) as Asked;

  test('a passkey is added and used through the forms, and leads back', async () => {
    const authenticator = new Authenticator(ORIGIN);
    const add = await pages.get(officer, '/profile/passkeys/add');
    expect(add.text).toContain(en.noScript);
    const response = authenticator.create(optionsIn(add.text));
    const nameless = await pages.post(officer, '/profile/passkeys/add', { response, name: ' ' });
    expect([nameless.status, nameless.text.includes(en.error.name)]).toEqual([422, true]);
    const added = await pages.post(officer, '/profile/passkeys/add', {
      response: authenticator.create(optionsIn(nameless.text)),
      name: 'Key <1>',
    });
    expect(added.location).toBe('/profile/passkeys?done=passkeys%3Adone.added');
    expect((await pages.get(officer, '/profile/passkeys')).text).toContain('Key &lt;1&gt;');
    const use = await pages.get(officer, `/profile/passkeys/use?return=${PAGE}`);
    const used = await pages.post(officer, '/profile/passkeys/use', {
      response: authenticator.get(optionsIn(use.text)),
      return: PAGE,
    });
    expect([used.status, used.location]).toEqual([303, PAGE]);
    expect((await pages.get(officer, PAGE)).text).toContain(en.business.beginText);
    const on = await pages.post(officer, PAGE, { required: 'yes' });
    expect(on.location).toBe(`${PAGE}?done=passkeys%3Adone.required`);
    expect((await pages.get(second, PAGE)).text).toContain(en.business.needsOwn);
  });

  test.each(['', 'no json', '{}', '{"id":1}'])(
    'what is no answer (%s) is said, with the page anew',
    async (response) => {
      await newPasskey(officer);
      const used = await pages.post(officer, '/profile/passkeys/use', {
        response,
        return: 'https://evil.example/',
      });
      expect([used.status, used.text.includes(en.problem['not-verified'])]).toEqual([422, true]);
      expect(used.text).not.toContain('evil.example');
      const added = await pages.post(officer, '/profile/passkeys/add', { response, name: 'Kept' });
      expect([added.status, added.text.includes('value="Kept"')]).toEqual([422, true]);
    },
  );

  test('whether a passkey counts yet is said by the clock of the database', async () => {
    await newPasskey(officer);
    await world.rows(
      `update passkeys set added_at = now() - interval '25 hours', counts_from = now() - interval '5 minutes'`,
    );
    const isNew = async () => (await pages.get(officer, '/profile/passkeys/use')).text.includes('is new');
    expect(await isNew()).toBe(false);
    await world.rows(`update clock set offset_by = interval '-10 minutes'`);
    expect(await isNew()).toBe(true);
    await world.rows(`update clock set offset_by = interval '0'`);
  });

  test('whoever has none is told how to add one, and another’s is not to be found', async () => {
    expect((await pages.get(second, `/profile/passkeys/use?return=${PAGE}`)).text).toContain(en.use.none);
    await newPasskey(officer);
    const [passkey] = (await viewPasskeys(deps(), officer.tokenHash)).passkeys;
    expect((await pages.post(second, `/profile/passkeys/${passkey?.id ?? ''}/remove`, {})).status).toBe(404);
    expect((await pages.post(second, '/profile/passkeys/nonsense/remove', {})).status).toBe(404);
  });
});
