import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import {
  type AccessDeps,
  act,
  type ActingFor,
  answerRequest,
  askedTerms,
  asOf,
  beyondOwn,
  changesOf,
  currentMandate,
  type DraftProblem,
  giveMandate,
  keepDraft,
  listUnits,
  loadPreview,
  lockHolder,
  lockRequest,
  look,
  type MandateRequest,
  openRequestOf,
  type Permitted,
  pickForScope,
  type PickingQuery,
  type PresentMandate,
  problemsOf,
  type Proposal,
  reachOf,
  readDraft,
  type Refused,
  removeWithin,
  requireOpen,
  shownOf,
  storedProposal,
  stepUpFresh,
  takeDraft,
  tellOfGiven,
  termsOf,
} from '../access/index.ts';
import { lastDayToEnd } from '../kernel/dates.ts';
import { parseOrganisationNumber } from '../kernel/organisation-number.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import {
  type AcceptedQuote,
  insertQuote,
  lockOffers,
  type Offer,
  openOfferOf,
  validQuote,
} from './quote-records.ts';
import { type QuoteSums, sumsOfFee } from './quote-rules.ts';
import { changesOfQuote, tell, workersToCount } from './quotes.ts';
import { findVendor, officialPrice, searchVendors } from './records.ts';
import { type Agreements, type GrantProblem, type Vendor, vendorProblem } from './rules.ts';
import { listAnswers } from './security-actions.ts';

export type VendorDeps = AccessDeps & { readonly agreements: Agreements };

/** What giving this mandate comes to: what is signed, what it costs and what it replaces. */
export interface GrantPlan {
  readonly vendor: Vendor;
  readonly proposal: Proposal;
  /** The official price of today. */
  readonly price: { readonly ore: number; readonly vatBasisPoints: number };
  /** What the vendor takes in all, by what it is charged for. */
  readonly sums: QuoteSums;
  /** In force since then; undefined when it is signed with this mandate. */
  readonly agreement: { readonly id: string; readonly since: Date; readonly recorded: boolean } | undefined;
  /** What the vendor has signed, and the business signs with this mandate when no agreement is in force. */
  readonly document: NonNullable<Awaited<ReturnType<Agreements['current']>>>;
  /** The quote that the mandate stands on already; undefined when an officer accepts one with it. */
  readonly quote: AcceptedQuote | undefined;
  /** The vendor's offer, item by item, that is accepted with the mandate; undefined: its published fee is. */
  readonly offer: Offer | undefined;
  readonly replaces: PresentMandate | undefined;
  /** The vendor's request that waits for an answer, which this mandate gives. */
  readonly asked: MandateRequest | undefined;
  /** Of everything that may change between the preview and the confirmation. */
  readonly shown: string;
}

export type Confirmation = {
  /** `shown` of the plan that was read; a grant without a preview leaves it out. */
  readonly shown?: string;
  readonly acceptsAgreement: boolean;
  readonly acceptsQuote: boolean;
};

export type GrantError =
  | GrantProblem
  | { readonly kind: 'confirm'; readonly reason: 'step-up' | 'not-accepted' | 'changed' | DraftProblem };

const draftForm = z.object({
  vendorNumber: z.string(),
  proposal: storedProposal,
  /** The request that it answers; null: it was begun without one. */
  requestId: z.string().nullable().default(null),
});
type GrantDraft = z.infer<typeof draftForm>;
const GIVE = { right: 'access.manage', action: 'mandate.give' } as const;

/** Vendors to choose among. */
export async function findVendors(deps: Pick<VendorDeps, 'database'>, acting: ActingFor, search: string) {
  return look(deps.database, acting, GIVE, async (permitted) => ({
    permitted,
    vendors: await searchVendors(permitted, search),
  }));
}

/** Whom a mandate is for: a vendor by its number, or the one that has asked for it. */
export type GrantTarget = { readonly vendorNumber: string } | { readonly requestId: string };

/**
 * What the form for a vendor's mandate is drawn from, the mandate that the vendor has already, and what it has asked for.
 */
