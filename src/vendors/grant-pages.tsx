import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  type ActingFor,
  afterConfirming,
  asOf,
  businessPath,
  formOfProposal,
  givingProblemPage,
  isWorkerSearch,
  type MandateRequest,
  pickingOf,
  type PresentMandate,
  proposalErrors,
  ProposalForm,
  proposalFields,
  ProposalPreview,
  type Refused,
  refusedPage,
  renderBusinessPage,
  renderPreview,
  requireActing,
  startingForm,
  StepUp,
  toProposal,
} from '../access/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { nok } from '../kernel/money.ts';
import { err, ok } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  Details,
  EmptyState,
  LinkButton,
  Money,
  Section,
  Table,
  TextParts,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formTick,
  formWithErrors,
  parseForm,
  readForm,
} from '../web/form-parsing.ts';
import { Checkbox, GetForm, HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import {
  confirmGrant,
  findVendors,
  type GrantError,
  type GrantPlan,
  type GrantTarget,
  openGrantForm,
  previewGrant,
  proposeGrant,
} from './grants.ts';
import { QuoteCost } from './quote-parts.tsx';
import type { QuoteDeps } from './quote-pages.tsx';
import type { Vendor } from './rules.ts';
import type { SecurityAnswer } from './security.ts';
import { SecurityAnswers, SecuritySummary } from './security-pages.tsx';

const LIST = '/business/access';
const VENDORS = `${LIST}/vendors`;

/** A mandate to a vendor: find it, say what, read the preview, accept and confirm. */
export function addGrantPages(app: Hono<AppEnv>, deps: QuoteDeps): void {
  app.get(VENDORS, (c) => searchPage(c, deps));
  for (const path of [`${VENDORS}/:holder`, `${LIST}/requests/:request/mandate`]) {
    app.get(path, (c) => formPage(c, deps, emptyForm));
    app.post(path, (c) => propose(c, deps));
  }
  app.get(`${LIST}/vendor-drafts/:draft`, (c) => previewPage(c, deps, emptyForm));
  app.post(`${LIST}/vendor-drafts/:draft`, (c) => confirm(c, deps));
}

const side = { section: 'business', side: 'access' } as const;

async function searchPage(c: Context<AppEnv>, deps: QuoteDeps) {
  const acting = requireActing(c);
  // Names of vendors are public: a search for one may stand in the address.
  const search = (c.req.query('q') ?? '').normalize('NFC').replaceAll('\0', '').trim().slice(0, 100);
  const found = await findVendors(deps, acting, search);
  if (!found.ok) return refusedPage(c, found.error);
  const { permitted, vendors } = found.value;
  const t = c.get('t');
  const breadcrumbs = [{ label: t('access:title'), href: businessPath(acting, LIST) }];
  return renderBusinessPage(
    c,
    permitted,
    { ...side, title: t('access:giveVendor'), breadcrumbs },
    <>
      <p>{t('vendors:search.text')}</p>
      <GetForm values={{ q: [search] }}>
        <TextField name="q" label={t('vendors:search.label')} type="search" maxlength={100} />
        <Actions>
          <SubmitButton variant="secondary">{t('access:find')}</SubmitButton>
        </Actions>
      </GetForm>
      <Table
        caption={t('vendors:search.found')}
        rows={vendors}
        empty={<EmptyState title={t('vendors:search.none')}>{t('vendors:search.noneText')}</EmptyState>}
        columns={[
          { header: t('vendors:column.vendor'), cell: (vendor) => vendor.name },
          {
            header: t('vendors:column.number'),
            cell: (vendor) => formatOrganisationNumber(vendor.organisationNumber),
          },
          {
            header: t('vendors:column.fee'),
            cell: (vendor) => <Money amount={nok(vendor.feeOre)} />,
            align: 'end',
          },
          {
            header: '',
            align: 'end',
            cell: (vendor) => (
              <LinkButton
                href={businessPath(acting, `${VENDORS}/${vendor.organisationNumber}`)}
                size="sm"
                variant="secondary"
                label={t('vendors:search.chooseFull', { name: vendor.name })}
                disabledReason={closedReason(c, vendor, permitted.facts.business?.id)}
              >
                {t('vendors:search.choose')}
              </LinkButton>
            ),
          },
        ]}
      />
    </>,
  );
}

function closedReason(c: Context<AppEnv>, vendor: Vendor, business: string | undefined): string | undefined {
  const t = c.get('t');
  if (vendor.id === business) return t('vendors:problem.oneself');
  if (vendor.barred) return t('vendors:problem.barred');
  return vendor.closed ? t('vendors:problem.closed') : undefined;
}

function targetOf(c: Context<AppEnv>): GrantTarget {
  const requestId = c.req.param('request');
  return requestId === undefined ? { vendorNumber: c.req.param('holder') ?? '' } : { requestId };
}

/** @param errors what is wrong with the request when it is given as it was asked for: the form then begins from it */
async function formPage(
  c: Context<AppEnv>,
  deps: QuoteDeps,
  state: FormState,
  errors?: FormState['errors'],
): Promise<Response> {
  const acting = requireActing(c);
  const target = targetOf(c);
  const opened = await openGrantForm(deps, acting, target, pickingOf(state));
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, vendor, present, asked, units, picking } = opened.value;
  if (!vendor.ok) return grantProblemPage(c, vendor.error);
  const t = c.get('t');
  const fromRequest = 'requestId' in target && state === emptyForm && asked !== undefined;
  const begun = fromRequest
    ? { ...formOfProposal(asOf(asked.proposal, permitted.now), permitted.now), errors: errors ?? {} }
    : startingForm(state, present, permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendors:form.title', { name: vendor.value.name }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: t('access:giveVendor'), href: businessPath(acting, VENDORS) },
      ],
      narrow: true,
      status: Object.keys(begun.errors).length > 0 ? 422 : 200,
    },
    <>
      {asked === undefined ? null : (
        <HasAsked asked={asked} acting={acting} answering={'requestId' in target} />
      )}
      {present === undefined ? null : (
        <HasMandate
          present={present}
          name={vendor.value.name}
          acting={acting}
          answering={'requestId' in target}
        />
      )}
      <ProposalForm
        state={begun}
        holder="vendor"
        facts={permitted.facts}
        units={units}
        picking={picking}
        now={permitted.now}
        cancel={businessPath(acting, LIST)}
      />
    </>,
  );
}

