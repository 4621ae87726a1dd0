import type { Database } from '../database/database.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import * as records from './move-records.ts';
import type { MoveState } from './rules.ts';

export interface OverseeDeps {
  readonly database: Pick<Database, 'request'>;
}

/** The open changes that look like a vendor's, and whichever no officer could be told of. */
export function overseeMoves(
  { database }: OverseeDeps,
  acting: StaffActing,
): Promise<Result<readonly records.OverseenMove[], StaffRefused>> {
  return lookAsStaff(database, acting, { right: 'signals.read', action: 'contact.oversee' }, (permitted) =>
    records.overseenMoves(permitted),
  );
}

/**
 * A case officer has posted the letter that tells a business's officers how a change stands: where it is yet to hold, its waiting
 * time begins now. `overtaken`: it stands otherwise by now, and that is still to be told.
 */
export function notePosted(
  { database }: OverseeDeps,
  acting: StaffActing,
  letter: { readonly moveId: string; readonly told: MoveState },
): Promise<Result<null, 'overtaken' | StaffRefused>> {
  return actAsStaff(
    database,
    acting,
    { right: 'signals.read', action: 'contact.posted' },
    async (permitted): Promise<Result<null, 'overtaken'>> => {
      if (!(await records.notePosted(permitted, letter.moveId, letter.told))) return err('overtaken');
      await permitted.audit({
        subject: { kind: 'contact-move', id: letter.moveId },
        changes: { told: letter.told },
      });
      return ok(null);
    },
  );
}
