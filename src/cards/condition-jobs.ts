import { z } from 'zod';
import type { Notify } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue, type Task } from '../jobs/index.ts';
import {
  lockSettling,
  nextCards,
  readConditions,
  settleCards,
  type SettledCard,
} from './condition-records.ts';
import { ahead, changed, noteConditions } from './condition-notices.ts';
import { tellConditions } from './condition-telling.ts';
import { type ConditionSettings, judge, returnOf, suspensionOf, warningsOf } from './conditions.ts';

export interface ConditionTaskDeps {
  readonly database: Pick<Database, 'request'>;
  readonly notify: Notify;
  readonly conditions: ConditionSettings;
}

const SETTLE = 'cards.settle';
/** So many cards in one transaction: one that breaks off loses no more. */
const BATCH = 1000;

const payloadShape = z.object({ businessId: z.uuid().optional() });

/** The task that suspends cards whose conditions fail, and lifts it when they hold again: of all each hour, of one business when asked. */
export function createConditionTasks(deps: ConditionTaskDeps): Task[] {
  return [
    {
      name: SETTLE,
      cron: '10 * * * *',
      run: (payload) => settleConditions(deps, payloadShape.safeParse(payload).data?.businessId),
    },
  ];
}

/** Has a business's cards follow what has just been learnt of it, soon after the transaction; several wishes become one. */
export async function settleSoon(transaction: Pick<Transaction, 'query'>, businessId: string): Promise<void> {
  await enqueue(transaction, SETTLE, { businessId }, { key: `${SETTLE}:${businessId}` });
}

/** Judges every card that is not blocked or expired, or those of one business, and tells what follows; doing it again does nothing. */
export async function settleConditions(deps: ConditionTaskDeps, businessId?: string): Promise<void> {
  let after: string | undefined;
  do after = await settleBatch(deps, after, businessId);
  while (after !== undefined);
  await tellConditions(deps.database, deps.notify);
}

/** Returns the last card of the batch, undefined when there are none after it. */
function settleBatch(
  { database, conditions }: ConditionTaskDeps,
  after: string | undefined,
  businessId: string | undefined,
): Promise<string | undefined> {
  return inTransaction(database, { kind: 'job', name: SETTLE }, async (transaction) => {
    await lockSettling(transaction);
    const ids = await nextCards(transaction, after, businessId, BATCH);
    const cards = await readConditions(transaction, ids);
    const { now } = transaction;
    const judged = cards.map((card) => {
      const verdicts = judge(card.facts, conditions, now);
      const warnings = warningsOf(card.facts, verdicts, now).map((one) =>
        ahead('foreseen', card.cardId, one),
      );
      const back = returnOf(verdicts, now);
      const notices = back === undefined ? warnings : [...warnings, ahead('return', card.cardId, back)];
      return { ...card, reason: suspensionOf(verdicts), notices };
    });
    const settled = await settleCards(
      transaction,
      judged.filter(({ reason, suspendedReason }) => reason !== suspendedReason),
    );
    await auditSettled(transaction, settled);
    await noteConditions(transaction, [
      ...settled.map((card) => changed(card, now)),
      ...judged.flatMap(({ notices }) => notices),
    ]);
    return ids.length < BATCH ? undefined : ids.at(-1);
  });
}

async function auditSettled(transaction: Transaction, settled: readonly SettledCard[]): Promise<void> {
  const byBusiness = Map.groupBy(settled, ({ businessId }) => businessId);
  for (const [businessId, cards] of byBusiness) {
    await appendAudit(transaction, {
      action: 'cards.followed-conditions',
      decision: 'allowed',
      businessId,
      subject: { kind: 'business', id: businessId },
      changes: {
        suspended: cards.filter(({ reason }) => reason !== null).length,
        lifted: cards.filter(({ reason }) => reason === null).length,
      },
    });
  }
}
