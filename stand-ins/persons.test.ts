import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestWorld } from './test-support.ts';
import { organisations, people } from './world.ts';

let world: Awaited<ReturnType<typeof startTestWorld>>;
beforeAll(async () => {
  world = await startTestWorld();
});
afterAll(() => world.stop());

type Call = { path: string; scope?: string; json?: unknown; headers?: Record<string, string> };

async function call({ path, scope, json, headers }: Call): Promise<Response> {
  const authorization = scope === undefined ? {} : { authorization: `Bearer ${await world.token(scope)}` };
  return fetch(`${world.servicesOrigin}${path}`, {
    ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
  });
}

describe('Aa-registeret', () => {
  const scope = 'nav:aareg/v1/arbeidsforhold';
  const sets = {
    arbeidsforholdtype: ['ordinaertArbeidsforhold'],
    rapporteringsordning: ['A_ORDNINGEN'],
    arbeidsforholdstatus: ['AKTIV'],
  };
  const query = `query($finnArbeidsforholdVariabler: FinnArbeidsforholdVariabler) {
    finnArbeidsforhold(finnArbeidsforholdVariabler: $finnArbeidsforholdVariabler) {
      arbeidsforhold { id uuid type { kode beskrivelse } arbeidstaker { ident } arbeidssted { type ident }
        opplysningspliktig { type ident } ansettelsesperiode { startdato sluttdato }
        ansettelsesdetaljer { type avtaltStillingsprosent rapporteringsmaaneder { fra til } } sistBekreftet } } }`;
  const party = (type: string) =>
    z.strictObject({ type: z.literal(type), ident: z.string().regex(/^\d{9}$/) });
  const answer = z.strictObject({
    data: z.strictObject({
      finnArbeidsforhold: z.strictObject({
        arbeidsforhold: z.array(
          z.strictObject({
            id: z.string(),
            uuid: z.uuid(),
            type: z.strictObject({ kode: z.string(), beskrivelse: z.string() }),
            arbeidstaker: z.strictObject({ ident: z.string().regex(/^\d{11}$/) }),
            arbeidssted: party('Underenhet'),
            opplysningspliktig: party('Hovedenhet'),
            ansettelsesperiode: z.strictObject({
              startdato: z.iso.date(),
              sluttdato: z.iso.date().nullable(),
            }),
            ansettelsesdetaljer: z.array(
              z.strictObject({
                type: z.literal('Ordinaer'),
                avtaltStillingsprosent: z.number(),
                rapporteringsmaaneder: z.strictObject({ fra: z.string(), til: z.string().nullable() }),
              }),
            ),
            sistBekreftet: z.iso.datetime({ local: true }),
          }),
        ),
      }),
    }),
  });
  const failure = z.strictObject({
    errors: z.tuple([
      z.strictObject({
        message: z.string(),
        extensions: z.strictObject({
          errormessages: z.tuple([
            z.strictObject({ code: z.string(), message: z.string(), details: z.string() }),
          ]),
        }),
      }),
    ]),
  });

  const ask = (variables: Record<string, unknown>, asked = query): Promise<Response> =>
    call({ path: '/aareg/v1/arbeidsforhold/graphql', scope, json: { query: asked, variables } });
  const find = async (variables: Record<string, unknown>) =>
    answer.parse(await (await ask({ finnArbeidsforholdVariabler: { ...sets, ...variables } })).json()).data
      .finnArbeidsforhold.arbeidsforhold;
  const refusal = async (variables: Record<string, unknown>, asked?: string): Promise<string> => {
    const response = await ask(variables, asked);
    expect(response.status).toBe(200);
    return failure.parse(await response.json()).errors[0].extensions.errormessages[0].code;
  };

  it('lists the forty workers of a business, under its units', async () => {
    const found = await find({ opplysningspliktigId: organisations.blueHammer });
    expect(found).toHaveLength(40);
    const places = Map.groupBy(found, (one) => one.arbeidssted.ident);
    expect(places.get(organisations.blueHammerOslo)).toHaveLength(24);
    expect(places.get(organisations.blueHammerTromso)).toHaveLength(16);
    expect(found.map((one) => one.ansettelsesdetaljer[0]?.avtaltStillingsprosent)).toContain(2);
  });

  it('tells ended from active and future employments', async () => {
    const employer = { opplysningspliktigId: organisations.blueHammer };
    const ended = await find({ ...employer, arbeidsforholdstatus: ['AVSLUTTET'] });
    expect(ended.map((one) => [one.arbeidstaker.ident, one.ansettelsesperiode.sluttdato])).toEqual([
      [people.ferdigSluttspurt, '2026-03-31'],
    ]);
    const future = await find({ ...employer, arbeidsforholdstatus: ['FREMTIDIG'] });
    expect(future.map((one) => one.arbeidstaker.ident)).toEqual([people.kommendeMorgendag]);
  });

  it('finds by worker and by place of work, with the variables outside an input object as well', async () => {
    const byWorker = await ask({ ...sets, arbeidstakerId: people.vakenSpurv });
    expect(answer.parse(await byWorker.json()).data.finnArbeidsforhold.arbeidsforhold).toHaveLength(1);
    expect(await find({ arbeidsstedId: organisations.cheapVendorUnit })).toHaveLength(3);
    expect(await find({ arbeidsstedId: organisations.blueHammer })).toHaveLength(0);
  });

  it('answers only the fields that were asked for', async () => {
    const response = await ask(
      { ...sets, arbeidstakerId: people.vakenSpurv },
      '{ finnArbeidsforhold { arbeidsforhold { id arbeidssted { ident } } } }',
    );
    expect(await response.json()).toEqual({
      data: { finnArbeidsforhold: { arbeidsforhold: [{ id: '1', arbeidssted: { ident: '310000027' } }] } },
    });
  });

  it('says what is wrong as HTTP 200 with a code and no data', async () => {
    const employer = { opplysningspliktigId: organisations.blueHammer };
    expect(await refusal({ ...sets, ...employer }, 'this is no query')).toBe('AA-001');
    expect(await refusal({ ...sets, ...employer }, '{ finnArbeidsforhold { arbeidsforhold { id }')).toBe(
      'AA-001',
    );
    expect(await refusal(sets)).toBe('AA-200');
    expect(await refusal({ ...sets, ...employer, arbeidsforholdtype: [] })).toBe('AA-201');
    expect(await refusal({ ...sets, ...employer, rapporteringsordning: undefined })).toBe('AA-202');
    expect(await refusal({ ...sets, ...employer, arbeidsforholdstatus: undefined })).toBe('AA-203');
    expect(await refusal({ ...sets, ...employer, arbeidsforholdstatus: ['KANSKJE'] })).toBe('AA-206');
    expect(await refusal({ ...sets, arbeidstakerId: '1' })).toBe('AA-207');
  });

  it('echoes the correlation id and wants a token with its scope', async () => {
    const path = '/aareg/v1/arbeidsforhold/graphql';
    const headers = { 'correlation-id': 'c-1' };
    const variables = { ...sets, arbeidstakerId: people.vakenSpurv };
    const allowed = await call({ path, scope, json: { query, variables }, headers });
    expect(allowed.headers.get('correlation-id')).toBe('c-1');
    expect((await call({ path, json: { query, variables } })).status).toBe(401);
    const other = 'krr:global/kontaktinformasjon.read';
    expect((await call({ path, scope: other, json: { query, variables } })).status).toBe(403);
  });

  it('shows an ended and a new employment', async () => {
    world.control.endEmployment({
      organisationNumber: organisations.cleaning,
      nationalId: '31858906841',
      on: '2026-11-01',
    });
    world.control.addEmployment({
      organisationNumber: organisations.cleaningUnit,
      nationalId: people.fremmedFugl,
    });
    const found = await find({ opplysningspliktigId: organisations.cleaning });
    const workers = found.map((one) => one.arbeidstaker.ident);
    expect(workers).not.toContain('31858906841');
    expect(workers).toContain(people.fremmedFugl);
  });
});

