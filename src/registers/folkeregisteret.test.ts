import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseNationalId } from '../kernel/national-id.ts';
import { createFolkeregisteret } from './folkeregisteret.ts';

const person = {
  identifikasjonsnummer: [
    {
      erGjeldende: true,
      status: 'iBruk',
      foedselsEllerDNummer: '15819049944',
      identifikatortype: 'foedselsnummer',
    },
  ],
  navn: [
    { erGjeldende: false, fornavn: 'Sovende', etternavn: 'Spurv' },
    { erGjeldende: true, fornavn: 'Våken', mellomnavn: 'Čáhppes', etternavn: 'Spurv' },
  ],
  status: [{ erGjeldende: true, status: 'bosatt' }],
  foedsel: [{ erGjeldende: true, foedselsdato: '1990-01-15' }],
  statsborgerskap: [
    { erGjeldende: false, statsborgerskap: 'SWE' },
    { erGjeldende: true, statsborgerskap: 'NOR' },
    { erGjeldende: true, statsborgerskap: 'PHL' },
  ],
};

const known = {
  nationalId: '15819049944',
  name: { given: 'Våken', middle: 'Čáhppes', family: 'Spurv' },
  birthDate: '1990-01-15',
  status: 'bosatt',
  deceased: false,
  identifierKind: 'national-identity-number',
  identifierActive: true,
  citizenships: ['NOR', 'PHL'],
};

describe('changes', () => {
  it('follow the one that was read last, each with whom it is about, where that can be read', async () => {
    const { register, asked } = start(() => undefined);
    expect(await register.lastChange()).toEqual({ ok: true, value: 41 });
    expect(await register.changes(41)).toEqual({
      ok: true,
      value: [
        { id: 42, nationalId: '15819049944' },
        { id: 43, nationalId: undefined },
      ],
    });
    expect(asked[0]?.url).toBe('https://freg.test/v1/hendelser/feed?seq=42');
  });
});

describe('people', () => {
  it('are what holds now of all that was ever so', async () => {
    const { register } = start(() => person);
    expect(await register.people([id('15819049944')])).toEqual({ ok: true, value: [known] });
  });

  it('with an inactive D-number are told from others', async () => {
    const { register } = start(() => ({
      ...person,
      identifikasjonsnummer: [
        {
          erGjeldende: true,
          status: 'opphoert',
          foedselsEllerDNummer: '55819049938',
          identifikatortype: 'dNummer',
        },
      ],
      status: [{ erGjeldende: true, status: 'inaktiv' }],
    }));
    expect(await register.people([id('55819049938')])).toMatchObject({
      ok: true,
      value: [{ status: 'inaktiv', identifierKind: 'd-number', identifierActive: false }],
    });
  });

  it('whose D-number has been followed by another number no longer have the old one', async () => {
    const { register } = start(() => ({
      ...person,
      identifikasjonsnummer: [
        ...person.identifikasjonsnummer,
        { erGjeldende: false, foedselsEllerDNummer: '55819049938', identifikatortype: 'dNummer' },
      ],
    }));
    expect(await register.people([id('55819049938')])).toMatchObject({
      ok: true,
      value: [{ nationalId: '55819049938', identifierKind: 'd-number', identifierActive: false }],
    });
  });

  it.each([
    [{ status: [{ erGjeldende: true, status: 'doed' }] }],
    [{ doedsfall: [{ erGjeldende: true, doedsdato: '2026-10-01' }] }],
  ])('are dead by %j', async (facts) => {
    const { register } = start(() => ({ ...person, ...facts }));
    expect(await register.people([id('15819049944')])).toMatchObject({
      ok: true,
      value: [{ deceased: true }],
    });
  });

  it('have the protection of their address that holds now', async () => {
    const { register } = start(() => ({
      ...person,
      adressebeskyttelse: [
        { erGjeldende: false, graderingsnivaa: 'fortrolig' },
        { erGjeldende: true, graderingsnivaa: 'strengtFortrolig' },
      ],
    }));
    expect(await register.people([id('15819049944')])).toMatchObject({
      ok: true,
      value: [{ addressProtection: 'strengtFortrolig' }],
    });
  });

  it('that the register does not know are left out', async () => {
    const { register } = start(() => undefined);
    expect(await register.people([id('15819049944')])).toEqual({ ok: true, value: [] });
  });

  it('are asked for 500 at a time, in bodies and not in addresses', async () => {
    const { register, asked } = start(() => undefined);
    await register.people(Array.from({ length: 1001 }, () => id('15819049944')));
    expect(asked.map(({ count }) => count)).toEqual([500, 500, 1]);
    for (const { url } of asked) expect(url).not.toContain('15819049944');
    expect(asked[0]?.url).toContain(
      '?part=identifikasjonsnummer&part=navn&part=foedsel&part=status&part=doedsfall&part=adressebeskyttelse',
    );
  });

  it('of none asks nobody', async () => {
    const { register, asked } = start(() => undefined);
    expect(await register.people([])).toEqual({ ok: true, value: [] });
    expect(asked).toHaveLength(0);
  });
});

it('counts the wait that the register asks for in milliseconds', async () => {
  const { register, asked } = start(() => person, { refusals: 1 });
  const begun = performance.now();
  expect(await register.people([id('15819049944')])).toMatchObject({ ok: true });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(145);
  expect(asked).toHaveLength(1);
});

function id(text: string) {
  const parsed = parseNationalId(text, { synthetic: true });
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const requestShape = z.object({ foedselsEllerDNummer: z.array(z.string()) });

function start(find: () => object | undefined, { refusals = 0 } = {}) {
  const asked: { url: string; count: number }[] = [];
  let refused = 0;
  const app = new Hono();
  app.post('/v1/personer/bulkoppslag/', async (c) => {
    refused += 1;
    if (refused <= refusals) return c.json({ kode: 'FREG-001' }, 429, { 'retry-after': '150' });
    const numbers = requestShape.parse(await c.req.json()).foedselsEllerDNummer;
    asked.push({ url: c.req.url, count: numbers.length });
    const folkeregisterperson = find();
    return c.json({
      oppslag: numbers.map((foedselsEllerDNummer) => ({ foedselsEllerDNummer, folkeregisterperson })),
    });
  });
  app.get('/v1/hendelser/siste/sekvensnummer', (c) => c.json(41));
  app.get('/v1/hendelser/feed', (c) => {
    asked.push({ url: c.req.url, count: 1 });
    return c.json([
      { sekvensnummer: 42, hendelse: { folkeregisteridentifikator: '15819049944', hendelsetype: 'x' } },
      { sekvensnummer: '43', hendelse: {} },
    ]);
  });
  const register = createFolkeregisteret({
    baseUrl: 'https://freg.test/v1',
    synthetic: true,
    backOffMs: 1,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
  return { register, asked };
}
