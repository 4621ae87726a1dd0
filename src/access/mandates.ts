import type { Database } from '../database/database.ts';
import { formatDate, lastDayToEnd } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { askedOf } from './confirm-records.ts';
import { attemptsOf } from './attempts.ts';
import { openFreezes } from './freeze-records.ts';
import { type Proposal, startOf } from './grants.ts';
import type { Notify } from './notify.ts';
import { namesOf } from './previews.ts';
import {
  type Cut,
  currentMandate,
  findMandate,
  type FoundMandate,
  listInvitations,
  listMandates,
  listOfficers,
  listUnits,
  lockMandate,
  officialPriceOre,
} from './records.ts';
import { openRequests } from './request-records.ts';
import { noteInReview, reviewNotice } from './review-decisions.ts';
import { obstacleOf, type Refusal } from './rules.ts';
import { holderOf, tell } from './telling.ts';
import { openSignals } from './signal-records.ts';
import { type Scope, withinScope } from './terms.ts';

/** What the use cases of access need. */
export interface AccessDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  /** Where links in messages lead, with no path: `https://kortvakt.no`. */
  readonly publicOrigin: string;
}

/** Everyone who can act for the business, a page at a time, with whatever needs an answer from it and what is stopped. */
export async function viewAccess(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  wanted: { readonly search: string } & Cut,
) {
  return look(deps.database, acting, { right: 'access.manage', action: 'access.view' }, async (permitted) => {
    const freezes = await openFreezes(permitted);
    const requests = await openRequests(permitted);
    const asked = await askedOf(permitted);
    const signals = await openSignals(permitted);
    const officers = await listOfficers(permitted, wanted.search);
    const mandates = await listMandates(permitted, wanted);
    const invitations = await listInvitations(permitted, 'person');
    const units = await listUnits(permitted);
    const priceOre = await officialPriceOre(permitted);
    const vendorIds = mandates.rows.flatMap(({ facts }) => facts.vendor?.id ?? []);
    const attempts = await attemptsOf(permitted, vendorIds);
    const review = await reviewNotice(permitted);
    return {
      permitted,
      freezes,
      signals,
      asked,
      requests,
      officers,
      mandates,
      invitations,
      units,
      priceOre,
      attempts,
      review,
    };
  });
}

/** Why a mandate is not in force, for whoever looks at it from the business; undefined while it is. */
export function stateOf(
  mandate: Pick<FoundMandate, 'facts' | 'assigned' | 'holder'>,
  { facts, now }: Pick<Permitted, 'facts' | 'now'>,
): Refusal | undefined {
  if (facts.business?.bankrupt || facts.business?.dissolved) return 'business-closed';
  const assigned = mandate.holder === 'person' || mandate.assigned.length > 0;
  return obstacleOf({ ...mandate.facts, assigned }, now);
}

/** The mandate that is about to be removed, and the rule that keeps this person from removing it, if one does. */
export async function viewRemoval(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  return look(
    deps.database,
    acting,
    { right: 'access.manage', action: 'mandate.remove' },
    async (permitted) => {
      const mandate = isUuid(id) ? await findMandate(permitted, id) : undefined;
      const names = await namesOf(permitted, mandate === undefined ? [] : [mandate]);
      return { permitted, mandate, names, refusal: mandate && beyondOwn(permitted, mandate) };
    },
  );
}

export type Removed = { readonly holder: 'person' | 'vendor'; readonly holderName: string };
export type RemovalProblem = 'unknown' | 'already-ended';

/**
 * Ends a mandate at once: waits for what is running under it, and whatever comes after finds it ended. The officers are
 * told, and whoever held it.
 */
export async function removeMandate(
  deps: AccessDeps,
  acting: ActingFor,
  id: string,
): Promise<Result<Removed, RemovalProblem | Refused>> {
  if (!isUuid(id)) return err('unknown');
  const request = { right: 'access.manage', action: 'mandate.remove' } as const;
  const removal = await act(deps.database, acting, request, (permitted) => removeWithin(deps, permitted, id));
  return removal.ok && 'kind' in removal.value ? err(removal.value) : (removal as Result<Removed, never>);
}

