import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { type MandateFacts, parseMandateFacts, type Transaction } from '../database/transaction.ts';
import type { Right } from './rules.ts';
import type { Limits, Terms } from './terms.ts';

/** So many mandates are on one page of the Access page. */
export const PAGE_SIZE = 15;

export interface ListedOfficer {
  readonly id: string;
  readonly name: string;
  readonly roleCode: string;
  readonly since: Date;
}

export interface AssignedPerson {
  readonly name: string;
  readonly lastUsedAt: Date | null;
}

/** One mandate as the business sees it. */
export interface ListedMandate {
  readonly id: string;
  readonly holder: 'person' | 'vendor';
  readonly holderName: string;
  readonly vendorNumber: string | null;
  readonly rights: readonly Right[];
  readonly units: readonly string[] | null;
  readonly workers: readonly string[] | null;
  readonly purpose: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly approvedByName: string;
  readonly lastUsedAt: Date | null;
  readonly tie: 'employment' | 'declared' | null;
  readonly tieReason: string | null;
  readonly limits: Limits;
  readonly feeOre: number | null;
  readonly facts: MandateFacts;
  readonly assigned: readonly AssignedPerson[];
}

/** One mandate, ended or not, with what its own page tells besides. */
export interface FoundMandate extends ListedMandate {
  /** Grows with each change: who changes a mandate says which version they looked at. */
  readonly version: number;
  readonly approvedAt: Date;
  /** The giver's own mandate; null: an officer gave it. */
  readonly givenUnder: string | null;
  readonly endedAt: Date | null;
  readonly vendorId: string | null;
  readonly personId: string | null;
  /** When an officer last stood by a declared tie, after it was declared. */
  readonly tieConfirmedAt: Date | null;
}

export interface BusinessUnit {
  readonly id: string;
  readonly name: string;
  readonly organisationNumber: string;
}

/** What a reading of records needs of a transaction. */
export type Reading = Pick<Transaction, 'query' | 'now' | 'facts'>;

/** The business that the transaction is for. */
export function businessOf({ facts }: Reading): string {
  if (!facts.business) throw new Error('Access is a matter of a business.');
  return facts.business.id;
}

/** The officers who may act now, by name; in bankruptcy the administrator alone. */
export async function listOfficers(reading: Reading, search: string): Promise<ListedOfficer[]> {
  const { rows } = await sql<ListedOfficer>`
    select id, name, role_code as "roleCode", since from officers
    where business_id = ${businessOf(reading)} and ended_at is null and acts
      and (not ${reading.facts.business?.bankrupt ?? false}::boolean or role_code = 'BOBE')
      and position(lower(${search}) in lower(name)) > 0
    order by lower(name), role_code`.execute(reading.query);
  return rows;
}

