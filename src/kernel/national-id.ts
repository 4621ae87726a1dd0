import { parsePlainDate, type PlainDate } from './dates.ts';
import { err, ok, type Result } from './result.ts';

/** Eleven digits with right check digits: a national identity number or a D-number. Never log it. */
export type NationalId = string & { readonly __brand: 'NationalId' };

export type NationalIdError =
  'not-eleven-digits' | 'wrong-check-digit' | 'no-such-date' | 'synthetic-not-allowed';

const firstWeights = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const secondWeights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/**
 * Reads a number, with or without spaces. Numbers given from 1 January 2032 on may have one of four
 * first check digits, and theirs say nothing of century or gender; both schemes are accepted at any
 * time. Synthetic people (month + 80 in Skatteetaten's Tenor, + 40 in NAV's Dolly) only where allowed.
 */
export function parseNationalId(
  text: string,
  { synthetic }: { synthetic: boolean },
): Result<NationalId, NationalIdError> {
  const digits = text.replace(/\s/gu, '');
  if (!/^[0-9]{11}$/u.test(digits)) return err('not-eleven-digits');
  if (schemeOf(digits) === undefined) return err('wrong-check-digit');
  const id = digits as NationalId;
  const { day, month, year } = datePartsOf(id);
  if (!['18', '19', '20'].some((century) => parsePlainDate(`${century}${year}-${month}-${day}`))) {
    return err('no-such-date');
  }
  if (isSynthetic(id) && !synthetic) return err('synthetic-not-allowed');
  return ok(id);
}

/** Whether it is a D-number, given to people who are not registered as living in Norway: day + 40. */
export function isDNumber(id: NationalId): boolean {
  return Number(id.slice(0, 2)) > 40;
}

/** Whether it belongs to a made-up person of a test register: month + 80 or + 40. */
export function isSynthetic(id: NationalId): boolean {
  return Number(id.slice(2, 4)) > 40;
}

/**
 * The birth date that the number itself tells. Undefined for D-numbers, which may hold the date of
 * registration instead, and for numbers that only the scheme from 2032 can have given.
 */
export function birthDateOf(id: NationalId): PlainDate | undefined {
  if (isDNumber(id) || schemeOf(id) !== 'until-2031') return undefined;
  const { day, month, year } = datePartsOf(id);
  const century = centuryOf(Number(id.slice(6, 9)), Number(year));
  return century === undefined ? undefined : parsePlainDate(`${century}${year}-${month}-${day}`);
}

function datePartsOf(id: NationalId): { day: string; month: string; year: string } {
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  return {
    day: twoDigits(Number(id.slice(0, 2)) - (isDNumber(id) ? 40 : 0)),
    month: twoDigits(Number(id.slice(2, 4)) % 40),
    year: id.slice(4, 6),
  };
}

function centuryOf(individual: number, year: number): string | undefined {
  if (individual < 500) return '19';
  if (year < 40) return '20';
  if (individual >= 900) return '19';
  return individual < 750 && year >= 54 ? '18' : undefined;
}

function schemeOf(digits: string): 'until-2031' | 'from-2032' | undefined {
  if (weightedRemainder(digits, secondWeights) !== Number(digits[10])) return undefined;
  const expected = weightedRemainder(digits, firstWeights);
  // How far the first check digit lies from the old scheme's: the new scheme adds 1, 2 or 3 modulo 11.
  const distance = (Number(digits[9]) - expected + 11) % 11;
  if (distance === 0) return 'until-2031';
  return distance <= 3 ? 'from-2032' : undefined;
}

/** 11 minus the weighted sum, modulo 11; 10 equals no digit and so rejects the number. */
function weightedRemainder(digits: string, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return (11 - (sum % 11)) % 11;
}
