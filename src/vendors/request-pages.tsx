import type { Context, Hono } from 'hono';
import {
  AskFields,
  businessPath,
  type MandateRequest,
  notAskedErrors,
  notAskedPage,
  OwnRequestDetails,
  OwnRequests,
  type Permitted,
  readAskForm,
  refusalText,
  refusedPage,
  renderBusinessPage,
  requireActing,
  startingAskForm,
  stateOfRequest,
  wantedList,
} from '../access/index.ts';
import { nok } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { Actions, Alert, Lead, LinkButton, Money, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FieldError,
  type FormState,
  formWithErrors,
  readForm,
  sentText,
} from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import {
  askForMandate,
  type AskForm,
  type AskProblem,
  type Customer,
  findCustomer,
  openAskForm,
  openRenewal,
  type RequestDeps,
  viewOwnRequest,
  viewRequests,
  withdrawRequest,
} from './requests.ts';

const VENDOR = '/business/vendor';
const REQUESTS = `${VENDOR}/requests`;
const RENEW = `${VENDOR}/customers/:mandate/renew`;
const side = { section: 'business', side: 'vendor' } as const;

/** A vendor's requests for mandates: ask a business, ask for renewal, read what came of it, and take one back. */
export function addVendorRequestPages(app: Hono<AppEnv>, deps: RequestDeps): void {
  app.get(REQUESTS, (c) => listPage(c, deps));
  app.get(`${REQUESTS}/new`, (c) => newPage(c, deps, emptyForm));
  app.post(`${REQUESTS}/new`, (c) => askNew(c, deps));
  app.get(`${REQUESTS}/:request`, (c) => requestPage(c, deps));
  app.post(`${REQUESTS}/:request/withdraw`, (c) => withdraw(c, deps));
  app.get(RENEW, (c) => renewPage(c, deps, emptyForm));
  app.post(RENEW, (c) => renew(c, deps));
}

const crumbs = (c: Context<AppEnv>) => [
  { label: c.get('t')('vendors:own.title'), href: businessPath(requireActing(c), VENDOR) },
];
const crumbsInList = (c: Context<AppEnv>) => [
  ...crumbs(c),
  { label: c.get('t')('vendors:requests.title'), href: businessPath(requireActing(c), REQUESTS) },
];

/** Why this person may read requests and not make or withdraw one; undefined when they may. */
export function officersOnly(c: Context<AppEnv>, permitted: Permitted): string | undefined {
  const signing = permitted.decide('agreements.sign');
  return signing.allowed ? undefined : refusalText(c.get('t'), signing.refusal);
}

async function listPage(c: Context<AppEnv>, deps: RequestDeps) {
  const acting = requireActing(c);
  const { page } = wantedList(c);
  const viewed = await viewRequests(deps, acting, page);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, requests } = viewed.value;
  const t = c.get('t');
  const path = businessPath(acting, REQUESTS);
  return renderBusinessPage(
    c,
    permitted,
    { ...side, title: t('vendors:requests.title'), breadcrumbs: crumbs(c) },
    <>
      <Lead>{t('vendors:requests.lead')}</Lead>
      <Actions>
        <LinkButton href={`${path}/new`} disabledReason={officersOnly(c, permitted)}>
          {t('vendors:requests.new')}
        </LinkButton>
      </Actions>
      <OwnRequests
        requests={requests}
        page={page}
        path={path}
        caption={t('vendors:requests.title')}
        none={t('vendors:requests.none')}
        now={permitted.now}
      />
    </>,
  );
}

// Asking -------------------------------------------------------------------------------------------------------------

/** The form for a business's number; then, for a business that was found, the whole form. */
async function newPage(c: Context<AppEnv>, deps: RequestDeps, state: FormState) {
  const opened = await openAskForm(deps, requireActing(c));
  if (!opened.ok) return refusedPage(c, opened.error);
  return renderAskPage(c, opened.value, state);
}

