import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { createToken } from '../identity/index.ts';
import { lastDayToEnd, type PlainDate } from '../kernel/dates.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { appointmentPath } from './appointments.ts';
import { lastDayProblem } from './rules.ts';

/** Whom the command on the server lets become an operator. */
export interface FirstOperator {
  readonly name: string;
  readonly email: string;
  /** At most twelve months ahead. */
  readonly lastDay: PlainDate;
}

/**
 * Proposes an operator while there are too few for four eyes, as the role that owns the tables: the database lets nobody
 * else. Answers the path of a single-use link; whoever logs in through it at high level is an operator.
 */
export async function proposeFirstOperator(
  asOwner: Pick<Database, 'request'>,
  { name, email, lastDay }: FirstOperator,
  now: Date,
): Promise<Result<{ readonly path: string }, 'past' | 'too-late' | 'enough-operators'>> {
  const problem = lastDayProblem(lastDay, now);
  if (problem !== undefined) return err(problem);
  const { secret, hash } = createToken();
  const { rows } = await sql<{ id: string | null }>`
    select staff_first_operator(${name}, ${email}, ${hash}, ${lastDayToEnd(lastDay)}) as id`.execute(
    asOwner.request,
  );
  return rows[0]?.id ? ok({ path: appointmentPath(secret) }) : err('enough-operators');
}
