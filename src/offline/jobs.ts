import type { Task } from '../jobs/index.ts';
import {
  publishLists,
  publishTask,
  signCodesTask,
  signMissingCodes,
  type OfflineDependencies,
} from './actions.ts';

/** The tasks that publish the status lists each minute, and once a day sign what has no code. */
export function createOfflineTasks(deps: OfflineDependencies): Task[] {
  return [
    { name: publishTask, cron: '* * * * *', run: () => publishLists(deps) },
    { name: signCodesTask, cron: '23 2 * * *', run: () => signMissingCodes(deps) },
  ];
}
