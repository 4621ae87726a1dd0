import { createHash, randomUUID } from 'node:crypto';
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
import vendorsEn from '../vendors/en.json' with { type: 'json' };
import { grantToVendor } from '../vendors/index.ts';
import vendorsNb from '../vendors/nb.json' with { type: 'json' };
import {
  type AgreementDeps,
  announceSubProcessor,
  confirmDeletion,
  endAgreement,
  objectTo,
  removeSubProcessor,
  signNewVersion,
} from './actions.ts';
import en from './en.json' with { type: 'json' };
import { createAgreementPages, createVerifyPages } from './index.ts';
import nb from './nb.json' with { type: 'json' };
import { settleAgreements, tellCustomers } from './settling.ts';
import { verifyFile } from './verifying.ts';

const today = osloToday(new Date());

let world: AgreementWorld;
let deps: AgreementDeps;
let pages: PageCaller;
let notices: Notice[];
let businessId: string;
let vendorId: string;
let officer: SmallPerson;
let second: SmallPerson;
let manager: SmallPerson;
let vendorOfficer: SmallPerson;
let member: SmallPerson;

beforeAll(async () => {
  world = await startAgreementWorld();
  ({ deps, notices, businessId, vendorId } = world);
  ({ officer, second, manager, vendorOfficer, member } = world.people);
  const resources = {
    nb: { access: accessNb, agreements: nb, businesses: businessesNb, vendors: vendorsNb },
    en: { access: accessEn, agreements: en, businesses: businessesEn, vendors: vendorsEn },
  };
  pages = await createPageCaller(resources, (app) => {
    app.route('/b/:business', createAgreementPages(deps));
    app.route('/', createVerifyPages({ ...deps, checksPerMinute: 12, trustedProxyHops: 1 }));
  });
}, 60_000);
afterAll(() => world.stop());
beforeEach(async () => {
  await world.begin();
  await world.officer(businessId, second, 'LEDE');
});

const settling = () => world.telling;
const publish = (places?: string) => world.publish(places);
const vendorActs = () => world.vendorActs();

const proposal = {
  rights: ['orders.read', 'cards.read'] as Right[],
  units: null,
  workers: null,
  firstDay: null,
  lastDay: addDays(today, 90),
  purpose: 'Cards',
  limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
};

/** The business signs with a mandate; the vendor's member may use it. Returns the agreement's id. */
async function signed(): Promise<string> {
  const granted = await grantToVendor(world.vendorDeps, officer.acting(BUSINESS), {
    vendorNumber: VENDOR,
    proposal,
    acceptsAgreement: true,
    acceptsQuote: true,
  });
  if (!granted.ok) throw new Error(JSON.stringify(granted.error));
  const [row] = await world.rows<{ id: string }>('select id from agreements where ended_at is null');
  await world.assign(granted.value.mandateId);
  return row!.id;
}

const one = async <T extends object>(text: string): Promise<T> => (await world.rows<T>(text))[0]!;
const counts = () =>
  one<{ agreements: number; copies: number }>(
    `select (select count(*)::int from agreements) as agreements, (select count(*)::int from agreement_copies) as copies`,
  );
const hex = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const path = (id: string, sub = '') => `/b/${BUSINESS}/business/agreements/${id}${sub}`;
const vendorPath = (id: string, sub = '') => `/b/${VENDOR}/business/agreements/${id}${sub}`;

