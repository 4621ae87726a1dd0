import { type Context, Hono } from 'hono';
import type { Database } from '../database/database.ts';
import { Actions, Alert, DateText, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { acceptInvitation, type Answer, type OpenInvitation, readInvitation } from './invitations.ts';

interface InvitationDeps {
  readonly database: Pick<Database, 'request'>;
}

/** What an invitation's single-use link leads to; mounted at `/invitations`. */
export function createInvitationPages(deps: InvitationDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/:token', (c) => invitationPage(c, deps));
  app.post('/:token', (c) => accept(c, deps));
  return app;
}

/** Who asks is shown before anyone logs in. Reading it changes nothing: mail scanners follow links too. */
async function invitationPage(c: Context<AppEnv>, deps: InvitationDeps) {
  const invitation = await readInvitation(deps, c.req.param('token') ?? '');
  if (invitation === undefined) return notFoundPage(c);
  if (invitation.state === 'expired') return answered(c, invitation, 'expired');
  if (invitation.state === 'settled') return answered(c, invitation, 'gone');
  if (invitation.state === 'accepted') return answered(c, invitation, 'accepted');
  return openPage(c, invitation);
}

function openPage(c: Context<AppEnv>, invitation: OpenInvitation) {
  const t = c.get('t');
  const session = c.get('session');
  const { businessName: business, invitedByName: by, name, kind } = invitation;
  return renderPage(
    c,
    { title: t('access:invitation.title', { business }), narrow: true },
    <>
      <p>{t(`access:invitation.text.${kind}`, { business, by, name })}</p>
      <p>
        {t('access:invitation.expires')} <DateText date={invitation.expiresAt} />
      </p>
      <Alert>{t('access:invitation.ownLogin')}</Alert>
      {session === null ? (
        <Actions>
          <LinkButton href={withQuery('/login', { return: c.req.path })}>
            {t('access:invitation.login')}
          </LinkButton>
        </Actions>
      ) : (
        <PostForm>
          <p>{t('access:invitation.as', { name: session.name })}</p>
          <Actions>
            <SubmitButton>{t('access:invitation.accept')}</SubmitButton>
          </Actions>
        </PostForm>
      )}
    </>,
  );
}

async function accept(c: Context<AppEnv>, deps: InvitationDeps) {
  const token = c.req.param('token') ?? '';
  const session = c.get('session');
  if (session === null) return c.redirect(withQuery('/login', { return: c.req.path }), 303);
  const invitation = await readInvitation(deps, token);
  if (invitation === undefined) return notFoundPage(c);
  return answered(c, invitation, await acceptInvitation(deps, session.tokenHash, token));
}

const STATUS = {
  accepted: 200,
  'not-signed-in': 403,
  gone: 410,
  expired: 410,
  'other-person': 403,
  'vendor-person': 403,
} as const satisfies Record<Answer, number>;

function answered(c: Context<AppEnv>, invitation: OpenInvitation, answer: Answer) {
  const t = c.get('t');
  const values = { business: invitation.businessName, by: invitation.invitedByName };
  return renderPage(
    c,
    { title: t(`access:answer.${answer}.title`, values), narrow: true, status: STATUS[answer] },
    <>
      <p>{t(`access:answer.${answer}.text`, values)}</p>
      <Actions>
        <LinkButton href={c.get('web').navigation.home} variant="secondary">
          {t('access:invitation.home')}
        </LinkButton>
      </Actions>
    </>,
  );
}
