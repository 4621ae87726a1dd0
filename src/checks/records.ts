import type { Database } from '../database/database.ts';
import type { CheckedCard, CheckedOrder, CheckedState, CheckKey } from './rules.ts';

interface OrderRow {
  readonly state: CheckedOrder['state'];
  readonly employer_name: string;
  readonly organisation_number: string;
  readonly card_type: string;
  readonly ordered_at: Date;
  readonly as_of: Date;
}

/** Looks up that a card is ordered, as `checkCard` does a card; undefined for a link that leads to nothing that binds. */
export async function checkOrder(
  database: Pick<Database, 'check'>,
  token: string,
): Promise<CheckedOrder | undefined> {
  const { rows } = await database.check.query<OrderRow>('select * from check_order($1::text)', [token]);
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    state: row.state,
    employerName: row.employer_name,
    organisationNumber: row.organisation_number,
    cardType: row.card_type,
    orderedAt: row.ordered_at,
    asOf: row.as_of,
  };
}

interface CheckRow {
  readonly state: CheckedState;
  readonly employer_name: string;
  readonly organisation_number: string;
  readonly card_type: string;
  readonly expires_at: Date;
  readonly as_of: Date;
  readonly confirmed_at: Date | null;
}

/**
 * Looks a card up as the role that may do nothing else: one statement, no context and no session. Undefined for a card
 * that does not exist as for a number and birth date that do not belong together, and for one that is withheld.
 */
export async function checkCard(
  database: Pick<Database, 'check'>,
  key: CheckKey,
): Promise<CheckedCard | undefined> {
  const printed = 'number' in key ? key : undefined;
  const token = 'token' in key ? key.token : null;
  const { rows } = await database.check.query<CheckRow>({
    // Prepared once on each connection.
    name: 'check-card',
    text: 'select * from check_card($1::text, $2::date, $3::text)',
    values: [printed?.number ?? null, printed?.birthDate ?? null, token],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    state: row.state,
    employerName: row.employer_name,
    organisationNumber: row.organisation_number,
    cardType: row.card_type,
    expiresAt: row.expires_at,
    asOf: row.as_of,
    confirmedAt: row.confirmed_at,
  };
}
