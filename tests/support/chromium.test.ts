import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { launchChromium } from './chromium.ts';

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(
      request.url === '/next'
        ? '<title>Č đ ŋ š ŧ ž á ł</title>'
        : '<title>Blåbær</title><a href="/next">Videre</a><script>document.title += " " + navigator.webdriver</script>',
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.close();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('a browser starts, runs scripts and follows a click', async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    expect(await page.title()).toBe('Blåbær true');
    await page.getByRole('link', { name: 'Videre' }).click();
    await page.waitForURL('**/next');
    expect(await page.title()).toBe('Č đ ŋ š ŧ ž á ł');
  } finally {
    await browser.close();
  }
});

test('where none starts, one line says what to install', async () => {
  vi.stubEnv('CHROMIUM_PATH', '/nowhere/chromium');
  const refusal = await launchChromium().then(
    () => 'it started',
    (error: unknown) => String(error),
  );
  expect(refusal).toMatch(
    /^Error: No browser starts: install Chromium \(apt-get install chromium\) or set CHROMIUM_PATH/,
  );
  expect(refusal).not.toContain('\n');
});
