import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { appendAudit, recordDisclosures } from '../audit/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction, type Transaction } from '../database/transaction.ts';
import { formatDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { invitedTooMany } from './day-limits.ts';
import { type DraftProblem, keepDraft, readDraft, takeDraft } from './drafts.ts';
import {
  asOf,
  changesOf,
  problemsOf,
  type Proposal,
  type ProposalProblems,
  stepUpFresh,
  storedProposal,
  termsOf,
} from './grants.ts';
import { type AccessDeps, beyondOwn, giveMandate } from './mandates.ts';
import { loadPreview, type PickingQuery, pickForScope } from './previews.ts';
import {
  currentMandate,
  findInvitation,
  type ListedInvitation,
  listUnits,
  lockHolder,
  type PresentMandate,
  standingOf,
} from './records.ts';
import { answerIfWhole } from './requests.ts';
import { tellOfGiven } from './telling.ts';
import { type PickedWorker, pickWorkers, reachOf } from './worker-records.ts';

const DAYS_OPEN = 7;

const invite = { right: 'access.manage', action: 'invitation.send' } as const;
const settle = { right: 'access.manage', action: 'mandate.give' } as const;

/** Whom a business invites: one of its own workers, or someone it names and says why. */
export interface Invited {
  readonly workerId: string | null;
  readonly name: string;
  readonly email: string;
  /** Why someone who is not employed in the business acts for it; officers only. Null for a worker. */
  readonly tieReason: string | null;
}

export type InviteeProblem =
  | 'unknown-worker'
  | 'worker-is-oneself'
  | 'worker-is-officer'
  | 'worker-of-vendor'
  | 'has-mandate'
  | 'declared-by-officers'
  | 'no-reason'
  | 'too-many-today';

export type InviteProblem =
  | { readonly kind: 'invitee'; readonly reason: InviteeProblem }
  | { readonly kind: 'proposal'; readonly problems: ProposalProblems }
  | { readonly kind: 'confirm'; readonly reason: DraftProblem };

export interface InvitationPlan {
  readonly invited: Invited;
  readonly proposal: Proposal;
}

const storedInvited = z.object({
  workerId: z.string().nullable(),
  name: z.string(),
  email: z.string(),
  tieReason: z.string().nullable(),
});
const draftForm = z.object({ invited: storedInvited, proposal: storedProposal });

/** What an invitation of a person carries until it is confirmed. */
const storedInvitation = z.object({ proposal: storedProposal, tieReason: z.string().nullable() });

/** Workers to choose among; nobody without `workers.read`. Whose names were shown is recorded. */
export async function findInvitees(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, search: string) {
  return look(deps.database, acting, invite, async (permitted) => {
    const mayRead = search === '' ? permitted.decide('workers.read') : permitted.use('workers.read');
    const workers = mayRead.allowed && search !== '' ? await pickWorkers(permitted, { search }) : [];
    await disclose(permitted, workers);
    return { permitted, mayRead, workers };
  });
}

function disclose(permitted: Permitted, workers: readonly PickedWorker[]): Promise<void> {
  return recordDisclosures(
    permitted,
    workers.map(({ personId }) => ({
      subjectPersonId: personId,
      fields: ['name', 'unit'],
      occasion: 'access-invitation',
    })),
  );
}

/** What the form for an invitation is drawn from; with a worker's id, that worker. */
export async function openInvitationForm(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  workerId: string | undefined,
  picking: PickingQuery | undefined,
) {
  return look(deps.database, acting, invite, async (permitted) => {
    const [worker] = isUuid(workerId) ? await pickWorkers(permitted, { id: workerId }) : [];
    if (worker) await disclose(permitted, [worker]);
    const units = await listUnits(permitted);
    return { permitted, worker, units, picking: await pickForScope(permitted, picking) };
  });
}

async function planInvitation(
  permitted: Permitted,
  invited: Invited,
  proposal: Proposal,
): Promise<Result<InvitationPlan, InviteProblem>> {
  const who = await resolveInvited(permitted, invited);
  if (!who.ok) return who;
  if (await invitedTooMany(permitted)) return err({ kind: 'invitee', reason: 'too-many-today' });
  const reach = await reachOf(permitted, proposal);
  const problems = problemsOf(proposal, 'person', permitted.facts, reach, permitted.now);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  return ok({ invited: who.value, proposal });
}

async function resolveInvited(
  permitted: Permitted,
  invited: Invited,
): Promise<Result<Invited, InviteProblem>> {
  const refuse = (reason: InviteeProblem) => err({ kind: 'invitee', reason } as const);
  if (invited.workerId === null) {
    if (permitted.facts.mandate) return refuse('declared-by-officers');
    return (invited.tieReason ?? '') === '' ? refuse('no-reason') : ok(invited);
  }
  const [worker] = isUuid(invited.workerId) ? await pickWorkers(permitted, { id: invited.workerId }) : [];
  if (worker === undefined) return refuse('unknown-worker');
  if (worker.personId === permitted.facts.session?.personId) return refuse('worker-is-oneself');
  if (worker.officer) return refuse('worker-is-officer');
  if (worker.vendorPerson) return refuse('worker-of-vendor');
  // One person has one mandate: what they have is changed where it stands.
  if (worker.mandateId !== null) return refuse('has-mandate');
  return ok({ ...invited, name: worker.name, tieReason: null });
}

/** Checks an invitation and keeps it while its sender reads the preview. Returns the draft's id. */
export async function proposeInvitation(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  plan: InvitationPlan,
): Promise<Result<string, InviteProblem | Refused>> {
  const request = { right: 'access.manage', action: 'invitation.propose' } as const;
  return act(deps.database, acting, request, async (permitted) => {
    const checked = await planInvitation(permitted, plan.invited, plan.proposal);
    if (!checked.ok) return checked;
    const id = await keepDraft(permitted, 'person-invitation', checked.value);
    await permitted.audit({ subject: { kind: 'draft', id } });
    return ok(id);
  });
}

export async function previewInvitation(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  draftId: string,
) {
  return look(deps.database, acting, invite, async (permitted) => {
    const draft = await readDraft(permitted, draftId, 'person-invitation', draftForm);
    if (!draft.ok) {
      const gone: InviteProblem = { kind: 'confirm', reason: draft.error };
      return { permitted, plan: err(gone) };
    }
    const plan = { ...draft.value, proposal: asOf(draft.value.proposal, permitted.now) };
    const preview = await loadPreview(permitted, 'person', plan.proposal, undefined);
    return { permitted, plan: ok({ ...plan, preview }) };
  });
}

/** Sends a draft's invitation, once. */
export async function sendInvitation(
  deps: AccessDeps,
  acting: ActingFor,
  draftId: string,
): Promise<Result<{ readonly email: string }, InviteProblem | Refused>> {
  return act(deps.database, acting, invite, async (permitted) => {
    const draft = await takeDraft(permitted, draftId, 'person-invitation', draftForm);
    if (!draft.ok) return err({ kind: 'confirm', reason: draft.error });
    const proposed = asOf(draft.value.proposal, permitted.now);
    const plan = await planInvitation(permitted, draft.value.invited, proposed);
    if (!plan.ok) return plan;
    const { invited, proposal } = plan.value;
    await createInvitation(deps, permitted, {
      kind: 'person',
      name: invited.name,
      email: invited.email,
      workerId: invited.workerId,
      proposal: { proposal, tieReason: invited.tieReason },
      changes: changesOf(proposal),
    });
    return ok({ email: invited.email });
  });
}

/**
 * Stores an invitation and mails its single-use link, in the caller's transaction. The link's secret is kept as a hash;
 * it stands in the clear in the e-mail alone.
 */
export async function createInvitation(
  deps: AccessDeps,
  permitted: Permitted,
  invitation: {
    readonly kind: 'person' | 'vendor-member';
    readonly name: string;
    readonly email: string;
    readonly workerId: string | null;
    readonly proposal: unknown;
    readonly changes?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { query, now, facts } = permitted;
  if (!facts.session || !facts.business) throw new Error('An invitation is sent by a person for a business.');
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + DAYS_OPEN * 24 * 60 * 60 * 1000);
  const { id } = await query
    .insertInto('invitations')
    .values({
      business_id: facts.business.id,
      kind: invitation.kind,
      name: invitation.name,
      email: invitation.email,
      worker_id: invitation.workerId,
      token_hash: hashOf(token),
      proposal: JSON.stringify(invitation.proposal),
      invited_by: facts.session.personId,
      invited_by_name: facts.session.name,
      invited_at: now,
      expires_at: expiresAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await permitted.audit({
    subject: { kind: 'invitation', id },
    changes: { kind: invitation.kind, workerId: invitation.workerId, ...invitation.changes },
    detail: { name: invitation.name, email: invitation.email },
  });
  await deps.notify(permitted, {
    template: invitation.kind === 'person' ? 'access:notice.invitation' : 'access:notice.memberInvitation',
    businessId: facts.business.id,
    parameters: {
      name: invitation.name,
      business: facts.business.name,
      by: facts.session.name,
      expires: formatDate(expiresAt, 'nb'),
    },
    secrets: { link: `${deps.publicOrigin}/invitations/${token}` },
    audience: 'address',
    extraAddresses: [invitation.email],
  });
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

// Answering ----------------------------------------------------------------------------------------------------------

/** What whoever holds the link may see of an invitation, logged in or not. */
export interface OpenInvitation {
  readonly id: string;
  readonly kind: 'person' | 'vendor-member';
  readonly businessName: string;
  readonly name: string;
  readonly invitedByName: string;
  readonly expiresAt: Date;
  readonly state: 'open' | 'accepted' | 'expired' | 'settled';
}

export async function readInvitation(
  deps: { readonly database: Pick<Database, 'request'> },
  token: string,
): Promise<OpenInvitation | undefined> {
  return inTransaction(deps.database, { kind: 'anonymous' }, async ({ query }) => {
    const { rows } = await sql<OpenInvitation>`
      select id, kind, business_name as "businessName", name, invited_by_name as "invitedByName",
        expires_at as "expiresAt", state from invitation_by_token(${hashOf(token)})`.execute(query);
    return rows[0];
  });
}

export type Answer = 'accepted' | 'not-signed-in' | 'gone' | 'expired' | 'other-person' | 'vendor-person';

/** The logged-in person says yes to the invitation. Gives no access: the business confirms who it was. */
export async function acceptInvitation(
  deps: { readonly database: Pick<Database, 'request'> },
  tokenHash: Uint8Array,
  token: string,
): Promise<Answer> {
  return inTransaction(deps.database, { kind: 'session', tokenHash, writing: true }, async (transaction) => {
    const { rows } = await sql<{
      answer: Answer;
    }>`select invitation_accept(${hashOf(token)}) as answer`.execute(transaction.query);
    const answer = rows[0]?.answer ?? 'gone';
    await auditAnswer(transaction, answer, token);
    return answer;
  });
}

async function auditAnswer(transaction: Transaction, answer: Answer, token: string): Promise<void> {
  const { rows } = await sql<{
    id: string;
  }>`select id from invitation_by_token(${hashOf(token)})`.execute(transaction.query);
  const [invitation] = rows;
  if (invitation === undefined || answer === 'not-signed-in') return;
  await appendAudit(transaction, {
    action: 'invitation.answer',
    decision: answer === 'accepted' ? 'allowed' : 'refused',
    ...(answer === 'accepted' ? {} : { rule: answer }),
    subject: { kind: 'invitation', id: invitation.id },
  });
}

// Confirming ---------------------------------------------------------------------------------------------------------

export type SettleProblem =
  | { readonly kind: 'proposal'; readonly problems: ProposalProblems }
  | {
      readonly kind: 'settle';
      readonly reason:
        | 'unknown'
        | 'not-accepted'
        | 'settled'
        | 'oneself'
        | 'already-officer'
        | 'vendor-person'
        | 'declared-by-officers'
        | 'no-tie'
        | 'ended';
    }
  | { readonly kind: 'confirm'; readonly reason: 'step-up' | 'changed' };

/** What confirming an invitation would do. */
export interface SettlePlan {
  readonly invitation: ListedInvitation;
  readonly proposal: Proposal;
  readonly tieReason: string | null;
  readonly replaces: PresentMandate | undefined;
  /** The mandate, and which version of it, that the reader was told would be replaced; or that there was none. */
  readonly shown: string;
}

export async function viewInvitation(deps: Pick<AccessDeps, 'database'>, acting: ActingFor, id: string) {
  return look(deps.database, acting, settle, async (permitted) => {
    const invitation = isUuid(id) ? await findInvitation(permitted, id) : undefined;
    const plan = invitation?.kind === 'person' ? await planSettling(permitted, invitation) : undefined;
    if (plan?.ok !== true) return { permitted, plan };
    const { proposal, replaces } = plan.value;
    const preview = await loadPreview(permitted, 'person', proposal, replaces);
    return { permitted, plan: ok({ ...plan.value, preview }) };
  });
}

const unsettled = (reason: Extract<SettleProblem, { kind: 'settle' }>['reason']) =>
  err({ kind: 'settle', reason } as const);

async function planSettling(
  permitted: Permitted,
  invitation: ListedInvitation,
): Promise<Result<SettlePlan, SettleProblem | Refused>> {
  if (invitation.state === 'settled' || invitation.state === 'refused-vendor') return unsettled('settled');
  if (invitation.acceptedBy === null) return unsettled('not-accepted');
  const { proposal: proposed, tieReason } = storedInvitation.parse(invitation.proposal);
  const proposal = asOf(proposed, permitted.now);
  if (invitation.acceptedBy === permitted.facts.session?.personId) return unsettled('oneself');
  if (invitation.workerId === null && permitted.facts.mandate) return unsettled('declared-by-officers');
  const standing = await standingOf(permitted, invitation.acceptedBy);
  if (standing.officer) return unsettled('already-officer');
  if (standing.vendorPerson) return unsettled('vendor-person');
  const replaces = await currentMandate(permitted, { personId: invitation.acceptedBy });
  const refusal = replaces && beyondOwn(permitted, replaces);
  if (refusal !== undefined) return err({ kind: 'refused', refusal });
  const reach = await reachOf(permitted, proposal);
  const problems = problemsOf(proposal, 'person', permitted.facts, reach, permitted.now, replaces);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  return ok({ invitation, proposal, tieReason, replaces, shown: shownOf(replaces) });
}

/** What a reader was shown of the mandate that is to be replaced: which one, and how it had been changed. */
export function shownOf(replaces: PresentMandate | undefined): string {
  return replaces === undefined ? 'none' : `${replaces.id}.${String(replaces.version)}`;
}

/**
 * Confirms that whoever logged in is the one who was meant, and gives them the mandate. Needs a login at high level in the
 * last five minutes.
 */
export async function confirmInvitation(
  deps: AccessDeps,
  acting: ActingFor,
  id: string,
  shown: string,
): Promise<Result<{ readonly mandateId: string }, SettleProblem | Refused>> {
  return act<{ readonly mandateId: string }, SettleProblem | Refused>(
    deps.database,
    acting,
    settle,
    async (permitted) => {
      if (!stepUpFresh(permitted.facts, permitted.now)) return err({ kind: 'confirm', reason: 'step-up' });
      const invitation = await lockedInvitation(permitted, id, 'person');
      if (invitation === undefined) return unsettled('unknown');
      if (invitation.acceptedBy === null) return unsettled('not-accepted');
      await lockHolder(permitted, invitation.acceptedBy);
      const plan = await planSettling(permitted, invitation);
      if (!plan.ok) return plan;
      if (plan.value.shown !== shown) return err({ kind: 'confirm', reason: 'changed' });
      await markSettled(permitted, id, 'confirmed');
      return ok(await giveToPerson(deps, permitted, plan.value, invitation.acceptedBy));
    },
  );
}

async function giveToPerson(
  deps: AccessDeps,
  permitted: Permitted,
  plan: SettlePlan,
  personId: string,
): Promise<{ readonly mandateId: string }> {
  const { invitation, proposal, tieReason } = plan;
  const name = invitation.acceptedByName ?? invitation.name;
  const tie = invitation.workerId === null ? 'declared' : 'employment';
  const { id, replaced } = await giveMandate(permitted, { personId, tie, tieReason }, name, proposal);
  await permitted.audit({
    subject: { kind: 'mandate', id },
    changes: { ...changesOf(proposal), personId, tie, invitationId: invitation.id, replaced },
    detail: { name, purpose: proposal.purpose, tieReason },
  });
  const asAnswer = await answerIfWhole(
    permitted,
    { personId },
    { terms: termsOf(proposal, permitted.now), mandateId: id },
  );
  await tellOfGiven(deps, permitted, proposal, { name, personId }, { replaced, asAnswer });
  return { mandateId: id };
}

/** An invitation that two answers to it wait for each other over. */
export async function lockedInvitation(
  permitted: Permitted,
  id: string,
  kind: ListedInvitation['kind'],
): Promise<ListedInvitation | undefined> {
  if (!isUuid(id)) return undefined;
  await sql`select from invitations where id = ${id} for update`.execute(permitted.query);
  const invitation = await findInvitation(permitted, id);
  return invitation?.kind === kind ? invitation : undefined;
}

export async function markSettled(
  { query, now }: Permitted,
  id: string,
  outcome: 'confirmed' | 'withdrawn',
): Promise<void> {
  await query
    .updateTable('invitations')
    .set({ settled_at: now, outcome })
    .where('id', '=', id)
    .where('settled_at', 'is', null)
    .execute();
}

/** Withdraws an invitation, answered or not: its link is then worth nothing. */
export async function withdrawInvitation(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  id: string,
  kind: ListedInvitation['kind'],
): Promise<Result<{ readonly name: string }, SettleProblem | Refused>> {
  const request = { right: 'access.manage', action: 'invitation.withdraw' } as const;
  return act(deps.database, acting, request, async (permitted) => {
    const invitation = await lockedInvitation(permitted, id, kind);
    if (invitation === undefined) return unsettled('unknown');
    if (invitation.state === 'settled' || invitation.state === 'refused-vendor') return unsettled('settled');
    await markSettled(permitted, id, 'withdrawn');
    await permitted.audit({ subject: { kind: 'invitation', id } });
    return ok({ name: invitation.name });
  });
}
