import { addDays, endToLastDay, formatDate, type PlainDate } from '../kernel/dates.ts';

/** What a message from the authority is about. */
export const WRITTEN_CATEGORIES = ['order', 'card-invalid', 'deadline', 'general'] as const;
export type WrittenCategory = (typeof WRITTEN_CATEGORIES)[number];

export type Side = 'authority' | 'business';

/** How far a message had to be taken to be read: see `nextStep`. */
export const STEPS = ['business', 'officers', 'second', 'post'] as const;
export type Step = (typeof STEPS)[number];

export const MAX_BODY = 20_000;
export const MAX_SUBJECT = 200;
/** The largest attachment, in bytes. */
export const MAX_ATTACHMENT = 10_000_000;

/** The states of cards by which businesses may be chosen; `expiring`: valid, in its last ninety days. */
export const CARD_STATES = ['valid', 'expiring', 'suspended', 'expired', 'blocked'] as const;
/** The conditions by whose failing businesses may be chosen. */
export const FAILING_CONDITIONS = ['vat', 'bankruptcy', 'approval', 'employment', 'number'] as const;

/** Which businesses a message goes to: one by its number, or all for whom everything that is given holds. */
export type Selection =
  | { readonly number: string }
  | {
      /** The beginning of an industry code. */
      readonly industry?: string | undefined;
      /** The beginning of a postal code. */
      readonly postalCode?: string | undefined;
      readonly cardState?: (typeof CARD_STATES)[number] | undefined;
      readonly condition?: (typeof FAILING_CONDITIONS)[number] | undefined;
    };

/** Whether a selection says anything: one that does not would go to everybody. */
export const choosesSome = (selection: Selection): boolean =>
  Object.values(selection).some((value) => value !== undefined && value !== '');

/** What the fields of a text are filled in with, for one business. */
export interface FieldValues {
  readonly business: string;
  readonly organisationNumber: string;
  readonly deadline: string;
}

/** The fields that a case officer may write, as `{{business}}`. */
export const TEXT_FIELDS = ['business', 'organisationNumber', 'deadline'] as const;

/** Whether a text has the field. */
export const usesField = (text: string, field: (typeof TEXT_FIELDS)[number]): boolean =>
  fieldsOf(text).includes(field);

const fieldsOf = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/gu)].map(([, name = '']) => name);

/** Fields of a text that there are none of by that name, in the order of the text. */
export function unknownFields(text: string): string[] {
  const known: readonly string[] = TEXT_FIELDS;
  return fieldsOf(text).filter((name) => !known.includes(name));
}

/** The text with its fields filled in, each once: what a name holds is never read as a field. */
export function fillFields(text: string, values: FieldValues): string {
  return text.replace(/\{\{\s*([^{}]*?)\s*\}\}/gu, (whole, name: string) =>
    name === 'business' || name === 'organisationNumber' || name === 'deadline' ? values[name] : whole,
  );
}

/** The text's first so many characters; an emoji that two units of UTF-16 make is not cut in half. */
export const cutTo = (most: number, text: string): string => Array.from(text).slice(0, most).join('');

/** A deadline, stored as its day's end, as a text shows it; empty without one. */
export const shownDeadline = (deadline: Date | null): string =>
  deadline === null ? '' : formatDate(endToLastDay(deadline), 'nb');

/** How a message to so many businesses begins: above the limit another case officer has to agree first. */
export const dispatchStart = (recipients: number, fourEyesAbove: number): 'waiting' | 'sending' =>
  recipients > fourEyesAbove ? 'waiting' : 'sending';

/** Why a deadline cannot be this last day; undefined when it can. */
export function deadlineProblem(lastDay: PlainDate, today: PlainDate): 'past' | 'too-far' | undefined {
  if (lastDay <= today) return 'past';
  return lastDay > addDays(today, 730) ? 'too-far' : undefined;
}
