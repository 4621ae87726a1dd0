import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import { createAccessPages, type Notice } from '../access/index.ts';
import accessNb from '../access/nb.json' with { type: 'json' };
import { lapseRequests, tellOfRequest } from '../access/requests.ts';
import { agreements } from '../../tests/support/agreements.ts';
import { inTransaction } from '../database/transaction.ts';
import { addDays, lastDayToEnd, osloToday } from '../kernel/dates.ts';
import { err, ok } from '../kernel/result.ts';
import { publishVendorProfile } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { grantToVendor } from './grants.ts';
import nb from './nb.json' with { type: 'json' };
import { createVendorPages } from './pages.tsx';
import type { RequestDeps } from './requests.ts';

/** A vendor asks, the business answers; and what each side may not learn or do. */

const BUSINESS = '310000019';
const VENDOR = '310000035';
const OTHER_VENDOR = '310000159';
/** In the register, with nobody in Kortvakt. */
const UNSEEN = '310000094';
const BANKRUPT = '310000078';
const LIST = `/b/${BUSINESS}/business/access`;
const OWN = `/b/${VENDOR}/business/vendor`;
const resources = { nb: { access: accessNb, vendors: nb }, en: { access: accessEn, vendors: en } };
const today = osloToday(new Date());

let world: SmallWorld;
let deps: RequestDeps;
let pages: PageCaller;
const notices: Notice[] = [];
let registerSilent = false;
let business: string;
let vendor: string;
let unit: string;
let officer: SmallPerson;
let chair: SmallPerson;
let vendorOfficer: SmallPerson;
let rival: SmallPerson;

