import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseNationalId } from '../kernel/national-id.ts';
import { createKrr } from './krr.ts';

const reachable = {
  personidentifikator: '15819049944',
  reservasjon: 'NEI',
  status: 'AKTIV',
  varslingsstatus: 'KAN_VARSLES',
  kontaktinformasjon: { epostadresse: 'a@example.no', mobiltelefonnummer: '+4799999999' },
  spraak: 'nb',
};

const contact = {
  nationalId: '15819049944',
  email: 'a@example.no',
  mobile: '+4799999999',
  canBeNotified: true,
  language: 'nb',
};

it('gives the addresses of someone who can be notified', async () => {
  expect(await contacts(reachable)).toEqual({ ok: true, value: [contact] });
});

it.each([
  ['nn', 'nb'],
  ['se', 'nb'],
  ['en', 'en'],
  ['sv', undefined],
  [null, undefined],
])('writes to a reader of %s in %s', async (spraak, language) => {
  const answer = await contacts({ ...reachable, spraak });
  expect(answer.ok && answer.value[0]?.language).toBe(language);
});

it('says who cannot be notified, though there may be an old address', async () => {
  expect(await contacts({ ...reachable, varslingsstatus: 'KAN_IKKE_VARSLES' })).toEqual({
    ok: true,
    value: [{ ...contact, canBeNotified: false }],
  });
  expect(
    await contacts({
      personidentifikator: '15819049944',
      status: 'IKKE_REGISTRERT',
      varslingsstatus: 'KAN_IKKE_VARSLES',
    }),
  ).toEqual({ ok: true, value: [{ nationalId: '15819049944', canBeNotified: false }] });
});

it('finds an answer without people unexpected', async () => {
  expect(await contacts(undefined)).toEqual({
    ok: false,
    error: { kind: 'unexpected-answer', register: 'krr' },
  });
});

it('asks for 1,000 at a time', async () => {
  const counts: number[] = [];
  await contacts(reachable, 1001, counts);
  expect(counts).toEqual([1000, 1]);
});

const requestShape = z.object({ personidentifikatorer: z.array(z.string()) });

function contacts(person: object | undefined, count = 1, counts: number[] = []) {
  const parsed = parseNationalId('15819049944', { synthetic: true });
  if (!parsed.ok) throw new Error(parsed.error);
  const app = new Hono();
  app.post('/rest/v2/personer', async (c) => {
    counts.push(requestShape.parse(await c.req.json()).personidentifikatorer.length);
    return c.json(person ? { personer: [person] } : { error: 'none' });
  });
  const krr = createKrr({
    baseUrl: 'https://krr.test',
    synthetic: true,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
  return krr.contacts(Array.from({ length: count }, () => parsed.value));
}
