import { createHmac } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { importJWK, SignJWT, type JSONWebKeySet } from 'jose';
import Provider, {
  errors,
  interactionPolicy,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import {
  foreignUser,
  loggedOutPage,
  loginPage,
  problemPage,
  type LoginError,
  type LoginForm,
  type PageLanguage,
} from './idporten-pages.ts';
import { oidcAdapter } from './oidc-adapter.ts';
import type { Html } from './page.ts';
import type { Store } from './state.ts';

export type IdportenOptions = {
  store: Store;
  /** The origin where it is reached, without a slash at the end. */
  issuer: string;
  clientId: string;
  jwks: JSONWebKeySet;
  /** The first one gets the front-channel and back-channel calls; all may be returned to. */
  appOrigins: readonly string[];
};

const levels = { 'idporten-loa-substantial': 3, 'idporten-loa-high': 4 } as const;
type Acr = keyof typeof levels;

const isAcr = (text: string | undefined): text is Acr => text !== undefined && text in levels;
const idTokenSeconds = 120;
const sessionSeconds = 120 * 60;
const foreignAccount = 'foreign-user-1';
const backChannelTimeoutMs = 5000;

/**
 * ID-porten: log-in with a pushed request, PKCE and private_key_jwt; log-out that tells the services through the browser
 * (front channel) and directly (back channel). Only synthetic people can log in.
 */
export function idporten(options: IdportenOptions): RequestListener {
  const languages = new Map<string, PageLanguage>();
  const provider = new Provider(options.issuer, configuration(options, languages));
  provider.use(async (ctx, next) => {
    if (
      ctx.path === '/logout' &&
      ctx.method === 'GET' &&
      (await provider.Session.get(ctx)).accountId === undefined
    ) {
      const back = ctx.query['post_logout_redirect_uri'];
      const known = typeof back === 'string' && returnAddresses(options, '/logged-out').includes(back);
      await show(
        ctx,
        400,
        problemPage(
          'Not logged in / Ikke logget inn',
          'There was no one to log out here.',
          known ? back : undefined,
        ),
      );
      return;
    }
    await next();
  });
  const providerListener = provider.callback();
  const pagesListener = getRequestListener(loginPages(provider, options.store, languages).fetch);
  return (request, response) => {
    const listener = request.url?.startsWith('/login/') === true ? pagesListener : providerListener;
    void listener(request, response);
  };
}

function returnAddresses({ appOrigins }: IdportenOptions, path: string): string[] {
  return appOrigins.map((origin) => `${origin}${path}`);
}

function configuration(
  options: IdportenOptions,
  languages: ReadonlyMap<string, PageLanguage>,
): Configuration {
  const { store, issuer } = options;
  const { cookieKey, idportenKey, pairwiseSalt } = store.state.secrets;
  return {
    adapter: oidcAdapter(store),
    clients: [clientOf(options)],
    jwks: { keys: [idportenKey] },
    cookies: {
      keys: [cookieKey],
      // Cookies do not tell ports apart, so on localhost the app's own cookies lie beside these.
      names: { session: 'idporten_session', interaction: 'idporten_login', resume: 'idporten_resume' },
    },
    routes: {
      authorization: '/authorize',
      token: '/token',
      pushed_authorization_request: '/par',
      end_session: '/logout',
      jwks: '/jwks.json',
      userinfo: '/userinfo',
    },
    scopes: ['openid', 'profile'],
    // Everything stands in the id_token, as in ID-porten, whether or not it was asked for one by one.
    claims: { openid: ['sub', 'pid', 'locale', 'acr', 'amr', 'auth_time', 'jti'], sid: null, iss: null },
    conformIdTokenClaims: false,
    acrValues: Object.keys(levels),
    extraParams: {
      acr_values: (_ctx, value) => {
        if (value?.split(' ').every(isAcr) === false) throw new errors.InvalidRequest('unknown acr_values');
      },
    },
    subjectTypes: ['pairwise'],
    sectorIdentifierUriValidate: () => false,
    pairwiseIdentifier: (_ctx, accountId, client) => subjectOf(pairwiseSalt, client.clientId, accountId),
    clientAuthMethods: ['private_key_jwt'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx) => logOut(options, ctx),
        postLogoutSuccessSource: (ctx) => show(ctx, 200, loggedOutPage([], undefined)),
      },
    },
    extraClientMetadata: { properties: ['frontchannel_logout_uri', 'frontchannel_logout_session_required'] },
    discovery: { frontchannel_logout_supported: true, frontchannel_logout_session_supported: true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: sessionSeconds,
      IdToken: idTokenSeconds,
      Interaction: 3600,
      Session: sessionSeconds,
    },
    interactions: { url: (_ctx, interaction) => `/login/${interaction.uid}`, policy: loginPolicy() },
    loadExistingGrant: grantEverything,
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({
        sub: accountId,
        ...(accountId === foreignAccount ? {} : { pid: accountId }),
        locale: languages.get(accountId) ?? 'nb',
        jti: crypto.randomUUID(),
      }),
    }),
    renderError: async (ctx, out) => {
      const reason = [out.error, out.error_description].filter(Boolean).join(': ');
      await show(
        ctx,
        ctx.status,
        problemPage('Something went wrong / Noe gikk galt', reason, options.appOrigins[0]),
      );
    },
    fetch: () => Promise.reject(new Error(`${issuer} fetches nothing by itself`)),
  };
}

