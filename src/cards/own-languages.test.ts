import { describe, expect, it } from 'vitest';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import worker from './worker-words.json' with { type: 'json' };

/** What may be written on "My cards"; the rest of the texts of cards is for others. Of some groups not all can stand there. */
const shown =
  /^cards:(?:own\.|conditions\.|requirement\.|condition\.|mender\.|state\.|why\.|production\.|type\.|field\.|block\.|done\.ownBlocked)/u;
const others = [
  ...['why.valid', 'why.expired', 'requirement.block', 'requirement.expiry'],
  ...['EXPIRED', 'LOST', 'STOLEN', 'RETURNED', 'DESTROYED', 'SEIZED', 'BLOCKED'].map(
    (code) => `condition.${code}`,
  ),
  ...['state', 'birthDate', 'organisationNumber', 'issued'].map((field) => `field.${field}`),
  ...[
    'button',
    'title',
    'which',
    'warning',
    'lostText',
    'stolenText',
    'returned',
    'returnedText',
    'destroyed',
  ].map((word) => `block.${word}`),
  'block.destroyedText',
].map((key) => `cards:${key}`);
const wanted = [...textKeys(words.en)].filter((key) => shown.test(key) && !others.includes(key)).sort();
const values = (text: string) => [...text.matchAll(/\{\{\w+\}\}/gu)].map(([name]) => name).sort();

function english(key: string): string {
  let found: unknown = words.en.cards;
  for (const part of key.replace('cards:', '').split('.')) found = (found as Record<string, unknown>)[part];
  return String(found);
}

describe.each(['pl', 'lt', 'ro'] as const)('“My cards” in %s', (language) => {
  const texts: Readonly<Record<string, string>> = worker[language];

  it('has every text that it may show, and none besides', () => {
    expect(Object.keys(texts).sort()).toEqual(wanted);
  });

  it('fills in the same values', () => {
    for (const [key, text] of Object.entries(texts))
      expect([key, values(text)]).toEqual([key, values(english(key))]);
  });
});
