import { createHash } from 'node:crypto';
import { grantableRights, type Right, sightOf } from '../access/index.ts';
import { addMonths, lastDayToEnd, osloToday } from '../kernel/dates.ts';
import earlier from './standard-2026-11.json' with { type: 'json' };
import published from './standard-2026-12.json' with { type: 'json' };

/** The languages of an agreement; screens have two of them. */
export const DOCUMENT_LANGUAGES = ['nb', 'nn', 'en'] as const;
export type DocumentLanguage = (typeof DOCUMENT_LANGUAGES)[number];

/** One part of an agreement; `items` is a list under the text. */
export interface AgreementPart {
  readonly heading: string;
  readonly text: string;
  readonly items: readonly string[];
}

/** The text of an agreement in one language. */
export interface AgreementText {
  readonly title: string;
  readonly lead: string;
  readonly parts: readonly AgreementPart[];
}

export type AgreementTexts = Readonly<Record<DocumentLanguage, AgreementText>>;

/** For how many days the installation keeps what the agreement tells of. */
export interface Retention {
  readonly documentDays: number;
  readonly photoDays: number;
  readonly uploadDays: number;
}

export interface ListedSubProcessor {
  readonly name: string;
  readonly country: string;
  readonly purpose: string;
}

/** What a vendor's document is made of besides the standard text. */
export interface DocumentFacts {
  readonly vendor: { readonly name: string; readonly organisationNumber: string };
  readonly places: string;
  readonly subProcessors: readonly ListedSubProcessor[];
  readonly retention: Retention;
}

/** An agreement lasts so many months from the business's signature. */
const AGREEMENT_MONTHS = 24;
/** Days of notice of a new sub-processor, and to sign a new version. */
export const NOTICE_DAYS = 30;
/** Days from an agreement's end until the vendor has to have confirmed deletion or return. */
const DELETION_DAYS = 30;
const BREACH_HOURS = 24;
const DAY_MS = 86_400_000;

