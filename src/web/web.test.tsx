import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadAssets, type Assets } from './assets.ts';
import type { AppEnv, SessionInfo } from './context.ts';
import { forbiddenPage, notFoundPage } from './errors.tsx';
import { createTranslator } from './languages.ts';
import type { Navigation } from './navigation.ts';
import { redirectDone, renderPage } from './page.tsx';
import { rateLimited } from './rate-limit.ts';
import { searchOf, searchQuery } from './search.tsx';
import { addressKey, clientAddress, csrfToken, wholeAnswer } from './security.ts';
import { createWebApp } from './web.ts';

const origin = 'https://kortvakt.example';
const secret = 'a secret for these tests alone';
const people: Readonly<Record<string, SessionInfo>> = {
  a: person(1, 'Våken Spurv'),
  b: person(2, 'Rask Gaupe'),
};
const navigation: Navigation = {
  home: '/',
  login: '/login',
  logout: '/logout',
  chooseBusiness: '/businesses',
  ownMessages: '/profile/messages',
  ownCards: '/my-cards',
  userProfile: () => '/profile',
  check: '/check',
  topMenu: () => [],
  sideMenu: () => [],
};
const demo = { done: { removed: 'Fjernet <nå>' }, other: 'Ikke en melding' };

let assets: Assets;
let app: Hono<AppEnv>;
let done: string[];
let logged: { fields: object; message: string }[];

beforeAll(async () => {
  assets = await loadAssets();
});

beforeEach(() => {
  done = [];
  logged = [];
  app = createWebApp({
    assets,
    navigation,
    translator: createTranslator({ nb: { demo }, en: { demo } }, (_language, key) => {
      throw new Error(`No text by the key ${key}`);
    }),
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields, message) => logged.push({ fields, message }),
    },
    publicOrigin: origin,
    issuerOrigin: 'https://issuer.example',
    csrfSecret: secret,
    readSession: (c) => Promise.resolve(people[c.req.header('x-test-person') ?? ''] ?? null),
    framedByIssuer: ['/logout/front'],
    csrfExempt: ['/logout/back'],
    anyName: ['/well'],
    answeredWhole: (path) => path.startsWith('/whole'),
    maxBodyBytes: (path) => (path === '/photo' ? 3000 : 1000),
  });
  app.get('/', (c) => renderPage(c, { title: 'Forside' }, <p>{'<script>alert(1)</script>'}</p>));
  app.get('/missing/:id', (c) => notFoundPage(c));
  app.get('/refused', (c) => forbiddenPage(c, { rule: 'Regelen.', whoCanChange: 'Daglig leder.' }));
  app.get('/broken', () => {
    throw new Error('a number that must not be shown: 15819049944');
  });
  app.get('/logout/front', (c) => c.text('ok'));
  app.get('/well', (c) => c.text('ok'));
  app.get('/by-hand', () => new Response('ok', { headers: { 'X-Frame-Options': 'SAMEORIGIN' } }));
  app.get('/whole', (c) => wholeAnswer(c, 'ok', { 'Content-Type': 'text/plain' }));
  app.get('/whole/not', () => {
    throw new Error('before it is answered');
  });
  app.get('/kept', () => new Response('ok', { headers: { 'Cache-Control': 'max-age=60' } }));
  app.get(
    '/often',
    rateLimited(
      { limit: 1, windowSeconds: 60 },
      (c) => clientAddress(c, 1),
      () => 0,
    ),
    (c) => c.text('ok'),
  );
  for (const path of ['/change', '/logout/back', '/photo', '/api/change']) {
    app.on(['POST', 'PUT', 'DELETE'], path, (c) => {
      done.push(path);
      return redirectDone(c, '/', 'demo:done.removed');
    });
  }
});

function person(id: number, name: string): SessionInfo {
  return {
    tokenHash: Buffer.alloc(32, id),
    personId: String(id),
    name,
    acr: 'high',
    authTime: new Date(0),
    unread: 0,
  };
}

function tokenOf(who: string): string {
  const session = people[who];
  return session === undefined ? '' : csrfToken(secret, session);
}

function send(
  path: string,
  headers: Record<string, string>,
  fields: Record<string, string>,
  method = 'POST',
) {
  return app.request(origin + path, { method, headers, body: new URLSearchParams(fields) });
}

