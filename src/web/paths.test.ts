import { describe, expect, test } from 'vitest';
import { safeReturnPath, withQuery } from './paths.ts';

describe('A path to return to', () => {
  test.each(['/', '/access', '/access?page=2#top', '/businesses/310000019/orders', '/a//b', '/søk?q=å'])(
    'keeps %s',
    (path) => {
      expect(decodeURI(safeReturnPath(path, '/fallback'))).toBe(path);
    },
  );

  test.each([
    undefined,
    '',
    'access',
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    'javascript:alert(1)',
    '/access\nSet-Cookie: a=b',
    `/${'a'.repeat(2001)}`,
  ])('refuses %j', (path) => {
    expect(safeReturnPath(path, '/fallback')).toBe('/fallback');
  });
});

test('A query value is added to those that are there, or replaces its like', () => {
  expect(withQuery('/access?page=2&done=old', { done: 'access:done.removed' })).toBe(
    '/access?page=2&done=access%3Adone.removed',
  );
});
