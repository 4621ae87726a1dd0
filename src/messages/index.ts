export { createNotify, createOwnAddress, type ContactAddresses } from './actions.ts';
export { createMessageTasks } from './jobs.ts';
export { createSendMail } from './mailer.ts';
export { isOneAddress } from './rules.ts';
