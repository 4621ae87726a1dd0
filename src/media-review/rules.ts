/** What can be wrong with a photo; each has words under `orders:reason.photo.*`, since whoever ordered reads them. */
export const PHOTO_REASONS = [
  'blurred',
  'lighting',
  'not-frontal',
  'face-covered',
  'background',
  'photo-of-photo',
  'not-current',
  'not-the-person',
] as const;

/** What can be wrong with an identity document; each has words under `orders:reason.document.*`. */
export const DOCUMENT_REASONS = [
  'unreadable',
  'cut-off',
  'kind-not-accepted',
  'expired',
  'name-differs',
  'birth-date-differs',
  'suspected-forgery',
] as const;

export type PhotoReason = (typeof PHOTO_REASONS)[number];
export type DocumentReason = (typeof DOCUMENT_REASONS)[number];

/** What is not mended by sending another: the line is over. */
const FINAL_REASONS: readonly DocumentReason[] = ['suspected-forgery'];

/** What a reviewer says of a case; no reasons: it is accepted. */
export interface Verdict {
  readonly photo: readonly PhotoReason[];
  readonly document: readonly DocumentReason[];
}

/** Whether the verdict ends the line, so that nothing is sent again. */
export function isFinal({ document }: Verdict): boolean {
  return document.some((reason) => FINAL_REASONS.includes(reason));
}

/** Which way a line goes with its verdict, by its name in TRANSITIONS. */
export function transitionOf(verdict: Verdict): 'pass' | 'send-back' | 'refuse' {
  if (isFinal(verdict)) return 'refuse';
  return verdict.photo.length + verdict.document.length === 0 ? 'pass' : 'send-back';
}

/** Days after it is shipped until a line is closed: by then the card has come, or has been missed. */
export const CLOSE_DAYS = 30;

/** The instant so many days before. */
export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}
