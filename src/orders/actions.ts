import { act, look, type ActingFor, type Notify, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../database/encryption.ts';
import type { ContextFacts } from '../database/transaction.ts';
import { formatMoney } from '../kernel/money.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { changeAhead, priceAt, totals, vatAt, type Price, type PriceNow } from '../prices/index.ts';
import {
  type DocumentError,
  type DocumentKind,
  insertDocument,
  insertPhoto,
  type PhotoError,
  type PreparedPhoto,
  prepareDocument,
  preparePhoto,
  type Obstacle,
} from '../workers/index.ts';
import { keepAddress, knownAddresses } from './delivery-actions.ts';
import { isKnownAddress } from './delivery-records.ts';
import * as records from './records.ts';
import {
  limitReached,
  MAX_LINES,
  mayDo,
  OF_EACH_UNIT,
  placedState,
  rightsFor,
  TRANSITIONS,
  type DeliveryAddress,
  type KeptAddress,
  type Limit,
  type LineAction,
  type ReplacementReason,
} from './rules.ts';

export interface OrderActionDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  /** Port: blocks the cards that the worker has, audited and told of; refused as blocking them is. Filled by the cards feature. */
  readonly blockCardsOf: (
    permitted: Permitted,
    workerId: string,
    reason: ReplacementReason,
  ) => Promise<Result<undefined, Refused>>;
}

/** What is to be ordered. `key` is a UUID of the form that was filled in: the same key is the same order. */
export interface PlaceOrder {
  readonly key: string;
  readonly unitId: string;
  /** From the worker list, or for a vendor without it from what it was offered. */
  readonly workerIds: readonly string[];
  readonly delivery: DeliveryAddress | KeptAddress;
  readonly customerReference: string;
  /** Keep the address that was typed for later orders. */
  readonly keepAddress?: boolean;
  /** Why the one worker, who has a valid card, gets another; that card is blocked. */
  readonly replacing?: ReplacementReason | undefined;
}

/** The order that came of it. `limit`: the mandate's limit that made it one for an approver to place. */
export interface PlacedOrder {
  readonly orderId: string;
  readonly number: number;
  readonly state: 'awaiting-approval' | 'placed' | 'cancelled';
  readonly limit: Limit | undefined;
  /** Placed with this key before; nothing was done now. */
  readonly repeated: boolean;
}

/** Why not, with the workers concerned where it is about them. */
export type PlaceOrderError =
  | {
      readonly kind:
        | 'no-such-unit'
        | 'no-workers'
        | 'too-many-workers'
        | 'no-card-type'
        | 'above-quote'
        | 'key-used'
        | 'replaces-one'
        | 'no-such-address';
    }
  | Refused
  | { readonly kind: 'not-orderable'; readonly obstacles: ReadonlyMap<string, Obstacle> };

/**
 * Places an order, or prepares it when the asker may only prepare or the mandate's limits are reached. The price and fee
 * of this moment are kept with it. A vendor's order is told to the business and its officers.
 */
export async function placeOrder(
  deps: OrderActionDeps,
  acting: ActingFor,
  command: PlaceOrder,
): Promise<Result<PlacedOrder, PlaceOrderError>> {
  const workerIds = [...new Set(command.workerIds)];
  if (workerIds.length === 0) return err({ kind: 'no-workers' });
  if (workerIds.length > MAX_LINES) return err({ kind: 'too-many-workers' });
  const request = {
    right: 'orders.place',
    orElse: ['orders.prepare'],
    action: 'order.placed',
    subject: { unitId: command.unitId },
  } as const;
  return unlessTaken(() =>
    act(deps.database, acting, request, (permitted) => placeIn(deps, permitted, { ...command, workerIds })),
  );
}

/** Answers what came between as what it is: another order for one of the workers, or what is in the way since just now. */
export async function unlessTaken<T, E>(
  placing: () => Promise<Result<T, E>>,
): Promise<Result<T, E | PlaceOrderError>> {
  try {
    return await placing();
  } catch (error) {
    if (brokeRule(error, ['order_lines_open', 'orderable_worker'])) {
      return err({ kind: 'not-orderable', obstacles: new Map() });
    }
    throw error;
  }
}

