import { createHash, randomInt } from 'node:crypto';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { signCardCode } from './card-code.ts';
import type { KeyRing } from './keys.ts';
import { signStatusList } from './list-signing.ts';
import {
  cardsWithoutCode,
  insertCodes,
  readLists,
  readStatuses,
  storeList,
  takenIndices,
  takeOpenList,
  type OpenList,
  type SignedList,
  type UncodedCard,
} from './records.ts';
import { packStatuses } from './status-list.ts';

/** What signing codes and lists takes. */
export interface OfflineSettings {
  readonly keys: KeyRing;
  /** Our own address, `https://kortvakt.no`: where the lists are published. */
  readonly origin: string;
  /** Who issues the cards, as it stands on them. */
  readonly issuerName: string;
  /** Days for which a list may be believed without a newer one. */
  readonly listDays: number;
}

export interface OfflineDependencies extends OfflineSettings {
  readonly database: Pick<Database, 'request'>;
}

export const signCodesTask = 'offline.sign';
export const publishTask = 'offline.publish';

/** Two to the twentieth: a quarter of a megabyte before it is compressed, and half full at half a million cards. */
const LIST_SIZE = 2 ** 20;
const MOST_AT_ONCE = 500;
/** A list that says the same is signed anew after so long, so that readers know how old it is. */
const SIGN_AGAIN_MS = 5 * 60_000;
const TTL_SECONDS = 300;
const DAY_MS = 24 * 60 * 60_000;

/** Where a list is published. */
export function statusListPath(id: number | ':list{[0-9]{1,9}}'): string {
  return `/status/${String(id)}`;
}

/**
 * Signs a code for each card of the batch that has none, and gives it its place in a status list, within the transaction that
 * makes the cards. Returns how many there were.
 */
export async function signCodes(
  transaction: Transaction,
  settings: OfflineSettings,
  batchId?: string,
): Promise<number> {
  const which = batchId === undefined ? {} : { batchId };
  const cards = await cardsWithoutCode(transaction, { ...which, limit: MOST_AT_ONCE });
  if (cards.length === 0) return 0;
  const list = await takeOpenList(transaction, LIST_SIZE);
  const indices = await drawIndices(transaction, list, cards.length);
  const { signing } = settings.keys;
  const codes = await Promise.all(
    cards.map(async (card, at) => {
      const index = indices[at] ?? 0;
      return { card, index, code: await signCardCode(codedCard(card, settings, list.id, index), signing) };
    }),
  );
  await insertCodes(transaction, list.id, codes);
  return cards.length;
}

function codedCard(card: UncodedCard, settings: OfflineSettings, listId: number, statusIndex: number) {
  const { number, cardType, holderName, birthDate, employerName, organisationNumber, issuedAt, expiresAt } =
    card;
  return {
    ...{ number, cardType, holderName, birthDate, employerName, organisationNumber, issuedAt, expiresAt },
    issuerName: settings.issuerName,
    statusList: `${settings.origin}${statusListPath(listId)}`,
    statusIndex,
  };
}

/** Free places in a list that is at most half full, drawn so that neither order nor number of the cards can be told from them. */
async function drawIndices(transaction: Transaction, list: OpenList, count: number): Promise<number[]> {
  const free = new Set<number>();
  while (free.size < count) {
    const drawn = Array.from({ length: count }, () => randomInt(list.size));
    const taken = await takenIndices(transaction, list.id, drawn);
    for (const index of drawn) if (!taken.has(index) && free.size < count) free.add(index);
  }
  return [...free];
}

/** Signs codes for cards that were made before there were any, some at a time. */
export async function signMissingCodes({ database, ...settings }: OfflineDependencies): Promise<void> {
  const some = () =>
    inTransaction(database, { kind: 'job', name: signCodesTask }, (transaction) =>
      signCodes(transaction, settings),
    );
  while ((await some()) === MOST_AT_ONCE) {
    // Until there are none left.
  }
}

/** Publishes each list that says something new, or was signed some minutes ago. */
export async function publishLists(deps: OfflineDependencies): Promise<void> {
  const job = { kind: 'job', name: publishTask } as const;
  const lists = await inTransaction(deps.database, job, (transaction) => readLists(transaction));
  for (const list of lists) {
    await inTransaction(deps.database, job, (transaction) => publishList(transaction, deps, list));
  }
}

async function publishList(
  transaction: Transaction,
  { keys, origin, listDays }: OfflineSettings,
  list: SignedList,
): Promise<void> {
  const statuses = packStatuses(await readStatuses(transaction, list.id), list.size);
  const statusesHash = createHash('sha256').update(statuses).digest();
  const age = transaction.now.getTime() - (list.signedAt?.getTime() ?? 0);
  if (list.statusesHash?.equals(statusesHash) === true && age >= 0 && age < SIGN_AGAIN_MS) return;
  const token = await signStatusList(
    {
      address: `${origin}${statusListPath(list.id)}`,
      issuedAt: transaction.now,
      expiresAt: new Date(transaction.now.getTime() + listDays * DAY_MS),
      ttl: TTL_SECONDS,
      statuses,
    },
    keys.signing,
  );
  await storeList(transaction, list.id, { token, statusesHash });
}
