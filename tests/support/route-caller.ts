import { randomBytes, randomUUID } from 'node:crypto';
import type { Config } from '../../src/config.ts';
import { hashToken } from '../../src/identity/index.ts';
import { csrfToken } from '../../src/web/security.ts';
import type { Fixtures } from './fixtures.ts';
import type { Things } from './things.ts';

/** Somebody who is logged in. */
export interface Caller {
  readonly cookie: string;
  readonly csrf: string;
  readonly tokenHash: Buffer;
}

/** Opens a session of the person. */
export async function callerOf(
  fixtures: Fixtures,
  { secrets }: Pick<Config, 'secrets'>,
  personId: string,
): Promise<Caller> {
  const secret = randomBytes(32).toString('base64url');
  const tokenHash = hashToken(secret);
  await fixtures.session(personId, { token_hash: tokenHash });
  return {
    cookie: `__Host-session=${secret}`,
    csrf: csrfToken(secrets.sessionSecret, { tokenHash }),
    tokenHash,
  };
}

/** A form's fields; what is left out is not sent. */
export type Fields = Readonly<Record<string, string | readonly string[] | File>>;

/** One request of a route, which is written `POST /b/:business/cards/:card/block`. */
export interface Asked {
  readonly route: string;
  readonly caller?: Caller | undefined;
  /** What stands in the place of each `:name`, as it is to stand in the address. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly fields?: Fields | undefined;
  /** Sent instead of the fields. */
  readonly body?: string;
  /** The form's token: the caller's own unless said otherwise, and none with `null`. */
  readonly csrf?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer with all that could tell two apart. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The request as a browser on one of our own pages sends it. */
export function requestOf(origin: string, asked: Asked): Request {
  const { route, caller, fields, query = {}, headers = {} } = asked;
  const [method = 'GET', path = '/'] = route.split(' ');
  const url = new URL(origin + filled(path, asked.parameters ?? {}));
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const csrf = asked.csrf === undefined ? (caller?.csrf ?? '') : asked.csrf;
  return new Request(url, {
    method,
    redirect: 'manual',
    headers: {
      'Sec-Fetch-Site': 'same-origin',
      ...(caller === undefined ? {} : { Cookie: caller.cookie }),
      ...headers,
    },
    ...(method === 'POST' ? { body: asked.body ?? bodyOf(fields ?? {}, csrf) } : {}),
  });
}

function filled(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replaceAll(
    /:([a-z]\w*)/giu,
    (_, name: string) => parameters[name] ?? '01980000-0000-7000-8000-000000000000',
  );
}

/** As a form of ours sends it: with files in parts, otherwise in one line. */
function bodyOf(fields: Fields, csrf: string | null): FormData | URLSearchParams {
  const all = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string | File] => [name, one]),
  );
  const body = all.some(([, value]) => value instanceof File) ? new FormData() : new URLSearchParams();
  for (const [name, value] of all) {
    if (body instanceof FormData) body.append(name, value);
    else if (typeof value === 'string') body.append(name, value);
  }
  if (csrf !== null) body.append('_csrf', csrf);
  return body;
}

/** Reads an answer. The id of the request, which differs each time, is left out, and ids stand as their kind. */
export async function readAnswer(
  response: Response,
  ids: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const requestId = response.headers.get('x-request-id') ?? randomUUID();
  const plain = (text: string) =>
    Object.entries(ids).reduce(
      (rest, [kind, id]) => rest.replaceAll(id, `<${kind}>`),
      text.replaceAll(requestId, '<request>'),
    );
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].map(([name, value]) => [name, plain(value)])),
    text: plain(await response.text()),
  };
}

/** The thing that each id of a route names. */
export function parametersOf(route: string, things: Things): Record<string, string> {
  const kinds: Record<string, keyof Things> = {
    address: 'address',
    appointment: 'appointment',
    asked: 'uploadRequest',
    archive: 'photoArchive',
    agreement: route.endsWith('/deletion') ? 'endedAgreement' : 'agreement',
    asking: 'asking',
    attachment: 'attachment',
    card: route.endsWith('/send-again') ? 'returnedCard' : 'card',
    declaration: 'declaration',
    dispute: 'dispute',
    draft: draftKind(route),
    file: 'photoFile',
    freeze: 'freeze',
    holder: route.includes('/stop/') ? 'stoppable' : 'holder',
    invoice: 'invoice',
    invitation: route.includes('/business/vendor/') ? 'memberInvitation' : 'invitation',
    line: route.includes('/confirmation') ? 'shippedLine' : 'line',
    mandate: mandateKind(route),
    member: 'member',
    notice: 'notice',
    offer: 'offer',
    order: orderKind(route),
    photo: 'photo',
    vendorInvoice: 'vendorInvoice',
    quote: route.includes('/business/vendor/') ? 'ownQuote' : 'quote',
    request: route.includes('/business/vendor/') ? 'ownRequest' : 'request',
    recorded: /\/(?:confirm|decline)$/u.test(route) ? 'recordedForUs' : 'recordedDraft',
    review: 'review',
    row: 'uploadRow',
    signal: 'signal',
    subProcessor: 'subProcessor',
    thread: 'thread',
    unit: 'unit',
    upload: route.endsWith('/columns') ? 'unmappedUpload' : 'upload',
    worker: route.endsWith('/permit') ? 'permitWorker' : 'worker',
  };
  return Object.fromEntries(
    idsOf(route).map((name) => {
      const kind = kinds[name];
      if (kind === undefined) throw new Error(`What :${name} of ${route} names is not known.`);
      return [name, things[kind]];
    }),
  );
}

function orderKind(route: string): keyof Things {
  if (route.includes('/ask')) return 'unsentOrder';
  return route.includes('/confirmation') ? 'shippedOrder' : 'order';
}

function mandateKind(route: string): keyof Things {
  if (route.includes('/customers/')) return 'customerMandate';
  return route.endsWith('/confirm') ? 'toConfirm' : 'mandate';
}

function draftKind(route: string): keyof Things {
  if (route.includes('/vendor-drafts/')) return 'vendorDraft';
  return route.includes('/people/drafts/') ? 'personDraft' : 'mandateDraft';
}

/** The names of the ids in a route of a business. */
export function idsOf(route: string): string[] {
  return [...route.matchAll(/:([a-z]\w*)/giu)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'business' && name !== 'vendor');
}

/**
 * A fingerprint of what stands in every table and in the queue, but for the marks of use and the audit, which refusals
 * leave as well.
 */
export async function snapshot(fixtures: Fixtures): Promise<Record<string, string | null>> {
  const tables = await fixtures.rows<{ name: string }>(
    // That somebody was here is no more than a mark of use.
    `select oid::regclass::text as name from pg_class where relkind = 'r' and relname not like 'audit\\_%'
       and relname not in ('mandate_right_uses', 'session_uses')
       and (relnamespace = 'public'::regnamespace or oid = to_regclass('graphile_worker._private_jobs'))`,
  );
  const row = `(to_jsonb(t) - 'last_seen_at' - 'last_used_at')::text`;
  const each = tables.map(
    ({ name }) =>
      `select '${name}' as name, md5(string_agg(${row}, ',' order by ${row})) as rows from ${name} t`,
  );
  const found = await fixtures.rows<{ name: string; rows: string | null }>(each.join(' union all '));
  return Object.fromEntries(found.map(({ name, rows }) => [name, rows]));
}
