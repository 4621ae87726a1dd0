import type { NotNull } from 'kysely';
import type { Permitted } from '../access/index.ts';
import { isOrdered, type LineState } from './rules.ts';

/** What a confirmation says: who gets a card, from whom, and since when it is ordered. */
export interface Confirmation {
  readonly workerId: string;
  readonly name: string;
  readonly employer: string;
  /** Of the main unit. */
  readonly organisationNumber: string;
  readonly orderNumber: number;
  /** When it was placed or, if it had to be approved, approved. */
  readonly orderedAt: Date;
  /** Behind the public link. */
  readonly token: string;
}

/** The confirmation of a line, if the asker may see it and it binds: not one that waits for approval or is off the order. */
export async function findConfirmation(
  { query }: Permitted,
  orderId: string,
  lineId: string,
): Promise<Confirmation | undefined> {
  const row = await query
    .selectFrom('order_lines')
    .innerJoin('order_lines_as_shown as shown', 'shown.id', 'order_lines.id')
    .innerJoin('orders', 'orders.id', 'order_lines.order_id')
    .innerJoin('businesses', 'businesses.id', 'orders.business_id')
    .select([
      'order_lines.worker_id as workerId',
      'shown.holder_name as name',
      'businesses.name as employer',
      'businesses.organisation_number as organisationNumber',
      'orders.number as orderNumber',
      'orders.placed_at as placedAt',
      'orders.approved_at as approvedAt',
      'order_lines.confirmation_token as token',
      'order_lines.state',
    ])
    .where('order_lines.id', '=', lineId)
    .where('order_lines.order_id', '=', orderId)
    .where('orders.state', '=', 'placed')
    .$narrowType<{ name: NotNull; token: NotNull; state: LineState }>()
    .executeTakeFirst();
  if (row === undefined || !isOrdered(row.state)) return undefined;
  const { placedAt, approvedAt, state: _, ...rest } = row;
  return { ...rest, orderedAt: approvedAt ?? placedAt };
}
