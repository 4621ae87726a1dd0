import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from '../staff/index.ts';
import * as records from './dispatch-records.ts';
import type { PdfProblem, SentFile } from '../web/pdf-file.ts';
import { fileHash, prepareAttachment, unaltered } from './inbox.ts';
import {
  choosesSome,
  cutTo,
  deadlineProblem,
  dispatchStart,
  fillFields,
  MAX_BODY,
  shownDeadline,
} from './threads.ts';

/** What writing to businesses needs. */
export interface DispatchDeps {
  readonly database: Pick<Database, 'request'>;
  /** More recipients than this, and another case officer has to agree. */
  readonly fourEyesAbove: number;
}

export const DISPATCH = 'messages.dispatch';
/** Takes what is unread further, when it is time: see escalation.ts. */
export const TAKE_STEPS = 'messages.take-steps';

export const DISPATCHES_PER_PAGE = 25;
const RECIPIENTS_SHOWN = 20;
const LOT = 500;

const overseeing = { right: 'messages.oversee', action: 'messages.overseen' } as const;
const writing = { right: 'messages.write', action: 'messages.dispatched' } as const;

/** What the form for a message begins with. */
export function openWriting({ database }: Pick<DispatchDeps, 'database'>, acting: StaffActing) {
  const request = { right: 'messages.write', action: 'messages.write' } as const;
  return lookAsStaff(database, acting, request, async (permitted) => ({
    permitted,
    templates: await records.listTemplates(permitted),
  }));
}

/** Whom a message would go to, and what the first of them would read. */
export function previewDispatch(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  draft: records.Draft,
) {
  const request = { right: 'messages.write', action: 'messages.previewed' } as const;
  return lookAsStaff(database, acting, request, async (permitted) => {
    const found = choosesSome(draft.selection)
      ? await records.findRecipients(permitted, draft.selection, { size: RECIPIENTS_SHOWN, after: '' })
      : { recipients: [], total: 0 };
    const [first] = found.recipients;
    return {
      permitted,
      ...found,
      late: lateOf(draft, permitted.now),
      example: first && textFor(draft, first),
    };
  });
}

/** Why the deadline cannot stand; undefined when it can, or there is none. */
const lateOf = ({ deadline }: Pick<records.Draft, 'deadline'>, now: Date) =>
  deadline === null ? undefined : deadlineProblem(endToLastDay(deadline), osloToday(now));

function textFor(
  draft: Pick<records.Draft, 'subject' | 'body' | 'deadline'>,
  recipient: records.Recipient,
): records.ThreadText {
  const values = {
    business: recipient.name,
    organisationNumber: formatOrganisationNumber(recipient.organisationNumber),
    deadline: shownDeadline(draft.deadline),
  };
  return {
    businessId: recipient.businessId,
    subject: cutTo(300, fillFields(draft.subject, values)),
    body: cutTo(MAX_BODY, fillFields(draft.body, values)),
  };
}

/** How far a message came when it was sent; `already`: the same form was sent before. */
export interface Sent {
  readonly dispatchId: string;
  readonly state: 'waiting' | 'sending' | 'sent' | 'already';
}

/** `changed`: it would go to other businesses, in number, than the preview said. */
export type DispatchProblem = 'nobody' | 'changed' | PdfProblem;

/**
 * Sends a message to those whom its preview counted, once for each `key`, which it is known by from then on. To one business it
 * is there at once; to more than the limit it waits for another case officer; otherwise a task makes each business's thread.
 */