describe('signing', () => {
  test('is of the same file by both sides, with who, when and which login in records that only our key makes', async () => {
    await signed();
    const row = await one<{
      document: Buffer;
      content: Buffer;
      copy: Buffer;
      vendor: string;
      business: string;
    }>(
      `select d.content as document, c.content, c.sha256 as copy, d.signature as vendor, c.signature as business
       from agreements a join agreement_documents d on d.id = a.document_id join agreement_copies c on c.agreement_id = a.id
       where a.document_sha256 = d.sha256`,
    );
    expect(row.copy.toString('hex')).toBe(hex(row.content));
    const [vendor, business] = [
      await signing.signer.read(row.vendor),
      await signing.signer.read(row.business),
    ];
    const login = { acr: 'high', sessionSha256: expect.stringMatching(/^[0-9a-f]{64}$/u) as string };
    expect(vendor).toMatchObject({
      side: 'vendor',
      party: { organisationNumber: VENDOR, name: 'RIMELIG KORTHJELP AS' },
      signer: { name: 'Rask Gaupe', role: 'DAGL' },
      login,
      agreementId: null,
    });
    expect(business).toMatchObject({
      side: 'business',
      party: { organisationNumber: BUSINESS },
      signer: { name: 'Våken Spurv', role: 'DAGL' },
      login,
    });
    expect([vendor?.document.sha256, business?.document.sha256]).toEqual([
      hex(row.document),
      hex(row.document),
    ]);
    const [head, , tail] = row.business.split('.');
    const forged = [
      head,
      Buffer.from(JSON.stringify({ ...business, at: '2020' })).toString('base64url'),
      tail,
    ];
    expect(await signing.signer.read(forged.join('.'))).toBeUndefined();
  });

  test('gives a file that can be read by programs for the blind, in its languages', async () => {
    await signed();
    const { content } = await one<{ content: Buffer }>('select content from agreement_copies');
    const pdf = content.toString('latin1');
    for (const part of ['/Marked true', '/Lang (nb)', '/Lang (nn)', '/Lang (en)', '/DisplayDocTitle true'])
      expect(pdf).toContain(part);
    expect(content.length).toBeLessThan(400_000);
  });

  test('takes a fresh login of each side, and does nothing without', async () => {
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    expect(await publish('Irland')).toEqual({ ok: false, error: 'step-up' });
    // A price alone is no signature.
    expect(await publish()).toMatchObject({ ok: true });
    expect(await counts()).toEqual({ agreements: 0, copies: 0 });
  });

  test('by someone who has stopped being an officer since the page was open is refused, and nothing is half done', async () => {
    const id = await signed();
    await publish('Irland');
    const page = await pages.get(second, path(id, '/sign'));
    const shown = /name="shown" value="([0-9a-f]+)"/u.exec(page.text)?.[1] ?? '';
    await world.rows('update officers set ended_at = now() where person_id = $1', [second.id]);
    const before = await counts();
    const answer = await pages.post(second, path(id, '/sign'), { shown, agreement: 'yes' });
    expect([answer.status, await counts()]).toEqual([404, before]);
    expect(await vendorActs()).toBe('allowed');
  });

  test('of a document that the vendor has replaced since it was read signs nothing, and shows the new one', async () => {
    const id = await signed();
    await publish('Irland');
    const page = await pages.get(officer, path(id, '/sign'));
    const shown = /name="shown" value="([0-9a-f]+)"/u.exec(page.text)?.[1] ?? '';
    await publish('Norge og Irland');
    const before = await counts();
    const answer = await pages.post(officer, path(id, '/sign'), { shown, agreement: 'yes' });
    expect([answer.status, await counts()]).toEqual([409, before]);
    expect(answer.text).toContain('Nothing has been signed.');
    expect(answer.text).toContain('Norge og Irland');
  });

  test('needs the tick, and says so', async () => {
    const id = await signed();
    await publish('Irland');
    const answer = await pages.post(officer, path(id, '/sign'), { shown: 'x' });
    expect([answer.status, (await counts()).agreements]).toEqual([409, 1]);
  });
});

