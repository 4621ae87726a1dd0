import { sql } from 'kysely';
import type { Vault } from '../database/encryption.ts';
import type { Transaction } from '../database/transaction.ts';
import { addDays, osloToday } from '../kernel/dates.ts';
import type { NationalId } from '../kernel/national-id.ts';
import type { OrganisationNumber } from '../kernel/organisation-number.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { PreparedDocument, PreparedPhoto } from './photos.ts';
import { type CurrentEmployment, type DocumentKind, documentPurpose, type KnownWorker } from './rules.ts';

/** Rows of one statement: PostgreSQL takes at most 65,535 parameters. */
const ROWS_PER_STATEMENT = 2000;

export interface Employer {
  readonly id: string;
  readonly form: string;
  readonly cardType: string | null;
  /** Ids by organisation number. */
  readonly units: ReadonlyMap<string, string>;
  /** Of those that are open the one with the lowest number. */
  readonly firstUnit: OrganisationNumber | undefined;
}

/** The business by its number, with its units; undefined when it has not been imported. */
export async function findEmployer(
  { query }: Transaction,
  organisationNumber: string,
): Promise<Employer | undefined> {
  const business = await query
    .selectFrom('businesses')
    .select(['id', 'form', 'card_type as cardType'])
    .where('organisation_number', '=', organisationNumber)
    .executeTakeFirst();
  if (business === undefined) return undefined;
  const units = await query
    .selectFrom('units')
    .select(['id', 'organisation_number', 'closed_on'])
    .where('business_id', '=', business.id)
    .orderBy('organisation_number')
    .execute();
  const first = units.find((unit) => unit.closed_on === null)?.organisation_number;
  return {
    ...business,
    units: new Map(units.map((unit) => [unit.organisation_number, unit.id])),
    firstUnit: first as OrganisationNumber | undefined,
  };
}

/**
 * Marks as asked now, and returns, the numbers of so many open businesses whose workers were read longest ago, or never: of those
 * that were read before `readBefore` and asked, in vain as it seems, before `askedBefore`.
 */
