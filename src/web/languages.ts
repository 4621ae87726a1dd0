import { createInstance } from 'i18next';
import { isLanguage, languages, type Language } from '../kernel/language.ts';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { languageDetector } from 'hono/language';
import type { AppEnv, TextValues, Translate, Translator } from './context.ts';
import { readForm } from './form-parsing.ts';
import { safeReturnPath } from './paths.ts';
import en from './en.json' with { type: 'json' };
import nb from './nb.json' with { type: 'json' };

/** The words of one feature in one language: texts, or groups of texts. */
type Words = { readonly [key: string]: string | Words };

/** Every feature's words: `{ nb: { access: {…} }, en: { access: {…} } }`. */
export type Resources = Readonly<Record<Language, Readonly<Record<string, Words>>>>;

const year = 365 * 24 * 60 * 60;
const pluralSuffix = /_(?:zero|one|two|few|many|other)$/u;

/**
 * Reads all words once; those of this folder (`web:`) are added. A key with no text is given to `onMissing`
 * and shown as itself: tests pass a function that throws, production one that logs.
 */
export function createTranslator(
  resources: Resources,
  onMissing: (language: Language, key: string) => void,
): Translator {
  const all = withOwnWords(resources);
  const instance = createInstance();
  void instance.init({
    resources: { nb: { ...all.nb }, en: { ...all.en } },
    lng: 'nb',
    supportedLngs: [...languages],
    fallbackLng: false,
    ns: Object.keys(all.nb),
    defaultNS: 'web',
    initAsync: false,
    // Pages escape what they show.
    interpolation: { escapeValue: false },
  });
  const texts = { nb: textKeys(all.nb), en: textKeys(all.en) };
  const has = (language: Language, key: string) => texts[language].has(key);

  const translateFor = (language: Language): Translate => {
    const fixed = instance.getFixedT(language);
    const plain = new Map<string, string>();
    const templates = new Map<string, Template>();
    const translate = (key: string, values?: TextValues) => {
      if (!has(language, key)) {
        onMissing(language, key);
        return key;
      }
      return values === undefined ? fixed(key) : fixed(key, { ...values });
    };
    const plainText = (key: string) => {
      const known = plain.get(key);
      if (known !== undefined) return known;
      const text = translate(key);
      // Only keys that exist, so that memory is bounded by the words.
      if (has(language, key)) plain.set(key, text);
      return text;
    };
    return (key, values) => {
      if (values === undefined) return plainText(key);
      // Which plural it is, i18next knows.
      if ('count' in values || !has(language, key)) return translate(key, values);
      const template = templates.get(key) ?? templateOf(plainText(key));
      templates.set(key, template);
      return template === 'more' ? translate(key, values) : fillIn(template, values);
    };
  };
  const translates = { nb: translateFor('nb'), en: translateFor('en') };
  return { for: (language) => translates[language], has };
}

/**
 * A text in turn with the names of what is filled in between: `['Hello, ', 'name', '!']`. `more` for one that asks for
 * what only i18next does: other texts inside it, formats.
 */
type Template = readonly string[] | 'more';

function templateOf(text: string): Template {
  return /\$t\(|\{\{(?!\w+\}\})/u.test(text) ? 'more' : text.split(/\{\{(\w+)\}\}/u);
}

/** As i18next does it; what is filled in is never itself read as a text. */
function fillIn(template: readonly string[], values: TextValues): string {
  let text = template[0] ?? '';
  for (let index = 1; index < template.length; index += 2) {
    const name = template[index] ?? '';
    text += `${values[name] ?? `{{${name}}}`}${template[index + 1] ?? ''}`;
  }
  return text;
}

/** Gives each request its language: the cookie's, else the browser's, else bokmål. */
export function detectLanguage(translator: Translator): MiddlewareHandler<AppEnv> {
  const detect = languageDetector({
    order: ['cookie', 'header'],
    lookupCookie: 'language',
    supportedLanguages: [...languages],
    fallbackLanguage: 'nb',
    caches: false,
    convertDetectedLanguage: (tag) => (/^(?:no|nn|nb)(?:-|$)/iu.test(tag) ? 'nb' : tag),
  });
  return (c, next) =>
    detect(c, () => {
      c.set('t', translator.for(c.get('language')));
      return next();
    });
}

/** POST /language: remembers the choice for a year and goes back to the page it was made on. */
export async function chooseLanguage(c: Context<AppEnv>): Promise<Response> {
  const form = await readForm(c);
  const chosen = form.get('language');
  const secure = c.get('web').publicOrigin.startsWith('https:');
  const options = { path: '/', sameSite: 'Lax', httpOnly: true, secure } as const;
  if (isLanguage(chosen)) setCookie(c, 'language', chosen, { ...options, maxAge: year });
  else deleteCookie(c, 'language', options);
  const back = form.get('return');
  return c.redirect(safeReturnPath(typeof back === 'string' ? back : undefined), 303);
}

function withOwnWords(resources: Resources): Resources {
  return { nb: { ...resources.nb, web: nb }, en: { ...resources.en, web: en } };
}

/** The keys of one language, as `access:remove.title`. Plural forms count as one: which there are depends on the language. */
export function textKeys(words: Readonly<Record<string, Words>>): ReadonlySet<string> {
  return new Set(Object.entries(words).flatMap(([feature, group]) => keysOf(group, `${feature}:`)));
}

function keysOf(words: Words, prefix: string): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key.replace(pluralSuffix, '')] : keysOf(value, `${prefix}${key}.`),
  );
}