/** As `placeOrder`, in a transaction that is open, and for as many different workers as are named. */
export async function placeIn(
  deps: OrderActionDeps,
  permitted: Permitted,
  command: PlaceOrder,
): Promise<Result<PlacedOrder, PlaceOrderError>> {
  const before = await records.orderOfKey(permitted, command.key);
  if (before !== undefined) return ok(repeated(before));
  const refused = refusalOfWorkers(permitted, command);
  if (refused !== undefined) return err(refused);
  const units = await records.coveredUnits(permitted);
  if (!units.some((unit) => unit.id === command.unitId)) return err({ kind: 'no-such-unit' });
  const price = await priceNow(permitted, command.workerIds.length);
  if (price === undefined) return err({ kind: 'no-card-type' });
  if (price.aboveQuote) return err({ kind: 'above-quote' });
  const delivery = await chosenAddress(permitted, command);
  if (delivery === undefined) return err({ kind: 'no-such-address' });
  const limit =
    permitted.right === 'orders.place' ? await limitOf(permitted, price, true, delivery) : undefined;
  const state = permitted.right === 'orders.place' && limit === undefined ? 'placed' : 'awaiting-approval';
  const order = await records.insertOrder(permitted, { ...command, ...price, delivery, state, limit });
  if (order === undefined) {
    const other = await records.orderOfKey(permitted, command.key);
    return other === undefined ? err({ kind: 'key-used' }) : ok(repeated(other));
  }
  if (command.replacing !== undefined) {
    const [workerId = '', ...others] = command.workerIds;
    if (others.length > 0) return err({ kind: 'replaces-one' });
    const blocked = await deps.blockCardsOf(permitted, workerId, command.replacing);
    if (!blocked.ok) return blocked;
  }
  const inTheWay = await obstaclesFor(permitted, command.workerIds);
  if (inTheWay.size > 0) return err({ kind: 'not-orderable', obstacles: inTheWay });
  const lineState = state === 'placed' ? placedState({ photo: false, document: false }) : state;
  await records.insertLines(permitted, order.id, command.workerIds, lineState);
  if (permitted.facts.capacity === 'vendor') await records.useOffers(permitted, command.workerIds);
  else if (command.keepAddress === true && permitted.right === 'orders.place') {
    await keepAddress(permitted, delivery);
  }
  await permitted.audit({
    ...(state === 'placed' ? {} : { action: 'order.prepared' }),
    subject: { kind: 'order', id: order.id },
    changes: {
      number: order.number,
      unitId: command.unitId,
      cards: price.count,
      priceOre: price.priceOre,
      feeOre: price.feeOre,
      orderFeeOre: price.orderFeeOre,
      ...(limit === undefined ? {} : { limit }),
      ...(command.replacing === undefined ? {} : { replacing: command.replacing }),
    },
  });
  await tellOf(deps.notify, permitted, { number: order.number, unitId: command.unitId, price, state });
  return ok({ orderId: order.id, number: order.number, state, limit, repeated: false });
}

/** The address that is named, or typed; undefined when the business keeps none by that name. */
export async function chosenAddress(
  permitted: Permitted,
  { delivery, unitId }: Pick<PlaceOrder, 'delivery' | 'unitId'>,
): Promise<DeliveryAddress | undefined> {
  if (!('kept' in delivery)) return delivery;
  const known = await knownAddresses(permitted, unitId);
  // The unit's own stands first where it has one, and the registered one next.
  return known.find(({ id }) => delivery.kept === OF_EACH_UNIT || id === delivery.kept)?.address;
}

/** The rule that keeps one of the workers out of the mandate's reach, whether or not there is such a worker. */
function refusalOfWorkers(
  permitted: Permitted,
  { unitId, workerIds }: Pick<PlaceOrder, 'unitId' | 'workerIds'>,
): Refused | undefined {
  for (const workerId of workerIds) {
    const decision = permitted.decide(permitted.right, { unitId, workerId });
    if (!decision.allowed) return { kind: 'refused', refusal: decision.refusal };
  }
  return undefined;
}

function repeated(order: { id: string; number: number; state: string }): PlacedOrder {
  const state = order.state === 'placed' || order.state === 'cancelled' ? order.state : 'awaiting-approval';
  return { orderId: order.id, number: order.number, state, limit: undefined, repeated: true };
}

/** What an order costs now, and whether that is more than the business has accepted from the vendor that orders. */
export type OrderPrice = PriceNow & { readonly aboveQuote: boolean };

