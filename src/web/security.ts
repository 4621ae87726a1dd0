import { createHmac, timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { AppEnv, SessionInfo } from './context.ts';
import { problemPage } from './errors.tsx';
import { readForm, sendsForm } from './form-parsing.ts';

export type HeaderSettings = {
  /** Where browsers reach this service: `https://kortvakt.no`. */
  readonly publicOrigin: string;
  /** ID-porten's origin: login and logout forms are redirected there, and it frames the front-channel logout. */
  readonly issuerOrigin: string;
  /** Paths that the issuer, and nobody else, may show in a frame: the front-channel logout. */
  readonly framedByIssuer: readonly string[];
  /** Whether the answer at a path is made by `wholeAnswer`; one that is not, such as of a problem, is given the headers afterwards. */
  readonly answeredWhole: (path: string) => boolean;
};

type Header = readonly [name: string, value: string];

/**
 * The headers of every answer: those that tell browsers to trust nothing but our own pages, that nothing is kept but what
 * says for itself that it may be (pages hold people's data), and the request's id.
 */
export function answerHeaders(settings: HeaderSettings): MiddlewareHandler<AppEnv> {
  const closed = headersOf(settings, "'none'");
  const framed = headersOf(settings, settings.issuerOrigin);
  return async (c, next) => {
    const headers = settings.framedByIssuer.includes(c.req.path) ? framed : closed;
    if (settings.answeredWhole(c.req.path)) {
      c.set('answerHeaders', Object.fromEntries([['X-Request-Id', c.get('requestId')], ...headers]));
    } else {
      // Set before the answer is made: to change one that is there costs as much as making it.
      c.header('X-Request-Id', c.get('requestId'));
      for (const [name, value] of headers) c.header(name, value);
    }
    await next();
    if (c.res === c.get('wholeAnswer')) return;
    // An answer that a handler made past the context has not taken them over.
    if (c.res.headers.get('X-Request-Id') !== c.get('requestId'))
      addTo(c.res.headers, headers, c.get('requestId'));
  };
}

/**
 * An answer in one piece with the headers of every answer, for what is asked for most: a third of the time that it takes to set
 * them one by one. What has been set on the context is not in it.
 */
export function wholeAnswer(
  c: Context<AppEnv>,
  body: string,
  headers: Readonly<Record<string, string>>,
): Response {
  const answer = new Response(body, { headers: { ...c.get('answerHeaders'), ...headers } });
  c.set('wholeAnswer', answer);
  return answer;
}

function addTo(answer: Headers, headers: readonly Header[], requestId: string): void {
  answer.set('X-Request-Id', requestId);
  for (const [name, value] of headers) {
    if (name !== 'Cache-Control' || !answer.has(name)) answer.set(name, value);
  }
}

function headersOf(
  { publicOrigin, issuerOrigin }: HeaderSettings,
  frameAncestors: string,
): readonly Header[] {
  const https = publicOrigin.startsWith('https:');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    // Browsers hold a form's redirects to this as well.
    `form-action 'self' ${issuerOrigin}`,
    `frame-ancestors ${frameAncestors}`,
    "base-uri 'none'",
    "object-src 'none'",
    ...(https ? ['upgrade-insecure-requests'] : []),
  ];
  return [
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Origin-Agent-Cluster', '?1'],
    ['Referrer-Policy', 'same-origin'],
    ...(https ? [['Strict-Transport-Security', 'max-age=63072000; includeSubDomains'] as const] : []),
    ['X-Content-Type-Options', 'nosniff'],
    ['X-DNS-Prefetch-Control', 'off'],
    ...(frameAncestors === "'none'" ? [['X-Frame-Options', 'DENY'] as const] : []),
    ['X-Permitted-Cross-Domain-Policies', 'none'],
    ['Content-Security-Policy', policy.join('; ')],
    [
      'Permissions-Policy',
      'camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)',
    ],
    ['Cache-Control', 'no-store'],
  ];
}

