import { z } from 'zod';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import {
  findFreeze,
  type Freeze,
  insertFreeze,
  liftFreeze,
  lockBusiness,
  markTold,
  openFreezeOf,
  vendorOfBusiness,
  vendorsWithMandate,
} from './freeze-records.ts';
import { stepUpFresh } from './grants.ts';
import type { AccessDeps } from './mandates.ts';
import { lockMandate } from './records.ts';

/** What emergency stops need. */
export interface FreezeDeps extends Pick<AccessDeps, 'database'> {
  /** Port: has the orders that were held go on, in the transaction that lifts. Filled by the cards feature. */
  readonly resumeOrders: (transaction: Transaction) => Promise<void>;
}

/** The name of the task that tells both sides of an emergency stop and of its end. */
export const tellOfFreezeTask = 'access.tell-of-freeze';

/** Whom an emergency stop is for, as the address names it: a vendor's organisation number, or everyone but officers. */
export type FreezeTarget = { readonly vendorNumber: string } | 'everyone';

const freezeRequest = { right: 'access.manage', action: 'freeze.place' } as const;
const liftRequest = { right: 'access.manage', action: 'freeze.lift' } as const;

/** What the page that asks "stop now?" is drawn from. `target` is undefined for a vendor without a mandate from here. */
export async function viewFreeze(
  deps: Pick<FreezeDeps, 'database'>,
  acting: ActingFor,
  wanted: FreezeTarget,
) {
  return look(deps.database, acting, freezeRequest, async (permitted) => {
    const target = await resolveTarget(permitted, wanted);
    const open = target && (await openFreezeOf(permitted, target.vendorId));
    return { permitted, target, open };
  });
}

interface Target {
  readonly vendorId: string | null;
  readonly vendorName: string | null;
  readonly mandateId: string | null;
}

async function resolveTarget(permitted: Permitted, wanted: FreezeTarget): Promise<Target | undefined> {
  if (wanted === 'everyone') return { vendorId: null, vendorName: null, mandateId: null };
  const number = parseOrganisationNumber(wanted.vendorNumber);
  const vendor = number.ok ? await vendorOfBusiness(permitted, number.value) : undefined;
  return vendor && { vendorId: vendor.id, vendorName: vendor.name, mandateId: vendor.mandateId };
}

export type FreezeProblem = 'unknown' | 'already-frozen';

/**
 * Presses the emergency stop: waits for what runs, and nothing that begins after it has committed succeeds, on any process.
 * Anyone who manages access may, with no new login: stopping is never made hard.
 */
export async function placeFreeze(
  deps: Pick<FreezeDeps, 'database'>,
  acting: ActingFor,
  wanted: FreezeTarget,
  reason: string,
): Promise<Result<{ readonly id: string; readonly ownAccessStopped: boolean }, FreezeProblem | Refused>> {
  return act(deps.database, acting, freezeRequest, async (permitted) => {
    const target = await resolveTarget(permitted, wanted);
    const business = permitted.facts.business;
    if (target === undefined || !business) return err('unknown');
    await waitForRunning(permitted, business.id, target);
    const id = await freeze(permitted, { businessId: business.id, vendorId: target.vendorId, reason });
    if (id === undefined) return err('already-frozen');
    await permitted.audit({
      subject: { kind: 'freeze', id },
      changes: { vendorId: target.vendorId },
      ...(reason === '' ? {} : { detail: { reason } }),
    });
    return ok({ id, ownAccessStopped: target.vendorId === null && permitted.facts.mandate !== null });
  });
}

async function waitForRunning(permitted: Permitted, businessId: string, target: Target): Promise<void> {
  if (target.vendorId === null) await lockBusiness(permitted, businessId);
  else if (target.mandateId !== null) await lockMandate(permitted, target.mandateId);
}

/**
 * Stores an emergency stop and has both sides told, in the caller's transaction, which may be a task's. Undefined when one
 * holds already.
 */
export async function freeze(
  transaction: Pick<Transaction, 'query' | 'now' | 'facts'>,
  wanted: { readonly businessId: string; readonly vendorId: string | null; readonly reason: string },
): Promise<string | undefined> {
  const id = await insertFreeze(transaction, wanted);
  if (id !== undefined) await enqueueTelling(transaction, id, 'frozen');
  return id;
}