/** The official price with the fees that the asker's quote says; undefined where no card type is set for the business. */
export async function priceNow(permitted: Permitted, count: number): Promise<OrderPrice | undefined> {
  const { facts, now } = permitted;
  const cardType = facts.business?.cardType ?? undefined;
  if (cardType === undefined) return undefined;
  const [price, vatBasisPoints] = [await priceAt(permitted, cardType, now), await vatAt(permitted, now)];
  if (price === undefined) return undefined;
  const coming = await changeAhead(permitted, cardType);
  const { ore: priceOre } = price;
  const own = {
    cardType,
    priceOre,
    feeOre: 0,
    orderFeeOre: 0,
    count,
    vatBasisPoints,
    coming,
    aboveQuote: false,
  };
  if (facts.capacity !== 'vendor') return own;
  const quote = await records.quoteInForce(permitted);
  if (quote === undefined) return { ...own, aboveQuote: true };
  const { feeOre, orderFeeOre, officialOre } = quote;
  return { ...own, feeOre, orderFeeOre, aboveQuote: officialOre !== null && priceOre > officialOre };
}

/**
 * What keeps the asker from placing this order without an approver: a limit of the mandate, or for a vendor the address. With
 * `binding`, nobody else counts until we are done.
 */
export async function limitOf(
  permitted: Permitted,
  price: Price,
  binding: boolean,
  delivery?: DeliveryAddress,
): Promise<Limit | undefined> {
  const { mandate, capacity } = permitted.facts;
  if (!mandate) return undefined;
  const strange =
    capacity === 'vendor' && delivery !== undefined && !(await isKnownAddress(permitted, delivery));
  if (strange) return 'new-address';
  if (binding) await records.lockLimits(permitted, mandate.id);
  const placed = await records.placedThisMonth(permitted);
  const order = { cards: price.count, ore: totals(price).excludingVat.ore };
  return limitReached(order, placed, mandate);
}

async function obstaclesFor(
  permitted: Permitted,
  workerIds: readonly string[],
): Promise<ReadonlyMap<string, Obstacle>> {
  const found = await records.obstaclesOf(permitted, workerIds);
  return new Map(
    workerIds.flatMap((id): [string, Obstacle][] => {
      const obstacle = found.get(id);
      // Whoever is not there to be ordered for is nobody that the asker may know of.
      if (obstacle === undefined) return [[id, 'ask-the-business']];
      return obstacle === null ? [] : [[id, obstacle]];
    }),
  );
}

interface TellableOrder {
  readonly number: number;
  readonly unitId: string;
  readonly price: Price;
  readonly state: 'awaiting-approval' | 'placed';
}

async function tellOf(
  notify: Notify,
  permitted: Permitted,
  { number, unitId, price, state }: TellableOrder,
): Promise<void> {
  const { business, session, capacity, mandate } = permitted.facts;
  const vendor = capacity === 'vendor' ? mandate?.vendor : undefined;
  if (!business || !session || (!vendor && state === 'placed')) return;
  const sums = totals(price);
  const fee = { ore: price.feeOre, currency: 'NOK' } as const;
  const template = vendor
    ? state === 'placed'
      ? 'vendor-order'
      : 'vendor-order-awaiting'
    : 'awaiting-approval';
  await notify(permitted, {
    template: `orders:notice.${template}`,
    businessId: business.id,
    unitId,
    audience: 'business-and-officers',
    parameters: {
      business: business.name,
      number: String(number),
      person: session.name,
      vendor: vendor?.name ?? '',
      cards: String(price.count),
      feeNb: formatMoney(fee, 'nb'),
      feeEn: formatMoney(fee, 'en'),
      totalNb: formatMoney(sums.includingVat, 'nb'),
      totalEn: formatMoney(sums.includingVat, 'en'),
      savingNb: formatMoney(sums.saving, 'nb'),
      savingEn: formatMoney(sums.saving, 'en'),
    },
  });
}

/** Whether PostgreSQL refused a row for one of these constraints. */
function brokeRule(error: unknown, constraints: readonly string[]): boolean {
  return (
    error instanceof Error &&
    'constraint' in error &&
    typeof error.constraint === 'string' &&
    constraints.includes(error.constraint)
  );
}

// What is done to an order afterwards -----------------------------------------------------------------------------------

