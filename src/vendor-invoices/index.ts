export { createVendorInvoicePages } from './pages.tsx';
