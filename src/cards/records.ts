import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import type { BlockReason, CardState, ProductionStep } from './rules.ts';

/** A card as the list shows it. */
export interface ListedCard {
  readonly id: string;
  readonly workerId: string;
  /** To a vendor without the worker list: the name that the business told it, or the surname that it asked with. */
  readonly holderName: string;
  readonly number: string;
  readonly cardType: string;
  readonly state: CardState;
  readonly production: ProductionStep;
  readonly expiresAt: Date;
  /** The vendor that ordered it; null when the business did. */
  readonly vendorName: string | null;
  /** Who placed the order; null for those who may not see orders. */
  readonly orderedByName: string | null;
}

/** Everything printed on a card, and what has become of it. */
export interface Card extends ListedCard {
  readonly unitId: string;
  readonly workerId: string;
  readonly vendorId: string | null;
  readonly token: string;
  /** Null to a vendor without the worker list, as is `suspendedReason`. */
  readonly birthDate: PlainDate | null;
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly issuedAt: Date;
  readonly suspendedReason: string | null;
  readonly blockedAt: Date | null;
  readonly blockedReason: BlockReason | null;
}

/** A card as it is printed, which shows the birth date. */
export type PrintedCard = Card & { readonly birthDate: PlainDate };

export interface CardSearch {
  /** Part of the holder's name or of the number. */
  readonly text?: string;
  readonly limit: number;
  readonly offset: number;
}

/**
 * The cards that the asker may see, with what the asker may see of each: the view leaves out other units' and, to a vendor,
 * those it did not order.
 */
function visibleCards({ query }: Transaction) {
  return (
    query
      .selectFrom('cards_as_shown as cards')
      // Who may read cards need not be one who may read orders: then these are null.
      .leftJoin('order_lines', 'order_lines.id', 'cards.order_line_id')
      .leftJoin('orders', 'orders.id', 'order_lines.order_id')
      .leftJoin('businesses as vendor', 'vendor.id', 'cards.vendor_id')
      .select([
        'cards.id',
        'cards.worker_id as workerId',
        'cards.holder_name as holderName',
        'cards.number',
        'cards.card_type as cardType',
        'cards.expires_at as expiresAt',
        'vendor.name as vendorName',
        'orders.placed_by_name as orderedByName',
        'cards.state',
        'cards.production',
      ])
  );
}

/** One page of cards, the newest first, and how many there are in all. */
export async function listCards(
  transaction: Transaction,
  search: CardSearch,
): Promise<{ cards: ListedCard[]; count: number }> {
  const matching = visibleCards(transaction).$if(search.text !== undefined, (query) =>
    query.where((eb) => {
      const pattern = `%${(search.text ?? '').replace(/[\\%_]/gu, (character) => `\\${character}`)}%`;
      return eb.or([eb('cards.holder_name', 'ilike', pattern), eb('cards.number', 'like', pattern)]);
    }),
  );
  const rows = await matching
    .select(sql<number>`count(*) over ()`.as('count'))
    .orderBy('cards.id', 'desc')
    .limit(search.limit)
    .offset(search.offset)
    .$castTo<ListedCard & { readonly count: number }>()
    .execute();
  return { cards: rows, count: rows[0]?.count ?? 0 };
}

/** One card; undefined when there is none that the asker may see. */
export async function readCard(transaction: Transaction, cardId: string): Promise<Card | undefined> {
  return visibleCards(transaction)
    .select([
      'cards.unit_id as unitId',
      'cards.worker_id as workerId',
      'cards.vendor_id as vendorId',
      'cards.token',
      'cards.birth_date as birthDate',
      'cards.employer_name as employerName',
      'cards.organisation_number as organisationNumber',
      'cards.issued_at as issuedAt',
      'cards.suspended_reason as suspendedReason',
      'cards.blocked_at as blockedAt',
      'cards.blocked_reason as blockedReason',
    ])
    .where('cards.id', '=', cardId)
    .$castTo<Card>()
    .executeTakeFirst();
}

/** The cards of a worker that are neither blocked nor expired, of those that the asker may see. */
export async function openCardsOf({ query, now }: Transaction, workerId: string): Promise<string[]> {
  const rows = await query
    .selectFrom('cards_as_shown')
    .select('id')
    .where('worker_id', '=', workerId)
    .where('blocked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .$narrowType<{ id: string }>()
    .execute();
  return rows.map(({ id }) => id);
}

/** The holder's photo as a JPEG, small or as large as it is printed; undefined for those who may not see photos. */
export async function readPhoto(
  { query }: Transaction,
  cardId: string,
  size: 'thumbnail' | 'image',
): Promise<Buffer | undefined> {
  const row = await query
    .selectFrom('cards')
    .innerJoin('order_lines', 'order_lines.id', 'cards.order_line_id')
    .innerJoin('photos', 'photos.id', 'order_lines.photo_id')
    .select(`photos.${size} as photo`)
    .where('photos.deleted_at', 'is', null)
    .where('cards.id', '=', cardId)
    .executeTakeFirst();
  return row?.photo;
}

/** Blocks a card for good; false when it was blocked before. */
export async function insertBlock(
  { query, now, facts }: Transaction,
  cardId: string,
  reason: BlockReason,
): Promise<boolean> {
  const result = await query
    .updateTable('cards')
    .set({ blocked_at: now, blocked_reason: reason, blocked_by: facts.session?.personId ?? null })
    .where('id', '=', cardId)
    .where('blocked_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** What a worker's card will have on it. */
export interface PlannedCard {
  readonly unitId: string;
  readonly holderName: string;
  readonly birthDate: PlainDate;
  readonly employerName: string;
  /** The main unit's, also where the worker is employed in another. */
  readonly organisationNumber: string;
  /** Of the latest order that goes on, small; null until there is one, and for those who may not see photos. */
  readonly photo: Buffer | null;
}

/** The card that a worker of the business would get; undefined for those who may not see the worker list. */
export async function readPlannedCard(
  { query }: Transaction,
  businessId: string,
  workerId: string,
): Promise<PlannedCard | undefined> {
  return query
    .selectFrom('workers')
    .innerJoin('businesses', 'businesses.id', 'workers.business_id')
    .select([
      'workers.unit_id as unitId',
      'workers.name as holderName',
      'workers.birth_date as birthDate',
      'businesses.name as employerName',
      'businesses.organisation_number as organisationNumber',
    ])
    .select((eb) =>
      eb
        .selectFrom('order_lines')
        .innerJoin('photos', 'photos.id', 'order_lines.photo_id')
        .select('photos.thumbnail')
        .whereRef('order_lines.worker_id', '=', 'workers.id')
        .where('order_lines.state', 'not in', ['cancelled', 'rejected', 'closed'])
        .where('photos.deleted_at', 'is', null)
        .orderBy('order_lines.id', 'desc')
        .limit(1)
        .as('photo'),
    )
    .where('workers.id', '=', workerId)
    .where('workers.business_id', '=', businessId)
    .$castTo<PlannedCard>()
    .executeTakeFirst();
}
