export { asksToVerify, contactAddresses, seedContact, unitPostalAddresses } from './actions.ts';
export { createContactTasks } from './jobs.ts';
export { createContactPages } from './pages.tsx';
export { createContactStaffPages, staffContactPath } from './staff-pages.tsx';
export { createStopPages } from './stop-pages.tsx';
