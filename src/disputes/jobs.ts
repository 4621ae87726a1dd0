import type { Notify } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Task } from '../jobs/index.ts';
import { FORGET, forgetOldDisputes, RUN_OUT, TELL, tellOfDispute, tellOfTimeRunningOut } from './actions.ts';

export interface DisputeTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  /** Days that a dispute is kept after it is over. */
  readonly keepDays: number;
}

/** The tasks that tell of what workers say is wrong, each hour of what nobody has answered, and each night delete what was over long ago. */
export function createDisputeTasks(deps: DisputeTaskDeps): Task[] {
  return [
    { name: TELL, run: (payload) => tellOfDispute(deps, payload) },
    { name: RUN_OUT, cron: '20 * * * *', run: () => tellOfTimeRunningOut(deps) },
    { name: FORGET, cron: '35 2 * * *', run: () => forgetOldDisputes(deps) },
  ];
}
