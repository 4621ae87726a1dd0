import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Task } from '../jobs/index.ts';
import { TELL, tellOfUpload } from './actions.ts';

export interface UploadTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
}

const payloadShape = z.object({ requestId: z.uuid() });

/** The task that tells what came of asking a worker. */
export function createUploadTasks(deps: UploadTaskDeps): Task[] {
  return [{ name: TELL, run: (payload) => tellOfUpload(deps, payloadShape.parse(payload).requestId) }];
}