export function sendDispatch(
  { database, fourEyesAbove }: DispatchDeps,
  acting: StaffActing,
  sent: {
    readonly key: string;
    readonly draft: records.Draft;
    readonly counted: number;
    readonly file: SentFile | undefined;
  },
): Promise<Result<Sent, DispatchProblem | StaffRefused>> {
  const { key: dispatchId, draft, counted } = sent;
  return actAsStaff<Sent, DispatchProblem>(database, acting, writing, async (permitted) => {
    if (await wasSent(permitted, dispatchId)) return ok({ dispatchId, state: 'already' });
    if (!choosesSome(draft.selection)) return err('nobody');
    const found = await records.findRecipients(permitted, draft.selection, { size: 1, after: '' });
    const [first] = found.recipients;
    if (first === undefined) return err('nobody');
    if (found.total !== counted || lateOf(draft, permitted.now) !== undefined) return err('changed');
    const attachment = prepareAttachment(sent.file);
    if (!attachment.ok) return attachment;
    const started = dispatchStart(found.total, fourEyesAbove);
    const atOnce = started === 'sending' && 'number' in draft.selection;
    const state = atOnce ? 'sent' : started;
    if (!(await records.insertDispatch(permitted, draft, { id: dispatchId, recipients: found.total, state })))
      return (await wasSent(permitted, dispatchId)) ? ok({ dispatchId, state: 'already' }) : err('changed');
    if (attachment.value !== undefined)
      await records.keepDispatchFile(permitted, dispatchId, attachment.value);
    const { id: createdBy, name: createdByName } = permitted.person;
    if (atOnce) {
      await records.insertThreads(permitted, { ...draft, id: dispatchId, createdBy, createdByName }, [
        textFor(draft, first),
      ]);
      await enqueue(permitted, TAKE_STEPS, {}, { key: TAKE_STEPS });
    } else if (state === 'sending') {
      await enqueue(permitted, DISPATCH, { dispatchId }, { key: `${DISPATCH}:${dispatchId}` });
    }
    await permitted.audit({
      ...(atOnce ? { businessId: first.businessId } : {}),
      subject: { kind: 'message-dispatch', id: dispatchId },
      changes: {
        recipients: found.total,
        category: draft.category,
        state,
        selection: draft.selection,
        ...fileHash(attachment.value),
      },
    });
    return ok({ dispatchId, state });
  });
}

/** Whether the person's message by this key is there; tells the audit that it was sent again. */
async function wasSent(permitted: StaffPermitted, id: string): Promise<boolean> {
  const before = await records.findDispatch(permitted, id);
  if (before?.createdBy !== permitted.person.id) return false;
  await permitted.audit({ subject: { kind: 'message-dispatch', id }, changes: { repeated: true } });
  return true;
}

/** The authority's messages to businesses, those that wait for a second pair of eyes first. */
export function viewDispatches(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  page: number,
) {
  return lookAsStaff(database, acting, overseeing, async (permitted) => ({
    permitted,
    ...(await records.listDispatches(permitted, { page, size: DISPATCHES_PER_PAGE })),
  }));
}

/** One of them, with how it fares with each business. */
export function viewDispatch(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  wanted: { readonly id: string; readonly page: number },
) {
  return lookAsStaff(database, acting, overseeing, async (permitted) => {
    const dispatch = isUuid(wanted.id) ? await records.findDispatch(permitted, wanted.id) : undefined;
    if (dispatch === undefined) return { permitted, dispatch };
    const progress = await records.readProgress(permitted, dispatch.id, {
      page: wanted.page,
      size: DISPATCHES_PER_PAGE,
    });
    // Whom it goes to is looked up when it is sent: whoever agrees to it sees whether that has become others.
    const now = await records.findRecipients(permitted, dispatch.selection, { size: 1, after: '' });
    const file = await records.findDispatchFile(permitted, dispatch.id);
    return { permitted, dispatch, file, recipientsNow: now.total, ...progress };
  });
}

/** The file that goes with one of them; undefined when there is none. */
export function openDispatchFile(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  id: string,
) {
  return lookAsStaff(database, acting, overseeing, async (permitted) => {
    const file = isUuid(id) ? await records.readDispatchFile(permitted, id) : undefined;
    return file && unaltered(file);
  });
}

/** `late`: its deadline has passed while it waited. */
export type DecisionProblem = 'unknown' | 'own' | 'decided' | 'late';

