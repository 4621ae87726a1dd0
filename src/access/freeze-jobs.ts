import type { Task } from '../jobs/index.ts';
import { tellOfFreeze, tellOfFreezeTask } from './freezes.ts';
import type { AccessDeps } from './mandates.ts';

/** The task that tells the officers on both sides of an emergency stop and of its end. */
export function createFreezeTasks(deps: Pick<AccessDeps, 'database' | 'notify'>): Task[] {
  return [{ name: tellOfFreezeTask, run: (payload) => tellOfFreeze(deps, payload) }];
}
