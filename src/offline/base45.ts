/** Base45 (RFC 9285): bytes in the 45 characters that a QR code's alphanumeric mode packs tightest. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
/** By the character's code; NaN for what is not in the alphabet. */
const values = new Float64Array(128).fill(NaN);
for (let value = 0; value < ALPHABET.length; value += 1) values[ALPHABET.charCodeAt(value)] = value;

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
    const whole = at + 2 < text.length;
    // What is not in the alphabet makes it NaN, which is not in range.
    const value = valueAt(text, at) + valueAt(text, at + 1) * 45 + (whole ? valueAt(text, at + 2) * 2025 : 0);
    if (!(value <= (whole ? 0xffff : 0xff))) return undefined;
    if (whole) bytes[to] = value >> 8;
    bytes[whole ? to + 1 : to] = value & 0xff;
  }
  return bytes;
}

function valueAt(text: string, at: number): number {
  return values[text.charCodeAt(at)] ?? NaN;
}
