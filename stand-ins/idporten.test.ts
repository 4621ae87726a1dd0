import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newClientKeys, startTestWorld } from './test-support.ts';
import { people } from './world.ts';

const idTokenClaims = z.strictObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.literal('kortvakt'),
  pid: z.string().regex(/^\d{11}$/),
  acr: z.enum(['idporten-loa-substantial', 'idporten-loa-high']),
  amr: z.tuple([z.literal('TestID')]),
  locale: z.enum(['nb', 'en']),
  nonce: z.string(),
  sid: z.string(),
  auth_time: z.number().int(),
  iat: z.number().int(),
  exp: z.number().int(),
  jti: z.string(),
  at_hash: z.string().optional(),
});

/** A browser as far as these tests need one: it keeps cookies and follows redirects within the issuer. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async open(url: string | URL, form?: Record<string, string>): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects until a page is shown or the issuer is left. */
  async follow(
    url: string | URL,
    form?: Record<string, string>,
  ): Promise<{ url: URL; page?: string; status: number; headers?: Headers }> {
    const issuer = new URL(url).origin;
    let at = new URL(url);
    let response = await this.open(at, form);
    for (let location = response.headers.get('location'); location !== null;) {
      at = new URL(location, at);
      if (at.origin !== issuer) return { url: at, status: response.status };
      response = await this.open(at);
      location = response.headers.get('location');
    }
    return { url: at, page: await response.text(), status: response.status, headers: response.headers };
  }
}

type Told = { path: string; body: string };

