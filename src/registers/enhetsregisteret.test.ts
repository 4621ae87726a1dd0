import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { createEnhetsregisteret } from './enhetsregisteret.ts';

const number = organisation('310000019');

const business = {
  organisasjonsnummer: '310000019',
  navn: 'BLÅ HAMMER AS',
  organisasjonsform: { kode: 'AS', beskrivelse: 'Aksjeselskap' },
  forretningsadresse: {
    land: 'Norge',
    landkode: 'NO',
    postnummer: '0101',
    poststed: 'OSLO',
    adresse: ['Testveien 1'],
  },
  registrertIMvaregisteret: true,
  naeringskode1: { kode: '41.200', beskrivelse: 'Oppføring av bygninger' },
  konkurs: false,
  underAvvikling: false,
  underTvangsavviklingEllerTvangsopplosning: false,
  epostadresse: 'post@example.no',
  paategninger: [],
};

describe('business', () => {
  it('answers in our own words', async () => {
    const { register } = start((app) => app.get('/api/enheter/310000019', (c) => c.json(business)));
    expect(await register.business(number)).toEqual({
      ok: true,
      value: {
        organisationNumber: '310000019',
        name: 'BLÅ HAMMER AS',
        form: 'AS',
        industryCode: '41.200',
        address: { lines: ['Testveien 1'], postalCode: '0101', place: 'OSLO', countryCode: 'NO' },
        vatRegistered: true,
        bankrupt: false,
        beingDissolved: false,
        email: 'post@example.no',
      },
    });
  });

  it('knows a deleted one that is still shown', async () => {
    const deleted = {
      respons_klasse: 'SlettetEnhet',
      organisasjonsnummer: '310000019',
      navn: 'BLÅ HAMMER AS',
      organisasjonsform: { kode: 'AS' },
      slettedato: '2026-03-01',
    };
    const { register } = start((app) => app.get('/api/enheter/310000019', (c) => c.json(deleted)));
    expect(await register.business(number)).toMatchObject({
      ok: true,
      value: { deletedOn: '2026-03-01', vatRegistered: false, bankrupt: false },
    });
  });

  it.each([
    { konkurs: true, underAvvikling: false, underTvangsavviklingEllerTvangsopplosning: false },
    { konkurs: false, underAvvikling: true, underTvangsavviklingEllerTvangsopplosning: false },
    { konkurs: false, underAvvikling: false, underTvangsavviklingEllerTvangsopplosning: true },
  ])('tells bankruptcy from dissolution: %j', async (flags) => {
    const { register } = start((app) =>
      app.get('/api/enheter/310000019', (c) => c.json({ ...business, ...flags })),
    );
    expect(await register.business(number)).toMatchObject({
      ok: true,
      value: { bankrupt: flags.konkurs, beingDissolved: !flags.konkurs },
    });
  });

  it.each([
    [404, null, 'not-found'],
    [410, { organisasjonsnummer: '310000019', slettedato: '2026-03-01' }, 'gone'],
    [400, { status: 400, feilmelding: 'Feilaktig forespørsel' }, 'refused'],
    [200, { ...business, organisasjonsnummer: '310000018' }, 'unexpected-answer'],
  ])('answers %i with %j as %s', async (status, body, kind) => {
    const { register } = start((app) =>
      app.get('/api/enheter/310000019', () => new Response(body && JSON.stringify(body), { status })),
    );
    expect(await register.business(number)).toEqual({
      ok: false,
      error: { kind, register: 'enhetsregisteret' },
    });
  });
});

