import { sql } from 'kysely';
import type { Vault } from '../database/encryption.ts';
import type { Transaction } from '../database/transaction.ts';
import type { NationalId } from '../kernel/national-id.ts';
import type { RegisteredBusiness, RegisteredUnit, RoleHolder } from '../registers/index.ts';
import { awaitedApprovals } from './approval-records.ts';
import { actsAsOfficer, cardTypeOf, type CardTypeRule, type OfficerRules } from './rules.ts';

/** One way in which the person may act: as officer, with a mandate of one's own, or for a vendor's customer. */
export interface Choice {
  readonly capacity: 'officer' | 'person' | 'vendor';
  readonly businessId: string;
  readonly organisationNumber: string;
  readonly name: string;
  readonly form: string;
  readonly bankrupt: boolean;
  readonly roles: readonly string[];
  readonly vendorNumber: string | null;
  readonly vendorName: string | null;
  readonly endsAt: Date | null;
}

/** Every business that the signed-in person may act for; nothing else. */
export async function choicesOf({ query }: Transaction): Promise<Choice[]> {
  const found = await sql<{
    capacity: Choice['capacity'];
    business_id: string;
    organisation_number: string;
    name: string;
    form: string;
    bankrupt: boolean;
    roles: string[];
    vendor_number: string | null;
    vendor_name: string | null;
    ends_at: Date | null;
  }>`select * from context_choices()`.execute(query);
  return found.rows.map((row) => ({
    capacity: row.capacity,
    businessId: row.business_id,
    organisationNumber: row.organisation_number,
    name: row.name,
    form: row.form,
    bankrupt: row.bankrupt,
    roles: row.roles,
    vendorNumber: row.vendor_number,
    vendorName: row.vendor_name,
    endsAt: row.ends_at,
  }));
}

/** The businesses that the signed-in person may act for as one of theirs, and not for a vendor. */
export async function ownChoices(transaction: Transaction): Promise<Choice[]> {
  return (await choicesOf(transaction)).filter(({ vendorNumber }) => vendorNumber === null);
}

/** Units of these businesses that are not closed, in order of name. */
export async function unitsOf({ query }: Transaction, businessIds: readonly string[]) {
  if (businessIds.length === 0) return [];
  return query
    .selectFrom('units')
    .select(['id', 'business_id', 'organisation_number', 'name'])
    .where('business_id', 'in', businessIds)
    .where('closed_on', 'is', null)
    .orderBy('name')
    .execute();
}

/**
 * Marks as asked now, and returns, the numbers of so many open businesses that were read longest ago: of those that were read
 * before `readBefore` and asked, in vain as it seems, before `askedBefore`.
 */
