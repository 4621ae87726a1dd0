export { createDirectoryTasks } from './jobs.ts';
export { createDirectoryPages } from './pages.tsx';
export { staffLookAlikesPath } from './paths.ts';
export { createReportStaffPages, staffReportsPath } from './staff-pages.tsx';
