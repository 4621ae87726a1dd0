export { settleCase, viewCase, viewQueue } from './actions.ts';
export { createReviewMediaTasks } from './jobs.ts';
export { createReviewMediaPages } from './pages.tsx';
