import type { Task } from '../jobs/index.ts';
import type { VendorDeps } from './grants.ts';
import { tellOfOffer, tellOfOfferTask } from './quotes.ts';

/** The task that tells the other side of a quote. */
export function createQuoteTasks(deps: Pick<VendorDeps, 'database' | 'notify'>): Task[] {
  return [{ name: tellOfOfferTask, run: (payload) => tellOfOffer(deps, payload) }];
}
