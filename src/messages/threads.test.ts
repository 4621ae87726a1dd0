import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import {
  attachmentProblem,
  choosesSome,
  deadlineProblem,
  dispatchStart,
  fillFields,
  isPdf,
  MAX_ATTACHMENT,
  safeFileName,
  type Selection,
  unknownFields,
} from './threads.ts';

const values = { business: 'BLÅ HAMMER AS', organisationNumber: '310 000 019', deadline: '12.12.2026' };
const day = (text: string): PlainDate => {
  const date = parsePlainDate(text);
  if (date === undefined) throw new Error(text);
  return date;
};

describe('fields of a text', () => {
  test.each([
    ['Til {{business}} ({{ organisationNumber }})', 'Til BLÅ HAMMER AS (310 000 019)', []],
    ['Innen {{deadline}}, {{navn}}', 'Innen 12.12.2026, {{navn}}', ['navn']],
    ['{{}} {{ }} {business}', '{{}} {{ }} {business}', ['', '']],
    ['{{constructor}} {{__proto__}}', '{{constructor}} {{__proto__}}', ['constructor', '__proto__']],
  ])('%s', (text, filled, unknown) => {
    expect(fillFields(text, values)).toBe(filled);
    expect(unknownFields(text)).toEqual(unknown);
  });

  test('what a name holds is never read as a field', () => {
    const named = { ...values, business: '{{deadline}} $& AS' };
    expect(fillFields('{{business}}', named)).toBe('{{deadline}} $& AS');
  });
});

describe('a file', () => {
  const pdf = Buffer.from('%PDF-1.7\n%%EOF\n');
  test.each<[string, Buffer, string | undefined]>([
    ['a PDF', pdf, undefined],
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a page', Buffer.from('<html>%PDF-</html>%%EOF'), 'not-pdf'],
    ['one without an end', Buffer.from('%PDF-1.7'), 'not-pdf'],
    [
      'one as large as may be',
      Buffer.concat([pdf, Buffer.alloc(MAX_ATTACHMENT - 30), pdf]).subarray(0, MAX_ATTACHMENT),
      undefined,
    ],
    [
      'one byte more',
      Buffer.concat([pdf, Buffer.alloc(MAX_ATTACHMENT)]).subarray(0, MAX_ATTACHMENT + 1),
      'too-large',
    ],
  ])('that is %s', (_, bytes, problem) => {
    const ended =
      problem === undefined && bytes.length > 100
        ? Buffer.concat([bytes.subarray(0, -5), Buffer.from('%%EOF')])
        : bytes;
    expect(attachmentProblem(ended)).toBe(problem);
    if (problem === undefined) expect(isPdf(ended)).toBe(true);
  });

  test('has a name that stands in no other folder, header or line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const safe = safeFileName(name);
        expect(safe).toMatch(/^[^\p{C}/\\"]{1,124}\.pdf$/u);
        expect(safeFileName(safe)).toBe(safe);
      }),
    );
  });
});

test.each<[Selection, boolean]>([
  [{ number: '310000019' }, true],
  [{ industry: '43' }, true],
  [{}, false],
  [{ industry: '' }, false],
])('%j chooses some: %s', (selection, some) => {
  expect(choosesSome(selection)).toBe(some);
});

test.each([
  [1, 100, 'sending'],
  [100, 100, 'sending'],
  [101, 100, 'waiting'],
  [1, 0, 'waiting'],
] as const)('%i recipients with a limit of %i: %s', (recipients, limit, state) => {
  expect(dispatchStart(recipients, limit)).toBe(state);
});

test.each([
  ['2026-11-28', 'past'],
  ['2026-11-29', undefined],
  ['2028-11-27', undefined],
  ['2028-11-28', 'too-far'],
] as const)('a deadline on %s', (lastDay, problem) => {
  expect(deadlineProblem(day(lastDay), day('2026-11-28'))).toBe(problem);
});
