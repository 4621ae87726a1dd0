import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { Actions, DescriptionList, EmptyState, LinkButton, Section, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  sentText,
} from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { SearchForm, searchOf } from '../web/search.tsx';
import type { Refused } from './actions.ts';
import {
  confirmInvitation,
  findInvitees,
  type InviteProblem,
  openInvitationForm,
  previewInvitation,
  proposeInvitation,
  sendInvitation,
  viewInvitation,
  withdrawInvitation,
} from './invitations.ts';
import type { AccessDeps } from './mandates.ts';
import { refusalText } from './parts.tsx';
import { ProposalPreview, renderPreview, StepUp } from './preview.tsx';
import { afterConfirming, givingProblemPage } from './problems.tsx';
import {
  isWorkerSearch,
  pickingOf,
  proposalErrors,
  proposalFields,
  ProposalForm,
  toProposal,
} from './proposal-form.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';
import type { PickedWorker } from './worker-records.ts';

const LIST = '/business/access';
const PEOPLE = `${LIST}/people`;

/** Mandates to people: choose whom, say what, preview, send; and confirm whoever logged in. */
export function addPersonPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(PEOPLE, (c) => choosePage(c, deps));
  app.get(`${PEOPLE}/invite`, (c) => invitePage(c, deps, c.req.query('worker'), emptyForm));
  app.post(`${PEOPLE}/invite`, (c) => propose(c, deps));
  app.get(`${PEOPLE}/drafts/:draft`, (c) => previewPage(c, deps));
  app.post(`${PEOPLE}/drafts/:draft`, (c) => send(c, deps));
  app.get(`${LIST}/invitations/:invitation`, (c) => confirmPage(c, deps, undefined));
  app.post(`${LIST}/invitations/:invitation`, (c) => confirm(c, deps));
  app.post(`${LIST}/invitations/:invitation/withdraw`, (c) => withdraw(c, deps));
}

async function choosePage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const search = searchOf(c);
  const found = await findInvitees(deps, acting, search);
  if (!found.ok) return refusedPage(c, found.error);
  const { permitted, mayRead, workers } = found.value;
  const t = c.get('t');
  const invite = businessPath(acting, `${PEOPLE}/invite`);
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('access:people.title'),
      section: 'business',
      side: 'access',
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
      narrow: true,
    },
    <>
      <p>{t('access:people.text')}</p>
      <Section title={t('access:people.worker')}>
        {mayRead.allowed ? (
          <SearchForm
            to={businessPath(acting, PEOPLE)}
            label={t('access:people.search')}
            search={search}
            submit={t('access:find')}
          />
        ) : (
          <p>{refusalText(t, mayRead.refusal)}</p>
        )}
        {search === '' ? null : (
          <FoundWorkers c={c} workers={workers} self={permitted.facts.session?.personId} />
        )}
      </Section>
      <Section title={t('access:people.other')}>
        <p>{t('access:people.otherText')}</p>
        <Actions>
          <LinkButton
            href={invite}
            variant="secondary"
            disabledReason={
              permitted.facts.mandate ? t('access:problem.invitee.declared-by-officers') : undefined
            }
          >
            {t('access:people.otherChoose')}
          </LinkButton>
        </Actions>
      </Section>
    </>,
  );
}

type FoundProps = {
  readonly c: Context<AppEnv>;
  readonly workers: readonly PickedWorker[];
  /** The person who searches, who gives oneself nothing. */
  readonly self: string | undefined;
};

