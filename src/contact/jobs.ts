import type { Task } from '../jobs/index.ts';
import { WORK } from './moves.ts';
import { refreshOfficial, type TellingDeps, workOnMoves } from './telling.ts';

/** How often what has waited long enough is looked for. */
const SETTLE_EVERY_MS = 5000;

/** Tasks that tell of changes of contact details, let them hold in time, and follow the state's register. */
export function createContactTasks(deps: TellingDeps): Task[] {
  return [
    { name: WORK, run: () => workOnMoves(deps) },
    { name: 'contact.settle', everyMs: SETTLE_EVERY_MS, run: () => workOnMoves(deps) },
    { name: 'contact.official', cron: '*/5 * * * *', run: () => refreshOfficial(deps) },
  ];
}
