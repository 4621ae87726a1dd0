import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createOpenid, type Acr, type LoginChecks, type OpenidClient } from '../../src/identity/openid.ts';
import { people } from '../../stand-ins/world.ts';
import { startForUs, type StandInsForUs } from './stand-ins.ts';

let server: Server;
let origin: string;
let standIns: StandInsForUs;
let openid: OpenidClient;
const logoutTokens: string[] = [];

beforeAll(async () => {
  const app = new Hono();
  app.post('/logout/backchannel', async (c) => {
    logoutTokens.push(new URLSearchParams(await c.req.text()).get('logout_token') ?? '');
    return c.body(null, 200);
  });
  const listener = getRequestListener(app.fetch);
  server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${String((server.address() as AddressInfo).port)}`;
  standIns = await startForUs(origin);
  openid = connect();
});

afterEach(() => {
  standIns.control.clearFaults({});
  logoutTokens.length = 0;
});

afterAll(async () => {
  await standIns.stop();
  server.closeAllConnections();
  server.close();
});

describe('logging in', () => {
  it('tells who it is, how surely and since when', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { checks, callback } = await logIn(new Browser());
    const login = await openid.finishLogin(callback, checks);
    if (!login.ok) throw new Error(login.error);
    expect(login.value).toMatchObject({
      iss: standIns.idportenOrigin,
      pid: people.vakenSpurv,
      acr: 'idporten-loa-substantial',
    });
    expect(login.value.sid).toBeTruthy();
    expect(login.value.sub).not.toBe(people.vakenSpurv);
    expect(login.value.authTime.getTime()).toBeGreaterThanOrEqual(before);
    expect(login.value.authTime.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('knows no number of a foreign user', async () => {
    const { checks, callback } = await logIn(new Browser(), { person: 'foreign' });
    const login = await openid.finishLogin(callback, checks);
    expect(login).toMatchObject({ ok: true, value: { acr: 'idporten-loa-substantial' } });
    expect(login.ok && login.value.pid).toBeUndefined();
  });

  it('can be cancelled', async () => {
    const browser = new Browser();
    const started = await start();
    const page = await browser.open(started.url);
    const callback = await browser.post(`${page.href}/abort`, {});
    expect(await openid.finishLogin(callback, started)).toEqual({ ok: false, error: 'cancelled' });
  });

  it('works once per code', async () => {
    const { checks, callback } = await logIn(new Browser());
    expect((await openid.finishLogin(callback, checks)).ok).toBe(true);
    expect(await openid.finishLogin(callback, checks)).toEqual({ ok: false, error: 'refused' });
  });

  it.each([
    ['state', 'invalid-answer'],
    ['nonce', 'invalid-answer'],
    ['codeVerifier', 'refused'],
  ])('fails for whoever has another %s', async (name, error) => {
    const { checks, callback } = await logIn(new Browser());
    const another = await start();
    const mixed = { ...checks, [name]: another[name as keyof LoginChecks] };
    expect(await openid.finishLogin(callback, mixed)).toEqual({ ok: false, error });
  });

  it('is not asked for again while the issuer knows the browser', async () => {
    const browser = new Browser();
    const first = await logIn(browser);
    const one = await openid.finishLogin(first.callback, first.checks);
    const started = await start();
    const callback = await browser.open(started.url);
    expect(callback.origin).toBe(origin);
    const two = await openid.finishLogin(callback, started);
    if (!one.ok || !two.ok) throw new Error('The logins failed');
    expect(two.value.sid).toBe(one.value.sid);
    expect(two.value.authTime).toEqual(one.value.authTime);
  });
});

describe('a step-up', () => {
  it('asks for a new login at the high level, from someone who is logged in', async () => {
    const browser = new Browser();
    const first = await logIn(browser);
    const one = await openid.finishLogin(first.callback, first.checks);
    const started = await start('step-up', 'idporten-loa-high');
    const page = await browser.open(started.url);
    expect(page.origin).toBe(standIns.idportenOrigin);
    const callback = await browser.post(page.href, { person: people.vakenSpurv, level: 'high' });
    const two = await openid.finishLogin(callback, started);
    if (!one.ok || !two.ok) throw new Error('The logins failed');
    expect(two.value.acr).toBe('idporten-loa-high');
    expect(two.value.sub).toBe(one.value.sub);
    expect(two.value.authTime.getTime()).toBeGreaterThanOrEqual(one.value.authTime.getTime());
  });
});

describe('logging out', () => {
  it('ends the issuer’s session, and the issuer tells which', async () => {
    const browser = new Browser();
    const { checks, callback } = await logIn(browser);
    const login = await openid.finishLogin(callback, checks);
    const address = await openid.logoutUrl({ state: 'logged-out' });
    if (!login.ok || !address.ok) throw new Error('The issuer does not answer');
    expect(address.value).not.toContain(people.vakenSpurv);
    const page = await browser.read(address.value);
    expect(page).toContain(`${origin}/logged-out?state=logged-out`);
    expect(logoutTokens).toHaveLength(1);
    expect(await openid.verifyLogoutToken(logoutTokens[0] ?? '')).toEqual({
      ok: true,
      value: { iss: standIns.idportenOrigin, sid: login.value.sid },
    });
    const again = await browser.open((await start()).url);
    expect(again.origin).toBe(standIns.idportenOrigin);
  });

  it('takes no id_token for a logout token', async () => {
    const { checks, callback } = await logIn(new Browser());
    const login = await openid.finishLogin(callback, checks);
    const idToken = login.ok ? login.value.idToken : '';
    expect(await openid.verifyLogoutToken(idToken)).toEqual({ ok: false, error: 'invalid-answer' });
  });
});

describe('an issuer that is down', () => {
  it('is unavailable, at the start and later, and found again when it is back', async () => {
    standIns.control.setFault({ service: 'idporten', status: 503 });
    const early = connect();
    const request = { purpose: 'login', language: 'nb', acr: 'idporten-loa-high' } as const;
    expect(await early.startLogin(request)).toEqual({ ok: false, error: 'unavailable' });
    expect(await openid.startLogin(request)).toEqual({ ok: false, error: 'unavailable' });
    standIns.control.clearFaults({});
    expect((await early.startLogin(request)).ok).toBe(true);
    expect((await openid.startLogin(request)).ok).toBe(true);
  });

  it('does not know a client with another key', async () => {
    const other = await startForUs(origin);
    await other.stop();
    expect(
      await connect(other.privateJwk).startLogin({
        purpose: 'login',
        language: 'nb',
        acr: 'idporten-loa-substantial',
      }),
    ).toEqual({ ok: false, error: 'refused' });
  });
});

function connect(privateJwk = standIns.privateJwk): OpenidClient {
  return createOpenid({
    issuer: standIns.idportenOrigin,
    clientId: 'kortvakt',
    privateJwk,
    origin,
    allowInsecure: true,
  });
}

async function start(purpose: 'login' | 'step-up' = 'login', acr: Acr = 'idporten-loa-substantial') {
  const started = await openid.startLogin({ purpose, language: 'nb', acr });
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

async function logIn(browser: Browser, { person = people.vakenSpurv }: { person?: string } = {}) {
  const checks = await start();
  const page = await browser.open(checks.url);
  const callback = await browser.post(page.href, { person, level: 'substantial' });
  return { checks, callback };
}

/** As much of a browser as a login takes: cookies, redirects up to our own address, and forms. */
class Browser {
  readonly #cookies = new Map<string, string>();

  /** Where one ends up: a page of the issuer, or the callback, which is not fetched. */
  async open(address: string): Promise<URL> {
    return (await this.#go(new URL(address), { method: 'GET' })).url;
  }

  async post(address: string, form: Record<string, string>): Promise<URL> {
    return (await this.#go(new URL(address), { method: 'POST', body: new URLSearchParams(form) })).url;
  }

  async read(address: string): Promise<string> {
    return (await this.#go(new URL(address), { method: 'GET' })).text;
  }

  async #go(url: URL, init: RequestInit): Promise<{ url: URL; text: string }> {
    if (url.origin === origin) return { url, text: '' };
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return { url, text: await response.text() };
    return this.#go(new URL(location, url), { method: 'GET' });
  }
}
