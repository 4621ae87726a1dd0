import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { browserOf, forge, giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const AS_VENDOR = '/b/310000019/by/310000035';

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  await giveVendorAccess(world, [
    'orders.prepare',
    'orders.place',
    'orders.read',
    'cards.read',
    'cards.block',
    'workers.read',
    'invoices.read',
  ]);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const storedDetails = () =>
  world.rows(
    `select c.* from contact_details c join businesses b on b.id = c.business_id where b.organisation_number = '310000019'`,
  );

describe('“We have seen examples of suppliers changing the contact information of the business”', () => {
  test.each([
    ['the page', `${AS_VENDOR}/profile`],
    ['the page under Business', `${AS_VENDOR}/business/contact`],
    ['the form', `${AS_VENDOR}/business/contact/change`],
    ["the business's own address of the page", '/b/310000019/business/contact'],
  ])(
    'a member of a vendor with every right that a vendor can have does not reach %s',
    async (_what, path) => {
      const page = await browserOf(world, people.hjelpsomHand);
      const answer = await page.goto(path);
      // Under its own name alone the member is a stranger to the business, who learns nothing.
      expect(answer?.status()).toBe(path.startsWith(AS_VENDOR) ? 403 : 404);
      const [details] = await storedDetails();
      expect(await page.content()).not.toContain(String(details?.['email']));
      await page.context().close();
    },
  );

  test('a forged form changes nothing, and the attempt is in the log under the name of the vendor', async () => {
    const before = await storedDetails();
    const [earlier] = await world.rows<{ id: string }>(
      `select coalesce(max(id::text), '') as id from audit_entries`,
    );
    const page = await browserOf(world, people.hjelpsomHand);
    await page.goto(`${AS_VENDOR}/orders`);
    for (const path of [`${AS_VENDOR}/business/contact/change`, '/b/310000019/business/contact/change']) {
      const status = await forge(page, path, {
        version: '1',
        email: 'post@leverandor.example',
        language: 'nb',
      });
      expect([path, status]).toEqual([path, path.startsWith(AS_VENDOR) ? 403 : 404]);
    }
    expect(await storedDetails()).toEqual(before);
    const attempts = await world.rows(
      `select e.decision, e.rule, p.name, v.name as vendor from audit_entries e
       join persons p on p.id = e.actor_person_id left join businesses v on v.id = e.vendor_id
       where e.action = 'contact.change' and e.id::text > $1 order by e.id`,
      [earlier?.id],
    );
    expect(attempts).toEqual([
      {
        decision: 'refused',
        rule: 'never-for-vendor',
        name: 'Hjelpsom Hånd',
        vendor: 'RIMELIG KORTHJELP AS',
      },
      { decision: 'refused', rule: 'no-relation', name: 'Hjelpsom Hånd', vendor: null },
    ]);
    await page.context().close();
  });
});

describe('and change critical information, such as your business contact information', () => {
  test('the right cannot be given to a vendor: the form does not offer it, and a forged one is refused', async () => {
    const page = await browserOf(world, people.vakenSpurv);
    await page.goto('/b/310000019/business/access/vendors/310000035');
    await page.locator('input[name=rights][value="orders.place"]').waitFor();
    expect(await page.locator('input[name=rights][value="contact.change"]').count()).toBe(0);
    await page.evaluate(
      `document.querySelector('input[name=rights][value="orders.place"]').value = 'contact.change'`,
    );
    await page.locator('input[name=rights][value="contact.change"]').check();
    await page.locator('main form button[type=submit]').last().click();
    await page.locator('.ds-error-summary').waitFor();
    expect(
      await world.rows(`select id from mandates where 'contact.change' = any (rights) and holder = 'vendor'`),
    ).toEqual([]);
    await page.context().close();
  });
});
