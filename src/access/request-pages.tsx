import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Lead,
  Link,
  LinkButton,
  Money,
  Section,
} from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, RadioGroup, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import { mandatePath } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import { LimitText, ScopeText, TermsChanges } from './parts.tsx';
import { AskedRights, DeclineText, requestProblemPage, RequestState, settledText } from './request-parts.tsx';
import { DECLINE_REASONS, declineReasons, declineWordsOf, type MandateRequest } from './request-rules.ts';
import { declineRequest, viewRequest } from './requests.ts';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';
const REQUEST = `${LIST}/requests/:request`;

/** Requests for a mandate as the business that is asked sees them: read, and said no to. Giving is the vendors' pages'. */
export function addRequestPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(REQUEST, (c) => requestPage(c, deps));
  app.get(`${REQUEST}/decline`, (c) => declinePage(c, deps, emptyForm));
  app.post(`${REQUEST}/decline`, (c) => decline(c, deps));
}

type View = NonNullable<ValueOf<typeof viewRequest>['view']>;

const requestPath = (acting: ActingFor, id: string, sub = '') =>
  businessPath(acting, `${LIST}/requests/${id}${sub}`);

const crumbs = (c: Context<AppEnv>) => [
  { label: c.get('t')('access:title'), href: businessPath(requireActing(c), LIST) },
];

async function requestPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewRequest(deps, acting, c.req.param('request') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, view } = viewed.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { request, state } = view;
  const { asker } = request;
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: titleOf(t, request),
      breadcrumbs: crumbs(c),
      narrow: true,
    },
    <>
      {state === 'open' ? (
        <Lead>
          {asker.kind === 'person'
            ? t('access:request.personLead', { name: asker.name })
            : t('access:request.lead', { name: request.askedByName, vendor: asker.name })}
        </Lead>
      ) : (
        <Settled view={view} acting={acting} />
      )}
      {asker.kind === 'vendor' && asker.barred ? (
        <Alert color="danger">
          <p>{t('access:request.barred', { name: request.asker.name })}</p>
        </Alert>
      ) : null}
      <Differences view={view} acting={acting} />
      <Details view={view} />
      {state !== 'open' ? null : view.own ? (
        <Alert>{t('access:ask.own')}</Alert>
      ) : (
        <Answers view={view} acting={acting} />
      )}
    </>,
  );
}

function titleOf(t: Translate, { asker, renews }: MandateRequest): string {
  const { name } = asker;
  if (asker.kind === 'person') return t('access:request.personTitle', { name });
  return t(renews === null ? 'access:request.title' : 'access:request.renewalTitle', { name });
}

type ViewProps = { readonly view: View; readonly acting: ActingFor };

/** What became of it, with the mandate that was given. */
function Settled({ view, acting }: ViewProps) {
  const { t, language } = useRequest();
  const { request } = view;
  return (
    <Alert>
      <p>{settledText(t, language, request)}</p>
      {request.outcome === 'no' ? <DeclineText request={request} /> : null}
      {request.mandateId === null ? null : (
        <p>
          <Link href={mandatePath(acting, request.mandateId)}>{t('access:request.seeMandate')}</Link>
        </p>
      )}
    </Alert>
  );
}

/** How what is asked for differs from the mandate that the vendor has now. */
function Differences({ view, acting }: ViewProps) {
  const { t } = useRequest();
  const { present, changes, names, request } = view;
  if (present === undefined || changes === undefined) return null;
  return (
    <Alert color="warning" title={t('access:request.hasMandate', { name: request.asker.name })}>
      <TermsChanges changes={changes} names={names} />
      <p>
        <Link href={mandatePath(acting, present.id)}>{t('access:request.seePresent')}</Link>
      </p>
    </Alert>
  );
}

