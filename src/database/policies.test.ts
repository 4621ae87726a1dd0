import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FixtureBusiness, type FixturePerson, Fixtures } from '../../tests/support/fixtures.ts';

/** Where the database let through what the decision refuses, each as small as it can be said. */
let fixtures: Fixtures;
let boss: FixturePerson;
let member: FixturePerson;
let business: FixtureBusiness;
let vendor: FixtureBusiness;

beforeAll(async () => {
  fixtures = await Fixtures.start();
  boss = await fixtures.person('Dag Leder');
  member = await fixtures.person('Kari Leverandør');
  business = await fixtures.business();
  vendor = await fixtures.business();
  await fixtures.officer(business, boss);
  await fixtures.vendorProfile(vendor, boss);
  await fixtures.member(vendor, member, boss);
});
afterAll(() => fixtures.stop());

/** A statement of a person acting there, with PostgreSQL’s code where it is refused. */
async function attempt(
  person: FixturePerson,
  where: { business: string; vendor?: string },
  statement: string,
): Promise<string> {
  try {
    return await fixtures.as(person, where, async ({ query }) => {
      const { numAffectedRows } = await sql.raw(statement).execute(query);
      return `${String(numAffectedRows ?? 0n)} changed`;
    });
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

const REFUSED_BY_POLICY = '42501';

describe('an order that was only prepared', () => {
  const approve = (order: string) =>
    `update orders set state = 'placed', approved_by = context_person(), approved_at = context_now() where id = '${order}'`;

  async function prepared(by: FixturePerson, made?: { id: string; mandateId: string }): Promise<string> {
    const holder = await fixtures.person('Kort Holder');
    const worker = await fixtures.worker(business, holder);
    const subject = { id: worker, personId: holder.id, unit: business.unit };
    const { orderId } = await fixtures.order(business, subject, by, made);
    await fixtures.rows(`update orders set state = 'awaiting-approval' where id = $1`, [orderId]);
    return orderId;
  }

  test('is not approved by the vendor who prepared it', async () => {
    const people = { by: boss, vendorOfficer: boss, member };
    const mandate = await fixtures.vendorMandate(business, vendor, people, [
      'orders.prepare',
      'orders.place',
    ]);
    const order = await prepared(member, { id: vendor.id, mandateId: mandate.id });
    const where = { business: business.number, vendor: vendor.number };
    expect(await attempt(member, where, approve(order))).toBe(REFUSED_BY_POLICY);
    expect(await attempt(boss, { business: business.number }, approve(order))).toBe('1 changed');
  });

  test('is not approved by the person who prepared it', async () => {
    const clerk = await fixtures.person('Siri Kontor');
    await fixtures.personMandate(business, clerk, boss, ['orders.prepare', 'orders.place']);
    const order = await prepared(clerk);
    expect(await attempt(clerk, { business: business.number }, approve(order))).toBe(REFUSED_BY_POLICY);
  });
});

test('whoever changes contact details neither passes for the register nor moves them to another business', async () => {
  const clerk = await fixtures.person('Tone Kontakt');
  const other = await fixtures.business();
  await fixtures.personMandate(business, clerk, boss, ['contact.change']);
  await fixtures.insert('contact_details', {
    business_id: business.id,
    source: 'register',
    changed_at: new Date(0),
  });
  const change = (what: string) =>
    attempt(clerk, { business: business.number }, `update contact_details set ${what}`);
  expect(await change(`source = 'register'`)).toBe(REFUSED_BY_POLICY);
  expect(await change(`business_id = '${other.id}', source = 'register'`)).toBe(REFUSED_BY_POLICY);
  const confirmed = `source = 'business', confirmed_by = context_person(), confirmed_at = context_now()`;
  expect(await change(confirmed)).toBe('1 changed');
  // What stands there is changed by functions alone, whoever asks.
  for (const what of [`email = 'post@example.com'`, `language = 'en'`, `unit_id = '${business.unit}'`])
    expect(await change(`${what}, ${confirmed}`)).toBe('23514');
});

test('a vendor with one unit uses up no offer in another', async () => {
  const customer = await fixtures.business();
  await fixtures.officer(customer, boss);
  const people = { by: boss, vendorOfficer: boss, member };
  const mandate = await fixtures.vendorMandate(customer, vendor, people, ['orders.place'], {
    units: [customer.unit],
  });
  for (const unit of [customer.unit, customer.otherUnit]) {
    const holder = await fixtures.person('Kort Holder');
    await fixtures.insert('worker_offers', {
      business_id: customer.id,
      vendor_id: vendor.id,
      mandate_id: mandate.id,
      worker_id: await fixtures.worker(customer, holder, { unit_id: unit }),
      unit_id: unit,
      source: 'ticked',
      name: 'Kort Holder',
      birth_year: 1990,
      offered_by: boss.id,
      offered_at: new Date(0),
    });
  }
  // Without a condition no policy for reading comes in between.
  const where = { business: customer.number, vendor: vendor.number };
  expect(await attempt(member, where, 'update worker_offers set used_at = context_now()')).toBe('1 changed');
});
