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
    await crypto.subtle.sign(algorithm, key, toBeSigned(encode(protectedHeader), encode(payload))),
  );
  const body = encode([protectedHeader, new Map(), payload, signature]);
  return Uint8Array.of(TAG, ...body);
}

export type Refusal = 'malformed' | 'unknown-key' | 'wrong-signature';

export type Verified =
  { readonly ok: true; readonly claims: Claims } | { readonly ok: false; readonly refusal: Refusal };

/** The claims of a token that a trusted key signed under that media type; anything else is refused, and never throws. */
export async function verifyClaims(
  token: Uint8Array<ArrayBuffer>,
  type: string,
  findKey: FindKey,
): Promise<Verified> {
  const parts = partsOf(token);
  const keyId = parts === undefined ? undefined : keyIdOf(parts.protectedHeader.content, type);
  if (parts === undefined || keyId === undefined) return { ok: false, refusal: 'malformed' };
  const key = findKey(keyId);
  if (key === undefined) return { ok: false, refusal: 'unknown-key' };
  const signed = toBeSigned(parts.protectedHeader.encoded, parts.payload.encoded);
  const right = await crypto.subtle.verify(algorithm, key, parts.signature, signed);
  if (!right) return { ok: false, refusal: 'wrong-signature' };
  const claims = strictly(parts.payload.content);
  return claims instanceof Map && [...claims.keys()].every((claim) => typeof claim === 'number')
    ? { ok: true, claims: claims as Claims }
    : { ok: false, refusal: 'malformed' };
}

/** An array of four that begins with `Signature1`. */
const CONTEXT = Uint8Array.of(0x84, ...encode('Signature1'));
/** No bytes: nothing besides is signed. */
const NOTHING = encode(new Uint8Array());

/** Sig_structure of RFC 9052 § 4.4, put together of its parts as they are encoded. */
function toBeSigned(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = CONTEXT.length + protectedHeader.length;
  const whole = new Uint8Array(start + NOTHING.length + payload.length);
  whole.set(CONTEXT);
  whole.set(protectedHeader, CONTEXT.length);
  whole.set(NOTHING, start);
  whole.set(payload, start + NOTHING.length);
  return whole;
}

/** A byte string where it stands in a token: with its head, as it is signed again, and without. */
interface ByteString {
  readonly encoded: Uint8Array;
  readonly content: Uint8Array<ArrayBuffer>;
  /** Where the next item begins. */
  readonly end: number;
}

interface Parts {
  readonly protectedHeader: ByteString;
  readonly payload: ByteString;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** An array of four, and a map without entries: nothing is said outside the signature. */
const [ARRAY_OF_FOUR, NO_ENTRIES] = [0x84, 0xa0];

/** The only way that a token is written: the tag, an array of header, nothing, payload and signature, and nothing after it. */
function partsOf(token: Uint8Array<ArrayBuffer>): Parts | undefined {
  if (token[0] !== TAG || token[1] !== ARRAY_OF_FOUR) return undefined;
  const protectedHeader = byteString(token, 2);
  if (protectedHeader === undefined || token[protectedHeader.end] !== NO_ENTRIES) return undefined;
  const payload = byteString(token, protectedHeader.end + 1);
  if (payload === undefined) return undefined;
  const signature = byteString(token, payload.end);
  if (signature?.end !== token.length || signature.content.length !== SIGNATURE_BYTES) return undefined;
  return { protectedHeader, payload, signature: signature.content };
}

/** Of CBOR's major type 2, its length in as few bytes as can be (RFC 8949 § 4.2.1); undefined for anything else. */
function byteString(token: Uint8Array<ArrayBuffer>, at: number): ByteString | undefined {
  const short = (token[at] ?? 0) - 0x40;
  if (short < 0 || short > 26) return undefined;
  // 24, 25 and 26 stand for a length in one, two and four bytes.
  const width = short < 24 ? 0 : 1 << (short - 24);
  let length = width === 0 ? short : 0;
  for (let n = 1; n <= width; n += 1) length = length * 256 + (token[at + n] ?? 0);
  if (width > 0 && length < (width === 1 ? 24 : 256 ** (width / 2))) return undefined;
  const begin = at + 1 + width;
  const end = begin + length;
  if (end > token.length) return undefined;
  return { encoded: token.subarray(at, end), content: token.subarray(begin, end), end };
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
