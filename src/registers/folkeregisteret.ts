import { z } from 'zod';
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import type { NationalId } from '../kernel/national-id.ts';
import { ok, type Result } from '../kernel/result.ts';
import { maybe, readNationalId, slices } from './fields.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/**
 * A person as Folkeregisteret knows them now. `status` is the register's word (bosatt, utflyttet,
 * midlertidig, inaktiv, doed, opphoert …). A D-number that is not `identifierActive` ends cards in 30 days.
 */
export type RegisteredPerson = {
  readonly nationalId: NationalId;
  readonly name: { readonly given: string; readonly middle?: string | undefined; readonly family: string };
  readonly birthDate?: PlainDate | undefined;
  readonly status: string;
  readonly deceased: boolean;
  readonly identifierKind: 'national-identity-number' | 'd-number';
  readonly identifierActive: boolean;
  /** How the address is protected, in the register's word: fortrolig, strengtFortrolig; undefined where it is not. */
  readonly addressProtection?: string | undefined;
  /** Codes of three letters, XXX for none and XUK for unknown; several at once, or none told. */
  readonly citizenships?: readonly string[];
};

/** That something of a person has changed; what it is, a look-up tells. */
export type PersonChange = {
  /** Rises with every change of anybody. */
  readonly id: number;
  /** Undefined where the register names nobody whose number we can read. */
  readonly nationalId: NationalId | undefined;
};

/** Folkeregisteret: who people are. */
export type Folkeregisteret = {
  /** Those of the people that the register knows, in no certain order, each under the number asked for. */
  people(nationalIds: readonly NationalId[]): Promise<Result<RegisteredPerson[], RegisterError>>;
  /** The id of the latest change of anybody. */
  lastChange(): Promise<Result<number, RegisterError>>;
  /** The changes that follow that one, a thousand at most; none when it is the latest. */
  changes(after: number): Promise<Result<PersonChange[], RegisterError>>;
};

export type FolkeregisteretOptions = ClientOptions & { readonly synthetic: boolean };

export const folkeregisteretScope = 'folkeregister:deling/offentligmedhjemmel';

const register = 'folkeregisteret';
const numbersPerCall = 500;
/** No more of a person than what cards need. */
const parts = [
  'identifikasjonsnummer',
  'navn',
  'foedsel',
  'status',
  'doedsfall',
  'adressebeskyttelse',
  'statsborgerskap',
];

/** A client of Folkeregisteret's bulk look-up. Numbers travel in bodies only, never in addresses. */
export function createFolkeregisteret(options: FolkeregisteretOptions): Folkeregisteret {
  const client = createHttpClient(register, options, { retryAfterUnitMs: 1 });
  return {
    async people(nationalIds) {
      const people: RegisteredPerson[] = [];
      for (const numbers of slices(nationalIds, numbersPerCall)) {
        const answer = await client({
          path: '/personer/bulkoppslag/',
          query: parts.map((part) => ['part', part]),
          body: { json: { foedselsEllerDNummer: numbers } },
          repeatable: true,
          answer: bulkAnswer,
        });
        if (!answer.ok) return answer;
        people.push(...answer.value.oppslag.flatMap((entry) => toPerson(entry, options.synthetic)));
      }
      return ok(people);
    },
    lastChange: () => client({ path: '/hendelser/siste/sekvensnummer', answer: z.coerce.number().int() }),
    changes: (after) =>
      // The register counts from this number on, not after it.
      client({
        path: '/hendelser/feed',
        query: [['seq', String(after + 1)]],
        answer: changesAnswer(options.synthetic),
      }),
  };
}

function changesAnswer(synthetic: boolean) {
  const change = z.object({
    sekvensnummer: z.coerce.number().int(),
    hendelse: z.object({ folkeregisteridentifikator: maybe(z.string()) }),
  });
  return z.array(change).transform((found) =>
    found.map(({ sekvensnummer, hendelse }): PersonChange => ({
      id: sekvensnummer,
      nationalId: readNationalId(hendelse.folkeregisteridentifikator ?? '', synthetic),
    })),
  );
}

/** Every fact is a list with its history; these of them hold now. */
function factsOf<T extends z.ZodType>(fact: T) {
  const entry = z.object({ erGjeldende: maybe(z.boolean()) }).and(fact);
  return maybe(z.array(entry)).transform((facts) => facts?.filter(({ erGjeldende }) => erGjeldende) ?? []);
}

/** Of most facts only one holds now. */
function factOf<T extends z.ZodType>(fact: T) {
  return factsOf(fact).transform(([fact]) => fact);
}

const personAnswer = z.object({
  identifikasjonsnummer: maybe(
    z.array(
      z.object({
        erGjeldende: maybe(z.boolean()),
        status: maybe(z.string()),
        foedselsEllerDNummer: z.string(),
        identifikatortype: z.string(),
      }),
    ),
  ),
  navn: factOf(
    z.object({ fornavn: maybe(z.string()), mellomnavn: maybe(z.string()), etternavn: maybe(z.string()) }),
  ),
  foedsel: factOf(z.object({ foedselsdato: maybe(z.string()) })),
  status: factOf(z.object({ status: z.string() })),
  doedsfall: factOf(z.object({ doedsdato: maybe(z.string()) })),
  adressebeskyttelse: factOf(z.object({ graderingsnivaa: z.string() })),
  statsborgerskap: factsOf(z.object({ statsborgerskap: maybe(z.string()) })),
});

const bulkAnswer = z.object({
  oppslag: z.array(z.object({ foedselsEllerDNummer: z.string(), folkeregisterperson: maybe(personAnswer) })),
});

type BulkEntry = z.infer<typeof bulkAnswer>['oppslag'][number];

function toPerson({ foedselsEllerDNummer, folkeregisterperson: found }: BulkEntry, synthetic: boolean) {
  const nationalId = readNationalId(foedselsEllerDNummer, synthetic);
  if (nationalId === undefined || !found) return [];
  const number = found.identifikasjonsnummer?.find((one) => one.foedselsEllerDNummer === nationalId);
  const status = found.status?.status ?? 'ukjent';
  const person: RegisteredPerson = {
    nationalId,
    name: {
      given: found.navn?.fornavn ?? '',
      middle: found.navn?.mellomnavn,
      family: found.navn?.etternavn ?? '',
    },
    birthDate: parsePlainDate(found.foedsel?.foedselsdato ?? ''),
    status,
    deceased: status === 'doed' || found.doedsfall !== undefined,
    identifierKind: number?.identifikatortype === 'dNummer' ? 'd-number' : 'national-identity-number',
    identifierActive: number?.erGjeldende === true && (number.status ?? 'iBruk') === 'iBruk',
    addressProtection: found.adressebeskyttelse?.graderingsnivaa,
    citizenships: found.statsborgerskap.flatMap(({ statsborgerskap }) => statsborgerskap ?? []),
  };
  return [person];
}
