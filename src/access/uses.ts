import { sql } from 'kysely';
import type { Transaction } from '../database/transaction.ts';
import { osloToday, type PlainDate } from '../kernel/dates.ts';
import type { Right } from './rules.ts';

/**
 * What this process has noted, by mandate and right: the day. Only saves asking the database again on the same day; another
 * process notes the same once more and changes nothing.
 */
const noted = new Map<string, PlainDate>();
const KEPT = 50_000;

/** Notes to remember once the transaction has committed. */
export type Noted = readonly (readonly [key: string, day: PlainDate])[];

/**
 * Notes that rights of the asker's mandate were used today, so that a review can tell which are not. Costs a statement once
 * a day for each right; waits for nobody.
 */
export async function noteUses(
  { query, facts, now }: Pick<Transaction, 'query' | 'facts' | 'now'>,
  rights: Iterable<Right>,
): Promise<Noted> {
  const mandateId = facts.mandate?.id;
  if (mandateId === undefined) return [];
  const today = osloToday(now);
  const fresh = [...rights].filter((right) => noted.get(`${mandateId} ${right}`) !== today);
  if (fresh.length === 0) return [];
  const { rows } = await sql<{ done: boolean }>`select note_rights_used(${fresh}::text[]) as done`.execute(
    query,
  );
  return rows[0]?.done === true ? fresh.map((right) => [`${mandateId} ${right}`, today] as const) : [];
}

/** Remembers what was noted, after the commit. */
export function rememberUses(uses: Noted): void {
  if (noted.size + uses.length > KEPT) noted.clear();
  for (const [key, day] of uses) noted.set(key, day);
}
