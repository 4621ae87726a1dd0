import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawDocument, drawPortrait } from '../../src/demo-portrait.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf, isWiderThanWindow } from '../support/barriers.ts';
import { browserOf, orderCards } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const PHONE = 390;

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function expectAccessible(page: Page): Promise<void> {
  expect(await barriersOf(page)).toEqual([]);
  expect(await isWiderThanWindow(page)).toBe(false);
}

/** Orders a card and has the link shown; answers with where it leads. */
async function linkFor(name: string): Promise<{ readonly orderId: string; readonly path: string }> {
  const officer = await browserOf(world, people.vakenSpurv);
  const orderId = await orderCards(officer, OWN, { unit: /OSLO/u, workers: [name] });
  await officer.goto(`${OWN}/orders/${orderId}`);
  await officer.getByRole('link', { name: `Ask the worker ${name}` }).click();
  await expectAccessible(officer);
  await officer.locator('input[name=way][value=shown]').check();
  await officer.getByRole('button', { name: 'Ask', exact: true }).click();
  await officer.getByRole('img', { name: `QR code with the link for ${name}` }).waitFor();
  await expectAccessible(officer);
  const [, path = ''] = /(\/u\/[\w-]{22})/u.exec((await officer.locator('main').textContent()) ?? '') ?? [];
  await officer.context().close();
  return { orderId, path };
}

const file = (buffer: Buffer) => ({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer });

/** Twice as wide as it is high, with the portrait in its middle: as a phone held across takes it. */
async function acrossPhoto(name: string): Promise<Buffer> {
  const portrait = await drawPortrait(name);
  const side = { left: 400, right: 400, background: '#9db4c0' };
  return sharp(portrait).extend(side).jpeg().toBuffer();
}

async function photoOf(orderId: string) {
  const [row] = await world.rows<{
    state: string;
    width: number | null;
    height: number | null;
    asked: string | null;
  }>(
    `select l.state, p.width, p.height, p.upload_request_id as asked from order_lines l left join photos p on p.id = l.photo_id
     where l.order_id = $1`,
    [orderId],
  );
  return row;
}

async function sendDocument(page: Page, name: string, button: string): Promise<void> {
  await page.locator('input[name=kind][value=passport]').check();
  await page.locator('input[name=document]').setInputFiles(file(await drawDocument(name)));
  await page.getByRole('button', { name: button }).click();
}

test('a worker on a phone cuts the photo in the browser and delivers in Polish', async () => {
  const name = 'Munter Elv';
  const { orderId, path } = await linkFor(name);
  const phone = await world.newBrowser({ width: PHONE });
  const refused: string[] = [];
  phone.on('console', (message) => {
    if (message.type() === 'error') refused.push(message.text());
  });
  await phone.goto(path);
  await phone.getByText('BLÅ HAMMER').first().waitFor();
  await expectAccessible(phone);
  await phone.getByRole('link', { name: 'Polski' }).click();
  await phone.getByRole('heading', { name: 'Czy to Ty?' }).waitFor();
  await expectAccessible(phone);
  await phone.getByRole('button', { name: 'Tak, to ja i tam pracuję' }).click();
  await phone.locator('input[name=photo]').waitFor();
  expect(await phone.locator('[data-crop-tools]').isVisible()).toBe(false);

  await phone.locator('input[name=photo]').setInputFiles(file(await acrossPhoto(name)));
  await phone.locator('cropper-selection').waitFor();
  const frame = async () =>
    (await phone.locator('cropper-selection').boundingBox()) ?? { width: 0, height: 0, x: 0, y: 0 };
  await expect.poll(async () => (await frame()).height).toBeGreaterThan(50);
  const before = await frame();
  expect(before.width / before.height).toBeCloseTo(0.75, 1);
  await expectAccessible(phone);
  await phone.getByRole('button', { name: 'W prawo' }).click();
  await phone.getByRole('button', { name: 'Mniejsza ramka' }).click();
  const after = await frame();
  expect(after.height).toBeLessThan(before.height);
  // Dragging it beyond the photo leaves it within.
  await phone.mouse.move(after.x + after.width / 2, after.y + after.height / 2);
  await phone.mouse.down();
  await phone.mouse.move(after.x + after.width / 2 - 10, after.y + after.height / 2 + 4, { steps: 3 });
  await phone.mouse.move(after.x - 900, after.y, { steps: 3 });
  await phone.mouse.up();
  const [inner, outer] = [await frame(), await phone.locator('cropper-image').boundingBox()];
  expect(inner.x).toBeGreaterThanOrEqual((outer?.x ?? 0) - 2);
  await phone.getByRole('button', { name: 'W prawo' }).click();

  await phone.getByRole('button', { name: 'Wyślij zdjęcie' }).click();
  await phone.getByText('Zdjęcie zostało odebrane.').waitFor();
  await expectAccessible(phone);
  const photo = await photoOf(orderId);
  expect((photo?.width ?? 1) / (photo?.height ?? 1)).toBeCloseTo(0.75, 1);
  expect(photo?.asked).not.toBeNull();
  expect(await phone.locator('main img').count()).toBe(0);

  await sendDocument(phone, name, 'Wyślij dokument');
  await phone.getByRole('heading', { name: 'Dziękujemy' }).waitFor();
  await expectAccessible(phone);
  expect((await photoOf(orderId))?.state).toBe('under-review');
  await world.mail('vaken.spurv@example.no', /har sendt bilde og legitimasjon/u);
  await phone.goto(`${path}?in=pl`);
  await phone.getByText('Ten link nie działa').first().waitFor();
  await expectAccessible(phone);
  expect(refused.filter((text) => !text.includes('404'))).toEqual([]);
  await phone.context().close();
}, 120_000);

