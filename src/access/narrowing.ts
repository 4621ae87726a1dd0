import { endToLastDay, formatDate, lastDayToEnd } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { attemptsOf } from './attempts.ts';
import { type AccessDeps, beyondOwn } from './mandates.ts';
import { namesOf, type PickingQuery, pickForScope } from './previews.ts';
import {
  findMandate,
  type FoundMandate,
  lockMandate,
  type MandateVersion,
  mandateVersions,
  officialPriceOre,
} from './records.ts';
import { noteInReview } from './review-decisions.ts';
import { holderOf, tell } from './telling.ts';
import {
  changesBetween,
  narrowed,
  type Narrowing,
  type NarrowingProblems,
  narrowingProblems,
  type TermsChange,
} from './terms.ts';
import { reachOf } from './worker-records.ts';

/** One change of a mandate, with how it came to differ from what it was before. */
export interface HistoryEntry {
  readonly version: MandateVersion;
  readonly changes: readonly TermsChange[];
}

function historyOf(versions: readonly MandateVersion[], now: Date): HistoryEntry[] {
  return versions.map((version, index) => {
    const before = versions[index - 1];
    return { version, changes: before === undefined ? [] : changesBetween(before, version, now) };
  });
}

/** Everything about one mandate of the business, ended or not, with its history; undefined when there is none by that id. */
export async function viewMandate(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  const request = { right: 'access.manage', action: 'mandate.view' } as const;
  return look(deps.database, acting, request, async (permitted) => {
    const mandate = isUuid(id) ? await findMandate(permitted, id) : undefined;
    if (mandate === undefined) return { permitted, view: undefined };
    const versions = await mandateVersions(permitted, id);
    const giver = mandate.givenUnder === null ? undefined : await findMandate(permitted, mandate.givenUnder);
    const view = {
      mandate,
      names: await namesOf(permitted, [mandate, ...versions]),
      history: historyOf(versions, permitted.now),
      giver: giver && { id: giver.id, name: giver.holderName },
      refusal: beyondOwn(permitted, mandate),
      priceOre: await officialPriceOre(permitted),
      attempts: await attemptsOf(permitted, mandate.vendorId === null ? [] : [mandate.vendorId]),
    };
    return { permitted, view };
  });
}

const NARROW = { right: 'access.manage', action: 'mandate.narrow' } as const;

/**
 * What the form for a narrowing is drawn from. `since`: the version that a form was filled in on, when the mandate has
 * been changed meanwhile: what has happened after it comes along.
 */
export async function openNarrowing(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  id: string,
  { picking, since }: { readonly picking: PickingQuery | undefined; readonly since?: number | undefined },
) {
  return look(deps.database, acting, NARROW, async (permitted) => {
    const mandate = isUuid(id) ? await findMandate(permitted, id) : undefined;
    if (mandate === undefined) return { permitted, view: undefined };
    // The version before them is what they are compared with.
    const versions = since === undefined ? [] : await mandateVersions(permitted, id, since - 1);
    const view = {
      mandate,
      names: await namesOf(permitted, [mandate, ...versions]),
      missed: historyOf(versions, permitted.now).filter(({ version }) => version.version > (since ?? 0)),
      picking: await pickForScope(permitted, picking),
      refusal: beyondOwn(permitted, mandate),
      over: isOver(mandate, permitted.now),
    };
    return { permitted, view };
  });
}

/** A mandate that has ended or run out: nothing is left to narrow. */
function isOver({ endedAt, endsAt }: Pick<FoundMandate, 'endedAt' | 'endsAt'>, now: Date): boolean {
  return endedAt !== null || endsAt <= now;
}

/** `over`: it has ended or run out. `changed`: somebody changed it after the version that the form was filled in on. */
export type NarrowProblem =
  | { readonly kind: 'narrow'; readonly reason: 'unknown' | 'over' | 'changed' }
  | { readonly kind: 'narrowing'; readonly problems: NarrowingProblems };

/**
 * Makes a mandate hold less from now on: waits for what is running under it, as a removal does. Needs no step-up. Of two
 * people who change the same version the later one is told that it has changed. The officers are told, and the holder.
 */
export async function narrowMandate(
  deps: AccessDeps,
  acting: ActingFor,
  command: { readonly id: string; readonly version: number; readonly narrowing: Narrowing },
): Promise<Result<{ readonly holderName: string }, NarrowProblem | Refused>> {
  if (!isUuid(command.id)) return err({ kind: 'narrow', reason: 'unknown' });
  const answer = await act(deps.database, acting, NARROW, (permitted) =>
    narrowLocked(deps, permitted, command),
  );
  if (!answer.ok) return answer;
  return 'kind' in answer.value ? err(answer.value) : ok(answer.value);
}

async function narrowLocked(
  deps: AccessDeps,
  permitted: Permitted,
  { id, version, narrowing }: Parameters<typeof narrowMandate>[2],
): Promise<Result<{ readonly holderName: string } | Refused, NarrowProblem>> {
  await lockMandate(permitted, id);
  const mandate = await findMandate(permitted, id);
  if (mandate === undefined) return err({ kind: 'narrow', reason: 'unknown' });
  const subject = { kind: 'mandate', id };
  const refusal = beyondOwn(permitted, mandate);
  if (refusal !== undefined) {
    // Returned and not failed with, so that the audit keeps it.
    await permitted.audit({ decision: 'refused', rule: refusal, subject });
    return ok({ kind: 'refused', refusal });
  }
  if (isOver(mandate, permitted.now)) return err({ kind: 'narrow', reason: 'over' });
  if (mandate.version !== version) return err({ kind: 'narrow', reason: 'changed' });
  const reach = await reachOf(permitted, narrowing);
  const problems = narrowingProblems(mandate, narrowing, reach, permitted.now);
  if (problems !== undefined) return err({ kind: 'narrowing', problems });
  await update(permitted, mandate, narrowing);
  await noteInReview(permitted, mandate, 'narrow');
  const { reason, ...changes } = narrowing;
  await permitted.audit({ subject, changes: { ...changes, version }, detail: { reason } });
  await tell(deps, permitted, 'narrowed', holderOf(mandate), {
    at: formatDate(permitted.now, 'nb'),
    lastDay: formatDate(endToLastDay(narrowed(mandate, narrowing).endsAt), 'nb'),
    reason,
  });
  return ok({ holderName: mandate.holderName });
}

async function update(permitted: Permitted, mandate: FoundMandate, narrowing: Narrowing): Promise<void> {
  const { rights, units, workers, limits, lastDay, reason } = narrowing;
  const end = lastDayToEnd(lastDay);
  const updated = await permitted.query
    .updateTable('mandates')
    .set({
      rights: [...rights],
      units: units === null ? null : [...units],
      workers: workers === null ? null : [...workers],
      // Left out when it stays: times are read to the millisecond, and stored more finely.
      ...(end < mandate.endsAt ? { ends_at: end } : {}),
      cards_per_order: limits.cardsPerOrder,
      cards_per_month: limits.cardsPerMonth,
      ore_per_month: limits.orePerMonth,
      change_reason: reason,
    })
    .where('id', '=', mandate.id)
    .where('version', '=', mandate.version)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (updated.numUpdatedRows !== 1n) throw new Error('The database did not let the mandate be narrowed.');
}
