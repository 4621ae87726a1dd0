import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conditions } from '../../tests/support/conditions.ts';
import {
  type FixtureBusiness,
  type FixtureOrder,
  type FixturePerson,
  Fixtures,
} from '../../tests/support/fixtures.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import type { Notice } from '../access/index.ts';
import { writeLetter } from '../messages/rules.ts';
import { createPermitPages, createWorkerPages } from '../workers/index.ts';
import { createTranslator } from '../web/languages.ts';
import { words } from '../words.ts';
import { settleConditions } from './condition-jobs.ts';
import webEn from '../web/en.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import { createOwnCardPages } from './own-pages.tsx';
import { createCardPages } from './pages.tsx';
import workerWords from './worker-words.json' with { type: 'json' };

let fixtures: Fixtures;
let pages: PageCaller;
let officer: FixturePerson;
let member: FixturePerson;
let holder: FixturePerson;
let business: FixtureBusiness;
let other: FixtureBusiness;
let vendor: FixtureBusiness;
let card: FixtureOrder;
let workerId: string;
const told: Notice[] = [];
let deps: Parameters<typeof settleConditions>[0];

beforeAll(async () => {
  fixtures = await Fixtures.start();
  deps = {
    database: fixtures.database,
    conditions,
    notify: keepIn(told),
  };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createOwnCardPages(deps));
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(base, createCardPages(deps));
      app.route(base, createWorkerPages(deps));
      app.route(base, createPermitPages(deps));
    }
  });
  [business, other, vendor] = [
    await fixtures.business({ name: 'BLÅ HAMMER AS' }),
    await fixtures.business({ name: 'GRØNN SAG AS' }),
    await fixtures.business({ name: 'DYRE KORT AS' }),
  ];
  [officer, member, holder] = [
    await fixtures.person('Våken Spurv'),
    await fixtures.person('Kostelig Kåpe'),
    await fixtures.person('Munter Elv'),
  ];
  for (const one of [business, other, vendor]) await fixtures.officer(one, officer);
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  const people = { by: officer, vendorOfficer: officer, member };
  const mandate = await fixtures.vendorMandate(business, vendor, people, ['orders.place', 'cards.read']);
  workerId = await fixtures.worker(business, holder);
  card = await fixtures.order(business, { id: workerId, personId: holder.id, unit: business.unit }, member, {
    id: vendor.id,
    mandateId: mandate.id,
  });
  await fixtures.rows(
    `update cards set expires_at = clock_now() + interval '1 year', employer_name = 'BLÅ HAMMER AS'`,
  );
}, 60_000);
afterAll(() => fixtures.stop());

beforeEach(async () => {
  told.length = 0;
  await fixtures.rows('delete from approvals');
  await fixtures.rows(
    `update cards set suspended_reason = null, blocked_at = null, blocked_reason = null, blocked_by = null`,
  );
  await fixtures.rows(
    `update businesses set form = 'AS', missing = false, bankrupt = false, dissolved_on = null, vat_registered = false,
       refreshed_at = clock_now(), workers_read_at = clock_now()`,
  );
  await fixtures.rows(
    `update workers set employed_from = '2020-01-01', employed_to = null, deceased = false, registered = true, number_active = true,
       source = 'register', assignment = null, permit_due_since = null`,
  );
  await fixtures.rows('delete from residence_permits');
});

const settle = (businessId?: string) => settleConditions(deps, businessId);
const stateOf = async (cardId = card.cardId) =>
  (
    await fixtures.rows<{ state: string; suspended_reason: string | null }>(
      'select card_state(c, clock_now()) as state, suspended_reason from cards c where id = $1',
      [cardId],
    )
  )[0];
const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});

