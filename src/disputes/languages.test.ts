import { expect, it } from 'vitest';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import worker from './worker-words.json' with { type: 'json' };

/** What the worker's pages may have written on them; the rest is for the business and case officers. */
const shown = /^disputes:(?:kind|state|answer|outcome|course|own|error)\.|^disputes:done\.(?:made|brought)$/u;
const wanted = [...textKeys(words.en)]
  .filter((key) => shown.test(key) && key !== 'disputes:error.answer')
  .sort();
const values = (text: string) => [...text.matchAll(/\{\{\w+\}\}/gu)].map(([name]) => name).sort();
const english = (key: string) =>
  key
    .replace('disputes:', '')
    .split('.')
    .reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], words.en.disputes);

it.each(['pl', 'lt', 'ro'] as const)(
  'a worker’s disputes have every text in %s, and none besides',
  (language) => {
    const texts: Readonly<Record<string, string>> = worker[language];
    expect(Object.keys(texts).sort()).toEqual(wanted);
    for (const [key, text] of Object.entries(texts))
      expect([key, values(text)]).toEqual([key, values(String(english(key)))]);
  },
);
