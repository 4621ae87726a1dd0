import type { Task } from '../jobs/index.ts';
import { readPhotos, readPhotosTask } from './photo-reading.ts';
import {
  deleteOldUploads,
  deleteUploadsTask,
  readUpload,
  readUploadTask,
  type ReadingDeps,
} from './reading.ts';

/** The tasks that read an uploaded file and an archive of photos, and the nightly one that deletes those that are `keepDays` old. */
export function createBulkTasks(deps: ReadingDeps & { readonly keepDays: number }): Task[] {
  return [
    { name: readUploadTask, run: (payload) => readUpload(deps, payload) },
    { name: readPhotosTask, run: (payload) => readPhotos(deps, payload) },
    { name: deleteUploadsTask, cron: '20 3 * * *', run: () => deleteOldUploads(deps, deps.keepDays) },
  ];
}