describe('a new version', () => {
  test('is told to the customers, shows what is different, and carries the mandate over when it is signed', async () => {
    const id = await signed();
    await publish('Irland');
    const { documentId } = await one<{ documentId: string }>(
      'select id as "documentId" from agreement_documents order by number desc limit 1',
    );
    notices.length = 0;
    await tellCustomers(settling(), { documentId });
    expect(notices[0]).toMatchObject({ template: 'agreements:notice.newVersion', businessId });
    const page = await pages.get(officer, path(id, '/sign'));
    expect(page.text).toMatch(/<del>The vendor processes the data here: Norge\.<\/del>/u);
    expect(page.text).toMatch(/<ins>The vendor processes the data here: Irland\.<\/ins>/u);
    const shown = /name="shown" value="([0-9a-f]+)"/u.exec(page.text)?.[1] ?? '';
    const answer = await pages.post(officer, path(id, '/sign'), { shown, agreement: 'yes' });
    expect(answer.status).toBe(303);
    expect(
      await world.rows(
        `select a.end_reason, a.ended_at is null as open, (select count(*)::int from mandates m where m.agreement_id = a.id) as mandates
         from agreements a order by a.business_accepted_at`,
      ),
    ).toEqual([
      { end_reason: 'replaced', open: false, mandates: 0 },
      { end_reason: null, open: true, mandates: 1 },
    ]);
    expect(await world.rows('select 1 from agreement_deletions')).toEqual([]);
    expect(await vendorActs()).toBe('allowed');
  });

  test('that is not signed in time ends the agreement: the next request is refused, before any task has run', async () => {
    const id = await signed();
    await publish('Irland');
    const { documentId } = await one<{ documentId: string }>(
      'select id as "documentId" from agreement_documents order by number desc limit 1',
    );
    await tellCustomers(settling(), { documentId });
    const due = await one<{ days: number; because: string }>(
      `select round(extract(epoch from ends_at - now()) / 86400)::int as days, ends_because as because from agreements`,
    );
    expect(due).toEqual({ days: 30, because: 'new-version' });
    await world.rows(`update agreements set ends_at = now() - interval '1 second'`);
    expect(await vendorActs()).toBe('no-agreement');
    notices.length = 0;
    await settleAgreements(settling());
    await settleAgreements(settling());
    expect(await one('select end_reason, ended_at = ends_at as "then" from agreements')).toEqual({
      end_reason: 'new-version',
      then: true,
    });
    expect(notices.map(({ template, businessId: to }) => [template, to])).toEqual([
      ['agreements:notice.delete', vendorId],
    ]);
    expect((await pages.get(officer, path(id))).text).toContain('a new version was not signed in time');
  });

  test('cannot be signed when there is none, by the vendor, or when the agreement has ended', async () => {
    const id = await signed();
    expect(await signNewVersion(deps, officer.acting(BUSINESS), id, 'x')).toEqual({
      ok: false,
      error: 'no-new-version',
    });
    expect(await signNewVersion(deps, vendorOfficer.acting(VENDOR), id, 'x')).toEqual({
      ok: false,
      error: 'not-the-business',
    });
    await endAgreement(deps, officer.acting(BUSINESS), id, { lastDay: null, note: '' });
    expect(await signNewVersion(deps, officer.acting(BUSINESS), id, 'x')).toEqual({
      ok: false,
      error: 'ended',
    });
    expect(await signNewVersion(deps, officer.acting(BUSINESS), randomUUID(), 'x')).toEqual({
      ok: false,
      error: 'unknown',
    });
  });
});

