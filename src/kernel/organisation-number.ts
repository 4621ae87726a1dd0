import { err, ok, type Result } from './result.ts';

/** Nine digits with a right check digit, without spaces: of a business or of a unit. */
export type OrganisationNumber = string & { readonly __brand: 'OrganisationNumber' };

export type OrganisationNumberError = 'not-nine-digits' | 'wrong-check-digit';

const weights = [3, 2, 7, 6, 5, 4, 3, 2];

/**
 * Reads an organisation number, with or without spaces. The last digit is a check digit modulo 11;
 * a remainder that would need the digit 10 belongs to no number at all.
 */
export function parseOrganisationNumber(text: string): Result<OrganisationNumber, OrganisationNumberError> {
  const digits = text.replace(/\s/gu, '');
  if (!/^[0-9]{9}$/u.test(digits)) return err('not-nine-digits');
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  const expected = (11 - (sum % 11)) % 11;
  return expected === Number(digits[8]) ? ok(digits as OrganisationNumber) : err('wrong-check-digit');
}

/** The number in groups of three for reading, `310 000 019`; a text that is no number as it is. */
export function formatOrganisationNumber(number: string): string {
  return number.replace(/^(\d{3})(\d{3})(\d{3})$/u, '$1 $2 $3');
}