describe('a card', () => {
  test('is suspended while a condition fails and valid again by itself; the log has both', async () => {
    await settle();
    expect(await stateOf()).toEqual({ state: 'valid', suspended_reason: null });
    await fixtures.rows('update businesses set bankrupt = true where id = $1', [business.id]);
    await settle(other.id);
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    await settle(business.id);
    await settle(business.id);
    expect(await stateOf()).toEqual({ state: 'suspended', suspended_reason: 'ORG_BANKRUPT' });
    // Of two that fail the gravest is told, and then the one that still does.
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) - 1');
    await fixtures.rows('update businesses set bankrupt = false where id = $1', [business.id]);
    await settle();
    expect(await stateOf()).toEqual({ state: 'suspended', suspended_reason: 'AA_ENDED' });
    await fixtures.rows('update workers set employed_to = null');
    await settle();
    expect(await stateOf()).toEqual({ state: 'valid', suspended_reason: null });
    expect(
      await fixtures.rows(
        `select changes from audit_entries where action = 'cards.followed-conditions' and business_id = $1 order by id`,
        [business.id],
      ),
    ).toEqual([
      { changes: { suspended: 1, lifted: 0 } },
      { changes: { suspended: 1, lifted: 0 } },
      { changes: { suspended: 0, lifted: 1 } },
    ]);
  });

  test.each(['lost', 'stolen', 'returned', 'destroyed', 'damaged', 'new-name'])(
    'that is %s never turns back',
    async (reason) => {
      await fixtures.rows(`update cards set blocked_at = clock_now(), blocked_reason = $1`, [reason]);
      await fixtures.rows('update businesses set bankrupt = true');
      await settle();
      await fixtures.rows('update businesses set bankrupt = false');
      await settle();
      expect(await stateOf()).toEqual({ state: 'blocked', suspended_reason: null });
    },
  );

  test('outlives a number that is not active by 30 days, from when that was first seen', async () => {
    await fixtures.rows('update workers set number_active = false');
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    // Seen again, the time goes on from the first.
    await fixtures.rows(`update workers set inactive_since = clock_now() - interval '31 days'`);
    await fixtures.rows('update workers set number_active = false');
    await settle();
    expect(await stateOf()).toMatchObject({ suspended_reason: 'DNR_INACTIVE' });
    await fixtures.rows('update workers set number_active = true');
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    await fixtures.rows('update workers set number_active = false');
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
  });

  test('of a staffing agency depends on its register; of no other business, whatever stands there', async () => {
    await fixtures.rows(
      `insert into approvals (business_id, register, standing, as_of) values ($1, 'staffing', 'not-approved', clock_now())`,
      [business.id],
    );
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    const code = (of: string | null) =>
      fixtures.rows('update businesses set industry_code = $2 where id = $1', [business.id, of]);
    await code('78.200');
    await settle();
    expect(await stateOf()).toMatchObject({ suspended_reason: 'AGENCY_NOT_REGISTERED' });
    await fixtures.rows(`update approvals set standing = 'approved'`);
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    await code(null);
  });

  test('of somebody in two units holds while one employment does', async () => {
    const second = await fixtures.worker(business, holder, { unit_id: business.otherUnit });
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) - 1 where id = $1', [
      workerId,
    ]);
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    await fixtures.rows('delete from workers where id = $1', [second]);
    await settle();
    expect(await stateOf()).toMatchObject({ suspended_reason: 'AA_ENDED' });
  });
});

