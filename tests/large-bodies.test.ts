import { expect, test } from 'vitest';
import { MAX_AGREEMENT } from '../src/agreements/recorded.ts';
import { maxBodyBytes } from '../src/app.ts';
import { MAX_FILE_BYTES as MAX_SHEET } from '../src/bulk/rules.ts';
import { MAX_FILE_BYTES as MAX_REPORTED, MAX_FILES } from '../src/directory/files.ts';
import { MAX_ATTACHMENT } from '../src/messages/threads.ts';
import { MAX_FILE as MAX_INVOICE } from '../src/vendor-invoices/recording.ts';

const own = '/b/310000019';

// A file that a form takes has to come through to it, in the words of that form when it is too large by a little.
test.each([
  [`${own}/business/agreements/recorded/new`, MAX_AGREEMENT],
  ['/verify', MAX_AGREEMENT],
  [`${own}/business/vendor-invoices/new`, MAX_INVOICE],
  [`${own}/orders/file`, MAX_SHEET],
  [`${own}/business/messages/019a0000-0000-7000-8000-000000000000`, MAX_ATTACHMENT],
  ['/report', MAX_FILES * MAX_REPORTED],
])('%s takes a file of %i bytes', (path, bytes) => {
  expect(maxBodyBytes(path)).toBeGreaterThan(bytes + 100_000);
});

test.each(['/login', `${own}/orders/new/confirm`, `${own}/business/agreements/recorded`])(
  '%s takes a megabyte',
  (path) => {
    expect(maxBodyBytes(path)).toBe(1_000_000);
  },
);
