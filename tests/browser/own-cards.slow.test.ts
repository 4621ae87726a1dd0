import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawPortrait } from '../../src/demo-portrait.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { problemsAtBothWidths } from '../support/barriers.ts';
import { browserOf, makeCards, orderCards } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const WORKER = { name: 'Munter Elv', nationalId: '02838536711' };

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

/** No fault that axe finds and nothing wider than the window, on a wide screen and on a phone. */
async function expectAccessible(page: Page): Promise<void> {
  expect(await problemsAtBothWidths(page)).toEqual([]);
}

/** The worker's card, ordered by an officer and sent. */
async function cardOfWorker(officer: Page): Promise<{ id: string; number: string; token: string }> {
  await orderCards(officer, OWN, { unit: /OSLO/u, workers: [WORKER.name] });
  const buffer = await drawPortrait(WORKER.name);
  await officer
    .locator('input[name^=photo]')
    .setInputFiles({ name: 'photo.jpg', mimeType: 'image/jpeg', buffer });
  await officer.getByRole('button', { name: 'Upload' }).click();
  await officer.getByText('The photo is saved.').waitFor();
  await makeCards(world);
  const shipped = () =>
    world.rows<{ id: string; number: string; token: string }>(
      `select id, number, token from cards where production = 'shipped'`,
    );
  await expect.poll(async () => (await shipped()).length, { timeout: 20_000 }).toBe(1);
  return (await shipped())[0]!;
}

test('a worker sees the card and who has looked at it, reports it stolen at night, and it is blocked for everyone', async () => {
  const officer = await browserOf(world, people.vakenSpurv);
  const card = await cardOfWorker(officer);
  await officer.goto(`${OWN}/cards/${card.id}`);
  await officer.getByRole('heading', { name: WORKER.name }).waitFor();

  const worker = await browserOf(world, WORKER.nationalId);
  await worker.goto('/businesses');
  await worker.getByRole('link', { name: 'My cards, and who has seen my data' }).click();
  await worker.getByRole('heading', { name: 'My cards', level: 1 }).waitFor();
  const main = worker.locator('main');
  for (const shown of [card.number, 'BLÅ HAMMER AS', 'Våken Spurv, BLÅ HAMMER AS', 'name, birth date'])
    expect(await main.innerText()).toContain(shown);
  await expectAccessible(worker);
  await worker.goto('/my-cards/disclosures');
  expect(await worker.getByRole('row').filter({ hasText: 'Våken Spurv' }).count()).toBeGreaterThan(0);
  await expectAccessible(worker);

  await worker.goto('/my-cards');
  await worker.getByRole('link', { name: `Report lost or stolen: card ${card.number}` }).click();
  await expectAccessible(worker);
  await worker.getByRole('button', { name: 'Block the card for good' }).click();
  await worker.getByText('Choose what has happened to the card').first().waitFor();
  await expectAccessible(worker);
  await worker.getByRole('radio', { name: 'It is stolen' }).check();
  await worker.getByRole('button', { name: 'Block the card for good' }).click();
  await worker.getByText('The card is blocked for good. The employer has been told.').waitFor();
  await expectAccessible(worker);

  await officer.goto(`/c/${card.token}`);
  expect(await officer.locator('main').innerText()).toContain('blocked');
  await officer.goto(`${OWN}/cards/${card.id}`);
  await officer.getByText('Reported stolen and blocked for good').waitFor();
  const told = await world.rows<{ template: string }>(
    `select template from notices where template like 'cards:%' order by template`,
  );
  expect(told.map(({ template }) => template)).toEqual([
    'cards:notice.holder-stolen',
    'cards:notice.own-stolen',
  ]);
  await world.mail(
    'post@blahammer.example',
    new RegExp(`${card.number} er meldt stjålet av innehaveren`, 'u'),
  );
  await world.mail('munter.elv@example.no', new RegExp(`Du har meldt HMS-kort ${card.number} stjålet`, 'u'));
  // Another person is told nothing of the card.
  const other = await browserOf(world, '13857749825');
  await other.goto('/businesses');
  expect(await other.getByRole('link', { name: 'My cards' }).count()).toBe(0);
  expect((await other.goto(`/my-cards/${card.id}/report`))?.status()).toBe(404);
}, 120_000);
