import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fixtures } from '../../tests/support/fixtures.ts';

/** Tables without row-level security, each with the reason. */
const open: Readonly<Record<string, string>> = {
  clock: 'one offset for demonstrations and tests, which only the migrating role writes',
  migrations: 'names of the files that ran; the migrating role alone reaches it',
};

/** Views, which hold the conditions of their tables' policies themselves; and what is counted, which no role reads but its owner. */
const views: readonly string[] = [
  'cards_as_shown',
  'order_lines_as_shown',
  'own_cards',
  'own_workers',
  'vendor_counts',
  'vendor_figures',
];

let fixtures: Fixtures;
let tables: string[];

async function withRole<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What the database answers to a statement: `ok` with the number of rows, or the error's code. */
async function answer(client: pg.Client, statement: string): Promise<string> {
  try {
    await client.query('begin');
    const { rowCount } = await client.query(statement);
    return `ok ${String(rowCount)}`;
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error);
  } finally {
    await client.query('rollback');
  }
}

const DENIED = '42501';

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const found = await fixtures.rows<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
     order by relname`,
  );
  tables = found.map(({ name }) => name);
  const boss = await fixtures.person('Dag Leder');
  const business = await fixtures.business();
  const vendor = await fixtures.business();
  await fixtures.officer(business, boss);
  await fixtures.vendorProfile(vendor, boss);
  await fixtures.member(vendor, boss, boss);
  const worker = await fixtures.worker(business, boss);
  const mandate = await fixtures.vendorMandate(
    business,
    vendor,
    { by: boss, vendorOfficer: boss, member: boss },
    ['orders.place'],
  );
  await fixtures.order(business, { id: worker, personId: boss.id, unit: business.unit }, boss, {
    id: vendor.id,
    mandateId: mandate.id,
  });
});
afterAll(() => fixtures.stop());

describe('tables', () => {
  test('each has row-level security, forced on its owner too, unless it is listed with a reason', async () => {
    const without = await fixtures.rows<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
       and not (relrowsecurity and relforcerowsecurity) order by relname`,
    );
    expect(without.map(({ name }) => name)).toEqual([...Object.keys(open), ...views].sort());
    expect(tables.length).toBeGreaterThan(30);
  });

  test('none shows a row without a context, to whichever role', async () => {
    const secured = tables.filter((name) => !(name in open));
    for (const role of ['request', 'migrate'] as const) {
      await withRole(fixtures.urls[role], async (client) => {
        for (const name of secured) {
          // Views are not the migrating role's: it may not even ask.
          const seesNone = role === 'migrate' && !views.includes(name) ? /^ok 0$/u : /^(ok 0|42501)$/u;
          expect([name, await answer(client, `select 1 from ${name}`)]).toEqual([
            name,
            expect.stringMatching(seesNone),
          ]);
        }
      });
    }
  });

  test('a context is gone with its transaction, on the same connection', async () => {
    const person = await fixtures.person();
    await withRole(fixtures.urls.request, async (client) => {
      await client.query('begin');
      await client.query('select context_open($1, null, null, false)', [person.tokenHash]);
      expect((await client.query('select 1 from businesses')).rowCount).toBeGreaterThan(0);
      expect((await client.query('select 1 from persons')).rowCount).toBe(1);
      await client.query('commit');
      for (const name of tables.filter((one) => !(one in open))) {
        expect([name, await answer(client, `select 1 from ${name}`)]).toEqual([
          name,
          expect.stringMatching(/^(ok 0|42501)$/u),
        ]);
      }
    });
  });
});

