export {
  createWorkerImport,
  type WorkerImport,
  type WorkerImportDeps,
  type WorkerImportError,
} from './actions.ts';
export { createWorkerTasks, REFRESH_WORKERS, type WorkerTaskDeps } from './jobs.ts';
export { createWorkerPages, type WorkerPageDeps } from './pages.tsx';
export { PHOTO_MAX_BYTES, PHOTO_TYPES, preparePhoto, type PhotoError, type PreparedPhoto } from './photos.ts';
export { discloseWorkers, insertPhoto } from './records.ts';
