import { z } from 'zod';
import { isUuid } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { act, type ActingFor, look, type Permitted, type Refused } from './actions.ts';
import { type DraftProblem, keepDraft, readDraft, takeDraft } from './drafts.ts';
import { asOf, changesOf, problemsOf, type Proposal, stepUpFresh, storedProposal } from './grants.ts';
import { type SettleProblem, shownOf } from './invitations.ts';
import { type AccessDeps, beyondOwn, giveMandate } from './mandates.ts';
import { loadPreview, type PickingQuery, pickForScope } from './previews.ts';
import {
  currentMandate,
  findMandate,
  type FoundMandate,
  listUnits,
  lockHolder,
  type PresentMandate,
  standingOf,
} from './records.ts';
import { holderOf, tellOfGiven } from './telling.ts';
import { reachOf } from './worker-records.ts';

/**
 * A new mandate to a person who has one: wider, longer, or other than the one they have. The business has confirmed who they
 * are, so nobody is invited; all else is as when a mandate is given.
 */

export type RegiveProblem = SettleProblem | { readonly kind: 'confirm'; readonly reason: DraftProblem };

/** What giving it comes to. */
export interface RegivePlan {
  readonly mandate: FoundMandate;
  readonly personId: string;
  readonly replaces: PresentMandate;
  readonly proposal: Proposal;
  readonly shown: string;
}

const draftForm = z.object({ mandateId: z.string(), proposal: storedProposal });
const GIVE = { right: 'access.manage', action: 'mandate.give' } as const;

/** What the form is drawn from; undefined when there is no such mandate of a person any more. */
export async function openPersonMandate(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  mandateId: string,
  picking: PickingQuery | undefined,
) {
  return look(deps.database, acting, GIVE, async (permitted) => {
    const mandate = isUuid(mandateId) ? await findMandate(permitted, mandateId) : undefined;
    const present = mandate?.holder === 'person' && mandate.endedAt === null ? mandate : undefined;
    return {
      permitted,
      mandate: present,
      units: await listUnits(permitted),
      picking: await pickForScope(permitted, picking, present),
    };
  });
}

/** Checks a proposal and keeps it while its sender reads the preview. Returns the draft's id. */
export async function proposePersonMandate(
  deps: Pick<AccessDeps, 'database'>,
  acting: ActingFor,
  mandateId: string,
  proposal: Proposal,
): Promise<Result<string, RegiveProblem | Refused>> {
  const request = { right: 'access.manage', action: 'mandate.propose' } as const;
  return act(deps.database, acting, request, async (permitted) => {
    const plan = await planRegiving(permitted, mandateId, proposal);
    if (!plan.ok) return plan;
    const id = await keepDraft(permitted, 'person-mandate', { mandateId, proposal });
    await permitted.audit({ subject: { kind: 'draft', id }, changes: { personId: plan.value.personId } });
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
    const plan = await planRegiving(permitted, draft.value.mandateId, proposal);
    if (!plan.ok) return { permitted, plan };
    const preview = await loadPreview(permitted, 'person', proposal, plan.value.replaces);
    return { permitted, plan: ok({ ...plan.value, preview }) };
  });
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
      const { mandateId } = draft.value;
      const mandate = isUuid(mandateId) ? await findMandate(permitted, mandateId) : undefined;
      if (mandate?.personId) await lockHolder(permitted, mandate.personId);
      const plan = await planRegiving(permitted, mandateId, asOf(draft.value.proposal, permitted.now));
      if (!plan.ok) return plan;
      if (plan.value.shown !== shown) return err({ kind: 'confirm', reason: 'changed' });
      return ok(await regive(deps, permitted, plan.value));
    },
  );
}

async function planRegiving(
  permitted: Permitted,
  mandateId: string,
  proposal: Proposal,
): Promise<Result<RegivePlan, RegiveProblem | Refused>> {
  const settle = (reason: Extract<SettleProblem, { kind: 'settle' }>['reason']) =>
    err({ kind: 'settle', reason } as const);
  const mandate = isUuid(mandateId) ? await findMandate(permitted, mandateId) : undefined;
  const personId = mandate?.personId ?? null;
  if (mandate === undefined || personId === null) return settle('unknown');
  if (personId === permitted.facts.session?.personId) return settle('oneself');
  const replaces = await currentMandate(permitted, { personId });
  if (replaces?.id !== mandate.id) return settle('ended');
  const refusal = beyondOwn(permitted, replaces);
  if (refusal !== undefined) return err({ kind: 'refused', refusal });
  if (mandate.tie === 'declared' && permitted.facts.mandate) return settle('declared-by-officers');
  if (!mandate.facts.tieHolds) return settle('no-tie');
  const standing = await standingOf(permitted, personId);
  if (standing.officer) return settle('already-officer');
  if (standing.vendorPerson) return settle('vendor-person');
  const reach = await reachOf(permitted, proposal);
  const problems = problemsOf(proposal, 'person', permitted.facts, reach, permitted.now, replaces);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  return ok({ mandate, personId, replaces, proposal, shown: shownOf(replaces) });
}

async function regive(
  deps: AccessDeps,
  permitted: Permitted,
  { mandate, personId, proposal }: RegivePlan,
): Promise<{ readonly mandateId: string }> {
  const { holderName: name, tieReason } = mandate;
  const tie = mandate.tie ?? 'employment';
  const { id, replaced } = await giveMandate(permitted, { personId, tie, tieReason }, name, proposal);
  await permitted.audit({
    subject: { kind: 'mandate', id },
    changes: { ...changesOf(proposal), personId, tie, replaced },
    detail: { name, purpose: proposal.purpose, tieReason },
  });
  await tellOfGiven(deps, permitted, proposal, holderOf(mandate), { replaced });
  return { mandateId: id };
}
