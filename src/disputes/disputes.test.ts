import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from 'node:crypto';
import { conditions } from '../../tests/support/conditions.ts';
import {
  type FixtureBusiness,
  type FixtureOrder,
  type FixturePerson,
  Fixtures,
} from '../../tests/support/fixtures.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import type { SmallPerson } from '../../tests/support/small-world.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { createNotify } from '../messages/index.ts';
import { words } from '../words.ts';
import {
  answerDispute,
  bringOwnDispute,
  forgetOldDisputes,
  makeOwnDispute,
  overseeDispute,
  overseeDisputes,
  seeDispute,
  seeDisputes,
  seeOwnDisputes,
  settleDispute,
  TELL,
  tellOfDispute,
  tellOfTimeRunningOut,
} from './actions.ts';
import { createOwnCardPages } from '../cards/index.ts';
import { createDisputePages } from './pages.tsx';
import { createOwnDisputePages } from './own-pages.tsx';
import { type DisputeKind, disputeState, mayAnswer, mayBring } from './rules.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const SECRET = 'I never worked at the quay';

let fixtures: Fixtures;
let deps: Parameters<typeof makeOwnDispute>[0] & Parameters<typeof tellOfDispute>[0];
let pages: PageCaller;
let business: FixtureBusiness;
let elsewhere: FixtureBusiness;
let vendor: FixtureBusiness;
let officer: FixturePerson;
let member: FixturePerson;
let caseOfficer: FixturePerson;
let worker: FixturePerson;
let other: FixturePerson;
let card: FixtureOrder;
let othersCard: FixtureOrder;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  deps = { database: fixtures.database, notify: createNotify({ vault }), answerDays: 30 };
  pages = await createPageCaller(words, (app) => {
    app.route('/', createOwnCardPages({ ...deps, conditions }));
    app.route('/', createOwnDisputePages(deps));
    app.route('/b/:business', createDisputePages(deps));
  });
  business = await fixtures.business({ name: 'BLÅ HAMMER AS' });
  elsewhere = await fixtures.business({ name: 'GRØNN SAG AS' });
  vendor = await fixtures.business({ name: 'DYRE KORT AS' });
  officer = await fixtures.person('Våken Spurv');
  member = await fixtures.person('Kostelig Kåpe');
  caseOfficer = await fixtures.person('Nøye Nabo');
  for (const one of [business, elsewhere, vendor]) await fixtures.officer(one, officer);
  await fixtures.vendorProfile(vendor, officer);
  await fixtures.member(vendor, member, officer);
  const people = { by: officer, vendorOfficer: officer, member };
  await fixtures.vendorMandate(business, vendor, people, ['workers.read', 'cards.read', 'orders.read']);
  await fixtures.appointment(caseOfficer, 'case-officer', [officer, member]);
}, 60_000);
afterAll(() => fixtures.stop());

beforeEach(async () => {
  worker = await fixtures.person('Munter Elv');
  other = await fixtures.person('Dyp Fjord');
  card = await cardOf(worker, business);
  othersCard = await cardOf(other, elsewhere);
  await fixtures.rows('delete from notices');
  await fixtures.rows('delete from disclosures');
});

async function cardOf(holder: FixturePerson, of: FixtureBusiness): Promise<FixtureOrder> {
  const id = await fixtures.worker(of, holder);
  return fixtures.order(of, { id, personId: holder.id, unit: of.unit }, officer);
}

const acting = () => ({ tokenHash: officer.tokenHash, business: business.number });
const staffed = () => ({ tokenHash: caseOfficer.tokenHash, role: 'case-officer' as const });
const make = (kind: DisputeKind = 'not-wanted', cardId = card.cardId, who = worker) =>
  makeOwnDispute(deps, who.tokenHash, { about: { kind: 'card', id: cardId }, kind, text: SECRET });
const small = ({ id, name, tokenHash }: FixturePerson): SmallPerson => ({
  id,
  name,
  tokenHash,
  nationalId: '',
  acting: (number) => ({ tokenHash, business: number }),
});

/** One that has just been made. */
async function made(): Promise<string> {
  expect(await make()).toEqual({ ok: true, value: undefined });
  const [row] = await fixtures.rows<{ id: string }>('select id from disputes where card_id = $1', [
    card.cardId,
  ]);
  return row?.id ?? '';
}

