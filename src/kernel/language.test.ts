import { expect, it } from 'vitest';
import { isLanguage, languages } from './language.ts';

it('knows its own languages and no others', () => {
  expect(languages.every(isLanguage)).toBe(true);
  for (const text of ['', 'no', 'NB', 'sv', undefined, null, {}]) expect(isLanguage(text)).toBe(false);
});
