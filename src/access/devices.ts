import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { answerDevice, noteUse, type OwnDevice, ownDevice, ownSessionEnded } from './device-records.ts';
import { type DeviceSignal, signalsOfDevice } from './signal-records.ts';
import { answerSignal } from './signals.ts';

type Deps = { readonly database: Pick<Database, 'request'> };

const MOST_REMEMBERED = 10_000;

/** Where a session is used, as the address says. */
interface UsedIn {
  readonly tokenHash: Buffer;
  readonly business: string;
  readonly vendor?: string;
}

/**
 * Notes the first use of each session in each business, before anything is done there. What this process has noted it does
 * not note again: another process does, to no effect.
 */
export function createUseNoter({ database }: Deps): (used: UsedIn) => Promise<void> {
  const noted = new Set<string>();
  return async ({ tokenHash, business, vendor }) => {
    const use = [tokenHash.toString('hex'), business, vendor ?? ''].join(' ');
    if (noted.has(use)) return;
    const where = vendor === undefined ? { business } : { business, vendor };
    await inTransaction(database, { kind: 'session', tokenHash, ...where }, noteUse);
    if (noted.size >= MOST_REMEMBERED) noted.clear();
    noted.add(use);
  };
}

/** A browser of the person's, and the signals that a denial answers with it; undefined for what is not theirs. */
export async function viewDevice(
  { database }: Deps,
  tokenHash: Uint8Array,
  id: string,
): Promise<{ readonly device: OwnDevice; readonly signals: readonly DeviceSignal[] } | undefined> {
  return inTransaction(database, { kind: 'session', tokenHash }, async (transaction) => {
    const device = isUuid(id) ? await ownDevice(transaction, id) : undefined;
    return device && { device, signals: await signalsOfDevice(transaction, device.id) };
  });
}

/** "Yes, this was me": the browser is known from now on. */
export async function confirmDevice(
  deps: Deps,
  tokenHash: Uint8Array,
  id: string,
): Promise<Result<void, 'unknown'>> {
  const answered = await settle(deps, tokenHash, id, 'known');
  return answered.ok ? ok(undefined) : answered;
}

/** What a denial did. */
export interface Denied {
  readonly frozen: number;
  /** The denial came from one of the sessions that it ended. */
  readonly ownSessionEnded: boolean;
}

/**
 * "No, this was not me": the sessions in that browser end at once, and a vendor that it is tied to is frozen in the
 * businesses where that was seen.
 * @param reason of the freeze, in words of whoever answers
 */
export async function denyDevice(
  deps: Deps,
  tokenHash: Uint8Array,
  id: string,
  reason: string,
): Promise<Result<Denied, 'unknown'>> {
  const viewed = await viewDevice(deps, tokenHash, id);
  if (viewed === undefined || viewed.device.answer === 'denied') return err('unknown');
  // First, since the session that asks may be one of those that end. Those end also where an answer came to nothing.
  const [answers] = await Promise.allSettled([denySignals(deps, tokenHash, viewed.signals, reason)]);
  const settled = await settle(deps, tokenHash, id, 'denied');
  if (answers.status === 'rejected') throw answers.reason;
  return settled.ok ? ok({ frozen: answers.value, ownSessionEnded: settled.value }) : settled;
}

/** How many of them froze a vendor. What is refused (an office lost meanwhile) stays open for others to answer. */
async function denySignals(
  deps: Deps,
  tokenHash: Uint8Array,
  signals: readonly DeviceSignal[],
  reason: string,
): Promise<number> {
  let frozen = 0;
  for (const { id, businessNumber: business } of signals) {
    const given = { answer: 'denied', reason, sessions: 'kept' } as const;
    const answered = await answerSignal(deps, { tokenHash, business }, id, given);
    if (answered.ok && answered.value.frozen) frozen += 1;
  }
  return frozen;
}

function settle(
  { database }: Deps,
  tokenHash: Uint8Array,
  id: string,
  answer: 'known' | 'denied',
): Promise<Result<boolean, 'unknown'>> {
  const request = { kind: 'session', tokenHash, writing: true } as const;
  return inTransaction(database, request, async (transaction) => {
    const ended = isUuid(id) ? await answerDevice(transaction, id, answer) : undefined;
    if (ended === undefined) return err('unknown');
    await appendAudit(transaction, {
      action: `device.${answer}`,
      decision: 'allowed',
      subject: { kind: 'device', id },
      changes: { sessionsEnded: ended },
    });
    return ok(await ownSessionEnded(transaction));
  });
}
