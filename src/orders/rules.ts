import type { Right } from '../access/index.ts';
import { placeOfPostalCode } from '../kernel/postal-codes.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** An order before and after it binds: prepared for an approver, placed, or taken back before production. */
export const ORDER_STATES = ['awaiting-approval', 'placed', 'cancelled'] as const;

/** One worker's card on its way from the order to the worker; `ready`: passed review, with a card number. */
export const LINE_STATES = [
  'awaiting-approval',
  'awaiting-media',
  'under-review',
  'ready',
  'in-production',
  'shipped',
  'closed',
  'rejected',
  'cancelled',
] as const;
export type LineState = (typeof LINE_STATES)[number];

/**
 * What an emergency stop holds: what is in production is the issuer's. A stop is no state of its own, since it covers
 * lines in all of these and leaves them where they were when it is lifted.
 */
export const HOLDABLE_LINES = [
  'awaiting-approval',
  'awaiting-media',
  'under-review',
  'ready',
] as const satisfies LineState[];

/** Whether an emergency stop that covers its order holds a line in this state. */
export function isHoldable(state: LineState): boolean {
  return HOLDABLE_LINES.some((one) => one === state);
}

/** Whether a line in this state is with the issuer, or has been: a card is made for it. */
export const isMade = (state: LineState): boolean => state === 'in-production' || state === 'shipped';

/** `own`: on what the person or the vendor ordered; `any`: on every order of the business. */
export interface Permission {
  readonly right: Right;
  readonly reach: 'own' | 'any';
}

const orderers = [
  { right: 'orders.place', reach: 'own' },
  { right: 'orders.approve', reach: 'any' },
] as const satisfies Permission[];
const preparers = [{ right: 'orders.prepare', reach: 'own' }, ...orderers] as const satisfies Permission[];
const uploaders = [
  { right: 'orders.place', reach: 'any' },
  { right: 'orders.prepare', reach: 'any' },
] as const satisfies Permission[];
const approvers = [{ right: 'orders.approve', reach: 'any' }] as const satisfies Permission[];

/** Whoever placed or prepared the order, or asked the worker; the business at its address, its officers at their own; the vendor. */
type Told = 'orderer' | 'asker' | 'business' | 'officers' | 'vendor';

/** One way for a line to go on. */
interface Transition {
  /** People by their rights, in each state that it starts from; the worker; the issuer's reviewer; or a task, by its name. */
  readonly by:
    Readonly<Partial<Record<LineState, readonly Permission[]>>> | 'worker' | 'reviewer' | `task:${string}`;
  readonly from: readonly LineState[];
  /** Empty: the line stays where it is. */
  readonly to: readonly LineState[];
  /** The action in the audit. */
  readonly audit: string;
  /** The notice that tells of it and those who get it, besides whoever did it; or nobody is told. */
  readonly tells: { readonly notice: string; readonly whom: readonly Told[] } | null;
}

/**
 * Every way that a line goes, by whom, what the audit calls it and whom it tells. What is not here does not happen: pages
 * and tasks ask this table, and the database holds every update to the same one (`line_may_move`).
 */