export async function openGrantForm(
  deps: VendorDeps,
  acting: ActingFor,
  target: GrantTarget,
  picking: PickingQuery | undefined,
) {
  return look(deps.database, acting, GIVE, async (permitted) => {
    const vendor = await targetVendor(deps, permitted, target);
    const units = await listUnits(permitted);
    const known = vendor.ok ? { vendorId: vendor.value.id } : undefined;
    const present = known && (await currentMandate(permitted, known));
    const asked = known && (await openRequestOf(permitted, known));
    const start = 'requestId' in target && asked !== undefined ? asked.proposal : present;
    return {
      permitted,
      vendor,
      present,
      asked,
      units,
      picking: await pickForScope(permitted, picking, start),
    };
  });
}

async function targetVendor(
  deps: VendorDeps,
  permitted: Permitted,
  target: GrantTarget,
): Promise<Result<Vendor, GrantProblem>> {
  if ('vendorNumber' in target) return usableVendor(deps, permitted, target.vendorNumber);
  const request = await requireOpen(permitted, target.requestId);
  if (!request.ok) return request;
  const { asker } = request.value;
  return asker.kind === 'vendor'
    ? usableVendor(deps, permitted, asker.number)
    : err({ kind: 'request', reason: 'unknown' });
}

async function usableVendor(
  deps: VendorDeps,
  permitted: Permitted,
  vendorNumber: string,
): Promise<Result<Vendor, GrantProblem>> {
  const number = parseOrganisationNumber(vendorNumber);
  const vendor = number.ok ? await findVendor(permitted, number.value) : undefined;
  if (vendor === undefined) return err({ kind: 'vendor', reason: 'unknown-vendor' });
  const reason = vendorProblem(vendor, permitted.facts.business?.id ?? '', deps.agreements.standard.sha256);
  return reason === undefined ? ok(vendor) : err({ kind: 'vendor', reason });
}

/**
 * Checks a proposal and keeps it while its sender reads the preview. Returns the draft's id.
 * @param proposal `as-asked`: what the request asks for
 */
export async function proposeGrant(
  deps: VendorDeps,
  acting: ActingFor,
  target: GrantTarget,
  proposal: Proposal | 'as-asked',
): Promise<Result<string, GrantProblem | Refused>> {
  const request = { right: 'access.manage', action: 'mandate.propose' } as const;
  return act<string, GrantProblem | Refused>(deps.database, acting, request, async (permitted) => {
    const draft = await draftOf(deps, permitted, target, proposal);
    if (!draft.ok) return draft;
    const plan = await planGrant(deps, permitted, draft.value);
    if (!plan.ok) return plan;
    const id = await keepDraft(permitted, 'vendor-mandate', draft.value);
    const { requestId } = draft.value;
    await permitted.audit({
      subject: { kind: 'draft', id },
      changes: { vendorId: plan.value.vendor.id, ...(requestId === null ? {} : { requestId }) },
    });
    return ok(id);
  });
}

async function draftOf(
  deps: VendorDeps,
  permitted: Permitted,
  target: GrantTarget,
  wanted: Proposal | 'as-asked',
): Promise<Result<GrantDraft, GrantProblem>> {
  const vendor = await targetVendor(deps, permitted, target);
  if (!vendor.ok) return vendor;
  const vendorNumber = vendor.value.organisationNumber;
  const asked =
    'requestId' in target ? await openRequestOf(permitted, { vendorId: vendor.value.id }) : undefined;
  const proposal = wanted === 'as-asked' ? asked && asOf(asked.proposal, permitted.now) : wanted;
  return proposal === undefined
    ? err({ kind: 'request', reason: 'unknown' })
    : ok({ vendorNumber, proposal, requestId: asked?.id ?? null });
}

/** The preview of a draft. */
export async function previewGrant(deps: VendorDeps, acting: ActingFor, draftId: string) {
  return look(deps.database, acting, GIVE, async (permitted) => {
    const draft = await readDraft(permitted, draftId, 'vendor-mandate', draftForm);
    if (!draft.ok) {
      const gone: GrantError = { kind: 'confirm', reason: draft.error };
      return { permitted, plan: err(gone) };
    }
    const plan = await planGrant(deps, permitted, draft.value);
    if (!plan.ok) return { permitted, plan };
    const { proposal, replaces, asked } = plan.value;
    const askedFor = asked && askedTerms(asked, permitted.now);
    const preview = await loadPreview(permitted, 'vendor', proposal, replaces, askedFor);
    const workers = await workersToCount(permitted);
    const answers = await listAnswers(permitted, plan.value.vendor.id);
    return { permitted, plan: ok({ ...plan.value, preview, workers, answers }) };
  });
}

