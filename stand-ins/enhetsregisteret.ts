import { Hono, type Context } from 'hono';
import { faults, osloDate, requireScope, type StandInContext } from './context.ts';
import type { Update } from './state.ts';
import type { Address, Business, Form, Person, Role, RoleCode, Unit, World } from './world.ts';

const formTexts: Record<Form, string> = {
  AS: 'Aksjeselskap',
  ENK: 'Enkeltpersonforetak',
  DA: 'Selskap med delt ansvar',
  NUF: 'Norskregistrert utenlandsk foretak',
  ORGL: 'Organisasjonsledd',
};

const roleTexts: Record<RoleCode, string> = {
  DAGL: 'Daglig leder',
  LEDE: 'Styrets leder',
  NEST: 'Nestleder',
  MEDL: 'Styremedlem',
  VARA: 'Varamedlem',
  INNH: 'Innehaver',
  DTPR: 'Deltaker med delt ansvar',
  DTSO: 'Deltaker med solidarisk ansvar',
  KOMP: 'Komplementar',
  REPR: 'Norsk representant for utenlandsk enhet',
  BEST: 'Bestyrende reder',
  BOBE: 'Bostyrer',
  KONT: 'Kontaktperson',
  REGN: 'Regnskapsfører',
  REVI: 'Revisor',
};

const boardRoles: readonly RoleCode[] = ['LEDE', 'NEST', 'MEDL', 'VARA'];
const mostResults = 10_000;

/** The open part of Enhetsregisteret. Mount it at `/enhetsregisteret/api`. */
export function openEnhetsregisteret(context: StandInContext): Hono {
  const app = new Hono();
  const { state } = context.store;
  app.use(faults(context, 'enhetsregisteret'));

  app.get('/enheter', (c) => {
    const page = readPage(c);
    if (page === undefined)
      return invalid(c, 'size', `page og size kan til sammen gi ${String(mostResults)}`);
    const name = c.req.query('navn');
    if (name !== undefined && (name.length < 1 || name.length > 180)) {
      return invalid(c, 'navn', 'navn må ha 1 til 180 tegn');
    }
    const found = searchBusinesses(state.world, c).map((one) => businessShape(state.world, one));
    return c.json(pageShape(c, 'enheter', found, page));
  });
  app.get('/enheter/:number', (c) => {
    const { number } = c.req.param();
    if (!/^\d{9}$/.test(number)) return invalid(c, 'orgnr', 'orgnr må ha ni siffer');
    const found = state.world.businesses.find((one) => one.organisationNumber === number);
    if (found === undefined) return c.body(null, 404);
    if (found.deleted?.answer === 'gone') return gone(c, number, found.deleted.on);
    return c.json(found.deleted === undefined ? businessShape(state.world, found) : remnantShape(found));
  });
  app.get('/enheter/:number/roller', (c) => roles(context, c, false));

  app.get('/underenheter', (c) => {
    const page = readPage(c);
    if (page === undefined)
      return invalid(c, 'size', `page og size kan til sammen gi ${String(mostResults)}`);
    const found = searchUnits(state.world, c).map((one) => unitShape(state.world, one));
    return c.json(pageShape(c, 'underenheter', found, page));
  });
  app.get('/underenheter/:number', (c) => {
    const { number } = c.req.param();
    if (!/^\d{9}$/.test(number)) return invalid(c, 'orgnr', 'orgnr må ha ni siffer');
    const found = state.world.units.find((one) => one.organisationNumber === number);
    if (found === undefined) return c.body(null, 404);
    return c.json(unitShape(state.world, found));
  });

  app.get('/oppdateringer/enheter', (c) => updates(context, c, 'enheter', 'oppdaterteEnheter'));
  app.get('/oppdateringer/underenheter', (c) =>
    updates(context, c, 'underenheter', 'oppdaterteUnderenheter'),
  );
  app.get('/oppdateringer/roller', (c) => roleEvents(context, c));
  return app;
}

/**
 * The authorised part: the same roles, with the national identity number of each person.
 * Mount it at `/enhetsregisteret/autorisert-api`.
 */
export function authorisedEnhetsregisteret(context: StandInContext): Hono {
  const app = new Hono();
  app.use(faults(context, 'enhetsregisteret'));
  app.use(
    requireScope(
      context,
      ['brreg:data:enhetsregisteret:roller', 'brreg:data:enhetsregisteret:auto:roller'],
      (c, status, message) =>
        c.json(
          { tidsstempel: Date.now(), status, feilmelding: message, sti: new URL(c.req.url).pathname },
          status,
        ),
    ),
  );
  app.get('/enheter/:number/roller', (c) => roles(context, c, true));
  return app;
}

function invalid(c: Context, parameter: string, message: string): Response {
  return c.json(
    {
      tidsstempel: Date.now(),
      status: 400,
      feilmelding: 'Feilaktig forespørsel',
      sti: new URL(c.req.url).pathname,
      antallFeil: 1,
      valideringsfeil: [
        { feilmelding: message, parametere: [parameter], feilaktigVerdi: c.req.query(parameter) ?? '' },
      ],
    },
    400,
  );
}

