import { type Context, Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Database } from '../database/database.ts';
import type { Language } from '../kernel/language.ts';
import { formatMoney, type Money } from '../kernel/money.ts';
import type { Result } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  Card,
  CardGrid,
  DateText,
  DescriptionList,
  Lead,
  Link,
  LinkButton,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv, SessionInfo } from '../web/context.ts';
import { queryText, readForm, sentText } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { safeReturnPath, withQuery } from '../web/paths.ts';
import { clientAddress } from '../web/security.ts';
import { inTransaction } from '../database/transaction.ts';
import {
  endOtherSessions,
  type IdentityDeps,
  logOut,
  openSession,
  type OpenidLogin,
  stepUp,
} from './actions.ts';
import * as records from './records.ts';
import { browserName, createToken, deviceSecret, eidsOf, hashToken, networkOf, type Token } from './rules.ts';

/** Port: the login protocol against ID-porten. */
export interface Openid {
  readonly startLogin: (request: {
    purpose: 'login' | 'step-up';
    language: Language;
    acr: OpenidLogin['acr'];
  }) => Promise<Result<{ url: string; state: string; nonce: string; codeVerifier: string }, unknown>>;
  readonly finishLogin: (
    callback: URL,
    checks: { state: string; nonce: string; codeVerifier: string },
  ) => Promise<Result<OpenidLogin, unknown>>;
  readonly logoutUrl: (request: { state: string }) => Promise<Result<string, unknown>>;
  readonly verifyLogoutToken: (token: string) => Promise<Result<{ iss: string; sid: string }, unknown>>;
}

export interface IdentityPageDeps extends IdentityDeps {
  readonly openid: Openid;
  readonly origin: string;
  readonly issuer: string;
  /** How many proxies before us say whom they hand on. */
  readonly trustedProxyHops: number;
  /** Where whoever has no login at hand sees their cards. */
  readonly phonePath: string;
  /** Port: the official price of one card excluding VAT, now; undefined while the price list has none. */
  readonly cardPrice: () => Promise<Money | undefined>;
}

const SESSION_COOKIE = 'session';
const LOGIN_COOKIE = 'login';
const DEVICE_COOKIE = 'device';
const YEAR_SECONDS = 365 * 86_400;
const cookieOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax', prefix: 'host' } as const;

/** Who a request's cookie stands for, read anew from the database each time. */
export function createSessionReader(deps: { readonly database: Pick<Database, 'statement'> }) {
  return async (c: Context<AppEnv>): Promise<SessionInfo | null> => {
    const secret = getCookie(c, SESSION_COOKIE, 'host');
    if (secret === undefined) return null;
    const tokenHash = hashToken(secret);
    const row = await records.readSession(deps.database, tokenHash);
    if (!row) return null;
    const { person_id: personId, name, acr, auth_time: authTime, unread } = row;
    return { tokenHash, personId, name, acr, authTime, unread };
  };
}

/** The front page, login, step-up, log-out by oneself and by the issuer, and one's own profile. */
export function createIdentityPages(deps: IdentityPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/', (c) => frontPage(deps, c));
  app.get('/login', (c) => loginPage(c, 'login'));
  app.get('/login/step-up', (c) => (c.get('session') ? loginPage(c, 'step-up') : c.redirect('/login', 303)));
  app.post('/login', (c) => startLogin(deps, c, 'login'));
  app.post('/login/step-up', (c) =>
    c.get('session') ? startLogin(deps, c, 'step-up') : c.redirect('/login', 303),
  );
  app.get('/login/callback', (c) => finishLogin(deps, c));
  app.post('/logout', (c) => endOwnSession(deps, c));
  app.get('/logged-out', (c) => loggedOutPage(c));
  app.get('/logout/frontchannel', (c) => frontChannelLogout(deps, c));
  app.post('/logout/backchannel', (c) => backChannelLogout(deps, c));
  app.get('/profile', (c) =>
    c.get('session') ? profilePage(deps, c) : c.redirect('/login?return=/profile', 303),
  );
  app.post('/profile/sessions/end', (c) => endOthers(deps, c));
  return app;
}

