import { z } from 'zod';
import type { PlainDate } from '../kernel/dates.ts';
import type { NationalId } from '../kernel/national-id.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { ok, type Result } from '../kernel/result.ts';
import { maybe, plainDate, readNationalId } from './fields.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** One worker in one assignment of a foreign firm. `to` is the last day. */
export type Assignment = {
  readonly nationalId: NationalId;
  readonly from: PlainDate;
  readonly to?: PlainDate | undefined;
  /** Whom the assignment is for, by name, and where it is carried out. */
  readonly client: string;
  readonly place?: string | undefined;
};

/** The tax authority's register of assignments of foreign firms (RF-1199): who works for them in Norway, for whom and when. */
export type Assignments = {
  /** What the firm's assignments were reported with; also those that have ended. */
  assignmentsOf(contractor: OrganisationNumber): Promise<Result<Assignment[], RegisterError>>;
};

export type AssignmentsOptions = ClientOptions & { readonly synthetic: boolean };

/** Our guess: the owner has not published one. */
export const assignmentsScope = 'skatteetaten:arbeidsforholdioppdrag';

/**
 * A client of "Arbeidsforhold i oppdrag". Its paths and fields are not published: those here are our own, and all that knows
 * them is this file.
 */
export function createAssignments(options: AssignmentsOptions): Assignments {
  const client = createHttpClient('assignments', options);
  return {
    async assignmentsOf(contractor) {
      const answer = await client({
        path: `/v1/oppdragstakere/${contractor}/arbeidsforhold`,
        answer: assignmentsAnswer,
      });
      if (!answer.ok) return answer.error.kind === 'not-found' ? ok([]) : answer;
      return ok(
        answer.value.arbeidsforhold.flatMap((found) => {
          const nationalId = readNationalId(found.arbeidstaker, options.synthetic);
          if (nationalId === undefined) return [];
          const { navn, organisasjonsnummer } = found.oppdragsgiver;
          return [
            {
              nationalId,
              from: found.startdato,
              to: found.sluttdato,
              client: navn ?? organisasjonsnummer,
              place: found.oppdragssted,
            },
          ];
        }),
      );
    },
  };
}

const assignmentsAnswer = z.object({
  arbeidsforhold: z.array(
    z.object({
      arbeidstaker: z.string(),
      oppdragsgiver: z.object({ organisasjonsnummer: z.string(), navn: maybe(z.string()) }),
      oppdragssted: maybe(z.string()),
      startdato: plainDate,
      sluttdato: maybe(plainDate),
    }),
  ),
});
