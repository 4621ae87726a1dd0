export { createNotify, createOwnAddress, type ContactAddresses } from './actions.ts';
export { createReturnAddresses, startBounceListener } from './bounces.ts';
export { createOfficialAddresses, noteBounce } from './escalation.ts';
export { countsUnreadMessages, createInboxPages } from './pages.tsx';
export { createOwnInboxPages, ownMessagesPath } from './own-pages.tsx';
export { createMessageTasks } from './jobs.ts';
export { createSendMail } from './mailer.ts';
export { createTextMessages } from './text-messages.ts';
export { staffMessagesPath } from './staff-parts.tsx';
export { createStaffMessagePages } from './staff-pages.tsx';
export {
  askForOwnAddress,
  CARDS_NUMBER,
  forgetOwnAddress,
  type OwnAddressDeps,
  proveOwnAddress,
  viewOwnAddresses,
} from './own-addresses.ts';
export { numberTakenAt } from './own-address-records.ts';
export { createOwnAddressPages } from './own-address-pages.tsx';
export { createWishPages } from './wish-pages.tsx';
export { isOneAddress, mobileAddress } from './rules.ts';