describe('Folkeregisteret', () => {
  const scope = 'folkeregister:deling/offentligmedhjemmel';
  const base = '/folkeregisteret/offentlig-med-hjemmel/api/v1/personer';
  const fact = {
    ajourholdstidspunkt: z.iso.datetime({ offset: true }),
    erGjeldende: z.literal(true),
    kilde: z.string(),
  };
  const person = z.strictObject({
    identifikasjonsnummer: z.array(
      z.strictObject({
        ...fact,
        status: z.enum(['iBruk', 'opphoert']),
        foedselsEllerDNummer: z.string().regex(/^\d{11}$/),
        identifikatortype: z.enum(['foedselsnummer', 'dNummer']),
      }),
    ),
    navn: z
      .array(
        z.strictObject({
          ...fact,
          fornavn: z.string(),
          mellomnavn: z.string().optional(),
          etternavn: z.string(),
        }),
      )
      .optional(),
    status: z.array(z.strictObject({ ...fact, status: z.string() })).optional(),
    foedsel: z
      .array(z.strictObject({ ...fact, foedselsdato: z.iso.date(), foedselsaar: z.string() }))
      .optional(),
    doedsfall: z.array(z.strictObject({ ...fact, doedsdato: z.iso.date() })).optional(),
  });
  const bulk = z.strictObject({
    oppslag: z.array(
      z.strictObject({ foedselsEllerDNummer: z.string(), folkeregisterperson: person.optional() }),
    ),
  });
  const failure = z.strictObject({ kode: z.string().regex(/^FREG-\d{3}$/), melding: z.string() });

  it('shows the parts asked for and no others', async () => {
    const response = await call({ path: `${base}/${people.vakenSpurv}?part=navn&part=foedsel`, scope });
    const found = person.parse(await response.json());
    expect(found.navn).toMatchObject([{ fornavn: 'Våken', etternavn: 'Spurv' }]);
    expect(found.foedsel).toMatchObject([{ foedselsdato: '1990-01-15' }]);
    expect(found.identifikasjonsnummer).toMatchObject([
      { status: 'iBruk', identifikatortype: 'foedselsnummer' },
    ]);
    expect(Object.keys(found)).not.toContain('status');
  });

  it('looks up many at once: a D-number gone inactive, one who has died, one whom nobody knows', async () => {
    const asked = [people.inactiveDNumber, people.borteVekk, '01819012345'];
    const response = await call({
      path: `${base}/bulkoppslag/?part=status&part=doedsfall`,
      scope,
      json: { foedselsEllerDNummer: asked },
    });
    const { oppslag } = bulk.parse(await response.json());
    expect(oppslag.map((one) => one.foedselsEllerDNummer)).toEqual(asked);
    const [inactive, dead, unknown] = oppslag.map((one) => one.folkeregisterperson);
    expect(inactive).toMatchObject({
      identifikasjonsnummer: [{ identifikatortype: 'dNummer', status: 'opphoert' }],
      status: [{ status: 'inaktiv' }],
      doedsfall: [],
    });
    expect(dead).toMatchObject({ status: [{ status: 'doed' }], doedsfall: [{ doedsdato: '2025-12-24' }] });
    expect(unknown).toBeUndefined();
  });

  it('refuses with its own codes', async () => {
    const missing = await call({ path: `${base}/01819012345?part=navn`, scope });
    expect(missing.status).toBe(404);
    expect(await missing.text()).not.toContain('01819012345');
    const strange = await call({ path: `${base}/${people.vakenSpurv}?part=stjernetegn`, scope });
    expect(strange.status).toBe(400);
    failure.parse(await strange.json());
    const many = { foedselsEllerDNummer: Array.from({ length: 1001 }, () => people.vakenSpurv) };
    expect((await call({ path: `${base}/bulkoppslag/`, scope, json: many })).status).toBe(400);
    const without = await call({ path: `${base}/${people.vakenSpurv}` });
    expect(without.status).toBe(401);
    failure.parse(await without.json());
  });

  it('counts Retry-After in milliseconds when it is asked too often', async () => {
    world.control.setFault({ service: 'folkeregisteret', status: 429 });
    const response = await call({ path: `${base}/${people.vakenSpurv}`, scope });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '250']);
    world.control.clearFaults({});
  });
});

