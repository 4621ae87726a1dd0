import type { Task } from '../jobs/index.ts';
import { ANSWER, COUNT, countVendors, sendAnswer } from './actions.ts';

/** The tasks that send answers to reports, and count the numbers of the directory once an hour. */
export function createDirectoryTasks(deps: Parameters<typeof sendAnswer>[0]): Task[] {
  return [
    { name: ANSWER, run: (payload) => sendAnswer(deps, payload) },
    { name: COUNT, cron: '10 * * * *', run: () => countVendors(deps) },
  ];
}
