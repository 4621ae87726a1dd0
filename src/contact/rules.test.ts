import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actionsOn,
  changedFields,
  type ContactDetails,
  formatMobile,
  maskAddress,
  type Move,
  parseMobile,
  textOf,
  toldOf,
} from './rules.ts';

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

describe('what can be done about a change', () => {
  const now = new Date('2026-11-28T12:00:00Z');
  const move: Move = {
    id: 'm',
    before: details,
    after: { ...details, email: 'ny@blahammer.example' },
    madeBy: { id: 'maker', name: 'Dag Leder', officer: true },
    madeAt: now,
    state: 'waiting',
    awaited: [],
    triesLeft: 10,
    codesExpireAt: now,
    effectiveAt: now,
    pausedBy: null,
    barred: [],
    informed: ['Post@blahammer.example', 'annen@blahammer.example'],
    suspicion: [],
    vouchedBy: null,
    unreachedAt: null,
    postedAt: null,
    settledAt: now,
    settledBy: null,
  };
  const officer = { personId: 'other', officer: true, mayChange: true, cancelUsed: false };
  const maker = { ...officer, personId: 'maker', officer: false };

  test.each([
    ['proving', officer, ['cancel']],
    ['proving', maker, ['prove', 'cancel']],
    ['waiting', officer, ['cancel']],
    ['waiting', { ...officer, cancelUsed: true }, []],
    ['waiting', { ...maker, personId: 'third' }, []],
    ['paused', officer, ['overrule', 'cancel']],
    ['paused', maker, ['cancel']],
    ['paused', { ...officer, mayChange: false }, []],
    ['effective', officer, ['undo']],
    ['effective', maker, []],
    ['cancelled', officer, []],
    ['replaced', officer, []],
    ['spent', maker, []],
    ['undone', officer, []],
  ] as const)('%s, by %o: %j', (state, viewer, may) => {
    expect(actionsOn({ ...move, state }, viewer, now)).toEqual(may);
  });

  test('is no undoing after thirty days', () => {
    const late = new Date(now.getTime() + 30 * 86_400_000);
    expect(actionsOn({ ...move, state: 'effective' }, officer, late)).toEqual([]);
  });

  test('is told to each address once, however it is written', () => {
    expect(toldOf(move)).toEqual([
      'Post@blahammer.example',
      '+4791234567',
      'annen@blahammer.example',
      'ny@blahammer.example',
    ]);
  });

  test.each([
    ['post@blahammer.example', 'p…@blahammer.example'],
    ['+4791234567', '+47…67'],
  ])('shows %s to a stranger as %s', (address, shown) => {
    expect(maskAddress(address)).toBe(shown);
  });
});
