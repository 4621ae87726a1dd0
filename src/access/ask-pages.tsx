import { type Context, Hono } from 'hono';
import { loginPath } from '../identity/index.ts';
import { formatDate, formatDateTime } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv, SessionInfo } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FieldError, type FormState, formWithErrors, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { AskFields, readAskForm, startingAskForm } from './ask-form.tsx';
import {
  askForAccess,
  type AskDeps,
  type AskingProblem,
  openAsking,
  viewAsked,
  viewOwnAsking,
  withdrawAsking,
} from './ask.ts';
import { LimitText } from './parts.tsx';
import { proposalErrors } from './proposal-form.tsx';
import { REQUESTS_PER_PAGE } from './request-records.ts';
import { AskedRights, AskedScope, DeclineText, RequestState } from './request-parts.tsx';
import { stateOfRequest } from './request-rules.ts';

const LIST = '/access-requests';

/** A person's own requests for access: ask a business that one is tied to, read what came of it, and take one back. */
export function createAskPages(deps: AskDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => withSession(c, (session) => listPage(c, deps, session)));
  app.get(`${LIST}/new/:number`, (c) => withSession(c, (session) => newPage(c, deps, session, emptyForm)));
  app.post(`${LIST}/new/:number`, (c) => withSession(c, (session) => ask(c, deps, session)));
  app.get(`${LIST}/:request`, (c) => withSession(c, (session) => requestPage(c, deps, session)));
  app.post(`${LIST}/:request/withdraw`, (c) => withSession(c, (session) => withdraw(c, deps, session)));
  return app;
}

function withSession(c: Context<AppEnv>, work: (session: SessionInfo) => Promise<Response>) {
  const session = c.get('session');
  return session === null ? c.redirect(loginPath(c.req.path), 303) : work(session);
}

const crumbs = (c: Context<AppEnv>) => [{ label: c.get('t')('access:ask.listTitle'), href: LIST }];

async function listPage(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const page = Math.max(1, Number.parseInt(c.req.query('page') ?? '1', 10) || 1);
  const { requests, askable, now } = await viewAsked(deps, session.tokenHash, page);
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('access:ask.listTitle') },
    <>
      <Lead>{t('access:ask.listLead')}</Lead>
      <Section title={t('access:ask.whom')}>
        {askable.length === 0 ? (
          <EmptyState title={t('access:ask.nobody')}>
            <p>{t('access:ask.nobodyText')}</p>
          </EmptyState>
        ) : (
          <>
            <p>{t('access:ask.whomText')}</p>
            <ul class="ds-list">
              {askable.map(({ name, organisationNumber }) => (
                <li>
                  <Link href={`${LIST}/new/${organisationNumber}`}>{t('access:ask.link', { name })}</Link>
                </li>
              ))}
            </ul>
          </>
        )}
      </Section>
      <Table
        caption={t('access:ask.listTitle')}
        captionHidden
        rows={requests.rows}
        empty={<EmptyState title={t('access:ask.none')} />}
        columns={[
          {
            header: t('access:ask.business'),
            names: true,
            cell: (request) => (
              <>
                <Link href={`${LIST}/${request.id}`}>{request.businessName}</Link>{' '}
                {request.renews === null ? null : <Tag>{t('access:request.renewal')}</Tag>}
              </>
            ),
          },
          { header: t('access:request.askedAt'), cell: (request) => <DateText date={request.askedAt} /> },
          { header: t('access:request.until'), cell: (request) => <DateText date={request.expiresAt} /> },
          {
            header: t('access:column.state'),
            cell: (request) => <RequestState state={stateOfRequest(request, now)} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(requests.total / REQUESTS_PER_PAGE)}
        href={(number) => withQuery(LIST, { page: String(number) })}
      />
    </>,
  );
}

// Asking -------------------------------------------------------------------------------------------------------------

