import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { browserName, loginPath } from '../identity/index.ts';
import { Actions, Alert, DateText, DescriptionList, Lead, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { confirmDevice, denyDevice, viewDevice } from './devices.ts';
import type { AccessDeps } from './mandates.ts';

const PROFILE = '/profile';
const DEVICE = `${PROFILE}/devices/:device`;

type Deps = Pick<AccessDeps, 'database'>;

/** "Was this you?" for one browser of one's own: where the letter about a new one leads. Opening it changes nothing. */
export function createDevicePages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(DEVICE, (c) => devicePage(c, deps));
  app.post(DEVICE, (c) => answer(c, deps));
  return app;
}

async function devicePage(c: Context<AppEnv>, deps: Deps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(c.req.path), 303);
  const viewed = await viewDevice(deps, session.tokenHash, c.req.param('device') ?? '');
  if (viewed === undefined) return notFoundPage(c);
  const { device, signals } = viewed;
  const t = c.get('t');
  const browser = browserName(device.userAgent);
  return renderPage(
    c,
    {
      title: t('access:device.title'),
      narrow: true,
      breadcrumbs: [{ label: t('identity:profile.title'), href: PROFILE }],
    },
    <>
      <Lead>{t('access:device.lead')}</Lead>
      <DescriptionList
        items={[
          { term: t('access:device.browser'), value: browser === '' ? t('access:device.unknown') : browser },
          { term: t('access:device.firstUsed'), value: <DateText date={device.firstSeenAt} time /> },
          { term: t('access:device.lastUsed'), value: <DateText date={device.lastSeenAt} time /> },
          { term: t('access:device.open'), value: String(device.openSessions) },
        ]}
      />
      {device.asking ? <Alert>{t('access:device.asking')}</Alert> : null}
      {signals.map((signal) => (
        <Alert color="warning">
          {t('access:device.tied', { vendor: signal.vendorName, business: signal.businessName })}
        </Alert>
      ))}
      {device.answer === 'denied' ? (
        <p>{t('access:device.denied')}</p>
      ) : (
        <>
          {device.answer === 'known' ? <p>{t('access:device.known')}</p> : null}
          <p>{t('access:device.noHappens')}</p>
          <Actions>
            {device.answer === 'known' ? null : <AnswerButton c={c} value="yes" />}
            <AnswerButton c={c} value="no" />
          </Actions>
        </>
      )}
      <p>{t('access:device.eid')}</p>
      <Actions>
        <LinkButton href={PROFILE} variant="tertiary">
          {t('access:device.back')}
        </LinkButton>
      </Actions>
    </>,
  );
}

function AnswerButton({ c, value }: { readonly c: Context<AppEnv>; readonly value: 'yes' | 'no' }) {
  return (
    <PostForm class="form inline">
      <HiddenField name="answer" value={value} />
      <SubmitButton {...(value === 'no' ? { variant: 'secondary', color: 'danger' } : {})}>
        {c.get('t')(`access:device.${value}`)}
      </SubmitButton>
    </PostForm>
  );
}

const answerForm = z.object({ answer: z.enum(['yes', 'no']) });

async function answer(c: Context<AppEnv>, deps: Deps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(c.req.path), 303);
  const parsed = parseForm(answerForm, await readForm(c));
  if (!parsed.ok) return problemPage(c, 'badRequest');
  const id = c.req.param('device') ?? '';
  if (parsed.value.answer === 'yes') {
    const confirmed = await confirmDevice(deps, session.tokenHash, id);
    return confirmed.ok ? redirectDone(c, PROFILE, 'access:done.deviceKnown') : notFoundPage(c);
  }
  const reason = c.get('t')('access:device.freezeReason');
  const denied = await denyDevice(deps, session.tokenHash, id, reason);
  if (!denied.ok) return notFoundPage(c);
  if (denied.value.ownSessionEnded) return c.redirect('/logged-out', 303);
  return redirectDone(
    c,
    PROFILE,
    denied.value.frozen > 0 ? 'access:done.deviceDeniedFrozen' : 'access:done.deviceDenied',
  );
}