beforeAll(async () => {
  world = await startSmallWorld();
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  const other = await world.business(OTHER_VENDOR, 'DYRE KORT AS');
  await world.rows('update businesses set bankrupt = true where id = $1', [
    await world.business(BANKRUPT, 'KONKURS AS'),
  ]);
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
    agreements,
    importBusiness: async (number) => {
      if (registerSilent) return err('register-unavailable');
      if (![BUSINESS, UNSEEN, BANKRUPT, OTHER_VENDOR].includes(number)) return err('no-such-business');
      const [known] = await world.rows<{ id: string }>(
        'select id from businesses where organisation_number = $1',
        [number],
      );
      return ok({ businessId: known?.id ?? (await world.business(number, 'RØD SPIKER AS')) });
    },
    requestLimits: { waitDays: 30, perDay: 4 },
  };
  unit = await world.unit(business, '310000027');
  officer = await world.person('Våken Spurv', '15819049944');
  chair = await world.person('Vis Ugle', '15819049945');
  vendorOfficer = await world.person('Rask Gaupe', '15819049946');
  rival = await world.person('Dyr Diamant', '15819049947');
  await world.officer(business, officer);
  await world.officer(business, chair, 'LEDE');
  await world.officer(vendor, vendorOfficer);
  await world.officer(other, rival);
  pages = await createPageCaller(resources, (app) => {
    for (const feature of [createAccessPages(deps), createVendorPages({ ...deps, warnFromOre: 20_000 })]) {
      app.route('/b/:business', feature);
    }
  });
  for (const [person, number] of [
    [vendorOfficer, VENDOR],
    [rival, OTHER_VENDOR],
  ] as const) {
    expect((await publishVendorProfile(deps, person.acting(number), { feeOre: 9900 })).ok).toBe(true);
  }
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  registerSilent = false;
  await world.rows('delete from mandate_requests');
  await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null`);
  await world.rows(`update vendor_profiles set barred_at = null, fee_ore = 9900`);
  await world.rows(`update sessions set auth_time = clock_now(), acr = 'high'`);
});

type Fields = Record<string, string | string[]>;
const asking = (fields: Fields = {}): Fields => ({
  business: BUSINESS,
  'ask-orders.place': 'yes',
  'why-orders.place': 'We order for the site at Alna',
  'ask-orders.read': 'yes',
  'why-orders.read': 'To follow what we ordered',
  scope: 'all',
  lastDay: addDays(today, 90),
  purpose: 'Cards for Alna',
  ...fields,
});

/** Asks through the form; answers with the id. */
async function ask(fields: Fields = {}, person = vendorOfficer, number = VENDOR): Promise<string> {
  const sent = await pages.post(person, `/b/${number}/business/vendor/requests/new`, asking(fields));
  const id = /requests\/([0-9a-f-]{36})/u.exec(sent.location ?? '')?.[1];
  if (id === undefined) throw new Error(`${String(sent.status)} ${sent.text}`);
  return id;
}

const stored = async (id: string) => {
  const [row] = await world.rows(
    `select outcome, settled_by_name as by, decline_reason as reason, decline_words as words, mandate_id is not null as given
     from mandate_requests where id = $1`,
    [id],
  );
  return row;
};
const openMandates = () =>
  world.rows<{ id: string; rights: string[]; fee: number }>(
    `select m.id, m.rights::text[] as rights, q.fee_ore as fee from mandates m join quotes q on q.id = m.quote_id
     where m.ended_at is null and m.business_id = $1`,
    [business],
  );
const page = (id: string, sub = '') => `${LIST}/requests/${id}${sub}`;
const shownOn = (text: string) => /name="shown" value="([^"]+)"/u.exec(text)?.[1] ?? '';
const accepted = { agreement: 'yes', quote: 'yes' };

/** Answers yes as asked, or with another form; answers with the preview's address and text. */
async function toPreview(id: string, fields: Fields = { as: 'asked' }, person = officer) {
  const sent = await pages.post(person, page(id, '/mandate'), fields);
  expect([sent.status, sent.text]).toEqual([303, sent.text]);
  const path = sent.location!;
  const { text } = await pages.get(person, path);
  return { path, text, confirm: { shown: shownOn(text), ...accepted } };
}

const form = (fields: Fields = {}): Fields => ({
  rights: ['orders.place', 'orders.read'],
  scope: 'all',
  lastDay: addDays(today, 90),
  purpose: 'Cards for Alna',
  ...fields,
});

async function giveDirectly(rights: readonly ('orders.place' | 'orders.read' | 'cards.read')[], days = 100) {
  const granted = await grantToVendor(deps, officer.acting(BUSINESS), {
    vendorNumber: VENDOR,
    proposal: {
      rights,
      units: null,
      workers: null,
      firstDay: null,
      lastDay: addDays(today, days),
      purpose: 'Cards',
      limits: { cardsPerOrder: 7, cardsPerMonth: null, orePerMonth: null },
    },
    acceptsAgreement: true,
    acceptsQuote: true,
  });
  if (!granted.ok) throw new Error(JSON.stringify(granted.error));
  return granted.value.mandateId;
}

/** Makes a request as old as that. */
const age = (id: string, days: number) =>
  world.rows(
    `update mandate_requests set asked_at = clock_now() - $2 * interval '24 hours',
       expires_at = clock_now() - $2 * interval '24 hours' + interval '504 hours' where id = $1`,
    [id, days],
  );

describe('asking', () => {
  test('yields an address that the vendor can send, and the officers are told', async () => {
    const id = await ask();
    const own = await pages.get(vendorOfficer, `${OWN}/requests/${id}`);
    expect(own.text).toContain(`https://kortvakt.test${page(id)}`);
    expect(own.text).toContain('We order for the site at Alna');
    await tellOfRequest(deps, { requestId: id, what: 'asked' });
    await tellOfRequest(deps, { requestId: id, what: 'asked' });
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({
      template: 'access:notice.request.asked',
      businessId: business,
      audience: 'officers',
      parameters: { vendor: 'RIMELIG KORTHJELP AS', by: 'Rask Gaupe', link: page(id) },
    });
    const audit = await world.rows(
      `select action, capacity, business_id = $2 as theirs from audit_entries where subject_id = $1 order by id`,
      [id, business],
    );
    expect(audit).toEqual([
      { action: 'request.ask', capacity: 'officer', theirs: false },
      { action: 'request.received', capacity: 'job', theirs: true },
    ]);
  });

  test('is answered alike for a business with people here and for one that nobody has looked at', async () => {
    const step = (number: string) => ({ business: number, step: 'find' });
    const plain = (text: string) =>
      text
        .replaceAll(/RØD SPIKER AS|DYRE KORT AS/gu, 'NAME')
        .replaceAll(/310 ?000 ?(?:159|094)/gu, 'NUMBER')
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/gu, 'ID')
        .replaceAll(/<time[^>]*>[^<]*<\/time>/gu, 'TIME');
    const seen = await Promise.all(
      [OTHER_VENDOR, UNSEEN].map(async (number) => {
        const path = `${OWN}/requests/new`;
        const found = await pages.post(vendorOfficer, path, step(number));
        const sent = await pages.post(vendorOfficer, path, asking({ business: number }));
        const own = await pages.get(vendorOfficer, sent.location!);
        return [found, sent, own].map(({ status, text }) => [status, plain(text)]);
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.map(([status]) => status)).toEqual([200, 303, 200]);
  });

  test.each<[string, Fields, string]>([
    ['no right', { 'ask-orders.place': '', 'ask-orders.read': '' }, 'Tick at least one right'],
    ['a right without a reason', { 'why-orders.read': '  ' }, 'Write why you need this'],
    ['a reason that is a book', { 'why-orders.read': 'x'.repeat(301) }, '300'],
    ['no purpose', { purpose: '' }, 'Write what the mandate is to be used for'],
    ['a last day in the past', { lastDay: addDays(today, -1) }, 'The last day cannot be before today'],
    ['more than twelve months', { lastDay: addDays(today, 400) }, 'The last day is too far ahead'],
    ['a first day after the last', { firstDay: addDays(today, 95) }, 'cannot be before the first day'],
    ['no unit', { scope: 'some' }, 'Choose at least one unit'],
    ['a unit of another business', { scope: 'some', units: VENDOR_UNIT }, 'does not belong to the business'],
    ['the same workers as in no mandate', { scope: 'same' }, 'Choose at least one worker'],
    ['no number', { business: 'x' }, 'Write a valid organisation number'],
    ['an unregistered number', { business: '310000337' }, 'Enhetsregisteret has no business'],
    ['itself', { business: VENDOR }, 'You cannot ask yourselves'],
    ['a bankrupt business', { business: BANKRUPT }, 'bankrupt or dissolved according to Enhetsregisteret'],
  ])('for %s is refused with what was typed kept', async (_, fields, text) => {
    const answer = await pages.post(vendorOfficer, `${OWN}/requests/new`, asking(fields));
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(text);
    if (!('business' in fields)) expect(answer.text).toContain('We order for the site at Alna');
    expect(await world.rows('select id from mandate_requests')).toEqual([]);
  });

  test('asks for nothing that no vendor may have, whatever the form says', async () => {
    const answer = await pages.post(
      vendorOfficer,
      `${OWN}/requests/new`,
      asking({ 'ask-access.manage': 'yes', 'why-access.manage': 'Please' }),
    );
    expect(answer.status).toBe(303);
    const [row] = await world.rows('select rights::text[] as rights, reasons from mandate_requests');
    expect(row).toEqual({
      rights: ['orders.place', 'orders.read'],
      reasons: {
        'orders.place': 'We order for the site at Alna',
        'orders.read': 'To follow what we ordered',
      },
    });
  });

  test('says that the register is silent, alike for every business', async () => {
    registerSilent = true;
    const answers = await Promise.all(
      [BUSINESS, '310000337'].map((number) =>
        pages.post(vendorOfficer, `${OWN}/requests/new`, { business: number, step: 'find' }),
      ),
    );
    for (const { status, text } of answers) {
      expect(status).toBe(422);
      expect(text).toContain('Enhetsregisteret does not answer now');
    }
  });

  test.each([
    ['barred', `update vendor_profiles set barred_at = now()`, 'You are barred'],
    [
      'outdated',
      `update vendor_profiles set agreement_sha256 = sha256('x'::bytea)`,
      'The standard agreement has changed',
    ],
  ])('is not for a vendor that is %s', async (_, statement, text) => {
    const [before] = await world.rows<{ sha: Buffer }>('select agreement_sha256 as sha from vendor_profiles');
    await world.rows(statement);
    for (const answer of [
      await pages.get(vendorOfficer, `${OWN}/requests/new`),
      await pages.post(vendorOfficer, `${OWN}/requests/new`, asking()),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.text).toContain(text);
    }
    await world.rows('update vendor_profiles set agreement_sha256 = $1', [before?.sha]);
  });

  test('again is limited: while one waits, after a no, too often, and in a day', async () => {
    const again = () => pages.post(vendorOfficer, `${OWN}/requests/new`, asking());
    const id = await ask();
    expect((await again()).text).toContain('already have a request to this business that waits');
    await pages.post(officer, page(id, '/decline'), { reason: 'price' });
    const declined = await again();
    expect([declined.status, declined.text]).toEqual([409, expect.stringContaining('has answered no')]);
    await world.rows(
      `alter table mandate_requests disable trigger guard;
       update mandate_requests set settled_at = now() - interval '31 days';
       alter table mandate_requests enable trigger guard`,
    );
    await age(id, 31);
    for (let i = 0; i < 3; i += 1) {
      await pages.post(vendorOfficer, `${OWN}/requests/${await ask()}/withdraw`, {});
    }
    expect((await again()).text).toContain('You have asked this business several times');
    await ask({ business: UNSEEN });
    const full = await pages.post(vendorOfficer, `${OWN}/requests/new`, asking({ business: OTHER_VENDOR }));
    expect([full.status, full.text]).toEqual([409, expect.stringContaining('in a day')]);
    const rules = await world.rows(
      `select rule from audit_entries where action = 'request.ask' and decision = 'refused' order by id`,
    );
    expect(rules.map(({ rule }) => rule as string)).toEqual([
      'ask-open',
      'ask-declined',
      'ask-too-often',
      'ask-too-many-today',
    ]);
  });

  test('twice at once makes one request', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map(() => pages.post(vendorOfficer, `${OWN}/requests/new`, asking())),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409]);
  });
});

