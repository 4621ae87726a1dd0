import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { uuidv7 } from '../kernel/ids.ts';
import {
  type ContactChange,
  type FoundSignal,
  type MandatesOfPerson,
  type OpenLogin,
  type OrderedHour,
  type SessionUse,
  SIGNAL_KINDS,
  type SignalKind,
} from './signal-rules.ts';

type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** A signal as the business sees it. */
export interface Signal {
  readonly id: string;
  readonly kind: SignalKind;
  readonly personId: string;
  readonly personName: string;
  readonly vendorId: string | null;
  readonly vendorName: string | null;
  readonly facts: Readonly<Record<string, number>>;
  readonly foundAt: Date;
  readonly answer: 'confirmed' | 'denied' | null;
}

const shown = sql`g.id, g.kind, g.person_id as "personId", g.person_name as "personName", g.vendor_id as "vendorId",
  v.name as "vendorName", g.facts, g.found_at as "foundAt", g.answer`;
const MOST_SHOWN = 20;

/** A signal that waits for an answer. */
export interface OpenSignal extends Signal {
  /** Whoever reads does so in a session that it is about, or in the browser of one: their yes is not taken. */
  readonly aboutReader: boolean;
}

/** The signals that nobody in the business has answered, the newest first, at most twenty. */
export async function openSignals({ query, facts }: Reading): Promise<OpenSignal[]> {
  const { rows } = await sql<OpenSignal>`
    select ${shown}, signal_is_of_browser(g.id, ${facts.session?.id ?? null}::uuid) as "aboutReader" from signals g left join businesses v on v.id = g.vendor_id
    where g.business_id = ${facts.business?.id} and g.answer is null order by g.id desc limit ${MOST_SHOWN}`.execute(
    query,
  );
  return rows;
}

/** One signal of the business. */
export async function findSignal({ query, facts }: Reading, id: string): Promise<Signal | undefined> {
  const { rows } = await sql<Signal>`
    select ${shown} from signals g left join businesses v on v.id = g.vendor_id
    where g.id = ${id} and g.business_id = ${facts.business?.id}`.execute(query);
  return rows[0];
}

