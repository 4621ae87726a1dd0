import { exportJWK, generateKeyPair, importJWK, SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import { z } from 'zod';
import { startStandIns, type StandInOptions, type StandIns } from './start.ts';

/** A client's keys: the private one, and the set of public ones that is registered. */
export type ClientKeys = { privateJwk: JWK; jwks: JSONWebKeySet };

export async function newClientKeys(kid = 'test-key'): Promise<ClientKeys> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    privateJwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256' },
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] },
  };
}

/** A private world on free ports, with one pair of client keys for everything. */
export async function startTestWorld(
  more: Partial<StandInOptions> = {},
): Promise<StandIns & { keys: ClientKeys; token: (scope: string) => Promise<string> }> {
  const keys = await newClientKeys();
  const standIns = await startStandIns({
    appOrigin: 'http://localhost:9',
    idportenClient: { jwks: keys.jwks },
    maskinportenClient: { jwks: keys.jwks },
    signingJwks: keys.jwks,
    productionStepMs: 0,
    ...more,
  });
  return { ...standIns, keys, token: (scope) => fetchToken(standIns, keys, scope) };
}

export const tokenAnswer = z.strictObject({
  access_token: z.jwt(),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(599),
  scope: z.string(),
});

export async function signGrant(
  { servicesOrigin }: Pick<StandIns, 'servicesOrigin'>,
  { privateJwk }: ClientKeys,
  claims: Record<string, unknown>,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: 'kortvakt',
    aud: `${servicesOrigin}/maskinporten/`,
    iat: now,
    exp: now + 100,
    jti: crypto.randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid: privateJwk.kid ?? '' })
    .sign(await importJWK(privateJwk, 'RS256'));
}

export function postGrant(
  { servicesOrigin }: Pick<StandIns, 'servicesOrigin'>,
  assertion: string,
): Promise<Response> {
  return fetch(`${servicesOrigin}/maskinporten/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }),
  });
}

async function fetchToken(standIns: StandIns, keys: ClientKeys, scope: string): Promise<string> {
  const response = await postGrant(standIns, await signGrant(standIns, keys, { scope }));
  return tokenAnswer.parse(await response.json()).access_token;
}
