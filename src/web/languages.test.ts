import { describe, expect, test } from 'vitest';
import { missingKeys } from '../../tests/support/missing-keys.ts';
import { words } from '../words.ts';
import en from './en.json' with { type: 'json' };
import { createTranslator } from './languages.ts';
import nb from './nb.json' with { type: 'json' };

const resources = {
  nb: {
    demo: { hello: 'Hei, {{name}} & co', cards_one: '{{count}} kort', cards_other: '{{count}} kort i alt' },
  },
  en: {
    demo: { hello: 'Hello, {{name}} & co', cards_one: '{{count}} card', cards_other: '{{count}} cards' },
  },
};

describe('The texts', () => {
  test('of every feature and of the web layer are there in both languages', () => {
    expect(missingKeys({ nb: { ...words.nb, web: nb }, en: { ...words.en, web: en } })).toEqual([]);
  });

  test('that one language lacks are found', () => {
    const nb = { demo: { a: 'a', group: { b: 'b' } } };
    const en = { demo: { a: 'a', c_one: 'c', c_other: 'c' } };
    expect(missingKeys({ nb, en })).toEqual(['en lacks demo:group.b', 'nb lacks demo:c']);
  });

  test('are filled in as they are, since the page escapes them, with the plural of the count', () => {
    const translator = createTranslator(resources, fail);
    expect(translator.for('nb')('demo:hello', { name: '<Åse>' })).toBe('Hei, <Åse> & co');
    expect(translator.for('en')('demo:cards', { count: 1 })).toBe('1 card');
    expect(translator.for('en')('demo:cards', { count: 40 })).toBe('40 cards');
    expect(translator.for('nb')('web:header.orders')).toBe('Bestillinger');
    expect(translator.for('en')('web:header.orders')).toBe('Orders');
  });

  test('that are missing are reported and shown by their key', () => {
    const missing: string[] = [];
    const translator = createTranslator(resources, (language, key) => missing.push(`${language} ${key}`));
    expect(translator.for('nb')('demo:nothing')).toBe('demo:nothing');
    expect(translator.for('en')('other:nothing', { count: 1 })).toBe('other:nothing');
    expect(missing).toEqual(['nb demo:nothing', 'en other:nothing']);
    expect(translator.has('nb', 'demo:hello')).toBe(true);
    expect(translator.has('nb', 'demo:nothing')).toBe(false);
  });
});

function fail(): never {
  throw new Error('A text is missing');
}
