import { lastDayToEnd, addDays, osloToday, startOfDay, type PlainDate } from '../kernel/dates.ts';

/** Who can mend a condition that fails: the employer, the worker, an officer of the employer, who orders cards for it, or nobody for this card. */
export type Mender = 'employer' | 'worker' | 'officer' | 'orderer' | 'nobody';

/** What is asked of a card; each requirement fails under one code at a time. */
export type Requirement =
  | 'block'
  | 'business'
  | 'person'
  | 'employment'
  | 'permit'
  | 'approval'
  | 'staffing'
  | 'vat'
  | 'number'
  | 'expiry';

interface About {
  readonly requirement: Requirement;
  readonly mender: Mender;
  /** The card stays valid for a while although it is so already. */
  readonly grace: boolean;
  /** So many days before it fails, where that can be foreseen, those concerned are told. */
  readonly warnDays: readonly number[];
}

/**
 * Every way in which a card can be invalid, by the code under which checks, notices and pages know it; of several that hold
 * at once the first is told as the reason. The words are `cards:condition.<code>`.
 */
export const CONDITIONS = {
  LOST: { requirement: 'block', mender: 'nobody', grace: false, warnDays: [] },
  STOLEN: { requirement: 'block', mender: 'nobody', grace: false, warnDays: [] },
  RETURNED: { requirement: 'block', mender: 'nobody', grace: false, warnDays: [] },
  DESTROYED: { requirement: 'block', mender: 'nobody', grace: false, warnDays: [] },
  SEIZED: { requirement: 'block', mender: 'nobody', grace: false, warnDays: [] },
  BLOCKED: { requirement: 'block', mender: 'nobody', grace: false, warnDays: [] },
  EXPIRED: { requirement: 'expiry', mender: 'employer', grace: false, warnDays: [90, 30, 7] },
  ORG_NOT_FOUND: { requirement: 'business', mender: 'employer', grace: false, warnDays: [] },
  ORG_DISSOLVED: { requirement: 'business', mender: 'employer', grace: false, warnDays: [30] },
  ORG_BANKRUPT: { requirement: 'business', mender: 'nobody', grace: false, warnDays: [] },
  FREG_DECEASED: { requirement: 'person', mender: 'nobody', grace: false, warnDays: [] },
  FREG_UNKNOWN: { requirement: 'person', mender: 'worker', grace: false, warnDays: [] },
  AA_NOT_EMPLOYED: { requirement: 'employment', mender: 'employer', grace: false, warnDays: [] },
  AA_ENDED: { requirement: 'employment', mender: 'employer', grace: false, warnDays: [30, 7] },
  SFU_NOT_ASSIGNED: { requirement: 'employment', mender: 'employer', grace: false, warnDays: [30, 7] },
  // The holder is told; the officers are by the reminder to confirm.
  DECLARATION_ENDED: { requirement: 'employment', mender: 'officer', grace: false, warnDays: [30, 7] },
  PERMIT_MISSING: { requirement: 'permit', mender: 'orderer', grace: true, warnDays: [30, 7] },
  PERMIT_EXPIRED: { requirement: 'permit', mender: 'orderer', grace: false, warnDays: [90, 30, 7] },
  CLEANING_NOT_APPROVED: { requirement: 'approval', mender: 'employer', grace: true, warnDays: [30, 7] },
  CARCARE_NOT_APPROVED: { requirement: 'approval', mender: 'employer', grace: true, warnDays: [30, 7] },
  AGENCY_NOT_REGISTERED: { requirement: 'staffing', mender: 'employer', grace: true, warnDays: [30, 7] },
  VAT_MISSING: { requirement: 'vat', mender: 'employer', grace: false, warnDays: [] },
  DNR_INACTIVE: { requirement: 'number', mender: 'worker', grace: true, warnDays: [14] },
} as const satisfies Readonly<Record<string, About>>;
export type ConditionCode = keyof typeof CONDITIONS;

