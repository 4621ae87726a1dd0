import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { conditions, permits } from '../../tests/support/conditions.ts';
import { keepIn } from '../../tests/support/kept-notices.ts';
import { createPageCaller, type PageCaller } from '../../tests/support/page-caller.ts';
import { type SmallPerson, type SmallWorld, startSmallWorld } from '../../tests/support/small-world.ts';
import accessEn from '../access/en.json' with { type: 'json' };
import accessNb from '../access/nb.json' with { type: 'json' };
import type { Notice } from '../access/index.ts';
import { settleConditions } from '../cards/condition-jobs.ts';
import { inTransaction } from '../database/transaction.ts';
import { addDays, osloToday, type PlainDate } from '../kernel/dates.ts';
import { type NationalId, parseNationalId } from '../kernel/national-id.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok } from '../kernel/result.ts';
import type { Employment, RegisteredPerson, Registers } from '../registers/index.ts';
import { createWorkerImport } from './actions.ts';
import { settleDeclarations } from './declared-jobs.ts';
import { createDeclaredPages } from './declared-page.tsx';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { createWorkerPages } from './pages.tsx';
import { declarationState, sameSurname } from './rules.ts';

describe('how a declaration stands', () => {
  const now = new Date('2026-11-28T10:00:00Z');
  const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
  test.each([
    [inDays(365), null, 'holds'],
    [inDays(31), null, 'holds'],
    [inDays(30), null, 'due'],
    [inDays(0), null, 'lapsed'],
    [inDays(-1), null, 'lapsed'],
    [inDays(365), inDays(-1), 'withdrawn'],
    [inDays(-1), inDays(-2), 'withdrawn'],
  ] as const)('until %s, withdrawn %s: %s', (holdsUntil, withdrawnAt, state) => {
    expect(declarationState({ holdsUntil, withdrawnAt }, now)).toBe(state);
  });

  test.each([
    ['Čáhcesuolu', ' čáhcesuolu ', true],
    ['Å', 'A\u030a', true],
    ['Regnbueglinsende Blomst', 'regnbueglinsende  blomst', true],
    ['Fugl', 'Fug', false],
    ['Fugl', '', false],
  ])('%s is the surname %s: %s', (registered, typed, same) => {
    expect(sameSurname(registered, typed)).toBe(same);
  });
});

const NUMBER = '310000116';
const UNIT = '310000027';
let world: SmallWorld;
let pages: PageCaller;
let officer: SmallPerson;
let manager: SmallPerson;
let member: SmallPerson;
let business: string;
let unit: string;
let silent: boolean;
let people: RegisteredPerson[];
let employments: Employment[];
let told: Notice[];

const folkeregisteret: Registers['folkeregisteret'] = {
  lastChange: () => Promise.resolve(ok(0)),
  changes: () => Promise.resolve(ok([])),
  people: (numbers) =>
    Promise.resolve(
      silent
        ? err({ kind: 'timeout', register: 'folkeregisteret' } as const)
        : ok(people.filter((one) => numbers.includes(one.nationalId))),
    ),
};
const aareg: Registers['aareg'] = { employments: () => Promise.resolve(ok(employments)) };

const assignments: Registers['assignments'] = { assignmentsOf: () => Promise.resolve(ok([])) };

beforeAll(async () => {
  world = await startSmallWorld();
  business = await world.business(NUMBER, 'MALERMESTER SNILL ELG');
  const vendor = await world.business('310000035', 'RIMELIG KORTHJELP AS');
  unit = await world.unit(business, UNIT, 'VERKSTEDET');
  officer = await world.person('Snill Elg', '12896841643');
  manager = await world.person('Munter Elv', '02838536711');
  member = await world.person('Hjelpsom Hånd', '30819113749');
  await world.officer(business, officer, 'INNH');
  await world.officer(vendor, await world.person('Rimelig Regnestykke', '20908204892'));
  await world.personMandate(business, manager, officer, [
    ...['orders.prepare', 'orders.place', 'orders.read', 'orders.approve', 'cards.read', 'cards.block'],
    ...['workers.read', 'invoices.read', 'contact.change', 'access.manage', 'messages.read'],
  ]);
  await world.vendorMandate(business, vendor, { officer, member }, ['orders.place', 'workers.read']);
  const deps = {
    database: world.database,
    vault: world.vault,
    registers: { folkeregisteret },
    declarationMonths: 12,
    allowSynthetic: true,
  };
  const words = { nb: { workers: nb, access: accessNb }, en: { workers: en, access: accessEn } };
  pages = await createPageCaller(words, (app) => {
    for (const base of ['/b/:business', '/b/:business/by/:vendor']) {
      app.route(base, createWorkerPages({ database: world.database }));
      app.route(base, createDeclaredPages(deps));
    }
  });
});
afterAll(() => world.stop());

