import { type NotNull, sql } from 'kysely';
import { z } from 'zod';
import type { Permitted } from '../access/index.ts';
import type { Transaction } from '../database/transaction.ts';
import { firstDayOfMonth, startOfDay } from '../kernel/dates.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { OBSTACLES, type Obstacle } from '../workers/index.ts';
import {
  APPROVAL_DAYS,
  HOLDABLE_LINES,
  LIMITS,
  LINE_STATES,
  ORDER_STATES,
  orderStage,
  RENEWAL_DAYS,
  TRANSITIONS,
  type DeliveryAddress,
  type Limit,
  type LineState,
  type OrderStage,
  type Volume,
} from './rules.ts';

const orderState = z.enum(ORDER_STATES);
const lineState = z.enum(LINE_STATES);
const address = z.object({
  recipient: z.string().default(''),
  lines: z.array(z.string()).default([]),
  postalCode: z.string().default(''),
  place: z.string().default(''),
});

// Units -------------------------------------------------------------------------------------------------------------

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly organisationNumber: string;
}

/** The business's open units that the asker's mandate covers. */
export async function coveredUnits({ query, facts }: Permitted): Promise<Unit[]> {
  const rows = await query
    .selectFrom('units')
    .select(['id', 'name', 'organisation_number as organisationNumber'])
    .where('business_id', '=', facts.business?.id ?? '')
    .where('closed_on', 'is', null)
    .where(sql<boolean>`context_covers_unit(id)`)
    .orderBy('name')
    .execute();
  return rows;
}

/** The business's registered address, which is public: where cards go unless the orderer says otherwise. */
export async function registeredAddress({ query, facts }: Permitted): Promise<DeliveryAddress> {
  const row = await query
    .selectFrom('businesses')
    .select(['name', 'address'])
    .where('id', '=', facts.business?.id ?? '')
    .executeTakeFirstOrThrow();
  return { ...readAddress(row.address), recipient: row.name };
}

/** An address as it is stored; what is not in it is empty. */
export function readAddress(stored: unknown): DeliveryAddress {
  const parsed = address.safeParse(stored);
  return parsed.success ? parsed.data : { recipient: '', lines: [], postalCode: '', place: '' };
}

// Workers to order for ------------------------------------------------------------------------------------------------

/** A worker whom the asker may order for, or may not: then with what is in the way. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  /** Only for those with the worker list. */
  readonly birthDate?: string | undefined;
  /** Of a worker that the business ticked for a vendor. */
  readonly birthYear?: number | undefined;
  readonly obstacle: Obstacle | undefined;
}

