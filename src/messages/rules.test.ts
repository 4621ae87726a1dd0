import { describe, expect, test } from 'vitest';
import type { Language } from '../kernel/language.ts';
import { createTranslator } from '../web/languages.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };
import { harmless, isOneAddress, writeLetter } from './rules.ts';

const demo = (subject: string, body: string) => ({
  letter: { subject, body },
  mobile: 'mobil',
  mail: 'e-post',
});
const translator = createTranslator(
  {
    nb: {
      messages: nb,
      demo: demo('Endret for {{name}}', 'Hei {{name}}\n{{changedTime}}: {{changedKeys}}\n\nSe {{link}}'),
    },
    en: { messages: en, demo: demo('Changed for {{name}}', '{{lastDate}}') },
  },
  (language, key) => {
    throw new Error(`${language} has no ${key}`);
  },
);
const text = (language: Language, key: string, values: Readonly<Record<string, string>>) =>
  translator.for(language)(key, values);

const letterOf = (parameters: Record<string, string>, language: Language = 'nb') =>
  writeLetter({ template: 'demo:letter', parameters, language, origin: 'https://kortvakt.example' }, text);

describe('a letter', () => {
  test('is filled in, with times in Oslo, keys as words, and a link to our own page', () => {
    const letter = letterOf({
      name: 'BLÅ HAMMER AS',
      changedTime: '2026-07-01T10:05:00.000Z',
      changedKeys: 'demo:mobile,demo:mail',
      link: '/b/310000019/profile',
    });
    expect(letter.subject).toBe('Endret for BLÅ HAMMER AS');
    expect(letter.text).toContain(
      'Hei BLÅ HAMMER AS\n01.07.2026 kl. 12.05: mobil, e-post\n\nSe https://kortvakt.example/b/310000019/profile\n\n',
    );
    expect(letter.html).toContain(
      '<a href="https://kortvakt.example/b/310000019/profile">https://kortvakt.example/b/310000019/profile</a>',
    );
    expect(letter.html).toContain('<html lang="nb">');
    expect(letterOf({ name: 'x', lastDate: '2026-12-31', link: '' }, 'en').text).toMatch(/^31 Dec 2026\n/u);
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    'javascript:alert(1)',
    'https://kortvakt.example.evil.example/',
  ])('never links to %s', (link) => {
    const letter = letterOf({ name: 'x', changedTime: '', changedKeys: '', link });
    expect(letter.text + letter.html).not.toContain('evil');
    expect(letter.html).not.toContain('<a ');
  });

  test('takes no header, no line, no markup and no link from a name', () => {
    const letter = letterOf({
      name: 'A\r\nBcc: victim@example.no\u2028<b>&"\u202e https://evil.example www.evil.example',
      changedTime: '',
      changedKeys: '',
    });
    expect(letter.subject).not.toMatch(/[\r\n\u2028\u202e]/u);
    expect(letter.html).toContain('&lt;b&gt;&amp;&quot;');
    expect(letter.text).not.toMatch(/https:\/\/evil|www\./u);
  });
});

test.each([
  ['Logg inn på falsk-kort.no/logg-inn', 'Logg inn på falsk-kort. no/logg-inn'],
  ['www.falsk.no', 'www falsk. no'],
  ['falsk。no', 'falsk. no'],
  ['A.B. Nordmann, 1. mai, 132.90', 'A.B. Nordmann, 1. mai, 132.90'],
  ['post@blåhammer.example', 'post@blåhammer.example'],
])('of an address in a parameter no mail program makes a link: %s', (typed, shown) => {
  expect(harmless(typed)).toBe(shown);
});

test('a parameter is at most 300 characters', () => {
  expect(harmless('å'.repeat(1000))).toHaveLength(300);
});

test('one address is one address', () => {
  expect(isOneAddress('post@blåhammer.example')).toBe(true);
  for (const text of [
    'a@b',
    'a@b.no,c@d.no',
    'a b@c.no',
    'A <a@b.no>',
    'a@b.no\r\nBcc: c@d.no',
    '',
    `${'a'.repeat(250)}@b.no`,
  ])
    expect(isOneAddress(text)).toBe(false);
});
