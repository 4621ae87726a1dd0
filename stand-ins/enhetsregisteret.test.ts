import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestWorld } from './test-support.ts';
import { organisations, people } from './world.ts';

const code = z.strictObject({ kode: z.string(), beskrivelse: z.string() });
const address = z.strictObject({
  land: z.literal('Norge'),
  landkode: z.literal('NO'),
  postnummer: z.string().regex(/^\d{4}$/),
  poststed: z.string(),
  adresse: z.array(z.string()).min(1),
  kommune: z.string(),
  kommunenummer: z.string().regex(/^\d{4}$/),
});
const business = z.strictObject({
  organisasjonsnummer: z.string().regex(/^\d{9}$/),
  navn: z.string(),
  organisasjonsform: code,
  forretningsadresse: address,
  registrertIMvaregisteret: z.boolean(),
  registrertIForetaksregisteret: z.boolean(),
  naeringskode1: code,
  antallAnsatte: z.number().int().optional(),
  harRegistrertAntallAnsatte: z.boolean(),
  epostadresse: z.string().optional(),
  mobil: z.string().optional(),
  konkurs: z.boolean(),
  konkursdato: z.iso.date().optional(),
  underAvvikling: z.boolean(),
  underTvangsavviklingEllerTvangsopplosning: z.boolean(),
  maalform: z.literal('Bokmål'),
  registreringsdatoEnhetsregisteret: z.iso.date(),
  paategninger: z.array(z.unknown()),
});
const unit = z.looseObject({
  organisasjonsnummer: z.string(),
  navn: z.string(),
  beliggenhetsadresse: address,
  overordnetEnhet: z.string(),
});
const pageOf = { size: z.number(), totalElements: z.number(), totalPages: z.number(), number: z.number() };
const search = z.looseObject({
  _embedded: z.strictObject({ enheter: z.array(business) }).optional(),
  page: z.strictObject(pageOf),
});
const person = {
  fodselsdato: z.iso.date(),
  navn: z.strictObject({ fornavn: z.string(), mellomnavn: z.string().optional(), etternavn: z.string() }),
  erDoed: z.boolean(),
};
const organisationHolder = z.strictObject({
  organisasjonsnummer: z.string(),
  organisasjonsform: z.strictObject({ kode: z.string() }),
  navn: z.array(z.string()),
  erSlettet: z.boolean(),
});
const rolesWith = <T extends z.ZodRawShape>(holder: T) =>
  z.strictObject({
    rollegrupper: z.array(
      z.strictObject({
        type: code,
        sistEndret: z.iso.date(),
        roller: z.array(
          z.strictObject({
            type: code,
            person: z.strictObject(holder).optional(),
            enhet: organisationHolder.optional(),
            fratraadt: z.boolean(),
            rekkefolge: z.number().int(),
          }),
        ),
      }),
    ),
  });
const openRoles = rolesWith(person);
const authorisedRoles = rolesWith({ ...person, fodselsnummer: z.string().regex(/^\d{11}$/) });
const badRequest = z.strictObject({
  tidsstempel: z.number(),
  status: z.literal(400),
  feilmelding: z.literal('Feilaktig forespørsel'),
  sti: z.string(),
  antallFeil: z.literal(1),
  valideringsfeil: z.array(
    z.strictObject({ feilmelding: z.string(), parametere: z.array(z.string()), feilaktigVerdi: z.string() }),
  ),
});
const update = z.strictObject({
  oppdateringsid: z.number().int(),
  dato: z.iso.datetime(),
  organisasjonsnummer: z.string(),
  endringstype: z.enum(['Ny', 'Endring', 'Sletting', 'Fjernet', 'Ukjent']),
});
const event = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.url(),
  type: z.string(),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  data: z.strictObject({ organisasjonsnummer: z.string() }),
});

