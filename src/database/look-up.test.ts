import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';

let fixtures: Fixtures;
let boss: FixturePerson;
let member: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;
let sami: FixturePerson;
let elsewhere: FixturePerson;
let otherUnit: FixturePerson;
let left: FixturePerson;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  boss = await fixtures.person('Dag Leder');
  member = await fixtures.person('Mia Medlem');
  [sami, elsewhere, otherUnit, left] = [
    await fixtures.person('Áná Čáŋŧžđšu'),
    await fixtures.person('Ola Annensteds'),
    await fixtures.person('Kari Avdeling'),
    await fixtures.person('Per Sluttet'),
  ];
  [business, vendor] = [await fixtures.business(), await fixtures.business()];
  await fixtures.vendorProfile(vendor, boss);
  await fixtures.member(vendor, member, boss);
  await fixtures.vendorMandate(
    business,
    vendor,
    { by: boss, vendorOfficer: boss, member },
    ['orders.place'],
    { units: [business.unit] },
  );
  await fixtures.worker(business, sami);
  await fixtures.worker(business, otherUnit, { unit_id: business.otherUnit });
  await fixtures.worker(business, left, { employed_to: '2024-01-01' });
  await fixtures.worker(await fixtures.business(), elsewhere);
});
afterAll(() => fixtures.stop());

function lookUp(numberHash: Buffer, surname: string): Promise<string | null | undefined> {
  return fixtures.as(
    member,
    { business: business.number, vendor: vendor.number, writing: true },
    async ({ query }) => {
      const found = await sql<{ offer: string | null }>`
      select vendor_look_up_worker(${numberHash}, ${surname}) as offer`.execute(query);
      return found.rows[0]?.offer;
    },
  );
}

const misses = async (): Promise<number> => {
  const [found] = await fixtures.rows<{ count: number }>(
    `select count(*)::int from worker_look_ups where not hit`,
  );
  return found?.count ?? -1;
};

test.each(['Čáŋŧžđšu', 'čáŋŧžđšu', 'ČÁŊŦŽĐŠU', ' Čáŋŧžđšu ', 'Čáŋŧžđšu'.normalize('NFD')])(
  'the surname %s finds the worker, and only what was asked with goes into the offer',
  async (surname) => {
    const offer = await lookUp(sami.numberHash, surname);
    expect(offer).toMatch(/^[0-9a-f-]{36}$/u);
    expect(await fixtures.rows(`select id, name, source from worker_offers`)).toEqual([
      { id: offer, name: 'Čáŋŧžđšu', source: 'looked-up' },
    ]);
  },
);

test('whatever is in the way is the same answer and a miss, and the twenty-first miss ends it for the day', async () => {
  const before = await misses();
  expect(before).toBe(0);
  const attempts: [Buffer, string][] = [
    [randomBytes(32), 'Čáŋŧžđšu'],
    [elsewhere.numberHash, 'Annensteds'],
    [otherUnit.numberHash, 'Avdeling'],
    [left.numberHash, 'Sluttet'],
    [sami.numberHash, 'Nordmann'],
    [sami.numberHash, ''],
  ];
  for (const [hash, surname] of attempts) expect(await lookUp(hash, surname)).toBeNull();
  expect(await misses()).toBe(attempts.length);
  for (let count = attempts.length; count < 19; count++) await lookUp(randomBytes(32), 'x');
  expect(await lookUp(sami.numberHash, 'Čáŋŧžđšu')).not.toBeNull();
  await lookUp(randomBytes(32), 'x');
  expect(await misses()).toBe(20);
  expect(await lookUp(sami.numberHash, 'Čáŋŧžđšu')).toBeNull();
  expect(await misses()).toBe(21);
  // The next Oslo day it may be tried again.
  await fixtures.rows(`update worker_look_ups set at = at - interval '1 day'`);
  expect(await lookUp(sami.numberHash, 'Čáŋŧžđšu')).not.toBeNull();
});

test('two at once cannot both have the last try', async () => {
  await fixtures.rows(`delete from worker_look_ups`);
  for (let count = 0; count < 19; count++) await lookUp(randomBytes(32), 'x');
  await Promise.all([lookUp(randomBytes(32), 'x'), lookUp(randomBytes(32), 'x')]);
  expect(await misses()).toBe(21);
  expect(await lookUp(sami.numberHash, 'Čáŋŧžđšu')).toBeNull();
});
