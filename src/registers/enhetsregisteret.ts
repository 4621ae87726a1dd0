import { z } from 'zod';
import type { PlainDate } from '../kernel/dates.ts';
import type { NationalId } from '../kernel/national-id.ts';
import { parseOrganisationNumber, type OrganisationNumber } from '../kernel/organisation-number.ts';
import { ok, type Result } from '../kernel/result.ts';
import { maybe, organisationNumber, plainDate, readNationalId } from './fields.ts';
import { createHttpClient, type ClientOptions, type HttpClient, type RegisterError } from './http-client.ts';

/** A postal address as registered; `lines` are street or box, in order. */
export type RegisteredAddress = {
  readonly lines: readonly string[];
  readonly postalCode?: string | undefined;
  readonly place?: string | undefined;
  readonly countryCode?: string | undefined;
};

/** A business with its own organisation number. `form` is the register's code: AS, ENK, NUF … */
export type RegisteredBusiness = {
  readonly organisationNumber: OrganisationNumber;
  readonly name: string;
  readonly form: string;
  readonly industryCode?: string | undefined;
  readonly address?: RegisteredAddress | undefined;
  readonly vatRegistered: boolean;
  readonly bankrupt: boolean;
  readonly beingDissolved: boolean;
  readonly deletedOn?: PlainDate | undefined;
  readonly email?: string | undefined;
  readonly mobile?: string | undefined;
};

/** A sub-unit of a business. */
export type RegisteredUnit = {
  readonly organisationNumber: OrganisationNumber;
  readonly parent: OrganisationNumber;
  readonly name: string;
  readonly address?: RegisteredAddress | undefined;
  readonly closedOn?: PlainDate | undefined;
};

/** A person with a role. `nationalId` is there only from `authorisedRoles`. */
export type RoleHolder = {
  readonly roleCode: string;
  readonly name: string;
  readonly birthDate?: PlainDate | undefined;
  readonly nationalId?: NationalId | undefined;
  readonly resigned: boolean;
  readonly deceased: boolean;
};

export type UpdateKind = 'businesses' | 'units' | 'roles';

/** That something about an organisation has changed; what, one has to look up. Ids grow. */
export type RegisterUpdate = {
  readonly id: number;
  readonly organisationNumber: OrganisationNumber;
  readonly change: 'created' | 'changed' | 'deleted' | 'removed' | 'unknown';
  readonly at: Date;
};

/** Enhetsregisteret: who businesses are, which units they have and who acts for them. */
export type Enhetsregisteret = {
  /** One business; a deleted one is `gone`, or has `deletedOn` while the register still shows it. */
  business(number: OrganisationNumber): Promise<Result<RegisteredBusiness, RegisterError>>;
  /** The units of a business; the register leaves closed ones out sooner or later. Of no business, none. */
  units(parent: OrganisationNumber): Promise<Result<RegisteredUnit[], RegisterError>>;
  /** At most 20 businesses with that organisation number or with names that begin like that. */
  search(nameOrNumber: string): Promise<Result<RegisteredBusiness[], RegisterError>>;
  /** The persons with roles in a business, without national identity numbers. */
  openRoles(number: OrganisationNumber): Promise<Result<RoleHolder[], RegisterError>>;
  /** The same with national identity numbers, which takes a Maskinporten token. */
  authorisedRoles(number: OrganisationNumber): Promise<Result<RoleHolder[], RegisterError>>;
  /** Up to 1,000 changes after the one with that id, or from that time on, oldest first. */
  updates(kind: UpdateKind, since: number | Date): Promise<Result<RegisterUpdate[], RegisterError>>;
};

export type EnhetsregisteretOptions = ClientOptions & {
  /** The address of the API with national identity numbers; `token` is sent there only. */
  readonly authorisedBaseUrl: string;
  readonly synthetic: boolean;
};

/** The scope for `authorisedRoles`; the grant's `resource` is the authorised API's address. */
export const rolesScope = 'brreg:data:enhetsregisteret:roller';

const register = 'enhetsregisteret';
const unitsPerPage = 500;
/** The register answers no further than its 10,000th hit. */
const lastUnitsPage = 10_000 / unitsPerPage - 1;