async function answered(): Promise<string> {
  const disputeId = await made();
  const done = await answerDispute(deps, acting(), { disputeId, answer: 'not-wrong', text: 'Riktig' });
  expect(done.ok).toBe(true);
  return disputeId;
}

async function brought(): Promise<string> {
  const disputeId = await answered();
  expect(await bringOwnDispute(deps, worker.tokenHash, disputeId, 'Still wrong')).toBe(true);
  return disputeId;
}

const entries = (id: string) =>
  fixtures.rows<{ action: string; decision: string; business_id: string | null; changes: object }>(
    'select action, decision, business_id, changes from audit_entries where subject_id = $1 order by id',
    [id],
  );
const queued = async () =>
  (
    await fixtures.rows<{ payload: { what: string } }>(
      `select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
       where t.identifier = $1 order by j.id`,
      [TELL],
    )
  ).map(({ payload }) => payload.what);
const told = () =>
  fixtures.rows<{ template: string; audience: string; parameters: object }>(
    'select template, audience, parameters from notices order by template',
  );

const DAY = new Date('2026-11-28T12:00:00Z');
const none = {
  answerBy: new Date('2026-12-28T12:00:00Z'),
  answeredAt: null,
  broughtAt: null,
  settledAt: null,
};

test.each([
  ['waiting', none, DAY, false, true],
  ['waiting', none, new Date(none.answerBy.getTime() - 1), false, true],
  ['late', none, none.answerBy, true, true],
  ['answered', { ...none, answeredAt: DAY }, DAY, true, false],
  ['answered', { ...none, answeredAt: DAY }, none.answerBy, true, false],
  ['brought', { ...none, broughtAt: DAY }, none.answerBy, false, true],
  ['brought', { ...none, answeredAt: DAY, broughtAt: DAY }, DAY, false, false],
  ['settled', { ...none, broughtAt: DAY, settledAt: DAY }, DAY, false, false],
] as const)('stands as %s', (state, times, now, brings, answers) => {
  expect([disputeState(times, now), mayBring(disputeState(times, now)), mayAnswer(times)]).toEqual([
    state,
    brings,
    answers,
  ]);
});

describe('saying that something is wrong', () => {
  test('makes a case for the business, audited without what was written, and leaves the card as it is', async () => {
    const before = await fixtures.rows('select * from cards where id = $1', [card.cardId]);
    const id = await made();
    expect(await fixtures.rows('select * from cards where id = $1', [card.cardId])).toEqual(before);
    expect(await entries(id)).toEqual([
      {
        action: 'dispute.made',
        decision: 'allowed',
        business_id: business.id,
        changes: { cardId: card.cardId, kind: 'not-wanted' },
      },
    ]);
    expect(await queued()).toContain('made');
    await tellOfDispute(deps, { disputeId: id, what: 'made' });
    expect(await told()).toMatchObject([
      { template: 'disputes:notice.made', audience: 'business-and-officers' },
    ]);
    const everywhere = await fixtures.rows<{ text: string }>(
      `select (select string_agg(a::text, ' ') from audit_entries a) || (select string_agg(n::text, ' ') from notices n) as text`,
    );
    expect(everywhere[0]?.text).not.toContain(SECRET);
  });

  test('is once while it waits, also at the same moment, and five times a day', async () => {
    const twice = await Promise.all([make('name'), make('name')]);
    expect(twice.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await make('name')).toEqual({ ok: false, error: 'waits' });
    for (const kind of ['photo', 'permit', 'ordered-by', 'other'] as const)
      expect((await make(kind)).ok).toBe(true);
    expect(await make('employment')).toEqual({ ok: false, error: 'too-many' });
    expect((await make('name', othersCard.cardId, other)).ok).toBe(true);
  });

  test('of another’s card is as of none', async () => {
    for (const cardId of [othersCard.cardId, '01980000-0000-7000-8000-000000000000'])
      expect(await make('name', cardId)).toEqual({ ok: false, error: 'missing' });
    const path = (id: string) => `/my-cards/${id}/dispute`;
    expect((await pages.get(small(worker), path(othersCard.cardId))).status).toBe(404);
    const posted = await pages.post(small(worker), path(othersCard.cardId), { kind: 'name', text: 'x' });
    expect(posted.status).toBe(404);
  });

  test('goes by a form with the report beside it, and is then in the list', async () => {
    const path = `/my-cards/${card.cardId}/dispute`;
    const form = await pages.get(small(worker), path);
    expect(form.text).toContain(`/my-cards/${card.cardId}/report`);
    expect(form.text).toContain(words.en.disputes.kind['not-wanted']);
    const empty = await pages.post(small(worker), path, {});
    expect([empty.status, empty.text.includes(words.en.disputes.error.text)]).toEqual([422, true]);
    const long = await pages.post(small(worker), path, { kind: 'name', text: 'x'.repeat(1001) });
    expect(long.status).toBe(422);
    const sent = await pages.post(small(worker), `${path}?in=pl`, { kind: 'name', text: '<b>źle</b>' });
    expect([sent.status, sent.location]).toEqual([303, '/my-cards/disputes?in=pl&done=disputes%3Adone.made']);
    const list = await pages.get(small(worker), sent.location ?? '');
    expect(list.text).toContain('&lt;b&gt;źle&lt;/b&gt;');
    expect(list.text).toContain('Czeka na odpowiedź');
    expect((await pages.get(small(other), '/my-cards/disputes')).text).not.toContain('źle');
    const again = await pages.post(small(worker), path, { kind: 'name', text: 'x' });
    expect(again.text).toContain(words.en.disputes.error.waits);
    expect((await pages.get(undefined, path)).location).toBe('/login?return=%2Fmy-cards');
  });
});

