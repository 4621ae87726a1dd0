import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { agreements } from '../../tests/support/agreements.ts';
import { createDirectoryPages } from '../directory/index.ts';
import { words } from '../words.ts';
import { createVendorPages, publishVendorProfile } from './index.ts';
import { isOld, SECURITY_QUESTIONS, summaryOf } from './security.ts';

describe('answers', () => {
  const now = new Date('2026-11-28T12:00:00Z');
  const at = (text: string) =>
    ({ question: 'encrypted', answer: 'yes', evidence: 'E', answeredAt: new Date(text) }) as const;

  test.each([
    ['2025-11-28T11:59:59Z', true],
    ['2025-11-28T12:00:00Z', false],
    ['2026-11-28T12:00:00Z', false],
  ])('of %s are old: %s', (text, old) => {
    expect(isOld(new Date(text), now)).toBe(old);
  });

  test('are counted, also those that are not there', () => {
    expect(SECURITY_QUESTIONS).toHaveLength(25);
    expect(new Set(SECURITY_QUESTIONS).size).toBe(25);
    const no = { ...at('2026-11-01T00:00:00Z'), question: 'backups', answer: 'no' } as const;
    const none = { ...no, question: 'incident-log', answer: 'none' } as const;
    const gone = { ...no, question: 'asked-long-ago' };
    expect(summaryOf([at('2024-01-01T00:00:00Z'), no, none, gone], now)).toEqual({
      yes: 1,
      no: 1,
      unanswered: 23,
      old: 1,
    });
  });
});

describe('a vendor', () => {
  const [BUSINESS, VENDOR] = ['310000019', '310000035'];
  let world: SmallWorld;
  let pages: PageCaller;
  let officer: SmallPerson;
  let vendorOfficer: SmallPerson;
  let manager: SmallPerson;
  let vendorId: string;
  const form = `/b/${VENDOR}/business/vendor/security`;

  beforeAll(async () => {
    world = await startSmallWorld();
    const businessId = await world.business(BUSINESS, 'BLÅ HAMMER AS');
    vendorId = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
    officer = await world.person('Våken Spurv', '15819049944');
    vendorOfficer = await world.person('Rask Gaupe', '15819049946');
    manager = await world.person('Styrende Stær', '15819049948');
    await world.officer(businessId, officer);
    await world.officer(vendorId, vendorOfficer);
    await world.personMandate(vendorId, manager, vendorOfficer, ['access.manage']);
    const deps = {
      database: world.database,
      notify: () => Promise.resolve(),
      publicOrigin: 'https://kortvakt.test',
      agreements,
    };
    await publishVendorProfile(deps, vendorOfficer.acting(VENDOR), { feeOre: 9900, places: 'Norge' });
    pages = await createPageCaller(words, (app) => {
      app.route(
        '/b/:business',
        createVendorPages({
          ...deps,
          importBusiness: () => Promise.reject(new Error('not here')),
          requestLimits: { waitDays: 30, perDay: 50 },
          warnFromOre: 20_000,
        }),
      );
      app.route(
        '/',
        createDirectoryPages({
          database: world.database,
          vault: world.vault,
          checksPerMinute: 1000,
          trustedProxyHops: 0,
          filesPerDayBytes: 0,
        }),
      );
    });
  }, 60_000);
  afterAll(() => world.stop());

  test('answers in the name of an officer, a yes with its evidence, and nobody else answers', async () => {
    const given = { 'answer-encrypted': 'yes', 'evidence-encrypted': '', 'answer-backups': 'no' };
    const bare = await pages.post(vendorOfficer, form, given);
    expect([bare.status, bare.text.includes('Write what you can point to')]).toEqual([422, true]);
    expect(await world.rows('select 1 from vendor_answers')).toEqual([]);
    expect((await pages.get(manager, form)).status).toBe(403);
    expect((await pages.post(manager, form, given)).status).toBe(403);
    // A business that is no vendor has nothing to answer.
    expect((await pages.post(officer, `/b/${BUSINESS}/business/vendor/security`, {})).status).toBe(409);
    const whole = { ...given, 'evidence-encrypted': 'Disks with <LUKS>' };
    expect((await pages.post(vendorOfficer, form, whole)).status).toBe(303);
    const again = (await pages.get(vendorOfficer, form)).text;
    expect(again).toContain('value="Disks with &lt;LUKS&gt;"');
    expect(
      await world.rows(
        `select changes ->> 'encrypted' as encrypted, changes ->> 'backups' as backups from audit_entries
         where action = 'vendor.answer-security' and decision = 'allowed' order by recorded_at desc limit 1`,
      ),
    ).toEqual([{ encrypted: 'yes', backups: 'no' }]);
  });

  test('is on a page of its own that anybody reads: register, officers, answers, what it sees, and numbers', async () => {
    const page = await pages.get(undefined, `/vendors/${VENDOR}`);
    expect(page.status).toBe(200);
    for (const text of [
      'RIMELIG KORTHJELP AS',
      'Rask Gaupe, General manager',
      'Bankrupt',
      'Yes, with evidence',
      'Disks with &lt;LUKS&gt;',
      '1 yes, 1 no, 23 not answered.',
      'What they can see',
      'Fewer than 10',
      'Numbers that rest on fewer than 10 are not shown',
    ])
      expect(page.text).toContain(text);
    expect(page.text).not.toContain('older than twelve months');
    expect((await pages.get(undefined, '/vendors')).text).toContain(`href="/vendors/${VENDOR}"`);
  });

  test('has answers marked that are older than twelve months', async () => {
    await world.rows(
      `update vendor_answers set answered_at = clock_now() - interval '13 months' where question = 'encrypted'`,
    );
    const page = (await pages.get(undefined, `/vendors/${VENDOR}`)).text;
    expect(page).toContain('1 answer is older than twelve months');
    expect(page.match(/Older than twelve months/gu)).toHaveLength(1);
  });

  test('that is barred or bankrupt says so, has no numbers, and an unknown one is not there', async () => {
    await world.rows('update businesses set bankrupt = true where id = $1', [vendorId]);
    const page = (await pages.get(undefined, `/vendors/${VENDOR}`)).text;
    expect(page).toContain('The vendor is bankrupt or dissolved');
    expect(page).not.toContain('Fewer than 10');
    await world.rows('update businesses set bankrupt = false where id = $1', [vendorId]);
    await world.rows('update vendor_profiles set barred_at = now()');
    expect((await pages.get(undefined, `/vendors/${VENDOR}`)).text).toContain('has barred the vendor');
    await world.rows('update vendor_profiles set barred_at = null');
    for (const other of [BUSINESS, '310000094', 'x', '%00'])
      expect((await pages.get(undefined, `/vendors/${other}`)).status).toBe(404);
  });

  test('shows its answers to whoever is about to give it a mandate', async () => {
    const give = `/b/${BUSINESS}/business/access/vendors/${VENDOR}`;
    const lastDay = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
    const sent = await pages.post(officer, give, {
      rights: 'orders.read',
      scope: 'all',
      lastDay,
      purpose: 'Cards',
    });
    const preview = (await pages.get(officer, sent.location ?? '')).text;
    expect(preview).toContain('1 yes, 1 no, 23 not answered.');
    expect(preview).toContain('Disks with &lt;LUKS&gt;');
    expect(preview).toContain(`href="/vendors/${VENDOR}"`);
  });
});
