import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  LinkButton,
  Link,
  Money,
  Section,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { CheckboxGroup, DateField, HiddenField, PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import { askOfficers } from './hand-over.ts';
import type { AccessDeps } from './mandates.ts';
import { Assigned, LastUsed, StateTag } from './mandate-parts.tsx';
import {
  type HistoryEntry,
  narrowMandate,
  type NarrowProblem,
  openNarrowing,
  viewMandate,
} from './narrowing.ts';
import { LimitText, refusalText, RightList, ScopeText, TermsChanges } from './parts.tsx';
import {
  confirmPersonMandate,
  openPersonMandate,
  previewPersonMandate,
  proposePersonMandate,
} from './person-mandates.ts';
import { ProposalPreview, StepUp } from './preview.tsx';
import type { ScopeNames } from './previews.ts';
import { givingProblemPage } from './problems.tsx';
import {
  dayField,
  formOfTerms,
  isWorkerSearch,
  LimitFields,
  limitFields,
  pickingOf,
  proposalErrors,
  proposalFields,
  ProposalFields,
  rightsField,
  scopeFields,
  ScopeFields,
  startingForm,
  toLimits,
  toProposal,
  toScope,
} from './proposal-form.tsx';
import type { NarrowingProblems } from './terms.ts';
import { businessPath, refusedPage, renderBusinessPage, requireActing, stepUpPath } from './web.tsx';

const LIST = '/business/access';
const ONE = `${LIST}/mandates/:mandate`;
const DRAFT = `${LIST}/mandate-drafts/:draft`;

/** One mandate: everything about it, narrowing it, and giving a person a new one in its place. */
export function addMandatePages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(ONE, (c) => mandatePage(c, deps));
  app.get(`${ONE}/narrow`, (c) => narrowPage(c, deps, emptyForm));
  app.post(`${ONE}/narrow`, (c) => narrow(c, deps));
  app.get(`${ONE}/widen`, (c) => widenPage(c, deps, emptyForm));
  app.post(`${ONE}/widen`, (c) => propose(c, deps));
  app.get(DRAFT, (c) => previewPage(c, deps));
  app.post(DRAFT, (c) => confirm(c, deps));
  app.post(`${LIST}/drafts/:draft/ask`, (c) => ask(c, deps));
}

const side = { section: 'business', side: 'access' } as const;

const mandatePath = (acting: ActingFor, id: string, sub = '') =>
  businessPath(acting, `${LIST}/mandates/${id}${sub}`);

type View = NonNullable<Extract<Awaited<ReturnType<typeof viewMandate>>, { ok: true }>['value']['view']>;

async function mandatePage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewMandate(deps, acting, c.req.param('mandate') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, view } = viewed.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { mandate, names, history } = view;
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('access:mandate.title', { name: mandate.holderName }),
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
    },
    <>
      <DescriptionList
        items={[
          {
            term: t('access:column.state'),
            value: <StateTag mandate={mandate} permitted={permitted} />,
          },
          { term: t('access:column.rights'), value: <RightList rights={mandate.rights} /> },
          { term: t('access:column.units'), value: <ScopeText scope={mandate} names={names} /> },
          { term: t('access:column.firstDay'), value: <DateText date={mandate.startsAt} /> },
          { term: t('access:column.lastDay'), value: <DateText date={endToLastDay(mandate.endsAt)} /> },
          { term: t('access:form.purpose'), value: mandate.purpose === '' ? '–' : mandate.purpose },
          { term: t('access:form.limits'), value: <LimitText limits={mandate.limits} /> },
          { term: t('access:mandate.givenBy'), value: <Giver view={view} acting={acting} /> },
          ...holderTerms(c, view),
          { term: t('access:column.lastUsed'), value: <LastUsed at={mandate.lastUsedAt} /> },
        ]}
      />
      <MandateButtons c={c} view={view} acting={acting} now={permitted.now} />
      <Section title={t('access:mandate.history')}>
        <History entries={history} names={names} caption={t('access:mandate.history')} />
      </Section>
    </>,
  );
}

/** What only a vendor's or only a person's mandate has. */
function holderTerms(c: Context<AppEnv>, { mandate, priceOre }: View) {
  const t = c.get('t');
  if (mandate.holder === 'person') {
    const reason = mandate.tieReason === null ? '' : ` ${mandate.tieReason}`;
    return [
      { term: t('access:tie.title'), value: `${t(`access:tie.${mandate.tie ?? 'employment'}`)}${reason}` },
    ];
  }
  return [
    {
      term: t('access:mandate.price'),
      value: (
        <>
          {t('access:fee')} <Money amount={nok(mandate.feeOre ?? 0)} />. {t('access:officialPrice')}{' '}
          <Money amount={nok(priceOre)} />
        </>
      ),
    },
    { term: t('access:mandate.people'), value: <Assigned mandate={mandate} /> },
  ];
}