describe('roles', () => {
  test('kortvakt_check looks up cards and orders and what is published of them, and reads nothing', async () => {
    await withRole(fixtures.urls.check, async (client) => {
      expect(
        await answer(client, `select * from look_up_cards('{00000000}', '{1990-01-01}', '{null}')`),
      ).toBe('ok 0');
      expect(await answer(client, `select * from check_order('AAAAAAAAAAA')`)).toBe('ok 0');
      for (const name of tables) {
        expect([name, await answer(client, `select 1 from ${name}`)]).toEqual([name, DENIED]);
      }
    });
    const callable = await fixtures.rows<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'public'::regnamespace
       and has_function_privilege('kortvakt_check', oid, 'execute') order by 1`,
    );
    expect(callable.map(({ name }) => name)).toEqual([
      'check_order',
      'look_up_cards',
      'published_status_list',
      'published_status_lists',
      'vendor_directory',
      'vendor_profile',
    ]);
  });

  test('kortvakt_jobs reads none of our tables and calls none of our functions but its own', async () => {
    await withRole(fixtures.urls.jobs, async (client) => {
      for (const name of tables) {
        expect([name, await answer(client, `select 1 from ${name}`)]).toEqual([name, DENIED]);
      }
    });
    const callable = await fixtures.rows<{ name: string }>(
      `select proname as name from pg_proc where pronamespace = 'public'::regnamespace
       and has_function_privilege('kortvakt_jobs', oid, 'execute')`,
    );
    expect(callable).toEqual([{ name: 'enqueue_job' }]);
  });

  test.each([
    `update audit_entries set action = 'x'`,
    `delete from audit_entries`,
    `truncate audit_entries`,
    `update audit_details set detail = '{}'`,
    `delete from audit_chain`,
    `delete from mandates`,
    `update mandates set starts_at = now()`,
    `update mandates set approved_by = null`,
    `update mandates set agreement_id = null`,
    `update mandates set version = 1`,
    `insert into mandate_versions default values`,
    `update mandate_versions set reason = ''`,
    `update freezes set vendor_id = null`,
    `delete from freezes`,
    `update vendor_profiles set barred_at = null`,
    `update clock set offset_by = '1 day'`,
    `update price_list set price_ore = 1`,
    `update sessions set absolute_end = now()`,
    `insert into sessions default values`,
    `select 1 from login_attempts`,
    `select holder_name from order_lines`,
    `select shown_name from order_lines`,
    `select holder_name from cards`,
    `select birth_date from cards`,
    `select person_id from cards`,
    `select suspended_reason from cards`,
    `select 1 from clock`,
    `set role kortvakt_context`,
    `set role kortvakt_migrate`,
    `set role kortvakt_jobs`,
    `create table mine ()`,
    `create temporary table mine ()`,
    `create schema mine`,
    `create function public.mine() returns int language sql return 1`,
    `alter table mandates disable row level security`,
    `select 1 from graphile_worker._private_jobs`,
  ])('kortvakt_request may not: %s', async (statement) => {
    await withRole(fixtures.urls.request, async (client) => {
      expect(await answer(client, statement)).toBe(DENIED);
    });
  });
});

describe('functions', () => {
  test('none is everybody’s, and each that sees more than its caller has an owner and a search path of its own', async () => {
    const functions = await fixtures.rows<{
      name: string;
      definer: boolean;
      owner: string;
      path: string[] | null;
      everybody: boolean;
    }>(
      `select p.proname as name, p.prosecdef as definer, r.rolname as owner, p.proconfig as path,
         exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
           where a.grantee = 0 and a.privilege_type = 'EXECUTE') as everybody
       from pg_proc p join pg_roles r on r.oid = p.proowner where p.pronamespace = 'public'::regnamespace`,
    );
    expect(functions.filter((one) => one.everybody).map((one) => one.name)).toEqual([]);
    const definers = functions.filter((one) => one.definer);
    expect(definers.length).toBeGreaterThan(15);
    for (const { name, owner, path } of definers) {
      const jobs = name === 'enqueue_job';
      expect([name, owner]).toEqual([name, jobs ? 'kortvakt_jobs' : 'kortvakt_context']);
      const searched = path?.filter((setting) => setting.startsWith('search_path='));
      expect([name, searched]).toEqual([
        name,
        [`search_path=${jobs ? 'graphile_worker, ' : ''}public, pg_temp`],
      ]);
    }
  });

  test('the roles that see more than others cannot log in or create anything', async () => {
    const [context] = await fixtures.rows(
      `select rolcanlogin, rolsuper, rolbypassrls, has_schema_privilege('kortvakt_context', 'public', 'create') as creates
       from pg_roles where rolname = 'kortvakt_context'`,
    );
    expect(context).toEqual({ rolcanlogin: false, rolsuper: false, rolbypassrls: false, creates: false });
  });

  test('a look-up of a worker without a vendor’s context is refused', async () => {
    await expect(
      fixtures.database.request.transaction().execute(async (query) => {
        await sql`select vendor_look_up_worker(${Buffer.alloc(32)}, 'x')`.execute(query);
      }),
    ).rejects.toThrow('only a vendor');
  });
});