describe('an end', () => {
  test.each([
    ['the business', () => officer.acting(BUSINESS)],
    ['the vendor', () => vendorOfficer.acting(VENDOR)],
  ])('by %s stops the mandate at once, and the vendor has to confirm deletion', async (_, acting) => {
    const id = await signed();
    expect(await vendorActs()).toBe('allowed');
    expect(await endAgreement(deps, acting(), id, { lastDay: null, note: 'Done' })).toMatchObject({
      ok: true,
    });
    expect(await vendorActs()).toBe('no-agreement');
    expect(await endAgreement(deps, acting(), id, { lastDay: null, note: '' })).toEqual({
      ok: false,
      error: 'ended',
    });
    const form = { outcome: 'deleted', statement: 'Wiped <b>' } as const;
    expect((await pages.get(officer, path(id))).text).toContain('Waiting for confirmation');
    expect((await pages.get(officer, path(id, '/deletion'))).status).toBe(404);
    expect(await confirmDeletion(deps, officer.acting(BUSINESS), id, form)).toEqual({
      ok: false,
      error: 'unknown',
    });
    expect((await pages.post(vendorOfficer, vendorPath(id, '/deletion'), form)).status).toBe(303);
    expect(await confirmDeletion(deps, vendorOfficer.acting(VENDOR), id, form)).toEqual({
      ok: false,
      error: 'confirmed',
    });
    const { receipt } = await one<{ receipt: string }>('select receipt from agreement_deletions');
    expect(await signing.signer.read(receipt)).toMatchObject({
      act: 'confirm-deletion',
      agreementId: id,
      signer: { name: 'Rask Gaupe' },
      statement: 'deleted: Wiped <b>',
    });
    const seen = (await pages.get(officer, path(id))).text;
    expect(seen).toContain('Wiped &lt;b&gt;');
    expect(seen).toContain('Rask Gaupe');
  });

  test('on a later day comes then, can come nearer and never be put off', async () => {
    const id = await signed();
    const by = officer.acting(BUSINESS);
    const later = (days: number) => endAgreement(deps, by, id, { lastDay: addDays(today, days), note: '' });
    expect(await later(20)).toEqual({ ok: true, value: 'notice' });
    expect(await later(10)).toEqual({ ok: true, value: 'notice' });
    expect(await later(30)).toEqual({ ok: false, error: 'day' });
    expect(await later(-1)).toEqual({ ok: false, error: 'day' });
    expect(await vendorActs()).toBe('allowed');
    const typed = await pages.post(officer, path(id, '/end'), { when: 'later', lastDay: 'soon' });
    expect([typed.status, typed.text.includes('Choose a day from today on')]).toEqual([422, true]);
  });

  test('is announced 60, 30 and 7 days ahead to both sides, once each, and a missing receipt is told', async () => {
    const id = await signed();
    for (const days of [61, 59, 59, 29, 6]) {
      await world.rows(`update agreements set ends_at = now() + make_interval(days => $1)`, [days]);
      await settleAgreements(settling());
    }
    const ending = notices.filter(({ template }) => template === 'agreements:notice.ending');
    expect(ending.map(({ businessId: to }) => to)).toEqual([1, 2, 3].flatMap(() => [businessId, vendorId]));
    notices.length = 0;
    await endAgreement(deps, officer.acting(BUSINESS), id, { lastDay: null, note: '' });
    await settleAgreements(settling());
    await world.rows(`update agreement_deletions set due_at = now() - interval '1 minute'`);
    await settleAgreements(settling());
    await settleAgreements(settling());
    expect(notices.map(({ template, businessId: to }) => [template.split('.')[1], to])).toEqual([
      ['delete', vendorId],
      ['overdue', businessId],
      ['overdue', vendorId],
    ]);
    expect((await pages.get(officer, `/b/${BUSINESS}/business/agreements`)).text).toContain(
      'Confirmation is missing',
    );
  });

  const timeIsUp = () =>
    world.rows(`update agreements set ends_at = clock_now() - interval '1 second' where ended_at is null`);
  const ways: [string, (id: string) => Promise<unknown>][] = [
    ['ended', (id) => endAgreement(deps, officer.acting(BUSINESS), id, { lastDay: null, note: '' })],
    [
      'notice',
      async (id) => {
        await endAgreement(deps, officer.acting(BUSINESS), id, { lastDay: addDays(today, 20), note: '' });
        await timeIsUp();
      },
    ],
    ['expiry', timeIsUp],
    [
      'new-version',
      async () => {
        await publish('Irland');
        const newest = 'select id as "documentId" from agreement_documents order by number desc limit 1';
        await tellCustomers(settling(), await one<{ documentId: string }>(newest));
        await timeIsUp();
      },
    ],
    [
      'objection',
      async (id) => {
        const sky = { name: 'Sky AS', country: 'Sverige', purpose: 'lagrer filer' };
        await announceSubProcessor(deps, vendorOfficer.acting(VENDOR), sky);
        const { subProcessorId } = await one<{ subProcessorId: string }>(
          'select id as "subProcessorId" from sub_processors',
        );
        await objectTo(deps, officer.acting(BUSINESS), id, { subProcessorId, note: '' });
      },
    ],
  ];

  test.each(ways)(
    'by %s stops the mandate with the next request, and gives the vendor 30 days to delete',
    async (reason, endIt) => {
      const id = await signed();
      expect(await vendorActs()).toBe('allowed');
      await endIt(id);
      expect(await vendorActs()).toBe('no-agreement');
      notices.length = 0;
      await settleAgreements(settling());
      expect(
        await one(
          `select a.end_reason, extract(epoch from d.due_at - a.ended_at) / 86400 as days, d.outcome
           from agreements a join agreement_deletions d on d.agreement_id = a.id`,
        ),
      ).toMatchObject({ end_reason: reason, days: '30.0000000000000000', outcome: null });
      expect(notices).toMatchObject([{ template: 'agreements:notice.delete', businessId: vendorId }]);
      // The business sees that nothing has been confirmed, then that it is overdue, and at last the receipt.
      const seen = async () => (await pages.get(officer, path(id))).text;
      expect(await seen()).toContain('Waiting for confirmation');
      await world.rows(`update agreement_deletions set due_at = clock_now() - interval '1 minute'`);
      expect(await seen()).toContain('Confirmation is missing');
      const form = { outcome: 'returned', statement: 'Sent back on a disk' } as const;
      expect(await confirmDeletion(deps, vendorOfficer.acting(VENDOR), id, form)).toMatchObject({ ok: true });
      expect(await seen()).toContain('Sent back on a disk');
    },
  );

  test('is for officers: whoever manages access sees the agreement and cannot end it', async () => {
    const id = await signed();
    await world.personMandate(businessId, manager, officer, ['access.manage']);
    expect((await pages.get(manager, path(id))).status).toBe(200);
    expect((await pages.post(manager, path(id, '/end'), { when: 'now' })).status).toBe(403);
    expect((await pages.get(member, path(id))).status).toBe(404);
  });
});

