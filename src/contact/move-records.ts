import { type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import { storedDetails } from './records.ts';
import type { KnownVendor, Suspicion } from './look-alikes.ts';
import {
  type Channel,
  CODE_TRIES,
  type ContactDetails,
  type Move,
  MOVE_STATES,
  type MoveState,
  type OfficialAddress,
} from './rules.ts';

type Reading = Pick<Transaction, 'query' | 'facts'>;

/** A move, with the business that it is of. */
export interface StoredMove extends Move {
  readonly businessId: string;
  /** The unit whose details it changes; null: the business's own. */
  readonly unitId: string | null;
}

const suspicions: z.ZodType<Suspicion[]> = z.array(
  z.union([
    z.object({
      kind: z.enum(['vendor-address', 'vendor-domain', 'similar-domain', 'vendor-mobile']),
      vendor: z.string(),
    }),
    z.object({ kind: z.literal('used-elsewhere'), businesses: z.number() }),
  ]),
);

const columns = [
  'id',
  'business_id',
  'unit_id',
  'before',
  'after',
  'made_by',
  'made_by_name',
  'made_by_officer',
  'made_at',
  'state',
  'email_asked',
  'email_proved_at',
  'mobile_asked',
  'mobile_proved_at',
  'tries',
  'codes_expire_at',
  'effective_at',
  'informed',
  'barred',
  'paused_by',
  'suspicion',
  'vouched_by_name',
  'unreached_at',
  'posted_at',
  'settled_at',
  'settled_by_name',
] as const;

function selectMoves({ query }: Pick<Transaction, 'query'>) {
  return query
    .selectFrom('contact_moves')
    .select(columns.map((column) => `contact_moves.${column}` as const));
}

function toMove(
  row: Awaited<ReturnType<ReturnType<typeof selectMoves>['executeTakeFirstOrThrow']>>,
): StoredMove {
  const awaited: Channel[] = [
    ...(row.email_asked && row.email_proved_at === null ? (['email'] as const) : []),
    ...(row.mobile_asked && row.mobile_proved_at === null ? (['mobile'] as const) : []),
  ];
  return {
    id: row.id,
    businessId: row.business_id,
    unitId: row.unit_id,
    before: storedDetails.parse(row.before),
    after: storedDetails.parse(row.after),
    madeBy: { id: row.made_by, name: row.made_by_name, officer: row.made_by_officer },
    madeAt: row.made_at,
    state: z.enum(MOVE_STATES).parse(row.state),
    awaited,
    triesLeft: CODE_TRIES - row.tries,
    codesExpireAt: row.codes_expire_at,
    effectiveAt: row.effective_at,
    pausedBy: row.paused_by,
    barred: row.barred,
    informed: row.informed,
    suspicion: suspicions.parse(row.suspicion),
    vouchedBy: row.vouched_by_name,
    unreachedAt: row.unreached_at,
    postedAt: row.posted_at,
    settledAt: row.settled_at,
    settledBy: row.settled_by_name,
  };
}

/** One change; undefined when there is none of that id for whoever asks. */
export async function findMove(
  reading: Pick<Transaction, 'query'>,
  id: string,
): Promise<StoredMove | undefined> {
  const row = await selectMoves(reading).where('id', '=', id).executeTakeFirst();
  return row && toMove(row);
}

/** The changes of a business that wait or are paused: its own and, where one is named, the unit's. */
export async function openMoves(
  { query }: Pick<Transaction, 'query'>,
  businessId: string,
  unit: string | undefined,
): Promise<StoredMove[]> {
  const rows = await selectMoves({ query })
    .where('business_id', '=', businessId)
    .where((eb) => eb.or([eb('unit_id', 'is', null), eb('unit_id', '=', unit ?? null)]))
    .where('state', 'in', ['waiting', 'paused'])
    .execute();
  return rows.map(toMove);
}

/**
 * The change that somebody is proving, the one that waits, and the latest that held: at most one of each. With whether who asks
 * has cancelled one of the same officer's before, and so cannot again. Of a unit, none that held before the business's own latest:
 * it is not put back over that.
 */
export async function currentMoves(
  { query, facts }: Reading,
  unit: string | undefined,
): Promise<(StoredMove & { readonly cancelUsed: boolean })[]> {
  const business = facts.business?.id ?? '';
  const rows = await selectMoves({ query })
    .select(sql<boolean>`contact_cancel_used(id)`.as('cancel_used'))
    .where('business_id', '=', business)
    .where('unit_id', 'is not distinct from', unit ?? null)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['proving', 'waiting', 'paused']),
        eb(
          'id',
          '=',
          eb
            .selectFrom('contact_moves as latest')
            .select('latest.id')
            .where('latest.business_id', '=', business)
            .where((of) => of.or([of('latest.unit_id', 'is', null), of('latest.unit_id', '=', unit ?? null)]))
            .where('latest.state', '=', 'effective')
            .orderBy('latest.settled_at', 'desc')
            .limit(1),
        ),
      ]),
    )
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...toMove(row), cancelUsed: row.cancel_used }));
}

