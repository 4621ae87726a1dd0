import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { numberTakenAt } from '../messages/index.ts';
import { type CardConditions, readVerdicts } from './condition-records.ts';
import type { ConditionSettings } from './conditions.ts';
import {
  blockOwnCard,
  isWithheld,
  listOwnCards,
  listOwnDisclosures,
  listOwnWorkersWithoutCard,
  readOwnCard,
  type OwnCard,
  type OwnDisclosure,
  type OwnWorker,
} from './own-records.ts';
import type { OwnReportReason } from './rules.ts';

/** What a worker's own pages need. */
export interface OwnCardDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly conditions: ConditionSettings;
}

type Reading = Pick<OwnCardDeps, 'database'>;

/** How many are shown beside the cards, and on a page of their own. */
const DISCLOSURES = { beside: 5, page: 50 } as const;

export interface OwnCards {
  readonly cards: readonly OwnCard[];
  /** Oneself as a worker of businesses that no card is from. */
  readonly workers: readonly OwnWorker[];
  /** How the conditions of each card stand. */
  readonly conditions: ReadonlyMap<string, CardConditions>;
  readonly disclosures: readonly OwnDisclosure[];
  /** There are more disclosures than these. */
  readonly more: boolean;
  /** The public check does not answer for these cards, since the holder's address is protected. */
  readonly withheld: boolean;
  /** When the number that opened the cards was lost to whoever proved it since; null where it was not. */
  readonly numberTakenAt: Date | null;
}

/** The cards of whoever is logged in, over all employers, and who saw their data last. No right is asked for: it is oneself. */
export function seeOwnCards(
  { database, conditions }: Pick<OwnCardDeps, 'database' | 'conditions'>,
  tokenHash: Uint8Array,
): Promise<OwnCards> {
  return inTransaction(database, { kind: 'session', tokenHash }, async (transaction) => {
    const seen = await listOwnDisclosures(transaction, { limit: DISCLOSURES.beside + 1 });
    const cards = await listOwnCards(transaction);
    const ids = cards.map(({ id }) => id);
    return {
      cards,
      workers: await listOwnWorkersWithoutCard(transaction),
      conditions: await readVerdicts(transaction, ids, conditions),
      disclosures: seen.slice(0, DISCLOSURES.beside),
      more: seen.length > DISCLOSURES.beside,
      withheld: await isWithheld(transaction),
      numberTakenAt: await numberTakenAt(transaction),
    };
  });
}

/** Who saw the data of whoever is logged in: a page of it, the latest first, with whether there is more. */
export function seeOwnDisclosures(
  { database }: Reading,
  tokenHash: Uint8Array,
  before: string | undefined,
): Promise<Pick<OwnCards, 'disclosures' | 'more'>> {
  return inTransaction(database, { kind: 'session', tokenHash }, async (transaction) => {
    const seen = await listOwnDisclosures(transaction, { limit: DISCLOSURES.page + 1, before });
    return { disclosures: seen.slice(0, DISCLOSURES.page), more: seen.length > DISCLOSURES.page };
  });
}

/** One card of one's own; undefined when it is another's or there is none. */
export function seeOwnCard(
  { database }: Reading,
  tokenHash: Uint8Array,
  cardId: string,
): Promise<OwnCard | undefined> {
  return inTransaction(database, { kind: 'session', tokenHash }, (transaction) =>
    readOwnCard(transaction, cardId),
  );
}

/**
 * Takes a card of one's own out of use with the next check of it, for good; audited, and told to the business, its officers and
 * the worker. `already-blocked` changes and tells nothing, so that a report sent twice is one.
 */
export function reportOwnCard(
  { database, notify }: OwnCardDeps,
  tokenHash: Uint8Array,
  cardId: string,
  reason: OwnReportReason,
): Promise<Result<undefined, 'missing' | 'already-blocked'>> {
  return inTransaction(database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const card = await readOwnCard(transaction, cardId);
    const { session } = transaction.facts;
    if (card === undefined || session === undefined) return err('missing');
    const blocked = await blockOwnCard(transaction, cardId, reason);
    if (blocked === undefined) return err('already-blocked');
    await appendAudit(transaction, {
      action: 'cards.reported-by-holder',
      decision: 'allowed',
      businessId: blocked.businessId,
      subject: { kind: 'card', id: cardId },
      changes: { reason, from: blocked.from },
    });
    const parameters = { number: card.number, person: session.name, employer: card.employerName };
    await notify(transaction, {
      template: `cards:notice.holder-${reason}`,
      businessId: blocked.businessId,
      unitId: card.unitId,
      businessToo: true,
      parameters,
      audience: 'business-and-officers',
    });
    await notify(transaction, {
      template: `cards:notice.own-${reason}`,
      businessId: null,
      parameters,
      audience: 'person',
      personId: session.personId,
    });
    return ok(undefined);
  });
}
