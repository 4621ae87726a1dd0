import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOrganisationNumber, parseOrganisationNumber } from './organisation-number.ts';

describe('parseOrganisationNumber', () => {
  it.each(['123456785', '310000019', '310000027', '310000035', '310000043'])('accepts %s', (text) => {
    expect(parseOrganisationNumber(text)).toEqual({ ok: true, value: text });
  });

  it.each(['310 000 019', ' 310000019 ', '310\u00a0000\u00a0019'])('reads %j without its spaces', (text) => {
    expect(parseOrganisationNumber(text)).toEqual({ ok: true, value: '310000019' });
  });

  it.each(['', '31000001', '3100000199', '31000001a', 'NO310000019MVA', '٣١٠٠٠٠٠١٩'])(
    'refuses %j',
    (text) => {
      expect(parseOrganisationNumber(text)).toEqual({ ok: false, error: 'not-nine-digits' });
    },
  );

  it('accepts at most one last digit for any first eight, and none where it would be ten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), (first) => {
        const stem = String(first).padStart(8, '0');
        const accepted = [...'0123456789'].filter((digit) => parseOrganisationNumber(stem + digit).ok);
        expect(accepted.length).toBeLessThanOrEqual(1);
      }),
    );
    expect([...'0123456789'].some((digit) => parseOrganisationNumber(`31000006${digit}`).ok)).toBe(
      remainderOf('31000006') !== 10,
    );
  });

  it('notices any single wrong digit and any two neighbours swapped', () => {
    const place = fc.integer({ min: 0, max: 8 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 9 }), (index, difference) => {
        const digits = [...'310000019'].map(Number);
        digits[index] = ((digits[index] ?? 0) + difference) % 10;
        expect(parseOrganisationNumber(digits.join(''))).toEqual({ ok: false, error: 'wrong-check-digit' });
      }),
    );
    expect(parseOrganisationNumber('130000019')).toEqual({ ok: false, error: 'wrong-check-digit' });
    expect(parseOrganisationNumber('310000091')).toEqual({ ok: false, error: 'wrong-check-digit' });
  });
});

describe('formatOrganisationNumber', () => {
  it('groups by three, and can be read back', () => {
    const parsed = parseOrganisationNumber('310000019');
    if (!parsed.ok) throw new Error(parsed.error);
    const text = formatOrganisationNumber(parsed.value);
    expect(text).toBe('310 000 019');
    expect(parseOrganisationNumber(text)).toEqual(parsed);
  });
});

function remainderOf(stem: string): number {
  const sum = [3, 2, 7, 6, 5, 4, 3, 2].reduce(
    (total, weight, index) => total + weight * Number(stem[index]),
    0,
  );
  return (11 - (sum % 11)) % 11;
}
