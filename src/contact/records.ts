import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import type { RegisteredBusiness } from '../registers/index.ts';
import { type ContactDetails, goodSince, parseMobile } from './rules.ts';

/** A business's contact details with where they come from and who has confirmed them. */
export interface StoredDetails extends ContactDetails {
  /** Counts changes: what a form was filled in from. */
  readonly version: number;
  readonly source: 'register' | 'business';
  readonly changedAt: Date;
  readonly confirmed: { readonly at: Date; readonly by: string } | null;
  /** When mail to the address came back, unless somebody has confirmed it since. */
  readonly bouncedAt: Date | null;
  /** The unit that they are of: what is said above is of the business's where it has none of its own. */
  readonly unit?: UnitDetails;
}

/** One change, with what stood before and after. */
export interface ContactChange {
  readonly id: string;
  readonly at: Date;
  readonly by: string;
  readonly before: ContactDetails;
  readonly after: ContactDetails;
  /** When a letter about it was posted, since no mail reached the officers. */
  readonly letterAt: Date | null;
}

/** Whose details: the business's own or, with its id, those of one of its units. Left out: of the context's business. */
export interface Whose {
  readonly businessId?: string;
  readonly unit?: string | undefined;
}

/** What holds (a task reads anybody's); undefined also for a unit that is none of the business's. */
export async function readDetails(
  transaction: Pick<Transaction, 'query' | 'facts'>,
  { businessId, unit }: Whose = {},
): Promise<StoredDetails | undefined> {
  return (await readDetailsOf(transaction, [unit ?? null], businessId))[0];
}

/** As `readDetails`, of any number of units, and of the business itself where it says null; none of a unit that is not there. */
export async function readDetailsOf(
  { query, facts }: Pick<Transaction, 'query' | 'facts'>,
  units: readonly (string | null)[],
  businessId = facts.business?.id ?? '',
): Promise<StoredDetails[]> {
  const { rows } = await sql<DetailsRow>`
    select contact_standing(d.business_id, u.id) as standing, d.version + coalesce(o.version, 0) as version, u.id as "unitId",
      u.name as "unitName", u.organisation_number as "unitNumber", o.id is not null as own, held.*
    from contact_details d
      cross join unnest(${[...units]}::uuid[]) wanted(unit)
      left join units u on u.business_id = d.business_id and u.id = wanted.unit
      left join contact_details o on o.business_id = d.business_id and o.unit_id = u.id
      cross join lateral (select (coalesce(o, d)).source, (coalesce(o, d)).changed_at as "changedAt",
        (coalesce(o, d)).confirmed_at as "confirmedAt", (coalesce(o, d)).confirmed_by_name as "confirmedBy",
        (coalesce(o, d)).bounced_at as "bouncedAt") held
    where d.business_id = ${businessId}::uuid and d.unit_id is null and (wanted.unit is null or u.id is not null)
  `.execute(query);
  return rows.map(toDetails);
}

interface DetailsRow {
  readonly standing: unknown;
  readonly version: number;
  readonly unitId: string | null;
  readonly unitName: string;
  readonly unitNumber: string;
  readonly own: boolean;
  readonly source: StoredDetails['source'];
  readonly changedAt: Date;
  readonly confirmedAt: Date | null;
  readonly confirmedBy: string | null;
  readonly bouncedAt: Date | null;
}

function toDetails(row: DetailsRow): StoredDetails {
  const { version, source, changedAt, confirmedAt, confirmedBy, bouncedAt, unitId } = row;
  return {
    ...storedDetails.parse(row.standing),
    version,
    source,
    changedAt,
    confirmed: confirmedAt === null ? null : { at: confirmedAt, by: confirmedBy ?? '' },
    bouncedAt,
    ...(unitId === null
      ? {}
      : { unit: { id: unitId, name: row.unitName, organisationNumber: row.unitNumber, own: row.own } }),
  };
}

/** A unit of the business, and whether it has details of its own. */
export interface UnitDetails {
  readonly id: string;
  readonly name: string;
  readonly organisationNumber: string;
  readonly own: boolean;
}

/** A unit in the list of them. */
export interface ListedUnit extends UnitDetails {
  readonly email: string | null;
  /** Whether a change of its details is on its way. */
  readonly moving: boolean;
}

/** The open units that the asker's mandate covers, by name, a page at a time, with how many there are in all. */
export async function listUnits(
  { query, facts }: Pick<Transaction, 'query' | 'facts'>,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly units: readonly ListedUnit[]; readonly count: number }> {
  const business = facts.business?.id ?? '';
  const { rows } = await sql<ListedUnit>`
    select u.id, u.name, u.organisation_number as "organisationNumber", o.id is not null as own,
      contact_standing(u.business_id, u.id) ->> 'email' as email,
      exists (select from contact_moves m where m.business_id = u.business_id and m.unit_id = u.id
        and m.state in ('waiting', 'paused')) as moving
    from units u left join contact_details o on o.business_id = u.business_id and o.unit_id = u.id
    where u.business_id = ${business}::uuid and u.closed_on is null and context_covers_unit(u.id)
    order by u.name, u.id limit ${limit} offset ${offset}`.execute(query);
  return { units: rows, count: await countUnits({ query, facts }) };
}