/** The second pair of eyes: another case officer of the authority lets a large dispatch go, or stops it. */
export function decideDispatch(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  { id, answer }: { readonly id: string; readonly answer: 'approve' | 'decline' },
): Promise<Result<undefined, DecisionProblem | StaffRefused>> {
  const action = answer === 'approve' ? 'messages.approved' : 'messages.declined';
  return actAsStaff<undefined, DecisionProblem>(
    database,
    acting,
    { right: 'messages.approve', action },
    async (permitted) => {
      const dispatch = isUuid(id) ? await records.findDispatch(permitted, id) : undefined;
      if (dispatch === undefined) return err('unknown');
      if (dispatch.createdBy === permitted.person.id) return err('own');
      if (answer === 'approve' && lateOf(dispatch, permitted.now) !== undefined) return err('late');
      const state = answer === 'approve' ? 'sending' : 'declined';
      if (!(await records.decideDispatch(permitted, dispatch.id, state))) return err('decided');
      if (state === 'sending')
        await enqueue(permitted, DISPATCH, { dispatchId: id }, { key: `${DISPATCH}:${id}` });
      await permitted.audit({
        subject: { kind: 'message-dispatch', id: dispatch.id },
        changes: {
          recipients: dispatch.recipients,
          ...fileHash(await records.findDispatchFile(permitted, dispatch.id)),
        },
      });
      return ok(undefined);
    },
  );
}

/** Makes a thread for each business of a dispatch, a lot at a time: broken off, it goes on where it was. */
export async function runDispatch(
  { database }: Pick<DispatchDeps, 'database'>,
  dispatchId: string,
): Promise<void> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const from: string = after;
    after = await inTransaction(database, { kind: 'job', name: DISPATCH }, (transaction) =>
      sendLot(transaction, dispatchId, from),
    );
  }
}

/** Sends to the businesses after a number; answers with the last one's, or undefined when there are no more. */
async function sendLot(
  transaction: Transaction,
  dispatchId: string,
  after: string,
): Promise<string | undefined> {
  const dispatch = await records.findDispatch(transaction, dispatchId);
  if (dispatch?.state !== 'sending') return undefined;
  const { recipients } = await records.findRecipients(transaction, dispatch.selection, { size: LOT, after });
  await records.insertThreads(
    transaction,
    dispatch,
    recipients.map((recipient) => textFor(dispatch, recipient)),
  );
  await enqueue(transaction, TAKE_STEPS, {}, { key: TAKE_STEPS });
  if (recipients.length === LOT) return recipients.at(-1)?.organisationNumber;
  await records.markSent(transaction, dispatchId);
  return undefined;
}

/** Puts dispatches that were left lying back in the queue. */
export async function sweepDispatches({ database }: Pick<DispatchDeps, 'database'>): Promise<void> {
  await inTransaction(database, { kind: 'job', name: DISPATCH }, async (transaction) => {
    for (const dispatchId of await records.dispatchesToSend(transaction))
      await enqueue(transaction, DISPATCH, { dispatchId }, { key: `${DISPATCH}:${dispatchId}` });
  });
}

// Templates ----------------------------------------------------------------------------------------------------------

/** The authority's texts to begin from. */
export function viewTemplates({ database }: Pick<DispatchDeps, 'database'>, acting: StaffActing) {
  return lookAsStaff(database, acting, overseeing, async (permitted) => ({
    permitted,
    templates: await records.listTemplates(permitted),
  }));
}

/** Keeps a text under a name, in the place of the one that had it. */
export function keepTemplate(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  text: records.TemplateText,
): Promise<Result<undefined, StaffRefused>> {
  const request = { right: 'messages.write', action: 'messages.template-kept' } as const;
  return actAsStaff<undefined, never>(database, acting, request, async (permitted) => {
    const id = await records.keepTemplate(permitted, text);
    await permitted.audit({ subject: { kind: 'message-template', id } });
    return ok(undefined);
  });
}

export function removeTemplate(
  { database }: Pick<DispatchDeps, 'database'>,
  acting: StaffActing,
  id: string,
): Promise<Result<undefined, 'unknown' | StaffRefused>> {
  const request = { right: 'messages.write', action: 'messages.template-removed' } as const;
  return actAsStaff<undefined, 'unknown'>(database, acting, request, async (permitted) => {
    if (!isUuid(id) || !(await records.removeTemplate(permitted, id))) return err('unknown');
    await permitted.audit({ subject: { kind: 'message-template', id } });
    return ok(undefined);
  });
}
