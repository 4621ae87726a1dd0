import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgreementText } from '../../src/vendors/rules.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  acceptAndConfirm,
  browserOf,
  dayAhead,
  fairVendor,
  forge,
  giveMandate,
  previewMandate,
  registerVendor,
  type RegisteredVendor,
  submitMain,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${fairVendor.number}`;

let world: World;
let registered: RegisteredVendor;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  registered = await registerVendor(world, fairVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** The agreement as the preview shows it: its title, then each part's heading, text and list. */
async function textShown(page: Page): Promise<string[]> {
  const section = page.locator('main section').filter({ has: page.locator('details h3') });
  const title = await section.locator('h2').innerText();
  return [
    title,
    ...(await section.locator('details h3, details h3 + p, details h3 + p + ul li').allInnerTexts()),
  ];
}

/** As the vendor's officer signed it: the text in a language, and the hash of the file. */
async function textSigned(language: 'nb' | 'en'): Promise<string[]> {
  const [document] = await world.rows<{ text: Record<'nb' | 'en', AgreementText>; whole: boolean }>(
    'select text, sha256 = sha256(content) as whole from agreement_documents',
  );
  expect(document?.whole).toBe(true);
  const { title, parts } = document!.text[language];
  return [title, ...parts.flatMap(({ heading, text, items }) => [heading, text, ...items])];
}

const agreements = () =>
  world.rows<{ version: string; sha256: string }>(
    `select a.version, encode(a.document_sha256, 'hex') as sha256, b.name as business, v.name as vendor,
       a.business_accepted_by_name, a.vendor_accepted_by_name, a.ended_at is not null as ended
     from agreements a join businesses b on b.id = a.business_id join businesses v on v.id = a.vendor_id`,
  );

describe('Make sure you have a written data processing agreement', () => {
  test('the text is there to read, nothing is given without accepting it, and what was read is what is kept', async () => {
    const officer = await browserOf(world, people.vakenSpurv, {
      language: 'nb',
      width: 390,
      javaScript: false,
    });
    await previewMandate(officer, fairVendor, ['orders.place', 'orders.read']);
    const norwegian = await textShown(officer);
    await officer.locator('input[name=quote]').check();
    await submitMain(officer);
    await officer.locator('.ds-error-summary').getByText('Du må godta dette for å gi fullmakten').waitFor();
    expect([await agreements(), await world.rows('select id from mandates')]).toEqual([[], []]);

    // The same preview in the other language: the vendor's officer stood by both.
    const english = await browserOf(world, people.visUgle);
    await previewMandate(english, fairVendor, ['orders.place', 'orders.read']);
    expect(norwegian.length).toBeGreaterThan(40);
    expect(norwegian).toEqual(await textSigned('nb'));
    expect(await textShown(english)).toEqual(await textSigned('en'));
    const [document] = await world.rows<{ sha256: string }>(
      `select encode(sha256, 'hex') as sha256 from agreement_documents`,
    );
    await acceptAndConfirm(officer);
    await officer.getByText('Fullmakten er gitt.').waitFor();
    expect(await agreements()).toEqual([
      {
        version: '2026-12',
        sha256: document?.sha256,
        business: 'BLÅ HAMMER AS',
        vendor: fairVendor.name,
        business_accepted_by_name: 'Våken Spurv',
        vendor_accepted_by_name: 'Rimelig Regnestykke',
        ended: false,
      },
    ]);
    expect(
      await world.rows(
        `select e.decision, e.used_right, p.name, e.changes->>'version' as version from audit_entries e
         join persons p on p.id = e.actor_person_id where e.action = 'agreement.sign'`,
      ),
    ).toEqual([
      { decision: 'allowed', used_right: 'agreements.sign', name: 'Våken Spurv', version: '2026-12' },
    ]);
  }, 60_000);
});

describe('a data processing agreement is entered into with the supplier', () => {
  test('when the agreement ends the vendor is refused in its next request, and the business sees why', async () => {
    const { mandateId } = await giveMandate(world, registered, ['orders.place', 'orders.read']);
    const member = await browserOf(world, fairVendor.member);
    expect((await member.goto(`${AS_VENDOR}/orders/new`))?.status()).toBe(200);
    const ending = await browserOf(world, people.visUgle);
    await ending.goto(`${OWN}/business/agreements`);
    await ending.getByRole('link', { name: fairVendor.name }).click();
    await ending.getByRole('link', { name: 'End the agreement' }).click();
    await submitMain(ending);
    await ending.getByText('The agreement has ended, and the mandate is stopped.').waitFor();
    const refused = await member.goto(`${AS_VENDOR}/orders/new`);
    expect(refused?.status()).toBe(403);
    await member
      .getByText('The data processing agreement between the business and the vendor is no longer active.')
      .waitFor();
    expect(
      await world.rows(
        `select distinct decision, rule from audit_entries where mandate_id = $1 and decision = 'refused'`,
        [mandateId],
      ),
    ).toEqual([{ decision: 'refused', rule: 'no-agreement' }]);

    const officer = await browserOf(world, people.visUgle, { language: 'nb' });
    await officer.goto(`${OWN}/business/access`);
    const row = officer.getByRole('row', { name: fairVendor.name });
    expect(await row.innerText()).toMatch(/Gjelder ikke[\s\S]*databehandleravtale/iu);
  }, 60_000);

  test('a vendor that does not stand by the agreement as it is now cannot be given anything', async () => {
    await world.rows(
      `update vendor_profiles set agreement_sha256 = pg_catalog.sha256('an earlier text'::bytea)`,
    );
    const officer = await browserOf(world, people.visUgle);
    const path = `${OWN}/business/access/vendors/${fairVendor.number}`;
    expect((await officer.goto(path))?.status()).toBe(409);
    await officer.getByText('The vendor has not accepted the standard agreement as it is now.').waitFor();
    const drafts = await world.rows('select id from drafts');
    const proposal = { rights: 'orders.place', scope: 'all', lastDay: dayAhead(30), purpose: 'Cards' };
    expect(await forge(officer, path, proposal)).toBe(409);
    expect(await world.rows('select id from drafts')).toEqual(drafts);
  });
});