/** How many open units the asker's mandate covers. */
export async function countUnits({ query, facts }: Pick<Transaction, 'query' | 'facts'>): Promise<number> {
  const { count } = await query
    .selectFrom('units')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('business_id', '=', facts.business?.id ?? '')
    .where('closed_on', 'is', null)
    .where(sql<boolean>`context_covers_unit(id)`)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** What has to be verified of the business's details and, after them, its units': null for the business's own. */
export async function dueToVerify({ query, facts, now }: Transaction): Promise<(string | null)[]> {
  const rows = await query
    .selectFrom('contact_details')
    .select('unit_id')
    .where('business_id', '=', facts.business?.id ?? '')
    .where((eb) => eb.or([eb('bounced_at', 'is not', null), eb('confirmed_at', '<', goodSince(now))]))
    .orderBy('unit_id', (order) => order.asc().nullsFirst())
    .limit(2)
    .execute();
  return rows.map(({ unit_id }) => unit_id);
}

/** A business seen for the first time gets what the register shows, unconfirmed. */
export async function insertFromRegister(
  { query, now }: Transaction,
  businessId: string,
  registered: Pick<RegisteredBusiness, 'email' | 'mobile' | 'address'>,
): Promise<void> {
  await query
    .insertInto('contact_details')
    .values({
      business_id: businessId,
      email: registered.email ?? null,
      // What is no mobile number as people here write it cannot be texted, nor saved again unchanged.
      mobile: parseMobile(registered.mobile ?? '') ?? null,
      address_lines: [...(registered.address?.lines ?? [])],
      postal_code: registered.address?.postalCode ?? null,
      city: registered.address?.place ?? null,
      source: 'register',
      changed_at: now,
    })
    .onConflict((conflict) => conflict.columns(['business_id', 'unit_id']).doNothing())
    .execute();
}

/**
 * Stores what does not move messages over the version that it was written from, with its history. False when that is no longer
 * the current one.
 */
export async function changeAtOnce(
  { query }: Pick<Transaction, 'query'>,
  version: number,
  details: ContactDetails,
  unit: string | undefined,
): Promise<boolean> {
  const { rows } = await sql<{ changed: boolean }>`
    select contact_change_at_once(${unit ?? null}::uuid, ${version}, ${JSON.stringify(details)}::jsonb) as changed`.execute(
    query,
  );
  return rows[0]?.changed === true;
}

/**
 * Notes that the details of this version are right. False when it is no longer the current one, or a unit has none of its own.
 */
export async function confirmDetails(
  { query, now, facts }: Transaction,
  version: number,
  unit: string | undefined,
): Promise<boolean> {
  const business = facts.business?.id ?? '';
  const { numAffectedRows } = await sql`
    update contact_details d set bounced_at = null, confirmed_at = ${now}, confirmed_by = ${facts.session?.personId ?? null}::uuid,
      confirmed_by_name = ${facts.session?.name ?? null}
    where d.business_id = ${business}::uuid and d.unit_id is not distinct from ${unit ?? null}::uuid
      and (select sum(seen.version) from contact_details seen where seen.business_id = d.business_id
        and (seen.unit_id is null or seen.unit_id = d.unit_id)) = ${version}`.execute(query);
  return numAffectedRows === 1n;
}

/** Details as they are kept in the history. */
export const storedDetails: z.ZodType<ContactDetails> = z.object({
  email: z.string().nullable(),
  mobile: z.string().nullable(),
  addressLines: z.array(z.string()),
  postalCode: z.string().nullable(),
  city: z.string().nullable(),
  responsible: z.string().nullable(),
  language: z.enum(['nb', 'en']),
});

/**
 * When a letter was posted about the change that a row of the history came of, which was settled at that same moment; of one that was
 * put back, only what was posted since.
 */
const letterPosted = sql<Date | null>`(select max(m.posted_at) from contact_moves m
  where m.business_id = contact_changes.business_id and m.unit_id is not distinct from contact_changes.unit_id
    and m.settled_at = contact_changes.changed_at and (m.state = 'effective' or m.state = 'undone' and m.posted_at >= m.settled_at))`;

/** The newest changes first, a page at a time, with how many there are in all. */
export async function listChanges(
  { query, facts }: Pick<Transaction, 'query' | 'facts'>,
  { limit, offset }: { readonly limit: number; readonly offset: number },
  unit: string | undefined,
): Promise<{ readonly changes: readonly ContactChange[]; readonly count: number }> {
  const ofBusiness = query
    .selectFrom('contact_changes')
    .where('business_id', '=', facts.business?.id ?? '')
    .where('unit_id', 'is not distinct from', unit ?? null);
  const rows = await ofBusiness
    .select(['id', 'before', 'after', 'changed_by_name', 'changed_at', letterPosted.as('letter_at')])
    .orderBy('changed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
  const { count } = await ofBusiness
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  const changes = rows.map((row) => ({
    id: row.id,
    at: row.changed_at,
    by: row.changed_by_name,
    before: storedDetails.parse(row.before),
    after: storedDetails.parse(row.after),
    letterAt: row.letter_at,
  }));
  return { changes, count: Number(count) };
}