function Giver({ view, acting }: { readonly view: View; readonly acting: ActingFor }) {
  const { t } = useRequest();
  const { mandate, giver } = view;
  return (
    <>
      {mandate.approvedByName}, <DateText date={mandate.approvedAt} time />.{' '}
      {giver === undefined ? (
        t('access:mandate.asOfficer')
      ) : (
        <Link href={mandatePath(acting, giver.id)}>{t('access:mandate.underOwn', { name: giver.name })}</Link>
      )}
    </>
  );
}

type ButtonsProps = {
  readonly c: Context<AppEnv>;
  readonly view: View;
  readonly acting: ActingFor;
  readonly now: Date;
};

function MandateButtons({ c, view, acting, now }: ButtonsProps) {
  const t = c.get('t');
  const { mandate, refusal } = view;
  if (mandate.endedAt !== null) return null;
  const disabledReason = refusal === undefined ? undefined : refusalText(t, refusal);
  const widen =
    mandate.holder === 'vendor'
      ? businessPath(acting, `${LIST}/vendors/${mandate.vendorNumber ?? ''}`)
      : mandatePath(acting, mandate.id, '/widen');
  return (
    <Actions>
      <LinkButton
        href={mandatePath(acting, mandate.id, '/narrow')}
        disabledReason={disabledReason ?? (mandate.endsAt <= now ? t('access:narrow.over') : undefined)}
      >
        {t('access:narrow.button')}
      </LinkButton>
      <LinkButton href={widen} variant="secondary" disabledReason={disabledReason}>
        {t('access:mandate.widen')}
      </LinkButton>
      <LinkButton
        href={mandatePath(acting, mandate.id, '/remove')}
        variant="secondary"
        color="danger"
        disabledReason={disabledReason}
      >
        {t('access:remove')}
      </LinkButton>
    </Actions>
  );
}

type HistoryProps = {
  readonly entries: readonly HistoryEntry[];
  readonly names: ScopeNames;
  readonly caption: string;
};

/** What was done to a mandate, by whom and why, and what it changed. */
function History({ entries, names, caption }: HistoryProps) {
  const { t } = useRequest();
  return (
    <Table
      caption={caption}
      captionHidden
      rows={entries}
      columns={[
        { header: t('access:mandate.when'), cell: ({ version }) => <DateText date={version.at} time /> },
        { header: t('access:mandate.what'), cell: ({ version }) => t(`access:version.${version.change}`) },
        { header: t('access:mandate.by'), cell: ({ version }) => version.byName ?? t('access:version.task') },
        {
          header: t('access:mandate.difference'),
          cell: ({ changes }) =>
            changes.length === 0 ? '–' : <TermsChanges changes={changes} names={names} />,
        },
        { header: t('access:mandate.why'), cell: ({ version }) => version.reason || '–' },
      ]}
    />
  );
}

// Narrowing -----------------------------------------------------------------------------------------------------------

type NarrowView = NonNullable<
  Extract<Awaited<ReturnType<typeof openNarrowing>>, { ok: true }>['value']['view']
>;

/** The form; with `since`, filled in on a version that somebody has changed after, with what they did. */
async function narrowPage(c: Context<AppEnv>, deps: AccessDeps, state: FormState, since?: number) {
  const acting = requireActing(c);
  const opened = await openNarrowing(deps, acting, c.req.param('mandate') ?? '', {
    picking: pickingOf(state),
    since,
  });
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, view } = opened.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  if (view.refusal !== undefined) return refusedPage(c, { kind: 'refused', refusal: view.refusal });
  if (view.over) return problemPage(c, 'conflict', { detail: t('access:narrow.over') });
  const { mandate, missed, names } = view;
  const shown = state === emptyForm ? formOfTerms({ ...mandate, purpose: '' }, permitted.now) : state;
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('access:narrow.title', { name: mandate.holderName }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: mandate.holderName, href: mandatePath(acting, mandate.id) },
      ],
      narrow: true,
      status: since !== undefined ? 409 : Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      {since === undefined ? null : (
        <Alert color="warning" title={t('access:narrow.changedTitle')} live>
          <p>{t('access:narrow.changed')}</p>
          <History entries={missed} names={names} caption={t('access:narrow.changedTitle')} />
        </Alert>
      )}
      <p>{t('access:narrow.text')}</p>
      <PostForm state={shown}>
        <HiddenField name="version" value={String(mandate.version)} />
        <CheckboxGroup
          name="rights"
          label={t('access:narrow.rights')}
          description={t('access:narrow.rightsHint')}
          choices={mandate.rights.map((right) => ({ value: right, label: t(`access:right.${right}.can`) }))}
        />
        <NarrowScope view={view} />
        <DateField
          name="lastDay"
          label={t('access:form.lastDay')}
          description={t('access:narrow.lastDayHint')}
          min={osloToday(permitted.now)}
          max={endToLastDay(mandate.endsAt)}
        />
        <LimitFields description={t('access:narrow.limitsHint')} />
        <Textarea
          name="reason"
          label={t('access:narrow.reason')}
          description={t('access:narrow.reasonHint')}
          rows={2}
          maxlength={300}
        />
        <Actions>
          <SubmitButton>{t('access:narrow.confirm')}</SubmitButton>
          <LinkButton href={mandatePath(acting, mandate.id)} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