describe('units', () => {
  it('come from all pages', async () => {
    const { register, asked } = start((app) =>
      app.get('/api/underenheter', (c) => {
        const page = Number(c.req.query('page'));
        const unit = {
          organisasjonsnummer: page === 0 ? '310000027' : '310000035',
          overordnetEnhet: '310000019',
          navn: `AVD ${String(page)}`,
          ...(page === 1 ? { nedleggelsesdato: '2026-01-31' } : {}),
        };
        return c.json({ _embedded: { underenheter: [unit] }, page: { totalPages: 2, number: page } });
      }),
    );
    expect(await register.units(number)).toEqual({
      ok: true,
      value: [
        { organisationNumber: '310000027', parent: '310000019', name: 'AVD 0' },
        { organisationNumber: '310000035', parent: '310000019', name: 'AVD 1', closedOn: '2026-01-31' },
      ],
    });
    expect(asked).toHaveLength(2);
    expect(asked.every((address) => address.includes('overordnetEnhet=310000019'))).toBe(true);
  });

  it('are none when nothing is embedded', async () => {
    const { register } = start((app) =>
      app.get('/api/underenheter', (c) => c.json({ page: { totalPages: 0, number: 0 } })),
    );
    expect(await register.units(number)).toEqual({ ok: true, value: [] });
  });

  it('are never asked for beyond the 10,000 that the register answers', async () => {
    const { register, asked } = start((app) =>
      app.get('/api/underenheter', (c) => c.json({ page: { totalPages: 1000, number: 0 } })),
    );
    expect(await register.units(number)).toEqual({ ok: true, value: [] });
    expect(asked).toHaveLength(20);
  });
});

describe('search', () => {
  it.each([
    ['310 000 019', '?organisasjonsnummer=310000019&size=20'],
    [' blå hammer ', '?navn=bl%C3%A5+hammer&navnMetodeForSoek=FORTLOEPENDE&size=20'],
    ['123', '?navn=123&navnMetodeForSoek=FORTLOEPENDE&size=20'],
  ])('for %j asks %s', async (text, query) => {
    const { register, asked } = start((app) =>
      app.get('/api/enheter', (c) => c.json({ _embedded: { enheter: [business] } })),
    );
    expect(await register.search(text)).toMatchObject({ ok: true, value: [{ name: 'BLÅ HAMMER AS' }] });
    expect(asked[0]).toContain(query);
  });

  it('for nothing asks nobody', async () => {
    const { register, asked } = start(() => undefined);
    expect(await register.search('  ')).toEqual({ ok: true, value: [] });
    expect(asked).toHaveLength(0);
  });
});

describe('roles', () => {
  const role = (extra: object) => ({ type: { kode: 'DAGL', beskrivelse: 'Daglig leder' }, ...extra });
  const person = { fodselsdato: '1990-01-15', navn: { fornavn: 'VÅKEN', etternavn: 'SPURV' }, erDoed: false };
  const groups = (...roller: object[]) => ({ rollegrupper: [{ type: { kode: 'DAGL' }, roller }] });

  it('are those of persons, with what has ended marked', async () => {
    const { register } = start((app) =>
      app.get('/api/enheter/310000019/roller', (c) =>
        c.json(
          groups(
            role({ person, fratraadt: false, rekkefolge: 0 }),
            role({
              person: { ...person, navn: { fornavn: 'Á', mellomnavn: 'Đ', etternavn: 'Š' } },
              fratraadt: true,
            }),
            role({ person: { ...person, erDoed: true } }),
            role({ enhet: { organisasjonsnummer: '310000043', navn: ['TESTREVISJON', 'AS'] } }),
          ),
        ),
      ),
    );
    const holder = { roleCode: 'DAGL', name: 'VÅKEN SPURV', birthDate: '1990-01-15', resigned: false };
    expect(await register.openRoles(number)).toEqual({
      ok: true,
      value: [
        { ...holder, deceased: false },
        { ...holder, name: 'Á Đ Š', resigned: true, deceased: false },
        { ...holder, deceased: true },
      ],
    });
  });

  it('come with numbers from the authorised API, which alone gets the token', async () => {
    const { register, tokens } = start((app) => {
      app.get('/authorised/enheter/310000019/roller', (c) =>
        c.json(groups(role({ person: { ...person, fodselsnummer: '15819049944' } }))),
      );
      app.get('/api/enheter/310000019', (c) => c.json(business));
    });
    expect(await register.authorisedRoles(number)).toMatchObject({
      ok: true,
      value: [{ nationalId: '15819049944' }],
    });
    await register.business(number);
    expect(tokens).toEqual(['Bearer roles-token', undefined]);
  });

  it('have no number where the number is synthetic and the system is not', async () => {
    const { register } = start(
      (app) =>
        app.get('/authorised/enheter/310000019/roller', (c) =>
          c.json(groups(role({ person: { ...person, fodselsnummer: '15819049944' } }))),
        ),
      { synthetic: false },
    );
    const roles = await register.authorisedRoles(number);
    expect(roles.ok && roles.value[0]?.nationalId).toBeUndefined();
    expect(roles.ok && roles.value[0]?.name).toBe('VÅKEN SPURV');
  });

  it('are none when nobody is registered', async () => {
    const { register } = start((app) => app.get('/api/enheter/310000019/roller', (c) => c.json({})));
    expect(await register.openRoles(number)).toEqual({ ok: true, value: [] });
  });
});

