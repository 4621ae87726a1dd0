import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { inTransaction, STAFF_ROLES, type StaffRole, type Transaction } from '../database/transaction.ts';
import { isCheckerRole } from './rules.ts';

/** What every role of staff reaches, each with the reason; anything else is nothing at all. */
const EVERYONE: Readonly<Record<string, string>> = {
  businesses: 'register facts, public',
  units: 'register facts, public',
  vendor_profiles: 'published: prices and bars',
  price_list: 'official prices, public',
  vat_rates: 'public',
  transparency_months: 'numbers for everyone',
  look_alikes: 'domains to beware of, public',
  persons: 'oneself alone',
  sessions: 'oneself alone',
  staff_appointments: 'oneself; the operator all',
};
const ONE_ROLE: Readonly<Record<string, StaffRole>> = {
  vendor_bars: 'case-officer',
  bar_appeals: 'case-officer',
};

let fixtures: Fixtures;
let tables: string[];
let staff: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  const boss = await fixtures.person('Dag Leder');
  staff = await fixtures.person('Alle Roller');
  business = await fixtures.business();
  vendor = await fixtures.business();
  await fixtures.officer(business, boss);
  await fixtures.officer(vendor, boss);
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
  const at = new Date();
  await fixtures.insert('freezes', { business_id: business.id, frozen_at: at, frozen_by: boss.id });
  const [bar] = await fixtures.rows<{ id: string }>('select uuidv7() as id');
  await fixtures.insert('vendor_bars', {
    id: bar?.id,
    vendor_id: vendor.id,
    reason: 'r',
    appeal: 'a',
    decided_at: at,
    barred_at: at,
    began_at: at,
    barred_by: boss.id,
    barred_by_name: 'B',
  });
  await fixtures.insert('bar_appeals', {
    bar_id: bar?.id,
    vendor_id: vendor.id,
    barred_by: boss.id,
    text: 't',
    filed_at: at,
    filed_by: boss.id,
    filed_by_name: 'B',
  });
  for (const role of STAFF_ROLES) {
    await fixtures.insert('staff_appointments', {
      role,
      name: 'Alle Roller',
      place: isCheckerRole(role) ? 'Norge' : null,
      email: 'alle@tilsyn.test',
      ends_at: new Date(at.getTime() + 86_400_000),
      proposed_by: boss.id,
      proposed_by_name: 'Dag Leder',
      proposed_at: at,
      token_hash: Buffer.alloc(32, role),
      token_expires_at: new Date(at.getTime() + 1000),
      accepted_by: staff.id,
      accepted_by_name: staff.name,
      accepted_at: at,
      approved_by: (await fixtures.person('Annen Operatør')).id,
      approved_at: at,
    });
  }
  // As if the person were everything else too: none of it reaches into the role.
  await fixtures.officer(business, staff);
  await fixtures.member(vendor, staff, boss);
  const found = await fixtures.rows<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
     order by relname`,
  );
  tables = found.map(({ name }) => name);
}, 60_000);
afterAll(() => fixtures.stop());

function as<T>(role: StaffRole, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  const request = { kind: 'staff', tokenHash: staff.tokenHash, role, writing: true } as const;
  return inTransaction(fixtures.database, request, work);
}

/** The number of rows that a role sees of a table, or that it may not ask. */
async function seen(role: StaffRole, table: string): Promise<number | 'denied'> {
  try {
    return await as(role, async ({ query }) => {
      const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
        query,
      );
      return rows[0]?.n ?? 0;
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '42501') return 'denied';
    throw error;
  }
}

describe.each(STAFF_ROLES)('a %s', (role) => {
  test('reaches nothing of businesses but what is public, and of people only themselves', async () => {
    for (const table of tables.filter((one) => !(one in EVERYONE) && ONE_ROLE[one] !== role)) {
      const rows = await seen(role, table);
      // One's own entry in the register of roles, which is public; never another's.
      const most = table === 'officers' ? 1 : 0;
      expect([table, rows === 'denied' ? 0 : rows]).toEqual([table, most]);
    }
    for (const table of Object.keys(EVERYONE)) {
      expect([table, await seen(role, table)]).toEqual([table, expect.any(Number)]);
    }
    expect(await seen(role, 'persons')).toBe(1);
    expect(await seen(role, 'staff_appointments')).toBe(STAFF_ROLES.length);
  });

  test('changes nothing of businesses, and bars only as a case officer', async () => {
    const changes = [
      `update vendor_profiles set fee_ore = 1`,
      `update mandates set suspended_at = now()`,
      `update freezes set lifted_at = now(), lifted_by = '${staff.id}'`,
      `update orders set state = 'cancelled'`,
      `update contact_details set email = 'a@b.test'`,
      `update vendor_profiles set barred_at = null`,
      `delete from cards`,
    ];
    for (const statement of changes) {
      const changed = await as(role, async ({ query }) => {
        const result = await sql.raw(statement).execute(query);
        return Number(result.numAffectedRows ?? 0);
      }).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === '42501') return 0;
        throw error;
      });
      expect([statement, changed]).toEqual([statement, 0]);
    }
    const vendors = as(role, ({ query }) =>
      sql`select * from staff_vendors('', null, 'name', 25, 0)`.execute(query),
    );
    if (role === 'case-officer') expect((await vendors).rows).toHaveLength(1);
    else await expect(vendors).rejects.toThrow(/for case officers only/u);
  });
});

describe('the context of a role', () => {
  const capacity = (role: StaffRole, tokenHash = staff.tokenHash) =>
    inTransaction(fixtures.database, { kind: 'staff', tokenHash, role }, ({ facts }) =>
      Promise.resolve([facts.capacity, facts.staff?.role]),
    );

  test('is for whoever has it, logged in at the high level, while it holds', async () => {
    expect(await capacity('inspector')).toEqual(['staff', 'inspector']);
    const low = await fixtures.session(staff.id, { acr: 'substantial' });
    expect(await capacity('inspector', low)).toEqual(['signed-in', 'inspector']);
    const other = await fixtures.person('Ingen Rolle');
    expect(await capacity('inspector', other.tokenHash)).toEqual(['signed-in', undefined]);
    const ended = await fixtures.session(staff.id, { ended_at: new Date() });
    expect(await capacity('inspector', ended)).toEqual(['anonymous', undefined]);
    await fixtures.rows(`update staff_appointments set ended_at = now() where role = 'inspector'`);
    expect(await capacity('inspector')).toEqual(['signed-in', 'inspector']);
    await fixtures.rows(
      `update staff_appointments set proposed_at = now() - interval '2 days', ends_at = clock_now() where role = 'reviewer'`,
    );
    expect(await capacity('reviewer')).toEqual(['signed-in', 'reviewer']);
  });

  test('never carries over into a business, nor a business into it', async () => {
    await inTransaction(
      fixtures.database,
      { kind: 'session', tokenHash: staff.tokenHash, business: business.number },
      async ({ query, facts }) => {
        expect(facts.capacity).toBe('officer');
        const { rows } = await sql`select id from vendor_bars`.execute(query);
        expect(rows).toEqual([]);
      },
    );
  });
});