async function frontPage(deps: Pick<IdentityPageDeps, 'cardPrice' | 'phonePath'>, c: Context<AppEnv>) {
  const t = c.get('t');
  const session = c.get('session');
  const price = await deps.cardPrice();
  return renderPage(
    c,
    { title: t('identity:front.title') },
    <>
      <Lead>{t('identity:front.lead')}</Lead>
      <Actions>
        <LinkButton href={session ? '/businesses' : '/login'}>
          {t(session ? 'identity:front.continue' : 'identity:front.login')}
        </LinkButton>
        <LinkButton href="/check" variant="secondary">
          {t('identity:front.check')}
        </LinkButton>
        <LinkButton href={deps.phonePath} variant="tertiary">
          {t('identity:front.phone')}
        </LinkButton>
      </Actions>
      <CardGrid>
        <Card title={t('identity:front.access.title')} level={2}>
          <p>{t('identity:front.access.text')}</p>
          <p class="alone">
            <Link href="/self-check">{t('identity:front.access.selfCheck')}</Link>
          </p>
        </Card>
        <Card title={t('identity:front.price.title')} level={2}>
          {price === undefined ? null : (
            <p>{t('identity:front.price.direct', { price: formatMoney(price, c.get('language')) })}</p>
          )}
          <p>{t('identity:front.price.vendor')}</p>
          <p class="alone">
            <Link href="/prices">{t('identity:front.price.list')}</Link>
          </p>
          <p class="alone">
            <Link href="/vendors">{t('identity:front.price.vendors')}</Link>
          </p>
          <p class="alone">
            <Link href="/transparency">{t('identity:front.price.transparency')}</Link>
          </p>
        </Card>
        <Card title={t('identity:front.contact.title')} level={2}>
          <p>{t('identity:front.contact.text')}</p>
        </Card>
      </CardGrid>
    </>,
  );
}

function loginPage(c: Context<AppEnv>, purpose: 'login' | 'step-up', problem?: string) {
  const t = c.get('t');
  const returnPath = safeReturnPath(c.req.query('return') ?? '', '/businesses');
  const { host } = new URL(c.get('web').publicOrigin);
  return renderPage(
    c,
    { title: t(`identity:${purpose}.title`), narrow: true, status: problem === undefined ? 200 : 422 },
    <>
      {problem === undefined ? null : (
        <Alert color="danger" live>
          {t(problem)}
        </Alert>
      )}
      <Lead>{t(`identity:${purpose}.lead`, eidsFor(c))}</Lead>
      {purpose === 'step-up' ? <p>{t('identity:step-up.tooLow', eidsFor(c))}</p> : null}
      {purpose === 'step-up' && c.get('session')?.acr === 'high' ? (
        <p>
          {t('identity:step-up.passkey')}{' '}
          <Link href={withQuery('/profile/passkeys/use', { return: returnPath })}>
            {t('identity:step-up.passkeyLink')}
          </Link>
        </p>
      ) : null}
      <Alert color="warning" title={t('identity:bankid.title')}>
        <p>{t('identity:bankid.text')}</p>
        <p>{t('identity:bankid.address', { host })}</p>
        <p>
          <Link href="/look-alikes">{t('identity:bankid.lookAlikes')}</Link>
        </p>
      </Alert>
      <PostForm action={purpose === 'login' ? '/login' : '/login/step-up'}>
        <HiddenField name="return" value={returnPath} />
        <Actions>
          <SubmitButton>{t(`identity:${purpose}.button`)}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

function eidsFor(c: Context<AppEnv>) {
  const language = c.get('language');
  return { high: eidsOf('high', language), substantial: eidsOf('substantial', language) };
}

async function startLogin(deps: IdentityPageDeps, c: Context<AppEnv>, purpose: 'login' | 'step-up') {
  const returnPath = safeReturnPath(sentText(await readForm(c), 'return'), '/businesses');
  const started = await deps.openid.startLogin({
    purpose,
    language: c.get('language'),
    acr: purpose === 'step-up' ? 'idporten-loa-high' : 'idporten-loa-substantial',
  });
  if (!started.ok) return loginPage(c, purpose, 'identity:problem.unavailable');
  const { url, ...checks } = started.value;
  const browser = createToken();
  setCookie(c, LOGIN_COOKIE, browser.secret, { ...cookieOptions, maxAge: 600 });
  await records.saveLoginAttempt(
    deps,
    browser.hash,
    { ...checks, purpose, returnPath },
    c.get('session')?.tokenHash ?? null,
  );
  return c.redirect(url, 303);
}

async function finishLogin(deps: IdentityPageDeps, c: Context<AppEnv>) {
  const browser = getCookie(c, LOGIN_COOKIE, 'host');
  const attempt =
    browser === undefined
      ? undefined
      : await records.takeLoginAttempt(deps, hashToken(browser), queryText(c, 'state') ?? '');
  deleteCookie(c, LOGIN_COOKIE, cookieOptions);
  if (!attempt) return problem(c, 'identity:problem.stale');
  const callback = new URL(`${deps.origin}${c.req.path}${new URL(c.req.url).search}`);
  const login = await deps.openid.finishLogin(callback, attempt);
  const session = c.get('session');
  if (!login.ok) {
    return attempt.purpose === 'step-up' && session
      ? notRaised(c, attempt.returnPath)
      : problem(c, 'identity:problem.failed');
  }
  if (attempt.purpose === 'step-up') {
    if (!session) return problem(c, 'identity:problem.stale');
    const raised = await stepUp(deps, session.tokenHash, login.value);
    if (raised.ok) return enter(c, raised.value, attempt.returnPath);
    deleteCookie(c, SESSION_COOKIE, cookieOptions);
    // The database has ended it where another person logged in; here it ends also when the login showed nobody we know.
    await logOut(deps, session.tokenHash);
    return endBoth(deps, c, `identity:problem.${raised.error}`);
  }
  if (session) await logOut(deps, session.tokenHash);
  const device = deviceSecret(getCookie(c, DEVICE_COOKIE, 'host')) ?? createToken().secret;
  const network = networkOf(clientAddress(c, deps.trustedProxyHops));
  const opened = await openSession(deps, login.value, c.req.header('user-agent') ?? '', { device, network });
  if (!opened.ok) {
    const key = `identity:problem.${opened.error}`;
    return opened.error === 'denied' ? endBoth(deps, c, key) : problem(c, key);
  }
  // Kept when one logs out: by it the next login is one from a browser that is known.
  setCookie(c, DEVICE_COOKIE, device, { ...cookieOptions, maxAge: YEAR_SECONDS });
  return enter(c, opened.value, attempt.returnPath);
}

/** Turned back, or could not log in at high level: the session stands as it was, and so does what was filled in. */
function notRaised(c: Context<AppEnv>, returnPath: string) {
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('identity:problem.title'), narrow: true, status: 400, here: returnPath },
    <>
      <Alert color="warning">{t('identity:problem.not-raised')}</Alert>
      <p>{t('identity:step-up.lead', eidsFor(c))}</p>
      <p>{t('identity:step-up.tooLow', eidsFor(c))}</p>
      <Actions>
        <LinkButton href={returnPath}>{t('identity:step-up.back')}</LinkButton>
      </Actions>
    </>,
  );
}

