import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import {
  ANSWERS,
  type Answer,
  type Answers,
  type Handling,
  handlingProblem,
  lookAlikeDomain,
  QUESTIONS,
  type QuestionKey,
  type ReportState,
  toMend,
} from './rules.ts';

const fine = Object.fromEntries(QUESTIONS.map(({ key, fine: answer }) => [key, answer])) as Answers;

describe('the self-check', () => {
  test('asks ten questions, each with words and a source in every language', () => {
    expect(QUESTIONS).toHaveLength(10);
    for (const { check } of [nb, en]) {
      expect(Object.keys(check.question).sort()).toEqual(QUESTIONS.map(({ key }) => key).sort());
      expect(new Set(QUESTIONS.map(({ source }) => source))).toEqual(new Set(Object.keys(check.source)));
      expect(new Set<string>(QUESTIONS.flatMap(({ mends }) => mends))).toEqual(
        new Set(Object.keys(check.mend)),
      );
    }
  });

  test('finds nothing where all is in order', () => {
    expect(toMend(fine)).toEqual([]);
  });

  test.each<[QuestionKey, Answer, readonly string[]]>([
    ['shared', 'yes', ['sessions', 'report']],
    ['shared', 'unsure', ['sessions', 'report']],
    ['loginPage', 'yes', ['report', 'sessions']],
    ['person', 'yes', ['access']],
    ['workers', 'no', ['access']],
    ['everyone', 'unsure', ['access']],
    ['contact', 'no', ['contact']],
    ['agreement', 'no', ['agreements']],
    ['security', 'unsure', ['agreements']],
    ['breakdown', 'no', ['costs', 'directory']],
    ['liable', 'no', ['costs']],
  ])('leads %s answered %s to %o', (key, answer, mends) => {
    expect(toMend({ ...fine, [key]: answer }).map((found) => [found.key, found.mends])).toEqual([
      [key, mends],
    ]);
  });

  test('finds what is not fine, each once, in the order of the questions, whatever is answered', () => {
    const answers = fc.record(
      Object.fromEntries(QUESTIONS.map(({ key }) => [key, fc.constantFrom(...ANSWERS)])) as Record<
        QuestionKey,
        fc.Arbitrary<Answer>
      >,
    );
    fc.assert(
      fc.property(answers, (given) => {
        const wrong = QUESTIONS.filter(({ key }) => given[key] !== fine[key]).map(({ key }) => key);
        expect(toMend(given).map(({ key }) => key)).toEqual(wrong);
      }),
    );
  });
});

test.each<[ReportState, Handling, ReturnType<typeof handlingProblem>]>([
  ['new', 'take', undefined],
  ['new', 'note', undefined],
  ['new', 'answer', undefined],
  ['working', 'take', 'taken'],
  ['working', 'note', undefined],
  ['working', 'answer', undefined],
  ['answered', 'take', 'answered'],
  ['answered', 'note', undefined],
  ['answered', 'answer', 'answered'],
])('a report that is %s: to %s it meets %s', (state, handling, problem) => {
  expect(handlingProblem(state, handling)).toBe(problem);
});

describe('a look-alike', () => {
  const own = 'https://kort.example.no';
  test.each([
    ['https://Hms-Kort.no/login?x=1#y', 'hms-kort.no'],
    ['hms-kort.no:8443/a', 'hms-kort.no'],
    ['hmskørt.no', 'xn--hmskrt-eya.no'],
    ['kort.example.no.evil.net', 'kort.example.no.evil.net'],
    ['kort.example.no', undefined],
    ['KORT.example.no.', undefined],
    ['example.no', undefined],
    ['no', undefined],
    ['127.0.0.1', undefined],
    ['[::1]', undefined],
    ['two words.no', undefined],
    ['javascript:alert(1)', undefined],
    [`${'a.'.repeat(150)}no`, undefined],
  ])('of %s is listed as %s', (text, domain) => {
    expect(lookAlikeDomain(text, own)).toBe(domain);
  });
});
