import { createRemoteJWKSet, errors, importJWK, jwtVerify, type JWK, type JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import { z } from 'zod';
import type { Language } from '../kernel/language.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/**
 * Why the issuer's part did not work out: it does not answer; the person turned back; it refused; its
 * answer does not hold (state, nonce, signature …); or its level of assurance is none that we accept.
 */
export type OpenidError = 'unavailable' | 'cancelled' | 'refused' | 'invalid-answer' | 'unknown-acr';

export type Acr = 'idporten-loa-substantial' | 'idporten-loa-high';

/** What belongs to one login attempt, to be kept for the browser that began it and used once. */
export type LoginChecks = { readonly state: string; readonly nonce: string; readonly codeVerifier: string };

/** What the issuer vouches for. `sub` is pairwise; `pid` is absent for people without a Norwegian number. */
export type VerifiedLogin = {
  readonly iss: string;
  readonly sub: string;
  readonly sid?: string | undefined;
  readonly pid?: string | undefined;
  readonly acr: Acr;
  readonly authTime: Date;
  readonly idToken: string;
};

/** ID-porten's login protocol: OpenID Connect with pushed requests, PKCE and signed client assertions. */
export type OpenidClient = {
  /** Pushes a request and answers where to send the browser. A step-up asks the person to log in anew. */
  startLogin(request: {
    readonly purpose: 'login' | 'step-up';
    readonly language: Language;
    readonly acr: Acr;
  }): Promise<Result<LoginChecks & { readonly url: string }, OpenidError>>;
  /** Turns the address that the browser came back to into a verified login. */
  finishLogin(currentUrl: URL, checks: LoginChecks): Promise<Result<VerifiedLogin, OpenidError>>;
  /**
   * Where to send the browser to end the issuer's session too. The id_token is deliberately not sent as
   * a hint: it holds the national identity number, and this is an address.
   */
  logoutUrl(request: { readonly state: string }): Promise<Result<string, OpenidError>>;
  /** Verifies a token of OpenID Connect Back-Channel Logout 1.0, section 2.6. */
  verifyLogoutToken(
    token: string,
  ): Promise<Result<{ readonly iss: string; readonly sid: string }, OpenidError>>;
};

export type OpenidOptions = {
  readonly issuer: string;
  readonly clientId: string;
  readonly privateJwk: { readonly kid: string; readonly alg: string; readonly [member: string]: unknown };
  /** Our own origin; the registered addresses are /login/callback and /logged-out under it. */
  readonly origin: string;
  /** Only for an issuer on this machine. */
  readonly allowInsecure: boolean;
};

type Issuer = { readonly config: client.Configuration; readonly keys: JWTVerifyGetKey };

const timeoutSeconds = 5;
const toleranceSeconds = 10;
const discoveryLifetimeMs = 24 * 60 * 60 * 1000;
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** A client of one issuer. It looks the issuer up when first needed, and anew after a failure or a day. */
export function createOpenid(options: OpenidOptions): OpenidClient {
  let known: { readonly issuer: Promise<Issuer>; readonly goodUntil: number } | undefined;

  function findIssuer(): Promise<Issuer> {
    if (!known || known.goodUntil < performance.now()) {
      const issuer = discover(options);
      known = { issuer, goodUntil: performance.now() + discoveryLifetimeMs };
      // Whoever waits is told why; the next one tries again.
      issuer.catch(() => {
        known = undefined;
      });
    }
    return known.issuer;
  }

  async function attempt<T>(
    work: (issuer: Issuer) => Promise<Result<T, OpenidError>>,
  ): Promise<Result<T, OpenidError>> {
    try {
      return await work(await findIssuer());
    } catch (error) {
      const kind = kindOf(error);
      if (kind === 'unavailable') known = undefined;
      return err(kind);
    }
  }

  return {
    startLogin: (request) => attempt(({ config }) => pushRequest(config, options.origin, request)),
    finishLogin: (currentUrl, checks) => attempt(({ config }) => redeem(config, currentUrl, checks)),
    logoutUrl: ({ state }) =>
      attempt(({ config }) => {
        const parameters = { post_logout_redirect_uri: `${options.origin}/logged-out`, state };
        return Promise.resolve(ok(client.buildEndSessionUrl(config, parameters).href));
      }),
    verifyLogoutToken: (token) => attempt((issuer) => verifyLogoutToken(issuer, options.clientId, token)),
  };
}

async function discover({ issuer, clientId, privateJwk, allowInsecure }: OpenidOptions): Promise<Issuer> {
  const key = await importJWK(privateJwk as JWK, privateJwk.alg);
  if (key instanceof Uint8Array) throw new Error('The client key for ID-porten must be a private key');
  const config = await client.discovery(
    new URL(issuer),
    clientId,
    { id_token_signed_response_alg: 'RS256', [client.clockTolerance]: toleranceSeconds },
    client.PrivateKeyJwt({ key, kid: privateJwk.kid }),
    {
      timeout: timeoutSeconds,
      execute: [
        // The library trusts the connection to the issuer; we verify the signature as well.
        client.enableNonRepudiationChecks,
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that it stands out; demo and tests only
        ...(allowInsecure ? [client.allowInsecureRequests] : []),
      ],
    },
  );
  config.timeout = timeoutSeconds;
  const { jwks_uri: keysUrl } = config.serverMetadata();
  if (keysUrl === undefined) throw new InvalidAnswer();
  return { config, keys: createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: timeoutSeconds * 1000 }) };
}

