import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHttpClient, type ClientOptions } from './http-client.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('a register’s answer', () => {
  it('is parsed when it is what was agreed', async () => {
    const { client } = await serve((c) => c.json({ value: 7, more: true }));
    expect(await client({ path: '/x', answer })).toEqual({ ok: true, value: { value: 7 } });
  });

  it.each([
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'not-found'],
    [410, 'gone'],
    [422, 'refused'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('of status %i is %s, with no trace of what was asked or said', async (status, kind) => {
    const { client } = await serve((c) => c.body('15819049944 is unknown', status as 400));
    const result = await client({ path: '/people/15819049944', answer });
    expect(result).toEqual({ ok: false, error: { kind, register: 'test' } });
  });

  it.each(['', 'not json', '{"value":"seven"}', '[]', 'null'])('%j is unexpected', async (body) => {
    const { client } = await serve((c) => c.body(body, 200));
    expect(await client({ path: '/x', answer })).toEqual(failure('unexpected-answer'));
  });

  it('that sends us elsewhere is not followed', async () => {
    const { client, seen } = await serve((c) =>
      c.req.path === '/elsewhere' ? c.json({ value: 1 }) : c.redirect('/elsewhere'),
    );
    expect(await client({ path: '/x', answer })).toEqual(failure('unexpected-answer'));
    expect(seen).toHaveLength(1);
  });

  it('that breaks off in the middle is no answer', async () => {
    const baseUrl = await listen(
      createServer((_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"value"');
        setTimeout(() => response.destroy(), 10);
      }),
    );
    const client = createHttpClient('test', { baseUrl, backOffMs: 1 });
    expect(await client({ path: '/x', answer })).toEqual(failure('unavailable'));
  });
});

describe('a register that does not answer', () => {
  it('is unavailable when nobody listens', async () => {
    const client = createHttpClient('test', { baseUrl: 'http://127.0.0.1:9', backOffMs: 1 });
    expect(await client({ path: '/x', answer })).toEqual(failure('unavailable'));
  });

  it('is given up after the time-out, three times', async () => {
    const { client, seen } = await serve(() => new Promise(() => undefined), { timeoutMs: 40 });
    expect(await client({ path: '/x', answer })).toEqual(failure('timeout'));
    expect(seen).toHaveLength(3);
  });

  it('is given up when its answer begins and then stalls', async () => {
    const baseUrl = await listen(createServer((_, response) => response.writeHead(200).write('{')));
    const client = createHttpClient('test', { baseUrl, timeoutMs: 40, backOffMs: 1 });
    expect(await client({ path: '/x', answer })).toEqual(failure('timeout'));
  });
});

describe('repeating', () => {
  it.each([500, 502, 429])('helps a GET over two answers of %i', async (status) => {
    const { client, seen } = await serve((c) =>
      seen.length < 3 ? c.body(null, status as 500) : c.json({ value: 3 }),
    );
    expect(await client({ path: '/x', answer })).toEqual({ ok: true, value: { value: 3 } });
  });

  it.each([400, 404, 410])('is no use after %i', async (status) => {
    const { client, seen } = await serve((c) => c.body(null, status as 400));
    await client({ path: '/x', answer });
    expect(seen).toHaveLength(1);
  });

  it('is for a POST only when it says so', async () => {
    const { client, seen } = await serve((c) => c.body(null, 500));
    const body = { json: {} };
    await client({ path: '/once', body, answer });
    expect(seen).toHaveLength(1);
    await client({ path: '/again', body, repeatable: true, answer });
    expect(seen).toHaveLength(4);
  });

  it('waits as long as it is told to, in the register’s own unit', async () => {
    const { client, seen } = await serve(
      (c) => (seen.length === 1 ? c.body(null, 429, { 'retry-after': '120' }) : c.json({ value: 1 })),
      {},
      1,
    );
    const begun = performance.now();
    expect((await client({ path: '/x', answer })).ok).toBe(true);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(115);
  });

  it('leaves a long wait to whoever asked', async () => {
    const { client, seen } = await serve((c) => c.body(null, 429, { 'retry-after': '120' }));
    const error = { kind: 'rate-limited', register: 'test', retryAfterMs: 120_000 };
    expect(await client({ path: '/x', answer })).toEqual({ ok: false, error });
    expect(seen).toHaveLength(1);
  });

  it('understands a wait until a moment', async () => {
    const moment = new Date(Date.now() + 60_000).toUTCString();
    const { client } = await serve((c) => c.body(null, 503, { 'retry-after': moment }));
    const result = await client({ path: '/x', answer });
    const wait = result.ok ? undefined : result.error.retryAfterMs;
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });
});

describe('a request', () => {
  it('carries query, headers, body and token as given', async () => {
    const { client, seen } = await serve((c) => c.json({ value: 1 }), {
      token: () => Promise.resolve({ ok: true, value: 'secret' }),
    });
    await client({
      path: '/x',
      query: [
        ['part', 'navn'],
        ['part', 'blå & grå'],
      ],
      headers: { 'idempotency-key': 'k' },
      body: { json: { ids: ['1'] } },
      answer,
    });
    await client({ path: '/y', body: { form: { a: 'b c' } }, answer });
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/x',
      query: '?part=navn&part=bl%C3%A5+%26+gr%C3%A5',
      headers: { authorization: 'Bearer secret', 'idempotency-key': 'k', 'content-type': 'application/json' },
      body: '{"ids":["1"]}',
    });
    expect(seen[1]).toMatchObject({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=b+c',
    });
  });

  it('is not sent when there is no token for it', async () => {
    const error = { kind: 'timeout', register: 'maskinporten' } as const;
    const { client, seen } = await serve((c) => c.json({ value: 1 }), {
      token: () => Promise.resolve({ ok: false, error }),
    });
    expect(await client({ path: '/x', answer })).toEqual({ ok: false, error });
    expect(seen).toHaveLength(0);
  });
});

const answer = z.object({ value: z.number() });

function failure(kind: string) {
  return { ok: false, error: { kind, register: 'test' } };
}

type Seen = { method: string; path: string; query: string; headers: Record<string, string>; body: string };

async function serve(
  respond: (c: Context) => Response | Promise<Response>,
  options: Partial<ClientOptions> = {},
  retryAfterUnitMs?: number,
) {
  const seen: Seen[] = [];
  const app = new Hono();
  app.all('*', async (c) => {
    const { method, path } = c.req;
    const { search } = new URL(c.req.url);
    seen.push({ method, path, query: search, headers: c.req.header(), body: await c.req.text() });
    return respond(c);
  });
  const listener = getRequestListener(app.fetch);
  const baseUrl = await listen(createServer((request, response) => void listener(request, response)));
  const unit = retryAfterUnitMs === undefined ? {} : { retryAfterUnitMs };
  return { seen, client: createHttpClient('test', { baseUrl, backOffMs: 1, ...options }, unit) };
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
