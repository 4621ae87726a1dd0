export { createNotify, createOwnAddress, type ContactAddresses } from './actions.ts';
export { type InboxDeps, unreadMessages } from './inbox.ts';
export { createInboxPages } from './pages.tsx';
export { createMessageTasks } from './jobs.ts';
export { createSendMail } from './mailer.ts';
export { isOneAddress } from './rules.ts';