export const TRANSITIONS = {
  approve: {
    by: { 'awaiting-approval': approvers },
    from: ['awaiting-approval'],
    to: ['awaiting-media', 'under-review'],
    audit: 'order.approved',
    tells: { notice: 'orders:notice.approved', whom: ['orderer'] },
  },
  'add-photo': {
    by: { 'awaiting-approval': uploaders, 'awaiting-media': uploaders, 'under-review': uploaders },
    from: ['awaiting-media'],
    to: ['under-review'],
    audit: 'photo.added',
    tells: null,
  },
  'add-document': {
    by: { 'awaiting-approval': uploaders, 'awaiting-media': uploaders, 'under-review': uploaders },
    from: ['awaiting-media'],
    to: ['under-review'],
    audit: 'document.added',
    tells: null,
  },
  deliver: {
    by: 'worker',
    from: ['awaiting-media'],
    to: ['under-review'],
    audit: 'media.delivered',
    tells: { notice: 'worker-uploads:notice.delivered', whom: ['asker'] },
  },
  cancel: {
    by: {
      'awaiting-approval': preparers,
      'awaiting-media': orderers,
      'under-review': orderers,
      ready: orderers,
    },
    from: ['awaiting-approval', 'awaiting-media', 'under-review', 'ready'],
    to: ['cancelled'],
    audit: 'order.cancelled',
    tells: { notice: 'orders:notice.taken-back', whom: ['orderer'] },
  },
  lapse: {
    by: 'task:orders.lapse',
    from: ['awaiting-approval'],
    to: ['cancelled'],
    audit: 'order.lapsed',
    tells: { notice: 'orders:notice.lapsed', whom: ['business', 'officers', 'vendor'] },
  },
  pass: { by: 'reviewer', from: ['under-review'], to: ['ready'], audit: 'media.accepted', tells: null },
  'send-back': {
    by: 'reviewer',
    from: ['under-review'],
    to: ['awaiting-media'],
    audit: 'media.rejected',
    tells: { notice: 'media-review:notice.rejected', whom: ['orderer', 'business'] },
  },
  refuse: {
    by: 'reviewer',
    from: ['under-review'],
    to: ['rejected'],
    audit: 'line.rejected',
    tells: { notice: 'media-review:notice.refused', whom: ['orderer', 'business'] },
  },
  produce: {
    by: 'task:cards.produce',
    from: ['ready'],
    to: ['in-production'],
    audit: 'cards.issue',
    tells: null,
  },
  recall: {
    by: 'task:cards.send-batch',
    from: ['in-production'],
    to: ['ready'],
    audit: 'cards.recall',
    tells: null,
  },
  ship: {
    by: 'task:cards.follow-batch',
    from: ['in-production'],
    to: ['shipped'],
    audit: 'cards.ship',
    tells: null,
  },
  close: {
    by: 'task:media-review.clean',
    from: ['shipped'],
    to: ['closed'],
    audit: 'lines.closed',
    tells: null,
  },
} as const satisfies Record<string, Transition>;

/** What people do to a line by their rights. */
export type LineAction = {
  [Key in keyof typeof TRANSITIONS]: (typeof TRANSITIONS)[Key]['by'] extends string ? never : Key;
}[keyof typeof TRANSITIONS];

/** Every right that allows the action in some state: what an action asks for before it knows the line. */
export function rightsFor(action: LineAction): readonly [Right, ...Right[]] {
  switch (action) {
    case 'approve':
      return ['orders.approve'];
    case 'add-photo':
    case 'add-document':
      return ['orders.place', 'orders.prepare'];
    case 'cancel':
      return ['orders.place', 'orders.approve', 'orders.prepare'];
  }
}

/** Whether the asker may do it to the line now. `holds` answers for one right on this order; pure. */
export function mayDo(
  action: LineAction,
  line: { readonly state: LineState; readonly own: boolean },
  holds: (right: Right) => boolean,
): boolean {
  const by: Partial<Record<LineState, readonly Permission[]>> = TRANSITIONS[action].by;
  return (by[line.state] ?? []).some(({ right, reach }) => (reach === 'any' || line.own) && holds(right));
}

/** The state that a line is in once its order is placed: it needs a photo and an identity document to be reviewed. */
export function placedState(has: { readonly photo: boolean; readonly document: boolean }): LineState {
  return has.photo && has.document ? 'under-review' : 'awaiting-media';
}

/** How far an order has come, as people are told: the state of the line that has the longest way left. */
export const ORDER_STAGES = [
  'awaiting-approval',
  'awaiting-media',
  'under-review',
  'in-production',
  'shipped',
  'closed',
  'rejected',
  'cancelled',
] as const satisfies LineState[];
export type OrderStage = (typeof ORDER_STAGES)[number];

/** Derives it from the states of the order's lines; those taken back or rejected count only when there are no others. */
export function orderStage(lines: readonly LineState[]): OrderStage {
  const stages = lines.map((state) => (state === 'ready' ? 'in-production' : state));
  return ORDER_STAGES.find((stage) => stages.includes(stage)) ?? 'cancelled';
}

/** Kortvakt's own bound on one order: what one page can show, and one invoice explain. */
export const MAX_LINES = 100;

