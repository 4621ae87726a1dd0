import type { Context, Hono } from 'hono';
import { stepUpPath } from '../access/index.ts';
import { loginPath } from '../identity/index.ts';
import { Actions, Alert, DateText, DescriptionList, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { acceptLink, appointmentPath, readLink, type StaffDeps } from './appointments.ts';
import type { LinkAnswer, LinkedAppointment } from './records.ts';

/** What an appointment's single-use link leads to. */
export function addLinkPages(app: Hono<AppEnv>, deps: StaffDeps): void {
  const path = appointmentPath(':token');
  app.get(path, (c) => linkPage(c, deps));
  app.post(path, (c) => accept(c, deps));
}

const ANSWERS = {
  accepted: 'accepted',
  approved: 'in-force',
  expired: 'expired',
  ended: 'gone',
} as const satisfies Record<Exclude<LinkedAppointment['state'], 'open'>, LinkAnswer>;

async function linkPage(c: Context<AppEnv>, deps: StaffDeps) {
  const appointment = await readLink(deps, c.req.param('token') ?? '');
  if (appointment === undefined) return notFoundPage(c);
  if (appointment.state !== 'open') return answered(c, ANSWERS[appointment.state]);
  return openPage(c, appointment);
}

function openPage(c: Context<AppEnv>, appointment: LinkedAppointment, status: 200 | 403 = 200) {
  const t = c.get('t');
  const role = t(`staff:role.${appointment.role}`);
  return renderPage(
    c,
    { title: t('staff:link.title', { role }), narrow: true, status },
    <>
      <p>
        {appointment.proposedByName === null
          ? t('staff:link.byCommand', { name: appointment.name })
          : t('staff:link.text', { name: appointment.name, by: appointment.proposedByName })}
      </p>
      <DescriptionList
        items={[
          { term: t('staff:column.role'), value: role },
          {
            term: t('staff:column.until'),
            value: <DateText date={new Date(appointment.endsAt.getTime() - 1)} />,
          },
          { term: t('staff:link.expires'), value: <DateText date={appointment.linkExpiresAt} time /> },
        ]}
      />
      <Alert>{t('staff:link.ownLogin')}</Alert>
      <NextStep c={c} />
    </>,
  );
}

function NextStep({ c }: { readonly c: Context<AppEnv> }) {
  const t = c.get('t');
  const session = c.get('session');
  if (session === null) {
    return (
      <Actions>
        <LinkButton href={loginPath(c.req.path)}>{t('staff:link.login')}</LinkButton>
      </Actions>
    );
  }
  if (session.acr !== 'high') {
    return (
      <>
        <p>{t('staff:link.highLevel', { name: session.name })}</p>
        <Actions>
          <LinkButton href={stepUpPath(c.req.path)}>{t('access:stepUp.button')}</LinkButton>
        </Actions>
      </>
    );
  }
  return (
    <PostForm>
      <p>{t('staff:link.as', { name: session.name })}</p>
      <Actions>
        <SubmitButton>{t('staff:link.accept')}</SubmitButton>
      </Actions>
    </PostForm>
  );
}

async function accept(c: Context<AppEnv>, deps: StaffDeps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(c.req.path), 303);
  const secret = c.req.param('token') ?? '';
  const appointment = await readLink(deps, secret);
  if (appointment === undefined) return notFoundPage(c);
  const answer = await acceptLink(deps, session.tokenHash, secret);
  return answer === 'low-level' ? openPage(c, appointment, 403) : answered(c, answer);
}

const STATUS = {
  accepted: 200,
  'in-force': 200,
  gone: 410,
  expired: 410,
  'low-level': 403,
  'not-signed-in': 403,
  'already-appointed': 409,
  'enough-operators': 409,
} as const satisfies Record<LinkAnswer, number>;

function answered(c: Context<AppEnv>, answer: LinkAnswer) {
  const t = c.get('t');
  return renderPage(
    c,
    { title: t(`staff:answer.${answer}.title`), narrow: true, status: STATUS[answer] },
    <>
      <p>{t(`staff:answer.${answer}.text`)}</p>
      {answer === 'in-force' ? (
        <Actions>
          <LinkButton href="/staff">{t('staff:home.title')}</LinkButton>
        </Actions>
      ) : null}
    </>,
  );
}