export async function nextToRead(
  { query, now }: Transaction,
  { readBefore, askedBefore, limit }: { readBefore: Date; askedBefore: Date; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    update businesses b set workers_asked_at = ${now} from (
      select id from businesses where dissolved_on is null and (workers_read_at is null or workers_read_at < ${readBefore})
        and (workers_asked_at is null or workers_asked_at < ${askedBefore})
      order by workers_read_at nulls first limit ${limit} for update skip locked) due
    where b.id = due.id returning b.organisation_number as number`.execute(query);
  return rows.map(({ number }) => number);
}

/** The numbers of the open businesses in which these people work, or did. */
export async function employersOf(
  { query }: Transaction,
  vault: Pick<Vault, 'hash'>,
  people: readonly NationalId[],
): Promise<string[]> {
  if (people.length === 0) return [];
  const { rows } = await sql<{ number: string }>`
    select distinct b.organisation_number as number from persons p join workers w on w.person_id = p.id
      join businesses b on b.id = w.business_id
    where p.national_id_hash = any (${people.map((number) => vault.hash(number))}::bytea[])
      and b.dissolved_on is null`.execute(query);
  return rows.map(({ number }) => number);
}

/** Notes that the registers have told who works in the business, as of then. */
export async function noteReading({ query }: Transaction, businessId: string, at: Date): Promise<void> {
  await query.updateTable('businesses').set({ workers_read_at: at }).where('id', '=', businessId).execute();
}

/**
 * Notes whom Folkeregisteret knows of the business's people that it was asked about. An answer that knows none of them says
 * more about the register than about them, and changes nothing.
 */
export async function markRegistered(
  { query }: Transaction,
  vault: Pick<Vault, 'hash'>,
  businessId: string,
  asked: readonly NationalId[],
  known: readonly NationalId[],
): Promise<void> {
  if (known.length === 0) return;
  const hashes = (numbers: readonly NationalId[]) => numbers.map((number) => vault.hash(number));
  await sql`update workers w set registered = not w.registered from persons p
    where p.id = w.person_id and w.business_id = ${businessId} and p.national_id_hash = any (${hashes(asked)}::bytea[])
      and w.registered <> (p.national_id_hash = any (${hashes(known)}::bytea[]))`.execute(query);
}

/** Has the public check keep the cards of some of the people that Folkeregisteret knows to itself, and of the others no longer. */
export async function withholdPeople(
  { query }: Transaction,
  vault: Pick<Vault, 'hash'>,
  known: readonly NationalId[],
  withheld: readonly { readonly nationalId: NationalId }[],
): Promise<void> {
  const hashes = known.map((number) => vault.hash(number));
  const those = withheld.map(({ nationalId }) => vault.hash(nationalId));
  await sql`select withhold_people(${hashes}::bytea[], ${those}::bytea[])`.execute(query);
}

/** Only one import of a business at a time: the later one waits, and then writes what it read. */
export async function lockImport({ query }: Transaction, businessId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`workers:${businessId}`}, 0))`.execute(query);
}

/** Writes people by the hash of their number; returns their ids by that hash in hex. */
export async function upsertPeople(
  { query }: Transaction,
  vault: Vault,
  workers: readonly KnownWorker[],
): Promise<Map<string, string>> {
  // In the same order by whoever writes some of them, so that nobody waits in a ring.
  const people = [...new Map(workers.map((worker) => [worker.nationalId, worker])).values()].sort(
    byNationalId,
  );
  const ids = new Map<string, string>();
  for (const some of slices(people)) {
    const rows = await query
      .insertInto('persons')
      .values(
        some.map((person) => ({
          national_id_hash: vault.hash(person.nationalId),
          national_id_encrypted: vault.encrypt(person.nationalId, 'national-id'),
          name: person.name,
          birth_date: person.birthDate,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('national_id_hash').doUpdateSet((eb) => ({
          name: eb.ref('excluded.name'),
          birth_date: eb.ref('excluded.birth_date'),
        })),
      )
      .returning(['id', 'national_id_hash'])
      .execute();
    for (const row of rows) ids.set(row.national_id_hash.toString('hex'), row.id);
  }
  return ids;
}

export type WorkerRow = KnownWorker & {
  readonly unitId: string;
  readonly personId: string;
  /** A permit to stay is due. */
  readonly permitDue: boolean;
};

/** Writes workers as the registers have them now. */
export async function upsertWorkers(
  { query, now }: Transaction,
  businessId: string,
  workers: readonly WorkerRow[],
): Promise<void> {
  for (const some of slices(workers)) {
    await query
      .insertInto('workers')
      .values(
        some.map((worker) => ({
          business_id: businessId,
          unit_id: worker.unitId,
          person_id: worker.personId,
          name: worker.name,
          family_name: worker.familyName,
          birth_date: worker.birthDate,
          employed_from: worker.from,
          employed_to: worker.to ?? null,
          number_active: worker.numberActive,
          deceased: worker.deceased,
          permit_due_since: worker.permitDue ? now : null,
          source: worker.assignment === undefined ? 'register' : 'assignment',
          assignment: worker.assignment ?? null,
          refreshed_at: now,
        })),
      )
      .onConflict((conflict) =>
        // An employment that has ended takes nothing from what an officer has declared since.
        conflict.columns(['business_id', 'unit_id', 'person_id']).doUpdateSet((eb) => ({
          name: eb.ref('excluded.name'),
          family_name: eb.ref('excluded.family_name'),
          birth_date: eb.ref('excluded.birth_date'),
          employed_from: eb.ref('excluded.employed_from'),
          employed_to: eb.ref('excluded.employed_to'),
          number_active: eb.ref('excluded.number_active'),
          deceased: eb.ref('excluded.deceased'),
          // Since it was first due.
          permit_due_since: sql<Date | null>`case when excluded.permit_due_since is not null
            then coalesce(workers.permit_due_since, excluded.permit_due_since) end`,
          source: eb.ref('excluded.source'),
          assignment: eb.ref('excluded.assignment'),
          refreshed_at: eb.ref('excluded.refreshed_at'),
        })).where(sql<boolean>`workers.source <> 'declared' or excluded.employed_to is null
            or excluded.employed_to >= ${osloToday(now)}`),
      )
      .execute();
  }
}

/**
 * Ends the employments that the register no longer shows, as of yesterday. Workers whom the business declared itself,
 * and those whom Folkeregisteret does not know just now, stay as they are.
 */
export async function endMissing(
  { query, now }: Transaction,
  vault: Vault,
  business: { readonly id: string; readonly units: ReadonlyMap<string, string> },
  employments: readonly CurrentEmployment[],
): Promise<number> {
  const today = osloToday(now);
  const present = employments.map(
    (one) => `${business.units.get(one.unit) ?? ''}:${vault.hash(one.nationalId).toString('hex')}`,
  );
  const result = await sql`update workers set employed_to = ${addDays(today, -1)}, refreshed_at = ${now}
    from persons where persons.id = workers.person_id and workers.business_id = ${business.id}
      and workers.source <> 'declared' and (workers.employed_to is null or workers.employed_to >= ${today})
      and not exists (select from unnest(${present}::text[]) as present (key)
        where present.key = workers.unit_id::text || ':' || encode(persons.national_id_hash, 'hex'))`.execute(
    query,
  );
  return Number(result.numAffectedRows ?? 0);
}

/** Keeps a photo that was prepared; returns its id. For a vendor it is the vendor's, and so is its sight. */
export async function insertPhoto(
  { query, facts, now }: Transaction,
  workerId: string,
  photo: PreparedPhoto,
): Promise<string> {
  if (!facts.session || !facts.business) throw new Error('A photo without someone who uploads it.');
  const id = uuidv7();
  await query
    .insertInto('photos')
    .values({
      id,
      business_id: facts.business.id,
      worker_id: workerId,
      vendor_id: facts.capacity === 'vendor' ? (facts.mandate?.vendor?.id ?? null) : null,
      image: photo.image,
      thumbnail: photo.thumbnail,
      width: photo.width,
      height: photo.height,
      sha256: photo.sha256,
      look: photo.look,
      uploaded_by: facts.session.personId,
      uploaded_at: now,
    })
    .execute();
  return id;
}

/** One photo as JPEG, if the asker may see it. */
export async function findPhoto({ query }: Transaction, id: string, size: 'image' | 'thumbnail') {
  return query
    .selectFrom('photos')
    .select(['worker_id as workerId', `${size} as jpeg`])
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

/** Keeps an identity document encrypted; returns its id. For a vendor it is the vendor's. */
export async function insertDocument(
  { query, facts, now }: Transaction,
  vault: Pick<Vault, 'encrypt'>,
  workerId: string,
  document: PreparedDocument & { readonly kind: DocumentKind },
): Promise<string> {
  if (!facts.session || !facts.business) throw new Error('A document without someone who uploads it.');
  const id = uuidv7();
  await query
    .insertInto('identity_documents')
    .values({
      id,
      business_id: facts.business.id,
      worker_id: workerId,
      vendor_id: facts.capacity === 'vendor' ? (facts.mandate?.vendor?.id ?? null) : null,
      kind: document.kind,
      content: vault.encrypt(document.image.toString('base64'), documentPurpose(id)),
      sha256: document.sha256,
      uploaded_by: facts.session.personId,
      uploaded_at: now,
    })
    .execute();
  return id;
}

/**
 * Records that the asker was shown fields of these workers, one disclosure a person. The database finds the people, since
 * those who see a worker's name on an order need not have the worker list.
 */
export async function discloseWorkers(
  { query }: Pick<Transaction, 'query'>,
  workerIds: readonly string[],
  fields: readonly string[],
  occasion: string,
): Promise<void> {
  if (workerIds.length === 0) return;
  await sql`select disclose_workers(${workerIds}::uuid[], ${fields}::text[], ${occasion})`.execute(query);
}

const byNationalId = (a: KnownWorker, b: KnownWorker) => (a.nationalId < b.nationalId ? -1 : 1);

function slices<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / ROWS_PER_STATEMENT) }, (_, index) =>
    list.slice(index * ROWS_PER_STATEMENT, (index + 1) * ROWS_PER_STATEMENT),
  );
}
