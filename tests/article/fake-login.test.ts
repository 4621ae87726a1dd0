import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { people } from '../../stand-ins/world.ts';
import { appointStaff } from '../../src/demo-staff.ts';
import { hashToken } from '../../src/identity/index.ts';
import { browserOf, newSession, servicesOf, submitMain } from '../support/steps.ts';
import { passLogin, startWorld, type World } from '../support/world.ts';

/** How far a look-alike goes that hands requests on: what it says of where they come from. */
interface Disguise {
  readonly host: boolean;
  readonly origin: boolean;
}

let world: World;
let fake: Server;
/** The look-alike's own address: another site to the browser. */
let fakeOrigin: string;
let disguise: Disguise | undefined;

beforeAll(async () => {
  world = await startWorld();
  fake = createServer(answerAsFake);
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  fakeOrigin = `http://127.0.0.1:${String((fake.address() as AddressInfo).port)}`;
}, 60_000);
afterAll(async () => {
  fake.closeAllConnections();
  fake.close();
  await world.stop();
});

/** Pages of its own, and with a disguise everything else as Kortvakt answers it. */
function answerAsFake(asked: IncomingMessage, answer: ServerResponse): void {
  const path = asked.url ?? '/';
  if (disguise !== undefined) handOn(disguise, asked, answer);
  else if (path === '/frames') {
    const frames = [`${fakeOrigin}/own`, ...['/', '/login', '/businesses'].map((one) => world.origin + one)];
    html(answer, frames.map((src) => `<iframe src="${src}"></iframe>`).join(''));
  } else if (path === '/own') html(answer, '<form><button>Own</button></form>');
  else
    html(
      answer,
      `<form method="post" action="${world.origin}/login"><button>Log in with ID-porten</button></form>`,
    );
}