describe('without a card', () => {
  let employed: string;
  const path = () => `/my-cards/employers/${employed}/dispute`;

  beforeEach(async () => {
    employed = await fixtures.worker(elsewhere, worker);
  });

  const about = (kind: DisputeKind = 'employment', id = employed, who = worker) =>
    makeOwnDispute(deps, who.tokenHash, { about: { kind: 'worker', id }, kind, text: SECRET });
  const stored = () =>
    fixtures.rows<{ id: string; business_id: string; worker_id: string; card_id: string | null }>(
      'select id, business_id, worker_id, card_id from disputes where worker_id = $1',
      [employed],
    );

  test('a case is about what the business has of the worker, answered and brought as any other', async () => {
    expect(await about()).toEqual({ ok: true, value: undefined });
    const [row] = await stored();
    expect(row).toMatchObject({ business_id: elsewhere.id, worker_id: employed, card_id: null });
    const disputeId = row?.id ?? '';
    expect(await entries(disputeId)).toEqual([
      {
        action: 'dispute.made',
        decision: 'allowed',
        business_id: elsewhere.id,
        changes: { workerId: employed, kind: 'employment' },
      },
    ]);
    await tellOfDispute(deps, { disputeId, what: 'made' });
    expect(await told()).toMatchObject([{ template: 'disputes:notice.made' }]);
    const away = { ...acting(), business: elsewhere.number };
    expect(await seeDispute(deps, acting(), disputeId)).toMatchObject({ ok: false });
    const page = await pages.get(small(officer), `/b/${elsewhere.number}/workers/disputes/${disputeId}`);
    expect(page.text).toContain(SECRET);
    expect(page.text).not.toContain(words.en.disputes.business.card);
    const reply = { disputeId, answer: 'not-wrong', text: 'Riktig' } as const;
    expect((await answerDispute(deps, away, reply)).ok).toBe(true);
    expect(await bringOwnDispute(deps, worker.tokenHash, disputeId, 'Still wrong')).toBe(true);
    const decision = { disputeId, outcome: 'upheld', text: 'Riktig skal være riktig' } as const;
    expect(await settleDispute(deps, staffed(), decision)).toEqual({ ok: true, value: null });
  });

  test('it is once while it waits, also at the same moment, and counted with those of cards', async () => {
    const twice = await Promise.all([about('name'), about('name')]);
    expect(twice.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await about('name')).toEqual({ ok: false, error: 'waits' });
    for (const kind of ['name', 'photo'] as const) expect((await make(kind)).ok).toBe(true);
    for (const kind of ['photo', 'permit'] as const) expect((await about(kind)).ok).toBe(true);
    expect(await about('other')).toEqual({ ok: false, error: 'too-many' });
  });

  test('of another’s employment it is as of none, and a card is none', async () => {
    for (const id of [employed, card.cardId])
      expect(await about('name', id, other)).toEqual({ ok: false, error: 'missing' });
    expect(await about('name', card.cardId)).toEqual({ ok: false, error: 'missing' });
    expect(await make('name', employed)).toEqual({ ok: false, error: 'missing' });
    expect((await pages.get(small(other), path())).status).toBe(404);
    expect((await pages.post(small(other), path(), { kind: 'name', text: 'x' })).status).toBe(404);
    expect(await stored()).toEqual([]);
  });

  test('“My cards” shows what is recorded, and the form beside it, in the worker’s language', async () => {
    const open = await fixtures.order(
      elsewhere,
      { id: employed, personId: worker.id, unit: elsewhere.unit },
      officer,
      undefined,
      'in-production',
    );
    await fixtures.rows('delete from cards where id = $1', [open.cardId]);
    const { text } = await pages.get(small(worker), '/my-cards?in=pl');
    for (const shown of ['GRØNN SAG AS', 'Våken Spurv, GRØNN SAG AS', 'Przechowywane', `${path()}?in=pl`])
      expect(text).toContain(shown);
    const form = await pages.get(small(worker), `${path()}?in=pl`);
    expect(form.text).toContain('To, co GRØNN SAG AS ma o Tobie zapisane.');
    expect(form.text).not.toContain('/report');
    expect((await pages.post(small(worker), path(), {})).status).toBe(422);
    const sent = await pages.post(small(worker), path(), { kind: 'photo', text: 'Ikke meg' });
    expect([sent.status, sent.location]).toEqual([303, '/my-cards/disputes?done=disputes%3Adone.made']);
    expect((await pages.get(small(worker), '/my-cards/disputes')).text).toContain('Ikke meg');
    expect((await pages.get(small(other), '/my-cards')).text).not.toContain(employed);
    expect((await pages.get(undefined, path())).location).toBe('/login?return=%2Fmy-cards');
    // With a card from there it is said of the card.
    expect((await pages.get(small(other), '/my-cards')).text).not.toContain('/employers/');
  });
});