async function pushRequest(
  config: client.Configuration,
  origin: string,
  { purpose, language, acr }: { purpose: 'login' | 'step-up'; language: Language; acr: Acr },
) {
  const checks: LoginChecks = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    codeVerifier: client.randomPKCECodeVerifier(),
  };
  const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: `${origin}/login/callback`,
    scope: 'openid',
    state: checks.state,
    nonce: checks.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.codeVerifier),
    code_challenge_method: 'S256',
    acr_values: acr,
    ui_locales: language,
    ...(purpose === 'step-up' ? { prompt: 'login' } : {}),
  });
  return ok({ ...checks, url: url.href });
}

const claimsOfLogin = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  sid: z.string().min(1).optional(),
  pid: z.string().min(1).optional(),
  acr: z.string(),
  auth_time: z.int().positive(),
});

const acceptedAcr = z.enum(['idporten-loa-substantial', 'idporten-loa-high']);

/** `amr`, the way of logging in, is never looked at: the level is what counts, and ways come and go. */
async function redeem(
  config: client.Configuration,
  currentUrl: URL,
  { state, nonce, codeVerifier }: LoginChecks,
): Promise<Result<VerifiedLogin, OpenidError>> {
  const tokens = await client.authorizationCodeGrant(config, currentUrl, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: codeVerifier,
    idTokenExpected: true,
  });
  const claims = claimsOfLogin.safeParse(tokens.claims());
  if (!claims.success || tokens.id_token === undefined) return err('invalid-answer');
  const acr = acceptedAcr.safeParse(claims.data.acr);
  if (!acr.success) return err('unknown-acr');
  const { iss, sub, sid, pid, auth_time: authTime } = claims.data;
  return ok({
    iss,
    sub,
    sid,
    pid,
    acr: acr.data,
    authTime: new Date(authTime * 1000),
    idToken: tokens.id_token,
  });
}

const claimsOfLogout = z.object({
  iss: z.string(),
  sid: z.string().min(1),
  events: z.looseObject({ [logoutEvent]: z.looseObject({}) }),
  // Forbidden there, so that no id_token can pass for a logout token.
  nonce: z.undefined().optional(),
});

async function verifyLogoutToken({ config, keys }: Issuer, clientId: string, token: string) {
  const { payload } = await jwtVerify(token, keys, {
    issuer: config.serverMetadata().issuer,
    audience: clientId,
    typ: 'logout+jwt',
    algorithms: ['RS256'],
    requiredClaims: ['iat', 'exp', 'jti'],
    maxTokenAge: 120,
    clockTolerance: toleranceSeconds,
  });
  const claims = claimsOfLogout.safeParse(payload);
  return claims.success
    ? ok({ iss: claims.data.iss, sid: claims.data.sid })
    : err<OpenidError>('invalid-answer');
}

class InvalidAnswer extends Error {}

const timeoutCodes: readonly (string | undefined)[] = ['OAUTH_TIMEOUT', 'OAUTH_ABORT'];

/** Sorts what the libraries throw; what belongs to neither the issuer nor the browser is a bug and goes on. */
function kindOf(error: unknown): OpenidError {
  if (error instanceof client.AuthorizationResponseError) {
    return error.error === 'access_denied' ? 'cancelled' : 'refused';
  }
  if (error instanceof client.ResponseBodyError) return error.status >= 500 ? 'unavailable' : 'refused';
  if (error instanceof client.ClientError) return kindOfClientError(error);
  if (error instanceof client.WWWAuthenticateChallengeError) return 'refused';
  if (error instanceof errors.JWKSTimeout) return 'unavailable';
  // Its bare form is what a key set that answers with an error comes as.
  if (error instanceof errors.JOSEError)
    return error.code === errors.JOSEError.code ? 'unavailable' : 'invalid-answer';
  if (error instanceof InvalidAnswer) return 'invalid-answer';
  // How fetch says that nobody answered.
  if (error instanceof TypeError && error.cause instanceof Error) return 'unavailable';
  throw error;
}

function kindOfClientError({ code, cause }: client.ClientError): OpenidError {
  if (timeoutCodes.includes(code)) return 'unavailable';
  return cause instanceof Response && cause.status >= 500 ? 'unavailable' : 'invalid-answer';
}