function FoundWorkers({ c, workers, self }: FoundProps) {
  const t = c.get('t');
  const acting = requireActing(c);
  const invite = businessPath(acting, `${PEOPLE}/invite`);
  return (
    <Table
      caption={t('access:people.found')}
      rows={workers}
      empty={<EmptyState title={t('access:people.none')} />}
      columns={[
        { header: t('access:column.name'), cell: (worker) => worker.name },
        { header: t('access:column.unit'), cell: (worker) => worker.unitName },
        {
          header: '',
          align: 'end',
          cell: (worker) =>
            worker.mandateId === null ? (
              <LinkButton
                href={withQuery(invite, { worker: worker.id })}
                size="sm"
                variant="secondary"
                label={t('access:people.chooseFull', { name: worker.name })}
                disabledReason={workerReason(c, worker, self)}
              >
                {t('access:people.choose')}
              </LinkButton>
            ) : (
              <LinkButton
                href={businessPath(acting, `${LIST}/mandates/${worker.mandateId}`)}
                size="sm"
                variant="secondary"
                label={t('access:people.seeMandateFull', { name: worker.name })}
              >
                {t('access:people.seeMandate')}
              </LinkButton>
            ),
        },
      ]}
    />
  );
}

function workerReason(
  c: Context<AppEnv>,
  worker: PickedWorker,
  self: string | undefined,
): string | undefined {
  const t = c.get('t');
  if (worker.personId === self) return t('access:problem.invitee.worker-is-oneself');
  if (worker.officer) return t('access:problem.invitee.worker-is-officer');
  return worker.vendorPerson ? t('access:problem.invitee.worker-of-vendor') : undefined;
}

async function invitePage(
  c: Context<AppEnv>,
  deps: AccessDeps,
  workerId: string | undefined,
  state: FormState,
) {
  const acting = requireActing(c);
  const opened = await openInvitationForm(deps, acting, workerId, pickingOf(state));
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, worker, units, picking } = opened.value;
  if (workerId !== undefined && worker === undefined) return notFoundPage(c);
  const t = c.get('t');
  const failed = Object.keys(state.errors).length > 0;
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('access:invite.title'),
      section: 'business',
      side: 'access',
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: t('access:people.title'), href: businessPath(acting, PEOPLE) },
      ],
      narrow: true,
      status: failed ? 422 : 200,
    },
    <ProposalForm
      state={state}
      holder="person"
      facts={permitted.facts}
      units={units}
      picking={picking}
      now={permitted.now}
      cancel={businessPath(acting, LIST)}
    >
      {worker === undefined ? (
        <>
          <TextField name="name" label={t('access:invite.name')} maxlength={100} />
          <Textarea
            name="tieReason"
            label={t('access:invite.reason')}
            description={t('access:invite.reasonHint')}
            rows={2}
            maxlength={300}
          />
        </>
      ) : (
        <>
          <HiddenField name="worker" value={worker.id} />
          <p>{t('access:invite.worker', { name: worker.name, unit: worker.unitName })}</p>
        </>
      )}
      <TextField
        name="email"
        label={t('access:invite.email')}
        description={t('access:invite.emailHint')}
        type="email"
        maxlength={200}
      />
    </ProposalForm>,
  );
}

const inviteForm = z.object({
  ...proposalFields,
  worker: z.uuid().optional(),
  name: z.string().max(100).optional(),
  tieReason: z.string().max(300).optional(),
  email: z.email({ error: 'web:form.email' }).max(200),
});

async function propose(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const workerId = sentText(form, 'worker');
  if (isWorkerSearch(form)) return invitePage(c, deps, workerId, formWithErrors(form, {}));
  const parsed = parseForm(inviteForm, form);
  if (!parsed.ok) return invitePage(c, deps, workerId, parsed.error);
  const { worker, name, tieReason, email } = parsed.value;
  if (worker === undefined && name === undefined) {
    return invitePage(c, deps, undefined, formWithErrors(form, { name: 'web:form.required' }));
  }
  const draft = await proposeInvitation(deps, acting, {
    invited: { workerId: worker ?? null, name: name ?? '', email, tieReason: tieReason ?? null },
    proposal: toProposal(parsed.value),
  });
  if (draft.ok) return c.redirect(businessPath(acting, `${PEOPLE}/drafts/${draft.value}`), 303);
  const errors = formErrors(draft.error);
  if (errors !== undefined) return invitePage(c, deps, workerId, formWithErrors(form, errors));
  return givingProblemPage(c, draft.error);
}

