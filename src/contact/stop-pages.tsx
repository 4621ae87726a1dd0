import { type Context, Hono } from 'hono';
import { Actions, Alert, DateText, Lead, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import type { Stop, StopState } from './move-records.ts';
import { type ContactDeps, useStop, viewStop } from './moves.ts';
import { maskAddress, OFFICERS } from './rules.ts';

type Page = Context<AppEnv>;
type Deps = Pick<ContactDeps, 'database'>;

const LINK = '/contact/stop/:token';

/**
 * Where the link in a notice of a change leads, without a login: whoever reads the mail of an address that is to be left, or
 * that somebody else has put in, can stop it. Opening the page does nothing, since mail programs open links.
 */
export function createStopPages(deps: Deps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LINK, (c) => stopPage(deps, c));
  app.post(LINK, (c) => stop(deps, c));
  return app;
}

async function stopPage(deps: Deps, c: Page) {
  const found = await viewStop(deps, c.req.param('token') ?? '');
  return found === undefined ? notFoundPage(c) : draw(c, found, found.state, false);
}

async function stop(deps: Deps, c: Page) {
  // Its body holds nothing, but one that is no form is refused as everywhere.
  await readForm(c);
  const secret = c.req.param('token') ?? '';
  const state = await useStop(deps, secret);
  const found = state === undefined ? undefined : await viewStop(deps, secret);
  if (state === undefined || found === undefined) return notFoundPage(c);
  return draw(c, found, state === 'open' ? 'paused' : state, state === 'open');
}

function draw(c: Page, found: Stop, state: StopState, done: boolean) {
  const t = c.get('t');
  const address = found.address === OFFICERS ? t('contact:stop.officers') : maskAddress(found.address);
  return renderPage(
    c,
    {
      title: t('contact:stop.title', { business: found.business }),
      narrow: true,
      status: done || state === 'open' ? 200 : 409,
    },
    <Stack>
      <Lead>{t('contact:stop.lead', { business: found.business, person: found.madeBy })}</Lead>
      {state === 'open' ? (
        <>
          <p>
            {t('contact:stop.until')} <DateText date={found.effectiveAt ?? found.madeAt} time />
          </p>
          <p>{t('contact:stop.what', { address })}</p>
          <PostForm>
            <Actions>
              <SubmitButton>{t('contact:stop.submit')}</SubmitButton>
            </Actions>
          </PostForm>
        </>
      ) : (
        <Alert color={done ? 'success' : 'warning'} live={done}>
          {t(`contact:stop.state.${state}`)}
        </Alert>
      )}
      <p>{t('contact:stop.officer')}</p>
    </Stack>,
  );
}
