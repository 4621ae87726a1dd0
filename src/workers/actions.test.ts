import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { permits } from '../../tests/support/conditions.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { openDatabase, type Database } from '../database/database.ts';
import { createVault } from '../database/encryption.ts';
import { inTransaction } from '../database/transaction.ts';
import { addDays, osloToday, parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { parseNationalId, type NationalId } from '../kernel/national-id.ts';
import { parseOrganisationNumber, type OrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok } from '../kernel/result.ts';
import type { Assignment, Employment, RegisteredPerson, Registers } from '../registers/index.ts';
import { createWorkerImport } from './actions.ts';
import { followChanges } from './change-jobs.ts';
import { createWorkerTasks } from './jobs.ts';

const vault = createVault({ current: 'a', keys: new Map([['a', randomBytes(32)]]) }, randomBytes(32));
const business = organisation('310000019');
const oslo = organisation('310000027');
const tromso = organisation('310000051');
const first = person('15819049944');
const second = person('55819049938');
const stranger = person('02838536711');

let test: TestDatabase;
let database: Database;
let today: PlainDate;
let employments: Employment[];
let people: RegisteredPerson[];
let assignments: Assignment[];
let changes: (NationalId | undefined)[];
let silent: 'aareg' | 'assignments' | 'folkeregisteret' | undefined;

const registers: Pick<Registers, 'aareg' | 'assignments' | 'folkeregisteret'> = {
  assignments: {
    assignmentsOf: () =>
      Promise.resolve(
        silent === 'assignments'
          ? err({ kind: 'unavailable', register: 'assignments' } as const)
          : ok(assignments),
      ),
  },
  aareg: {
    employments: () =>
      Promise.resolve(
        silent === 'aareg' ? err({ kind: 'unavailable', register: 'aareg' } as const) : ok(employments),
      ),
  },
  folkeregisteret: {
    lastChange: () => Promise.resolve(ok(changes.length)),
    changes: (after) =>
      Promise.resolve(
        silent === 'folkeregisteret'
          ? err({ kind: 'timeout', register: 'folkeregisteret' } as const)
          : ok(changes.map((nationalId, index) => ({ id: index + 1, nationalId })).slice(after, after + 2)),
      ),
    people: (numbers) =>
      Promise.resolve(
        silent === 'folkeregisteret'
          ? err({ kind: 'timeout', register: 'folkeregisteret' } as const)
          : ok(people.filter((known) => numbers.includes(known.nationalId))),
      ),
  },
};

beforeAll(async () => {
  test = await createTestDatabase();
  database = openDatabase(test.urls, 4);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const importWorkers = (number = business) =>
  createWorkerImport({
    ...{ database, registers, vault, permits, withheldProtections: ['strengtFortrolig'] },
    settleCards: () => Promise.resolve(),
  })(number);

beforeEach(async () => {
  silent = undefined;
  await job(async ({ query, now }) => {
    today = osloToday(now);
    await sql`insert into businesses (organisation_number, name, form, refreshed_at)
      values (${business}, 'BLÅ HAMMER AS', 'AS', ${now}) on conflict do nothing`.execute(query);
    await sql`insert into units (business_id, organisation_number, name)
      select b.id, u.number, u.name from businesses b,
        (values (${oslo}, 'OSLO'), (${tromso}, 'TROMSØ')) u (number, name)
      where b.organisation_number = ${business} on conflict do nothing`.execute(query);
  });
  employments = [employed(first, oslo), employed(second, oslo)];
  people = [known(first, 'Våken', 'Spurv'), known(second, 'Łukasz', 'Čáhci')];
});

/** As whoever owns the tables. */
async function asOwner<T>(work: (query: Database['request']) => Promise<T>): Promise<T> {
  const admin = openDatabase({ request: test.urls.superuser, check: test.urls.check }, 1);
  try {
    return await work(admin.request);
  } finally {
    await admin.close();
  }
}

const withheld = () =>
  asOwner(async (query) => {
    const rows = await query
      .selectFrom('withheld_people as w')
      .innerJoin('persons as p', 'p.id', 'w.person_id')
      .select('p.name')
      .execute();
    return rows.map(({ name }) => name);
  });

describe('importing workers', () => {
  it('writes who works where, under the name and birth date of Folkeregisteret', async () => {
    people[1] = { ...known(second, 'Łukasz', 'Čáhci'), identifierKind: 'd-number', identifierActive: false };
    expect(await importWorkers()).toEqual(ok({ workers: 2, ended: 0 }));
    expect(await workers()).toEqual([
      row({ name: 'Våken Spurv', family_name: 'Spurv', unit: oslo }),
      row({ name: 'Łukasz Midt Čáhci', family_name: 'Čáhci', unit: oslo, number_active: false }),
    ]);
    const stored = await job(async ({ query }) => query.selectFrom('persons').selectAll().execute());
    expect(stored.map((one) => vault.decrypt(one.national_id_encrypted, 'national-id')).sort()).toEqual([
      first,
      second,
    ]);
  });

  it('has the cards of people whose address is protected withheld, as long as it is', async () => {
    const [spurv] = people;
    if (spurv === undefined) throw new Error('nobody');
    people[0] = { ...spurv, addressProtection: 'strengtFortrolig' };
    await importWorkers();
    await importWorkers();
    expect(await withheld()).toEqual(['Våken Spurv']);
    // Whom the register does not know today stays withheld; a protection that is not among the configured ones withholds nothing.
    people = people.slice(1);
    await importWorkers();
    expect(await withheld()).toEqual(['Våken Spurv']);
    people = [{ ...spurv, addressProtection: 'klientadresse' }];
    await importWorkers();
    expect(await withheld()).toEqual([]);
  });

  it('has the cards of somebody withheld who is protected after the employment has ended, while one can be shown', async () => {
    await importWorkers();
    const [spurv] = people;
    if (spurv === undefined) throw new Error('nobody');
    people = [{ ...spurv, addressProtection: 'strengtFortrolig' }];
    employments = [];
    await importWorkers();
    expect(await withheld()).toEqual([]);
    await asOwner(async (query) => {
      // Of the order behind it nothing is needed here.
      await sql`set session_replication_role = replica`.execute(query);
      await sql`insert into cards (business_id, unit_id, worker_id, person_id, order_line_id, batch_id, number, token, card_type, holder_name,
          birth_date, employer_name, organisation_number, issued_at, expires_at)
        select w.business_id, w.unit_id, w.id, w.person_id, uuidv7(), uuidv7(), '12345678', 'AAAAAAAAAAA', 'construction', w.name, w.birth_date,
          'BLÅ HAMMER AS', ${business}, clock_now(), clock_now() + interval '1 day' from workers w where w.name = 'Våken Spurv'`.execute(
        query,
      );
    });
    await importWorkers();
    expect(await withheld()).toEqual(['Våken Spurv']);
    people = [spurv];
    await importWorkers();
    expect(await withheld()).toEqual([]);
    await asOwner((query) => query.deleteFrom('cards').execute());
  });

  it('is harmless when run again, twice at once', async () => {
    await importWorkers();
    const before = await workers();
    await Promise.all([importWorkers(), importWorkers()]);
    expect(await workers()).toEqual(before);
  });

  it('ends an employment that the register ended, or no longer shows', async () => {
    await importWorkers();
    const lastDay = addDays(today, -40);
    employments = [employed(first, oslo, addDays(today, -100), lastDay)];
    expect(await importWorkers()).toEqual(ok({ workers: 1, ended: 1 }));
    expect((await workers()).map((one) => one.employed_to)).toEqual([lastDay, addDays(today, -1)]);
    expect(await importWorkers()).toEqual(ok({ workers: 1, ended: 0 }));
  });

  it('reads a foreign firm’s workers from the register of assignments, and from no other', async () => {
    const business = (form: string) =>
      job(({ query }) => sql`update businesses set form = ${form}`.execute(query));
    await job(({ query }) =>
      sql`update workers set employed_to = null, source = 'register', assignment = null`.execute(query),
    );
    await business('NUF');
    const lastDay = addDays(today, -2);
    assignments = [
      { nationalId: first, from: addDays(today, -90), client: 'BYGGHERREN AS', place: 'Havna' },
      { nationalId: second, from: addDays(today, -90), to: lastDay, client: 'BYGGHERREN AS' },
    ];
    await importWorkers();
    const found = () =>
      job(async ({ query }) => {
        const { rows } = await sql`select w.name, w.source, w.assignment, w.employed_to from workers w
          join units u on u.id = w.unit_id where u.organisation_number = ${oslo} order by w.name collate "C"`.execute(
          query,
        );
        return rows;
      });
    const spurv = { name: 'Våken Spurv', source: 'assignment', assignment: 'BYGGHERREN AS, Havna' };
    expect(await found()).toEqual([
      expect.objectContaining({ ...spurv, employed_to: null }),
      expect.objectContaining({ assignment: 'BYGGHERREN AS', employed_to: lastDay }),
    ]);
    silent = 'assignments';
    expect(await importWorkers()).toEqual(err('register-unavailable'));
    silent = undefined;
    assignments = [];
    await importWorkers();
    expect((await found())[0]).toMatchObject({ ...spurv, employed_to: addDays(today, -1) });
    await business('AS');
    await importWorkers();
    expect((await found())[0]).toMatchObject({ source: 'register', assignment: null });
  });

  it('has the employers of those whom Folkeregisteret has changed read anew, from where the changes went the first time', async () => {
    await importWorkers();
    const follow = () => followChanges({ database, registers, vault });
    const admin = openDatabase({ ...test.urls, request: test.urls.superuser });
    const waiting = async () =>
      (
        await sql<{ key: string }>`select key from graphile_worker.jobs
          where task_identifier = 'workers.refresh'`.execute(admin.request)
      ).rows.map(({ key }) => key);
    const read = async () =>
      (
        await job(({ query }) =>
          query
            .selectFrom('watch_marks')
            .select('last_id')
            .where('name', '=', 'folkeregisteret.changes')
            .executeTakeFirst(),
        )
      )?.last_id;
    changes = [first];
    expect(await follow()).toEqual(ok(undefined));
    expect([await read(), await waiting()]).toEqual([1, []]);
    changes.push(stranger, undefined);
    expect(await follow()).toEqual(ok(undefined));
    expect([await read(), await waiting()]).toEqual([3, []]);
    changes.push(undefined, stranger, first);
    silent = 'folkeregisteret';
    expect(await follow()).toEqual(err('register-unavailable'));
    expect([await read(), await waiting()]).toEqual([3, []]);
    silent = undefined;
    expect(await follow()).toEqual(ok(undefined));
    expect([await read(), await waiting()]).toEqual([6, [`workers.refresh:${business}`]]);
    await admin.close();
  });

  it('notes since when a permit to stay is due, and of whom; the citizenship is not kept', async () => {
    const due = async () =>
      (
        await job(({ query }) =>
          sql<{
            since: Date | null;
          }>`select w.permit_due_since as since from workers w join persons p on p.id = w.person_id
        where p.national_id_hash = ${vault.hash(first)} order by w.refreshed_at desc limit 1`.execute(query),
        )
      ).rows[0]?.since ?? null;
    const citizen = (...citizenships: string[]) => {
      people[0] = { ...known(first, 'Våken', 'Spurv'), citizenships };
      return importWorkers();
    };
    await citizen('PHL');
    expect(await due()).toBe(null);
    await job(({ query }) => sql`update businesses set card_type = 'cleaning'`.execute(query));
    await citizen('PHL');
    const since = await due();
    expect(since).not.toBe(null);
    await citizen('PHL');
    expect(await due()).toEqual(since);
    await citizen('PHL', 'SWE');
    expect(await due()).toBe(null);
    await citizen();
    expect(await due()).toBe(null);
    await job(({ query }) => sql`update businesses set card_type = null`.execute(query));
  });

  it('keeps one employment of several in a unit, and one for each unit', async () => {
    const ended = employed(first, oslo, addDays(today, -900), addDays(today, -30));
    const future = employed(first, oslo, addDays(today, 20));
    const current = employed(first, oslo, addDays(today, -10));
    employments = [ended, future, employed(first, tromso)];
    await importWorkers();
    expect((await workers()).filter((one) => one.unit === oslo && one.name === 'Våken Spurv')).toEqual([
      row({ employed_from: future.from }),
    ]);
    employments = [current, ended, future, employed(first, tromso)];
    await importWorkers();
    const found = (await workers()).filter((one) => one.name === 'Våken Spurv');
    expect(found.map((one) => [one.unit, one.employed_from])).toEqual([
      [oslo, current.from],
      [tromso, addDays(today, -500)],
    ]);
    employments = [employed(second, oslo, addDays(today, -900), addDays(today, -400))];
    expect(await importWorkers()).toMatchObject({ value: { workers: 0 } });
  });

  it('marks the dead', async () => {
    people = [{ ...known(first, 'Våken', 'Spurv'), deceased: true }, known(second, 'Łukasz', 'Čáhci')];
    await importWorkers();
    expect((await workers()).filter((one) => one.deceased).map((one) => one.name)).toContain('Våken Spurv');
  });

  it.each(['aareg', 'folkeregisteret'] as const)('changes nothing while %s is silent', async (register) => {
    await importWorkers();
    const before = await workers();
    employments = [];
    silent = register;
    expect(await importWorkers()).toEqual(err('register-unavailable'));
    expect(await workers()).toEqual(before);
  });

  it('keeps a worker whom Folkeregisteret does not know just now', async () => {
    await importWorkers();
    people = [known(first, 'Våken', 'Spurv')];
    await importWorkers();
    expect((await workers()).filter((one) => one.employed_to === null)).toHaveLength(2);
  });

  it('knows no workers of a business that is not here', async () => {
    expect(await importWorkers(organisation('310000094'))).toEqual(err('no-such-business'));
  });
});

describe('the tasks', () => {
  const task = (name: string) => {
    const found = createWorkerTasks({
      database,
      importWorkers: (number) => importWorkers(number),
      readsPerMinute: 5,
    }).find((one) => one.name === name);
    if (found === undefined) throw new Error(name);
    return found;
  };

  it('reads in turn what has not been read for long, once however often it looks', async () => {
    const age = (hours: number) =>
      job(({ query }) =>
        sql`update businesses set workers_read_at = context_now() - ${hours} * interval '1 hour', workers_asked_at = null`.execute(
          query,
        ),
      );
    const all = task('workers.sweep');
    expect(all.cron).toBeDefined();
    await age(11);
    await all.run({});
    await age(13);
    await all.run({});
    await all.run({});
    const admin = openDatabase({ request: test.urls.superuser, check: test.urls.check }, 1);
    const jobs = await sql<{
      task_identifier: string;
    }>`select task_identifier from graphile_worker.jobs`.execute(admin.request);
    await admin.close();
    expect(jobs.rows).toEqual([{ task_identifier: 'workers.refresh' }]);
  });

  it('is tried again when a register is silent, with no number in the error', async () => {
    silent = 'aareg';
    await expect(task('workers.refresh').run({ organisationNumber: business })).rejects.toThrow(/silent/u);
    silent = undefined;
    await task('workers.refresh').run({ organisationNumber: business });
  });
});

it('waits for the business itself before it holds its people, as what reads the business does', async () => {
  await importWorkers();
  const other = new pg.Client({ connectionString: test.urls.superuser });
  await other.connect();
  try {
    await other.query('begin');
    await other.query('update businesses set name = name where organisation_number = $1', [business]);
    const reading = importWorkers();
    const waits = `select from pg_locks where locktype = 'transactionid' and not granted`;
    await expect.poll(async () => (await other.query(waits)).rowCount).toBe(1);
    await other.query('update persons set name = name where national_id_hash = $1', [vault.hash(first)]);
    await other.query('commit');
    expect(await reading).toMatchObject({ ok: true });
  } finally {
    await other.end();
  }
});

function job<T>(work: Parameters<typeof inTransaction<T>>[2]): Promise<T> {
  return inTransaction(database, { kind: 'job', name: 'test' }, work);
}

async function workers() {
  const found = await job(async ({ query }) =>
    query
      .selectFrom('workers')
      .innerJoin('units', 'units.id', 'workers.unit_id')
      .select([
        'workers.name',
        'family_name',
        'units.organisation_number as unit',
        'employed_from',
        'employed_to',
        'number_active',
        'deceased',
      ])
      .orderBy('workers.id')
      .execute(),
  );
  return found;
}

function row(values: Record<string, unknown>) {
  return expect.objectContaining({ employed_to: null, deceased: false, ...values }) as unknown;
}

function employed(
  nationalId: NationalId,
  unit: OrganisationNumber,
  from?: PlainDate,
  to?: PlainDate,
): Employment {
  return { nationalId, unit, employer: business, from: from ?? addDays(today, -500), to };
}

function known(nationalId: NationalId, given: string, family: string): RegisteredPerson {
  return {
    nationalId,
    name: { given, family, ...(given === 'Łukasz' ? { middle: 'Midt' } : {}) },
    birthDate: parsePlainDate('1990-01-15'),
    status: 'bosatt',
    deceased: false,
    identifierKind: 'national-identity-number',
    identifierActive: true,
  };
}

function organisation(text: string): OrganisationNumber {
  const parsed = parseOrganisationNumber(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function person(text: string): NationalId {
  const parsed = parseNationalId(text, { synthetic: true });
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}
