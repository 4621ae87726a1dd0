import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import type { Task } from '../jobs/index.ts';
import { type LapsedOrder, lapseOrders } from './records.ts';
import { APPROVAL_DAYS, TRANSITIONS } from './rules.ts';

export interface LapseDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
}

const lapseTask = 'orders.lapse';
/** So many at a time, each lot in a transaction of its own. */
const LOT = 100;

/** The task that takes back what nobody approved in time. */
export function createOrderTasks(deps: LapseDeps): Task[] {
  return [{ name: lapseTask, cron: '20 * * * *', run: () => lapse(deps) }];
}

/** Takes back, with all their lines, the orders that have waited `APPROVAL_DAYS` for an approver; audited, and told. */
export async function lapse(deps: LapseDeps): Promise<void> {
  let lapsed: number;
  do {
    lapsed = await inTransaction(deps.database, { kind: 'job', name: lapseTask }, async (transaction) => {
      const orders = await lapseOrders(transaction, LOT);
      for (const order of orders) await tellOfLapse(deps.notify, transaction, order);
      return orders.length;
    });
  } while (lapsed === LOT);
}

async function tellOfLapse(notify: Notify, transaction: Transaction, order: LapsedOrder): Promise<void> {
  const { id, number, businessId, unitId, vendorId, businessName, placedByName, vendorName } = order;
  await appendAudit(transaction, {
    action: 'order.lapsed',
    decision: 'allowed',
    businessId,
    ...(vendorId === null ? {} : { vendorId }),
    subject: { kind: 'order', id },
    changes: { number: Number(number) },
  });
  const told = {
    template: TRANSITIONS.lapse.tells.notice,
    parameters: {
      business: businessName,
      number,
      person: placedByName,
      onBehalfOf: vendorName ?? businessName,
      days: String(APPROVAL_DAYS),
    },
  };
  await notify(transaction, { ...told, businessId, unitId, audience: 'business-and-officers' });
  if (vendorId !== null) await notify(transaction, { ...told, businessId: vendorId, audience: 'business' });
}