describe('A request by a name', () => {
  const by = (name: string, path: string) =>
    app.request(`${name}${path}`, { headers: { 'x-test-person': 'a' } });

  test.each(['http://kortvakt.example', 'https://kortvakt.example:443', 'http://kortvakt.example:443'])(
    'of ours is answered: %s',
    async (name) => {
      expect((await by(name, '/')).status).toBe(200);
    },
  );

  test.each([
    'https://kortvakt.example.evil',
    'https://www.kortvakt.example',
    'https://kortvakt.example:8443',
    'http://10.0.0.7:3000',
  ])('that is not ours is told our address, whatever it asks for: %s', async (name) => {
    for (const path of ['/', '/refused', '/nothing']) {
      const answer = await by(name, path);
      expect(answer.status).toBe(421);
      const text = await answer.text();
      expect(text).toContain('Kortvakt er på kortvakt.example og ingen andre steder');
      expect(text).toContain(`href="${origin}"`);
    }
    const sent = await app.request(`${name}/change`, { method: 'POST', body: new URLSearchParams() });
    expect(sent.status).toBe(421);
    expect(done).toEqual([]);
  });

  test('that is not ours still tells whether the process is well', async () => {
    expect((await by('http://10.0.0.7:3000', '/well')).status).toBe(200);
  });
});

describe('A request that changes something', () => {
  const same = { 'sec-fetch-site': 'same-origin' };

  test.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'with a session from our own page with its token',
      { ...same, 'x-test-person': 'a' },
      { _csrf: tokenOf('a') },
    ],
    ['typed by the person', { 'sec-fetch-site': 'none', 'x-test-person': 'a' }, { _csrf: tokenOf('a') }],
    [
      'from our own page in a browser that only tells Origin',
      { origin, 'x-test-person': 'a' },
      { _csrf: tokenOf('a') },
    ],
    ['from our own page with nobody logged in', same, {}],
    [
      'from a script of ours',
      { ...same, 'x-test-person': 'a', 'content-type': 'text/plain', 'x-csrf-token': tokenOf('a') },
      {},
    ],
  ])('is done when it comes %s', async (_name, headers, fields) => {
    expect((await send('/change', headers, fields)).status).toBe(303);
    expect(done).toEqual(['/change']);
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['no token', { ...same, 'x-test-person': 'a' }, {}],
    ['an empty token', { ...same, 'x-test-person': 'a' }, { _csrf: '' }],
    ["another session's token", { ...same, 'x-test-person': 'a' }, { _csrf: tokenOf('b') }],
    ['a token cut short', { ...same, 'x-test-person': 'a' }, { _csrf: tokenOf('a').slice(0, -1) }],
    ['a token of other length in bytes', { ...same, 'x-test-person': 'a' }, { _csrf: 'å'.repeat(43) }],
    ['another site', { 'sec-fetch-site': 'cross-site', 'x-test-person': 'a' }, { _csrf: tokenOf('a') }],
    ['a sister site', { 'sec-fetch-site': 'same-site', 'x-test-person': 'a' }, { _csrf: tokenOf('a') }],
    ['another site, though Origin is ours', { origin, 'sec-fetch-site': 'cross-site' }, {}],
    [
      'another origin',
      { origin: 'https://kortvakt.example.evil', 'x-test-person': 'a' },
      { _csrf: tokenOf('a') },
    ],
    [
      'another origin that calls itself its own site, as a look-alike in between does',
      { ...same, origin: 'https://kortvakt-login.example', 'x-test-person': 'a' },
      { _csrf: tokenOf('a') },
    ],
    ['an origin that is hidden', { origin: 'null' }, {}],
    ['no word of where it comes from', { 'x-test-person': 'a' }, { _csrf: tokenOf('a') }],
    [
      'the token where only a form may have it',
      { ...same, 'x-test-person': 'a', 'x-csrf-token': tokenOf('a') },
      {},
    ],
  ])('is refused and not done when it has %s', async (_name, headers, fields) => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await send('/change', headers, fields, method);
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('Skjemaet er for gammelt');
    }
    expect(done).toEqual([]);
  });

  test('is let through from other servers only where that is said', async () => {
    expect((await send('/logout/back', { 'sec-fetch-site': 'cross-site' }, {})).status).toBe(303);
    expect((await send('/logout/back/', { 'sec-fetch-site': 'cross-site' }, {})).status).toBe(403);
    expect(done).toEqual(['/logout/back']);
  });

  test('is refused as not understood when its form cannot be read', async () => {
    const headers = { ...same, 'content-type': 'multipart/form-data; boundary=x' };
    const response = await app.request(`${origin}/change`, { method: 'POST', headers, body: 'nonsense' });
    expect(response.status).toBe(400);
    expect(done).toEqual([]);
  });

  test('is refused when its body is larger than its path takes', async () => {
    const fields = { text: 'x'.repeat(2000) };
    expect((await send('/change', same, fields)).status).toBe(413);
    expect((await send('/photo', same, fields)).status).toBe(303);
    const declared = { ...same, 'content-length': '2000' };
    expect((await send('/change', declared, { text: 'x' })).status).toBe(413);
    const chunked = new Request(`${origin}/change`, {
      method: 'POST',
      headers: same,
      body: 'x'.repeat(2000),
    });
    chunked.headers.set('transfer-encoding', 'chunked');
    expect((await app.request(chunked)).status).toBe(413);
    expect(done).toEqual(['/photo']);
  });
});