async function one<T>(
  answer: { execute(query: Transaction['query']): Promise<{ rows: { value: T }[] }> },
  query: Transaction['query'],
) {
  const { rows } = await answer.execute(query);
  return rows[0]?.value;
}

/** `overtaken`: the details are no longer of that version; `too-often`: the person has had codes sent as often as one may in a day. */
export type Begun =
  | { readonly outcome: 'begun'; readonly moveId: string }
  | { readonly outcome: 'overtaken'; readonly moveId: null }
  | { readonly outcome: 'too-often'; readonly moveId: null };

/** Begins a change. */
export async function beginMove(
  { query }: Pick<Transaction, 'query'>,
  begun: {
    readonly unit: string | undefined;
    readonly version: number;
    readonly after: ContactDetails;
    readonly codes: Partial<Record<Channel, Buffer>>;
    readonly codeMinutes: number;
    readonly waitHours: number;
  },
): Promise<Begun> {
  const { unit, version, after, codes, codeMinutes, waitHours } = begun;
  const { rows } = await sql<Begun>`
    select outcome, move_id as "moveId" from contact_move_begin(${unit ?? null}::uuid, ${version}, ${JSON.stringify(after)}::jsonb,
      ${codes.email ?? null}, ${codes.mobile ?? null}, make_interval(mins => ${codeMinutes}), make_interval(hours => ${waitHours}))`.execute(
    query,
  );
  return rows[0] ?? { outcome: 'overtaken', moveId: null };
}

export type Proved = 'proved' | 'wrong' | 'spent' | 'expired' | 'unknown';

export async function proveMove(
  { query }: Pick<Transaction, 'query'>,
  id: string,
  channel: Channel,
  hash: Buffer,
): Promise<Proved> {
  const answer = await one(
    sql<{ value: Proved }>`select contact_move_prove(${id}::uuid, ${channel}, ${hash}) as value`,
    query,
  );
  return answer ?? 'unknown';
}

/** Each is done by the database, which says whether it could be. */
export async function doToMove(
  { query }: Pick<Transaction, 'query'>,
  what: 'cancel' | 'overrule' | 'undo',
  id: string,
): Promise<boolean> {
  const call = {
    cancel: sql<{ value: boolean }>`select contact_move_cancel(${id}::uuid) as value`,
    overrule: sql<{ value: boolean }>`select contact_move_overrule(${id}::uuid) as value`,
    undo: sql<{ value: boolean }>`select contact_move_undo(${id}::uuid) as value`,
  }[what];
  return (await one(call, query)) === true;
}

/** Notes that a letter is posted that says how a change stands; false when it stands otherwise by now, or needs none. */
export async function notePosted(
  { query }: Pick<Transaction, 'query'>,
  id: string,
  told: MoveState,
): Promise<boolean> {
  const answer = sql<{ value: boolean }>`select contact_move_posted(${id}::uuid, ${told}) as value`;
  return (await one(answer, query)) === true;
}

export async function vouchForMove(
  { query }: Pick<Transaction, 'query'>,
  tokenHash: Buffer,
): Promise<boolean> {
  return (
    (await one(sql<{ value: boolean }>`select contact_move_vouch(${tokenHash}) as value`, query)) === true
  );
}

// Links to stop ---------------------------------------------------------------------------------------------------------

export type StopState = 'open' | 'paused' | 'over' | 'barred';

/** What a link to stop a change is about. */
export interface Stop {
  readonly business: string;
  readonly madeBy: string;
  readonly madeAt: Date;
  readonly effectiveAt: Date | null;
  readonly address: string;
  readonly state: StopState;
}

export async function readStop(
  { query }: Pick<Transaction, 'query'>,
  tokenHash: Buffer,
): Promise<Stop | undefined> {
  const { rows } =
    await sql<Stop>`select business_name as business, made_by_name as "madeBy", made_at as "madeAt",
    effective_at as "effectiveAt", address, state from contact_stop_read(${tokenHash})`.execute(query);
  return rows[0];
}