describe('sub-processors', () => {
  const sky = { name: 'Sky AS', country: 'Sverige', purpose: 'lagrer filer' };
  const acting = () => vendorOfficer.acting(VENDOR);

  test('are used at once while nobody is a customer, and stand in the next document', async () => {
    await announceSubProcessor(deps, acting(), sky);
    await publish('Irland');
    const { text } = await one<{ text: { en: unknown } }>(
      'select text from agreement_documents order by number desc limit 1',
    );
    expect(JSON.stringify(text.en)).toContain('Sky AS, Sverige: lagrer filer');
  });

  test('are announced 30 days ahead, and a customer that objects is rid of the vendor at once', async () => {
    const id = await signed();
    const announced = await announceSubProcessor(deps, acting(), sky);
    expect(announced).toMatchObject({ ok: true });
    const { subProcessorId, days } = await one<{ subProcessorId: string; days: number }>(
      `select id as "subProcessorId", round(extract(epoch from starts_at - now()) / 86400)::int as days from sub_processors`,
    );
    expect(days).toBe(30);
    notices.length = 0;
    await tellCustomers(settling(), { subProcessorId });
    expect(notices[0]).toMatchObject({
      template: 'agreements:notice.subProcessor',
      businessId,
      parameters: { name: 'Sky AS', country: 'Sverige' },
    });
    expect((await pages.get(officer, path(id))).text).toContain('Object to Sky AS');
    const answer = await pages.post(officer, path(id, '/objections'), { subProcessor: subProcessorId });
    expect([answer.status, await vendorActs()]).toEqual([303, 'no-agreement']);
    expect(await one('select end_reason, end_note from agreements')).toEqual({
      end_reason: 'objection',
      end_note: 'Sky AS',
    });
  });

  test('that are in use, or not on the list, cannot be objected to', async () => {
    await announceSubProcessor(deps, acting(), sky);
    const id = await signed();
    const { subProcessorId } = await one<{ subProcessorId: string }>(
      'select id as "subProcessorId" from sub_processors',
    );
    const object = (which: string) =>
      objectTo(deps, officer.acting(BUSINESS), id, { subProcessorId: which, note: '' });
    expect(await object(subProcessorId)).toEqual({ ok: false, error: 'in-use' });
    await removeSubProcessor(deps, acting(), subProcessorId);
    expect(await object(subProcessorId)).toEqual({ ok: false, error: 'unknown' });
    expect(await vendorActs()).toBe('allowed');
  });
});

