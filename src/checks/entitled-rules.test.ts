import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Asked, MOST_AT_ONCE, readAsked, readList } from './entitled-rules.ts';

const OWN = 'https://kortvakt.test';

describe('what is typed or scanned', () => {
  test.each<[string, Asked | undefined]>([
    ['12345678', { kind: 'number', number: '12345678' }],
    ['1234 5678', { kind: 'number', number: '12345678' }],
    ['AAAAAAAAAAA', { kind: 'token', token: 'AAAAAAAAAAA' }],
    [`${OWN}/c/AAAAAAAAAAA`, { kind: 'token', token: 'AAAAAAAAAAA' }],
    ['HMS1:ABC', { kind: 'code', code: 'HMS1:ABC' }],
    [
      'https://kortvakt.test.evil.example/c/AAAAAAAAAAA',
      { kind: 'elsewhere', host: 'kortvakt.test.evil.example' },
    ],
    ['http://kortvakt.test/c/AAAAAAAAAAA', { kind: 'elsewhere', host: 'kortvakt.test' }],
    [`${OWN}/businesses`, undefined],
    [`${OWN}/c/short`, undefined],
    ['javascript:alert(1)', undefined],
    ['1234567', undefined],
    ['Ola Nordmann', undefined],
  ])('%s', (text, asked) => {
    expect(readAsked(text, OWN)).toEqual(asked);
  });
});

describe('a list of cards', () => {
  test.each([
    ['10000001\n10000002', [{ number: '10000001' }, { number: '10000002' }]],
    ['Kortnummer\r\n1000 0001\r\n\r\n', [{ number: '10000001' }]],
    ['\uFEFF"Navn";"Kort"\n"=1+1";"10000001"', undefined],
    ['Ola;10000001;x', [{ number: '10000001' }]],
    ['10000001 15.01.1990', [{ number: '10000001', birthDate: '1990-01-15' }]],
    ['1000 0001\t15 januar 1990', [{ number: '10000001', birthDate: '1990-01-15' }]],
    ['15.01.1990;10000001', [{ number: '10000001', birthDate: '1990-01-15' }]],
    ['1990-01-15,10000001', [{ number: '10000001', birthDate: '1990-01-15' }]],
    ['10000001\n10000001', [{ number: '10000001' }]],
  ])('%j', (text, keys) => {
    const read = readList(text, false);
    if (keys === undefined) expect(read).toEqual({ ok: true, keys: [{ number: '10000001' }] });
    else expect(read).toEqual({ ok: true, keys });
  });

  test.each([
    ['', false, { problem: 'empty', line: 1 }],
    ['Kortnummer\n', false, { problem: 'empty', line: 1 }],
    ['10000001\n123', false, { problem: 'no-number', line: 2 }],
    ['10000001', true, { problem: 'no-birth-date', line: 1 }],
    ['10000001;15.01.1990\n10000002', true, { problem: 'no-birth-date', line: 2 }],
  ])('%j (birth date needed: %s) is refused with the line', (text, needs, refused) => {
    expect(readList(text, needs)).toEqual({ ok: false, ...refused });
  });

  test('holds a thousand and no more', () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, n) => String(10_000_000 + n)).join('\n');
    expect(readList(list(MOST_AT_ONCE), false)).toMatchObject({ ok: true });
    expect(readList(list(MOST_AT_ONCE + 1), false)).toEqual({ ok: false, problem: 'too-many', line: 1001 });
  });

  test('never throws, and gives numbers of eight digits alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.boolean(), (text, needs) => {
        const read = readList(text, needs);
        if (read.ok) {
          for (const key of read.keys) expect('number' in key && /^[0-9]{8}$/u.test(key.number)).toBe(true);
        }
        readAsked(text, OWN);
      }),
    );
  });
});
