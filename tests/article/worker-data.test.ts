import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import {
  browserOf,
  fairVendor,
  giveVendorAccess,
  orderCards,
  submitMain,
  tickWorkers,
} from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const AS_VENDOR = `${OWN}/by/${fairVendor.number}`;
/** Whom the business ticked for the vendor, and the year that is shown with the name. */
const TICKED = { name: 'Áilu Čáhcesuolu', born: '1983' } as const;

let world: World;
let unit: string;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  // All that a vendor may have, but for the worker list.
  const { mandateId } = await giveVendorAccess(world, [
    'orders.prepare',
    'orders.place',
    'orders.read',
    'cards.read',
    'cards.block',
  ]);
  await tickWorkers(world, mandateId, [TICKED.name]);
  const [worker] = await world.rows<{ unit: string }>('select unit_id as unit from workers where name = $1', [
    TICKED.name,
  ]);
  unit = worker?.unit ?? '';
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** The business's other workers: their names, and their dates of birth in both ways that pages write dates. */
async function othersData(): Promise<{ id: string; name: string; traces: string[] }[]> {
  const rows = await world.rows<{ id: string; name: string; nb: string; en: string }>(
    `select w.id, w.name, to_char(w.birth_date, 'DD.MM.YYYY') as nb, to_char(w.birth_date, 'FMDD Mon YYYY') as en
     from workers w join businesses b on b.id = w.business_id where b.organisation_number = $1 and w.name <> $2`,
    [organisations.blueHammer, TICKED.name],
  );
  return rows.map(({ id, name, nb, en }) => ({ id, name, traces: [name, nb, en] }));
}

/** An order of the business's own with a photo, and the list of workers: what a vendor would find if it got there. */
async function ownOrder(): Promise<{ order: string; photo: string; list: string }> {
  const officer = await browserOf(world, people.vakenSpurv);
  await officer.goto(`${OWN}/orders/new?unit=${unit}`);
  const list = await officer.content();
  const order = await orderCards(officer, OWN, { unit: /TROMSØ/u, workers: ['Máret Đuottar'] });
  const buffer = await drawPortrait('Máret Đuottar');
  await officer
    .locator('input[name^=photo]')
    .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer });
  await officer.getByRole('button', { name: 'Upload' }).click();
  await officer.getByRole('link', { name: /^Photo of/u }).waitFor();
  await officer.context().close();
  const [row] = await world.rows<{ id: string }>(
    'select photo_id as id from order_lines where order_id = $1',
    [order],
  );
  return { order, photo: row?.id ?? '', list };
}

const disclosed = () =>
  world.rows(
    `select distinct p.name, d.fields::text[] as fields, d.occasion from disclosures d
     join persons p on p.id = d.subject_person_id join businesses v on v.id = d.vendor_id
     where v.organisation_number = $1`,
    [fairVendor.number],
  );

async function statuses(page: Page, paths: readonly string[]): Promise<(number | undefined)[]> {
  const found: (number | undefined)[] = [];
  for (const path of paths) found.push((await page.goto(path))?.status());
  return found;
}

describe('They can also access personal information about employees', () => {
  test('without the worker list a vendor sees the ticked worker, by name and year of birth, and no trace of another', async () => {
    const others = await othersData();
    expect(others).toHaveLength(41);
    const own = await ownOrder();
    // Where they are shown they are found: name and date of birth of the unit's others who can be ordered for.
    expect(
      others.filter(({ traces }) => traces.filter((trace) => own.list.includes(trace)).length === 2),
    ).toHaveLength(15);
    const page = await browserOf(world, fairVendor.member);
    await page.goto(`${AS_VENDOR}/orders/new?unit=${unit}`);
    await page.getByText(TICKED.name).waitFor();
    await page.getByText(`Born in ${TICKED.born}`).waitFor();
    const pages = ['/orders', '/orders/new', `/orders/new?unit=${unit}`, '/orders/new/look-up', '/cards'];
    // Ids that were guessed, or found in some other way, open nothing.
    const guessed = others.map(({ id }) => `worker=${id}`).join('&');
    pages.push(`/orders/new?unit=${unit}&${guessed}`);
    for (const path of pages) {
      expect([path, (await page.goto(AS_VENDOR + path))?.status()]).toEqual([path, 200]);
      const shown = await page.content();
      expect(others.flatMap(({ traces }) => traces).filter((trace) => shown.includes(trace))).toEqual([]);
    }
    const key = '01980000-0000-7000-8000-000000000000';
    await page.goto(`${AS_VENDOR}/orders/new/confirm?key=${key}&unit=${unit}&${guessed}`);
    const shown = await page.content();
    expect(others.filter(({ name }) => shown.includes(name))).toEqual([]);
    expect(await page.getByRole('button', { name: 'Place the order' }).count()).toBe(0);
    expect(
      await statuses(page, [
        `${AS_VENDOR}/orders/${own.order}`,
        `${AS_VENDOR}/photos/${own.photo}`,
        `${AS_VENDOR}/photos/${own.photo}/thumbnail`,
        `${OWN}/photos/${own.photo}`,
      ]),
    ).toEqual([404, 404, 404, 404]);
    // The second place: what anyone at the vendor was shown, of whom.
    expect(await disclosed()).toEqual([
      { name: TICKED.name, fields: ['name', 'birth-year'], occasion: 'worker-offer' },
    ]);
    await page.context().close();
  }, 60_000);

  test('who asks by number learns the same for every wrong guess, and the business sees the guesses', async () => {
    const page = await browserOf(world, fairVendor.member, { language: 'nb', width: 390, javaScript: false });
    const before = await disclosed();
    const answers = new Set<string>();
    for (const [number, surname] of [
      [people.munterElv, 'Feil'], // another name
      [people.skinnendeSape, 'Såpe'], // another employer
      [people.fremmedFugl, 'Fugl'], // no employer
      [people.ferdigSluttspurt, 'Sluttspurt'], // no longer employed
    ] as const) {
      await page.goto(`${AS_VENDOR}/orders/new/look-up`);
      await page.locator('input[name=number]').fill(number);
      await page.locator('input[name=surname]').fill(surname);
      await submitMain(page);
      answers.add(await page.locator('main').innerText());
      expect(page.url()).not.toContain(number);
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('Det kan ikke bestilles kort til denne personen. Spør virksomheten.');
    expect(await disclosed()).toEqual(before);

    const officer = await browserOf(world, people.vakenSpurv);
    await officer.goto(`${OWN}/orders`);
    const lookUps = officer.locator('main section').filter({ hasText: "Vendors' searches for workers" });
    expect(await lookUps.locator('tbody tr').innerText()).toMatch(/RIMELIG KORTHJELP AS\s.*\s0\s+4$/su);
    expect(
      await world.rows(
        `select count(*)::int as n from audit_entries where action = 'worker.looked-up' and changes->>'hit' = 'false'`,
      ),
    ).toEqual([{ n: 4 }]);
  }, 60_000);
});
