import { z } from 'zod';
import { type Notice, stepUpFresh } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { type PlainDate, startOfDay } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import * as records from './bar-records.ts';
import { appealProblem, type AppealProblem, barDayProblem } from './rules.ts';
import { vendorOf } from './vendors.ts';

type Deps = Pick<StaffDeps, 'database'>;

/** The task that tells a vendor, and everyone with a mandate to it, of a bar, of its end, and of the answer to an appeal. */
export const tellOfBarTask = 'staff.tell-of-bar';
/** The task that has bars begin that were told of ahead. */
export const beginBarsTask = 'staff.begin-bars';

export type BarProblem = 'unknown' | 'already-barred' | 'not-barred' | 'bar-day' | 'appeal-waits';

/**
 * Bars a vendor everywhere, at once or from a day ahead. At once: waits for what runs under its mandates, and nothing that
 * begins after this has committed succeeds; what is open of its orders is held, until each customer has decided. The vendor is
 * told why and how to appeal, its customers what it means for them.
 * @param bar.from its first day; left out: at once
 */
export function barVendor(
  deps: Deps,
  acting: StaffActing,
  bar: {
    readonly organisationNumber: string;
    readonly reason: string;
    readonly appeal: string;
    readonly from?: PlainDate | undefined;
  },
): Promise<Result<{ readonly barId: string }, BarProblem | StaffRefused>> {
  const { from, reason, appeal } = bar;
  const action = from === undefined ? 'vendor.barred' : 'vendor.bar-announced';
  return actAsStaff(deps.database, acting, { right: 'vendors.bar', action }, async (permitted) => {
    const vendor = await vendorOf(permitted, bar.organisationNumber);
    if (vendor === undefined) return err('unknown');
    const problem = from && barDayProblem(from, permitted.now);
    if (problem !== undefined) return err(problem);
    if (from === undefined) await records.lockVendor(permitted, vendor.id);
    const at = from && startOfDay(from);
    const barId = await records.insertBar(permitted, { vendorId: vendor.id, reason, appeal, from: at });
    if (barId === undefined) return err('already-barred');
    await permitted.audit({
      subject: { kind: 'vendor', id: vendor.id },
      changes: { barId, ...(from === undefined ? {} : { from }) },
      detail: { reason, appeal },
    });
    await enqueueTelling(permitted, barId, from === undefined ? 'barred' : 'announced');
    return ok({ barId });
  });
}

/**
 * Has bars begin that were told of ahead and whose day has come, each in a transaction of its own. And has the customers told
 * of orders that a bar came to hold after it had been told of.
 */
export async function beginBars({ database }: Deps): Promise<void> {
  const job = { kind: 'job', name: beginBarsTask } as const;
  const due = await inTransaction(database, job, async (transaction) => {
    for (const { id } of await records.barsHoldingUntold(transaction))
      await enqueueTelling(transaction, id, 'held');
    return records.dueBars(transaction);
  });
  for (const { id, vendorId } of due) {
    await inTransaction(database, job, async (transaction) => {
      await records.lockVendor(transaction, vendorId);
      if (!(await records.beginBar(transaction, id))) return;
      await appendAudit(transaction, {
        action: 'vendor.barred',
        decision: 'allowed',
        subject: { kind: 'vendor', id: vendorId },
        changes: { barId: id },
      });
      await enqueueTelling(transaction, id, 'barred');
    });
  }
}

/**
 * Lifts the bar, or takes it back before it begins: the vendor's mandates hold again as far as they otherwise hold; orders that
 * are held stay so until their business has decided. Not while an appeal waits, which somebody else answers.
 */
export function liftBar(
  deps: Deps,
  acting: StaffActing,
  lifting: { readonly organisationNumber: string; readonly reason: string },
): Promise<Result<{ readonly barId: string }, BarProblem | StaffRefused>> {
  const request = { right: 'vendors.bar', action: 'vendor.bar-lifted' } as const;
  return actAsStaff(deps.database, acting, request, async (permitted) => {
    const vendor = await vendorOf(permitted, lifting.organisationNumber);
    if (vendor === undefined) return err('unknown');
    const [bar] = (await records.barsOf(permitted, vendor.id)).filter(({ liftedAt }) => liftedAt === null);
    if (bar !== undefined && records.appealWaits(bar)) return err('appeal-waits');
    const barId = await records.liftBar(permitted, vendor.id, lifting.reason);
    if (barId === undefined) return err('not-barred');
    await permitted.audit({
      subject: { kind: 'vendor', id: vendor.id },
      changes: { barId },
      detail: { reason: lifting.reason },
    });
    await enqueueTelling(permitted, barId, 'lifted');
    return ok({ barId });
  });
}

// Appeals -------------------------------------------------------------------------------------------------------------

const appealRequest = { right: 'vendors.bar', action: 'vendor.appeal-answered' } as const;

