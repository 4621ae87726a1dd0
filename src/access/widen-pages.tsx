import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { Actions, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { askOfficers } from './hand-over.ts';
import { mandatePath } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import {
  confirmPersonMandate,
  openPersonMandate,
  previewPersonMandate,
  proposePersonMandate,
} from './person-mandates.ts';
import { ProposalPreview, renderPreview, StepUp } from './preview.tsx';
import { afterConfirming, givingProblemPage } from './problems.tsx';
import {
  isWorkerSearch,
  pickingOf,
  proposalErrors,
  proposalFields,
  ProposalFields,
  startingForm,
  toProposal,
} from './proposal-form.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';
const WIDEN = `${LIST}/mandates/:mandate/widen`;
const DRAFT = `${LIST}/mandate-drafts/:draft`;

/** A new mandate to a person who has one; and, for any kept form, asking another officer to confirm it. */
export function addWidenPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(WIDEN, (c) => widenPage(c, deps, emptyForm));
  app.post(WIDEN, (c) => propose(c, deps));
  app.get(DRAFT, (c) => previewPage(c, deps));
  app.post(DRAFT, (c) => confirm(c, deps));
  app.post(`${LIST}/drafts/:draft/ask`, (c) => ask(c, deps));
}

async function widenPage(c: Context<AppEnv>, deps: AccessDeps, state: FormState) {
  const acting = requireActing(c);
  const opened = await openPersonMandate(deps, acting, c.req.param('mandate') ?? '', pickingOf(state));
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, mandate, units, picking } = opened.value;
  if (mandate === undefined) return notFoundPage(c);
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:widen.title', { name: mandate.holderName }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: mandate.holderName, href: mandatePath(acting, mandate.id) },
      ],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <p>{t('access:widen.text')}</p>
      <PostForm state={startingForm(state, mandate, permitted.now)}>
        <ProposalFields
          holder="person"
          facts={permitted.facts}
          units={units}
          picking={picking}
          now={permitted.now}
        />
        <Actions>
          <SubmitButton>{t('access:toPreview')}</SubmitButton>
          <LinkButton href={mandatePath(acting, mandate.id)} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const proposalForm = z.object(proposalFields);

async function propose(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  if (isWorkerSearch(form)) return widenPage(c, deps, formWithErrors(form, {}));
  const parsed = parseForm(proposalForm, form);
  if (!parsed.ok) return widenPage(c, deps, parsed.error);
  const id = c.req.param('mandate') ?? '';
  const draft = await proposePersonMandate(deps, acting, id, toProposal(parsed.value));
  if (draft.ok) return c.redirect(businessPath(acting, `${LIST}/mandate-drafts/${draft.value}`), 303);
  if (draft.error.kind === 'proposal') {
    return widenPage(c, deps, formWithErrors(form, proposalErrors(draft.error.problems)));
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
  const { mandate, proposal, preview, shown } = plan.value;
  const t = c.get('t');
  return renderPreview(
    c,
    permitted,
    { title: t('access:invite.previewTitle', { name: mandate.holderName }), warning },
    <>
      <ProposalPreview holder="person" name={mandate.holderName} proposal={proposal} preview={preview} />
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
  const shown = (await readForm(c)).get('shown');
  const confirmed = await confirmPersonMandate(
    deps,
    acting,
    c.req.param('draft') ?? '',
    typeof shown === 'string' ? shown : '',
  );
  return afterConfirming(c, confirmed, (warning) => previewPage(c, deps, warning));
}

async function ask(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const asked = await askOfficers(deps, acting, c.req.param('draft') ?? '');
  return asked.ok
    ? redirectDone(c, businessPath(acting, LIST), 'access:done.asked')
    : givingProblemPage(c, asked.error);
}