/** Pauses, where the answer is `open`; undefined for a link that never was. */
export async function useStop(
  { query }: Pick<Transaction, 'query'>,
  tokenHash: Buffer,
): Promise<StopState | undefined> {
  const state = await one(
    sql<{ value: StopState | null }>`select contact_stop_use(${tokenHash}) as value`,
    query,
  );
  return state ?? undefined;
}

export async function insertStop(
  { query, now }: Pick<Transaction, 'query' | 'now'>,
  stop: {
    readonly businessId: string;
    readonly moveId: string;
    readonly address: string;
    readonly tokenHash: Buffer;
  },
): Promise<void> {
  await query
    .insertInto('contact_stops')
    .values({
      business_id: stop.businessId,
      move_id: stop.moveId,
      address: stop.address,
      token_hash: stop.tokenHash,
      made_at: now,
    })
    .execute();
}

// For tasks -------------------------------------------------------------------------------------------------------------

export type EventKind =
  'begun' | 'paused' | 'overruled' | 'cancelled' | 'replaced' | 'effective' | 'undone' | 'official';

/** Something that happened and has to be told. */
export interface ContactEvent {
  readonly id: string;
  readonly businessId: string;
  readonly moveId: string | null;
  readonly kind: EventKind;
  readonly byName: string | null;
  readonly byAddress: string | null;
  readonly addresses: readonly string[];
  readonly at: Date;
}

/** The next thing that nobody has been told, locked; undefined when there is none. */
export async function takeUntold({ query }: Pick<Transaction, 'query'>): Promise<ContactEvent | undefined> {
  const row = await query
    .selectFrom('contact_events')
    .selectAll()
    .where('told_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    id: row.id,
    businessId: row.business_id,
    moveId: row.move_id,
    // The column allows no others.
    kind: row.kind as EventKind,
    byName: row.by_name,
    byAddress: row.by_address,
    addresses: row.addresses,
    at: row.at,
  };
}

export async function noteTold(
  { query, now }: Pick<Transaction, 'query' | 'now'>,
  id: string,
): Promise<void> {
  await query.updateTable('contact_events').set({ told_at: now }).where('id', '=', id).execute();
}

/** Changes that wait and that nobody has looked at yet. */
export async function unexamined({ query }: Pick<Transaction, 'query'>): Promise<StoredMove[]> {
  const rows = await selectMoves({ query })
    .where('examined_at', 'is', null)
    .where('state', 'in', ['waiting', 'paused'])
    .orderBy('id')
    .limit(50)
    .execute();
  return rows.map(toMove);
}

export async function keepExamined(
  { query }: Pick<Transaction, 'query'>,
  found: {
    readonly moveId: string;
    readonly suspicion: readonly Suspicion[];
    readonly tokenHash: Buffer;
  },
): Promise<boolean> {
  const answer = sql<{ value: boolean }>`select contact_move_examined(${found.moveId}::uuid,
    ${JSON.stringify(found.suspicion)}::jsonb, ${found.tokenHash}) as value`;
  return (await one(answer, query)) === true;
}

export async function settleMoves({ query }: Pick<Transaction, 'query'>): Promise<void> {
  await sql`select contact_moves_settle()`.execute(query);
}

/** What every vendor but the business itself is known by. */
export async function knownVendors(
  { query }: Pick<Transaction, 'query'>,
  businessId: string,
): Promise<KnownVendor[]> {
  const { rows } = await sql<{ name: string; emails: string[]; mobiles: string[] }>`
    select b.name, array_remove(array_agg(distinct a.email), null) as emails, array_remove(array_agg(distinct a.mobile), null) as mobiles
    from vendor_profiles v join businesses b on b.id = v.vendor_id
    cross join lateral (
      select d.email, d.mobile from contact_details d where d.business_id = v.vendor_id
      union all select o ->> 'email', o ->> 'mobile' from official_addresses r, jsonb_array_elements(r.addresses) o
        where r.business_id = v.vendor_id
    ) a
    where v.vendor_id <> ${businessId}::uuid group by b.id, b.name`.execute(query);
  return rows;
}

export async function usedElsewhere(
  { query }: Pick<Transaction, 'query'>,
  businessId: string,
  added: { readonly email: string | null; readonly mobile: string | null },
): Promise<number> {
  const answer = sql<{
    value: number;
  }>`select contact_used_elsewhere(${businessId}::uuid, ${added.email}, ${added.mobile}) as value`;
  return (await one(answer, query)) ?? 0;
}

