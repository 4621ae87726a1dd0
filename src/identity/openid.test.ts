import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type GenerateKeyPairResult } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createOpenid, type OpenidClient } from './openid.ts';

/** An issuer that says whatever a test wants, which a well-behaved one would not. */
type Issuer = {
  url: string;
  claims: (nonce: string) => Record<string, unknown>;
  key: CryptoKey;
  status: number;
  pushed: URLSearchParams[];
};

const clientId = 'kortvakt';
const origin = 'http://app.test';
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

let issuer: Issuer;
let server: Server;
let issuerKeys: GenerateKeyPairResult;
let otherKeys: GenerateKeyPairResult;
let openid: OpenidClient;

beforeAll(async () => {
  issuerKeys = await generateKeyPair('RS256');
  otherKeys = await generateKeyPair('RS256');
  const clientKeys = await generateKeyPair('RS256', { extractable: true });
  issuer = { url: '', claims: goodClaims, key: issuerKeys.privateKey, status: 200, pushed: [] };
  const listener = getRequestListener((await issuerApp()).fetch);
  server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  openid = createOpenid({
    issuer: issuer.url,
    clientId,
    privateJwk: { ...(await exportJWK(clientKeys.privateKey)), kid: 'client-1', alg: 'RS256' },
    origin,
    allowInsecure: true,
  });
});

afterEach(() => {
  issuer.claims = goodClaims;
  issuer.key = issuerKeys.privateKey;
  issuer.status = 200;
  issuer.pushed = [];
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a login', () => {
  it('is what the issuer vouches for, whatever the way of logging in was', async () => {
    issuer.claims = (nonce) => ({ ...goodClaims(nonce), amr: ['carrier pigeon'] });
    expect(await logIn()).toMatchObject({
      ok: true,
      value: {
        iss: issuer.url,
        sub: 'pairwise-1',
        sid: 'sid-1',
        pid: '15819049944',
        acr: 'idporten-loa-high',
        authTime: new Date(1_750_000_000_000),
      },
    });
  });

  it.each(['idporten-loa-low', 'selfregistered-email', 'eidas-loa-substantial', 'idporten-loa-HIGH', ''])(
    'at the level %j is refused',
    async (acr) => {
      issuer.claims = (nonce) => ({ ...goodClaims(nonce), acr });
      expect(await logIn()).toEqual({ ok: false, error: 'unknown-acr' });
    },
  );

  it.each([
    ['no level', { acr: undefined }],
    ['no time of logging in', { auth_time: undefined }],
    ['another nonce', { nonce: 'another' }],
    ['another issuer', { iss: 'https://idporten.example' }],
    ['another audience', { aud: 'somebody-else' }],
    ['an end that has passed', { exp: Math.floor(Date.now() / 1000) - 60 }],
  ])('with %s is invalid', async (_, change) => {
    issuer.claims = (nonce) => ({ ...goodClaims(nonce), ...change });
    expect(await logIn()).toEqual({ ok: false, error: 'invalid-answer' });
  });

  it('signed by somebody else is invalid', async () => {
    issuer.key = otherKeys.privateKey;
    expect(await logIn()).toEqual({ ok: false, error: 'invalid-answer' });
  });

  it('that comes back with another state never gets as far as the issuer', async () => {
    expect(await logIn((callback) => callback.searchParams.set('state', 'another'))).toEqual({
      ok: false,
      error: 'invalid-answer',
    });
  });

  it('that comes back from another issuer is invalid', async () => {
    expect(await logIn((callback) => callback.searchParams.set('iss', 'https://idporten.example'))).toEqual({
      ok: false,
      error: 'invalid-answer',
    });
  });

  it.each([
    ['access_denied', 'cancelled'],
    ['server_error', 'refused'],
  ])('that comes back with %s is %s', async (error, outcome) => {
    const answer = await logIn((callback) => {
      callback.searchParams.delete('code');
      callback.searchParams.set('error', error);
    });
    expect(answer).toEqual({ ok: false, error: outcome });
  });
});