/** What an installation decides about conditions where the rules leave it open. */
export interface ConditionSettings {
  /** Forms of businesses, as Enhetsregisteret has them, that have to be in the VAT register. */
  readonly vatForms: readonly string[];
  /** Days for which a card stays valid when an approval is gone without having been refused. */
  readonly approvalGraceDays: number;
  /** Days for which a card stays valid when a permit to stay has become due and nobody has declared one. */
  readonly permitGraceDays: number;
  /** When the registers have been silent for so many hours, it is said beside the state. */
  readonly unconfirmedHours: number;
}

/** A D-number that is no longer active ends cards after so many days. */
const INACTIVE_NUMBER_DAYS = 30;

/** Why somebody works in the business, with the days it holds; `to` is the last one. */
export interface Tie {
  readonly source: 'register' | 'assignment' | 'declared';
  readonly from: PlainDate;
  readonly to: PlainDate | null;
  /** Until when an officer stands by it, exclusive; null where nobody does. Of what is declared only. */
  readonly declaredUntil: Date | null;
}

/** Where the business stands with a register of the Labour Inspection Authority, and since when. */
export interface Standing {
  readonly standing: string;
  readonly since: Date;
}

/** What a card's conditions turn on: the last answer of each register, however old, and what officers declared. */
export interface ConditionFacts {
  readonly cardType: string;
  readonly expiresAt: Date;
  readonly blockedReason: string | null;
  readonly business: {
    readonly form: string;
    readonly missing: boolean;
    readonly dissolvedOn: PlainDate | null;
    readonly bankrupt: boolean;
    readonly vatRegistered: boolean;
  };
  readonly ties: readonly Tie[];
  readonly person: {
    readonly registered: boolean;
    readonly deceased: boolean;
    readonly inactiveSince: Date | null;
    /** Since when a permit to stay has been due; null where none is. */
    readonly permitDueSince: Date | null;
  } | null;
  /** The last day of the permit to stay that was declared; null where none was. */
  readonly permitLastDay: PlainDate | null;
  /** By register. None where it has never been read for the business. */
  readonly approvals: Readonly<Partial<Record<string, Standing>>>;
  /** The holder has a card of the business that is valid for longer. */
  readonly replaced: boolean;
}

/** That a requirement fails, or will as things are now; `at` is the first instant at which it does. */
export interface Failure {
  readonly code: ConditionCode;
  readonly at: Date;
}

/** How a requirement stands: it holds, holds until an end that can be foreseen (or is in a period of grace), or fails. */
export type Verdict = { readonly requirement: Requirement } & (
  { readonly state: 'holds' } | ({ readonly state: 'foreseen' | 'fails' } & Failure)
);

interface Rule {
  readonly requirement: Requirement;
  /** Whether it is asked of this card at all. */
  readonly due: (facts: ConditionFacts, settings: ConditionSettings) => boolean;
  readonly failure: (facts: ConditionFacts, settings: ConditionSettings, now: Date) => Failure | undefined;
}

/** A register tells that something is so, and not since when. */
const SINCE_EVER = new Date(0);
const always = () => true;
const when = (fails: boolean, code: ConditionCode, at = SINCE_EVER): Failure | undefined =>
  fails ? { code, at } : undefined;

