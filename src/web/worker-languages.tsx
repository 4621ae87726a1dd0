import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Child } from 'hono/jsx';
import { isLanguage, type Language } from '../kernel/language.ts';
import type { AppEnv, TextValues, Translate } from './context.ts';
import { type PageOptions, renderPage } from './page.tsx';
import { RenderRequestContext, useRequest } from './request.ts';
import own from './worker-words.json' with { type: 'json' };

/** The languages of the worker's own pages, each by its own name. */
export const WORKER_LANGUAGES = {
  nb: 'Bokmål',
  en: 'English',
  pl: 'Polski',
  lt: 'Lietuvių',
  ro: 'Română',
} as const;
export type WorkerLanguage = keyof typeof WORKER_LANGUAGES;

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
  const surrounding: Language = isLanguage(language) ? language : 'en';
  const t = c.get('web').translator.for(surrounding);
  if (chosen !== undefined) {
    c.set('language', surrounding);
    c.set('t', t);
  }
  const query = chosen === undefined ? '' : `?in=${chosen}`;
  return {
    language,
    t: isLanguage(language) ? t : translateTo({ ...own[language], ...words[language] }, t),
    query,
  };
}

function isWorkerLanguage(text: string | undefined): text is WorkerLanguage {
  return text !== undefined && Object.hasOwn(WORKER_LANGUAGES, text);
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
        {Object.entries(WORKER_LANGUAGES).map(([language, name]) => (
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