beforeEach(async () => {
  silent = false;
  told = [];
  employments = [];
  people = [known('12896841643', 'Snill', 'Elg'), known('03839349261', 'Fremmed', 'Fugl')];
  for (const table of ['cards', 'order_lines', 'worker_declarations', 'workers'])
    await world.rows(`delete from ${table}`);
});

const LIST = `/b/${NUMBER}/workers/declared`;
const filled = (changes: Readonly<Record<string, string>> = {}) => ({
  ...{ unit, kind: 'owner', number: '12896841643', surname: 'Elg', reason: 'Eier og maler selv' },
  ...changes,
});
const settle = async () => {
  const deps = {
    database: world.database,
    notify: keepIn(told),
    settleCards: () => Promise.resolve(),
    conditions,
  };
  await settleDeclarations(deps);
  await settleConditions(deps);
};

describe('declaring a worker', () => {
  test('puts them on the list with who declared them and when, and a card can be ordered', async () => {
    const sent = await pages.post(officer, `${LIST}/new`, filled());
    expect([sent.status, sent.location]).toEqual([303, expect.stringContaining(LIST)]);
    expect(await obstacle()).toBe(null);
    const { text } = await pages.get(officer, `/b/${NUMBER}/workers`);
    expect(text).toContain('Declared by Snill Elg');
    expect(text).toContain('Order a card for Snill Elg');
    const [entry] = await world.rows<{ changes: unknown }>(
      `select * from audit_entries where action = 'worker.declared' and decision = 'allowed'`,
    );
    expect(entry).toMatchObject({ changes: { kind: 'owner', unit } });
    expect(JSON.stringify(entry)).not.toContain('12896841643');
    const listed = await pages.get(officer, LIST);
    for (const words of [
      'Snill Elg',
      'Eier og maler selv',
      en.declared.kinds.owner,
      en.declared.states.holds,
    ]) {
      expect(listed.text).toContain(words);
    }
    expect(
      await world.rows(
        `select viewer_name, subject_person_id as subject from disclosures where 'declaration' = any (fields)`,
      ),
    ).toContainEqual({ viewer_name: 'Snill Elg', subject: officer.id });
  });

  test('is tried thirty times a day by one person', async () => {
    const eager = await world.person('Ivrig Igelkott', '49868228481');
    await world.officer(business, eager, 'DAGL');
    const statuses: number[] = [];
    for (let time = 0; time <= 30; time += 1)
      statuses.push((await pages.post(eager, `${LIST}/new`, filled({ surname: 'Rev' }))).status);
    expect(statuses.map((status) => status === 429)).toEqual([...Array<boolean>(30).fill(false), true]);
    expect((await pages.post(officer, `${LIST}/new`, filled())).status).toBe(303);
  });

  test.each([
    ['a surname that is not theirs', { surname: 'Rev' }, 'unknown-person'],
    ['a number that nobody has', { number: '15859519668' }, 'unknown-person'],
    ['somebody who has died', { number: '30865035469', surname: 'Vekk' }, 'deceased'],
  ] as const)('is refused with %s, and the number is not sent back', async (_, changes, problem) => {
    people.push({ ...known('30865035469', 'Borte', 'Vekk'), deceased: true });
    const form = filled(changes);
    const answer = await pages.post(officer, `${LIST}/new`, form);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(en.declared.problem[problem]);
    expect(answer.text).not.toContain(form.number);
    expect(await world.rows('select from workers')).toEqual([]);
    expect(
      await world.rows(`select from audit_entries where action = 'worker.declared' and rule = $1`, [problem]),
    ).not.toEqual([]);
  });

  test('waits for Folkeregisteret, and lacks a reason no more than a number', async () => {
    silent = true;
    const answer = await pages.post(officer, `${LIST}/new`, filled());
    expect(answer.text).toContain(en.declared.problem['register-silent']);
    silent = false;
    expect((await pages.post(officer, `${LIST}/new`, filled({ reason: ' ' }))).status).toBe(422);
    const wrong = await pages.post(officer, `${LIST}/new`, filled({ number: '12345678901' }));
    expect(wrong.text).toContain(en.declared.numberWrong);
  });

  test('is not done twice, nor for whom the register shows in the unit', async () => {
    employments = [employed('03839349261')];
    await imported();
    const registered = await pages.post(
      officer,
      `${LIST}/new`,
      filled({ number: '03839349261', surname: 'Fugl' }),
    );
    expect(registered.text).toContain(en.declared.problem['on-the-list']);
    await pages.post(officer, `${LIST}/new`, filled());
    const again = await pages.post(officer, `${LIST}/new`, filled());
    expect(again.text).toContain(en.declared.problem['on-the-list']);
    expect(await world.rows('select from worker_declarations')).toHaveLength(1);
  });

  test('is an officer’s alone: neither a mandate of every right nor a vendor', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    const id = await only();
    const other = filled({ number: '03839349261', surname: 'Fugl' });
    const byVendor = LIST.replace('/workers', '/by/310000035/workers');
    for (const [person, base] of [
      [manager, LIST],
      [member, byVendor],
    ] as const) {
      const answers = [
        await pages.get(person, base),
        await pages.get(person, `${base}/new`),
        await pages.get(person, `${base}/${id}`),
        await pages.post(person, `${base}/new`, other),
        await pages.post(person, `${base}/${id}`, { answer: 'withdraw' }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    }
    expect((await pages.get(manager, `/b/${NUMBER}/workers`)).text).toContain('Declared by Snill Elg');
    expect((await pages.get(manager, `/b/${NUMBER}/workers`)).text).not.toContain('/workers/declared');
    const vendors = await pages.get(member, `/b/${NUMBER}/by/310000035/workers`);
    expect(vendors.text).toContain(en.list.declaredAny);
    expect(vendors.text).not.toContain('Declared by Snill Elg');
    expect(await world.rows('select from worker_declarations')).toHaveLength(1);
  });

  test('is not what employs them: the register ties people to mandates', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    const [row] = await world.rows('select is_employed($1, $2, now()) as employed', [officer.id, business]);
    expect(row).toEqual({ employed: false });
  });

  test('is refused by the database to everybody else, and for somebody else’s unit', async () => {
    const declare = (person: SmallPerson, inUnit: string) =>
      inTransaction(
        world.database,
        { kind: 'session', ...person.acting(NUMBER), writing: true },
        ({ query }) =>
          sql`select declare_worker(${Buffer.alloc(32, 1)}, ${Buffer.alloc(40)}, 'A B', 'B', '1990-01-01', true, ${inUnit},
            'owner', 'R', now() + interval '1 year')`.execute(query),
      );
    const [foreign] = await world.rows<{ id: string }>(
      `insert into units (business_id, organisation_number, name)
       select id, '310000140', 'ANNEN' from businesses where organisation_number = '310000035' returning id`,
    );
    await expect(declare(manager, unit)).rejects.toThrow('only an officer');
    await expect(declare(officer, foreign?.id ?? '')).rejects.toThrow('only an officer');
  });
});

