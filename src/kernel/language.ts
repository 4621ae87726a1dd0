/** The languages of the screen texts: Norwegian bokmål and English. */
export type Language = 'nb' | 'en';

export const languages: readonly Language[] = ['nb', 'en'];

/** Whether a text from outside (cookie, form, header) names one of our languages. */
export function isLanguage(text: unknown): text is Language {
  return text === 'nb' || text === 'en';
}
