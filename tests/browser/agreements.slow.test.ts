import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisations, people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { acceptAndConfirm, browserOf, fairVendor, previewMandate, submitMain } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const VENDOR = `/b/${fairVendor.number}`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** What axe finds wrong with the page, and whether it is wider than the window, at both widths. */
/** The file that a link downloads. */
async function download(page: Page, name: string | RegExp): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
  return file.path();
}

test('an agreement is read, signed by both sides, verified by anyone with the file, and ended', async () => {
  // The vendor's officer reads the agreement and signs it with the price.
  const manager = await browserOf(world, fairVendor.manager);
  await manager.goto(`${VENDOR}/business/vendor/profile`);
  expect(await problemsAtBothWidths(manager)).toEqual([]);
  await manager.getByText('When you publish, you sign the agreement for the vendor.').waitFor();
  await manager.locator('input[name=fee]').fill('99');
  await manager.locator('input[name=places]').fill('Norge og Sverige');
  for (const tick of ['agreement', 'terms']) await manager.locator(`input[name=${tick}]`).check();
  await submitMain(manager);
  // The places stand in the document: it is read once more before it is signed.
  await manager.getByText('The agreement has changed since you read it.').waitFor();
  await manager.getByText('The vendor processes the data here: Norge og Sverige.').waitFor();
  await manager.locator('input[name=agreement]').check();
  await submitMain(manager);
  await manager.waitForURL(/done=/u);

  // The business reads the same document, in nynorsk too, and signs it with the mandate.
  const officer = await browserOf(world, people.vakenSpurv);
  await previewMandate(officer, fairVendor, ['orders.place', 'orders.read']);
  const preview = officer.url();
  await officer.getByRole('link', { name: 'Read in bokmål, nynorsk or English' }).click();
  await officer.getByRole('link', { name: 'nynorsk' }).click();
  await officer.getByText('Leverandøren behandlar opplysningane her: Norge og Sverige.').waitFor();
  await officer.goto(preview);
  await acceptAndConfirm(officer);
  await officer.waitForURL(/done=/u);
  await officer.goto(`${OWN}/business/agreements`);
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await officer.getByRole('link', { name: fairVendor.name }).click();
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  const copy = await download(officer, 'Download the signed agreement');
  if (process.env['SHOTS'])
    await import('node:fs/promises').then((fs) => fs.copyFile(copy, '/tmp/shots/copy.pdf'));

  // Anyone with the file verifies it: with a script nothing of it leaves the browser, without one it is sent.
  for (const javaScript of [true, false]) {
    const anyone = await world.newBrowser({ language: 'en', javaScript });
    const sent: string[] = [];
    anyone.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.postData() ?? '');
    });
    await anyone.goto('/verify');
    if (javaScript) expect(await problemsAtBothWidths(anyone)).toEqual([]);
    await anyone.locator('input[type=file]').setInputFiles({
      name: 'agreement.pdf',
      mimeType: 'application/pdf',
      buffer: await readFile(copy),
    });
    await submitMain(anyone);
    await anyone.getByText('The agreement is genuine and in force').waitFor();
    await anyone.getByText('Våken Spurv').waitFor();
    if (javaScript) {
      expect(sent.join('')).not.toContain('%PDF');
      expect(await problemsAtBothWidths(anyone)).toEqual([]);
    }
  }

  // It ends, and the vendor confirms that it has deleted what it had.
  await officer.getByRole('link', { name: 'End the agreement' }).click();
  expect(await problemsAtBothWidths(officer)).toEqual([]);
  await submitMain(officer);
  await officer.getByText('The agreement has ended, and the mandate is stopped.').waitFor();
  await manager.goto(`${VENDOR}/business/vendor/agreements`);
  await manager.getByRole('link', { name: 'BLÅ HAMMER AS' }).click();
  await manager.getByRole('link', { name: 'Confirm deletion' }).click();
  expect(await problemsAtBothWidths(manager)).toEqual([]);
  await manager.getByLabel('All data and copies are deleted').check();
  await manager.locator('textarea[name=statement]').fill('Deleted from our archive');
  await submitMain(manager);
  await manager.getByText('The deletion is confirmed.').waitFor();
  await officer.reload();
  await officer.getByText('Deleted from our archive').waitFor();
  await manager.goto(`${VENDOR}/business/vendor/sub-processors`);
  expect(await problemsAtBothWidths(manager)).toEqual([]);
  await officer.goto(`${OWN}/business/agreements/record`);
  expect(await problemsAtBothWidths(officer)).toEqual([]);
}, 120_000);
