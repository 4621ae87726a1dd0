import { sql } from 'kysely';
import type { Permitted } from '../access/index.ts';
import type { Vault } from '../database/encryption.ts';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import { type NationalId, parseNationalId } from '../kernel/national-id.ts';
import type { DeclarationKind, KnownPerson } from './rules.ts';

/** An officer's word that somebody works in the business whom no register shows there. */
export interface Declaration {
  readonly id: string;
  readonly workerId: string;
  readonly name: string;
  readonly birthDate: PlainDate;
  readonly unitName: string;
  readonly kind: DeclarationKind;
  readonly reason: string;
  readonly declaredByName: string;
  readonly declaredAt: Date;
  readonly confirmedByName: string;
  readonly confirmedAt: Date;
  readonly holdsUntil: Date;
  readonly withdrawnAt: Date | null;
  readonly withdrawnByName: string | null;
  /** The employer register, or the register of assignments, shows the person now. */
  readonly registered: boolean;
}

/** So many are shown; a business declares few. */
const SHOWN = 200;

/** The business's declarations, those that are not withdrawn first, the newest first; or the one with that id. */
export async function listDeclarations({ query, facts }: Permitted, id?: string): Promise<Declaration[]> {
  return query
    .selectFrom('worker_declarations as d')
    .innerJoin('workers as w', 'w.id', 'd.worker_id')
    .innerJoin('units as u', 'u.id', 'd.unit_id')
    .select([
      'd.id',
      'd.worker_id as workerId',
      'w.name',
      'w.birth_date as birthDate',
      'u.name as unitName',
      'd.kind',
      'd.reason',
      'd.declared_by_name as declaredByName',
      'd.declared_at as declaredAt',
      'd.confirmed_by_name as confirmedByName',
      'd.confirmed_at as confirmedAt',
      'd.holds_until as holdsUntil',
      'd.withdrawn_at as withdrawnAt',
      'd.withdrawn_by_name as withdrawnByName',
      sql<boolean>`w.source <> 'declared'`.as('registered'),
    ])
    .where('d.business_id', '=', facts.business?.id ?? '')
    .$if(id !== undefined, (one) => one.where('d.id', '=', id ?? ''))
    .orderBy(sql`d.withdrawn_at is not null`)
    .orderBy('d.id', 'desc')
    .limit(SHOWN)
    .$castTo<Declaration>()
    .execute();
}

export interface NewDeclaration {
  readonly person: KnownPerson;
  readonly unitId: string;
  readonly kind: DeclarationKind;
  readonly reason: string;
  /** Exclusive: the Oslo midnight after the last day. */
  readonly holdsUntil: Date;
}

/** Declares a worker; undefined when the person is on the unit's list already. */
export async function insertDeclaration(
  { query }: Permitted,
  vault: Pick<Vault, 'encrypt' | 'hash'>,
  { person, unitId, kind, reason, holdsUntil }: NewDeclaration,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string | null }>`select declare_worker(${vault.hash(person.nationalId)},
    ${vault.encrypt(person.nationalId, 'national-id')}, ${person.name}, ${person.familyName}, ${person.birthDate},
    ${person.numberActive}, ${unitId}, ${kind}, ${reason}, ${holdsUntil}) as id`.execute(query);
  return rows[0]?.id ?? undefined;
}