/**
 * `missing`: there is no such order or line for the asker. `too-late`: its state does not allow this any more. `held`: an
 * emergency stop holds it.
 */
export type LineError = 'missing' | 'too-late' | 'held';

/** Whether the order was made by the asker, or on behalf of the vendor that the asker acts for. */
function isOwn(facts: ContextFacts, order: Pick<records.Order, 'vendorId' | 'placedBy'>): boolean {
  if (facts.capacity === 'vendor')
    return order.vendorId !== null && order.vendorId === facts.mandate?.vendor?.id;
  return order.vendorId === null && order.placedBy === facts.session?.personId;
}

/** Whether the asker may do this to that line of that order. */
export function allows(
  permitted: Permitted,
  order: Pick<records.Order, 'vendorId' | 'placedBy' | 'unitId'>,
  line: Pick<records.OrderLine, 'state' | 'workerId'>,
  action: LineAction,
): boolean {
  const subject = { unitId: order.unitId, workerId: line.workerId, madeByVendorId: order.vendorId };
  return mayDo(
    action,
    { state: line.state, own: isOwn(permitted.facts, order) },
    (right) => permitted.decide(right, subject).allowed,
  );
}

function requestFor(action: LineAction) {
  const [right, ...orElse] = rightsFor(action);
  return { right, orElse, action: TRANSITIONS[action].audit } as const;
}

export interface AttachPhoto {
  readonly orderId: string;
  readonly lineId: string;
  /** The file as it was sent. */
  readonly file: Uint8Array;
}

/** Puts a photo on a line, or another in its place until it is reviewed. With an identity document it goes under review. */
export async function attachPhoto(
  { database }: Pick<OrderActionDeps, 'database'>,
  acting: ActingFor,
  command: AttachPhoto,
): Promise<Result<{ readonly photoId: string }, LineError | TooMany | PhotoError | Refused>> {
  const kept = await attach(database, acting, 'add-photo', command, preparePhoto, insertPhoto);
  return kept.ok ? ok({ photoId: kept.value }) : kept;
}

/** Under what `keepPhoto` is asked, for whoever brings photos of many lines. */
export const photoRequest = () => requestFor('add-photo');

/**
 * Puts a photo that has been prepared on a line, as `attachPhoto` does, in a transaction under `photoRequest`; `too-late` where
 * there is one: whoever brings many has not looked at what they would replace.
 */
export async function keepPhoto(
  permitted: Permitted,
  { orderId, lineId }: Pick<AttachPhoto, 'orderId' | 'lineId'>,
  photo: PreparedPhoto,
): Promise<Result<string, LineError>> {
  const line = await lineFor(permitted, orderId, lineId, 'add-photo');
  if (!line.ok) return line;
  if (line.value.photoId !== null) return err('too-late');
  const id = await insertPhoto(permitted, line.value.workerId, photo);
  return keepMedia(permitted, line.value, 'add-photo', { id, sha256: photo.sha256 });
}

export interface AttachDocument extends AttachPhoto {
  readonly kind: DocumentKind;
}

/** Puts an identity document on a line, encrypted, as `attachPhoto` does a photo. */
export async function attachDocument(
  { database, vault }: Pick<OrderActionDeps, 'database'> & { readonly vault: Pick<Vault, 'encrypt'> },
  acting: ActingFor,
  command: AttachDocument,
): Promise<Result<{ readonly documentId: string }, LineError | TooMany | DocumentError | Refused>> {
  const { kind } = command;
  const kept = await attach(
    database,
    acting,
    'add-document',
    command,
    prepareDocument,
    (permitted, workerId, document) => insertDocument(permitted, vault, workerId, { ...document, kind }),
  );
  return kept.ok ? ok({ documentId: kept.value }) : kept;
}

type Attaching = 'add-photo' | 'add-document';

/** How many photos and identity documents of one worker are taken in 24 hours: what is replaced is kept for its time. */
const MEDIA_A_DAY = 40;
type TooMany = 'too-many-today';