/** What a business is called, and which unit of it a change is of, for tasks. */
export async function businessNamed(
  { query }: Pick<Transaction, 'query'>,
  id: string,
  unit: string | null,
): Promise<Named> {
  return query
    .selectFrom('businesses')
    .leftJoin('units', (join) =>
      join.onRef('units.business_id', '=', 'businesses.id').on('units.id', '=', unit),
    )
    .select([
      sql<string>`coalesce(units.name || ' (' || units.organisation_number || ')', businesses.name)`.as(
        'name',
      ),
      'businesses.organisation_number as organisationNumber',
      'units.id as unit',
    ])
    .where('businesses.id', '=', id)
    .executeTakeFirstOrThrow();
}

/** Whose details letters tell of: `name` is the unit's, with its number, where there is one. */
export interface Named {
  readonly name: string;
  readonly organisationNumber: string;
  readonly unit: string | null;
}

// Official addresses ----------------------------------------------------------------------------------------------------

const officialShape: z.ZodType<OfficialAddress[]> = z.array(
  z.object({ email: z.string().nullable(), mobile: z.string().nullable() }),
);

/** What the state's register answered last; undefined when it has not been asked yet. */
export async function readOfficial(
  { query, facts }: Reading,
  businessId = facts.business?.id ?? '',
): Promise<{ readonly addresses: readonly OfficialAddress[]; readonly checkedAt: Date } | undefined> {
  const row = await query
    .selectFrom('official_addresses')
    .select(['addresses', 'checked_at'])
    .where('business_id', '=', businessId)
    .executeTakeFirst();
  return row && { addresses: officialShape.parse(row.addresses), checkedAt: row.checked_at };
}

/** Businesses whose official addresses nobody has asked for in a day, those longest ago first. */
export async function officialDue({ query }: Pick<Transaction, 'query'>, limit: number) {
  return query
    .selectFrom('businesses')
    .leftJoin('official_addresses', 'official_addresses.business_id', 'businesses.id')
    .innerJoin('contact_details', 'contact_details.business_id', 'businesses.id')
    .where('contact_details.unit_id', 'is', null)
    .select(['businesses.id', 'businesses.organisation_number as organisationNumber'])
    .where((eb) =>
      eb.or([
        eb('official_addresses.checked_at', 'is', null),
        sql<SqlBool>`official_addresses.checked_at < context_now() - interval '1 day'`,
      ]),
    )
    .orderBy('official_addresses.checked_at', (order) => order.asc().nullsFirst())
    .limit(limit)
    .execute();
}

export async function keepOfficial(
  { query }: Pick<Transaction, 'query'>,
  businessId: string,
  addresses: readonly OfficialAddress[],
  sha256: Buffer,
): Promise<void> {
  await sql`select official_addresses_keep(${businessId}::uuid, ${JSON.stringify(addresses)}::jsonb, ${sha256})`.execute(
    query,
  );
}

// What case officers see -----------------------------------------------------------------------------------------------

/** One change that case officers look after. */
export interface OverseenMove extends StoredMove {
  readonly business: string;
  readonly organisationNumber: string;
  readonly unit: string | null;
}

/**
 * Those to be told of by post, open or not, and after them the other open ones with a suspicion or a posted
 * letter; each the oldest first.
 */
export async function overseenMoves(reading: Pick<Transaction, 'query'>): Promise<OverseenMove[]> {
  const rows = await selectMoves(reading)
    .innerJoin('businesses', 'businesses.id', 'contact_moves.business_id')
    .leftJoin('units', 'units.id', 'contact_moves.unit_id')
    .select(['businesses.name as business_name', 'businesses.organisation_number', 'units.name as unit_name'])
    .where((eb) => {
      const unreached = eb('contact_moves.unreached_at', 'is not', null);
      const suspicious = sql<SqlBool>`contact_moves.suspicion <> '[]'`;
      return eb.or([
        eb.and([unreached, eb('contact_moves.posted_at', 'is', null)]),
        eb.and([eb('contact_moves.state', 'in', ['waiting', 'paused']), eb.or([unreached, suspicious])]),
      ]);
    })
    .orderBy(sql`contact_moves.unreached_at is not null and contact_moves.posted_at is null`, 'desc')
    .orderBy('contact_moves.id')
    .limit(200)
    .execute();
  return rows.map((row) => ({
    ...toMove(row),
    business: row.business_name,
    organisationNumber: row.organisation_number,
    unit: row.unit_name,
  }));
}
