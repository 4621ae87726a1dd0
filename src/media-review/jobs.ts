import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Task } from '../jobs/index.ts';
import { CLEAN, cleanUp, type Retention, TELL, tellOfRejection } from './actions.ts';

export interface ReviewTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly retention: Retention;
}

const tellPayload = z.object({ lineId: z.uuid() });

/** The tasks that tell of rejections, and that delete each night what is needed no longer. */
export function createReviewMediaTasks(deps: ReviewTaskDeps): Task[] {
  return [
    { name: TELL, run: (payload) => tellOfRejection(deps, tellPayload.parse(payload).lineId) },
    { name: CLEAN, cron: '40 2 * * *', run: () => cleanUp(deps, deps.retention) },
  ];
}
