import { z } from 'zod';
import type { Task } from '../jobs/index.ts';
import {
  DELIVER,
  deliverNotice,
  forgetLetters,
  type MessageDeps,
  SEND,
  sendDelivery,
  sweepNotices,
} from './actions.ts';
import { DIGEST, sendDigests } from './digests.ts';
import { DISPATCH, runDispatch, sweepDispatches, TAKE_STEPS } from './dispatches.ts';
import { type EscalationDeps, takeSteps } from './escalation.ts';
import { FOLLOW, followTexts } from './text-messages.ts';

const noticePayload = z.object({ noticeId: z.uuid() });
const dispatchPayload = z.object({ dispatchId: z.uuid() });
const deliveryPayload = z.object({ deliveryId: z.uuid() });

/**
 * Tasks that make threads of what case officers write, take further what is not read, turn notices into e-mails and text
 * messages, send them, tell together what people want told once a day, ask what became of text messages, and twice an hour take up what was left lying.
 */
export function createMessageTasks(deps: MessageDeps & EscalationDeps): Task[] {
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
        if (!sent.ok) throw new Error('What was sent was not taken.');
      },
    },
    { name: DISPATCH, run: (payload) => runDispatch(deps, dispatchPayload.parse(payload).dispatchId) },
    { name: TAKE_STEPS, cron: '* * * * *', run: () => takeSteps(deps) },
    { name: DIGEST, cron: '* * * * *', run: () => sendDigests(deps) },
    { name: FOLLOW, cron: '* * * * *', run: () => followTexts(deps) },
    {
      name: 'messages.sweep',
      cron: '*/30 * * * *',
      run: async () => {
        await sweepNotices(deps);
        await forgetLetters(deps);
        await sweepDispatches(deps);
      },
    },
  ];
}
