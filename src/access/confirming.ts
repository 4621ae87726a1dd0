import { endToLastDay, formatDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { markGoneThrough, takeOver } from './confirm-records.ts';
import { stepUpFresh } from './grants.ts';
import { type AccessDeps, beyondOwn } from './mandates.ts';
import { namesOf } from './previews.ts';
import { findMandate, type FoundMandate, lockMandate, otherOfficers } from './records.ts';
import { holderOf, tell } from './telling.ts';

const CONFIRM = { right: 'access.manage', action: 'mandate.confirm' } as const;

/** What keeps this person from confirming a mandate that others may confirm. */
export type ConfirmObstacle = 'own' | 'officers-only' | 'beyond';

/**
 * Nobody confirms what they could not give: more than they hold, the right to give unless they are officers, or a mandate of
 * their own. The database holds to the first two as well.
 */
function confirmObstacle(
  { facts }: Pick<Permitted, 'facts'>,
  mandate: Pick<FoundMandate, 'personId' | 'rights'>,
): ConfirmObstacle | undefined {
  if (mandate.personId !== null && mandate.personId === facts.session?.personId) return 'own';
  if (!facts.mandate) return undefined;
  if (mandate.rights.includes('access.manage')) return 'officers-only';
  const held = facts.mandate.rights;
  return mandate.rights.every((right) => held.includes(right)) ? undefined : 'beyond';
}

function waits({ endedAt, facts }: FoundMandate, now: Date): boolean {
  return endedAt === null && facts.confirmBy !== null && facts.confirmBy > now;
}

/** What the page that asks "confirm?" is drawn from; undefined when there is no mandate by that id. */
export async function viewConfirmation(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, CONFIRM, async (permitted) => {
    const mandate = isUuid(id) ? await findMandate(permitted, id) : undefined;
    if (mandate === undefined) return { permitted, view: undefined };
    const view = {
      mandate,
      waits: waits(mandate, permitted.now),
      names: await namesOf(permitted, [mandate]),
      refusal: beyondOwn(permitted, mandate),
      obstacle: confirmObstacle(permitted, mandate),
      otherOfficers: await otherOfficers(permitted),
    };
    return { permitted, view };
  });
}

/** `settled`: nothing is left to confirm. `changed`: somebody changed it after the version that was shown. */
export type ConfirmProblem = 'unknown' | 'settled' | 'changed' | 'step-up' | ConfirmObstacle;

/**
 * Confirms a mandate whose giver may no longer give it: from now on it is given by whoever confirms, who has just logged in
 * at the high level. The officers are told, and the holder.
 */
export async function confirmMandate(
  deps: AccessDeps,
  acting: ActingFor,
  command: { readonly id: string; readonly version: number },
): Promise<Result<null, ConfirmProblem | Refused>> {
  if (!isUuid(command.id)) return err('unknown');
  const answer = await act(deps.database, acting, CONFIRM, (permitted) =>
    confirmLocked(deps, permitted, command),
  );
  if (!answer.ok) return answer;
  return answer.value === null ? ok(null) : err(answer.value);
}

async function confirmLocked(
  deps: AccessDeps,
  permitted: Permitted,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<Result<null | Refused | ConfirmObstacle | 'step-up', ConfirmProblem>> {
  await lockMandate(permitted, id);
  const mandate = await findMandate(permitted, id);
  if (mandate === undefined) return err('unknown');
  const subject = { kind: 'mandate', id };
  const refusal = beyondOwn(permitted, mandate);
  const rule =
    refusal ??
    confirmObstacle(permitted, mandate) ??
    (stepUpFresh(permitted.facts, permitted.now) ? undefined : 'step-up');
  if (rule !== undefined) {
    // Returned and not failed with, so that the audit keeps it.
    await permitted.audit({ decision: 'refused', rule, subject });
    return ok(refusal === undefined ? (rule as ConfirmObstacle | 'step-up') : { kind: 'refused', refusal });
  }
  if (!waits(mandate, permitted.now)) return err('settled');
  if (mandate.version !== version) return err('changed');
  await takeOver(permitted, { id, version });
  await permitted.audit({
    subject,
    changes: { holder: mandate.holder, vendorId: mandate.vendorId, personId: mandate.personId, version },
    detail: { holderName: mandate.holderName, earlierGiver: mandate.approvedByName },
  });
  await tell(deps, permitted, 'confirmed', holderOf(mandate), {
    at: formatDate(permitted.now, 'nb'),
    lastDay: formatDate(endToLastDay(mandate.endsAt), 'nb'),
  });
  return ok(null);
}

/** A new managing director says that they have gone through the list of access; from anybody else it changes nothing. */
export async function goThrough(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
): Promise<Result<null, Refused>> {
  const request = { right: 'access.manage', action: 'access.gone-through' } as const;
  return act(deps.database, acting, request, async (permitted) => {
    for (const id of await markGoneThrough(permitted)) {
      await permitted.audit({ subject: { kind: 'access-task', id } });
    }
    return ok(null);
  });
}