describe('the answer', () => {
  test('is the business’s, once, audited, and told to the worker', async () => {
    const disputeId = await made();
    const seen = await seeDispute(deps, acting(), disputeId);
    expect(seen).toMatchObject({ ok: true, value: { dispute: { text: SECRET, personName: 'Munter Elv' } } });
    const [disclosed] = await fixtures.rows(
      'select subject_person_id, fields, occasion from disclosures where viewer_person_id = $1',
      [officer.id],
    );
    expect(disclosed).toEqual({
      subject_person_id: worker.id,
      fields: ['name', 'dispute'],
      occasion: 'dispute',
    });
    const both = await Promise.all(
      (['corrected', 'not-wrong'] as const).map((answer) =>
        answerDispute(deps, acting(), { disputeId, answer, text: 'Svar' }),
      ),
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await answerDispute(deps, acting(), { disputeId, answer: 'corrected', text: 'x' })).toEqual({
      ok: false,
      error: { kind: 'decided' },
    });
    expect((await entries(disputeId)).map(({ action }) => action)).toEqual([
      'dispute.made',
      'dispute.answered',
    ]);
    await tellOfDispute(deps, { disputeId, what: 'answered' });
    expect(await told()).toMatchObject([{ template: 'disputes:notice.own-answered', audience: 'person' }]);
    const { text } = await pages.get(small(worker), '/my-cards/disputes?in=ro');
    expect(text).toContain('Răspunsul firmei');
    expect(text).toContain('Våken Spurv');
  });

  test('is no vendor’s to see or give, whatever its mandate has; nor another business’s', async () => {
    const disputeId = await made();
    const asVendor = { tokenHash: member.tokenHash, business: business.number, vendor: vendor.number };
    const refused = { ok: false, error: { kind: 'refused', refusal: 'never-for-vendor' } };
    expect(await seeDisputes(deps, asVendor, 1)).toEqual(refused);
    expect(await seeDispute(deps, asVendor, disputeId)).toEqual(refused);
    const answer = { disputeId, answer: 'corrected', text: 'x' } as const;
    expect(await answerDispute(deps, asVendor, answer)).toEqual(refused);
    const away = { ...acting(), business: elsewhere.number };
    expect(await seeDispute(deps, away, disputeId)).toEqual({ ok: false, error: { kind: 'missing' } });
    expect(await answerDispute(deps, away, answer)).toEqual({ ok: false, error: { kind: 'missing' } });
    // Nor does the database let it be.
    const context = { kind: 'session', ...asVendor, writing: true } as const;
    const rows = await inTransaction(fixtures.database, context, ({ query }) =>
      query.selectFrom('disputes').select('id').execute(),
    );
    expect(rows).toEqual([]);
    const given = inTransaction(fixtures.database, context, ({ query }) =>
      sql`select answer_dispute(${disputeId}, 'corrected', 'x')`.execute(query),
    );
    await expect(given).rejects.toThrow('to answer');
  });

  test('goes by a form on a page of the business', async () => {
    const path = `/b/${business.number}/workers/disputes`;
    const disputeId = await made();
    expect((await pages.get(small(officer), path)).text).toContain('Munter Elv');
    const one = `${path}/${disputeId}`;
    expect((await pages.get(small(officer), one)).text).toContain(SECRET);
    expect((await pages.post(small(officer), one, { answer: 'corrected' })).status).toBe(422);
    const sent = await pages.post(small(officer), one, { answer: 'corrected', text: 'Rettet' });
    expect([sent.status, sent.location]).toEqual([303, `${one}?done=disputes%3Adone.answered`]);
    expect((await pages.get(small(officer), one)).text).not.toContain('<textarea');
    expect((await pages.get(small(officer), `${path}/x`)).status).toBe(404);
  });
});

