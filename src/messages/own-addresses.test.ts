import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import { inTransaction } from '../database/transaction.ts';
import identityEn from '../identity/en.json' with { type: 'json' };
import { err, ok } from '../kernel/result.ts';
import { createNotify, createOwnAddress, deliverNotice, type MessageDeps } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { createOwnAddressPages } from './own-address-pages.tsx';
import { askForOwnAddress, forgetOwnAddress, proveOwnAddress } from './own-addresses.ts';

let world: SmallWorld;
let officer: SmallPerson;
let business: string;
let deps: MessageDeps;
let pages: PageCaller;
/** What the contact register knows of the officer: nothing, an address, or no answer. */
let krr: 'none' | 'has' | 'silent';
const silent = () => undefined;
const OWN = 'spurv@egen.example';

const words = { messages: en, identity: identityEn, access: accessEn };

beforeAll(async () => {
  world = await startSmallWorld();
  officer = await world.person('Våken Spurv', '15819049944');
  business = await world.business('310000019', 'BLÅ HAMMER AS');
  await world.officer(business, officer);
  await world.rows(
    `insert into contact_details (business_id, email, mobile, source, changed_at)
     values ($1, 'Post@blahammer.example', '+4791111111', 'register', now())`,
    [business],
  );
  deps = {
    database: world.database,
    vault: world.vault,
    registers: {
      krr: {
        contacts: (numbers) =>
          Promise.resolve(
            krr === 'silent'
              ? err({ kind: 'unavailable' as const, register: 'krr' })
              : ok(
                  numbers.map((nationalId) => ({
                    nationalId,
                    canBeNotified: krr === 'has',
                    ...(krr === 'has' ? { email: 'spurv@krr.example' } : {}),
                  })),
                ),
          ),
      },
    },
    contactAddresses: () => Promise.resolve({ email: undefined, language: 'nb' }),
    sendMail: () => Promise.resolve(ok(undefined)),
    text: (_, key) => key,
    origin: 'https://kortvakt.example',
    log: { debug: silent, info: silent, warn: silent, error: silent },
  };
  pages = await createPageCaller({ nb: words, en: words }, (app) => {
    app.route('/', createOwnAddressPages({ ...own(), texts: true }));
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  krr = 'none';
  await world.rows('truncate notices, notice_deliveries, own_addresses cascade');
  await world.rows(`update clock set offset_by = '0'`);
});

const own = () => ({ database: world.database, vault: world.vault, notify: createNotify(world) });

/** The code that was sent last. */
async function code(): Promise<string> {
  const [row] = await world.rows<{ id: string; secrets: Buffer }>(
    `select id, secrets_encrypted as secrets from notices where template = 'messages:notice.ownCode' order by id desc limit 1`,
  );
  if (row === undefined) return '';
  const { code: sent } = JSON.parse(world.vault.decrypt(row.secrets, `notice:${row.id}`)) as { code: string };
  return sent;
}

const ask = (address: string, channel: 'email' | 'sms' = 'email') =>
  askForOwnAddress(own(), officer.tokenHash, { channel, address });
async function give(address = OWN): Promise<void> {
  expect(await ask(address)).toBe('asked');
  expect(await proveOwnAddress(own(), officer.tokenHash, 'email', await code())).toBe('proved');
}

/** Where a notice to the officers goes. */
async function told(): Promise<string[]> {
  await world.rows('truncate notices, notice_deliveries cascade');
  const notice = { template: 'contact:notice.begun', businessId: business, parameters: {} };
  await inTransaction(world.database, { kind: 'job', name: 'test' }, (transaction) =>
    createNotify(world)(transaction, { ...notice, audience: 'officers' }),
  );
  const [row] = await world.rows<{ id: string }>('select id from notices');
  await deliverNotice(deps, row?.id ?? '');
  return (await world.rows<{ address: string }>('select address from notice_deliveries')).map(
    ({ address }) => address,
  );
}

const reach = () => createOwnAddress(deps)(world.vault.encrypt(officer.nationalId, 'national-id'));

describe('an address of one’s own', () => {
  test('counts once its code was entered, where the contact register has none or does not answer', async () => {
    expect([await told(), await reach()]).toEqual([[], 'none']);
    expect(await ask(OWN)).toBe('asked');
    expect([await told(), await reach()]).toEqual([[], 'none']);
    await give();
    expect([await told(), await reach()]).toEqual([[OWN], 'reached']);
    krr = 'silent';
    expect([await told(), await reach()]).toEqual([[OWN], 'reached']);
    krr = 'has';
    expect([await told(), await reach()]).toEqual([['spurv@krr.example'], 'reached']);
  });

  test('is asked for again of the register that did not answer', async () => {
    await give();
    krr = 'silent';
    await told();
    krr = 'has';
    const [row] = await world.rows<{ id: string }>('select id from notices');
    expect(await deliverNotice(deps, row?.id ?? '')).toEqual(ok(undefined));
    expect(await world.rows('select address from notice_deliveries order by id')).toEqual([
      { address: OWN },
      { address: 'spurv@krr.example' },
    ]);
  });

  test('is changed with notice to the one before, and removed with notice to it', async () => {
    await give();
    await give('ny@egen.example');
    await forgetOwnAddress(own(), officer.tokenHash, 'email');
    expect(
      await world.rows(
        `select template, audience, extra_addresses from notices where template like '%ownAddress%' order by id`,
      ),
    ).toEqual([
      { template: 'messages:notice.ownAddress', audience: 'person', extra_addresses: [] },
      { template: 'messages:notice.ownAddress', audience: 'person', extra_addresses: [OWN] },
      {
        template: 'messages:notice.ownAddressGone',
        audience: 'person',
        extra_addresses: ['ny@egen.example'],
      },
    ]);
    expect(await told()).toEqual([]);
  });

  test('is never one that a business has its messages at, also not later', async () => {
    expect(await ask('post@BLAHAMMER.example')).toBe('of-a-business');
    expect(await ask('+4791111111', 'sms')).toBe('of-a-business');
    await give();
    const set = (email: string) => world.rows('update contact_details set email = $1', [email]);
    await set(OWN.toUpperCase());
    expect([await told(), await reach()]).toEqual([[], 'none']);
    await set('post@blahammer.example');
    expect(await told()).toEqual([OWN]);
  });

  test('needs a fresh login, and a browser that no vendor’s people have used', async () => {
    await world.rows(`update clock set offset_by = '6 minutes'`);
    expect(await ask(OWN)).toBe('step-up');
    await world.rows(`update clock set offset_by = '0'`);
    const vendor = await world.business('310000035', 'LEVERANDØR AS');
    const theirs = await world.person('Rimelig', '20908204892');
    await world.officer(vendor, theirs);
    await world.rows(
      `insert into vendor_profiles values ($1, 9900, '1', sha256('agreement'::bytea), $2, 'R', now()) on conflict do nothing`,
      [vendor, theirs.id],
    );
    const login = async (person: SmallPerson) => {
      const tokenHash = randomBytes(32);
      await world.rows(
        `select session_create($1, (select national_id_hash from persons where id = $2), 'https://issuer.example', 's', null,
           'high', clock_now(), '', '30 minutes', '8 hours', sha256('lent'::bytea), null)`,
        [tokenHash, person.id],
      );
      return tokenHash;
    };
    await login(theirs);
    const lent = await login(officer);
    expect(await askForOwnAddress(own(), lent, { channel: 'email', address: OWN })).toBe('borrowed-browser');
  });

  test('is asked for five times in 24 hours, forgotten in between or not', async () => {
    for (let asked = 1; asked <= 5; asked += 1) {
      expect(await ask(`stranger-${String(asked)}@example.no`)).toBe('asked');
      await forgetOwnAddress(own(), officer.tokenHash, 'email');
    }
    expect(await ask('stranger-6@example.no')).toBe('too-often');
    expect(
      await world.rows(`select id from notices where template = 'messages:notice.ownCode'`),
    ).toHaveLength(5);
    expect(await ask('+4791234567', 'sms')).toBe('asked');
    await world.rows(
      `update own_addresses set asks = array(select at - interval '1 day' from unnest(asks) at)`,
    );
    expect(await ask('stranger-6@example.no')).toBe('asked');
  });

  test('has a code that is good for ten tries and half an hour, for the one who asked', async () => {
    const prove = (given: string) => proveOwnAddress(own(), officer.tokenHash, 'email', given);
    expect(await prove('000000')).toBe('unknown');
    await ask(OWN);
    const sent = await code();
    for (let tries = 1; tries < 10; tries += 1) expect(await prove('x')).toBe('wrong');
    expect(await prove('x')).toBe('spent');
    expect(await prove(sent)).toBe('unknown');
    await ask(OWN);
    await world.rows(`update clock set offset_by = '31 minutes'`);
    expect(await prove(await code())).toBe('expired');
  });
});

describe('the page', () => {
  test('takes an address and its code, and says what is wrong', async () => {
    const post = (path: string, fields: Record<string, string>) =>
      pages.post(officer, `/profile/address${path}`, fields);
    const wrong = await post('', { address: 'a@b.example, c@d.example' });
    expect([wrong.status, wrong.text.includes(en.ownAddress.error.address)]).toEqual([422, true]);
    const theirs = await post('', { address: 'post@blahammer.example' });
    expect([theirs.status, theirs.text.includes(en.ownAddress.error['of-a-business'])]).toEqual([422, true]);
    expect((await post('', { address: '912 34 567' })).status).toBe(303);
    expect((await post('/code', { channel: 'sms', code: 'x' })).text).toContain(en.ownAddress.error.wrong);
    expect((await post('/code', { channel: 'sms', code: await code() })).status).toBe(303);
    expect((await pages.get(officer, '/profile/address')).text).toContain('+4791234567');
    expect((await post('/forget', { channel: 'sms' })).status).toBe(303);
    expect((await pages.get(officer, '/profile/address')).text).not.toContain('+4791234567');
  });
});
