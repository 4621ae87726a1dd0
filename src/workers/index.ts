export { createWorkerImport, type WorkerImport } from './actions.ts';
export { createChangeTasks } from './change-jobs.ts';
export { createDeclarationTasks } from './declared-jobs.ts';
export { createDeclaredPages } from './declared-page.tsx';
export { createWorkerTasks, refreshWorkersSoon } from './jobs.ts';
export { createWorkerPages } from './pages.tsx';
export { declarePermit, permitDays } from './permit-actions.ts';
export { createPermitPages } from './permit-page.tsx';
export {
  type DocumentError,
  PHOTO_MAX_BYTES,
  PHOTO_TYPES,
  type PhotoError,
  type PreparedDocument,
  prepareDocument,
  type PreparedPhoto,
  preparePhoto,
} from './photos.ts';
export { discloseWorkers, insertDocument, insertPhoto } from './records.ts';
export {
  DOCUMENT_KINDS,
  type DocumentKind,
  documentPurpose,
  type Obstacle,
  OBSTACLES,
  PERMIT_KINDS,
  type PermitKind,
} from './rules.ts';