describe('bringing it to case officers', () => {
  test('is for after an answer, or when the time for one is up', async () => {
    const disputeId = await made();
    expect(await bringOwnDispute(deps, worker.tokenHash, disputeId, 'x')).toBe(false);
    const early = await pages.get(small(worker), `/my-cards/disputes/${disputeId}/bring`);
    expect([early.status, early.location]).toEqual([303, '/my-cards/disputes']);
    expect(await overseeDispute(deps, staffed(), disputeId)).toEqual({ ok: true, value: undefined });
    await fixtures.rows(`update disputes set answer_by = now() - interval '1 second' where id = $1`, [
      disputeId,
    ]);
    expect(await bringOwnDispute(deps, other.tokenHash, disputeId, 'x')).toBe(false);
    const path = `/my-cards/disputes/${disputeId}/bring`;
    expect((await pages.post(small(worker), path, {})).status).toBe(422);
    const sent = await pages.post(small(worker), path, { text: 'No answer' });
    expect([sent.status, sent.location]).toEqual([303, '/my-cards/disputes?done=disputes%3Adone.brought']);
    expect(await bringOwnDispute(deps, worker.tokenHash, disputeId, 'x')).toBe(false);
    // Late is better than never.
    const late = await answerDispute(deps, acting(), { disputeId, answer: 'corrected', text: 'Beklager' });
    expect(late.ok).toBe(true);
  });

  test('shows it to them, which the worker can see, and they decide once, told to both', async () => {
    const disputeId = await brought();
    const listed = await overseeDisputes(deps, staffed(), 1);
    expect(listed.ok && listed.value.disputes.map(({ id }) => id)).toContain(disputeId);
    const opened = await overseeDispute(deps, staffed(), disputeId);
    expect(opened).toMatchObject({ ok: true, value: { text: SECRET, broughtText: 'Still wrong' } });
    const [disclosed] = await fixtures.rows(
      `select viewer_name, viewer_role, fields from disclosures where subject_person_id = $1 and viewer_person_id = $2`,
      [worker.id, caseOfficer.id],
    );
    expect(disclosed).toEqual({
      viewer_name: 'Nøye Nabo',
      viewer_role: 'case-officer',
      fields: ['name', 'dispute'],
    });
    const decision = { disputeId, outcome: 'upheld', text: 'Riktig skal være riktig' } as const;
    expect(await settleDispute(deps, staffed(), decision)).toEqual({ ok: true, value: null });
    expect(await settleDispute(deps, staffed(), decision)).toEqual({ ok: false, error: 'missing' });
    expect((await entries(disputeId)).map(({ action }) => action)).toEqual([
      'dispute.made',
      'dispute.answered',
      'dispute.brought',
      'dispute.opened',
      'dispute.settled',
    ]);
    await tellOfDispute(deps, { disputeId, what: 'settled' });
    expect((await told()).map(({ template }) => template)).toEqual([
      'disputes:notice.own-settled',
      'disputes:notice.settled',
    ]);
    const { disputes } = await seeOwnDisputes(deps, worker.tokenHash);
    expect(disputes).toMatchObject([{ outcome: 'upheld', settledByName: 'Nøye Nabo' }]);
  });

  test('is decided by nobody whom it is about, or who has answered it', async () => {
    const decision = { outcome: 'upheld', text: 'Mitt' } as const;
    await fixtures.appointment(worker, 'case-officer', [officer, member]);
    const own = { tokenHash: worker.tokenHash, role: 'case-officer' as const };
    const disputeId = await brought();
    expect(await settleDispute(deps, own, { ...decision, disputeId })).toEqual({ ok: false, error: 'own' });
    await fixtures.rows('update disputes set answered_by = $2 where id = $1', [disputeId, caseOfficer.id]);
    expect(await settleDispute(deps, staffed(), { ...decision, disputeId })).toEqual({
      ok: false,
      error: 'own',
    });
    const shown = await overseeDispute(deps, staffed(), disputeId);
    expect(shown).toMatchObject({ ok: true, value: { settledAt: null } });
  });

  test('is not for others with a role, or none', async () => {
    const disputeId = await brought();
    const asOfficer = { tokenHash: officer.tokenHash, role: 'case-officer' as const };
    expect(await overseeDisputes(deps, asOfficer, 1)).toMatchObject({ ok: false });
    expect(await overseeDispute(deps, asOfficer, disputeId)).toMatchObject({ ok: false });
    const oneself = { kind: 'session', tokenHash: worker.tokenHash, writing: true } as const;
    for (const call of [
      sql`select settle_dispute(${disputeId}, 'upheld', 'x')`,
      sql`select open_dispute_as_staff(${disputeId})`,
      sql`select answer_dispute(${disputeId}, 'corrected', 'x')`,
      sql`select forget_disputes('0')`,
    ]) {
      const tried = inTransaction(fixtures.database, oneself, ({ query }) => call.execute(query));
      await expect(tried).rejects.toThrow();
    }
  });
});