/** Stores an answer; false when somebody has answered before. */
export async function storeAnswer(
  { query, now, facts }: Reading,
  id: string,
  answer: 'confirmed' | 'denied',
): Promise<boolean> {
  const result = await query
    .updateTable('signals')
    .set({
      answer,
      answered_at: now,
      answered_by: facts.session?.personId ?? null,
      answered_by_name: facts.session?.name ?? null,
    })
    .where('id', '=', id)
    .where('answer', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Ends the sessions that a signal is about, after its denial was stored; how many. */
export async function endSessionsOf({ query }: Reading, id: string): Promise<number> {
  const { rows } = await sql<{ ended: number }>`select signal_end_sessions(${id}::uuid) as ended`.execute(
    query,
  );
  return rows[0]?.ended ?? 0;
}

/** Whether whoever asks does so in a session that the signal is about, or in the browser of one. */
export async function asksFromItsBrowser({ query, facts }: Reading, id: string): Promise<boolean> {
  const { rows } = await sql<{ same: boolean }>`
    select signal_is_of_browser(${id}::uuid, ${facts.session?.id ?? null}::uuid) as same`.execute(query);
  return rows[0]?.same ?? false;
}

/** A signal about a browser of whoever asks, in some business of theirs. */
export interface DeviceSignal {
  readonly id: string;
  readonly businessNumber: string;
  readonly businessName: string;
  readonly vendorName: string;
}

/** The open signals that tie a browser of whoever asks to a vendor. */
export async function signalsOfDevice({ query }: Reading, deviceId: string): Promise<DeviceSignal[]> {
  const { rows } = await sql<DeviceSignal>`
    select g.id, b.organisation_number as "businessNumber", b.name as "businessName", v.name as "vendorName"
    from signals g join businesses b on b.id = g.business_id join businesses v on v.id = g.vendor_id
    where g.device_id = ${deviceId} and g.person_id = context_person() and g.answer is null order by g.id`.execute(
    query,
  );
  return rows;
}

// What the rules are given, for tasks ---------------------------------------------------------------------------------

/** A new use of a session, with what tells whether it is one from a new browser. */
export interface ExaminedUse extends SessionUse {
  readonly id: string;
  readonly businessNumber: string;
  readonly businessName: string;
  readonly userAgent: string;
  readonly deviceFirstSeenAt: Date | null;
  readonly deviceAnswer: string | null;
  /** No officer has acted for the business from this browser before, in this login or another. */
  readonly firstHere: boolean;
}

/** Uses of sessions that the rules have not seen, in their order. */
export async function usesToExamine({ query }: Reading, most: number): Promise<ExaminedUse[]> {
  const { rows } = await sql<ExaminedUse>`
    select id, business_id as "businessId", business_number as "businessNumber", business_name as "businessName",
      person_id as "personId", person_name as "personName", capacity, used_at as "usedAt", device_id as "deviceId",
      device_first_seen_at as "deviceFirstSeenAt", device_answer as "deviceAnswer", user_agent as "userAgent",
      first_here as "firstHere", browser_used_by as "browserUsedBy", acted_for as "actedFor"
    from logins_to_examine(${most})`.execute(query);
  return rows;
}

export async function markExamined({ query, now }: Reading, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await query.updateTable('session_uses').set({ examined_at: now }).where('id', 'in', ids).execute();
}

/** Sessions that were used in the last quarter of an hour, of people with some on different networks. */
export async function loginsAtOnce({ query }: Reading): Promise<OpenLogin[]> {
  const { rows } = await sql<OpenLogin>`
    select person_id as "personId", person_name as "personName", device_id as "deviceId", network,
      last_seen_at as "lastSeenAt", businesses
    from logins_at_once(context_now() - interval '15 minutes')`.execute(query);
  return rows;
}

/** What was ordered in the last day and a half, by the hour. */
export async function orderedHours({ query }: Reading): Promise<OrderedHour[]> {
  const { rows } = await sql<OrderedHour>`
    select o.business_id as "businessId", o.placed_by as "personId", min(o.placed_by_name) as "personName",
      o.vendor_id as "vendorId", date_trunc('hour', o.placed_at) as hour, count(l.id)::integer as cards
    from orders o join order_lines l on l.order_id = o.id
    where o.placed_at > context_now() - interval '36 hours' and o.state <> 'cancelled'
    group by o.business_id, o.placed_by, o.vendor_id, date_trunc('hour', o.placed_at)
    order by hour, o.business_id, o.placed_by`.execute(query);
  return rows;
}

/** People who were given a mandate in the last two days, with all businesses that they have one from now. */
export async function mandatesOfPeople({ query }: Reading): Promise<MandatesOfPerson[]> {
  const { rows } = await sql<MandatesOfPerson>`
    select person_id as "personId", person_name as "personName", businesses
    from persons_with_mandates(context_now() - interval '48 hours')`.execute(query);
  return rows;
}

const mandatesShape = z.array(
  z.object({ vendorId: z.string().nullable(), approvedAt: z.string().transform((text) => new Date(text)) }),
);

/** Changes of contact details made in the last two days, also those that still wait, each with the mandates of the day before it. */
export async function contactChanges({ query }: Reading): Promise<ContactChange[]> {
  const { rows } = await sql<Omit<ContactChange, 'mandates'> & { readonly mandates: unknown }>`
    select c.id, c.business_id as "businessId", c.changed_by as "personId", c.changed_by_name as "personName",
      c.changed_at as "changedAt", jsonb_agg(jsonb_build_object('vendorId', m.vendor_id, 'approvedAt', m.approved_at)) as mandates
    from (
      select h.id, h.business_id, h.changed_by, h.changed_by_name, h.changed_at from contact_changes h
      where h.changed_at > context_now() - interval '48 hours' and h.changed_by is not null
        and not exists (select from contact_moves m where m.business_id = h.business_id and m.settled_at = h.changed_at)
      union all select v.id, v.business_id, v.made_by, v.made_by_name, v.made_at from contact_moves v
      where v.made_at > context_now() - interval '48 hours' and v.effective_at is not null
    ) c join mandates m on m.business_id = c.business_id
      and m.approved_at between c.changed_at - interval '24 hours' and c.changed_at
    group by c.id, c.business_id, c.changed_by, c.changed_by_name, c.changed_at order by c.id`.execute(query);
  return rows.map((row) => ({ ...row, mandates: mandatesShape.parse(row.mandates) }));
}

/** Stores a signal; its id, or undefined when it is known already. */
export async function insertSignal(
  { query, now }: Reading,
  { kind, businessId, personId, personName, vendorId, deviceId, key, facts }: FoundSignal,
): Promise<string | undefined> {
  const id = uuidv7();
  const stored = await query
    .insertInto('signals')
    .values({
      ...{ id, kind, key },
      business_id: businessId,
      person_id: personId,
      person_name: personName,
      vendor_id: vendorId,
      device_id: deviceId,
      facts: JSON.stringify(facts),
      found_at: now,
    })
    .onConflict((conflict) => conflict.columns(['business_id', 'kind', 'key']).doNothing())
    .executeTakeFirst();
  return (stored.numInsertedOrUpdatedRows ?? 0n) > 0n ? id : undefined;
}

/** Forgets which browsers were used, where, and what did not look right, before this. */
export async function forgetLoginsBefore({ query }: Reading, before: Date): Promise<void> {
  await sql`select forget_logins(${before})`.execute(query);
}

/** A business's number and name, for letters. */
export async function namedBusiness({ query }: Reading, id: string) {
  return query
    .selectFrom('businesses')
    .select(['organisation_number as number', 'name'])
    .where('id', '=', id)
    .executeTakeFirst();
}

// The case officer's overview -------------------------------------------------------------------------------------------

const overseen = z.object({
  id: z.string(),
  kind: z.enum(SIGNAL_KINDS),
  businessNumber: z.string(),
  businessName: z.string(),
  vendorNumber: z.string().nullable(),
  vendorName: z.string().nullable(),
  facts: z.record(z.string(), z.number()),
  foundAt: z.date(),
  answer: z.enum(['confirmed', 'denied']).nullable(),
  total: z.number(),
});

/** A signal as a case officer sees it: no person. */
export type OverseenSignal = z.infer<typeof overseen>;

/** Signals, the newest first, a page at a time, of one vendor or all: the database answers none but case officers. */
export async function overseenSignals(
  { query }: Pick<Transaction, 'query'>,
  {
    vendorId,
    page,
    pageSize,
  }: { readonly vendorId?: string; readonly page: number; readonly pageSize: number },
): Promise<{ readonly rows: readonly OverseenSignal[]; readonly total: number }> {
  const { rows } = await sql`
    select id, kind, business_number as "businessNumber", business_name as "businessName", vendor_number as "vendorNumber",
      vendor_name as "vendorName", facts, found_at as "foundAt", answer, total
    from staff_signals(${vendorId ?? null}, ${pageSize}, ${(page - 1) * pageSize})`.execute(query);
  const signals = z.array(overseen).parse(rows);
  return { rows: signals, total: signals[0]?.total ?? 0 };
}
