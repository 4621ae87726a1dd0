import { z } from 'zod';
import { isLanguage, type Language } from '../kernel/language.ts';
import type { NationalId } from '../kernel/national-id.ts';
import { ok, type Result } from '../kernel/result.ts';
import { maybe, readNationalId, slices } from './fields.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** A person's own digital addresses. Nothing may be sent to one that has `canBeNotified` false. */
export type PersonContact = {
  readonly nationalId: NationalId;
  readonly email?: string | undefined;
  readonly mobile?: string | undefined;
  readonly canBeNotified: boolean;
  readonly language?: Language | undefined;
};

/** Kontakt- og reservasjonsregisteret: where people want the public sector's messages. */
export type Krr = {
  /** The contacts of those people that the register answers for, in no certain order. */
  contacts(nationalIds: readonly NationalId[]): Promise<Result<PersonContact[], RegisterError>>;
};

export type KrrOptions = ClientOptions & { readonly synthetic: boolean };

export const krrScope = 'krr:global/kontaktinformasjon.read';

const peoplePerCall = 1000;

/** A client of the register's REST API, version 2. */
export function createKrr(options: KrrOptions): Krr {
  const client = createHttpClient('krr', options);
  return {
    async contacts(nationalIds) {
      const contacts: PersonContact[] = [];
      for (const numbers of slices(nationalIds, peoplePerCall)) {
        const answer = await client({
          path: '/rest/v2/personer',
          body: { json: { personidentifikatorer: numbers } },
          repeatable: true,
          answer: peopleAnswer,
        });
        if (!answer.ok) return answer;
        contacts.push(...answer.value.personer.flatMap((person) => toContact(person, options.synthetic)));
      }
      return ok(contacts);
    },
  };
}

const peopleAnswer = z.object({
  personer: z.array(
    z.object({
      personidentifikator: z.string(),
      varslingsstatus: maybe(z.string()),
      kontaktinformasjon: maybe(
        z.object({ epostadresse: maybe(z.string()), mobiltelefonnummer: maybe(z.string()) }),
      ),
      spraak: maybe(z.string()),
    }),
  ),
});

function toContact(found: z.infer<typeof peopleAnswer>['personer'][number], synthetic: boolean) {
  const nationalId = readNationalId(found.personidentifikator, synthetic);
  if (nationalId === undefined) return [];
  const contact: PersonContact = {
    nationalId,
    email: found.kontaktinformasjon?.epostadresse,
    mobile: found.kontaktinformasjon?.mobiltelefonnummer,
    canBeNotified: found.varslingsstatus === 'KAN_VARSLES',
    language: languageOf(found.spraak),
  };
  return [contact];
}

/** Nynorsk and Sámi readers get bokmål, the nearest of the texts that there are. */
function languageOf(code: string | undefined): Language | undefined {
  if (code === 'nn' || code === 'se') return 'nb';
  return isLanguage(code) ? code : undefined;
}
