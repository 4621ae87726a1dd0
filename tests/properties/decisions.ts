import fc from 'fast-check';
import { expect } from 'vitest';
import { decide, type Decision, isInsider, RIGHTS, type Subject } from '../../src/access/rules.ts';
import { Cedar, namedPolicies } from './cedar.ts';
import { factsOf, mandatesFor } from './drawn-facts.ts';
import { histories, worldsOf } from './drawn-steps.ts';
import { type Asker, ASKERS, type Target, targetsIn, type World } from './drawn-world.ts';
import type { ContextFacts } from '../../src/database/transaction.ts';

/** How many decisions a run compares at least, and the seed that it draws from: given in the environment, or as said here. */
export function settingsOf(decisions: number): { readonly decisions: number; readonly seed: number } {
  const seed = Number(process.env['DECISIONS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  return { decisions: Number(process.env['DECISIONS'] ?? decisions), seed };
}

/** What was compared so far. */
export interface Count {
  decisions: number;
  allowed: number;
  readonly refusals: Map<string, number>;
}
export const newCount = (): Count => ({ decisions: 0, allowed: 0, refusals: new Map() });

/** A decision that is not what Cedar says of the same question. */
export interface Disagreement {
  readonly asker: Asker;
  readonly right: string;
  readonly target: Target;
  readonly decide: Decision;
  /** The mandates under which Cedar allows it; `office`: without one. */
  readonly cedar: readonly string[];
  readonly because: readonly string[];
}

const forbidding = new Set(namedPolicies().flatMap(({ id, effect }) => (effect === 'forbid' ? [id] : [])));

/**
 * Asks `decide` and Cedar about every right on every target of every asker in a world, and returns where they differ: in
 * whether it is allowed, in what allows it, or in why not.
 */
function disagreementsIn(world: World, cedar: Cedar, count: Count): Disagreement[] {
  return ASKERS.flatMap((asker) => disagreementsOf(world, asker, factsOf(world, asker), cedar, count));
}

export function disagreementsOf(
  world: World,
  asker: Asker,
  facts: ContextFacts,
  cedar: Cedar,
  count: Count,
): Disagreement[] {
  const theirs = [null, ...mandatesFor(world, asker)].map((mandate) => ({
    under: mandate?.id ?? 'office',
    ask: cedar.asker(world, asker, mandate),
  }));
  // Whoever is nobody in the business is so whatever they try it on: one is enough.
  const targets = targetsIn(asker.business).slice(0, isInsider(facts) ? undefined : 1);
  return [
    ...byOthersMandates(world, asker, cedar),
    ...targets.flatMap((target) =>
      RIGHTS.flatMap((right) => {
        const decision = decide(facts, right, subjectOf(target), new Date(world.now));
        note(count, decision);
        const opinions = theirs.map(({ under, ask }) => ({ under, ...ask(right, target) }));
        const cedarAllows = opinions.filter(({ allowed }) => allowed).map(({ under }) => under);
        const because =
          opinions.find(({ under }) => under === (facts.mandate?.id ?? 'office'))?.because ?? [];
        return agrees(decision, cedarAllows, because)
          ? []
          : [{ asker, right, target, decide: decision, cedar: cedarAllows, because }];
      }),
    ),
  ];
}

function agrees(decision: Decision, cedarAllows: readonly string[], because: readonly string[]): boolean {
  if (decision.allowed) {
    return cedarAllows.includes(decision.by === 'office' ? 'office' : decision.mandateId);
  }
  // Where the refusal is one of the policy's own rules for a mandate, Cedar has to name that rule too.
  const named = forbidding.has(decision.refusal) && decision.refusal !== 'no-relation';
  return cedarAllows.length === 0 && (!named || because.includes(decision.refusal));
}

/** Nobody uses what was given to somebody else: one right on one target of each such mandate, a different one each time. */
function byOthersMandates(world: World, asker: Asker, cedar: Cedar): Disagreement[] {
  const theirs = new Set(mandatesFor(world, asker));
  const [target = {}] = targetsIn(asker.business);
  return world.mandates.flatMap((mandate, index) => {
    if (theirs.has(mandate)) return [];
    const right = mandate.rights[index % mandate.rights.length]!;
    const opinion = cedar.asker(world, asker, mandate)(right, target);
    if (!opinion.allowed) return [];
    const refused = { allowed: false, refusal: 'no-relation' } as const;
    return [{ asker, right, target, decide: refused, cedar: [mandate.id], because: opinion.because }];
  });
}

const subjectOf = ({ unit, worker, madeBy }: Target): Subject => ({
  ...(unit === undefined ? {} : { unitId: unit }),
  ...(worker === undefined ? {} : { workerId: worker }),
  ...(madeBy === undefined ? {} : { madeByVendorId: madeBy }),
});

function note(count: Count, decision: Decision): void {
  count.decisions += 1;
  if (decision.allowed) count.allowed += 1;
  else count.refusals.set(decision.refusal, (count.refusals.get(decision.refusal) ?? 0) + 1);
}

/**
 * Draws histories and compares decisions in each of their worlds until that many have been compared. The seed and what was
 * compared are printed.
 * @throws the smallest history found in which the two differ
 */
export function compareDecisions(least: number, seed: number): Count {
  const cedar = new Cedar();
  const count = newCount();
  const started = performance.now();
  print(`decisions: DECISIONS_SEED=${String(seed)}`);
  for (let batch = 0; count.decisions < least; batch += 1) {
    fc.assert(
      fc.property(histories(false, 8), (history) => {
        for (const world of worldsOf(history))
          expect(disagreementsIn(world, cedar, count).slice(0, 3)).toEqual([]);
      }),
      { seed: Math.imul(seed + batch, 0x9e3779b1), numRuns: 1 },
    );
  }
  const refusals = [...count.refusals].sort(([one], [other]) => one.localeCompare(other));
  print(
    `decisions: ${String(count.decisions)} compared, ${String(count.allowed)} allowed, ${String(cedar.asked)} evaluated by Cedar, ` +
      `in ${((performance.now() - started) / 1000).toFixed(1)} s; ${refusals.map(([name, times]) => `${name} ${String(times)}`).join(', ')}`,
  );
  return count;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
