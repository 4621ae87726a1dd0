import { expect, it } from 'vitest';
import { textKeys } from '../web/languages.ts';
import { words } from '../words.ts';
import ofForms from '../web/worker-words.json' with { type: 'json' };
import { translateTo } from '../web/worker-languages.tsx';
import worker from './worker-words.json' with { type: 'json' };

/** What a worker's page may have written on it; the rest of these features' texts is for others. */
const shown = /^(?:worker-uploads:page\.|workers:(?:photo|document|documentKind)\.)/u;
const OF_FORMS = [
  'web:form.errors',
  'web:form.choose',
  'web:form.file',
  'web:form.fileHint',
  'web:alert.info',
  'web:alert.success',
  'web:alert.warning',
  'web:alert.danger',
  'web:workerLanguage',
];
const wanted = [...[...textKeys(words.en)].filter((key) => shown.test(key)), ...OF_FORMS].sort();
const values = (text: string) => [...text.matchAll(/\{\{\w+\}\}/gu)].map(([name]) => name).sort();

it.each(['pl', 'lt', 'ro'] as const)(
  'the worker’s pages have every text in %s, filled in with the same values',
  (language) => {
    const texts: Readonly<Record<string, string>> = { ...ofForms[language], ...worker[language] };
    expect(Object.keys(texts).sort()).toEqual(wanted);
    const english: Readonly<Record<string, string>> = words.en['worker-uploads'].page as never;
    for (const [key, text] of Object.entries(english).filter(([, one]) => typeof one === 'string')) {
      expect([key, values(texts[`worker-uploads:page.${key}`] ?? '')]).toEqual([key, values(text)]);
    }
    const t = translateTo(texts, (key) => `around ${key}`);
    expect(t('worker-uploads:page.keptPhoto', { days: 90 })).toContain('90');
    expect(t('web:brand')).toBe('around web:brand');
  },
);
