import { type NotNull, sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { osloToday, endToLastDay, type PlainDate } from '../kernel/dates.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { readAddress } from '../orders/index.ts';
import type { CardToProduce } from '../registers/index.ts';
import { cardLinkPath } from './rules.ts';

/** An order line that has passed review, with what is printed on its card. */
export interface ReadyLine {
  readonly id: string;
  readonly businessId: string;
  readonly unitId: string;
  readonly vendorId: string | null;
  readonly workerId: string;
  readonly personId: string;
  readonly cardType: string;
  readonly holderName: string;
  readonly birthDate: string;
  readonly employerName: string;
  readonly organisationNumber: string;
  /** Allotted when the line passed review. */
  readonly cardNumber: string;
}

/** What an emergency stop holds waits until it is lifted. */
const notHeld = sql<boolean>`not order_is_held(orders)`;

/** Locks ready lines that no other process is at work on, the oldest first. */
export function takeReadyLines({ query }: Transaction, limit: number): Promise<ReadyLine[]> {
  return query
    .selectFrom('order_lines')
    .innerJoin('orders', 'orders.id', 'order_lines.order_id')
    .innerJoin('workers', 'workers.id', 'order_lines.worker_id')
    .innerJoin('businesses', 'businesses.id', 'order_lines.business_id')
    .select([
      'order_lines.id',
      'order_lines.business_id as businessId',
      'orders.unit_id as unitId',
      'order_lines.vendor_id as vendorId',
      'order_lines.worker_id as workerId',
      'workers.person_id as personId',
      'orders.card_type as cardType',
      'workers.name as holderName',
      'workers.birth_date as birthDate',
      'businesses.name as employerName',
      // The main unit's, though workers are employed in units: that is what the card has to show.
      'businesses.organisation_number as organisationNumber',
      'order_lines.card_number as cardNumber',
    ])
    .where('order_lines.state', '=', 'ready')
    .where('order_lines.card_number', 'is not', null)
    .$narrowType<{ cardNumber: NotNull }>()
    .where('order_lines.photo_id', 'is not', null)
    .where('orders.state', '=', 'placed')
    .where(notHeld)
    .orderBy('order_lines.id')
    .limit(limit)
    .forUpdate('order_lines')
    .skipLocked()
    .execute();
}

/** Opens a batch; `nextStepAt` says when to worry if nothing has happened. */
export async function insertBatch({ query, now }: Transaction): Promise<string> {
  const batch = await query
    .insertInto('card_batches')
    .values({ created_at: now, next_step_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return batch.id;
}

/** Inserts a card for each line, under the line's number. */
export async function insertCards(
  { query, now }: Transaction,
  batch: { readonly id: string; readonly expiresAt: Date },
  lines: readonly ReadyLine[],
  drawToken: () => string,
): Promise<void> {
  const rows = lines.map((line) => ({
    business_id: line.businessId,
    unit_id: line.unitId,
    worker_id: line.workerId,
    person_id: line.personId,
    vendor_id: line.vendorId,
    order_line_id: line.id,
    batch_id: batch.id,
    card_type: line.cardType,
    holder_name: line.holderName,
    birth_date: line.birthDate,
    employer_name: line.employerName,
    organisation_number: line.organisationNumber,
    issued_at: now,
    expires_at: batch.expiresAt,
    number: line.cardNumber,
    token: drawToken(),
  }));
  await query.insertInto('cards').values(rows).execute();
}

export async function moveLines(
  { query, now }: Transaction,
  lineIds: readonly string[],
  state: 'ready' | 'in-production' | 'shipped',
): Promise<void> {
  await query.updateTable('order_lines').set({ state, changed_at: now }).where('id', 'in', lineIds).execute();
}

export interface Batch {
  readonly createdAt: Date;
  /** When it was first tried to be sent: since then the issuer may have it, whatever it answered. */
  readonly handedOverAt: Date | null;
  readonly sentAt: Date | null;
  readonly closedAt: Date | null;
}

export function readBatch({ query }: Transaction, batchId: string): Promise<Batch | undefined> {
  return query
    .selectFrom('card_batches')
    .select([
      'created_at as createdAt',
      'handed_over_at as handedOverAt',
      'sent_at as sentAt',
      'closed_at as closedAt',
    ])
    .where('id', '=', batchId)
    .executeTakeFirst();
}

/** A card of a batch whose order an emergency stop holds. */
export interface HeldCard {
  readonly id: string;
  readonly businessId: string;
  readonly lineId: string;
}

/** The cards of a batch that must not be sent now, as far as the issuer has not made them. */
export function heldCards({ query }: Transaction, batchId: string): Promise<HeldCard[]> {
  return query
    .selectFrom('cards')
    .innerJoin('order_lines', 'order_lines.id', 'cards.order_line_id')
    .innerJoin('orders', 'orders.id', 'order_lines.order_id')
    .select(['cards.id', 'cards.business_id as businessId', 'cards.order_line_id as lineId'])
    .where('cards.batch_id', '=', batchId)
    .where('cards.production', 'in', ['waiting', 'acknowledged'])
    .where((eb) => eb.not(notHeld))
    .orderBy('cards.id')
    .execute();
}

/** Undoes cards that nobody has been sent; their lines keep their numbers, and are made anew when they may be. */
export async function deleteCards({ query }: Transaction, cardIds: readonly string[]): Promise<void> {
  await query.deleteFrom('cards').where('id', 'in', cardIds).execute();
}

/** Notes that the batch is about to be sent, before it is. */
export async function markHandedOver({ query, now }: Transaction, batchId: string): Promise<void> {
  await query
    .updateTable('card_batches')
    .set({ handed_over_at: now })
    .where('id', '=', batchId)
    .where('handed_over_at', 'is', null)
    .execute();
}

/** Closes a batch that no cards are left in. */
export async function closeEmpty({ query, now }: Transaction, batchId: string): Promise<void> {
  await query
    .updateTable('card_batches')
    .set({ closed_at: now, next_step_at: null })
    .where('id', '=', batchId)
    .execute();
}

/** Everything that the issuer is sent, the same to the byte each time it is asked for. */
export async function readCardsToProduce(
  { query }: Transaction,
  batchId: string,
  origin: string,
): Promise<CardToProduce[]> {
  const rows = await query
    .selectFrom('cards')
    .innerJoin('cards_as_shown as shown', 'shown.id', 'cards.id')
    .innerJoin('order_lines', 'order_lines.id', 'cards.order_line_id')
    .innerJoin('orders', 'orders.id', 'order_lines.order_id')
    .innerJoin('photos', 'photos.id', 'order_lines.photo_id')
    .leftJoin('card_codes', 'card_codes.card_id', 'cards.id')
    .select([
      'cards.order_line_id',
      'card_codes.code',
      'cards.number',
      'cards.card_type',
      'cards.employer_name',
      'cards.organisation_number',
      'cards.issued_at',
      'cards.expires_at',
      'cards.token',
      'shown.holder_name',
      'shown.birth_date',
      'photos.image',
      'photos.sha256',
      'orders.delivery_address',
    ])
    .where('cards.batch_id', '=', batchId)
    .orderBy('cards.id')
    // A task is shown everything that is printed.
    .$narrowType<{ holder_name: NotNull; birth_date: NotNull }>()
    .execute();
  return rows.map((row) => ({
    lineId: row.order_line_id,
    cardNumber: row.number,
    cardType: row.card_type,
    holderName: row.holder_name,
    birthDate: row.birth_date as PlainDate,
    employerName: row.employer_name,
    organisationNumber: row.organisation_number as OrganisationNumber,
    issueDate: osloToday(row.issued_at),
    expiryDate: endToLastDay(row.expires_at),
    checkAddress: `${origin}${cardLinkPath(row.token)}`,
    ...(row.code === null ? {} : { offlineCode: row.code }),
    photoSha256: row.sha256.toString('hex'),
    photo: row.image,
    deliverTo: readAddress(row.delivery_address),
  }));
}

/** Records that the issuer has the batch; a batch that was recorded before stays as it is. */
export async function markSent({ query, now }: Transaction, batchId: string): Promise<void> {
  await query
    .updateTable('card_batches')
    .set({ sent_at: now, next_step_at: now })
    .where('id', '=', batchId)
    .where('sent_at', 'is', null)
    .execute();
  await query
    .updateTable('cards')
    .set({ production: 'acknowledged' })
    .where('batch_id', '=', batchId)
    .where('production', '=', 'waiting')
    .execute();
}

/** For an issuer that no longer knows the batch: it has to be sent again. */
export async function markUnsent({ query }: Transaction, batchId: string): Promise<void> {
  await query.updateTable('card_batches').set({ sent_at: null }).where('id', '=', batchId).execute();
}

/** A card that has just been recorded as further on. */
export interface MovedCard {
  readonly id: string;
  readonly businessId: string;
  readonly lineId: string;
}

const earlier = {
  acknowledged: ['waiting'],
  produced: ['waiting', 'acknowledged'],
  shipped: ['waiting', 'acknowledged', 'produced'],
} as const;

/** Moves the batch's cards on to a step, never back; hands back those that moved. */
export function moveCards(
  { query }: Transaction,
  batchId: string,
  lineIds: readonly string[],
  step: keyof typeof earlier,
): Promise<MovedCard[]> {
  if (lineIds.length === 0) return Promise.resolve([]);
  return query
    .updateTable('cards')
    .set({ production: step })
    .where('batch_id', '=', batchId)
    .where('order_line_id', 'in', lineIds)
    .where('production', 'in', earlier[step])
    .returning(['id', 'business_id as businessId', 'order_line_id as lineId'])
    .execute();
}

/** Closes the batch when its last card is shipped, whatever the post then does; false while any is not. */
export async function closeWhenShipped({ query, now }: Transaction, batchId: string): Promise<boolean> {
  const result = await query
    .updateTable('card_batches')
    .set({ closed_at: now, next_step_at: null })
    .where('id', '=', batchId)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('cards')
            .select('id')
            .where('batch_id', '=', batchId)
            .where('production', 'not in', ['shipped', 'returned']),
        ),
      ),
    )
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Notes when the batch's next step is due and hands back that moment on the queue's clock, which no demo moves. */
export async function planNextStep(
  { query, now }: Transaction,
  batchId: string,
  seconds: number,
): Promise<Date> {
  await query
    .updateTable('card_batches')
    .set({ next_step_at: new Date(now.getTime() + seconds * 1000) })
    .where('id', '=', batchId)
    .execute();
  const { rows } = await sql<{ at: Date }>`
    select transaction_timestamp() + make_interval(secs => ${seconds}::double precision) as at`.execute(
    query,
  );
  return rows[0]?.at ?? now;
}

/** Batches whose next step should have been taken long ago: the process that had them ended. */
export function overdueBatches(
  { query, now }: Transaction,
  graceSeconds: number,
): Promise<{ id: string; sentAt: Date | null }[]> {
  return query
    .selectFrom('card_batches')
    .select(['id', 'sent_at as sentAt'])
    .where('closed_at', 'is', null)
    .where('next_step_at', '<', new Date(now.getTime() - graceSeconds * 1000))
    .orderBy('next_step_at')
    .limit(500)
    .execute();
}
