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
import { followReturns, followReturnsTask, type ReturnDependencies } from './returns.ts';

/**
 * The tasks that make cards of ready order lines, hand them to the issuer, and follow them until they are shipped, and when they
 * come back.
 */
export function createCardTasks(deps: ProductionDependencies & ReturnDependencies): Task[] {
  return [
    { name: produceTask, cron: '* * * * *', run: () => produceCards(deps) },
    { name: sendBatchTask, run: (payload) => sendBatch(deps, payload) },
    { name: followBatchTask, run: (payload) => followBatch(deps, payload) },
    { name: followReturnsTask, cron: '11,41 * * * *', run: () => followReturns(deps) },
  ];
}
