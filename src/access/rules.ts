import type { ContextFacts, MandateFacts } from '../database/transaction.ts';

/** Every right of the system; see docs/access.md. */
export const RIGHTS = [
  'orders.prepare',
  'orders.place',
  'orders.read',
  'orders.approve',
  'cards.read',
  'cards.block',
  'workers.read',
  'invoices.read',
  'contact.change',
  'access.manage',
  'agreements.sign',
  'messages.read',
] as const;
export type Right = (typeof RIGHTS)[number];

/** What a right may be given to: the two columns of the design's table. `risk`: off unless ticked, shown as a risk. */
export const GRANTABLE = {
  'orders.prepare': { person: 'yes', vendor: 'yes' },
  'orders.place': { person: 'yes', vendor: 'yes' },
  'orders.read': { person: 'yes', vendor: 'yes' },
  'orders.approve': { person: 'yes', vendor: 'never' },
  'cards.read': { person: 'yes', vendor: 'yes' },
  'cards.block': { person: 'yes', vendor: 'yes' },
  'workers.read': { person: 'yes', vendor: 'risk' },
  'invoices.read': { person: 'yes', vendor: 'risk' },
  'contact.change': { person: 'yes', vendor: 'never' },
  'access.manage': { person: 'yes', vendor: 'never' },
  'agreements.sign': { person: 'never', vendor: 'never' },
  'messages.read': { person: 'yes', vendor: 'never' },
} as const satisfies Record<Right, Record<'person' | 'vendor', 'yes' | 'risk' | 'never'>>;

/** The rights that a business may give to a holder of this kind. */
export function grantableRights(holder: 'person' | 'vendor'): Right[] {
  return RIGHTS.filter((right) => GRANTABLE[right][holder] !== 'never');
}

/**
 * What a right is used on. Left out: the business at large, as for a list, of which the database then shows the part that
 * the mandate reaches.
 */
export interface Subject {
  /** The unit concerned; a mandate for some units refuses the others. */
  readonly unitId?: string;
  /** The worker concerned; a mandate for named workers refuses the others. To be given with the worker's unit. */
  readonly workerId?: string;
  /** On whose behalf the thing was made: a vendor reaches only its own. `null`: made by the business itself. */
  readonly madeByVendorId?: string | null;
}

/** Why not. Each has words in every language under `access:refusal.*`: what refused, and who can change it. */
export const REFUSALS = [
  'not-signed-in',
  'no-relation',
  'business-closed',
  'mandate-not-started',
  'mandate-expired',
  'mandate-ended',
  'mandate-suspended',
  'review-missed',
  'frozen',
  'giver-lost-right',
  'not-assigned',
  'no-tie',
  'belongs-to-vendor',
  'no-agreement',
  'no-quote',
  'vendor-barred',
  'approved-at-low-level',
  'never-for-vendor',
  'right-not-given',
  'other-unit',
  'other-worker',
  'not-the-vendors-own',
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** The answer to "may this actor use this right on this subject now?", with the mandate that allowed it. */
export type Decision =
  | { readonly allowed: true; readonly by: 'office' }
  | { readonly allowed: true; readonly by: 'mandate'; readonly mandateId: string }
  | { readonly allowed: false; readonly refusal: Refusal };

const APPROVAL_WINDOW_MS = 5 * 60 * 1000;

const refuse = (refusal: Refusal): Decision => ({ allowed: false, refusal });

/**
 * The decision: pure, synchronous, total, default deny. `facts` are what the database resolved for this request; the
 * period's start is inclusive and its end exclusive. A right that does not exist is nobody's, and at a time that is none
 * nothing is in force.
 */
export function decide(facts: ContextFacts, right: Right, subject: Subject, now: Date): Decision {
  if (!facts.session) return refuse('not-signed-in');
  if (!facts.business) return refuse('no-relation');
  if (!Object.hasOwn(GRANTABLE, right)) return refuse('right-not-given');
  if (facts.business.dissolved) return refuse('business-closed');
  if (!facts.mandate) return decideForOfficer(facts.roles, facts.business.bankrupt);
  if (facts.business.bankrupt) return refuse('business-closed');
  const obstacle = obstacleOf(facts.mandate, now) ?? limitOf(facts.mandate, right, subject);
  return obstacle === undefined
    ? { allowed: true, by: 'mandate', mandateId: facts.mandate.id }
    : refuse(obstacle);
}

function decideForOfficer(roles: readonly string[], bankrupt: boolean): Decision {
  if (roles.length === 0) return refuse('no-relation');
  // In bankruptcy only the administrator acts (konkursloven § 85 and on).
  if (bankrupt && !roles.includes('BOBE')) return refuse('business-closed');
  return { allowed: true, by: 'office' };
}

/** What keeps a mandate from being in force for this person now; undefined when nothing does. */
export function obstacleOf(mandate: MandateFacts, now: Date): Refusal | undefined {
  if (mandate.endedAt) return 'mandate-ended';
  if (mandate.frozenAt) return 'frozen';
  if (mandate.suspendedAt) return mandate.suspendedFor === 'review' ? 'review-missed' : 'mandate-suspended';
  if (mandate.confirmBy && !(now < mandate.confirmBy)) return 'giver-lost-right';
  if (!(now >= mandate.startsAt)) return 'mandate-not-started';
  if (!(now < mandate.endsAt)) return 'mandate-expired';
  if (!mandate.assigned) return 'not-assigned';
  return mandate.holder === 'vendor' ? vendorObstacle(mandate, now) : personObstacle(mandate);
}

function personObstacle(mandate: MandateFacts): Refusal | undefined {
  if (mandate.holderIsVendorPerson) return 'belongs-to-vendor';
  return mandate.tieHolds ? undefined : 'no-tie';
}

function vendorObstacle(mandate: MandateFacts, now: Date): Refusal | undefined {
  if (!mandate.vendor?.registered || mandate.vendor.barredAt) return 'vendor-barred';
  if (!mandate.agreementActive) return 'no-agreement';
  if (!mandate.quote || !(now < mandate.quote.validUntil)) return 'no-quote';
  const approvedInTime = mandate.approvedWithinMs >= 0 && mandate.approvedWithinMs <= APPROVAL_WINDOW_MS;
  return mandate.approvedAcr === 'high' && approvedInTime ? undefined : 'approved-at-low-level';
}

function limitOf(mandate: MandateFacts, right: Right, subject: Subject): Refusal | undefined {
  if (GRANTABLE[right][mandate.holder] === 'never') {
    return mandate.holder === 'vendor' ? 'never-for-vendor' : 'right-not-given';
  }
  if (!mandate.rights.includes(right)) return 'right-not-given';
  if (mandate.units && !unitReached(subject, mandate.units)) return 'other-unit';
  if (mandate.workers && subject.workerId !== undefined && !mandate.workers.includes(subject.workerId)) {
    return 'other-worker';
  }
  const { vendor } = mandate;
  const foreign = vendor && subject.madeByVendorId !== undefined && subject.madeByVendorId !== vendor.id;
  return foreign ? 'not-the-vendors-own' : undefined;
}

/** A worker whose unit is not said is in none of the units. */
function unitReached({ unitId, workerId }: Subject, units: readonly string[]): boolean {
  return unitId === undefined ? workerId === undefined : units.includes(unitId);
}

/** Whether a person is known in the business at all: only they are told why they are refused; others see "not found". */
export function isInsider(facts: ContextFacts): boolean {
  return facts.roles.length > 0 || (facts.mandate !== null && facts.mandate !== undefined);
}