describe('the verification page', () => {
  const ask = (content: Buffer) =>
    pages.post(undefined, '/verify', { sha256: createHash('sha256').update(content).digest('hex') });

  test('knows the signed copy and the document, tells no more than stands in them, and whether they hold', async () => {
    const id = await signed();
    const { copy, document } = await one<{ copy: Buffer; document: Buffer }>(
      'select c.content as copy, d.content as document from agreement_copies c, agreement_documents d',
    );
    const known = await ask(copy);
    for (const text of ['genuine and in force', 'Våken Spurv', 'Rask Gaupe', 'General manager'])
      expect(known.text).toContain(text);
    const standing = await ask(document);
    expect(standing.text).toContain('the vendor stands by it');
    expect(standing.text).not.toContain('BLÅ HAMMER');
    await endAgreement(deps, officer.acting(BUSINESS), id, { lastDay: null, note: 'secret reason' });
    const ended = await ask(copy);
    expect(ended.text).toContain('no longer in force');
    expect(ended.text).not.toContain('secret reason');
    await publish('Irland');
    expect((await ask(document)).text).toContain('has a newer one');
  });

  test('answers plainly to a file that it does not know, also with one byte changed, and to none', async () => {
    await signed();
    const { copy } = await one<{ copy: Buffer }>('select content as copy from agreement_copies');
    const changed = Buffer.from(copy);
    changed[changed.length - 2] = changed[changed.length - 2]! ^ 1;
    expect((await ask(changed)).text).toContain('We do not know this file');
    // Without JavaScript the file itself is sent, whatever it is.
    const send = (content: Buffer, name: string) =>
      pages.upload(undefined, '/verify', 'file', new File([Uint8Array.from(content)], name), { sha256: '' });
    expect((await send(copy, 'copy.pdf')).text).toContain('genuine and in force');
    const wrong = await send(Buffer.from('PK a document of words'), 'wrong.docx');
    expect([wrong.status, wrong.text.includes('We do not know this file')]).toEqual([200, true]);
    expect((await send(Buffer.alloc(0), 'empty.pdf')).status).toBe(422);
    expect((await pages.post(undefined, '/verify', {})).status).toBe(422);
    expect((await pages.post(undefined, '/verify', { sha256: 'zz' })).status).toBe(422);
  });

  test('is limited, and trusts only records by our own key', async () => {
    await signed();
    const { sha } = await one<{ sha: Buffer }>('select sha256 as sha from agreement_copies');
    expect(await verifyFile(deps, sha)).toMatchObject({ kind: 'signed', inForce: true });
    await world.rows(`update agreement_copies set signature = signature || 'x'`);
    expect(await verifyFile(deps, sha)).toBeUndefined();
    const answers = [];
    for (let count = 0; count < 13; count += 1) answers.push((await ask(Buffer.from('x'))).status);
    expect(answers.at(-1)).toBe(429);
  });

  test('publishes the keys, and nothing private of them', async () => {
    const { keys } = JSON.parse((await pages.get(undefined, '/.well-known/jwks.json')).text) as {
      keys: object[];
    };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x']]);
  });
});

describe('the record of processing', () => {
  const record = `/b/${BUSINESS}/business/agreements/record`;

  test('names the processing, the processors and what they may do, as page, CSV and PDF', async () => {
    await signed();
    const page = await pages.get(officer, record);
    for (const text of ['Ordering HSE cards', 'Legal obligation', 'RIMELIG KORTHJELP AS', '90 days after'])
      expect(page.text).toContain(text);
    const csv = (await pages.get(officer, `${record}/record.csv`)).text;
    expect(csv).toContain('"RIMELIG KORTHJELP AS"');
    expect((await pages.get(officer, `${record}/record.pdf`)).text.startsWith('%PDF-1.7')).toBe(true);
    expect((await pages.get(vendorOfficer, record)).status).toBe(404);
  });
});
