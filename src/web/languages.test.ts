import fc from 'fast-check';
import { createInstance } from 'i18next';
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

  test('are filled in as i18next fills them in, whatever the values hold', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }).filter((text) => !/[{}]|\$t/u.test(text)),
      fc.constantFrom('{{a}}', '{{b}}', '{{ c }}', ' {', '}} '),
    );
    const value = fc.oneof(fc.string(), fc.integer(), fc.constantFrom('{{b}}', '$&', '$1', '<b>', ''));
    const values = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), values, (pieces, given) => {
        const demo = { text: pieces.join('') };
        fc.pre(demo.text !== '' && !JSON.stringify(given).includes('$t('));
        const own = createTranslator({ nb: { demo }, en: { demo } }, fail).for('nb');
        const other = createInstance();
        void other.init({
          resources: { nb: { demo } },
          lng: 'nb',
          ns: ['demo'],
          initAsync: false,
          interpolation: { escapeValue: false },
        });
        expect(own('demo:text', given)).toBe(other.t('demo:text', given));
      }),
      { numRuns: 300 },
    );
  });

  test('take no text out of what is filled in', () => {
    const translator = createTranslator(resources, fail);
    expect(translator.for('nb')('demo:hello', { name: '$t(web:brand) {{name}}' })).toBe(
      'Hei, $t(web:brand) {{name}} & co',
    );
  });

  test('may hold another text', () => {
    const nested = { demo: { outer: 'Til {{name}}: $t(demo:inner)', inner: 'hei' } };
    const translator = createTranslator({ nb: nested, en: nested }, fail);
    expect(translator.for('nb')('demo:outer', { name: 'Åse' })).toBe('Til Åse: hei');
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
