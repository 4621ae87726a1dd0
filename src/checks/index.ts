export { createEntitledPages } from './entitled-pages.tsx';
export { createCheckTasks } from './jobs.ts';
export { createCheckPages } from './pages.tsx';
