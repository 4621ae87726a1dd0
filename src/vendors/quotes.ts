import { z } from 'zod';
import {
  type AccessDeps,
  act,
  type ActingFor,
  look,
  type Permitted,
  type Refused,
  stepUpFresh,
} from '../access/index.ts';
import { inTransaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { addMonths, lastDayToEnd, osloToday, type PlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatMoney, nok } from '../kernel/money.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  countWorkers,
  findOffer,
  insertOffer,
  insertQuote,
  listOffers,
  lockOffers,
  type Offer,
  offerToTellOf,
  quotesInForce,
  type Side,
  standOn,
  takeBackOffer,
} from './quote-records.ts';
import {
  type DayProblem,
  type ItemsProblem,
  lastDayProblem,
  type QuoteSums,
  readItems,
  stateOfOffer,
  sumsOf,
  type TypedItem,
} from './quote-rules.ts';
import { officialPrice, openCustomers } from './records.ts';

/** Quotes, item by item: a vendor offers a business one, takes it back, and the business's officer accepts it. */

export const tellOfOfferTask = 'vendors.tell-of-quote';

const OFFER = { right: 'agreements.sign', action: 'quote.offer' } as const;
const VIEW = { right: 'access.manage', action: 'quote.list' } as const;

/** What the form for a quote is drawn from: the vendor's customers to choose among, and the price of today. */
export async function openOfferForm(deps: Pick<AccessDeps, 'database'>, acting: ActingFor) {
  return look(deps.database, acting, OFFER, async (permitted) => ({
    permitted,
    customers: await openCustomers(permitted),
    price: await officialPrice(permitted),
  }));
}

/** Why nothing was offered. Each has words under `vendors:quote.problem.*`. */
export type OfferProblem =
  | { readonly kind: 'customer' | 'not-a-vendor' | 'barred' }
  | { readonly kind: 'day'; readonly reason: DayProblem }
  | ItemsProblem;

/** A quote as typed: whom for, to which day, and its items. */
export interface TypedOffer {
  readonly customerId: string;
  readonly lastDay: PlainDate;
  readonly items: readonly TypedItem[];
}

/**
 * Offers a business a quote, in place of the one that waits there. Only to whoever has given the vendor a mandate or has a
 * request from it, so that nobody is sent prices they never asked for. The business's officers are told. Returns its id.
 */
export async function offerQuote(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  typed: TypedOffer,
): Promise<Result<string, OfferProblem | Refused>> {
  return act<string, OfferProblem | Refused>(deps.database, acting, OFFER, async (permitted) => {
    const business = permitted.facts.business;
    if (business?.isVendor !== true) return err({ kind: 'not-a-vendor' });
    const customer = (await openCustomers(permitted)).find(({ id }) => id === typed.customerId);
    if (customer === undefined) return err({ kind: 'customer' });
    const today = osloToday(permitted.now);
    const day = lastDayProblem(typed.lastDay, today, addMonths(today, 12));
    if (day !== undefined) return err({ kind: 'day', reason: day });
    const price = await officialPrice(permitted, customer.id);
    const items = readItems(typed.items, price.ore, price.vatBasisPoints);
    if (!items.ok) return items;
    const id = await insertOffer(permitted, {
      businessId: customer.id,
      items: items.value,
      validUntil: lastDayToEnd(typed.lastDay),
    });
    await permitted.audit({
      subject: { kind: 'quote', id },
      changes: { customerId: customer.id, lastDay: typed.lastDay, ...changesOfQuote(sumsOf(items.value)) },
    });
    await tell(permitted, id, 'offered');
    return ok(id);
  });
}

/** Takes an offer back while nobody has accepted it. False: it was too late. */
export async function withdrawOffer(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  id: string,
): Promise<Result<boolean, Refused>> {
  const request = { right: 'agreements.sign', action: 'quote.withdraw' } as const;
  return act<boolean, Refused>(deps.database, acting, request, async (permitted) => {
    const taken = isUuid(id) && (await takeBackOffer(permitted, id));
    if (taken) await permitted.audit({ subject: { kind: 'quote', id } });
    return ok(taken);
  });
}

/** What vendors have offered the business, or what it offers as a vendor, a page at a time. */
export async function viewOffers(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  side: Side,
  page: number,
) {
  return look(deps.database, acting, VIEW, async (permitted) => ({
    permitted,
    offers: await listOffers(permitted, side, page),
  }));
}

/** One offer with what it comes to for this business; undefined for one that is not of that side. */
export async function viewOffer(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  id: string,
  side: Side,
) {
  return look(deps.database, acting, VIEW, async (permitted) => {
    const offer = isUuid(id) ? await findOffer(permitted, id, side) : undefined;
    const price = await officialPrice(permitted, offer?.businessId);
    return {
      permitted,
      offer,
      price,
      workers: side === 'business' ? await workersToCount(permitted) : undefined,
      problem: offer && acceptProblem(offer, price.ore, permitted.now),
    };
  });
}

