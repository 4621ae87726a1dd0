import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';

/** What a check can answer. `unknown` stands for no such card, a number and birth date that do not belong together, and what is withheld. */
export type CheckedState = 'valid' | 'in-production' | 'blocked' | 'suspended' | 'expired';

/** A card as anyone may see it: nothing of its holder. */
export interface CheckedCard {
  readonly state: CheckedState;
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly cardType: string;
  readonly expiresAt: Date;
  /** When the answer was true. */
  readonly asOf: Date;
  /** When what the card depends on was last confirmed; null where a register has never answered. */
  readonly confirmedAt: Date | null;
}

/** That a card is ordered, as anyone with the link of the confirmation may see it: nothing of the worker. */
export interface CheckedOrder {
  readonly state: 'ordered' | 'issued' | 'cancelled';
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly cardType: string;
  readonly orderedAt: Date;
  /** When the answer was true. */
  readonly asOf: Date;
}

/** What a card is looked up by: what is printed on its front, or the random token behind its QR code. */
export type CheckKey =
  { readonly number: string; readonly birthDate: PlainDate } | { readonly token: string };

const months = [
  ['jan'],
  ['feb'],
  ['mar'],
  ['apr'],
  ['mai', 'may'],
  ['jun'],
  ['jul'],
  ['aug'],
  ['sep'],
  ['okt', 'oct'],
  ['nov'],
  ['des', 'dec'],
];

/** The eight digits of a card's number, however they are spaced; undefined when there are not eight. */
export function parseCardNumber(text: string): string | undefined {
  const digits = text.replace(/[\s.\-–_/]/gu, '');
  return /^[0-9]{8}$/u.test(digits) ? digits : undefined;
}

/** The token of a QR link: 64 random bits in base64url. */
export function parseCardToken(text: string): string | undefined {
  return /^[A-Za-z0-9_-]{11}$/u.test(text) ? text : undefined;
}

/**
 * A birth date as people write what stands on a card: `15.01.1990`, `15/1/1990`, `15 januar 1990`, `15011990`, or
 * `1990-01-15`. The year has four digits, since two could mean two centuries.
 */
export function parseBirthDate(text: string): PlainDate | undefined {
  const written = text.trim().toLowerCase();
  const yearFirst = /^(\d{4})[\s.\-/]+(\d{1,2})[\s.\-/]+(\d{1,2})$/u.exec(written);
  if (yearFirst !== null) return dateOf(yearFirst[1], yearFirst[2], yearFirst[3]);
  const dayFirst =
    /^(\d{1,2})[\s.\-/]+(\d{1,2})[\s.\-/]+(\d{4})$/u.exec(written) ??
    /^(\d{2})(\d{2})(\d{4})$/u.exec(written);
  if (dayFirst !== null) return dateOf(dayFirst[3], dayFirst[2], dayFirst[1]);
  const named = /^(\d{1,2})[\s.]+([a-z]{3,9})[\s.,]+(\d{4})$/u.exec(written);
  if (named === null) return undefined;
  const month = months.findIndex((names) => names.some((name) => named[2]?.startsWith(name) === true));
  return dateOf(named[3], String(month + 1), named[1]);
}

function dateOf(year = '', month = '', day = ''): PlainDate | undefined {
  return parsePlainDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);
}
