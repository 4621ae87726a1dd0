export { addMember, assignMember, publishVendorProfile } from './actions.ts';
export { grantToVendor } from './grants.ts';
export { createQuoteTasks } from './quote-jobs.ts';
export { createVendorPages } from './pages.tsx';