const RULES: readonly Rule[] = [
  {
    requirement: 'block',
    due: always,
    failure: ({ blockedReason }) =>
      blockedReason === null ? undefined : { code: blockCode(blockedReason), at: SINCE_EVER },
  },
  {
    requirement: 'expiry',
    due: always,
    failure: ({ expiresAt }) => ({ code: 'EXPIRED', at: expiresAt }),
  },
  {
    requirement: 'business',
    due: always,
    failure: ({ business: { missing, dissolvedOn, bankrupt } }) =>
      when(missing, 'ORG_NOT_FOUND') ??
      when(bankrupt, 'ORG_BANKRUPT') ??
      (dissolvedOn === null ? undefined : { code: 'ORG_DISSOLVED', at: startOfDay(dissolvedOn) }),
  },
  {
    requirement: 'person',
    due: always,
    failure: ({ person }) =>
      when(person?.deceased === true, 'FREG_DECEASED') ?? when(person?.registered === false, 'FREG_UNKNOWN'),
  },
  { requirement: 'employment', due: always, failure: ({ ties }, _, now) => employmentFailure(ties, now) },
  {
    requirement: 'permit',
    due: ({ person }) => person !== null && person.permitDueSince !== null,
    failure: ({ person, permitLastDay }, { permitGraceDays }) => {
      if (permitLastDay !== null) return { code: 'PERMIT_EXPIRED', at: lastDayToEnd(permitLastDay) };
      const since = person?.permitDueSince ?? undefined;
      return since && { code: 'PERMIT_MISSING', at: daysAfter(since, permitGraceDays) };
    },
  },
  {
    requirement: 'approval',
    due: ({ cardType }) => cardType === 'cleaning' || cardType === 'car-care',
    failure: ({ cardType, approvals }, { approvalGraceDays }) =>
      approvalFailure(
        approvals[cardType],
        cardType === 'cleaning' ? 'CLEANING_NOT_APPROVED' : 'CARCARE_NOT_APPROVED',
        approvalGraceDays,
      ),
  },
  {
    requirement: 'staffing',
    due: ({ approvals }) => approvals['staffing'] !== undefined,
    failure: ({ approvals }, { approvalGraceDays }) =>
      approvalFailure(approvals['staffing'], 'AGENCY_NOT_REGISTERED', approvalGraceDays),
  },
  {
    requirement: 'vat',
    due: ({ business }, { vatForms }) => vatForms.includes(business.form),
    failure: ({ business }) => when(!business.vatRegistered, 'VAT_MISSING'),
  },
  {
    requirement: 'number',
    due: always,
    failure: ({ person }) => {
      const since = person?.inactiveSince ?? undefined;
      return since && { code: 'DNR_INACTIVE', at: daysAfter(since, INACTIVE_NUMBER_DAYS) };
    },
  },
];

/**
 * How every requirement that is due of the card stands now. A register that is silent changes nothing here: its last answer
 * is what there is.
 */
export function judge(facts: ConditionFacts, settings: ConditionSettings, now: Date): Verdict[] {
  return RULES.filter((rule) => rule.due(facts, settings)).map(({ requirement, failure }) => {
    const found = failure(facts, settings, now);
    if (found === undefined) return { requirement, state: 'holds' };
    return { requirement, state: found.at <= now ? 'fails' : 'foreseen', ...found };
  });
}

/** Whether the registers have been silent for longer than the installation likes. */
export function isUnconfirmed(
  confirmedAt: Date | null,
  { unconfirmedHours }: Pick<ConditionSettings, 'unconfirmedHours'>,
  now: Date,
): boolean {
  return confirmedAt !== null && confirmedAt.getTime() < now.getTime() - unconfirmedHours * 3_600_000;
}

/** A card is valid while nothing fails. */
export function isValid(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ state }) => state !== 'fails');
}

/** Why the card is suspended, null when it is not: what blocks it or ends it for good is no suspension. */
export function suspensionOf(verdicts: readonly Verdict[]): ConditionCode | null {
  const failing = verdicts.flatMap((verdict) => (verdict.state === 'fails' ? [verdict.code] : []));
  const passing = failing.filter((code) => !['block', 'expiry'].includes(CONDITIONS[code].requirement));
  return ORDER.find((code) => passing.includes(code)) ?? null;
}

const ORDER = Object.keys(CONDITIONS) as ConditionCode[];

/** That those concerned are to be told of what will fail: in at most so many `days`, one of the steps of its condition. */
export interface Warning extends Failure {
  readonly days: number;
}

