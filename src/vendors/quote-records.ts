import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import type { QuoteItem, QuoteSums } from './quote-rules.ts';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

function partyOf({ facts }: Opened): string {
  if (!facts.business) throw new Error('Quotes are between businesses.');
  return facts.business.id;
}

/** Quotes on a page of a list. */
export const OFFERS_PER_PAGE = 25;

/** What a vendor offers one business. */
export interface Offer extends QuoteSums {
  readonly id: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly businessNumber: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly vendorNumber: string;
  readonly items: readonly QuoteItem[];
  /** Exclusive. */
  readonly validUntil: Date;
  readonly offeredByName: string;
  readonly offeredAt: Date;
  readonly outcome: 'accepted' | 'withdrawn' | 'replaced' | null;
  readonly settledAt: Date | null;
  readonly acceptedByName: string | null;
}

const offerColumns = sql`o.id, o.business_id as "businessId", b.name as "businessName", b.organisation_number as "businessNumber",
  o.vendor_id as "vendorId", v.name as "vendorName", v.organisation_number as "vendorNumber", o.items,
  o.official_ore as "officialOre", o.fee_ore as "feeOre", o.order_ore as "orderOre", o.once_ore as "onceOre",
  o.valid_until as "validUntil", o.offered_by_name as "offeredByName", o.offered_at as "offeredAt", o.outcome,
  o.settled_at as "settledAt", q.accepted_by_name as "acceptedByName"`;
const offerTables = sql`quote_offers o join businesses b on b.id = o.business_id join businesses v on v.id = o.vendor_id
  left join quotes q on q.offer_id = o.id`;

