import type { Permitted } from '../access/index.ts';
import type { Transaction } from '../database/transaction.ts';
import { type DeliveryAddress, readAddress } from '../orders/index.ts';
import type { ReturnedCard } from '../registers/index.ts';

/** A card that came back in the post. */
export interface CardReturn {
  readonly id: string;
  readonly reason: ReturnedCard['reason'];
  readonly returnedAt: Date;
  /** Where it is sent instead, and who said so; null while nobody has. */
  readonly address: DeliveryAddress | null;
  readonly askedByName: string | null;
}

/** The last time that a card came back, while the issuer has not been told what becomes of it; undefined where there is none. */
export async function openReturn({ query }: Permitted, cardId: string): Promise<CardReturn | undefined> {
  const row = await query
    .selectFrom('card_returns')
    .select(['id', 'reason', 'returned_at as returnedAt', 'address', 'asked_by_name as askedByName'])
    .where('card_id', '=', cardId)
    .where('settled_at', 'is', null)
    .$castTo<Omit<CardReturn, 'address'> & { readonly address: unknown }>()
    .executeTakeFirst();
  return row && { ...row, address: row.address === null ? null : readAddress(row.address) };
}

/** Says where the card is sent instead; false when somebody has said so before. */
export async function sendAgain(
  { query, facts, now }: Permitted,
  returnId: string,
  address: DeliveryAddress,
): Promise<boolean> {
  const result = await query
    .updateTable('card_returns')
    .set({
      address: JSON.stringify(address),
      asked_by: facts.session?.personId ?? null,
      asked_by_name: facts.session?.name ?? null,
      asked_at: now,
    })
    .where('id', '=', returnId)
    .where('asked_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

// What tasks do ---------------------------------------------------------------------------------------------------------

/** A card that is noted as returned just now. */
export interface NotedReturn {
  readonly cardId: string;
  readonly businessId: string;
  readonly unitId: string;
  readonly vendorId: string | null;
  readonly number: string;
}

/** Notes that a card came back; undefined for a card that was never shipped, and for a return that is noted already. */
export async function noteReturn(
  { query }: Transaction,
  { lineId, returnId, reason, returnedAt }: ReturnedCard,
): Promise<NotedReturn | undefined> {
  const card = await query
    .selectFrom('cards')
    .select(['id', 'business_id', 'unit_id', 'worker_id', 'vendor_id', 'number'])
    .where('order_line_id', '=', lineId)
    .where('production', '=', 'shipped')
    .forUpdate()
    .executeTakeFirst();
  if (card === undefined) return undefined;
  const {
    id: cardId,
    business_id: businessId,
    unit_id: unitId,
    worker_id,
    vendor_id: vendorId,
    number,
  } = card;
  const noted = await query
    .insertInto('card_returns')
    .values({
      business_id: businessId,
      unit_id: unitId,
      worker_id,
      card_id: cardId,
      issuer_reference: returnId,
      reason,
      returned_at: returnedAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (noted === undefined) return undefined;
  await query.updateTable('cards').set({ production: 'returned' }).where('id', '=', cardId).execute();
  return { cardId, businessId, unitId, vendorId, number };
}

/** What the issuer is to be told of a returned card: where it is sent instead, or that it is destroyed since it is blocked. */
export interface SettledReturn {
  readonly id: string;
  readonly issuerReference: string;
  readonly cardId: string;
  readonly lineId: string;
  readonly businessId: string;
  readonly deliverTo: DeliveryAddress | undefined;
}

/** Returns that are decided and that the issuer has not been told of, the oldest first; a card that is blocked is never sent. */
export async function returnsToSettle({ query }: Transaction): Promise<SettledReturn[]> {
  const rows = await query
    .selectFrom('card_returns')
    .innerJoin('cards', 'cards.id', 'card_returns.card_id')
    .select([
      'card_returns.id',
      'card_returns.issuer_reference as issuerReference',
      'card_returns.card_id as cardId',
      'cards.order_line_id as lineId',
      'card_returns.business_id as businessId',
      'card_returns.address',
      'cards.blocked_at as blockedAt',
    ])
    .where('card_returns.settled_at', 'is', null)
    .where((eb) =>
      eb.or([eb('card_returns.asked_at', 'is not', null), eb('cards.blocked_at', 'is not', null)]),
    )
    .orderBy('card_returns.id')
    .limit(500)
    .execute();
  return rows.map(({ address, blockedAt, ...row }) => ({
    ...row,
    deliverTo: blockedAt === null ? readAddress(address) : undefined,
  }));
}

/** Records that the issuer knows what becomes of the card, and has sent it where it was told to. */
export async function markSettled(
  { query, now }: Transaction,
  { id, cardId, deliverTo }: SettledReturn,
): Promise<boolean> {
  const settled = await query
    .updateTable('card_returns')
    .set({ settled_at: now })
    .where('id', '=', id)
    .where('settled_at', 'is', null)
    .executeTakeFirst();
  if (settled.numUpdatedRows === 0n) return false;
  if (deliverTo !== undefined)
    await query.updateTable('cards').set({ production: 'shipped' }).where('id', '=', cardId).execute();
  return true;
}
