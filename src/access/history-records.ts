import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { PlainDate } from '../kernel/dates.ts';
import { startOfDay } from '../kernel/dates.ts';
import type { HolderPast, PastMandate, PastVersion, Stretch } from './on-day.ts';
import { businessOf, type BusinessUnit, type FoundMandate, type Reading } from './records.ts';
import { type Right, RIGHTS } from './rules.ts';
import type { Limits } from './terms.ts';

const CHANGES = [
  'given',
  'narrowed',
  'suspended',
  'resumed',
  'to-confirm',
  'confirmed',
  'ended',
  'assigned',
  'unassigned',
  'officer',
  'no-officer',
  'stopped',
  'lifted',
] as const;

/** One thing that changed who may do what for the business. */
export interface HistoryEvent {
  /** Where it stands in the list: what comes after it is older. */
  readonly place: string;
  readonly at: Date;
  readonly change: (typeof CHANGES)[number];
  /** Whose access it is; null: everyone's but the officers'. */
  readonly who: string | null;
  readonly holder: 'person' | 'vendor' | 'member' | 'officer' | null;
  /** The vendor that it is, or works for. */
  readonly vendorNumber: string | null;
  readonly vendorName: string | null;
  readonly roleCode: string | null;
  readonly mandateId: string | null;
  /** What they held from then on; none where it ended or stopped. */
  readonly rights: readonly Right[];
  readonly units: readonly string[] | null;
  readonly workers: readonly string[] | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly limits: Limits;
  /** When the next change came. */
  readonly nextAt: Date | null;
  /** Null: the system, or the vendor, or the register. */
  readonly byName: string | null;
  /** In somebody's words. */
  readonly reason: string;
  /** A reason of the system's: why it ended or was suspended. */
  readonly code: string | null;
}

interface EventRow extends Omit<HistoryEvent, 'change' | 'limits' | 'rights'> {
  readonly change: string;
  readonly rights: readonly Right[] | null;
  readonly cardsPerOrder: number | null;
  readonly cardsPerMonth: number | null;
  readonly orePerMonth: number | null;
}

/** Where a page of the history begins, and what its events have to name. */
export interface HistoryQuery {
  readonly search: string;
  /** The place of an event: those before it come. */
  readonly before: string | undefined;
  readonly limit: number;
}

type Sql = RawBuilder<unknown>;

/** The columns of an event that a kind may lack. */
const BLANK = {
  holder: sql`null::text`,
  vendorNumber: sql`null::text`,
  vendorName: sql`null::text`,
  roleCode: sql`null::text`,
  mandateId: sql`null::uuid`,
  rights: sql`null::text[]`,
  units: sql`null::uuid[]`,
  workers: sql`null::uuid[]`,
  startsAt: sql`null::timestamptz`,
  endsAt: sql`null::timestamptz`,
  cardsPerOrder: sql`null::integer`,
  cardsPerMonth: sql`null::integer`,
  orePerMonth: sql`null::bigint`,
  nextAt: sql`null::timestamptz`,
  byName: sql`null::text`,
  reason: sql`''`,
  code: sql`null::text`,
};

/** Events of one kind: the rows \`r\` of a table, and what names them. */
interface Kind {
  readonly change: Sql;
  readonly table: string;
  readonly at: Sql;
  /** Tells apart what came at the same time. */
  readonly key: Sql;
  /** Of the rows those where. */
  readonly where?: Sql;
  readonly joins?: Sql;
  readonly who: Sql;
  readonly more: Partial<Record<keyof typeof BLANK, Sql>>;
}

const vendorOfRow = sql`left join businesses b on b.id = r.vendor_id`;
const vendorColumns = { vendorNumber: sql`b.organisation_number::text`, vendorName: sql`b.name` };

