export { createPhoneTasks } from './jobs.ts';
export { createOwnPhonePages } from './own-pages.tsx';
export { createPhonePages } from './pages.tsx';
export { phonePath } from './rules.ts';
export { default as workerPhoneWords } from './worker-words.json' with { type: 'json' };
