import { sql } from 'kysely';
import { z } from 'zod';
import type { Permitted } from '../access/index.ts';
import type { PlainDate } from '../kernel/dates.ts';
import { type Obstacle, OBSTACLES } from './rules.ts';

/** So many workers are on one page of the list. */
const PAGE_SIZE = 50;

/** A worker as the business's list shows them, with the card that they have and the one that is on its way. */
export interface ListedWorker {
  readonly id: string;
  readonly name: string;
  readonly birthDate: PlainDate;
  readonly unitId: string;
  readonly unitName: string;
  readonly employedFrom: PlainDate;
  readonly employedTo: PlainDate | null;
  /** Whom an officer declared: no register shows the employment. */
  readonly declared: boolean;
  /** Who declared and stood by it last, and when, for those of the business; null also when it is withdrawn. */
  readonly declaration: {
    readonly byName: string;
    readonly at: Date;
    readonly confirmedAt: Date;
    readonly holdsUntil: Date;
  } | null;
  /** A permit to stay is due; its last day as declared, of what the asker may see, or null. */
  readonly permitDue: boolean;
  readonly permitLastDay: PlainDate | null;
  /** For whom and where a foreign firm's worker works. */
  readonly assignment: string | null;
  readonly refreshedAt: Date;
  /** Null where a card can be ordered now. */
  readonly obstacle: Obstacle | null;
  /** The newest card, of those that the asker may see. */
  readonly card: {
    readonly id: string;
    readonly state: string;
    readonly expiresAt: Date;
    /** The code of the condition that fails while it is suspended. */
    readonly suspendedReason: string | null;
  } | null;
  /** The order of a card that is not made yet, of those that the asker may see. */
  readonly order: { readonly id: string; readonly lineState: string } | null;
}

export interface WorkerPage {
  readonly workers: readonly ListedWorker[];
  readonly hasNext: boolean;
}

const obstacle = z.enum(OBSTACLES).nullable();
const card = z
  .object({
    id: z.string(),
    state: z.string(),
    expiresAt: z.coerce.date(),
    suspendedReason: z.string().nullable(),
  })
  .nullable();
const declaration = z
  .object({
    byName: z.string(),
    at: z.coerce.date(),
    confirmedAt: z.coerce.date(),
    holdsUntil: z.coerce.date(),
  })
  .nullable();
const order = z.object({ id: z.string(), lineState: z.string() }).nullable();

/**
 * A page of the worker list by family name; `search` is a part of a name, `after` the worker that it follows. What it costs
 * does not depend on how many there are.
 */
export async function listWorkers(
  { query, facts }: Permitted,
  { search, after }: { readonly search: string; readonly after: string | undefined },
): Promise<WorkerPage> {
  const business = facts.business?.id ?? null;
  const named =
    search === '' ? sql`true` : sql`w.name ilike ${`%${search.replace(/[\\%_]/gu, String.raw`\$&`)}%`}`;
  const start =
    after === undefined
      ? sql`true`
      : sql`(w.family_name, w.id) > ((select coalesce(max(family_name), '') from workers
          where id = ${after} and business_id = ${business}), ${after}::uuid)`;
  const { rows } = await sql<ListedWorker>`
    with page as materialized (
      select w.* from workers w where w.business_id = ${business} and ${named} and ${start}
      order by w.family_name, w.id limit ${PAGE_SIZE + 1})
    select w.id, w.name, w.birth_date as "birthDate", w.unit_id as "unitId", u.name as "unitName",
      w.employed_from as "employedFrom", w.employed_to as "employedTo", w.refreshed_at as "refreshedAt", o.obstacle,
      w.source = 'declared' as declared, w.assignment, w.permit_due_since is not null as "permitDue",
      (select p.last_day from residence_permits p where p.worker_id = w.id) as "permitLastDay",
      (select jsonb_build_object('byName', d.declared_by_name, 'at', d.declared_at, 'confirmedAt', d.confirmed_at,
          'holdsUntil', d.holds_until) from worker_declarations d
        where d.worker_id = w.id and d.withdrawn_at is null) as declaration,
      (select jsonb_build_object('id', c.id, 'state', c.state, 'expiresAt', c.expires_at,
          'suspendedReason', c.suspended_reason) from cards_as_shown c
        where c.worker_id = w.id order by c.issued_at desc, c.id desc limit 1) as card,
      (select jsonb_build_object('id', l.order_id, 'lineState', l.state) from order_lines_as_shown l
        where l.worker_id = w.id and l.state not in ('shipped', 'closed', 'rejected', 'cancelled')
        order by l.id desc limit 1) as order
    from page w join units u on u.id = w.unit_id
      left join order_obstacles(array(select id from page)) o on o.worker_id = w.id
    order by w.family_name, w.id`.execute(query);
  return {
    workers: rows.slice(0, PAGE_SIZE).map((row) => ({
      ...row,
      obstacle: obstacle.parse(row.obstacle),
      declaration: declaration.parse(row.declaration),
      card: card.parse(row.card),
      order: order.parse(row.order),
    })),
    hasNext: rows.length > PAGE_SIZE,
  };
}
