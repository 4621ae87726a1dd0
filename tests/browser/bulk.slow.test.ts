import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { people } from '../../stand-ins/world.ts';
import { startWorld, type World } from '../support/world.ts';
import { zip, type ZipPart } from '../support/zip.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ demo: true });
}, 90_000);
afterAll(async () => {
  await world.stop();
});

const archive = (parts: readonly ZipPart[]) => ({
  name: 'photos.zip',
  mimeType: 'application/zip',
  buffer: zip(parts),
});

const file = (rows: readonly string[]) => ({
  name: 'ansatte.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(rows.join('\r\n')),
});

async function open(nationalId: string, path: string) {
  const page = await world.newBrowser({ language: 'en' });
  await page.goto('/login');
  await world.logIn(page, nationalId);
  await page.waitForURL(`${world.origin}/**`);
  await page.goto(path);
  return page;
}

test(
  'an officer orders from a file and sends photos as a ZIP: read, looked at, placed, put on',
  { timeout: 120_000 },
  async () => {
    const page = await open(people.vakenSpurv, '/b/310000019/orders/file');
    const [worker] = await world.rows<{ name: string; born: string }>(
      `select w.name, to_char(w.birth_date, 'DD.MM.YYYY') as born from workers w join businesses b on b.id = w.business_id
     where b.organisation_number = '310000019' and not w.deceased and w.number_active and w.employed_to is null
       and w.employed_from < now() and not exists (select from order_lines l where l.worker_id = w.id)
       and not exists (select from cards c where c.person_id = w.person_id) order by w.id limit 1`,
    );
    if (!worker) throw new Error('Nobody can be ordered for.');
    await page
      .locator('input[type=file]')
      .setInputFiles(
        file([
          'Name;Date of birth;Staff number',
          `${worker.name};${worker.born};077`,
          'Nobody Known;1.1.1980;',
        ]),
      );
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'Rows' }).waitFor({ timeout: 30_000 });
    expect(await page.getByText('No such worker is reported').count()).toBe(1);
    await page.getByRole('button', { name: 'Order one card' }).click();
    await page.getByText('The cards are ordered').waitFor();
    await page.getByRole('link', { name: 'Upload photos as a ZIP' }).click();
    await page.getByText('One worker lacks a photo').waitFor();
    const photo = await drawPortrait(worker.name);
    await page.locator('input[type=file]').setInputFiles(
      archive([
        { name: 'photos/77.jpg', content: photo },
        { name: 'photos/Nobody Known.jpg', content: photo },
        { name: 'photos/list.jpg', content: 'Name;Date of birth' },
      ]),
    );
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'The photos' }).waitFor({ timeout: 30_000 });
    expect(await page.getByText('Found by the employee number').count()).toBe(1);
    expect(await page.getByText('The file is not a JPEG or PNG picture').count()).toBe(1);
    await page.getByRole('link', { name: 'Choose whose Nobody Known.jpg is' }).click();
    await page.getByRole('button', { name: 'Leave the photo out' }).click();
    await page.getByText('The photo is left out').waitFor();
    await page.getByRole('button', { name: 'Put the photo on the order' }).click();
    await page.getByText('The photos have been put on the order').waitFor();
    expect(
      await world.rows(
        `select l.photo_id is not null as has from order_lines l join workers w on w.id = l.worker_id where w.name = $1`,
        [worker.name],
      ),
    ).toEqual([{ has: true }]);
    await page.getByRole('link', { name: worker.name }).click();
    await page.getByRole('heading', { name: worker.name }).waitFor();
    await page.getByRole('img', { name: new RegExp(worker.name, 'u') }).waitFor();
  },
);

test(
  'a vendor’s member learns from a file only for whom a card can be ordered',
  { timeout: 120_000 },
  async () => {
    const page = await open(people.hjelpsomHand, '/b/310000019/by/310000035/orders/file');
    await page
      .locator('input[type=file]')
      .setInputFiles(file(['National identity number;Name', `${people.vakenSpurv};Somebody Else`]));
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'Rows' }).waitFor({ timeout: 30_000 });
    expect(await page.getByText('Ask the business').count()).toBe(1);
    expect(await page.locator('body').innerText()).not.toContain(people.vakenSpurv);
  },
);
