import { z } from 'zod';
import type { Task } from '../jobs/index.ts';
import { DELIVER, deliverNotice, type MessageDeps, SEND, sendDelivery, sweepNotices } from './actions.ts';

const noticePayload = z.object({ noticeId: z.uuid() });
const deliveryPayload = z.object({ deliveryId: z.uuid() });

/** Tasks that turn notices into e-mails, send them, and twice an hour take up what was left lying. */
export function createMessageTasks(deps: MessageDeps): Task[] {
  return [
    {
      name: DELIVER,
      run: async (payload) => {
        const delivered = await deliverNotice(deps, noticePayload.parse(payload).noticeId);
        // Thrown so that the queue tries again later: a notice is never dropped for a register's sake.
        if (!delivered.ok) throw new Error('The contact register did not answer.');
      },
    },
    {
      name: SEND,
      run: async (payload) => {
        const sent = await sendDelivery(deps, deliveryPayload.parse(payload).deliveryId);
        if (!sent.ok) throw new Error('The mail server did not take the e-mail.');
      },
    },
    { name: 'messages.sweep', cron: '*/30 * * * *', run: () => sweepNotices(deps) },
  ];
}
