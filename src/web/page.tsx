import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Alert, Breadcrumbs, Heading, type Crumb } from './components.tsx';
import type { AppEnv } from './context.ts';
import { draw } from './draw.ts';
import { Layout } from './layout.tsx';
import type { ActingVendor, PageBusiness } from './navigation.ts';
import { withQuery } from './paths.ts';
import { RenderRequestContext } from './request.ts';

export type PageOptions = {
  /** The page's heading and the window's title, in the language of the request. */
  readonly title: string;
  /** The business that the page is about: brings the top menu. */
  readonly business?: PageBusiness | undefined;
  /** Brings the band that says on whose behalf the person acts. */
  readonly actingVendor?: ActingVendor | undefined;
  /** The key of the top menu's entry that the page is under: brings its side menu. */
  readonly active?: string | undefined;
  /** The key of the side menu's entry that the page is. */
  readonly sideActive?: string | undefined;
  readonly breadcrumbs?: readonly Crumb[];
  /** 200 unless said otherwise; 422 for a form shown again with errors. */
  readonly status?: ContentfulStatusCode;
  /** The page writes its own level 1 heading. */
  readonly ownHeading?: boolean;
  /** Where a change of language leads; to the page itself unless said otherwise. */
  readonly here?: string;
  /** Where the page says how it is installed as an application. */
  readonly manifest?: string;
  /** For forms and texts: lines no longer than is easy to read. */
  readonly narrow?: boolean;
};

/**
 * Answers with a whole page: document, menus, heading, the notice of what was just done, and the body.
 * The components of `body` must not be asynchronous: load first, then draw.
 */
export function renderPage(
  c: Context<AppEnv>,
  options: PageOptions,
  body: Child,
): Response | Promise<Response> {
  return c.html(drawPage(c, options, body), options.status ?? 200);
}

/** The HTML of a whole page, as `renderPage` answers with. */
export function drawPage(c: Context<AppEnv>, options: PageOptions, body: Child): string {
  const { title, status = 200, breadcrumbs = [], ownHeading = false, ...layout } = options;
  const t = c.get('t');
  let ids = 0;
  const request = {
    t,
    language: c.get('language'),
    web: c.get('web'),
    csrf: c.get('csrf'),
    nextId: (kind: string) => `${kind}-${String((ids += 1))}`,
  };
  const page = (
    <RenderRequestContext.Provider value={request}>
      <Layout
        {...layout}
        title={status === 422 ? t('web:titleError', { title }) : title}
        session={c.get('session')}
        counts={c.get('menuCounts')}
        here={options.here ?? herePath(c)}
      >
        {breadcrumbs.length === 0 ? null : <Breadcrumbs items={breadcrumbs} current={title} />}
        {ownHeading ? null : <Heading level={1}>{title}</Heading>}
        {status < 400 ? <DoneNotice c={c} /> : null}
        {body}
      </Layout>
    </RenderRequestContext.Provider>
  );
  return `<!doctype html>${String(draw(page))}`;
}

/** A text in the group `done` of a feature's words, such as `access:done.removed`, with nothing to fill in. */
export type DoneKey = `${string}:done.${string}`;

/** Goes to a page (303) that then says what was done. */
export function redirectDone(c: Context<AppEnv>, path: string, key: DoneKey): Response {
  return c.redirect(withQuery(path, { done: key }), 303);
}

/** Where this page is, without the notice of what was done. */
function herePath(c: Context<AppEnv>): string {
  if (c.req.query('done') === undefined) return c.req.url.slice(c.req.url.indexOf('/', 'https://'.length));
  const url = new URL(c.req.url);
  url.searchParams.delete('done');
  return url.pathname + url.search;
}

const doneKey = /^[a-z][\w-]*:done\.[\w.-]+$/u;

/**
 * Only texts of our own, and only when one of our own pages led here: a link from outside cannot pretend. It stays when the page is
 * loaded again, since nothing is kept of what a person has seen.
 */
function DoneNotice({ c }: { c: Context<AppEnv> }) {
  const key = c.req.query('done');
  if (key === undefined || !doneKey.test(key)) return null;
  if (['cross-site', 'same-site'].includes(c.req.header('sec-fetch-site') ?? '')) return null;
  if (!c.get('web').translator.has(c.get('language'), key)) return null;
  return (
    <Alert color="success" live>
      {c.get('t')(key)}
    </Alert>
  );
}