describe('The headers', () => {
  test('allow our own script, style and forms alone, and nobody to frame us', async () => {
    const { headers } = await app.request(`${origin}/`);
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
        const [name = '', ...values] = part.split(' ');
        return [name, values.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'form-action': "'self' https://issuer.example",
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
    });
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+/u);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/u);
  });

  test.each([
    '/',
    '/missing/1',
    '/no/such/route',
    '/broken',
    '/refused',
    '/by-hand',
    '/kept',
    '/whole',
    '/whole/not',
    '/change',
  ])('are all on every answer, as on that of %s', async (path) => {
    const { headers } = await app.request(origin + path, { method: path === '/change' ? 'POST' : 'GET' });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'origin-agent-cluster': '?1',
      'referrer-policy': 'same-origin',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-dns-prefetch-control': 'off',
      'x-frame-options': 'DENY',
      'x-permitted-cross-domain-policies': 'none',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "form-action 'self' https://issuer.example; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; " +
        'upgrade-insecure-requests',
      'permissions-policy':
        'camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)',
      'cache-control': path === '/kept' ? 'max-age=60' : 'no-store',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/u) as string,
    });
  });

  test('let the issuer, and only it, frame the front-channel logout', async () => {
    const { headers } = await app.request(`${origin}/logout/front?iss=x&sid=y`);
    expect(headers.get('content-security-policy')).toContain('frame-ancestors https://issuer.example');
    expect(headers.has('x-frame-options')).toBe(false);
  });

  test("do not take over an asker's own request id", async () => {
    const response = await app.request(`${origin}/`, { headers: { 'x-request-id': 'mine' } });
    expect(response.headers.get('x-request-id')).not.toBe('mine');
  });
});