/** The version that new documents are made with. A published text never changes: a change is a new file. */
export const STANDARD_VERSION = published.version;

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{\{(\w+)\}\}/gu, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The agreement has no value for ${name}.`);
    return String(value);
  });
}

/** The words for the evidence in a signed copy. */
export function evidenceText(
  language: keyof typeof published.evidence,
  key: keyof (typeof published.evidence)['nb'],
  values: Readonly<Record<string, string | number>> = {},
): string {
  return fill(published.evidence[language][key], values);
}

type Words = (typeof published.languages)['nb'];

/** A vendor's data processing agreement in one language, from what is true in the system now. */
export function agreementText(facts: DocumentFacts, language: DocumentLanguage): AgreementText {
  const words: Words = published.languages[language];
  const values = {
    vendor: facts.vendor.name,
    number: facts.vendor.organisationNumber,
    places: facts.places,
    months: AGREEMENT_MONTHS,
    noticeDays: NOTICE_DAYS,
    deletionDays: DELETION_DAYS,
    breachHours: BREACH_HOURS,
  };
  const parts = published.parts.map(({ id }) => {
    const part = wordFor(words.parts, id);
    return { heading: part.heading, text: fill(part.text, values), items: itemsOf(id, facts, words) };
  });
  return { title: words.title, lead: fill(words.lead, values), parts };
}

/** A text for each language; they say the same. */
export function agreementTexts(facts: DocumentFacts): AgreementTexts {
  return {
    nb: agreementText(facts, 'nb'),
    nn: agreementText(facts, 'nn'),
    en: agreementText(facts, 'en'),
  };
}

function wordFor<T>(words: Readonly<Record<string, T>>, key: string): T {
  const word = words[key];
  if (word === undefined) throw new Error(`The agreement has no word for ${key}.`);
  return word;
}

const vendorRights = (): Right[] => grantableRights('vendor');

function itemsOf(id: string, { retention, subProcessors }: DocumentFacts, words: Words): string[] {
  switch (id) {
    case 'rights':
      return vendorRights().map((right) => `${wordFor(words.rights, right)}: ${seenWith(right, words)}`);
    case 'data':
      return [...allSeen().map((field) => wordFor(words.fields, field)), words.given];
    case 'subProcessors':
      return subProcessors.length === 0
        ? [words.noSubProcessors]
        : subProcessors.map(({ name, country, purpose }) => `${name}, ${country}: ${purpose}`);
    case 'deletion':
      return [
        fill(words.retention.document, { documentDays: retention.documentDays }),
        fill(words.retention.photo, { photoDays: retention.photoDays }),
        fill(words.retention.upload, { uploadDays: retention.uploadDays }),
      ];
    default:
      return [];
  }
}

const seenBy = (rights: readonly Right[]) => [
  ...new Set(sightOf('vendor', rights).flatMap(({ fields }) => fields)),
];

/** With the list of workers and without: a vendor sees other fields of those it ordered for. */
function allSeen(): string[] {
  const without = vendorRights().filter((right) => right !== 'workers.read');
  return [...new Set([...seenBy(without), ...seenBy(vendorRights())])];
}

function seenWith(right: Right, words: Words): string {
  const fields = seenBy([right]).map((field) => wordFor(words.fields, field));
  return fields.length === 0 ? words.seesNothing : fill(words.sees, { fields: fields.join(', ') });
}

/**
 * SHA-256 of the standard text with what the installation itself puts into it: rights, fields, retention. A vendor's document
 * that was made with another is out of date. What is the vendor's own is left out.
 */
export function standardSha256(retention: Retention): Buffer {
  const blank = { name: '', organisationNumber: '' };
  const texts = agreementTexts({ vendor: blank, places: '', subProcessors: [], retention });
  return createHash('sha256')
    .update(JSON.stringify([STANDARD_VERSION, texts]))
    .digest();
}

/** The text that agreements were made with before each vendor had a document of its own, by its version. */
export function earlierText(version: string, language: DocumentLanguage): AgreementText | undefined {
  if (version !== earlier.version) return undefined;
  const { title, parts } = earlier[language === 'nn' ? 'nb' : language];
  return { title, lead: '', parts: parts.map((part) => ({ ...part, items: [] })) };
}

/** When an agreement signed now ends by itself: after the last day, so many months on. */
export function expiryOf(signedAt: Date): Date {
  return lastDayToEnd(addMonths(osloToday(signedAt), AGREEMENT_MONTHS));
}

export const daysAfter = (at: Date, days: number): Date => new Date(at.getTime() + days * DAY_MS);

/** Days before an agreement's end at which both sides are reminded. */
export const REMINDER_DAYS = [60, 30, 7] as const;

/**
 * The reminder that is due: the latest of those whose time has come, unless it or a later one was sent. Undefined: none.
 * @param reminded the one sent last, in days before the end; null when none was
 */
export function reminderDue(endsAt: Date, reminded: number | null, now: Date): number | undefined {
  const left = (endsAt.getTime() - now.getTime()) / DAY_MS;
  if (left <= 0) return undefined;
  const due = REMINDER_DAYS.filter((days) => left <= days).at(-1);
  return due !== undefined && (reminded === null || due < reminded) ? due : undefined;
}

/** A line of a text beside what stood there before. */
export interface Difference {
  readonly heading: string;
  readonly kind: 'same' | 'changed' | 'added' | 'removed';
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const linesOf = (part: AgreementPart | undefined): string[] =>
  part === undefined ? [] : [...sentencesOf(part.text), ...part.items];

/** A text's sentences: changes are shown by sentence, since that is what people read. */
function sentencesOf(text: string): string[] {
  return text.split(/(?<=\.)\s+(?=\p{Lu})/u);
}

/**
 * What is different between two versions of an agreement, part by part in the order of the later one; `before` and `after`
 * hold only the sentences and list items that are not in both.
 */
export function differences(before: AgreementText, after: AgreementText): Difference[] {
  const whole = (text: AgreementText): AgreementPart[] => [
    ...(text.lead === '' ? [] : [{ heading: text.title, text: text.lead, items: [] }]),
    ...text.parts,
  ];
  const [old, young] = [whole(before), whole(after)];
  const partBy = (parts: readonly AgreementPart[], heading: string) =>
    parts.find((part) => part.heading === heading);
  const removed = old
    .filter(({ heading }) => partBy(young, heading) === undefined)
    .map((part): Difference => ({
      heading: part.heading,
      kind: 'removed',
      before: linesOf(part),
      after: [],
    }));
  return [...young.map((part) => differenceOf(partBy(old, part.heading), part)), ...removed];
}

function differenceOf(old: AgreementPart | undefined, young: AgreementPart): Difference {
  const { heading } = young;
  if (old === undefined) return { heading, kind: 'added', before: [], after: linesOf(young) };
  const [before, after] = [linesOf(old), linesOf(young)];
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  const same = gone.length === 0 && come.length === 0;
  return { heading, kind: same ? 'same' : 'changed', before: gone, after: come };
}