/** Lets what becomes of a vendor's offers be settled one at a time: read them after it. */
export async function lockOffers(opened: Opened, vendorId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`quote-offers:${vendorId}`}, 0))`.execute(
    opened.query,
  );
}

/** Writes what the vendor that acts offers a business; the one that waited there makes way. Returns its id. */
export async function insertOffer(
  opened: Opened,
  offer: { readonly businessId: string; readonly items: readonly QuoteItem[]; readonly validUntil: Date },
): Promise<string> {
  const { session } = opened.facts;
  if (!session) throw new Error('A quote is offered by a person.');
  await lockOffers(opened, partyOf(opened));
  await settle(opened, 'replaced', sql`business_id = ${offer.businessId}`);
  const { id } = await opened.query
    .insertInto('quote_offers')
    .values({
      business_id: offer.businessId,
      vendor_id: partyOf(opened),
      items: JSON.stringify(offer.items),
      valid_until: offer.validUntil,
      offered_by: session.personId,
      offered_by_name: session.name,
      offered_at: opened.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Takes back what the vendor that acts has offered; false when nobody could accept it any more. */
export async function takeBackOffer(opened: Opened, id: string): Promise<boolean> {
  await lockOffers(opened, partyOf(opened));
  return (await settle(opened, 'withdrawn', sql`id = ${id}`)) === 1n;
}

async function settle(opened: Opened, outcome: 'withdrawn' | 'replaced', which: ReturnType<typeof sql>) {
  const { numAffectedRows } = await sql`
    update quote_offers set settled_at = ${opened.now}, settled_by = ${opened.facts.session?.personId ?? null}, outcome = ${outcome}
    where vendor_id = ${partyOf(opened)} and settled_at is null and ${which}`.execute(opened.query);
  return numAffectedRows;
}

/** Whose offers: those that the business has got, or those that it has made as a vendor. */
export type Side = 'business' | 'vendor';
const partyColumn = { business: sql`o.business_id`, vendor: sql`o.vendor_id` };

/** One offer of that side of the business that acts; undefined for any other. */
export async function findOffer(opened: Opened, id: string, side: Side): Promise<Offer | undefined> {
  const { rows } = await sql<Offer>`select ${offerColumns} from ${offerTables}
    where o.id = ${id} and ${partyColumn[side]} = ${partyOf(opened)}`.execute(opened.query);
  return rows[0];
}

/** One offer, for a task. */
export async function offerToTellOf(
  { query }: Pick<Opened, 'query'>,
  id: string,
): Promise<Offer | undefined> {
  const { rows } = await sql<Offer>`select ${offerColumns} from ${offerTables} where o.id = ${id}`.execute(
    query,
  );
  return rows[0];
}

/** What a vendor offers the business that acts, while it can be accepted: not more than the official price is now. */
export async function openOfferOf(
  opened: Opened,
  vendorId: string,
  officialOre: number,
): Promise<Offer | undefined> {
  const { rows } = await sql<Offer>`select ${offerColumns} from ${offerTables}
    where o.business_id = ${partyOf(opened)} and o.vendor_id = ${vendorId} and o.settled_at is null
      and o.valid_until > ${opened.now} and o.official_ore >= ${officialOre}`.execute(opened.query);
  return rows[0];
}

/** A page of what vendors have offered the business, or of what it offers as a vendor; the newest first. */
export async function listOffers(
  opened: Opened,
  side: Side,
  page: number,
): Promise<{ readonly rows: Offer[]; readonly total: number }> {
  const { rows } = await sql<Offer & { total: number }>`
    select ${offerColumns}, count(*) over ()::integer as total from ${offerTables} where ${partyColumn[side]} = ${partyOf(opened)}
    order by o.id desc limit ${OFFERS_PER_PAGE} offset ${(page - 1) * OFFERS_PER_PAGE}`.execute(opened.query);
  return { rows, total: rows[0]?.total ?? 0 };
}

/** A quote that the business has accepted. */
export interface AcceptedQuote extends QuoteSums {
  readonly id: string;
  readonly offerId: string | null;
  readonly vendorId: string;
  readonly validUntil: Date;
  readonly acceptedByName: string;
  readonly acceptedAt: Date;
}

/** The quote of the vendor that the business accepted last, while it is valid. */
export async function validQuote(opened: Opened, vendorId: string): Promise<AcceptedQuote | undefined> {
  return opened.query
    .selectFrom('quotes')
    .select([
      'id',
      'offer_id as offerId',
      'vendor_id as vendorId',
      'official_ore as officialOre',
      'fee_ore as feeOre',
      'order_ore as orderOre',
      'once_ore as onceOre',
      'valid_until as validUntil',
      'accepted_by_name as acceptedByName',
      'accepted_at as acceptedAt',
    ])
    .where('business_id', '=', partyOf(opened))
    .where('vendor_id', '=', vendorId)
    .where('valid_until', '>', opened.now)
    .orderBy('accepted_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** An accepted quote by which its vendor may order now. */
export type QuoteInForce = AcceptedQuote & { readonly vendorName: string };

/** The quotes that the business accepted last of each vendor, while they are valid. */
export async function quotesInForce(opened: Opened): Promise<QuoteInForce[]> {
  const { rows } = await sql<QuoteInForce>`
    select q.id, q.offer_id as "offerId", q.vendor_id as "vendorId", v.name as "vendorName", q.official_ore as "officialOre",
      q.fee_ore as "feeOre", q.order_ore as "orderOre", q.once_ore as "onceOre", q.valid_until as "validUntil",
      q.accepted_by_name as "acceptedByName", q.accepted_at as "acceptedAt"
    from (select distinct on (vendor_id) * from quotes where business_id = ${partyOf(opened)} and valid_until > ${opened.now}
      order by vendor_id, accepted_at desc) q join businesses v on v.id = q.vendor_id
    order by lower(v.name), v.id`.execute(opened.query);
  return rows;
}

/** What is accepted: the vendor's offer, or its published fee alone. */
export interface NewQuote extends QuoteSums {
  readonly vendorId: string;
  readonly offerId: string | null;
  readonly validUntil: Date;
}

/** Accepts a quote for the business. The database lets none but officers with a fresh login through. Returns its id. */
export async function insertQuote(opened: Opened, quote: NewQuote): Promise<string> {
  const { session } = opened.facts;
  if (!session) throw new Error('A quote is accepted by a person.');
  const { id } = await opened.query
    .insertInto('quotes')
    .values({
      business_id: partyOf(opened),
      vendor_id: quote.vendorId,
      offer_id: quote.offerId,
      official_ore: quote.officialOre,
      fee_ore: quote.feeOre,
      order_ore: quote.orderOre,
      once_ore: quote.onceOre,
      valid_until: quote.validUntil,
      accepted_by: session.personId,
      accepted_by_name: session.name,
      accepted_at: opened.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Has the vendor's mandate stand on the quote that was accepted in this transaction. Answers with how many it has: one or none. */
export async function standOn(opened: Opened, quoteId: string): Promise<number> {
  const { rows } = await sql<{ standing: number }>`select stand_on_quote(${quoteId}) as standing`.execute(
    opened.query,
  );
  return rows[0]?.standing ?? 0;
}

/** How many people are employed in the business now: as many as need a card. The asker sees its workers. */
export async function countWorkers(opened: Opened): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct w.person_id)::integer as count from workers w
    where w.business_id = ${partyOf(opened)} and not w.deceased and w.employed_from <= oslo_date(${opened.now})
      and (w.employed_to is null or w.employed_to >= oslo_date(${opened.now}))`.execute(opened.query);
  return rows[0]?.count ?? 0;
}
