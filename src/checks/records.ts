import type { Database } from '../database/database.ts';
import { together } from './together.ts';
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
  readonly asked: number;
  readonly state: CheckedState;
  readonly employer_name: string;
  readonly organisation_number: string;
  readonly card_type: string;
  readonly expires_at: Date;
  readonly as_of: Date;
  readonly confirmed_at: Date | null;
}

/** Looks a card up. Undefined for a card that does not exist as for a number and birth date that do not belong together, and for one that is withheld. */
export type LookUpCard = (key: CheckKey) => Promise<CheckedCard | undefined>;

/** How many cards one statement looks up at most, as the database does. */
const MOST_AT_ONCE = 100;

/** Looks cards up as the role that may do nothing else, with no context and no session: those that are asked for at a time in one statement. */
export function createCardLookUp(database: Pick<Database, 'check'>): LookUpCard {
  return together(MOST_AT_ONCE, (keys) => lookUp(database, keys));
}

async function lookUp(
  database: Pick<Database, 'check'>,
  keys: readonly CheckKey[],
): Promise<(CheckedCard | undefined)[]> {
  const printed = keys.map((key) => ('number' in key ? key : undefined));
  const { rows } = await database.check.query<CheckRow>({
    // Prepared once on each connection.
    name: 'look-up-cards',
    text: 'select * from look_up_cards($1::text[], $2::date[], $3::text[])',
    values: [
      printed.map((key) => key?.number ?? null),
      printed.map((key) => key?.birthDate ?? null),
      keys.map((key) => ('token' in key ? key.token : null)),
    ],
  });
  const found = Array<CheckedCard | undefined>(keys.length).fill(undefined);
  for (const row of rows) found[row.asked - 1] = checkedCard(row);
  return found;
}

function checkedCard(row: CheckRow): CheckedCard {
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