/** Stands by a declaration anew; false when there is none such that is not withdrawn. */
export async function confirmDeclaration(
  { query, facts, now }: Permitted,
  id: string,
  holdsUntil: Date,
): Promise<boolean> {
  const result = await query
    .updateTable('worker_declarations')
    .set({
      confirmed_by: facts.session?.personId ?? '',
      confirmed_by_name: facts.session?.name ?? '',
      confirmed_at: now,
      holds_until: holdsUntil,
      reminded_at: null,
      lapse_told_at: null,
    })
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Withdraws a declaration; false when there is none such that is not withdrawn. */
export async function withdrawDeclaration({ query, facts, now }: Permitted, id: string): Promise<boolean> {
  const result = await query
    .updateTable('worker_declarations')
    .set({
      withdrawn_at: now,
      withdrawn_by: facts.session?.personId ?? '',
      withdrawn_by_name: facts.session?.name ?? '',
    })
    .where('id', '=', id)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The units that an officer may declare a worker in, by name. */
export async function openUnits({ query, facts }: Permitted): Promise<{ id: string; name: string }[]> {
  return query
    .selectFrom('units')
    .select(['id', 'name'])
    .where('business_id', '=', facts.business?.id ?? '')
    .where('closed_on', 'is', null)
    .orderBy('name')
    .orderBy('id')
    .execute();
}

// What tasks do ---------------------------------------------------------------------------------------------------------

/**
 * The numbers of the people whom the business has declared, for Folkeregisteret to tell of; `unreadable` is how many there
 * are besides whose number does not open with the keys that we have.
 */
export async function declaredPeople(
  { query }: Transaction,
  vault: Pick<Vault, 'decrypt'>,
  businessId: string,
): Promise<{ readonly numbers: NationalId[]; readonly unreadable: number }> {
  const rows = await query
    .selectFrom('workers')
    .innerJoin('persons', 'persons.id', 'workers.person_id')
    .select('persons.national_id_encrypted as encrypted')
    .where('workers.business_id', '=', businessId)
    .where('workers.source', '=', 'declared')
    .where('workers.employed_to', 'is', null)
    .execute();
  const numbers = rows.flatMap(({ encrypted }) => opened(vault, encrypted) ?? []);
  return { numbers, unreadable: rows.length - numbers.length };
}

/** One person's number must not keep all others from being read. */
/** The numbers of those who have a card of the business that has not run out, whether or not they still work there. */
export async function cardHolders(
  { query, now }: Transaction,
  vault: Pick<Vault, 'decrypt'>,
  businessId: string,
): Promise<NationalId[]> {
  const rows = await query
    .selectFrom('persons')
    .select('national_id_encrypted as encrypted')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('cards')
        .innerJoin('workers', 'workers.id', 'cards.worker_id')
        .select('workers.person_id')
        .where('cards.business_id', '=', businessId)
        .where('cards.expires_at', '>', now),
    )
    .execute();
  return rows.flatMap(({ encrypted }) => opened(vault, encrypted) ?? []);
}

function opened(vault: Pick<Vault, 'decrypt'>, encrypted: Buffer): NationalId | undefined {
  try {
    // What is stored was parsed when it came in, under the rules of this installation.
    const parsed = parseNationalId(vault.decrypt(encrypted, 'national-id'), { synthetic: true });
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes what Folkeregisteret says now of people whom the business has declared. */
export async function refreshDeclared(
  { query, now }: Transaction,
  vault: Pick<Vault, 'hash'>,
  businessId: string,
  people: readonly (KnownPerson & { readonly permitDue: boolean })[],
): Promise<void> {
  const column = <T>(of: (person: (typeof people)[number]) => T): T[] => people.map(of);
  await sql`update workers set name = said.name, family_name = said.family_name, birth_date = said.birth_date,
      number_active = said.number_active, deceased = said.deceased, refreshed_at = ${now},
      permit_due_since = case when said.permit_due then coalesce(workers.permit_due_since, ${now}) end
    from persons join unnest(${column((one) => vault.hash(one.nationalId))}::bytea[], ${column((one) => one.name)}::text[],
        ${column((one) => one.familyName)}::text[], ${column((one) => one.birthDate)}::date[],
        ${column((one) => one.numberActive)}::boolean[], ${column((one) => one.deceased)}::boolean[],
        ${column((one) => one.permitDue)}::boolean[])
      as said (hash, name, family_name, birth_date, number_active, deceased, permit_due) on persons.national_id_hash = said.hash
    where persons.id = workers.person_id and workers.business_id = ${businessId} and workers.source = 'declared'`.execute(
    query,
  );
}

/** Ends on the list whom nobody declares any more, as of the day of the withdrawal. */
export async function endWithdrawn({ query }: Transaction): Promise<void> {
  await sql`update workers w set employed_to = greatest(w.employed_from, oslo_date(last.at))
    from (select d.worker_id, max(d.withdrawn_at) as at, bool_or(d.withdrawn_at is null) as open
      from worker_declarations d group by d.worker_id) last
    where w.id = last.worker_id and not last.open and w.source = 'declared' and w.employed_to is null`.execute(
    query,
  );
}

export interface DueDeclarations {
  readonly businessId: string;
  readonly organisationNumber: string;
  readonly business: string;
  readonly count: number;
  /** When the first of them ends. */
  readonly first: Date;
}

/** Marks declarations that end before `until` and whose officers have not been told so, and returns them by business. */
export async function markDue(
  { query, now }: Transaction,
  what: 'reminded_at' | 'lapse_told_at',
  until: Date,
): Promise<DueDeclarations[]> {
  const { rows } = await sql<DueDeclarations>`
    with due as (
      update worker_declarations d set ${sql.ref(what)} = ${now} from workers w
      where w.id = d.worker_id and w.source = 'declared' and d.withdrawn_at is null and d.${sql.ref(what)} is null
        and d.holds_until <= ${until} and ${what === 'reminded_at' ? sql`d.holds_until > ${now}` : sql`true`}
      returning d.business_id, d.holds_until)
    select b.id as "businessId", b.organisation_number as "organisationNumber", b.name as business, count(*)::int as count,
      min(due.holds_until) as first
    from due join businesses b on b.id = due.business_id group by b.id order by b.id`.execute(query);
  return rows;
}
