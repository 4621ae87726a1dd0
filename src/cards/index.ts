export { blockCardsOf } from './actions.ts';
export { createCardTasks } from './jobs.ts';
export { createCardPages } from './pages.tsx';
export { drawCardNumbers, requestProduction } from './production.ts';
export { cardLinkPath } from './rules.ts';