function Details({ view }: { readonly view: View }) {
  const { t } = useRequest();
  const { request, state, names, priceOre } = view;
  const { proposal, asker } = request;
  return (
    <DescriptionList
      items={[
        { term: t('access:column.state'), value: <RequestState state={state} /> },
        { term: t('access:request.rights'), value: <AskedRights request={request} /> },
        { term: t('access:column.units'), value: <ScopeText scope={proposal} names={names} /> },
        {
          term: t('access:column.firstDay'),
          value:
            proposal.firstDay === null ? t('access:preview.atOnce') : <DateText date={proposal.firstDay} />,
        },
        { term: t('access:column.lastDay'), value: <DateText date={proposal.lastDay} /> },
        { term: t('access:form.purpose'), value: proposal.purpose },
        { term: t('access:form.limits'), value: <LimitText limits={proposal.limits} /> },
        ...(asker.kind === 'person'
          ? []
          : [
              {
                term: t('access:mandate.price'),
                value: (
                  <>
                    {t('access:fee')} <Money amount={nok(asker.feeOre)} />. {t('access:officialPrice')}{' '}
                    <Money amount={nok(priceOre)} />
                  </>
                ),
              },
            ]),
        {
          term: t('access:request.askedBy'),
          value: (
            <>
              {[...new Set([request.askedByName, asker.name])].join(', ')},{' '}
              <DateText date={request.askedAt} time />
            </>
          ),
        },
        { term: t('access:request.until'), value: <DateText date={request.expiresAt} time /> },
      ]}
    />
  );
}

/** Yes leads to the preview, less to the form, and no to the reasons: nothing is given on this page. */
function Answers({ view, acting }: ViewProps) {
  const { t } = useRequest();
  const path = (sub: string) => requestPath(acting, view.request.id, sub);
  const { asker } = view.request;
  const { name } = asker;
  const mandate =
    asker.kind === 'person'
      ? businessPath(acting, `${LIST}/people/requests/${view.request.id}`)
      : path('/mandate');
  const barred = asker.kind === 'vendor' && asker.barred ? t('access:request.barred', { name }) : undefined;
  return (
    <Section title={t('access:request.answer')}>
      <p>{t('access:request.answerText')}</p>
      <PostForm action={mandate}>
        <HiddenField name="as" value="asked" />
        <Actions>
          <SubmitButton disabledReason={barred}>{t('access:request.yes')}</SubmitButton>
          <LinkButton href={mandate} variant="secondary" disabledReason={barred}>
            {t('access:request.less')}
          </LinkButton>
          <LinkButton href={path('/decline')} variant="secondary" color="danger">
            {t('access:request.no')}
          </LinkButton>
        </Actions>
      </PostForm>
    </Section>
  );
}

// No -----------------------------------------------------------------------------------------------------------------

async function declinePage(c: Context<AppEnv>, deps: AccessDeps, state: FormState) {
  const acting = requireActing(c);
  const viewed = await viewRequest(deps, acting, c.req.param('request') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, view } = viewed.value;
  if (view === undefined) return notFoundPage(c);
  const { request } = view;
  if (view.state !== 'open') return requestProblemPage(c, { kind: 'request', reason: 'settled', request });
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:request.declineTitle', { name: request.asker.name }),
      breadcrumbs: [
        ...crumbs(c),
        { label: t('access:request.crumb'), href: requestPath(acting, request.id) },
      ],
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <p>
        {t(`access:request.${request.asker.kind === 'person' ? 'personDeclineText' : 'declineText'}`, {
          name: request.asker.name,
        })}
      </p>
      <PostForm state={state}>
        <RadioGroup
          name="reason"
          label={t('access:request.declineReason')}
          value="none"
          optional
          choices={(['none', ...declineReasons(request.asker)] as const).map((reason) => ({
            value: reason,
            label: t(declineWordsOf(request.asker, reason)),
          }))}
        />
        <Textarea
          name="words"
          label={t('access:request.declineWords')}
          description={t(
            `access:request.${request.asker.kind === 'person' ? 'personDeclineWordsHint' : 'declineWordsHint'}`,
          )}
          rows={3}
          maxlength={300}
          optional
        />
        <Actions>
          <SubmitButton color="danger">{t('access:request.declineButton')}</SubmitButton>
          <LinkButton href={requestPath(acting, request.id)} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

const declineForm = z.object({
  reason: z.enum(['none', ...DECLINE_REASONS], { error: 'web:form.choose' }).default('none'),
  words: z.string().max(300).default(''),
});

async function decline(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const form = await readForm(c);
  const parsed = parseForm(declineForm, form);
  if (!parsed.ok) return declinePage(c, deps, parsed.error);
  const { reason, words } = parsed.value;
  const declined = await declineRequest(deps, acting, c.req.param('request') ?? '', {
    reason: reason === 'none' ? null : reason,
    words,
  });
  if (declined.ok) return redirectDone(c, businessPath(acting, LIST), 'access:done.declined');
  if (declined.error.kind === 'no-such-reason')
    return declinePage(c, deps, formWithErrors(form, { reason: 'web:form.choose' }));
  return declined.error.kind === 'request'
    ? requestProblemPage(c, declined.error)
    : refusedPage(c, declined.error);
}
