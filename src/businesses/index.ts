export { createBusinessImport, type BusinessImport, type BusinessImportDeps } from './actions.ts';
export { createBusinessPages } from './pages.tsx';
export { createBusinessTasks, refreshSoon, sweepAt } from './jobs.ts';
export { awaitedApprovals, type BusinessApproval } from './approval-records.ts';
export { createApprovalReading, type ApprovalReading } from './approvals.ts';
export { createApprovalTasks } from './approval-jobs.ts';
export { keepLastUpdate, lastUpdate, ownChoices } from './records.ts';
export { mayHaveCards } from './rules.ts';