/** What would be given, signed, accepted and replaced; or why it cannot be. */
async function planGrant(
  deps: VendorDeps,
  permitted: Permitted,
  draft: GrantDraft,
): Promise<Result<GrantPlan, GrantProblem | Refused>> {
  const proposal = asOf(draft.proposal, permitted.now);
  const answering = draft.requestId === null ? ok(undefined) : await requireOpen(permitted, draft.requestId);
  if (!answering.ok) return answering;
  const found = await usableVendor(deps, permitted, draft.vendorNumber);
  if (!found.ok) return found;
  const vendor = found.value;
  const asked = await openRequestOf(permitted, { vendorId: vendor.id });
  const replaces = await currentMandate(permitted, { vendorId: vendor.id });
  const refusal = replaces && beyondOwn(permitted, replaces);
  if (refusal !== undefined) return err({ kind: 'refused', refusal });
  const reach = await reachOf(permitted, proposal);
  const problems = problemsOf(proposal, 'vendor', permitted.facts, reach, permitted.now, replaces);
  if (problems !== undefined) return err({ kind: 'proposal', problems });
  const document = await deps.agreements.current(permitted, vendor.id);
  if (document === undefined) return err({ kind: 'vendor', reason: 'outdated-agreement' });
  const agreement = await deps.agreements.active(permitted, vendor.id);
  const price = await officialPrice(permitted);
  const standing = await standingQuote(permitted, vendor, agreement !== undefined);
  if (!standing.ok) return standing;
  const quote = standing.value;
  await lockOffers(permitted, vendor.id);
  const offer = quote === undefined ? await openOfferOf(permitted, vendor.id, price.ore) : undefined;
  const priced = quote ?? offer;
  if (priced !== undefined && lastDayToEnd(proposal.lastDay) > priced.validUntil)
    return err({ kind: 'proposal', problems: { quote: 'ends-before' } });
  // An offer stands while it waits for its answer, also when the published price has risen meanwhile.
  const offered = asked?.asker.kind === 'vendor' ? asked.asker.feeOre : vendor.feeOre;
  const sums = priced ?? sumsOfFee(price.ore, Math.min(vendor.feeOre, offered));
  const standsOn = [agreement?.id, priced?.id, asked?.id, document.id];
  const shown = createHash('sha256')
    .update(JSON.stringify([shownOf(replaces), sums.feeOre, price, ...standsOn]))
    .digest('base64url');
  return ok({ vendor, proposal, price, sums, agreement, document, quote, offer, replaces, asked, shown });
}

/** Officers accept a quote with each mandate; others stand on one that an officer accepted. */
async function standingQuote(
  permitted: Permitted,
  vendor: Vendor,
  hasAgreement: boolean,
): Promise<Result<AcceptedQuote | undefined, GrantProblem>> {
  if (permitted.decide('agreements.sign').allowed) return ok(undefined);
  const quote = await validQuote(permitted, vendor.id);
  return hasAgreement && quote !== undefined ? ok(quote) : err({ kind: 'vendor', reason: 'needs-officer' });
}

export type Granted = { readonly mandateId: string; readonly replaced: string | null };

/**
 * Gives a vendor a mandate at once, signing the agreement and accepting the quote with it. Needs a login at high level in
 * the last five minutes.
 */
export async function grantToVendor(
  deps: VendorDeps,
  acting: ActingFor,
  grant: { readonly vendorNumber: string; readonly proposal: Proposal } & Confirmation,
): Promise<Result<Granted, GrantError | Refused>> {
  return act<Granted, GrantError | Refused>(deps.database, acting, GIVE, (permitted) =>
    confirm(deps, permitted, { ...grant, requestId: null }, grant),
  );
}

