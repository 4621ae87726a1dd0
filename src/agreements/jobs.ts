import type { Task } from '../jobs/index.ts';
import { settleTask, tellCustomersTask } from './actions.ts';
import { tellOfRecorded, tellOfRecordedTask } from './recorded.ts';
import { settleAgreements, type SettlingDeps, tellCustomers } from './settling.ts';

/** The tasks that end agreements in time, remind before that, follow deletions up, and tell each side of changes. */
export function createAgreementTasks(deps: SettlingDeps): Task[] {
  return [
    { name: settleTask, cron: '* * * * *', run: () => settleAgreements(deps) },
    { name: tellCustomersTask, run: (payload) => tellCustomers(deps, payload) },
    { name: tellOfRecordedTask, run: (payload) => tellOfRecorded(deps, payload) },
  ];
}
