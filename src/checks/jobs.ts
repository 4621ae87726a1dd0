import type { Database } from '../database/database.ts';
import type { Task } from '../jobs/index.ts';
import { CLEAN, deleteOldRecords } from './entitled-actions.ts';

export interface CheckTaskDeps {
  readonly database: Pick<Database, 'request'>;
  /** How many days check records are kept. */
  readonly recordDays: number;
}

/** The task that deletes each night the check records whose time is over. */
export function createCheckTasks({ database, recordDays }: CheckTaskDeps): Task[] {
  return [{ name: CLEAN, cron: '50 2 * * *', run: () => deleteOldRecords({ database }, recordDays) }];
}
