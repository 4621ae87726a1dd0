import { importJWK, SignJWT, type JWK } from 'jose';
import { z } from 'zod';
import { uuidv7 } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/result.ts';
import { createHttpClient, type ClientOptions, type RegisterError } from './http-client.ts';

/** The tokens with which we call the registers that are not open to all. */
export type Maskinporten = {
  /** An access token for the scopes, at least 30 seconds before it expires. */
  token(
    scopes: readonly string[],
    options?: { readonly resource?: string },
  ): Promise<Result<string, RegisterError>>;
};

export type MaskinportenOptions = Omit<ClientOptions, 'baseUrl' | 'token'> & {
  readonly issuer: string;
  readonly clientId: string;
  readonly privateJwk: { readonly kid: string; readonly alg: string; readonly [member: string]: unknown };
};

const register = 'maskinporten';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const spareMs = 30_000;

const metadataAnswer = z.object({ token_endpoint: z.url() });
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

/**
 * A client of Maskinporten with JWT grants (RFC 7523). One token per set of scopes and resource is kept
 * until shortly before it expires; callers that come at the same time share one request.
 */
export function createMaskinporten(options: MaskinportenOptions): Maskinporten {
  // Maskinporten's issuer and audience end with a slash, whatever the setting says.
  const issuer = options.issuer.replace(/\/*$/u, '/');
  const kept = new Map<string, KeptToken>();
  let knownEndpoint: string | undefined;

  async function findEndpoint(): Promise<string> {
    const discover = createHttpClient(register, { ...options, baseUrl: issuer });
    const metadata = await discover({
      path: '.well-known/oauth-authorization-server',
      answer: metadataAnswer,
    });
    if (metadata.ok) knownEndpoint = metadata.value.token_endpoint;
    return knownEndpoint ?? `${issuer}token`;
  }

  async function fetchToken(scope: string, resource: string | undefined) {
    const endpoint = knownEndpoint ?? (await findEndpoint());
    const assertion = await signGrant(options, issuer, scope, resource);
    // Sent once only: Maskinporten refuses a grant that it has seen before.
    return createHttpClient(register, { ...options, baseUrl: endpoint })({
      path: '',
      body: { form: { grant_type: grantType, assertion } },
      answer: tokenAnswer,
    });
  }

  function ask(scope: string, resource: string | undefined): KeptToken {
    const entry: KeptToken = {
      goodUntil: Infinity,
      answer: fetchToken(scope, resource).then((answer) => {
        entry.goodUntil = answer.ok ? performance.now() + answer.value.expires_in * 1000 - spareMs : 0;
        return answer.ok ? ok(answer.value.access_token) : answer;
      }),
    };
    return entry;
  }

  return {
    token(scopes, { resource } = {}) {
      const scope = scopes.toSorted().join(' ');
      const key = JSON.stringify([scope, resource]);
      const known = kept.get(key);
      if (known && known.goodUntil > performance.now()) return known.answer;
      const entry = ask(scope, resource);
      kept.set(key, entry);
      return entry.answer;
    },
  };
}

/** `goodUntil` counts as `performance.now()` does, and is endless while the answer is awaited. */
type KeptToken = { goodUntil: number; readonly answer: Promise<Result<string, RegisterError>> };

async function signGrant(
  { clientId, privateJwk }: MaskinportenOptions,
  issuer: string,
  scope: string,
  resource: string | undefined,
): Promise<string> {
  const key = await importJWK(privateJwk as JWK, privateJwk.alg);
  return new SignJWT({ scope, ...(resource === undefined ? {} : { resource: [resource] }) })
    .setProtectedHeader({ alg: privateJwk.alg, kid: privateJwk.kid })
    .setIssuer(clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('60s')
    .setJti(uuidv7())
    .sign(key);
}