/** As `removeMandate`, in the transaction of another action. */
export async function removeWithin(
  deps: AccessDeps,
  permitted: Permitted,
  id: string,
): Promise<Result<Removed | Refused, RemovalProblem>> {
  await lockMandate(permitted, id);
  const mandate = await findMandate(permitted, id);
  if (mandate === undefined) return err('unknown');
  const subject = { kind: 'mandate', id };
  const refusal = beyondOwn(permitted, mandate);
  if (refusal !== undefined) {
    await permitted.audit({ decision: 'refused', rule: refusal, subject });
    return ok({ kind: 'refused', refusal });
  }
  if (mandate.endedAt !== null) return err('already-ended');
  await endMandate(permitted, id, 'removed');
  await noteInReview(permitted, mandate, 'remove');
  await permitted.audit({
    subject,
    changes: { holder: mandate.holder, vendorId: mandate.vendorId, personId: mandate.personId },
    detail: { holderName: mandate.holderName },
  });
  await tell(deps, permitted, 'removed', holderOf(mandate), { at: formatDate(permitted.now, 'nb') });
  return ok({ holder: mandate.holder, holderName: mandate.holderName });
}

/** Someone who manages access in a part of the business leaves alone what reaches beyond it. */
export function beyondOwn({ facts }: Pick<Permitted, 'facts'>, scope: Scope): Refusal | undefined {
  const own = facts.mandate;
  if (!own || withinScope(scope, own)) return undefined;
  return own.workers === null ? 'other-unit' : 'other-worker';
}

/** Ends a mandate in the caller's transaction, which holds its exclusive lock and found it open and within the asker's. */
async function endMandate(permitted: Permitted, id: string, reason: 'removed' | 'replaced'): Promise<void> {
  const { query, now, facts } = permitted;
  const ended = await query
    .updateTable('mandates')
    .set({
      ended_at: now,
      ended_by: facts.session?.personId ?? null,
      ended_by_name: facts.session?.name ?? null,
      end_reason: reason,
      change_reason: '',
    })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  // Row-level security lets an update pass by what it does not allow: nobody is told of an end that did not come.
  if (ended.numUpdatedRows !== 1n) throw new Error('The database did not let the mandate be ended.');
}

/** Who gets a mandate, with what makes it stand. */
export type NewHolder =
  | { readonly vendorId: string; readonly agreementId: string; readonly quoteId: string }
  | {
      readonly personId: string;
      readonly tie: 'employment' | 'declared';
      readonly tieReason: string | null;
    };

/**
 * Stores a mandate that was proposed, checked and confirmed, and ends the holder's earlier one as replaced. The caller
 * has found the step-up fresh (the table refuses it otherwise) and holds `lockHolder`. Returns the new mandate's id.
 */
export async function giveMandate(
  permitted: Permitted,
  holder: NewHolder,
  holderName: string,
  proposal: Proposal,
): Promise<{ readonly id: string; readonly replaced: string | null }> {
  const { query, now, facts } = permitted;
  if (!facts.session || !facts.business) throw new Error('A mandate is given by a person for a business.');
  const earlier = await currentMandate(permitted, holder);
  if (earlier !== undefined) {
    await lockMandate(permitted, earlier.id);
    await endMandate(permitted, earlier.id, 'replaced');
  }
  const { id } = await query
    .insertInto('mandates')
    .values({
      business_id: facts.business.id,
      ...columnsOf(holder),
      holder_name: holderName,
      rights: [...proposal.rights],
      units: proposal.units === null ? null : [...proposal.units],
      workers: proposal.workers === null ? null : [...proposal.workers],
      given_under: facts.mandate?.id ?? null,
      purpose: proposal.purpose,
      starts_at: startOf(proposal, now),
      ends_at: lastDayToEnd(proposal.lastDay),
      cards_per_order: proposal.limits.cardsPerOrder,
      cards_per_month: proposal.limits.cardsPerMonth,
      ore_per_month: proposal.limits.orePerMonth,
      approved_by: facts.session.personId,
      approved_by_name: facts.session.name,
      approved_at: now,
      approved_acr: facts.session.acr,
      approved_auth_time: facts.session.authTime,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id, replaced: earlier?.id ?? null };
}

function columnsOf(holder: NewHolder) {
  return 'vendorId' in holder
    ? {
        holder: 'vendor',
        vendor_id: holder.vendorId,
        agreement_id: holder.agreementId,
        quote_id: holder.quoteId,
      }
    : { holder: 'person', person_id: holder.personId, tie: holder.tie, tie_reason: holder.tieReason };
}
