import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawDocument, drawPortrait } from '../../src/demo-portrait.ts';
import { people } from '../../stand-ins/world.ts';
import { startWorld, type World } from '../support/world.ts';

const ORDERS = '/b/310000019/orders';

let world: World;
let photo: Buffer;
let document: Buffer;
beforeAll(async () => {
  world = await startWorld();
  photo = await sharp(await drawPortrait('Kort Holder'))
    .withExif({ IFD0: { Make: 'SECRETCAMERA' } })
    .jpeg()
    .toBuffer();
  document = await drawDocument('Kort Holder');
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  expect([page.url().replace(/[0-9a-f-]{36}/gu, '…'), found]).toEqual([expect.any(String), []]);
  const wider = await page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
  expect(wider).toBe(false);
}

/** Pixels from the button in the first fold to the link beneath it, at the moment in which the fold opens; it is shut again. */
function roomWhileOpening(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const fold = document.querySelector('main details');
    fold.open = true;
    const button = fold.querySelector('button').getBoundingClientRect();
    const link = document.querySelector('main a[href$="/card.svg"]').getBoundingClientRect();
    fold.open = false;
    return link.top - button.bottom;
  })()`);
}

describe.each([
  { language: 'en', width: 1280, javaScript: true },
  { language: 'nb', width: 390, javaScript: false },
] as const)(
  'an officer orders in $language at $width px (scripts: $javaScript)',
  ({ language, width, javaScript }) => {
    test('from the worker to the line that is under review, on pages without barriers', async () => {
      const words = {
        en: {
          next: 'Continue',
          place: 'Place the order',
          upload: 'Upload',
          saved: 'The photo is saved.',
          review: 'Under review',
        },
        nb: {
          next: 'Gå videre',
          place: 'Bestill',
          upload: 'Last opp',
          saved: 'Bildet er lagret.',
          review: 'Til vurdering',
        },
      }[language];
      const barriers = async (page: Page) => {
        // The checker is a script: it looks at the same page in a browser that runs them.
        if (javaScript) await expectAccessible(page);
      };
      const page = await world.newBrowser({ language, width, javaScript });
      await page.goto('/');
      await world.logIn(page, people.vakenSpurv);
      await page.goto(ORDERS);
      await barriers(page);
      await page.goto(`${ORDERS}/new`);
      await barriers(page);
      await page.locator('input[name=unit]').first().check();
      await page.getByRole('button', { name: words.next }).click();
      await page.waitForURL(/unit=/u);
      await barriers(page);
      await page.locator('input[name=worker]:not([disabled])').first().check();
      await page.getByRole('button', { name: words.next }).click();
      await page.waitForURL(/confirm/u);
      await barriers(page);
      expect(await page.locator('main').innerText()).toMatch(/132[.,]90[\s\S]*33[.,]23[\s\S]*166[.,]13/u);
      await page.getByRole('button', { name: words.place, exact: true }).click();
      await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
      await barriers(page);
      await page
        .locator('input[name^=photo]')
        .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: photo });
      await page.getByRole('button', { name: words.upload, exact: true }).click();
      await page.locator('main a img').first().waitFor();
      await page.getByText(words.saved).first().waitFor();
      await barriers(page);
      if (javaScript) expect(await roomWhileOpening(page)).toBeGreaterThanOrEqual(8);
      await page.locator('main details summary').first().click();
      await page.locator('input[type=radio][value=passport]').check();
      await page
        .locator('input[name^=document]')
        .setInputFiles({ name: 'pass.jpg', mimeType: 'image/jpeg', buffer: document });
      await barriers(page);
      await page.locator('form[action$="/document"] button').click();
      await page.getByText(words.review).first().waitFor();
      await barriers(page);
      const id = /orders\/([0-9a-f-]{36})/u.exec(page.url())?.[1];
      const [row] = await world.rows<{ state: string; image: Buffer; name: string }>(
        `select l.state, p.image, o.placed_by_name as name from orders o join order_lines l on l.order_id = o.id
        join photos p on p.id = l.photo_id where o.id = $1`,
        [id],
      );
      expect(row?.name).toBe('Våken Spurv');
      expect(row?.image.includes('SECRETCAMERA')).toBe(false);
      await page.context().close();
    });
  },
);

test('the page that lets a vendor order has no barriers, and says when there is no vendor', async () => {
  for (const width of [1280, 390]) {
    const page = await world.newBrowser({ language: 'en', width });
    await page.goto('/');
    await world.logIn(page, people.vakenSpurv);
    await page.goto(`${ORDERS}/offer`);
    await page.getByText('No vendor may order for the business').waitFor();
    await expectAccessible(page);
    await page.goto(ORDERS);
    await expectAccessible(page);
    await page.context().close();
  }
});
