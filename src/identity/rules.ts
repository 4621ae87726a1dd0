import { createHash, randomBytes } from 'node:crypto';

/** A secret for a browser, and the hash of it that is stored. */
export interface Token {
  /** 32 random bytes as base64url: only ever in the browser's cookie or in a link. */
  readonly secret: string;
  readonly hash: Buffer;
}

/** SHA-256 of a secret of 256 random bits; a slow hash would add nothing. */
export function hashToken(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

export function createToken(): Token {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: hashToken(secret) };
}

/** Levels of assurance that we accept; ID-porten's names (acr), never the login method (amr). */
export type Level = 'substantial' | 'high';