async function renderAskPage(c: Context<AppEnv>, form: AskForm, state: FormState) {
  const { permitted, vendor, customer } = form;
  if (!vendor.ok) return askProblemPage(c, vendor.error);
  const acting = requireActing(c);
  const t = c.get('t');
  const title =
    customer === undefined ? t('vendors:ask.title') : t('vendors:ask.titleOf', { name: customer.name });
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title,
      breadcrumbs: crumbsInList(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    customer === undefined ? (
      <>
        <p>{t('vendors:ask.text')}</p>
        <PostForm state={state}>
          <HiddenField name="step" value="find" />
          <TextField
            name="business"
            label={t('vendors:ask.number')}
            description={t('vendors:ask.numberHint')}
            inputmode="numeric"
            size={12}
          />
          <Actions>
            <SubmitButton>{t('vendors:ask.find')}</SubmitButton>
          </Actions>
        </PostForm>
      </>
    ) : (
      <>
        <AboutCustomer customer={customer} />
        <PostForm state={startingAskForm(state, formFor(customer), permitted.now)}>
          {c.req.param('mandate') === undefined ? (
            <HiddenField name="business" value={customer.organisationNumber} />
          ) : null}
          <AskFields asked={formFor(customer)} now={permitted.now} />
          <p>
            {t('vendors:ask.fee')} <Money amount={nok(vendor.value.feeOre)} />. {t('access:officialPrice')}{' '}
            <Money amount={nok(form.priceOre)} />
          </p>
          <Actions>
            <SubmitButton>{t('vendors:ask.send')}</SubmitButton>
            <LinkButton href={businessPath(acting, REQUESTS)} variant="tertiary">
              {t('access:cancel')}
            </LinkButton>
          </Actions>
        </PostForm>
      </>
    ),
  );
}

const formFor = ({ units, present }: Customer) => ({ holder: 'vendor', units, present }) as const;

function AboutCustomer({ customer }: { readonly customer: Customer }) {
  const { t } = useRequest();
  const shown = formatOrganisationNumber(customer.organisationNumber);
  return (
    <>
      <p>{t('vendors:ask.whom', { name: customer.name, number: shown })}</p>
      {customer.present === undefined ? null : (
        <Alert title={t('vendors:ask.hasMandate', { name: customer.name })}>
          <p>{t('vendors:ask.hasMandateText')}</p>
        </Alert>
      )}
    </>
  );
}

async function askNew(c: Context<AppEnv>, deps: RequestDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const found = await findCustomer(deps, acting, sentText(form, 'business') ?? '');
  if (!found.ok) {
    if (found.error.kind === 'missing' || found.error.kind === 'refused') return refusedPage(c, found.error);
    const errors = askErrors(c, found.error);
    return errors === undefined
      ? askProblemPage(c, found.error)
      : newPage(c, deps, formWithErrors(form, errors));
  }
  // The number alone was sent: what it stands for is shown, with the form.
  if (form.get('step') === 'find') return renderAskPage(c, found.value, emptyForm);
  return sendAsked(c, deps, { form, opened: { ...found.value }, customer: found.value.customer });
}

interface Sent {
  readonly form: FormData;
  readonly opened: AskForm;
  readonly customer: Customer;
}

async function sendAsked(c: Context<AppEnv>, deps: RequestDeps, { form, opened, customer }: Sent) {
  const acting = requireActing(c);
  const read = readAskForm(form, formFor(customer));
  if (!read.ok) return renderAskPage(c, opened, read.error);
  const asked = await askForMandate(deps, acting, {
    ...read.value,
    businessNumber: customer.organisationNumber,
  });
  if (asked.ok)
    return redirectDone(c, businessPath(acting, `${REQUESTS}/${asked.value}`), 'vendors:done.asked');
  const problem = asked.error;
  if (problem.kind === 'missing' || problem.kind === 'refused') return refusedPage(c, problem);
  const errors = askErrors(c, problem);
  return errors === undefined
    ? askProblemPage(c, problem)
    : renderAskPage(c, opened, formWithErrors(form, errors));
}

const OF_THE_NUMBER: readonly string[] = [
  'number',
  'oneself',
  'no-such-business',
  'register-unavailable',
  'closed-business',
];