const versions: Kind = {
  change: sql`r.change`,
  table: 'mandate_versions',
  at: sql`r.at`,
  key: sql`'m' || r.mandate_id || lpad(r.version::text, 9, '0')`,
  joins: sql`join mandates m on m.id = r.mandate_id ${vendorOfRow}`,
  who: sql`m.holder_name`,
  more: {
    ...vendorColumns,
    holder: sql`m.holder`,
    mandateId: sql`r.mandate_id`,
    rights: sql`case when r.change not in ('ended', 'suspended') then r.rights::text[] end`,
    units: sql`r.units`,
    workers: sql`r.workers`,
    startsAt: sql`r.starts_at`,
    endsAt: sql`r.ends_at`,
    cardsPerOrder: sql`r.cards_per_order`,
    cardsPerMonth: sql`r.cards_per_month`,
    orePerMonth: sql`r.ore_per_month`,
    nextAt: sql`(select n.at from mandate_versions n where n.mandate_id = r.mandate_id and n.version = r.version + 1)`,
    byName: sql`r.changed_by_name`,
    reason: sql`case when r.change = 'given' then m.purpose else r.reason end`,
    code: sql`case r.change when 'ended' then r.end_reason when 'suspended' then r.suspended_reason end`,
  },
};

const assigned: Kind = {
  change: sql`'assigned'`,
  table: 'mandate_assignments',
  at: sql`r.assigned_at`,
  key: sql`'a' || r.id`,
  joins: vendorOfRow,
  who: sql`r.name`,
  more: { ...vendorColumns, holder: sql`'member'`, mandateId: sql`r.mandate_id`, nextAt: sql`r.ended_at` },
};

const officer: Kind = {
  change: sql`'officer'`,
  table: 'officers',
  at: sql`r.since`,
  key: sql`'o' || r.id`,
  where: sql`r.acts`,
  who: sql`r.name`,
  more: {
    holder: sql`'officer'`,
    roleCode: sql`r.role_code`,
    rights: sql`array[${sql.join(RIGHTS.map((right) => sql.lit(right)))}]`,
    nextAt: sql`r.ended_at`,
  },
};

const stopped: Kind = {
  change: sql`'stopped'`,
  table: 'freezes',
  at: sql`r.frozen_at`,
  key: sql`'f' || r.id`,
  joins: vendorOfRow,
  who: sql`b.name`,
  more: {
    ...vendorColumns,
    holder: sql`case when r.vendor_id is not null then 'vendor' end`,
    nextAt: sql`r.lifted_at`,
    byName: sql`r.frozen_by_name`,
    reason: sql`r.reason`,
  },
};

/** The counterparts: what was undone. */
const undone: readonly Kind[] = [
  {
    ...assigned,
    change: sql`'unassigned'`,
    at: sql`r.ended_at`,
    key: sql`'b' || r.id`,
    where: sql`r.ended_at is not null`,
    more: { ...assigned.more, nextAt: BLANK.nextAt },
  },
  {
    ...officer,
    change: sql`'no-officer'`,
    at: sql`r.ended_at`,
    key: sql`'p' || r.id`,
    where: sql`r.acts and r.ended_at is not null`,
    more: { ...officer.more, rights: BLANK.rights, nextAt: BLANK.nextAt },
  },
  {
    ...stopped,
    change: sql`'lifted'`,
    at: sql`r.lifted_at`,
    key: sql`'g' || r.id`,
    where: sql`r.lifted_at is not null`,
    more: {
      ...stopped.more,
      nextAt: BLANK.nextAt,
      byName: sql`r.lifted_by_name`,
      reason: sql`coalesce(r.lifted_reason, '')`,
    },
  },
];

const KINDS: readonly Kind[] = [versions, assigned, officer, stopped, ...undone];

const PLACE = /^([0-9]{1,17})\.([a-z][0-9a-f-]{36}[0-9]{0,9})$/u;

/** Whether text from an address is a place in the history. */
export function isPlace(text: string): boolean {
  return PLACE.test(text);
}

/**
 * What changed who may do what, the latest first, found by the names in it. Without a search each kind is cut to size by its
 * own index before anything is joined to it: a page costs the same however long the history is.
 */
