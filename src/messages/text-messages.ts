import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import type { JobLog } from '../jobs/index.ts';
import { err, ok } from '../kernel/result.ts';
import type { AltinnNotifications, TextMessageStatus } from '../registers/index.ts';
import type { TextMessages } from './actions.ts';
import { noteBounce } from './escalation.ts';
import type { BounceReason } from './escalation-records.ts';
import * as records from './records.ts';

/** Text messages through Altinn Notifications; undefined where that is not set up. */
export function createTextMessages(
  altinn: AltinnNotifications | undefined,
  hasText: TextMessages['hasText'],
): TextMessages | undefined {
  if (altinn === undefined) return undefined;
  return {
    hasText,
    send: async (sms) => {
      const ordered = await altinn.orderSms(sms);
      if (ordered.ok) return ok(ordered.value.shipmentId);
      const { kind } = ordered.error;
      // Only of the number itself may nothing better be hoped for: a refusal of us is mended by whoever runs this.
      return err({ kind: kind === 'invalid' ? 'refused' : 'unavailable', reason: `SMS ${kind}` });
    },
    statusOf: async (shipmentId) => {
      const status = await altinn.status(shipmentId);
      return status.ok ? status : err(status.error.kind);
    },
  };
}

export const FOLLOW = 'messages.follow';

const LOT = 200;
const BOUNCES: Readonly<Partial<Record<TextMessageStatus, BounceReason>>> = {
  'no-such-number': 'no-mailbox',
  refused: 'refused',
  failed: 'other',
};

/**
 * Asks what became of text messages that were ordered, until each is delivered or has failed, and two days at most. One that
 * failed counts as an e-mail that came back.
 */
export async function followTexts({
  database,
  texts,
  log,
}: {
  readonly database: Pick<Database, 'request'>;
  readonly texts?: TextMessages | undefined;
  readonly log: JobLog;
}): Promise<void> {
  if (texts === undefined) return;
  const job = { kind: 'job', name: FOLLOW } as const;
  const due = await inTransaction(database, job, (transaction) => records.takeTexts(transaction, LOT));
  for (const { id, shipmentId } of due) {
    const status = await texts.statusOf(shipmentId);
    if (!status.ok) {
      log.warn({ reason: status.error }, 'It cannot be told just now what became of text messages');
      return;
    }
    const bounce = BOUNCES[status.value];
    if (bounce !== undefined) await noteBounce({ database }, id, bounce);
    if (status.value === 'delivered')
      await inTransaction(database, job, (transaction) => records.noteDelivered(transaction, id));
  }
}
