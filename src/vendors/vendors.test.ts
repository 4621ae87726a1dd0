import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { agreements } from '../../tests/support/agreements.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';
import { latestLastDay } from '../access/grants.ts';
import { act, createAccessPages, type Notice, type Proposal, RIGHTS } from '../access/index.ts';
import { removeMandate } from '../access/mandates.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import { addDays, lastDayToEnd, osloToday, startOfDay } from '../kernel/dates.ts';
import { ok } from '../kernel/result.ts';
import { addMember, assignMember, assignMembers, publishVendorProfile, removeMember } from './actions.ts';
import en from './en.json' with { type: 'json' };
import { confirmGrant, grantToVendor, proposeGrant, type VendorDeps } from './grants.ts';
import { tellOfMergers } from './mergers.ts';
import nb from './nb.json' with { type: 'json' };
import { createVendorPages } from './pages.tsx';

const BUSINESS = '310000019';
const VENDOR = '310000035';
const resources = { nb: { access: accessNb, vendors: nb }, en: { access: accessEn, vendors: en } };

let world: SmallWorld;
let deps: VendorDeps;
const notices: Notice[] = [];
let pages: PageCaller;
let business: string;
let vendor: string;
let unit: string;
let foreignUnit: string;
let officer: SmallPerson;
let other: SmallPerson;
let vendorOfficer: SmallPerson;
let colleague: SmallPerson;
let colleagueWorker: string;

