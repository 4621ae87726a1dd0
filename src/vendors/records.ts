import { sql } from 'kysely';
import type { Terms } from '../access/index.ts';
import type { Transaction } from '../database/transaction.ts';
import type { Vendor } from './rules.ts';

type Opened = Pick<Transaction, 'query' | 'now' | 'facts'>;

function businessOf({ facts }: Opened): string {
  if (!facts.business) throw new Error('Vendors are dealt with by a business.');
  return facts.business.id;
}

const vendorColumns = sql`b.id, b.organisation_number as "organisationNumber", b.name, p.fee_ore as "feeOre",
  p.barred_at is not null as barred, b.bankrupt or b.dissolved_on is not null as closed,
  d.standard_sha256 as "standardSha256", p.accepted_by as "acceptedBy", p.accepted_by_name as "acceptedByName",
  p.accepted_at as "acceptedAt"`;
const vendorTables = sql`vendor_profiles p join businesses b on b.id = p.vendor_id
  left join agreement_documents d on d.vendor_id = p.vendor_id and d.sha256 = p.agreement_sha256`;

/** Registered vendors by a part of the name, or by the whole organisation number; at most 25. */
export async function searchVendors(opened: Opened, search: string): Promise<Vendor[]> {
  const digits = search.replace(/\s/gu, '');
  const { rows } = await sql<Vendor>`
    select ${vendorColumns} from ${vendorTables}
    where b.organisation_number = ${digits} or position(lower(${search}) in lower(b.name)) > 0
    order by lower(b.name), b.id limit 25`.execute(opened.query);
  return rows;
}

export async function findVendor(opened: Opened, organisationNumber: string): Promise<Vendor | undefined> {
  const { rows } = await sql<Vendor>`
    select ${vendorColumns} from ${vendorTables}
    where b.organisation_number = ${organisationNumber}`.execute(opened.query);
  return rows[0];
}

/**
 * The official price of a card for a business, without VAT, and the VAT rate, as they are now.
 * @param businessId left out: the business that acts; null: none in particular
 */
