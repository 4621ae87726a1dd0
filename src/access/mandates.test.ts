import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { untilWaiting } from '../../tests/support/lock-waits.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import { addDays, lastDayToEnd, osloToday, startOfDay } from '../kernel/dates.ts';
import { ok } from '../kernel/result.ts';
import { act } from './actions.ts';
import en from './en.json' with { type: 'json' };
import type { AccessDeps } from './mandates.ts';
import { narrowMandate } from './narrowing.ts';
import nb from './nb.json' with { type: 'json' };
import type { Notice } from './notify.ts';
import { createAccessPages } from './pages.tsx';
import type { Narrowing } from './terms.ts';

/** One mandate's own page, narrowing it, and giving a person a wider one. */

const BUSINESS = '310000019';
const OTHER = '310000035';
const LIST = `/b/${BUSINESS}/business/access`;
const today = osloToday(new Date());

let world: SmallWorld;
let deps: AccessDeps;
let pages: PageCaller;
let norwegian: PageCaller;
const notices: Notice[] = [];
let business: string;
let otherBusiness: string;
let units: readonly string[];
let officer: SmallPerson;
let chair: SmallPerson;
let holder: SmallPerson;
let workers: readonly string[];
let foreignWorker: string;

beforeAll(async () => {
  world = await startSmallWorld();
  deps = {
    database: world.database,
    notify: keepIn(notices),
    publicOrigin: 'https://kortvakt.test',
  };
  business = await world.business(BUSINESS, 'BLÅ HAMMER AS');
  otherBusiness = await world.business(OTHER, 'ANDRE AS');
  units = [
    await world.unit(business, '310000027', 'AVD OSLO'),
    await world.unit(business, '310000051', 'AVD TROMSØ'),
  ];
  const foreignUnit = await world.unit(otherBusiness, '310000078', 'AVD BERGEN');
  officer = await world.person('Våken Spurv', '15819049944');
  chair = await world.person('Vis Ugle', '15819049945');
  holder = await world.person('Flittig Maur', '15819049946');
  await world.officer(business, officer);
  await world.officer(business, chair, 'LEDE');
  workers = [await newWorker(business, units[0]!, 'Åse Ås'), await newWorker(business, units[1]!, 'Bo Berg')];
  foreignWorker = await newWorker(otherBusiness, foreignUnit, 'Fremmed Fugl');
  const mount: Parameters<typeof createPageCaller>[1] = (app) => {
    app.route('/b/:business', createAccessPages(deps));
  };
  pages = await createPageCaller({ nb: { access: nb }, en: { access: en } }, mount);
  norwegian = await createPageCaller({ nb: { access: nb }, en: { access: en } }, mount, 'nb');
}, 60_000);
afterAll(async () => {
  await world.stop();
});
beforeEach(async () => {
  notices.length = 0;
  await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where ended_at is null`);
  await world.rows(`update sessions set auth_time = now(), acr = 'high'`);
});

let workerNumber = 0;
async function newWorker(of: string, unit: string, name: string): Promise<string> {
  workerNumber += 1;
  const [row] = await world.rows<{ id: string }>(
    `with p as (insert into persons (national_id_hash, national_id_encrypted, name)
       values (sha256($3::bytea), '', $4) returning id)
     insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
     select $1, $2, p.id, $4, split_part($4, ' ', 2), '1990-01-15', '2020-01-01', now() from p returning id`,
    [of, unit, `worker ${String(workerNumber)}`, name],
  );
  return row!.id;
}

async function give(rights: readonly string[], columns: Readonly<Record<string, unknown>> = {}) {
  const id = await world.personMandate(business, holder, officer, rights);
  for (const [column, value] of Object.entries({ ends_at: lastDayToEnd(addDays(today, 30)), ...columns })) {
    await world.rows(`alter table mandates disable trigger guard_change`);
    await world.rows(`update mandates set ${column} = $2 where id = $1`, [id, value]);
    await world.rows(`alter table mandates enable trigger guard_change`);
  }
  return id;
}

const stored = async (id: string) => {
  const [row] = await world.rows(
    `select rights::text[], units, workers, version, cards_per_order as cards, ends_at as ends, ended_at is null as open
     from mandates where id = $1`,
    [id],
  );
  return row;
};

const noLimits = { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null };
const kept: Narrowing = {
  rights: ['orders.place', 'cards.read'],
  units: null,
  workers: null,
  lastDay: addDays(today, 30),
  limits: noLimits,
  reason: 'No longer needed',
};

/** The form as it is first shown, with some fields changed. */
const form = (version: number, fields: Record<string, string | string[]> = {}) => ({
  version: String(version),
  rights: ['orders.place', 'cards.read'],
  scope: 'all',
  lastDay: addDays(today, 30),
  reason: 'No longer needed',
  ...fields,
});

const path = (id: string, sub = '') => `${LIST}/mandates/${id}${sub}`;
const inOneUnit = () => ({ units: [units[0]!] });

describe('the page of a mandate', () => {
  test('tells rights, scope, limits, who gave it under what, last use, and what was done to it', async () => {
    const own = await world.personMandate(business, chair, officer, ['access.manage', 'orders.place']);
    const id = await give(['orders.place', 'cards.read'], {
      cards_per_order: 10,
      workers: [workers[0]!],
      given_under: own,
      purpose: 'Cards for the crew',
    });
    const page = await pages.get(officer, path(id));
    for (const text of [
      'Order cards at the expense of the business',
      'Åse Ås',
      '10 cards per order',
      'Cards for the crew',
      'Given under their own mandate (Vis Ugle)',
      'never used',
      'accountant',
      'What has been done',
    ]) {
      expect(page.text).toContain(text);
    }
    const shown = await world.rows(
      `select d.fields from disclosures d where d.business_id = $1 and d.occasion = 'access-scope'`,
      [business],
    );
    expect(shown).toContainEqual({ fields: ['name'] });
    expect((await norwegian.get(officer, path(id))).text).toContain('Gitt med sin egen fullmakt');
    expect((await pages.get(officer, LIST)).text).toContain('1 named worker');
  });

  test('is nothing to strangers, says nothing of workers to who may not see them, and lets an ended one be', async () => {
    const id = await give(['orders.place'], { workers: [workers[0]!] });
    const stranger = await world.person('Frem Med', '15819049950');
    expect((await pages.get(stranger, path(id))).status).toBe(404);
    expect((await pages.get(officer, path(business))).status).toBe(404);
    expect((await pages.get(officer, path('x'))).status).toBe(404);
    const manager = await world.person('Ivrig Rev', '15819049948');
    await world.personMandate(business, manager, officer, ['access.manage', 'orders.place']);
    const seen = await pages.get(manager, path(id));
    expect(seen.text).toContain('1 named worker');
    expect(seen.text).not.toContain('Åse Ås');
    await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where id = $1`, [id]);
    const ended = await pages.get(officer, path(id));
    expect(ended.text).toContain('The mandate was removed.');
    expect(ended.text).toContain('Ended');
    expect(ended.text).not.toContain(`${path(id)}/narrow`);
    expect((await pages.get(officer, path(id, '/narrow'))).status).toBe(409);
  });
});

