import type { PlainDate } from '../kernel/dates.ts';
import {
  parseBirthDate,
  parseCardNumber,
  parseCardToken,
  type CheckedState,
  type CheckKey,
} from './rules.ts';

/** What a checker gets for one card. `unknown`: there is none, or number and birth date do not belong together. */
export interface LookedUp {
  /** Null for a code that leads to no card. */
  readonly number: string | null;
  readonly verdict: CheckedState | 'unknown';
  /** The condition that fails, or why it is blocked. */
  readonly reason: string | null;
  /** Null where the verdict is `unknown`. */
  readonly card: {
    readonly holderName: string;
    readonly employerName: string;
    readonly organisationNumber: string;
    readonly cardType: string;
    readonly issuedAt: Date;
    readonly expiresAt: Date;
    readonly hasPhoto: boolean;
  } | null;
}

/** A number alone does for the authority's checkers; the others hold the card in hand. */
export type EntitledKey = CheckKey | { readonly number: string; readonly birthDate?: undefined };

/** What somebody has typed or scanned into the field for a card. */
export type Asked =
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'token'; readonly token: string }
  /** The code on the back, which says number and birth date by itself. */
  | { readonly kind: 'code'; readonly code: string }
  /** A link to another host: a false card gives itself away by it. */
  | { readonly kind: 'elsewhere'; readonly host: string };

const CODE = 'HMS1:';

/** Reads what was typed or scanned; undefined for what is nothing on a card. */
export function readAsked(text: string, ownOrigin: string): Asked | undefined {
  if (text.startsWith(CODE)) return { kind: 'code', code: text };
  const number = parseCardNumber(text);
  if (number !== undefined) return { kind: 'number', number };
  const bare = parseCardToken(text);
  if (bare !== undefined) return { kind: 'token', token: bare };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/u.test(url.protocol)) return undefined;
  if (url.origin !== ownOrigin) return { kind: 'elsewhere', host: url.host };
  const token = parseCardToken(/^\/c\/([^/]+)$/u.exec(url.pathname)?.[1] ?? '');
  return token === undefined ? undefined : { kind: 'token', token };
}

/** How many cards are looked up at once, at most. */
export const MOST_AT_ONCE = 1000;

export type ReadList =
  | { readonly ok: true; readonly keys: readonly EntitledKey[] }
  | {
      readonly ok: false;
      readonly problem: 'empty' | 'too-many' | 'no-number' | 'no-birth-date';
      /** The first line that it is about, counted from one. */
      readonly line: number;
    };

/**
 * Reads a pasted list or a CSV file: a card's number on each line, and its birth date after it where that is needed. Lines
 * without a digit are headings; a number that comes again is looked up once.
 */
export function readList(text: string, needsBirthDate: boolean): ReadList {
  const keys = new Map<string, EntitledKey>();
  for (const [index, line] of text.split(/\r\n|\n|\r/u).entries()) {
    if (!/[0-9]/u.test(line)) continue;
    const key = readLine(line);
    if (key === undefined) return { ok: false, problem: 'no-number', line: index + 1 };
    if (needsBirthDate && key.birthDate === undefined)
      return { ok: false, problem: 'no-birth-date', line: index + 1 };
    keys.set(`${key.number} ${key.birthDate ?? ''}`, key);
    if (keys.size > MOST_AT_ONCE) return { ok: false, problem: 'too-many', line: index + 1 };
  }
  return keys.size === 0 ? { ok: false, problem: 'empty', line: 1 } : { ok: true, keys: [...keys.values()] };
}

type Numbered = { readonly number: string; readonly birthDate?: PlainDate | undefined };

function readLine(line: string): (Numbered & EntitledKey) | undefined {
  const cells = line
    .split(/[;,\t]/u)
    .map((cell) =>
      cell
        .trim()
        .replace(/^["']+|["']+$/gu, '')
        .trim(),
    )
    .flatMap(apart);
  const at = cells.findIndex((cell) => parseCardNumber(cell) !== undefined && !isWrittenDate(cell));
  const number = parseCardNumber(cells[at] ?? '');
  if (number === undefined) return undefined;
  const [birthDate] = cells.flatMap((cell, index) => (index === at ? [] : (parseBirthDate(cell) ?? [])));
  return birthDate === undefined ? { number } : { number, birthDate };
}

/** A number and a date with only a space between them are two cells. */
function apart(cell: string): readonly string[] {
  const [, number, rest] =
    /^([0-9]{8}|[0-9]{2}(?: [0-9]{2}){3}|[0-9]{4} [0-9]{4})\s+(\S.*)$/u.exec(cell) ?? [];
  return number === undefined || rest === undefined ? [cell] : [number, rest];
}

/** `15.01.1990` has eight digits too. */
function isWrittenDate(cell: string): boolean {
  return /[.\-/]/u.test(cell) && parseBirthDate(cell) !== undefined;
}
