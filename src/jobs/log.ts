import { Logger, type LogFunctionFactory } from 'graphile-worker';

/** The part of pino's logger that jobs write to. */
export type JobLog = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;

const eMail = /[^\s@<>"'(),;:]+@[^\s@<>"'(),;:]+/gu;
const longNumber = /\d(?:[\d ]{4,}\d)/gu;

/** A text with e-mail addresses and long numbers (identity numbers, telephones) masked: for logs and stored errors. */
export function withoutPersonalData(text: string): string {
  return text.replace(eMail, '•@•').replace(longNumber, '•••');
}

/** What is logged and stored of a failed task: the kind of error and its masked message, never a payload. */
export function describeError(error: unknown): { name: string; code?: string; message: string } {
  if (!(error instanceof Error)) return { name: 'unknown', message: withoutPersonalData(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, ...code, message: withoutPersonalData(error.message) };
}

const connectionEnded =
  /^PostgreSQL (?:active|idle) client generated error: terminating connection due to administrator command$/u;

/**
 * The queue's own messages, on our log: without what it sends along, which holds payloads. A listening connection may
 * still be opening when the worker is told to stop, and the database then closes it: after `stopping`, that is no error.
 */
export function queueLogger(log: JobLog, stopping: AbortSignal): Logger {
  const factory: LogFunctionFactory = (scope) => (level, message) => {
    const fields = { job: scope.jobId, task: scope.taskIdentifier };
    const text = withoutPersonalData(message);
    // One line a finished task would drown the rest, and failures are logged where they are caught.
    const expected = stopping.aborted && connectionEnded.test(message);
    if (expected || /^(?:Completed|Failed) task /u.test(message) || level === 'debug')
      log.debug(fields, text);
    else if (level === 'error') log.error(fields, text);
    else if (level === 'warning') log.warn(fields, text);
    else log.debug(fields, text);
  };
  return new Logger(factory);
}
