export { createBulkTasks } from './jobs.ts';
export { createBulkPages } from './pages.tsx';
