/** Base45 (RFC 9285): bytes in the 45 characters that a QR code's alphanumeric mode packs tightest. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const values = new Map([...ALPHABET].map((character, value) => [character, value]));

/** Two bytes become three characters, a last odd one two. */
export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let rest = pair ? (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0) : (bytes[at] ?? 0);
    for (let digit = 0; digit < (pair ? 3 : 2); digit += 1) {
      text += ALPHABET[rest % 45] ?? '';
      rest = Math.floor(rest / 45);
    }
  }
  return text;
}

/** Undefined for what no bytes are written as: another character, a length that cannot be, or a group beyond 255 or 65,535. */
export function decodeBase45(text: string): Uint8Array<ArrayBuffer> | undefined {
  const odd = text.length % 3;
  if (odd === 1) return undefined;
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (odd === 2 ? 1 : 0));
  for (let at = 0, to = 0; at < text.length; at += 3, to += 2) {
    const group = [...text.slice(at, at + 3)].map((character) => values.get(character));
    const [low, middle, high = 0] = group;
    if (low === undefined || middle === undefined || group.includes(undefined)) return undefined;
    const value = low + middle * 45 + high * 2025;
    if (value > (group.length === 3 ? 0xffff : 0xff)) return undefined;
    if (group.length === 3) bytes[to] = value >> 8;
    bytes[group.length === 3 ? to + 1 : to] = value & 0xff;
  }
  return bytes;
}
