import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSeal } from './sealed.ts';

const secret = randomBytes(32);
const ola = '019ab000-0000-7000-8000-000000000001';
const kari = '019ab000-0000-7000-8000-000000000002';

test('whatever is sealed opens again, for its holder, in every process with the same secret', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const sealed = createSeal(secret).seal(text, ola);
      expect(sealed).toMatch(/^[\w-]+$/u);
      expect(createSeal(secret).open(sealed, ola)).toBe(text);
      expect(createSeal(secret).open(sealed, kari)).toBeUndefined();
      expect(createSeal(randomBytes(32)).open(sealed, ola)).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});

test('the same text is never the same address twice, and does not show in it', () => {
  const { seal } = createSeal(secret);
  const sealed = seal('Ærlig Østavind', ola);
  expect(seal('Ærlig Østavind', ola)).not.toBe(sealed);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('stavind');
});

test('what is altered, cut or made up opens to nothing', () => {
  const { seal, open } = createSeal(secret);
  const bytes = Buffer.from(seal('Ola', ola), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Buffer.from(bytes);
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
    expect(open(altered.toString('base64url'), ola)).toBeUndefined();
    expect(open(bytes.subarray(0, at).toString('base64url'), ola)).toBeUndefined();
  }
  expect(open('Ola Nordmann', ola)).toBeUndefined();
});