describe('updates', () => {
  it.each([
    ['businesses', '/api/oppdateringer/enheter', 'oppdaterteEnheter'],
    ['units', '/api/oppdateringer/underenheter', 'oppdaterteUnderenheter'],
  ] as const)('of %s count on from the one after the last', async (kind, path, list) => {
    const update = (oppdateringsid: number, endringstype: string) => ({
      oppdateringsid,
      endringstype,
      dato: '2026-11-24T05:00:00.000Z',
      organisasjonsnummer: '310000019',
    });
    const types = ['Ny', 'Endring', 'Sletting', 'Fjernet', 'Ukjent'];
    const { register, asked } = start((app) =>
      app.get(path, (c) =>
        c.json({ _embedded: { [list]: types.map((type, index) => update(8 + index, type)) } }),
      ),
    );
    const answer = await register.updates(kind, 7);
    expect(answer.ok && answer.value.map(({ change }) => change)).toEqual([
      'created',
      'changed',
      'deleted',
      'removed',
      'unknown',
    ]);
    expect(answer.ok && answer.value[0]).toEqual({
      id: 8,
      organisationNumber: '310000019',
      change: 'created',
      at: new Date('2026-11-24T05:00:00Z'),
    });
    expect(asked[0]).toContain('oppdateringsid=8');
    await register.updates(kind, new Date('2026-11-24T05:00:00Z'));
    expect(asked[1]).toContain('dato=2026-11-24T05%3A00%3A00.000Z');
  });

  it('of roles are CloudEvents', async () => {
    const event = {
      specversion: '1.0',
      id: '500',
      type: 'no.brreg.enhetsregisteret.roller.oppdatert',
      source: '/enhetsregisteret/oppdateringer/roller',
      time: '2026-05-27T12:30:00Z',
      data: { organisasjonsnummer: '310000019' },
    };
    const { register, asked } = start((app) => app.get('/api/oppdateringer/roller', (c) => c.json([event])));
    expect(await register.updates('roles', 499)).toEqual({
      ok: true,
      value: [
        { id: 500, organisationNumber: '310000019', change: 'changed', at: new Date('2026-05-27T12:30:00Z') },
      ],
    });
    expect(asked[0]).toContain('afterId=499');
    await register.updates('roles', new Date('2026-05-27T12:30:00Z'));
    expect(asked[1]).toContain('afterTime=2026-05-27T12%3A30%3A00.000Z');
  });

  it('are none when nothing has happened', async () => {
    const { register } = start((app) => app.get('/api/oppdateringer/enheter', (c) => c.json({})));
    expect(await register.updates('businesses', 7)).toEqual({ ok: true, value: [] });
  });
});

function organisation(text: string) {
  const parsed = parseOrganisationNumber(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function start(routes: (app: Hono) => unknown, { synthetic = true } = {}) {
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];
  const app = new Hono();
  app.use(async (c, next) => {
    asked.push(c.req.url);
    tokens.push(c.req.header('authorization'));
    await next();
  });
  routes(app);
  const register = createEnhetsregisteret({
    baseUrl: 'https://er.test/api',
    authorisedBaseUrl: 'https://er.test/authorised',
    token: () => Promise.resolve({ ok: true, value: 'roles-token' }),
    synthetic,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
  return { register, asked, tokens };
}