describe('a narrowing', () => {
  const use = (right: 'orders.place' | 'cards.read') =>
    act(world.database, holder.acting(BUSINESS), { right, action: 'test' }, async (permitted) => {
      await permitted.audit();
      return ok(null);
    });

  test('takes effect with the next request, without a step-up, and is kept, told and audited', async () => {
    const id = await give(['orders.place', 'cards.read']);
    await world.rows(
      `insert into invitations (business_id, kind, name, email, token_hash, proposal, invited_by, invited_by_name, invited_at,
         expires_at, accepted_by, accepted_by_name, accepted_at, settled_at, outcome)
       values ($1, 'person', 'Flittig Maur', 'maur@firma.test', sha256('maur'::bytea), '{}', $2, 'V', now(), now(), $3, 'F', now(),
         now(), 'confirmed')`,
      [business, officer.id, holder.id],
    );
    await world.rows(`update sessions set auth_time = now() - interval '1 hour', acr = 'substantial'`);
    const page = await pages.get(officer, path(id, '/narrow'));
    expect(page.text).toContain('name="version" value="1"');
    expect((await use('cards.read')).ok).toBe(true);
    const sent = await pages.post(officer, path(id, '/narrow'), form(1, { rights: 'orders.place' }));
    expect(sent.location).toContain(`${path(id)}?done=`);
    expect(await use('cards.read')).toMatchObject({ error: { refusal: 'right-not-given' } });
    expect((await use('orders.place')).ok).toBe(true);
    expect(await stored(id)).toMatchObject({ rights: ['orders.place'], version: 2 });
    const versions = await world.rows(
      `select version, change, reason, changed_by_name as by from mandate_versions where mandate_id = $1 order by version`,
      [id],
    );
    expect(versions).toEqual([
      { version: 1, change: 'given', reason: '', by: null },
      { version: 2, change: 'narrowed', reason: 'No longer needed', by: 'Våken Spurv' },
    ]);
    expect(notices.map(({ template, extraAddresses }) => [template, extraAddresses])).toEqual([
      ['access:notice.narrowed', undefined],
      ['access:notice.narrowedYours', ['maur@firma.test']],
    ]);
    expect(notices[0]?.parameters).toMatchObject({ by: 'Våken Spurv', reason: 'No longer needed' });
    const audit = await world.rows(`select action, decision from audit_entries where subject_id = $1`, [id]);
    expect(audit).toEqual([{ action: 'mandate.narrow', decision: 'allowed' }]);
    expect((await pages.get(officer, path(id))).text).toMatch(/Removed:<\/strong> See the status of cards/u);
  });

  test.each<[string, Record<string, unknown>, Partial<Narrowing> | (() => Partial<Narrowing>), object]>([
    ['one unit of the whole business', {}, inOneUnit, { units: true }],
    ['named workers of the whole business', {}, () => ({ workers: [workers[1]!] }), { workers: true }],
    ['an earlier end', {}, { lastDay: today }, {}],
    [
      'a lower limit, with another set',
      { cards_per_order: 10 },
      { limits: { ...noLimits, cardsPerOrder: 5 } },
      { cards: 5 },
    ],
  ])('to %s is stored', async (_what, columns, changes, expected) => {
    const id = await give(kept.rights, columns);
    const narrowing = { ...kept, ...(typeof changes === 'function' ? changes() : changes) };
    const answer = await narrowMandate(deps, officer.acting(BUSINESS), { id, version: 1, narrowing });
    expect(answer).toEqual({ ok: true, value: { holderName: 'Flittig Maur' } });
    const row = await stored(id);
    expect(row).toMatchObject({ version: 2, units: narrowing.units, workers: narrowing.workers });
    expect(row?.['ends']).toEqual(lastDayToEnd(narrowing.lastDay));
    if ('cards' in expected) expect(row).toMatchObject(expected);
  });

  const limited = { cards_per_order: 10, ore_per_month: 500_000 };
  const limits = { cardsPerOrder: 10, cardsPerMonth: null, orePerMonth: 500_000 };
  test.each<
    [string, Record<string, unknown> | (() => Record<string, unknown>), () => Partial<Narrowing>, object]
  >([
    ['nothing taken away', {}, () => ({}), { rights: 'nothing' }],
    ['no right', {}, () => ({ rights: [] }), { rights: 'none' }],
    ['a right that it lacks', {}, () => ({ rights: ['contact.change'] }), { rights: 'wider' }],
    ['no unit', {}, () => ({ units: [] }), { units: 'none' }],
    ['a unit of another business', {}, () => ({ units: [otherBusiness] }), { units: 'foreign' }],
    ['a worker of another business', {}, () => ({ workers: [foreignWorker] }), { workers: 'foreign' }],
    ['another unit', inOneUnit, () => ({ units: [units[1]!] }), { units: 'wider' }],
    ['the whole business', inOneUnit, () => ({}), { units: 'wider' }],
    [
      'another worker',
      () => ({ workers: [workers[0]!] }),
      () => ({ workers: [workers[0]!, workers[1]!] }),
      { workers: 'wider' },
    ],
    ['an end before today', {}, () => ({ lastDay: addDays(today, -1) }), { lastDay: 'past' }],
    ['a later end', {}, () => ({ lastDay: addDays(today, 31) }), { lastDay: 'wider' }],
    [
      'a higher limit, and one taken away',
      limited,
      () => ({ limits: { cardsPerOrder: 11, cardsPerMonth: 3, orePerMonth: null } }),
      { cardsPerOrder: 'wider', orePerMonth: 'wider' },
    ],
    [
      'an end before it begins',
      { starts_at: startOfDay(addDays(today, 10)) },
      () => ({ lastDay: addDays(today, 9) }),
      { lastDay: 'past' },
    ],
  ])('is refused with %s, and nothing is changed', async (_what, columns, changes, problems) => {
    const id = await give(kept.rights, typeof columns === 'function' ? columns() : columns);
    const before = await stored(id);
    const base = columns === limited ? { ...kept, limits } : kept;
    const narrowing = { ...base, ...changes() };
    const answer = await narrowMandate(deps, officer.acting(BUSINESS), { id, version: 1, narrowing });
    expect(answer).toEqual({ ok: false, error: { kind: 'narrowing', problems } });
    expect(await stored(id)).toEqual(before);
    expect(notices).toEqual([]);
  });

  test('shows the form again with what was wrong and what was typed', async () => {
    const id = await give(kept.rights, { cards_per_order: 10 });
    const wrong = await pages.post(
      officer,
      path(id, '/narrow'),
      form(1, { cardsPerOrder: '11', reason: 'Øh' }),
    );
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('The limit cannot be raised or taken away');
    expect(wrong.text).toContain('Øh');
    const unsaid = await pages.post(
      officer,
      path(id, '/narrow'),
      form(1, { cardsPerOrder: '9', reason: '' }),
    );
    expect(unsaid.text).toContain('Write why');
    const forged = await pages.post(officer, path(id, '/narrow'), form(1, { rights: 'agreements.sign' }));
    expect(forged.status).toBe(422);
    expect(await stored(id)).toMatchObject({ version: 1 });
  });

  test('by two officers on one version: the later one sees what changed, keeps what was typed, and decides anew', async () => {
    const id = await give(['orders.place', 'orders.read', 'cards.read']);
    const first = form(1, { rights: ['orders.place', 'orders.read'], reason: 'Cards are ours' });
    expect((await pages.post(officer, path(id, '/narrow'), first)).status).toBe(303);
    const second = form(1, { rights: ['orders.place', 'cards.read'], reason: 'Orders are ours' });
    const later = await pages.post(chair, path(id, '/narrow'), second);
    expect(later.status).toBe(409);
    for (const text of [
      'changed while you filled this in',
      'Våken Spurv',
      'Cards are ours',
      'Orders are ours',
    ]) {
      expect(later.text).toContain(text);
    }
    expect(later.text).toMatch(/Removed:<\/strong> See the status of cards/u);
    expect(later.text).toContain('name="version" value="2"');
    expect(await stored(id)).toMatchObject({ version: 2, rights: ['orders.place', 'orders.read'] });
    const anew = form(2, { rights: 'orders.place', reason: 'Orders are ours' });
    expect((await pages.post(chair, path(id, '/narrow'), anew)).status).toBe(303);
    expect(await stored(id)).toMatchObject({ version: 3, rights: ['orders.place'] });
  });

  test('by eight at once is done once', async () => {
    const id = await give(kept.rights);
    const narrowing = { ...kept, rights: ['orders.place'] as const };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        narrowMandate(deps, [officer, chair][index % 2]!.acting(BUSINESS), { id, version: 1, narrowing }),
      ),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.filter((answer) => !answer.ok)).toEqual(
      Array<object>(7).fill({ ok: false, error: { kind: 'narrow', reason: 'changed' } }),
    );
    expect(await stored(id)).toMatchObject({ version: 2 });
  });

  test('waits for what runs under the mandate', async () => {
    const id = await give(kept.rights);
    const order: string[] = [];
    const release = Promise.withResolvers<null>();
    const begun = Promise.withResolvers<null>();
    const running = act(
      world.database,
      holder.acting(BUSINESS),
      { right: 'cards.read', action: 'test' },
      async (permitted) => {
        begun.resolve(null);
        await release.promise;
        await permitted.audit();
        order.push('acted');
        return ok(null);
      },
    );
    await begun.promise;
    const narrowing = { ...kept, rights: ['orders.place'] as const };
    const narrowed = narrowMandate(deps, officer.acting(BUSINESS), { id, version: 1, narrowing }).then(
      (answer) => {
        order.push('narrowed');
        return answer;
      },
    );
    await untilWaiting(world, 1);
    expect(order).toEqual([]);
    release.resolve(null);
    expect((await running).ok).toBe(true);
    expect((await narrowed).ok).toBe(true);
    expect(order).toEqual(['acted', 'narrowed']);
    expect((await use('cards.read')).ok).toBe(false);
  });

  test('of what is over, is not there, or reaches beyond one, is refused', async () => {
    const acting = officer.acting(BUSINESS);
    const narrowing = { ...kept, rights: ['orders.place'] as const };
    const none = await narrowMandate(deps, acting, { id: business, version: 1, narrowing });
    expect(none).toMatchObject({ error: { reason: 'unknown' } });
    const id = await give(kept.rights);
    const manager = await world.person('Lokal Rype', '15819049949');
    const own = await world.personMandate(business, manager, officer, ['access.manage', 'orders.place']);
    await world.rows('update mandates set units = $2 where id = $1', [own, [units[0]]]);
    const beyond = await narrowMandate(deps, manager.acting(BUSINESS), { id, version: 1, narrowing });
    expect(beyond).toEqual({ ok: false, error: { kind: 'refused', refusal: 'other-unit' } });
    const audit = await world.rows(`select decision, rule from audit_entries where subject_id = $1`, [id]);
    expect(audit).toEqual([{ decision: 'refused', rule: 'other-unit' }]);
    const page = await pages.get(manager, path(id));
    expect(page.text).toContain('Your mandate does not cover this unit.');
    expect((await pages.get(manager, path(id, '/narrow'))).status).toBe(403);
    await world.rows(`update mandates set ended_at = now(), end_reason = 'removed' where id = $1`, [id]);
    const over = await narrowMandate(deps, acting, { id, version: 2, narrowing });
    expect(over).toEqual({ ok: false, error: { kind: 'narrow', reason: 'over' } });
  });

  test('of named workers keeps those whom the one who narrows may not see', async () => {
    const id = await give(kept.rights, { workers: [...workers] });
    const manager = await world.person('Nys Gjerrig', '15819049951');
    await world.personMandate(business, manager, officer, ['access.manage', 'orders.place', 'cards.read']);
    const page = await pages.get(manager, path(id, '/narrow'));
    expect(page.text).not.toContain('Åse Ås');
    const hidden = [...page.text.matchAll(/type="hidden" name="workers" value="([^"]+)"/gu)].map(
      ([, value]) => value!,
    );
    expect(hidden.sort()).toEqual([...workers].sort());
    const fields = form(1, { rights: 'orders.place', scope: 'named', workers: hidden });
    expect((await pages.post(manager, path(id, '/narrow'), fields)).status).toBe(303);
    const row = await stored(id);
    expect((row?.['workers'] as string[]).sort()).toEqual([...workers].sort());
  });
});