async function attach<Prepared extends { readonly sha256: Buffer }, E>(
  database: OrderActionDeps['database'],
  acting: ActingFor,
  action: Attaching,
  { orderId, lineId, file }: AttachPhoto,
  prepare: (file: Uint8Array) => Promise<Result<Prepared, E>>,
  insert: (permitted: Permitted, workerId: string, prepared: Prepared) => Promise<string>,
): Promise<Result<string, LineError | TooMany | E | Refused>> {
  const request = requestFor(action);
  // Asked before the work of drawing the picture, which is not done for just anyone.
  const open = await look(database, acting, request, (permitted) =>
    lineWithRoom(permitted, orderId, lineId, action),
  );
  if (!open.ok) return open;
  if (!open.value.ok) return open.value;
  const prepared = await prepare(file);
  if (!prepared.ok) return prepared;
  return act<string, LineError | TooMany | E>(database, acting, request, async (permitted) => {
    const line = await lineWithRoom(permitted, orderId, lineId, action);
    if (!line.ok) return line;
    const mediaId = await insert(permitted, line.value.workerId, prepared.value);
    return keepMedia(permitted, line.value, action, { id: mediaId, sha256: prepared.value.sha256 });
  });
}

/** The line, where the worker's photos and documents of 24 hours leave room for one more; held, so others are counted after this. */
async function lineWithRoom(
  permitted: Permitted,
  orderId: string,
  lineId: string,
  action: Attaching,
): Promise<Result<records.OrderLine, LineError | TooMany>> {
  const line = await lineFor(permitted, orderId, lineId, action);
  if (!line.ok) return line;
  const sent = await records.mediaInADay(permitted, line.value.workerId);
  return sent < MEDIA_A_DAY ? line : err('too-many-today');
}

async function keepMedia(
  permitted: Permitted,
  line: records.OrderLine,
  action: Attaching,
  media: { readonly id: string; readonly sha256: Buffer },
): Promise<Result<string, LineError>> {
  const has = { photoId: line.photoId, documentId: line.documentId };
  const next = action === 'add-photo' ? { ...has, photoId: media.id } : { ...has, documentId: media.id };
  const placed = placedState({ photo: next.photoId !== null, document: next.documentId !== null });
  const state = line.state === 'awaiting-media' ? placed : line.state;
  if (!(await records.setMedia(permitted, line, next, state))) return err('too-late');
  await permitted.audit({
    subject: { kind: 'order-line', id: line.id },
    changes: {
      orderId: line.orderId,
      ...(action === 'add-photo' ? { photoId: media.id } : { documentId: media.id }),
      state,
      sha256: media.sha256.toString('hex'),
    },
  });
  return ok(media.id);
}

async function lineFor(
  permitted: Permitted,
  orderId: string,
  lineId: string,
  action: LineAction,
): Promise<Result<records.OrderLine, LineError>> {
  await records.lockOrder(permitted, orderId);
  const order = await records.findOrder(permitted, orderId);
  const line = await records.findLine(permitted, orderId, lineId);
  if (order === undefined || line === undefined) return err('missing');
  return allows(permitted, order, line, action) ? ok(line) : err('too-late');
}

/** Whoever ordered is told what others have made of the order, and not by whom. */
async function tellOrderer(
  notify: Notify,
  permitted: Permitted,
  order: Pick<records.Order, 'number' | 'placedBy'>,
  done: 'approve' | 'cancel',
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const { business, session } = permitted.facts;
  if (!business || session?.personId === order.placedBy) return;
  await notify(permitted, {
    template: TRANSITIONS[done].tells.notice,
    businessId: business.id,
    parameters: {
      business: business.name,
      number: String(order.number),
      ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    },
    audience: 'person',
    personId: order.placedBy,
  });
}

/** Takes back one line, or with no `lineId` every line of an order that is not in production yet. */
export async function cancelOrder(
  { database, notify }: Pick<OrderActionDeps, 'database' | 'notify'>,
  acting: ActingFor,
  { orderId, lineId }: { readonly orderId: string; readonly lineId?: string },
): Promise<Result<{ readonly lines: number }, LineError | Refused>> {
  return act(database, acting, requestFor('cancel'), async (permitted) => {
    await records.lockOrder(permitted, orderId);
    const order = await records.findOrder(permitted, orderId);
    if (order === undefined) return err('missing');
    const lines = (await records.linesOf(permitted, orderId)).filter(
      (line) => lineId === undefined || line.id === lineId,
    );
    if (lines.length === 0) return err('missing');
    const open = lines.filter((line) => allows(permitted, order, line, 'cancel'));
    const cancelled = open.length === 0 ? 0 : await records.cancelLines(permitted, open);
    if (cancelled === 0) return err('too-late');
    await records.cancelIfEmpty(permitted, orderId);
    await permitted.audit({
      subject: { kind: 'order', id: orderId },
      changes: { lines: open.map((line) => line.id) },
    });
    await tellOrderer(notify, permitted, order, 'cancel', { cards: cancelled });
    return ok({ lines: cancelled });
  });
}

