import { expect, test } from 'vitest';
import { standardAgreement } from './rules.ts';

test('a published text is what its hash says: a change is a new version, never the same one', () => {
  expect(standardAgreement.version).toBe('2026-11');
  expect(standardAgreement.sha256.toString('hex')).toBe(
    '1be0b8cf0952739fa87a6bcbf1b7aae3896b87de44cfab4435ab15dcd95a7fa5',
  );
});

test('both languages have the same parts', () => {
  const { nb, en } = standardAgreement.text;
  expect(en.parts).toHaveLength(nb.parts.length);
  expect(nb.parts.every((part) => part.heading !== '' && part.text.length > 40)).toBe(true);
});