export async function listHistory(reading: Reading, query: HistoryQuery): Promise<HistoryEvent[]> {
  const cut = KINDS.map((kind) => sql`(${eventsOf(kind, businessOf(reading), query)})`);
  const { rows } = await sql<EventRow>`
    select (extract(epoch from e.at) * 1000000)::bigint || '.' || e.key as place, e.*
    from (${sql.join(cut, sql` union all `)}) e
    order by e.at desc, e.key collate "C" desc limit ${query.limit}`.execute(reading.query);
  return rows.map(toEvent);
}

function eventsOf(kind: Kind, business: string, { search, before, limit }: HistoryQuery): Sql {
  const { at, key, change, who, where = sql`true`, joins = sql``, more } = kind;
  const columns = Object.entries<Sql>({ at, key, change, who, ...BLANK, ...more });
  const latest = sql`order by ${at} desc, (${key}) collate "C" desc limit ${limit}`;
  const rows = sql`select r.* from ${sql.table(kind.table)} r
    where r.business_id = ${business} and ${where} and ${olderThan(before, at, key)}`;
  const names = [who, more.byName ?? BLANK.byName, more.vendorName ?? BLANK.vendorName];
  const found = sql.join(
    names.map((name) => sql`position(lower(${search}) in lower(coalesce(${name}, ''))) > 0`),
    sql` or `,
  );
  return sql`
    select ${sql.join(columns.map(([name, value]) => sql`${value} as ${sql.id(name)}`))}
    from (${rows} ${search === '' ? latest : sql``}) r ${joins}
    where ${search === '' ? sql`true` : found} ${latest}`;
}

function olderThan(place: string | undefined, at: Sql, key: Sql): Sql {
  const [, micros, last] = PLACE.exec(place ?? '') ?? [];
  if (micros === undefined || last === undefined) return sql`true`;
  const then = sql`('epoch'::timestamptz + ${micros}::bigint * interval '1 microsecond')`;
  return sql`${at} <= ${then} and (${at} < ${then} or (${key}) collate "C" < ${last})`;
}

function toEvent(row: EventRow): HistoryEvent {
  const { cardsPerOrder, cardsPerMonth, orePerMonth, change, rights, ...rest } = row;
  return {
    ...rest,
    rights: rights ?? [],
    change: z.enum(CHANGES).parse(change),
    limits: { cardsPerOrder, cardsPerMonth, orePerMonth },
  };
}

/** Every unit that the business has or has had, by name. */
export async function listEveryUnit(
  reading: Reading,
  businessId = businessOf(reading),
): Promise<BusinessUnit[]> {
  return reading.query
    .selectFrom('units')
    .select(['id', 'name', 'organisation_number as organisationNumber'])
    .where('business_id', '=', businessId)
    .orderBy('name')
    .orderBy('id')
    .execute();
}

// One day ------------------------------------------------------------------------------------------------------------

const past = z.object({
  versions: z.array(
    z
      .object({
        at: z.string(),
        change: z.string(),
        rights: z.array(z.enum(RIGHTS)),
        units: z.array(z.string()).nullable(),
        workers: z.array(z.string()).nullable(),
        startsAt: z.string(),
        endsAt: z.string(),
        cardsPerOrder: z.number().nullable(),
        cardsPerMonth: z.number().nullable(),
        orePerMonth: z.number().nullable(),
        confirmBy: z.string().nullable(),
        suspendedReason: z.enum(['business', 'review']).nullable(),
      })
      .transform(({ cardsPerOrder, cardsPerMonth, orePerMonth, suspendedReason, ...row }) => ({
        ...row,
        at: new Date(row.at),
        startsAt: new Date(row.startsAt),
        endsAt: new Date(row.endsAt),
        confirmBy: row.confirmBy === null ? null : new Date(row.confirmBy),
        limits: { cardsPerOrder, cardsPerMonth, orePerMonth },
        suspendedFor: suspendedReason,
      })),
  ),
  assigned: z.array(
    z
      .object({ name: z.string(), from: z.string(), until: z.string().nullable() })
      .transform(({ name, from, until }) => ({
        name,
        from: new Date(from),
        until: until === null ? null : new Date(until),
      })),
  ),
  quotes: z.array(
    z
      .object({ from: z.string(), until: z.string() })
      .transform(({ from, until }) => ({ from: new Date(from), until: new Date(until) })),
  ),
});