function clientOf(options: IdportenOptions): NonNullable<Configuration['clients']>[number] {
  const [first = ''] = options.appOrigins;
  return {
    client_id: options.clientId,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: options.jwks.keys },
    redirect_uris: returnAddresses(options, '/login/callback'),
    post_logout_redirect_uris: returnAddresses(options, '/logged-out'),
    backchannel_logout_uri: `${first}/logout/backchannel`,
    backchannel_logout_session_required: true,
    frontchannel_logout_uri: `${first}/logout/frontchannel`,
    frontchannel_logout_session_required: true,
    response_types: ['code'],
    grant_types: ['authorization_code'],
    subject_type: 'pairwise',
    // With more than one origin the library wants one sector; it is never fetched.
    sector_identifier_uri: 'https://sector.invalid/',
    id_token_signed_response_alg: 'RS256',
    require_auth_time: true,
  };
}

/** Another number for each client, so that services cannot compare whom they know. */
function subjectOf(salt: string, clientId: string, accountId: string): string {
  return createHmac('sha256', salt).update(`${clientId} ${accountId}`).digest('base64url');
}

/** Nobody is asked for consent: the service has been registered. A level that is too low means logging in again. */
function loginPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  policy.get('login')?.checks.add(
    new interactionPolicy.Check('level_too_low', 'A higher level is needed', (ctx) => {
      const current = ctx.oidc.session?.acr;
      return isAcr(current) && levels[current] < levels[requestedAcr(ctx.oidc.params?.['acr_values'])];
    }),
  );
  return policy;
}

/** The lowest of the levels asked for; without any, substantial. */
function requestedAcr(acrValues: unknown): Acr {
  const asked = typeof acrValues === 'string' ? acrValues.split(' ').filter(isAcr) : [];
  return asked.toSorted((a, b) => levels[a] - levels[b])[0] ?? 'idporten-loa-substantial';
}

async function grantEverything(ctx: KoaContextWithOIDC): Promise<InstanceType<Provider['Grant']>> {
  const { oidc } = ctx;
  const clientId = oidc.client?.clientId ?? '';
  const accountId = oidc.session?.accountId ?? '';
  const existing = oidc.session?.grantIdFor(clientId);
  const found = existing === undefined ? undefined : await oidc.provider.Grant.find(existing);
  if (found?.accountId === accountId) return found;
  const grant = new oidc.provider.Grant({ clientId, accountId });
  grant.addOIDCScope('openid profile');
  await grant.save();
  return grant;
}

function languageOf(uiLocales: unknown): PageLanguage {
  return typeof uiLocales === 'string' && uiLocales.startsWith('en') ? 'en' : 'nb';
}

type PagesContext = Context<{ Bindings: HttpBindings }>;

function loginPages(
  provider: Provider,
  store: Store,
  languages: Map<string, PageLanguage>,
): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const detailsOf = (c: PagesContext) => provider.interactionDetails(c.env.incoming, c.env.outgoing);

  app.onError((error, c) => {
    if (!(error instanceof errors.SessionNotFound)) throw error;
    // A log-in page from before a restart, or one that is already used.
    const text = 'This log-in page is no longer valid. Go back to the service and log in again.';
    return c.html(problemPage('Start again / Start på nytt', text), 400);
  });
  app.get('/login/:uid', async (c) => {
    const { params } = await detailsOf(c);
    return c.html(loginPage(store.state.world, formOf(c, params)));
  });
  app.post('/login/:uid', async (c) => {
    const { params } = await detailsOf(c);
    const form = await c.req.parseBody();
    const person = typeof form['person'] === 'string' ? form['person'] : form['pid'];
    const chosen = readPerson(typeof person === 'string' ? person.replaceAll(/\s/g, '') : '');
    if ('error' in chosen) return c.html(loginPage(store.state.world, formOf(c, params, chosen.error)), 422);
    languages.set(chosen.accountId, languageOf(params['ui_locales']));
    const least = requestedAcr(params['acr_values']);
    const acr = form['level'] === 'high' ? 'idporten-loa-high' : least;
    const next = await provider.interactionResult(c.env.incoming, c.env.outgoing, {
      login: {
        accountId: chosen.accountId,
        acr,
        amr: [chosen.accountId === foreignAccount ? 'eIDAS' : 'TestID'],
      },
    });
    return c.redirect(next, 303);
  });
  app.post('/login/:uid/abort', async (c) => {
    const next = await provider.interactionResult(c.env.incoming, c.env.outgoing, {
      error: 'access_denied',
      error_description: 'The user cancelled the log-in',
    });
    return c.redirect(next, 303);
  });
  return app;
}

