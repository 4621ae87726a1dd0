export { requestInvoices } from './issuing.ts';
export { createInvoiceTasks } from './jobs.ts';
export { createInvoicePages } from './pages.tsx';
export { createInvoiceStaffPages, staffInvoicesPath } from './staff-pages.tsx';
