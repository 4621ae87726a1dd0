import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  acceptAndConfirm,
  browserOf,
  dearVendor,
  fairVendor,
  giveMandate,
  previewMandate,
  publishFee,
  registerVendor,
  submitMain,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  await registerVendor(world, dearVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

const givenToDearVendor = () =>
  world.rows(
    `select m.rights::text[] as rights, q.fee_ore::int as fee, q.accepted_by_name as accepted, m.approved_by_name as given
     from mandates m join businesses v on v.id = m.vendor_id left join quotes q on q.id = m.quote_id
     where v.organisation_number = $1`,
    [dearVendor.number],
  );

describe('giving such parties access can have unexpected consequences – for security, privacy and finances', () => {
  test('the preview tells each of them, and nothing holds until what was read is confirmed', async () => {
    const page = await browserOf(world, people.vakenSpurv, { language: 'nb', width: 390, javaScript: false });
    await previewMandate(page, dearVendor, ['orders.place', 'orders.read']);
    // Security: what it can do, and what it can never do whatever anyone ticks.
    const item = (term: string) =>
      page.locator('main dl > div').filter({ has: page.getByText(`DYRE KORT AS ${term}`, { exact: true }) });
    expect(await item('vil kunne').locator('li').allInnerTexts()).toEqual([
      'Bestille kort på virksomhetens regning',
      'Se bestillinger',
    ]);
    expect(await item('vil aldri kunne').locator('li').allInnerTexts()).toEqual([
      'Godkjenne forberedte bestillinger',
      'Endre virksomhetens kontaktinformasjon',
      'Gi og fjerne tilganger',
      'Inngå og avslutte avtaler og godta pristilbud',
      'Lese meldinger fra Arbeidstilsynet',
    ]);
    // Privacy.
    await page.getByText('Leverandøren ser ikke listen over de ansatte.').waitFor();
    // Finances, excluding and including VAT.
    const main = await page.locator('main').innerText();
    for (const amount of ['132,90', '466,00', '598,90', '166,13', '748,63']) expect(main).toContain(amount);
    expect(await givenToDearVendor()).toEqual([]);

    // The vendor raises its price while the officer reads.
    const manager = await browserOf(world, dearVendor.manager);
    await publishFee(manager, dearVendor, '566');
    await acceptAndConfirm(page);
    await page.getByText('Noe er endret siden forhåndsvisningen.').waitFor();
    expect(await page.locator('main').innerText()).toContain('566,00');
    expect(await givenToDearVendor()).toEqual([]);

    await acceptAndConfirm(page);
    await page.getByText('Fullmakten er gitt.').waitFor();
    expect(await givenToDearVendor()).toEqual([
      { rights: ['orders.place', 'orders.read'], fee: 56_600, accepted: 'Våken Spurv', given: 'Våken Spurv' },
    ]);
  }, 60_000);

  test('with the worker list ticked it says how many people the vendor sees, and the vendor sees just those', async () => {
    const officer = await browserOf(world, people.visUgle);
    const registered = await registerVendor(world, fairVendor);
    await previewMandate(officer, fairVendor, ['orders.place', 'workers.read']);
    const told = await officer.getByText(/Everyone covered, now \d+/u).innerText();
    const workers = await world.rows<{ name: string; unit: string }>(
      `select w.name, u.name as unit from workers w join units u on u.id = w.unit_id
       join businesses b on b.id = w.business_id where b.organisation_number = $1`,
      [organisations.blueHammer],
    );
    expect(told).toContain(`Everyone covered, now ${String(workers.length)}`);

    await giveMandate(world, registered, ['orders.place', 'workers.read']);
    const member = await browserOf(world, fairVendor.member);
    const seen: string[] = [];
    for (const unit of [/OSLO/u, /TROMSØ/u]) {
      await member.goto(`${OWN}/by/${fairVendor.number}/orders/new`);
      await member.getByRole('radio', { name: unit }).check();
      await submitMain(member);
      await member.waitForURL(/unit=/u);
      seen.push(
        ...(await member
          .locator('label:has(input[name=worker]), input[name=worker] ~ label')
          .allInnerTexts()),
      );
    }
    expect(seen).toHaveLength(workers.length);
    expect(new Set(seen.map((text) => text.trim()))).toEqual(new Set(workers.map(({ name }) => name)));
  }, 60_000);
});
