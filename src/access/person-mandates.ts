import { z } from 'zod';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { type DraftProblem, keepDraft, readDraft, takeDraft } from './drafts.ts';
import {
  asOf,
  changesOf,
  problemsOf,
  type Proposal,
  stepUpFresh,
  storedProposal,
  termsOf,
} from './grants.ts';
import { type SettleProblem, shownOf } from './invitations.ts';
import { type AccessDeps, beyondOwn, giveMandate } from './mandates.ts';
import { loadPreview, type PickingQuery, pickForScope } from './previews.ts';
import {
  currentMandate,
  findMandate,
  isEmployed,
  listUnits,
  lockHolder,
  type PresentMandate,
  standingOf,
} from './records.ts';
import { lockRequest, openRequestOf } from './request-records.ts';
import type { MandateRequest } from './request-rules.ts';
import { answerRequest, askedTerms, requireOpen, type RequestProblem } from './requests.ts';
import { tellOfGiven } from './telling.ts';
import { reachOf } from './worker-records.ts';

/**
 * A new mandate to a person who has one (wider, longer, or other than the one they have), or who has asked for one. Who they
 * are is known: the business has confirmed it, or they have logged in and the register or an officer ties them to the
 * business. So nobody is invited; all else is as when a mandate is given.
 */

export type RegiveProblem =
  SettleProblem | RequestProblem | { readonly kind: 'confirm'; readonly reason: DraftProblem };

/** Whom a new mandate is for: whoever holds this one, or whoever made this request. */
export type RegiveTarget = { readonly mandateId: string } | { readonly requestId: string };

interface Recipient {
  readonly personId: string;
  readonly name: string;
  readonly tie: 'employment' | 'declared';
  readonly tieReason: string | null;
  /** Whether the tie holds now. */
  readonly tied: boolean;
}

/** What giving it comes to. */
export interface RegivePlan {
  readonly recipient: Recipient;
  readonly replaces: PresentMandate | undefined;
  readonly proposal: Proposal;
  /** The person's request that waits for an answer, which this mandate gives. */
  readonly asked: MandateRequest | undefined;
  /** Of everything that may change between the preview and the confirmation. */
  readonly shown: string;
}

const draftForm = z.object({
  mandateId: z.string().nullable().default(null),
  requestId: z.string().nullable().default(null),
  proposal: storedProposal,
});
const GIVE = { right: 'access.manage', action: 'mandate.give' } as const;

/** What the form is drawn from; the holder undefined when there is no such mandate of a person any more. */
export async function openPersonMandate(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  target: RegiveTarget,
  picking: PickingQuery | undefined,
) {
  return look(deps.database, acting, GIVE, async (permitted) => {
    const recipient = await recipientOf(permitted, target);
    const who = recipient.ok ? { personId: recipient.value.personId } : undefined;
    const present = who && (await currentMandate(permitted, who));
    const asked = who && (await openRequestOf(permitted, who));
    const start = 'requestId' in target && asked !== undefined ? asked.proposal : present;
    return {
      permitted,
      recipient,
      present,
      asked,
      units: await listUnits(permitted),
      picking: await pickForScope(permitted, picking, start),
    };
  });
}

/**
 * Checks a proposal and keeps it while its sender reads the preview. Returns the draft's id.
 * @param wanted `as-asked`: what the request asks for
 */
export async function proposePersonMandate(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  target: RegiveTarget,
  wanted: Proposal | 'as-asked',
): Promise<Result<string, RegiveProblem | Refused>> {
  const request = { right: 'access.manage', action: 'mandate.propose' } as const;
  return act<string, RegiveProblem | Refused>(deps.database, acting, request, async (permitted) => {
    const asked = 'requestId' in target ? await requireOpen(permitted, target.requestId) : undefined;
    if (asked?.ok === false) return asked;
    // What was asked for a day that has come since begins today; what somebody types has to be possible.
    const proposal = wanted === 'as-asked' ? asked && asOf(asked.value.proposal, permitted.now) : wanted;
    if (proposal === undefined) return err({ kind: 'request', reason: 'unknown' });
    const plan = await planRegiving(permitted, target, proposal);
    if (!plan.ok) return plan;
    const id = await keepDraft(permitted, 'person-mandate', { ...target, proposal: plan.value.proposal });
    const changes = { personId: plan.value.recipient.personId, ...target };
    await permitted.audit({ subject: { kind: 'draft', id }, changes });
    return ok(id);
  });
}

/** The preview of a draft. */
export async function previewPersonMandate(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  draftId: string,
) {
  return look(deps.database, acting, GIVE, async (permitted) => {
    const draft = await readDraft(permitted, draftId, 'person-mandate', draftForm);
    if (!draft.ok) {
      const gone: RegiveProblem = { kind: 'confirm', reason: draft.error };
      return { permitted, plan: err(gone) };
    }
    const proposal = asOf(draft.value.proposal, permitted.now);
    const plan = await planRegiving(permitted, targetOf(draft.value), proposal);
    if (!plan.ok) return { permitted, plan };
    const { replaces, asked } = plan.value;
    const askedFor = asked && askedTerms(asked, permitted.now);
    const preview = await loadPreview(permitted, 'person', proposal, replaces, askedFor);
    return { permitted, plan: ok({ ...plan.value, preview }) };
  });
}

function targetOf({ mandateId, requestId }: z.infer<typeof draftForm>): RegiveTarget {
  return requestId === null ? { mandateId: mandateId ?? '' } : { requestId };
}

