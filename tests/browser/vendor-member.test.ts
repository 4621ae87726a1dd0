import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agreements } from '../../src/agreements/index.ts';
import { parsePlainDate } from '../../src/kernel/dates.ts';
import { hashToken, openSession } from '../../src/identity/index.ts';
import { addMember, assignMember, grantToVendor, publishVendorProfile } from '../../src/vendors/index.ts';
import { organisations, people } from '../../stand-ins/world.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ jobs: false });
  await letVendorOrder();
}, 60_000);
afterAll(async () => {
  await world.stop();
});

async function acting(nationalId: string, business: string) {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  const login = {
    iss: world.standIns.idportenOrigin,
    sub: nationalId,
    pid: nationalId,
    acr: 'idporten-loa-high',
    authTime: new Date(),
  } as const;
  const opened = await openSession(app.services.identity, login, 'test');
  return { tokenHash: hashToken(valueOf(opened).secret), business };
}

function valueOf<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** The fair vendor may order for the construction company, and one of its employees may use that; nothing more. */
async function letVendorOrder(): Promise<void> {
  const [app] = world.apps;
  if (!app) throw new Error('No application.');
  const { database, notify } = app.services;
  const deps = { database, notify, publicOrigin: world.origin, agreements };
  const vendor = await acting(people.rimeligRegnestykke, organisations.cheapVendor);
  valueOf(await publishVendorProfile(deps, vendor, { feeOre: 9900 }));
  const lastDay = parsePlainDate(new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10));
  if (lastDay === undefined) throw new Error('No such day.');
  const business = await acting(people.vakenSpurv, organisations.blueHammer);
  const { mandateId } = valueOf(
    await grantToVendor(deps, business, {
      vendorNumber: organisations.cheapVendor,
      proposal: {
        rights: ['orders.place'],
        units: null,
        lastDay,
        purpose: 'Cards for one project',
        limits: { cardsPerOrder: null, cardsPerMonth: null, orePerMonth: null },
      },
      acceptsAgreement: true,
      acceptsQuote: true,
    }),
  );
  const [worker] = await world.rows<{ id: string }>(`select id from workers where name = 'Hjelpsom Hånd'`);
  const member = valueOf(await addMember(deps, vendor, { workerId: worker?.id ?? '' }));
  valueOf(await assignMember(deps, vendor, { mandateId, personId: member.personId }));
}

describe("a vendor's member who may order and nothing more", () => {
  test('comes from the picker to the orders, and is offered no page that always refuses', async () => {
    const page = await world.newBrowser({ language: 'en' });
    await page.goto('/');
    await world.logIn(page, people.hjelpsomHand);
    await page.getByRole('link', { name: 'BLÅ HAMMER AS' }).click();
    await page.getByText('on behalf of RIMELIG KORTHJELP AS').waitFor();
    expect(new URL(page.url()).pathname).toBe('/b/310000019/by/310000035/orders');
    expect(await page.locator('nav.top-menu a').allInnerTexts()).toEqual(['Orders', 'Cards']);
    const refused = await page.goto('/b/310000019/by/310000035/business/access');
    expect(refused?.status()).toBe(403);
    await page.context().close();
  });

  test('reads each cell of the picker in one place on a phone, beside a name that fits', async () => {
    const page = await world.newBrowser({ language: 'nb', width: 390 });
    await page.goto('/');
    await world.logIn(page, people.hjelpsomHand);
    await page.getByRole('link', { name: 'BLÅ HAMMER AS' }).waitFor();
    // As text: what runs in the browser is not typed here.
    const cells = await page.evaluate<{ parts: number; fits: boolean }[]>(
      `[...document.querySelectorAll('td[data-label]:not([data-label=""])')].map((cell) => {
        const name = getComputedStyle(cell, '::before');
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = name.fontWeight + ' ' + name.fontSize + ' ' + name.fontFamily;
        const parts = cell.dataset.label.split(/[ \u00ad]/u);
        return {
          parts: cell.childNodes.length,
          fits: parts.every((part) => pen.measureText(part + '-').width <= parseFloat(name.width)),
        };
      })`,
    );
    expect(cells.length).toBeGreaterThan(0);
    // A word that is too long is broken where a hyphen belongs.
    for (const cell of cells) expect(cell).toEqual({ parts: 1, fits: true });
    await page.context().close();
  });
});

test('the price of an order shows no empty calculation on a phone', async () => {
  const page = await world.newBrowser({ language: 'en', width: 390 });
  await page.goto('/');
  await world.logIn(page, people.vakenSpurv);
  await page.goto('/b/310000019/orders/new');
  await page.locator('input[name=unit]').first().check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(/unit=/u);
  await page.locator('input[name=worker]:not([disabled])').first().check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(/confirm/u);
  const shown = page.locator('td[data-label=Calculation]:visible');
  expect(await shown.allInnerTexts()).toEqual(['1 × NOK 132.90']);
  await page.context().close();
});