/** A client of Enhetsregisteret's open and authorised APIs. */
export function createEnhetsregisteret(options: EnhetsregisteretOptions): Enhetsregisteret {
  const open = createHttpClient(register, { ...options, token: undefined });
  const authorised = createHttpClient(register, { ...options, baseUrl: options.authorisedBaseUrl });
  const roles = async (client: HttpClient, number: OrganisationNumber) => {
    const answer = await client({
      path: `/enheter/${number}/roller`,
      headers: { accept: 'application/vnd.brreg.enhetsregisteret.rolle.v1+json' },
      answer: rolesAnswer,
    });
    return answer.ok ? ok(answer.value.flatMap((role) => toRoleHolder(role, options.synthetic))) : answer;
  };
  return {
    business: (number) =>
      open({ path: `/enheter/${number}`, headers: { accept: businessType }, answer: businessAnswer }),
    units: (parent) => fetchUnits(open, parent),
    search: (nameOrNumber) => search(open, nameOrNumber.trim()),
    openRoles: (number) => roles(open, number),
    authorisedRoles: (number) => roles(authorised, number),
    updates: (kind, since) => fetchUpdates(open, kind, since),
  };
}

const businessType = 'application/vnd.brreg.enhetsregisteret.enhet.v2+json';

const addressAnswer = z
  .object({
    adresse: maybe(z.array(z.string())),
    postnummer: maybe(z.string()),
    poststed: maybe(z.string()),
    landkode: maybe(z.string()),
  })
  .transform((address): RegisteredAddress => ({
    lines: address.adresse ?? [],
    postalCode: address.postnummer,
    place: address.poststed,
    countryCode: address.landkode,
  }));

const flag = maybe(z.boolean()).transform((value) => value ?? false);

const businessAnswer = z
  .object({
    organisasjonsnummer: organisationNumber,
    navn: z.string(),
    organisasjonsform: z.object({ kode: z.string() }),
    naeringskode1: maybe(z.object({ kode: z.string() })),
    forretningsadresse: maybe(addressAnswer),
    postadresse: maybe(addressAnswer),
    registrertIMvaregisteret: flag,
    konkurs: flag,
    underAvvikling: flag,
    underTvangsavviklingEllerTvangsopplosning: flag,
    slettedato: maybe(plainDate),
    epostadresse: maybe(z.string()),
    mobil: maybe(z.string()),
  })
  .transform((found): RegisteredBusiness => ({
    organisationNumber: found.organisasjonsnummer,
    name: found.navn,
    form: found.organisasjonsform.kode,
    industryCode: found.naeringskode1?.kode,
    address: found.forretningsadresse ?? found.postadresse,
    vatRegistered: found.registrertIMvaregisteret,
    bankrupt: found.konkurs,
    beingDissolved: found.underAvvikling || found.underTvangsavviklingEllerTvangsopplosning,
    deletedOn: found.slettedato,
    email: found.epostadresse,
    mobile: found.mobil,
  }));

const unitAnswer = z
  .object({
    organisasjonsnummer: organisationNumber,
    overordnetEnhet: organisationNumber,
    navn: z.string(),
    beliggenhetsadresse: maybe(addressAnswer),
    nedleggelsesdato: maybe(plainDate),
    slettedato: maybe(plainDate),
  })
  .transform((found): RegisteredUnit => ({
    organisationNumber: found.organisasjonsnummer,
    parent: found.overordnetEnhet,
    name: found.navn,
    address: found.beliggenhetsadresse,
    closedOn: found.nedleggelsesdato ?? found.slettedato,
  }));

const unitsAnswer = z.object({
  _embedded: maybe(z.object({ underenheter: z.array(unitAnswer) })),
  page: maybe(z.object({ totalPages: z.int() })),
});

async function fetchUnits(
  open: HttpClient,
  parent: OrganisationNumber,
): Promise<Result<RegisteredUnit[], RegisterError>> {
  const units: RegisteredUnit[] = [];
  for (let page = 0; page <= lastUnitsPage; page += 1) {
    const answer = await open({
      path: '/underenheter',
      query: [
        ['overordnetEnhet', parent],
        ['size', String(unitsPerPage)],
        ['page', String(page)],
      ],
      headers: { accept: 'application/vnd.brreg.enhetsregisteret.underenhet.v2+json' },
      answer: unitsAnswer,
    });
    if (!answer.ok) return answer;
    units.push(...(answer.value._embedded?.underenheter ?? []));
    if (page + 1 >= (answer.value.page?.totalPages ?? 0)) break;
  }
  return ok(units);
}

const searchAnswer = z.object({ _embedded: maybe(z.object({ enheter: z.array(businessAnswer) })) });