type HasMandateProps = {
  readonly present: PresentMandate;
  readonly name: string;
  readonly acting: ActingFor;
  /** The form begins from a request, and not from the mandate. */
  readonly answering: boolean;
};

/** One vendor has one mandate: whoever gives a second chooses between replacing the first and changing it where it is. */
function HasMandate({ present, name, acting, answering }: HasMandateProps) {
  const { t } = useRequest();
  return (
    <Alert color="warning" title={t('vendors:form.hasMandate', { name })}>
      <p>{t(answering ? 'vendors:form.hasMandateAnswering' : 'vendors:form.hasMandateText')}</p>
      <Actions>
        <LinkButton href={businessPath(acting, `${LIST}/mandates/${present.id}`)} variant="secondary">
          {t('vendors:form.seeMandate')}
        </LinkButton>
      </Actions>
    </Alert>
  );
}

type HasAskedProps = {
  readonly asked: MandateRequest;
  readonly acting: ActingFor;
  /** The form begins from what was asked for. */
  readonly answering: boolean;
};

/** Whatever is given to a vendor whose request waits is the answer to it. */
function HasAsked({ asked, acting, answering }: HasAskedProps) {
  const { t } = useRequest();
  const what = answering ? 'answering' : 'waiting';
  return (
    <Alert title={t(`vendors:form.asked.${what}`, { name: asked.asker.name })}>
      <p>{t('vendors:form.asked.text')}</p>
      <Actions>
        <LinkButton href={businessPath(acting, `${LIST}/requests/${asked.id}`)} variant="secondary">
          {t('vendors:form.asked.see')}
        </LinkButton>
      </Actions>
    </Alert>
  );
}

const proposalForm = z.object(proposalFields);

async function propose(c: Context<AppEnv>, deps: QuoteDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const target = targetOf(c);
  const asAsked = 'requestId' in target && form.get('as') === 'asked';
  if (isWorkerSearch(form)) return formPage(c, deps, formWithErrors(form, {}));
  const parsed = asAsked ? ok('as-asked' as const) : parseForm(proposalForm, form);
  if (!parsed.ok) return formPage(c, deps, parsed.error);
  const proposal = parsed.value === 'as-asked' ? parsed.value : toProposal(parsed.value);
  const draft = await proposeGrant(deps, acting, target, proposal);
  if (draft.ok) return c.redirect(businessPath(acting, `${LIST}/vendor-drafts/${draft.value}`), 303);
  if (draft.error.kind !== 'proposal') return grantProblemPage(c, draft.error);
  const { quote, ...problems } = draft.error.problems;
  const errors = { ...proposalErrors(problems), ...(quote && { lastDay: 'vendors:problem.quote' }) };
  const failed = formWithErrors(form, errors);
  return asAsked ? formPage(c, deps, emptyForm, failed.errors) : formPage(c, deps, failed);
}

function grantProblemPage(c: Context<AppEnv>, problem: GrantError | Refused) {
  if (problem.kind === 'vendor') {
    return problemPage(c, problem.reason === 'unknown-vendor' ? 'notFound' : 'conflict', {
      detail: c.get('t')(`vendors:problem.${problem.reason}`),
    });
  }
  if (problem.kind === 'proposal' && problem.problems.quote) {
    return problemPage(c, 'conflict', { detail: `${c.get('t')('vendors:problem.quote')}.` });
  }
  return givingProblemPage(c, problem);
}

