import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import type { Money } from '../kernel/money.ts';
import { priceAt } from './records.ts';

/** The official price of one card excluding VAT as it is now, for whoever asks. The card types cost the same. */
export function cardPriceNow(database: Pick<Database, 'request'>): Promise<Money | undefined> {
  return inTransaction(database, { kind: 'anonymous' }, (transaction) =>
    priceAt(transaction, 'construction', transaction.now),
  );
}
