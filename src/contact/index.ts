export { contactAddresses, seedContact } from './actions.ts';
export { createContactPages } from './pages.tsx';