/** How many workers the business has; undefined for whoever may not see them. */
export async function workersToCount(permitted: Permitted): Promise<number | undefined> {
  return permitted.use('workers.read').allowed ? countWorkers(permitted) : undefined;
}

/** What is agreed with vendors now, the official price, and for how many; undefined for whoever may not see the quotes. */
export async function agreedQuotes(permitted: Permitted) {
  if (!permitted.use(VIEW.right).allowed) return undefined;
  return {
    quotes: await quotesInForce(permitted),
    officialOre: (await officialPrice(permitted)).ore,
    workers: await workersToCount(permitted),
  };
}

/** Why an offer is not accepted. Each but `accepted`, which it was before, has words under `vendors:quote.problem.*`. */
export type AcceptProblem =
  'unknown' | 'accepted' | 'settled' | 'lapsed' | 'price-risen' | 'step-up' | 'not-accepted';

function acceptProblem(offer: Offer, officialOre: number, now: Date): AcceptProblem | undefined {
  const state = stateOfOffer(offer, now);
  if (state === 'lapsed') return 'lapsed';
  if (state !== 'open') return state === 'accepted' ? 'accepted' : 'settled';
  return (offer.officialOre ?? 0) < officialOre ? 'price-risen' : undefined;
}

/**
 * Accepts an offer as it stands, and has the mandate that the vendor has stand on it from now. Officers only, with a login at
 * high level in the last five minutes. The vendor's officers are told. Returns the quote's id.
 */
export async function acceptOffer(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  accepting: { readonly offerId: string; readonly accepts: boolean },
): Promise<Result<string, AcceptProblem | Refused>> {
  const request = { right: 'agreements.sign', action: 'quote.accept' } as const;
  return act<string, AcceptProblem | Refused>(deps.database, acting, request, async (permitted) => {
    if (!stepUpFresh(permitted.facts, permitted.now)) return err('step-up');
    const { offerId, accepts } = accepting;
    const seen = isUuid(offerId) ? await findOffer(permitted, offerId, 'business') : undefined;
    if (seen === undefined) return err('unknown');
    await lockOffers(permitted, seen.vendorId);
    const offer = (await findOffer(permitted, offerId, 'business')) ?? seen;
    const { ore } = await officialPrice(permitted);
    const problem = acceptProblem(offer, ore, permitted.now);
    if (problem !== undefined) return err(problem);
    if (!accepts) return err('not-accepted');
    const id = await insertQuote(permitted, { ...offer, offerId });
    const mandates = await standOn(permitted, id);
    await permitted.audit({
      subject: { kind: 'quote', id },
      changes: { ...changesOfQuote(offer), offerId, vendorId: offer.vendorId, mandates },
    });
    await tell(permitted, offerId, 'accepted');
    return ok(id);
  });
}

/** What the audit keeps of a price. */
export function changesOfQuote({ officialOre, feeOre, orderOre, onceOre }: QuoteSums) {
  return { officialOre, feeOre, orderOre, onceOre };
}

// Telling --------------------------------------------------------------------------------------------------------------

const tellPayload = z.object({ offerId: z.uuid(), what: z.enum(['offered', 'accepted']) });

/** Has a task tell the other side of an offer, once the transaction has committed. */
export function tell(permitted: Permitted, offerId: string, what: 'offered' | 'accepted'): Promise<void> {
  const key = `${tellOfOfferTask}:${what}:${offerId}`;
  return enqueue(permitted, tellOfOfferTask, { offerId, what }, { key });
}

/** Tells the officers of the business of an offer, or those of the vendor that it was accepted. */
export async function tellOfOffer(
  deps: Pick<AccessDeps, 'database' | 'notify'>,
  payload: unknown,
): Promise<void> {
  const { offerId, what } = tellPayload.parse(payload);
  await inTransaction(deps.database, { kind: 'job', name: tellOfOfferTask }, async (transaction) => {
    const offer = await offerToTellOf(transaction, offerId);
    if (offer === undefined || (what === 'offered' && offer.outcome !== null)) return;
    const [businessId, link] =
      what === 'offered'
        ? [offer.businessId, `/b/${offer.businessNumber}/business/quotes/${offer.id}`]
        : [offer.vendorId, `/b/${offer.vendorNumber}/business/vendor/quotes/${offer.id}`];
    const fee = nok(offer.feeOre);
    await deps.notify(transaction, {
      template: `vendors:notice.quote.${what}`,
      businessId,
      audience: 'officers',
      parameters: {
        business: offer.businessName,
        vendor: offer.vendorName,
        by: what === 'offered' ? offer.offeredByName : (offer.acceptedByName ?? ''),
        feeNb: formatMoney(fee, 'nb'),
        feeEn: formatMoney(fee, 'en'),
        link,
      },
    });
  });
}
