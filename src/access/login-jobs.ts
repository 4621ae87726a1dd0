import type { Task } from '../jobs/index.ts';
import { lapseClearances, lapseClearancesTask } from './clearances.ts';
import {
  forgetLogins,
  forgetLoginsTask,
  type LoginWatchDeps,
  watchDeeds,
  watchDeedsTask,
  watchLogins,
  watchLoginsTask,
} from './login-watch.ts';

const EVERY_MS = 3000;

/** The tasks that look at logins within seconds, and at what was done in them every ten minutes; and that forget them by night. */
export function createLoginTasks(deps: LoginWatchDeps): Task[] {
  return [
    { name: watchLoginsTask, everyMs: EVERY_MS, run: () => watchLogins(deps) },
    { name: watchDeedsTask, cron: '*/10 * * * *', run: () => watchDeeds(deps) },
    { name: lapseClearancesTask, cron: '*/5 * * * *', run: () => lapseClearances(deps) },
    { name: forgetLoginsTask, cron: '40 2 * * *', run: () => forgetLogins(deps) },
  ];
}
