import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawDocument, drawPortrait } from '../../src/demo-portrait.ts';
import { people } from '../../stand-ins/world.ts';
import { barriersOf, isWiderThanWindow } from '../support/barriers.ts';
import { orderCards } from '../support/steps.ts';
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
  expect([page.url().replace(/[0-9a-f-]{36}/gu, '…'), await barriersOf(page)]).toEqual([
    expect.any(String),
    [],
  ]);
  expect(await isWiderThanWindow(page)).toBe(false);
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

test('an officer on a phone orders for several, renews in two clicks, replaces for a reason, and has a returned card sent on', async () => {
  const page = await world.newBrowser({ language: 'en', width: 390 });
  await page.goto('/');
  await world.logIn(page, people.vakenSpurv);
  const several = ['Glad Lerke', 'Lur Rev'];
  const orderId = await orderCards(page, '/b/310000019', { unit: /OSLO/u, workers: several });
  // They are reviewed, made and shipped, and the first one's card ends in a month.
  await world.rows(`update order_lines set state = 'shipped' where order_id = $1`, [orderId]);
  const cards = await world.rows<{ id: string; name: string }>(
    `with b as (insert into card_batches (created_at) values (now()) returning id)
     insert into cards (business_id, unit_id, worker_id, person_id, order_line_id, batch_id, number, token, card_type, holder_name,
       birth_date, employer_name, organisation_number, issued_at, expires_at, production)
     select l.business_id, l.unit_id, l.worker_id, w.person_id, l.id, b.id, (10000000 + row_number() over ())::text,
       l.confirmation_token, 'construction', w.name, w.birth_date, 'BLÅ HAMMER AS', '310000019', now() - interval '1 day',
       now() + case w.name when $2 then interval '30 days' else interval '700 days' end, 'shipped'
     from order_lines l join workers w on w.id = l.worker_id, b where l.order_id = $1
     returning id, holder_name as name`,
    [orderId, several[0]],
  );
  await page.goto(ORDERS);
  await page.getByRole('link', { name: 'Renew cards' }).click();
  await page.waitForURL(/confirm/u);
  await expectAccessible(page);
  expect(await page.locator('main').innerText()).toContain(several[0]);
  expect(await page.locator('main').innerText()).not.toContain(several[1]);
  await page.getByRole('button', { name: 'Place the order', exact: true }).click();
  await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
  const other = cards.find(({ name }) => name === several[1]);
  const address = `/b/310000019/cards/${other?.id ?? ''}`;
  await world.rows(`update cards set production = 'returned' where id = $1`, [other?.id]);
  await world.rows(
    `insert into card_returns (business_id, unit_id, worker_id, card_id, issuer_reference, reason, returned_at)
     select business_id, unit_id, worker_id, id, 'r-browser', 'unknown-address', now() from cards where id = $1`,
    [other?.id],
  );
  await page.goto(address);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Choose where it is sent' }).click();
  await page.getByRole('radio', { name: 'Another address' }).check();
  await page.locator('input[name=recipient]').fill('Brakka');
  await page.locator('[name=street]').fill('Torget 2');
  await page.locator('input[name=postalCode]').fill('9008');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Send the card' }).click();
  await page.getByText('The card is sent to the address that you chose.').waitFor();
  await page.getByText('Brakka, Torget 2, 9008 TROMSØ').waitFor();
  await page.getByRole('link', { name: 'Order another card for the holder' }).click();
  await page.getByRole('radio', { name: 'The card is lost' }).check();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Place the order', exact: true }).click();
  await page.waitForURL(/orders\/[0-9a-f-]{36}/u);
  expect(
    await world.rows(
      'select holder_name, blocked_reason from cards where id = any ($1) order by blocked_reason',
      [cards.map(({ id }) => id)],
    ),
  ).toEqual([
    { holder_name: several[1], blocked_reason: 'lost' },
    { holder_name: several[0], blocked_reason: null },
  ]);
  await page.context().close();
}, 60_000);

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
