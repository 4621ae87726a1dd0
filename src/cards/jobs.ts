import type { Task } from '../jobs/index.ts';
import {
  followBatch,
  followBatchTask,
  produceCards,
  produceTask,
  sendBatch,
  sendBatchTask,
  type ProductionDependencies,
} from './production.ts';

/** The tasks that make cards of ready order lines, hand them to the issuer, and follow them until they are shipped. */
export function createCardTasks(deps: ProductionDependencies): Task[] {
  return [
    { name: produceTask, cron: '* * * * *', run: () => produceCards(deps) },
    { name: sendBatchTask, run: (payload) => sendBatch(deps, payload) },
    { name: followBatchTask, run: (payload) => followBatch(deps, payload) },
  ];
}
