import { expect, it } from 'vitest';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import worker from './worker-words.json' with { type: 'json' };

const wanted = [...textKeys(words.en)].filter((key) => /^own-phone:(?!notice\.)/u.test(key)).sort();
const values = (text: string) => [...text.matchAll(/\{\{\w+\}\}/gu)].map(([name]) => name).sort();
const english = (key: string) =>
  key
    .replace('own-phone:', '')
    .split('.')
    .reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], words.en['own-phone']);

it.each(['pl', 'lt', 'ro'] as const)(
  'the pages for telephones have every text in %s, and none besides',
  (language) => {
    const texts: Readonly<Record<string, string>> = worker[language];
    expect(Object.keys(texts).sort()).toEqual(wanted);
    for (const [key, text] of Object.entries(texts))
      expect([key, values(text)]).toEqual([key, values(String(english(key)))]);
  },
);
