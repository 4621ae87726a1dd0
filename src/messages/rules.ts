import { formatDate, formatDateTime } from '../kernel/dates.ts';
import { type Language, languageAround, type WorkerLanguage } from '../kernel/language.ts';

/** Port: the text of a key in a language; filled by the application's words. */
export type TextSource<Of extends WorkerLanguage = Language> = (
  language: Of,
  key: string,
  values: Readonly<Record<string, string>>,
) => string;

/** What a notice is written from, once it is known who reads it. */
export interface NoticeText {
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly language: Language;
  /** Where our own pages are; no other address is ever linked to. */
  readonly origin: string;
  /** What stands in place of a link that is no longer known here; nothing unless said otherwise. */
  readonly noLink?: string;
}

/** One e-mail, ready to send. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const MAX_PARAMETER = 300;

/** Between letters or digits and two letters, as before the `no` of a domain; with the dots of other scripts. */
const DOT_OF_A_DOMAIN = /(?<=[\p{L}\p{N}])[.。．｡](?=\p{L}{2})/gu;

/**
 * A parameter as it may stand in an e-mail: on one line, not endless, and with nothing that a mail program would make a
 * link of, since names come from outside.
 */
export function harmless(value: string): string {
  return value
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\b(https?|ftp|mailto):/giu, '$1 ')
    .replace(/\bwww\./giu, 'www ')
    .replace(/\S+/gu, (word) => (word.includes('@') ? word : word.replace(DOT_OF_A_DOMAIN, '. ')))
    .trim()
    .slice(0, MAX_PARAMETER);
}

/**
 * Writes a notice. By its name a parameter may say what it is: `link` is a path of ours, `…Time` an instant and `…Date` a
 * day or instant (ISO 8601), `…Keys` a list of text keys parted by commas; all others are shown as they are.
 */
export function writeLetter(notice: NoticeText, t: TextSource): Letter {
  const { language, origin } = notice;
  const { subject, paragraphs: own, link } = writeText(notice, t);
  const paragraphs = [...own, t(language, 'messages:footer', { origin })];
  return {
    subject,
    text: `${paragraphs.join('\n\n')}\n`,
    html: htmlOf(paragraphs, language, [...(link === undefined ? [] : [link]), origin]),
  };
}

/** Writes a notice as a text message, from the text `sms` of its template; a worker's own is in the worker's language. */
export function writeSms(
  { template, parameters, language, origin }: Omit<NoticeText, 'language'> & { language: WorkerLanguage },
  t: TextSource<WorkerLanguage>,
): string {
  const filled = filledIn({ parameters, language: languageAround(language), origin }, t);
  return t(language, smsKey(template), { ...filled, origin });
}

/** The key of a template's text message. */
export const smsKey = (template: string): string => `${template}.sms`;

/** The text of a notice without what is around an e-mail: for the inbox. `link` is a whole address of ours. */
export function writeText(
  { template, ...notice }: NoticeText,
  t: TextSource,
): { readonly subject: string; readonly paragraphs: string[]; readonly link: string | undefined } {
  const { parameters, language, origin } = notice;
  const link = linkOf(parameters['link'], origin);
  const filled = filledIn(notice, t);
  const body = t(language, `${template}.body`, filled);
  return {
    subject: harmless(t(language, `${template}.subject`, filled)),
    paragraphs: body.split(/\n{2,}/u).filter((paragraph) => paragraph.trim() !== ''),
    link,
  };
}

function filledIn(
  { parameters, language, origin, noLink = '' }: Omit<NoticeText, 'template'>,
  t: TextSource,
): Record<string, string> {
  const values = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, shown(name, value, language, t)]),
  );
  return { ...values, link: linkOf(parameters['link'], origin) ?? noLink };
}

function shown(name: string, value: string, language: Language, t: TextSource): string {
  if (name.endsWith('Keys')) {
    return value
      .split(',')
      .filter((key) => key !== '')
      .map((key) => t(language, key, {}))
      .join(', ');
  }
  const instant = /(?:Time|Date)$/u.test(name) ? new Date(value) : undefined;
  if (instant === undefined || Number.isNaN(instant.getTime())) return harmless(value);
  return name.endsWith('Time') ? formatDateTime(instant, language) : formatDate(instant, language);
}

/** Only an address of our own: a path, or one that starts with our origin. */
function linkOf(given: string | undefined, origin: string): string | undefined {
  const url = given === undefined ? null : URL.parse(given, origin);
  return url?.origin === new URL(origin).origin ? url.href : undefined;
}

function htmlOf(paragraphs: readonly string[], language: Language, links: readonly string[]): string {
  const body = paragraphs.map((paragraph) => `<p>${paragraphHtml(paragraph, links)}</p>`).join('\n');
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"></head><body>\n${body}\n</body></html>\n`;
}

function paragraphHtml(paragraph: string, links: readonly string[]): string {
  const parts = paragraph.split(/(\s+)/u);
  return parts
    .map((part) => {
      if (part.includes('\n')) return '<br>';
      const escaped = escapeHtml(part);
      return links.includes(part) ? `<a href="${escaped}">${escaped}</a>` : escaped;
    })
    .join('');
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/gu, (character) => entities[character] ?? '');
}

/** Whether a text can be one e-mail address and nothing else: no list, no name, no line break. */
export function isOneAddress(text: string): boolean {
  return (
    text.length <= 254 && /^[^\s@<>"'(),;:\\[\]]+@[^\s@<>"'(),;:\\[\]]+\.[^\s@<>"'(),;:\\[\]]+$/u.test(text)
  );
}

/** How something is reached at an address: by e-mail, by text message to a number with its country, or not at all. */
export function channelOf(address: string): 'email' | 'sms' | undefined {
  if (isOneAddress(address)) return 'email';
  return /^\+[1-9][0-9]{7,14}$/u.test(address) ? 'sms' : undefined;
}

/** A number as a text message is sent to it: Norwegian where it says nothing else; undefined for what is no mobile number. */
export function mobileAddress(number: string | null | undefined): string | undefined {
  const digits = (number ?? '').replace(/[\s()-]/gu, '').replace(/^00/u, '+');
  const whole = /^[49][0-9]{7}$/u.test(digits) ? `+47${digits}` : digits;
  return channelOf(whole) === 'sms' ? whole : undefined;
}
