import { expect, it } from 'vitest';
import { languages, type WorkerLanguage, workerLanguages } from '../kernel/language.ts';
import { smsKey, writeSms } from '../messages/rules.ts';
import { createTranslator, textKeys } from '../web/languages.ts';
import { textsIn } from '../web/worker-languages.tsx';
import { words } from '../words.ts';
import { LINK_MINUTES, phoneLinkPath } from './rules.ts';
import worker from './worker-words.json' with { type: 'json' };

/** What is sent to a telephone of the worker's own. */
const messages = ['ownCode', 'cardsNumber', 'cardsNumberGone']
  .map((name) => `messages:notice.${name}`)
  .concat('own-phone:notice.link');
const keys = [...textKeys(words.en)];
const wanted = keys
  .filter((key) => /^own-phone:(?!notice\.)/u.test(key))
  .concat(messages.map(smsKey))
  .sort();
const values = (text: string) => [...text.matchAll(/\{\{\w+\}\}/gu)].map(([name]) => name).sort();
const english = (key: string) =>
  key.split(/[:.]/u).reduce<unknown>((found, part) => (found as Record<string, unknown>)[part], words.en);

it.each(['pl', 'lt', 'ro'] as const)(
  'telephones have every text of their pages and messages in %s, and none besides',
  (language) => {
    const texts: Readonly<Record<string, string>> = worker[language];
    expect(Object.keys(texts).sort()).toEqual(wanted);
    for (const [key, text] of Object.entries(texts))
      expect([key, values(text)]).toEqual([key, values(String(english(key)))]);
  },
);

const translator = createTranslator(words, (language, key) => {
  throw new Error(`${language} has no ${key}`);
});
const origin = 'https://kortvakt.arbeidstilsynet.no';
const parameters = {
  code: '123456',
  minutes: String(LINK_MINUTES),
  person: 'Munter Elv',
  atTime: '2026-11-28T22:00:00Z',
  untilTime: '2026-11-28T22:30:00Z',
};
const links: Readonly<Record<string, string>> = {
  'own-phone:notice.link': `${origin}${phoneLinkPath('A'.repeat(22))}?in=pl`,
};
const sms = (language: WorkerLanguage, template: string) =>
  writeSms(
    { template, language, origin, parameters: { ...parameters, link: links[template] ?? '/my-cards/phone' } },
    (of, key, filled) => textsIn(translator, of, worker)(key, filled),
  );

/** In how many parts a telephone is sent a text (3GPP TS 23.038): 7 bits a letter where all are in its alphabet, else 16. */
function parts(text: string): number {
  const plain = /^[\n !"#$%&'()*+,\-./0-9:;<=>?A-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùü]*$/u.test(text);
  const [whole, part] = plain ? [160, 153] : [70, 67];
  return text.length <= whole ? 1 : Math.ceil(text.length / part);
}

it.each(workerLanguages.flatMap((language) => messages.map((template) => [language, template] as const)))(
  'in %s the message %s is filled in, in that language alone, and has two parts at most, or three in letters that take more room',
  (language, template) => {
    const text = sms(language, template);
    expect(text).not.toMatch(/\{\{|undefined/u);
    const others = workerLanguages.filter((other) => other !== language);
    for (const other of others) expect(sms(other, template)).not.toBe(text);
    expect(parts(text)).toBeLessThanOrEqual((languages as readonly string[]).includes(language) ? 2 : 3);
  },
);