/** A mandate's limits; null: none. Øre are official price plus fee, excluding VAT. */
export interface Limits {
  readonly cardsPerOrder: number | null;
  readonly cardsPerMonth: number | null;
  readonly orePerMonth: number | null;
}

/** What makes a placing a preparing: a limit of the mandate, or a vendor's address that the business has not approved. */
export const LIMITS = ['cards-per-order', 'cards-per-month', 'ore-per-month', 'new-address'] as const;
export type Limit = (typeof LIMITS)[number];

/** Cards and what they cost excluding VAT: of one order, or of a month's placed orders. */
export interface Volume {
  readonly cards: number;
  readonly ore: number;
}

/** The limit that an order would break, so that placing it becomes preparing it; undefined when it breaks none. */
export function limitReached(order: Volume, placedThisMonth: Volume, limits: Limits): Limit | undefined {
  const above = (value: number, limit: number | null) => limit !== null && value > limit;
  if (above(order.cards, limits.cardsPerOrder)) return 'cards-per-order';
  if (above(placedThisMonth.cards + order.cards, limits.cardsPerMonth)) return 'cards-per-month';
  if (above(placedThisMonth.ore + order.ore, limits.orePerMonth)) return 'ore-per-month';
  return undefined;
}

/** Whether a card is ordered and on its way or made: what a confirmation can be shown of. */
export function isOrdered(state: LineState): boolean {
  return state !== 'awaiting-approval' && state !== 'cancelled' && state !== 'rejected';
}

/** Whether the card is still to be made: what can be shown of it is how it will look. */
export function isPlanned(state: LineState): boolean {
  return ['awaiting-approval', 'awaiting-media', 'under-review', 'ready'].includes(state);
}

/** A card may be renewed when it expires within so many days; the database's `worker_obstacle` holds it. */
export const RENEWAL_DAYS = 90;

/** Why a worker who has a valid card gets another: the one they have is blocked when it is ordered. */
export const REPLACEMENT_REASONS = ['lost', 'stolen', 'damaged', 'new-name'] as const;
export type ReplacementReason = (typeof REPLACEMENT_REASONS)[number];

/** An order that nobody has approved lapses after so many days. */
export const APPROVAL_DAYS = 14;

/** When an order placed at that time lapses if nobody approves it. */
export function lapseTime(placedAt: Date): Date {
  return new Date(placedAt.getTime() + APPROVAL_DAYS * 86_400_000);
}

/** How many times a day a vendor may ask for a worker that it cannot order for; the database holds it. */
export const MAX_MISSES_A_DAY = 20;

/** Where the cards are sent. */
export interface DeliveryAddress {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly postalCode: string;
  readonly place: string;
}

/** Names the registered address of the business among those that it keeps. */
export const REGISTERED = 'registered';

/** Names the postal address of the unit that the cards are for. */
export const OF_UNIT = 'unit';

/** Names, for orders of several units at once, each one's postal address where it has its own; else the registered address. */
export const OF_EACH_UNIT = 'each-unit';

/** One of the addresses that the business has its cards sent to: `OF_UNIT`, `OF_EACH_UNIT`, `REGISTERED`, or by its id. */
export interface KeptAddress {
  readonly kept: string;
}

/** What is wrong with an address as typed: no such postal code, or that of another place, which is named. */
export type AddressProblem =
  | { readonly field: 'postalCode'; readonly problem: 'unknown' }
  | { readonly field: 'place'; readonly problem: 'other'; readonly place: string };

/** The address that was typed, with the place as Posten writes it; `place` may be left empty. */
export function deliveryAddress(typed: {
  readonly recipient: string;
  readonly street: string;
  readonly postalCode: string;
  readonly place: string;
}): Result<DeliveryAddress, AddressProblem> {
  const { recipient, street, postalCode } = typed;
  const place = placeOfPostalCode(postalCode);
  if (place === undefined) return err({ field: 'postalCode', problem: 'unknown' });
  if (typed.place !== '' && typed.place.toLocaleUpperCase('nb') !== place) {
    return err({ field: 'place', problem: 'other', place });
  }
  const lines = street
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return ok({ recipient, lines, postalCode, place });
}