describe('a wider mandate to a person who has one', () => {
  const fields = {
    rights: ['orders.place', 'orders.read', 'cards.read'],
    scope: 'all',
    lastDay: addDays(today, 60),
    purpose: 'Cards for everyone',
  };

  test('begins with what there is, shows what is different and a real example, and needs a step-up', async () => {
    const id = await give(['orders.place'], {
      workers: [workers[0]!],
      cards_per_order: 10,
      purpose: 'Cards',
    });
    const begun = await pages.get(officer, path(id, '/widen'));
    expect(begun.text).toMatch(/value="orders\.place" checked/u);
    expect(begun.text).toMatch(/value="named" checked/u);
    expect(begun.text).toContain('Åse Ås');
    const sent = await pages.post(officer, path(id, '/widen'), fields);
    expect(sent.status).toBe(303);
    await world.rows(`update sessions set auth_time = now() - interval '6 minutes'`);
    const preview = await pages.get(officer, sent.location!);
    expect(preview.text).toMatch(/Added:<\/strong> See orders/u);
    expect(preview.text).toContain('Covers: 1 named worker → The whole business');
    expect(preview.text).toContain('Cards per order: 10 → no limit');
    expect(preview.text).toMatch(/Bo Berg, born 15 Jan 1990/u);
    expect(preview.text).toContain('/login/step-up?return=');
    const seen = await world.rows(
      `select p.name from disclosures d join persons p on p.id = d.subject_person_id where d.occasion = 'access-preview'`,
    );
    expect(seen).toEqual([{ name: 'Bo Berg' }]);
    const shown = `${id}.1`;
    const early = await pages.post(officer, sent.location!, { shown });
    expect(early.location).toContain('/login/step-up');
    await world.rows(`update sessions set auth_time = now()`);
    expect((await pages.get(officer, sent.location!)).text).toContain(`name="shown" value="${shown}"`);
    expect((await pages.post(officer, sent.location!, { shown })).status).toBe(303);
    expect((await pages.post(officer, sent.location!, { shown })).status).toBe(409);
    const open = await world.rows(
      `select rights::text[], workers, tie, tie_reason from mandates where ended_at is null and person_id = $1`,
      [holder.id],
    );
    expect(open).toEqual([
      { rights: fields.rights, workers: null, tie: 'declared', tie_reason: 'accountant' },
    ]);
    expect(await world.rows('select end_reason from mandates where id = $1', [id])).toEqual([
      { end_reason: 'replaced' },
    ]);
  });

  test('is not given when the present one was narrowed meanwhile, until it is looked over again', async () => {
    const id = await give(['orders.place', 'cards.read']);
    const sent = await pages.post(officer, path(id, '/widen'), fields);
    const narrowing = { ...kept, rights: ['orders.place'] as const };
    expect((await narrowMandate(deps, chair.acting(BUSINESS), { id, version: 1, narrowing })).ok).toBe(true);
    const stale = await pages.post(officer, sent.location!, { shown: `${id}.1` });
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('Something has changed since the preview');
    expect(stale.text).toMatch(/Added:<\/strong> See the status of cards/u);
    expect((await pages.post(officer, sent.location!, { shown: `${id}.2` })).status).toBe(303);
  });

  test.each<[string, Record<string, string | string[]>, string]>([
    [
      'a start while the present one is in force',
      { firstDay: addDays(today, 5) },
      'They have a mandate in force',
    ],
    ['a start in the past', { firstDay: addDays(today, -1) }, 'The first day cannot be before today'],
    [
      'a start too far ahead',
      { firstDay: addDays(today, 200), lastDay: addDays(today, 300) },
      'at most 6 months',
    ],
    ['an end before today', { lastDay: addDays(today, -1) }, 'The last day cannot be before today'],
    ['an end beyond the maximum', { lastDay: addDays(today, 800) }, 'The last day is too far ahead'],
    ['a day that the calendar lacks', { lastDay: '2027-02-30' }, 'Last day'],
    ['a right that nobody may be given', { rights: 'agreements.sign' }, 'can never be given'],
    ['no named worker', { scope: 'named' }, 'Choose at least one worker'],
    ['a forged worker', { scope: 'named', workers: 'x' }, 'not employed in the business'],
  ])('is refused with %s, and nothing is kept', async (_what, changes, text) => {
    const id = await give(['orders.place']);
    const before = await world.rows('select count(*)::int as n from drafts');
    const answer = await pages.post(officer, path(id, '/widen'), { ...fields, ...changes });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(text);
    expect(answer.text).toContain('Cards for everyone');
    expect(await world.rows('select count(*)::int as n from drafts')).toEqual(before);
  });

  test('is refused with an end before its start, when the present one has run out', async () => {
    const id = await give(['orders.place'], { ends_at: new Date(Date.now() - 60_000) });
    const post = (changes: Record<string, string>) =>
      pages.post(officer, path(id, '/widen'), { ...fields, ...changes });
    const before = await post({ firstDay: addDays(today, 10), lastDay: addDays(today, 9) });
    expect(before.text).toContain('The last day cannot be before the first day');
    const later = await post({ firstDay: addDays(today, 10) });
    expect(later.status).toBe(303);
    const preview = await pages.get(officer, later.location!);
    expect(preview.text).toContain('First day:');
    expect((await pages.post(officer, later.location!, { shown: `${id}.1` })).status).toBe(303);
    const [row] = await world.rows<{ starts: Date }>(
      `select starts_at as starts from mandates where ended_at is null and person_id = $1`,
      [holder.id],
    );
    expect(row?.starts).toEqual(startOfDay(addDays(today, 10)));
    expect((await pages.get(officer, LIST)).text).toContain('The mandate has not started.');
  });

  test('is refused to oneself, to whose tie does not hold, and from who manages a part only', async () => {
    const own = await world.personMandate(business, chair, officer, ['cards.read']);
    expect((await pages.post(chair, path(own, '/widen'), fields)).status).toBe(409);
    const id = await give(['orders.place'], { tie: 'employment', tie_reason: null });
    const untied = await pages.post(officer, path(id, '/widen'), fields);
    expect(untied.status).toBe(409);
    expect(untied.text).toContain('does not show that the person is employed now');
    const manager = await world.person('Halv Mann', '15819049952');
    const part = await world.personMandate(business, manager, officer, ['access.manage', 'orders.place']);
    await world.rows('update mandates set units = $2 where id = $1', [part, [units[0]]]);
    expect((await pages.post(manager, path(id, '/widen'), fields)).status).toBe(403);
    expect((await pages.get(officer, path(business, '/widen'))).status).toBe(404);
  });
});