describe('a declaration', () => {
  test('that nobody confirms in time ends, and the card with it; confirmed anew both hold again', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    const id = await only();
    await card();
    await settle();
    expect([await suspended(), told]).toEqual([null, []]);
    await world.rows(`update worker_declarations set holds_until = clock_now() + interval '20 days'`);
    await settle();
    await settle();
    expect(told.map(({ template, audience }) => [template, audience])).toEqual([
      ['workers:notice.declarationDue', 'officers'],
      ['cards:notice.own-condition-foreseen', 'person'],
    ]);
    await world.rows(
      `update worker_declarations set confirmed_at = clock_now() - interval '1 year', holds_until = clock_now()`,
    );
    expect(await obstacle()).toBe('declaration-ended');
    await settle();
    await settle();
    expect(told.slice(2).map(({ template }) => template)).toEqual([
      'workers:notice.declarationLapsed',
      'cards:notice.own-condition-suspended',
    ]);
    expect(await suspended()).toBe('DECLARATION_ENDED');
    expect((await pages.get(officer, `/b/${NUMBER}/workers`)).text).toContain(
      en.obstacle['declaration-ended'],
    );

    const confirmed = await pages.post(officer, `${LIST}/${id}`, { answer: 'confirm' });
    expect(confirmed.status).toBe(303);
    await settle();
    expect([await suspended(), await obstacle()]).toEqual([null, 'valid-card']);
    const [row] = await world.rows(
      `select holds_until > clock_now() + interval '364 days' as long, reminded_at from worker_declarations`,
    );
    expect(row).toEqual({ long: true, reminded_at: null });
  });

  test('that is withdrawn takes the worker off; declared anew they are back', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    const id = await only();
    await card();
    expect((await pages.post(officer, `${LIST}/${id}`, { answer: 'withdraw' })).status).toBe(303);
    await settle();
    expect([await suspended(), await obstacle()]).toEqual(['DECLARATION_ENDED', 'declaration-ended']);
    expect((await pages.get(officer, LIST)).text).toContain(en.declared.states.withdrawn);
    for (const answer of ['confirm', 'withdraw']) {
      expect((await pages.post(officer, `${LIST}/${id}`, { answer })).status).toBe(404);
    }
    await pages.post(officer, `${LIST}/new`, filled({ kind: 'partner' }));
    await settle();
    expect([await suspended(), await obstacle()]).toEqual([null, 'valid-card']);
  });

  test('is not ended by the register, which tells of the person; an employment takes over', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    people[0] = { ...known('12896841643', 'Snill', 'Hjort'), deceased: true };
    await imported();
    expect(await world.rows('select name, deceased, employed_to, source from workers')).toEqual([
      { name: 'Snill Hjort', deceased: true, employed_to: null, source: 'declared' },
    ]);
    people[0] = known('12896841643', 'Snill', 'Elg');
    const today = await osloDay();
    // What ended before the declaration changes nothing.
    employments = [{ ...employed('12896841643'), to: addDays(today, -3) }];
    await imported();
    expect(await world.rows('select source from workers')).toEqual([{ source: 'declared' }]);
    employments = [employed('12896841643')];
    await imported();
    expect(await world.rows('select source from workers')).toEqual([{ source: 'register' }]);
    expect((await pages.get(officer, LIST)).text).toContain(en.declared.registered);
  });

  test('of whom no number can be read leaves them as they were, and all others are read', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    const [kept] = await world.rows<{ number: Buffer }>(
      'select national_id_encrypted as number from persons where id = $1',
      [officer.id],
    );
    const number = (stored: Buffer) =>
      world.rows('update persons set national_id_encrypted = $2 where id = $1', [officer.id, stored]);
    await number(Buffer.from([0]));
    employments = [employed('03839349261')];
    await imported();
    await number(kept?.number ?? Buffer.alloc(0));
    expect(await world.rows('select name, employed_to from workers order by name')).toEqual([
      { name: 'Fremmed Fugl', employed_to: null },
      { name: 'Snill Elg', employed_to: null },
    ]);
    const [entry] = await world.rows(
      `select changes from audit_entries where action = 'workers.refreshed' order by id desc limit 1`,
    );
    expect(entry).toMatchObject({ changes: { workers: 1, unreadable: 1 } });
  });

  test('cannot be prolonged past what is allowed, nor in another’s name', async () => {
    await pages.post(officer, `${LIST}/new`, filled());
    const update = (set: string) =>
      inTransaction(
        world.database,
        { kind: 'session', ...officer.acting(NUMBER), writing: true },
        ({ query }) => sql`update worker_declarations set ${sql.raw(set)}`.execute(query),
      );
    await expect(update(`confirmed_at = context_now(), holds_until = 'infinity'`)).rejects.toThrow(
      'longest_declaration',
    );
    await expect(update(`confirmed_by = '${manager.id}', confirmed_at = context_now()`)).rejects.toThrow();
    await expect(update(`confirmed_at = context_now() - interval '1 day'`)).rejects.toThrow('confirmed now');
    await expect(
      inTransaction(world.database, { kind: 'job', name: 'workers.settle-declarations' }, ({ query }) =>
        sql`update worker_declarations set holds_until = context_now() + interval '2 years'`.execute(query),
      ),
    ).rejects.toThrow('only an officer');
  });
});

