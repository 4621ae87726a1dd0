import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Child } from 'hono/jsx';
import {
  isLanguage,
  isWorkerLanguage,
  type Language,
  languageAround,
  type WorkerLanguage,
} from '../kernel/language.ts';
import type { AppEnv, TextValues, Translate, Translator } from './context.ts';
import { type PageOptions, renderPage } from './page.tsx';
import { RenderRequestContext, useRequest } from './request.ts';
import own from './worker-words.json' with { type: 'json' };

/** The languages of the worker's own pages, each by its own name. */
const NAMES: Readonly<Record<WorkerLanguage, string>> = {
  nb: 'Bokmål',
  en: 'English',
  pl: 'Polski',
  lt: 'Lietuvių',
  ro: 'Română',
};

/** A feature's texts in the languages that only workers' pages are in, by key. */
export type WorkerWords = Readonly<
  Record<Exclude<WorkerLanguage, Language>, Readonly<Record<string, string>>>
>;

/** The language that a worker's page is written in, and its texts. What stands around the page is in Norwegian or English. */
export interface Spoken {
  readonly language: WorkerLanguage;
  readonly t: Translate;
  /** Ends the address of a form or link, so that the next page is in the language that was chosen. */
  readonly query: string;
}

/** As the address says (`in`), else as was chosen before, else as the browser prefers. */
export function spokenTo(c: Context<AppEnv>, words: WorkerWords): Spoken {
  const asked = c.req.query('in');
  const chosen = isWorkerLanguage(asked) ? asked : undefined;
  const language = chosen ?? preferred(c) ?? c.get('language');
  const { translator } = c.get('web');
  if (chosen !== undefined) {
    const surrounding = languageAround(language);
    c.set('language', surrounding);
    c.set('t', translator.for(surrounding));
  }
  const query = chosen === undefined ? '' : `?in=${chosen}`;
  return { language, t: textsIn(translator, language, words), query };
}

/** Texts in a worker's language: those of the pages around and of a feature. */
export function textsIn(
  translator: Pick<Translator, 'for'>,
  language: WorkerLanguage,
  words: WorkerWords,
): Translate {
  const around = translator.for(languageAround(language));
  return isLanguage(language) ? around : translateTo({ ...own[language], ...words[language] }, around);
}

/** What a browser asks for first, where it is a language that only workers' pages are in; a choice made before goes before it. */
function preferred(c: Context<AppEnv>): WorkerLanguage | undefined {
  if (getCookie(c, 'language') !== undefined) return undefined;
  const first = /^\s*([a-z]{2})/iu.exec(c.req.header('accept-language') ?? '')?.[1]?.toLowerCase();
  return isWorkerLanguage(first) ? first : undefined;
}

/** Texts of the workers' pages; what else there may be is in the language around. */
export function translateTo(texts: Readonly<Record<string, string>>, around: Translate): Translate {
  return (key, values) => {
    const text = texts[key];
    return text === undefined ? around(key, values) : fillIn(text, values);
  };
}

const fillIn = (text: string, values: TextValues = {}): string =>
  text.replaceAll(/\{\{(\w+)\}\}/gu, (_, name: string) => String(values[name] ?? ''));

/** Has everything inside written in the worker's language. */
export function In({ spoken, children }: { readonly spoken: Spoken; readonly children?: Child }) {
  return (
    <RenderRequestContext.Provider value={{ ...useRequest(), t: spoken.t }}>
      <div lang={spoken.language} class="stack">
        {children}
      </div>
    </RenderRequestContext.Provider>
  );
}

/** The same page in the other languages. */
export function LanguageLinks({ path, spoken }: { readonly path: string; readonly spoken: Spoken }) {
  return (
    <nav aria-label={spoken.t('web:workerLanguage')}>
      <ul class="languages">
        {Object.entries(NAMES).map(([language, name]) => (
          <li>
            <a
              class="ds-link"
              href={`${path}?in=${language}`}
              lang={language}
              aria-current={language === spoken.language ? 'true' : undefined}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface WorkerPage extends PageOptions {
  /** The same page without anything that has been sent. */
  readonly path: string;
}

/** A whole page for a worker: what is inside is in the worker's language, with the way to the others. */
export function renderWorkerPage(
  c: Context<AppEnv>,
  spoken: Spoken,
  { path, ...page }: WorkerPage,
  body: Child,
): Response | Promise<Response> {
  return renderPage(
    c,
    page,
    <In spoken={spoken}>
      <LanguageLinks path={path} spoken={spoken} />
      {body}
    </In>,
  );
}
