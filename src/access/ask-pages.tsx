import { type Context, Hono } from 'hono';
import { loginPath } from '../identity/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { Actions, Alert, EmptyState, Lead, Link, LinkButton, Section } from '../web/components.tsx';
import type { AppEnv, SessionInfo } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { AskFields, readAskForm, startingAskForm } from './ask-form.tsx';
import {
  askForAccess,
  type AskDeps,
  officeIn,
  openAsking,
  viewAsked,
  viewOwnAsking,
  withdrawAsking,
} from './ask.ts';
import { notAskedErrors, notAskedPage, OwnRequestDetails, OwnRequests } from './request-parts.tsx';
import { stateOfRequest } from './request-rules.ts';
import { businessPath } from './web.tsx';

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
      <OwnRequests
        requests={requests}
        page={page}
        path={LIST}
        caption={t('access:ask.listTitle')}
        none={t('access:ask.none')}
        now={now}
      />
    </>,
  );
}

// Asking -------------------------------------------------------------------------------------------------------------

async function newPage(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo, state: FormState) {
  const opened = await openAsking(deps, session.tokenHash, c.req.param('number') ?? '');
  if (opened === undefined) return nobodyToAsk(c, deps, session);
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

/** What whoever may not ask is answered: in words to an officer of the business, else as if there were none. */
async function nobodyToAsk(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const number = c.req.param('number') ?? '';
  const name = await officeIn(deps, session.tokenHash, number);
  if (name === undefined) return notFoundPage(c);
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('access:ask.officer', { name }),
      breadcrumbs: crumbs(c),
      narrow: true,
      status: c.req.method === 'POST' ? 409 : 200,
    },
    <>
      <p>{t('access:ask.officerText')}</p>
      <LinkButton href={businessPath({ business: number }, '/business/access')}>
        {t('access:ask.officerLink')}
      </LinkButton>
    </>,
  );
}

async function ask(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const number = c.req.param('number') ?? '';
  const form = await readForm(c);
  const opened = await openAsking(deps, session.tokenHash, number);
  if (opened === undefined) return nobodyToAsk(c, deps, session);
  const read = readAskForm(form, opened.asking);
  if (!read.ok) return newPage(c, deps, session, read.error);
  const asked = await askForAccess(deps, session.tokenHash, number, read.value);
  if (asked.ok) return redirectDone(c, `${LIST}/${asked.value}`, 'access:done.askedSent');
  if (asked.error.kind === 'unknown') return nobodyToAsk(c, deps, session);
  const errors = notAskedErrors(c, 'access:ask', asked.error);
  return errors === undefined
    ? notAskedPage(c, 'access:ask', asked.error)
    : newPage(c, deps, session, formWithErrors(form, errors));
}

// One request ----------------------------------------------------------------------------------------------------------

async function requestPage(c: Context<AppEnv>, deps: AskDeps, session: SessionInfo) {
  const viewed = await viewOwnAsking(deps, session.tokenHash, c.req.param('request') ?? '');
  if (viewed === undefined) return notFoundPage(c);
  const { request, units, now } = viewed;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('access:ask.one', { name: request.businessName }),
      breadcrumbs: crumbs(c),
      narrow: true,
    },
    <>
      <OwnRequestDetails request={request} units={units} now={now} />
      {stateOfRequest(request, now) === 'open' ? (
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
