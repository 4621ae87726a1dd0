import type { MandateFacts } from '../database/transaction.ts';
import { obstacleOf } from './rules.ts';

/**
 * Why a mandate stopped without anybody ending it. Each code has words under `access:stopped.*`: why, and what can be done.
 * An emergency stop and a bar are told of by those who place them.
 */
export type StopCode =
  | 'business-bankrupt'
  | 'business-dissolved'
  | 'mandate-suspended'
  | 'review-missed'
  | 'giver-lost-right'
  | 'mandate-expired'
  | 'vendor-bankrupt'
  | 'vendor-dissolved'
  | 'no-agreement'
  | 'no-quote'
  | 'belongs-to-vendor'
  | 'no-tie';

/** `ended`: somebody ended it, and told of it then. */
export type Standing =
  | { readonly kind: 'holds' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'stopped'; readonly code: StopCode; readonly since: Date };

/** Whether an organisation can still be acted for, or act. */
export interface Closing {
  readonly bankrupt: boolean;
  readonly dissolved: boolean;
}

/** What a mandate's standing is judged by. */
export interface WatchedMandate {
  readonly facts: MandateFacts;
  readonly endReason: string | null;
  readonly business: Closing;
  /** Null for a person's mandate. */
  readonly vendor: Closing | null;
}

/** The standing of a mandate: as `decide` sees it, leaving out who uses it, emergency stops and bars. */
export function standingOf({ facts, endReason, business, vendor }: WatchedMandate, now: Date): Standing {
  if (facts.endedAt) return standingOfEnded(endReason, facts.endedAt);
  const closed = closingOf(business, 'business') ?? (vendor && closingOf(vendor, 'vendor'));
  if (closed) return { kind: 'stopped', code: closed, since: now };
  const aside = {
    ...facts,
    frozenAt: null,
    assigned: true,
    vendor: facts.vendor && { ...facts.vendor, barredAt: null },
  };
  const obstacle = obstacleOf(aside, now);
  switch (obstacle) {
    case 'mandate-suspended':
    case 'review-missed':
      return { kind: 'stopped', code: obstacle, since: facts.suspendedAt ?? now };
    case 'giver-lost-right':
      return { kind: 'stopped', code: obstacle, since: facts.confirmBy ?? now };
    case 'mandate-expired':
      return { kind: 'stopped', code: obstacle, since: facts.endsAt };
    case 'no-quote':
      return { kind: 'stopped', code: obstacle, since: facts.quote?.validUntil ?? now };
    case 'no-agreement':
    case 'belongs-to-vendor':
    case 'no-tie':
      return { kind: 'stopped', code: obstacle, since: now };
    default:
      // Not begun yet is no stop, and the rest hangs on who uses the mandate.
      return { kind: 'holds' };
  }
}

function standingOfEnded(endReason: string | null, since: Date): Standing {
  if (endReason === 'not-confirmed') return { kind: 'stopped', code: 'giver-lost-right', since };
  if (endReason === 'became-vendor') return { kind: 'stopped', code: 'belongs-to-vendor', since };
  return { kind: 'ended' };
}

function closingOf<Who extends 'business' | 'vendor'>(
  { bankrupt, dissolved }: Closing,
  who: Who,
): `${Who}-dissolved` | `${Who}-bankrupt` | undefined {
  if (dissolved) return `${who}-dissolved`;
  return bankrupt ? `${who}-bankrupt` : undefined;
}

/** A mandate that stopped for good: it is ended, with this reason. The others can come to hold again. */
export function endReasonOf(code: StopCode): 'not-confirmed' | 'became-vendor' | undefined {
  if (code === 'giver-lost-right') return 'not-confirmed';
  return code === 'belongs-to-vendor' ? 'became-vendor' : undefined;
}

/** Days that a business has to confirm what was given by somebody who has lost the right to give. */
export const DAYS_TO_CONFIRM = 14;
/** Days before the end of those on which the officers are reminded. */
export const DAYS_BEFORE_REMINDER = 3;
