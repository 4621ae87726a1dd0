export type { CardDependencies } from './actions.ts';
export { createCardTasks } from './jobs.ts';
export { createCardPages } from './pages.tsx';
export { produceTask, requestProduction, type ProductionDependencies } from './production.ts';
export { cardLinkPath, type CardState } from './rules.ts';
