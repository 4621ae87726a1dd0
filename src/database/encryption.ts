import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** AES-256 keys by id. New values are written with `current`; the others still read what they wrote. */
export interface KeyRing {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/**
 * Encrypts values at rest with AES-256-GCM and makes keyed hashes for look-up. A stored value is
 * `length of key id (1 byte) | key id | nonce (12) | ciphertext | tag (16)`; the purpose is authenticated with it, so
 * that a value cannot be moved to another column unseen.
 */
export interface Vault {
  encrypt(value: string | Uint8Array, purpose: string): Buffer;
  /** Throws when the key is missing from the ring, or when the value was altered. */
  decrypt(stored: Uint8Array, purpose: string): string;
  /** As `decrypt`, for what was no text. */
  decryptBytes(stored: Uint8Array, purpose: string): Buffer;
  /** HMAC-SHA256 with the installation's key: equal inputs give equal 32 bytes, and nobody without the key can try numbers. */
  hash(text: string): Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param hashKey at least 32 bytes, apart from the encryption keys, never rotated (it is the look-up index). */
export function createVault(ring: KeyRing, hashKey: Buffer): Vault {
  const currentKey = ring.keys.get(ring.current);
  if (currentKey?.length !== 32) throw new Error('The key ring has no current key of 32 bytes.');
  for (const [id, key] of ring.keys) {
    if (key.length !== 32 || Buffer.byteLength(id) > 255)
      throw new Error('The key ring has a key that does not fit.');
  }
  if (hashKey.length < 32) throw new Error('The hash key is shorter than 32 bytes.');
  return {
    encrypt: (value, purpose) => encrypt(ring.current, currentKey, Buffer.from(value), purpose),
    decrypt: (stored, purpose) => decrypt(ring, Buffer.from(stored), purpose).toString('utf8'),
    decryptBytes: (stored, purpose) => decrypt(ring, Buffer.from(stored), purpose),
    hash: (text) => createHmac('sha256', hashKey).update(text).digest(),
  };
}

function encrypt(keyId: string, key: Buffer, value: Buffer, purpose: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
  const ciphertext = Buffer.concat([cipher.update(value), cipher.final()]);
  const id = Buffer.from(keyId, 'utf8');
  return Buffer.concat([Buffer.from([id.length]), id, nonce, ciphertext, cipher.getAuthTag()]);
}

function decrypt(ring: KeyRing, stored: Buffer, purpose: string): Buffer {
  const idLength = stored.readUInt8(0);
  const keyId = stored.subarray(1, 1 + idLength).toString('utf8');
  const key = ring.keys.get(keyId);
  if (!key) throw new Error(`The key ring has no key "${keyId}".`);
  const rest = stored.subarray(1 + idLength);
  if (rest.length < NONCE_BYTES + TAG_BYTES) throw new Error('The stored value is cut short.');
  const decipher = createDecipheriv('aes-256-gcm', key, rest.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(purpose)).setAuthTag(rest.subarray(rest.length - TAG_BYTES));
  const ciphertext = rest.subarray(NONCE_BYTES, rest.length - TAG_BYTES);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
