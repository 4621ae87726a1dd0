import { createHash } from 'node:crypto';
import { act, type ActingFor, filesTooMany, look, type Permitted, type Refused } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { isUuid, uuidv7 } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';

import * as notices from './notice-records.ts';
import * as records from './thread-records.ts';
import { type PdfProblem, pdfProblem, safeFileName, type SentFile } from '../web/pdf-file.ts';
import { MAX_ATTACHMENT } from './threads.ts';

/** What showing and answering messages needs. */
export interface InboxDeps {
  readonly database: Pick<Database, 'request'>;
}

export const LINES_PER_PAGE = 25;

const reading = { right: 'messages.read', action: 'messages.list' } as const;

/** A page of the business's messages and of what the system has told it, the latest first. */
export function viewInbox(
  { database }: InboxDeps,
  acting: ActingFor,
  wanted: { readonly page: number; readonly part: notices.InboxPart },
) {
  return look(database, acting, reading, async (permitted: Permitted) => ({
    permitted,
    lines: await notices.listInbox(permitted, { ...wanted, size: LINES_PER_PAGE }),
    counts: await notices.countInbox(permitted),
  }));
}

/** Opens what the system has told the business, which notes who has read it and when; without it when there is none. */
export function openNotice({ database }: InboxDeps, acting: ActingFor, id: string) {
  return look(database, acting, reading, async (permitted: Permitted) => ({
    permitted,
    notice: await readNotice(permitted, 'business', id),
  }));
}

async function readNotice(transaction: Transaction, inbox: notices.Inbox, id: string) {
  if (!isUuid(id)) return undefined;
  await notices.noteNoticesRead(transaction, inbox, id);
  return notices.findShown(transaction, inbox, id);
}

/** Notes that all that the system has told the business is read. */
export function readAllNotices(
  { database }: InboxDeps,
  acting: ActingFor,
): Promise<Result<undefined, Refused>> {
  const request = { right: 'messages.read', action: 'messages.notices-read' } as const;
  return act<undefined, never>(database, acting, request, async (permitted) => {
    const count = await notices.noteNoticesRead(permitted, 'business');
    await permitted.audit({ changes: { count } });
    return ok(undefined);
  });
}

const asOneself = (tokenHash: Uint8Array) => ({ kind: 'session', tokenHash }) as const;

/** A page of what whoever is logged in has been told, the latest first. */
export function viewOwnNotices({ database }: InboxDeps, tokenHash: Uint8Array, page: number) {
  return inTransaction(database, asOneself(tokenHash), (transaction) =>
    notices.listOwn(transaction, { page, size: LINES_PER_PAGE }),
  );
}

/** Opens one of them, which is read from then on; undefined when it is not theirs. */
export function openOwnNotice({ database }: InboxDeps, tokenHash: Uint8Array, id: string) {
  return inTransaction(database, asOneself(tokenHash), (transaction) => readNotice(transaction, 'own', id));
}

/** Notes that all of them are read. */
export function readAllOwnNotices({ database }: InboxDeps, tokenHash: Uint8Array): Promise<number> {
  return inTransaction(database, asOneself(tokenHash), (transaction) =>
    notices.noteNoticesRead(transaction, 'own'),
  );
}

/** Opens a thread, which notes who has read what and when; without it when there is none of the business. */
export function openThread({ database }: InboxDeps, acting: ActingFor, id: string) {
  return look(database, acting, reading, async (permitted: Permitted) => {
    const thread = isUuid(id) ? await records.findThread(permitted, id) : undefined;
    if (thread === undefined) return { permitted, thread };
    await records.noteRead(permitted, thread.id);
    return { permitted, thread: await records.findThread(permitted, thread.id) };
  });
}

/** Looks a file through for its row. */
export function prepareAttachment(
  file: SentFile | undefined,
): Result<records.NewAttachment | undefined, PdfProblem> {
  if (file === undefined) return ok(undefined);
  const problem = pdfProblem(file.bytes, MAX_ATTACHMENT);
  if (problem !== undefined) return err(problem);
  return ok({
    id: uuidv7(),
    fileName: safeFileName(file.name),
    content: Buffer.from(file.bytes),
    sha256: createHash('sha256').update(file.bytes).digest(),
    bytes: file.bytes.length,
  });
}

/** What the audit says of a file: which one it was. */
export const fileHash = (file: Pick<records.NewAttachment, 'sha256'> | undefined) =>
  file === undefined ? {} : { sha256: file.sha256.toString('hex') };

/** What is sent to be added to a thread; `key`: see `NewMessage`. */
export interface Written extends Pick<records.NewMessage, 'key' | 'threadId' | 'body'> {
  readonly file: SentFile | undefined;
}

/** Answers the authority in a thread. */
export function answerThread(
  { database }: InboxDeps,
  acting: ActingFor,
  answer: Written,
): Promise<Result<undefined, PdfProblem | 'too-many-today' | 'unknown' | Refused>> {
  const request = { right: 'messages.read', action: 'messages.answered' } as const;
  return act(
    database,
    acting,
    request,
    async (permitted): Promise<Result<undefined, PdfProblem | 'too-many-today' | 'unknown'>> => {
      const thread = isUuid(answer.threadId)
        ? await records.findThread(permitted, answer.threadId)
        : undefined;
      if (thread === undefined) return err('unknown');
      const attachment = prepareAttachment(answer.file);
      if (!attachment.ok) return attachment;
      if (attachment.value !== undefined && (await filesTooMany(permitted))) return err('too-many-today');
      const messageId = await records.insertMessage(permitted, {
        key: answer.key,
        threadId: thread.id,
        businessId: thread.businessId,
        side: 'business',
        body: answer.body,
        attachment: attachment.value,
      });
      await permitted.audit({
        subject: { kind: 'message-thread', id: thread.id },
        changes: messageId === undefined ? { repeated: true } : { messageId, ...fileHash(attachment.value) },
      });
      return ok(undefined);
    },
  );
}

/** A file of a thread; without it when there is none that the asker may see. */
export function openAttachment(
  { database }: InboxDeps,
  acting: ActingFor,
  wanted: { readonly threadId: string; readonly attachmentId: string },
) {
  return look(database, acting, reading, (permitted: Permitted) => readAttachment(permitted, wanted));
}

/** The file, for whoever the transaction is for. Throws when it is not what was sent. */
export async function readAttachment(
  transaction: Parameters<typeof records.findAttachment>[0],
  { threadId, attachmentId }: { readonly threadId: string; readonly attachmentId: string },
): Promise<{ readonly fileName: string; readonly content: Buffer } | undefined> {
  if (!isUuid(threadId) || !isUuid(attachmentId)) return undefined;
  const found = await records.findAttachment(transaction, threadId, attachmentId);
  return found && unaltered(found);
}

/** A file that was kept. Throws when it is not what was sent. */
export function unaltered<File extends { readonly content: Buffer; readonly sha256: Buffer }>(
  file: File,
): File {
  if (!createHash('sha256').update(file.content).digest().equals(file.sha256))
    throw new Error('An attachment is not what was sent.');
  return file;
}

/** How many of the business's messages nobody there has opened: none for whoever may not read them. */
export const unreadMessages = notices.countUnread;