export async function officialPrice(
  opened: Opened,
  businessId: string | null = businessOf(opened),
): Promise<{ readonly ore: number; readonly vatBasisPoints: number }> {
  const { rows } = await sql<{ ore: number; vatBasisPoints: number }>`
    select (select price_ore from price_list where card_type = coalesce((select card_type from businesses where id = ${businessId}),
          'construction') and valid_from <= ${opened.now}
        order by valid_from desc limit 1) as ore,
      (select basis_points from vat_rates where valid_from <= ${opened.now} order by valid_from desc limit 1) as "vatBasisPoints"`.execute(
    opened.query,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The price list is empty.');
  return row;
}

/** The profile that the business itself has published as a vendor. */
export async function ownProfile(opened: Opened): Promise<Vendor | undefined> {
  const number = opened.facts.business?.organisationNumber;
  return number === undefined ? undefined : findVendor(opened, number);
}

/** Why and from when the authority bars the business itself as a vendor, how it can appeal, and what came of that. */
export interface OwnBar {
  readonly id: string;
  readonly reason: string;
  readonly appeal: string;
  /** Ahead, when the vendor has been told that it will be barred. */
  readonly barredAt: Date;
  /** Null: it has not appealed. */
  readonly filedAt: Date | null;
  readonly outcomeAt: Date | null;
  readonly outcomeReason: string | null;
}

/** The bar that holds for the business itself, or that it has been told of; undefined when there is none. */
export async function ownBar(opened: Opened): Promise<OwnBar | undefined> {
  return opened.query
    .selectFrom('vendor_bars')
    .leftJoin('bar_appeals', 'bar_appeals.bar_id', 'vendor_bars.id')
    .select([
      'vendor_bars.id',
      'vendor_bars.reason',
      'vendor_bars.appeal',
      'vendor_bars.barred_at as barredAt',
      'bar_appeals.filed_at as filedAt',
      'bar_appeals.decided_at as outcomeAt',
      'bar_appeals.outcome_reason as outcomeReason',
    ])
    .where('vendor_bars.vendor_id', '=', businessOf(opened))
    .where('vendor_bars.lifted_at', 'is', null)
    .executeTakeFirst();
}

/** Files the appeal against a bar of the business itself; false when one has been. */
export async function insertAppeal(opened: Opened, barId: string, text: string): Promise<boolean> {
  const { session } = opened.facts;
  const { rows } = await sql`
    insert into bar_appeals (bar_id, vendor_id, barred_by, text, filed_at, filed_by, filed_by_name)
    select b.id, b.vendor_id, b.barred_by, ${text}, ${opened.now}, ${session?.personId ?? null}, ${session?.name ?? null}
    from vendor_bars b where b.id = ${barId} and b.vendor_id = ${businessOf(opened)} and b.lifted_at is null
    on conflict (bar_id) do nothing returning bar_id`.execute(opened.query);
  return rows.length > 0;
}

/**
 * Publishes the vendor's fee, and what it stands by. Who accepted that, and when, is as it was unless it was signed just now.
 */
export async function saveProfile(
  opened: Opened,
  profile: {
    readonly feeOre: number;
    readonly version: string;
    readonly sha256: Buffer;
    readonly signedNow: boolean;
  },
): Promise<void> {
  const { session } = opened.facts;
  if (!session) throw new Error('A price is published by a person.');
  const price = { fee_ore: profile.feeOre };
  const values = {
    ...price,
    agreement_version: profile.version,
    agreement_sha256: profile.sha256,
    accepted_by: session.personId,
    accepted_by_name: session.name,
    accepted_at: opened.now,
  };
  await opened.query
    .insertInto('vendor_profiles')
    .values({ vendor_id: businessOf(opened), ...values })
    .onConflict((conflict) => conflict.column('vendor_id').doUpdateSet(profile.signedNow ? values : price))
    .execute();
}

/** Who made a vendor's promise of that version for it, and when; undefined while nobody has. */
export async function acceptedTerms(
  opened: Pick<Opened, 'query'>,
  vendorId: string,
  version: string,
): Promise<{ readonly acceptedByName: string; readonly acceptedAt: Date } | undefined> {
  return opened.query
    .selectFrom('vendor_terms')
    .select(['accepted_by_name as acceptedByName', 'accepted_at as acceptedAt'])
    .where('vendor_id', '=', vendorId)
    .where('version', '=', version)
    .executeTakeFirst();
}

/** Makes the promise of that version. False when it has been made. */
export async function insertTerms(opened: Opened, version: string): Promise<boolean> {
  const { session } = opened.facts;
  if (!session) throw new Error('A promise is made by a person.');
  const made = await opened.query
    .insertInto('vendor_terms')
    .values({
      vendor_id: businessOf(opened),
      version,
      accepted_by: session.personId,
      accepted_by_name: session.name,
      accepted_at: opened.now,
    })
    .onConflict((conflict) => conflict.columns(['vendor_id', 'version']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return made !== undefined;
}

/** Someone who may be set up on a customer's mandate: a member, or an officer of the vendor. */
export interface VendorPerson {
  readonly personId: string;
  readonly name: string;
  /** Null for an officer, who needs no membership. */
  readonly memberId: string | null;
  readonly addedByName: string | null;
  readonly addedAt: Date | null;
  /** What binds a member to the vendor; null for an officer. */
  readonly tie: 'employment' | 'declared' | null;
  readonly tieReason: string | null;
  readonly tieConfirmedAt: Date | null;
  /** Whether the tie counts now: not when an employment has ended, or a declared tie was confirmed in no review. */
  readonly tieHolds: boolean;
}

/** The vendor's officers and members, by name; one row a person. */
export async function listVendorPeople(opened: Opened): Promise<VendorPerson[]> {
  const business = businessOf(opened);
  const { rows } = await sql<VendorPerson>`
    select coalesce(o.person_id, b.person_id) as "personId", coalesce(o.name, b.name) as name, b.id as "memberId",
      b.added_by_name as "addedByName", b.added_at as "addedAt", b.tie, b.tie_reason as "tieReason",
      b.tie_confirmed_at as "tieConfirmedAt", is_vendor_person(coalesce(o.person_id, b.person_id), ${business}, ${opened.now}) as "tieHolds"
    from (select distinct on (person_id) person_id, name from officers
        where business_id = ${business} and ended_at is null and acts order by person_id, role_code) o
      full join (select * from vendor_members where vendor_id = ${business} and ended_at is null) b on b.person_id = o.person_id
    order by lower(coalesce(o.name, b.name)), 1`.execute(opened.query);
  return rows;
}

/** Whether Aa-registeret shows the person as employed in the business. */
export async function isEmployedHere(opened: Opened, personId: string): Promise<boolean> {
  const { rows } = await sql<{ employed: boolean }>`
    select is_employed(${personId}, ${businessOf(opened)}, ${opened.now}) as employed`.execute(opened.query);
  return rows[0]?.employed ?? false;
}

/** What binds a member to the vendor: the register's employment, or an officer of the vendor answers for another tie. */
export type MemberTie =
  { readonly tie: 'employment' } | { readonly tie: 'declared'; readonly reason: string };

/** Makes a person a member. False when they are one already. */
export async function insertMember(
  opened: Opened,
  person: { readonly personId: string; readonly name: string } & MemberTie,
): Promise<string | undefined> {
  const { session } = opened.facts;
  if (!session) throw new Error('A member is added by a person.');
  const row = await opened.query
    .insertInto('vendor_members')
    .values({
      vendor_id: businessOf(opened),
      person_id: person.personId,
      name: person.name,
      tie: person.tie,
      tie_reason: person.tie === 'declared' ? person.reason : null,
      added_by: session.personId,
      added_by_name: session.name,
      added_at: opened.now,
    })
    .onConflict((conflict) =>
      conflict.columns(['vendor_id', 'person_id']).where('ended_at', 'is', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/**
 * Waits for what a member is doing, before anything of the membership is changed. Answers whose it is; undefined when there is
 * none by that id, or it has ended. The caller holds `lockPeople`.
 */
export async function lockMember(
  opened: Opened,
  memberId: string,
): Promise<{ readonly personId: string; readonly name: string } | undefined> {
  const member = await opened.query
    .selectFrom('vendor_members')
    .select(['person_id as personId', 'name'])
    .where('id', '=', memberId)
    .where('vendor_id', '=', businessOf(opened))
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (member === undefined) return undefined;
  await sql`select lock_access('person', array[${member.personId}]::uuid[])`.execute(opened.query);
  return member;
}

/** Ends a membership that is locked. */
export async function endMembership(opened: Opened, memberId: string): Promise<void> {
  await opened.query
    .updateTable('vendor_members')
    .set({ ended_at: opened.now, ended_by: opened.facts.session?.personId ?? null })
    .where('id', '=', memberId)
    .where('vendor_id', '=', businessOf(opened))
    .where('ended_at', 'is', null)
    .execute();
}

/** A customer's mandate as the vendor sees it. */
export interface CustomerMandate {
  readonly id: string;
  readonly customerName: string;
  readonly customerNumber: string;
  readonly rights: readonly string[];
  readonly wholeBusiness: boolean;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly suspended: boolean;
  readonly purpose: string;
  readonly feeOre: number;
  readonly assigned: readonly { readonly personId: string; readonly name: string }[];
}

/** What customers let the vendor do, those in force first; with a search, by the customer's name. */
export async function listCustomers(
  opened: Opened,
  wanted:
    { readonly search: string; readonly page: number; readonly pageSize: number } | { readonly id: string },
): Promise<{ readonly rows: CustomerMandate[]; readonly total: number }> {
  const condition =
    'id' in wanted ? sql`m.id = ${wanted.id}` : sql`position(lower(${wanted.search}) in lower(b.name)) > 0`;
  const size = 'id' in wanted ? 1 : wanted.pageSize;
  const offset = 'id' in wanted ? 0 : (wanted.page - 1) * wanted.pageSize;
  const { rows } = await sql<CustomerMandate & { total: number }>`
    select m.id, b.name as "customerName", b.organisation_number as "customerNumber", m.rights::text[] as rights,
      m.units is null as "wholeBusiness", m.starts_at as "startsAt", m.ends_at as "endsAt",
      m.suspended_at is not null as suspended, m.purpose, q.fee_ore as "feeOre", count(*) over ()::int as total,
      (select coalesce(json_agg(json_build_object('personId', s.person_id, 'name', s.name) order by lower(s.name), s.id), '[]')
        from mandate_assignments s where s.mandate_id = m.id and s.ended_at is null) as assigned
    from mandates m join businesses b on b.id = m.business_id join quotes q on q.id = m.quote_id
    where m.vendor_id = ${businessOf(opened)} and m.ended_at is null and ${condition}
    order by m.ends_at <= ${opened.now}, lower(b.name), m.id limit ${size} offset ${offset}`.execute(
    opened.query,
  );
  return { rows, total: rows[0]?.total ?? 0 };
}

/** A business as anyone may know it from the register, with its open units. */
export interface PublicBusiness {
  readonly id: string;
  readonly organisationNumber: string;
  readonly name: string;
  /** Bankrupt or dissolved. */
  readonly closed: boolean;
  readonly units: readonly { readonly id: string; readonly name: string }[];
}

/** What is public of a business by that number; undefined when the register has not been asked about it. */
export async function publicBusiness(
  opened: Opened,
  organisationNumber: string,
): Promise<PublicBusiness | undefined> {
  const { rows } = await sql<PublicBusiness>`
    select b.id, b.organisation_number as "organisationNumber", b.name, b.bankrupt or b.dissolved_on is not null as closed,
      (select coalesce(json_agg(json_build_object('id', u.id, 'name', u.name) order by u.name, u.id), '[]')
        from units u where u.business_id = b.id and u.closed_on is null) as units
    from businesses b where b.organisation_number = ${organisationNumber}`.execute(opened.query);
  return rows[0];
}

/** The mandate that the vendor has from a customer, as its renewal begins. */
export interface CustomersMandate extends Terms {
  readonly id: string;
  readonly customerNumber: string;
  readonly purpose: string;
}

/** The mandate that a business has given the vendor, or the one by that id, while it has not been ended. */
export async function mandateFrom(
  opened: Opened,
  which: string | { readonly mandateId: string },
): Promise<CustomersMandate | undefined> {
  const condition =
    typeof which === 'string' ? sql`m.business_id = ${which}` : sql`m.id = ${which.mandateId}`;
  const { rows } = await sql<Omit<CustomersMandate, 'limits'> & Terms['limits']>`
    select m.id, b.organisation_number as "customerNumber", m.rights::text[] as rights, m.units, m.workers, m.purpose,
      m.starts_at as "startsAt", m.ends_at as "endsAt", m.cards_per_order as "cardsPerOrder",
      m.cards_per_month as "cardsPerMonth", m.ore_per_month as "orePerMonth"
    from mandates m join businesses b on b.id = m.business_id
    where m.vendor_id = ${businessOf(opened)} and m.ended_at is null and ${condition}`.execute(opened.query);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { cardsPerOrder, cardsPerMonth, orePerMonth, ...rest } = row;
  return { ...rest, limits: { cardsPerOrder, cardsPerMonth, orePerMonth } };
}

/** Whom the vendor may offer a quote: whoever has given it a mandate, or has a request from it that waits. */
export async function openCustomers(
  opened: Opened,
): Promise<{ readonly id: string; readonly name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select b.id, b.name from businesses b
    where b.id in (select m.business_id from mandates m where m.vendor_id = ${businessOf(opened)} and m.ended_at is null
      union select r.business_id from mandate_requests r where r.vendor_id = ${businessOf(opened)} and r.outcome is null
        and r.expires_at > ${opened.now})
    order by lower(b.name), b.id`.execute(opened.query);
  return rows;
}

/** The business that gave the mandate, while it has not been ended. */
export async function customerOf(opened: Opened, mandateId: string): Promise<string | undefined> {
  const row = await opened.query
    .selectFrom('mandates')
    .select('business_id as businessId')
    .where('id', '=', mandateId)
    .where('vendor_id', '=', businessOf(opened))
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row?.businessId;
}

export async function assignedTo(opened: Opened, mandateId: string): Promise<string[]> {
  const rows = await opened.query
    .selectFrom('mandate_assignments')
    .select('person_id as personId')
    .where('mandate_id', '=', mandateId)
    .where('ended_at', 'is', null)
    .execute();
  return rows.map((row) => row.personId);
}

export async function insertAssignments(
  opened: Opened,
  mandate: { readonly id: string; readonly businessId: string },
  people: readonly { readonly personId: string; readonly name: string }[],
): Promise<void> {
  const { session } = opened.facts;
  if (!session) throw new Error('People are assigned by a person.');
  if (people.length === 0) return;
  await opened.query
    .insertInto('mandate_assignments')
    .values(
      people.map((person) => ({
        mandate_id: mandate.id,
        business_id: mandate.businessId,
        vendor_id: businessOf(opened),
        person_id: person.personId,
        name: person.name,
        assigned_by: session.personId,
        assigned_at: opened.now,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['mandate_id', 'person_id']).where('ended_at', 'is', null).doNothing(),
    )
    .execute();
}

/** Lets one at a time change who the vendor's people are and what they are set up on. */
export async function lockPeople(opened: Opened): Promise<void> {
  const key = `vendor-people:${businessOf(opened)}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(opened.query);
}

export async function endAssignments(
  opened: Opened,
  mandateId: string,
  personIds: readonly string[],
): Promise<void> {
  if (personIds.length === 0) return;
  await opened.query
    .updateTable('mandate_assignments')
    .set({ ended_at: opened.now })
    .where('mandate_id', '=', mandateId)
    .where('person_id', 'in', personIds)
    .where('ended_at', 'is', null)
    .execute();
}

/** Takes a person off every mandate of the vendor's customers; answers with those mandates. */
export async function endAllAssignments(opened: Opened, personId: string): Promise<string[]> {
  const rows = await opened.query
    .updateTable('mandate_assignments')
    .set({ ended_at: opened.now })
    .where('vendor_id', '=', businessOf(opened))
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .returning('mandate_id as mandateId')
    .execute();
  return rows.map((row) => row.mandateId);
}
