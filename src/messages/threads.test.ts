import { describe, expect, test } from 'vitest';
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import {
  choosesSome,
  deadlineProblem,
  dispatchStart,
  fillFields,
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
