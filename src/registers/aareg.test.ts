import { Hono, type Context } from 'hono';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { createAareg } from './aareg.ts';

const found = {
  arbeidstaker: { ident: '15819049944' },
  arbeidssted: { type: 'Underenhet', ident: '310000027' },
  opplysningspliktig: { type: 'Hovedenhet', ident: '310000019' },
  ansettelsesperiode: { startdato: '2025-01-01', sluttdato: null },
  ansettelsesdetaljer: [
    { avtaltStillingsprosent: 50, rapporteringsmaaneder: { fra: '2025-01', til: '2025-06' } },
    { avtaltStillingsprosent: 2, rapporteringsmaaneder: { fra: '2025-07', til: null } },
  ],
};

const employment = {
  nationalId: '15819049944',
  unit: '310000027',
  employer: '310000019',
  from: '2025-01-01',
  percent: 2,
};

describe('employments', () => {
  it('are asked for by the employer and answered in our own words', async () => {
    const { aareg, asked } = start((c) => c.json(answer(found)));
    expect(await employments(aareg)).toEqual({ ok: true, value: [employment] });
    expect(asked).toEqual([
      {
        opplysningspliktigId: '310000019',
        arbeidsforholdtype: [
          'ordinaertArbeidsforhold',
          'maritimtArbeidsforhold',
          'forenkletOppgjoersordning',
        ],
        rapporteringsordning: ['A_ORDNINGEN'],
        arbeidsforholdstatus: ['AKTIV', 'FREMTIDIG'],
      },
    ]);
  });

  it('have a last day when they have ended, and no percentage when none is known', async () => {
    const ended = {
      ...found,
      ansettelsesperiode: { startdato: '2025-01-01', sluttdato: '2026-10-31' },
      ansettelsesdetaljer: null,
    };
    const { aareg } = start((c) => c.json(answer(ended)));
    const { percent: _, ...rest } = employment;
    expect(await employments(aareg)).toEqual({ ok: true, value: [{ ...rest, to: '2026-10-31' }] });
  });

  it('leave out those that are none of ours', async () => {
    const privately = { ...found, opplysningspliktig: { type: 'Person', ident: '15819049944' } };
    const { aareg } = start((c) => c.json(answer(privately, found)));
    expect(await employments(aareg)).toEqual({ ok: true, value: [employment] });
  });

  it('leave out synthetic people where the system knows none', async () => {
    const { aareg } = start((c) => c.json(answer(found)), false);
    expect(await employments(aareg)).toEqual({ ok: true, value: [] });
  });
});

describe('a failure with status 200', () => {
  it.each([
    ['AA-000', 'unavailable'],
    ['AA-001', 'refused'],
    ['AA-200', 'refused'],
    [undefined, 'unexpected-answer'],
  ])('of code %s is %s', async (code, kind) => {
    const errormessages = code === undefined ? [] : [{ code, message: '15819049944', details: '…' }];
    const { aareg } = start((c) =>
      c.json({ errors: [{ message: 'Ugyldig input', extensions: { errormessages } }] }),
    );
    expect(await employments(aareg)).toEqual({ ok: false, error: { kind, register: 'aareg' } });
  });

  it('counts even where there is data too: the list would not be whole', async () => {
    const { aareg } = start((c) => c.json({ ...answer(found), errors: [{ message: 'half' }] }));
    expect(await employments(aareg)).toEqual({
      ok: false,
      error: { kind: 'unexpected-answer', register: 'aareg' },
    });
  });

  it.each([{}, { data: null }, { data: { finnArbeidsforhold: null } }, { errors: [] }])(
    'or an answer of %j is unexpected',
    async (body) => {
      const { aareg } = start((c) => c.json(body));
      expect(await employments(aareg)).toEqual({
        ok: false,
        error: { kind: 'unexpected-answer', register: 'aareg' },
      });
    },
  );
});

function answer(...arbeidsforhold: object[]) {
  return { data: { finnArbeidsforhold: { arbeidsforhold } } };
}

function employments(aareg: ReturnType<typeof createAareg>) {
  const employer = parseOrganisationNumber('310000019');
  if (!employer.ok) throw new Error(employer.error);
  return aareg.employments({ organisationNumber: employer.value, statuses: ['active', 'future'] });
}

const requestShape = z.object({
  query: z.string(),
  variables: z.object({ finnArbeidsforholdVariabler: z.unknown() }),
});

function start(respond: (c: Context) => Response, synthetic = true) {
  const asked: unknown[] = [];
  const app = new Hono();
  app.post('/graphql', async (c) => {
    asked.push(requestShape.parse(await c.req.json()).variables.finnArbeidsforholdVariabler);
    return respond(c);
  });
  const aareg = createAareg({
    baseUrl: 'https://aareg.test',
    synthetic,
    backOffMs: 1,
    fetch: async (input, init) => app.fetch(new Request(input, init)),
  });
  return { aareg, asked };
}
