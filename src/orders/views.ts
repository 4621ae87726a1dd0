import { look, type ActingFor, type Permitted, type Refused, type Right } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { changeAhead, type ComingChange, type PriceNow } from '../prices/index.ts';
import { discloseWorkers } from '../workers/index.ts';
import { allows, limitOf, priceNow, type PlaceOrder } from './actions.ts';
import { type ApprovalLack, approvalLack } from './approval.ts';
import { knownAddresses } from './delivery-actions.ts';
import * as records from './records.ts';
import {
  type DeliveryAddress,
  isHoldable,
  isMade,
  type Limit,
  type LineAction,
  orderStage,
  type OrderStage,
  type LineState,
} from './rules.ts';
import { offering } from './vendor-actions.ts';

/** What the pages show, read in one transaction each; reading of personal data is recorded here. */
export interface ViewDeps {
  readonly database: Pick<Database, 'request'>;
}

/** What every page needs of who asks. */
export interface View {
  readonly facts: ContextFacts;
}

const reading = {
  right: 'orders.read',
  orElse: ['orders.place', 'orders.prepare', 'orders.approve'] as Right[],
} as const;
const ordering = { right: 'orders.place', orElse: ['orders.prepare'] as Right[] } as const;

const PAGE_SIZE = 25;
/** How many orders that a bar holds the list names. */
const BARRED_SHOWN = 20;
/** How many workers one page of the choice shows; a search finds the others. */
const WORKERS_SHOWN = 100;
/** How many renewals one page lists; the others follow when these are ordered. */
const RENEWALS_SHOWN = 500;

export interface ListView extends View {
  readonly orders: readonly records.OrderSummary[];
  readonly pages: number;
  readonly mayOrder: boolean;
  readonly mayRenew: boolean;
  /** From a file: of the business itself, whoever sees its workers. */
  readonly mayUpload: boolean;
  readonly mayOffer: boolean;
  readonly mayKeepAddresses: boolean;
  readonly lookUps: readonly records.LookUpSummary[];
  /** What a bar holds until the business decides: the oldest. */
  readonly barred: readonly records.BarredOrder[];
}

export async function listView(
  { database }: ViewDeps,
  acting: ActingFor,
  page: number,
): Promise<Result<ListView, Refused>> {
  return look(database, acting, { ...reading, action: 'orders.seen' }, async (permitted) => {
    const { orders, count } = await records.listOrders(permitted, page, PAGE_SIZE);
    const holds = (right: Right) => permitted.decide(right).allowed;
    const mayOrder = holds('orders.place') || holds('orders.prepare');
    return {
      facts: permitted.facts,
      orders,
      pages: Math.max(1, Math.ceil(count / PAGE_SIZE)),
      mayOrder,
      mayRenew: mayOrder && holds('cards.read'),
      mayUpload: mayOrder && (permitted.facts.capacity === 'vendor' || holds('workers.read')),
      mayKeepAddresses:
        permitted.facts.capacity !== 'vendor' && (holds('orders.place') || holds('orders.approve')),
      mayOffer: permitted.facts.capacity !== 'vendor' && holds('workers.read') && holds('orders.place'),
      lookUps: permitted.facts.capacity === 'vendor' ? [] : await records.lookUpsByVendors(permitted),
      barred: holds('orders.approve') ? await records.barredOrders(permitted, BARRED_SHOWN) : [],
    };
  });
}

export interface ChoiceView extends View {
  readonly units: readonly records.Unit[];
  readonly unit: records.Unit | undefined;
  /** Whether the asker chooses from the worker list; a vendor without it chooses from what it was offered. */
  readonly fromList: boolean;
  readonly workers: readonly records.Candidate[];
  /** There are more than are shown. */
  readonly more: boolean;
  /** Chosen before, and not among the workers shown. */
  readonly chosenElsewhere: readonly string[];
  readonly hasCardType: boolean;
  /** What the business lacks of the Labour Inspection Authority's approval. */
  readonly lack: ApprovalLack | undefined;
  /** A vendor's misses today. */
  readonly misses: number;
}

export interface ChoiceQuery {
  readonly unitId: string | undefined;
  readonly search: string | undefined;
  readonly chosen: readonly string[];
}