/** The bar that holds with its appeal, what keeps the asker from answering it, and whether they have logged in lately. */
export function viewAppeal(deps: Deps, acting: StaffActing, organisationNumber: string) {
  return lookAsStaff(deps.database, acting, appealRequest, async (permitted) => {
    const vendor = await vendorOf(permitted, organisationNumber);
    if (vendor === undefined) return undefined;
    const bar = (await records.barsOf(permitted, vendor.id)).find(({ liftedAt }) => liftedAt === null);
    return {
      vendor,
      bar,
      problem: appealProblem(bar, permitted.person.id),
      fresh: stepUpFresh(permitted.facts, permitted.now),
    };
  });
}

export type AnswerProblem = 'unknown' | 'step-up' | AppealProblem;

/**
 * Answers the appeal against the bar that holds: upholds it, or lifts the bar in the same transaction. By another case officer
 * than who barred, logged in at high level in the last five minutes. The vendor is told, and of a lifting its customers.
 */
export async function answerAppeal(
  deps: Deps,
  acting: StaffActing,
  answer: {
    readonly organisationNumber: string;
    readonly outcome: 'upheld' | 'lifted';
    readonly reason: string;
  },
): Promise<Result<null, AnswerProblem | StaffRefused>> {
  type Answered = { readonly rule?: AnswerProblem };
  const answered = await actAsStaff<Answered, AnswerProblem>(
    deps.database,
    acting,
    appealRequest,
    async (permitted) => {
      const vendor = await vendorOf(permitted, answer.organisationNumber);
      if (vendor === undefined) return err('unknown');
      const bar = (await records.barsOf(permitted, vendor.id)).find(({ liftedAt }) => liftedAt === null);
      const subject = { kind: 'vendor', id: vendor.id };
      const rule =
        appealProblem(bar, permitted.person.id) ??
        (stepUpFresh(permitted.facts, permitted.now) ? undefined : 'step-up');
      if (bar === undefined || rule !== undefined) {
        await permitted.audit({ decision: 'refused', rule: rule ?? 'no-appeal', subject });
        return ok({ rule: rule ?? 'no-appeal' });
      }
      if (!(await records.answerAppeal(permitted, bar.id, answer))) return err('appeal-answered');
      if (answer.outcome === 'lifted') await records.liftBar(permitted, vendor.id, answer.reason);
      await permitted.audit({
        subject,
        changes: { barId: bar.id, outcome: answer.outcome },
        detail: { reason: answer.reason },
      });
      await enqueueTelling(permitted, bar.id, answer.outcome);
      return ok({});
    },
  );
  if (!answered.ok) return answered;
  return answered.value.rule === undefined ? ok(null) : err(answered.value.rule);
}

// Telling -------------------------------------------------------------------------------------------------------------

function enqueueTelling(transaction: Transaction, barId: string, what: records.ToldOfBar): Promise<void> {
  return enqueue(transaction, tellOfBarTask, { barId, what }, { key: `${tellOfBarTask}:${what}:${barId}` });
}

const tellPayload = z.object({ barId: z.uuid(), what: z.enum(records.TOLD_OF_BARS) });

/**
 * Tells the vendor's officers why and how to appeal, and each customer's officers what it means and which orders of theirs are
 * held; once. That an appeal changed nothing is told to the vendor alone, and that older orders are held to their customers alone.
 */
export async function tellOfBar(
  deps: Pick<StaffDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { barId, what } = tellPayload.parse(payload);
  await inTransaction(deps.database, { kind: 'job', name: tellOfBarTask }, async (transaction) => {
    const bar = await records.barToTell(transaction, barId);
    if (bar === undefined || !(await records.markBarTold(transaction, barId, what))) return;
    const { at, reason } = {
      announced: { at: bar.barredAt, reason: bar.reason },
      barred: { at: bar.beganAt ?? bar.barredAt, reason: bar.reason },
      held: { at: bar.beganAt ?? bar.barredAt, reason: bar.reason },
      lifted: { at: bar.liftedAt ?? bar.barredAt, reason: bar.liftedReason ?? '' },
      upheld: { at: bar.outcomeAt ?? bar.barredAt, reason: bar.outcomeReason ?? '' },
    }[what];
    const toOfficers = (template: string, businessId: string, more: Notice['parameters']) =>
      deps.notify(transaction, {
        template,
        businessId,
        parameters: { vendor: bar.vendorName, atTime: at.toISOString(), ...more },
        audience: 'officers',
      });
    if (what !== 'held')
      await toOfficers(`staff:notice.${what}.vendor`, bar.vendorId, { reason, appeal: bar.appeal });
    if (what === 'upheld') return;
    for (const { id, name, hasMandate, held } of await records.customersOf(transaction, bar.vendorId)) {
      if (hasMandate && what !== 'held')
        await toOfficers(`staff:notice.${what}.customer`, id, { business: name });
      if (what !== 'announced' && held.length > 0) {
        const orders = { orders: held.join(', '), count: String(held.length) };
        const words = what === 'lifted' ? 'lifted' : 'barred';
        await toOfficers(`orders:notice.held-by-bar.${words}`, id, { business: name, ...orders });
      }
    }
  });
}
