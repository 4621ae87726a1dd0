import type { Task } from '../jobs/index.ts';
import {
  deleteOldUploads,
  deleteUploadsTask,
  readUpload,
  readUploadTask,
  type ReadingDeps,
} from './reading.ts';

/** The task that reads an uploaded file, and the nightly one that deletes those that are `keepDays` old. */
export function createBulkTasks(deps: ReadingDeps & { readonly keepDays: number }): Task[] {
  return [
    { name: readUploadTask, run: (payload) => readUpload(deps, payload) },
    { name: deleteUploadsTask, cron: '20 3 * * *', run: () => deleteOldUploads(deps, deps.keepDays) },
  ];
}