describe('the pages', () => {
  test('tell each condition, who can mend it, and how old the answers are; no vendor without the list', async () => {
    await fixtures.rows('update workers set number_active = false');
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) - 1');
    await settle();
    const path = `/b/${business.number}/cards/${card.cardId}`;
    for (const shown of [
      await pages.get(small(officer), path),
      await pages.get(small(holder), '/my-cards'),
    ]) {
      expect(shown.status).toBe(200);
      expect(shown.text).toContain(en.conditions.title);
      expect(shown.text).toContain(en.requirement.employment);
      expect(shown.text).toContain(en.condition.AA_ENDED);
      expect(shown.text).toContain(en.mender.employer);
      expect(shown.text).toContain(en.condition.DNR_INACTIVE);
      expect(shown.text).toContain(en.mender.worker);
      expect(shown.text).toContain(en.conditions.until);
      expect(shown.text).not.toContain(en.conditions.unconfirmed);
    }
    const vendors = await pages.get(
      small(member),
      `/b/${business.number}/by/${vendor.number}/cards/${card.cardId}`,
    );
    expect(vendors.status).toBe(200);
    for (const hidden of [en.conditions.title, en.condition.AA_ENDED, en.condition.DNR_INACTIVE])
      expect(vendors.text).not.toContain(hidden);
  });

  test('tell the holder in the language that they read, and keep it on the way', async () => {
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) - 1');
    await settle();
    const { pl } = workerWords;
    const asked = '/my-cards?in=pl';
    const shown = await pages.get(small(holder), asked);
    for (const text of [pl['cards:own.lead'], pl['cards:condition.AA_ENDED'], pl['cards:mender.employer']])
      expect(shown.text).toContain(text);
    expect(shown.text).toContain('lang="pl"');
    const report = `/my-cards/${card.cardId}/report?in=pl`;
    expect(shown.text).toContain(report);
    expect((await pages.get(small(holder), report)).text).toContain(pl['cards:block.submit']);
    const wrong = await pages.post(small(holder), report, {});
    expect([wrong.status, wrong.text.includes(pl['cards:block.choose'])]).toEqual([422, true]);
    const sent = await pages.post(small(holder), report, { reason: 'lost' });
    expect(sent.location).toContain('in=pl');
    const left = `cards:\\w`;
    expect(shown.text).not.toMatch(new RegExp(left, 'u'));
  });

  test('say since when nothing was confirmed, and the last answer stands', async () => {
    await settle();
    await fixtures.rows(`update businesses set workers_read_at = clock_now() - interval '49 hours'`);
    await settle();
    expect(await stateOf()).toMatchObject({ state: 'valid' });
    const path = `/b/${business.number}/cards/${card.cardId}`;
    expect((await pages.get(small(officer), path)).text).toContain(en.conditions.unconfirmed);
    expect((await pages.get(small(holder), '/my-cards')).text).toContain(en.conditions.unconfirmed);
  });
});

