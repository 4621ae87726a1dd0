import { z } from 'zod';
import type { ContextFacts } from '../database/transaction.ts';
import {
  addDays,
  addMonths,
  lastDayToEnd,
  osloToday,
  parsePlainDate,
  type PlainDate,
  startOfDay,
} from '../kernel/dates.ts';
import { GRANTABLE, type Right, RIGHTS } from './rules.ts';
import { type Limits, MAX_NAMED_WORKERS, type Reach, type Scope, type Terms, withinScope } from './terms.ts';

/** A mandate as someone proposes to give it. */
export interface Proposal extends Scope {
  readonly rights: readonly Right[];
  /** The first day that it holds, in Oslo; null: from the moment that it is given. */
  readonly firstDay: PlainDate | null;
  /** The last day that it holds, in Oslo. */
  readonly lastDay: PlainDate;
  readonly purpose: string;
  readonly limits: Limits;
}

export type Holder = 'person' | 'vendor';

/** What is wrong with a proposal, by the part that has to be changed. Each has words under `access:problem.*`. */
export type ProposalProblems = Partial<{
  readonly rights: 'none' | 'never' | 'officers-only' | 'more-than-own';
  readonly units: 'none' | 'foreign' | 'more-than-own';
  readonly workers: 'none' | 'foreign' | 'too-many' | 'more-than-own';
  readonly firstDay: 'past' | 'too-far' | 'one-in-force';
  readonly lastDay: 'past' | 'before-first' | 'too-late' | 'more-than-own';
  readonly limits: 'more-than-own';
}>;

/** Longest period of a mandate, in calendar months from its start. */
const LONGEST_MONTHS = { vendor: 12, person: 24 } as const satisfies Record<Holder, number>;

/** How far ahead a mandate may begin, in calendar months: what is agreed now should not come as a surprise. */
const FURTHEST_START_MONTHS = 6;

/** The last day that a mandate given now may begin. */
export function latestFirstDay(now: Date): PlainDate {
  return addMonths(osloToday(now), FURTHEST_START_MONTHS);
}

/**
 * The latest last day of a mandate: so many whole months from its first day, and for one that starts now also what is left
 * of today; never past what can be stored.
 */
export function latestLastDay(holder: Holder, now: Date, firstDay: PlainDate | null = null): PlainDate {
  const months = LONGEST_MONTHS[holder];
  if (firstDay !== null && firstDay > osloToday(now)) return addDays(addMonths(firstDay, months), -1);
  const day = addMonths(osloToday(now), months);
  // The table counts months and a day from the start in UTC, which around summer time may be an hour short of Oslo's.
  const utcDay = parsePlainDate(now.toISOString().slice(0, 10));
  if (utcDay === undefined) return day;
  const storable = new Date(`${addDays(addMonths(utcDay, months), 1)}${now.toISOString().slice(10)}`);
  return lastDayToEnd(day) <= storable ? day : addDays(day, -1);
}

/** When a mandate that is given now begins. */
export function startOf({ firstDay }: Pick<Proposal, 'firstDay'>, now: Date): Date {
  return firstDay === null || firstDay <= osloToday(now) ? now : startOfDay(firstDay);
}

/** A proposal that was kept while its first day came: it begins when it is given. */
export function asOf(proposal: Proposal, now: Date): Proposal {
  const { firstDay } = proposal;
  return firstDay !== null && firstDay <= osloToday(now) ? { ...proposal, firstDay: null } : proposal;
}

/** What a mandate that is given now as proposed would hold. */
export function termsOf(proposal: Proposal, now: Date): Terms {
  const { rights, units, workers, limits, lastDay } = proposal;
  return {
    rights,
    units,
    workers,
    limits,
    startsAt: startOf(proposal, now),
    endsAt: lastDayToEnd(lastDay),
  };
}

/**
 * Why a proposal cannot become a mandate for such a holder; undefined when it can. Nobody gives more than they hold
 * (rights, scope, time, limits), and only officers give the right to manage access.
 * @param present the holder's mandate now, which a new one ends at once: so none that starts later may replace one in force
 */
export function problemsOf(
  proposal: Proposal,
  holder: Holder,
  facts: ContextFacts,
  reach: Reach,
  now: Date,
  present?: Pick<Terms, 'startsAt' | 'endsAt'>,
): ProposalProblems | undefined {
  const rights = rightsProblem(proposal.rights, holder, facts);
  const units = unitsProblem(proposal, facts, reach);
  const workers = workersProblem(proposal, facts, reach);
  const firstDay = firstDayProblem(proposal, now, present);
  const lastDay = lastDayProblem(proposal, holder, facts, now);
  const limits = limitsProblem(proposal, facts);
  const problems: ProposalProblems = {
    ...(rights && { rights }),
    ...(units && { units }),
    ...(workers && { workers }),
    ...(firstDay && { firstDay }),
    ...(lastDay && { lastDay }),
    ...(limits && { limits }),
  };
  return Object.keys(problems).length === 0 ? undefined : problems;
}