/** The workers of a unit from the worker list, by name; `ids` or a part of the name narrow it. */
export async function listedWorkers(
  transaction: Permitted,
  unitId: string,
  wanted: { readonly search?: string | undefined; readonly ids?: readonly string[]; readonly limit: number },
): Promise<Candidate[]> {
  let rows = transaction.query
    .selectFrom('workers')
    .select(['id', 'name', 'birth_date as birthDate'])
    .where('unit_id', '=', unitId)
    .where('business_id', '=', transaction.facts.business?.id ?? '')
    .orderBy('family_name')
    .orderBy('id')
    .limit(wanted.limit);
  if (wanted.ids) rows = rows.where('id', 'in', wanted.ids.length > 0 ? [...wanted.ids] : [NO_ID]);
  if (wanted.search !== undefined) {
    const pattern = `%${wanted.search.replace(/[\\%_]/gu, String.raw`\$&`)}%`;
    rows = rows.where('name', 'ilike', pattern);
  }
  return withObstacles(transaction, await rows.execute());
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** The workers of a unit whom a vendor may order for: ticked by the business (name, birth year) or found (surname). */
export async function offeredWorkers(transaction: Permitted, unitId: string): Promise<Candidate[]> {
  const rows = await openOffers(transaction)
    .where('unit_id', '=', unitId)
    .select(['worker_id as id', 'name', 'birth_year as birthYear'])
    .execute();
  return withObstacles(
    transaction,
    rows.map(({ id, name, birthYear }) => ({ id, name, birthYear: birthYear ?? undefined })),
  );
}

function openOffers({ query, facts }: Permitted) {
  return query
    .selectFrom('worker_offers')
    .where('mandate_id', '=', facts.mandate?.id ?? NO_ID)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .orderBy('name')
    .orderBy('id');
}

async function withObstacles(
  transaction: Permitted,
  workers: readonly Omit<Candidate, 'obstacle'>[],
): Promise<Candidate[]> {
  const obstacles = await obstaclesOf(
    transaction,
    workers.map((worker) => worker.id),
  );
  return workers.map((worker) => ({ ...worker, obstacle: obstacles.get(worker.id) ?? undefined }));
}

/** What is in the way for each worker; null for nothing. Workers for whom the asker may not order are left out. */
export async function obstaclesOf(
  { query }: Pick<Transaction, 'query'>,
  workerIds: readonly string[],
): Promise<ReadonlyMap<string, Obstacle | null>> {
  if (workerIds.length === 0) return new Map();
  const found = await sql<{ worker_id: string; obstacle: string | null }>`
    select worker_id, obstacle from order_obstacles(${workerIds}::uuid[])`.execute(query);
  const obstacle = z.enum(OBSTACLES).nullable();
  return new Map(found.rows.map((row) => [row.worker_id, obstacle.parse(row.obstacle)]));
}

export interface Renewal {
  readonly workerId: string;
  readonly unitId: string;
  readonly unitName: string;
  readonly name: string;
  readonly expiresAt: Date;
}

/**
 * Whose cards, of those that the asker may see, expire within `RENEWAL_DAYS` or did so as lately, and who can be ordered for:
 * the first to expire first, at most `limit`.
 */
export async function renewals({ query, facts, now }: Permitted, limit: number): Promise<Renewal[]> {
  const { rows } = await sql<Renewal>`
    with expiring as materialized (
      select distinct on (c.worker_id) c.worker_id, c.unit_id, c.holder_name, c.expires_at from cards_as_shown c
      where c.business_id = ${facts.business?.id ?? NO_ID} and c.blocked_at is null
        and c.expires_at <= ${now}::timestamptz + make_interval(days => ${RENEWAL_DAYS})
        and c.expires_at > ${now}::timestamptz - make_interval(days => ${RENEWAL_DAYS})
      order by c.worker_id, c.expires_at desc)
    select e.worker_id as "workerId", u.id as "unitId", u.name as "unitName", e.holder_name as name,
      e.expires_at as "expiresAt"
    from expiring e left join workers w on w.id = e.worker_id join units u on u.id = coalesce(w.unit_id, e.unit_id)
      join order_obstacles(array(select worker_id from expiring)) o on o.worker_id = e.worker_id and o.obstacle is null
    order by e.expires_at, e.holder_name, e.worker_id limit ${limit}`.execute(query);
  return rows;
}

// Placing -------------------------------------------------------------------------------------------------------------

export interface NewOrder {
  readonly key: string;
  readonly unitId: string;
  readonly workerIds: readonly string[];
  readonly delivery: DeliveryAddress;
  readonly customerReference: string;
  readonly cardType: string;
  readonly priceOre: number;
  readonly feeOre: number;
  readonly orderFeeOre: number;
  readonly vatBasisPoints: number;
  readonly state: 'awaiting-approval' | 'placed';
  readonly limit: Limit | undefined;
}

/** The asker's order that this key was used for before; undefined when there is none that the asker may see. */
export async function orderOfKey({ query }: Transaction, key: string) {
  return query
    .selectFrom('orders')
    .select(['id', 'number', 'state'])
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

/** From here to the end of the transaction nobody else counts this mandate's month. */
export async function lockLimits({ query }: Transaction, mandateId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`limits:${mandateId}`}, 0))`.execute(query);
}

/**
 * What was placed with the asker's mandate in this Oslo month: cancelled and rejected lines give their share back, what an
 * approver of the business placed does not count as the mandate's, and what it no longer reaches still counts.
 */
export async function placedThisMonth({ query, now }: Transaction): Promise<Volume> {
  const { rows } = await sql<Volume>`
    select cards, ore from placed_under_mandate(${startOfDay(firstDayOfMonth(now))})`.execute(query);
  return rows[0] ?? { cards: 0, ore: 0 };
}

/** What the vendor that acts may take for itself and at what official price, by the quote in force; øre. */
export async function quoteInForce({
  query,
}: Transaction): Promise<
  { readonly officialOre: number | null; readonly feeOre: number; readonly orderFeeOre: number } | undefined
> {
  const { rows } = await sql<{ officialOre: number | null; feeOre: number; orderFeeOre: number }>`
    select official_ore as "officialOre", fee_ore as "feeOre", order_ore as "orderFeeOre" from context_quote()`.execute(
    query,
  );
  return rows[0];
}

/** Writes the order; undefined when its key was used before, after waiting for whoever is just using it. */
export async function insertOrder(
  { query, facts, now }: Transaction,
  order: NewOrder,
): Promise<{ id: string; number: number } | undefined> {
  const { business, session, mandate } = facts;
  if (!business || !session) throw new Error('An order without someone who places it.');
  const vendor = facts.capacity === 'vendor' ? mandate?.vendor : undefined;
  return query
    .insertInto('orders')
    .values({
      id: uuidv7(),
      business_id: business.id,
      unit_id: order.unitId,
      vendor_id: vendor?.id ?? null,
      vendor_name: vendor?.name ?? null,
      mandate_id: mandate?.id ?? null,
      placed_by: session.personId,
      placed_by_name: session.name,
      placed_at: now,
      idempotency_key: order.key,
      card_type: order.cardType,
      customer_reference: order.customerReference,
      delivery_address: JSON.stringify(order.delivery),
      price_ore: order.priceOre,
      fee_ore: order.feeOre,
      order_fee_ore: order.orderFeeOre,
      vat_basis_points: order.vatBasisPoints,
      state: order.state,
      held_by_limit: order.limit ?? null,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning(['id', 'number'])
    .executeTakeFirst();
}

/** Writes a line for each worker. The database fills in the names, and refuses workers who cannot be ordered for. */
export async function insertLines(
  { query, facts, now }: Transaction,
  orderId: string,
  workerIds: readonly string[],
  state: LineState,
): Promise<void> {
  // In one order, so that two orders for the same workers wait for each other and do not stand still.
  const sorted = [...workerIds].sort();
  const vendorId = facts.capacity === 'vendor' ? (facts.mandate?.vendor?.id ?? null) : null;
  await sql`insert into order_lines (id, order_id, business_id, vendor_id, worker_id, holder_name, state, changed_at)
    select line.id, ${orderId}, ${facts.business?.id}, ${vendorId}::uuid, line.worker_id, '', ${state}, ${now}
    from unnest(${sorted.map(() => uuidv7())}::uuid[], ${sorted}::uuid[]) with ordinality as line (id, worker_id, place)
    order by line.place`.execute(query);
}

/** The offers that a vendor's order was made from are used up. */
export async function useOffers(
  { query, facts, now }: Transaction,
  workerIds: readonly string[],
): Promise<void> {
  await query
    .updateTable('worker_offers')
    .set({ used_at: now })
    .where('mandate_id', '=', facts.mandate?.id ?? NO_ID)
    .where(sql<boolean>`worker_id = any (${[...workerIds]}::uuid[])`)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .execute();
}

// Reading -------------------------------------------------------------------------------------------------------------

const orderColumns = [
  'orders.id',
  'orders.number',
  'orders.unit_id as unitId',
  'orders.vendor_id as vendorId',
  'orders.vendor_name as vendorName',
  'orders.mandate_id as mandateId',
  'orders.placed_by as placedBy',
  'orders.placed_by_name as placedByName',
  'orders.placed_at as placedAt',
  'orders.card_type as cardType',
  'orders.customer_reference as customerReference',
  'orders.delivery_address as deliveryAddress',
  'orders.price_ore as priceOre',
  'orders.fee_ore as feeOre',
  'orders.order_fee_ore as orderFeeOre',
  'orders.vat_basis_points as vatBasisPoints',
  'orders.state',
  'orders.held_by_limit as heldByLimit',
  'orders.approved_by_name as approvedByName',
  'orders.approved_at as approvedAt',
  'orders.cancelled_by_name as cancelledByName',
  'orders.cancelled_at as cancelledAt',
  'orders.lapsed_at as lapsedAt',
  'orders.bar_held_at as barHeldAt',
  'orders.taken_over_from as takenOverFrom',
  'units.name as unitName',
] as const;

/** The emergency stop that holds an order: pressed by whom, when and why; `vendor_id` is null when it is for everyone. */
const holdColumns = [
  'freezes.frozen_at as heldSince',
  'freezes.frozen_by_name as heldByName',
  'freezes.reason as heldReason',
] as const;
const holds = sql<boolean>`freezes.id = freeze_of_order(orders.business_id, orders.vendor_id, orders.mandate_id)`;
/** One order with its unit's name, if the asker may see it. With `lock` nobody else changes it meanwhile. */
export async function findOrder({ query }: Transaction, id: string) {
  const row = await query
    .selectFrom('orders')
    .innerJoin('units', 'units.id', 'orders.unit_id')
    .leftJoin('freezes', (join) => join.on(holds))
    .leftJoin('vendor_profiles', 'vendor_profiles.vendor_id', 'orders.vendor_id')
    .select([...orderColumns, ...holdColumns, 'vendor_profiles.barred_at as vendorBarredAt'])
    .where('orders.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const limit = z.enum(LIMITS).nullable();
  const { heldSince, heldByName, heldReason, barHeldAt, vendorBarredAt, ...rest } = row;
  return {
    ...rest,
    /** Undefined while no emergency stop holds what was ordered. */
    hold: heldSince === null ? undefined : { since: heldSince, byName: heldByName, reason: heldReason ?? '' },
    /** Undefined unless a bar of its vendor holds it, until the business decides. */
    barHold: barHeldAt === null ? undefined : { since: barHeldAt, stillBarred: vendorBarredAt !== null },
    state: orderState.parse(row.state),
    deliveryAddress: readAddress(row.deliveryAddress),
    heldByLimit: limit.parse(row.heldByLimit),
  };
}
export type Order = NonNullable<Awaited<ReturnType<typeof findOrder>>>;

export interface OrderLine {
  readonly id: string;
  readonly orderId: string;
  readonly workerId: string;
  readonly name: string;
  readonly state: LineState;
  readonly photoId: string | null;
  /** Whether the asker may see the photo: a vendor only its own. */
  readonly photoShown: boolean;
  readonly documentId: string | null;
  /** What came of the last time that the worker was asked for photo or document; null: never. */
  readonly upload: UploadState | null;
  /** What the reviewer said of a photo or document that is still to be sent again. */
  readonly rejections: readonly Rejection[];
  readonly changedAt: Date;
}

/** As the database's `upload_state` says. */
const uploadState = z.enum(['open', 'expired', 'revoked', 'denied', 'delivered']);
type UploadState = z.infer<typeof uploadState>;

export interface Rejection {
  readonly subject: 'photo' | 'document';
  readonly reasons: readonly string[];
}

/**
 * The lines of an order. A vendor without the worker list sees each worker as it was given them: the name that the
 * business ticked, or the surname that it asked with.
 */
export async function linesOf(
  transaction: Transaction,
  orderId: string,
  page?: { readonly offset: number; readonly limit: number },
): Promise<OrderLine[]> {
  return readLines(transaction, (rows) => {
    const all = rows.where('order_lines.order_id', '=', orderId);
    return page === undefined ? all : all.limit(page.limit).offset(page.offset);
  });
}

/** The lines of an order that are in one state: how many, and one worker of theirs whom the asker reaches. */
export interface LinesInState {
  readonly state: LineState;
  readonly count: number;
  readonly workerId: string;
}

/** How many lines of an order are in which state, however many there are. */
export async function lineStates({ query }: Transaction, orderId: string): Promise<LinesInState[]> {
  const { rows } = await sql<LinesInState & { readonly state: string }>`
    select state, count(*)::integer as count, (array_agg(worker_id))[1] as "workerId"
    from order_lines where order_id = ${orderId} group by state`.execute(query);
  return rows.map((row) => ({ ...row, state: lineState.parse(row.state) }));
}

/** How many lines stand before this one on the order's page. */
export async function linesBefore({ query }: Transaction, line: OrderLine): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from order_lines_as_shown
    where order_id = ${line.orderId} and (holder_name, id) < (${line.name}, ${line.id})`.execute(query);
  return rows[0]?.count ?? 0;
}

