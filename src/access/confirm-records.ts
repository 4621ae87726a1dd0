import { sql } from 'kysely';
import type { Permitted } from './actions.ts';
import { businessOf, type Reading } from './records.ts';
import type { Right } from './rules.ts';

/** Most mandates to be confirmed that the list shows at once. */
const SHOWN = 25;

/** A mandate that has to be confirmed, since whoever gave it may no longer give it. */
export interface MandateToConfirm {
  readonly id: string;
  readonly holder: 'person' | 'vendor';
  readonly holderName: string;
  readonly rights: readonly Right[];
  readonly giverName: string;
  readonly confirmBy: Date;
}

/** What the business, or the reader alone, is asked to do about its access. */
export interface Asked {
  readonly toConfirm: readonly MandateToConfirm[];
  /** Mandates to be confirmed besides those in `toConfirm`. */
  readonly more: number;
  /** The reader is a new managing director who has not gone through the list. */
  readonly goThrough: boolean;
  readonly mergers: readonly OpenMerger[];
}

/** A vendor that was taken over, with a mandate that has stopped and stays in the list until an officer has settled it. */
export interface OpenMerger {
  readonly vendorName: string;
  readonly successorName: string;
  /** Whether an officer has said yes, and the mandate to the successor has still to be given; else nobody has answered. */
  readonly saidYes: boolean;
}

/** Nothing for others than officers, who alone answer. */
async function openMergers({ query }: Reading): Promise<OpenMerger[]> {
  const { rows } = await sql<OpenMerger>`
    select vendor_name as "vendorName", successor_name as "successorName", wants is true as "saidYes"
    from mergers_of_business() where mandate_id is not null`.execute(query);
  return rows;
}

export async function askedOf(reading: Reading): Promise<Asked> {
  const business = businessOf(reading);
  const { rows } = await sql<MandateToConfirm & { total: number }>`
    select id, holder, holder_name as "holderName", rights::text[] as rights, approved_by_name as "giverName",
      confirm_by as "confirmBy", count(*) over ()::int as total
    from mandates where business_id = ${business} and ended_at is null and confirm_by is not null
      and confirm_by > ${reading.now}
    order by confirm_by, lower(holder_name), id limit ${SHOWN}`.execute(reading.query);
  const task = await reading.query
    .selectFrom('access_tasks')
    .select('id')
    .where('business_id', '=', business)
    .where('person_id', '=', reading.facts.session?.personId ?? null)
    .where('done_at', 'is', null)
    .executeTakeFirst();
  return {
    toConfirm: rows,
    more: (rows[0]?.total ?? 0) - rows.length,
    goThrough: task !== undefined,
    mergers: await openMergers(reading),
  };
}

/** Takes a mandate over in the name of whoever asks, as it stands. The database lets none but those who could give it. */
export async function takeOver(
  { query }: Permitted,
  { id, version }: { readonly id: string; readonly version: number },
): Promise<void> {
  const { rows } = await sql<{ confirmed: boolean }>`
    select confirm_mandate(${id}::uuid, ${version}) as confirmed`.execute(query);
  if (rows[0]?.confirmed !== true) throw new Error('The database did not let the mandate be confirmed.');
}

/** Marks that the reader has gone through the list; answers with their tasks that were open. */
export async function markGoneThrough(permitted: Permitted): Promise<string[]> {
  const rows = await permitted.query
    .updateTable('access_tasks')
    .set({ done_at: permitted.now })
    .where('business_id', '=', businessOf(permitted))
    .where('person_id', '=', permitted.facts.session?.personId ?? null)
    .where('done_at', 'is', null)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}
