import { serve, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AppEnv } from '../../src/web/context.ts';
import { barriersOf } from '../support/barriers.ts';
import { launchChromium } from '../support/chromium.ts';
import { demoApp } from './web-demo.tsx';

let browser: Browser;
let server: ServerType;
let origin: string;
/** The demonstration has to know its own address, which there is only once it listens. */
let answer: Hono<AppEnv>['fetch'] | undefined;

beforeAll(async () => {
  browser = await launchChromium();
  await new Promise<void>((listening) => {
    server = serve(
      { fetch: (request) => answer?.(request) ?? new Response(), port: 0, hostname: '127.0.0.1' },
      () => {
        listening();
      },
    );
  });
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  answer = (await demoApp(origin)).fetch;
});

afterAll(async () => {
  await browser.close();
  await new Promise((closed) => server.close(closed));
});

const sideways = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

type Visit = { width?: number; loggedIn?: boolean; javaScriptEnabled?: boolean };

async function visit<T>(
  options: Visit,
  use: (page: Page, context: BrowserContext) => Promise<T>,
): Promise<T> {
  const { width = 1280, loggedIn = true, javaScriptEnabled = true } = options;
  const viewport = { width, height: 844 };
  const context = await browser.newContext({ viewport, javaScriptEnabled, locale: 'nb-NO', baseURL: origin });
  if (loggedIn) await context.addCookies([{ name: 'demo', value: 'yes', url: origin }]);
  try {
    return await use(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

const violations = (page: Page): Promise<string[]> => barriersOf(page, ['best-practice']);

test.each([
  [1280, ['/access?done=demo:done.removed']],
  [390, ['/', '/access?done=demo:done.removed', '/vendor', '/none']],
])('At a width of %i pages are accessible and never scroll sideways', async (width, paths) => {
  await visit({ width }, async (page) => {
    for (const path of paths) {
      await page.goto(path);
      expect(await violations(page), path).toEqual([]);
      expect(await page.evaluate<number>(sideways), path).toBeLessThanOrEqual(0);
    }
    await page.goto('/form');
    await page.getByRole('button', { name: 'Bestill', exact: true }).click();
    await page.getByRole('heading', { name: 'Rett opp disse 6 feilene' }).waitFor();
    await page.locator('summary', { hasText: 'Våken Spurv' }).click();
    expect(await page.getByRole('link', { name: 'Brukerprofil' }).isVisible()).toBe(true);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate<number>(sideways)).toBeLessThanOrEqual(0);
  });
});

describe.each([true, false])('With JavaScript %s', (javaScriptEnabled) => {
  test('a failed form keeps what was typed, has the focus on its errors, and leads to each field', async () => {
    await visit({ javaScriptEnabled }, async (page) => {
      await page.goto('/form');
      await page.getByLabel('E-post').fill('ingen adresse');
      await page.getByLabel('BLÅ HAMMER AS AVD TROMSØ').check();
      await page.getByLabel('Márjá Čáhppes').check();
      await page.getByLabel('Hjem til arbeidstakeren').check();
      await page.getByLabel('Melding til kortutstederen').fill('  <b>Hei</b>');
      await page.getByRole('button', { name: 'Bestill', exact: true }).click();

      expect(await page.title()).toBe('Feil: Bestill kort – Kortvakt');
      const summary = page.getByRole('alert');
      expect(await summary.getByRole('link').allTextContents()).toEqual([
        'E-post: Skriv en e-postadresse, for eksempel navn@firma.no',
        'Siste dag: Fyll ut dette feltet',
        'Bilde: Velg en fil',
        'Jeg har lest vilkårene: Gjør et valg',
      ]);
      expect(await page.locator(':focus').getAttribute('class')).toBe('ds-error-summary');
      expect(await page.getByLabel('E-post').inputValue()).toBe('ingen adresse');
      expect(await page.getByLabel('BLÅ HAMMER AS AVD TROMSØ').isChecked()).toBe(true);
      expect(await page.getByLabel('Márjá Čáhppes').isChecked()).toBe(true);
      expect(await page.getByLabel('Łukasz Żółć').isChecked()).toBe(false);
      expect(await page.getByLabel('Hjem til arbeidstakeren').isChecked()).toBe(true);
      expect(await page.getByLabel('Melding til kortutstederen').inputValue()).toBe('  <b>Hei</b>');

      await summary.getByRole('link', { name: 'E-post' }).click();
      await page.getByLabel('E-post').pressSequentially('x');
      expect(await page.getByLabel('E-post').inputValue()).toContain('x');
    });
  });

  test('a form that is right leads on and says what was done, once', async () => {
    await visit({ javaScriptEnabled }, async (page) => {
      await page.goto('/form');
      await page.getByLabel('E-post').fill('post@blaahammer.example');
      await page.getByLabel('BLÅ HAMMER AS AVD OSLO').check();
      await page.getByLabel('Łukasz Żółć').check();
      await page.getByLabel('Siste dag').fill('2026-12-31');
      const photo = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('not looked at here') };
      await page.getByLabel('Bilde').setInputFiles(photo);
      await page.getByLabel('Jeg har lest vilkårene').check();
      await page.getByRole('button', { name: 'Bestill', exact: true }).click();
      await page.waitForURL('**/access?done=*');
      expect(await page.getByRole('status').textContent()).toContain('Tilgangen er fjernet.');
    });
  });

  test('the user menu opens by keyboard and the language changes on the page one is on', async () => {
    await visit({ javaScriptEnabled }, async (page) => {
      await page.goto('/access?page=4');
      await page.locator('summary', { hasText: 'Våken Spurv' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('.popup').getByRole('button', { name: 'English' }).click();
      await page.locator('html[lang=en]').waitFor();
      expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/access?page=4');
      const menu = page.getByRole('navigation', { name: 'Main menu' });
      expect(await menu.getByRole('link').allTextContents()).toEqual(['Orders', 'Cards', 'Business']);
    });
  });
});

test('A form is sent once, however often its button is pressed', async () => {
  await visit({}, async (page, context) => {
    await page.goto('/access');
    let posts = 0;
    await context.route('**/form', async (route) => {
      if (route.request().method() === 'POST') posts += 1;
      await new Promise((later) => setTimeout(later, 300));
      await route.fulfill({ status: 204 });
    });
    const remove = page.getByRole('button', { name: 'Fjern RIMELIG KORTHJELP AS' });
    await remove.dblclick();
    await remove.click({ noWaitAfter: true });
    await expect.poll(() => posts).toBe(1);
    await new Promise((later) => setTimeout(later, 500));
    expect(posts).toBe(1);
  });
});

test('A button that would be refused can be reached by keyboard, says why and does nothing', async () => {
  await visit({}, async (page) => {
    await page.goto('/access');
    const button = page.getByRole('button', { name: 'Si opp avtalen' });
    const reason = await button.getAttribute('aria-describedby');
    expect(await page.locator(`#${reason ?? ''}`).textContent()).toContain(
      'bare sies opp av en rolleinnehaver',
    );
    await button.focus();
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).pathname).toBe('/access');
    expect(await page.locator(':focus').textContent()).toBe('Si opp avtalen');
  });
});

test('The page for a vendor says on whose behalf one acts', async () => {
  await visit({}, async (page) => {
    await page.goto('/vendor');
    const band = page.getByRole('region', { name: 'Du handler for' });
    expect(await band.textContent()).toContain(
      'Du handler for BLÅ HAMMER AS på vegne av RIMELIG KORTHJELP AS',
    );
  });
});