async function previewPage(c: Context<AppEnv>, deps: QuoteDeps, state: FormState, warning?: string) {
  const acting = requireActing(c);
  const previewed = await previewGrant(deps, acting, c.req.param('draft') ?? '');
  if (!previewed.ok) return refusedPage(c, previewed.error);
  const { permitted, plan } = previewed.value;
  if (!plan.ok) return grantProblemPage(c, plan.error);
  const t = c.get('t');
  const { vendor, proposal, price, sums, offer, workers, preview, answers } = plan.value;
  return renderPreview(
    c,
    permitted,
    {
      title: t('vendors:preview.title', { name: vendor.name }),
      warning,
      failed: Object.keys(state.errors).length > 0,
    },
    <>
      <ProposalPreview holder="vendor" name={vendor.name} proposal={proposal} preview={preview} />
      <QuoteCost
        sums={sums}
        items={offer?.items}
        price={price}
        workers={workers}
        warnFromOre={deps.warnFromOre}
      />
      <Security vendor={vendor} answers={answers} now={permitted.now} />
      <Agreement plan={plan.value} path={businessPath(acting, '/business/agreements')} />
      <StepUp c={c} permitted={permitted} preview={preview} draftId={c.req.param('draft') ?? ''}>
        <PostForm state={state}>
          <HiddenField name="shown" value={plan.value.shown} />
          {plan.value.agreement === undefined ? (
            <Checkbox name="agreement" label={t('vendors:preview.acceptAgreement', { name: vendor.name })} />
          ) : null}
          {plan.value.quote === undefined ? (
            <Checkbox name="quote" label={t('vendors:preview.acceptQuote')} />
          ) : null}
          <Actions>
            <SubmitButton>{t('vendors:preview.confirm')}</SubmitButton>
            <LinkButton href={businessPath(acting, LIST)} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      </StepUp>
    </>,
  );
}

type SecurityProps = {
  readonly vendor: Vendor;
  readonly answers: readonly SecurityAnswer[];
  readonly now: Date;
};

/** What the vendor has answered about how it keeps data safe, before it is given anything. */
function Security({ vendor, answers, now }: SecurityProps) {
  const { t } = useRequest();
  return (
    <Section title={t('vendors:security.title')}>
      <p>{t('vendors:security.own')}</p>
      <SecuritySummary answers={answers} now={now} />
      <Details summary={t('vendors:security.read')}>
        <SecurityAnswers answers={answers} now={now} />
      </Details>
      <Actions>
        <LinkButton href={`/vendors/${vendor.organisationNumber}`} variant="secondary">
          {t('vendors:security.seeAll')}
        </LinkButton>
      </Actions>
    </Section>
  );
}

function Agreement({ plan, path }: { readonly plan: GrantPlan; readonly path: string }) {
  const { t, language } = useRequest();
  const text = plan.document.text[language];
  const document = `${path}/vendors/${plan.vendor.organisationNumber}`;
  if (plan.agreement?.recorded === true) {
    return (
      <Section title={text.title}>
        <p>
          {t('vendors:preview.recorded')} <DateText date={plan.agreement.since} />
        </p>
        <Actions>
          <LinkButton href={`${path}/${plan.agreement.id}`} variant="secondary">
            {t('vendors:preview.seeAgreement')}
          </LinkButton>
        </Actions>
      </Section>
    );
  }
  return (
    <Section title={text.title}>
      {plan.agreement === undefined ? (
        <p>{t('vendors:preview.vendorSigned', { name: plan.vendor.acceptedByName })}</p>
      ) : (
        <p>
          {t('vendors:preview.agreed')} <DateText date={plan.agreement.since} />
        </p>
      )}
      <Details summary={t('vendors:preview.read')} open={plan.agreement === undefined}>
        <TextParts lead={text.lead} parts={text.parts} />
      </Details>
      <Actions>
        <LinkButton href={`${document}/agreement.pdf`} variant="secondary">
          {t('vendors:preview.asPdf')}
        </LinkButton>
        <LinkButton href={document} variant="secondary">
          {t('vendors:preview.otherLanguages')}
        </LinkButton>
      </Actions>
    </Section>
  );
}

const confirmForm = z.object({ shown: z.string(), agreement: formTick, quote: formTick });

async function confirm(c: Context<AppEnv>, deps: QuoteDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const parsed = parseForm(confirmForm, form);
  if (!parsed.ok) return previewPage(c, deps, parsed.error);
  const { shown, agreement, quote } = parsed.value;
  const granted = await confirmGrant(deps, acting, c.req.param('draft') ?? '', {
    shown,
    acceptsAgreement: agreement,
    acceptsQuote: quote,
  });
  const problem = granted.ok ? undefined : granted.error;
  if (problem?.kind === 'vendor' || problem?.kind === 'proposal' || problem?.kind === 'request')
    return grantProblemPage(c, problem);
  if (problem?.kind === 'confirm' && problem.reason === 'not-accepted') {
    const errors = {
      ...(agreement ? {} : { agreement: 'vendors:problem.not-accepted' }),
      ...(quote ? {} : { quote: 'vendors:problem.not-accepted' }),
    };
    return previewPage(c, deps, formWithErrors(form, errors));
  }
  return afterConfirming(c, problem === undefined ? ok(null) : err(problem), (warning) =>
    previewPage(c, deps, emptyForm, warning),
  );
}
