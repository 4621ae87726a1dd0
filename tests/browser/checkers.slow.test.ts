import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import QRCode from 'qrcode';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { type FixturePerson, Fixtures } from '../support/fixtures.ts';
import { browserOf } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const WORKER = { name: 'Munter Elv', nationalId: '02838536711' };

let folder: string;
let world: World;
let fixtures: Fixtures;
let worker: Page;
let holder: FixturePerson;
let card: { readonly id: string; readonly number: string; readonly token: string };
let second: typeof card;

/** What the camera sees: the QR code on the front of the card, as the browser's fake camera plays it. */
async function cameraFilm(text: string): Promise<Buffer> {
  const picture = await QRCode.toBuffer(text, { errorCorrectionLevel: 'M', scale: 5, margin: 4 });
  const qr = await sharp(picture).resize(440, 440, { kernel: 'nearest' }).toBuffer();
  const luma = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#b0b0b0' } })
    .composite([{ input: qr }])
    .greyscale()
    .raw()
    .toBuffer();
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, Buffer.alloc((640 * 480) / 2, 128)]);
  return Buffer.concat([Buffer.from('YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg\n'), frame, frame, frame]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kortvakt-checkers-'));
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
  worker = await browserOf(world, WORKER.nationalId);
  holder = await personNamed(WORKER.name);
  card = await cardOf(holder);
  second = await cardOf(await fixtures.person('Dyp Fjord'));
  await world.rows(`update cards set suspended_reason = 'DNR_INACTIVE' where id = $1`, [second.id]);
  await writeFile(film, await cameraFilm(`${world.origin}/c/${card.token}`));
}, 60_000);
afterAll(async () => {
  await fixtures.stop();
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

async function personNamed(name: string): Promise<FixturePerson> {
  const [row] = await world.rows<{ id: string }>('select id from persons where name = $1', [name]);
  return { id: row?.id ?? '', name, numberHash: Buffer.of(), tokenHash: Buffer.of() };
}

async function cardOf(person: FixturePerson): Promise<typeof card> {
  const business = await fixtures.business({ name: 'GRØNN SAG AS' });
  const boss = await fixtures.person('Dag Leder');
  const id = await fixtures.worker(business, person);
  const made = await fixtures.order(business, { id, personId: person.id, unit: business.unit }, boss);
  await world.rows('update photos set image = $2 where id = $1', [
    made.photoId,
    await drawPortrait(person.name),
  ]);
  const [row] = await world.rows<typeof card>(
    `update cards set holder_name = $2, employer_name = 'GRØNN SAG AS' where id = $1 returning id, number, token`,
    [made.cardId, person.name],
  );
  if (row === undefined) throw new Error('no card');
  return row;
}

/** No fault that axe finds and nothing wider than the window, on a wide screen and then on a phone. */
async function expectAccessible(page: Page): Promise<void> {
  expect(await problemsAtBothWidths(page)).toEqual([]);
}

test('an inspector scans a card on a phone, compares the face, seizes it, and the worker sees who it was', async () => {
  const page = await browserOf(world, people.skarpsyntOrn, { width: 390 });
  const [first, other] = [await fixtures.person('Flittig Operatør'), await fixtures.person('Trygg Avløser')];
  const id = await fixtures.appointment(await personNamed('Skarpsynt Ørn'), 'inspector', [first, other], {
    place: 'Oslo og Viken',
  });
  await page.goto('/staff');
  await page.getByRole('link', { name: /Inspector/u }).click();
  await page.locator('[data-scanner][data-state=ready]').waitFor();
  await expectAccessible(page);

  await page.locator('[data-start] button').click();
  await page.getByRole('heading', { name: 'The card is valid' }).waitFor({ timeout: 20_000 });
  const main = page.locator('main');
  for (const shown of [
    WORKER.name,
    'GRØNN SAG AS',
    card.number,
    'Oslo og Viken',
    'The holder works in the business',
  ])
    expect(await main.innerText()).toContain(shown);
  await page.getByAltText('The photo of the holder').waitFor();
  const width = `(async () => { const photo = document.querySelector('.checked-photo'); await photo.decode(); return photo.naturalWidth; })()`;
  expect(await page.evaluate<number>(width)).toBeGreaterThan(100);
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Seize the card' }).click();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Seize and block' }).click();
  await page.getByText('The card is seized and blocked for good').waitFor();

  await page.getByRole('link', { name: 'Check many' }).click();
  await expectAccessible(page);
  await page.getByLabel('Card numbers').fill(`${card.number}\n${second.number}\n99999999`);
  await page.getByRole('button', { name: 'Check the cards' }).click();
  await page.getByText('0 of 3 cards are valid').waitFor();
  const rows = page.getByRole('row');
  expect(await rows.filter({ hasText: card.number }).innerText()).toContain('It is seized by an inspector');
  expect(await rows.filter({ hasText: second.number }).innerText()).toContain('Dyp Fjord');
  expect(await rows.filter({ hasText: '99999999' }).innerText()).toContain('Unknown');
  await expectAccessible(page);
  await page.getByRole('link', { name: 'See the check' }).click();
  await page.getByText('Unaltered').waitFor();
  expect(await main.innerText()).not.toContain(WORKER.name);
  await expectAccessible(page);

  await worker.goto('/my-cards');
  const seen = worker.getByRole('row').filter({ hasText: 'Skarpsynt Ørn' });
  expect(await seen.count()).toBe(2);
  expect(await seen.last().innerText()).toMatch(/Inspector.*name, photo, conditions/su);
  expect(await worker.locator('main').innerText()).toContain('Seized by an inspector');

  await world.rows('update staff_appointments set ended_at = now() where id = $1', [id]);
  expect((await page.goto(`/checker/${id}`))?.status()).toBe(404);
});

