import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import {
  acceptAndConfirm,
  browserOf,
  dearVendor,
  giveVendorAccess,
  previewMandate,
  registerVendor,
  submitMain,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const ACCESS = `${OWN}/business/access`;
const VENDOR = 'RIMELIG KORTHJELP AS';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place']);
  await registerVendor(world, dearVendor);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** An officer logs in where a member of the vendor has been, on the vendor's own machine. */
async function lentLogin(officer: string): Promise<Page> {
  const machine = await browserOf(world, people.hjelpsomHand);
  await machine.locator('details.user-menu summary').click();
  await machine.getByRole('button', { name: 'Log out' }).click();
  await machine.getByRole('heading', { level: 1, name: 'You are logged out' }).waitFor();
  await machine.goto('/login');
  await world.logIn(machine, officer);
  await machine.getByRole('heading', { level: 1, name: 'Choose business' }).waitFor();
  return machine;
}

const waits = (page: Page) => page.getByText(`This waits: ${VENDOR} has used this browser`).waitFor();
const given = () =>
  world.rows(
    `select m.id from mandates m join businesses v on v.id = m.vendor_id where v.organisation_number = $1 and m.ended_at is null`,
    [dearVendor.number],
  );
async function isSound(page: Page): Promise<void> {
  expect(await barriersOf(page, ['best-practice'])).toEqual([]);
}

test('a login lent to a vendor gives nothing until the officer confirms from their own address, elsewhere', async () => {
  const machine = await lentLogin(people.vakenSpurv);
  await previewMandate(machine, dearVendor, ['orders.place']);
  await waits(machine);
  // Nothing to press, and no login at high level either: that is what was lent.
  expect(await machine.locator('input[name=agreement]').count()).toBe(0);
  expect(await machine.getByRole('link', { name: 'Log in again' }).count()).toBe(0);
  await isSound(machine);
  const preview = machine.url();

  await machine.getByRole('link', { name: 'Confirm that it is me' }).click();
  await machine.getByRole('heading', { level: 1, name: 'Confirm that it is you' }).waitFor();
  await isSound(machine);
  await machine.getByRole('button', { name: 'Send me the link' }).click();
  await machine.getByText('A link is on its way to your own e-mail address.').waitFor();
  await isSound(machine);
  const letter = await world.mail(
    'vaken.spurv@example.no',
    /Bekreft at det er du som handler for BLÅ HAMMER/u,
  );
  const link = /\/profile\/browsers\/[\w-]{43}/u.exec(letter.text)?.[0] ?? '';

  // Not where the vendor sits, not by opening it, and not by anybody else.
  await machine.goto(link);
  await machine.getByText('This cannot be confirmed here').waitFor();
  expect(await machine.getByRole('button', { name: 'Yes, it is me' }).count()).toBe(0);
  const scanned = await fetch(`${world.origin}${link}`, { redirect: 'manual' });
  expect([scanned.status, scanned.headers.get('location')]).toEqual([303, expect.stringContaining('/login')]);
  const colleague = await browserOf(world, people.visUgle);
  expect((await colleague.goto(link))?.status()).toBe(404);
  const phone = await browserOf(world, people.vakenSpurv);
  await phone.goto(link);
  await phone.getByRole('heading', { level: 1, name: 'Is it you in the other browser?' }).waitFor();
  await isSound(phone);
  await machine.goto(preview);
  await waits(machine);

  await phone.goto(link);
  await phone.getByRole('button', { name: 'Yes, it is me' }).click();
  await phone.getByText('It is confirmed that it is you in the other browser.').waitFor();
  await isSound(phone);
  await phone.goto(link);
  await phone.getByText('The link has been used.').waitFor();

  // The form that was kept is shown again, and confirmed.
  await machine.goto(preview);
  expect(await given()).toEqual([]);
  await acceptAndConfirm(machine);
  await machine.waitForURL(/done=/u);
  expect(await given()).toHaveLength(1);
  const audited = await world.rows(
    `select action, decision, rule from audit_entries where action like 'browser.%' order by id`,
  );
  expect(audited).toEqual([
    { action: 'browser.held', decision: 'refused', rule: 'held-browser' },
    { action: 'browser.confirmed', decision: 'allowed', rule: null },
  ]);
}, 90_000);

test('contact details wait too, with what was typed kept; a stop and a removal do not', async () => {
  const machine = await lentLogin(people.visUgle);
  await machine.goto(`${OWN}/business/contact/change`);
  await waits(machine);
  expect(await machine.locator('input[name=email]').count()).toBe(0);

  // A form that was open when the vendor's member came to the browser.
  const shared = await browserOf(world, people.visUgle);
  await shared.goto(`${OWN}/business/contact/change`);
  await shared.locator('input[name=email]').fill('vi@leverandor.example');
  await world.rows(
    `insert into devices (person_id, device_hash, first_of_person, first_seen_at, last_seen_at)
     select p.id, d.device_hash, false, now(), now() from persons p, devices d join persons o on o.id = d.person_id
     where p.name = 'Hjelpsom Hånd' and o.name = 'Vis Ugle' and not exists (select from devices t where t.person_id = p.id
       and t.device_hash = d.device_hash)`,
  );
  await submitMain(shared);
  await waits(shared);
  expect(await shared.locator('input[name=email]').inputValue()).toBe('vi@leverandor.example');
  await isSound(shared);
  expect(await world.rows(`select id from contact_changes`)).toEqual([]);

  // Whoever has no address in the contact register is told what else to do.
  world.standIns.control.setContact({ nationalId: people.visUgle });
  await machine.getByRole('link', { name: 'Confirm that it is me' }).click();
  await machine.getByRole('button', { name: 'Send me the link' }).click();
  await machine.getByText('We find no e-mail address of yours').waitFor();
  await isSound(machine);

  const [mandate] = await given();
  await machine.goto(`${ACCESS}/mandates/${String(mandate?.['id'])}/remove`);
  await submitMain(machine);
  await machine.waitForURL(/done=/u);
  expect(await given()).toEqual([]);
  await machine.goto(`${ACCESS}/stop/${organisations.cheapVendor}`);
  await submitMain(machine);
  await machine.getByText(`Emergency stop: ${VENDOR} is frozen`).waitFor();
  const [freeze] = await world.rows<{ id: string }>('select id from freezes');
  await machine.goto(`${ACCESS}/freezes/${freeze!.id}/lift`);
  await waits(machine);
}, 90_000);