/** What is wrong with the form, by field; undefined when no change of the form would help. */
function askErrors(c: Context<AppEnv>, problem: AskProblem): Record<string, string | FieldError> | undefined {
  if (problem.kind !== 'ask') return notAskedErrors(c, 'vendors:ask', problem);
  return OF_THE_NUMBER.includes(problem.reason)
    ? { business: `vendors:ask.problem.${problem.reason}` }
    : undefined;
}

function askProblemPage(c: Context<AppEnv>, problem: AskProblem) {
  if (problem.kind !== 'ask') return notAskedPage(c, 'vendors:ask', problem);
  return problemPage(c, 'conflict', { detail: c.get('t')(`vendors:ask.problem.${problem.reason}`) });
}

// Renewal ------------------------------------------------------------------------------------------------------------

async function renewPage(c: Context<AppEnv>, deps: RequestDeps, state: FormState) {
  const opened = await openRenewal(deps, requireActing(c), c.req.param('mandate') ?? '');
  if (!opened.ok) return refusedPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : renderAskPage(c, opened.value, state);
}

async function renew(c: Context<AppEnv>, deps: RequestDeps) {
  const opened = await openRenewal(deps, requireActing(c), c.req.param('mandate') ?? '');
  if (!opened.ok) return refusedPage(c, opened.error);
  const customer = opened.value?.customer;
  if (opened.value === undefined || customer === undefined) return notFoundPage(c);
  return sendAsked(c, deps, { form: await readForm(c), opened: opened.value, customer });
}

// One request ----------------------------------------------------------------------------------------------------------

async function requestPage(c: Context<AppEnv>, deps: RequestDeps) {
  const acting = requireActing(c);
  const viewed = await viewOwnRequest(deps, acting, c.req.param('request') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, request, units } = viewed.value;
  if (request === undefined) return notFoundPage(c);
  const t = c.get('t');
  const state = stateOfRequest(request, permitted.now);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendors:requests.one', { name: request.businessName }),
      breadcrumbs: crumbsInList(c),
      narrow: true,
    },
    <>
      <OwnRequestDetails request={request} units={units} now={permitted.now} />
      {state === 'open' ? (
        <Waiting
          request={request}
          origin={deps.publicOrigin}
          withdrawPath={businessPath(requireActing(c), `${REQUESTS}/${request.id}/withdraw`)}
          disabledReason={officersOnly(c, permitted)}
        />
      ) : null}
    </>,
  );
}

type WaitingProps = {
  readonly request: MandateRequest;
  readonly origin: string;
  readonly withdrawPath: string;
  readonly disabledReason: string | undefined;
};

/** The address to send to the business, and taking the request back. */
function Waiting({ request, origin, withdrawPath, disabledReason }: WaitingProps) {
  const { t } = useRequest();
  const address = `${origin}/b/${request.businessNumber}/business/access/requests/${request.id}`;
  return (
    <Section title={t('vendors:requests.link')}>
      <p>{t('vendors:requests.linkText')}</p>
      <p>
        <code>{address}</code>
      </p>
      <PostForm action={withdrawPath} class="form inline">
        <SubmitButton variant="secondary" color="danger" disabledReason={disabledReason}>
          {t('vendors:requests.withdraw')}
        </SubmitButton>
      </PostForm>
    </Section>
  );
}

async function withdraw(c: Context<AppEnv>, deps: RequestDeps) {
  const acting = requireActing(c);
  const id = c.req.param('request') ?? '';
  const withdrawn = await withdrawRequest(deps, acting, id);
  if (withdrawn.ok) {
    return redirectDone(c, businessPath(acting, `${REQUESTS}/${id}`), 'vendors:done.requestWithdrawn');
  }
  if (withdrawn.error.kind !== 'request') return refusedPage(c, withdrawn.error);
  return withdrawn.error.reason === 'unknown'
    ? notFoundPage(c)
    : problemPage(c, 'conflict', { detail: c.get('t')('vendors:requests.settled') });
}