describe('ID-porten', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  let app: Server;
  let appOrigin: string;
  let config: openid.Configuration;
  const told: Told[] = [];

  beforeAll(async () => {
    app = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (part: string) => (body += part));
      request.on('end', () => {
        told.push({ path: request.url ?? '', body });
        response.end();
      });
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    appOrigin = `http://localhost:${String((app.address() as AddressInfo).port)}`;
    world = await startTestWorld({ appOrigin, otherAppOrigins: ['http://localhost:10'] });
    config = await discover();
  });
  afterAll(async () => {
    await world.stop();
    app.close();
  });

  async function discover(keys = world.keys): Promise<openid.Configuration> {
    const key = await importJWK(keys.privateJwk, 'RS256');
    if (key instanceof Uint8Array) throw new Error('Not a private key');
    return openid.discovery(
      new URL(world.idportenOrigin),
      'kortvakt',
      { id_token_signed_response_alg: 'RS256' },
      openid.PrivateKeyJwt({ key, kid: 'test-key' }),
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it stands out; the issuer is on this machine
      { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
    );
  }

  type Attempt = { url: URL; verifier: string; nonce: string; state: string };

  async function begin(more: Record<string, string> = {}, at = config): Promise<Attempt> {
    const attempt = {
      verifier: openid.randomPKCECodeVerifier(),
      nonce: openid.randomNonce(),
      state: openid.randomState(),
    };
    const url = await openid.buildAuthorizationUrlWithPAR(at, {
      redirect_uri: `${appOrigin}/login/callback`,
      scope: 'openid',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      acr_values: 'idporten-loa-substantial',
      ...more,
    });
    return { ...attempt, url };
  }

  async function finish({ verifier, nonce, state }: Attempt, back: URL) {
    const tokens = await openid.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: verifier,
      expectedNonce: nonce,
      expectedState: state,
      idTokenExpected: true,
    });
    return { claims: idTokenClaims.parse(decodeJwt(tokens.id_token ?? '')), idToken: tokens.id_token ?? '' };
  }

  async function logIn(browser: Browser, form: Record<string, string>, more: Record<string, string> = {}) {
    const attempt = await begin(more);
    const login = await browser.follow(attempt.url);
    const back = login.page === undefined ? login.url : (await browser.follow(login.url, form)).url;
    return finish(attempt, back);
  }

  it('describes itself without a slash at the end', async () => {
    const response = await fetch(`${world.idportenOrigin}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      issuer: world.idportenOrigin,
      authorization_endpoint: `${world.idportenOrigin}/authorize`,
      token_endpoint: `${world.idportenOrigin}/token`,
      pushed_authorization_request_endpoint: `${world.idportenOrigin}/par`,
      end_session_endpoint: `${world.idportenOrigin}/logout`,
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      acr_values_supported: ['idporten-loa-substantial', 'idporten-loa-high'],
      subject_types_supported: ['pairwise'],
      frontchannel_logout_supported: true,
      backchannel_logout_supported: true,
    });
  });

  it('logs in someone chosen from the page, with every claim in a short-lived id_token', async () => {
    const { claims, idToken } = await logIn(new Browser(), {
      person: people.vakenSpurv,
      level: 'substantial',
    });
    expect(claims).toMatchObject({ pid: people.vakenSpurv, acr: 'idporten-loa-substantial', locale: 'nb' });
    expect(claims.exp - claims.iat).toBe(120);
    expect(claims.sub).not.toContain(people.vakenSpurv);
    expect(decodeProtectedHeader(idToken).alg).toBe('RS256');
  });

  it('logs in a typed number at the high level when that is asked for', async () => {
    const more = { acr_values: 'idporten-loa-high', ui_locales: 'en' };
    const { claims } = await logIn(new Browser(), { pid: '158190 49944', how: 'typed' }, more);
    expect(claims).toMatchObject({ pid: people.vakenSpurv, acr: 'idporten-loa-high', locale: 'en' });
  });

  it('gives the same person the same subject in every session', async () => {
    const form = { person: people.munterElv };
    const [first, second] = [await logIn(new Browser(), form), await logIn(new Browser(), form)];
    expect(first.claims.sub).toBe(second.claims.sub);
    expect(first.claims.sid).not.toBe(second.claims.sid);
  });

  it('shows each person once, in a form with labels, and offers no level below the one asked for', async () => {
    const { page = '' } = await new Browser().follow((await begin()).url);
    expect(page.match(/>Våken Spurv</g)).toHaveLength(1);
    expect(page).toContain('<label for="pid">');
    expect(page).toContain('value="substantial"');
    expect(page).toContain('lang="nb"');
    const high = await begin({ acr_values: 'idporten-loa-high', ui_locales: 'en' });
    const { page: highPage = '' } = await new Browser().follow(high.url);
    expect(highPage).not.toContain('value="substantial"');
    expect(highPage).toContain('lang="en"');
  });

  it('remembers the person until a login is asked for anew, which gives a new time', async () => {
    const browser = new Browser();
    const first = await logIn(browser, { person: people.vakenSpurv });
    const again = await begin();
    const { url: back, page } = await browser.follow(again.url);
    expect(page).toBeUndefined();
    expect((await finish(again, back)).claims.auth_time).toBe(first.claims.auth_time);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const forced = await begin({ prompt: 'login' });
    const login = await browser.follow(forced.url);
    expect(login.page).toContain('Våken Spurv');
    const after = await finish(forced, (await browser.follow(login.url, { person: people.vakenSpurv })).url);
    expect(after.claims.auth_time).toBeGreaterThan(first.claims.auth_time);
  });

  it('asks for a new login when the level of the session is too low', async () => {
    const browser = new Browser();
    await logIn(browser, { person: people.vakenSpurv, level: 'substantial' });
    const { claims } = await logIn(
      browser,
      { person: people.vakenSpurv },
      { acr_values: 'idporten-loa-high' },
    );
    expect(claims.acr).toBe('idporten-loa-high');
  });

  it('refuses numbers that are not synthetic, and numbers that are none', async () => {
    const browser = new Browser();
    const { url } = await browser.follow((await begin()).url);
    const real = await browser.follow(url, { pid: '15019012345' });
    expect(real.status).toBe(422);
    expect(real.page).toContain('Bare syntetiske numre kan logge inn her');
    expect(real.page).not.toContain('15019012345');
    for (const pid of ['15819049945', '1581904994', '']) {
      expect((await browser.follow(url, { pid })).page).toContain('elleve siffer');
    }
  });

  it('logs in someone without a Norwegian number, who has no pid', async () => {
    const attempt = await begin();
    const browser = new Browser();
    const login = await browser.follow(attempt.url);
    const { url: back } = await browser.follow(login.url, { person: 'foreign' });
    const tokens = await openid.authorizationCodeGrant(config, back, {
      pkceCodeVerifier: attempt.verifier,
      expectedNonce: attempt.nonce,
      expectedState: attempt.state,
    });
    expect(tokens.claims()).toMatchObject({ acr: 'idporten-loa-substantial', amr: ['eIDAS'] });
    expect(tokens.claims()).not.toHaveProperty('pid');
  });

  it('tells the service when the person turns back', async () => {
    const browser = new Browser();
    const { url } = await browser.follow((await begin()).url);
    const { url: back } = await browser.follow(`${url.href}/abort`, {});
    expect(back.searchParams.get('error')).toBe('access_denied');
  });

  it('refuses a request without PKCE, with plain PKCE, an unknown level, address or key', async () => {
    const wrong: [Record<string, string>, string][] = [
      [{ code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ acr_values: 'idporten-loa-highest' }, 'invalid_request'],
      [{ redirect_uri: 'http://localhost:9/elsewhere' }, 'invalid_request'],
    ];
    for (const [parameters, error] of wrong) {
      await expect(begin(parameters), JSON.stringify(parameters)).rejects.toMatchObject({ error });
    }
    const stranger = await discover(await newClientKeys());
    await expect(begin({}, stranger)).rejects.toMatchObject({ error: 'invalid_client' });
  });

  it('takes a pushed request and a code once', async () => {
    const attempt = await begin();
    const browser = new Browser();
    const login = await browser.follow(attempt.url);
    const { url: back } = await browser.follow(login.url, { person: people.vakenSpurv });
    await finish(attempt, back);
    await expect(finish(attempt, back)).rejects.toMatchObject({ error: 'invalid_grant' });
    const again = await new Browser().follow(attempt.url);
    expect(again.page ?? again.url.searchParams.get('error')).toContain('invalid_request_uri');
  });

  it('logs in from a second origin of the same service', async () => {
    const attempt = await begin({ redirect_uri: 'http://localhost:10/login/callback' });
    const browser = new Browser();
    const login = await browser.follow(attempt.url);
    const { url: back } = await browser.follow(login.url, { person: people.vakenSpurv });
    expect(back.origin).toBe('http://localhost:10');
  });

  it('ends the session, and tells the service directly and through a frame', async () => {
    const browser = new Browser();
    const { claims, idToken } = await logIn(browser, { person: people.vakenSpurv });
    told.length = 0;
    const logout = openid.buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: `${appOrigin}/logged-out`,
      state: 'state-1',
    });
    const { page = '', headers } = await browser.follow(logout);
    const frame = /<iframe src="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(frame).toBe(
      `${appOrigin}/logout/frontchannel?${new URLSearchParams({ iss: world.idportenOrigin, sid: claims.sid }).toString()}`,
    );
    expect(page).toContain(`href="${appOrigin}/logged-out?state=state-1"`);
    expect(headers?.get('refresh')).toBe(`2; url=${appOrigin}/logged-out?state=state-1`);

    expect(told.map((one) => one.path)).toEqual(['/logout/backchannel']);
    const token = new URLSearchParams(told[0]?.body).get('logout_token') ?? '';
    const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: world.idportenOrigin,
      audience: 'kortvakt',
    });
    expect(protectedHeader.typ).toBe('logout+jwt');
    expect(payload).toMatchObject({
      sub: claims.sub,
      sid: claims.sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });

    const { page: after } = await browser.follow((await begin()).url);
    expect(after).toContain('Våken Spurv');
  });

  it('says so when there is no one to log out, with a way back only to a registered address', async () => {
    const at = (uri: string): URL => openid.buildEndSessionUrl(config, { post_logout_redirect_uri: uri });
    const known = await new Browser().follow(at(`${appOrigin}/logged-out`));
    expect(known.status).toBe(400);
    expect(known.page).toContain(`href="${appOrigin}/logged-out"`);
    const unknown = await new Browser().follow(at('http://localhost:9/evil'));
    expect(unknown.page).not.toContain('evil');
  });

  it('can be made to fail', async () => {
    world.control.setFault({ service: 'idporten', status: 503 });
    expect((await fetch(`${world.idportenOrigin}/.well-known/openid-configuration`)).status).toBe(503);
    world.control.clearFaults({});
  });
});

describe('ID-porten after a restart', () => {
  it('keeps keys and sessions; a cookie from a world that was reset only means logging in again', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'stand-ins-'));
    const browser = new Browser();
    const start = (ports: { idportenPort?: number } = {}) => startTestWorld({ stateFolder, ...ports });
    const address = (origin: string): string =>
      `${origin}/authorize?${new URLSearchParams({
        client_id: 'kortvakt',
        redirect_uri: 'http://localhost:9/login/callback',
        response_type: 'code',
        scope: 'openid',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      }).toString()}`;
    const keyId = async (origin: string): Promise<unknown> => (await fetch(`${origin}/jwks.json`)).json();

    const first = await start();
    const { idportenOrigin } = first;
    const login = await browser.follow(address(idportenOrigin));
    await browser.follow(login.url, { person: people.vakenSpurv });
    const keys = await keyId(idportenOrigin);
    await first.stop();

    const second = await start({ idportenPort: Number(new URL(idportenOrigin).port) });
    expect(await keyId(idportenOrigin)).toEqual(keys);
    expect((await browser.follow(address(idportenOrigin))).page).toBeUndefined();
    second.control.reset({});
    const stale = await browser.follow(login.url, { person: people.vakenSpurv });
    expect(stale.status).toBe(400);
    expect(stale.page).toContain('log in again');
    const after = await browser.follow(address(idportenOrigin));
    expect(after).toMatchObject({ status: 200 });
    expect(after.page).toContain('Våken Spurv');
    await second.stop();
    await rm(stateFolder, { recursive: true });
  });
});