test('a foreign firm’s worker whose assignment has ended is told apart from an employee', async () => {
  employments = [employed('12896841643')];
  await imported();
  const ended = (source: string) =>
    world.rows(`update workers set source = $1, employed_to = oslo_date(clock_now()) - 1`, [source]);
  await ended('assignment');
  expect(await obstacle()).toBe('not-assigned');
  await ended('register');
  expect(await obstacle()).toBe('employment-ended');
});

test('a card follows the assignment, and the Authority’s refusal of the business alone', async () => {
  employments = [employed('12896841643')];
  await imported();
  await card();
  await settle();
  expect(await suspended()).toBe(null);
  const worker = (source: string, left: number) =>
    world.rows(`update workers set source = $1, employed_to = oslo_date(clock_now()) + $2::int`, [
      source,
      left,
    ]);
  await worker('assignment', -1);
  await settle();
  expect(await suspended()).toBe('SFU_NOT_ASSIGNED');
  await worker('assignment', 30);
  await settle();
  expect(await suspended()).toBe(null);
  const stands = async (register: string, standing: string) => {
    await world.rows(
      `insert into approvals (business_id, register, standing, as_of) values ($1, $2, $3, now())
       on conflict (business_id, register) do update set standing = excluded.standing`,
      [business, register, standing],
    );
    await settle();
    return suspended();
  };
  expect(await stands('cleaning', 'not-approved')).toBe(null);
  await world.rows(`update cards set card_type = 'cleaning'`);
  expect(await stands('cleaning', 'absent')).toBe(null);
  expect(await stands('cleaning', 'not-approved')).toBe('CLEANING_NOT_APPROVED');
  expect(await stands('cleaning', 'approved')).toBe(null);
  // While two conditions fail, the reason is one that still does.
  await worker('assignment', -1);
  await settle();
  expect(await stands('cleaning', 'not-approved')).toBe('SFU_NOT_ASSIGNED');
  await worker('assignment', 30);
  await settle();
  expect(await suspended()).toBe('CLEANING_NOT_APPROVED');
  await world.rows(`update cards set card_type = 'car-care'`);
  expect(await stands('car-care', 'not-approved')).toBe('CARCARE_NOT_APPROVED');
  await world.rows('delete from approvals');
  await settle();
  expect(await suspended()).toBe(null);
});