/** Gives the mandate of a draft, once: pressed twice, the second finds the draft used. */
export async function confirmGrant(
  deps: VendorDeps,
  acting: ActingFor,
  draftId: string,
  confirmation: Confirmation,
): Promise<Result<Granted, GrantError | Refused>> {
  return act<Granted, GrantError | Refused>(deps.database, acting, GIVE, async (permitted) => {
    const draft = await takeDraft(permitted, draftId, 'vendor-mandate', draftForm);
    if (!draft.ok) return err({ kind: 'confirm', reason: draft.error });
    return confirm(deps, permitted, draft.value, confirmation);
  });
}

async function confirm(
  deps: VendorDeps,
  permitted: Permitted,
  draft: GrantDraft,
  confirmation: Confirmation,
): Promise<Result<Granted, GrantError | Refused>> {
  if (!stepUpFresh(permitted.facts, permitted.now)) return err({ kind: 'confirm', reason: 'step-up' });
  const vendor = await usableVendor(deps, permitted, draft.vendorNumber);
  if (!vendor.ok) return vendor;
  await lockHolder(permitted, vendor.value.id);
  await lockRequest(permitted, { vendorId: vendor.value.id });
  const planned = await planGrant(deps, permitted, draft);
  if (!planned.ok) return planned;
  const plan = planned.value;
  if (confirmation.shown !== undefined && confirmation.shown !== plan.shown)
    return err({ kind: 'confirm', reason: 'changed' });
  const accepted =
    (plan.agreement !== undefined || confirmation.acceptsAgreement) &&
    (plan.quote !== undefined || confirmation.acceptsQuote);
  if (!accepted) return err({ kind: 'confirm', reason: 'not-accepted' });
  const agreement =
    plan.agreement === undefined
      ? await deps.agreements.sign(permitted, plan.vendor.id, plan.document.sha256.toString('hex'))
      : ok(plan.agreement.id);
  if (!agreement.ok) return err({ kind: 'confirm', reason: agreement.error });
  return ok(await carryOut(deps, permitted, plan, agreement.value));
}

async function carryOut(
  deps: VendorDeps,
  permitted: Permitted,
  plan: GrantPlan,
  agreementId: string,
): Promise<Granted> {
  const { vendor, proposal, sums, offer } = plan;
  const quoteId = plan.quote?.id ?? (await acceptQuote(permitted, plan));
  const holder = { vendorId: vendor.id, agreementId, quoteId };
  const { id: mandateId, replaced } = await giveMandate(permitted, holder, vendor.name, proposal);
  await permitted.audit({
    subject: { kind: 'mandate', id: mandateId },
    changes: {
      ...changesOf(proposal),
      vendorId: vendor.id,
      agreementId,
      quoteId,
      ...changesOfQuote(sums),
      replaced,
    },
    detail: { vendorName: vendor.name, purpose: proposal.purpose },
  });
  await endPredecessors(deps, permitted, vendor.id);
  if (plan.asked !== undefined) {
    await answerRequest(permitted, plan.asked, { terms: termsOf(proposal, permitted.now), mandateId });
  }
  const asAnswer = plan.asked !== undefined;
  await tellOfGiven(
    deps,
    permitted,
    proposal,
    { name: vendor.name, vendorId: vendor.id },
    { replaced, asAnswer },
  );
  if (offer !== undefined) await tell(permitted, offer.id, 'accepted');
  return { mandateId, replaced };
}

/**
 * Ends what the vendors have left that this one took over and the business has said yes to: with the new mandate, and not
 * before, since its scope is taken from the old one. What reaches beyond the giver's own mandate is left to an officer.
 */
async function endPredecessors(deps: VendorDeps, permitted: Permitted, vendorId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from mandates_taken_over_by(${vendorId}) as id`.execute(permitted.query);
  for (const { id } of rows) await removeWithin(deps, permitted, id);
}

/** Accepts the vendor's offer as it stands, or its published fee for as long as the mandate lasts. */
function acceptQuote(permitted: Permitted, { vendor, proposal, sums, offer }: GrantPlan): Promise<string> {
  const price = offer ?? { ...sums, validUntil: lastDayToEnd(proposal.lastDay) };
  return insertQuote(permitted, { ...price, vendorId: vendor.id, offerId: offer?.id ?? null });
}