function gone(c: Context, organisationNumber: string, on: string): Response {
  return c.json({ organisasjonsnummer: organisationNumber, slettedato: on }, 410);
}

type Page = { number: number; size: number };

function readPage(c: Context): Page | undefined {
  const number = Number(c.req.query('page') ?? 0);
  const size = Number(c.req.query('size') ?? 20);
  const sound = Number.isInteger(number) && Number.isInteger(size) && number >= 0 && size >= 1;
  return sound && (number + 1) * size <= mostResults ? { number, size } : undefined;
}

function searchBusinesses(world: World, c: Context): Business[] {
  const { navn, navnMetodeForSoek, organisasjonsnummer, organisasjonsform, konkurs } = c.req.query();
  const wanted = navn?.toUpperCase().trim();
  const numbers = organisasjonsnummer?.split(',');
  return world.businesses
    .filter((one) => one.deleted === undefined)
    .filter((one) => wanted === undefined || nameMatches(one.name, wanted, navnMetodeForSoek))
    .filter((one) => numbers === undefined || numbers.includes(one.organisationNumber))
    .filter((one) => organisasjonsform === undefined || organisasjonsform.split(',').includes(one.form))
    .filter((one) => konkurs === undefined || String(one.bankrupt !== undefined) === konkurs);
}

function nameMatches(name: string, wanted: string, method: string | undefined): boolean {
  if (method === 'FORTLOEPENDE') return name.startsWith(wanted);
  return wanted.split(/\s+/).every((word) => name.includes(word));
}

function searchUnits(world: World, c: Context): Unit[] {
  const { overordnetEnhet, organisasjonsnummer, navn } = c.req.query();
  const numbers = organisasjonsnummer?.split(',');
  return world.units
    .filter((one) => one.closed === undefined)
    .filter((one) => overordnetEnhet === undefined || one.parent === overordnetEnhet)
    .filter((one) => numbers === undefined || numbers.includes(one.organisationNumber))
    .filter((one) => navn === undefined || nameMatches(one.name, navn.toUpperCase(), undefined));
}

/** Like the real service, a page without results has no `_embedded` at all. */
function pageShape(c: Context, name: string, all: readonly unknown[], { number, size }: Page): object {
  const shown = all.slice(number * size, (number + 1) * size);
  return {
    ...(shown.length === 0 ? {} : { _embedded: { [name]: shown } }),
    _links: { self: { href: c.req.url } },
    page: { size, totalElements: all.length, totalPages: Math.ceil(all.length / size), number },
  };
}

function addressShape(one: Address): object {
  return {
    land: 'Norge',
    landkode: 'NO',
    postnummer: one.postalCode,
    poststed: one.town,
    adresse: [one.street],
    kommune: one.municipality,
    kommunenummer: one.municipalityNumber,
  };
}

function employeesOf(world: World, field: 'employer' | 'unit', organisationNumber: string): number {
  const today = osloDate(new Date());
  return world.employments.filter(
    (one) => one[field] === organisationNumber && one.from <= today && (one.to === null || one.to >= today),
  ).length;
}

function businessShape(world: World, one: Business): object {
  const employees = employeesOf(world, 'employer', one.organisationNumber);
  return {
    organisasjonsnummer: one.organisationNumber,
    navn: one.name,
    organisasjonsform: { kode: one.form, beskrivelse: formTexts[one.form] },
    forretningsadresse: addressShape(one.address),
    registrertIMvaregisteret: one.vatRegistered,
    registrertIForetaksregisteret: one.form !== 'ORGL',
    naeringskode1: { kode: one.industry.code, beskrivelse: one.industry.text },
    // Under five the register does not say how many, only whether there are any.
    ...(employees >= 5 ? { antallAnsatte: employees } : {}),
    harRegistrertAntallAnsatte: employees > 0,
    ...(one.email === undefined ? {} : { epostadresse: one.email }),
    ...(one.mobile === undefined ? {} : { mobil: one.mobile }),
    konkurs: one.bankrupt !== undefined,
    ...(one.bankrupt === undefined ? {} : { konkursdato: one.bankrupt }),
    underAvvikling: false,
    underTvangsavviklingEllerTvangsopplosning: false,
    maalform: 'Bokmål',
    registreringsdatoEnhetsregisteret: one.registered,
    paategninger: [],
  };
}

function remnantShape(one: Business): object {
  return {
    respons_klasse: 'SlettetEnhet',
    organisasjonsnummer: one.organisationNumber,
    navn: one.name,
    organisasjonsform: { kode: one.form, beskrivelse: formTexts[one.form] },
    slettedato: one.deleted?.on,
  };
}

