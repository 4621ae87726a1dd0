/**
 * Token Status List (draft-ietf-oauth-status-list) as a CWT: two bits for each card, so that one signed file tells of a
 * million cards without saying whose they are.
 */
import { verifyClaims, type FindKey, type Refusal } from './cose.ts';

/** The values of the draft's registry of status types. */
export const statusValues = { valid: 0, blocked: 1, suspended: 2 } as const;
export type CardStatus = keyof typeof statusValues;

/** What differs from valid. */
export interface StatusEntry {
  readonly index: number;
  readonly status: Exclude<CardStatus, 'valid'>;
}

export const BITS = 2;
const PER_BYTE = 8 / BITS;
/** The media type of the token. */
export const LIST_TYPE = 'application/statuslist+cwt';
/** The claims by number, as the draft registers them. */
export const listClaims = { subject: 2, expires: 4, issued: 6, status: 65_533, ttl: 65_534 } as const;

/** The list as bits, the lowest first in each byte. Throws for an index outside of it. */
export function packStatuses(entries: Iterable<StatusEntry>, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil(size / PER_BYTE));
  for (const { index, status } of entries) {
    if (!Number.isInteger(index) || index < 0 || index >= size)
      throw new RangeError(`${String(index)} is not in the list`);
    const at = Math.floor(index / PER_BYTE);
    bytes[at] = (bytes[at] ?? 0) | (statusValues[status] << ((index % PER_BYTE) * BITS));
  }
  return bytes;
}

/** What the list says at an index; undefined outside of it, and for the value that has no meaning here. */
export function statusAt(bytes: Uint8Array, index: number): CardStatus | undefined {
  const byte = bytes[Math.floor(index / PER_BYTE)];
  if (byte === undefined || !Number.isInteger(index) || index < 0) return undefined;
  const value = (byte >> ((index % PER_BYTE) * BITS)) & 0b11;
  return (['valid', 'blocked', 'suspended'] as const)[value];
}

export interface StatusList {
  /** Where it is published: what the cards on it refer to. */
  readonly address: string;
  readonly issuedAt: Date;
  /** When it must no longer be believed. */
  readonly expiresAt: Date;
  /** Seconds for which it may be used without asking for a newer one. */
  readonly ttl: number;
  readonly statuses: Uint8Array;
}

export type ReadStatusList =
  { readonly ok: true; readonly list: StatusList } | { readonly ok: false; readonly refusal: Refusal };

/** Reads a list that a trusted key signed for that address. Whether it is still to be believed is for the reader to say. */
export async function readStatusList(
  token: Uint8Array<ArrayBuffer>,
  address: string,
  findKey: FindKey,
): Promise<ReadStatusList> {
  const verified = await verifyClaims(token, LIST_TYPE, findKey);
  if (!verified.ok) return verified;
  const { claims } = verified;
  const [issued, expires, ttl] = [listClaims.issued, listClaims.expires, listClaims.ttl].map((key) =>
    claims.get(key),
  );
  const statuses = await statusesOf(claims.get(listClaims.status));
  if (typeof issued !== 'number' || typeof expires !== 'number' || typeof ttl !== 'number')
    return { ok: false, refusal: 'malformed' };
  if (claims.get(listClaims.subject) !== address || statuses === undefined)
    return { ok: false, refusal: 'malformed' };
  const list = { address, issuedAt: dateOf(issued), expiresAt: dateOf(expires), ttl, statuses };
  return { ok: true, list };
}

async function statusesOf(found: unknown): Promise<Uint8Array | undefined> {
  if (!(found instanceof Map) || found.get('bits') !== BITS) return undefined;
  const packed: unknown = found.get('lst');
  if (!(packed instanceof Uint8Array)) return undefined;
  return unpacked(packed).catch(() => undefined);
}

async function unpacked(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function dateOf(numericDate: number): Date {
  return new Date(numericDate * 1000);
}