describe('the choice of named workers', () => {
  test('searches among 500 with what is filled in and ticked kept, and without scripts', async () => {
    await world.rows(
      `with p as (insert into persons (national_id_hash, national_id_encrypted, name)
         select sha256(('crowd' || n)::bytea), '', 'Arbeider Nummer' || n from generate_series(1, 500) n returning id, name)
       insert into workers (business_id, unit_id, person_id, name, family_name, birth_date, employed_from, refreshed_at)
       select $1, $2, p.id, p.name, split_part(p.name, ' ', 2), '1980-02-03', '2020-01-01', now() from p`,
      [business, units[1]],
    );
    const id = await give(['orders.place']);
    const post = (fields: Record<string, string | string[]>) =>
      pages.post(officer, path(id, '/widen'), {
        rights: 'orders.place',
        scope: 'named',
        purpose: 'Half written',
        step: 'search-workers',
        ...fields,
      });
    const all = await post({ workerSearch: 'nummer' });
    expect(all.status).toBe(200);
    expect(all.text.match(/name="workers"/gu)).toHaveLength(20);
    expect(all.text).toContain('More match.');
    expect(all.text).toContain('Half written');
    expect(all.text).toMatch(/value="named" checked/u);
    const found = await post({ workerSearch: 'nummer 499', workers: workers[0]! });
    expect(found.text).not.toContain('Nummer499');
    const exact = await post({ workerSearch: 'Nummer499', workers: workers[0]! });
    expect(exact.text).toContain('Workers (1 chosen)');
    expect(exact.text).toContain('Nummer499');
    expect(exact.text).toMatch(new RegExp(`value="${workers[0]!}" checked`, 'u'));
    const byUnit = await post({ workerSearch: 'tromsø' });
    expect(byUnit.text.match(/name="workers"/gu)).toHaveLength(20);
    // Enter in a field presses the search's button: with no worker to name that is no search.
    const entered = await post({ scope: 'all', lastDay: addDays(today, 60), cardsPerOrder: '5' });
    expect(entered.location).toContain('/mandate-drafts/');
    const none = await post({ workerSearch: 'ingen slik' });
    expect(none.text).toContain('No worker found');
    const many = await world.rows<{ id: string }>(
      `select id from workers where name like 'Arbeider%' limit 101`,
    );
    const tooMany = await post({ step: '', workers: many.map((row) => row.id), lastDay: addDays(today, 60) });
    expect(tooMany.status).toBe(422);
    expect(tooMany.text).toContain('at most 100');
    const foreign = await post({ step: '', workers: foreignWorker, lastDay: addDays(today, 60) });
    expect(foreign.text).toContain('not employed in the business');
  });
});