/** One line, if the asker may see it. */
export async function findLine(
  transaction: Transaction,
  orderId: string,
  lineId: string,
): Promise<OrderLine | undefined> {
  const lines = await readLines(transaction, (rows) =>
    rows.where('order_lines.order_id', '=', orderId).where('order_lines.id', '=', lineId),
  );
  return lines[0];
}

async function readLines(
  { query }: Transaction,
  narrow: (rows: ReturnType<typeof lineRows>) => ReturnType<typeof lineRows>,
): Promise<OrderLine[]> {
  const rows = await narrow(lineRows(query)).execute();
  return rows.map(({ state, upload, shownPhotoId, rejectedPhoto, rejectedDocument, ...row }) => ({
    ...row,
    state: lineState.parse(state),
    upload: uploadState.nullable().parse(upload),
    rejections: [
      ...(rejectedPhoto === null ? [] : [{ subject: 'photo' as const, reasons: rejectedPhoto }]),
      ...(rejectedDocument === null ? [] : [{ subject: 'document' as const, reasons: rejectedDocument }]),
    ],
    photoShown: shownPhotoId !== null,
  }));
}

function lineRows(query: Transaction['query']) {
  return (
    query
      // The view alone: joined with its table, all lines were once gone through for each line of an order just placed.
      .selectFrom('order_lines_as_shown as order_lines')
      .leftJoin('photos', 'photos.id', 'order_lines.photo_id')
      .select([
        'order_lines.id',
        'order_lines.order_id as orderId',
        'order_lines.worker_id as workerId',
        'order_lines.holder_name as name',
        'order_lines.state',
        'order_lines.photo_id as photoId',
        'photos.id as shownPhotoId',
        'order_lines.document_id as documentId',
        lastUpload.as('upload'),
        lastRejection('photo').as('rejectedPhoto'),
        lastRejection('document').as('rejectedDocument'),
        'order_lines.changed_at as changedAt',
      ])
      .orderBy('order_lines.holder_name')
      .orderBy('order_lines.id')
      .$narrowType<{
        id: NotNull;
        orderId: NotNull;
        workerId: NotNull;
        name: NotNull;
        state: NotNull;
        changedAt: NotNull;
      }>()
  );
}