export async function nextToRead(
  { query, now }: Transaction,
  { readBefore, askedBefore, limit }: { readBefore: Date; askedBefore: Date; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    update businesses b set asked_at = ${now} from (
      select id from businesses where dissolved_on is null and refreshed_at < ${readBefore}
        and (asked_at is null or asked_at < ${askedBefore})
      order by refreshed_at limit ${limit} for update skip locked) due
    where b.id = due.id returning b.organisation_number as number`.execute(query);
  return rows.map(({ number }) => number);
}

/** Which businesses that are here have one of these numbers, or a unit with one. */
export async function knownBusinesses(
  { query }: Transaction,
  organisationNumbers: readonly string[],
): Promise<string[]> {
  if (organisationNumbers.length === 0) return [];
  const { rows } = await sql<{ number: string }>`
    select b.organisation_number as number from businesses b where b.organisation_number = any (${organisationNumbers})
    union select b.organisation_number from units u join businesses b on b.id = u.business_id
      where u.organisation_number = any (${organisationNumbers})`.execute(query);
  return rows.map(({ number }) => number);
}

/** The last update of a feed that has been read; undefined before the first. */
export async function lastUpdate({ query }: Transaction, feed: string): Promise<number | undefined> {
  const row = await query
    .selectFrom('watch_marks')
    .select('last_id')
    .where('name', '=', feed)
    .executeTakeFirst();
  return row?.last_id ?? undefined;
}

/** Keeps how far a feed has been read; never back. */
export async function keepLastUpdate(
  { query, now }: Transaction,
  feed: string,
  lastId: number,
): Promise<void> {
  await sql`
    insert into watch_marks (name, at, last_id) values (${feed}, ${now}, ${lastId})
    on conflict (name) do update set at = excluded.at, last_id = greatest(watch_marks.last_id, excluded.last_id)`.execute(
    query,
  );
}

/** Writes what Enhetsregisteret says of a business; returns its id here. */
export async function upsertBusiness(
  { query, now }: Transaction,
  registered: RegisteredBusiness,
  cardTypes: readonly CardTypeRule[],
): Promise<string> {
  const standings = await query
    .selectFrom('approvals')
    .innerJoin('businesses', 'businesses.id', 'approvals.business_id')
    .select(['register', 'standing'])
    .where('businesses.organisation_number', '=', registered.organisationNumber)
    .execute();
  const standing = (register: string) => standings.find((one) => one.register === register)?.standing;
  const cardType = cardTypeOf(
    { code: registered.industryCode, cleaning: standing('cleaning'), carCare: standing('car-care') },
    cardTypes,
  );
  const values = {
    name: registered.name,
    form: registered.form,
    industry_code: registered.industryCode ?? null,
    address: JSON.stringify(registered.address ?? {}),
    register_email: registered.email ?? null,
    register_mobile: registered.mobile ?? null,
    vat_registered: registered.vatRegistered,
    bankrupt: registered.bankrupt,
    dissolved_on: registered.deletedOn ?? null,
    missing: false,
    card_type: cardType ?? null,
    refreshed_at: now,
  };
  const row = await query
    .insertInto('businesses')
    .values({ organisation_number: registered.organisationNumber, ...values })
    .onConflict((conflict) => conflict.column('organisation_number').doUpdateSet(values))
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Whether the business waits for a register of the Labour Inspection Authority that was never read for it. */
export async function lacksApproval({ query }: Transaction, businessId: string): Promise<boolean> {
  const awaited = await awaitedApprovals({ query }, businessId);
  return awaited.some(({ standing }) => standing === 'unread');
}

/** The business is gone from the register: a known one is closed here as well; returns its id. */
export async function closeBusiness(
  { query, now }: Transaction,
  organisationNumber: string,
): Promise<string | undefined> {
  const row = await query
    .updateTable('businesses')
    .set({ dissolved_on: sql<string>`coalesce(dissolved_on, oslo_date(${now}))`, refreshed_at: now })
    .where('organisation_number', '=', organisationNumber)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** The register answers that it has no such number, though it had one; returns the id of a business that is known here. */
export async function noteMissing(
  { query, now }: Transaction,
  organisationNumber: string,
): Promise<string | undefined> {
  const row = await query
    .updateTable('businesses')
    .set({ missing: true, refreshed_at: now })
    .where('organisation_number', '=', organisationNumber)
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

export async function upsertUnits(
  { query }: Transaction,
  businessId: string,
  units: readonly RegisteredUnit[],
): Promise<void> {
  if (units.length === 0) return;
  await query
    .insertInto('units')
    .values(
      units.map((unit) => ({
        business_id: businessId,
        organisation_number: unit.organisationNumber,
        name: unit.name,
        address: JSON.stringify(unit.address ?? {}),
        closed_on: unit.closedOn ?? null,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('organisation_number').doUpdateSet((eb) => ({
        business_id: eb.ref('excluded.business_id'),
        name: eb.ref('excluded.name'),
        address: eb.ref('excluded.address'),
        closed_on: eb.ref('excluded.closed_on'),
      })),
    )
    .execute();
}

type Holder = RoleHolder & { readonly nationalId: NationalId };

/** Writes the registered roles: new ones begin, those that are gone end, whether each lets its holder act is set. */
export async function replaceOfficers(
  transaction: Transaction,
  vault: Vault,
  business: { readonly id: string; readonly form: string },
  holders: readonly RoleHolder[],
  rules: OfficerRules,
): Promise<void> {
  const { query, now } = transaction;
  const current = holders.filter((holder): holder is Holder => isCurrent(holder));
  const persons = await upsertPersons(transaction, vault, current);
  const rows = current.flatMap((holder) => {
    const personId = persons.get(vault.hash(holder.nationalId).toString('hex'));
    return personId === undefined ? [] : [{ holder, personId }];
  });
  const kept = rows.map(({ holder, personId }) => `${personId}:${holder.roleCode}`);
  await query
    .updateTable('officers')
    .set({ ended_at: now })
    .where('business_id', '=', business.id)
    .where('ended_at', 'is', null)
    .where(sql<boolean>`person_id::text || ':' || role_code <> all(${kept}::text[])`)
    .execute();
  if (rows.length === 0) return;
  await query
    .insertInto('officers')
    .values(
      distinct(rows, ({ holder, personId }) => `${personId}:${holder.roleCode}`).map(
        ({ holder, personId }) => ({
          business_id: business.id,
          person_id: personId,
          name: holder.name,
          role_code: holder.roleCode,
          acts: actsAsOfficer(holder.roleCode, business.form, rules),
          since: now,
        }),
      ),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['business_id', 'person_id', 'role_code'])
        .where('ended_at', 'is', null)
        .doUpdateSet((eb) => ({ name: eb.ref('excluded.name'), acts: eb.ref('excluded.acts') })),
    )
    .execute();
}

function isCurrent(holder: RoleHolder): boolean {
  return holder.nationalId !== undefined && !holder.resigned && !holder.deceased;
}

function distinct<T>(list: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(list.map((item) => [key(item), item])).values()];
}

/** Ids by the hash (hex) of the national identity number. */
async function upsertPersons(
  { query }: Transaction,
  vault: Vault,
  holders: readonly Holder[],
): Promise<Map<string, string>> {
  if (holders.length === 0) return new Map();
  // As the reading of workers does, so that nobody waits in a ring.
  const inOrder = distinct(holders, (holder) => holder.nationalId).sort((a, b) =>
    a.nationalId < b.nationalId ? -1 : 1,
  );
  const rows = await query
    .insertInto('persons')
    .values(
      inOrder.map((holder) => ({
        national_id_hash: vault.hash(holder.nationalId),
        national_id_encrypted: vault.encrypt(holder.nationalId, 'national-id'),
        name: holder.name,
        birth_date: holder.birthDate ?? null,
      })),
    )
    // A name that Folkeregisteret gave stays; the update is there so that the id comes back.
    .onConflict((conflict) =>
      conflict.column('national_id_hash').doUpdateSet((eb) => ({
        birth_date: eb.fn.coalesce('persons.birth_date', 'excluded.birth_date'),
      })),
    )
    .returning(['id', 'national_id_hash'])
    .execute();
  return new Map(rows.map((row) => [row.national_id_hash.toString('hex'), row.id]));
}
