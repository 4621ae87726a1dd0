import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashToken } from '../../src/identity/index.ts';
import { csrfToken } from '../../src/web/security.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { giveVendorAccess } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;

let world: World;
let officer: Page;
let caseOfficer: Page;
let vendor: Page;

beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read']);
  officer = await loggedIn(people.vakenSpurv);
  caseOfficer = await loggedIn(people.grundigMappe);
  vendor = await loggedIn(people.hjelpsomHand);
  await world.rows(
    `insert into staff_appointments (role, name, email, ends_at, proposed_by, proposed_at, token_hash, token_expires_at,
       accepted_by, accepted_by_name, accepted_at, approved_by, approved_at)
     select 'case-officer', s.name, 's@example.no', now() + interval '300 days', o.id, now() - interval '2 hours', sha256('x'::bytea), now(),
       s.id, s.name, now() - interval '1 hour', v.id, now() - interval '1 hour'
     from persons s, persons o, lateral (select id from persons where id not in (s.id, o.id) limit 1) v
     where s.name = 'Grundig Mappe' and o.name = 'Våken Spurv'`,
  );
}, 120_000);
afterAll(async () => {
  await world.stop();
});

async function loggedIn(nationalId: string): Promise<Page> {
  const page = await world.newBrowser({ language: 'en' });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

/** The case officer writes to the business, with its last day so many days from now; answers with the thread's id. */
async function write(subject: string, days: number): Promise<string> {
  const lastDay = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await caseOfficer.goto('/staff/messages/new');
  await caseOfficer.getByLabel('Organisation number').fill(organisations.blueHammer);
  await caseOfficer.getByLabel('Order to correct').check();
  await caseOfficer.getByLabel('Subject').fill(subject);
  await caseOfficer
    .getByLabel('Text', { exact: true })
    .fill('To {{business}}: put this right by {{deadline}}.');
  await caseOfficer.locator('input[name=lastDay]').fill(lastDay);
  await caseOfficer.getByRole('button', { name: 'See who gets it' }).click();
  await caseOfficer.getByText('The message goes to 1 business.').waitFor();
  await caseOfficer.getByRole('button', { name: 'Send to 1 business' }).click();
  await caseOfficer.getByText('The message has been sent.').waitFor();
  const [row] = await world.rows<{ id: string }>('select id from message_threads where subject = $1', [
    subject,
  ]);
  return row!.id;
}

test('a case officer writes, the business reads and answers, and the vendor gets nowhere', async () => {
  const thread = await write('Mangler ved byggeplassen', 20);
  await officer.goto(`${OWN}/orders`);
  await officer
    .getByRole('navigation', { name: 'Main menu' })
    .getByText(/[0-9]+ unread/u)
    .first()
    .waitFor({ state: 'attached' });
  await officer.goto(`${OWN}/business/messages`);
  await officer.getByRole('link', { name: 'Mangler ved byggeplassen' }).click();
  await officer.getByText(/To BLÅ HAMMER AS: put this right by/u).waitFor();
  await officer.getByLabel('The answer').fill('It has been put right.');
  await officer.getByRole('button', { name: 'Send the answer' }).click();
  await officer.getByText('The answer has been sent.').waitFor();
  await caseOfficer.goto('/staff/messages?show=answers');
  await caseOfficer.getByRole('link', { name: 'Mangler ved byggeplassen' }).click();
  await caseOfficer.getByText('It has been put right.').waitFor();
  await caseOfficer.getByText(/Opened by the business/u).waitFor();

  const asVendor = `${OWN}/by/${organisations.cheapVendor}/business/messages`;
  for (const path of [asVendor, `${asVendor}/${thread}`])
    expect((await vendor.goto(path))?.status()).toBe(403);
  expect((await vendor.goto(`${OWN}/business/messages`))?.status()).toBe(404);
  expect((await vendor.goto(`/staff/messages/threads/${thread}`))?.status()).toBe(404);
  const [cookie] = (await vendor.context().cookies()).filter(({ name }) => name.includes('session'));
  const secret = world.apps[0]!.services.config.secrets.sessionSecret;
  const token = csrfToken(secret, { tokenHash: hashToken(cookie!.value) });
  const forged = await vendor.request.post(`${asVendor}/${thread}`, {
    form: { body: 'forged', _csrf: token },
    headers: { 'Sec-Fetch-Site': 'same-origin', Origin: world.origin },
  });
  expect(forged.status()).toBe(403);
  expect(await world.rows(`select id from messages where body = 'forged'`)).toEqual([]);
}, 60_000);

/** Moves the clock so many days ahead, and waits until the message has been taken so far. */
async function takenTo(thread: string, days: number, name: string): Promise<void> {
  await world.rows(`update clock set offset_by = make_interval(secs => $1)`, [days * 86_400]);
  await world.rows(
    `update sessions set absolute_end = clock_now() + interval '1 day', last_seen_at = clock_now()`,
  );
  await world.rows(`select graphile_worker.add_job('messages.take-steps', '{}')`);
  await expect
    .poll(() => world.rows('select step from message_threads where id = $1', [thread]), { timeout: 20_000 })
    .toEqual([{ step: name }]);
}

/** No fault that axe finds and nothing wider than the window, on a phone and on a wide screen. */
async function expectAccessible(page: Page): Promise<void> {
  expect(await problemsAtBothWidths(page)).toEqual([]);
}

test('an officer whom the contact register knows no address of gives one, proves it with a code and is told there', async () => {
  const own = 'spurv.privat@example.net';
  world.standIns.control.setContact({ nationalId: people.vakenSpurv });
  await officer.goto('/profile');
  await officer.getByRole('link', { name: 'Your own address' }).first().click();
  await officer.getByLabel('E-mail address or mobile number').fill(own);
  await officer.getByRole('button', { name: 'Send a code' }).click();
  await officer.getByLabel(`Code sent to ${own}`).fill('000000');
  await officer.getByRole('button', { name: 'Confirm the address' }).click();
  await officer.getByText('The code is not right').first().waitFor();
  await expectAccessible(officer);
  const [code = ''] = /\b\d{6}\b/u.exec((await world.mail(own)).text) ?? [];
  await officer.getByLabel(`Code sent to ${own}`).fill(code);
  await officer.getByRole('button', { name: 'Confirm the address' }).click();
  await officer.getByText('The address is confirmed.').waitFor();
  await expectAccessible(officer);
  const thread = await write('Til egen adresse', 12);
  await takenTo(thread, 6.8, 'officers');
  await world.mail(own, new RegExp(thread, 'u'));
  world.standIns.control.setContact({ nationalId: people.vakenSpurv, email: 'vaken.spurv@example.no' });
  await world.rows(`update clock set offset_by = '0'`);
}, 60_000);

test('a message that nobody opens is taken from the business to its officers, the official address and the post', async () => {
  const business = await world.rows<{ email: string }>(
    `select email from contact_details c join businesses b on b.id = c.business_id where organisation_number = $1`,
    [organisations.blueHammer],
  );
  const official = 'varsling@blahammer.example';
  world.standIns.control.setNotificationAddress({
    organisationNumber: organisations.blueHammer,
    email: official,
  });
  const thread = await write('Pålegg som ingen åpner', 12);
  await world.mail(business[0]!.email, new RegExp(thread, 'u'));
  await takenTo(thread, 6.8, 'officers');
  await world.mail('vaken.spurv@example.no', new RegExp(thread, 'u'));
  await takenTo(thread, 9, 'second');
  const second = await world.mail(official, new RegExp(thread, 'u'));
  // What is sent says only that there is a message.
  expect(second.text).not.toMatch(/Pålegg|put this right|BLÅ HAMMER|Spurv/u);
  await takenTo(thread, 11.5, 'post');
  await caseOfficer.goto('/staff/messages?show=post');
  await caseOfficer.getByRole('link', { name: 'Pålegg som ingen åpner' }).click();
  await caseOfficer.getByRole('link', { name: 'Open the letter (PDF)' }).waitFor();
  const letter = await caseOfficer.request.get(`/staff/messages/threads/${thread}/letter.pdf`);
  expect((await letter.body()).subarray(0, 5).toString()).toBe('%PDF-');
  await caseOfficer.getByLabel('Reference').fill('RR123456789NO');
  await caseOfficer.getByRole('button', { name: 'The letter is posted' }).click();
  await caseOfficer.getByText('It is noted that the letter has been posted.').waitFor();
  await caseOfficer.getByText(/Sent by post/u).waitFor();
}, 120_000);
