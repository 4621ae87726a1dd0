import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { inTransaction } from '../database/transaction.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import en from './en.json' with { type: 'json' };
import { createAccessPages, createAskPages, type Notice } from './index.ts';
import { createInvitationPages } from './invitation-pages.tsx';
import type { AccessDeps } from './mandates.ts';
import nb from './nb.json' with { type: 'json' };
import { lapseRequests, tellOfRequest } from './requests.ts';

/** A person asks the business that they are tied to; and who may not ask, read or answer. */

const BUSINESS = '310000019';
const OTHER = '310000094';
const LIST = `/b/${BUSINESS}/business/access`;
const NEW = `/access-requests/new/${BUSINESS}`;
const today = osloToday(new Date());

let world: SmallWorld;
let deps: AccessDeps;
let pages: PageCaller;
const notices: Notice[] = [];
let business: string;
let officer: SmallPerson;
let clerk: SmallPerson;
let outsider: SmallPerson;

beforeAll(async () => {
  world = await startSmallWorld();
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  await world.business(OTHER, 'RØD SPIKER AS');
  officer = await world.person('Våken Spurv', '15819049944');
  clerk = await world.person('Lav Mus', '15819049945');
  outsider = await world.person('Fremmed Fugl', '15819049946');
  await world.officer(business, officer);
  await world.worker(business, await world.unit(business, '310000027'), clerk);
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
  };
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, (app) => {
    app.route('/', createAskPages({ ...deps, requestLimits: { waitDays: 30, perDay: 4 } }));
    app.route('/b/:business', createAccessPages(deps));
    app.route('/invitations', createInvitationPages(deps));
  });
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  await world.rows('delete from mandate_requests');
  await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null`);
  await world.rows(`update workers set employed_to = null`);
  await world.rows(`update sessions set auth_time = now(), acr = 'high'`);
});

type Fields = Record<string, string | string[]>;
const asking = (fields: Fields = {}): Fields => ({
  'ask-orders.place': 'yes',
  'why-orders.place': 'I order for the site at Alna',
  'ask-orders.read': 'yes',
  'why-orders.read': 'To follow what I ordered',
  scope: 'all',
  lastDay: addDays(today, 90),
  purpose: 'Cards for Alna',
  ...fields,
});
async function ask(fields: Fields = {}): Promise<string> {
  const sent = await pages.post(clerk, NEW, asking(fields));
  const id = /access-requests\/([0-9a-f-]{36})/u.exec(sent.location ?? '')?.[1];
  if (id === undefined) throw new Error(`${String(sent.status)} ${sent.text}`);
  return id;
}
const asked = (id: string) => `${LIST}/requests/${id}`;
const giving = (id: string) => `${LIST}/people/requests/${id}`;
const own = (id: string) => `/access-requests/${id}`;
const stored = async (id: string) => {
  const [row] = await world.rows(
    `select outcome, settled_by_name as by, mandate_id is not null as given from mandate_requests where id = $1`,
    [id],
  );
  return row;
};
const openMandates = () =>
  world.rows(
    `select rights::text[] as rights, tie, person_id as person from mandates where ended_at is null`,
  );
/** Proposes what is given, and reads the preview. */
async function toPreview(id: string, fields: Fields = { as: 'asked' }, who = officer) {
  const { location } = await pages.post(who, giving(id), fields);
  if (location === null) throw new Error('nothing was proposed');
  const { text } = await pages.get(who, location);
  return { path: location, text, shown: /name="shown"[^>]*value="([^"]*)"/u.exec(text)?.[1] ?? '' };
}

describe('asking', () => {
  test('is offered to those who are employed, and is not there for anyone else', async () => {
    expect((await pages.get(clerk, '/access-requests')).text).toContain(NEW);
    const form = await pages.get(clerk, NEW);
    expect([form.status, form.text]).toEqual([
      200,
      expect.stringContaining('Ask for access in BLÅ HAMMER AS'),
    ]);
    expect(form.text).not.toContain('ask-agreements.sign');
    for (const person of [outsider, officer]) {
      for (const number of [...(person === officer ? [] : [BUSINESS]), OTHER, '310000337']) {
        const nothing = await pages.get(person, '/access-requests/new/310000337');
        expect(await pages.get(person, `/access-requests/new/${number}`)).toEqual(nothing);
        expect(nothing.status).toBe(404);
        const sent = await pages.post(person, `/access-requests/new/${number}`, asking());
        expect(sent.status).toBe(404);
      }
    }
    expect(await world.rows('select id from mandate_requests')).toEqual([]);
  });

  test('is answered in words to an officer, who holds every right, with the way to Access', async () => {
    for (const answer of [await pages.get(officer, NEW), await pages.post(officer, NEW, asking())]) {
      expect(answer.text).toContain('You are an officer of BLÅ HAMMER AS');
      expect(answer.text).toContain(`href="${LIST}"`);
      expect(answer.text).not.toContain('name="purpose"');
    }
    expect((await pages.post(officer, NEW, asking())).status).toBe(409);
    expect(await world.rows('select id from mandate_requests')).toEqual([]);
  });

  test('ends with the employment', async () => {
    await world.rows('update workers set employed_to = $1', [addDays(today, -1)]);
    expect((await pages.get(clerk, NEW)).status).toBe(404);
  });

  test.each<[string, Fields, string]>([
    ['no right', { 'ask-orders.place': '', 'ask-orders.read': '' }, 'Tick at least one right'],
    ['a right without a reason', { 'why-orders.read': ' ' }, 'Write why you need this'],
    ['no purpose', { purpose: '' }, 'Write what the mandate is to be used for'],
    ['more than 24 months', { lastDay: addDays(today, 800) }, 'The last day is too far ahead'],
    [
      'a unit of another',
      { scope: 'some', units: '01980000-0000-7000-8000-000000000000' },
      'does not belong',
    ],
  ])('for %s is refused with what was typed kept', async (_, fields, text) => {
    const answer = await pages.post(clerk, NEW, asking(fields));
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(text)]);
    expect(answer.text).toContain('I order for the site at Alna');
    expect(await world.rows('select id from mandate_requests')).toEqual([]);
  });

  test('for what is never delegated asks for nothing of it', async () => {
    await ask({ 'ask-agreements.sign': 'yes', 'why-agreements.sign': 'Please' });
    expect(await world.rows('select rights::text[] as rights from mandate_requests')).toEqual([
      { rights: ['orders.place', 'orders.read'] },
    ]);
  });

  test('again is limited: while one waits, and after a no', async () => {
    const id = await ask();
    expect((await pages.post(clerk, NEW, asking())).text).toContain('that waits for an answer');
    await pages.post(officer, `${asked(id)}/decline`, {});
    const declined = await pages.post(clerk, NEW, asking());
    expect([declined.status, declined.text]).toEqual([409, expect.stringContaining('has answered no')]);
    const rules = await world.rows(
      `select rule from audit_entries where action = 'request.ask' and rule like 'ask-%' order by id`,
    );
    expect(rules).toEqual([{ rule: 'ask-open' }, { rule: 'ask-declined' }]);
  });

  test('twice at once makes one request', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => pages.post(clerk, NEW, asking())));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409]);
  });
});

describe('the business', () => {
  test('is told, and sees who asks for what and why', async () => {
    const id = await ask();
    await tellOfRequest(deps, { requestId: id, what: 'asked' });
    expect(notices).toMatchObject([
      { template: 'access:notice.personRequest.asked', businessId: business, audience: 'officers' },
    ]);
    expect((await pages.get(officer, LIST)).text).toContain('Requests that wait for an answer (1)');
    const { text } = await pages.get(officer, asked(id));
    for (const part of ['Lav Mus asks for access', 'Reason: To follow what I ordered', giving(id)]) {
      expect(text).toContain(part);
    }
    expect((await pages.get(outsider, asked(id))).status).toBe(404);
  });

  test('answers yes with a fresh login: what was asked for is given, and the person is told once', async () => {
    const id = await ask();
    const { path, text, shown } = await toPreview(id);
    expect(text).toContain('This is exactly what Lav Mus has asked for.');
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    expect((await pages.post(officer, path, { shown })).location).toContain('/login/step-up');
    await world.rows(`update sessions set auth_time = now()`);
    expect((await pages.post(officer, path, { shown })).status).toBe(303);
    expect(await openMandates()).toEqual([
      { rights: ['orders.place', 'orders.read'], tie: 'employment', person: clerk.id },
    ]);
    expect(await stored(id)).toEqual({ outcome: 'yes', by: 'Våken Spurv', given: true });
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices.map(({ template, audience }) => [template, audience])).toEqual([
      ['access:notice.given', 'officers'],
      ['access:notice.personRequest.yes', 'person'],
    ]);
    const theirs = await pages.get(clerk, own(id));
    expect(theirs.text).toContain('>Yes<');
    expect(theirs.text).not.toContain('Våken Spurv');
  });

  test('gives less, and sees the difference from what was asked for and from what there is', async () => {
    await world.personMandate(business, clerk, officer, ['orders.read']);
    const id = await ask();
    expect((await pages.get(officer, asked(id))).text).toContain('Lav Mus has a mandate');
    const fields = { rights: ['orders.place'], scope: 'all', lastDay: addDays(today, 30), purpose: 'Alna' };
    const { path, text, shown } = await toPreview(id, fields);
    expect(text).toContain('Different from what Lav Mus has asked for');
    expect((await pages.post(officer, path, { shown })).status).toBe(303);
    expect(await stored(id)).toMatchObject({ outcome: 'less' });
    expect(await openMandates()).toMatchObject([{ rights: ['orders.place'] }]);
  });

  test('answers once, and the later one is told what was said', async () => {
    const id = await ask();
    const { path, shown } = await toPreview(id);
    // A person has no price, and no other vendor to be passed over for.
    const form = await pages.get(officer, `${asked(id)}/decline`);
    expect(form.text).toContain('You ask for more than you need');
    expect(form.text).not.toContain('The price is too high');
    const priced = await pages.post(officer, `${asked(id)}/decline`, { reason: 'price', words: 'Kept' });
    expect([priced.status, priced.text.includes('Kept')]).toEqual([422, true]);
    expect(await stored(id)).toMatchObject({ outcome: null });
    expect((await pages.post(officer, `${asked(id)}/decline`, { reason: 'not-now' })).status).toBe(303);
    const late = await pages.post(officer, path, { shown });
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('Våken Spurv answered no')]);
    expect(await openMandates()).toEqual([]);
  });

  test('gives nothing to someone who has left meanwhile', async () => {
    const id = await ask();
    await world.rows('update workers set employed_to = $1', [addDays(today, -1)]);
    expect((await pages.post(officer, giving(id), { as: 'asked' })).status).toBe(409);
    expect(await stored(id)).toMatchObject({ outcome: null });
  });

  test('has others answer what somebody with the right to manage access asked for themselves', async () => {
    await world.personMandate(business, clerk, officer, ['access.manage']);
    const id = await ask();
    const seen = await pages.get(clerk, asked(id));
    expect(seen.text).toContain('is for others to answer');
    expect((await pages.post(clerk, `${asked(id)}/decline`, {})).status).toBe(409);
    expect((await pages.post(clerk, giving(id), { as: 'asked' })).status).toBe(409);
    expect(await stored(id)).toMatchObject({ outcome: null });
  });
});

/** Whom a task is to tell of the request. */
const QUEUED = `select j.payload ->> 'what' as what from graphile_worker._private_jobs j
  join graphile_worker._private_tasks t on t.id = j.task_id where t.identifier = 'access.tell-of-request'
  and j.payload ->> 'requestId' = $1 order by 1`;

describe('an invitation that is taken up while a request waits', () => {
  /** The officer invites the clerk by e-mail; the clerk takes it up, and the officer confirms. */
  async function inviteAndConfirm(fields: Fields): Promise<void> {
    const people = `${LIST}/people/invite`;
    const sent = await pages.post(officer, people, {
      name: 'Lav Mus',
      email: 'mus@firma.test',
      tieReason: 'Works at Alna',
      scope: 'all',
      lastDay: addDays(today, 90),
      purpose: 'Cards for Alna',
      ...fields,
    });
    await pages.post(officer, sent.location ?? '', {});
    const link = notices.find(({ template }) => template === 'access:notice.invitation')?.secrets?.['link'];
    expect((await pages.post(clerk, new URL(link ?? '').pathname, {})).status).toBe(200);
    const [invitation] = await world.rows<{ id: string }>(
      'select id from invitations where settled_at is null',
    );
    const path = `${LIST}/invitations/${invitation?.id ?? ''}`;
    const { text } = await pages.get(officer, path);
    const shown = /name="shown"[^>]*value="([^"]*)"/u.exec(text)?.[1] ?? '';
    expect((await pages.post(officer, path, { shown })).status).toBe(303);
  }

  test('answers it with yes when it gives all that was asked for, and the person is told once', async () => {
    const id = await ask();
    await inviteAndConfirm({ rights: ['orders.place', 'orders.read', 'cards.read'] });
    expect(await stored(id)).toEqual({ outcome: 'yes', by: 'Våken Spurv', given: true });
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices.map(({ template }) => template)).toEqual([
      'access:notice.invitation',
      'access:notice.given',
      'access:notice.personRequest.yes',
    ]);
    const audited = await world.rows(
      `select changes->>'outcome' as outcome from audit_entries where action = 'request.answer' and subject_id = $1`,
      [id],
    );
    expect(audited).toEqual([{ outcome: 'yes' }]);
  });

  test.each<[string, Fields]>([
    ['a right', { rights: ['orders.read'] }],
    ['time', { rights: ['orders.place', 'orders.read'], lastDay: addDays(today, 30) }],
  ])('lets it wait when it gives less %s', async (_what, fields) => {
    const id = await ask();
    await inviteAndConfirm(fields);
    expect(await stored(id)).toEqual({ outcome: null, by: null, given: false });
    expect(notices.map(({ template }) => template)).toContain('access:notice.givenYours');
  });
});

describe('an end without an answer', () => {
  test('comes when the person withdraws, once, and the business is told', async () => {
    const id = await ask();
    expect((await pages.post(outsider, `${own(id)}/withdraw`, {})).status).toBe(404);
    expect((await pages.get(outsider, own(id))).status).toBe(404);
    expect((await pages.post(clerk, `${own(id)}/withdraw`, {})).status).toBe(303);
    expect((await pages.post(clerk, `${own(id)}/withdraw`, {})).status).toBe(409);
    expect(await world.rows(QUEUED, [id])).toEqual([{ what: 'asked' }, { what: 'settled' }]);
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices).toMatchObject([
      { template: 'access:notice.personRequest.withdrawn', audience: 'officers' },
    ]);
    const { text } = await pages.get(officer, asked(id));
    expect(text).toContain('Lav Mus withdrew the request');
  });

  test('comes by the clock after 21 days, and the person is told', async () => {
    const id = await ask();
    await world.rows(
      `update mandate_requests set asked_at = asked_at - interval '22 days', expires_at = expires_at - interval '22 days'`,
    );
    expect((await pages.post(officer, giving(id), { as: 'asked' })).status).toBe(409);
    await lapseRequests(deps);
    expect(await stored(id)).toMatchObject({ outcome: 'lapsed' });
    await tellOfRequest(deps, { requestId: id, what: 'settled' });
    expect(notices).toMatchObject([
      { template: 'access:notice.personRequest.lapsed', audience: 'person', personId: clerk.id },
    ]);
  });
});

describe('the database', () => {
  const attempt = async (person: SmallPerson, statement: string) => {
    const context = { kind: 'session', tokenHash: person.tokenHash, business: BUSINESS } as const;
    return inTransaction(world.database, context, async ({ query }) => {
      const { numAffectedRows } = await sql.raw(statement).execute(query);
      return Number(numAffectedRows ?? 0);
    }).catch((error: unknown) => (error as { code?: string }).code);
  };

  test('lets nobody answer what they asked for themselves, nor for another', async () => {
    await world.personMandate(business, clerk, officer, ['access.manage']);
    const id = await ask();
    const no = `update mandate_requests set outcome = 'no', settled_at = context_now(), settled_by = context_person(),
      settled_by_name = 'X' where id = '${id}'`;
    expect(await attempt(clerk, no)).toBe('42501');
    expect(await attempt(outsider, no)).toBe(0);
    expect(
      await attempt(outsider, `update mandate_requests set outcome = 'withdrawn' where id = '${id}'`),
    ).toBe(0);
    expect(await attempt(officer, no)).toBe(1);
  });
});
