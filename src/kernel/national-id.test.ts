import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { birthDateOf, isDNumber, isSynthetic, parseNationalId, type NationalId } from './national-id.ts';

describe('parseNationalId', () => {
  it.each([
    ['02013299997', 'both schemes'],
    ['02013299903', 'the scheme from 2032 only'],
    ['30108299920', 'both schemes'],
    ['30108299939', 'the scheme from 2032 only'],
  ])('accepts %s, right in %s', (text) => {
    expect(parseNationalId(text, { synthetic: false })).toEqual({ ok: true, value: text });
  });

  it.each(['15819049944', '55819049938'])('accepts the synthetic %s in tests only', (text) => {
    expect(parseNationalId(text, { synthetic: true })).toEqual({ ok: true, value: text });
    expect(parseNationalId(text, { synthetic: false })).toEqual({
      ok: false,
      error: 'synthetic-not-allowed',
    });
  });

  it.each(['', '1581904994', '158190499440', '1581904994x'])('refuses %j', (text) => {
    expect(parseNationalId(text, { synthetic: true })).toEqual({ ok: false, error: 'not-eleven-digits' });
  });

  it('reads spaces between date and number', () => {
    expect(parseNationalId('158190 49944', { synthetic: true })).toEqual({ ok: true, value: '15819049944' });
  });

  it.each(['00', '32', '40', '72', '80', '81', '99'])('knows that no day is written %s', (day) => {
    expect(parseNationalId(withCheckDigits(`${day}0190`), { synthetic: true })).toEqual({
      ok: false,
      error: 'no-such-date',
    });
  });

  it.each(['00', '13', '33', '40', '53', '79', '80', '93', '99'])(
    'knows that no month is written %s',
    (month) => {
      expect(parseNationalId(withCheckDigits(`15${month}90`), { synthetic: true })).toEqual({
        ok: false,
        error: 'no-such-date',
      });
    },
  );

  it('refuses 30 February and, in a year that is no leap year in any century, 29 February', () => {
    expect(parseNationalId(withCheckDigits('300290'), { synthetic: false }).ok).toBe(false);
    expect(parseNationalId(withCheckDigits('290290'), { synthetic: false }).ok).toBe(false);
    expect(parseNationalId(withCheckDigits('290292'), { synthetic: false }).ok).toBe(true);
  });

  it('accepts the pairs of check digits that either scheme gives, and no others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (individual) => {
        const stem = `150190${String(individual).padStart(3, '0')}`;
        const accepted = allPairs().filter((pair) => parseNationalId(stem + pair, { synthetic: false }).ok);
        expect(accepted.toSorted()).toEqual(pairsOf(stem));
      }),
    );
  });

  it('answers whatever is typed, and accepts digits only', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (text, synthetic) => {
        const parsed = parseNationalId(text, { synthetic });
        expect(parsed.ok).toBe(parsed.ok ? /^[0-9\s]+$/u.test(text) : false);
      }),
    );
  });
});

describe('what a number tells', () => {
  it.each([
    ['15819049944', false, true, '1990-01-15'],
    ['55819049938', true, true, undefined],
    ['02013299997', false, false, '2032-01-02'],
    ['02013299903', false, false, undefined],
    ['30108299920', false, false, '1982-10-30'],
    ['30108299939', false, false, undefined],
  ])('%s: D-number %s, synthetic %s, born %s', (text, dNumber, synthetic, born) => {
    const id = parsed(text);
    expect(isDNumber(id)).toBe(dNumber);
    expect(isSynthetic(id)).toBe(synthetic);
    expect(birthDateOf(id)).toBe(born);
  });

  it('knows the +40 months too', () => {
    const id = parsed(withCheckDigits('155090'));
    expect(isSynthetic(id)).toBe(true);
  });

  it.each([
    ['010100', 0, '1900-01-01'],
    ['010199', 400, '1999-01-01'],
    ['010154', 500, '1854-01-01'],
    ['010199', 700, '1899-01-01'],
    ['010140', 900, '1940-01-01'],
    ['010139', 999, '2039-01-01'],
    ['010100', 500, '2000-01-01'],
    ['010145', 600, undefined],
    ['010160', 800, undefined],
  ])('finds the century of %s with individual number from %i', (date, individual, born) => {
    const id = parsed(withCheckDigits(date, individual));
    expect(birthDateOf(id)).toBe(born);
  });
});

function parsed(text: string): NationalId {
  const result = parseNationalId(text, { synthetic: true });
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** Check digits of the scheme until 2031, written out independently, for the first individual number that has them. */
function withCheckDigits(date: string, individual = 100): string {
  const direction = individual > 900 ? -1 : 1;
  for (let number = individual; number >= 0 && number <= 999; number += direction) {
    const stem = date + String(number).padStart(3, '0');
    const first = checkDigit(stem, [3, 7, 6, 1, 8, 9, 4, 5, 2]);
    const second = checkDigit(stem + String(first), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    if (first < 10 && second < 10) return stem + String(first) + String(second);
  }
  throw new Error('No individual number has check digits');
}

function checkDigit(digits: string, weights: number[]): number {
  const rest = weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11;
  return rest === 0 ? 0 : 11 - rest;
}

function allPairs(): string[] {
  return Array.from({ length: 100 }, (_, index) => String(index).padStart(2, '0'));
}

/** The pairs as the rule for 2032 puts it: 11, 12, 13 or 14 minus the remainder, less 11 when above 10. */
function pairsOf(stem: string): string[] {
  const weights = [3, 7, 6, 1, 8, 9, 4, 5, 2];
  const rest = weights.reduce((sum, weight, index) => sum + weight * Number(stem[index]), 0) % 11;
  return [11, 12, 13, 14]
    .map((base) => (base - rest > 10 ? base - rest - 11 : base - rest))
    .filter((first) => first !== 10)
    .map((first) => [first, checkDigit(stem + String(first), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2])])
    .filter(([, second]) => second !== 10)
    .map((pair) => pair.join(''))
    .toSorted();
}