const VENDOR_UNIT = '01980000-0000-7000-8000-000000000000';

describe('the business', () => {
  test('sees how many wait, what each is for and why, and the fee beside the official price', async () => {
    expect((await pages.get(officer, LIST)).text).not.toContain('Requests that wait');
    const id = await ask({ scope: 'some', units: unit });
    const list = await pages.get(officer, LIST);
    expect(list.text).toContain('Requests that wait for an answer (1)');
    expect(list.text).toContain(page(id));
    const { text } = await pages.get(officer, page(id));
    for (const part of ['RIMELIG KORTHJELP AS', 'Reason: To follow what we ordered', 'AVD OSLO', 'NOK 99.00'])
      expect(text).toContain(part);
  });

  test('is the only one that learns of it, and in it only those who manage access', async () => {
    const id = await ask();
    const clerk = await world.person('Lav Mus', '15819049948');
    await world.personMandate(business, clerk, officer, ['orders.place']);
    const outsider = await world.person('Fremmed Fugl', '15819049949');
    for (const person of [vendorOfficer, rival, outsider]) {
      const [theirs, nothing] = [
        await pages.get(person, page(id)),
        await pages.get(person, '/b/310000337/business/access/requests/x'),
      ];
      expect(theirs).toEqual(nothing);
      expect(theirs.status).toBe(404);
    }
    expect((await pages.get(clerk, page(id))).status).toBe(403);
    expect((await pages.get(rival, `/b/${OTHER_VENDOR}/business/access/requests/${id}`)).status).toBe(404);
    expect((await pages.get(rival, `/b/${OTHER_VENDOR}/business/vendor/requests/${id}`)).status).toBe(404);
    const withdrawn = await pages.post(
      rival,
      `/b/${OTHER_VENDOR}/business/vendor/requests/${id}/withdraw`,
      {},
    );
    expect(withdrawn.status).toBe(404);
    expect((await pages.get(rival, `/b/${OTHER_VENDOR}/business/vendor/requests`)).text).not.toContain(id);
    expect(await stored(id)).toMatchObject({ outcome: null });
  });

  test('answers yes: what was asked for is given, and the request answered, together', async () => {
    const id = await ask();
    const { path, text, confirm } = await toPreview(id);
    expect(text).toContain('This is exactly what RIMELIG KORTHJELP AS has asked for.');
    expect(text).toContain('NOK 99.00');
    expect(await stored(id)).toMatchObject({ outcome: null });
    expect((await pages.post(officer, path, { shown: confirm.shown })).status).toBe(422);
    expect((await pages.post(officer, path, confirm)).status).toBe(303);
    const [mandate] = await openMandates();
    expect(mandate).toMatchObject({ rights: ['orders.place', 'orders.read'], fee: 9900 });
    expect(await stored(id)).toEqual({
      outcome: 'yes',
      by: 'Våken Spurv',
      reason: null,
      words: '',
      given: true,
    });
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices.filter(({ businessId }) => businessId === vendor)).toMatchObject([
      { template: 'access:notice.request.yes' },
    ]);
    const own = await pages.get(vendorOfficer, `${OWN}/requests/${id}`);
    expect(own.text).toContain('>Yes<');
    expect(own.text).not.toContain('Våken Spurv');
    expect((await pages.get(officer, page(id))).text).toContain('Våken Spurv answered yes on');
    const audit = await world.rows(
      `select used_right, changes->>'outcome' as outcome from audit_entries where action = 'request.answer' and subject_id = $1`,
      [id],
    );
    expect(audit).toEqual([{ used_right: 'access.manage', outcome: 'yes' }]);
  });

  test('gives less, and more only by its own change: both are shown against the request', async () => {
    const id = await ask();
    const begun = await pages.get(officer, page(id, '/mandate'));
    expect(begun.text).toMatch(/value="orders\.place" checked/u);
    expect(begun.text).toContain('Cards for Alna');
    expect(begun.text).not.toMatch(/value="cards\.read" checked/u);
    const { path, text, confirm } = await toPreview(
      id,
      form({ rights: ['orders.read', 'cards.read'], scope: 'some', units: unit, cardsPerOrder: '3' }),
    );
    expect(text).toContain('Different from what RIMELIG KORTHJELP AS has asked for');
    expect(text).toMatch(/Added:<\/strong> See the status of cards/u);
    expect(text).toMatch(/Removed:<\/strong> Order cards/u);
    expect(text).toContain('Covers: The whole business → AVD OSLO');
    expect(text).toContain('Cards per order: no limit → 3');
    expect((await pages.post(officer, path, confirm)).status).toBe(303);
    expect(await stored(id)).toMatchObject({ outcome: 'less', given: true });
  });

  test('sees what is different from the mandate in force as well, and limits stay', async () => {
    await giveDirectly(['orders.read', 'cards.read'], 100);
    const id = await ask();
    const { text } = await pages.get(officer, page(id));
    expect(text).toMatch(/Added:<\/strong> Order cards/u);
    expect(text).toMatch(/Removed:<\/strong> See the status of cards/u);
    const preview = await toPreview(id);
    expect(preview.text).toContain('Replaces the mandate');
    expect(preview.text).toMatch(/Removed:<\/strong> See the status of cards/u);
    expect(preview.text).toContain('7 cards per order');
    expect(preview.text).not.toContain('Cards per order: 7');
  });

  test('says no, with a reason if it wants to', async () => {
    const id = await ask();
    const fields = { reason: 'not-agreed', words: 'We have never heard of you' };
    expect((await pages.post(officer, page(id, '/decline'), { reason: 'because' })).status).toBe(422);
    expect((await pages.post(officer, page(id, '/decline'), fields)).status).toBe(303);
    expect(await stored(id)).toMatchObject({ outcome: 'no', reason: fields.reason, words: fields.words });
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices).toMatchObject([
      {
        template: 'access:notice.request.no',
        businessId: vendor,
        parameters: { reasonKeys: 'access:decline.not-agreed', words: fields.words },
      },
    ]);
    const own = await pages.get(vendorOfficer, `${OWN}/requests/${id}`);
    expect(own.text).toContain('We do not know you');
    expect(own.text).toContain('We have never heard of you');
    expect(await openMandates()).toEqual([]);
  });

  test('answers once: the later officer is told who answered and how, and nothing of theirs is kept', async () => {
    const id = await ask();
    const { path, confirm } = await toPreview(id, undefined, chair);
    await pages.post(officer, page(id, '/decline'), { reason: 'price' });
    const told = 'Våken Spurv answered no on';
    for (const answer of [
      await pages.post(chair, path, confirm),
      await pages.get(chair, path),
      await pages.get(chair, page(id, '/mandate')),
      await pages.post(chair, page(id, '/mandate'), { as: 'asked' }),
      await pages.post(chair, page(id, '/mandate'), form()),
      await pages.get(chair, page(id, '/decline')),
      await pages.post(chair, page(id, '/decline'), {}),
    ]) {
      expect([answer.status, answer.text]).toEqual([409, expect.stringContaining(told)]);
      expect(answer.text).toContain('Nothing more was done.');
    }
    expect(await openMandates()).toEqual([]);
    const unused = await world.rows(
      `select used_at from drafts where person_id = $1 and used_at is not null`,
      [chair.id],
    );
    expect(unused).toEqual([]);
  });

  test('of two officers who confirm at once gives one mandate, and the other is told', async () => {
    const id = await ask();
    const previews = [await toPreview(id), await toPreview(id, form({ rights: 'orders.read' }), chair)];
    const [one, other] = await Promise.all(
      [officer, chair].map((person, index) =>
        pages.post(person, previews[index]!.path, previews[index]!.confirm),
      ),
    );
    expect([one!.status, other!.status].sort()).toEqual([303, 409]);
    const later = one!.status === 409 ? one! : other!;
    expect(later.text).toMatch(/(?:Våken Spurv answered yes|Vis Ugle gave less)/u);
    expect(await openMandates()).toHaveLength(1);
  });

  test('that gives the vendor a mandate by itself has answered, and saw what was asked for', async () => {
    const id = await ask();
    const begun = await pages.get(officer, `${LIST}/vendors/${VENDOR}`);
    expect(begun.text).toContain('RIMELIG KORTHJELP AS has asked for a mandate and waits for an answer');
    const sent = await pages.post(officer, `${LIST}/vendors/${VENDOR}`, form({ rights: 'orders.read' }));
    const { text } = await pages.get(officer, sent.location!);
    expect(text).toMatch(/Removed:<\/strong> Order cards/u);
    await pages.post(officer, sent.location!, { shown: shownOn(text), ...accepted });
    expect(await stored(id)).toMatchObject({ outcome: 'less', given: true });
  });

  test('is shown the preview again when the request comes while it is read', async () => {
    const sent = await pages.post(officer, `${LIST}/vendors/${VENDOR}`, form());
    const { text } = await pages.get(officer, sent.location!);
    await ask();
    const stale = await pages.post(officer, sent.location!, { shown: shownOn(text), ...accepted });
    expect([stale.status, stale.text]).toEqual([409, expect.stringContaining('This is exactly what')]);
  });

  test('pays what was offered when the price rises meanwhile, and less when it falls', async () => {
    for (const [fee, quoted] of [
      [19_900, 9900],
      [4900, 4900],
    ]) {
      await world.rows('delete from mandate_requests');
      await world.rows('update vendor_profiles set fee_ore = 9900');
      const id = await ask();
      await world.rows('update vendor_profiles set fee_ore = $1', [fee]);
      const { path, confirm } = await toPreview(id);
      expect((await pages.post(officer, path, confirm)).status).toBe(303);
      expect((await openMandates())[0]?.fee).toBe(quoted);
    }
  });

  test('cannot give as it was asked for what can no longer be: the form says what to change', async () => {
    const id = await ask({ scope: 'some', units: unit, lastDay: addDays(today, 5) });
    await world.rows(`update units set closed_on = current_date where id = $1`, [unit]);
    const answer = await pages.post(officer, page(id, '/mandate'), { as: 'asked' });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('The unit does not belong')]);
    expect(answer.text).toMatch(/value="orders\.place" checked/u);
    await world.rows(`update units set closed_on = null where id = $1`, [unit]);
  });

  test('is told that a vendor has been barred since, and can give it nothing', async () => {
    const id = await ask();
    const { path, confirm } = await toPreview(id);
    await world.rows(`update vendor_profiles set barred_at = now()`);
    expect((await pages.get(officer, page(id))).text).toContain('is barred by the authority');
    for (const answer of [
      await pages.post(officer, page(id, '/mandate'), { as: 'asked' }),
      await pages.post(officer, path, confirm),
    ]) {
      expect([answer.status, answer.text]).toEqual([
        409,
        expect.stringContaining('The vendor is barred by the authority'),
      ]);
    }
    expect(await openMandates()).toEqual([]);
    expect(await stored(id)).toMatchObject({ outcome: null });
  });

  test('whose officer reaches only substantial hands the answer to another, who gives it', async () => {
    const id = await ask();
    await world.rows(`update sessions set acr = 'substantial' where person_id = $1`, [officer.id]);
    const { path } = await toPreview(id);
    const draft = path.split('/').at(-1)!;
    expect((await pages.post(officer, `${LIST}/drafts/${draft}/ask`, {})).status).toBe(303);
    const { text } = await pages.get(chair, path);
    expect(text).toContain('This is exactly what');
    expect((await pages.post(chair, path, { shown: shownOn(text), ...accepted })).status).toBe(303);
    expect(await stored(id)).toMatchObject({ outcome: 'yes', by: 'Vis Ugle', given: true });
  });

  test('lets someone who manages access in a unit answer for that unit, and no more', async () => {
    await giveDirectly(['orders.read'], 120);
    const manager = await world.person('Halv Mann', '15819049952');
    const own = await world.personMandate(business, manager, officer, ['access.manage', 'orders.place']);
    await world.rows('update mandates set units = $2 where id = $1', [own, [unit]]);
    const id = await ask();
    const answer = await pages.post(manager, page(id, '/mandate'), { as: 'asked' });
    // The vendor's mandate reaches beyond theirs.
    expect(answer.status).toBe(403);
    expect((await pages.post(manager, page(id, '/decline'), {})).status).toBe(303);
  });
});