test('an officer gives a coordinator the role for a place, who then needs the birth date on the card', async () => {
  const boss = await browserOf(world, people.vakenSpurv);
  await boss.goto(`/b/${organisations.blueHammer}/business/checkers`);
  await expectAccessible(boss);
  await boss.getByRole('link', { name: 'Give somebody the role' }).click();
  await expectAccessible(boss);
  await boss.getByLabel('Name', { exact: true }).fill('D. Fjord');
  await boss.getByLabel('E-mail').fill('fjord@example.no');
  await boss.getByRole('radio', { name: "The client's coordinator" }).check();
  await boss.getByLabel('Place').fill('Kai 14');
  await boss.getByLabel('Last day').fill(new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10));
  await boss.getByRole('button', { name: 'Send the link' }).click();
  await boss.getByText('The link is sent').waitFor();

  // The link goes by mail, as every secret: whoever has it logs in and takes the role.
  const coordinator = await browserOf(world, '13857749825', { width: 390 });
  await world.rows(
    `update staff_appointments set token_hash = sha256('a-link-from-the-mail'::bytea) where place = 'Kai 14'`,
  );
  await coordinator.goto('/appointments/a-link-from-the-mail');
  await coordinator.getByRole('button', { name: /me, I take the role/u }).click();

  await boss.reload();
  await boss.getByRole('link', { name: 'See and confirm' }).click();
  await expectAccessible(boss);
  await boss.getByRole('button', { name: 'Confirm the role' }).click();
  await boss.getByText('The appointment is confirmed').waitFor();

  await coordinator.goto('/staff');
  await coordinator.getByRole('link', { name: "The client's coordinator" }).click();
  await coordinator.getByLabel('Card number, or the code on the card').fill(second.number);
  await coordinator.getByRole('button', { name: 'Check the card' }).click();
  await coordinator.getByText('Type the date of birth').first().waitFor();
  await expectAccessible(coordinator);
  await coordinator.getByLabel('Date of birth').fill('1.1.1990');
  await coordinator.getByRole('button', { name: 'Check the card' }).click();
  await coordinator.getByRole('heading', { name: 'The card is suspended' }).waitFor();
  expect(await coordinator.locator('main').innerText()).toContain('The D-number is no longer active');
});
