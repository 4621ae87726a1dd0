import { Hono } from 'hono';
import {
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  type CryptoKey,
  type JWTPayload,
} from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createMaskinporten } from './maskinporten.ts';

let publicKey: CryptoKey;
let privateJwk: { kid: string; alg: string };

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  publicKey = pair.publicKey;
  privateJwk = { ...(await exportJWK(pair.privateKey)), kid: 'key-1', alg: 'RS256' };
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a grant', () => {
  it('is what Maskinporten asks for, and new each time', async () => {
    const { maskinporten, grants } = start();
    await maskinporten.token(['b:two', 'a:one'], { resource: 'https://api.example/autorisert' });
    await maskinporten.token(['a:one']);
    const [first, second] = grants;
    expect(first).toMatchObject({
      iss: 'client-1',
      aud: 'https://maskinporten.test/',
      scope: 'a:one b:two',
      resource: ['https://api.example/autorisert'],
    });
    expect((first?.exp ?? 0) - (first?.iat ?? 0)).toBeLessThanOrEqual(120);
    expect(second).not.toHaveProperty('resource');
    expect(second?.jti).not.toBe(first?.jti);
  });

  it('goes to the usual address when the metadata cannot be had', async () => {
    const { maskinporten, grants } = start({ metadata: false });
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: true, value: 'token-1' });
    expect(grants).toHaveLength(1);
  });
});

describe('a token', () => {
  it('is asked for once by all who want it at the same time, whatever the order of scopes', async () => {
    const { maskinporten, grants } = start();
    const answers = await Promise.all([
      maskinporten.token(['a:one', 'b:two']),
      maskinporten.token(['b:two', 'a:one']),
    ]);
    expect(answers).toEqual([
      { ok: true, value: 'token-1' },
      { ok: true, value: 'token-1' },
    ]);
    expect(grants).toHaveLength(1);
  });

  it('is not shared between scopes or resources', async () => {
    const { maskinporten } = start();
    const values = [
      await maskinporten.token(['a:one']),
      await maskinporten.token(['a:two']),
      await maskinporten.token(['a:one'], { resource: 'r' }),
    ].map((answer) => answer.ok && answer.value);
    expect(values).toEqual(['token-1', 'token-2', 'token-3']);
  });

  it('is renewed 30 seconds before it expires', async () => {
    const { maskinporten } = start({ expiresIn: 120 });
    vi.useFakeTimers({ toFake: ['performance'] });
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: true, value: 'token-1' });
    vi.advanceTimersByTime(89_000);
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: true, value: 'token-1' });
    vi.advanceTimersByTime(2_000);
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: true, value: 'token-2' });
  });
});

describe('a refusal', () => {
  it('is not sent again by itself, tells nothing and is not remembered', async () => {
    const { maskinporten, grants } = start({ failures: [400] });
    const error = { kind: 'refused', register: 'maskinporten' };
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: false, error });
    expect(grants).toHaveLength(1);
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: true, value: 'token-2' });
  });

  it('for want of a server is not repeated either: a grant counts once', async () => {
    const { maskinporten, grants } = start({ failures: [503, 503] });
    const error = { kind: 'unavailable', register: 'maskinporten' };
    expect(await maskinporten.token(['a:one'])).toEqual({ ok: false, error });
    expect(grants).toHaveLength(1);
  });
});

const formShape = z.object({ grant_type: z.string(), assertion: z.string() });

function start({
  metadata = true,
  expiresIn = 599,
  failures = [],
}: { metadata?: boolean; expiresIn?: number; failures?: (400 | 503)[] } = {}) {
  const grants: JWTPayload[] = [];
  const path = metadata ? '/the-token-endpoint' : '/token';
  const app = new Hono();
  app.get('/.well-known/oauth-authorization-server', (c) =>
    metadata ? c.json({ token_endpoint: `https://maskinporten.test${path}` }) : c.notFound(),
  );
  app.post(path, async (c) => {
    const form = formShape.parse(await c.req.parseBody());
    const { assertion } = form;
    expect(form.grant_type).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS256', kid: 'key-1' });
    grants.push((await jwtVerify(assertion, publicKey)).payload);
    const failure = failures.shift();
    if (failure) return c.json({ error: 'invalid_grant', error_description: 'MP-012' }, failure);
    return c.json({ access_token: `token-${String(grants.length)}`, expires_in: expiresIn });
  });
  const maskinporten = createMaskinporten({
    issuer: 'https://maskinporten.test',
    clientId: 'client-1',
    privateJwk,
    backOffMs: 1,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
  return { maskinporten, grants };
}
