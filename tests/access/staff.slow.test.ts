import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/database/project-root.ts';
import { addDays, osloToday } from '../../src/kernel/dates.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { giveVendorAccess } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

const AS_VENDOR = `/b/${organisations.blueHammer}/by/${organisations.cheapVendor}/orders`;
const lastDay = addDays(osloToday(new Date()), 180);

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await giveVendorAccess(world, ['orders.place', 'orders.read']);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** `npm run operator` as a process of its own, with the production's settings for it and no others. */
function operatorCommand(...words: string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(
      process.execPath,
      [join(projectRoot, 'node_modules/tsx/dist/cli.mjs'), 'src/operator-command.ts', ...words],
      {
        cwd: projectRoot,
        env: {
          PATH: process.env['PATH'] ?? '',
          DATABASE_MIGRATE_URL: world.database.urls.migrate,
          KORTVAKT_ORIGIN: world.origin,
        },
      },
      (error, output, errors) => {
        done({ code: typeof error?.code === 'number' ? error.code : 0, output: output.trim(), errors });
      },
    );
  });
}

async function browserOf(nationalId: string): Promise<Page> {
  const page = await world.newBrowser({ language: 'en' });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  return page;
}

test('two operators begin by the command on the server, after that four eyes appoint, and a case officer bars a vendor', async () => {
  // The first operator follows the printed link, and logs in on the way.
  const printed = await operatorCommand('Flittig Operatør', 'flittig.operator@example.no', lastDay);
  expect(printed).toMatchObject({ code: 0 });
  const first = await world.newBrowser({ language: 'en' });
  await first.goto(printed.output);
  await first.getByRole('heading', { level: 1, name: 'Appointment: Operator' }).waitFor();
  await first.getByRole('link', { name: 'Log in to answer' }).click();
  await world.logIn(first, people.flittigOperator);
  await first.getByRole('button', { name: 'It is me, I take the role' }).click();
  await first.getByText('The role is in force').first().waitFor();

  // The second has logged in at the lower level, and has to do so anew.
  const second = await world.newBrowser({ language: 'en' });
  await second.goto('/login');
  await world.logIn(second, people.tryggAvloser, 'substantial');
  await second.goto((await operatorCommand('Trygg Avløser', 'trygg.avloser@example.no', lastDay)).output);
  await second.getByRole('link', { name: 'Log in again' }).click();
  await second.locator('main form button[type=submit]').click();
  await passLogin(second, people.tryggAvloser);
  await second.getByRole('button', { name: 'It is me, I take the role' }).click();
  await second.getByText('The role is in force').first().waitFor();
  await world.mail('flittig.operator@example.no', /Trygg Avløser er blitt operatør med kommandoen/u);
  const third = await operatorCommand('Tredje Mann', 'tredje@example.no', lastDay);
  expect(third).toMatchObject({ code: 1, output: '' });
  expect(third.errors).toContain('Two operators are in force already');
  expect((await operatorCommand('Only a name')).errors).toContain('Usage: npm run operator');

  // One operator proposes a case officer, who answers the mail's link; the other confirms.
  await first.goto('/businesses');
  await first.getByRole('link', { name: 'Go to staff roles' }).click();
  await first.getByRole('link', { name: 'Operator' }).click();
  await first.getByRole('link', { name: 'Propose an appointment' }).click();
  await first.getByLabel('Name').fill('Grundig Mappe');
  await first.getByLabel('E-mail').fill('grundig.mappe@example.no');
  await first.getByLabel('Case officer of the Labour Inspection Authority').check();
  await first.getByLabel('Last day').fill(lastDay);
  await first.getByRole('button', { name: 'Send the link' }).click();
  await first.getByText('The link has been sent.').waitFor();
  const invitation = await world.mail('grundig.mappe@example.no', /Saksbehandler/u);
  const link = /http:\S+\/appointments\/\S+/u.exec(invitation.text)?.[0] ?? '';
  const caseOfficer = await browserOf(people.grundigMappe);
  await caseOfficer.goto(link);
  await caseOfficer.getByRole('button', { name: 'It is me, I take the role' }).click();
  await caseOfficer.getByText('An operator now confirms that it is you.').waitFor();
  expect((await caseOfficer.goto('/staff/vendors'))?.status()).toBe(404);
  await world.mail('trygg.avloser@example.no', /Grundig Mappe venter på bekreftelse/u);
  await first.goto('/staff/appointments');
  await first.getByText('You proposed this yourself.').waitFor();
  await second.goto('/staff/appointments');
  await second.getByRole('link', { name: 'See and confirm Grundig Mappe' }).click();
  await second.getByRole('button', { name: 'Confirm the appointment' }).click();
  await second.getByText('The appointment is confirmed').waitFor();
  await world.mail('grundig.mappe@example.no', /gjelder nå/u);

  // The case officer bars the vendor, whose next request is refused.
  const vendor = await browserOf(people.hjelpsomHand);
  expect((await vendor.goto(AS_VENDOR))?.status()).toBe(200);
  await caseOfficer.goto('/staff');
  await caseOfficer.getByRole('link', { name: 'Case officer' }).click();
  await caseOfficer.getByLabel("The vendor's name or organisation number").fill('rimelig');
  await caseOfficer.getByRole('button', { name: 'Search' }).click();
  await caseOfficer.getByRole('link', { name: 'RIMELIG KORTHJELP AS' }).click();
  await caseOfficer.getByRole('link', { name: 'Bar the vendor' }).click();
  await caseOfficer.getByRole('button', { name: 'Bar the vendor' }).click();
  await caseOfficer.getByRole('alert').waitFor();
  await caseOfficer.getByLabel('Reason').fill('Copied the login page of its customers');
  await caseOfficer.getByRole('button', { name: 'Bar the vendor' }).click();
  await caseOfficer.getByText('The vendor is barred from now on.').waitFor();
  expect((await vendor.reload())?.status()).toBe(403);
  await vendor.getByText('The vendor is barred').first().waitFor();

  // Everyone concerned is told: the vendor why and how to appeal, the customer what it means.
  const toVendor = await world.mail('rimelig.regnestykke@example.no', /stengt ute/u);
  expect(toVendor.text).toContain('Copied the login page of its customers');
  expect(toVendor.text).toContain('appeal within three weeks');
  const toCustomer = await world.mail(
    'vaken.spurv@example.no',
    /RIMELIG KORTHJELP AS kan ikke lenger handle/u,
  );
  expect(toCustomer.text).not.toContain('Copied the login page');
  const boss = await browserOf(people.rimeligRegnestykke);
  await boss.goto(`/b/${organisations.cheapVendor}/business/vendor`);
  await boss.getByText('Reason: Copied the login page of its customers').waitFor();
  await boss.getByText('appeal within three weeks').waitFor();
  const officer = await browserOf(people.vakenSpurv);
  await officer.goto(`/b/${organisations.blueHammer}/business/access`);
  await officer.getByText('The vendor is barred or not registered.').waitFor();

  // And lifts the bar.
  await caseOfficer.getByRole('link', { name: 'Lift the bar' }).click();
  await caseOfficer.getByLabel('Reason').fill('The appeal was right');
  await caseOfficer.getByRole('button', { name: 'Lift the bar' }).click();
  await caseOfficer.getByText('The bar is lifted.').waitFor();
  expect((await vendor.goto(AS_VENDOR))?.status()).toBe(200);
  await world.mail('rimelig.regnestykke@example.no', /opphevet[\s\S]*The appeal was right/u);

  // An appointment that is ended is gone with the next request.
  await first.goto('/staff/appointments');
  await first.getByRole('link', { name: 'End the appointment of Grundig Mappe' }).click();
  await first.getByRole('button', { name: 'End now' }).click();
  await first.getByText('The appointment has been ended.').waitFor();
  expect((await caseOfficer.goto('/staff/vendors'))?.status()).toBe(403);
  const chain = await world.rows(
    `select distinct business_id from audit_entries where action like 'appointment.%' or action like 'vendor.bar%'`,
  );
  expect(chain).toEqual([{ business_id: null }]);
}, 150_000);