interface PastRow {
  readonly id: string;
  readonly holder: 'person' | 'vendor';
  readonly versions: unknown;
  readonly assigned: unknown;
  readonly agreementFrom: Date | null;
  readonly agreementUntil: Date | null;
  readonly quotes: unknown;
  readonly tieHolds: boolean;
}

/** All that a mandate's holder has had from the business until the end of a day, and what stood in the way. */
export async function pastOf(
  reading: Reading,
  holder: Pick<FoundMandate, 'vendorId' | 'personId'>,
  day: PlainDate,
): Promise<HolderPast> {
  const business = businessOf(reading);
  const { rows } = await sql<PastRow>`
    select m.id, m.holder,
      (select json_agg(json_build_object('at', v.at, 'change', v.change, 'rights', v.rights, 'units', v.units,
          'workers', v.workers, 'startsAt', v.starts_at, 'endsAt', v.ends_at, 'cardsPerOrder', v.cards_per_order,
          'cardsPerMonth', v.cards_per_month, 'orePerMonth', v.ore_per_month, 'confirmBy', v.confirm_by,
          'suspendedReason', v.suspended_reason) order by v.version)
        from mandate_versions v where v.mandate_id = m.id) as versions,
      (select coalesce(json_agg(json_build_object('name', s.name, 'from', s.assigned_at, 'until', s.ended_at)), '[]')
        from mandate_assignments s where s.mandate_id = m.id) as assigned,
      a.business_accepted_at as "agreementFrom", a.ended_at as "agreementUntil",
      (select coalesce(json_agg(json_build_object('from', q.accepted_at, 'until', least(q.valid_until, q.next))), '[]')
        from (select accepted_at, valid_until, lead(accepted_at) over (order by accepted_at, id) as next
          from quotes where business_id = m.business_id and vendor_id = m.vendor_id) q) as quotes,
      m.tie is null or m.tie = 'declared' or is_employed(m.person_id, m.business_id, ${startOfDay(day)}) as "tieHolds"
    from mandates m left join agreements a on a.id = m.agreement_id
    where m.business_id = ${business} and (m.vendor_id = ${holder.vendorId} or m.person_id = ${holder.personId})
    order by m.id`.execute(reading.query);
  return {
    mandates: rows.filter(({ versions }) => versions !== null).map(toPast),
    freezes: await freezesOf(reading, holder.vendorId),
    bars: holder.vendorId === null ? [] : await barsOf(reading, holder.vendorId),
  };
}

function toPast({ agreementFrom, agreementUntil, versions, assigned, quotes, ...row }: PastRow): PastMandate {
  const read = past.parse({ versions, assigned, quotes });
  return {
    ...row,
    versions: withSuspensions(read.versions),
    assigned: read.assigned,
    quotes: read.quotes,
    agreement: agreementFrom === null ? null : { from: agreementFrom, until: agreementUntil },
  };
}

/** Says of each version whether the mandate was suspended then: from its suspension until it was resumed. */
function withSuspensions(versions: readonly Omit<PastVersion, 'suspended'>[]): PastVersion[] {
  let suspended = false;
  return versions.map((version) => {
    if (version.change === 'suspended') suspended = true;
    if (version.change === 'resumed') suspended = false;
    return { ...version, suspended };
  });
}

async function freezesOf(reading: Reading, vendorId: string | null): Promise<Stretch[]> {
  const { rows } = await sql<Stretch>`
    select frozen_at as "from", lifted_at as until from freezes
    where business_id = ${businessOf(reading)} and (vendor_id is null or vendor_id = ${vendorId})`.execute(
    reading.query,
  );
  return rows;
}

async function barsOf(reading: Reading, vendorId: string): Promise<Stretch[]> {
  const { rows } = await sql<Stretch>`
    select barred_at as "from", lifted_at as until from bars_of_vendor(${vendorId})`.execute(reading.query);
  return rows;
}
