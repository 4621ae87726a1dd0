export { addMember, assignMember, publishVendorProfile } from './actions.ts';
export { grantToVendor } from './grants.ts';
export { createQuoteTasks } from './quote-jobs.ts';
export { createVendorPages } from './pages.tsx';
export { AgreedQuotes } from './quote-parts.tsx';
export { agreedQuotes } from './quotes.ts';
export type { SecurityAnswer } from './security.ts';
export { SecurityAnswers, SecuritySummary } from './security-pages.tsx';
export { createVendorLinkPages } from './start-pages.tsx';
