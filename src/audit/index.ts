export { directoryProblem } from './checkpoints.ts';
export { createAuditTasks } from './jobs.ts';
export { appendAudit, recordDisclosures } from './records.ts';
export type { AuditEntry } from './rules.ts';
export { verifyAudit } from './verify.ts';
