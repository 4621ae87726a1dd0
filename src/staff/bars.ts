import { z } from 'zod';
import type { Notice } from '../access/index.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, type StaffActing, type StaffRefused } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import * as records from './records.ts';
import { vendorOf } from './vendors.ts';

/** The task that tells a vendor, and everyone with a mandate to it, of a bar and of its end. */
export const tellOfBarTask = 'staff.tell-of-bar';

export type BarProblem = 'unknown' | 'already-barred' | 'not-barred';

/**
 * Bars a vendor everywhere: waits for what runs under its mandates, and nothing that begins after this has committed
 * succeeds. The vendor is told why and how to appeal, its customers what it means for them.
 */
export function barVendor(
  deps: Pick<StaffDeps, 'database'>,
  acting: StaffActing,
  bar: { readonly organisationNumber: string; readonly reason: string; readonly appeal: string },
): Promise<Result<{ readonly barId: string }, BarProblem | StaffRefused>> {
  const request = { right: 'vendors.bar', action: 'vendor.barred' } as const;
  return actAsStaff(deps.database, acting, request, async (permitted) => {
    const vendor = await vendorOf(permitted, bar.organisationNumber);
    if (vendor === undefined) return err('unknown');
    await records.lockVendor(permitted, vendor.id);
    const barId = await records.insertBar(permitted, { ...bar, vendorId: vendor.id });
    if (barId === undefined) return err('already-barred');
    await permitted.audit({
      subject: { kind: 'vendor', id: vendor.id },
      changes: { barId },
      detail: { reason: bar.reason, appeal: bar.appeal },
    });
    await enqueueTelling(permitted, barId, 'barred');
    return ok({ barId });
  });
}

/** Lifts the bar: the vendor's mandates hold again as far as they otherwise hold. */
export function liftBar(
  deps: Pick<StaffDeps, 'database'>,
  acting: StaffActing,
  lifting: { readonly organisationNumber: string; readonly reason: string },
): Promise<Result<{ readonly barId: string }, BarProblem | StaffRefused>> {
  const request = { right: 'vendors.bar', action: 'vendor.bar-lifted' } as const;
  return actAsStaff(deps.database, acting, request, async (permitted) => {
    const vendor = await vendorOf(permitted, lifting.organisationNumber);
    if (vendor === undefined) return err('unknown');
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

function enqueueTelling(transaction: Transaction, barId: string, what: 'barred' | 'lifted'): Promise<void> {
  return enqueue(transaction, tellOfBarTask, { barId, what }, { key: `${tellOfBarTask}:${what}:${barId}` });
}

const tellPayload = z.object({ barId: z.uuid(), what: z.enum(['barred', 'lifted']) });

/** Tells the vendor's officers why and how to appeal, and each customer's officers what it means; once. */
export async function tellOfBar(
  deps: Pick<StaffDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { barId, what } = tellPayload.parse(payload);
  await inTransaction(deps.database, { kind: 'job', name: tellOfBarTask }, async (transaction) => {
    const bar = await records.barToTell(transaction, barId);
    if (bar === undefined || !(await records.markBarTold(transaction, barId, what))) return;
    const at = what === 'barred' ? bar.barredAt : (bar.liftedAt ?? bar.barredAt);
    const toOfficers = (template: string, businessId: string, more: Notice['parameters']) =>
      deps.notify(transaction, {
        template,
        businessId,
        parameters: { vendor: bar.vendorName, atTime: at.toISOString(), ...more },
        audience: 'officers',
      });
    await toOfficers(`staff:notice.${what}.vendor`, bar.vendorId, {
      reason: what === 'barred' ? bar.reason : (bar.liftedReason ?? ''),
      appeal: bar.appeal,
    });
    for (const customer of await records.customersOf(transaction, bar.vendorId)) {
      await toOfficers(`staff:notice.${what}.customer`, customer.id, { business: customer.name });
    }
  });
}
