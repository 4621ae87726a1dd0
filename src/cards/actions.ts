import {
  act,
  look,
  type ActingFor,
  type ActionRequest,
  type Notify,
  type Permitted,
  type Refused,
  type Right,
} from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { ReplacementReason } from '../orders/index.ts';
import { readCodes } from '../offline/index.ts';
import { discloseWorkers } from '../workers/index.ts';
import { type CardConditions, readVerdicts } from './condition-records.ts';
import type { ConditionSettings } from './conditions.ts';
import {
  insertBlock,
  listCards,
  openCardsOf,
  readCard,
  readPhoto,
  readPlannedCard,
  type Card,
  type ListedCard,
  type PlannedCard,
  type PrintedCard,
} from './records.ts';
import { type CardReturn, openReturn } from './return-records.ts';
import type { BlockReason } from './rules.ts';

/** What showing and blocking cards needs. */
export interface CardDependencies {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly conditions: ConditionSettings;
}

/** What a page shows, with the transaction's facts for its frame and its buttons. */
export type Seen<T> = T & { readonly permitted: Permitted };

const missing: Refused = { kind: 'missing' };

/** Who does not see a card cannot say that it is lost. */
const blocking = { right: 'cards.block', besides: ['cards.read'], action: 'cards.block' } as const;

/** Lists cards, the newest first; the asker's look at each holder's name is recorded. */
export function seeCards(
  { database }: CardDependencies,
  acting: ActingFor,
  search: { readonly text?: string; readonly limit: number; readonly offset: number },
): Promise<Result<Seen<{ readonly cards: readonly ListedCard[]; readonly count: number }>, Refused>> {
  return look(database, acting, { right: 'cards.read', action: 'cards.list' }, async (permitted) => {
    const found = await listCards(permitted, search);
    const workers = found.cards.map((card) => card.workerId);
    await discloseWorkers(permitted, workers, ['name'], 'card-list');
    return { ...found, permitted };
  });
}

/** A card, with how its conditions stand for those who may know, and where it lies with the issuer since it came back. */
export type SeenCard = Seen<{
  readonly card: Card;
  readonly conditions: CardConditions | undefined;
  readonly returned: CardReturn | undefined;
}>;

/** Everything about one card; `missing` also for one that the asker may not see. */
export function seeCard(
  deps: CardDependencies,
  acting: ActingFor,
  cardId: string,
): Promise<Result<SeenCard, Refused>> {
  return readSeen(deps, acting, { right: 'cards.read', action: 'cards.see' }, cardId);
}

function readSeen(
  deps: CardDependencies,
  acting: ActingFor,
  request: ActionRequest,
  cardId: string,
): Promise<Result<SeenCard, Refused>> {
  return readOne(deps, acting, request, cardId, async (permitted, card) => {
    const fields = card.birthDate === null ? ['name'] : ['name', 'birth-date'];
    await discloseWorkers(permitted, [card.workerId], fields, 'card');
    const verdicts = await readVerdicts(permitted, [cardId], deps.conditions);
    const returned = card.production === 'returned' ? await openReturn(permitted, cardId) : undefined;
    return { card, conditions: verdicts.get(cardId), returned, permitted };
  });
}

/** What `read` makes of a card that the asker reaches; `missing` also where it makes nothing of it. */
async function readOne<T>(
  { database }: CardDependencies,
  acting: ActingFor,
  request: ActionRequest,
  cardId: string,
  read: (permitted: Permitted, card: Card) => Promise<T | undefined>,
): Promise<Result<T, Refused>> {
  const seen = await look(database, acting, request, async (permitted) => {
    const card = await readReachable(permitted, cardId);
    return card === undefined ? undefined : read(permitted, card);
  });
  if (!seen.ok) return seen;
  return seen.value === undefined ? err(missing) : ok(seen.value);
}

/** A card that is about to be blocked. */
export function seeCardToBlock(
  deps: CardDependencies,
  acting: ActingFor,
  cardId: string,
): Promise<Result<SeenCard, Refused>> {
  return readSeen(deps, acting, blocking, cardId);
}

/** What the QR code of a card's front leads to. It says nothing of the holder. */
export function seeToken(
  deps: CardDependencies,
  acting: ActingFor,
  cardId: string,
): Promise<Result<string, Refused>> {
  const request = { right: 'cards.read', action: 'cards.see' } as const;
  return readOne(deps, acting, request, cardId, (_, { token }) => Promise.resolve(token));
}

/** The front of a card, with its holder's photo where the asker may see photos. */
export function seeFront(
  deps: CardDependencies,
  acting: ActingFor,
  cardId: string,
  size: 'thumbnail' | 'image',
): Promise<Result<{ readonly card: PrintedCard; readonly photo: Buffer | undefined }, Refused>> {
  return seePrinted(deps, acting, cardId, async (permitted, card) => {
    const photo = await readPhoto(permitted, cardId, size);
    const fields = ['name', 'birth-date', ...(photo === undefined ? [] : ['photo'])];
    await discloseWorkers(permitted, [card.workerId], fields, 'card');
    return { card, photo };
  });
}