describe('a request', () => {
  it('is pushed with a challenge and a signed assertion, and shows nothing in the address', async () => {
    const started = await openid.startLogin({
      purpose: 'login',
      language: 'en',
      acr: 'idporten-loa-substantial',
    });
    if (!started.ok) throw new Error(started.error);
    expect([...new URL(started.value.url).searchParams.keys()].toSorted()).toEqual([
      'client_id',
      'request_uri',
    ]);
    const [pushed] = issuer.pushed;
    expect(pushed?.get('redirect_uri')).toBe(`${origin}/login/callback`);
    expect(pushed?.get('code_challenge_method')).toBe('S256');
    expect(pushed?.get('client_assertion_type')).toBe(
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    );
    expect(pushed?.get('acr_values')).toBe('idporten-loa-substantial');
    expect(pushed?.get('ui_locales')).toBe('en');
    expect(pushed?.has('prompt')).toBe(false);
  });

  it('for a step-up asks for a new login', async () => {
    await openid.startLogin({ purpose: 'step-up', language: 'nb', acr: 'idporten-loa-high' });
    expect(issuer.pushed[0]?.get('prompt')).toBe('login');
    expect(issuer.pushed[0]?.get('acr_values')).toBe('idporten-loa-high');
  });

  it('is never the same twice', async () => {
    const request = { purpose: 'login', language: 'nb', acr: 'idporten-loa-high' } as const;
    const [one, two] = [await openid.startLogin(request), await openid.startLogin(request)];
    if (!one.ok || !two.ok) throw new Error('The issuer does not answer');
    for (const name of ['state', 'nonce', 'codeVerifier'] as const) {
      expect(one.value[name]).not.toBe(two.value[name]);
      expect(one.value[name].length).toBeGreaterThanOrEqual(43);
    }
  });
});

it('tells an issuer that is down from one that refuses, and comes back by itself', async () => {
  const request = { purpose: 'login', language: 'nb', acr: 'idporten-loa-high' } as const;
  issuer.status = 503;
  expect(await openid.startLogin(request)).toEqual({ ok: false, error: 'unavailable' });
  expect(await openid.logoutUrl({ state: 's' })).toEqual({ ok: false, error: 'unavailable' });
  issuer.status = 200;
  expect((await openid.startLogin(request)).ok).toBe(true);
  issuer.status = 401;
  expect(await openid.startLogin(request)).toEqual({ ok: false, error: 'refused' });
});

it('is ready before its issuer is, and answers when there is none', async () => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const lonely = createOpenid({
    issuer: 'http://127.0.0.1:9',
    clientId,
    privateJwk: { ...(await exportJWK(privateKey)), kid: 'client-1', alg: 'RS256' },
    origin,
    allowInsecure: true,
  });
  expect(await lonely.logoutUrl({ state: 's' })).toEqual({ ok: false, error: 'unavailable' });
  expect(await lonely.verifyLogoutToken('x')).toEqual({ ok: false, error: 'unavailable' });
});

