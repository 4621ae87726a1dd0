import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { err, ok, type Result } from '../kernel/result.ts';

/**
 * Why a register gave no usable answer. It carries no address, body or header: those may hold national
 * identity numbers, and errors end up in logs.
 */
export type RegisterError = {
  readonly kind:
    | 'unavailable'
    | 'timeout'
    | 'not-found'
    | 'gone'
    | 'refused'
    | 'invalid'
    | 'unexpected-answer'
    | 'rate-limited';
  /** Which register, for the log and the screen: `enhetsregisteret`, `aareg` … */
  readonly register: string;
  /** How long it asked us to wait, when it did. */
  readonly retryAfterMs?: number;
};

/** An access token for a register, or why there is none. */
export type TokenSource = () => Promise<Result<string, RegisterError>>;

/** What every register's client can be given. */
export type ClientOptions = {
  /** The address that the register's own paths follow, without a slash at the end. */
  readonly baseUrl: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly token?: TokenSource | undefined;
  /** For one attempt, body included; 5 seconds unless told. */
  readonly timeoutMs?: number | undefined;
  /** The wait before the second attempt, doubled for the third; 200 ms unless told. */
  readonly backOffMs?: number | undefined;
};

/** One call. With `repeatable` it may be sent again, as a GET always may. */
export type RegisterRequest<T> = {
  readonly path: string;
  readonly query?: [name: string, value: string][];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?:
    | { readonly json: unknown }
    | { readonly form: Readonly<Record<string, string>> }
    | { readonly parts: FormData };
  readonly repeatable?: boolean;
  /** Statuses that say that what was asked can never be done (`invalid`), where that is not to be taken for a refusal of us. */
  readonly invalid?: readonly number[];
  /** JSON unless told. */
  readonly reads?: 'json' | 'text';
  /** What a success must look like; anything else is an `unexpected-answer`. */
  readonly answer: z.ZodType<T>;
};

/** Sends one request to one register, and again when that is safe and may help. */
export type HttpClient = <T>(request: RegisterRequest<T>) => Promise<Result<T, RegisterError>>;

const attempts = 3;
/** A register that asks for a longer wait than this gets it from the job that called, not from us. */
const longestWaitMs = 2000;

/** A client of one register. `retryAfterUnitMs` is 1000 but for Folkeregisteret, which counts in ms. */
export function createHttpClient(
  register: string,
  options: ClientOptions,
  { retryAfterUnitMs = 1000 }: { retryAfterUnitMs?: number } = {},
): HttpClient {
  const { backOffMs = 200 } = options;
  return async (request) => {
    const bearer = await authorization(options.token);
    if (!bearer.ok) return bearer;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(register, options, request, bearer.value, retryAfterUnitMs);
      if (answer.ok || attempt === attempts || !mayRepeat(request, answer.error)) return answer;
      const wait = answer.error.retryAfterMs ?? backOffMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      if (wait > longestWaitMs) return answer;
      await sleep(wait);
    }
  };
}

async function authorization(
  token: TokenSource | undefined,
): Promise<Result<Record<string, string>, RegisterError>> {
  if (!token) return ok({});
  const answer = await token();
  return answer.ok ? ok({ authorization: `Bearer ${answer.value}` }) : answer;
}

function mayRepeat(request: RegisterRequest<unknown>, { kind }: RegisterError): boolean {
  const repeatable = request.repeatable ?? request.body === undefined;
  return repeatable && (kind === 'unavailable' || kind === 'timeout' || kind === 'rate-limited');
}

async function send<T>(
  register: string,
  { baseUrl, fetch = globalThis.fetch, timeoutMs = 5000 }: ClientOptions,
  request: RegisterRequest<T>,
  bearer: Record<string, string>,
  retryAfterUnitMs: number,
): Promise<Result<T, RegisterError>> {
  try {
    const response = await fetch(addressOf(baseUrl, request), {
      method: request.body ? 'POST' : 'GET',
      headers: { accept: 'application/json', ...request.headers, ...bearer, ...contentTypeOf(request) },
      body: bodyOf(request),
      // No register redirects; following one could carry the token and the numbers elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (request.invalid?.includes(response.status) === true) return err({ kind: 'invalid', register });
    if (!response.ok) return err(refusal(register, response, retryAfterUnitMs));
    const parsed = request.answer.safeParse(request.reads === 'text' ? text : parseJson(text));
    return parsed.success ? ok(parsed.data) : err({ kind: 'unexpected-answer', register });
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return err({ kind: timedOut ? 'timeout' : 'unavailable', register });
  }
}

function addressOf(baseUrl: string, { path, query }: RegisterRequest<unknown>): string {
  const parameters = new URLSearchParams(query).toString();
  return `${baseUrl}${path}${parameters === '' ? '' : `?${parameters}`}`;
}

function contentTypeOf({ body }: RegisterRequest<unknown>): Record<string, string> {
  // Of parts, `fetch` names the type itself, with what parts them.
  if (!body || 'parts' in body) return {};
  return { 'content-type': 'json' in body ? 'application/json' : 'application/x-www-form-urlencoded' };
}

function bodyOf({ body }: RegisterRequest<unknown>): string | FormData | null {
  if (!body) return null;
  if ('parts' in body) return body.parts;
  return 'json' in body ? JSON.stringify(body.json) : new URLSearchParams(body.form).toString();
}

function refusal(register: string, response: Response, retryAfterUnitMs: number): RegisterError {
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), retryAfterUnitMs);
  return { kind: kindOf(response.status), register, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function kindOf(status: number): RegisterError['kind'] {
  if (status === 404) return 'not-found';
  if (status === 410) return 'gone';
  if (status === 429) return 'rate-limited';
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'refused' : 'unexpected-answer';
}

/** `Retry-After` as a count or as an HTTP date. */
function readRetryAfter(header: string | null, unitMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/u.test(header)) return Number(header) * unitMs;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