/** Refuses bodies larger than their path allows, before they are read. */
export function limitBody(maxBytes: (path: string) => number): MiddlewareHandler<AppEnv> {
  const limits = new Map<number, MiddlewareHandler>();
  return (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const size = maxBytes(c.req.path);
    // The server reads no more than the length that was declared, where it was.
    const declared = c.req.header('content-length');
    if (declared !== undefined && c.req.header('transfer-encoding') === undefined) {
      return Number(declared) > size ? Promise.resolve(problemPage(c, 'tooLarge')) : next();
    }
    let limit = limits.get(size);
    if (limit === undefined) {
      limit = bodyLimit({
        maxSize: size,
        onError: (context: Context<AppEnv>) => problemPage(context, 'tooLarge'),
      });
      limits.set(size, limit);
    }
    return limit(c, next);
  };
}

/**
 * Answers by our own name only. Under any other (a look-alike that hands requests on, a forgotten alias, a bare address)
 * nothing can be done but read what our address is. The paths of `anyName` are for machines that look after this one.
 */
export function onlyByOwnName(publicOrigin: string, anyName: readonly string[]): MiddlewareHandler<AppEnv> {
  const { host, protocol } = new URL(publicOrigin);
  const own = [`${protocol}//${host}/`, `http://${host}/`];
  return (c, next) => {
    // To take an address apart costs as much as the rest of what is asked here.
    if (own.some((start) => c.req.url.startsWith(start))) return next();
    const asked = new URL(c.req.url);
    // Behind a proxy that ends TLS we are asked in http; the port that goes without saying is then another.
    asked.protocol = protocol;
    if (asked.host === host || anyName.includes(c.req.path)) return next();
    const detail = c.get('t')('web:problem.misdirected.text', { host });
    return Promise.resolve(problemPage(c, 'misdirected', { detail }));
  };
}

/** The value that a session's forms carry: known to our own pages only, and no use in another session. */
export function csrfToken(secret: string | Buffer, session: Pick<SessionInfo, 'tokenHash'>): string {
  return createHmac('sha256', secret).update('csrf').update(session.tokenHash).digest('base64url');
}

export type CsrfSettings = {
  readonly publicOrigin: string;
  /** Paths that other servers call and that prove who they are by themselves: the back-channel logout. */
  readonly exempt: readonly string[];
};

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets a request that changes something through only when a page of ours sent it: by the browser's own word
 * (Sec-Fetch-Site, or Origin where that is missing) and, with a session, by its token in `_csrf` (or the header
 * `X-CSRF-Token` for scripts that send no form). Otherwise 403, and nothing is done.
 */
export function csrfProtection({ publicOrigin, exempt }: CsrfSettings): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (reading.has(c.req.method) || exempt.includes(c.req.path)) return next();
    if (!sentFromOwnPage(c, publicOrigin)) return problemPage(c, 'csrf');
    const sent = await sentToken(c);
    if (sent === 'unreadable') return problemPage(c, 'badRequest');
    if (c.get('session') !== null && !sameText(sent ?? '', c.get('csrf'))) return problemPage(c, 'csrf');
    return next();
  };
}

/**
 * The address of the asker, to count by. Behind `hops` trusted proxies it is what the outermost of them wrote in
 * X-Forwarded-For; what stands further left the asker may have written. IPv6 is cut to the /64 that one asker has.
 */
export function clientAddress(c: Context, hops: number): string {
  const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  const address = hops === 0 ? undefined : forwarded.at(-hops);
  return addressKey(address === undefined || address === '' ? socketAddress(c) : address);
}

/** An address as it is counted by. */
export function addressKey(address: string): string {
  const plain = address
    .replace(/^::ffff:(?=\d+\.)/iu, '')
    .replace(/^\[|\](?::\d+)?$/gu, '')
    .replace(/%.*$/u, '');
  if (/^[\d.]+(?::\d+)?$/u.test(plain) || !plain.includes(':')) return plain.replace(/:\d+$/u, '');
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/u, ''))
    .join(':')}::/64`;
}

function socketAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown';
  } catch {
    // Called without a socket, as tests do.
    return 'unknown';
  }
}

function sentFromOwnPage(c: Context, publicOrigin: string): boolean {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  // A look-alike that hands requests on is its visitors' own site; the origin that it has given them is not ours.
  if (origin !== undefined && origin !== 'null' && origin !== publicOrigin) return false;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === publicOrigin;
}

async function sentToken(c: Context<AppEnv>): Promise<string | undefined> {
  if (!sendsForm(c)) return c.req.header('x-csrf-token');
  try {
    const token = (await readForm(c)).get('_csrf');
    return typeof token === 'string' ? token : undefined;
  } catch {
    return 'unreadable';
  }
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right);
}
