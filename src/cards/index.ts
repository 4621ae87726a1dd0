export { blockCardsOf } from './actions.ts';
export { createConditionTasks, settleSoon } from './condition-jobs.ts';
export { ConditionList, Unconfirmed } from './condition-parts.tsx';
export { type CardConditions, judgeFacts } from './condition-records.ts';
export { type ConditionSettings, isUnconfirmed } from './conditions.ts';
export { createCardTasks } from './jobs.ts';
export { asOneself, createOwnCardPages, type Oneself } from './own-pages.tsx';
export { hasOwnCards, type OwnCard, type OwnWorker, readOwnCard, readOwnWorker } from './own-records.ts';
export { OwnReportForm, ownReportForm } from './own-report.tsx';
export { createCardPages } from './pages.tsx';
export { drawCardNumbers, requestProduction } from './production.ts';
export {
  cardLinkPath,
  type CardState,
  ownCardsPath,
  ownDisputesPath,
  type OwnReportReason,
  ownWorkerDisputePath,
} from './rules.ts';
export { stateColors } from './state-colors.ts';
export { default as workerCardWords } from './worker-words.json' with { type: 'json' };
