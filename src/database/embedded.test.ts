import { expect, test } from 'vitest';
import { explain } from './embedded.ts';

const place = { cluster: '/srv/kort/postgresql', logFile: '/srv/kort/postgresql.log' };

test.each([
  [
    'FATAL:  could not write to file "pg_wal/xlogtemp.9": No space left on device',
    'The disk that holds /srv/kort is full: make room, or set KORTVAKT_DATA to a folder elsewhere.',
  ],
  [
    'initdb: error: could not create directory "/srv/kort/postgresql": Read-only file system',
    '/srv/kort cannot be written: change who owns it, or set KORTVAKT_DATA to a folder elsewhere.',
  ],
  [
    'FATAL:  could not open file "global/pg_control": Permission denied',
    '/srv/kort cannot be written: change who owns it, or set KORTVAKT_DATA to a folder elsewhere.',
  ],
  [
    'FATAL:  could not map anonymous shared memory: Cannot allocate memory',
    'PostgreSQL did not get the memory that it needs: free some, or set DATABASE_URL to a server elsewhere.',
  ],
  [
    'LOG:  starting\nFATAL:  data directory "/srv/kort/postgresql" has wrong ownership\nHINT:  x',
    'PostgreSQL does not run: data directory "/srv/kort/postgresql" has wrong ownership (its log: /srv/kort/postgresql.log)',
  ],
  ['', 'PostgreSQL does not run:  (its log: /srv/kort/postgresql.log)'],
  [
    'postgres: could not find the database system\nExpected to find it in the directory "/srv/kort/postgresql",\nbut could not open file "/srv/kort/postgresql/global/pg_control": No such file or directory',
    'PostgreSQL does not run: could not find the database system (its log: /srv/kort/postgresql.log)',
  ],
])('what PostgreSQL says becomes one line: %s', (said, line) => {
  expect(explain(said, place)).toBe(line);
});
