import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { browserOf, submitMain } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ demo: true });
}, 90_000);
afterAll(async () => {
  await world.stop();
});

/** What axe finds wrong with the page, and whether it is wider than the window, at both widths. */
test('an officer checks what a third party may have, and is led to what mends it, without JavaScript', async () => {
  const officer = await browserOf(world, people.vakenSpurv, { javaScript: false });
  await officer.goto(`/b/${organisations.blueHammer}/business/access`);
  await officer.getByRole('link', { name: 'Self-check: ordered through others?' }).click();
  await submitMain(officer);
  expect(await officer.getByText('Choose an answer').count()).toBeGreaterThanOrEqual(10);
  const fine = { shared: 'no', loginPage: 'no', person: 'no', contact: 'unsure', everyone: 'no' };
  for (const key of ['workers', 'agreement', 'security', 'breakdown', 'liable'])
    await officer.locator(`input[name=${key}][value=yes]`).check();
  for (const [key, value] of Object.entries(fine))
    await officer.locator(`input[name=${key}][value=${value}]`).check();
  await submitMain(officer);
  await officer.getByText('2 things to put right').waitFor();
  const remove = officer.getByRole('link', { name: 'See who has access' });
  expect(await remove.getAttribute('href')).toBe(`/b/${organisations.blueHammer}/business/access`);
  await officer.getByRole('link', { name: 'See and confirm the contact details' }).click();
  await officer.waitForURL(`**/b/${organisations.blueHammer}/business/contact`);
}, 60_000);

test('anyone checks themselves, compares vendors, and reports a page; a case officer answers by mail', async () => {
  const anyone = await world.newBrowser({ language: 'en' });
  await anyone.goto('/self-check');
  expect(await problemsAtBothWidths(anyone)).toEqual([]);
  for (const radio of await anyone.locator('input[value=unsure]').all()) await radio.check();
  await submitMain(anyone);
  await anyone.getByText('10 things to put right').waitFor();
  expect(await problemsAtBothWidths(anyone)).toEqual([]);

  await anyone.getByRole('link', { name: 'Compare the vendors' }).click();
  await anyone.getByText('NOK 132.90 + VAT per card').waitFor();
  expect(await anyone.locator('main h2').first().innerText()).toBe('Order it yourself');
  await anyone.locator('select[name=sort]').selectOption('fee');
  await submitMain(anyone);
  await anyone.waitForURL(/sort=fee/u);
  expect(await problemsAtBothWidths(anyone)).toEqual([]);

  await anyone.getByRole('link', { name: 'Report a vendor or a look-alike page' }).click();
  expect(await problemsAtBothWidths(anyone)).toEqual([]);
  await anyone.getByLabel('Whom or what is it about?').fill('RIMELIG KORTHJELP');
  await anyone.getByLabel('The address of the page').fill('https://hmskort.example/login');
  await anyone.getByLabel('What has happened?').fill('The page asked for my code.\nIt looked the same.');
  await anyone.getByLabel('E-mail, if you want an answer').fill('melder@example.no');
  await submitMain(anyone);
  await anyone.getByText('Thank you, the report is sent').waitFor();

  const officer = await browserOf(world, people.grundigMappe);
  await officer.goto('/staff');
  await officer.getByRole('link', { name: 'Reports of vendors and look-alike pages' }).click();
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await officer.getByRole('link', { name: 'RIMELIG KORTHJELP' }).click();
  await officer.getByRole('button', { name: 'Take the case' }).click();
  await officer.getByText('You have taken the case.').waitFor();
  await officer.getByLabel('New note').fill('The bank has been called.');
  await officer.getByRole('button', { name: 'Add', exact: true }).click();
  await officer.getByText('The note has been added.').waitFor();
  const report = new URL(officer.url()).pathname;
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await officer.getByRole('button', { name: 'Find the vendor and bar it' }).click();
  await officer.getByRole('link', { name: 'RIMELIG KORTHJELP AS' }).click();
  await officer.getByRole('link', { name: 'Bar the vendor' }).waitFor();
  await officer.goto(report);
  await officer.getByLabel('Answer to whoever reported').fill('The page has been closed.');
  await officer.getByRole('button', { name: 'Answer and close the case' }).click();
  await officer.getByText('The case has been answered.').waitFor();
  const mail = await world.mail('melder@example.no');
  expect(mail.text).toContain('The page has been closed.');
  await officer.reload();
  await officer.getByText('the address deleted from the case').waitFor();
}, 90_000);