async function search(
  open: HttpClient,
  nameOrNumber: string,
): Promise<Result<RegisteredBusiness[], RegisterError>> {
  if (nameOrNumber === '') return ok([]);
  const number = parseOrganisationNumber(nameOrNumber);
  const query: [string, string][] = number.ok
    ? [['organisasjonsnummer', number.value]]
    : [
        ['navn', nameOrNumber.slice(0, 180)],
        ['navnMetodeForSoek', 'FORTLOEPENDE'],
      ];
  const answer = await open({
    path: '/enheter',
    query: [...query, ['size', '20']],
    headers: { accept: businessType },
    answer: searchAnswer,
  });
  return answer.ok ? ok(answer.value._embedded?.enheter ?? []) : answer;
}

const roleAnswer = z.object({
  type: z.object({ kode: z.string() }),
  fratraadt: flag,
  avregistrert: flag,
  // Absent where an organisation holds the role: it acts through persons of its own.
  person: maybe(
    z.object({
      fodselsnummer: maybe(z.string()),
      fodselsdato: maybe(plainDate),
      navn: z.object({
        fornavn: maybe(z.string()),
        mellomnavn: maybe(z.string()),
        etternavn: maybe(z.string()),
      }),
      erDoed: flag,
    }),
  ),
});

const rolesAnswer = z
  .object({ rollegrupper: maybe(z.array(z.object({ roller: maybe(z.array(roleAnswer)) }))) })
  .transform(({ rollegrupper }) => (rollegrupper ?? []).flatMap(({ roller }) => roller ?? []));

function toRoleHolder(role: z.infer<typeof roleAnswer>, synthetic: boolean): RoleHolder[] {
  const { person } = role;
  if (!person) return [];
  const { fornavn, mellomnavn, etternavn } = person.navn;
  return [
    {
      roleCode: role.type.kode,
      name: [fornavn, mellomnavn, etternavn].filter((part) => part !== undefined).join(' '),
      birthDate: person.fodselsdato,
      nationalId: readNationalId(person.fodselsnummer, synthetic),
      resigned: role.fratraadt || role.avregistrert,
      deceased: person.erDoed,
    },
  ];
}

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const changes: Readonly<Record<string, RegisterUpdate['change']>> = {
  Ny: 'created',
  Endring: 'changed',
  Sletting: 'deleted',
  Fjernet: 'removed',
};

const updateAnswer = z
  .object({
    oppdateringsid: z.int(),
    organisasjonsnummer: organisationNumber,
    endringstype: z.string(),
    dato: instant,
  })
  .transform((update): RegisterUpdate => ({
    id: update.oppdateringsid,
    organisationNumber: update.organisasjonsnummer,
    change: changes[update.endringstype] ?? 'unknown',
    at: update.dato,
  }));

const updatesAnswer = z
  .object({
    _embedded: maybe(
      z.object({
        oppdaterteEnheter: maybe(z.array(updateAnswer)),
        oppdaterteUnderenheter: maybe(z.array(updateAnswer)),
      }),
    ),
  })
  .transform(({ _embedded: found }) => found?.oppdaterteEnheter ?? found?.oppdaterteUnderenheter ?? []);

/** Roles come as a batch of CloudEvents, with no word on what has changed. */
const roleUpdatesAnswer = z.array(
  z
    .object({
      id: z.coerce.number().int(),
      time: instant,
      data: z.object({ organisasjonsnummer: organisationNumber }),
    })
    .transform((event): RegisterUpdate => ({
      id: event.id,
      organisationNumber: event.data.organisasjonsnummer,
      change: 'changed',
      at: event.time,
    })),
);

function fetchUpdates(
  open: HttpClient,
  kind: UpdateKind,
  since: number | Date,
): Promise<Result<RegisterUpdate[], RegisterError>> {
  if (kind === 'roles') {
    return open({
      path: '/oppdateringer/roller',
      query: [
        since instanceof Date ? ['afterTime', since.toISOString()] : ['afterId', String(since)],
        ['size', '1000'],
      ],
      headers: { accept: 'application/cloudevents-batch+json' },
      answer: roleUpdatesAnswer,
    });
  }
  return open({
    path: kind === 'businesses' ? '/oppdateringer/enheter' : '/oppdateringer/underenheter',
    query: [
      since instanceof Date
        ? ['dato', since.toISOString()]
        : // The register counts from this id on, not after it.
          ['oppdateringsid', String(since + 1)],
      ['size', '1000'],
    ],
    answer: updatesAnswer,
  });
}
