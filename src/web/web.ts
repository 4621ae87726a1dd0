import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import type { Context, MiddlewareHandler } from 'hono';
import type { AppEnv, SessionInfo, WebSettings } from './context.ts';
import { answerError, notFoundPage } from './errors.tsx';
import { chooseLanguage, detectLanguage } from './languages.ts';
import { webPaths } from './paths.ts';
import { createSeal } from './sealed.ts';
import { startSearch } from './search.tsx';
import { answerHeaders, csrfProtection, csrfToken, limitBody, onlyByOwnName } from './security.ts';

export type WebOptions = Omit<WebSettings, 'seal'> & {
  /** ID-porten's origin. */
  readonly issuerOrigin: string;
  /** At least 32 random bytes; the same in all processes. Guards forms, and seals what addresses must not tell. */
  readonly csrfSecret: string | Buffer;
  /** Who is logged in, from the request's cookie and the database; null for nobody. */
  readonly readSession: (c: Context<AppEnv>) => Promise<SessionInfo | null>;
  /** Paths that the issuer alone may frame: the front-channel logout. */
  readonly framedByIssuer?: readonly string[];
  /** Paths that other servers post to and that prove themselves: the back-channel logout. */
  readonly csrfExempt?: readonly string[];
  /** Paths that answer by any name: those that look whether the process is well. */
  readonly anyName?: readonly string[];
  /** Whether the answer at a path is made by `wholeAnswer`, for what is asked for most. */
  readonly answeredWhole?: (path: string) => boolean;
  /** Asked before a body is read, so that nobody is read from who would be turned away anyhow. */
  readonly turnAway?: MiddlewareHandler<AppEnv>;
  /** The largest body that a path takes, in bytes; 1 MB unless said otherwise. */
  readonly maxBodyBytes?: (path: string) => number;
};

/**
 * A Hono app with everything that goes before and after a feature's page: request id, headers, language, session,
 * the guard against forged requests, assets, and the pages for what goes wrong. Features are added with `route`.
 */
export function createWebApp(options: WebOptions): Hono<AppEnv> {
  const { assets, navigation, translator, log, publicOrigin } = options;
  const seal = createSeal(options.csrfSecret);
  const web: WebSettings = { assets, navigation, translator, log, publicOrigin, seal };
  const app = new Hono<AppEnv>();
  app.use(requestId({ headerName: '' }));
  app.use((c, next) => {
    c.set('web', web);
    c.set('session', null);
    c.set('csrf', '');
    // What goes wrong before the language is known is still answered in words.
    c.set('language', 'nb');
    c.set('t', translator.for('nb'));
    return next();
  });
  app.use(
    answerHeaders({
      publicOrigin,
      issuerOrigin: options.issuerOrigin,
      framedByIssuer: options.framedByIssuer ?? [],
      answeredWhole: options.answeredWhole ?? (() => false),
    }),
  );
  app.get(`${webPaths.assets}/*`, assets.serve);
  app.use(detectLanguage(translator));
  app.use(onlyByOwnName(publicOrigin, options.anyName ?? []));
  app.use(async (c, next) => {
    const session = await options.readSession(c);
    c.set('session', session);
    if (session !== null) c.set('csrf', csrfToken(options.csrfSecret, session));
    await next();
  });
  if (options.turnAway !== undefined) app.use(options.turnAway);
  app.use(limitBody(options.maxBodyBytes ?? (() => 1_000_000)));
  app.use(csrfProtection({ publicOrigin, exempt: options.csrfExempt ?? [] }));
  app.post(webPaths.language, chooseLanguage);
  app.post(webPaths.search, startSearch);
  app.notFound(notFoundPage);
  app.onError((error, c) => answerError(error, c));
  return app;
}
