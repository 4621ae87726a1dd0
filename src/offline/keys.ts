import { calculateJwkThumbprint } from 'jose';
import { trust, type FindKey, type PublishedKey, type SigningKey } from './cose.ts';

/** A P-256 key as JWK: with `d` it can sign. */
export interface CardKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d?: string | undefined;
}

/**
 * The keys of an installation: the first signs, all are published and trusted. A new key is put first and the old one
 * stays, with or without its private part, until the last card that it signed has expired.
 */
export interface KeyRing {
  readonly signing: SigningKey;
  readonly find: FindKey;
  /** As a JWK Set (RFC 7517 § 5), without private parts. */
  readonly published: { readonly keys: readonly PublishedKey[] };
}

const KEY_ID_BYTES = 8;
const usage = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Throws where the first key cannot sign, which the configuration has seen to. */
export async function createKeyRing(jwks: readonly CardKey[]): Promise<KeyRing> {
  const [first] = jwks;
  if (first?.d === undefined) throw new Error('the first card key has to be a private one');
  const published = await Promise.all(jwks.map(publicPart));
  const { kty, crv, x, y, d } = first;
  const jwk = { kty, crv, x, y, d };
  return {
    signing: {
      id: Buffer.from(published[0]?.kid ?? '', 'base64url'),
      key: await crypto.subtle.importKey('jwk', jwk, usage, false, ['sign']),
    },
    find: await trust(published),
    published: { keys: published },
  };
}

/** The id follows from the key (RFC 7638), so that nobody has to number them; eight bytes keep the codes short. */
async function publicPart({ kty, crv, x, y }: CardKey): Promise<PublishedKey> {
  const thumbprint = Buffer.from(await calculateJwkThumbprint({ kty, crv, x, y }), 'base64url');
  const kid = thumbprint.subarray(0, KEY_ID_BYTES).toString('base64url');
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' };
}
