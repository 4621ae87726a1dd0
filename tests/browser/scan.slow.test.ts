import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import QRCode from 'qrcode';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishLists, signMissingCodes, type OfflineDependencies } from '../../src/offline/actions.ts';
import { barriersOf, isWiderThanWindow } from '../support/barriers.ts';
import { Fixtures } from '../support/fixtures.ts';
import { startWorld, type World } from '../support/world.ts';

let folder: string;
let world: World;
let fixtures: Fixtures;
let deps: OfflineDependencies;
let cardId: string;
let code: string;

/** What the camera sees: the code on grey, at 640 × 480, as the browser's fake camera plays it. */
async function cameraFilm(text: string): Promise<Buffer> {
  const picture = await QRCode.toBuffer(text, { errorCorrectionLevel: 'M', scale: 5, margin: 4 });
  const qr = await sharp(picture).resize(440, 440, { kernel: 'nearest' }).toBuffer();
  const luma = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#b0b0b0' } })
    .composite([{ input: qr }])
    .greyscale()
    .raw()
    .toBuffer();
  const chroma = Buffer.alloc((640 * 480) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  return Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg\n'), frame, frame, frame]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kortvakt-scan-'));
  const film = join(folder, 'camera.y4m');
  world = await startWorld({
    jobs: false,
    browserArguments: [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ],
  });
  fixtures = Fixtures.in(world.database);
  const { services } = world.apps[0] ?? {};
  if (services === undefined) throw new Error('no application');
  deps = { database: services.database, ...services.offline };
  const officer = await fixtures.person('Dag Leder');
  const business = await fixtures.business();
  const holder = await fixtures.person('Máret Øye');
  const workerId = await fixtures.worker(business, holder);
  const worker = { id: workerId, personId: holder.id, unit: business.unit };
  ({ cardId } = await fixtures.order(business, worker, officer));
  await world.rows(
    `update cards set holder_name = 'Máret Øye', employer_name = 'BLÅ HAMMER AS' where id = $1`,
    [cardId],
  );
  await signMissingCodes(deps);
  await publishLists(deps);
  code = (await world.rows<{ code: string }>('select code from card_codes'))[0]?.code ?? '';
  await writeFile(film, await cameraFilm(code));
}, 60_000);
afterAll(async () => {
  await fixtures.stop();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

async function withoutBarriers(page: Page): Promise<void> {
  expect(await barriersOf(page)).toEqual([]);
  expect(await isWiderThanWindow(page)).toBe(false);
}

async function open(page: Page): Promise<void> {
  await page.goto('/check/scan');
  await page.locator('[data-scanner][data-state=ready]').waitFor();
}

/** Starts the camera and hands back what kind of answer comes. */
async function scan(page: Page): Promise<string | null> {
  await page.locator('[data-start] button').click();
  const answer = page.locator('[data-verdicts][data-verdict]');
  await answer.waitFor({ state: 'attached', timeout: 20_000 });
  return answer.getAttribute('data-verdict');
}

/** The page and all that it needs are kept, and serve. */
async function untilKept(page: Page): Promise<void> {
  const kept = `(async () => {
    if (navigator.serviceWorker.controller === null) return false;
    const lists = await (await caches.match('/status'))?.json();
    if (lists === undefined) return false;
    const wasm = document.querySelector('[data-wasm]').dataset.wasm;
    const paths = ['/check/scan', '/status/keys', wasm, ...lists.status_lists.map((address) => new URL(address).pathname)];
    return (await Promise.all(paths.map((path) => caches.match(path)))).every((found) => found !== undefined);
  })()`;
  await expect.poll(() => page.evaluate<boolean>(kept), { timeout: 20_000 }).toBe(true);
}

test.each(['en', 'nb'] as const)('a card is scanned where there is no network, in %s', async (language) => {
  const page = await world.newBrowser({ width: 390, language });
  await open(page);
  await untilKept(page);
  await withoutBarriers(page);
  await world.unplug();
  try {
    await open(page);
    expect(await scan(page)).toBe('valid');
    const answer = page.locator('[data-verdicts]');
    expect(await answer.innerText()).toContain('Máret Øye');
    expect(await answer.innerText()).toContain('BLÅ HAMMER AS');
    expect(await page.locator('[data-value=asOf]').innerText()).toMatch(/\d{4}.*\d{2}[.:]\d{2}/u);
    await withoutBarriers(page);
  } finally {
    await world.plugIn();
  }
});

test('a card that is blocked later is valid as of the kept list, and blocked when there is a network again', async () => {
  const page = await world.newBrowser({ language: 'en' });
  await open(page);
  await untilKept(page);
  await world.rows(`update cards set blocked_at = now(), blocked_reason = 'stolen' where id = $1`, [cardId]);
  try {
    await world.unplug();
    await open(page);
    expect(await scan(page)).toBe('valid');
    const kept = await page.locator('[data-value=asOf]').innerText();
    expect(kept).toMatch(/\d{4}.*\d{2}[.:]\d{2}/u);
    await world.plugIn();
    await publishLists(deps);
    await open(page);
    expect(await scan(page)).toBe('blocked');
    // And so it stays without a network, as of the list that said it.
    await world.unplug();
    await open(page);
    expect(await scan(page)).toBe('blocked');
    expect(await page.locator('[data-verdicts]').innerText()).toContain('As of');
    expect(await page.locator('[data-value=asOf]').innerText()).toMatch(/\d{4}.*\d{2}[.:]\d{2}/u);
  } finally {
    await world.plugIn();
    await world.rows(`alter table cards disable trigger user`);
    await world.rows(`update cards set blocked_at = null, blocked_reason = null where id = $1`, [cardId]);
    await world.rows(`alter table cards enable trigger user`);
    await publishLists(deps);
  }
});

test('a picture is read as well, and the answer says what is wrong with it', async () => {
  const page = await world.newBrowser({ language: 'en' });
  await open(page);
  const choose = async (text: string): Promise<string> => {
    const buffer = await QRCode.toBuffer(text, { errorCorrectionLevel: 'M', scale: 4, margin: 4 });
    await page.locator('[data-verdicts]').evaluate((element: { removeAttribute(name: string): void }) => {
      element.removeAttribute('data-verdict');
    });
    await page.locator('[data-picture]').setInputFiles([]);
    await page.locator('[data-picture]').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer });
    const answer = page.locator('[data-verdicts][data-verdict]');
    await answer.waitFor({ state: 'attached' });
    return (await answer.getAttribute('data-verdict')) ?? '';
  };
  expect(await choose(code)).toBe('valid');
  expect(await choose(`${code.slice(0, 60)}${code[60] === 'A' ? 'B' : 'A'}${code.slice(61)}`)).not.toBe(
    'valid',
  );
  expect(await choose('https://kortvakt.evil.example/c/AAAAAAAAAAA')).toBe('elsewhere');
  expect(await page.locator('[data-verdicts]').innerText()).toContain('kortvakt.evil.example');
  expect(page.url()).toBe(`${world.origin}/check/scan`);
  expect(await choose(`${world.origin}/c/AAAAAAAAAAA`)).toBe('front');
  expect(await choose('Hello')).toBe('no-code');
  await withoutBarriers(page);
});

test('without scripts the page says how else a card is checked', async () => {
  const page = await world.newBrowser({ language: 'en', javaScript: false });
  await page.goto('/check/scan');
  expect(await page.locator('[data-without-script]').innerText()).toContain('JavaScript');
  await page.getByRole('link', { name: 'Check by card number instead' }).click();
  expect(new URL(page.url()).pathname).toBe('/check');
});