const today = osloToday(new Date());
const proposal: Proposal = {
  rights: ['orders.place', 'orders.read', 'cards.read'],
  units: null,
  workers: null,
  firstDay: null,
  lastDay: addDays(today, 100),
  purpose: 'Cards for the summer',
  limits: { cardsPerOrder: 10, cardsPerMonth: null, orePerMonth: null },
};
const accepted = { acceptsAgreement: true, acceptsQuote: true };
const form = {
  rights: ['orders.place', 'orders.read'],
  scope: 'all',
  lastDay: addDays(today, 30),
  purpose: 'Cards for the summer',
};

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
    agreements,
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  vendor = await world.business(VENDOR, 'RIMELIG KORTHJELP AS');
  unit = await world.unit(business, '310000027');
  foreignUnit = await world.unit(vendor, '310000051');
  officer = await world.person('Våken Spurv', '15819049944');
  other = await world.person('Rolig Elg', '15819049945');
  vendorOfficer = await world.person('Rask Gaupe', '15819049946');
  colleague = await world.person('Flittig Maur', '15819049947');
  await world.officer(business, officer);
  await world.officer(business, other, 'LEDE');
  await world.officer(vendor, vendorOfficer);
  colleagueWorker = await world.worker(vendor, foreignUnit, colleague);
  pages = await createPageCaller(resources, (app) => {
    for (const feature of [
      createAccessPages(deps),
      createVendorPages({
        ...deps,
        importBusiness: () => Promise.reject(new Error('No register here.')),
        requestLimits: { waitDays: 30, perDay: 50 },
        warnFromOre: 20_000,
      }),
    ]) {
      app.route('/b/:business', feature);
      app.route('/b/:business/by/:vendor', feature);
    }
  });
  const published = await publishVendorProfile(deps, vendorOfficer.acting(VENDOR), { feeOre: 9900 });
  expect(published.ok).toBe(true);
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null`);
  await world.rows(`update vendor_profiles set barred_at = null, fee_ore = 9900`);
  await world.rows(`update sessions set auth_time = clock_now(), acr = 'high'`);
});

async function give(changes: Partial<Proposal> = {}, by = officer): Promise<string> {
  const granted = await grantToVendor(deps, by.acting(BUSINESS), {
    vendorNumber: VENDOR,
    proposal: { ...proposal, ...changes },
    ...accepted,
  });
  if (!granted.ok) throw new Error(JSON.stringify(granted.error));
  return granted.value.mandateId;
}

const open = () =>
  world.rows<{ id: string }>('select id from mandates where ended_at is null and business_id = $1', [
    business,
  ]);

describe('a mandate to a vendor', () => {
  test('is given with agreement, quote and mandate, and both sides are told', async () => {
    const id = await give();
    const [row] = await world.rows(
      `select m.rights::text[], m.cards_per_order, q.fee_ore, a.version, a.vendor_accepted_by_name, m.approved_by_name,
         m.ends_at = q.valid_until as together
       from mandates m join quotes q on q.id = m.quote_id join agreements a on a.id = m.agreement_id where m.id = $1`,
      [id],
    );
    expect(row).toEqual({
      rights: [...proposal.rights],
      cards_per_order: 10,
      fee_ore: 9900,
      version: agreements.standard.version,
      vendor_accepted_by_name: 'Rask Gaupe',
      approved_by_name: 'Våken Spurv',
      together: true,
    });
    expect(notices.map(({ template, businessId }) => [template, businessId])).toEqual([
      ['access:notice.given', business],
      ['access:notice.givenYours', vendor],
    ]);
    const audit = await world.rows(
      `select action from audit_entries where decision = 'allowed' and subject_id = $1`,
      [id],
    );
    expect(audit).toEqual([{ action: 'mandate.give' }]);
  });

  test('is replaced by the next one, never doubled', async () => {
    const first = await give();
    const second = await give({ rights: ['orders.read'] });
    expect(await open()).toEqual([{ id: second }]);
    expect(await world.rows('select end_reason from mandates where id = $1', [first])).toEqual([
      { end_reason: 'replaced' },
    ]);
  });

  test('given by two officers at once is one mandate: who read the older preview is asked to look again', async () => {
    const drafts = await Promise.all(
      [officer, other].map((person) =>
        proposeGrant(deps, person.acting(BUSINESS), { vendorNumber: VENDOR }, proposal),
      ),
    );
    const [first, second] = drafts.map((draft) => (draft.ok ? draft.value : ''));
    const shown = async (person: SmallPerson, draft: string) => {
      const page = await pages.get(person, `/b/${BUSINESS}/business/access/vendor-drafts/${draft}`);
      return /name="shown" value="([^"]+)"/u.exec(page.text)?.[1] ?? '';
    };
    const [firstShown, secondShown] = [await shown(officer, first!), await shown(other, second!)];
    const answers = await Promise.all([
      confirmGrant(deps, officer.acting(BUSINESS), first!, { shown: firstShown, ...accepted }),
      confirmGrant(deps, other.acting(BUSINESS), second!, { shown: secondShown, ...accepted }),
    ]);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({
      error: { kind: 'confirm', reason: 'changed' },
    });
    expect(await open()).toHaveLength(1);
  });

  test('pressed twice is given once', async () => {
    const draft = await proposeGrant(deps, officer.acting(BUSINESS), { vendorNumber: VENDOR }, proposal);
    const id = draft.ok ? draft.value : '';
    const answers = await Promise.all(
      [1, 2].map(() => confirmGrant(deps, officer.acting(BUSINESS), id, accepted)),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ error: { reason: 'draft-used' } });
    expect(await open()).toHaveLength(1);
  });

  test('is not given with an old login, without the acceptances, or from a draft that is too old', async () => {
    const acting = officer.acting(BUSINESS);
    const draft = await proposeGrant(deps, acting, { vendorNumber: VENDOR }, proposal);
    const id = draft.ok ? draft.value : '';
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    expect(await confirmGrant(deps, acting, id, accepted)).toMatchObject({ error: { reason: 'step-up' } });
    await world.rows(`update sessions set auth_time = clock_now(), acr = 'substantial'`);
    expect(await confirmGrant(deps, acting, id, accepted)).toMatchObject({ error: { reason: 'step-up' } });
    await world.rows(`update sessions set acr = 'high'`);
    const half = { acceptsAgreement: true, acceptsQuote: false };
    expect(await confirmGrant(deps, acting, id, half)).toMatchObject({ error: { reason: 'not-accepted' } });
    await world.rows(`update drafts set created_at = now() - interval '11 minutes' where id = $1`, [id]);
    expect(await confirmGrant(deps, acting, id, accepted)).toMatchObject({
      error: { reason: 'draft-expired' },
    });
    expect(await open()).toEqual([]);
    expect(await world.rows('select used_at from drafts where id = $1', [id])).toEqual([{ used_at: null }]);
  });

  test.each([
    ['a right that no vendor may hold', { rights: ['contact.change'] as const }, { rights: 'never' }],
    ['no right', { rights: [] }, { rights: 'none' }],
    ['a last day in the past', { lastDay: addDays(today, -1) }, { lastDay: 'past' }],
    ['a last day beyond a year', { lastDay: addDays(today, 400) }, { lastDay: 'too-late' }],
    ['no unit', { units: [] }, { units: 'none' }],
  ])('is refused with %s, and nothing is kept', async (_what, changes, problems) => {
    const before = await world.rows('select count(*) from agreements');
    const answer = await grantToVendor(deps, officer.acting(BUSINESS), {
      vendorNumber: VENDOR,
      proposal: { ...proposal, ...changes },
      ...accepted,
    });
    expect(answer).toEqual({ ok: false, error: { kind: 'proposal', problems } });
    expect(await open()).toEqual([]);
    expect(await world.rows('select count(*) from agreements')).toEqual(before);
  });

  test('is refused for a unit of another business', async () => {
    const answer = await proposeGrant(
      deps,
      officer.acting(BUSINESS),
      { vendorNumber: VENDOR },
      {
        ...proposal,
        units: [unit, foreignUnit],
      },
    );
    expect(answer).toMatchObject({ error: { problems: { units: 'foreign' } } });
  });

  test('is for named workers, from a later day: stored so, and not in force before it', async () => {
    const worker = await world.worker(business, unit, other);
    const firstDay = addDays(today, 10);
    const id = await give({ workers: [worker], firstDay });
    const [row] = await world.rows(
      'select workers, units, starts_at as starts, ends_at as ends from mandates where id = $1',
      [id],
    );
    const ends = lastDayToEnd(proposal.lastDay);
    expect(row).toEqual({ workers: [worker], units: null, starts: startOfDay(firstDay), ends });
    await assignMember(deps, vendorOfficer.acting(VENDOR), { mandateId: id, personId: vendorOfficer.id });
    const use = await act(
      world.database,
      vendorOfficer.acting(BUSINESS, VENDOR),
      { right: 'orders.place', action: 'test' },
      () => Promise.resolve(ok(null)),
    );
    expect(use).toMatchObject({ error: { refusal: 'mandate-not-started' } });
    const foreign = await proposeGrant(
      deps,
      officer.acting(BUSINESS),
      { vendorNumber: VENDOR },
      {
        ...proposal,
        workers: [worker, colleagueWorker],
      },
    );
    expect(foreign).toMatchObject({ error: { problems: { workers: 'foreign' } } });
  });

  test('to a vendor that has one says so, begins with it, and shows what would be different', async () => {
    const id = await give();
    const formPath = `/b/${BUSINESS}/business/access/vendors/${VENDOR}`;
    const shown = await pages.get(officer, formPath);
    expect(shown.text).toContain('RIMELIG KORTHJELP AS has a mandate already');
    expect(shown.text).toContain(`/business/access/mandates/${id}`);
    expect(shown.text).toMatch(/value="cards\.read" checked/u);
    const later = await pages.post(officer, formPath, { ...form, firstDay: addDays(today, 5) });
    expect(later.status).toBe(422);
    expect(later.text).toContain('a new one replaces it at once');
    const sent = await pages.post(officer, formPath, { ...form, rights: ['orders.place', 'cards.block'] });
    const preview = await pages.get(officer, sent.location!);
    for (const text of ['Report cards as lost, stolen or returned', 'Cards per order: 10 → no limit']) {
      expect(preview.text).toContain(text);
    }
    expect(preview.text).toMatch(/Removed:<\/strong> See the status of cards/u);
    expect(preview.text).toContain('must set up its members again');
  });

  test('that reaches beyond the part one manages is not replaced by one that does not', async () => {
    await give();
    const manager = await world.person('Lokal Rype', '15819049950');
    const own = await world.personMandate(business, manager, officer, ['access.manage', 'orders.place']);
    await world.rows('update mandates set units = $2 where id = $1', [own, [unit]]);
    const answer = await proposeGrant(
      deps,
      manager.acting(BUSINESS),
      { vendorNumber: VENDOR },
      {
        ...proposal,
        rights: ['orders.place'],
        units: [unit],
        lastDay: addDays(today, 20),
      },
    );
    expect(answer).toEqual({ ok: false, error: { kind: 'refused', refusal: 'other-unit' } });
    expect(await open()).toHaveLength(2);
  });

  test('may last to the very last day that is allowed', async () => {
    await give({ lastDay: latestLastDay('vendor', new Date()) });
    expect(await open()).toHaveLength(1);
  });

  test('is refused to oneself, to an unknown, a barred and a dissolved vendor', async () => {
    const propose = (number: string, person = officer, where = BUSINESS) =>
      proposeGrant(deps, person.acting(where), { vendorNumber: number }, proposal);
    expect(await propose(VENDOR, vendorOfficer, VENDOR)).toMatchObject({ error: { reason: 'oneself' } });
    expect(await propose('310000027')).toMatchObject({ error: { reason: 'unknown-vendor' } });
    await world.rows('update vendor_profiles set barred_at = now()');
    expect(await propose(VENDOR)).toMatchObject({ error: { reason: 'barred' } });
    await world.rows('update vendor_profiles set barred_at = null');
    await world.rows(`update businesses set dissolved_on = '2026-01-01' where id = $1`, [vendor]);
    expect(await propose(VENDOR)).toMatchObject({ error: { reason: 'closed' } });
    await world.rows('update businesses set dissolved_on = null where id = $1', [vendor]);
  });

  test('from someone without an office stands on what an officer signed, and never exceeds their own mandate', async () => {
    await world.rows('update agreements set ended_at = now() where ended_at is null');
    const manager = await world.person('Ivrig Rev', '15819049948');
    await world.personMandate(business, manager, officer, ['access.manage', 'orders.place', 'orders.read']);
    const propose = (changes: Partial<Proposal>) =>
      proposeGrant(
        deps,
        manager.acting(BUSINESS),
        { vendorNumber: VENDOR },
        {
          ...proposal,
          lastDay: addDays(today, 20),
          rights: ['orders.read'],
          ...changes,
        },
      );
    expect(await propose({})).toMatchObject({ error: { reason: 'needs-officer' } });
    await give();
    expect(await propose({ rights: ['cards.read'] })).toMatchObject({
      error: { problems: { rights: 'more-than-own' } },
    });
    expect(await propose({ lastDay: addDays(today, 60) })).toMatchObject({
      error: { problems: { lastDay: 'more-than-own' } },
    });
    const draft = await propose({});
    expect(draft.ok).toBe(true);
    const granted = await confirmGrant(deps, manager.acting(BUSINESS), draft.ok ? draft.value : '', {
      acceptsAgreement: false,
      acceptsQuote: false,
    });
    expect(granted).toMatchObject({ ok: true });
  });
});

describe("the vendor's side", () => {
  test('a member who is assigned can act, and no longer once removed', async () => {
    const mandateId = await give();
    const member = await addMember(deps, vendorOfficer.acting(VENDOR), { workerId: colleagueWorker });
    expect(member).toMatchObject({ ok: true, value: { name: 'Flittig Maur' } });
    expect(await addMember(deps, vendorOfficer.acting(VENDOR), { workerId: colleagueWorker })).toEqual({
      ok: false,
      error: 'already-member',
    });
    const use = () =>
      act(
        world.database,
        colleague.acting(BUSINESS, VENDOR),
        { right: 'orders.place', action: 'test' },
        async (permitted) => {
          await permitted.audit();
          return ok(null);
        },
      );
    expect(await use()).toMatchObject({ ok: false, error: { kind: 'missing' } });
    const assigned = await assignMember(deps, vendorOfficer.acting(VENDOR), {
      mandateId,
      personId: colleague.id,
    });
    expect(assigned.ok).toBe(true);
    expect((await use()).ok).toBe(true);
    const list = await pages.get(officer, `/b/${BUSINESS}/business/access`);
    expect(list.text).toContain('Flittig Maur');
    const [row] = await world.rows<{ id: string }>('select id from vendor_members where ended_at is null');
    expect((await removeMember(deps, vendorOfficer.acting(VENDOR), row!.id)).ok).toBe(true);
    expect(await use()).toMatchObject({ ok: false, error: { kind: 'missing' } });
  });

  test('a stranger cannot be assigned, and only officers publish a price', async () => {
    const mandateId = await give();
    const stranger = await assignMembers(deps, vendorOfficer.acting(VENDOR), {
      mandateId,
      personIds: [other.id],
    });
    expect(stranger).toEqual({ ok: false, error: 'not-a-member' });
    const manager = await world.person('Snill Oter', '15819049949');
    await world.personMandate(vendor, manager, vendorOfficer, ['access.manage']);
    const answer = await publishVendorProfile(deps, manager.acting(VENDOR), { feeOre: 1 });
    expect(answer.ok).toBe(false);
    expect(await world.rows('select fee_ore from vendor_profiles')).toEqual([{ fee_ore: 9900 }]);
  });

  test('a removal by the customer waits for what runs and stops the next request', async () => {
    const mandateId = await give();
    await assignMember(deps, vendorOfficer.acting(VENDOR), { mandateId, personId: vendorOfficer.id });
    const order: string[] = [];
    const release = Promise.withResolvers<null>();
    const begun = Promise.withResolvers<null>();
    const use = (wait: boolean) =>
      act(
        world.database,
        vendorOfficer.acting(BUSINESS, VENDOR),
        { right: 'orders.place', action: 'test' },
        async (permitted) => {
          begun.resolve(null);
          if (wait) await release.promise;
          await permitted.audit();
          order.push('acted');
          return ok(null);
        },
      );
    const running = use(true);
    await begun.promise;
    const removing = removeMandate(deps, officer.acting(BUSINESS), mandateId).then((removed) => {
      order.push('removed');
      return removed;
    });
    await untilWaiting(world, 1);
    expect(order).toEqual([]);
    release.resolve(null);
    expect((await running).ok).toBe(true);
    expect((await removing).ok).toBe(true);
    expect(order).toEqual(['acted', 'removed']);
    expect(await use(false)).toMatchObject({
      ok: false,
      error: { kind: 'refused', refusal: 'mandate-ended' },
    });
  });
});

describe('the pages', () => {
  test('lead from the search over form and preview to the mandate', async () => {
    const search = await pages.get(officer, `/b/${BUSINESS}/business/access/vendors?q=rimelig`);
    expect(search.text).toContain('RIMELIG KORTHJELP AS');
    const formPath = `/b/${BUSINESS}/business/access/vendors/${VENDOR}`;
    const shownForm = await pages.get(officer, formPath);
    expect(shownForm.text).not.toContain('contact.change');
    const wrong = await pages.post(officer, formPath, { ...form, rights: 'contact.change' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('This right can never be given');
    const sent = await pages.post(officer, formPath, form);
    expect(sent.status).toBe(303);
    const preview = await pages.get(officer, sent.location!);
    expect(preview.text).toContain('will never be able to');
    expect(preview.text).toContain('NOK 132.90');
    expect(preview.text).toContain('NOK 231.90');
    expect(preview.text).toContain('Data processing agreement');
    const shown = /name="shown" value="([^"]+)"/u.exec(preview.text)?.[1] ?? '';
    const hasAgreement = !preview.text.includes('name="agreement"');
    const unaccepted = await pages.post(officer, sent.location!, { shown });
    expect(unaccepted.status).toBe(422);
    const accepting = { shown, quote: 'yes', ...(hasAgreement ? {} : { agreement: 'yes' }) };
    const given = await pages.post(officer, sent.location!, accepting);
    expect(given.status).toBe(303);
    expect(given.location).toContain('done=access%3Adone.given');
    const again = await pages.post(officer, sent.location!, accepting);
    expect(again.status).toBe(409);
    const list = await pages.get(officer, `/b/${BUSINESS}/business/access`);
    expect(list.text).toContain('RIMELIG KORTHJELP AS');
    expect(list.text).toContain('Order cards at the expense of the business');
    expect(list.text).toMatch(/Fee per card:.*NOK 99\.00.*Official price, without VAT:.*NOK 132\.90/su);
  });

  test('ask for a new login before the confirmation when the last is old', async () => {
    const sent = await pages.post(officer, `/b/${BUSINESS}/business/access/vendors/${VENDOR}`, form);
    await world.rows(`update sessions set auth_time = clock_now() - interval '6 minutes'`);
    const preview = await pages.get(officer, sent.location!);
    expect(preview.text).toContain(`/login/step-up?return=${encodeURIComponent(sent.location!)}`);
    const confirmed = await pages.post(officer, sent.location!, {
      shown: 'x',
      quote: 'yes',
      agreement: 'yes',
    });
    expect(confirmed.location).toBe(`/login/step-up?return=${encodeURIComponent(sent.location!)}`);
    expect(await open()).toEqual([]);
  });

  test('remove a mandate, say so the second time, and are nothing to strangers and vendors', async () => {
    const id = await give();
    const path = `/business/access/mandates/${id}/remove`;
    const stranger = await pages.get(vendorOfficer, `/b/${BUSINESS}${path}`);
    expect(stranger.status).toBe(404);
    const asVendor = await pages.get(vendorOfficer, `/b/${BUSINESS}/by/${VENDOR}${path}`);
    expect(asVendor.status).toBe(404);
    await assignMember(deps, vendorOfficer.acting(VENDOR), { mandateId: id, personId: vendorOfficer.id });
    const member = await pages.get(vendorOfficer, `/b/${BUSINESS}/by/${VENDOR}/business/access`);
    expect(member.status).toBe(403);
    expect(member.text).toContain('A vendor can never do this');
    expect((await pages.get(officer, `/b/${BUSINESS}${path}`)).text).toContain('Remove the access now');
    notices.length = 0;
    const removed = await pages.post(officer, `/b/${BUSINESS}${path}`, {});
    expect(removed.status).toBe(303);
    expect(notices.map(({ template, businessId }) => [template, businessId])).toEqual([
      ['access:notice.removed', business],
      ['access:notice.removedYours', vendor],
    ]);
    expect((await pages.post(officer, `/b/${BUSINESS}${path}`, {})).status).toBe(409);
  });

  test('let the vendor see its customers and publish a price', async () => {
    const id = await give();
    const own = await pages.get(vendorOfficer, `/b/${VENDOR}/business/vendor`);
    expect(own.text).toContain('BLÅ HAMMER AS');
    const path = `/b/${VENDOR}/business/vendor`;
    const assigned = await pages.post(vendorOfficer, `${path}/customers/${id}`, { people: vendorOfficer.id });
    expect(assigned.status).toBe(303);
    const unticked = await pages.post(vendorOfficer, `${path}/profile`, { fee: '120' });
    expect(unticked.status).toBe(422);
    const published = await pages.post(vendorOfficer, `${path}/profile`, {
      fee: '120,50',
      agreement: 'yes',
      terms: 'yes',
    });
    expect(published.status).toBe(303);
    expect(await world.rows('select fee_ore from vendor_profiles')).toEqual([{ fee_ore: 12050 }]);
    expect((await pages.search(vendorOfficer, `${path}/members/new`, 'maur')).text).toContain('Flittig Maur');
    const mus = { name: 'Ny Mus', email: 'mus@vendor.test' };
    const untied = await pages.post(vendorOfficer, `${path}/members/new`, mus);
    expect([untied.status, untied.text.includes('Ny Mus')]).toEqual([422, true]);
    const invited = await pages.post(vendorOfficer, `${path}/members/new`, {
      ...mus,
      tieReason: 'Hired from an agency',
    });
    expect(invited.status).toBe(303);
    expect(notices.at(-1)).toMatchObject({
      template: 'access:notice.memberInvitation',
      extraAddresses: ['mus@vendor.test'],
    });
    // Fifty in 24 hours, and what was typed is kept.
    await world.rows(
      `insert into invitations (business_id, kind, name, email, token_hash, proposal, invited_by, invited_by_name, invited_at, expires_at)
       select business_id, kind, name, email, sha256(n::text::bytea), proposal, invited_by, invited_by_name, invited_at, expires_at
       from invitations, generate_series(1, 49) n where email = 'mus@vendor.test'`,
    );
    const tooMany = await pages.post(vendorOfficer, `${path}/members/new`, {
      name: 'Enda En',
      email: 'en@vendor.test',
      tieReason: 'Hired',
    });
    expect([tooMany.status, tooMany.text.includes('Enda En')]).toEqual([422, true]);
    expect(tooMany.text).toContain('as many people in 24 hours');
    await world.rows(`delete from invitations where email = 'mus@vendor.test'`);
  });
});

describe('a member who is invited', () => {
  const path = `/b/${VENDOR}/business/vendor`;
  let mouse: SmallPerson;
  let manager: SmallPerson;
  beforeAll(async () => {
    mouse = await world.person('Ny Mus', '15819049951');
    manager = await world.person('Flink Forvalter', '15819049952');
    await world.personMandate(vendor, manager, vendorOfficer, ['access.manage']);
  });
  beforeEach(async () => {
    await world.rows('delete from invitations');
    await world.rows('delete from vendor_members where person_id = $1', [mouse.id]);
    await world.rows('delete from workers where person_id = $1', [mouse.id]);
    await world.rows(`update mandates set ended_at = null, end_reason = null where person_id = $1`, [
      manager.id,
    ]);
  });

  /** An invitation that the mouse has answered, with the tie that was declared for it. */
  async function answered(proposal: object): Promise<string> {
    const [row] = await world.rows<{ id: string }>(
      `insert into invitations (business_id, kind, name, email, token_hash, proposal, invited_by, invited_by_name, invited_at,
         expires_at, accepted_by, accepted_by_name, accepted_at)
       values ($1, 'vendor-member', 'Mus', 'mus@vendor.test', sha256('x'::bytea), $2, $3, 'Rask Gaupe', now(), now() + interval '7 days',
         $4, 'Ny Mus', now()) returning id`,
      [vendor, JSON.stringify(proposal), vendorOfficer.id, mouse.id],
    );
    return row!.id;
  }
  const confirm = (person: SmallPerson, id: string) =>
    pages.post(person, `${path}/invitations/${id}/confirm`, {});
  const ties = () =>
    world.rows(
      'select tie, tie_reason as reason from vendor_members where person_id = $1 and ended_at is null',
      [mouse.id],
    );

  test('is tied to the vendor by what an officer said, which is shown', async () => {
    expect((await confirm(vendorOfficer, await answered({ tieReason: 'Hired from an agency' }))).status).toBe(
      303,
    );
    expect(await ties()).toEqual([{ tie: 'declared', reason: 'Hired from an agency' }]);
    expect((await pages.get(vendorOfficer, path)).text).toContain('Declared tie: Hired from an agency');
  });

  test('is tied by the employment where the register shows it, and can do nothing when it ends', async () => {
    const workerId = await world.worker(vendor, foreignUnit, mouse);
    expect((await confirm(manager, await answered({ tieReason: 'Hired' }))).status).toBe(303);
    expect(await ties()).toEqual([{ tie: 'employment', reason: null }]);
    const page = () => pages.get(vendorOfficer, path);
    expect((await page()).text).not.toContain('Not employed now');
    await world.rows(`update workers set employed_to = '2026-01-31' where id = $1`, [workerId]);
    expect((await page()).text).toContain('Not employed now');
  });

  test('is not, without a reason, nor by somebody who is no officer', async () => {
    const untold = await confirm(vendorOfficer, await answered({}));
    expect([untold.status, untold.text.includes('does not say what ties the person')]).toEqual([409, true]);
    await world.rows('delete from invitations');
    const told = await answered({ tieReason: 'Hired' });
    const refused = await confirm(manager, told);
    expect([refused.status, refused.text.includes('Only an officer can say')]).toEqual([409, true]);
    expect(await ties()).toEqual([]);
    const invited = await pages.post(manager, `${path}/members/new`, {
      name: 'Ny Mus',
      email: 'mus@vendor.test',
      tieReason: 'Hired',
    });
    expect(invited.status).toBe(409);
    // The database holds to it as well.
    const forced = act(
      world.database,
      manager.acting(VENDOR),
      { right: 'access.manage', action: 'test' },
      async ({ query, now }) => {
        const row = {
          vendor_id: vendor,
          person_id: mouse.id,
          name: 'Ny Mus',
          tie: 'declared',
          tie_reason: 'x',
        };
        await query
          .insertInto('vendor_members')
          .values({ ...row, added_by: manager.id, added_by_name: manager.name, added_at: now })
          .execute();
        return ok(null);
      },
    );
    await expect(forced).rejects.toThrow('row-level security');
  });
});

test('each right has its own words', () => {
  expect(RIGHTS.filter((right) => !Object.hasOwn(accessEn.right, right.split('.')[0] ?? ''))).toEqual([]);
});

describe('a vendor that another has taken over', () => {
  const SUCCESSOR = '310000159';
  const ACCESS = `/b/${BUSINESS}/business/access`;
  const LIST = `${ACCESS}/mergers`;
  let successor: string;
  let boss: SmallPerson;
  let merger: string;

  beforeAll(async () => {
    successor = await world.business(SUCCESSOR, 'STORE KORT AS');
    boss = await world.person('Stor Fisk', '15819049948');
    await world.officer(successor, boss);
    await world.rows(`update sessions set auth_time = clock_now()`);
    expect((await publishVendorProfile(deps, boss.acting(SUCCESSOR), { feeOre: 5000 })).ok).toBe(true);
  });
  beforeEach(async () => {
    await world.rows('update businesses set dissolved_on = null');
    await give({ limits: { cardsPerOrder: 10, cardsPerMonth: 20, orePerMonth: null } });
    await world.rows('delete from merger_answers');
    await world.rows('delete from vendor_mergers');
    await world.rows(`update businesses set dissolved_on = '2026-11-01' where id = $1`, [vendor]);
    const [row] = await world.rows<{ id: string }>(
      `insert into vendor_mergers (vendor_id, successor_id, merged_on, source, recorded_at, recorded_by, recorded_by_name)
       values ($1, $2, '2026-11-01', 'Announced', clock_now(), $3, 'Grundig Mappe') returning id`,
      [vendor, successor, officer.id],
    );
    merger = row?.id ?? '';
    notices.length = 0;
  });
  afterAll(() => world.rows(`update businesses set dissolved_on = null where id = $1`, [vendor]));

  const say = (person: SmallPerson, answer: string) => pages.post(person, LIST, { merger, answer });
  const openMandates = () =>
    world.rows(
      `select vendor_id, rights, cards_per_month, ends_at from mandates where business_id = $1 and ended_at is null order by id`,
      [business],
    );

  test('is asked about once, in one list, and a yes gives nothing before the mandate is given as ever', async () => {
    const list = await pages.get(officer, LIST);
    for (const text of ['was taken over by STORE KORT AS', 'NOK 99.00', 'Yes, go on to STORE KORT AS'])
      expect(list.text).toContain(text);
    const before = await openMandates();
    const yes = await say(officer, 'yes');
    expect(yes.location).toContain('/vendor-drafts/');
    expect(await openMandates()).toEqual(before);
    // The other officer is told that it is answered, whatever they answer.
    for (const answer of ['yes', 'no']) {
      const late = await say(other, answer);
      expect([late.status, late.text.includes('Somebody has answered already')]).toEqual([409, true]);
    }
    expect((await pages.get(other, LIST)).text).toContain('Våken Spurv answered yes');
    // Whoever left the preview goes on from the list.
    const draft = (await say(other, 'go-on')).location ?? '';
    expect((await pages.get(other, draft)).text).toContain('STORE KORT AS');
    const draftId = draft.split('/').at(-1) ?? '';
    expect(
      await confirmGrant(deps, other.acting(BUSINESS), draftId, { ...accepted, acceptsQuote: false }),
    ).toMatchObject({
      error: { reason: 'not-accepted' },
    });
    expect((await confirmGrant(deps, other.acting(BUSINESS), draftId, accepted)).ok).toBe(true);
    // With it ends what the old vendor had left, and nothing of that is asked about any more.
    const [old] = before as { ends_at: Date; rights: string[] }[];
    const [given, ...more] = (await openMandates()) as { ends_at: Date; rights: string[] }[];
    expect(more).toEqual([]);
    expect(given).toMatchObject({ vendor_id: successor, cards_per_month: 20, ends_at: old?.ends_at });
    expect([...(given?.rights ?? [])].sort()).toEqual([...(old?.rights ?? [])].sort());
    expect(notices.map(({ template }) => template)).toContain('access:notice.removed');
    const done = await pages.get(officer, LIST);
    expect(done.text).toContain('The mandate to STORE KORT AS has been given');
    expect(done.text).not.toContain('Go on to the mandate');
    expect((await say(other, 'go-on')).status).toBe(409);
    expect((await pages.get(officer, ACCESS)).text).not.toContain('taken over');
    const counts = await pages.get(boss, `/b/${SUCCESSOR}/business/vendor`);
    expect(counts.text).toContain('Vendors that you have taken over');
    const audit = await world.rows(
      `select action, decision, changes->>'wants' as wants from audit_entries where subject_id = $1`,
      [merger],
    );
    expect(audit).toEqual([{ action: 'merger.answered', decision: 'allowed', wants: 'true' }]);
  });

  test('is shown on the list of access to officers, until it is settled', async () => {
    const list = async () => (await pages.get(officer, ACCESS)).text;
    expect(await list()).toContain('taken over by STORE KORT AS. The old mandate has stopped');
    await say(officer, 'yes');
    expect(await list()).toContain('You have said yes, but the mandate has not been given yet');
    const [old] = await open();
    await pages.post(officer, `${ACCESS}/mandates/${old?.id ?? ''}/remove`, {});
    expect(await list()).not.toContain('STORE KORT AS');
    const settled = await pages.get(officer, LIST);
    expect(settled.text).toContain('STORE KORT AS has no mandate from you');
    expect(settled.text).not.toContain('Go on to the mandate');
  });

  test('is ended by the yes itself where the successor has a mandate already', async () => {
    const { acceptsAgreement, acceptsQuote } = accepted;
    const to = { vendorNumber: SUCCESSOR, proposal, acceptsAgreement, acceptsQuote };
    expect((await grantToVendor(deps, officer.acting(BUSINESS), to)).ok).toBe(true);
    // Nobody has said yes: what the old vendor has left stays.
    expect(await openMandates()).toHaveLength(2);
    expect((await say(officer, 'yes')).location).toContain('mergerYes');
    expect(await openMandates()).toMatchObject([{ vendor_id: successor }]);
  });

  test('is ended by a no, in the same transaction', async () => {
    expect((await say(officer, 'no')).location).toContain('mergerNo');
    expect(await openMandates()).toEqual([]);
    expect((await say(officer, 'go-on')).status).toBe(409);
    expect((await pages.get(officer, LIST)).text).toContain('Våken Spurv answered no');
  });

  test('is answered by one of two officers at once', async () => {
    const both = await Promise.all([say(officer, 'no'), say(other, 'yes')]);
    expect(both.map(({ status }) => status).sort()).toEqual([303, 409]);
    expect(await world.rows('select count(*)::int as n from merger_answers')).toEqual([{ n: 1 }]);
  });

  test('is asked about and reminded of once, and no more when it is answered', async () => {
    const told = async () => {
      notices.length = 0;
      await tellOfMergers(deps);
      return notices.map(({ template, businessId }) => [template, businessId]);
    };
    expect(await told()).toEqual([['vendors:notice.merger.asked', business]]);
    expect(await told()).toEqual([]);
    await world.rows(`update vendor_mergers set told_at = told_at - interval '15 days'`);
    expect(await told()).toEqual([['vendors:notice.merger.reminded', business]]);
    expect(await told()).toEqual([]);
    await world.rows(`update vendor_mergers set reminded_at = null`);
    await say(officer, 'yes');
    expect(await told()).toEqual([]);
  });
});