describe('an end without an answer', () => {
  test('comes when the vendor withdraws, once, and the business is told', async () => {
    const id = await ask();
    const { path, confirm } = await toPreview(id);
    expect((await pages.post(vendorOfficer, `${OWN}/requests/${id}/withdraw`, {})).status).toBe(303);
    expect((await pages.post(vendorOfficer, `${OWN}/requests/${id}/withdraw`, {})).status).toBe(409);
    const queued = await world.rows(
      `select j.payload ->> 'what' as what from graphile_worker._private_jobs j
         join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'access.tell-of-request'
         and j.payload ->> 'requestId' = $1 order by 1`,
      [id],
    );
    expect(queued).toEqual([{ what: 'asked' }, { what: 'settled' }]);
    const late = await pages.post(officer, path, confirm);
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('withdrew the request')]);
    expect(await openMandates()).toEqual([]);
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices).toMatchObject([{ template: 'access:notice.request.withdrawn', businessId: business }]);
    expect((await pages.get(officer, LIST)).text).not.toContain('Requests that wait');
  });

  test('comes by the clock after 21 days, and a task has the vendor told', async () => {
    const id = await ask();
    await age(id, 20);
    expect((await pages.get(officer, LIST)).text).toContain('Requests that wait');
    const { path, confirm } = await toPreview(id);
    await age(id, 21);
    expect((await pages.get(officer, LIST)).text).not.toContain('Requests that wait');
    expect((await pages.get(vendorOfficer, `${OWN}/requests/${id}`)).text).toContain(
      'Lapsed without an answer',
    );
    const late = await pages.post(officer, path, confirm);
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('Nobody answered in time')]);
    expect((await pages.post(officer, page(id, '/decline'), {})).status).toBe(409);
    expect((await pages.post(vendorOfficer, `${OWN}/requests/${id}/withdraw`, {})).status).toBe(409);
    await lapseRequests(deps);
    await lapseRequests(deps);
    expect(await stored(id)).toMatchObject({ outcome: 'lapsed', by: null });
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices).toMatchObject([{ template: 'access:notice.request.lapsed', businessId: vendor }]);
    const audit = await world.rows(`select capacity from audit_entries where action = 'request.lapsed'`);
    expect(audit).toEqual([{ capacity: 'job' }]);
  });

  test('makes way for the next request before the task has come round', async () => {
    const id = await ask();
    await age(id, 22);
    await ask();
    expect(await stored(id)).toMatchObject({ outcome: 'lapsed' });
  });
});

