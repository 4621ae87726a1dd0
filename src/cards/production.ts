import { randomBytes, randomInt } from 'node:crypto';
import { z } from 'zod';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { signCodes, type OfflineSettings } from '../offline/index.ts';
import { enqueue, type JobLog } from '../jobs/index.ts';
import type { CardIssuer, ProductionStatus } from '../registers/index.ts';
import {
  closeEmpty,
  closeWhenShipped,
  deleteCards,
  heldCards,
  insertBatch,
  insertCards,
  markHandedOver,
  markSent,
  markUnsent,
  moveCards,
  moveLines,
  overdueBatches,
  planNextStep,
  readBatch,
  readCardsToProduce,
  takeReadyLines,
  type HeldCard,
} from './production-records.ts';
import { expiryOf, secondsToNextLook } from './rules.ts';

/** What making cards needs. */
export interface ProductionDependencies {
  readonly database: Pick<Database, 'request'>;
  readonly issuer: Pick<CardIssuer, 'sendBatch' | 'batchStatus'>;
  readonly log: JobLog;
  /** Our own address, `https://kortvakt.no`: what the QR codes lead to. */
  readonly origin: string;
  /** Told in the transaction that sends cards into production: the port through which invoices hear of it. */
  readonly inProduction?: (transaction: Transaction) => Promise<void>;
  /** What the codes are signed with that prove a card without a network. */
  readonly offline: OfflineSettings;
  /** How soon the issuer is asked how far it has come; 3 unless said otherwise. */
  readonly followSeconds?: number;
  /** Cards in a batch; 50 unless said otherwise, 500 at most. */
  readonly batchSize?: number;
}

export const produceTask = 'cards.produce';
export const sendBatchTask = 'cards.send-batch';
export const followBatchTask = 'cards.follow-batch';

const batchPayload = z.object({ batchId: z.uuid() });
const FOLLOW_SECONDS = 3;
const GRACE_SECONDS = 30;
const RETRY_SECONDS = 20;
const NUMBERS_DRAWN = 50;

/**
 * Card numbers to choose a free one of: eight digits, none of them a leading zero, from the system's generator, so that
 * nothing follows from another card's. With millions of cards out, most still are free.
 */
export function drawCardNumbers(): string[] {
  return Array.from({ length: NUMBERS_DRAWN }, () => String(randomInt(10_000_000, 100_000_000)));
}

/** What a card's QR code leads by: 64 bits. */
const drawToken = () => randomBytes(8).toString('base64url');

/**
 * Asks for the ready lines to be made into cards, in the transaction that made one ready. The port through which orders
 * reach production.
 */
export function requestProduction(transaction: Pick<Transaction, 'query'>): Promise<void> {
  return enqueue(transaction, produceTask, {}, { key: produceTask });
}

/** Makes cards of all ready lines, a batch a transaction, and takes up batches that a process left behind. */
export async function produceCards(deps: ProductionDependencies): Promise<void> {
  while (await produceBatch(deps)) {
    // Until there are none left that nobody else is at work on.
  }
  await inTransaction(deps.database, { kind: 'job', name: produceTask }, async (transaction) => {
    for (const batch of await overdueBatches(transaction, GRACE_SECONDS)) {
      await continueBatch(transaction, batch.id, batch.sentAt === null ? sendBatchTask : followBatchTask);
    }
  });
}

function produceBatch(deps: ProductionDependencies): Promise<boolean> {
  const { batchSize = 50 } = deps;
  return inTransaction(deps.database, { kind: 'job', name: produceTask }, async (transaction) => {
    const lines = await takeReadyLines(transaction, batchSize);
    if (lines.length === 0) return false;
    const batchId = await insertBatch(transaction);
    const batch = { id: batchId, expiresAt: expiryOf(transaction.now) };
    await insertCards(transaction, batch, lines, drawToken);
    await signCodes(transaction, deps.offline, batchId);
    await moveLines(
      transaction,
      lines.map((line) => line.id),
      'in-production',
    );
    await auditByBusiness(transaction, 'cards.issue', batchId, lines);
    await deps.inProduction?.(transaction);
    await continueBatch(transaction, batchId, sendBatchTask);
    return true;
  });
}

function continueBatch(transaction: Transaction, batchId: string, task: string, runAt?: Date): Promise<void> {
  const key = `${task}:${batchId}`;
  return enqueue(transaction, task, { batchId }, runAt === undefined ? { key } : { key, runAt });
}

async function auditByBusiness(
  transaction: Transaction,
  action: string,
  batchId: string,
  things: readonly { readonly id: string; readonly businessId: string }[],
): Promise<void> {
  for (const [businessId, ofBusiness] of Map.groupBy(things, (thing) => thing.businessId)) {
    await appendAudit(transaction, {
      action,
      decision: 'allowed',
      businessId,
      subject: { kind: 'card-batch', id: batchId },
      changes: { count: ofBusiness.length, ids: ofBusiness.map((thing) => thing.id) },
    });
  }
}

/** What is to be done with a batch that is not sent: `ask` when the issuer may have cards that must not be sent now. */
type Prepared = 'nothing' | 'ask' | Awaited<ReturnType<typeof readCardsToProduce>>;

/**
 * Hands a batch to the issuer and then records it. Killed in between, it is sent again: the issuer knows it by its id,
 * and the cards were made before, so no answer that is lost makes a second card. What an emergency stop holds is taken
 * out before, as long as the issuer cannot have it.
 */