test('the business is reminded once before its time is up, and the worker told once that it is, unless there is an answer', async () => {
  const disputeId = await made();
  const left = async (interval: string) => {
    await fixtures.rows(
      `update disputes set answer_by = now() + $2::interval, made_at = now() - interval '20 days' where id = $1`,
      [disputeId, interval],
    );
    await fixtures.rows('delete from graphile_worker._private_jobs');
    for (const _ of ['first', 'again']) await tellOfTimeRunningOut(deps);
    return queued();
  };
  expect(await left('4 days')).toEqual([]);
  expect(await left('2 days')).toEqual(['soon']);
  expect(await left('1 day')).toEqual([]);
  expect(await left('-1 second')).toEqual(['late']);
  expect(await left('-1 day')).toEqual([]);
  for (const what of ['soon', 'late']) await tellOfDispute(deps, { disputeId, what });
  expect((await told()).map(({ template, audience }) => [template, audience])).toEqual([
    ['disputes:notice.own-late', 'person'],
    ['disputes:notice.soon', 'business-and-officers'],
  ]);
  // What was told of before is not told of again when there is an answer by the time the task runs.
  await answerDispute(deps, acting(), { disputeId, answer: 'corrected', text: 'Rettet' });
  await fixtures.rows('delete from notices');
  for (const what of ['soon', 'late']) await tellOfDispute(deps, { disputeId, what });
  expect(await told()).toEqual([]);
});

test('what was over long ago is deleted, and what waits for case officers never', async () => {
  const waits = await brought();
  await fixtures.rows(
    `insert into disputes (business_id, unit_id, worker_id, card_id, person_id, person_name, kind, text, made_at, answer_by)
     select business_id, unit_id, worker_id, card_id, person_id, person_name, 'other', text, made_at, answer_by from disputes where id = $1`,
    [waits],
  );
  await fixtures.rows(
    `update disputes set answer_by = now() - interval '366 days', answered_at = answered_at - interval '400 days'`,
  );
  await forgetOldDisputes({ ...deps, keepDays: 365 });
  const left = await fixtures.rows<{ id: string; brought: boolean }>(
    'select id, brought_at is not null as brought from disputes where person_id = $1',
    [worker.id],
  );
  expect(left).toEqual([{ id: waits, brought: true }]);
});
