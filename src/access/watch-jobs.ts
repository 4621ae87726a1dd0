import type { Task } from '../jobs/index.ts';
import type { AccessDeps } from './mandates.ts';
import { watchAccess, watchTask } from './watch.ts';

const EVERY_MS = 3000;

/** The task that follows up, within seconds, what stopped access without anybody ending it. */
export function createWatchTasks(deps: Pick<AccessDeps, 'database' | 'notify'>): Task[] {
  return [{ name: watchTask, everyMs: EVERY_MS, run: () => watchAccess(deps) }];
}
