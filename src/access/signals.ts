import type { Database } from '../database/database.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, type Permitted, type Refused } from './actions.ts';
import { ownSessionEnded } from './device-records.ts';
import { freeze } from './freezes.ts';
import { asksFromItsBrowser, endSessionsOf, findSignal, type Signal, storeAnswer } from './signal-records.ts';

/** How somebody in the business answers "was this you?". */
export type SignalAnswer =
  | { readonly answer: 'confirmed' }
  | {
      readonly answer: 'denied';
      /** Of the freeze, in words of whoever answers. */
      readonly reason: string;
      /** `kept`: the person answers for a browser of their own, and ends its sessions with that. */
      readonly sessions: 'ended' | 'kept';
    };

export interface Answered {
  readonly frozen: boolean;
  /** The answer came from one of the sessions that it ended. */
  readonly ownSessionEnded: boolean;
}

export type SignalProblem = 'unknown' | 'no-answer' | 'answered' | 'same-browser';

/**
 * Answers a signal, once; undefined is no answer, which only those hear who may give one. A denial ends the sessions that it
 * is about and freezes the vendor, at once and with no new login. A confirmation is not taken from a session that the signal
 * is about, or the browser of one: whoever borrows or has taken the login would confirm themselves.
 */
export async function answerSignal(
  { database }: { readonly database: Pick<Database, 'request'> },
  acting: ActingFor,
  id: string,
  given: SignalAnswer | undefined,
): Promise<Result<Answered, SignalProblem | Refused>> {
  const request = { right: 'access.manage', action: 'signal.answer' } as const;
  const answered = await act(database, acting, request, (permitted) => answerWithin(permitted, id, given));
  if (!answered.ok) return answered;
  return answered.value === 'same-browser' ? err(answered.value) : ok(answered.value);
}

async function answerWithin(
  permitted: Permitted,
  id: string,
  given: SignalAnswer | undefined,
): Promise<Result<Answered | 'same-browser', Exclude<SignalProblem, 'same-browser'>>> {
  const signal = isUuid(id) ? await findSignal(permitted, id) : undefined;
  if (signal === undefined) return err('unknown');
  if (given === undefined) return err('no-answer');
  const subject = { kind: 'signal', id };
  if (given.answer === 'confirmed' && (await asksFromItsBrowser(permitted, id))) {
    // Not an error, which would undo the entry.
    await permitted.audit({ decision: 'refused', rule: 'same-browser', subject });
    return ok('same-browser');
  }
  if (!(await storeAnswer(permitted, id, given.answer))) return err('answered');
  const done = await carryOut(permitted, signal, given);
  await permitted.audit({ subject, changes: { kind: signal.kind, answer: given.answer, ...done } });
  return ok({ frozen: done.freezeId !== null, ownSessionEnded: await ownSessionEnded(permitted) });
}

async function carryOut(permitted: Permitted, signal: Signal, given: SignalAnswer) {
  const { business } = permitted.facts;
  if (given.answer === 'confirmed' || !business) return { sessionsEnded: 0, freezeId: null };
  // Sessions before the mandate, as access is locked.
  const sessionsEnded = given.sessions === 'ended' ? await endSessionsOf(permitted, signal.id) : 0;
  const wanted = { businessId: business.id, vendorId: signal.vendorId, reason: given.reason };
  const freezeId = signal.vendorId === null ? undefined : await freeze(permitted, wanted);
  return { sessionsEnded, freezeId: freezeId ?? null };
}