async function newPage(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo, state: FormState) {
  const opened = await openAsking(deps, session.tokenHash, c.req.param('number') ?? '');
  if (opened === undefined) return notFoundPage(c);
  const { asking, now } = opened;
  const t = c.get('t');
  const { name } = asking;
  const number = formatOrganisationNumber(asking.organisationNumber);
  return renderPage(
    c,
    {
      title: t('access:ask.titleOf', { name }),
      breadcrumbs: crumbs(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <p>{t('access:ask.text', { name, number })}</p>
      {asking.present === undefined ? null : (
        <Alert title={t('access:ask.hasMandate', { name })}>
          <p>{t('access:ask.hasMandateText')}</p>
        </Alert>
      )}
      <PostForm state={startingAskForm(state, asking, now)}>
        <AskFields asked={asking} now={now} />
        <Actions>
          <SubmitButton>{t('access:ask.send')}</SubmitButton>
          <LinkButton href={LIST} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function ask(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const number = c.req.param('number') ?? '';
  const form = await readForm(c);
  const opened = await openAsking(deps, session.tokenHash, number);
  if (opened === undefined) return notFoundPage(c);
  const read = readAskForm(form, opened.asking);
  if (!read.ok) return newPage(c, deps, session, read.error);
  const asked = await askForAccess(deps, session.tokenHash, number, read.value);
  if (asked.ok) return redirectDone(c, `${LIST}/${asked.value}`, 'access:done.askedSent');
  const errors = askErrors(c, asked.error);
  return errors === undefined
    ? askProblemPage(c, asked.error)
    : newPage(c, deps, session, formWithErrors(form, errors));
}

/** What is wrong with the form, by field; undefined when no change of the form would help. */
function askErrors(
  c: Context<AppEnv>,
  problem: AskingProblem,
): Record<string, string | FieldError> | undefined {
  if (problem.kind === 'proposal') {
    const inForce = problem.problems.firstDay === 'one-in-force';
    return {
      ...proposalErrors(problem.problems),
      ...(inForce ? { firstDay: 'access:ask.refused.one-in-force' } : {}),
    };
  }
  if (problem.kind !== 'ask-refused' || problem.refusal.reason !== 'too-early') return undefined;
  const from = formatDate(problem.refusal.from, c.get('language'));
  return { lastDay: { key: 'access:ask.refused.too-early', values: { from } } };
}

function askProblemPage(c: Context<AppEnv>, problem: AskingProblem) {
  if (problem.kind !== 'ask-refused') return notFoundPage(c);
  const { refusal } = problem;
  const until = 'until' in refusal ? formatDateTime(refusal.until, c.get('language')) : '';
  const detail = c.get('t')(`access:ask.refused.${refusal.reason}`, { until });
  return problemPage(c, 'conflict', { detail });
}

// One request ----------------------------------------------------------------------------------------------------------

async function requestPage(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const viewed = await viewOwnAsking(deps, session.tokenHash, c.req.param('request') ?? '');
  if (viewed === undefined) return notFoundPage(c);
  const { request, units, now } = viewed;
  const { proposal } = request;
  const t = c.get('t');
  const state = stateOfRequest(request, now);
  return renderPage(
    c,
    {
      title: t('access:ask.one', { name: request.businessName }),
      breadcrumbs: crumbs(c),
      narrow: true,
    },
    <>
      <DescriptionList
        items={[
          { term: t('access:column.state'), value: <RequestState state={state} /> },
          ...(request.settledAt === null
            ? []
            : [{ term: t('access:ask.settledAt'), value: <DateText date={request.settledAt} time /> }]),
          ...(state === 'no'
            ? [{ term: t('access:ask.reason'), value: <DeclineText request={request} /> }]
            : []),
          { term: t('access:request.rights'), value: <AskedRights request={request} /> },
          { term: t('access:column.units'), value: <AskedScope request={request} units={units} /> },
          ...(proposal.firstDay === null
            ? []
            : [{ term: t('access:column.firstDay'), value: <DateText date={proposal.firstDay} /> }]),
          { term: t('access:column.lastDay'), value: <DateText date={proposal.lastDay} /> },
          { term: t('access:form.purpose'), value: proposal.purpose },
          { term: t('access:form.limits'), value: <LimitText limits={proposal.limits} /> },
          { term: t('access:request.until'), value: <DateText date={request.expiresAt} time /> },
        ]}
      />
      {state === 'open' ? (
        <PostForm action={`${LIST}/${request.id}/withdraw`} class="form inline">
          <SubmitButton variant="secondary" color="danger">
            {t('access:ask.withdraw')}
          </SubmitButton>
        </PostForm>
      ) : null}
    </>,
  );
}

async function withdraw(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const id = c.req.param('request') ?? '';
  const withdrawn = await withdrawAsking(deps, session.tokenHash, id);
  if (withdrawn.ok) return redirectDone(c, `${LIST}/${id}`, 'access:done.askWithdrawn');
  return withdrawn.error.reason === 'unknown'
    ? notFoundPage(c)
    : problemPage(c, 'conflict', { detail: c.get('t')('access:ask.settled') });
}
