import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedFields, type ContactDetails, formatMobile, parseMobile, textOf } from './rules.ts';

const details: ContactDetails = {
  email: 'post@blahammer.example',
  mobile: '+4791234567',
  addressLines: ['Postboks 1', 'c/o Ánne Čáhcesuolu'],
  postalCode: '9008',
  city: 'Tromsø',
  responsible: null,
  language: 'nb',
};

describe('a mobile number', () => {
  test.each([
    ['91234567', '+4791234567'],
    ['912 34 567', '+4791234567'],
    ['+47 412 34 567', '+4741234567'],
    ['0047 41234567', '+4741234567'],
    ['+46 70-123 45 67', '+46701234567'],
    ['(+48) 512.345.678', '+48512345678'],
  ])('typed as %s is %s', (typed, stored) => {
    expect(parseMobile(typed)).toBe(stored);
  });

  test.each([
    '',
    '9123456',
    '912345678',
    '22334455',
    '+47 22334455',
    'post@x.no',
    '+0123456789',
    '９１２３４５６７',
  ])('is not %j', (typed) => {
    expect(parseMobile(typed)).toBeUndefined();
  });

  test('is read back from how it is shown', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+47[49][0-9]{7}$|^\+4[68][0-9]{7,10}$/u), (mobile) => {
        expect(parseMobile(formatMobile(mobile))).toBe(mobile);
      }),
    );
  });
});

test('a postal address is one field, with its code and place on the last line', () => {
  expect(textOf(details, 'address')).toBe('Postboks 1\nc/o Ánne Čáhcesuolu\n9008 Tromsø');
  expect(textOf({ ...details, addressLines: [], postalCode: null, city: null }, 'address')).toBe('');
});

test('the fields that changed are named once each, in the order in which they are shown', () => {
  expect(changedFields(details, details)).toEqual([]);
  const moved = { ...details, city: 'Oslo', postalCode: '0150', email: 'ny@blahammer.example' };
  expect(changedFields(details, moved)).toEqual(['email', 'address']);
});