describe('a permit to stay', () => {
  const path = () => `/b/${business.number}/workers/${workerId}/permit`;
  const list = () => `/b/${business.number}/workers`;
  const due = (days: number) =>
    fixtures.rows(`update workers set permit_due_since = clock_now() - $1 * interval '1 day' where id = $2`, [
      days,
      workerId,
    ]);
  const inDays = async (days: number) =>
    (
      await fixtures.rows<{ day: string }>('select (oslo_date(clock_now()) + $1::int)::text as day', [days])
    )[0]?.day ?? '';
  const obstacle = async () =>
    (
      await fixtures.rows<{ found: string | null }>(
        'select worker_obstacle(w, clock_now()) as found from workers w where id = $1',
        [workerId],
      )
    )[0]?.found;
  const declare = async (days: number, kind = 'permit') =>
    pages.post(small(officer), path(), { kind, lastDay: await inDays(days) });

  test('that nobody has declared keeps from ordering, and suspends after the grace; declared it holds again', async () => {
    await due(31);
    await settle();
    expect(await stateOf()).toEqual({ state: 'suspended', suspended_reason: 'PERMIT_MISSING' });
    expect(await obstacle()).toBe('permit-missing');
    const listed = await pages.get(small(officer), list());
    for (const text of [words.en.workers.obstacle['permit-missing'], path()])
      expect(listed.text).toContain(text);
    const own = await pages.get(small(holder), '/my-cards?in=pl');
    for (const text of [
      workerWords.pl['cards:condition.PERMIT_MISSING'],
      workerWords.pl['cards:mender.orderer'],
    ])
      expect(own.text).toContain(text);
    const sent = await declare(200);
    expect([sent.status, sent.location?.startsWith(list())]).toEqual([303, true]);
    expect(await obstacle()).toBe('valid-card');
    await settle();
    expect(await stateOf()).toEqual({ state: 'valid', suspended_reason: null });
    const shown = await pages.get(small(officer), path());
    expect(shown.text).toContain(`${officer.name}, `);
    const ofCard = await pages.get(small(officer), `/b/${business.number}/cards/${card.cardId}`);
    for (const text of [en.requirement.permit, en.conditions.until]) expect(ofCard.text).toContain(text);
    const seen = await fixtures.rows(
      `select from disclosures where subject_person_id = $1 and 'residence-permit' = any (fields)`,
      [holder.id],
    );
    expect(seen).not.toHaveLength(0);
    const [entry] = await fixtures.rows(
      `select decision, business_id, subject_id from audit_entries where action = 'worker-permit.declared'`,
    );
    expect(entry).toEqual({ decision: 'allowed', business_id: business.id, subject_id: workerId });
  });

  test('that runs out is told 90, 30 and 7 days ahead, and suspends the day after', async () => {
    await due(400);
    for (const [days, step] of [
      [91, undefined],
      [89, 90],
      [29, 30],
      [6, 7],
    ] as const) {
      told.length = 0;
      await declare(days);
      await settle();
      const found = await fixtures.rows<{ days: number }>(
        `select days from condition_notices where code = 'PERMIT_EXPIRED' and step = 'foreseen'
           and at - clock_now() between $1 * interval '1 day' and $2 * interval '1 day'`,
        [days - 1, days + 2],
      );
      expect(found.at(-1)?.days).toBe(step);
      expect(told.map(({ audience }) => audience).toSorted()).toEqual(
        step === undefined ? [] : ['business-and-officers', 'person'],
      );
    }
    await declare(-1, 'application');
    await settle();
    expect(await stateOf()).toEqual({ state: 'suspended', suspended_reason: 'PERMIT_EXPIRED' });
    expect(await obstacle()).toBe('permit-expired');
    expect(await fixtures.rows('select kind from residence_permits')).toEqual([{ kind: 'application' }]);
  });

  test('is not declared where none is due, of no known day, by nobody without the list, or for another business', async () => {
    expect((await declare(100)).text).toContain(words.en.workers.permit.problem['not-due']);
    await due(0);
    for (const [fields, text] of [
      [{ kind: 'permit', lastDay: '' }, webEn.form.required],
      [{ kind: 'permit', lastDay: '31.11.' }, words.en.workers.permit.problem.day],
      [{ kind: 'permit', lastDay: '2126-01-01' }, words.en.workers.permit.problem['day-out-of-reach']],
      [{ kind: 'passport', lastDay: await inDays(10) }, webEn.form.choose],
    ] as const) {
      const refused = await pages.post(small(officer), path(), fields);
      expect([refused.status, refused.text.includes(text)]).toEqual([422, true]);
    }
    const fields = { kind: 'permit', lastDay: await inDays(10) };
    const elsewhere = `/b/${other.number}/workers/${workerId}/permit`;
    expect((await pages.get(small(officer), elsewhere)).status).toBe(404);
    expect((await pages.post(small(officer), elsewhere, fields)).status).toBe(404);
    const byVendor = `/b/${business.number}/by/${vendor.number}/workers/${workerId}/permit`;
    expect((await pages.get(small(member), byVendor)).status).toBe(403);
    expect((await pages.post(small(member), byVendor, fields)).status).toBe(403);
    expect(await fixtures.rows('select from residence_permits')).toEqual([]);
  });

  test('is declared by a vendor that has the list, which sees no other than its own', async () => {
    const people = { by: officer, vendorOfficer: officer, member };
    await fixtures.vendorMandate(other, vendor, people, ['orders.place', 'workers.read']);
    const worker = await fixtures.worker(other, await fixtures.person('Frisk Bris'), {
      permit_due_since: new Date(),
    });
    const own = `/b/${other.number}/workers/${worker}/permit`;
    const byVendor = `/b/${other.number}/by/${vendor.number}/workers/${worker}/permit`;
    const kinds = words.en.workers.permit.kinds;
    await pages.post(small(member), byVendor, { kind: 'family', lastDay: await inDays(50) });
    const shown = (text: string) => /<dl.*<\/dl>/su.exec(text)?.[0] ?? '';
    const [bySelf, byBusiness] = [
      await pages.get(small(member), byVendor),
      await pages.get(small(officer), own),
    ];
    for (const { text } of [bySelf, byBusiness]) {
      expect(shown(text)).toContain(kinds.family);
      expect(shown(text)).toContain(member.name);
    }
    await pages.post(small(officer), own, { kind: 'permanent', lastDay: await inDays(60) });
    const hidden = await pages.get(small(member), byVendor);
    expect(hidden.status).toBe(200);
    for (const text of [kinds.permanent, kinds.family, officer.name])
      expect(shown(hidden.text)).not.toContain(text);
  });
});

