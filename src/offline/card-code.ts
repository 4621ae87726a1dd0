/**
 * The code on the back of a card that proves without a network what stands on its front: a CWT in the QR code's
 * alphanumeric mode, `HMS1:` and then Base45.
 */
import { parsePlainDate, type PlainDate } from '../kernel/dates.ts';
import { decodeBase45, encodeBase45 } from './base45.ts';
import {
  signClaims,
  verifyClaims,
  type Claims,
  type FindKey,
  type Refusal,
  type SigningKey,
} from './cose.ts';

/** What a card shows, and where its status is found. */
export interface CodedCard {
  readonly number: string;
  readonly cardType: string;
  readonly holderName: string;
  readonly birthDate: PlainDate;
  readonly employerName: string;
  readonly organisationNumber: string;
  /** Who issued it, as it stands on the card. */
  readonly issuerName: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly statusList: string;
  readonly statusIndex: number;
}

const PREFIX = 'HMS1:';
const TYPE = 'application/hms-card+cwt';
/** What version 15 of a QR code holds in alphanumeric mode at error correction M (ISO/IEC 18004, table 7). */
export const MOST_CHARACTERS = 600;
const LONGEST_NAME = 60;
const claim = { issuer: 1, expires: 4, issued: 6, status: 65_535, card: -65_537 } as const;

/**
 * Signs what a card shows. Names longer than 60 letters are cut, and more of them where their letters take so much room
 * that the code would be longer than {@link MOST_CHARACTERS}; a cut name ends in `…`.
 */
export async function signCardCode(card: CodedCard, key: SigningKey): Promise<string> {
  for (let longest = LONGEST_NAME; longest > 0; longest -= 4) {
    const code = PREFIX + encodeBase45(await signClaims(claimsOf(card, longest), TYPE, key));
    if (code.length <= MOST_CHARACTERS) return code;
  }
  throw new RangeError('the code of the card would not fit');
}

function claimsOf(card: CodedCard, longest: number): ReadonlyMap<number, unknown> {
  return new Map<number, unknown>([
    [claim.issuer, card.issuerName],
    [claim.issued, Math.floor(card.issuedAt.getTime() / 1000)],
    [claim.expires, Math.floor(card.expiresAt.getTime() / 1000)],
    [
      claim.card,
      [
        card.number,
        card.cardType,
        cut(card.holderName, longest),
        card.birthDate,
        cut(card.employerName, longest),
        card.organisationNumber,
      ],
    ],
    [
      claim.status,
      new Map([
        [
          'status_list',
          new Map<string, unknown>([
            ['idx', card.statusIndex],
            ['uri', card.statusList],
          ]),
        ],
      ]),
    ],
  ]);
}

/** Whole letters, however many bytes each takes. */
function cut(text: string, longest: number): string {
  const letters = [...new Intl.Segmenter('nb', { granularity: 'grapheme' }).segment(text)];
  if (letters.length <= longest) return text;
  return `${letters
    .slice(0, longest - 1)
    .map(({ segment }) => segment)
    .join('')
    .trimEnd()}…`;
}

export type ReadCardCode =
  | { readonly ok: true; readonly card: CodedCard }
  | { readonly ok: false; readonly refusal: Refusal | 'not-a-code' };

/** Reads a code that a trusted key signed. Whether the card has expired or is blocked is not said by it. */
export async function readCardCode(text: string, findKey: FindKey): Promise<ReadCardCode> {
  if (!text.startsWith(PREFIX)) return { ok: false, refusal: 'not-a-code' };
  const token = decodeBase45(text.slice(PREFIX.length));
  if (token === undefined) return { ok: false, refusal: 'malformed' };
  const verified = await verifyClaims(token, TYPE, findKey);
  if (!verified.ok) return verified;
  const card = cardOf(verified.claims);
  return card === undefined ? { ok: false, refusal: 'malformed' } : { ok: true, card };
}

function cardOf(claims: Claims): CodedCard | undefined {
  const [issuerName, issued, expires] = [
    claims.get(claim.issuer),
    claims.get(claim.issued),
    claims.get(claim.expires),
  ];
  const shown = claims.get(claim.card);
  const list = entryOf(claims.get(claim.status), 'status_list');
  const [statusIndex, statusList] = [entryOf(list, 'idx'), entryOf(list, 'uri')];
  if (!Array.isArray(shown) || !shown.every((part) => typeof part === 'string')) return undefined;
  const [number, cardType, holderName, born, employerName, organisationNumber] = shown;
  const birthDate = parsePlainDate(born ?? '');
  if (number === undefined || cardType === undefined || holderName === undefined || birthDate === undefined)
    return undefined;
  if (employerName === undefined || organisationNumber === undefined) return undefined;
  if (typeof issuerName !== 'string' || typeof issued !== 'number' || typeof expires !== 'number')
    return undefined;
  if (typeof statusIndex !== 'number' || typeof statusList !== 'string') return undefined;
  return {
    number,
    cardType,
    holderName,
    birthDate,
    employerName,
    organisationNumber,
    issuerName,
    issuedAt: new Date(issued * 1000),
    expiresAt: new Date(expires * 1000),
    statusIndex,
    statusList,
  };
}

function entryOf(value: unknown, key: string): unknown {
  return value instanceof Map ? value.get(key) : undefined;
}