describe('the contact and reservation register', () => {
  const scope = 'krr:global/kontaktinformasjon.read';
  const path = '/krr/rest/v2/personer';
  const moment = z.iso.datetime();
  const answer = z.strictObject({
    personer: z.array(
      z.strictObject({
        personidentifikator: z.string(),
        reservasjon: z.enum(['JA', 'NEI']),
        status: z.enum(['AKTIV', 'SLETTET', 'IKKE_REGISTRERT']),
        varslingsstatus: z.enum(['KAN_VARSLES', 'KAN_IKKE_VARSLES']),
        kontaktinformasjon: z
          .strictObject({
            epostadresse: z.email().optional(),
            epostadresse_oppdatert: moment.optional(),
            epostadresse_sist_verifisert: moment.optional(),
            mobiltelefonnummer: z.string().startsWith('+47').optional(),
            mobiltelefonnummer_oppdatert: moment.optional(),
            mobiltelefonnummer_sist_verifisert: moment.optional(),
          })
          .optional(),
        spraak: z.string().optional(),
      }),
    ),
  });
  const find = async (...personidentifikatorer: string[]) =>
    answer.parse(await (await call({ path, scope, json: { personidentifikatorer } })).json()).personer;

  it('shows a person’s own address', async () => {
    expect(await find(people.vakenSpurv)).toMatchObject([
      {
        personidentifikator: people.vakenSpurv,
        reservasjon: 'NEI',
        status: 'AKTIV',
        varslingsstatus: 'KAN_VARSLES',
        kontaktinformasjon: { epostadresse: 'vaken.spurv@example.no' },
        spraak: 'nb',
      },
    ]);
  });

  it('says who may not be notified: reserved, not confirmed for long, deleted, unknown', async () => {
    const found = await find('15907506247', '09899919162', '31838049578', '01819012345');
    expect(found.map((one) => [one.reservasjon, one.status, one.varslingsstatus])).toEqual([
      ['JA', 'AKTIV', 'KAN_IKKE_VARSLES'],
      ['NEI', 'AKTIV', 'KAN_IKKE_VARSLES'],
      ['NEI', 'SLETTET', 'KAN_IKKE_VARSLES'],
      ['NEI', 'IKKE_REGISTRERT', 'KAN_IKKE_VARSLES'],
    ]);
  });

  it('refuses too many, none, and a token without the scope', async () => {
    const many = Array.from({ length: 1001 }, () => people.vakenSpurv);
    expect((await call({ path, scope, json: { personidentifikatorer: many } })).status).toBe(400);
    expect((await call({ path, scope, json: { personidentifikatorer: [] } })).status).toBe(400);
    expect((await call({ path, json: { personidentifikatorer: [people.vakenSpurv] } })).status).toBe(401);
    const other = 'nav:aareg/v1/arbeidsforhold';
    const refused = await call({ path, scope: other, json: { personidentifikatorer: [people.vakenSpurv] } });
    expect(refused.status).toBe(403);
  });
});
