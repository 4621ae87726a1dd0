import { addMonths, lastDayToEnd, osloToday } from '../kernel/dates.ts';
import type { ReplacementReason } from '../orders/index.ts';

/** The state of a card, as the database's `card_state` answers for pages and checks alike. */
export type CardState = 'valid' | 'in-production' | 'blocked' | 'suspended' | 'expired';

/** Why a card is taken out of use, once and for all. */
export const blockReasons = ['lost', 'stolen', 'returned', 'destroyed'] as const;
export type BlockReason = (typeof blockReasons)[number] | 'seized' | ReplacementReason;

/** What a worker reports of a card of their own; that it was returned is the employer's to say. */
export const ownReportReasons = ['lost', 'stolen'] as const satisfies readonly BlockReason[];
export type OwnReportReason = (typeof ownReportReasons)[number];

/** Where whoever is logged in sees the cards of their own. */
export const ownCardsPath = '/my-cards';

/** Where they see what they have said is wrong with one. */
export const ownDisputesPath = `${ownCardsPath}/disputes`;

/** Where they say that something is wrong with what a business has recorded about them as its worker. */
export const ownWorkerDisputePath = (workerId: string): string =>
  `${ownCardsPath}/employers/${workerId}/dispute`;

/** How far the issuer has come with a card, in order. */
export const productionSteps = ['waiting', 'acknowledged', 'produced', 'shipped', 'returned'] as const;
export type ProductionStep = (typeof productionSteps)[number];

/** Cards are issued for two years (forskrift om HMS-kort på bygge- og anleggsplasser § 8). */
const VALID_MONTHS = 24;

/** When a card issued at that instant stops being valid: after the same day two years later has ended in Oslo. */
export function expiryOf(issuedAt: Date): Date {
  return lastDayToEnd(addMonths(osloToday(issuedAt), VALID_MONTHS));
}

/** Where a card's QR code leads, on our own address. */
export function cardLinkPath(token: string): string {
  return `/c/${token}`;
}

const LONGEST_WAIT_SECONDS = 600;

/** How long to wait before asking the issuer again: seldom when the batch has been there long. */
export function secondsToNextLook(ageSeconds: number, leastSeconds: number): number {
  return Math.max(leastSeconds, Math.min(LONGEST_WAIT_SECONDS, Math.round(ageSeconds / 10)));
}