function formOf(c: PagesContext, params: Record<string, unknown>, error?: LoginError): LoginForm {
  return {
    action: `/login/${c.req.param('uid') ?? ''}`,
    level: requestedAcr(params['acr_values']) === 'idporten-loa-high' ? 'high' : 'substantial',
    language: languageOf(params['ui_locales']),
    ...(error === undefined ? {} : { error }),
  };
}

const firstWeights = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
const secondWeights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];

function readPerson(text: string): { accountId: string } | { error: LoginError } {
  if (text === foreignUser) return { accountId: foreignAccount };
  if (!/^\d{11}$/.test(text)) return { error: 'not-a-number' };
  const month = Number(text.slice(2, 4));
  if (month < 81 || month > 92) return { error: 'not-synthetic' };
  return weighs(text, firstWeights) && weighs(text, secondWeights)
    ? { accountId: text }
    : { error: 'not-a-number' };
}

function weighs(text: string, weights: readonly number[]): boolean {
  return weights.reduce((sum, weight, index) => sum + weight * Number(text[index]), 0) % 11 === 0;
}

/**
 * Ends the session at once, without asking, tells every service of it, and shows the page whose frames tell them again
 * through the browser. The service that asked for it is told like the others.
 */
async function logOut(options: IdportenOptions, ctx: KoaContextWithOIDC): Promise<void> {
  const { session, provider } = ctx.oidc;
  const { accountId, authorizations = {}, state = {} } = session ?? {};
  const frames: string[] = [];
  for (const [clientId, { sid }] of Object.entries(authorizations)) {
    const client = await provider.Client.find(clientId);
    if (client === undefined || sid === undefined) continue;
    if (accountId !== undefined && client.backchannelLogoutUri !== undefined) {
      await tellDirectly(options, client.backchannelLogoutUri, clientId, accountId, sid);
    }
    const frame = client['frontchannel_logout_uri'];
    if (typeof frame === 'string')
      frames.push(`${frame}?${new URLSearchParams({ iss: options.issuer, sid }).toString()}`);
  }
  await session?.destroy();
  ctx.cookies.set(provider.cookieName('session'), null, { path: '/' });
  const next = returnAddress(state);
  // Where scripts are off, the browser goes on by itself after the frames have had their time.
  if (next !== undefined) ctx.set('refresh', `2; url=${next}`);
  await show(ctx, 200, loggedOutPage(frames, next));
}

function returnAddress(state: Record<string, unknown>): string | undefined {
  const { postLogoutRedirectUri: address, state: echoed } = state;
  if (typeof address !== 'string') return undefined;
  const url = new URL(address);
  if (typeof echoed === 'string') url.searchParams.set('state', echoed);
  return url.href;
}

/** One attempt, as ID-porten does; a service that does not answer is not told again. */
async function tellDirectly(
  { issuer, store }: IdportenOptions,
  address: string,
  clientId: string,
  accountId: string,
  sid: string,
): Promise<void> {
  const { idportenKey, pairwiseSalt } = store.state.secrets;
  const token = await new SignJWT({
    sid,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
    .setProtectedHeader({
      alg: 'RS256',
      typ: 'logout+jwt',
      ...(idportenKey.kid === undefined ? {} : { kid: idportenKey.kid }),
    })
    .setIssuer(issuer)
    .setAudience(clientId)
    .setSubject(subjectOf(pairwiseSalt, clientId, accountId))
    .setIssuedAt()
    .setExpirationTime(`${String(idTokenSeconds)}s`)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(idportenKey, 'RS256'));
  await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token }),
    redirect: 'manual',
    signal: AbortSignal.timeout(backChannelTimeoutMs),
  }).catch(() => undefined);
}

type Answer = { status: number; type: string; body: unknown };

async function show(ctx: Answer, status: number, content: Html): Promise<void> {
  const body = await content;
  ctx.status = status;
  ctx.type = 'html';
  ctx.body = body.toString();
}