describe('what is told', () => {
  /** Who was told what: the template without its prefix, with what it is about. */
  const heard = () =>
    told
      .filter(({ businessId, personId }) => businessId === business.id || personId === holder.id)
      .map(
        ({ template, parameters, audience }) =>
          `${audience === 'person' ? 'holder' : 'business'} ${template.replace(/^cards:notice\.(own-)?condition-/u, '')} ${parameters['conditionKeys']?.replace(/^cards:\w+\./u, '') ?? ''}`,
      )
      .toSorted();
  /** What is heard after so many more days, however often it is looked for. */
  const after = async (days: number) => {
    await fixtures.rows('update clock set offset_by = offset_by + make_interval(days => $1)', [days]);
    told.length = 0;
    await settle();
    await settle();
    return heard();
  };
  const both = (what: string) => [`business ${what}`, `holder ${what}`];
  beforeEach(async () => {
    await fixtures.rows('delete from condition_notices');
    await fixtures.rows(`update cards set expires_at = clock_now() + interval '100 days'`);
  });
  afterEach(() => fixtures.rows(`update clock set offset_by = '0'`));

  test('of a card that expires, at 90, 30 and 7 days, to the business and the holder, each once', async () => {
    const expiring = both('foreseen EXPIRED');
    expect(await after(9)).toEqual([]);
    expect(await after(1)).toEqual(expiring);
    expect(await after(59)).toEqual([]);
    expect(await after(1)).toEqual(expiring);
    expect(await after(22)).toEqual([]);
    expect(await after(1)).toEqual(expiring);
    expect(await after(6)).toEqual([]);
    expect(await after(2)).toEqual([]);
  });

  test('of an employment that ends: before it does, when it has, and when it holds again', async () => {
    await fixtures.rows(`update cards set expires_at = clock_now() + interval '1 year'`);
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) + 40 where id = $1', [
      workerId,
    ]);
    expect(await after(1)).toEqual([]);
    expect(await after(20)).toEqual(both('foreseen AA_ENDED'));
    // With another last day there is something new to tell.
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) + 5 where id = $1', [
      workerId,
    ]);
    expect(await after(0)).toEqual(both('foreseen AA_ENDED'));
    expect(await after(6)).toEqual(both('suspended AA_ENDED'));
    await fixtures.rows('update workers set employed_to = null where id = $1', [workerId]);
    expect(await after(0)).toEqual(both('lifted AA_ENDED'));
  });

  test('of a card that has not come back from somebody who has left, until it is reported', async () => {
    await fixtures.rows(`update cards set expires_at = clock_now() + interval '1 year'`);
    await fixtures.rows('update workers set employed_to = oslo_date(clock_now()) where id = $1', [workerId]);
    expect(await after(1)).toEqual(both('suspended AA_ENDED'));
    expect(await after(5)).toEqual([]);
    const back = ['business return AA_ENDED'];
    expect(await after(2)).toEqual(back);
    expect(await after(10)).toEqual([]);
    expect(await after(14)).toEqual(back);
    await fixtures.rows(`update cards set blocked_at = clock_now(), blocked_reason = 'destroyed'`);
    expect(await after(80)).toEqual([]);
  });

  test('of a number that is not active, 14 days before the card is suspended', async () => {
    await fixtures.rows('update workers set number_active = false where id = $1', [workerId]);
    expect(await after(15)).toEqual(both('foreseen EXPIRED'));
    expect(await after(2)).toEqual(both('foreseen DNR_INACTIVE'));
    const [notice] = told;
    expect(notice?.parameters).toMatchObject({
      menderKeys: 'cards:mender.worker',
      business: 'BLÅ HAMMER AS',
      number: '1',
    });
    expect(await after(14)).toEqual(both('suspended DNR_INACTIVE'));
  });

  test('of a declaration that runs out, the holder: the officers are reminded to confirm it', async () => {
    await fixtures.rows(`update cards set expires_at = clock_now() + interval '1 year'`);
    await fixtures.rows(`update workers set source = 'declared' where id = $1`, [workerId]);
    await fixtures.rows(
      `insert into worker_declarations (business_id, unit_id, worker_id, kind, reason, declared_by, declared_by_name, declared_at,
         confirmed_by, confirmed_by_name, confirmed_at, holds_until)
       select business_id, unit_id, id, 'owner', 'E', $2, 'P', clock_now(), $2, 'P', clock_now(), clock_now() + interval '40 days'
       from workers where id = $1`,
      [workerId, officer.id],
    );
    expect(await after(5)).toEqual([]);
    expect(await after(10)).toEqual(['holder foreseen DECLARATION_ENDED']);
    expect(await after(30)).toEqual(['holder suspended DECLARATION_ENDED']);
    await fixtures.rows('delete from worker_declarations');
  });

  test('of an approval that runs out, and not of one that the register does not know', async () => {
    await fixtures.rows(
      `update cards set card_type = 'cleaning', expires_at = clock_now() + interval '1 year'`,
    );
    await fixtures.rows(
      `insert into approvals (business_id, register, standing, as_of) values ($1, 'cleaning', 'approved', clock_now())`,
      [business.id],
    );
    expect(await after(1)).toEqual([]);
    await fixtures.rows(`update approvals set standing = 'unknown'`);
    expect(await after(1)).toEqual([]);
    await fixtures.rows(`update approvals set standing = 'absent'`);
    // The trigger has it begin now.
    await fixtures.rows('update approvals set since = clock_now()');
    expect(await after(1)).toEqual(both('foreseen CLEANING_NOT_APPROVED'));
    expect(await after(30)).toEqual(both('suspended CLEANING_NOT_APPROVED'));
    await fixtures.rows(`update cards set card_type = 'construction'`);
  });

  test('of many cards at once: the business one notice of each thing, each holder of their own', async () => {
    const many = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const person = await fixtures.person(`Mange ${String(index)}`);
        const id = await fixtures.worker(other, person);
        const { cardId } = await fixtures.order(
          other,
          { id, personId: person.id, unit: other.unit },
          officer,
        );
        await fixtures.rows(`update cards set expires_at = clock_now() + interval '100 days' where id = $1`, [
          cardId,
        ]);
        return person.id;
      }),
    );
    await after(20);
    const toBusiness = told.filter(({ businessId }) => businessId === other.id);
    expect(toBusiness).toHaveLength(1);
    expect(toBusiness[0]?.parameters).toMatchObject({ number: '12', link: `/b/${other.number}/cards` });
    expect(toBusiness[0]?.parameters['cards']).toMatch(/^(?:\d{8}, ){9}\d{8} …$/u);
    const people = told.flatMap(({ personId }) => personId ?? []).filter((id) => many.includes(id));
    expect(people.toSorted()).toEqual(many.toSorted());
    await fixtures.rows('update businesses set bankrupt = true where id = $1', [other.id]);
    await after(0);
    expect(told.filter(({ businessId }) => businessId === other.id)).toHaveLength(1);
  });

  test('a unit with contact details of its own, of its workers’ cards alone, and always the business', async () => {
    const firm = await fixtures.business({ name: 'TO AVDELINGER AS' });
    const stored = { business_id: firm.id, source: 'business', changed_at: new Date(0) };
    await fixtures.insert('contact_details', { ...stored, email: 'post@annen.example' });
    const own = { unit_id: firm.otherUnit, email: 'kaia@annen.example', language: null };
    await fixtures.insert('contact_details', { ...stored, ...own });
    const cards: string[] = [];
    for (const unit of [firm.unit, firm.otherUnit]) {
      const person = await fixtures.person('Ansatt');
      const id = await fixtures.worker(firm, person, { unit_id: unit });
      const { cardId } = await fixtures.order(firm, { id, personId: person.id, unit }, officer);
      cards.push(cardId);
    }
    await fixtures.rows(
      `update cards set expires_at = clock_now() + interval '100 days' where id = any($1::uuid[])`,
      [cards],
    );
    await after(20);
    const parts = told
      .filter(({ businessId }) => businessId === firm.id)
      .map(({ unitId, businessToo, parameters }) => [unitId, businessToo, parameters['number']]);
    expect(parts).toHaveLength(2);
    expect(parts).toContainEqual([firm.otherUnit, true, '1']);
    expect(parts).toContainEqual([undefined, undefined, '1']);
  });

  test('nobody, of the death of the holder, but the business', async () => {
    await fixtures.rows('update workers set deceased = true where id = $1', [workerId]);
    expect(await after(0)).toEqual(['business suspended FREG_DECEASED']);
  });

  test('in words, in both languages, with the day and without a key that is left over', () => {
    const steps = ['foreseen', 'suspended', 'lifted'];
    const notices = [
      ...steps.flatMap((step) => [`condition-${step}`, `own-condition-${step}`]),
      'condition-return',
    ];
    for (const language of ['nb', 'en'] as const) {
      const translator = createTranslator(words, (_, key) => {
        throw new Error(key);
      });
      for (const template of notices) {
        const letter = writeLetter(
          {
            template: `cards:notice.${template}`,
            parameters: {
              conditionKeys: 'cards:condition.AA_ENDED',
              menderKeys: 'cards:mender.employer',
              lastDate: '2026-12-31',
              business: 'BLÅ HAMMER AS',
              employer: 'BLÅ HAMMER AS',
              number: '2',
              cards: '10000001, 10000002',
              card: '10000001',
              link: '/my-cards',
            },
            language,
            origin: 'https://kortvakt.test',
          },
          (of, key, values) => translator.for(of)(key, values),
        );
        expect(letter.subject + letter.text).not.toMatch(/[{}]|cards:/u);
        expect(letter.text).toContain('BLÅ HAMMER AS');
      }
    }
  });
});

