import { createHash, randomBytes } from 'node:crypto';
import type { Language } from '../kernel/language.ts';

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

/** What browsers call themselves, the more particular first: most of them also call themselves what others are. */
const browsers = [
  [/\bEdg(?:e|A|iOS)?\//u, 'Edge'],
  [/\bOPR\//u, 'Opera'],
  [/\bSamsungBrowser\//u, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//u, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\//u, 'Chrome'],
  [/\bSafari\//u, 'Safari'],
] as const;
const systems = [
  [/\biPhone\b/u, 'iPhone'],
  [/\biPad\b/u, 'iPad'],
  [/\bAndroid\b/u, 'Android'],
  [/\bWindows\b/u, 'Windows'],
  [/\bMac OS X\b/u, 'macOS'],
  [/\bLinux\b/u, 'Linux'],
] as const;

/**
 * The browser and the system of a session as their owner knows them: `Firefox, Windows`. A hint and no more, since a
 * browser says what it likes; what is none of these is shown as it was sent, at most 80 characters of it.
 */
export function browserName(userAgent: string): string {
  const nameIn = (known: typeof browsers | typeof systems) =>
    known.find(([sign]) => sign.test(userAgent))?.[1];
  const browser = nameIn(browsers);
  if (browser === undefined) return userAgent.slice(0, 80);
  const system = nameIn(systems);
  return system === undefined ? browser : `${browser}, ${system}`;
}

/** The highest level that each eID at ID-porten reaches, as Digdir lists them: for telling people, never for deciding. */
const EIDS = {
  high: ['BankID', 'Buypass', 'Commfides'],
  substantial: ['MinID'],
} as const satisfies Record<Level, readonly string[]>;

/** The eIDs that reach a level and no higher, in words: `BankID, Buypass or Commfides`. */
export function eidsOf(level: Level, language: Language): string {
  return new Intl.ListFormat(language, { type: 'disjunction' }).format(EIDS[level]);
}

/** A browser's own cookie: 32 random bytes as base64url, kept for a year; undefined for anything else. */
export function deviceSecret(cookie: string | undefined): string | undefined {
  return cookie !== undefined && /^[\w-]{43}$/u.test(cookie) ? cookie : undefined;
}

/**
 * The network that an address is of, as one network is told from another: an IPv4 address's first three numbers, an IPv6
 * address's first three groups. Undefined where the address is not known.
 * @param address as `clientAddress` gives it: an IPv4 address, or an IPv6 prefix of 64 bits
 */
export function networkOf(address: string): string | undefined {
  if (address.includes(':')) return address.split(':').slice(0, 3).join(':');
  const numbers = address.split('.');
  return numbers.length === 4 ? numbers.slice(0, 3).join('.') : undefined;
}

/** What is known of a browser that a person has logged in from. */
export interface Device {
  readonly firstOfPerson: boolean;
  readonly firstSeenAt: Date;
  readonly answer: string | null;
}

const NEW_FOR_MS = 14 * 86_400_000;

/**
 * Whether a browser is still new for its person: for two weeks, until the person has answered for it. The first one of all
 * is not: there is nothing that it could be new beside.
 */
export function isNewDevice(device: Device, now: Date): boolean {
  return (
    !device.firstOfPerson &&
    device.answer === null &&
    now.getTime() - device.firstSeenAt.getTime() < NEW_FOR_MS
  );
}
