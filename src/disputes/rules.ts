/** What of a card, or of what lies behind it, a worker may say is wrong. */
export const DISPUTE_KINDS = [
  'name',
  'photo',
  'employment',
  'not-wanted',
  'permit',
  'ordered-by',
  'other',
] as const;
export type DisputeKind = (typeof DISPUTE_KINDS)[number];

/** What the business answers. */
export const ANSWERS = ['corrected', 'not-wrong'] as const;
export type DisputeAnswer = (typeof ANSWERS)[number];

/** What a case officer decides. */
export const OUTCOMES = ['upheld', 'dismissed'] as const;
export type DisputeOutcome = (typeof OUTCOMES)[number];

/** The longest text that anybody writes in a dispute. */
export const LONGEST_TEXT = 1000;

/** How many days before its time is up a business that has not answered is reminded. */
export const REMINDED_DAYS = 3;

/** When what has happened to a dispute. */
export interface DisputeTimes {
  readonly answerBy: Date;
  readonly answeredAt: Date | null;
  readonly broughtAt: Date | null;
  readonly settledAt: Date | null;
}

/** `late`: the business has let its time run out. */
export type DisputeState = 'waiting' | 'late' | 'answered' | 'brought' | 'settled';

/** Where a dispute stands: with the business, with the worker, with case officers, or decided. */
export function disputeState(
  { answerBy, answeredAt, broughtAt, settledAt }: DisputeTimes,
  now: Date,
): DisputeState {
  if (settledAt !== null) return 'settled';
  if (broughtAt !== null) return 'brought';
  if (answeredAt !== null) return 'answered';
  return now < answerBy ? 'waiting' : 'late';
}

/** Whether the worker may bring it to case officers. */
export const mayBring = (state: DisputeState): boolean => state === 'answered' || state === 'late';

/** Whether the business may answer: once, and also late, until case officers have decided. */
export const mayAnswer = ({
  answeredAt,
  settledAt,
}: Pick<DisputeTimes, 'answeredAt' | 'settledAt'>): boolean => answeredAt === null && settledAt === null;

/** Whether it is about the person or was answered by them: then another case officer decides. */
export const isOwn = (
  { personId, answeredBy }: { readonly personId: string; readonly answeredBy: string | null },
  person: string | undefined,
): boolean => personId === person || answeredBy === person;

/** Where case officers see what was brought to them. */
export const staffDisputesPath = '/staff/disputes';
