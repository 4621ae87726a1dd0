import { act, look, type ActingFor, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { ok, type Result } from '../kernel/result.ts';
import { refreshIn } from './jobs.ts';
import { listWorkers, type WorkerPage } from './list-records.ts';
import { discloseWorkers } from './records.ts';

export interface WorkerListDeps {
  readonly database: Pick<Database, 'request'>;
}

export interface WorkerListView extends WorkerPage {
  readonly permitted: Permitted;
}

/** The business's workers, for those who may see the list; that they were seen is recorded. */
export function seeWorkers(
  { database }: WorkerListDeps,
  acting: ActingFor,
  wanted: Parameters<typeof listWorkers>[1],
): Promise<Result<WorkerListView, Refused>> {
  return look(database, acting, { right: 'workers.read', action: 'workers.seen' }, async (permitted) => {
    const page = await listWorkers(permitted, wanted);
    await discloseWorkers(
      permitted,
      page.workers.map(({ id }) => id),
      ['name', 'birth-date', 'employment'],
      'worker-list',
    );
    return { ...page, permitted };
  });
}

/** Has the list read anew from the registers, soon; asked several times it is read once. */
export function refreshWorkerList(
  { database }: WorkerListDeps,
  acting: ActingFor,
): Promise<Result<null, Refused>> {
  const request = { right: 'workers.read', neverForVendor: true, action: 'workers.refresh-asked' } as const;
  return act<null, Refused>(database, acting, request, async (permitted) => {
    await refreshIn(permitted, [permitted.facts.business?.organisationNumber ?? '']);
    await permitted.audit();
    return ok(null);
  });
}
