import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { browserOf, dayAhead, fairVendor, registerVendor } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const REQUIREMENT = `${OWN}/business/access/passkeys`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await registerVendor(world, fairVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** The browser's own authenticator for tests, in the place of a phone or a security key. */
async function withAuthenticator(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    unlocks: (isUserVerified: boolean) =>
      devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}

const usePasskey = (page: Page) => page.getByRole('button', { name: 'Use your passkey' }).click();
/** The vendor's mandates of the business, with the passkey that vouched for the giver when each was given. */
const givenToVendor = () =>
  world.rows<{ id: string }>(
    `select m.id, m.rights::text[] as rights, m.approved_by_name as by, m.approved_acr as level,
       bool_or(s.passkey_at between m.approved_at - interval '5 minutes' and m.approved_at) as in_time
     from mandates m join businesses b on b.id = m.business_id join businesses v on v.id = m.vendor_id
       join sessions s on s.person_id = m.approved_by
     where b.organisation_number = $1 and v.organisation_number = $2 group by m.id`,
    [organisations.blueHammer, organisations.cheapVendor],
  );
const forgetUse = () => world.rows(`update sessions set passkey_at = passkey_at - interval '6 minutes'`);

test('an officer adds a passkey, requires one, and gives access and changes the address only with it', async () => {
  const page = await browserOf(world, people.vakenSpurv);
  const authenticator = await withAuthenticator(page);
  await page.goto('/profile');
  await page.getByRole('link', { name: 'Passkeys' }).click();
  await page.getByText('You have no passkey').waitFor();
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  expect(await barriersOf(page)).toEqual([]);
  await page.locator('input[name=name]').fill('My phone');
  await page.getByRole('button', { name: 'Make the passkey' }).click();
  await page.getByText('The passkey has been added.').waitFor();
  expect(await barriersOf(page)).toEqual([]);
  const mail = await world.mail('vaken.spurv@example.no', /passnøkkel er lagt til/u);
  expect(mail.text).toContain('«My phone»');

  await page.goto(`${OWN}/business/access`);
  await page.getByRole('link', { name: 'Passkey requirement' }).click();
  await page.getByRole('link', { name: 'Use your passkey' }).click();
  await authenticator.unlocks(false);
  await usePasskey(page);
  await page.getByText('Nothing was done').waitFor();
  expect(await barriersOf(page)).toEqual([]);
  await authenticator.unlocks(true);
  await usePasskey(page);
  await page.waitForURL(`**${REQUIREMENT}`);
  await page.getByRole('button', { name: 'Require a passkey' }).click();
  await page.getByText('The business now requires a passkey.').waitFor();
  expect(await barriersOf(page)).toEqual([]);

  await forgetUse();
  const [{ at: forgottenAt } = { at: '' }] = await world.rows<{ at: string }>(
    'select clock_now()::text as at',
  );
  await page.goto(`${OWN}/business/access/vendors/${organisations.cheapVendor}`);
  await page.locator('input[name=rights][value="cards.read"]').check();
  await page.locator('input[name=lastDay]').fill(dayAhead(30));
  await page.locator('textarea[name=purpose]').fill('The cards at Alna');
  await page.locator('main form button[type=submit]:not([name])').first().click();
  await page.getByText('The business requires a passkey for this').waitFor();
  expect(await page.locator('input[name=agreement]').count()).toBe(0);
  expect(await givenToVendor()).toEqual([]);
  await page.getByRole('link', { name: 'Use your passkey' }).click();
  await usePasskey(page);
  await page.locator('input[name=agreement]').check();
  await page.locator('input[name=quote]').check();
  await page.locator('main form button[type=submit]').first().click();
  await page.getByText('The mandate has been given.').waitFor();
  const [given, ...others] = await givenToVendor();
  expect(others).toEqual([]);
  expect(given).toMatchObject({ rights: ['cards.read'], by: 'Våken Spurv', level: 'high', in_time: true });
  const audited = await world.rows(
    `select e.action, e.decision, e.capacity, e.subject_id as subject, p.name as by
     from audit_entries e join persons p on p.id = e.actor_person_id
     where e.action in ('passkey.used', 'mandate.give') and e.recorded_at > $1 order by e.id`,
    [forgottenAt],
  );
  expect(audited).toMatchObject([
    { action: 'passkey.used', decision: 'allowed', by: 'Våken Spurv' },
    {
      action: 'mandate.give',
      decision: 'allowed',
      capacity: 'officer',
      subject: given?.id,
      by: 'Våken Spurv',
    },
  ]);

  await forgetUse();
  await page.goto(`${OWN}/business/contact/change`);
  await page.locator('input[name=email]').fill('kort@blahammer.example');
  await page.locator('main form button[type=submit]').click();
  await page.getByText('Nothing was saved').waitFor();
  expect(await barriersOf(page)).toEqual([]);
  const [tab] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: 'Use your passkey (new tab)' }).click(),
  ]);
  await tab.waitForLoadState();
  expect(new URL(tab.url()).pathname).toBe('/profile/passkeys/use');
  await tab.close();
  await page.context().close();
}, 120_000);

test('without scripts the page says in words that a passkey needs them', async () => {
  const page = await browserOf(world, people.visUgle, { javaScript: false });
  await page.goto('/profile/passkeys/add');
  await page.getByText('Passkeys work only with JavaScript').waitFor();
  await page.locator('input[name=name]').fill('My key');
  await page.getByRole('button', { name: 'Make the passkey' }).click();
  await page.getByText('The passkey was not accepted').waitFor();
  expect(await page.locator('input[name=name]').inputValue()).toBe('My key');
  await page.goto(REQUIREMENT);
  await page.getByText('You need a passkey to change this.').waitFor();
  await page.context().close();
}, 60_000);
