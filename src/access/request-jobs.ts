import type { Task } from '../jobs/index.ts';
import type { AccessDeps } from './mandates.ts';
import { lapseRequests, lapseRequestsTask, tellOfRequest, tellOfRequestTask } from './requests.ts';

/** The tasks that tell of requests for mandates, and that put away those which nobody answered in time. */
export function createRequestTasks(deps: Pick<AccessDeps, 'database' | 'notify'>): Task[] {
  return [
    { name: tellOfRequestTask, run: (payload) => tellOfRequest(deps, payload) },
    { name: lapseRequestsTask, cron: '5 * * * *', run: () => lapseRequests(deps) },
  ];
}