function html(answer: ServerResponse, body: string): void {
  answer.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>Kortvakt</title>${body}`);
}

function handOn({ host, origin }: Disguise, asked: IncomingMessage, answer: ServerResponse): void {
  const target = new URL(world.origin);
  const headers = {
    ...asked.headers,
    ...(host ? { host: target.host } : {}),
    ...(origin && asked.headers.origin !== undefined ? { origin: world.origin } : {}),
  };
  const { method, url: path } = asked;
  const onward = request({ host: '127.0.0.1', port: target.port, method, path, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  asked.pipe(onward);
}

/** Presses "Log in" and passes ID-porten, but its answer never arrives. Returns the address it would have come to. */
async function answerHeldBack(page: Page, nationalId: string): Promise<string> {
  // Playwright's own routes leave redirects alone, and the answer is one.
  const browser = await page.context().newCDPSession(page);
  const held = new Promise<string>((resolve) => {
    browser.on('Fetch.requestPaused', ({ request, requestId }) => {
      resolve(request.url);
      void browser.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    });
  });
  await browser.send('Fetch.enable', { patterns: [{ urlPattern: '*/login/callback*' }] });
  await page.goto('/login');
  await submitMain(page);
  await passLogin(page, nationalId);
  const address = await held;
  await browser.detach();
  return address;
}

const attempts = () => world.rows('select id from login_attempts');
const sessionsOf = (name: string) =>
  world.rows(
    'select s.id from sessions s join persons p on p.id = s.person_id where p.name = $1 and s.ended_at is null',
    [name],
  );
const stale = {
  nb: 'Innloggingen var for gammel eller allerede brukt.',
  en: 'The login was too old or already used.',
};

describe('Some vendors even use fake login pages', () => {
  test('no other page shows ours in a frame, and no form of another page begins a login', async () => {
    const page = await browserOf(world, people.vakenSpurv);
    await page.goto(`${fakeOrigin}/frames`);
    const frames = page.frames().slice(1);
    // A page of its own it can frame; of ours not even the button is there.
    const buttons = await Promise.all(frames.map((frame) => frame.locator('button, a').count()));
    expect(buttons).toEqual([1, 0, 0, 0]);
    for (const path of ['/', '/login', '/businesses', '/nothing']) {
      const { headers } = await fetch(world.origin + path);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
    const before = await attempts();
    await page.goto(`${fakeOrigin}/login`);
    await page.getByRole('button').click();
    await page.getByRole('heading', { level: 1, name: 'The form is too old' }).waitFor();
    expect(await attempts()).toEqual(before);
    await page.context().close();
  });

  test('a look-alike that hands everything on is told of, sends no form, and never gets the answer of a login', async () => {
    const page = await world.newBrowser({ language: 'nb', width: 390, javaScript: false });
    const { host } = new URL(world.origin);
    // The login page says which address to look for.
    await page.goto('/login');
    await page.getByText(`Du er på rett sted når adressen i nettleseren begynner med ${host}.`).waitFor();

    disguise = { host: false, origin: false };
    expect((await page.goto(`${fakeOrigin}/login`))?.status()).toBe(421);
    await page.getByText(`Kortvakt er på ${host} og ingen andre steder.`).waitFor();

    // One that calls itself by our name gets the page, but the browser tells whose form it is.
    const before = await attempts();
    disguise = { host: true, origin: false };
    await page.goto(`${fakeOrigin}/login`);
    await submitMain(page);
    await page.getByRole('heading', { level: 1, name: 'Skjemaet er for gammelt' }).waitFor();
    expect(await attempts()).toEqual(before);

    // One that forges even that leads to ID-porten, which answers to our address alone, in a browser that we know nothing of.
    disguise = { host: true, origin: true };
    await page.goto(`${fakeOrigin}/login`);
    await submitMain(page);
    await passLogin(page, people.snillElg);
    await page.getByText(stale.nb).waitFor();
    expect(new URL(page.url()).origin).toBe(world.origin);
    expect(await sessionsOf('Snill Elg')).toEqual([]);
    disguise = undefined;
    await page.context().close();
  }, 60_000);

  test('the answer of a login is no use in another browser, neither to a thief nor to be passed on to a victim', async () => {
    const owner = await world.newBrowser({ language: 'en' });
    const answer = await answerHeldBack(owner, people.munterElv);
    // A thief has the address, then also a login of their own that has begun.
    const thief = await world.newBrowser({ language: 'en' });
    const stolen = async () => {
      expect((await thief.goto(answer))?.status()).toBe(400);
      await thief.getByText(stale.en).waitFor();
    };
    await stolen();
    const planted = await answerHeldBack(thief, people.hjelpsomHand);
    await stolen();
    expect(await sessionsOf('Munter Elv')).toEqual([]);

    // A victim who follows a link with the thief's answer stays who they are.
    const victim = await browserOf(world, people.vakenSpurv);
    expect((await victim.goto(planted))?.status()).toBe(400);
    await victim.goto('/profile');
    await victim.locator('main dl').getByText('Våken Spurv').waitFor();
    expect(await sessionsOf('Hjelpsom Hånd')).toEqual([]);

    // In its own browser it is worth what it was.
    await owner.goto(answer);
    await owner.waitForURL(`${world.origin}/businesses`);
    expect(await sessionsOf('Munter Elv')).toHaveLength(1);
    for (const page of [owner, thief, victim]) await page.context().close();
  }, 60_000);

  test('a link cannot make the login end on a page of somebody else', async () => {
    const page = await world.newBrowser({ language: 'en' });
    const elsewhere = [
      `${fakeOrigin}/own`,
      `//${new URL(fakeOrigin).host}/own`,
      String.raw`/\127.0.0.1/own`,
      '/\t/127.0.0.1/own',
      '/.//127.0.0.1/own',
      'javascript:alert(1)',
    ];
    for (const address of elsewhere) {
      await page.goto(`/login?return=${encodeURIComponent(address)}`);
      expect([address, await page.locator('main input[name=return]').inputValue()]).toEqual([
        address,
        '/businesses',
      ]);
    }
    // Nor where the page is changed on its way.
    await page.evaluate(`document.querySelector('main input[name=return]').value = '${fakeOrigin}/own'`);
    await submitMain(page);
    await passLogin(page, people.skinnendeSape);
    await page.waitForURL(`${world.origin}/businesses`);
    expect(await sessionsOf('Skinnende Såpe')).toHaveLength(1);
    await page.context().close();
  });

  test('anyone reports such a page and the vendor behind it, is answered, and the next one is warned on the way to log in', async () => {
    await appointStaff(servicesOf(world), async (person) => hashToken(await newSession(world, person)));
    const anyone = await world.newBrowser({ language: 'en', javaScript: false });
    await anyone.goto('/login');
    await anyone.getByRole('link', { name: 'Look-alike pages that we know of' }).click();
    await anyone.getByText('None is known.').waitFor();
    await anyone.getByRole('link', { name: 'Report a vendor or a look-alike page' }).click();
    await anyone.getByLabel('Whom or what is it about?').fill('DYRE KORT');
    await anyone.getByLabel('The address of the page').fill('https://kortvakt-innlogging.example/login');
    await anyone.getByLabel('What has happened?').fill('The vendor sent us there, and it asked for my code.');
    await anyone.getByLabel('E-mail, if you want an answer').fill('lurt@example.no');
    await submitMain(anyone);
    await anyone.getByText('Thank you, the report is sent').waitFor();

    const officer = await browserOf(world, people.grundigMappe, { javaScript: false });
    await officer.goto('/staff/reports');
    await officer.getByRole('link', { name: 'DYRE KORT' }).click();
    await officer.getByRole('button', { name: 'List the domain as a look-alike' }).click();
    await officer.goto('/staff/reports');
    await officer.getByRole('link', { name: 'DYRE KORT' }).click();
    await officer.getByLabel('Answer to whoever reported').fill('Call your bank. We have listed the page.');
    await officer.getByRole('button', { name: 'Answer and close the case' }).click();

    expect((await world.mail('lurt@example.no')).text).toContain('We have listed the page.');
    await anyone.goto('/login');
    await anyone.getByRole('link', { name: 'Look-alike pages that we know of' }).click();
    await anyone.getByText('kortvakt-innlogging.example').waitFor();
    // To be read, not followed.
    expect(await anyone.getByRole('link', { name: 'kortvakt-innlogging.example' }).count()).toBe(0);
    for (const page of [anyone, officer]) await page.context().close();
  }, 60_000);
});
