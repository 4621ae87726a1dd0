import { exportJWK, generateKeyPair } from 'jose';
import { startStandIns, type StandInOptions, type StandIns } from '../../stand-ins/start.ts';

/** The stand-ins with a client of our own, and what that client needs to know. */
export type StandInsForUs = StandIns & { privateJwk: { kid: string; alg: string } };

/** Starts the stand-ins on free ports for an app at that origin. */
export async function startForUs(
  appOrigin: string,
  options: Partial<StandInOptions> = {},
): Promise<StandInsForUs> {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const named = { kid: 'contract-1', alg: 'RS256' };
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), ...named, use: 'sig' }] };
  const standIns = await startStandIns({
    appOrigin,
    idportenClient: { jwks },
    maskinportenClient: { jwks },
    signingJwks: jwks,
    ...options,
  });
  return { ...standIns, privateJwk: { ...(await exportJWK(pair.privateKey)), ...named } };
}