/** The back of a card, with the code that proves the card without a network; no vendor has that. */
export function seeBack(
  deps: CardDependencies,
  acting: ActingFor,
  cardId: string,
): Promise<Result<{ readonly card: PrintedCard; readonly code: string | undefined }, Refused>> {
  return seePrinted(deps, acting, cardId, async (permitted, card) => {
    const code = (await readCodes(permitted, [cardId])).get(cardId);
    // A telephone reads both from it.
    if (code !== undefined) await discloseWorkers(permitted, [card.workerId], ['name', 'birth-date'], 'card');
    return { card, code };
  });
}

/** A card as it is printed. It shows the birth date, which a vendor knows from the worker list alone. */
function seePrinted<T>(
  deps: CardDependencies,
  acting: ActingFor,
  cardId: string,
  read: (permitted: Permitted, card: PrintedCard) => Promise<T>,
): Promise<Result<T, Refused>> {
  const besides: readonly Right[] = acting.vendor === undefined ? [] : ['workers.read'];
  const request = { right: 'cards.read', besides, action: 'cards.see' } as const;
  return readOne(deps, acting, request, cardId, async (permitted, { birthDate, ...card }) =>
    birthDate === null ? undefined : read(permitted, { ...card, birthDate }),
  );
}

/**
 * The card that a worker would get, for whoever sees the worker list, since it shows name and birth date; `missing` also where
 * no type of card is set for the business.
 */
export async function seePlannedCard(
  { database }: Pick<CardDependencies, 'database'>,
  acting: ActingFor,
  workerId: string,
): Promise<Result<{ readonly card: PlannedCard; readonly cardType: string }, Refused>> {
  const request = { right: 'workers.read', action: 'cards.preview' } as const;
  const seen = await look(database, acting, request, async (permitted) => {
    const { business } = permitted.facts;
    const cardType = business?.cardType ?? undefined;
    const card = business ? await readPlannedCard(permitted, business.id, workerId) : undefined;
    if (card === undefined || cardType === undefined) return undefined;
    if (!permitted.use('workers.read', { unitId: card.unitId, workerId }).allowed) return undefined;
    const fields = ['name', 'birth-date', ...(card.photo === null ? [] : ['photo'])];
    await discloseWorkers(permitted, [workerId], fields, 'card');
    return { card, cardType };
  });
  if (!seen.ok) return seen;
  return seen.value === undefined ? err(missing) : ok(seen.value);
}

/** What blocking may come to. */
export type Blocked = Result<undefined, Refused | { readonly kind: 'already-blocked' }>;

/** Takes a card out of use with the next check of it; audited, and told to the business and its officers. */
export function blockCard(
  { database, notify }: CardDependencies,
  acting: ActingFor,
  cardId: string,
  reason: BlockReason,
): Promise<Blocked> {
  return act(database, acting, blocking, async (permitted): Promise<Blocked> => {
    const card = await readReachable(permitted, cardId);
    if (card === undefined) return err(missing);
    if (!permitted.use('cards.block', subjectOf(card)).allowed) return err(missing);
    if (!(await block(permitted, notify, card, reason))) return err({ kind: 'already-blocked' });
    return ok(undefined);
  });
}

/** Blocks, audits and tells; false when the card was blocked before. */
async function block(
  permitted: Permitted,
  notify: Notify,
  card: Card,
  reason: BlockReason,
): Promise<boolean> {
  if (!(await insertBlock(permitted, card.id, reason))) return false;
  await permitted.audit({
    action: blocking.action,
    subject: { kind: 'card', id: card.id },
    changes: { reason, from: card.state },
  });
  await notify(permitted, {
    template: `cards:notice.${reason}`,
    businessId: permitted.facts.business?.id ?? null,
    unitId: card.unitId,
    businessToo: true,
    parameters: { number: card.number, ...actorOf(permitted) },
    audience: 'business-and-officers',
  });
  return true;
}

/**
 * Blocks the cards of a worker who is about to get another, within the transaction that orders it; refused as blocking a card
 * by itself is. Fills the port of orders.
 */
export async function blockCardsOf(
  notify: Notify,
  permitted: Permitted,
  workerId: string,
  reason: ReplacementReason,
): Promise<Result<undefined, Refused>> {
  for (const cardId of await openCardsOf(permitted, workerId)) {
    const card = await readReachable(permitted, cardId);
    if (card === undefined) return err(missing);
    const decision = permitted.use('cards.block', subjectOf(card));
    if (!decision.allowed) return err({ kind: 'refused', refusal: decision.refusal });
    await block(permitted, notify, card, reason);
  }
  return ok(undefined);
}

/** What a decision about the card turns on. */
export function subjectOf(card: Pick<Card, 'unitId' | 'workerId' | 'vendorId'>) {
  return { unitId: card.unitId, workerId: card.workerId, madeByVendorId: card.vendorId };
}

/** The database leaves out what the asker may not see, and the rules are asked as well. */
export async function readReachable(permitted: Permitted, cardId: string): Promise<Card | undefined> {
  const card = await readCard(permitted, cardId);
  return card !== undefined && permitted.use('cards.read', subjectOf(card)).allowed ? card : undefined;
}

function actorOf({ facts }: Permitted): { person: string; onBehalfOf: string } {
  return {
    person: facts.session?.name ?? '',
    onBehalfOf: facts.mandate?.vendor?.name ?? facts.business?.name ?? '',
  };
}
