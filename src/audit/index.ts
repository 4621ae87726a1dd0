export { appendAudit, recordDisclosures } from './records.ts';
export type { AuditEntry, Disclosure } from './rules.ts';