const lastUpload = sql<
  string | null
>`(select upload_state(r.delivered_at, r.denied_at, r.revoked_at, r.expires_at, context_now())
  from upload_requests r where r.line_id = order_lines.id order by r.asked_at desc, r.id desc limit 1)`;

/** Why the last photo or document of a line was rejected, as long as no other has been sent. */
function lastRejection(subject: 'photo' | 'document') {
  const [own, sent] = [sql.ref(`v.${subject}_id`), sql.ref(`order_lines.${subject}_id`)];
  return sql<string[] | null>`case when ${sent} is null then (select v.reasons from media_verdicts v
    where v.line_id = order_lines.id and ${own} is not null and not v.accepted order by v.decided_at desc limit 1) end`;
}

export interface OrderSummary {
  readonly id: string;
  readonly number: number;
  readonly stage: OrderStage;
  readonly placedAt: Date;
  readonly placedByName: string;
  readonly vendorName: string | null;
  readonly unitName: string;
  readonly priceOre: number;
  readonly feeOre: number;
  readonly orderFeeOre: number;
  readonly vatBasisPoints: number;
  /** Lines that are not cancelled or rejected. */
  readonly cards: number;
  readonly waitingForMedia: number;
  /** What holds lines of it that are not in production. */
  readonly held: Hold | undefined;
}

