export { createWorkerImport, type WorkerImport } from './actions.ts';
export { createWorkerTasks, refreshWorkersSoon } from './jobs.ts';
export { createWorkerPages } from './pages.tsx';
export { PHOTO_MAX_BYTES, PHOTO_TYPES, preparePhoto, type PhotoError, type PreparedPhoto } from './photos.ts';
export { discloseWorkers, insertPhoto } from './records.ts';
