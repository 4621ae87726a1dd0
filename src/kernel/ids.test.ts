import { expect, it } from 'vitest';
import { isUuid, uuidv7 } from './ids.ts';

it('makes different UUIDs of version 7 that sort in the order they were made', () => {
  const ids = Array.from({ length: 1000 }, () => uuidv7());
  expect(new Set(ids).size).toBe(1000);
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
});

it.each([undefined, 7, '', 'x', '../etc/passwd', '0198C9A2-0000-7000-8000-000000000000'])(
  'takes %j for no id',
  (text) => {
    expect(isUuid(text)).toBe(false);
  },
);

it('takes a UUID of any version for an id', () => {
  expect(isUuid(uuidv7())).toBe(true);
  expect(isUuid('c73bcdcc-2669-4bf6-81d3-e4ae73fb11fd')).toBe(true);
});
