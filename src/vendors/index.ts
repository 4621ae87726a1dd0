export { addMember, assignMember, publishVendorProfile, type MemberProblem } from './actions.ts';
export { grantToVendor, type GrantError, type Granted, type VendorDeps } from './grants.ts';
export { createVendorPages } from './pages.tsx';
