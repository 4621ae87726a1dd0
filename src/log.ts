import { pino, type DestinationStream, type Logger } from 'pino';
import { describeError } from './jobs/index.ts';

/** A log that tells of an error (`err`) what it takes to find the mistake, and nothing of the people it was about. */
export function createLog(level: string, destination?: DestinationStream): Logger {
  const options = { level, serializers: { err: errorForLog } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * Kind, masked message, names in the database, and where it was thrown. What else a library puts on its errors is left
 * out: PostgreSQL's `detail` is the row, with names and birth dates.
 */
function errorForLog(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return describeError(error);
  const { table, constraint } = error as { table?: unknown; constraint?: unknown };
  return {
    ...describeError(error),
    ...(typeof table === 'string' ? { table } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(error.cause === undefined ? {} : { cause: errorForLog(error.cause) }),
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /u.test(line))
      .join('\n'),
  };
}