test('in drawn worlds a card is valid exactly while every condition holds', async () => {
  const staff = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const where = index % 2 === 0 ? business : other;
      const person = await fixtures.person(`Tegnet ${String(index)}`);
      const id = await fixtures.worker(where, person);
      const made = await fixtures.order(where, { id, personId: person.id, unit: where.unit }, officer);
      return { worker: id, where: where.id, card: made.cardId };
    }),
  );
  const days = fc.integer({ min: -60, max: 60 });
  // Seldom, so that many cards are valid in the end.
  const seldom = fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0);
  const seldomDays = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: days });
  const firm = fc.record({ bankrupt: seldom, missing: seldom, dissolved: seldomDays });
  const standings = ['approved', 'card-order', 'application', 'not-approved', 'absent', 'unknown'];
  const one = fc.record({
    from: fc.integer({ min: -60, max: 5 }),
    to: seldomDays,
    deceased: seldom,
    registered: seldom.map((unknown) => !unknown),
    inactive: seldomDays,
    permitDue: seldomDays,
    permitEnds: seldomDays,
    blocked: seldom,
    expires: fc.integer({ min: -5, max: 60 }).filter((days) => days !== 0),
    type: fc.constantFrom('construction', 'cleaning'),
  });
  let valid = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(firm, { minLength: 2, maxLength: 2 }),
      fc.constantFrom(...standings),
      fc.array(one, { minLength: staff.length, maxLength: staff.length }),
      async (firms, standing, drawn) => {
        for (const [index, { id }] of [business, other].entries()) {
          const { bankrupt, missing, dissolved } = firms[index] ?? {
            bankrupt: false,
            missing: false,
            dissolved: null,
          };
          await fixtures.rows(
            `update businesses set bankrupt = $2, missing = $3, dissolved_on = oslo_date(clock_now()) + $4::int where id = $1`,
            [id, bankrupt, missing, dissolved],
          );
        }
        await fixtures.rows('delete from approvals');
        await fixtures.rows(
          `insert into approvals (business_id, register, standing, as_of) values ($1, 'cleaning', $2, now())`,
          [business.id, standing],
        );
        for (const [index, { worker, card: id }] of staff.entries()) {
          const { from, to, deceased, registered, inactive, blocked, expires, type } = drawn[index] ?? {};
          const { permitDue, permitEnds } = drawn[index] ?? {};
          await fixtures.rows(
            `update workers set employed_from = oslo_date(clock_now()) + $2::int, employed_to = oslo_date(clock_now()) + $3::int,
               deceased = $4, registered = $5, number_active = $6 where id = $1`,
            [worker, from, to, deceased, registered, inactive === null],
          );
          await fixtures.rows(
            `update workers set inactive_since = clock_now() - abs($2::int) * interval '1 day',
               permit_due_since = clock_now() - abs($3::int) * interval '1 day' where id = $1`,
            [worker, inactive, permitDue],
          );
          await fixtures.rows('delete from residence_permits where worker_id = $1', [worker]);
          await fixtures.rows(
            `insert into residence_permits (business_id, unit_id, worker_id, kind, last_day, declared_by, declared_by_name, declared_at)
             select business_id, unit_id, id, 'permit', oslo_date(clock_now()) + $2::int, $3, '', clock_now()
             from workers where id = $1 and $2::int is not null`,
            [worker, permitEnds, officer.id],
          );
          await fixtures.rows(
            `update cards set expires_at = clock_now() + $2::int * interval '1 day', issued_at = clock_now() - interval '1 year',
               card_type = $3, blocked_at = case when $4 then clock_now() end, blocked_reason = case when $4 then 'lost' end
             where id = $1`,
            [id, expires, type, blocked],
          );
        }
        await settle();
        for (const [index, { where, card: id }] of staff.entries()) {
          const its = drawn[index];
          const firmOf = firms[where === business.id ? 0 : 1];
          if (its === undefined || firmOf === undefined) continue;
          const holds =
            !firmOf.bankrupt &&
            !firmOf.missing &&
            (firmOf.dissolved === null || firmOf.dissolved > 0) &&
            its.from <= 0 &&
            (its.to === null || its.to >= 0) &&
            !its.deceased &&
            its.registered &&
            (its.inactive === null || Math.abs(its.inactive) <= 30) &&
            (its.permitDue === null ||
              (its.permitEnds === null ? Math.abs(its.permitDue) <= 30 : its.permitEnds >= 0)) &&
            !(its.type === 'cleaning' && where === business.id && standing === 'not-approved') &&
            !its.blocked &&
            its.expires > 0;
          if (holds) valid += 1;
          expect([index, (await stateOf(id))?.state === 'valid']).toEqual([index, holds]);
        }
      },
    ),
    { numRuns: 12 },
  );
  expect(valid).toBeGreaterThan(12);
}, 60_000);
