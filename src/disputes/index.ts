export { createDisputePages } from './pages.tsx';
export { createDisputeTasks } from './jobs.ts';
export { createOwnDisputePages } from './own-pages.tsx';
export { staffDisputesPath } from './rules.ts';
export { createDisputeStaffPages } from './staff-pages.tsx';