function enqueueTelling(
  transaction: Pick<Transaction, 'query'>,
  freezeId: string,
  what: 'frozen' | 'lifted',
): Promise<void> {
  return enqueue(
    transaction,
    tellOfFreezeTask,
    { freezeId, what },
    { key: `${tellOfFreezeTask}:${what}:${freezeId}` },
  );
}

/** One emergency stop and whether this person may lift it now; undefined for one that is not the business's. */
export async function viewLift(deps: Pick<FreezeDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, liftRequest, async (permitted) => ({
    permitted,
    freeze: isUuid(id) ? await findFreeze(permitted, id) : undefined,
    problem: liftProblem(permitted),
  }));
}

export type LiftProblem = 'unknown' | 'already-lifted' | 'officers-only' | 'step-up';

function liftProblem({ facts, now }: Permitted): 'officers-only' | 'step-up' | undefined {
  if (facts.mandate) return 'officers-only';
  return stepUpFresh(facts, now) ? undefined : 'step-up';
}

/** Starts again: an officer who has logged in at high level in the last five minutes. What was held goes on. */
export async function lift(
  deps: FreezeDeps,
  acting: ActingFor,
  id: string,
  reason: string,
): Promise<Result<Freeze, LiftProblem | Refused>> {
  const lifted = await act(deps.database, acting, liftRequest, (permitted) =>
    liftWhere(deps, permitted, id, reason),
  );
  if (!lifted.ok) return lifted;
  return 'rule' in lifted.value ? err(lifted.value.rule) : ok(lifted.value);
}

async function liftWhere(
  deps: FreezeDeps,
  permitted: Permitted,
  id: string,
  reason: string,
): Promise<Result<Freeze | { readonly rule: 'officers-only' | 'step-up' }, LiftProblem>> {
  const found = isUuid(id) ? await findFreeze(permitted, id) : undefined;
  if (found === undefined) return err('unknown');
  const subject = { kind: 'freeze', id };
  const rule = liftProblem(permitted);
  if (rule !== undefined) {
    await permitted.audit({ decision: 'refused', rule, subject });
    return ok({ rule });
  }
  if (!(await liftFreeze(permitted, id, reason))) return err('already-lifted');
  await permitted.audit({
    subject,
    changes: { vendorId: found.vendorId },
    ...(reason === '' ? {} : { detail: { reason } }),
  });
  await enqueueTelling(permitted, id, 'lifted');
  await deps.resumeOrders(permitted);
  return ok(found);
}

// Telling ------------------------------------------------------------------------------------------------------------

const tellPayload = z.object({ freezeId: z.uuid(), what: z.enum(['frozen', 'lifted']) });

/** Tells the officers of the business, and those of each vendor that it stops or starts, once. */
export async function tellOfFreeze(
  deps: Pick<AccessDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { freezeId, what } = tellPayload.parse(payload);
  await inTransaction(deps.database, { kind: 'job', name: tellOfFreezeTask }, async (transaction) => {
    const found = await findFreeze(transaction, freezeId);
    if (found === undefined || !(await markTold(transaction, freezeId, what))) return;
    const parameters = noticeParameters(found, what);
    const scope = found.vendorId === null ? 'everyone' : 'vendor';
    await deps.notify(transaction, {
      template: `access:notice.${what}.${scope}`,
      businessId: found.businessId,
      parameters,
      audience: 'officers',
    });
    const vendors =
      found.vendorId === null ? await vendorsWithMandate(transaction, found.businessId) : [found.vendorId];
    for (const vendorId of vendors) {
      await deps.notify(transaction, {
        template: `access:notice.${what}.yours`,
        businessId: vendorId,
        parameters,
        audience: 'officers',
      });
    }
  });
}

function noticeParameters(found: Freeze, what: 'frozen' | 'lifted') {
  const { reason, by, at } =
    what === 'frozen'
      ? { reason: found.reason, by: found.frozenByName, at: found.frozenAt }
      : { reason: found.liftedReason ?? '', by: found.liftedByName, at: found.liftedAt ?? found.frozenAt };
  return {
    business: found.businessName,
    vendor: found.vendorName ?? '',
    by: by ?? '',
    byKeys: by === null ? 'access:stop.bySystem' : '',
    atTime: at.toISOString(),
    reason,
    reasonKeys: reason === '' ? 'access:stop.noReason' : '',
  };
}