/** Why a right cannot be given to such a holder by this giver; undefined when it can. */
export function rightProblem(right: Right, holder: Holder, facts: ContextFacts): ProposalProblems['rights'] {
  if (GRANTABLE[right][holder] === 'never') return 'never';
  if (!facts.mandate) return undefined;
  if (right === 'access.manage') return 'officers-only';
  return facts.mandate.rights.includes(right) ? undefined : 'more-than-own';
}

function rightsProblem(
  rights: readonly Right[],
  holder: Holder,
  facts: ContextFacts,
): ProposalProblems['rights'] {
  if (rights.length === 0) return 'none';
  return rights.map((right) => rightProblem(right, holder, facts)).find((problem) => problem !== undefined);
}

function unitsProblem(proposal: Proposal, facts: ContextFacts, reach: Reach): ProposalProblems['units'] {
  const { units, workers } = proposal;
  if (units?.length === 0) return 'none';
  if (units?.every((unit) => reach.units.includes(unit)) === false) return 'foreign';
  // Of named workers it is told there.
  return workers === null && beyondOwn(proposal, facts) ? 'more-than-own' : undefined;
}

function workersProblem(proposal: Proposal, facts: ContextFacts, reach: Reach): ProposalProblems['workers'] {
  const { workers } = proposal;
  if (workers === null) return undefined;
  if (workers.length === 0) return 'none';
  if (workers.length > MAX_NAMED_WORKERS) return 'too-many';
  if (!workers.every((worker) => reach.workers.includes(worker))) return 'foreign';
  return beyondOwn(proposal, facts) ? 'more-than-own' : undefined;
}

function beyondOwn(scope: Scope, { mandate }: ContextFacts): boolean {
  return mandate ? !withinScope(scope, mandate) : false;
}

function firstDayProblem(
  proposal: Proposal,
  now: Date,
  present: Pick<Terms, 'startsAt' | 'endsAt'> | undefined,
): ProposalProblems['firstDay'] {
  const { firstDay } = proposal;
  if (firstDay === null) return undefined;
  if (firstDay < osloToday(now)) return 'past';
  if (firstDay > latestFirstDay(now)) return 'too-far';
  const inForce = present !== undefined && present.startsAt <= now && now < present.endsAt;
  return inForce && startOf(proposal, now) > now ? 'one-in-force' : undefined;
}

function lastDayProblem(
  { firstDay, lastDay }: Proposal,
  holder: Holder,
  facts: ContextFacts,
  now: Date,
): ProposalProblems['lastDay'] {
  if (lastDay < osloToday(now)) return 'past';
  if (firstDay !== null && lastDay < firstDay) return 'before-first';
  if (lastDay > latestLastDay(holder, now, firstDay)) return 'too-late';
  return facts.mandate && lastDayToEnd(lastDay) > facts.mandate.endsAt ? 'more-than-own' : undefined;
}

function limitsProblem({ limits, rights }: Proposal, { mandate }: ContextFacts): ProposalProblems['limits'] {
  if (!mandate || !rights.includes('orders.place')) return undefined;
  const exceeds = (given: number | null, own: number | null) =>
    own !== null && (given === null || given > own);
  const more =
    exceeds(limits.cardsPerOrder, mandate.cardsPerOrder) ||
    exceeds(limits.cardsPerMonth, mandate.cardsPerMonth) ||
    exceeds(limits.orePerMonth, mandate.orePerMonth);
  return more ? 'more-than-own' : undefined;
}

const plainDate = z.string().transform((text, context) => {
  const day = parsePlainDate(text);
  if (day !== undefined) return day;
  context.addIssue({ code: 'custom', message: 'web:form.date' });
  return z.NEVER;
});

/** Reads a proposal back from where it was kept. */
export const storedProposal: z.ZodType<Proposal> = z.object({
  rights: z.array(z.enum(RIGHTS)),
  units: z.array(z.string()).nullable(),
  // Kept before there were named workers and a first day of one's choice.
  workers: z.array(z.string()).nullable().default(null),
  firstDay: plainDate.nullable().default(null),
  lastDay: plainDate,
  purpose: z.string(),
  limits: z.object({
    cardsPerOrder: z.number().nullable(),
    cardsPerMonth: z.number().nullable(),
    orePerMonth: z.number().nullable(),
  }),
});

/** A proposal as the audit keeps it: without the free text, which may name people. */
export function changesOf(proposal: Proposal): Readonly<Record<string, unknown>> {
  const { purpose: _purpose, ...changes } = proposal;
  return changes;
}

const STEP_UP_WINDOW_MS = 5 * 60 * 1000;

/**
 * Whether the person logged in at the high level within the last five minutes, and where the business requires it, used a
 * passkey as well; never in a browser that a vendor has used, before the person has shown, by a letter or a passkey, that it
 * is they: a lent eID passes a step-up.
 */
export function stepUpFresh(facts: ContextFacts, now: Date): boolean {
  return facts.session?.heldFor === undefined && facts.passkey !== 'missing' && loginFresh(facts, now);
}

/** Whether the person logged in at the high level within the last five minutes, whatever else is needed. */
export function loginFresh({ session }: Pick<ContextFacts, 'session'>, now: Date): boolean {
  if (session?.acr !== 'high') return false;
  const age = now.getTime() - session.authTime.getTime();
  return age >= 0 && age <= STEP_UP_WINDOW_MS;
}