/** What holds an order: an emergency stop of the business, or a bar of its vendor. */
export type Hold = 'stop' | 'bar';

const holdable = sql<boolean>`order_lines.state = any (${[...HOLDABLE_LINES]}::text[])`;

/** An order that a bar holds until the business decides. */
export interface BarredOrder {
  readonly id: string;
  readonly number: number;
  readonly vendorName: string | null;
  readonly count: number;
}

/** The orders of the business that a bar holds, the oldest first, at most so many; `count` is of all of them. */
export async function barredOrders({ query, facts }: Permitted, most: number): Promise<BarredOrder[]> {
  return query
    .selectFrom('orders')
    .select(['orders.id', 'orders.number', 'orders.vendor_name as vendorName'])
    .select(sql<number>`count(*) over ()::integer`.as('count'))
    .where('orders.business_id', '=', facts.business?.id ?? NO_ID)
    .where('orders.vendor_id', 'is not', null)
    .where('orders.bar_held_at', 'is not', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('order_lines')
          .select('order_lines.id')
          .whereRef('order_lines.order_id', '=', 'orders.id')
          .where(holdable),
      ),
    )
    .orderBy('orders.id')
    .limit(most)
    .execute();
}

/** A page of the orders that the asker may see, the newest first, and how many there are in all. */
export async function listOrders(
  { query, facts }: Permitted,
  page: number,
  size: number,
): Promise<{ readonly orders: OrderSummary[]; readonly count: number }> {
  const business = facts.business?.id ?? NO_ID;
  const { count } = await query
    .selectFrom('orders')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('business_id', '=', business)
    .executeTakeFirstOrThrow();
  const rows = await query
    .with('page', (orders) =>
      orders
        .selectFrom('orders')
        .selectAll()
        .where('business_id', '=', business)
        .orderBy('id', 'desc')
        .limit(size)
        .offset((page - 1) * size),
    )
    .selectFrom('page as orders')
    .innerJoin('units', 'units.id', 'orders.unit_id')
    .innerJoin('order_lines', 'order_lines.order_id', 'orders.id')
    .leftJoin('freezes', (join) => join.on(holds))
    .select((eb) => [
      'orders.id',
      'orders.number',
      sql<string[]>`array_agg(distinct order_lines.state)`.as('states'),
      'orders.placed_at as placedAt',
      'orders.placed_by_name as placedByName',
      'orders.vendor_name as vendorName',
      'units.name as unitName',
      'orders.price_ore as priceOre',
      'orders.fee_ore as feeOre',
      'orders.order_fee_ore as orderFeeOre',
      'orders.vat_basis_points as vatBasisPoints',
      eb.fn
        .countAll<number>()
        .filterWhere('order_lines.state', 'not in', ['cancelled', 'rejected'])
        .as('cards'),
      eb.fn.countAll<number>().filterWhere('order_lines.state', '=', 'awaiting-media').as('waitingForMedia'),
      sql<Hold | null>`case when not bool_or(${holdable}) then null when orders.bar_held_at is not null then 'bar'
        when freezes.id is not null then 'stop' end`.as('held'),
    ])
    .groupBy([
      ...([
        'orders.id',
        'orders.number',
        'orders.state',
        'orders.placed_at',
        'orders.placed_by_name',
      ] as const),
      ...([
        'orders.vendor_name',
        'orders.price_ore',
        'orders.fee_ore',
        'orders.order_fee_ore',
        'orders.vat_basis_points',
      ] as const),
      ...(['units.name', 'freezes.id', 'orders.bar_held_at'] as const),
    ])
    .orderBy('orders.id', 'desc')
    .execute();
  return {
    orders: rows.map(({ states, held, ...row }) => ({
      ...row,
      held: held ?? undefined,
      stage: orderStage(z.array(lineState).parse(states)),
    })),
    count,
  };
}

