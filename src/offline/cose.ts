/**
 * Signed CBOR, as far as cards need it: COSE_Sign1 (RFC 9052 § 4.2) with ES256 (RFC 9053 § 2.1) and claims of a CWT
 * (RFC 8392). Only Web Cryptography and CBOR, so that the server signs and a browser verifies with the same lines.
 */
import { decode, encode } from 'cborg';

/** Claims by their number, as the registry of CWT claims has them. */
export type Claims = ReadonlyMap<number, unknown>;

/** A key of Web Cryptography, as both Node and browsers have it. */
export type Key = Parameters<typeof crypto.subtle.verify>[1];

export interface SigningKey {
  /** What the key is known by in what it signs. */
  readonly id: Uint8Array;
  readonly key: Key;
}

/** The key of that id; undefined for one that is not trusted. */
export type FindKey = (id: Uint8Array) => Key | undefined;

/** A public P-256 key of a JWK Set, by the id that it is known by. */
export interface PublishedKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** Trusts these keys and no others. */
export async function trust(published: readonly PublishedKey[]): Promise<FindKey> {
  const usage = { name: 'ECDSA', namedCurve: 'P-256' };
  const trusted = new Map(
    await Promise.all(
      published.map(async (jwk): Promise<[string, Key]> => {
        return [jwk.kid, await crypto.subtle.importKey('jwk', jwk, usage, false, ['verify'])];
      }),
    ),
  );
  return (id) => trusted.get(base64url(id));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** COSE_Sign1 is CBOR's tag 18. */
const TAG = 0xd2;
const ES256 = -7;
const header = { algorithm: 1, keyId: 4, type: 16 } as const;
const algorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const SIGNATURE_BYTES = 64;

/** Signs claims under a media type (RFC 9596), which keeps one kind of token from passing for another. */
export async function signClaims(
  claims: Claims,
  type: string,
  { id, key }: SigningKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const protectedHeader = encode(
    new Map<number, unknown>([
      [header.algorithm, ES256],
      [header.keyId, id],
      [header.type, type],
    ]),
  );
  const payload = encode(claims);
  const signature = new Uint8Array(
    await crypto.subtle.sign(algorithm, key, toBeSigned(protectedHeader, payload)),
  );
  const body = encode([protectedHeader, new Map(), payload, signature]);
  return Uint8Array.of(TAG, ...body);
}

export type Refusal = 'malformed' | 'unknown-key' | 'wrong-signature';

export type Verified =
  { readonly ok: true; readonly claims: Claims } | { readonly ok: false; readonly refusal: Refusal };

/** The claims of a token that a trusted key signed under that media type; anything else is refused, and never throws. */
export async function verifyClaims(token: Uint8Array, type: string, findKey: FindKey): Promise<Verified> {
  const parts = partsOf(token);
  const keyId = parts === undefined ? undefined : keyIdOf(parts.protectedHeader, type);
  if (parts === undefined || keyId === undefined) return { ok: false, refusal: 'malformed' };
  const key = findKey(keyId);
  if (key === undefined) return { ok: false, refusal: 'unknown-key' };
  const signed = toBeSigned(parts.protectedHeader, parts.payload);
  const right = await crypto.subtle.verify(algorithm, key, parts.signature, signed);
  if (!right) return { ok: false, refusal: 'wrong-signature' };
  const claims = strictly(parts.payload);
  return claims instanceof Map && [...claims.keys()].every((claim) => typeof claim === 'number')
    ? { ok: true, claims: claims as Claims }
    : { ok: false, refusal: 'malformed' };
}

/** An array of four that begins with `Signature1`. */
const CONTEXT = Uint8Array.of(0x84, ...encode('Signature1'));
/** No bytes: nothing besides is signed. */
const NOTHING = encode(new Uint8Array());

/** Sig_structure of RFC 9052 § 4.4, put together of its parts. */
function toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined(CONTEXT, encode(protectedHeader), NOTHING, encode(payload));
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

interface Parts {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array<ArrayBuffer>;
}

function partsOf(token: Uint8Array): Parts | undefined {
  if (token[0] !== TAG) return undefined;
  const body = strictly(token.subarray(1));
  if (!Array.isArray(body) || body.length !== 4) return undefined;
  const [protectedHeader, open, payload, signature] = body as unknown[];
  // Nothing is said outside the signature.
  if (!(open instanceof Map) || open.size > 0) return undefined;
  if (!isBytes(protectedHeader) || !isBytes(payload) || !isBytes(signature)) return undefined;
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  return { protectedHeader, payload, signature: new Uint8Array(signature) };
}

/** Of a header that says nothing but what ours says; undefined for any other. */
function keyIdOf(encoded: Uint8Array, type: string): Uint8Array | undefined {
  const found = strictly(encoded);
  if (!(found instanceof Map) || found.size !== 3) return undefined;
  const keyId: unknown = found.get(header.keyId);
  const right = found.get(header.algorithm) === ES256 && found.get(header.type) === type;
  return right && isBytes(keyId) ? keyId : undefined;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** One way to write each value (RFC 8949 § 4.2), so that nothing is hidden in what is signed; undefined for the rest. */
function strictly(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, {
      strict: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: false,
      allowUndefined: false,
    });
  } catch {
    return undefined;
  }
}
