import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AgreementWorld,
  BUSINESS,
  startAgreementWorld,
  VENDOR,
} from '../../tests/support/agreement-world.ts';
import { signing } from '../../tests/support/agreements.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import type { Notice, Right } from '../access/index.ts';
import accessNb from '../access/nb.json' with { type: 'json' };
import businessesEn from '../businesses/en.json' with { type: 'json' };
import businessesNb from '../businesses/nb.json' with { type: 'json' };
import { addDays, osloToday } from '../kernel/dates.ts';
import { grantToVendor } from '../vendors/index.ts';
import { type AgreementDeps, endAgreement } from './actions.ts';
import { CHECK_ITEMS, checklistOf, gapsOf, readChecklist } from './checklist.ts';
import en from './en.json' with { type: 'json' };
import { createAgreementPages, createVerifyPages } from './index.ts';
import nb from './nb.json' with { type: 'json' };
import {
  answerChecklist,
  confirmRecorded,
  declineRecorded,
  recordAgreement,
  tellOfRecorded,
  uploadAgreement,
  viewRecorded,
  withdrawRecorded,
} from './recorded.ts';
import { settleAgreements, tellCustomers } from './settling.ts';
import { verifyFile } from './verifying.ts';

const today = osloToday(new Date());
const FILE = Buffer.from('%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n%%EOF\n');
const hash = createHash('sha256').update(FILE).digest();

let world: AgreementWorld;
let deps: AgreementDeps;
let pages: PageCaller;
let notices: Notice[];
let businessId: string;
let vendorId: string;
let officer: SmallPerson;
let manager: SmallPerson;
let vendorOfficer: SmallPerson;
let member: SmallPerson;

