import { sql } from 'kysely';
import type { CardState } from '../cards/index.ts';
import type { Transaction } from '../database/transaction.ts';
import type { LinkState } from './rules.ts';

type Query = Pick<Transaction, 'query'>;

/** `renewed`: as many wait unopened as may, and the last of them is good for as long again; `none`: nobody has set the number. */
export type MadeLink = 'made' | 'renewed' | 'none';

/** Makes a link to a number. */
export async function makeLink(
  { query }: Query,
  link: { readonly number: string; readonly secret: Buffer; readonly code: Buffer; readonly minutes: number },
): Promise<MadeLink> {
  const { rows } = await sql<{ made: MadeLink }>`
    select make_phone_link(${link.number}, ${link.secret}, ${link.code}, make_interval(mins => ${link.minutes})) as made`.execute(
    query,
  );
  return rows[0]?.made ?? 'none';
}

export async function linkState({ query }: Query, secret: Buffer): Promise<LinkState> {
  const { rows } = await sql<{ state: LinkState }>`select phone_link_state(${secret}) as state`.execute(
    query,
  );
  return rows[0]?.state ?? 'unknown';
}

export interface Opening {
  readonly outcome: 'opened' | 'wrong' | Exclude<LinkState, 'open'>;
  readonly link: string | null;
}

/** Tries a link's code; with the right one the session opens. */
export async function openLink(
  { query }: Query,
  tried: {
    readonly secret: Buffer;
    readonly code: Buffer;
    readonly session: Buffer;
    readonly minutes: number;
  },
): Promise<Opening> {
  const { rows } = await sql<Opening>`
    select outcome, link from open_phone_link(${tried.secret}, ${tried.code}, ${tried.session},
      make_interval(mins => ${tried.minutes}))`.execute(query);
  return rows[0] ?? { outcome: 'unknown', link: null };
}

/** All that a telephone shows of a card. */
export interface PhoneCard {
  readonly id: string;
  readonly state: CardState;
  readonly employerName: string;
  readonly cardType: string;
}

export interface PhoneCards {
  readonly endsAt: Date;
  readonly cards: readonly PhoneCard[];
}

/** The cards that the session opens; undefined where there is no such session, or it has ended. */
export async function phoneCards({ query }: Query, session: Buffer): Promise<PhoneCards | undefined> {
  const { rows } = await sql<Partial<PhoneCard> & { readonly endsAt: Date }>`
    select ends_at as "endsAt", id, state, employer_name as "employerName", card_type as "cardType"
    from phone_cards(${session})`.execute(query);
  const [first] = rows;
  if (first === undefined) return undefined;
  // Without any card one row tells of the session alone.
  const cards = rows.filter((row): row is PhoneCard & { endsAt: Date } => typeof row.id === 'string');
  return { endsAt: first.endsAt, cards: cards.map(({ endsAt: _, ...card }) => card) };
}

/** Blocks a card for good; undefined when it was blocked before, is another's, or the session has ended. */
export async function reportCard(
  { query }: Query,
  report: { readonly session: Buffer; readonly cardId: string; readonly reason: string },
): Promise<{ readonly businessId: string; readonly from: string } | undefined> {
  const { rows } = await sql<{ businessId: string; from: string }>`
    select of_business as "businessId", state_before as "from"
    from report_card_by_phone(${report.session}, ${report.cardId}, ${report.reason})`.execute(query);
  return rows[0];
}

export interface Reported {
  readonly number: string;
  readonly employerName: string;
  readonly businessId: string;
  readonly unitId: string;
  readonly personId: string;
  readonly personName: string;
}

/** What is told of a card that its holder has reported. */
export async function reportedCard({ query }: Query, cardId: string): Promise<Reported | undefined> {
  const { rows } = await sql<Reported>`
    select number, employer_name as "employerName", business_id as "businessId", unit_id as "unitId", person_id as "personId",
      person_name as "personName" from card_reported_by_phone(${cardId})`.execute(query);
  return rows[0];
}

export async function endSession({ query }: Query, session: Buffer): Promise<boolean> {
  const { rows } = await sql<{ ended: boolean }>`select end_phone_session(${session}) as ended`.execute(
    query,
  );
  return rows[0]?.ended === true;
}

/** How many numbers were forgotten that nobody used, and how many addresses, whatever they are for, that nobody proved. */
export interface Forgotten {
  readonly gone: number;
  readonly unproved: number;
}

/** Forgets numbers that opened nothing for so many days, and what was never proved. */
export async function forgetPhones({ query }: Query, days: number): Promise<Forgotten> {
  const { rows } = await sql<Forgotten>`
    select gone, unproved from forget_phones(make_interval(days => ${days}))`.execute(query);
  return rows[0] ?? { gone: 0, unproved: 0 };
}
