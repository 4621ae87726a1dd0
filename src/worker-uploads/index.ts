export { createAskWorkerPages } from './ask-pages.tsx';
export { createUploadTasks } from './jobs.ts';
export { createUploadPages } from './pages.tsx';
export { ownUploadsPath } from './rules.ts';
