import { z } from 'zod';
import type { PlainDate } from '../kernel/dates.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { NationalId } from '../kernel/national-id.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { maybe, organisationNumber, plainDate, readNationalId } from './fields.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** One person's employment in one unit. `to` is the last day; `percent` is of a full post. */
export type Employment = {
  readonly nationalId: NationalId;
  readonly unit: OrganisationNumber;
  readonly employer: OrganisationNumber;
  readonly from: PlainDate;
  readonly to?: PlainDate | undefined;
  readonly percent?: number | undefined;
};

export type EmploymentStatus = 'active' | 'ended' | 'future';

/** Aa-registeret: who works where. */
export type Aareg = {
  /** The employments that a business (not a unit) has reported, of those statuses. */
  employments(query: {
    readonly organisationNumber: OrganisationNumber;
    readonly statuses: readonly EmploymentStatus[];
  }): Promise<Result<Employment[], RegisterError>>;
};

export type AaregOptions = ClientOptions & { readonly synthetic: boolean };

export const aaregScope = 'nav:aareg/v1/arbeidsforhold';

const register = 'aareg';

const statusNames = { active: 'AKTIV', ended: 'AVSLUTTET', future: 'FREMTIDIG' } as const;

const query = `query($finnArbeidsforholdVariabler: FinnArbeidsforholdVariabler) {
  finnArbeidsforhold(finnArbeidsforholdVariabler: $finnArbeidsforholdVariabler) {
    arbeidsforhold {
      arbeidstaker { ident }
      arbeidssted { type ident }
      opplysningspliktig { type ident }
      ansettelsesperiode { startdato sluttdato }
      ansettelsesdetaljer { avtaltStillingsprosent rapporteringsmaaneder { fra til } }
    }
  }
}`.replace(/\s+/gu, ' ');

/** A client of Aa-registeret's GraphQL API for others than NAV. */
export function createAareg(options: AaregOptions): Aareg {
  const client = createHttpClient(register, options);
  return {
    async employments({ organisationNumber: employer, statuses }) {
      const finnArbeidsforholdVariabler = {
        opplysningspliktigId: employer,
        arbeidsforholdtype: [
          'ordinaertArbeidsforhold',
          'maritimtArbeidsforhold',
          'forenkletOppgjoersordning',
        ],
        rapporteringsordning: ['A_ORDNINGEN'],
        arbeidsforholdstatus: statuses.map((status) => statusNames[status]),
      };
      const answer = await client({
        path: '/graphql',
        headers: { 'correlation-id': uuidv7() },
        body: { json: { query, variables: { finnArbeidsforholdVariabler } } },
        repeatable: true,
        answer: graphqlAnswer,
      });
      if (!answer.ok) return answer;
      if ('errors' in answer.value) return err({ kind: errorKind(answer.value.errors), register });
      const found = answer.value.data.finnArbeidsforhold.arbeidsforhold;
      return ok(found.flatMap((employment) => toEmployment(employment, options.synthetic)));
    },
  };
}

const party = z.object({ type: z.string(), ident: z.string() });

const employmentAnswer = z.object({
  arbeidstaker: z.object({ ident: z.string() }),
  arbeidssted: party,
  opplysningspliktig: party,
  ansettelsesperiode: z.object({ startdato: plainDate, sluttdato: maybe(plainDate) }),
  ansettelsesdetaljer: maybe(
    z.array(
      z.object({
        avtaltStillingsprosent: maybe(z.number()),
        rapporteringsmaaneder: maybe(z.object({ fra: maybe(z.string()), til: maybe(z.string()) })),
      }),
    ),
  ),
});

const errorsAnswer = z.object({
  errors: z
    .array(
      z.object({
        extensions: maybe(z.object({ errormessages: maybe(z.array(z.object({ code: z.string() }))) })),
      }),
    )
    .min(1),
});

const dataAnswer = z.object({
  data: z.object({ finnArbeidsforhold: z.object({ arbeidsforhold: z.array(employmentAnswer) }) }),
});

// Errors first: where the register answers both, the data is not whole.
const graphqlAnswer = z.union([errorsAnswer, dataAnswer]);

/** AA-000 is the register's own failure; the others say that our question was wrong. */
function errorKind(errors: z.infer<typeof errorsAnswer>['errors']): RegisterError['kind'] {
  const codes = errors.flatMap(({ extensions }) => extensions?.errormessages ?? []).map(({ code }) => code);
  return codes.includes('AA-000') ? 'unavailable' : codes.length > 0 ? 'refused' : 'unexpected-answer';
}

function toEmployment(found: z.infer<typeof employmentAnswer>, synthetic: boolean): Employment[] {
  const nationalId = readNationalId(found.arbeidstaker.ident, synthetic);
  const unit = organisationNumber.safeParse(found.arbeidssted.ident);
  const employer = organisationNumber.safeParse(found.opplysningspliktig.ident);
  // A private employer is a person, with a national identity number: none of our businesses.
  if (nationalId === undefined || !unit.success || !employer.success) return [];
  const details = found.ansettelsesdetaljer ?? [];
  const current = details.find((detail) => detail.rapporteringsmaaneder?.til === undefined) ?? details[0];
  return [
    {
      nationalId,
      unit: unit.data,
      employer: employer.data,
      from: found.ansettelsesperiode.startdato,
      to: found.ansettelsesperiode.sluttdato,
      percent: current?.avtaltStillingsprosent,
    },
  ];
}
