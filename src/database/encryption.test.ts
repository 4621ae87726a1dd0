import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createVault } from './encryption.ts';

const key = (): Buffer => randomBytes(32);
const hashKey = Buffer.alloc(32, 7);
const [oldKey, newKey] = [key(), key()];
const before = createVault({ current: 'old', keys: new Map([['old', oldKey]]) }, hashKey);
const rotated = createVault(
  {
    current: 'new',
    keys: new Map([
      ['old', oldKey],
      ['new', newKey],
    ]),
  },
  hashKey,
);
const retired = createVault({ current: 'new', keys: new Map([['new', newKey]]) }, hashKey);

describe('values at rest', () => {
  test('whatever is encrypted for a purpose comes back for it, and looks different each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, purpose) => {
        const stored = rotated.encrypt(text, purpose);
        expect(rotated.decrypt(stored, purpose)).toBe(text);
        expect(rotated.encrypt(text, purpose).equals(stored)).toBe(false);
      }),
    );
  });

  test('any changed bit, and any cut, is found', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.nat(), fc.integer({ min: 0, max: 7 }), (text, at, bit) => {
        const stored = rotated.encrypt(text, 'national-id');
        const changed = Buffer.from(stored);
        const index = at % changed.length;
        changed.writeUInt8(changed.readUInt8(index) ^ (1 << bit), index);
        expect(() => rotated.decrypt(changed, 'national-id')).toThrow();
        expect(() => rotated.decrypt(stored.subarray(0, index), 'national-id')).toThrow();
      }),
    );
  });

  test('a tag that was shortened is not taken, however few bytes are left of it', () => {
    const stored = rotated.encrypt('', 'national-id');
    for (let cut = 1; cut <= 16; cut++) {
      expect(() => rotated.decrypt(stored.subarray(0, stored.length - cut), 'national-id')).toThrow();
    }
  });

  test('a value moved to another column is not read', () => {
    expect(() => rotated.decrypt(rotated.encrypt('1', 'national-id'), 'session')).toThrow();
  });

  test('nothing of the value is in what is stored or in the error', () => {
    const stored = before.encrypt('15819049944', 'national-id');
    expect(stored.includes('15819049944')).toBe(false);
    expect(() => retired.decrypt(stored, 'national-id')).toThrow(/^The key ring has no key "old"\.$/u);
    expect(() => rotated.decrypt(stored, 'other')).toThrow(/^(?!.*15819049944)/u);
  });
});

describe('key rotation', () => {
  test('the old key still reads what it wrote, and new values are written with the current one', () => {
    expect(rotated.decrypt(before.encrypt('1', 'p'), 'p')).toBe('1');
    expect(() => before.decrypt(rotated.encrypt('1', 'p'), 'p')).toThrow('no key "new"');
    expect(retired.decrypt(rotated.encrypt('1', 'p'), 'p')).toBe('1');
  });

  test('two keys with the same id and different bytes do not read each other', () => {
    const other = createVault({ current: 'old', keys: new Map([['old', newKey]]) }, hashKey);
    expect(() => other.decrypt(before.encrypt('1', 'p'), 'p')).toThrow();
  });

  test.each([
    ['no current key', { current: 'x', keys: new Map([['y', key()]]) }, hashKey],
    ['a short key', { current: 'x', keys: new Map([['x', randomBytes(16)]]) }, hashKey],
    [
      'a short older key',
      {
        current: 'x',
        keys: new Map([
          ['x', key()],
          ['y', randomBytes(16)],
        ]),
      },
      hashKey,
    ],
    [
      'an id that does not fit',
      { current: 'x'.repeat(256), keys: new Map([['x'.repeat(256), key()]]) },
      hashKey,
    ],
    ['a short hash key', { current: 'x', keys: new Map([['x', key()]]) }, randomBytes(16)],
  ])('a ring with %s is refused at the start', (_name, ring, hash) => {
    expect(() => createVault(ring, hash)).toThrow();
  });
});

describe('the look-up hash', () => {
  test('is the same before and after rotation, today and later', () => {
    expect(before.hash('15819049944')).toEqual(retired.hash('15819049944'));
    expect(before.hash('15819049944').toString('hex')).toBe(
      '53ba909accd1e80fb8104f68ed266bed16604b077049390986516f834882e753',
    );
  });

  test('differs for each number and each installation', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(before.hash(a).equals(before.hash(b))).toBe(a === b);
      }),
    );
    const elsewhere = createVault({ current: 'old', keys: new Map([['old', oldKey]]) }, Buffer.alloc(32, 8));
    expect(elsewhere.hash('1')).not.toEqual(before.hash('1'));
  });
});
