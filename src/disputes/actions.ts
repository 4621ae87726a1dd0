import { z } from 'zod';
import { act, type ActingFor, look, type Notify, type Permitted, type Refused } from '../access/index.ts';
import { appendAudit } from '../audit/index.ts';
import { type OwnCard, ownDisputesPath, type OwnWorker, readOwnCard, readOwnWorker } from '../cards/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { enqueue } from '../jobs/index.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { actAsStaff, lookAsStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import { discloseWorkers } from '../workers/index.ts';
import * as records from './records.ts';
import {
  type DisputeAnswer,
  type DisputeKind,
  type DisputeOutcome,
  isOwn,
  mayAnswer,
  REMINDED_DAYS,
} from './rules.ts';

interface Deps {
  readonly database: Pick<Database, 'request'>;
}

export interface OwnDisputeDeps extends Deps {
  /** How many days the business has to answer. */
  readonly answerDays: number;
}

export const TELL = 'disputes.tell';
export const RUN_OUT = 'disputes.run-out';
export const FORGET = 'disputes.forget';

/** What has happened that is told of. */
const TOLD = ['made', 'soon', 'late', 'answered', 'brought', 'settled'] as const;
type Told = (typeof TOLD)[number];

const tellSoon = (transaction: Transaction, disputeId: string, what: Told) =>
  enqueue(transaction, TELL, { disputeId, what }, { key: `${TELL}:${disputeId}:${what}` });

// For the worker ------------------------------------------------------------------------------------------------------

const asOneself = (tokenHash: Uint8Array, writing = false) =>
  ({ kind: 'session', tokenHash, writing }) as const;

/** What whoever is logged in has said is wrong, the newest first. */
export function seeOwnDisputes(
  { database }: Deps,
  tokenHash: Uint8Array,
): Promise<{ readonly disputes: readonly records.Dispute[]; readonly now: Date }> {
  return inTransaction(database, asOneself(tokenHash), async (transaction) => ({
    disputes: await records.ownDisputes(transaction),
    now: transaction.now,
  }));
}

type Disputable =
  { readonly card: OwnCard; readonly worker?: never } | { readonly card?: never; readonly worker: OwnWorker };

/** What something is said to be wrong with; undefined when it is another's or there is none. */
export function seeDisputable(
  { database }: Deps,
  tokenHash: Uint8Array,
  { kind, id }: records.Disputed,
): Promise<Disputable | undefined> {
  return inTransaction(database, asOneself(tokenHash), async (transaction) => {
    if (kind === 'worker') {
      const worker = await readOwnWorker(transaction, id);
      return worker && { worker };
    }
    const card = await readOwnCard(transaction, id);
    return card && { card };
  });
}

/**
 * Takes what the worker says is wrong, for the business to answer. Changes nothing of what is recorded. The text stands in the
 * dispute alone, in no log.
 */
export function makeOwnDispute(
  { database, answerDays }: OwnDisputeDeps,
  tokenHash: Uint8Array,
  asked: { readonly about: records.Disputed; readonly kind: DisputeKind; readonly text: string },
): Promise<Result<undefined, 'missing' | 'waits' | 'too-many'>> {
  return inTransaction(database, asOneself(tokenHash, true), async (transaction) => {
    const made = await records.makeDispute(transaction, { ...asked, answerDays });
    if (made.outcome !== 'made') {
      await appendAudit(transaction, { action: 'dispute.made', decision: 'refused', rule: made.outcome });
      return err(made.outcome);
    }
    await appendAudit(transaction, {
      action: 'dispute.made',
      decision: 'allowed',
      businessId: made.businessId,
      subject: { kind: 'dispute', id: made.dispute },
      changes: { [`${asked.about.kind}Id`]: asked.about.id, kind: asked.kind },
    });
    await tellSoon(transaction, made.dispute, 'made');
    return ok(undefined);
  });
}

/** Brings a dispute of one's own to case officers; false where there is none that may be brought now. */
export function bringOwnDispute(
  { database }: Deps,
  tokenHash: Uint8Array,
  disputeId: string,
  text: string,
): Promise<boolean> {
  return inTransaction(database, asOneself(tokenHash, true), async (transaction) => {
    const businessId = await records.bringDispute(transaction, disputeId, text);
    await appendAudit(transaction, {
      action: 'dispute.brought',
      ...(businessId === undefined
        ? { decision: 'refused', rule: 'not-now' }
        : { decision: 'allowed', businessId, subject: { kind: 'dispute', id: disputeId } }),
    });
    if (businessId === undefined) return false;
    await tellSoon(transaction, disputeId, 'brought');
    return true;
  });
}

/** One dispute of one's own. */
export function seeOwnDispute(
  { database }: Deps,
  tokenHash: Uint8Array,
  disputeId: string,
): Promise<{ readonly dispute: records.Dispute; readonly now: Date } | undefined> {
  return inTransaction(database, asOneself(tokenHash), async (transaction) => {
    const dispute = await records.ownDispute(transaction, disputeId);
    return dispute && { dispute, now: transaction.now };
  });
}

// For the business ----------------------------------------------------------------------------------------------------

/** What a worker writes of themselves is no vendor's to read, whatever its mandate gives. */
const answering = { right: 'workers.read', neverForVendor: true } as const;

interface Seen {
  readonly permitted: Permitted;
}

/** What the workers of the business say is wrong, a page of it; that their names were seen is recorded. */
export function seeDisputes(
  { database }: Deps,
  acting: ActingFor,
  page: number,
): Promise<
  Result<Seen & { readonly disputes: readonly records.Dispute[]; readonly more: boolean }, Refused>
> {
  return look(database, acting, { ...answering, action: 'disputes.seen' }, async (permitted) => {
    const found = await records.disputesOfBusiness(permitted, page);
    const disputes = found.slice(0, records.PAGE);
    await disclose(permitted, disputes, ['name']);
    return { permitted, disputes, more: found.length > records.PAGE };
  });
}

/** One of them; `missing` for what is another's or is not there. */
export async function seeDispute(
  { database }: Deps,
  acting: ActingFor,
  disputeId: string,
): Promise<Result<Seen & { readonly dispute: records.Dispute }, Refused>> {
  const seen = await look(database, acting, { ...answering, action: 'dispute.seen' }, async (permitted) => {
    const dispute = await records.disputeOfBusiness(permitted, disputeId);
    if (dispute !== undefined) await disclose(permitted, [dispute], ['name', 'dispute']);
    return dispute && { permitted, dispute };
  });
  if (!seen.ok) return seen;
  return seen.value === undefined ? err({ kind: 'missing' }) : ok(seen.value);
}

const disclose = (permitted: Permitted, disputes: readonly records.Dispute[], fields: readonly string[]) =>
  discloseWorkers(permitted, [...new Set(disputes.map(({ workerId }) => workerId))], fields, 'dispute');

export interface Answering {
  readonly disputeId: string;
  readonly answer: DisputeAnswer;
  readonly text: string;
}

/** Answers what a worker says is wrong, once; `decided` when somebody has done so before. */
export function answerDispute(
  { database }: Deps,
  acting: ActingFor,
  { disputeId, answer, text }: Answering,
): Promise<Result<null, Refused | { readonly kind: 'decided' }>> {
  return act<null, Refused | { readonly kind: 'decided' }>(
    database,
    acting,
    { ...answering, action: 'dispute.answered' },
    async (permitted) => {
      const dispute = await records.disputeOfBusiness(permitted, disputeId);
      if (dispute === undefined) return err({ kind: 'missing' });
      const { unitId, workerId } = dispute;
      if (!permitted.use('workers.read', { unitId, workerId }).allowed) return err({ kind: 'missing' });
      if (!mayAnswer(dispute)) return err({ kind: 'decided' });
      if (!(await records.answerDispute(permitted, disputeId, answer, text))) return err({ kind: 'decided' });
      await permitted.audit({ subject: { kind: 'dispute', id: disputeId }, changes: { answer } });
      await tellSoon(permitted, disputeId, 'answered');
      return ok(null);
    },
  );
}

// For case officers ---------------------------------------------------------------------------------------------------

/** What workers have brought, a page of it, without their names. */
export function overseeDisputes(
  { database }: Deps,
  acting: StaffActing,
  page: number,
): Promise<Result<{ readonly disputes: readonly records.Dispute[]; readonly more: boolean }, StaffRefused>> {
  const request = { right: 'disputes.settle', action: 'disputes.list' } as const;
  return lookAsStaff(database, acting, request, async (permitted) => {
    const found = await records.broughtDisputes(permitted, page);
    return { disputes: found.slice(0, records.PAGE), more: found.length > records.PAGE };
  });
}

/** One that was brought; the worker can see that it was opened, and by whom. Undefined where there is none. */
export function overseeDispute(
  { database }: Deps,
  acting: StaffActing,
  disputeId: string,
): Promise<Result<records.Dispute | undefined, StaffRefused>> {
  const request = { right: 'disputes.settle', action: 'dispute.opened' } as const;
  return actAsStaff<records.Dispute | undefined, never>(database, acting, request, async (permitted) => {
    if (!(await records.openAsStaff(permitted, disputeId))) return ok(undefined);
    await permitted.audit({ subject: { kind: 'dispute', id: disputeId } });
    return ok(await records.findDispute(permitted, disputeId));
  });
}

/** Decides a dispute, for good; `own` for whom it is about or who has answered it. */
export function settleDispute(
  { database }: Deps,
  acting: StaffActing,
  {
    disputeId,
    outcome,
    text,
  }: { readonly disputeId: string; readonly outcome: DisputeOutcome; readonly text: string },
): Promise<Result<null, 'missing' | 'own' | StaffRefused>> {
  const request = { right: 'disputes.settle', action: 'dispute.settled' } as const;
  return actAsStaff<null, 'missing' | 'own'>(database, acting, request, async (permitted) => {
    const dispute = await records.findDispute(permitted, disputeId);
    if (dispute !== undefined && isOwn(dispute, permitted.person.id)) return err('own');
    const businessId = await records.settleDispute(permitted, disputeId, outcome, text);
    if (businessId === undefined) return err('missing');
    await permitted.audit({ businessId, subject: { kind: 'dispute', id: disputeId }, changes: { outcome } });
    await tellSoon(permitted, disputeId, 'settled');
    return ok(null);
  });
}

// Tasks ---------------------------------------------------------------------------------------------------------------

const toTell = z.object({ disputeId: z.uuid(), what: z.enum(TOLD) });

/** Who is told of what. */
const TELLS_BUSINESS: readonly Told[] = ['made', 'soon', 'brought', 'settled'];
const TELLS_WORKER: readonly Told[] = ['late', 'answered', 'settled'];

/**
 * Tells the business of what was made or brought, or is soon to be answered, the worker of the answer or that none came, and both of a
 * decision. What anybody wrote is in no mail.
 */
export async function tellOfDispute(
  { database, notify }: Deps & { readonly notify: Notify },
  payload: unknown,
): Promise<void> {
  const { disputeId, what } = toTell.parse(payload);
  await inTransaction(database, { kind: 'job', name: TELL }, async (transaction) => {
    const dispute = await records.findDispute(transaction, disputeId);
    if (dispute === undefined) return;
    // Answered in the moment between.
    if ((what === 'soon' || what === 'late') && dispute.answeredAt !== null) return;
    const parameters = {
      business: dispute.businessName,
      kindKeys: `disputes:kind.${dispute.kind}`,
      untilDate: dispute.answerBy.toISOString(),
    };
    if (TELLS_BUSINESS.includes(what))
      await notify(transaction, {
        template: `disputes:notice.${what}`,
        businessId: dispute.businessId,
        unitId: dispute.unitId,
        parameters: {
          ...parameters,
          link: `/b/${dispute.businessNumber}/workers/disputes/${disputeId}`,
        },
        audience: 'business-and-officers',
      });
    if (TELLS_WORKER.includes(what))
      await notify(transaction, {
        template: `disputes:notice.own-${what}`,
        businessId: null,
        parameters: { ...parameters, link: ownDisputesPath },
        audience: 'person',
        personId: dispute.personId,
      });
  });
}

/** Has businesses told, once, that the time to answer is soon up, and workers that it is. */
export async function tellOfTimeRunningOut({ database }: Deps): Promise<void> {
  await inTransaction(database, { kind: 'job', name: RUN_OUT }, async (transaction) => {
    for (const { dispute, what } of await records.runningOut(transaction, REMINDED_DAYS))
      await tellSoon(transaction, dispute, what);
  });
}

/** Deletes disputes that have been over for so long; audited with how many they were. */
export async function forgetOldDisputes({
  database,
  keepDays,
}: Deps & { readonly keepDays: number }): Promise<void> {
  await inTransaction(database, { kind: 'job', name: FORGET }, async (transaction) => {
    const gone = await records.forgetDisputes(transaction, keepDays);
    if (gone > 0)
      await appendAudit(transaction, {
        action: 'disputes.forgotten',
        decision: 'allowed',
        changes: { gone },
      });
  });
}
