import { describe, expect, test } from 'vitest';
import {
  createCarCareRegister,
  createCleaningRegister,
  createStaffingRegister,
  readCleaningFirms,
  standingOfWords,
} from './approvals.ts';

const answering = (body: string, status = 200) => ({
  baseUrl: 'https://register.example/x',
  backOffMs: 0,
  fetch: () => Promise.resolve(new Response(body, { status })),
});

describe('the register of cleaning firms', () => {
  test.each([
    ['Godkjent med ansatte', 'approved'],
    ['GODKJENT UTEN ANSATTE', 'approved-without-staff'],
    ['Ikke godkjent', 'not-approved'],
    ['Søknad under behandling', 'application'],
    ['HMS-kortbestilling under behandling', 'card-order'],
    ['Trukket', 'unknown'],
    ['', 'unknown'],
  ])('says %s: %s', (words, standing) => {
    expect(standingOfWords(words)).toBe(standing);
  });

  const firm = (inner: string) =>
    `<ArrayOfRenholdsvirksomhet><Renholdsvirksomhet>${inner}</Renholdsvirksomhet></ArrayOfRenholdsvirksomhet>`;

  test('is read by the firm’s own number and status, whatever stands before and after', async () => {
    const xml = firm(
      `<Organisasjonsnummer> 310000094 </Organisasjonsnummer><Navn>A &amp; B</Navn>
       <Underavdelinger><Avdeling><Organisasjonsnummer>310000108</Organisasjonsnummer><Status>Ikke godkjent</Status></Avdeling></Underavdelinger>
       <Status>Godkjent med ansatte</Status>`,
    );
    expect(await createCleaningRegister(answering(`<?xml version="1.0"?>\n${xml}`)).approvals()).toEqual({
      ok: true,
      value: {
        approvals: [{ organisationNumber: '310000094', standing: 'approved', words: 'Godkjent med ansatte' }],
      },
    });
  });

  test('hides nobody behind a number that is none', () => {
    const odd = '<Renholdsvirksomhet><Organisasjonsnummer>1</Organisasjonsnummer></Renholdsvirksomhet>';
    const good =
      '<Renholdsvirksomhet><Organisasjonsnummer>310000094</Organisasjonsnummer></Renholdsvirksomhet>';
    const firms = readCleaningFirms(`<ArrayOfRenholdsvirksomhet>${odd}${good}</ArrayOfRenholdsvirksomhet>`);
    expect(firms?.map((one) => one.organisationNumber)).toEqual(['310000094']);
  });

  test.each([
    ['a page', '<html><p>Vedlikehold</p></html>'],
    ['half a file', firm('<Organisasjonsnummer>310000094</Organisasjonsnummer>').slice(0, 60)],
    ['nothing', ''],
  ])('is not taken for %s', async (_, body) => {
    const answer = await createCleaningRegister(answering(body)).approvals();
    expect(answer).toEqual({
      ok: false,
      error: { kind: 'unexpected-answer', register: 'cleaning-register' },
    });
  });

  test('may be silent', async () => {
    expect(await createCleaningRegister(answering('', 503)).approvals()).toMatchObject({
      error: { kind: 'unavailable' },
    });
  });
});

describe('the register of car care', () => {
  test('has codes, words and the time that it was made', async () => {
    const data = [0, 1, 2, 3, 4, 5, 6].map((registerstatus, index) => ({
      organisasjonsnummer: [
        '310000019',
        '310000027',
        '310000035',
        '310000043',
        '310000051',
        '310000078',
        'x',
      ][index],
      registerstatus,
      registerstatusTekst: `kode ${String(registerstatus)}`,
    }));
    const body = { metadata: { datoTidGenerert: '2026-01-01T07:00:00Z' }, data };
    const answer = await createCarCareRegister(answering(JSON.stringify(body))).approvals();
    expect(answer.ok && answer.value.asOf).toEqual(new Date('2026-01-01T07:00:00Z'));
    expect(answer.ok && answer.value.approvals.map(({ standing, words }) => [standing, words])).toEqual([
      ['unknown', 'kode 0'],
      ['application', 'kode 1'],
      ['card-order', 'kode 2'],
      ['approved-without-staff', 'kode 3'],
      ['approved', 'kode 4'],
      ['not-approved', 'kode 5'],
    ]);
  });
});

test('the register of staffing agencies has codes of its own', async () => {
  const data = [0, 1, 2].map((registerstatus, index) => ({
    organisasjonsnummer: ['310000019', '310000027', '310000035'][index],
    registerstatus,
    registerstatusTekst: `kode ${String(registerstatus)}`,
  }));
  const answer = await createStaffingRegister(answering(JSON.stringify({ data }))).approvals();
  expect(answer.ok && answer.value.approvals.map(({ standing }) => standing)).toEqual([
    'unknown',
    'approved',
    'not-approved',
  ]);
});
