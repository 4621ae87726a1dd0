export { createDirectoryTasks } from './jobs.ts';
export { createDirectoryPages } from './pages.tsx';
export { createReportStaffPages, staffReportsPath } from './staff-pages.tsx';
