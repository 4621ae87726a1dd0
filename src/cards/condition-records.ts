import { sql } from 'kysely';
import { z } from 'zod';
import type { Transaction } from '../database/transaction.ts';
import type { PlainDate } from '../kernel/dates.ts';
import {
  type ConditionCode,
  type ConditionFacts,
  type ConditionSettings,
  isUnconfirmed,
  judge,
  type Verdict,
} from './conditions.ts';

const instant = z.coerce.date();
const day = z.string().transform((text) => text as PlainDate);

const conditionFacts: z.ZodType<ConditionFacts> = z.object({
  cardType: z.string(),
  expiresAt: instant,
  blockedReason: z.string().nullable(),
  business: z.object({
    form: z.string(),
    missing: z.boolean(),
    dissolvedOn: day.nullable(),
    bankrupt: z.boolean(),
    vatRegistered: z.boolean(),
  }),
  ties: z.array(
    z.object({
      source: z.enum(['register', 'assignment', 'declared']),
      from: day,
      to: day.nullable(),
      declaredUntil: instant.nullable(),
    }),
  ),
  person: z
    .object({
      registered: z.boolean(),
      deceased: z.boolean(),
      inactiveSince: instant.nullable(),
      permitDueSince: instant.nullable(),
    })
    .nullable(),
  permitLastDay: day.nullable(),
  approvals: z.record(z.string(), z.object({ standing: z.string(), since: instant })),
  replaced: z.boolean(),
});

/** A card with what its conditions turn on. */
export interface CardFacts {
  readonly cardId: string;
  readonly facts: ConditionFacts;
  /** How old the oldest of the answers is; null where a register has never answered. */
  readonly confirmedAt: Date | null;
  readonly suspendedReason: string | null;
}

/** What the conditions of these cards turn on; without those that the asker may not see so much of. */
export async function readConditions(
  { query }: Pick<Transaction, 'query'>,
  cardIds: readonly string[],
): Promise<CardFacts[]> {
  if (cardIds.length === 0) return [];
  const { rows } = await sql<CardFacts>`
    select card_id as "cardId", facts, confirmed_at as "confirmedAt", suspended_reason as "suspendedReason"
    from card_conditions(${cardIds}::uuid[])`.execute(query);
  return rows.map((row) => ({ ...row, facts: conditionFacts.parse(row.facts) }));
}

/** How the conditions of a card stand, and how old what they rest on is. */
export interface CardConditions {
  readonly verdicts: readonly Verdict[];
  readonly confirmedAt: Date | null;
  /** For longer than the installation likes. */
  readonly unconfirmed: boolean;
}

/** How the conditions of these cards stand, by card; without those that the asker may not see so much of. */
export async function readVerdicts(
  transaction: Pick<Transaction, 'query' | 'now'>,
  cardIds: readonly string[],
  settings: ConditionSettings,
): Promise<ReadonlyMap<string, CardConditions>> {
  const cards = await readConditions(transaction, cardIds);
  return new Map(cards.map((card) => [card.cardId, verdictsOf(card, settings, transaction.now)]));
}

function verdictsOf(
  { facts, confirmedAt }: Pick<CardFacts, 'facts' | 'confirmedAt'>,
  settings: ConditionSettings,
  now: Date,
): CardConditions {
  const unconfirmed = isUnconfirmed(confirmedAt, settings, now);
  return { verdicts: judge(facts, settings, now), confirmedAt, unconfirmed };
}

/** How the conditions of a card stand at a time, from what the database's `condition_facts` answered about it. */
export function judgeFacts(
  { facts, confirmedAt }: { readonly facts: unknown; readonly confirmedAt: Date | null },
  settings: ConditionSettings,
  now: Date,
): CardConditions {
  return verdictsOf({ facts: conditionFacts.parse(facts), confirmedAt }, settings, now);
}

/** The next cards that may be valid, after that one, of the business or of all. */
export async function nextCards(
  { query, now }: Transaction,
  after: string | undefined,
  businessId: string | undefined,
  limit: number,
): Promise<string[]> {
  const rows = await query
    .selectFrom('cards')
    .select('id')
    .where('blocked_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(after !== undefined, (rest) => rest.where('id', '>', after ?? ''))
    .$if(businessId !== undefined, (some) => some.where('business_id', '=', businessId ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** A card whose suspension changed: its reason before and now. */
export interface SettledCard {
  readonly cardId: string;
  readonly businessId: string;
  readonly personId: string;
  readonly was: string | null;
  readonly reason: ConditionCode | null;
}

/** One at a time settles cards: what was read is written before somebody else reads. */
export async function lockSettling({ query }: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('cards.conditions', 0))`.execute(query);
}

/** Suspends each card for its reason, or no longer; returns those of which it was otherwise. */
export async function settleCards(
  { query }: Transaction,
  settled: readonly { readonly cardId: string; readonly reason: ConditionCode | null }[],
): Promise<SettledCard[]> {
  if (settled.length === 0) return [];
  const { rows } = await sql<SettledCard>`
    select card_id as "cardId", business_id as "businessId", person_id as "personId", was, reason
    from settle_cards(${settled.map(({ cardId }) => cardId)}::uuid[], ${settled.map(({ reason }) => reason)}::text[])`.execute(
    query,
  );
  return rows;
}
