import { z } from 'zod';
import type { ContextFacts } from '../database/transaction.ts';
import {
  addDays,
  addMonths,
  lastDayToEnd,
  osloToday,
  parsePlainDate,
  type PlainDate,
} from '../kernel/dates.ts';
import { GRANTABLE, type Right, RIGHTS } from './rules.ts';

/** What a placing may come to before it becomes a preparing; null: no limit. Øre without VAT, Oslo calendar months. */
export interface Limits {
  readonly cardsPerOrder: number | null;
  readonly cardsPerMonth: number | null;
  readonly orePerMonth: number | null;
}

/** A mandate as someone proposes to give it. */
export interface Proposal {
  readonly rights: readonly Right[];
  /** Ids of the business's units; null: the whole business. */
  readonly units: readonly string[] | null;
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
  readonly lastDay: 'past' | 'too-late' | 'more-than-own';
  readonly limits: 'more-than-own';
}>;

/** Longest period of a mandate, in calendar months. */
const LONGEST_MONTHS = { vendor: 12, person: 24 } as const satisfies Record<Holder, number>;

/** The latest last day of a mandate that starts now: the same day so many months on, and never past what can be stored. */
export function latestLastDay(holder: Holder, now: Date): PlainDate {
  const months = LONGEST_MONTHS[holder];
  const day = addMonths(osloToday(now), months);
  // The table counts months and a day from the start in UTC, which around summer time may be an hour short of Oslo's.
  const utcDay = parsePlainDate(now.toISOString().slice(0, 10));
  if (utcDay === undefined) return day;
  const storable = new Date(`${addDays(addMonths(utcDay, months), 1)}${now.toISOString().slice(10)}`);
  return lastDayToEnd(day) <= storable ? day : addDays(day, -1);
}

/**
 * Why a proposal cannot become a mandate for such a holder; undefined when it can. Nobody gives more than they hold
 * (rights, units, time, limits), and only officers give the right to manage access.
 * @param businessUnits ids of the units that the business has now
 */
export function problemsOf(
  proposal: Proposal,
  holder: Holder,
  facts: ContextFacts,
  businessUnits: readonly string[],
  now: Date,
): ProposalProblems | undefined {
  const rights = rightsProblem(proposal.rights, holder, facts);
  const units = unitsProblem(proposal.units, facts, businessUnits);
  const lastDay = lastDayProblem(proposal.lastDay, holder, facts, now);
  const limits = limitsProblem(proposal, facts);
  const problems: ProposalProblems = {
    ...(rights && { rights }),
    ...(units && { units }),
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

function unitsProblem(
  units: readonly string[] | null,
  facts: ContextFacts,
  businessUnits: readonly string[],
): ProposalProblems['units'] {
  const own = facts.mandate?.units ?? null;
  if (units === null) return own === null ? undefined : 'more-than-own';
  if (units.length === 0) return 'none';
  if (!units.every((unit) => businessUnits.includes(unit))) return 'foreign';
  return own === null || units.every((unit) => own.includes(unit)) ? undefined : 'more-than-own';
}

function lastDayProblem(
  lastDay: PlainDate,
  holder: Holder,
  facts: ContextFacts,
  now: Date,
): ProposalProblems['lastDay'] {
  if (lastDay < osloToday(now)) return 'past';
  if (lastDay > latestLastDay(holder, now)) return 'too-late';
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

/** Reads a proposal back from where it was kept. */
export const storedProposal: z.ZodType<Proposal> = z.object({
  rights: z.array(z.enum(RIGHTS)),
  units: z.array(z.string()).nullable(),
  lastDay: z.string().transform((text, context) => {
    const day = parsePlainDate(text);
    if (day !== undefined) return day;
    context.addIssue({ code: 'custom', message: 'web:form.date' });
    return z.NEVER;
  }),
  purpose: z.string(),
  limits: z.object({
    cardsPerOrder: z.number().nullable(),
    cardsPerMonth: z.number().nullable(),
    orePerMonth: z.number().nullable(),
  }),
});

/** A proposal as the audit keeps it: without the free text, which may name people. */
export function changesOf({ rights, units, lastDay, limits }: Proposal): Readonly<Record<string, unknown>> {
  return { rights, units, lastDay, limits };
}

const STEP_UP_WINDOW_MS = 5 * 60 * 1000;

/** Whether the person logged in at the high level within the last five minutes. */
export function stepUpFresh(facts: ContextFacts, now: Date): boolean {
  const { session } = facts;
  if (session?.acr !== 'high') return false;
  const age = now.getTime() - session.authTime.getTime();
  return age >= 0 && age <= STEP_UP_WINDOW_MS;
}
