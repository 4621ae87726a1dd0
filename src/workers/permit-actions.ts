import { act, look, type ActingFor, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { addDays, osloToday, type PlainDate } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { settleDeclarationsIn } from './declared-jobs.ts';
import * as records from './permit-records.ts';
import { discloseWorkers } from './records.ts';
import type { PermitKind } from './rules.ts';

export interface PermitDeps {
  readonly database: Pick<Database, 'request'>;
}

/** Who orders for the worker and sees the worker list: a vendor within its mandate as well. */
const declaring = { right: 'orders.place', orElse: ['orders.prepare'], besides: ['workers.read'] } as const;

export interface PermitView extends records.PermitWorker {
  readonly permitted: Permitted;
}

/** A worker's permit to stay, as it was declared; that it was seen is recorded. `missing` where the asker sees no such worker. */
export async function seePermit(
  { database }: PermitDeps,
  acting: ActingFor,
  workerId: string,
): Promise<Result<PermitView, Refused>> {
  const seen = await look(
    database,
    acting,
    { ...declaring, action: 'worker-permit.seen' },
    async (permitted) => {
      const worker = await records.findPermitWorker(permitted, workerId);
      if (worker === undefined) return undefined;
      await discloseWorkers(
        permitted,
        [worker.id],
        ['name', 'birth-date', 'residence-permit'],
        'worker-list',
      );
      return { ...worker, permitted };
    },
  );
  if (!seen.ok) return seen;
  return seen.value === undefined ? err({ kind: 'missing' }) : ok(seen.value);
}

/** The days that may be a declared permit's last: one that has ended is told as well. */
export function permitDays(now: Date): { readonly first: PlainDate; readonly last: PlainDate } {
  const today = osloToday(now);
  return { first: addDays(today, -365), last: addDays(today, 3650) };
}

export interface DeclarePermit {
  readonly workerId: string;
  readonly kind: PermitKind;
  readonly lastDay: PlainDate;
}

export type PermitProblem = 'day-out-of-reach' | 'not-due';

/** Declares a worker's permit to stay in place of the one before, and has the cards follow. Nothing else is kept of the document. */
export async function declarePermit(
  { database }: PermitDeps,
  acting: ActingFor,
  { workerId, kind, lastDay }: DeclarePermit,
): Promise<Result<null, Refused | { readonly kind: PermitProblem }>> {
  const request = { ...declaring, action: 'worker-permit.declared' };
  const found = await look(database, acting, request, (permitted) =>
    records.findPermitWorker(permitted, workerId),
  );
  if (!found.ok) return found;
  if (found.value === undefined) return err({ kind: 'missing' });
  const subject = { unitId: found.value.unitId, workerId };
  return act<null, Refused | { readonly kind: PermitProblem }>(
    database,
    acting,
    { ...request, subject },
    async (permitted) => {
      const { first, last } = permitDays(permitted.now);
      if (lastDay < first || lastDay > last) return err({ kind: 'day-out-of-reach' });
      if (!(await records.declarePermit(permitted, workerId, { kind, lastDay })))
        return err({ kind: 'not-due' });
      await settleDeclarationsIn(permitted);
      await permitted.audit({ subject: { kind: 'worker', id: workerId }, detail: { kind, lastDay } });
      return ok(null);
    },
  );
}
