export { readCardCode } from './card-code.ts';
export { signCodes, type OfflineSettings } from './actions.ts';
export { createOfflineTasks } from './jobs.ts';
export { createKeyRing, type KeyRing } from './keys.ts';
export { cardKeysPath, createOfflinePages, statusListsPath } from './pages.tsx';
export { readCodes } from './records.ts';