/** Of the units or workers that the mandate has, those that it is to keep; of the whole business, a part. */
function NarrowScope({ view }: { readonly view: NarrowView }) {
  const { t } = useRequest();
  const { mandate, names, picking } = view;
  if (mandate.workers !== null) {
    const shown = [...names.workers].filter(([id]) => mandate.workers?.includes(id) === true);
    const hidden = mandate.workers.filter((id) => !names.workers.has(id));
    return (
      <>
        <HiddenField name="scope" value="named" />
        {hidden.map((id) => (
          <HiddenField name="workers" value={id} />
        ))}
        {shown.length === 0 ? null : (
          <CheckboxGroup
            name="workers"
            label={t('access:narrow.workers')}
            description={t('access:narrow.scopeHint')}
            choices={shown.map(([value, label]) => ({ value, label }))}
          />
        )}
      </>
    );
  }
  if (mandate.units !== null) {
    return (
      <>
        <HiddenField name="scope" value="some" />
        <CheckboxGroup
          name="units"
          label={t('access:narrow.units')}
          description={t('access:narrow.scopeHint')}
          choices={names.units
            .filter((unit) => mandate.units?.includes(unit.id) === true)
            .map((unit) => ({ value: unit.id, label: unit.name }))}
        />
      </>
    );
  }
  return <ScopeFields own={undefined} units={names.units} picking={picking} />;
}

const narrowForm = z.object({
  version: z
    .string()
    .regex(/^[0-9]{1,9}$/u)
    .transform(Number),
  rights: rightsField,
  ...scopeFields,
  lastDay: dayField,
  ...limitFields,
  reason: z.string({ error: 'access:problem.reason' }).max(300),
});

async function narrow(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const id = c.req.param('mandate') ?? '';
  const form = await readForm(c);
  if (isWorkerSearch(form)) return narrowPage(c, deps, formWithErrors(form, {}));
  const parsed = parseForm(narrowForm, form);
  if (!parsed.ok) return narrowPage(c, deps, parsed.error);
  const { version, rights, lastDay, reason } = parsed.value;
  const narrowing = {
    rights,
    ...toScope(parsed.value),
    lastDay,
    limits: toLimits(parsed.value),
    reason,
  };
  const narrowed = await narrowMandate(deps, acting, { id, version, narrowing });
  if (narrowed.ok) return redirectDone(c, mandatePath(acting, id), 'access:done.narrowed');
  const problem = narrowed.error;
  if (problem.kind === 'narrowing') {
    return narrowPage(c, deps, formWithErrors(form, narrowErrors(problem.problems)));
  }
  if (problem.kind !== 'narrow') return refusedPage(c, problem);
  return narrowProblem(c, deps, problem, form, version);
}

function narrowProblem(
  c: Context<AppEnv>,
  deps: AccessDeps,
  { reason }: Extract<NarrowProblem, { kind: 'narrow' }>,
  form: FormData,
  version: number,
) {
  switch (reason) {
    case 'unknown':
      return notFoundPage(c);
    case 'over':
      return problemPage(c, 'conflict', { detail: c.get('t')('access:narrow.over') });
    case 'changed':
      return narrowPage(c, deps, formWithErrors(form, {}), version);
  }
}

function narrowErrors(problems: NarrowingProblems): Record<string, string> {
  return Object.fromEntries(
    Object.entries(problems).map(([part, problem]) => [
      part === 'orePerMonth' ? 'kronerPerMonth' : part,
      `access:problem.narrow.${part}.${problem}`,
    ]),
  );
}

// A new mandate to the same person ----------------------------------------------------------------------------------

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
      ...side,
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
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('access:invite.previewTitle', { name: mandate.holderName }),
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
      narrow: true,
      status: warning === undefined ? 200 : 409,
    },
    <>
      {warning === undefined ? null : <Alert color="warning">{warning}</Alert>}
      <ProposalPreview holder="person" name={mandate.holderName} proposal={proposal} preview={preview} />
      <StepUp
        permitted={permitted}
        preview={preview}
        path={c.req.path}
        askPath={businessPath(acting, `${LIST}/drafts/${draftId}/ask`)}
      >
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
  if (confirmed.ok) return redirectDone(c, businessPath(acting, LIST), 'access:done.given');
  const problem = confirmed.error;
  if (problem.kind === 'confirm' && problem.reason === 'step-up') {
    return c.redirect(stepUpPath(c.req.path), 303);
  }
  if (problem.kind === 'confirm' && problem.reason === 'changed') {
    return previewPage(c, deps, c.get('t')('access:problem.draft.changed'));
  }
  return givingProblemPage(c, problem);
}

// Asking another officer ------------------------------------------------------------------------------------------------

async function ask(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const asked = await askOfficers(deps, acting, c.req.param('draft') ?? '');
  return asked.ok
    ? redirectDone(c, businessPath(acting, LIST), 'access:done.asked')
    : givingProblemPage(c, asked.error);
}
