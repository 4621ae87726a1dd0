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

/** The least columns of a kind of event; those that it has not are null. */
const blank = {
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

type Columns = Partial<Record<keyof typeof blank, RawBuilder<unknown>>> &
  Record<'at' | 'key' | 'change' | 'who', RawBuilder<unknown>>;

function columns(given: Columns) {
  const { at, key, change, who, ...rest } = given;
  const all: Record<string, RawBuilder<unknown>> = { at, key, change, who, ...blank, ...rest };
  return sql.join(Object.entries(all).map(([name, value]) => sql`${value} as ${sql.id(name)}`));
}

const heldNothing = sql`v.change in ('ended', 'suspended')`;

const mandateColumns = columns({
  at: sql`v.at`,
  key: sql`'m' || v.mandate_id || lpad(v.version::text, 9, '0')`,
  change: sql`v.change`,
  who: sql`m.holder_name`,
  holder: sql`m.holder`,
  vendorNumber: sql`b.organisation_number::text`,
  vendorName: sql`b.name`,
  mandateId: sql`v.mandate_id`,
  rights: sql`case when not ${heldNothing} then v.rights::text[] end`,
  units: sql`v.units`,
  workers: sql`v.workers`,
  startsAt: sql`v.starts_at`,
  endsAt: sql`v.ends_at`,
  cardsPerOrder: sql`v.cards_per_order`,
  cardsPerMonth: sql`v.cards_per_month`,
  orePerMonth: sql`v.ore_per_month`,
  nextAt: sql`(select n.at from mandate_versions n where n.mandate_id = v.mandate_id and n.version = v.version + 1)`,
  byName: sql`v.changed_by_name`,
  reason: sql`case when v.change = 'given' then m.purpose else v.reason end`,
  code: sql`case v.change when 'ended' then v.end_reason when 'suspended' then v.suspended_reason end`,
});

const assignment = (change: 'assigned' | 'unassigned', at: RawBuilder<unknown>) =>
  columns({
    at,
    key: sql`${sql.lit(change === 'assigned' ? 'a' : 'b')} || s.id`,
    change: sql`${sql.lit(change)}`,
    who: sql`s.name`,
    holder: sql`'member'`,
    vendorNumber: sql`b.organisation_number::text`,
    vendorName: sql`b.name`,
    mandateId: sql`s.mandate_id`,
    nextAt: change === 'assigned' ? sql`s.ended_at` : sql`null::timestamptz`,
  });

const office = (change: 'officer' | 'no-officer', at: RawBuilder<unknown>) =>
  columns({
    at,
    key: sql`${sql.lit(change === 'officer' ? 'o' : 'p')} || o.id`,
    change: sql`${sql.lit(change)}`,
    who: sql`o.name`,
    holder: sql`'officer'`,
    roleCode: sql`o.role_code`,
    rights:
      change === 'officer'
        ? sql`array[${sql.join(RIGHTS.map((right) => sql.lit(right)))}]`
        : sql`null::text[]`,
    nextAt: change === 'officer' ? sql`o.ended_at` : sql`null::timestamptz`,
  });

const stop = (change: 'stopped' | 'lifted', at: RawBuilder<unknown>) =>
  columns({
    at,
    key: sql`${sql.lit(change === 'stopped' ? 'f' : 'g')} || f.id`,
    change: sql`${sql.lit(change)}`,
    who: sql`b.name`,
    holder: sql`case when f.vendor_id is not null then 'vendor' end`,
    vendorNumber: sql`b.organisation_number::text`,
    vendorName: sql`b.name`,
    nextAt: change === 'stopped' ? sql`f.lifted_at` : sql`null::timestamptz`,
    byName: change === 'stopped' ? sql`f.frozen_by_name` : sql`f.lifted_by_name`,
    reason: change === 'stopped' ? sql`f.reason` : sql`coalesce(f.lifted_reason, '')`,
  });

const assignments = sql`mandate_assignments s join businesses b on b.id = s.vendor_id`;
const stops = sql`freezes f left join businesses b on b.id = f.vendor_id`;

const kinds = (business: string) => [
  sql`select ${mandateColumns} from mandate_versions v join mandates m on m.id = v.mandate_id
    left join businesses b on b.id = v.vendor_id where v.business_id = ${business}`,
  sql`select ${assignment('assigned', sql`s.assigned_at`)} from ${assignments} where s.business_id = ${business}`,
  sql`select ${assignment('unassigned', sql`s.ended_at`)} from ${assignments}
    where s.business_id = ${business} and s.ended_at is not null`,
  sql`select ${office('officer', sql`o.since`)} from officers o where o.business_id = ${business} and o.acts`,
  sql`select ${office('no-officer', sql`o.ended_at`)} from officers o
    where o.business_id = ${business} and o.acts and o.ended_at is not null`,
  sql`select ${stop('stopped', sql`f.frozen_at`)} from ${stops} where f.business_id = ${business}`,
  sql`select ${stop('lifted', sql`f.lifted_at`)} from ${stops} where f.business_id = ${business} and f.lifted_at is not null`,
];

const PLACE = /^([0-9]{1,17})\.([a-z][0-9a-f-]{36}[0-9]{0,9})$/u;

/** Whether text from an address is a place in the history. */
export function isPlace(text: string): boolean {
  return PLACE.test(text);
}

/**
 * What changed who may do what, the latest first, found by the names in it. Each kind is cut to size by its own index
 * before they are put together: a page costs the same however long the history is.
 */
export async function listHistory(reading: Reading, query: HistoryQuery): Promise<HistoryEvent[]> {
  const [, micros, key] = PLACE.exec(query.before ?? '') ?? [];
  const { search, limit } = query;
  const at = sql`('epoch'::timestamptz + ${micros ?? '0'}::bigint * interval '1 microsecond')`;
  const older =
    micros === undefined || key === undefined
      ? sql`true`
      : sql`e.at <= ${at} and (e.at < ${at} or e.key collate "C" < ${key})`;
  const named =
    search === ''
      ? sql`true`
      : sql`(position(lower(${search}) in lower(coalesce(e.who, ''))) > 0
          or position(lower(${search}) in lower(coalesce(e."byName", ''))) > 0
          or position(lower(${search}) in lower(coalesce(e."vendorName", ''))) > 0)`;
  const order = sql`order by e.at desc, e.key collate "C" desc limit ${limit}`;
  const cut = kinds(businessOf(reading)).map(
    (kind) => sql`(select * from (${kind}) e where ${older} and ${named} ${order})`,
  );
  const { rows } = await sql<EventRow>`
    select (extract(epoch from e.at) * 1000000)::bigint || '.' || e.key as place, e.*
    from (${sql.join(cut, sql` union all `)}) e ${order}`.execute(reading.query);
  return rows.map(toEvent);
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
export async function listEveryUnit(reading: Reading): Promise<BusinessUnit[]> {
  return reading.query
    .selectFrom('units')
    .select(['id', 'name', 'organisation_number as organisationNumber'])
    .where('business_id', '=', businessOf(reading))
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
});

interface PastRow {
  readonly id: string;
  readonly holder: 'person' | 'vendor';
  readonly versions: unknown;
  readonly assigned: unknown;
  readonly agreementFrom: Date | null;
  readonly agreementUntil: Date | null;
  readonly quoteValidUntil: Date | null;
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
      a.business_accepted_at as "agreementFrom", a.ended_at as "agreementUntil", q.valid_until as "quoteValidUntil",
      m.tie is null or m.tie = 'declared' or is_employed(m.person_id, m.business_id, ${startOfDay(day)}) as "tieHolds"
    from mandates m left join agreements a on a.id = m.agreement_id left join quotes q on q.id = m.quote_id
    where m.business_id = ${business} and (m.vendor_id = ${holder.vendorId} or m.person_id = ${holder.personId})
    order by m.id`.execute(reading.query);
  return {
    mandates: rows.filter(({ versions }) => versions !== null).map(toPast),
    freezes: await freezesOf(reading, holder.vendorId),
    bars: holder.vendorId === null ? [] : await barsOf(reading, holder.vendorId),
  };
}

function toPast({ agreementFrom, agreementUntil, versions, assigned, ...row }: PastRow): PastMandate {
  const read = past.parse({ versions, assigned });
  return {
    ...row,
    versions: withSuspensions(read.versions),
    assigned: read.assigned,
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
