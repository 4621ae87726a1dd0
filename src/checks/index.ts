export { createEntitledPages } from './entitled-pages.tsx';
export { createCheckTasks } from './jobs.ts';
export { answersCheck, createCheckPages } from './pages.tsx';