beforeAll(async () => {
  world = await startAgreementWorld();
  ({ deps, notices, businessId, vendorId } = world);
  ({ officer, manager, vendorOfficer, member } = world.people);
  const resources = {
    nb: { access: accessNb, agreements: nb, businesses: businessesNb },
    en: { access: accessEn, agreements: en, businesses: businessesEn },
  };
  pages = await createPageCaller(resources, (app) => {
    app.route('/b/:business', createAgreementPages(deps));
    app.route('/', createVerifyPages({ ...deps, checksPerMinute: 100, trustedProxyHops: 1 }));
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  await world.begin();
  await world.personMandate(businessId, manager, officer, ['access.manage']);
});

const telling = () => world.telling;
const publish = (places?: string) => world.publish(places);
const vendorActs = () => world.vendorActs();
const freshLogins = () => world.rows(`update sessions set auth_time = clock_now() - interval '1 second'`);
const oldLogins = () => world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
const path = (sub = '') => `/b/${BUSINESS}/business/agreements/recorded${sub}`;
const vendorPath = (sub = '') => `/b/${VENDOR}/business/agreements/recorded${sub}`;
const whole = checklistOf(() => ({ answer: 'yes', where: 'Side 2' }));
const findings = { checklist: whole, signedOn: addDays(today, -100), lastDay: addDays(today, 200) };

async function uploaded(bytes: Buffer = FILE): Promise<string> {
  const sent = await uploadAgreement(deps, officer.acting(BUSINESS), {
    vendorNumber: VENDOR,
    file: { name: 'Avtale.pdf', bytes },
  });
  if (!sent.ok) throw new Error(JSON.stringify(sent.error));
  return sent.value;
}

async function shownTo(person: SmallPerson, business: string, id: string): Promise<string> {
  const viewed = await viewRecorded(deps, person.acting(business), id);
  if (!viewed.ok || viewed.value.found === undefined) throw new Error('Not found.');
  return viewed.value.found.shown;
}

async function recorded(more: Partial<Parameters<typeof answerChecklist>[3]> = {}): Promise<string> {
  const id = await uploaded();
  await answerChecklist(deps, officer.acting(BUSINESS), id, { ...findings, ...more });
  const shown = await shownTo(officer, BUSINESS, id);
  expect(await recordAgreement(deps, officer.acting(BUSINESS), id, shown)).toMatchObject({ ok: true });
  return id;
}

const confirm = async (id: string) =>
  confirmRecorded(deps, vendorOfficer.acting(VENDOR), id, await shownTo(vendorOfficer, VENDOR, id));

const grant = (acceptsAgreement: boolean) =>
  grantToVendor(world.vendorDeps, officer.acting(BUSINESS), {
    vendorNumber: VENDOR,
    proposal: {
      rights: ['orders.read'] as Right[],
      units: null,
      workers: null,
      firstDay: null,
      lastDay: addDays(today, 90),
      purpose: 'Cards',
      limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
    },
    acceptsAgreement,
    acceptsQuote: true,
  });

/** Gives a mandate, with a member who may use it. */
async function granted(acceptsAgreement: boolean): Promise<void> {
  const given = await grant(acceptsAgreement);
  if (!given.ok) throw new Error(JSON.stringify(given.error));
  await world.assign(given.value.mandateId);
}

const count = async (table: string) =>
  (await world.rows<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n;

describe('a file', () => {
  const send = (bytes: Buffer, vendor = VENDOR) =>
    pages.upload(officer, path('/new'), 'file', new File([Uint8Array.from(bytes)], 'avtale.pdf'), { vendor });

  test.each([
    ['empty', Buffer.alloc(0), 'The file is empty'],
    ['no PDF', Buffer.from('PK word document'), 'no PDF that can be read'],
    ['encrypted', Buffer.from('%PDF-1.7 trailer <</Encrypt 1 0 R>> %%EOF'), 'encrypted or has a password'],
    ['with a script', Buffer.from('%PDF-1.7 <</S /JavaScript>> %%EOF'), 'contains scripts'],
    ['with a file inside', Buffer.from('%PDF-1.7 <</EmbeddedFiles 1 0 R>> %%EOF'), 'files inside it'],
  ])('that is %s is refused in its own words, and what was typed stands', async (_, bytes, words) => {
    const answer = await send(bytes);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(words);
    expect(answer.text).toContain(`value="${VENDOR}"`);
    expect(await count('recorded_agreements')).toBe(0);
  });

  test('of 60 MB is refused before it is read, and one that is just too large in words of its own', async () => {
    const huge = await send(Buffer.concat([FILE, Buffer.alloc(60_000_000)]));
    expect([huge.status, huge.text.includes('too large')]).toEqual([413, true]);
    const file = { name: 'avtale.pdf', bytes: Buffer.concat([FILE, Buffer.alloc(20_000_000)]) };
    const sent = await uploadAgreement(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR, file });
    expect(sent).toEqual({ ok: false, error: { file: 'too-large' } });
    expect(await count('recorded_agreements')).toBe(0);
  });

  test('is one of fifty that a business sends in 24 hours', async () => {
    for (let sent = 1; sent <= 50; sent += 1) await uploaded();
    const answer = await send(FILE);
    expect([answer.status, answer.text.includes('as many PDFs as it may in 24 hours')]).toEqual([422, true]);
    expect(await count('recorded_agreements')).toBe(50);
  });

  test('is asked for, and for a vendor that is registered here', async () => {
    const empty = await pages.post(officer, path('/new'), {});
    expect([empty.status, empty.text.includes('Choose the file with the signed agreement')]).toEqual([
      422,
      true,
    ]);
    for (const other of ['310000094', 'x', BUSINESS])
      expect((await send(FILE, other)).text).toMatch(/registered here|with itself/u);
    expect(await count('recorded_agreements')).toBe(0);
  });

  test('is kept encrypted, and comes back as it was sent', async () => {
    const answer = await send(FILE);
    expect(answer.status).toBe(303);
    const [row] = await world.rows<{ content: Buffer; sha256: Buffer }>(
      'select content, sha256 from recorded_agreements',
    );
    expect(row!.sha256.equals(hash)).toBe(true);
    expect(row!.content.includes('%PDF')).toBe(false);
    const id = answer.location?.split('?')[0]?.split('/').at(-1) ?? '';
    expect((await pages.get(manager, path(`/${id}/agreement.pdf`))).text).toBe(FILE.toString());
    // The vendor sees nothing of it yet.
    expect((await pages.get(vendorOfficer, vendorPath(`/${id}`))).status).toBe(404);
    expect((await pages.get(vendorOfficer, vendorPath(`/${id}/agreement.pdf`))).status).toBe(404);
  });

  test('is sent by officers: whoever manages access reads what there is', async () => {
    const id = await uploaded();
    expect((await pages.get(manager, path(`/${id}`))).status).toBe(200);
    expect((await pages.get(manager, path('/new'))).status).toBe(403);
    expect((await pages.post(manager, path(`/${id}`), {})).status).toBe(403);
    expect((await pages.get(member, path(`/${id}`))).status).toBe(404);
  });
});

describe('the checklist', () => {
  const answersOf = (answer: (item: string) => string, where = 'Side 3') =>
    Object.fromEntries(
      CHECK_ITEMS.flatMap((item) => [
        [`answer-${item}`, answer(item)],
        [`where-${item}`, where],
      ]),
    );

  test('is answered item by item, kept between, and shows what is missing', async () => {
    const id = await uploaded();
    const some = { 'answer-subject': 'yes', 'where-subject': 'Punkt 1', 'answer-deletion': 'no' };
    expect((await pages.post(officer, path(`/${id}`), some)).status).toBe(303);
    const page = (await pages.get(officer, path(`/${id}`))).text;
    expect(page).toContain('value="Punkt 1"');
    expect(page).toContain('The agreement cannot hold yet');
    expect(page.match(/Not answered/gu)).toHaveLength(CHECK_ITEMS.length - 2);
    expect(page.match(/Missing in the agreement/gu)).toHaveLength(1);
    expect(page).not.toContain(`${id}/record"`);
  });

  test.each(CHECK_ITEMS)('with a no for %s is never recorded', async (item) => {
    const id = await uploaded();
    const form = { signedOn: findings.signedOn, ...answersOf((one) => (one === item ? 'no' : 'yes')) };
    expect((await pages.post(officer, path(`/${id}`), form)).status).toBe(303);
    const shown = await shownTo(officer, BUSINESS, id);
    expect(await recordAgreement(deps, officer.acting(BUSINESS), id, shown)).toEqual({
      ok: false,
      error: 'gaps',
    });
    // Nor by the database, whoever asks it.
    await expect(
      world.rows(
        `update recorded_agreements set recorded_by = $1, recorded_by_name = 'P', recorded_at = now(), signature = 's'`,
        [officer.id],
      ),
    ).rejects.toThrow(/recorded_whole/u);
  });

  test('takes days that can be', async () => {
    const id = await uploaded();
    for (const [field, day] of [
      ['signedOn', addDays(today, 1)],
      ['lastDay', addDays(today, -1)],
      ['signedOn', 'soon'],
    ] as const)
      expect(
        (await pages.post(officer, path(`/${id}`), { ...answersOf(() => 'yes'), [field]: day })).status,
      ).toBe(422);
  });

  test('reads what is kept, and knows each gap', () => {
    expect(gapsOf(whole)).toEqual([]);
    expect(gapsOf(readChecklist({ subject: { answer: 'yes' } })).slice(0, 2)).toEqual([
      { item: 'subject', gap: 'where' },
      { item: 'duration', gap: 'unanswered' },
    ]);
  });
});

describe('recording', () => {
  test('takes a fresh login and what was read, is signed, and is told to the vendor', async () => {
    const id = await uploaded();
    await answerChecklist(deps, officer.acting(BUSINESS), id, findings);
    const shown = await shownTo(officer, BUSINESS, id);
    const post = () => pages.post(officer, path(`/${id}/record`), { shown });
    await oldLogins();
    expect((await post()).location).toContain('step-up');
    await freshLogins();
    expect((await pages.post(officer, path(`/${id}/record`), { shown: 'x' })).status).toBe(409);
    expect((await post()).status).toBe(303);
    expect((await post()).status).toBe(409);
    const [row] = await world.rows<{ signature: string }>('select signature from recorded_agreements');
    expect(await signing.signer.read(row!.signature)).toMatchObject({
      act: 'record',
      side: 'business',
      signer: { name: 'Våken Spurv', role: 'DAGL' },
      document: { sha256: hash.toString('hex') },
      login: { acr: 'high' },
      statement: JSON.stringify({ signedOn: findings.signedOn, lastDay: findings.lastDay, checklist: whole }),
    });
    await tellOfRecorded(telling(), { what: 'recorded', id, businessId, vendorId });
    expect(notices).toMatchObject([
      {
        template: 'agreements:notice.recorded',
        businessId: vendorId,
        parameters: { link: vendorPath(`/${id}`) },
      },
    ]);
    // It is no agreement yet.
    expect(await count('agreements')).toBe(0);
    expect((await pages.get(vendorOfficer, `/b/${VENDOR}/business/vendor/agreements`)).text).toContain(
      'BLÅ HAMMER AS',
    );
  });

  test('is final: no answer changes after it, whoever asks', async () => {
    const id = await recorded();
    expect(await answerChecklist(deps, officer.acting(BUSINESS), id, findings)).toEqual({
      ok: false,
      error: 'recorded',
    });
  });

  test('is of an agreement when the vendor confirms: then a mandate is given without signing another', async () => {
    const id = await recorded();
    await oldLogins();
    expect(await confirm(id)).toEqual({ ok: false, error: 'step-up' });
    await freshLogins();
    const page = await pages.get(vendorOfficer, vendorPath(`/${id}`));
    expect(page.text).toContain('Confirm the agreement');
    expect(await confirmRecorded(deps, vendorOfficer.acting(VENDOR), id, 'x')).toEqual({
      ok: false,
      error: 'changed',
    });
    expect(await confirmRecorded(deps, officer.acting(BUSINESS), id, 'x')).toEqual({
      ok: false,
      error: 'unknown',
    });
    expect(await confirm(id)).toMatchObject({ ok: true });
    expect(await confirm(id)).toEqual({ ok: false, error: 'recorded' });
    await granted(false);
    expect(await vendorActs()).toBe('allowed');
    const seen = (await pages.get(officer, `/b/${BUSINESS}/business/agreements/${id}`)).text;
    for (const text of ['Signed outside Kortvakt', 'Side 2', 'Rask Gaupe', hash.toString('hex')])
      expect(seen).toContain(text);
    await tellOfRecorded(telling(), { what: 'confirmed', id, businessId, vendorId });
    expect(notices.at(-1)).toMatchObject({ template: 'agreements:notice.confirmed', businessId });
  });

  test('takes the place of an agreement that there is, and what was given goes on', async () => {
    await granted(true);
    expect(await vendorActs()).toBe('allowed');
    const id = await recorded();
    expect(await vendorActs()).toBe('allowed');
    await confirm(id);
    expect(await vendorActs()).toBe('allowed');
    expect(
      await world.rows(
        `select a.recorded, a.end_reason, (select count(*)::int from mandates m where m.agreement_id = a.id) as mandates
         from agreements a order by a.recorded`,
      ),
    ).toEqual([
      { recorded: false, end_reason: 'replaced', mandates: 0 },
      { recorded: true, end_reason: null, mandates: 1 },
    ]);
    expect(await count('agreement_deletions')).toBe(0);
  });

  test('is taken back by the business, declined by the vendor, and then the file is gone', async () => {
    const first = await uploaded();
    expect(await declineRecorded(deps, vendorOfficer.acting(VENDOR), first)).toEqual({
      ok: false,
      error: 'unknown',
    });
    expect(await withdrawRecorded(deps, officer.acting(BUSINESS), first)).toMatchObject({ ok: true });
    const second = await recorded();
    expect(await withdrawRecorded(deps, vendorOfficer.acting(VENDOR), second)).toEqual({
      ok: false,
      error: 'unknown',
    });
    expect((await pages.post(vendorOfficer, vendorPath(`/${second}/decline`), {})).status).toBe(303);
    expect([await count('recorded_agreements'), await count('agreements')]).toEqual([0, 0]);
    await tellOfRecorded(telling(), { what: 'declined', id: second, businessId, vendorId });
    expect(notices.at(-1)).toMatchObject({ template: 'agreements:notice.declined', businessId });
  });

  test('in force can be taken back by nobody: it is ended', async () => {
    const id = await recorded();
    await confirm(id);
    expect(await withdrawRecorded(deps, officer.acting(BUSINESS), id)).toEqual({
      ok: false,
      error: 'recorded',
    });
    expect(await declineRecorded(deps, vendorOfficer.acting(VENDOR), id)).toEqual({
      ok: false,
      error: 'recorded',
    });
  });

  test('that nobody finishes is forgotten after 90 days', async () => {
    await uploaded();
    await settleAgreements(telling());
    expect(await count('recorded_agreements')).toBe(1);
    await world.rows(`update recorded_agreements set uploaded_at = clock_now() - interval '91 days'`);
    await settleAgreements(telling());
    expect(await count('recorded_agreements')).toBe(0);
  });
});

describe('a recorded agreement', () => {
  test('ends as any other: at once, and the vendor deletes', async () => {
    const id = await recorded();
    await confirm(id);
    await granted(false);
    await endAgreement(deps, officer.acting(BUSINESS), id, { lastDay: null, note: '' });
    expect(await vendorActs()).toBe('no-agreement');
    expect(await count('agreement_deletions')).toBe(1);
  });

  test('ends with its last day, before any task has run', async () => {
    const id = await recorded();
    await confirm(id);
    await granted(false);
    const [row] = await world.rows<{ last: boolean; because: string }>(
      `select ends_at = ($1::date + 1)::timestamp at time zone 'Europe/Oslo' as last, ends_because as because from agreements`,
      [findings.lastDay],
    );
    expect(row).toEqual({ last: true, because: 'expiry' });
    await world.rows(`update agreements set ends_at = clock_now() - interval '1 second'`);
    expect(await vendorActs()).toBe('no-agreement');
  });

  test('does not end because the vendor signs another document here', async () => {
    const id = await recorded({ lastDay: null });
    await confirm(id);
    await publish('Irland');
    const [newest] = await world.rows<{ id: string }>(
      'select id from agreement_documents order by number desc limit 1',
    );
    await tellCustomers(telling(), { documentId: newest!.id });
    expect(await world.rows('select ends_at from agreements')).toEqual([{ ends_at: null }]);
    expect((await pages.get(officer, `/b/${BUSINESS}/business/agreements/${id}`)).text).not.toContain(
      'a new version',
    );
  });

  test('is known to /verify by its file when it is in force, and after, without names', async () => {
    const id = await recorded();
    expect(await verifyFile(deps, hash)).toBeUndefined();
    await confirm(id);
    expect(await verifyFile(deps, hash)).toMatchObject({ kind: 'recorded', inForce: true });
    const ask = () => pages.post(undefined, '/verify', { sha256: hash.toString('hex') });
    const known = (await ask()).text;
    expect(known).toContain('The agreement is recorded and in force');
    expect(known).toContain('RIMELIG KORTHJELP AS');
    for (const name of ['Våken Spurv', 'Rask Gaupe', 'Side 2']) expect(known).not.toContain(name);
    await endAgreement(deps, vendorOfficer.acting(VENDOR), id, { lastDay: null, note: 'secret' });
    expect((await ask()).text).toContain('no longer in force');
  });
});