// Changing ------------------------------------------------------------------------------------------------------------

/** Locks an order that the asker may see, so that approving, cancelling and adding a photo happen one after another. */
export async function lockOrder({ query }: Transaction, orderId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`order:${orderId}`}, 0))`.execute(query);
}

/** Moves a line on with its photo and document; false when it is not in that state with those any more. */
export async function setMedia(
  { query, now }: Transaction,
  line: OrderLine,
  { photoId, documentId }: Pick<OrderLine, 'photoId' | 'documentId'>,
  state: LineState,
): Promise<boolean> {
  const result = await query
    .updateTable('order_lines')
    .set({ photo_id: photoId, document_id: documentId, state, changed_at: now })
    .where('id', '=', line.id)
    .where('state', '=', line.state)
    .where('photo_id', 'is not distinct from', line.photoId)
    .where('document_id', 'is not distinct from', line.documentId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** What a business may do with an order that a bar holds, besides taking it back. */
export type HeldDecision = 'take-over' | 'go-on';

/** What the database answers to the decision; `settled`: it is done. */
export type HeldAnswer = 'settled' | 'missing' | 'too-late' | 'barred' | 'ended' | 'partly-made';

export async function settleHeldOrder(
  { query }: Transaction,
  orderId: string,
  decision: HeldDecision,
): Promise<HeldAnswer> {
  const { rows } = await sql<{
    answer: HeldAnswer;
  }>`select settle_held_order(${orderId}, ${decision}) as answer`.execute(query);
  return rows[0]?.answer ?? 'missing';
}

/** The approver places what was prepared. */
export async function approveOrder({ query, facts, now }: Transaction, orderId: string): Promise<void> {
  await query
    .updateTable('orders')
    .set({
      state: 'placed',
      approved_by: facts.session?.personId ?? null,
      approved_by_name: facts.session?.name ?? null,
      approved_at: now,
    })
    .where('id', '=', orderId)
    .where('state', '=', 'awaiting-approval')
    .execute();
  await query
    .updateTable('order_lines')
    .set({
      state: sql<LineState>`case when photo_id is null or document_id is null then 'awaiting-media' else 'under-review' end`,
      changed_at: now,
    })
    .where('order_id', '=', orderId)
    .where('state', '=', 'awaiting-approval')
    .execute();
}

export interface LapsedOrder {
  readonly id: string;
  readonly number: string;
  readonly businessId: string;
  readonly businessName: string;
  readonly unitId: string;
  readonly vendorId: string | null;
  readonly vendorName: string | null;
  readonly placedByName: string;
}

/** Takes back orders that have waited too long for an approver, the oldest first; those that somebody is just settling are left. */
export async function lapseOrders({ query, now }: Transaction, limit: number): Promise<LapsedOrder[]> {
  const { rows } = await sql<LapsedOrder>`
    with late as materialized (
      select id from orders where state = 'awaiting-approval'
        and placed_at <= ${now}::timestamptz - make_interval(days => ${APPROVAL_DAYS})
        and pg_try_advisory_xact_lock(hashtextextended('order:' || id, 0))
      order by placed_at limit ${limit} for update),
    lines as (
      update order_lines l set state = 'cancelled', changed_at = ${now} from late
      where l.order_id = late.id and l.state = 'awaiting-approval')
    update orders o set state = 'cancelled', lapsed_at = ${now} from late, businesses b
    where o.id = late.id and b.id = o.business_id
    returning o.id, o.number, o.business_id as "businessId", b.name as "businessName", o.unit_id as "unitId",
      o.vendor_id as "vendorId", o.vendor_name as "vendorName", o.placed_by_name as "placedByName"`.execute(
    query,
  );
  return rows;
}

/** Cancels these lines; returns how many were still in a state to be cancelled. */
export async function cancelLines({ query, now }: Transaction, lines: readonly OrderLine[]): Promise<number> {
  const result = await query
    .updateTable('order_lines')
    .set({ state: 'cancelled', changed_at: now })
    .where(
      'id',
      'in',
      lines.map((line) => line.id),
    )
    .where('state', 'in', TRANSITIONS.cancel.from)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Whether the order holds workers whom the asker's mandate does not name, and whose lines are therefore not shown. */
export async function reachesBeyond({ query }: Transaction, orderId: string): Promise<boolean> {
  const { rows } = await sql<{
    beyond: boolean;
  }>`select order_reaches_beyond(${orderId}) as beyond`.execute(query);
  return rows[0]?.beyond ?? false;
}

/** An order with no line left is cancelled itself. */
export async function cancelIfEmpty({ query, facts, now }: Transaction, orderId: string): Promise<void> {
  await query
    .updateTable('orders')
    .set({
      state: 'cancelled',
      cancelled_by: facts.session?.personId ?? null,
      cancelled_by_name: facts.session?.name ?? null,
      cancelled_at: now,
    })
    .where('id', '=', orderId)
    .where('state', '<>', 'cancelled')
    .where(sql<boolean>`not order_reaches_beyond(id)`)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('order_lines')
            .select('order_lines.id')
            .where('order_lines.order_id', '=', orderId)
            .where('order_lines.state', 'not in', ['cancelled', 'rejected']),
        ),
      ),
    )
    .execute();
}

// Vendors -------------------------------------------------------------------------------------------------------------

export interface VendorMandate {
  readonly id: string;
  readonly vendorId: string;
  readonly vendorName: string;
  readonly units: readonly string[] | null;
  /** Named workers; null: everyone in the units. */
  readonly workers: readonly string[] | null;
}

/** The vendors whose mandate to order is in its period, for those who let them order for named workers. */
export async function vendorMandates({ query, facts, now }: Permitted): Promise<VendorMandate[]> {
  const rows = await query
    .selectFrom('mandates')
    .select(['id', 'vendor_id as vendorId', 'holder_name as vendorName', 'units', 'workers'])
    .where('business_id', '=', facts.business?.id ?? NO_ID)
    .where('holder', '=', 'vendor')
    .where('ended_at', 'is', null)
    .where('suspended_at', 'is', null)
    .where('starts_at', '<=', now)
    .where('ends_at', '>', now)
    .where(sql<boolean>`rights && array['orders.place', 'orders.prepare']::right_name[]`)
    .orderBy('holder_name')
    .execute();
  return rows.flatMap(({ vendorId, ...row }) => (vendorId === null ? [] : [{ ...row, vendorId }]));
}

export interface Offer {
  readonly id: string;
  readonly workerId: string;
  readonly unitId: string;
  readonly name: string;
  readonly source: string;
  readonly offeredAt: Date;
}

/** What a vendor may order for now, for the business's own eyes. */
export async function offersOf({ query }: Transaction, mandateId: string): Promise<Offer[]> {
  return query
    .selectFrom('worker_offers')
    .select(['id', 'worker_id as workerId', 'unit_id as unitId', 'name', 'source', 'offered_at as offeredAt'])
    .where('mandate_id', '=', mandateId)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute();
}

/** Ticks workers for a vendor's mandate; those ticked already stay as they are. Returns how many are new. */
export async function insertOffers(
  { query, facts, now }: Transaction,
  mandate: VendorMandate,
  unitId: string,
  workerIds: readonly string[],
): Promise<number> {
  const result = await sql`insert into worker_offers
      (business_id, vendor_id, mandate_id, worker_id, unit_id, source, name, birth_year, offered_by, offered_at)
    select w.business_id, ${mandate.vendorId}, ${mandate.id}, w.id, w.unit_id, 'ticked', w.name,
      extract(year from w.birth_date), ${facts.session?.personId}, ${now}
    from workers w where w.unit_id = ${unitId} and w.id = any (${workerIds}::uuid[])
    on conflict (mandate_id, worker_id) where used_at is null and withdrawn_at is null do nothing`.execute(
    query,
  );
  return Number(result.numAffectedRows ?? 0);
}

/** How many of these workers are in the unit. */
export async function countWorkers(
  { query }: Transaction,
  unitId: string,
  workerIds: readonly string[],
): Promise<number> {
  const { count } = await query
    .selectFrom('workers')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('unit_id', '=', unitId)
    .where('id', 'in', workerIds)
    .executeTakeFirstOrThrow();
  return count;
}

/** Whether the business has made such an offer, open or not. */
export async function hasOffer({ query }: Transaction, offerId: string): Promise<boolean> {
  const row = await query
    .selectFrom('worker_offers')
    .select('id')
    .where('id', '=', offerId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes an offer back; undefined when it is used, or not the business's. */
export async function withdrawOffer({ query, now }: Transaction, offerId: string) {
  return query
    .updateTable('worker_offers')
    .set({ withdrawn_at: now })
    .where('id', '=', offerId)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .returning(['id', 'vendor_id as vendorId', 'mandate_id as mandateId'])
    .executeTakeFirst();
}

/** Asks for a worker by number and surname: the offer that was made, or undefined for every reason alike. */
export async function lookUpWorker(
  { query }: Transaction,
  nationalIdHash: Buffer,
  surname: string,
): Promise<{ readonly offerId: string; readonly unitId: string; readonly workerId: string } | undefined> {
  const found = await sql<{ offer: string | null }>`
    select vendor_look_up_worker(${nationalIdHash}, ${surname}) as offer`.execute(query);
  const offerId = found.rows[0]?.offer ?? undefined;
  if (offerId === undefined) return undefined;
  const offer = await query
    .selectFrom('worker_offers')
    .select(['unit_id as unitId', 'worker_id as workerId'])
    .where('id', '=', offerId)
    .executeTakeFirstOrThrow();
  return { offerId, ...offer };
}

/** How often the vendor has missed with this mandate today. */
export async function missesToday({ query }: Transaction): Promise<number> {
  const found = await sql<{ misses: number }>`select vendor_look_up_misses() as misses`.execute(query);
  return found.rows[0]?.misses ?? 0;
}

export interface LookUpSummary {
  readonly vendorName: string;
  readonly day: string;
  readonly hits: number;
  readonly misses: number;
}

/** What vendors asked for by number and surname in the last 30 days, by Oslo day, for the business to see. */
export async function lookUpsByVendors({ query, facts }: Permitted): Promise<LookUpSummary[]> {
  const found = await sql<LookUpSummary>`
    select v.name as "vendorName", to_char(oslo_date(l.at), 'YYYY-MM-DD') as day,
      (count(*) filter (where l.hit))::integer as hits, (count(*) filter (where not l.hit))::integer as misses
    from worker_look_ups l join businesses v on v.id = l.vendor_id
    where l.business_id = ${facts.business?.id ?? NO_ID} and oslo_date(l.at) > oslo_date(context_now()) - 30
    group by v.name, oslo_date(l.at) order by oslo_date(l.at) desc, v.name`.execute(query);
  return found.rows;
}

/** How many photos and identity documents of a worker were sent in 24 hours. */
export async function mediaInADay({ query }: Pick<Transaction, 'query'>, workerId: string): Promise<number> {
  const { rows } = await sql<{ sent: number }>`select media_in_a_day(${workerId}) as sent`.execute(query);
  return rows[0]?.sent ?? 0;
}
