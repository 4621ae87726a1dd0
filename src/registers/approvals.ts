import sax from 'sax';
import { z } from 'zod';
import { parseOrganisationNumber, type OrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { maybe } from './fields.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/**
 * Where a firm stands with the Labour Inspection Authority. `card-order`: the Authority has told it to order cards, which
 * comes before the approval. `unknown`: the register says something that we do not know.
 */
export type ApprovalStanding =
  'application' | 'card-order' | 'approved-without-staff' | 'approved' | 'not-approved' | 'unknown';

/** A firm as one of the Authority's registers has it, with the register's own words. */
export type Approval = {
  readonly organisationNumber: OrganisationNumber;
  readonly standing: ApprovalStanding;
  readonly words: string;
};

/** One of the Labour Inspection Authority's registers of firms, which are open to everybody. */
export type ApprovalRegister = {
  /** All firms in the register, also those that were refused; `asOf` when the register says how old its answer is. */
  approvals(): Promise<
    Result<{ readonly approvals: Approval[]; readonly asOf?: Date | undefined }, RegisterError>
  >;
};

/** The whole register is one answer, of some megabytes. */
const TIMEOUT_MS = 30_000;

/** A client of the register of cleaning firms: one XML file, made each day. `baseUrl` is the file's address. */
export function createCleaningRegister(options: ClientOptions): ApprovalRegister {
  const register = 'cleaning-register';
  const client = createHttpClient(register, { ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    async approvals() {
      const answer = await client({
        path: '',
        headers: { accept: 'application/xml, text/xml' },
        reads: 'text',
        answer: z.string(),
      });
      if (!answer.ok) return answer;
      const approvals = readCleaningFirms(answer.value);
      return approvals === undefined ? err({ kind: 'unexpected-answer', register }) : ok({ approvals });
    },
  };
}

/** The file's firms, each with its own number and status, whatever its departments have; undefined for another file. */
export function readCleaningFirms(xml: string): Approval[] | undefined {
  const parser = sax.parser(true, { trim: true });
  const approvals: Approval[] = [];
  const path: string[] = [];
  let firm = { number: '', status: '' };
  const errors: Error[] = [];
  parser.onopentag = ({ name }) => {
    path.push(name);
    if (path.length === 2) firm = { number: '', status: '' };
  };
  parser.ontext = (text) => {
    if (path.length !== 3) return;
    if (path[2] === 'Organisasjonsnummer') firm.number += text;
    if (path[2] === 'Status') firm.status += text;
  };
  parser.onclosetag = () => {
    if (path.length === 2 && path[1] === 'Renholdsvirksomhet') {
      const number = parseOrganisationNumber(firm.number);
      // One odd number must not hide all the others.
      if (number.ok)
        approvals.push({
          organisationNumber: number.value,
          standing: standingOfWords(firm.status),
          words: firm.status.slice(0, LONGEST_WORDS),
        });
    }
    path.pop();
  };
  parser.onerror = (error) => {
    errors.push(error);
    parser.resume();
  };
  parser.write(xml).close();
  return errors.length > 0 || !xml.includes('<ArrayOfRenholdsvirksomhet') ? undefined : approvals;
}

const LONGEST_WORDS = 200;

/** The register of cleaning firms has words and no codes. */
export function standingOfWords(words: string): ApprovalStanding {
  const plain = words.toLowerCase();
  if (plain === 'godkjent med ansatte') return 'approved';
  if (plain === 'godkjent uten ansatte') return 'approved-without-staff';
  if (plain === 'ikke godkjent') return 'not-approved';
  if (plain.includes('hms-kort')) return 'card-order';
  return plain.includes('søknad') ? 'application' : 'unknown';
}

/** A client of the register of firms that care for cars, change wheels or store them. */
export function createCarCareRegister(options: ClientOptions): ApprovalRegister {
  return createOpenRegister('car-care-register', options, CAR_CARE_CODES);
}

/** A client of the register of staffing agencies, which hire out labour. */
export function createStaffingRegister(options: ClientOptions): ApprovalRegister {
  return createOpenRegister('staffing-register', options, STAFFING_CODES);
}

type Codes = Readonly<Record<number, ApprovalStanding>>;

/** The Authority's registers with one form of answer, each with codes of its own. */
function createOpenRegister(register: string, options: ClientOptions, codes: Codes): ApprovalRegister {
  const client = createHttpClient(register, { ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    async approvals() {
      const answer = await client({ path: '/virksomheter', answer: openAnswer });
      if (!answer.ok) return answer;
      const { metadata, data } = answer.value;
      const asOf = new Date(metadata?.datoTidGenerert ?? Number.NaN);
      const approvals = data.flatMap((firm) => {
        const number = parseOrganisationNumber(firm.organisasjonsnummer);
        if (!number.ok) return [];
        const words = (firm.registerstatusTekst ?? '').slice(0, LONGEST_WORDS);
        return [
          {
            organisationNumber: number.value,
            standing: codes[firm.registerstatus] ?? ('unknown' as const),
            words,
          },
        ];
      });
      return ok({ approvals, ...(Number.isNaN(asOf.getTime()) ? {} : { asOf }) });
    },
  };
}

const CAR_CARE_CODES: Codes = {
  1: 'application',
  2: 'card-order',
  3: 'approved-without-staff',
  4: 'approved',
  5: 'not-approved',
};

const STAFFING_CODES: Codes = { 1: 'approved', 2: 'not-approved' };

const openAnswer = z.object({
  metadata: maybe(z.object({ datoTidGenerert: maybe(z.string()) })),
  data: z.array(
    z.object({
      organisasjonsnummer: z.string(),
      registerstatus: z.number(),
      registerstatusTekst: maybe(z.string()),
    }),
  ),
});