describe('renewal', () => {
  test('is asked for from 60 days ahead, begins with the mandate, and is shown with what is different', async () => {
    const early = await giveDirectly(['orders.place', 'cards.read'], 61);
    expect((await pages.get(vendorOfficer, OWN)).text).not.toContain('Ask for renewal');
    const customer = await pages.get(vendorOfficer, `${OWN}/customers/${early}`);
    expect(customer.text).toContain('You can ask for renewal from');
    const longer = asking({ lastDay: addDays(today, 300) });
    const tooEarly = await pages.post(vendorOfficer, `${OWN}/customers/${early}/renew`, longer);
    const dated = await pages.post(vendorOfficer, `${OWN}/customers/${early}/renew`, {
      ...asking({ lastDay: addDays(today, 50) }),
      firstDay: addDays(today, 10),
    });
    expect([dated.status, dated.text]).toEqual([422, expect.stringContaining('Leave the first day empty')]);
    expect([tooEarly.status, tooEarly.text]).toEqual([
      422,
      expect.stringContaining('ask for longer time from'),
    ]);

    const id = await giveDirectly(['orders.place', 'cards.read'], 60);
    expect((await pages.get(vendorOfficer, OWN)).text).toContain(`${OWN}/customers/${id}/renew`);
    const begun = await pages.get(vendorOfficer, `${OWN}/customers/${id}/renew`);
    expect(begun.text).toMatch(/name="ask-cards\.read" value="yes" checked/u);
    expect(begun.text).not.toMatch(/name="ask-orders\.read" value="yes" checked/u);
    expect(begun.text).toContain(`value="${addDays(today, 60)}"`);
    const sent = await pages.post(vendorOfficer, `${OWN}/customers/${id}/renew`, longer);
    const request = sent.location!.split('/').at(-1)!.split('?')[0]!;
    await tellOfRequest(deps, { requestId: request, what: 'asked' });
    expect(notices.at(-1)).toMatchObject({ template: 'access:notice.request.renewal' });
    expect((await pages.get(officer, LIST)).text).toContain('>Renewal<');
    const { text } = await pages.get(officer, page(request));
    expect(text).toContain('RIMELIG KORTHJELP AS asks for renewal');
    expect(text).toMatch(/Added:<\/strong> See orders/u);
    expect(text).toMatch(/Removed:<\/strong> See the status of cards/u);
    const { path, confirm } = await toPreview(request);
    expect((await pages.post(officer, path, confirm)).status).toBe(303);
    const [row] = await world.rows(
      `select m.ends_at as ends, m.cards_per_order as cards, r.outcome, r.renews = $1 as renews
       from mandates m join mandate_requests r on r.mandate_id = m.id where m.ended_at is null`,
      [id],
    );
    expect(row).toEqual({ ends: lastDayToEnd(addDays(today, 300)), cards: 7, outcome: 'yes', renews: true });
  });

  test('keeps to the named workers of the mandate, and is for nobody else', async () => {
    const [worker] = await world.rows<{ id: string }>(
      `with p as (insert into persons (national_id_hash, national_id_encrypted, name)
         values (sha256('a worker'::bytea), '', 'Åse Ås') returning id)
       insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       select $1, $2, p.id, 'Åse Ås', 'Ås', '1990-01-15', '2020-01-01', now() from p returning id`,
      [business, unit],
    );
    const id = await giveDirectly(['orders.place'], 30);
    await world.rows('update mandates set workers = $2 where id = $1', [id, [worker!.id]]);
    const begun = await pages.get(vendorOfficer, `${OWN}/customers/${id}/renew`);
    expect(begun.text).toContain('The same named worker as now');
    expect(begun.text).not.toContain('Åse Ås');
    const sent = await pages.post(vendorOfficer, `${OWN}/customers/${id}/renew`, asking({ scope: 'same' }));
    expect(sent.status).toBe(303);
    const [row] = await world.rows('select workers from mandate_requests');
    expect(row).toEqual({ workers: [worker!.id] });
    const theirs = await pages.get(rival, `/b/${OTHER_VENDOR}/business/vendor/customers/${id}/renew`);
    expect(theirs.status).toBe(404);
  });
});