test('a worker on a phone without scripts delivers, is told what is wrong, and can say no', async () => {
  const name = 'Ærlig Østavind';
  const { orderId, path } = await linkFor(name);
  const phone = await world.newBrowser({ width: PHONE, javaScript: false, language: 'nb' });
  await phone.goto(path);
  await phone.getByRole('button', { name: 'Ja, dette er meg, og jeg jobber der' }).click();
  await phone.getByRole('button', { name: 'Send bildet' }).click();
  await phone.getByText('Velg en fil').first().waitFor();
  const blurred = await sharp(await drawPortrait(name))
    .resize(200)
    .jpeg()
    .toBuffer();
  await phone.locator('input[name=photo]').setInputFiles(file(blurred));
  await phone.getByRole('button', { name: 'Send bildet' }).click();
  await phone.getByText('Bildet er for lite').first().waitFor();
  expect(await phone.locator('[data-crop-tools]').isVisible()).toBe(false);
  await phone.locator('input[name=photo]').setInputFiles(file(await drawPortrait(name)));
  await phone.getByRole('button', { name: 'Send bildet' }).click();
  await phone.getByText('Bildet er mottatt.').waitFor();
  await sendDocument(phone, name, 'Send legitimasjonen');
  await phone.getByRole('heading', { name: 'Takk' }).waitFor();
  expect((await photoOf(orderId))?.state).toBe('under-review');
  await phone.context().close();

  const other = await linkFor('Blid Furu');
  const stranger = await world.newBrowser({ width: PHONE, javaScript: false });
  await stranger.goto(other.path);
  await stranger.locator('details summary', { hasText: 'something is wrong' }).click();
  await stranger.locator('input[value=not-employed]').check();
  await stranger.getByRole('button', { name: 'Stop and tell the business' }).click();
  await stranger.getByRole('heading', { name: 'Stopped' }).waitFor();
  await world.mail('vaken.spurv@example.no', /ikke jobber i/u);
  const officer = await browserOf(world, people.vakenSpurv);
  await officer.goto(`${OWN}/orders/${other.orderId}/ask`);
  await officer.getByText('Says: I do not work there').waitFor();
  await expectAccessible(officer);
  await Promise.all([stranger.context().close(), officer.context().close()]);
}, 120_000);

test('a worker who logs in sees what waits, after a mail and a text message to addresses that nobody was told', async () => {
  const mobile = '+4799000111';
  world.standIns.control.setContact({
    nationalId: '14869211037',
    email: 'rask.odegard@example.no',
    mobile,
  });
  const officer = await browserOf(world, people.vakenSpurv);
  const orderId = await orderCards(officer, OWN, { unit: /OSLO/u, workers: ['Rask Ødegård'] });
  await officer.goto(`${OWN}/orders/${orderId}/ask`);
  await officer.getByRole('button', { name: 'Ask', exact: true }).click();
  await officer.getByText('The links are on their way by e-mail and text message.').waitFor();
  const mail = await world.mail('rask.odegard@example.no', /ber deg om bilde og legitimasjon/u);
  const [link] = /http\S+\/u\/[\w-]{22}/u.exec(mail.text) ?? [];
  expect(link).toBeDefined();
  await expect.poll(() => world.standIns.control.sms(mobile)[0]?.text, { timeout: 15_000 }).toContain(link);
  const phone = await world.newBrowser({ width: PHONE });
  await phone.goto('/my-uploads');
  await world.logIn(phone, '14869211037');
  await phone.getByRole('heading', { name: 'What waits for you' }).waitFor();
  await expectAccessible(phone);
  await phone.getByRole('link', { name: /Send photo and identity document/u }).click();
  await phone.getByRole('button', { name: 'Yes, this is me' }).click();
  await phone.locator('input[name=photo]').waitFor();
  await expectAccessible(phone);
  await Promise.all([phone.context().close(), officer.context().close()]);
}, 120_000);
