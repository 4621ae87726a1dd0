/** The languages of the screen texts: Norwegian bokmål and English. */
export type Language = 'nb' | 'en';

export const languages: readonly Language[] = ['nb', 'en'];

/** Whether a text from outside (cookie, form, header) names one of our languages. */
export function isLanguage(text: unknown): text is Language {
  return text === 'nb' || text === 'en';
}

/** The languages of what a worker reads of themselves: pages of their own, and what is sent to a telephone of their own. */
export const workerLanguages = ['nb', 'en', 'pl', 'lt', 'ro'] as const;
export type WorkerLanguage = (typeof workerLanguages)[number];

export function isWorkerLanguage(text: unknown): text is WorkerLanguage {
  return workerLanguages.some((language) => language === text);
}

/** The language of what has no texts in the worker's own. */
export const languageAround = (language: WorkerLanguage): Language =>
  isLanguage(language) ? language : 'en';