/** The names of the business's officers besides whoever asks. */
export async function otherOfficers(reading: Reading): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select distinct on (person_id) name from officers
    where business_id = ${businessOf(reading)} and ended_at is null and acts
      and (not ${reading.facts.business?.bankrupt ?? false}::boolean or role_code = 'BOBE')
      and person_id is distinct from ${reading.facts.session?.personId ?? null}
    order by person_id`.execute(reading.query);
  return rows.map(({ name }) => name).sort();
}

const assignedPeople = z.array(
  z.object({ name: z.string(), lastUsedAt: z.string().nullable() }).transform((person) => ({
    name: person.name,
    lastUsedAt: person.lastUsedAt === null ? null : new Date(person.lastUsedAt),
  })),
);

type MandateRow = Omit<ListedMandate, 'facts' | 'assigned' | 'limits'> & {
  readonly facts: unknown;
  readonly assigned: unknown;
  readonly cardsPerOrder: number | null;
  readonly cardsPerMonth: number | null;
  readonly orePerMonth: number | null;
};

const mandateColumns = sql`m.id, m.holder, m.holder_name as "holderName", v.organisation_number as "vendorNumber",
  m.rights::text[] as rights, m.units, m.workers, m.purpose, m.starts_at as "startsAt", m.ends_at as "endsAt",
  m.approved_by_name as "approvedByName", m.last_used_at as "lastUsedAt", m.tie, m.tie_reason as "tieReason",
  m.cards_per_order as "cardsPerOrder", m.cards_per_month as "cardsPerMonth", m.ore_per_month as "orePerMonth",
  q.fee_ore as "feeOre"`;

const assignedColumn = sql`(select coalesce(json_agg(json_build_object('name', s.name, 'lastUsedAt', s.last_used_at)
    order by lower(s.name), s.id), '[]')
  from mandate_assignments s where s.mandate_id = m.id and s.ended_at is null)`;

function toListed(row: MandateRow): ListedMandate {
  const { facts, assigned, cardsPerOrder, cardsPerMonth, orePerMonth, ...rest } = row;
  return {
    ...rest,
    limits: { cardsPerOrder, cardsPerMonth, orePerMonth },
    facts: parseMandateFacts(facts),
    assigned: assignedPeople.parse(assigned),
  };
}

/** Which part of a list by name: its start, or what follows, or goes before, the one with this id. */
export type Cut = { readonly after?: string; readonly before?: string };

/** One page of a list: what is on it, and whether there is more on either side. */
export interface ListPage<Row> {
  readonly rows: readonly Row[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/**
 * One page of the mandates that have not been ended (expired ones too): vendors, then people, each by name; found by any
 * name in them. What it costs does not depend on how many there are, nor on how far into them the page is.
 */
export async function listMandates(
  reading: Reading,
  { search, after, before }: { readonly search: string } & Cut,
): Promise<ListPage<ListedMandate>> {
  const backwards = before !== undefined;
  const { rows } = await sql<MandateRow & { readonly more: boolean }>`
    with page as materialized (${pageOfMandates(reading, search, after ?? before, backwards)})
    select ${mandateColumns}, f.facts, ${assignedColumn} as assigned,
      exists (select from page where place > ${PAGE_SIZE}) as more
    from page join mandates m on m.id = page.id
      join listed_mandate_facts(array(select id from page where place <= ${PAGE_SIZE}), ${reading.now}) f on f.mandate = m.id
      left join businesses v on v.id = m.vendor_id left join quotes q on q.id = m.quote_id
    order by m.list_key, m.id`.execute(reading.query);
  const more = rows[0]?.more ?? false;
  return {
    rows: rows.map(({ more: _, ...row }) => toListed(row)),
    hasPrevious: backwards ? more : after !== undefined,
    hasNext: backwards || more,
  };
}

/** The ids of a page, by their place on it, and one more; cut out first, so that facts are looked up for what is shown alone. */
function pageOfMandates(reading: Reading, search: string, from: string | undefined, backwards: boolean) {
  const named = search === '' ? sql`true` : sql`m.id in (select mandates_named(${search}))`;
  const [beyond, direction] = backwards ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
  // An id that names no mandate here stands before the list, or behind it (each key begins with a or b). What it stands for is
  // worked out in a query of its own: row-level security lets the index begin there only if nothing but a value is compared.
  const start =
    from === undefined
      ? sql`true`
      : sql`(m.list_key, m.id) ${beyond} ((select coalesce(max(list_key), ${backwards ? 'c' : ''}) from mandates
          where id = ${from} and business_id = ${businessOf(reading)}), ${from}::uuid)`;
  return sql`select m.id, row_number() over (order by m.list_key ${direction}, m.id ${direction}) as place from mandates m
    where m.business_id = ${businessOf(reading)} and m.ended_at is null and ${named} and ${start}
    order by m.list_key ${direction}, m.id ${direction} limit ${PAGE_SIZE + 1}`;
}

/** The official price of a card for the business now, in øre without VAT: what a vendor's fee comes on top of. */
export async function officialPriceOre(reading: Reading): Promise<number> {
  const { price_ore } = await reading.query
    .selectFrom('price_list')
    .select('price_ore')
    .where('card_type', '=', reading.facts.business?.cardType ?? 'construction')
    .where('valid_from', '<=', reading.now)
    .orderBy('valid_from', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return price_ore;
}

/** A mandate of the business, ended or not. */
export async function findMandate(reading: Reading, id: string): Promise<FoundMandate | undefined> {
  const [found] = await findMandates(reading, [id]);
  return found;
}

/** Mandates of the business, ended or not, by holder. */
export async function findMandates(reading: Reading, ids: readonly string[]): Promise<FoundMandate[]> {
  const { rows } = await sql<MandateRow & Omit<FoundMandate, keyof ListedMandate>>`
    select ${mandateColumns}, mandate_facts(m.id, m.person_id, ${reading.now}) as facts, ${assignedColumn} as assigned,
      m.version, m.approved_at as "approvedAt", m.given_under as "givenUnder", m.ended_at as "endedAt",
      m.vendor_id as "vendorId", m.person_id as "personId", m.tie_confirmed_at as "tieConfirmedAt"
    from mandates m left join businesses v on v.id = m.vendor_id left join quotes q on q.id = m.quote_id
    where m.id = any(${ids}::uuid[]) and m.business_id = ${businessOf(reading)}
    order by m.list_key, m.id`.execute(reading.query);
  return rows.map(
    ({ version, approvedAt, givenUnder, endedAt, vendorId, personId, tieConfirmedAt, ...rest }) => ({
      ...toListed(rest),
      version,
      approvedAt,
      givenUnder,
      endedAt,
      vendorId,
      personId,
      tieConfirmedAt,
    }),
  );
}

/** A mandate that a new one to the same holder would replace. */
export interface PresentMandate extends Terms {
  readonly id: string;
  readonly version: number;
  readonly purpose: string;
}

/** The mandate of this vendor or person that has not been ended; what a new one would replace. */
export async function currentMandate(
  reading: Reading,
  holder: { readonly vendorId: string } | { readonly personId: string },
  businessId = businessOf(reading),
): Promise<PresentMandate | undefined> {
  const whose =
    'vendorId' in holder
      ? sql`holder = 'vendor' and vendor_id = ${holder.vendorId}`
      : sql`holder = 'person' and person_id = ${holder.personId}`;
  const [present] = await presentMandates(reading, businessId, whose);
  return present?.mandate;
}

/** As `currentMandate`, of several vendors at once; a vendor without one is not in it. */
export async function currentVendorMandates(
  reading: Reading,
  vendorIds: readonly string[],
): Promise<ReadonlyMap<string, PresentMandate>> {
  const whose = sql`holder = 'vendor' and vendor_id = any(${vendorIds}::uuid[])`;
  const present = await presentMandates(reading, businessOf(reading), whose);
  return new Map(present.map(({ vendorId, mandate }) => [vendorId ?? '', mandate]));
}

async function presentMandates(
  reading: Reading,
  businessId: string,
  whose: RawBuilder<unknown>,
): Promise<{ readonly vendorId: string | null; readonly mandate: PresentMandate }[]> {
  const { rows } = await sql<
    Omit<PresentMandate, 'limits'> & {
      vendorId: string | null;
      cardsPerOrder: number | null;
      cardsPerMonth: number | null;
      orePerMonth: number | null;
    }
  >`
    select id, version, rights::text[] as rights, units, workers, purpose, starts_at as "startsAt", ends_at as "endsAt",
      vendor_id as "vendorId", cards_per_order as "cardsPerOrder", cards_per_month as "cardsPerMonth",
      ore_per_month as "orePerMonth"
    from mandates where business_id = ${businessId} and ended_at is null and ${whose}`.execute(reading.query);
  return rows.map(({ vendorId, cardsPerOrder, cardsPerMonth, orePerMonth, ...rest }) => ({
    vendorId,
    mandate: { ...rest, limits: { cardsPerOrder, cardsPerMonth, orePerMonth } },
  }));
}

const VERSION_CHANGES = [
  'given',
  'narrowed',
  'suspended',
  'resumed',
  'to-confirm',
  'confirmed',
  'ended',
] as const;

/** What a mandate was from one change of it to the next. */
export interface MandateVersion extends Terms {
  readonly version: number;
  readonly change: (typeof VERSION_CHANGES)[number];
  /** In somebody's words. */
  readonly reason: string;
  /** A reason of the system's: why it ended or was suspended. */
  readonly code: string | null;
  readonly at: Date;
  /** Null: a background task. */
  readonly byName: string | null;
}

type VersionRow = Omit<MandateVersion, 'limits' | 'change'> & {
  readonly change: string;
  readonly cardsPerOrder: number | null;
  readonly cardsPerMonth: number | null;
  readonly orePerMonth: number | null;
};

/** The versions of a mandate, the first one first; with `after`, those later than that. */
export async function mandateVersions(
  reading: Reading,
  mandateId: string,
  after = 0,
): Promise<MandateVersion[]> {
  const { rows } = await sql<VersionRow>`
    select version, change, rights::text[] as rights, units, workers, starts_at as "startsAt", ends_at as "endsAt", reason, at,
      case change when 'ended' then end_reason when 'suspended' then suspended_reason end as code, changed_by_name as "byName", cards_per_order as "cardsPerOrder", cards_per_month as "cardsPerMonth",
      ore_per_month as "orePerMonth"
    from mandate_versions where mandate_id = ${mandateId} and business_id = ${businessOf(reading)} and version > ${after}
    order by version`.execute(reading.query);
  return rows.map(({ change, cardsPerOrder, cardsPerMonth, orePerMonth, ...row }) => ({
    ...row,
    change: z.enum(VERSION_CHANGES).parse(change),
    limits: { cardsPerOrder, cardsPerMonth, orePerMonth },
  }));
}

/** The units that the business has now, by name. */
export async function listUnits(reading: Reading, businessId = businessOf(reading)): Promise<BusinessUnit[]> {
  const rows = await reading.query
    .selectFrom('units')
    .select(['id', 'name', 'organisation_number as organisationNumber'])
    .where('business_id', '=', businessId)
    .where('closed_on', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute();
  return rows;
}

export type InvitationState = 'open' | 'accepted' | 'expired' | 'settled' | 'refused-vendor';

/** An invitation as the business that sent it sees it. */
export interface ListedInvitation {
  readonly id: string;
  readonly kind: 'person' | 'vendor-member';
  readonly name: string;
  readonly email: string;
  readonly workerId: string | null;
  readonly proposal: unknown;
  readonly invitedByName: string;
  readonly invitedAt: Date;
  readonly expiresAt: Date;
  readonly acceptedBy: string | null;
  readonly acceptedByName: string | null;
  readonly acceptedAt: Date | null;
  readonly state: InvitationState;
  /** The vendors that whoever answered belongs to, where that is why the answer was refused. */
  readonly vendors: readonly { readonly name: string; readonly organisationNumber: string }[];
}

const invitationColumns = (
  now: Date,
) => sql`i.id, i.kind, i.name, i.email, i.worker_id as "workerId", i.proposal,
  i.invited_by_name as "invitedByName", i.invited_at as "invitedAt", i.expires_at as "expiresAt",
  i.accepted_by as "acceptedBy", i.accepted_by_name as "acceptedByName", i.accepted_at as "acceptedAt",
  case when i.outcome = 'refused-vendor' then 'refused-vendor' when i.settled_at is not null then 'settled'
    when i.accepted_at is not null then 'accepted' when i.expires_at <= ${now} then 'expired' else 'open' end as state,
  case when i.outcome = 'refused-vendor' then (
    select coalesce(json_agg(json_build_object('name', b.name, 'organisationNumber', b.organisation_number) order by b.name), '[]')
    from businesses b where b.id = any (vendors_of_person(i.accepted_by, ${now}))) else '[]'::json end as vendors`;

/** Invitations that wait for an answer or a confirmation, and those refused or expired in the last month. */
export async function listInvitations(
  reading: Reading,
  kind: 'person' | 'vendor-member',
): Promise<ListedInvitation[]> {
  const { rows } = await sql<ListedInvitation>`
    select ${invitationColumns(reading.now)} from invitations i
    where i.business_id = ${businessOf(reading)} and i.kind = ${kind}
      and (i.settled_at is null or i.outcome = 'refused-vendor') and i.invited_at > ${reading.now}::timestamptz - interval '30 days'
    order by i.accepted_at is null, i.invited_at desc limit 100`.execute(reading.query);
  return rows;
}

export async function findInvitation(reading: Reading, id: string): Promise<ListedInvitation | undefined> {
  const { rows } = await sql<ListedInvitation>`
    select ${invitationColumns(reading.now)} from invitations i
    where i.id = ${id} and i.business_id = ${businessOf(reading)}`.execute(reading.query);
  return rows[0];
}

/** What the database knows of a person who is to get a mandate. */
export async function standingOf(
  reading: Reading,
  personId: string,
): Promise<{ readonly vendorPerson: boolean; readonly officer: boolean }> {
  const { rows } = await sql<{ vendorPerson: boolean; officer: boolean }>`
    select cardinality(vendors_of_person(${personId}, ${reading.now})) > 0 as "vendorPerson",
      cardinality(acting_roles(${personId}, ${businessOf(reading)})) > 0 as officer`.execute(reading.query);
  return rows[0] ?? { vendorPerson: false, officer: false };
}

/** Whether the register shows that the business employs the person now. */
export async function isEmployed(reading: Reading, personId: string): Promise<boolean> {
  const { rows } = await sql<{ employed: boolean }>`
    select is_employed(${personId}, ${businessOf(reading)}, ${reading.now}) as employed`.execute(
    reading.query,
  );
  return rows[0]?.employed ?? false;
}

/** Where a person with a mandate was last invited: the one address that the business has given for them. */
export async function invitedAddressOf(reading: Reading, personId: string): Promise<string | undefined> {
  const row = await reading.query
    .selectFrom('invitations')
    .select('email')
    .where('business_id', '=', businessOf(reading))
    .where('accepted_by', '=', personId)
    .where('outcome', '=', 'confirmed')
    .orderBy('accepted_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.email;
}

/**
 * Waits until nothing runs under the mandate and lets nothing new begin under it until this transaction has ended: the
 * counterpart of the shared lock that every writing action takes.
 */
export async function lockMandate(reading: Reading, id: string): Promise<void> {
  await sql`select lock_access('mandate', array[${id}::uuid])`.execute(reading.query);
}

/** Lets one at a time give a mandate to the same holder. */
export async function lockHolder(reading: Reading, holderId: string): Promise<void> {
  const key = `holder:${businessOf(reading)}:${holderId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(reading.query);
}