describe('the database', () => {
  const attempt = async (person: SmallPerson, number: string, statement: string): Promise<string> => {
    const context = {
      kind: 'session',
      tokenHash: person.tokenHash,
      business: number,
      writing: true,
    } as const;
    try {
      return await inTransaction(world.database, context, async ({ query }) => {
        const { numAffectedRows } = await sql.raw(statement).execute(query);
        throw new Error(`${String(numAffectedRows ?? 0n)} changed`);
      });
    } catch (error) {
      const { code, constraint, message } = error as { code?: string; constraint?: string; message: string };
      return constraint ?? code ?? message;
    }
  };
  const DENIED = '42501';
  const settle = (outcome: string, more = '') =>
    `update mandate_requests set outcome = '${outcome}', settled_at = context_now(), settled_by = context_person() ${more}`;

  const lapse = `update mandate_requests set outcome = 'lapsed', settled_at = context_now()`;

  test('shows a request to its two sides alone', async () => {
    const id = await ask();
    const seen = async (person: SmallPerson, number?: string) => {
      const context = {
        kind: 'session',
        tokenHash: person.tokenHash,
        ...(number && { business: number }),
      } as const;
      return inTransaction(world.database, context, async ({ query }) =>
        (await query.selectFrom('mandate_requests').select('id').execute()).map((row) => row.id),
      );
    };
    expect(await seen(officer, BUSINESS)).toEqual([id]);
    expect(await seen(vendorOfficer, VENDOR)).toEqual([id]);
    expect(await seen(rival, OTHER_VENDOR)).toEqual([]);
    expect(await seen(vendorOfficer, BUSINESS)).toEqual([]);
    expect(await seen(officer)).toEqual([]);
    const clerk = await world.person('Lav Rev', '15819049953');
    await world.personMandate(business, clerk, officer, ['orders.place', 'workers.read']);
    expect(await seen(clerk, BUSINESS)).toEqual([]);
  });

  test('keeps who answered from the vendor', async () => {
    const id = await ask();
    await pages.post(officer, page(id, '/decline'), {});
    for (const column of ['settled_by', 'settled_by_name', '*']) {
      const read = `select ${column} from mandate_requests`;
      expect(await attempt(vendorOfficer, VENDOR, read)).toBe(DENIED);
    }
    const named = async (person: SmallPerson, number: string) => {
      const context = { kind: 'session', tokenHash: person.tokenHash, business: number } as const;
      return inTransaction(world.database, context, async ({ query }) => {
        const { rows } = await sql<{
          name: string | null;
        }>`select request_settled_by_name(${id}) as name`.execute(query);
        return rows[0]?.name;
      });
    };
    expect(await named(vendorOfficer, VENDOR)).toBeNull();
    expect(await named(rival, OTHER_VENDOR)).toBeNull();
    expect(await named(officer, BUSINESS)).toBe('Våken Spurv');
  });

  test.each<[string, () => SmallPerson, string, string, string]>([
    ['a vendor answers itself', () => vendorOfficer, VENDOR, settle('no'), DENIED],
    ['a vendor says that it has lapsed', () => vendorOfficer, VENDOR, lapse, DENIED],
    ['another vendor withdraws it', () => rival, OTHER_VENDOR, settle('withdrawn'), '0 changed'],
    ['a business withdraws it', () => officer, BUSINESS, settle('withdrawn'), DENIED],
    ['a yes without a mandate', () => officer, BUSINESS, settle('yes'), DENIED],
    [
      'a yes with an old mandate',
      () => officer,
      BUSINESS,
      settle('yes', ', mandate_id = (select id from mandates where vendor_id is not null limit 1)'),
      DENIED,
    ],
    [
      'a no in another’s name',
      () => officer,
      BUSINESS,
      `update mandate_requests set outcome = 'no', settled_at = context_now(),
         settled_by = (select person_id from officers where role_code = 'LEDE'), settled_by_name = 'x'`,
      DENIED,
    ],
    [
      'somebody else than a task says that people were told',
      () => officer,
      BUSINESS,
      settle('no', ', asked_told_at = context_now()'),
      'told_by_task',
    ],
  ])('does not let %s', async (_, person, number, statement, answer) => {
    await giveDirectly(['orders.read']);
    await ask();
    expect(await attempt(person(), number, statement)).toBe(answer);
  });

  test('keeps what is settled, and has a task settle nothing but what has lapsed', async () => {
    const id = await ask();
    const job = (statement: string) =>
      inTransaction(world.database, { kind: 'job', name: 'test' }, ({ query }) =>
        sql.raw(statement).execute(query),
      );
    await expect(job(lapse)).rejects.toThrow('only puts away what nobody answered');
    await pages.post(officer, page(id, '/decline'), {});
    await expect(job(lapse)).rejects.toThrow('what is settled stays settled');
    expect(await attempt(officer, BUSINESS, settle('no'))).toBe('0 changed');
  });

  test('lets nobody but an officer of a vendor ask, at its published price', async () => {
    const insert = (columns: Readonly<Record<string, string>> = {}) => {
      const values: Record<string, string> = {
        business_id: `'${business}'`,
        vendor_id: 'context_business()',
        rights: `'{orders.read}'`,
        reasons: `'{"orders.read":"x"}'`,
        last_day: 'current_date',
        purpose: `'x'`,
        fee_ore: '9900',
        asked_by: 'context_person()',
        asked_by_name: `'x'`,
        asked_at: 'context_now()',
        expires_at: `context_now() + interval '504 hours'`,
        ...columns,
      };
      return `insert into mandate_requests (${Object.keys(values).join()}) values (${Object.values(values).join()})`;
    };
    expect(await attempt(vendorOfficer, VENDOR, insert())).toBe('1 changed');
    const refused: [SmallPerson, string, Record<string, string>, string][] = [
      [vendorOfficer, VENDOR, { fee_ore: '1' }, DENIED],
      [
        vendorOfficer,
        VENDOR,
        { rights: `'{access.manage}'`, reasons: `'{"access.manage":"x"}'` },
        'never_for_a_vendor',
      ],
      [vendorOfficer, VENDOR, { reasons: `'{}'` }, 'a_reason_for_each_right'],
      [vendorOfficer, VENDOR, { expires_at: `context_now() + interval '30 days'` }, 'lapses_after_21_days'],
      [vendorOfficer, VENDOR, { workers: `array['${VENDOR_UNIT}']::uuid[]` }, DENIED],
      [vendorOfficer, VENDOR, { asked_by: `'${officer.id}'` }, DENIED],
      [vendorOfficer, VENDOR, { vendor_id: `'${business}'`, business_id: 'context_business()' }, DENIED],
      [officer, BUSINESS, { business_id: `'${vendor}'` }, DENIED],
    ];
    for (const [person, number, columns, answer] of refused) {
      expect([columns, await attempt(person, number, insert(columns))]).toEqual([columns, answer]);
    }
    const member = await world.person('Myndig Måke', '15819049954');
    await world.personMandate(vendor, member, vendorOfficer, ['access.manage']);
    expect(await attempt(member, VENDOR, insert())).toBe(DENIED);
    expect((await pages.post(member, `${OWN}/requests/new`, asking())).status).toBe(403);
    const list = await pages.get(member, `${OWN}/requests`);
    expect([list.status, list.text]).toEqual([
      200,
      expect.stringContaining('Your mandate does not include this right.'),
    ]);
  });
});
