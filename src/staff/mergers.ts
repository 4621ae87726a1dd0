import { sql } from 'kysely';
import type { PlainDate } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, type StaffActing, type StaffRefused } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { vendorOf } from './vendors.ts';

/** Why a merger is not recorded. Each but `unknown` has words under `staff:problem.*`. */
export type MergerProblem = 'unknown' | 'itself' | 'not-deleted' | 'closed-successor' | 'recorded-before';

/**
 * Records that a vendor was taken over by another, so that each customer is asked once whether it wants the successor. Gives
 * nothing and stops nothing: the mandates have stopped with the deletion in Enhetsregisteret, which has to be there.
 */
export function recordMerger(
  deps: Pick<StaffDeps, 'database'>,
  acting: StaffActing,
  merger: {
    readonly organisationNumber: string;
    readonly successorNumber: string;
    readonly day: PlainDate;
    /** Where the case officer has it from, in their words. */
    readonly source: string;
  },
): Promise<Result<null, MergerProblem | StaffRefused>> {
  const request = { right: 'vendors.bar', action: 'vendor.merger-recorded' } as const;
  return actAsStaff<null, MergerProblem>(deps.database, acting, request, async (permitted) => {
    const vendor = await vendorOf(permitted, merger.organisationNumber);
    if (vendor === undefined) return err('unknown');
    const successor = await vendorOf(permitted, merger.successorNumber);
    if (successor === undefined) return err('closed-successor');
    const { rows } = await sql<{ answer: MergerProblem | 'recorded' }>`
      select record_merger(${vendor.id}, ${successor.id}, ${merger.day}, ${merger.source}) as answer`.execute(
      permitted.query,
    );
    const answer = rows[0]?.answer ?? 'unknown';
    if (answer !== 'recorded') return err(answer);
    await permitted.audit({
      subject: { kind: 'vendor', id: vendor.id },
      changes: { successorId: successor.id, day: merger.day },
      detail: { source: merger.source },
    });
    return ok(null);
  });
}