describe('someone whose eID reaches only substantial', () => {
  const fields = {
    rights: ['orders.place', 'cards.read'],
    scope: 'all',
    lastDay: addDays(today, 60),
    purpose: 'Cards',
  };
  const asked = () => notices.filter(({ template }) => template === 'access:notice.askOfficers');

  test('is told which reach high, and asks another officer, who confirms in their own name', async () => {
    const id = await give(['orders.place']);
    const sent = await pages.post(officer, path(id, '/widen'), fields);
    const draft = sent.location!.split('/').at(-1)!;
    expect((await pages.get(chair, sent.location!)).status).toBe(404);
    await world.rows(`update sessions set acr = 'substantial' where person_id = $1`, [officer.id]);
    const preview = await pages.get(officer, sent.location!);
    expect(preview.text).toContain(
      'BankID, Buypass, or Commfides reach the high level. MinID reaches only substantial',
    );
    expect(preview.text).toContain('Vis Ugle');
    const ask = `${LIST}/drafts/${draft}/ask`;
    expect((await pages.post(officer, ask, {})).location).toContain('done=access%3Adone.asked');
    expect((await pages.post(officer, ask, {})).status).toBe(303);
    expect(asked()).toHaveLength(1);
    expect(asked()[0]).toMatchObject({ audience: 'officers', parameters: { by: 'Våken Spurv' } });
    expect(new URL(asked()[0]!.parameters['link']!).pathname).toBe(sent.location);
    await world.rows(`update drafts set created_at = now() - interval '2 days' where id = $1`, [draft]);
    const theirs = await pages.get(chair, sent.location!);
    expect(theirs.text).toMatch(/Added:<\/strong> See the status of cards/u);
    expect((await pages.post(chair, sent.location!, { shown: `${id}.1` })).status).toBe(303);
    const given = await world.rows(
      `select approved_by_name as by from mandates where ended_at is null and person_id = $1`,
      [holder.id],
    );
    expect(given).toEqual([{ by: 'Vis Ugle' }]);
    expect((await pages.post(officer, ask, {})).status).toBe(409);
  });

  test('hands over nothing of another, nothing that is too old, and not where there is nobody else', async () => {
    const id = await give(['orders.place']);
    const sent = await pages.post(officer, path(id, '/widen'), fields);
    const draft = sent.location!.split('/').at(-1)!;
    const ask = `${LIST}/drafts/${draft}/ask`;
    expect((await pages.post(chair, ask, {})).status).toBe(404);
    const stranger = await world.person('Utenfor Selv', '15819049953');
    expect((await pages.post(stranger, ask, {})).status).toBe(404);
    await world.rows(`update drafts set created_at = now() - interval '11 minutes' where id = $1`, [draft]);
    expect((await pages.post(officer, ask, {})).status).toBe(410);
    await world.rows(
      `update drafts set created_at = now(), handed_over_at = now() - interval '73 hours' where id = $1`,
      [draft],
    );
    expect((await pages.get(chair, sent.location!)).status).toBe(410);
    await world.rows(`update drafts set handed_over_at = null where id = $1`, [draft]);
    await world.rows(`update officers set ended_at = now() where person_id = $1`, [chair.id]);
    await world.rows(`update sessions set acr = 'substantial'`);
    expect((await pages.get(officer, sent.location!)).text).toContain('the business has no other officer');
    expect((await pages.post(officer, ask, {})).status).toBe(409);
    await world.rows(`update officers set ended_at = null where person_id = $1`, [chair.id]);
    expect(asked()).toEqual([]);
  });
});