function enter(c: Context<AppEnv>, token: Token, returnPath: string) {
  setCookie(c, SESSION_COOKIE, token.secret, cookieOptions);
  return c.redirect(returnPath, 303);
}

/** What the issuer remembers is not to be used: the session here has ended; the issuer's ends too, through its log-out. */
async function endBoth(deps: IdentityPageDeps, c: Context<AppEnv>, key: string) {
  const url = await deps.openid.logoutUrl({ state: key.split('.')[1] ?? '' });
  return url.ok ? c.redirect(url.value, 303) : problem(c, key);
}

function problem(c: Context<AppEnv>, key: string) {
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('identity:problem.title'), narrow: true, status: 400 },
    <>
      <Alert color="danger">{t(key)}</Alert>
      <Actions>
        <LinkButton href="/login">{t('identity:problem.again')}</LinkButton>
      </Actions>
    </>,
  );
}

async function endOwnSession(deps: IdentityPageDeps, c: Context<AppEnv>) {
  const session = c.get('session');
  deleteCookie(c, SESSION_COOKIE, cookieOptions);
  if (!session) return c.redirect('/logged-out', 303);
  await logOut(deps, session.tokenHash);
  const url = await deps.openid.logoutUrl({ state: 'logged-out' });
  return c.redirect(url.ok ? url.value : '/logged-out', 303);
}

/** Why both sessions were ended, as the issuer's log-out brings it back. */
const ENDED_FOR = ['other-person', 'no-national-id', 'not-accepted', 'no-session', 'denied'] as const;

function loggedOutPage(c: Context<AppEnv>) {
  const t = c.get('t');
  const problem = ENDED_FOR.find((reason) => reason === c.req.query('state'));
  return renderPage(
    c,
    { title: t('identity:loggedOut.title'), narrow: true },
    <>
      {problem === undefined ? null : <Alert color="danger">{t(`identity:problem.${problem}`)}</Alert>}
      <p>{t('identity:loggedOut.text')}</p>
      <Actions>
        <LinkButton href="/login">{t('identity:front.login')}</LinkButton>
      </Actions>
    </>,
  );
}

