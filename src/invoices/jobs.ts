import type { Task } from '../jobs/index.ts';
import {
  deliverInvoice,
  deliverTask,
  remindBusinesses,
  remindTask,
  sweepDeliveries,
  type DeliveryDeps,
} from './delivery.ts';
import { issueInvoices, issueTask, type IssuingDeps } from './issuing.ts';

/** The tasks that write invoices and credit notes, deliver them, and remind of what is overdue. */
export function createInvoiceTasks(deps: IssuingDeps & DeliveryDeps): Task[] {
  return [
    { name: issueTask, cron: '* * * * *', run: () => issueInvoices(deps) },
    { name: deliverTask, run: (payload) => deliverInvoice(deps, payload) },
    { name: 'invoices.sweep', cron: '* * * * *', run: () => sweepDeliveries(deps) },
    // In the morning in Oslo.
    { name: remindTask, cron: '20 6 * * *', run: () => remindBusinesses(deps) },
  ];
}
