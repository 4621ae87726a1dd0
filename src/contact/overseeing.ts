import type { Database } from '../database/database.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import * as records from './move-records.ts';

export interface OverseeDeps {
  readonly database: Pick<Database, 'request'>;
}

/** The open changes that look like a vendor's, and those that no officer could be told of. */
export function overseeMoves(
  { database }: OverseeDeps,
  acting: StaffActing,
): Promise<Result<readonly records.OverseenMove[], StaffRefused>> {
  return lookAsStaff(database, acting, { right: 'signals.read', action: 'contact.oversee' }, (permitted) =>
    records.overseenMoves(permitted),
  );
}

/** A case officer has posted the letter to the officers of a business: its waiting time begins now. */
export function notePosted(
  { database }: OverseeDeps,
  acting: StaffActing,
  moveId: string | undefined,
): Promise<Result<null, 'unknown' | StaffRefused>> {
  return actAsStaff(
    database,
    acting,
    { right: 'signals.read', action: 'contact.posted' },
    async (permitted): Promise<Result<null, 'unknown'>> => {
      if (moveId === undefined || !(await records.doToMove(permitted, 'posted', moveId)))
        return err('unknown');
      await permitted.audit({ subject: { kind: 'contact-move', id: moveId } });
      return ok(null);
    },
  );
}
