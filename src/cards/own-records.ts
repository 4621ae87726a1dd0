import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import type { BlockReason, CardState, OwnReportReason, ProductionStep } from './rules.ts';

/** A card as its holder sees it. */
export interface OwnCard {
  readonly id: string;
  readonly number: string;
  readonly cardType: string;
  readonly holderName: string;
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly state: CardState;
  readonly production: ProductionStep;
  readonly suspendedReason: string | null;
  readonly blockedAt: Date | null;
  readonly blockedReason: BlockReason | null;
  /** Who placed the order, and the vendor that it was placed through; null when the business did it itself. */
  readonly orderedByName: string;
  readonly vendorName: string | null;
  readonly unitId: string;
}

/** The cards of whoever is logged in, over all employers; the view shows no others. */
function ownCards({ query }: Pick<Transaction, 'query'>) {
  return query
    .selectFrom('own_cards')
    .select([
      'id',
      'number',
      'card_type as cardType',
      'holder_name as holderName',
      'employer_name as employerName',
      'organisation_number as organisationNumber',
      'issued_at as issuedAt',
      'expires_at as expiresAt',
      'state',
      'production',
      'suspended_reason as suspendedReason',
      'blocked_at as blockedAt',
      'blocked_reason as blockedReason',
      'placed_by_name as orderedByName',
      'vendor_name as vendorName',
      'unit_id as unitId',
    ])
    .$castTo<OwnCard>();
}

/** Whether the public check keeps the asker's cards to itself; the table shows nobody else's. */
export async function isWithheld({ query, facts }: Pick<Transaction, 'query' | 'facts'>): Promise<boolean> {
  const row = await query
    .selectFrom('withheld_people')
    .select('person_id')
    .where('person_id', '=', facts.session?.personId ?? null)
    .executeTakeFirst();
  return row !== undefined;
}

/** The asker's own cards, those that are of use first and then the newest. */
export function listOwnCards(transaction: Transaction): Promise<OwnCard[]> {
  return ownCards(transaction)
    .orderBy(sql`blocked_at is not null or expires_at <= ${transaction.now}`)
    .orderBy('id', 'desc')
    .execute();
}

/** One of the asker's own cards; undefined when it is another's or there is none. */
export function readOwnCard(transaction: Transaction, cardId: string): Promise<OwnCard | undefined> {
  return ownCards(transaction).where('id', '=', cardId).executeTakeFirst();
}

/** What a business has recorded about one of its workers, as they see it themselves. */
export interface OwnWorker {
  readonly id: string;
  readonly employerName: string;
  readonly organisationNumber: string;
  readonly unitName: string;
  readonly name: string;
  readonly employedFrom: PlainDate;
  readonly employedTo: PlainDate | null;
  readonly permitLastDay: PlainDate | null;
  readonly hasPhoto: boolean;
  /** Who placed the order that is under way, and the vendor that it was placed through; null where none is, or no vendor. */
  readonly orderedByName: string | null;
  readonly vendorName: string | null;
}

/** The asker as a worker, over all employers; the view shows nobody else. */
function ownWorkers({ query }: Pick<Transaction, 'query'>) {
  return query
    .selectFrom('own_workers as w')
    .select([
      'w.id',
      'w.employer_name as employerName',
      'w.organisation_number as organisationNumber',
      'w.unit_name as unitName',
      'w.name',
      'w.employed_from as employedFrom',
      'w.employed_to as employedTo',
      'w.permit_last_day as permitLastDay',
      'w.has_photo as hasPhoto',
      'w.placed_by_name as orderedByName',
      'w.vendor_name as vendorName',
    ])
    .$castTo<OwnWorker>();
}

/** The asker as a worker of those businesses that no card of theirs is from, the latest employment first. */
export function listOwnWorkersWithoutCard(transaction: Transaction): Promise<OwnWorker[]> {
  return ownWorkers(transaction)
    .where(sql<boolean>`not exists (select from own_cards c where c.business_id = w.business_id)`)
    .orderBy('w.employed_from', 'desc')
    .orderBy('w.id')
    .execute();
}

/** The asker as one worker; undefined where it is somebody else, or nobody. */
export function readOwnWorker(transaction: Transaction, workerId: string): Promise<OwnWorker | undefined> {
  return ownWorkers(transaction).where('w.id', '=', workerId).executeTakeFirst();
}

/** Whether the asker has, or had, a card. */
export async function hasOwnCards({ query }: Transaction): Promise<boolean> {
  const row = await query.selectFrom('own_cards').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}

/** Blocks a card of the asker's own for good; undefined when it was blocked before, or is another's. */
export async function blockOwnCard(
  { query }: Transaction,
  cardId: string,
  reason: OwnReportReason,
): Promise<{ readonly businessId: string; readonly number: string; readonly from: CardState } | undefined> {
  const { rows } = await sql<{ businessId: string; number: string; from: CardState }>`
    select of_business as "businessId", card_number as number, state_before as "from"
    from report_own_card(${cardId}, ${reason})`.execute(query);
  return rows[0];
}

/** That somebody was shown something of the asker. */
export interface OwnDisclosure {
  readonly id: string;
  readonly at: Date;
  readonly viewerName: string;
  readonly businessName: string;
  /** The vendor that the viewer acted for; null when it was somebody of the business, or of staff. */
  readonly vendorName: string | null;
  /** In which role a checker looked; null for everyone else. */
  readonly viewerRole: string | null;
  readonly fields: readonly string[];
  /** Where it was seen, as a code. */
  readonly occasion: string;
}

/** Who was shown what of the asker, the latest first; `before`: only what is older than that one. */
export async function listOwnDisclosures(
  { query, facts }: Transaction,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<OwnDisclosure[]> {
  return (
    query
      .selectFrom('disclosures as d')
      .innerJoin('businesses as b', 'b.id', 'd.business_id')
      .leftJoin('businesses as v', 'v.id', 'd.vendor_id')
      .select([
        'd.id',
        'd.at',
        'd.viewer_name as viewerName',
        'b.name as businessName',
        'v.name as vendorName',
        'd.viewer_role as viewerRole',
        'd.fields',
        'd.occasion',
      ])
      // Whoever manages access sees others' too, in the business: here it is one's own alone.
      .where('d.subject_person_id', '=', facts.session?.personId ?? null)
      .$if(before !== undefined, (rows) => rows.where('d.id', '<', before ?? ''))
      .orderBy('d.id', 'desc')
      .limit(limit)
      .execute()
  );
}
