import { act, look, type ActingFor, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  chosenAddress,
  type DeliveryAddress,
  keepAddress,
  knownAddresses,
  type PlaceOrder,
} from '../orders/index.ts';
import { discloseWorkers } from '../workers/index.ts';
import { readReachable, type Seen } from './actions.ts';
import type { Card } from './records.ts';
import { type CardReturn, openReturn, sendAgain } from './return-records.ts';
import { settleSoon } from './returns.ts';

interface ReturnDeps {
  readonly database: Pick<Database, 'request'>;
}

/** Where cards go is the business's to say, never a vendor's. */
const sending = {
  right: 'orders.place',
  besides: ['cards.read'],
  neverForVendor: true,
  action: 'cards.send-again',
} as const;

const missing: Refused = { kind: 'missing' };

/** A card that lies with the issuer since the post came back, with where it may be sent. */
export type ReturnView = Seen<{
  readonly card: Card;
  readonly returned: CardReturn;
  readonly addresses: readonly { readonly id: string; readonly address: DeliveryAddress }[];
}>;

/** `missing` also for a card that has not come back. */
export async function seeReturn(
  { database }: ReturnDeps,
  acting: ActingFor,
  cardId: string,
): Promise<Result<ReturnView, Refused>> {
  const seen = await look(database, acting, sending, async (permitted): Promise<ReturnView | undefined> => {
    const found = await findReturned(permitted, cardId);
    if (found === undefined) return undefined;
    await discloseWorkers(permitted, [found.card.workerId], ['name'], 'card');
    return { ...found, permitted, addresses: await knownAddresses(permitted, found.card.unitId) };
  });
  if (!seen.ok) return seen;
  return seen.value === undefined ? err(missing) : ok(seen.value);
}

export interface SendAgain extends Pick<PlaceOrder, 'delivery' | 'keepAddress'> {
  readonly cardId: string;
}

/** Has a returned card sent to another address, once; `decided` when that was said before. */
export function sendCardAgain(
  { database }: ReturnDeps,
  acting: ActingFor,
  { cardId, delivery, keepAddress: keep }: SendAgain,
): Promise<Result<null, Refused | { readonly kind: 'decided' | 'no-such-address' }>> {
  return act<null, Refused | { readonly kind: 'decided' | 'no-such-address' }>(
    database,
    acting,
    sending,
    async (permitted) => {
      const found = await findReturned(permitted, cardId);
      if (found === undefined) return err(missing);
      const address = await chosenAddress(permitted, { delivery, unitId: found.card.unitId });
      if (address === undefined) return err({ kind: 'no-such-address' });
      if (!(await sendAgain(permitted, found.returned.id, address))) return err({ kind: 'decided' });
      if (keep === true) await keepAddress(permitted, address);
      await permitted.audit({
        subject: { kind: 'card', id: cardId },
        changes: { returnId: found.returned.id },
      });
      await settleSoon(permitted);
      return ok(null);
    },
  );
}

/** A blocked card is destroyed, and not sent. */
async function findReturned(
  permitted: Permitted,
  cardId: string,
): Promise<Pick<ReturnView, 'card' | 'returned'> | undefined> {
  const card = await readReachable(permitted, cardId);
  if (card?.blockedAt !== null) return undefined;
  if (!permitted.use('orders.place', { unitId: card.unitId, workerId: card.workerId }).allowed)
    return undefined;
  const returned = await openReturn(permitted, cardId);
  return returned && { card, returned };
}