/** The choice of unit and workers. */
export async function choiceView(
  { database }: ViewDeps,
  acting: ActingFor,
  query: ChoiceQuery,
): Promise<Result<ChoiceView, Refused>> {
  return look(database, acting, { ...ordering, action: 'workers.seen' }, async (permitted) => {
    const units = await records.coveredUnits(permitted);
    const unit = units.length === 1 ? units[0] : units.find((one) => one.id === query.unitId);
    const fromList = permitted.use('workers.read', unit ? { unitId: unit.id } : {}).allowed;
    const found = unit === undefined ? [] : await candidates(permitted, unit.id, fromList, query);
    const workers = found.slice(0, WORKERS_SHOWN);
    await discloseCandidates(permitted, workers, fromList);
    return {
      facts: permitted.facts,
      units,
      unit,
      fromList,
      workers,
      more: found.length > WORKERS_SHOWN,
      chosenElsewhere: query.chosen.filter((id) => !workers.some((worker) => worker.id === id)),
      hasCardType: permitted.facts.business?.cardType !== null,
      lack: await approvalLack(permitted),
      misses: permitted.facts.capacity === 'vendor' ? await records.missesToday(permitted) : 0,
    };
  });
}

/** A vendor that found a worker itself is shown nothing but the surname that it asked with. */
function discloseCandidates(
  permitted: Permitted,
  workers: readonly records.Candidate[],
  fromList: boolean,
): Promise<void> {
  const shown = workers.filter((worker) => fromList || worker.birthYear !== undefined);
  return discloseWorkers(
    permitted,
    shown.map((worker) => worker.id),
    fromList ? ['name', 'birth-date', 'employment'] : ['name', 'birth-year'],
    fromList ? 'worker-list' : 'worker-offer',
  );
}

function candidates(
  permitted: Permitted,
  unitId: string,
  fromList: boolean,
  { search }: Pick<ChoiceQuery, 'search'>,
): Promise<records.Candidate[]> {
  if (fromList) return records.listedWorkers(permitted, unitId, { search, limit: WORKERS_SHOWN + 1 });
  return permitted.facts.capacity === 'vendor'
    ? records.offeredWorkers(permitted, unitId)
    : Promise.resolve([]);
}

export interface RenewView extends View {
  readonly renewals: readonly records.Renewal[];
  /** There are more than are shown. */
  readonly more: boolean;
}

/** Whose cards are about to expire, for those who may order and see the cards. */
export async function renewView(
  { database }: ViewDeps,
  acting: ActingFor,
): Promise<Result<RenewView, Refused>> {
  const request = { ...ordering, besides: ['cards.read'] as Right[], action: 'cards.renewable' };
  return look(database, acting, request, async (permitted) => {
    const found = await records.renewals(permitted, RENEWALS_SHOWN + 1);
    const renewals = found.slice(0, RENEWALS_SHOWN);
    await discloseWorkers(
      permitted,
      renewals.map(({ workerId }) => workerId),
      ['name'],
      'card-list',
    );
    return { facts: permitted.facts, renewals, more: found.length > RENEWALS_SHOWN };
  });
}

export interface ConfirmView extends View {
  /** The order that was placed with this key already. */
  readonly placed: string | undefined;
  readonly unit: records.Unit;
  /** Those chosen, with what is in the way of some. */
  readonly workers: readonly records.Candidate[];
  /** The asker sees the worker list, and so what a card will look like. */
  readonly previewed: boolean;
  /** Of those for whom nothing is in the way; undefined where no card type is set for the business. */
  readonly price: PriceNow | undefined;
  /** Where the business has cards sent: the registered address, then those it keeps. */
  readonly addresses: readonly { readonly id: string; readonly address: DeliveryAddress }[];
  /** The one worker has a valid card, which is blocked when another is ordered; and whether the asker may do that. */
  readonly replaces: 'yes' | 'may-not-block' | undefined;
  /** The order will have to be approved: the mandate only prepares, or one of its limits is reached. */
  readonly approval: 'prepares' | Limit | undefined;
}