function unitShape(world: World, one: Unit): object {
  const employees = employeesOf(world, 'unit', one.organisationNumber);
  return {
    organisasjonsnummer: one.organisationNumber,
    navn: one.name,
    organisasjonsform: {
      kode: 'BEDR',
      beskrivelse: 'Underenhet til næringsdrivende og offentlig forvaltning',
    },
    beliggenhetsadresse: addressShape(one.address),
    overordnetEnhet: one.parent,
    naeringskode1: { kode: one.industry.code, beskrivelse: one.industry.text },
    ...(employees >= 5 ? { antallAnsatte: employees } : {}),
    harRegistrertAntallAnsatte: employees > 0,
    registrertIMvaregisteret: false,
    registreringsdatoEnhetsregisteret: one.registered,
    ...(one.closed === undefined ? {} : { nedleggelsesdato: one.closed }),
  };
}

function roles(context: StandInContext, c: Context, withNumbers: boolean): Response {
  const { world } = context.store.state;
  const number = c.req.param('number') ?? '';
  const business = world.businesses.find((one) => one.organisationNumber === number);
  if (business === undefined) return c.body(null, 404);
  if (business.deleted !== undefined) return gone(c, number, business.deleted.on);
  const held = world.roles.filter((one) => one.organisationNumber === number);
  const groups = Map.groupBy(held, ({ code }) => (boardRoles.includes(code) ? 'STYR' : code));
  return c.json({
    rollegrupper: [...groups].map(([code, members]) => ({
      type: { kode: code, beskrivelse: code === 'STYR' ? 'Styre' : roleTexts[code] },
      sistEndret: members
        .map((one) => one.since)
        .toSorted()
        .at(-1),
      roller: members.map((one, index) => roleShape(world, one, index, withNumbers)),
    })),
  });
}

function roleShape(world: World, one: Role, index: number, withNumbers: boolean): object {
  return {
    type: { kode: one.code, beskrivelse: roleTexts[one.code] },
    ...(one.nationalId === undefined
      ? { enhet: organisationHolder(world, one.holderOrganisation) }
      : { person: personHolder(world, one.nationalId, withNumbers) }),
    fratraadt: one.resigned,
    rekkefolge: index,
  };
}

function organisationHolder(world: World, organisationNumber: string): object {
  const found = world.businesses.find((one) => one.organisationNumber === organisationNumber);
  return {
    organisasjonsnummer: organisationNumber,
    organisasjonsform: { kode: found?.form },
    navn: found?.name.split(' ') ?? [],
    erSlettet: found?.deleted !== undefined,
  };
}

function personHolder(world: World, nationalId: string, withNumber: boolean): object {
  const found: Person | undefined = world.people.find((one) => one.nationalId === nationalId);
  return {
    fodselsdato: found?.birthDate,
    // An assumption: the authorised format is not public, so the number is put beside the birth date.
    ...(withNumber ? { fodselsnummer: nationalId } : {}),
    navn: {
      fornavn: found?.givenName,
      ...(found?.middleName === undefined ? {} : { mellomnavn: found.middleName }),
      etternavn: found?.familyName,
    },
    erDoed: found?.status === 'doed',
  };
}

function readUpdates(context: StandInContext, c: Context, feed: Update['feed']): Update[] | undefined {
  const { oppdateringsid, afterId, dato, afterTime } = c.req.query();
  const size = Number(c.req.query('size') ?? 20);
  if (!Number.isInteger(size) || size < 1 || size > mostResults) return undefined;
  const since = dato ?? afterTime;
  // The classic feeds begin with the id they are given; the feed of events begins after it.
  const first = oppdateringsid === undefined ? Number(afterId ?? 0) + 1 : Number(oppdateringsid);
  if (Number.isNaN(first) || (since !== undefined && Number.isNaN(Date.parse(since)))) return undefined;
  return context.store.state.updates
    .filter((one) => one.feed === feed && one.id >= first)
    .filter((one) => since === undefined || Date.parse(one.at) >= Date.parse(since))
    .slice(0, size);
}

function updates(context: StandInContext, c: Context, feed: Update['feed'], name: string): Response {
  const found = readUpdates(context, c, feed);
  if (found === undefined) return invalid(c, 'size', 'size må være 1 til 10000, oppdateringsid et tall');
  const size = Number(c.req.query('size') ?? 20);
  const shapes = found.map((one) => ({
    oppdateringsid: one.id,
    dato: one.at,
    organisasjonsnummer: one.organisationNumber,
    endringstype: one.kind,
  }));
  return c.json(pageShape(c, name, shapes, { number: 0, size }));
}

function roleEvents(context: StandInContext, c: Context): Response {
  const found = readUpdates(context, c, 'roller');
  if (found === undefined) return invalid(c, 'size', 'size må være 1 til 10000, afterId et tall');
  const events = found.map((one) => ({
    specversion: '1.0',
    id: String(one.id),
    source: `${context.servicesOrigin}/enhetsregisteret/api/oppdateringer/roller`,
    type: 'no.brreg.enhetsregisteret.rolle.oppdatert',
    time: one.at,
    datacontenttype: 'application/json',
    data: { organisasjonsnummer: one.organisationNumber },
  }));
  return c.body(JSON.stringify(events), 200, { 'content-type': 'application/cloudevents-batch+json' });
}
