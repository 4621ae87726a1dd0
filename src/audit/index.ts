export { createAuditTasks } from './jobs.ts';
export { appendAudit, recordDisclosures } from './records.ts';
export type { AuditEntry, Disclosure } from './rules.ts';
export { verifyAudit, type Verification } from './verify.ts';
