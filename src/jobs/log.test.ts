import { expect, test } from 'vitest';
import { queueLogger } from './log.ts';

const closed =
  'PostgreSQL active client generated error: terminating connection due to administrator command';

test.each([
  ['a closed connection while stopping', closed, true, 'debug'],
  ['a closed connection while working', closed, false, 'error'],
  [
    'any other error while stopping',
    'PostgreSQL active client generated error: out of memory',
    true,
    'error',
  ],
] as const)('%s is logged as it deserves', (_what, message, stops, expected) => {
  const stopping = new AbortController();
  const levels: string[] = [];
  const to = (level: string) => () => levels.push(level);
  const log = { debug: to('debug'), info: to('info'), warn: to('warn'), error: to('error') };
  if (stops) stopping.abort();
  queueLogger(log, stopping.signal).error(message);
  expect(levels).toEqual([expected]);
});
