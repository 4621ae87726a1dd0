export { blockCardsOf } from './actions.ts';
export { createConditionTasks, settleSoon } from './condition-jobs.ts';
export { createCardTasks } from './jobs.ts';
export { createOwnCardPages } from './own-pages.tsx';
export { hasOwnCards } from './own-records.ts';
export { createCardPages } from './pages.tsx';
export { drawCardNumbers, requestProduction } from './production.ts';
export { cardLinkPath, ownCardsPath } from './rules.ts';
export { stateColors } from './state-colors.ts';
