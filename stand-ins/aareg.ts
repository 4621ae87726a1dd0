import { Hono } from 'hono';
import { z } from 'zod';
import { faults, osloDate, requireScope, type StandInContext } from './context.ts';
import { select, selectionOf, type Selection } from './graphql.ts';
import type { Employment } from './world.ts';

const employmentTypes = [
  'ordinaertArbeidsforhold',
  'maritimtArbeidsforhold',
  'frilanserOppdragstakerHonorarPersonerMm',
  'forenkletOppgjoersordning',
] as const;
const reportingSchemes = ['A_ORDNINGEN', 'FOER_A_ORDNINGEN'] as const;
const statuses = ['AKTIV', 'AVSLUTTET', 'FREMTIDIG'] as const;

const requestShape = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).optional() });

type Search = {
  employer: string | undefined;
  unit: string | undefined;
  worker: string | undefined;
  statuses: readonly string[];
  ordinary: boolean;
};

type Failure = { code: string; message: string; details: string };

const failure = (code: string, message: string, details: string): Failure => ({ code, message, details });

/**
 * Aa-registeret's GraphQL service: the employments of an employer, a place of work or a worker. Every error but those of
 * the token comes as HTTP 200 without `data`. Mount it at `/aareg/v1/arbeidsforhold`.
 */
export function aareg(context: StandInContext): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('correlation-id', c.req.header('correlation-id') ?? crypto.randomUUID());
  });
  app.use(faults(context, 'aareg'));
  app.use(
    requireScope(context, ['nav:aareg/v1/arbeidsforhold'], (c, status, message) =>
      c.json({ messages: [message] }, status),
    ),
  );
  app.post('/graphql', async (c) => {
    const request = requestShape.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success)
      return c.json(errorShape(failure('AA-001', 'Ugyldig forespørsel', 'Ikke GraphQL i JSON')));
    const selection = selectionOf(request.data.query, ['finnArbeidsforhold', 'arbeidsforhold']);
    if (selection === undefined) {
      return c.json(errorShape(failure('AA-001', 'Ugyldig forespørsel', 'Spørringen kan ikke leses')));
    }
    const search = readSearch(request.data.variables ?? {});
    if ('code' in search) return c.json(errorShape(search));
    const found = context.store.state.world.employments.filter((one) => matches(one, search));
    return c.json({
      data: { finnArbeidsforhold: { arbeidsforhold: found.map((one) => shape(one, selection)) } },
    });
  });
  return app;
}

function errorShape(one: Failure): object {
  return { errors: [{ message: one.message, extensions: { errormessages: [one] } }] };
}

/** The variables, which may stand alone or inside the one input object `finnArbeidsforholdVariabler`. */
function readSearch(given: Record<string, unknown>): Search | Failure {
  const nested = z.record(z.string(), z.unknown()).safeParse(given['finnArbeidsforholdVariabler']);
  const variables = nested.success ? nested.data : given;
  const text = (name: string): string | undefined => {
    const value = variables[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const employer = text('opplysningspliktigId');
  const unit = text('arbeidsstedId');
  const worker = text('arbeidstakerId');
  if (employer === undefined && unit === undefined && worker === undefined) {
    return failure('AA-200', 'Ugyldig input', 'Minst én identifikator må oppgis');
  }
  const types = readSet(
    variables['arbeidsforholdtype'],
    employmentTypes,
    'arbeidsforholdtype',
    'AA-201',
    'AA-204',
  );
  if ('code' in types) return types;
  const schemes = readSet(
    variables['rapporteringsordning'],
    reportingSchemes,
    'rapporteringsordning',
    'AA-202',
    'AA-205',
  );
  if ('code' in schemes) return schemes;
  const wanted = readSet(
    variables['arbeidsforholdstatus'],
    statuses,
    'arbeidsforholdstatus',
    'AA-203',
    'AA-206',
  );
  if ('code' in wanted) return wanted;
  if (worker !== undefined && !/^\d{11}$/.test(worker)) {
    return failure('AA-207', 'Ugyldig input', 'arbeidstakerId må ha elleve siffer');
  }
  return {
    employer,
    unit,
    worker,
    statuses: wanted.values,
    ordinary: types.values.includes('ordinaertArbeidsforhold') && schemes.values.includes('A_ORDNINGEN'),
  };
}

function readSet(
  value: unknown,
  known: readonly string[],
  name: string,
  missingCode: string,
  invalidCode: string,
): { values: string[] } | Failure {
  if (!Array.isArray(value) || value.length === 0) {
    return failure(missingCode, 'Ugyldig input', `${name} må oppgis`);
  }
  const values = value.filter((one): one is string => typeof one === 'string' && known.includes(one));
  return values.length === value.length
    ? { values }
    : failure(invalidCode, 'Ugyldig input', `${name} har en ukjent verdi`);
}

function matches(one: Employment, search: Search): boolean {
  return (
    search.ordinary &&
    (search.employer === undefined || search.employer === one.employer) &&
    (search.unit === undefined || search.unit === one.unit) &&
    (search.worker === undefined || search.worker === one.nationalId) &&
    search.statuses.includes(statusOf(one))
  );
}

function statusOf(one: Employment): (typeof statuses)[number] {
  const today = osloDate(new Date());
  if (one.from > today) return 'FREMTIDIG';
  return one.to !== null && one.to < today ? 'AVSLUTTET' : 'AKTIV';
}

function shape(one: Employment, selection: Selection): unknown {
  return select(
    {
      id: one.id,
      uuid: `00000000-0000-4000-8000-${one.id.padStart(12, '0')}`,
      type: { kode: 'ordinaertArbeidsforhold', beskrivelse: 'Ordinært arbeidsforhold' },
      arbeidstaker: { ident: one.nationalId },
      arbeidssted: { type: 'Underenhet', ident: one.unit },
      opplysningspliktig: { type: 'Hovedenhet', ident: one.employer },
      ansettelsesperiode: { startdato: one.from, sluttdato: one.to },
      ansettelsesdetaljer: [
        {
          type: 'Ordinaer',
          avtaltStillingsprosent: one.percentage,
          rapporteringsmaaneder: { fra: one.from.slice(0, 7), til: one.to?.slice(0, 7) ?? null },
        },
      ],
      sistBekreftet: '2026-01-05T12:00:00',
    },
    selection,
  );
}
