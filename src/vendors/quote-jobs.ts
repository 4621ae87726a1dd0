import type { Task } from '../jobs/index.ts';
import type { VendorDeps } from './grants.ts';
import { tellOfMergers, tellOfMergersTask } from './mergers.ts';
import { tellOfOffer, tellOfOfferTask } from './quotes.ts';

/** The tasks that tell the other side of a quote, and ask the customers of a vendor that was taken over. */
export function createQuoteTasks(deps: Pick<VendorDeps, 'database' | 'notify'>): Task[] {
  return [
    { name: tellOfOfferTask, run: (payload) => tellOfOffer(deps, payload) },
    { name: tellOfMergersTask, cron: '* * * * *', run: () => tellOfMergers(deps) },
  ];
}