describe('a logout token', () => {
  const events = { [logoutEvent]: {} };
  const good = () => ({ iss: issuer.url, aud: clientId, sub: 's', sid: 'sid-1', jti: 'j', events });

  it('names the session that has ended', async () => {
    expect(await openid.verifyLogoutToken(await sign(good()))).toEqual({
      ok: true,
      value: { iss: issuer.url, sid: 'sid-1' },
    });
  });

  it.each([
    ['another issuer', { iss: 'https://idporten.example' }],
    ['another audience', { aud: 'somebody-else' }],
    ['no session', { sid: undefined }],
    ['no identifier', { jti: undefined }],
    ['no event', { events: undefined }],
    ['another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['a nonce, like an id_token', { nonce: 'n' }],
    ['an age of an hour', { iat: Math.floor(Date.now() / 1000) - 3600 }],
  ])('with %s is invalid', async (_, change) => {
    const token = await sign({ ...good(), ...change });
    expect(await openid.verifyLogoutToken(token)).toEqual({ ok: false, error: 'invalid-answer' });
  });

  it('of another type, by another key, unsigned or nonsense is invalid', async () => {
    const invalid = { ok: false, error: 'invalid-answer' };
    expect(await openid.verifyLogoutToken(await sign(good(), { typ: 'JWT' }))).toEqual(invalid);
    expect(await openid.verifyLogoutToken(await sign(good(), { key: otherKeys.privateKey }))).toEqual(
      invalid,
    );
    const [, payload = ''] = (await sign(good())).split('.');
    const header = Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url');
    expect(await openid.verifyLogoutToken(`${header}.${payload}.`)).toEqual(invalid);
    expect(await openid.verifyLogoutToken('')).toEqual(invalid);
    expect(await openid.verifyLogoutToken('a.b.c')).toEqual(invalid);
  });
});

it('logs out by an address that holds no token', async () => {
  const answer = await openid.logoutUrl({ state: 'logged-out' });
  const url = new URL(answer.ok ? answer.value : '');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: clientId,
    post_logout_redirect_uri: `${origin}/logged-out`,
    state: 'logged-out',
  });
});

async function logIn(change: (callback: URL) => void = () => undefined) {
  const started = await openid.startLogin({ purpose: 'login', language: 'nb', acr: 'idporten-loa-high' });
  if (!started.ok) throw new Error(started.error);
  const callback = new URL(`${origin}/login/callback`);
  // The issuer below answers with whatever nonce the code holds.
  callback.searchParams.set('code', started.value.nonce);
  callback.searchParams.set('state', started.value.state);
  callback.searchParams.set('iss', issuer.url);
  change(callback);
  return openid.finishLogin(callback, started.value);
}

function goodClaims(nonce: string): Record<string, unknown> {
  return {
    iss: issuer.url,
    aud: clientId,
    sub: 'pairwise-1',
    sid: 'sid-1',
    pid: '15819049944',
    acr: 'idporten-loa-high',
    amr: ['TestID'],
    auth_time: 1_750_000_000,
    nonce,
  };
}

function sign(
  claims: Record<string, unknown>,
  { typ = 'logout+jwt', key = issuer.key } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat: now, exp: now + 120, ...claims })
    .setProtectedHeader({ alg: 'RS256', typ, kid: 'issuer-1' })
    .sign(key);
}

const tokenRequest = z.object({ code: z.string(), code_verifier: z.string().min(43) });

async function issuerApp(): Promise<Hono> {
  const publicJwk = { ...(await exportJWK(issuerKeys.publicKey)), kid: 'issuer-1', alg: 'RS256', use: 'sig' };
  const app = new Hono();
  app.use(async (c, next) => {
    if (issuer.status === 200) await next();
    else if (issuer.status === 401) return c.json({ error: 'invalid_client' }, 401);
    else return new Response(null, { status: issuer.status });
    return undefined;
  });
  app.get('/.well-known/openid-configuration', (c) =>
    c.json({
      issuer: issuer.url,
      authorization_endpoint: `${issuer.url}/authorize`,
      token_endpoint: `${issuer.url}/token`,
      pushed_authorization_request_endpoint: `${issuer.url}/par`,
      end_session_endpoint: `${issuer.url}/logout`,
      jwks_uri: `${issuer.url}/jwks`,
      authorization_response_iss_parameter_supported: true,
    }),
  );
  app.get('/jwks', (c) => c.json({ keys: [publicJwk] }));
  app.post('/par', async (c) => {
    issuer.pushed.push(new URLSearchParams(await c.req.text()));
    return c.json({ request_uri: 'urn:idporten:abc', expires_in: 120 }, 201);
  });
  app.post('/token', async (c) => {
    const { code } = tokenRequest.parse(await c.req.parseBody());
    const idToken = await sign(issuer.claims(code), { typ: 'JWT' });
    return c.json({ access_token: 'a', token_type: 'Bearer', expires_in: 599, id_token: idToken });
  });
  return app;
}
