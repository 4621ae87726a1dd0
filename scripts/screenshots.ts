import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { projectRoot } from '../src/database/project-root.ts';
import { launchChromium } from '../tests/support/chromium.ts';
import { freePort, startKortvakt, temporaryFolder } from '../tests/support/kortvakt-process.ts';
import { organisations, people } from '../stand-ins/world.ts';
import { passLogin } from '../tests/support/world.ts';

/**
 * Takes the README's pictures of a demonstration of its own, in a temporary folder and on free ports:
 * `npm run screenshots [-- FOLDER]`, otherwise into docs/pictures.
 */

const [, , folder = join(projectRoot, 'docs/pictures')] = process.argv;
const WIDTH = 1280;
const MAX_HEIGHT = 1250;
const MARGIN = 24;
const MAX_BYTES = 200_000;
const CARDS_PATIENCE_MS = 60_000;
const DAY_MS = 86_400_000;
const business = `/b/${organisations.blueHammer}`;

const { folder: data, remove } = temporaryFolder();
const kortvakt = startKortvakt({ KORTVAKT_DATA: data, PORT: String(await freePort()) });
try {
  const origin = /http:\S+/u.exec(await kortvakt.ready)?.[0] ?? '';
  const browser = await launchChromium();
  try {
    await takePictures(browser, origin);
  } finally {
    await browser.close();
  }
} finally {
  kortvakt.kill('SIGTERM');
  await kortvakt.ended;
  remove();
}

async function takePictures(browser: Browser, origin: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const officer = await logIn(browser, origin, people.vakenSpurv);
  await officer.goto(`${business}/business/access`);
  await picture(officer, 'access', {
    from: officer.locator('h1'),
    to: officer.getByRole('table').first(),
  });
  await previewDearVendor(officer);
  await picture(officer, 'preview', {
    from: officer.locator('.ds-breadcrumbs'),
    to: officer.locator('main section').filter({ hasText: 'What it costs' }).last(),
  });
  await openVendorsOrder(officer);
  await picture(officer, 'vendor-order', {
    from: officer.locator('.ds-breadcrumbs'),
    to: officer.locator('main .ds-alert').last(),
  });
  const inspector = await newPage(browser, origin);
  await checkCard(inspector, await cardNumber(officer));
  await picture(inspector, 'check', { to: inspector.locator('main .actions').last() });
}

async function newPage(browser: Browser, origin: string): Promise<Page> {
  const context = await browser.newContext({
    baseURL: origin,
    locale: 'en-GB',
    viewport: { width: WIDTH, height: 900 },
    deviceScaleFactor: 1,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return page;
}

async function logIn(browser: Browser, origin: string, nationalId: string): Promise<Page> {
  const page = await newPage(browser, origin);
  await page.goto('/login');
  await page.locator('main form button[type=submit]').click();
  await passLogin(page, nationalId);
  await page.waitForURL(`${origin}/businesses`);
  return page;
}

/** A mandate to the dear vendor as far as the page that says what it costs; without the rights that it does not give. */
async function previewDearVendor(page: Page): Promise<void> {
  await page.goto(`${business}/business/access/vendors/${organisations.dearVendor}`);
  await page.locator('input[name=rights][value="orders.place"]').check();
  await page.locator('textarea[name=purpose]').fill('Cards for the site at Torget 1');
  await page
    .locator('input[name=lastDay]')
    .fill(new Date(Date.now() + 90 * DAY_MS).toISOString().slice(0, 10));
  await page.getByRole('button', { name: 'See the preview' }).click();
  await page.waitForURL(/vendor-drafts/u);
  await leaveOut(page, 'main dl > div:is(:nth-child(2), :nth-child(3)):has(ul), main section:has(table)');
}

/** What a vendor ordered; the cards, one by one between who ordered and what it costs, are left out of the picture. */
async function openVendorsOrder(page: Page): Promise<void> {
  await page.goto(`${business}/orders`);
  await page.getByRole('row', { name: 'RIMELIG KORTHJELP AS' }).getByRole('link').first().click();
  await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
  await leaveOut(page, 'main section:has(.ds-card), main form, main .ds-alert:has(~ section)');
}

/** What a picture of this size has no room for. */
async function leaveOut(page: Page, selector: string): Promise<void> {
  await page.evaluate(`for (const part of document.querySelectorAll('${selector}')) part.remove()`);
}

/** The number of the worker's card, once the issuer has sent it. */
async function cardNumber(page: Page): Promise<string> {
  const card = page.getByRole('row', { name: /^Munter Elv .*Valid/u });
  const deadline = Date.now() + CARDS_PATIENCE_MS;
  do {
    if (Date.now() > deadline) throw new Error('No card was made.');
    await page.goto(`${business}/cards`);
  } while ((await card.count()) === 0);
  return /\b[0-9]{8}\b/u.exec(await card.innerText())?.[0] ?? '';
}

/** Looks a card up by what is printed on it. */
async function checkCard(page: Page, number: string): Promise<void> {
  await page.goto('/check');
  await page.locator('input[name=number]').fill(number);
  await page.locator('input[name=birthDate]').fill('02.03.1985');
  await page.locator('main form button[type=submit]').click();
  await page.locator('main dl').waitFor();
}

/** The page in its whole width, from its top or from one part of it to the end of another. */
async function picture(
  page: Page,
  name: string,
  { from, to }: { readonly from?: Locator; readonly to: Locator },
): Promise<void> {
  await page.evaluate('document.fonts.ready.then(() => true)');
  const [top, end] = [await from?.boundingBox(), await to.boundingBox()];
  const y = top ? Math.floor(top.y) - MARGIN : 0;
  const height = Math.ceil((end?.y ?? 0) + (end?.height ?? 0)) + MARGIN - y;
  if (height > MAX_HEIGHT) throw new Error(`${name} is too high: ${String(height)} px.`);
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y, width: WIDTH, height } });
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${path} is too large: ${String(size)} bytes.`);
  console.log(`${path}: ${String(height)} px high, ${String(Math.round(size / 1000))} kB`);
}