function known(number: string, given: string, family: string): RegisteredPerson {
  return {
    nationalId: nationalId(number),
    name: { given, family },
    birthDate: '1968-09-12' as PlainDate,
    status: 'bosatt',
    deceased: false,
    identifierKind: 'national-identity-number',
    identifierActive: true,
  };
}

function nationalId(text: string): NationalId {
  const parsed = parseNationalId(text, { synthetic: true });
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function organisation(text: string) {
  const parsed = parseOrganisationNumber(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function employed(number: string): Employment {
  return {
    nationalId: nationalId(number),
    unit: organisation(UNIT),
    employer: organisation(NUMBER),
    from: '2024-01-01' as PlainDate,
  };
}

async function imported(): Promise<void> {
  const { database, vault } = world;
  const importing = createWorkerImport({
    database,
    vault,
    registers: { aareg, assignments, folkeregisteret },
    withheldProtections: [],
    permits,
    settleCards: () => Promise.resolve(),
  });
  expect((await importing(organisation(NUMBER))).ok).toBe(true);
}

async function osloDay(): Promise<PlainDate> {
  const [row] = await world.rows<{ now: Date }>('select clock_now() as now');
  return osloToday(row?.now ?? new Date());
}

async function only(): Promise<string> {
  const rows = await world.rows<{ id: string }>('select id from worker_declarations');
  expect(rows).toHaveLength(1);
  return rows[0]?.id ?? '';
}

async function obstacle(): Promise<string | null> {
  const [row] = await world.rows<{ found: string | null }>(
    'select worker_obstacle(w, clock_now()) as found from workers w',
  );
  return row === undefined ? 'nobody' : row.found;
}

async function suspended(): Promise<string | null> {
  const [row] = await world.rows<{ suspended_reason: string | null }>('select suspended_reason from cards');
  return row?.suspended_reason ?? null;
}

/** The one worker's card, which has a year left. */
async function card(): Promise<void> {
  await world.rows('delete from cards');
  await world.rows(
    `with w as (select * from workers), o as (
       insert into orders (business_id, unit_id, placed_by, placed_by_name, placed_at, idempotency_key, card_type,
         delivery_address, price_ore, vat_basis_points)
       select business_id, unit_id, $1, 'P', now(), uuidv7(), 'construction', '{}', 13290, 2500 from w returning *)
     select from o`,
    [officer.id],
  );
  await world.rows(
    `with w as (select * from workers), o as (select * from orders order by id desc limit 1), l as (
       insert into order_lines (order_id, business_id, worker_id, holder_name, state, changed_at)
       select o.id, o.business_id, w.id, 'Kort Holder', 'closed', now() from o, w returning *),
     b as (insert into card_batches (created_at) values (now()) returning *)
     insert into cards (business_id, unit_id, worker_id, person_id, order_line_id, batch_id, number, token, card_type,
       holder_name, birth_date, employer_name, organisation_number, issued_at, expires_at, production)
     select w.business_id, w.unit_id, w.id, w.person_id, l.id, b.id, '10000001', 'AAAAAAAAAAA', 'construction', 'Kort Holder',
       '1968-09-12', 'E', $1, now(), clock_now() + interval '1 year', 'shipped' from w, l, b`,
    [NUMBER],
  );
}
