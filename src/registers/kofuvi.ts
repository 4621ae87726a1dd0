import { z } from 'zod';
import { organisationNumber, maybe } from './fields.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';
import { fetchWithCertificate, type ClientCertificate } from './client-certificate.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { ok, type Result } from '../kernel/result.ts';

/** One official notification address: an e-mail address, a mobile number with its prefix, or both. */
export type NotificationAddress = {
  readonly id: string;
  readonly email?: string | undefined;
  readonly mobile?: string | undefined;
};

/** Where a business has told the public sector to write to it. */
export type OfficialAddresses = {
  /** Whose they are: a unit without any of its own gets its main unit's. */
  readonly organisationNumber: OrganisationNumber;
  readonly addresses: readonly NotificationAddress[];
};

/** Kontaktregisteret for virksomheter: the notification addresses that a business has registered with the state. */
export type Kofuvi = {
  /** All addresses of a business or unit; `not-found` for one that the register does not know. */
  addresses(number: OrganisationNumber): Promise<Result<OfficialAddresses, RegisterError>>;
};

export type KofuviOptions = ClientOptions & {
  /** The enterprise certificate that the register knows us by; none where something in front of us shows it. */
  readonly certificate?: ClientCertificate | undefined;
};

const accept = 'application/vnd.brreg.kofuvi.varslingsadresser.v1+json';

/** A client of the register's HAL API. */
export function createKofuvi({ certificate, ...options }: KofuviOptions): Kofuvi {
  const fetch = options.fetch ?? (certificate ? fetchWithCertificate(certificate) : undefined);
  const client = createHttpClient('kofuvi', { ...options, fetch });
  return {
    async addresses(number) {
      const answer = await client({
        path: `/api/varslingsadresser/${number}`,
        headers: { accept },
        answer: addressesAnswer,
      });
      if (!answer.ok) return answer;
      const { organisasjonsnummer, _embedded } = answer.value;
      const addresses = (_embedded?.varslingsadresser ?? []).map(toAddress);
      return ok({ organisationNumber: organisasjonsnummer, addresses });
    },
  };
}

const addressesAnswer = z.object({
  organisasjonsnummer: organisationNumber,
  _embedded: maybe(
    z.object({
      varslingsadresser: z.array(
        z.object({
          identifikator: z.string(),
          epostadresse: maybe(z.object({ brukernavn: z.string(), domenenavn: z.string() })),
          mobiltelefon: maybe(z.object({ internasjonaltPrefiks: z.string(), nasjonaltNummer: z.string() })),
        }),
      ),
    }),
  ),
});

type Registered = NonNullable<z.infer<typeof addressesAnswer>['_embedded']>['varslingsadresser'][number];

function toAddress({ identifikator, epostadresse, mobiltelefon }: Registered): NotificationAddress {
  return {
    id: identifikator,
    email: epostadresse && `${epostadresse.brukernavn}@${epostadresse.domenenavn}`,
    mobile: mobiltelefon && `${mobiltelefon.internasjonaltPrefiks}${mobiltelefon.nasjonaltNummer}`,
  };
}
