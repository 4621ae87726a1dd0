import { sql } from 'kysely';
import type { PlainDate } from '../kernel/dates.ts';
import { businessOf, listUnits, type Reading } from './records.ts';
import type { Reach, Scope } from './terms.ts';

/** Of what a scope names, what the business has: its open units, and its workers who have not left. */
export async function reachOf(reading: Reading, { workers }: Scope): Promise<Reach> {
  const units = (await listUnits(reading)).map((unit) => unit.id);
  const named = workers === null ? [] : await nameableWorkers(reading, { ids: workers });
  return { units, workers: named.map((worker) => worker.id) };
}

/** A worker whom a mandate may name. */
export interface NameableWorker {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly unitName: string;
  readonly birthDate: PlainDate;
}

/** How many workers one search for names shows. */
export const WORKERS_FOUND = 20;

/**
 * Workers of the business who have not left: by a part of their name or unit's name, one more than are shown; or those with
 * these ids. Only those whom the asker may see in the worker list.
 */
export async function nameableWorkers(
  reading: Reading,
  wanted: { readonly search: string } | { readonly ids: readonly string[] },
): Promise<NameableWorker[]> {
  const condition =
    'ids' in wanted
      ? sql`w.id = any (${wanted.ids}::uuid[])`
      : sql`(position(lower(${wanted.search}) in lower(w.name)) > 0 or position(lower(${wanted.search}) in lower(u.name)) > 0)`;
  const limit = 'ids' in wanted ? wanted.ids.length : WORKERS_FOUND + 1;
  const { rows } = await sql<NameableWorker>`
    select w.id, w.person_id as "personId", w.name, u.name as "unitName", w.birth_date as "birthDate"
    from workers w join units u on u.id = w.unit_id
    where w.business_id = ${businessOf(reading)} and ${condition} and not w.deceased
      and (w.employed_to is null or w.employed_to >= oslo_date(${reading.now}))
    order by lower(w.family_name), lower(w.name), w.id limit ${limit}`.execute(reading.query);
  return rows;
}

/** The names of workers, those who have left too; only of those whom the asker may see in the worker list. */
export async function workerNames(
  reading: Reading,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly personId: string; readonly name: string }[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string; personId: string; name: string }>`
    select id, person_id as "personId", name from workers
    where business_id = ${businessOf(reading)} and id = any (${ids}::uuid[])
    order by lower(family_name), lower(name), id`.execute(reading.query);
  return rows;
}

/** How many workers a scope reaches, as the worker list shows them, and one as an example: by name, of those still there. */
export async function workersWithin(
  reading: Reading,
  { units, workers }: Scope,
): Promise<{ readonly count: number; readonly example: NameableWorker | undefined }> {
  const { rows } = await sql<NameableWorker & { count: number }>`
    select w.id, w.person_id as "personId", w.name, u.name as "unitName", w.birth_date as "birthDate",
      count(*) over ()::int as count
    from workers w join units u on u.id = w.unit_id
    where w.business_id = ${businessOf(reading)}
      and (${units}::uuid[] is null or w.unit_id = any (${units}::uuid[]))
      and (${workers}::uuid[] is null or w.id = any (${workers}::uuid[]))
    order by w.deceased or coalesce(w.employed_to < oslo_date(${reading.now}), false), lower(w.family_name), lower(w.name), w.id
    limit 1`.execute(reading.query);
  const [row] = rows;
  if (row === undefined) return { count: 0, example: undefined };
  const { count, ...example } = row;
  return { count, example };
}

/** A worker of the business who is employed now, for the one who picks people; with what stands in the way of a mandate. */
export interface PickedWorker {
  readonly id: string;
  readonly personId: string;
  readonly name: string;
  readonly unitName: string;
  readonly vendorPerson: boolean;
  readonly officer: boolean;
  /** The mandate that the worker has from the business already; seen by those who manage access. */
  readonly mandateId: string | null;
}

/** Employed workers whose name holds the text, or the one with that id; at most 20. Needs `workers.read`. */
export async function pickWorkers(
  reading: Reading,
  wanted: { readonly search: string } | { readonly id: string },
): Promise<PickedWorker[]> {
  const condition =
    'id' in wanted ? sql`w.id = ${wanted.id}` : sql`position(lower(${wanted.search}) in lower(w.name)) > 0`;
  const { rows } = await sql<PickedWorker>`
    select w.id, w.person_id as "personId", w.name, u.name as "unitName",
      cardinality(vendors_of_person(w.person_id, ${reading.now})) > 0 as "vendorPerson",
      cardinality(acting_roles(w.person_id, w.business_id)) > 0 as officer,
      (select m.id from mandates m where m.business_id = w.business_id and m.holder = 'person'
        and m.person_id = w.person_id and m.ended_at is null) as "mandateId"
    from workers w join units u on u.id = w.unit_id
    where w.business_id = ${businessOf(reading)} and ${condition} and not w.deceased
      and w.employed_from <= oslo_date(${reading.now}) and (w.employed_to is null or w.employed_to >= oslo_date(${reading.now}))
    order by lower(w.family_name), lower(w.name), w.id limit 20`.execute(reading.query);
  return rows;
}
