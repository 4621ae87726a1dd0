import { sql } from 'kysely';
import type { Permitted } from '../access/index.ts';
import type { PlainDate } from '../kernel/dates.ts';
import type { PermitKind } from './rules.ts';

/** What was declared of a worker's permit to stay, and by whom. */
export interface DeclaredPermit {
  readonly kind: PermitKind;
  readonly lastDay: PlainDate;
  readonly byName: string;
  readonly at: Date;
}

/** A worker with what was declared of the permit to stay, of that which the asker may see. */
export interface PermitWorker {
  readonly id: string;
  readonly unitId: string;
  readonly name: string;
  readonly birthDate: PlainDate;
  readonly unitName: string;
  /** A permit is due. */
  readonly due: boolean;
  readonly permit: DeclaredPermit | null;
}

/** The worker of the business, of those whom the asker may see. */
export async function findPermitWorker(
  { query, facts }: Permitted,
  workerId: string,
): Promise<PermitWorker | undefined> {
  const row = await query
    .selectFrom('workers as w')
    .innerJoin('units as u', 'u.id', 'w.unit_id')
    .leftJoin('residence_permits as p', 'p.worker_id', 'w.id')
    .select([
      'w.id',
      'w.unit_id as unitId',
      'w.name',
      'w.birth_date as birthDate',
      'u.name as unitName',
      'w.permit_due_since as dueSince',
      'p.kind',
      'p.last_day as lastDay',
      'p.declared_by_name as byName',
      'p.declared_at as at',
    ])
    .where('w.id', '=', workerId)
    .where('w.business_id', '=', facts.business?.id ?? '')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { dueSince, kind, lastDay, byName, at, ...worker } = row;
  const permit =
    kind === null || lastDay === null || byName === null || at === null
      ? null
      : { kind: kind as PermitKind, lastDay: lastDay as PlainDate, byName, at };
  return { ...worker, birthDate: worker.birthDate as PlainDate, due: dueSince !== null, permit };
}

/** Declares the worker's permit in place of the one that was declared before; false where none is due. */
export async function declarePermit(
  { query }: Permitted,
  workerId: string,
  { kind, lastDay }: Pick<DeclaredPermit, 'kind' | 'lastDay'>,
): Promise<boolean> {
  const { rows } = await sql<{ declared: boolean }>`
    select declare_permit(${workerId}, ${kind}, ${lastDay}) as declared`.execute(query);
  return rows[0]?.declared === true;
}