describe('A page', () => {
  test('escapes what it shows and holds no script or style of its own', async () => {
    const html = await (await app.request(`${origin}/`)).text();
    expect(html).toMatch(/^<!doctype html><html lang="nb">/u);
    expect(html).toContain('&lt;script&gt;alert(1)');
    expect(html).not.toMatch(/<style|style="|<script(?![^>]*src=)| on[a-z]+="/u);
    expect(html).toContain('<title>Forside &ndash; Kortvakt</title>');
  });

  test('says what was done only in our own words, and not when another site led here', async () => {
    const shown = async (query: string, headers: Record<string, string> = {}) =>
      (await (await app.request(`${origin}/?${query}`, { headers })).text()).includes('Fjernet &lt;nå&gt;');
    expect(await shown('done=demo:done.removed')).toBe(true);
    expect(await shown('done=demo:done.removed', { 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(await shown('done=demo:done.removed', { 'sec-fetch-site': 'cross-site' })).toBe(false);
    // Nothing was done where what was asked for is refused.
    for (const path of ['/missing/1', '/no/such/route', '/refused']) {
      const html = await (await app.request(`${origin}${path}?done=demo:done.removed`)).text();
      expect(html).not.toContain('Fjernet &lt;nå&gt;');
    }
    for (const key of ['demo:other', 'demo:done.unknown', 'demo:done', 'Send+penger']) {
      const html = await (await app.request(`${origin}/?done=${key}`)).text();
      expect(html).not.toContain('ds-alert');
    }
  });

  test('is in the language of the cookie, else of the browser, else bokmål', async () => {
    const languageOf = async (headers: Record<string, string>) =>
      /<html lang="(\w+)"/u.exec(await (await app.request(`${origin}/`, { headers })).text())?.[1];
    expect(await languageOf({})).toBe('nb');
    expect(await languageOf({ 'accept-language': 'en-GB,en;q=0.9' })).toBe('en');
    expect(await languageOf({ 'accept-language': 'nn-NO,en;q=0.9' })).toBe('nb');
    expect(await languageOf({ 'accept-language': 'no,en;q=0.9' })).toBe('nb');
    expect(await languageOf({ 'accept-language': 'pl,en;q=0.5,nb;q=0.4' })).toBe('en');
    expect(await languageOf({ 'accept-language': 'pl' })).toBe('nb');
    expect(await languageOf({ 'accept-language': 'nb', cookie: 'language=en' })).toBe('en');
    expect(await languageOf({ cookie: 'language=<x>' })).toBe('nb');
  });

  test('changes language and stays where it was', async () => {
    const post = (fields: Record<string, string>) =>
      send('/language', { 'sec-fetch-site': 'same-origin' }, fields);
    const chosen = await post({ language: 'en', return: '/access?page=2' });
    expect(chosen.status).toBe(303);
    expect(chosen.headers.get('location')).toBe('/access?page=2');
    expect(chosen.headers.get('set-cookie')).toMatch(
      /^language=en; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/u,
    );
    expect((await post({ language: 'en', return: '//evil.example' })).headers.get('location')).toBe('/');
    expect((await post({ language: 'xx', return: '/' })).headers.get('set-cookie')).toContain('language=;');
  });
});

describe('What goes wrong', () => {
  test('is the same to the byte for what is missing and what one may not know of', async () => {
    const bodies = await Promise.all(
      ['/missing/1', '/missing/019ab000-0000-7000-8000-000000000001?x=2', '/no/such/route'].map(
        async (path) => {
          const response = await app.request(origin + path, { headers: { 'x-test-person': 'a' } });
          expect(response.status).toBe(404);
          // The address to come back to when the language is changed is the asker's own.
          return (await response.text()).replaceAll(/name="return" value="[^"]*"/gu, '');
        },
      ),
    );
    expect(new Set(bodies).size).toBe(1);
  });

  test('says which rule refused it and who can change that', async () => {
    const response = await app.request(`${origin}/refused`);
    expect(response.status).toBe(403);
    const html = await response.text();
    expect(html).toContain('Regelen.');
    expect(html).toContain('Daglig leder.');
  });

  test('by a bug is logged under an id, and nothing but the id is shown', async () => {
    const response = await app.request(`${origin}/broken`);
    expect(response.status).toBe(500);
    const html = await response.text();
    expect(html).not.toContain('15819049944');
    expect(logged).toHaveLength(1);
    expect(logged[0]?.fields).toMatchObject({ method: 'GET', route: '/broken' });
    const id = response.headers.get('x-request-id') ?? '?';
    expect(html).toContain(id);
    expect(logged[0]?.fields).toMatchObject({ requestId: id });
  });

  test('is told to programs as problem details', async () => {
    const response = await app.request(`${origin}/missing/1`, { headers: { accept: 'application/json' } });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: `${origin}/problems/not-found`,
      title: 'Vi finner ikke siden',
      status: 404,
    });
    expect((await app.request(`${origin}/api/nothing`)).headers.get('content-type')).toBe(
      'application/problem+json',
    );
    const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
    const page = await app.request(`${origin}/missing/1`, { headers: browser });
    expect(page.headers.get('content-type')).toContain('text/html');
  });

  test('too often gets the seconds to wait', async () => {
    const ask = (address: string) =>
      app.request(`${origin}/often`, { headers: { 'x-forwarded-for': address } });
    expect((await ask('192.0.2.1')).status).toBe(200);
    const refused = await ask('198.51.100.7, 192.0.2.1');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await refused.text()).toContain('Vent 60 sekunder');
    expect((await ask('192.0.2.2')).status).toBe(200);
  });
});