/** Gives the mandate of a draft, once. Needs a login at high level in the last five minutes. */
export async function confirmPersonMandate(
  deps: AccessDeps,
  acting: ActingFor,
  draftId: string,
  shown: string,
): Promise<Result<{ readonly mandateId: string }, RegiveProblem | Refused>> {
  return act<{ readonly mandateId: string }, RegiveProblem | Refused>(
    deps.database,
    acting,
    GIVE,
    async (permitted) => {
      if (!stepUpFresh(permitted.facts, permitted.now)) return err({ kind: 'confirm', reason: 'step-up' });
      const draft = await takeDraft(permitted, draftId, 'person-mandate', draftForm);
      if (!draft.ok) return err({ kind: 'confirm', reason: draft.error });
      const target = targetOf(draft.value);
      const recipient = await recipientOf(permitted, target);
      if (!recipient.ok) return recipient;
      const { personId } = recipient.value;
      await lockHolder(permitted, personId);
      await lockRequest(permitted, { personId });
      const plan = await planRegiving(permitted, target, asOf(draft.value.proposal, permitted.now));
      if (!plan.ok) return plan;
      if (plan.value.shown !== shown) return err({ kind: 'confirm', reason: 'changed' });
      return ok(await regive(deps, permitted, plan.value));
    },
  );
}

const unsettled = (reason: Extract<SettleProblem, { kind: 'settle' }>['reason']) =>
  err({ kind: 'settle', reason } as const);

/** Whom the mandate is for, and what ties them to the business now. */
async function recipientOf(
  permitted: Permitted,
  target: RegiveTarget,
): Promise<Result<Recipient, RegiveProblem>> {
  return 'mandateId' in target
    ? holderOfMandate(permitted, target.mandateId)
    : asker(permitted, target.requestId);
}

async function holderOfMandate(
  permitted: Permitted,
  mandateId: string,
): Promise<Result<Recipient, RegiveProblem>> {
  const mandate = isUuid(mandateId) ? await findMandate(permitted, mandateId) : undefined;
  if (mandate === undefined || mandate.personId === null) return unsettled('unknown');
  if (mandate.endedAt !== null) return unsettled('ended');
  const { personId, holderName: name, tieReason, facts } = mandate;
  return ok({ personId, name, tie: mandate.tie ?? 'employment', tieReason, tied: facts.tieHolds });
}

async function asker(permitted: Permitted, requestId: string): Promise<Result<Recipient, RegiveProblem>> {
  const request = await requireOpen(permitted, requestId);
  if (!request.ok) return request;
  if (request.value.asker.kind !== 'person') return err({ kind: 'request', reason: 'unknown' });
  const { id: personId, name } = request.value.asker;
  if (await isEmployed(permitted, personId)) {
    return ok({ personId, name, tie: 'employment', tieReason: null, tied: true });
  }
  const present = await currentMandate(permitted, { personId });
  const mandate = present && (await findMandate(permitted, present.id));
  return ok(
    mandate?.tie === 'declared'
      ? { personId, name, tie: 'declared', tieReason: mandate.tieReason, tied: true }
      : { personId, name, tie: 'employment', tieReason: null, tied: false },
  );
}

async function planRegiving(
  permitted: Permitted,
  target: RegiveTarget,
  proposal: Proposal,
): Promise<Result<RegivePlan, RegiveProblem | Refused>> {
  const found = await recipientOf(permitted, target);
  if (!found.ok) return found;
  const recipient = found.value;
  const { personId } = recipient;
  if (personId === permitted.facts.session?.personId) return unsettled('oneself');
  const replaces = await currentMandate(permitted, { personId });
  if ('mandateId' in target && replaces?.id !== target.mandateId) return unsettled('ended');
  const refusal = replaces && beyondOwn(permitted, replaces);
  if (refusal !== undefined) return err({ kind: 'refused', refusal });
  if (recipient.tie === 'declared' && permitted.facts.mandate) return unsettled('declared-by-officers');
  if (!recipient.tied) return unsettled('no-tie');
  const standing = await standingOf(permitted, personId);
  if (standing.officer) return unsettled('already-officer');
  if (standing.vendorPerson) return unsettled('vendor-person');
  const reach = await reachOf(permitted, proposal);
  const problems = problemsOf(proposal, 'person', permitted.facts, reach, permitted.now, replaces);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  const asked = await openRequestOf(permitted, { personId });
  const shown = [shownOf(replaces), ...(asked === undefined ? [] : [asked.id])].join(' ');
  return ok({ recipient, replaces, proposal, asked, shown });
}

async function regive(
  deps: AccessDeps,
  permitted: Permitted,
  { recipient, proposal, asked }: RegivePlan,
): Promise<{ readonly mandateId: string }> {
  const { personId, name, tie, tieReason } = recipient;
  const { id, replaced } = await giveMandate(permitted, { personId, tie, tieReason }, name, proposal);
  await permitted.audit({
    subject: { kind: 'mandate', id },
    changes: { ...changesOf(proposal), personId, tie, replaced },
    detail: { name, purpose: proposal.purpose, tieReason },
  });
  if (asked !== undefined) {
    await answerRequest(permitted, asked, { terms: termsOf(proposal, permitted.now), mandateId: id });
  }
  const asAnswer = asked !== undefined;
  await tellOfGiven(deps, permitted, proposal, { name, personId }, { replaced, asAnswer });
  return { mandateId: id };
}