/** What is to be told of a card that is valid: of each requirement the nearest step that has come. */
export function warningsOf(facts: ConditionFacts, verdicts: readonly Verdict[], now: Date): Warning[] {
  if (!isValid(verdicts)) return [];
  return verdicts.flatMap((verdict) => {
    if (verdict.state !== 'foreseen') return [];
    const { code, at } = verdict;
    // Nobody has to renew what has been renewed.
    if (code === 'EXPIRED' && facts.replaced) return [];
    const left = (at.getTime() - now.getTime()) / DAY_MS;
    const steps: readonly number[] = CONDITIONS[code].warnDays;
    const reached = steps.filter((step) => left <= step);
    return reached.length === 0 ? [] : [{ code, at, days: Math.min(...reached) }];
  });
}

const DAY_MS = 86_400_000;

/** So many days after the holder has left, the business is asked what became of the card. */
const RETURN_DAYS = [7, 30, 90];

/** That the holder has left and nobody has said what became of the card; `at` is when they left, `days` the step that has come. */
export function returnOf(verdicts: readonly Verdict[], now: Date): Warning | undefined {
  const employment = verdicts.find(({ requirement }) => requirement === 'employment');
  if (employment?.state !== 'fails' || employment.at <= SINCE_EVER) return undefined;
  const { code, at } = employment;
  const days = RETURN_DAYS.findLast((step) => now.getTime() - at.getTime() >= step * DAY_MS);
  return days === undefined ? undefined : { code, at, days };
}

/** The Oslo midnight that ends so many whole days after that day. */
function daysAfter(since: Date, days: number): Date {
  return lastDayToEnd(addDays(osloToday(since), days));
}

function blockCode(reason: string): ConditionCode {
  const code = reason.toUpperCase();
  return code in CONDITIONS ? (code as ConditionCode) : 'BLOCKED';
}

const GOOD_STANDINGS = ['approved', 'approved-without-staff', 'card-order'];

/**
 * Refused, it fails at once; no longer in the register, or applied for anew, it fails after the period of grace. A register that
 * was never read, or says what we do not know, fails nothing.
 */
function approvalFailure(
  found: Standing | undefined,
  code: ConditionCode,
  graceDays: number,
): Failure | undefined {
  if (found === undefined || found.standing === 'unknown' || GOOD_STANDINGS.includes(found.standing))
    return undefined;
  return { code, at: found.standing === 'not-approved' ? found.since : daysAfter(found.since, graceDays) };
}

interface Span {
  readonly source: Tie['source'];
  readonly from: number;
  readonly end: number;
}

const ENDED: Readonly<Record<Tie['source'], ConditionCode>> = {
  register: 'AA_ENDED',
  assignment: 'SFU_NOT_ASSIGNED',
  declared: 'DECLARATION_ENDED',
};

/**
 * The holder works in the business as long as one tie or the next that follows it without a gap holds; somebody in two units
 * has one card. What fails is named after the tie that ends last.
 */
function employmentFailure(ties: readonly Tie[], now: Date): Failure | undefined {
  const spans = ties.map(spanOf).toSorted((a, b) => a.end - b.end);
  const at = now.getTime();
  let last = spans.findLast(({ from, end }) => from <= at && at < end);
  if (last === undefined) return lapsed(spans, at);
  for (;;) {
    const held: Span = last;
    const next = spans.findLast(({ from, end }) => from <= held.end && end > held.end);
    if (next === undefined) break;
    last = next;
  }
  return last.end === Infinity ? undefined : { code: ENDED[last.source], at: new Date(last.end) };
}

function spanOf({ source, from, to, declaredUntil }: Tie): Span {
  const begins = startOfDay(from).getTime();
  if (source === 'declared') return { source, from: begins, end: declaredUntil?.getTime() ?? 0 };
  return { source, from: begins, end: to === null ? Infinity : lastDayToEnd(to).getTime() };
}

/** Nothing holds now: what ended last, or what is only to begin. */
function lapsed(spans: readonly Span[], at: number): Failure {
  const ended = spans.findLast(({ end }) => end <= at);
  if (ended !== undefined) return { code: ENDED[ended.source], at: new Date(ended.end) };
  const [coming] = spans;
  const assigned = coming?.source === 'assignment';
  return { code: assigned ? 'SFU_NOT_ASSIGNED' : 'AA_NOT_EMPLOYED', at: SINCE_EVER };
}