export async function sendBatch(deps: ProductionDependencies, payload: unknown): Promise<void> {
  const { batchId } = batchPayload.parse(payload);
  const cards = await prepareBatch(deps, batchId, false);
  if (cards === 'nothing') return;
  const received = cards === 'ask' ? await askAndSend(deps, batchId) : await handOver(deps, batchId, cards);
  if (received === 'nothing') return;
  await inTransaction(deps.database, sendJob, async (transaction) => {
    if (received) await markSent(transaction, batchId);
    const seconds = received ? (deps.followSeconds ?? FOLLOW_SECONDS) : RETRY_SECONDS;
    const runAt = await planNextStep(transaction, batchId, seconds);
    await continueBatch(transaction, batchId, received ? followBatchTask : sendBatchTask, runAt);
  });
}

const sendJob = { kind: 'job', name: sendBatchTask } as const;

/** Takes held cards out of a batch where that is safe, and hands back what is to be sent. */
function prepareBatch(
  { database, origin }: ProductionDependencies,
  batchId: string,
  unknownToIssuer: boolean,
): Promise<Prepared> {
  return inTransaction(database, sendJob, async (transaction) => {
    const batch = await readBatch(transaction, batchId);
    if (batch?.closedAt !== null || batch.sentAt !== null) return 'nothing';
    const held = await heldCards(transaction, batchId);
    if (held.length > 0 && batch.handedOverAt !== null && !unknownToIssuer) return 'ask';
    if (held.length > 0) await recall(transaction, batchId, held);
    const cards = await readCardsToProduce(transaction, batchId, origin);
    if (cards.length === 0) {
      await closeEmpty(transaction, batchId);
      return 'nothing';
    }
    await markHandedOver(transaction, batchId);
    return cards;
  });
}

async function recall(transaction: Transaction, batchId: string, held: readonly HeldCard[]): Promise<void> {
  await deleteCards(
    transaction,
    held.map((card) => card.id),
  );
  await moveLines(
    transaction,
    held.map((card) => card.lineId),
    'ready',
  );
  await auditByBusiness(transaction, 'cards.recall', batchId, held);
}

/** For a batch that was tried before: whether the issuer has it after all; if not, what is left of it is sent. */
async function askAndSend(deps: ProductionDependencies, batchId: string): Promise<boolean | 'nothing'> {
  const status = await deps.issuer.batchStatus(batchId);
  if (status.ok) return true;
  if (status.error.kind !== 'not-found') return false;
  const cards = await prepareBatch(deps, batchId, true);
  return typeof cards === 'string' ? 'nothing' : handOver(deps, batchId, cards);
}

async function handOver(
  { issuer, log }: ProductionDependencies,
  batchId: string,
  cards: Awaited<ReturnType<typeof readCardsToProduce>>,
): Promise<boolean> {
  const sent = await issuer.sendBatch({ batchId, cards });
  if (sent.ok) return true;
  // An issuer that says no to a batch that it already has (since our address changed meanwhile) has it all the same.
  if (sent.error.kind === 'refused' && (await issuer.batchStatus(batchId)).ok) return true;
  const level = sent.error.kind === 'refused' ? 'error' : 'warn';
  log[level]({ batchId, error: sent.error }, 'The card issuer did not take a batch; it is sent again');
  return false;
}

/** Records how far the issuer has come with a batch, and looks again later until all its cards are shipped. */
export async function followBatch(deps: ProductionDependencies, payload: unknown): Promise<void> {
  const { batchId } = batchPayload.parse(payload);
  const job = { kind: 'job', name: followBatchTask } as const;
  const open = await inTransaction(deps.database, job, async (transaction) => {
    const batch = await readBatch(transaction, batchId);
    return batch?.closedAt === null && batch.sentAt !== null;
  });
  if (!open) return;
  const status = await deps.issuer.batchStatus(batchId);
  if (!status.ok) {
    deps.log.warn({ batchId, error: status.error }, 'The card issuer did not say how far a batch has come');
  }
  await inTransaction(deps.database, job, async (transaction) => {
    if (!status.ok && status.error.kind === 'not-found') {
      await markUnsent(transaction, batchId);
      return continueBatch(transaction, batchId, sendBatchTask);
    }
    if (status.ok) await recordProgress(transaction, batchId, status.value.cards);
    if (await closeWhenShipped(transaction, batchId)) return undefined;
    return lookAgain(deps, transaction, batchId);
  });
}

async function recordProgress(
  transaction: Transaction,
  batchId: string,
  cards: readonly { readonly lineId: string; readonly status: ProductionStatus }[],
): Promise<void> {
  for (const step of ['acknowledged', 'produced', 'shipped'] as const) {
    const lineIds = cards.filter(({ status }) => shippedOr(status) === step).map((card) => card.lineId);
    const moved = await moveCards(transaction, batchId, lineIds, step);
    if (step !== 'shipped' || moved.length === 0) continue;
    await moveLines(
      transaction,
      moved.map((card) => card.lineId),
      'shipped',
    );
    await auditByBusiness(transaction, 'cards.ship', batchId, moved);
  }
}

/** What came back was shipped; that it came back is told apart, with what becomes of it. */
const shippedOr = (status: ProductionStatus) => (status === 'returned' ? 'shipped' : status);

async function lookAgain(
  { followSeconds = FOLLOW_SECONDS }: ProductionDependencies,
  transaction: Transaction,
  batchId: string,
): Promise<void> {
  const batch = await readBatch(transaction, batchId);
  const age = (transaction.now.getTime() - (batch?.createdAt ?? transaction.now).getTime()) / 1000;
  const runAt = await planNextStep(transaction, batchId, secondsToNextLook(age, followSeconds));
  await continueBatch(transaction, batchId, followBatchTask, runAt);
}
