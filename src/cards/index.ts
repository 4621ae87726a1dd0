export { createCardTasks } from './jobs.ts';
export { produceTask, requestProduction, type ProductionDependencies } from './production.ts';
export { cardLinkPath, type CardState } from './rules.ts';