/** OpenID Connect Front-Channel Logout 1.0: the issuer frames this with `iss` and `sid`; the cookie may be absent. */
async function frontChannelLogout(deps: IdentityPageDeps, c: Context<AppEnv>) {
  const [iss, sid = ''] = [queryText(c, 'iss'), queryText(c, 'sid')];
  if (iss === deps.issuer && sid !== '') {
    await records.endSessionsBySid(deps.database, iss, sid);
  }
  return c.body(null, 200, { 'Cache-Control': 'no-store' });
}

/** OpenID Connect Back-Channel Logout 1.0: a signed token from the issuer; the session is found by `iss` and `sid`. */
async function backChannelLogout(deps: IdentityPageDeps, c: Context<AppEnv>) {
  const form = await readForm(c).catch(() => undefined);
  const token = form?.get('logout_token');
  const verified = typeof token === 'string' ? await deps.openid.verifyLogoutToken(token) : undefined;
  if (!verified?.ok) return c.json({ error: 'invalid_request' }, 400, { 'Cache-Control': 'no-store' });
  await records.endSessionsBySid(deps.database, verified.value.iss, verified.value.sid);
  return c.body(null, 200, { 'Cache-Control': 'no-store' });
}

async function profilePage(deps: IdentityPageDeps, c: Context<AppEnv>) {
  const t = c.get('t');
  const session = c.get('session');
  if (!session) return c.redirect('/login', 303);
  const sessions = await inTransaction(
    deps.database,
    { kind: 'session', tokenHash: session.tokenHash },
    records.openSessions,
  );
  return renderPage(
    c,
    { title: t('identity:profile.title'), narrow: true },
    <>
      <DescriptionList
        items={[
          { term: t('identity:profile.name'), value: session.name },
          { term: t('identity:profile.level'), value: t(`identity:level.${session.acr}`) },
          { term: t('identity:profile.since'), value: <DateText date={session.authTime} time /> },
        ]}
      />
      <p>{t('identity:profile.choose')}</p>
      <Actions>
        <LinkButton href="/businesses">{t('identity:profile.toBusinesses')}</LinkButton>
      </Actions>
      <p>
        <Link href="/profile/passkeys">{t('identity:profile.passkeys')}</Link>
      </p>
      <p>
        <Link href="/profile/notices">{t('identity:profile.notices')}</Link>
      </p>
      <p>
        <Link href="/profile/address">{t('identity:profile.address')}</Link>
      </p>
      <Section title={t('identity:profile.sessions')}>
        <Table
          caption={t('identity:profile.sessions')}
          captionHidden
          rows={sessions}
          columns={[
            { header: t('identity:profile.opened'), cell: (row) => <DateText date={row.created_at} time /> },
            {
              header: t('identity:profile.lastSeen'),
              cell: (row) => <DateText date={row.last_seen_at} time />,
            },
            {
              header: t('identity:profile.browser'),
              cell: (row) => (
                <>
                  {browserName(row.user_agent)}{' '}
                  {row.asking ? <Tag color="info">{t('identity:profile.thisOne')}</Tag> : null}{' '}
                  {row.isNew ? <Tag color="warning">{t('identity:profile.new')}</Tag> : null}
                  {row.device_id === null ? null : (
                    <p>
                      <Link href={`/profile/devices/${row.device_id}`}>{t('identity:profile.wasItYou')}</Link>
                    </p>
                  )}
                </>
              ),
            },
          ]}
        />
        {sessions.length > 1 ? (
          <>
            <p>{t('identity:profile.unknown')}</p>
            <PostForm action="/profile/sessions/end" class="form inline">
              <SubmitButton variant="secondary" color="danger">
                {t('identity:profile.endOthers')}
              </SubmitButton>
            </PostForm>
          </>
        ) : null}
      </Section>
    </>,
  );
}

async function endOthers(deps: IdentityPageDeps, c: Context<AppEnv>) {
  const session = c.get('session');
  if (!session) return c.redirect('/login?return=/profile', 303);
  await endOtherSessions(deps, session.tokenHash);
  return redirectDone(c, '/profile', 'identity:done.othersEnded');
}

/** Where a page sends someone who has to log in first. */
export function loginPath(returnPath: string): string {
  return withQuery('/login', { return: returnPath });
}
