export { createNotify, type ContactAddresses, type MessageDeps } from './actions.ts';
export { createMessageTasks } from './jobs.ts';
export { createSendMail, type SendMail } from './mailer.ts';
export { isOneAddress, type TextSource } from './rules.ts';
