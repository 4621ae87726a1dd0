import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawDocument, drawPortrait } from '../../src/demo-portrait.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { barriersOf } from '../support/barriers.ts';
import { browserOf, orderCards, reviewerOf } from '../support/steps.ts';
import { startWorld, type World } from '../support/world.ts';

const OWN = `/b/${organisations.blueHammer}`;
const NAMES = ['Munter Elv', 'Ærlig Østavind'] as const;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await reviewerOf(world);
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function expectAccessible(page: Page): Promise<void> {
  expect(await barriersOf(page)).toEqual([]);
}

/** Sends a photo and a passport for a line of the order that is open. */
async function sendMedia(page: Page, orderId: string, name: string, photo: Buffer): Promise<void> {
  const [line] = await world.rows<{ id: string; document: string | null }>(
    'select id, document_id as document from order_lines where order_id = $1 and holder_name = $2',
    [orderId, name],
  );
  const file = (buffer: Buffer) => ({ name: 'a.jpg', mimeType: 'image/jpeg', buffer });
  await page.locator(`input[name="photo-${line?.id ?? ''}"]`).setInputFiles(file(photo));
  await page.locator(`form[action$="${line?.id ?? ''}/photo"] button`).click();
  await page.getByText('The photo is saved.').waitFor();
  if (line?.document !== null) return;
  const form = page.locator(`form[action$="${line.id}/document"]`);
  await page.locator('details', { has: form }).locator('summary').click();
  await form.locator('input[value=passport]').check();
  await form.locator('input[type=file]').setInputFiles(file(await drawDocument(name)));
  await form.locator('button').click();
  await page.getByText('The identity document is saved.').waitFor();
}

test.each([
  { width: 1280, javaScript: true },
  { width: 390, javaScript: false },
])(
  'a reviewer at $width px (scripts: $javaScript) sends one photo back, and the orderer sends another',
  async ({ width, javaScript }) => {
    const name = javaScript ? NAMES[0] : NAMES[1];
    const officer = await browserOf(world, people.vakenSpurv, { width, javaScript });
    const orderId = await orderCards(officer, OWN, { unit: /OSLO/u, workers: [name] });
    await sendMedia(officer, orderId, name, await drawPortrait(`${name} uskarp`));
    await officer.getByText('Under review').first().waitFor();

    const reviewer = await browserOf(world, people.noyeBlikk, { width, javaScript });
    await reviewer.goto('/staff');
    await reviewer.getByRole('link', { name: 'Reviewer at the card issuer' }).click();
    await reviewer.getByText('One case waits').waitFor();
    if (javaScript) await expectAccessible(reviewer);
    await reviewer.locator('main table a').first().click();
    await reviewer.getByText(name).first().waitFor();
    if (javaScript) await expectAccessible(reviewer);
    if (javaScript) {
      const drawn = '[...document.querySelectorAll("main img")].map((image) => image.naturalWidth > 0)';
      await expect.poll(() => reviewer.evaluate(drawn)).toEqual([true, true]);
    }
    await reviewer.locator('input[name=photo][value=reject]').check();
    await reviewer.locator('input[name=document][value=accept]').check();
    await reviewer.getByRole('button', { name: 'Save the decision' }).click();
    await reviewer.getByText('Tick at least one reason').first().waitFor();
    await reviewer.locator('input[value=blurred]').check();
    await reviewer.getByRole('button', { name: 'Save the decision' }).click();
    await reviewer.getByText('Rejected. Whoever ordered is told').waitFor();

    // The orderer is told why, where to mend it, and sends only the photo.
    const reason = new RegExp(`ikke godkjent[\\s\\S]*uskarpt[\\s\\S]*${OWN}/orders/${orderId}`, 'u');
    await world.mail('vaken.spurv@example.no', reason);
    await officer.goto(`${OWN}/orders/${orderId}`);
    await officer.getByText('The photo was not accepted').waitFor();
    await officer.getByText('It is out of focus').waitFor();
    if (javaScript) await expectAccessible(officer);
    await sendMedia(officer, orderId, name, await drawPortrait(name));

    await reviewer.goto('/staff/media');
    await reviewer.locator('main table a').first().click();
    await reviewer.getByText('Accepted before').waitFor();
    expect(await reviewer.locator('input[name=document]').count()).toBe(0);
    await reviewer.locator('input[name=photo][value=accept]').check();
    await reviewer.getByRole('button', { name: 'Save the decision' }).click();
    await reviewer.getByText('The card has got its number').waitFor();
    const [line] = await world.rows<{ state: string; number: string | null }>(
      'select state, card_number as number from order_lines where order_id = $1',
      [orderId],
    );
    expect(line?.number).toMatch(/^[1-9][0-9]{7}$/u);
    await officer.context().close();
    await reviewer.context().close();
  },
  90_000,
);
