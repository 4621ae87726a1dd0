import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';
import { signClaims, type SigningKey } from './cose.ts';
import { BITS, LIST_TYPE, listClaims, type StatusList } from './status-list.ts';

/** The list as a signed token, its bits compressed with ZLIB (RFC 1950). */
export async function signStatusList(list: StatusList, key: SigningKey): Promise<Uint8Array<ArrayBuffer>> {
  const claims = new Map<number, unknown>([
    [listClaims.subject, list.address],
    [listClaims.issued, seconds(list.issuedAt)],
    [listClaims.expires, seconds(list.expiresAt)],
    [listClaims.ttl, list.ttl],
    [
      listClaims.status,
      new Map<string, unknown>([
        ['bits', BITS],
        ['lst', await compress(list.statuses)],
      ]),
    ],
  ]);
  return signClaims(claims, LIST_TYPE, key);
}

/** The share of bytes that are not zero from which looking for repetitions costs a second and makes nothing smaller. */
const DENSE = 0.1;

async function compress(statuses: Uint8Array): Promise<Uint8Array> {
  const dense = statuses.reduce((count, byte) => count + (byte === 0 ? 0 : 1), 0) > statuses.length * DENSE;
  const options = dense ? { strategy: constants.Z_HUFFMAN_ONLY } : { level: constants.Z_BEST_COMPRESSION };
  // As plain bytes: CBOR writes a Buffer otherwise.
  return new Uint8Array(await promisify(deflate)(statuses, options));
}

/** Seconds since 1970, as CWT's NumericDate. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