/** What is about to be ordered: `missing` when the unit or all workers are nothing that the asker may order for. */
export async function confirmView(
  { database }: ViewDeps,
  acting: ActingFor,
  { key, unitId, workerIds }: Pick<PlaceOrder, 'key' | 'unitId' | 'workerIds'>,
): Promise<Result<ConfirmView, Refused>> {
  const request = { ...ordering, action: 'order.considered', subject: { unitId } };
  const shown = await look(database, acting, request, async (permitted) => {
    const placed = await records.orderOfKey(permitted, key);
    const unit = (await records.coveredUnits(permitted)).find((one) => one.id === unitId);
    if (unit === undefined) return undefined;
    const fromList = permitted.use('workers.read', { unitId }).allowed;
    const workers = fromList
      ? await records.listedWorkers(permitted, unitId, { ids: workerIds, limit: workerIds.length })
      : (await candidates(permitted, unitId, false, { search: undefined })).filter((worker) =>
          workerIds.includes(worker.id),
        );
    await discloseCandidates(permitted, workers, fromList);
    const replaces = replacement(permitted, unitId, workers);
    const orderable = workers.filter((worker) => worker.obstacle === undefined || replaces === 'yes');
    const price = await priceNow(permitted, orderable.length);
    const limit = price && (await limitOf(permitted, price, false));
    const approval: ConfirmView['approval'] = permitted.right === 'orders.prepare' ? 'prepares' : limit;
    return {
      facts: permitted.facts,
      placed: placed?.id,
      unit,
      workers,
      previewed: fromList,
      price,
      addresses: await knownAddresses(permitted, unitId),
      replaces,
      approval,
    };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

function replacement(
  permitted: Permitted,
  unitId: string,
  workers: readonly records.Candidate[],
): ConfirmView['replaces'] {
  const [worker, ...others] = workers;
  if (worker?.obstacle !== 'valid-card' || others.length > 0) return undefined;
  const vendor = permitted.facts.capacity === 'vendor' ? permitted.facts.mandate?.vendor : undefined;
  const subject = { unitId, workerId: worker.id, ...(vendor ? { madeByVendorId: vendor.id } : {}) };
  return permitted.decide('cards.block', subject).allowed ? 'yes' : 'may-not-block';
}

export interface LineView extends records.OrderLine {
  readonly may: Readonly<Record<LineAction, boolean>>;
  /** The asker may see what the card will look like, which shows name and birth date. */
  readonly previewed: boolean;
}

export interface OrderView extends View {
  readonly order: records.Order;
  /** A page of the lines, which page of how many it is, and how many lines of the whole order are in which state. */
  readonly lines: readonly LineView[];
  /** How far it has come, derived from the lines that the asker may see. */
  readonly stage: OrderStage;
  readonly page: number;
  readonly pages: number;
  readonly states: ReadonlyMap<LineState, number>;
  /** The order holds workers whom the asker's mandate does not name; their lines are left out. */
  readonly beyond: boolean;
  /** What holds lines that are not in production. */
  readonly held: records.Hold | undefined;
  /** Some of it is with the issuer or made: for that the vendor has its fee. */
  readonly partlyMade: boolean;
  /** The asker decides on what a bar holds. */
  readonly mayDecide: boolean;
  /** What is known to change of the price, while the order waits for an approver. */
  readonly coming: ComingChange | undefined;
  readonly mayApprove: boolean;
  readonly mayCancel: boolean;
}

/** How many lines one page of an order shows. */
const LINES_SHOWN = 50;

/**
 * One order with a page of its lines; `missing` for what is not there and for what is another's alike. With `lineId` the order
 * must have that line, and the page is the one that it stands on.
 */
export async function orderView(
  { database }: ViewDeps,
  acting: ActingFor,
  orderId: string,
  shownAs: { readonly lineId?: string | undefined; readonly page: number } = { page: 1 },
): Promise<Result<OrderView, Refused>> {
  const shown = await look(database, acting, { ...reading, action: 'order.seen' }, async (permitted) => {
    const order = await records.findOrder(permitted, orderId);
    if (order === undefined) return undefined;
    const page = await pageOfLines(permitted, orderId, shownAs);
    if (page === undefined) return undefined;
    const states = await records.lineStates(permitted, orderId);
    const may = (line: Pick<records.OrderLine, 'state' | 'workerId'>) => (action: LineAction) =>
      allows(permitted, order, line, action);
    // What may be done to one line may be done to each in its state: the asker reaches every line that is counted.
    const mayAny = (action: LineAction) => states.some((one) => may(one)(action));
    const found = await records.linesOf(permitted, orderId, {
      offset: (page - 1) * LINES_SHOWN,
      limit: LINES_SHOWN,
    });
    const lines = found.map((line) => {
      const mayDo = may(line);
      return {
        ...line,
        previewed: permitted.decide('workers.read', { unitId: order.unitId, workerId: line.workerId })
          .allowed,
        may: {
          approve: mayDo('approve'),
          'add-photo': mayDo('add-photo'),
          'add-document': mayDo('add-document'),
          cancel: mayDo('cancel'),
        },
      };
    });
    const workerIds = lines.map((line) => line.workerId);
    await discloseWorkers(permitted, workerIds, ['name'], 'order');
    const beyond = await records.reachesBeyond(permitted, orderId);
    const count = states.reduce((sum, one) => sum + one.count, 0);
    return {
      facts: permitted.facts,
      order,
      lines,
      stage: orderStage(states.map((one) => one.state)),
      page,
      pages: Math.max(1, Math.ceil(count / LINES_SHOWN)),
      states: new Map(states.map((one) => [one.state, one.count])),
      beyond,
      held: states.some((one) => isHoldable(one.state)) ? holdOf(order) : undefined,
      partlyMade: states.some(({ state }) => isMade(state)),
      mayDecide:
        permitted.facts.capacity !== 'vendor' &&
        !beyond &&
        permitted.decide('orders.approve', { unitId: order.unitId }).allowed,
      coming: order.state === 'awaiting-approval' ? await changeAhead(permitted, order.cardType) : undefined,
      mayApprove: order.state === 'awaiting-approval' && !beyond && mayAny('approve'),
      mayCancel: mayAny('cancel'),
    };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

function holdOf(order: records.Order): records.Hold | undefined {
  if (order.barHold !== undefined) return 'bar';
  return order.hold === undefined ? undefined : 'stop';
}

async function pageOfLines(
  permitted: Permitted,
  orderId: string,
  { lineId, page }: { readonly lineId?: string | undefined; readonly page: number },
): Promise<number | undefined> {
  if (lineId === undefined) return page;
  const line = await records.findLine(permitted, orderId, lineId);
  return line && Math.floor((await records.linesBefore(permitted, line)) / LINES_SHOWN) + 1;
}

export interface OfferView extends View {
  readonly mandates: readonly records.VendorMandate[];
  readonly mandate: records.VendorMandate | undefined;
  readonly units: readonly records.Unit[];
  readonly unit: records.Unit | undefined;
  readonly workers: readonly records.Candidate[];
  readonly more: boolean;
  readonly offers: readonly records.Offer[];
}

/** What a vendor may order for without the worker list, and who can be added. */
export async function offerView(
  { database }: ViewDeps,
  acting: ActingFor,
  query: {
    readonly mandateId: string | undefined;
    readonly unitId: string | undefined;
    readonly search: string | undefined;
    /** The offer that the address names: `missing` where the business has made none such. */
    readonly offerId?: string | undefined;
  },
): Promise<Result<OfferView, Refused>> {
  const request = { ...offering, action: 'workers.seen' } as const;
  const shown = await look(database, acting, request, async (permitted) => {
    if (query.offerId !== undefined && !(await records.hasOffer(permitted, query.offerId))) return undefined;
    const mandates = await records.vendorMandates(permitted);
    const mandate = mandates.length === 1 ? mandates[0] : mandates.find((one) => one.id === query.mandateId);
    const covered = await records.coveredUnits(permitted);
    const units = covered.filter((unit) => mandate?.units?.includes(unit.id) ?? true);
    const unit = units.length === 1 ? units[0] : units.find((one) => one.id === query.unitId);
    const offers = mandate === undefined ? [] : await usableOffers(permitted, mandate);
    const listed =
      mandate === undefined || unit === undefined
        ? []
        : await records.listedWorkers(permitted, unit.id, {
            search: query.search,
            limit: WORKERS_SHOWN + 1,
            ...(mandate.workers === null ? {} : { ids: mandate.workers }),
          });
    const workers = listed.slice(0, WORKERS_SHOWN);
    const ids = [...workers.map((worker) => worker.id), ...offers.map((offer) => offer.workerId)];
    await discloseWorkers(permitted, ids, ['name', 'birth-date', 'employment'], 'worker-list');
    return {
      facts: permitted.facts,
      mandates,
      mandate,
      units,
      unit,
      workers,
      more: listed.length > WORKERS_SHOWN,
      offers,
    };
  });
  if (!shown.ok) return shown;
  return shown.value === undefined ? err({ kind: 'missing' }) : ok(shown.value);
}

/** What the vendor may still order for: an offer outlives a narrowing of the mandate, but is not reached by it. */
async function usableOffers(permitted: Permitted, mandate: records.VendorMandate): Promise<records.Offer[]> {
  const offers = await records.offersOf(permitted, mandate.id);
  return offers.filter(
    (offer) =>
      (mandate.workers?.includes(offer.workerId) ?? true) && (mandate.units?.includes(offer.unitId) ?? true),
  );
}
