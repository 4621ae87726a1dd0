import { type Context, Hono } from 'hono';
import { browserName, loginPath } from '../identity/index.ts';
import { Actions, Alert, DateText, DescriptionList, Lead, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { queryText, readForm, sentText } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { safeReturnPath, withQuery } from '../web/paths.ts';
import { askToConfirm, type ClearanceDeps, confirmBrowser, viewClearance, viewHold } from './clearances.ts';
import type { Clearance } from './clearance-records.ts';
import { BROWSER } from './step-up.tsx';
import { businessPath, passkeyPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LINK = '/profile/browsers/:token';

// In the browser that a vendor has used ----------------------------------------------------------------------------------

/** Where whoever acts in a browser that a vendor has used asks for the link that lets them go on. */
export function createHeldPages(deps: ClearanceDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(BROWSER, (c) => heldPage(c, deps, queryText(c, 'return')));
  app.post(BROWSER, (c) => ask(c, deps));
  return app;
}

type Trouble = 'no-address' | 'register-unavailable';

async function heldPage(
  c: Context<AppEnv>,
  deps: ClearanceDeps,
  wanted: string | undefined,
  trouble?: Trouble,
) {
  const acting = requireActing(c);
  const list = businessPath(acting, '/business/access');
  const back = safeReturnPath(wanted, list);
  const viewed = await viewHold(deps, acting);
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { facts, vendor, sentUntil } = viewed.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    { facts },
    {
      section: 'business',
      side: 'access',
      title: t('access:held.pageTitle'),
      breadcrumbs: [{ label: t('access:title'), href: list }],
      narrow: true,
      status: trouble === undefined ? 200 : trouble === 'no-address' ? 409 : 503,
    },
    vendor === undefined ? (
      <>
        <p>{t('access:held.nothing')}</p>
        <Actions>
          <LinkButton href={back}>{t('access:held.goOn')}</LinkButton>
        </Actions>
      </>
    ) : (
      <>
        {trouble === undefined ? null : (
          <Alert color="danger" live>
            {t(`access:held.problem.${trouble}`)}
          </Alert>
        )}
        {sentUntil === undefined ? null : (
          <Alert color="success" live>
            {t('access:held.sent')} <DateText date={sentUntil} time />
          </Alert>
        )}
        <Lead>{t('access:held.lead', { vendor })}</Lead>
        <p>{t('access:held.how')}</p>
        <Actions>
          {sentUntil === undefined ? null : <LinkButton href={back}>{t('access:held.confirmed')}</LinkButton>}
          <AskButton c={c} back={back} again={sentUntil !== undefined} />
        </Actions>
        <p>{t('access:held.passkey')}</p>
        <Actions>
          <LinkButton href={passkeyPath(back)} variant="secondary">
            {t('access:held.usePasskey')}
          </LinkButton>
        </Actions>
        <p>{t('access:held.otherwise')}</p>
        <p>{t('access:held.never')}</p>
      </>
    ),
  );
}

type AskProps = { readonly c: Context<AppEnv>; readonly back: string; readonly again: boolean };

function AskButton({ c, back, again }: AskProps) {
  return (
    <PostForm action={businessPath(requireActing(c), BROWSER)} class="form inline">
      <HiddenField name="return" value={back} />
      <SubmitButton {...(again ? { variant: 'secondary' } : {})}>
        {c.get('t')(`access:held.${again ? 'sendAgain' : 'send'}`)}
      </SubmitButton>
    </PostForm>
  );
}

async function ask(c: Context<AppEnv>, deps: ClearanceDeps) {
  const acting = requireActing(c);
  const back = safeReturnPath(sentText(await readForm(c), 'return'), businessPath(acting, BROWSER));
  const asked = await askToConfirm(deps, acting);
  if (asked.ok || asked.error === 'not-held')
    return c.redirect(withQuery(businessPath(acting, BROWSER), { return: back }), 303);
  if (asked.error === 'no-address' || asked.error === 'register-unavailable')
    return heldPage(c, deps, back, asked.error);
  return refusedPage(c, asked.error);
}

// In another browser -----------------------------------------------------------------------------------------------------

/** Where the link leads: opening it changes nothing, since mail scanners do so too. */
export function createClearancePages(deps: Pick<ClearanceDeps, 'database'>): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LINK, (c) => clearancePage(c, deps));
  app.post(LINK, (c) => confirm(c, deps));
  return app;
}

async function clearancePage(c: Context<AppEnv>, deps: Pick<ClearanceDeps, 'database'>) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(c.req.path), 303);
  const found = await viewClearance(deps, session.tokenHash, c.req.param('token') ?? '');
  return found === undefined ? notFoundPage(c) : drawClearance(c, found);
}

const STATUS = { open: 200, used: 410, ended: 410, expired: 410, here: 403 } as const;

function drawClearance(c: Context<AppEnv>, found: Clearance) {
  const t = c.get('t');
  const { state } = found;
  const browser = browserName(found.userAgent);
  return renderPage(
    c,
    { title: t('access:clearance.title'), narrow: true, status: STATUS[state] },
    <>
      {state === 'open' ? (
        <Lead>{t('access:clearance.lead', { business: found.businessName })}</Lead>
      ) : (
        <Alert color="warning">{t(`access:clearance.state.${state}`)}</Alert>
      )}
      <DescriptionList
        items={[
          { term: t('access:clearance.business'), value: found.businessName },
          { term: t('access:device.browser'), value: browser === '' ? t('access:device.unknown') : browser },
          { term: t('access:clearance.usedBy'), value: found.vendorName },
          { term: t('access:clearance.askedAt'), value: <DateText date={found.askedAt} time /> },
          { term: t('access:clearance.until'), value: <DateText date={found.expiresAt} time /> },
        ]}
      />
      {state === 'open' ? <p>{t('access:clearance.warning', { vendor: found.vendorName })}</p> : null}
      <Actions>
        {state === 'open' ? (
          <PostForm class="form inline">
            <SubmitButton>{t('access:clearance.yes')}</SubmitButton>
          </PostForm>
        ) : null}
        {state === 'ended' ? null : (
          <LinkButton href={`/profile/devices/${found.deviceId}`} variant="secondary" color="danger">
            {t('access:clearance.no')}
          </LinkButton>
        )}
      </Actions>
    </>,
  );
}

async function confirm(c: Context<AppEnv>, deps: Pick<ClearanceDeps, 'database'>) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath(c.req.path), 303);
  await readForm(c);
  const confirmed = await confirmBrowser(deps, session.tokenHash, c.req.param('token') ?? '');
  // What was not confirmed says on its page why.
  if (!confirmed.ok) return clearancePage(c, deps);
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('access:clearance.doneTitle'), narrow: true },
    <>
      <Alert color="success" live>
        {t('access:clearance.done')}
      </Alert>
      <p>{t('access:clearance.doneText')}</p>
    </>,
  );
}
