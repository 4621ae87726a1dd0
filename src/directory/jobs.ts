import type { Task } from '../jobs/index.ts';
import { ANSWER, sendAnswer } from './actions.ts';

/** The task that sends answers to reports. */
export function createDirectoryTasks(deps: Parameters<typeof sendAnswer>[0]): Task[] {
  return [{ name: ANSWER, run: (payload) => sendAnswer(deps, payload) }];
}
