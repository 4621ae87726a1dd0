export { createBusinessImport, type BusinessImport, type BusinessImportDeps } from './actions.ts';
export { createBusinessPages } from './pages.tsx';
export { createBusinessTasks, refreshSoon } from './jobs.ts';
