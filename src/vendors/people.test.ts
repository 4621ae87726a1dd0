import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';
import { agreements } from '../../tests/support/agreements.ts';
import { assignMember, removeMember } from './actions.ts';

let fixtures: Fixtures;
let boss: FixturePerson;
let member: FixturePerson;
let vendor: FixtureBusiness;
let membership: string;
const customers: { business: FixtureBusiness; mandate: string }[] = [];

beforeAll(async () => {
  fixtures = await Fixtures.start();
  [boss, member] = [await fixtures.person('Vera Leverandør'), await fixtures.person('Mia Medlem')];
  vendor = await fixtures.business();
  await fixtures.officer(vendor, boss);
  await fixtures.vendorProfile(vendor, boss);
  membership = await fixtures.member(vendor, member, boss);
  for (const assigned of [member, boss]) {
    const business = await fixtures.business();
    const people = { by: boss, vendorOfficer: boss, member: assigned };
    const { id } = await fixtures.vendorMandate(business, vendor, people, ['orders.place']);
    customers.push({ business, mandate: id });
  }
});
afterAll(() => fixtures.stop());

test('someone who is just being removed is not set up on a further mandate meanwhile', async () => {
  const deps = {
    database: fixtures.database,
    notify: () => Promise.resolve(),
    publicOrigin: 'https://kortvakt.test',
    agreements,
  };
  const acting = { tokenHash: boss.tokenHash, business: vendor.number };
  const [first, second] = customers;
  const [begun, letGo] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
  const where = { business: first?.business.number ?? '', vendor: vendor.number, writing: true };
  const running = fixtures.as(member, where, async () => {
    begun.resolve(null);
    await letGo.promise;
  });
  await begun.promise;
  const removing = removeMember(deps, acting, membership);
  const waits = () =>
    fixtures.rows(
      `select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
    );
  await expect.poll(waits).toHaveLength(1);
  const assigning = assignMember(deps, acting, { mandateId: second?.mandate ?? '', personId: member.id });
  await Promise.race([assigning, expect.poll(waits).toHaveLength(2)]);
  letGo.resolve(null);
  await running;
  expect((await removing).ok).toBe(true);
  expect(await assigning).toEqual({ ok: false, error: 'not-a-member' });
  const open = await fixtures.rows(
    'select mandate_id from mandate_assignments where person_id = $1 and ended_at is null',
    [member.id],
  );
  expect(open).toEqual([]);
});
