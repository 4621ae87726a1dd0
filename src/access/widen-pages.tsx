import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { Actions, Alert, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  sentText,
} from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { ok } from '../kernel/result.ts';
import { asOf } from './grants.ts';
import { askOfficers } from './hand-over.ts';
import { mandatePath } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import {
  confirmPersonMandate,
  openPersonMandate,
  previewPersonMandate,
  proposePersonMandate,
  type RegiveTarget,
} from './person-mandates.ts';
import { ProposalPreview, renderPreview, StepUp } from './preview.tsx';
import { afterConfirming, givingProblemPage } from './problems.tsx';
import {
  formOfProposal,
  isWorkerSearch,
  pickingOf,
  proposalErrors,
  proposalFields,
  ProposalForm,
  startingForm,
  toProposal,
} from './proposal-form.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';
const WIDEN = `${LIST}/mandates/:mandate/widen`;
const ANSWER = `${LIST}/people/requests/:asking`;
const DRAFT = `${LIST}/mandate-drafts/:draft`;

/** A new mandate to a person who has one, or has asked for one; and, for any kept form, asking another officer to confirm it. */
export function addWidenPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(WIDEN, (c) => widenPage(c, deps, emptyForm));
  app.post(WIDEN, (c) => propose(c, deps));
  app.get(ANSWER, (c) => widenPage(c, deps, emptyForm));
  app.post(ANSWER, (c) => propose(c, deps));
  app.get(DRAFT, (c) => previewPage(c, deps));
  app.post(DRAFT, (c) => confirm(c, deps));
  app.post(`${LIST}/drafts/:draft/ask`, (c) => ask(c, deps));
}

function targetOf(c: Context<AppEnv>): RegiveTarget {
  const requestId = c.req.param('asking');
  return requestId === undefined ? { mandateId: c.req.param('mandate') ?? '' } : { requestId };
}

/** @param errors what is wrong with the request when it is given as it was asked for: the form then begins from it */
async function widenPage(
  c: Context<AppEnv>,
  deps: AccessDeps,
  state: FormState,
  errors?: FormState['errors'],
): Promise<Response> {
  const acting = requireActing(c);
  const target = targetOf(c);
  const opened = await openPersonMandate(deps, acting, target, pickingOf(state));
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, recipient, present, asked, units, picking } = opened.value;
  if (!recipient.ok) return givingProblemPage(c, recipient.error);
  const { name } = recipient.value;
  const back =
    'requestId' in target
      ? businessPath(acting, `${LIST}/requests/${target.requestId}`)
      : mandatePath(acting, target.mandateId);
  const fromRequest = 'requestId' in target && state === emptyForm && asked !== undefined;
  const begun = fromRequest
    ? { ...formOfProposal(asOf(asked.proposal, permitted.now), permitted.now), errors: errors ?? {} }
    : startingForm(state, present, permitted.now);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:widen.title', { name }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: name, href: back },
      ],
      narrow: true,
      status: Object.keys(begun.errors).length > 0 ? 422 : 200,
    },
    <>
      {present === undefined ? null : <p>{t('access:widen.text')}</p>}
      {asked === undefined ? null : (
        <Alert title={t('access:widen.asked.title', { name })}>
          <p>{t('access:widen.asked.text')}</p>
          <Actions>
            <LinkButton href={businessPath(acting, `${LIST}/requests/${asked.id}`)} variant="secondary">
              {t('access:widen.asked.see')}
            </LinkButton>
          </Actions>
        </Alert>
      )}
      <ProposalForm
        state={begun}
        holder="person"
        facts={permitted.facts}
        units={units}
        picking={picking}
        now={permitted.now}
        cancel={back}
      />
    </>,
  );
}

const proposalForm = z.object(proposalFields);

async function propose(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  if (isWorkerSearch(form)) return widenPage(c, deps, formWithErrors(form, {}));
  const target = targetOf(c);
  const asAsked = 'requestId' in target && form.get('as') === 'asked';
  const parsed = asAsked ? ok('as-asked' as const) : parseForm(proposalForm, form);
  if (!parsed.ok) return widenPage(c, deps, parsed.error);
  const proposal = parsed.value === 'as-asked' ? parsed.value : toProposal(parsed.value);
  const draft = await proposePersonMandate(deps, acting, target, proposal);
  if (draft.ok) return c.redirect(businessPath(acting, `${LIST}/mandate-drafts/${draft.value}`), 303);
  if (draft.error.kind === 'proposal') {
    const failed = formWithErrors(form, proposalErrors(draft.error.problems));
    return asAsked ? widenPage(c, deps, emptyForm, failed.errors) : widenPage(c, deps, failed);
  }
  return givingProblemPage(c, draft.error);
}

async function previewPage(c: Context<AppEnv>, deps: AccessDeps, warning?: string) {
  const acting = requireActing(c);
  const draftId = c.req.param('draft') ?? '';
  const previewed = await previewPersonMandate(deps, acting, draftId);
  if (!previewed.ok) return refusedPage(c, previewed.error);
  const { permitted, plan } = previewed.value;
  if (!plan.ok) return givingProblemPage(c, plan.error);
  const { recipient, proposal, preview, shown } = plan.value;
  const { name } = recipient;
  const t = c.get('t');
  return renderPreview(
    c,
    permitted,
    { title: t('access:invite.previewTitle', { name }), warning },
    <>
      <ProposalPreview holder="person" name={name} proposal={proposal} preview={preview} />
      <StepUp c={c} permitted={permitted} preview={preview} draftId={draftId}>
        <PostForm>
          <HiddenField name="shown" value={shown} />
          <Actions>
            <SubmitButton>{t('access:widen.confirm')}</SubmitButton>
            <LinkButton href={businessPath(acting, LIST)} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      </StepUp>
    </>,
  );
}

async function confirm(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const shown = sentText(await readForm(c), 'shown') ?? '';
  const confirmed = await confirmPersonMandate(deps, acting, c.req.param('draft') ?? '', shown);
  return afterConfirming(c, confirmed, (warning) => previewPage(c, deps, warning));
}

async function ask(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const asked = await askOfficers(deps, acting, c.req.param('draft') ?? '');
  return asked.ok
    ? redirectDone(c, businessPath(acting, LIST), 'access:done.asked')
    : givingProblemPage(c, asked.error);
}
