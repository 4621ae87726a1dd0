import type { Database } from '../database/database.ts';
import { enqueue } from '../jobs/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from '../staff/index.ts';
import { TAKE_STEPS } from './dispatches.ts';
import type { PdfProblem } from '../web/pdf-file.ts';
import { fileHash, prepareAttachment, readAttachment, type Written } from './inbox.ts';
import * as records from './staff-thread-records.ts';
import { findThread, insertMessage, type Thread } from './thread-records.ts';

/** What a case officer's work with threads needs. */
export interface OverseenDeps {
  readonly database: Pick<Database, 'request'>;
}

export const OVERSEEN_PER_PAGE = 25;

const overseeing = { right: 'messages.oversee', action: 'messages.overseen' } as const;

/** A page of the own authority's threads. */
export function viewOverseen(
  { database }: OverseenDeps,
  acting: StaffActing,
  wanted: { readonly page: number; readonly show: records.ThreadFilter },
) {
  return lookAsStaff(database, acting, overseeing, async (permitted) => ({
    permitted,
    ...(await records.listOverseen(permitted, { ...wanted, size: OVERSEEN_PER_PAGE })),
  }));
}

/** A thread with what was done so that it is read. */
export interface OverseenThread {
  readonly thread: Thread;
  readonly recipient: records.LetterRecipient;
  readonly steps: readonly records.StepLine[];
  readonly deliveries: readonly records.DeliveryLine[];
}

/**
 * Opens a thread of the own authority: those whose names it shows can see that it was, and a business's answer counts as
 * seen. Without it when there is none.
 */
export function openOverseen({ database }: OverseenDeps, acting: StaffActing, id: string) {
  return lookAsStaff(database, acting, overseeing, async (permitted) => {
    const view = await viewOf(permitted, id);
    if (view !== undefined) await records.noteOpened(permitted, view.thread.id);
    return { permitted, view };
  });
}

async function viewOf(permitted: StaffPermitted, id: string): Promise<OverseenThread | undefined> {
  const thread = isUuid(id) ? await findThread(permitted, id) : undefined;
  const recipient = thread && (await records.letterRecipient(permitted, thread.id));
  if (thread === undefined || recipient === undefined) return undefined;
  return {
    thread,
    recipient,
    steps: await records.stepsOf(permitted, thread.id),
    deliveries: await records.deliveriesOf(permitted, thread.id),
  };
}

/** Writes further in a thread; what is new is told and has to be read, as the first message was. */
export function writeFurther(
  { database }: OverseenDeps,
  acting: StaffActing,
  written: Written,
): Promise<Result<undefined, PdfProblem | 'unknown' | StaffRefused>> {
  const request = { right: 'messages.write', action: 'messages.written' } as const;
  return actAsStaff<undefined, PdfProblem | 'unknown'>(database, acting, request, async (permitted) => {
    const thread = isUuid(written.threadId) ? await findThread(permitted, written.threadId) : undefined;
    if (thread === undefined) return err('unknown');
    const attachment = prepareAttachment(written.file);
    if (!attachment.ok) return attachment;
    const messageId = await insertMessage(permitted, {
      key: written.key,
      threadId: thread.id,
      businessId: thread.businessId,
      side: 'authority',
      body: written.body,
      attachment: attachment.value,
    });
    await enqueue(permitted, TAKE_STEPS, {}, { key: TAKE_STEPS });
    await permitted.audit({
      businessId: thread.businessId,
      subject: { kind: 'message-thread', id: thread.id },
      changes: messageId === undefined ? { repeated: true } : { messageId, ...fileHash(attachment.value) },
    });
    return ok(undefined);
  });
}

/** A file of a thread of the own authority. */
export function openOverseenAttachment(
  { database }: OverseenDeps,
  acting: StaffActing,
  wanted: { readonly threadId: string; readonly attachmentId: string },
) {
  return lookAsStaff(database, acting, overseeing, (permitted) => readAttachment(permitted, wanted));
}

/** Notes that the letter of a thread has been posted: from then on the business counts as notified by it. */
export function notePosted(
  { database }: OverseenDeps,
  acting: StaffActing,
  posted: { readonly threadId: string; readonly reference: string },
): Promise<Result<undefined, 'unknown' | 'not-for-post' | StaffRefused>> {
  const request = { right: 'messages.write', action: 'messages.posted' } as const;
  return actAsStaff<undefined, 'unknown' | 'not-for-post'>(database, acting, request, async (permitted) => {
    const thread = isUuid(posted.threadId) ? await findThread(permitted, posted.threadId) : undefined;
    if (thread === undefined) return err('unknown');
    if (!(await records.markPosted(permitted, thread.id, posted.reference))) return err('not-for-post');
    await permitted.audit({
      businessId: thread.businessId,
      subject: { kind: 'message-thread', id: thread.id },
      changes: { reference: posted.reference },
    });
    return ok(undefined);
  });
}
