import { once } from 'node:events';
import { createServer } from 'node:https';
import { Hono } from 'hono';
import { afterEach, expect, it } from 'vitest';
import { testCertificate } from '../../tests/support/test-certificate.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { fetchWithCertificate } from './client-certificate.ts';
import { createKofuvi } from './kofuvi.ts';

const email = {
  identifikator: 'k1',
  epostadresse: { brukernavn: 'post', domenenavn: 'example.no' },
  mobiltelefon: null,
};
const mobile = {
  identifikator: 'k2',
  mobiltelefon: { internasjonaltPrefiks: '+47', nasjonaltNummer: '99999999' },
};

const parsed = parseOrganisationNumber('310000019');
if (!parsed.ok) throw new Error(parsed.error);
const number = parsed.value;

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function ask(answer: unknown, seen: Request[] = []) {
  const app = new Hono();
  app.get('/api/varslingsadresser/310000019', (c) => {
    seen.push(c.req.raw);
    return c.json(answer);
  });
  const fetch: typeof globalThis.fetch = async (input, init) => app.fetch(new Request(input, init));
  return createKofuvi({ baseUrl: 'https://kofuvi.test', fetch }).addresses(number);
}

it('puts addresses together from their parts, and asks for the version that it reads', async () => {
  const seen: Request[] = [];
  const answer = await ask(
    { organisasjonsnummer: '310000019', _embedded: { varslingsadresser: [email, mobile] } },
    seen,
  );
  expect(answer).toEqual({
    ok: true,
    value: {
      organisationNumber: '310000019',
      addresses: [
        { id: 'k1', email: 'post@example.no', mobile: undefined },
        { id: 'k2', email: undefined, mobile: '+4799999999' },
      ],
    },
  });
  expect(seen[0]?.headers.get('accept')).toBe('application/vnd.brreg.kofuvi.varslingsadresser.v1+json');
});

it.each([
  ['without any', { organisasjonsnummer: '310000019' }, { ok: true, value: { addresses: [] } }],
  ['of nobody', { navn: 'X' }, { ok: false, error: { kind: 'unexpected-answer', register: 'kofuvi' } }],
  ['of no shape', 'x', { ok: false, error: { kind: 'unexpected-answer', register: 'kofuvi' } }],
])('reads an answer %s', async (_what, body, expected) => {
  expect(await ask(body)).toMatchObject(expected);
});

async function registerWithTls(delayMs = 0) {
  const { certificate: cert, key } = testCertificate;
  const server = createServer(
    { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
    (_, answer) => {
      setTimeout(
        () =>
          answer
            .writeHead(200, { 'content-type': 'application/hal+json' })
            .end(
              JSON.stringify({ organisasjonsnummer: '310000019', _embedded: { varslingsadresser: [email] } }),
            ),
        delayMs,
      );
    },
  ).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `https://localhost:${String(typeof address === 'object' ? address?.port : 0)}`;
}

it('shows the register its certificate, and is given up on time', async () => {
  const fetch = fetchWithCertificate(testCertificate, testCertificate.certificate);
  const client = async (delayMs: number, timeoutMs: number) =>
    createKofuvi({ baseUrl: await registerWithTls(delayMs), fetch, timeoutMs, backOffMs: 1 }).addresses(
      number,
    );
  expect(await client(0, 2000)).toMatchObject({
    ok: true,
    value: { addresses: [{ email: 'post@example.no' }] },
  });
  expect(await client(400, 50)).toEqual({ ok: false, error: { kind: 'timeout', register: 'kofuvi' } });
});

it('is not heard by the register without one, nor does it trust a register that it does not know', async () => {
  const baseUrl = await registerWithTls();
  const call = (options: Partial<Parameters<typeof createKofuvi>[0]>) =>
    createKofuvi({ baseUrl, backOffMs: 1, ...options }).addresses(number);
  const unavailable = { ok: false, error: { kind: 'unavailable', register: 'kofuvi' } };
  expect(await call({})).toEqual(unavailable);
  expect(await call({ certificate: testCertificate })).toEqual(unavailable);
});
