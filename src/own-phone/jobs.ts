import type { Task } from '../jobs/index.ts';
import { FORGET, forgetUnused, type PhoneDeps, SEND, sendLink, TELL, tellOfReport } from './actions.ts';

/** The tasks that send links to telephones, tell of cards reported by one, and each night forget numbers that nobody uses. */
export function createPhoneTasks(deps: PhoneDeps & { readonly unusedDays: number }): Task[] {
  return [
    { name: SEND, run: (payload) => sendLink(deps, payload) },
    { name: TELL, run: (payload) => tellOfReport(deps, payload) },
    { name: FORGET, cron: '40 2 * * *', run: () => forgetUnused(deps) },
  ];
}
