import { type Step, STEPS } from './threads.ts';

/** What became of the notices of the last step: at least one sent that counts, none that does, or not known yet. */
export type Reached = 'some' | 'none' | 'pending';

/** What it is decided from whether an unread message is taken further. */
export interface UnreadThread {
  /** When the authority last wrote. */
  readonly sentAt: Date;
  /** Without one it is to be read in so many days. */
  readonly deadline: Date | null;
  readonly step: Step | 'none';
  readonly reached: Reached;
}

/** Take the step now, look again then, or there is nothing more to do: it is listed for post. */
export type Next =
  | { readonly kind: 'take'; readonly step: Step }
  | { readonly kind: 'look'; readonly at: Date }
  | { readonly kind: 'done' };

/** Which part of the time to the deadline has passed when a step is due. */
const PART: Readonly<Record<Step, number>> = { business: 0, officers: 1 / 2, second: 2 / 3, post: 5 / 6 };

const DAY = 86_400_000;
const LOOK_AGAIN = 15 * 60_000;

/** When a step is due. A deadline that was no later than the message counts as none. */
export function dueAt(
  step: Step,
  { sentAt, deadline }: Pick<UnreadThread, 'sentAt' | 'deadline'>,
  readDays: number,
): Date {
  const sent = sentAt.getTime();
  const end = deadline !== null && deadline.getTime() > sent ? deadline.getTime() : sent + readDays * DAY;
  return new Date(sent + Math.ceil((end - sent) * PART[step]));
}

/**
 * What to do with a message that nobody has opened: the business is told at once; at half of the deadline the officers at
 * their own addresses; then the second officer and the official address; then it is listed for post. A step that reached
 * nobody, since its addresses bounced, were in their waiting time or were not there, gives way to the next one at once.
 */
export function nextStep(thread: UnreadThread, now: Date, readDays: number): Next {
  const [next] = STEPS.slice(thread.step === 'none' ? 0 : STEPS.indexOf(thread.step) + 1);
  if (next === undefined) return { kind: 'done' };
  const due = dueAt(next, thread, readDays);
  const nobody = thread.step === 'none' || thread.reached === 'none';
  if (nobody || now >= due) return { kind: 'take', step: next };
  if (thread.reached === 'some') return { kind: 'look', at: due };
  return { kind: 'look', at: new Date(Math.min(due.getTime(), now.getTime() + LOOK_AGAIN)) };
}
