import type { Task } from '../jobs/index.ts';
import {
  ANSWER,
  COUNT,
  COUNT_MONTHS,
  countMonths,
  countVendors,
  FORGET,
  forgetReports,
  sendAnswer,
} from './actions.ts';

/** The tasks that send answers to reports, and count: vendors once an hour, months once they have ended; and delete reports `reportDays` after their answer. */
export function createDirectoryTasks(
  deps: Parameters<typeof sendAnswer>[0] & { readonly reportDays: number },
): Task[] {
  return [
    { name: ANSWER, run: (payload) => sendAnswer(deps, payload) },
    { name: COUNT, cron: '10 * * * *', run: () => countVendors(deps) },
    { name: COUNT_MONTHS, cron: '20 0 * * *', run: () => countMonths(deps) },
    { name: FORGET, cron: '50 2 * * *', run: () => forgetReports(deps, deps.reportDays) },
  ];
}