function formErrors(problem: InviteProblem | Refused): Record<string, string> | undefined {
  if (problem.kind === 'proposal') return proposalErrors(problem.problems);
  if (problem.kind !== 'invitee') return undefined;
  const fields: Readonly<Partial<Record<string, string>>> = {
    'no-reason': 'tieReason',
    'too-many-today': 'email',
  };
  const field = fields[problem.reason] ?? 'name';
  return { [field]: `access:problem.invitee.${problem.reason}` };
}

async function previewPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const previewed = await previewInvitation(deps, acting, c.req.param('draft') ?? '');
  if (!previewed.ok) return refusedPage(c, previewed.error);
  const { permitted, plan } = previewed.value;
  if (!plan.ok) return givingProblemPage(c, plan.error);
  const { invited, proposal, preview } = plan.value;
  const t = c.get('t');
  return renderPreview(
    c,
    permitted,
    { title: t('access:invite.previewTitle', { name: invited.name }) },
    <>
      <ProposalPreview holder="person" name={invited.name} proposal={proposal} preview={preview} />
      <DescriptionList
        items={[
          { term: t('access:invite.email'), value: invited.email },
          {
            term: t('access:tie.title'),
            value: invited.tieReason ?? t('access:tie.employment'),
          },
        ]}
      />
      <p>{t('access:invite.next', { name: invited.name })}</p>
      <PostForm>
        <Actions>
          <SubmitButton>{t('access:invite.send')}</SubmitButton>
          <LinkButton href={businessPath(acting, LIST)} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function send(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const sent = await sendInvitation(deps, acting, c.req.param('draft') ?? '');
  return sent.ok
    ? redirectDone(c, businessPath(acting, LIST), 'access:done.invited')
    : givingProblemPage(c, sent.error);
}

async function confirmPage(c: Context<AppEnv>, deps: AccessDeps, warning: string | undefined) {
  const acting = requireActing(c);
  const viewed = await viewInvitation(deps, acting, c.req.param('invitation') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, plan } = viewed.value;
  if (plan === undefined) return notFoundPage(c);
  if (!plan.ok) return givingProblemPage(c, plan.error);
  const { invitation, proposal, preview, shown } = plan.value;
  const t = c.get('t');
  const verified = invitation.acceptedByName ?? '';
  return renderPreview(
    c,
    permitted,
    { title: t('access:settle.title', { name: verified }), warning },
    <>
      <p>{t('access:settle.text', { invited: invitation.name, email: invitation.email, verified })}</p>
      <ProposalPreview holder="person" name={verified} proposal={proposal} preview={preview} />
      <StepUp c={c} permitted={permitted} preview={preview}>
        <PostForm>
          <HiddenField name="shown" value={shown} />
          <Actions>
            <SubmitButton>{t('access:settle.confirm')}</SubmitButton>
          </Actions>
        </PostForm>
      </StepUp>
      <PostForm
        action={businessPath(acting, `${LIST}/invitations/${invitation.id}/withdraw`)}
        class="form inline"
      >
        <SubmitButton variant="tertiary" color="danger">
          {t('access:settle.notThem')}
        </SubmitButton>
      </PostForm>
    </>,
  );
}

async function confirm(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const shown = sentText(await readForm(c), 'shown') ?? '';
  const confirmed = await confirmInvitation(deps, acting, c.req.param('invitation') ?? '', shown);
  return afterConfirming(c, confirmed, (warning) => confirmPage(c, deps, warning));
}

async function withdraw(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const withdrawn = await withdrawInvitation(deps, acting, c.req.param('invitation') ?? '', 'person');
  return withdrawn.ok
    ? redirectDone(c, businessPath(acting, LIST), 'access:done.withdrawn')
    : givingProblemPage(c, withdrawn.error);
}