describe('Enhetsregisteret', () => {
  let world: Awaited<ReturnType<typeof startTestWorld>>;
  beforeAll(async () => {
    world = await startTestWorld();
  });
  afterAll(() => world.stop());

  const get = (path: string): Promise<Response> =>
    fetch(`${world.servicesOrigin}/enhetsregisteret/api${path}`);
  const authorised = async (organisationNumber: string, scope: string): Promise<Response> =>
    fetch(`${world.servicesOrigin}/enhetsregisteret/autorisert-api/enheter/${organisationNumber}/roller`, {
      headers: { authorization: `Bearer ${await world.token(scope)}` },
    });

  it('shows a business', async () => {
    const found = business.parse(await (await get('/enheter/310000019')).json());
    expect(found).toMatchObject({
      organisasjonsnummer: '310000019',
      navn: 'BLÅ HAMMER AS',
      organisasjonsform: { kode: 'AS', beskrivelse: 'Aksjeselskap' },
      naeringskode1: { kode: '41.200' },
      antallAnsatte: 40,
      konkurs: false,
    });
  });

  it('answers 404 with nothing, 410 with the date, and 200 with what is left of a deleted business', async () => {
    const missing = await get('/enheter/310000302');
    expect([missing.status, await missing.text()]).toEqual([404, '']);
    const gone = await get(`/enheter/${organisations.gone}`);
    expect([gone.status, await gone.json()]).toEqual([
      410,
      { organisasjonsnummer: organisations.gone, slettedato: '2024-05-31' },
    ]);
    const remnant = await get(`/enheter/${organisations.remnant}`);
    expect(remnant.status).toBe(200);
    expect(await remnant.json()).toMatchObject({ respons_klasse: 'SlettetEnhet', slettedato: '2026-02-28' });
  });

  it('refuses a number that is none, in its own words', async () => {
    const response = await get('/enheter/12345');
    expect(response.status).toBe(400);
    badRequest.parse(await response.json());
  });

  it('finds by name, by number and by form, page by page', async () => {
    const byName = search.parse(await (await get('/enheter?navn=blå%20hammer')).json());
    expect(byName._embedded?.enheter.map((one) => one.navn)).toEqual([
      'BLÅ HAMMER AS',
      'BLÅ HAMMER MALING AS',
    ]);
    const beginning = search.parse(
      await (await get('/enheter?navn=hammer&navnMetodeForSoek=FORTLOEPENDE')).json(),
    );
    expect(beginning._embedded).toBeUndefined();
    const byNumber = search.parse(
      await (await get('/enheter?organisasjonsnummer=310000035,310000043')).json(),
    );
    expect(byNumber.page.totalElements).toBe(2);
    const second = search.parse(await (await get('/enheter?organisasjonsform=AS&size=3&page=1')).json());
    expect(second._embedded?.enheter).toHaveLength(3);
    expect(second.page).toMatchObject({ size: 3, number: 1 });
    const bankrupt = search.parse(await (await get('/enheter?konkurs=true')).json());
    expect(bankrupt._embedded?.enheter.map((one) => one.konkursdato)).toEqual(['2026-09-15']);
  });

  it('never goes beyond the ten thousandth hit', async () => {
    expect((await get('/enheter?size=10000&page=0')).status).toBe(200);
    const beyond = await get('/enheter?size=5000&page=2');
    expect(beyond.status).toBe(400);
    badRequest.parse(await beyond.json());
  });

  it('shows the units of a business, and one unit', async () => {
    const found = z
      .looseObject({ _embedded: z.strictObject({ underenheter: z.array(unit) }) })
      .parse(await (await get('/underenheter?overordnetEnhet=310000019')).json());
    expect(found._embedded.underenheter.map((one) => one.navn)).toEqual([
      'BLÅ HAMMER AS AVD OSLO',
      'BLÅ HAMMER AS AVD TROMSØ',
    ]);
    expect(unit.parse(await (await get('/underenheter/310000027')).json()).overordnetEnhet).toBe('310000019');
    expect((await get('/underenheter/310000019')).status).toBe(404);
  });

  it('shows roles openly without numbers: persons, an organisation, one who has died, one who has resigned', async () => {
    const { rollegrupper } = openRoles.parse(await (await get('/enheter/310000019/roller')).json());
    expect(rollegrupper.map((one) => one.type.kode)).toEqual(['DAGL', 'STYR', 'REVI']);
    const [general, board, auditor] = rollegrupper;
    expect(general?.roller[0]?.person).toEqual({
      fodselsdato: '1990-01-15',
      navn: { fornavn: 'Våken', etternavn: 'Spurv' },
      erDoed: false,
    });
    expect(board?.roller.map((one) => [one.type.kode, one.person?.erDoed, one.fratraadt])).toEqual([
      ['LEDE', false, false],
      ['MEDL', true, false],
      ['MEDL', false, true],
    ]);
    expect(auditor?.roller[0]?.enhet?.navn).toEqual(['TESTREVISJON', 'AS']);
  });

  it('shows roles with numbers only to a token with the scope', async () => {
    const answer = await authorised('310000019', 'brreg:data:enhetsregisteret:roller');
    const { rollegrupper } = authorisedRoles.parse(await answer.json());
    expect(rollegrupper[0]?.roller[0]?.person?.fodselsnummer).toBe(people.vakenSpurv);
    expect((await authorised('310000019', 'nav:aareg/v1/arbeidsforhold')).status).toBe(403);
    const without = await fetch(
      `${world.servicesOrigin}/enhetsregisteret/autorisert-api/enheter/310000019/roller`,
    );
    expect(without.status).toBe(401);
  });

  it('tells of changes in its feeds, from an id on', async () => {
    const feed = async (from: number) =>
      z
        .looseObject({ _embedded: z.strictObject({ oppdaterteEnheter: z.array(update) }).optional() })
        .parse(await (await get(`/oppdateringer/enheter?oppdateringsid=${String(from)}&size=1000`)).json())
        ._embedded?.oppdaterteEnheter ?? [];
    const last = (await feed(0)).at(-1)?.oppdateringsid ?? 0;
    world.control.bankrupt({
      organisationNumber: organisations.parcel,
      administrator: people.noyaktigBobestyrer,
    });
    const news = await feed(last + 1);
    expect(news).toMatchObject([{ organisasjonsnummer: organisations.parcel, endringstype: 'Endring' }]);
    const after = z
      .array(event)
      .parse(
        await (await get(`/oppdateringer/roller?afterId=${String(news[0]?.oppdateringsid ?? 0)}`)).json(),
      );
    expect(after.map((one) => one.data.organisasjonsnummer)).toEqual([organisations.parcel]);
    const { rollegrupper } = openRoles.parse(
      await (await get(`/enheter/${organisations.parcel}/roller`)).json(),
    );
    expect(rollegrupper.map((one) => one.type.kode)).toContain('BOBE');
  });

  it('can be made to fail and to be slow', async () => {
    world.control.setFault({ service: 'enhetsregisteret', status: 500 });
    expect((await get('/enheter/310000019')).status).toBe(500);
    world.control.setFault({ service: 'enhetsregisteret', slowMs: 120 });
    const began = performance.now();
    expect((await get('/enheter/310000019')).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(115);
    world.control.clearFaults({ service: 'enhetsregisteret' });
    expect((await get('/enheter/310000019')).status).toBe(200);
  });
});
