export { createVendorInvoiceTasks } from './jobs.ts';
export { createVendorInvoicePages } from './pages.tsx';