export interface ApproveOrder {
  readonly orderId: string;
  /** The lines to place; the others that wait are taken back. Left out: all of them. */
  readonly lineIds?: readonly string[];
}

/**
 * The business's approver places what was prepared, or part of it and takes the rest back. A mandate has to reach every worker
 * of it, and nothing is approved that an emergency stop holds. A vendor's new address is kept: the business has now approved it.
 */
export async function approveOrder(
  { database, notify }: Pick<OrderActionDeps, 'database' | 'notify'>,
  acting: ActingFor,
  { orderId, lineIds }: ApproveOrder,
): Promise<
  Result<{ readonly approved: number; readonly declined: number }, LineError | 'barred' | 'none' | Refused>
> {
  type Approved = { readonly approved: number; readonly declined: number };
  const request = requestFor('approve');
  return act<Approved, LineError | 'barred' | 'none' | Refused>(
    database,
    acting,
    request,
    async (permitted) => {
      await records.lockOrder(permitted, orderId);
      const order = await records.findOrder(permitted, orderId);
      if (order === undefined) return err('missing');
      if (order.state !== 'awaiting-approval') return err('too-late');
      if (await records.reachesBeyond(permitted, orderId)) {
        return err({ kind: 'refused', refusal: 'other-worker' });
      }
      const lines = await records.linesOf(permitted, orderId);
      const waiting = lines.filter((line) => line.state === 'awaiting-approval');
      if (waiting.length === 0) return err('too-late');
      if (!waiting.every((line) => allows(permitted, order, line, 'approve'))) return err('missing');
      if (order.hold !== undefined) return err('held');
      if (order.barHold !== undefined) return err('barred');
      const declined = lineIds === undefined ? [] : waiting.filter((line) => !lineIds.includes(line.id));
      const approved = waiting.length - declined.length;
      if (approved === 0) return err('none');
      if (declined.length > 0) await records.cancelLines(permitted, declined);
      await records.approveOrder(permitted, orderId);
      await permitted.audit({
        subject: { kind: 'order', id: orderId },
        changes: {
          number: order.number,
          ...(declined.length === 0 ? {} : { declined: declined.map((line) => line.id) }),
        },
      });
      if (order.heldByLimit === 'new-address') await keepAddress(permitted, order.deliveryAddress);
      await tellOrderer(notify, permitted, order, 'approve', { cards: approved, declined: declined.length });
      return ok({ approved, declined: declined.length });
    },
  );
}

const heldRequests = {
  'take-over': { right: 'orders.approve', action: 'order.taken-over' },
  'go-on': { right: 'orders.approve', action: 'order.released' },
} as const;

/** `barred`: the vendor still is. `ended`: its mandate has ended. */
export type HeldProblem = 'missing' | 'too-late' | 'barred' | 'ended' | 'partly-made';

/**
 * The business decides on an order that a bar of its vendor holds: takes it over as its own, at no fee and out of the vendor's
 * sight, or lets it go on with the vendor once that is barred no more. Whoever decides first does; `too-late` to the others.
 */
export async function decideHeldOrder(
  { database }: Pick<OrderActionDeps, 'database'>,
  acting: ActingFor,
  { orderId, decision }: { readonly orderId: string; readonly decision: records.HeldDecision },
): Promise<Result<null, HeldProblem | Refused>> {
  return act<null, HeldProblem>(database, acting, heldRequests[decision], async (permitted) => {
    await records.lockOrder(permitted, orderId);
    const order = await records.findOrder(permitted, orderId);
    if (order === undefined) return err('missing');
    const answer = await records.settleHeldOrder(permitted, orderId, decision);
    if (answer !== 'settled') return err(answer);
    await permitted.audit({
      subject: { kind: 'order', id: orderId },
      changes: { number: order.number, vendorId: order.vendorId, feeOre: order.feeOre },
    });
    return ok(null);
  });
}