describe('The address of an asker', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  test('is what the trusted proxy wrote, never what the asker wrote further left', async () => {
    const plain = new Hono();
    plain.get('/:hops', (c) => c.text(clientAddress(c, Number(c.req.param('hops')))));
    const ask = async (hops: number, forwarded?: string) =>
      (
        await plain.request(`/${String(hops)}`, {
          headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
        })
      ).text();
    expect(await ask(1, '10.0.0.1, 192.0.2.1')).toBe('192.0.2.1');
    expect(await ask(2, '10.0.0.1, 192.0.2.1, 192.0.2.9')).toBe('192.0.2.1');
    expect(await ask(0, '10.0.0.1')).toBe('unknown');
    expect(await ask(2, '10.0.0.1')).toBe('unknown');
    expect(await ask(1)).toBe('unknown');
  });
});

describe('Script and style', () => {
  test('are served for good under a name of their content, compressed', async () => {
    const path = assets.path('styles.css') ?? '';
    expect(path).toMatch(/^\/assets\/styles-[\w]+\.css$/u);
    const response = await app.request(origin + path, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8');
    const plain = await app.request(origin + path, { headers: { 'accept-encoding': 'gzip;q=0, br;q=0' } });
    expect(plain.headers.has('content-encoding')).toBe(false);
    expect(await plain.text()).toContain('.ds-button');
    expect((await app.request(`${origin}/assets/../package.json`)).status).toBe(404);
    expect((await app.request(`${origin}/assets/none.css`)).status).toBe(404);
  });

  test('are small', async () => {
    const sizes = await Promise.all(
      ['styles.css', 'enhance.js'].map(async (name) => {
        const response = await app.request(origin + (assets.path(name) ?? ''));
        return gzipSync(await response.arrayBuffer()).byteLength;
      }),
    );
    expect(sizes[0]).toBeLessThan(30_000);
    expect(sizes[1]).toBeLessThan(2000);
  });
});

describe('A search', () => {
  const search = (who: string, fields: Record<string, string>) =>
    send(
      '/search',
      { 'sec-fetch-site': 'same-origin', 'x-test-person': who },
      { _csrf: tokenOf(who), ...fields },
    );
  const found = async (who: string, path: string) =>
    (await app.request(origin + path, { headers: { 'x-test-person': who } })).text();

  beforeEach(() => {
    app.get('/found', (c) => c.text(`${searchOf(c)} (${searchQuery(c)['find'] ?? ''})`));
  });

  test('leads to its page with the text sealed for whoever searched', async () => {
    const sent = await search('a', { to: '/found?unit=1', q: ' Ærlig  Østavind ', worker: '7' });
    expect(sent.status).toBe(303);
    const location = sent.headers.get('location') ?? '';
    expect(location).toMatch(/^\/found\?unit=1&worker=7&find=[\w-]+$/u);
    const sealed = new URL(location, origin).searchParams.get('find') ?? '';
    expect(await found('a', location)).toBe(`Ærlig  Østavind (${sealed})`);
    expect(await found('b', location)).toBe(' ()');
    expect(await found('', location)).toBe(' ()');
    expect(await found('a', '/found?find=Ola')).toBe(' ()');
  });

  test.each([
    ['nothing', '', '/found', /^\/found$/u],
    ['blanks', '   ', '/found?find=old&unit=1', /^\/found\?unit=1$/u],
    ['a page elsewhere', 'Ola', 'https://elsewhere.example/', /^\/\?find=[\w-]+$/u],
    ['a path that browsers read as a host', 'Ola', '//elsewhere.example', /^\/\?find=[\w-]+$/u],
    ['very much', 'a'.repeat(500), '/found', /^\/found\?find=[\w-]{170,172}$/u],
  ])('for %s stays among our own pages', async (_what, q, to, expected) => {
    const location = (await search('a', { to, q })).headers.get('location');
    expect(location).toMatch(expected);
  });
});
