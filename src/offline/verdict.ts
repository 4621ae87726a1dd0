/** What a check without a network answers. Pure: the caller has read the code, and knows the lists and the time. */
import type { CodedCard, ReadCardCode } from './card-code.ts';
import { statusAt, type StatusList } from './status-list.ts';

export type Verdict =
  /** The QR code is none of ours; `host` when it leads to another address, which is how a false card gives itself away. */
  | { readonly kind: 'no-code' }
  | { readonly kind: 'elsewhere'; readonly host: string }
  /** The code of the front, which leads to our check page. A scanner follows no link. */
  | { readonly kind: 'front' }
  | { readonly kind: 'not-genuine' }
  /** The key is not among those that are known here: newer than they are, or not ours. */
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'expired'; readonly card: CodedCard }
  /** Genuine, and what the list said, at the time that it was signed. */
  | { readonly kind: 'valid' | 'blocked' | 'suspended'; readonly card: CodedCard; readonly asOf: Date }
  /** Genuine, but nothing is known of whether it is still good; `asOf` of a list that is too old. */
  | { readonly kind: 'cannot-tell'; readonly card: CodedCard; readonly asOf: Date | undefined }
  /** This device's clock is behind what was signed: no answer would mean anything. */
  | { readonly kind: 'wrong-clock'; readonly card: CodedCard };

const CLOCK_LEEWAY_MS = 60 * 60_000;

/** What a QR code that is no code of a card says of the card. */
export function verdictOnText(text: string, ownHost: string): Verdict {
  const url = URL.parse(text.trim());
  if (url === null || !/^https?:$/u.test(url.protocol)) return { kind: 'no-code' };
  return url.host === ownHost ? { kind: 'front' } : { kind: 'elsewhere', host: url.host };
}

/** What is to be said of a code that was read, with the newest list that there is of it. */
export function verdictOn(
  read: Exclude<ReadCardCode, { readonly refusal: 'not-a-code' }>,
  list: StatusList | undefined,
  now: Date,
): Verdict {
  if (!read.ok) return read.refusal === 'unknown-key' ? { kind: 'unknown-key' } : { kind: 'not-genuine' };
  const { card } = read;
  const newest = Math.max(card.issuedAt.getTime(), list?.issuedAt.getTime() ?? 0);
  if (now.getTime() < newest - CLOCK_LEEWAY_MS) return { kind: 'wrong-clock', card };
  if (now >= card.expiresAt) return { kind: 'expired', card };
  const status = list === undefined ? undefined : statusAt(list.statuses, card.statusIndex);
  if (list === undefined || status === undefined) return { kind: 'cannot-tell', card, asOf: undefined };
  // What is blocked stays so, however old the list is; a list of before the card knows nothing of it.
  const tooOld = now >= list.expiresAt || list.issuedAt < card.issuedAt;
  if (status !== 'blocked' && tooOld) return { kind: 'cannot-tell', card, asOf: list.issuedAt };
  return { kind: status, card, asOf: list.issuedAt };
}
