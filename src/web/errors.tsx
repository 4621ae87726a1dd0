import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { HTTPException } from 'hono/http-exception';
import { routePath } from 'hono/route';
import type { AppEnv } from './context.ts';
import { Actions, LinkButton, Section } from './components.tsx';
import { renderPage } from './page.tsx';

/** The problems that a request can meet, with the status they are answered with. Their names are stable. */
const problems = {
  badRequest: 400,
  forbidden: 403,
  csrf: 403,
  notFound: 404,
  methodNotAllowed: 405,
  conflict: 409,
  gone: 410,
  tooLarge: 413,
  misdirected: 421,
  invalid: 422,
  tooMany: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type Problem = keyof typeof problems;

export type ProblemDetails = {
  /** What happened in this case, already in the language of the request; replaces the general text. */
  readonly detail?: string;
  /** Seconds to wait, where waiting helps. */
  readonly retryAfter?: number;
};

/** Answers with a problem: a page for people, problem details (RFC 9457) for programs. */
export function problemPage(
  c: Context<AppEnv>,
  problem: Problem,
  { detail, retryAfter }: ProblemDetails = {},
): Response | Promise<Response> {
  const t = c.get('t');
  const title = t(`web:problem.${problem}.title`);
  const text = detail ?? t(`web:problem.${problem}.text`, { count: retryAfter ?? 1 });
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
  if (wantsJson(c)) return problemJson(c, problem, title, text);
  const { navigation, publicOrigin } = c.get('web');
  // A path would lead back to whatever name the request came by.
  const home = problem === 'misdirected' ? publicOrigin : navigation.home;
  return renderPage(
    c,
    { title, status: problems[problem], narrow: true, here: navigation.home },
    <>
      <p>{text}</p>
      {problem === 'internal' || problem === 'unavailable' ? (
        <p>
          {t('web:problem.reference')}: <code>{c.get('requestId')}</code>. {t('web:problem.referenceHint')}
        </p>
      ) : null}
      <Actions>
        <LinkButton href={home} variant="secondary">
          {t('web:problem.home')}
        </LinkButton>
      </Actions>
    </>,
  );
}

/**
 * For what does not exist and for what the asker may not know exists: the two bodies are the same to the byte,
 * which is why nothing of the request but its language and session is in them, not even its address.
 */
export function notFoundPage(c: Context<AppEnv>): Response | Promise<Response> {
  return problemPage(c, 'notFound');
}

export type Refusal = {
  /** Which rule refused it, in the language of the request. */
  readonly rule: string;
  /** Who can change that, in the language of the request. */
  readonly whoCanChange: string;
};

/** For those who may know that a thing exists but not do this to it. */
export function forbiddenPage(c: Context<AppEnv>, refusal: Refusal): Response | Promise<Response> {
  const t = c.get('t');
  const title = t('web:problem.forbidden.title');
  if (wantsJson(c)) return problemJson(c, 'forbidden', title, `${refusal.rule} ${refusal.whoCanChange}`);
  return renderPage(
    c,
    { title, status: 403, narrow: true },
    <>
      <p>{refusal.rule}</p>
      <Section title={t('web:problem.forbidden.who')}>
        <p>{refusal.whoCanChange}</p>
      </Section>
      <Actions>
        <LinkButton href={c.get('web').navigation.home} variant="secondary">
          {t('web:problem.home')}
        </LinkButton>
      </Actions>
    </>,
  );
}

/** Logs what was thrown with the request's id and answers with that id alone: never with the error's own text. */
export function answerError(error: unknown, c: Context<AppEnv>): Response | Promise<Response> {
  const status = error instanceof HTTPException ? error.status : 500;
  const problem = problemOf(status);
  if (problem === 'internal' || problem === 'unavailable') {
    c.get('web').log.error(
      // The route, not the path: a path may hold what must not be logged.
      { err: error, requestId: c.get('requestId'), method: c.req.method, route: routePath(c) },
      'A request failed',
    );
  }
  return problemPage(c, problem);
}

/** Whether the asker is a program: the HTTP API, or one that prefers JSON. */
export function wantsJson(c: Context<AppEnv>): boolean {
  if (c.req.path === '/api' || c.req.path.startsWith('/api/')) return true;
  const types = ['text/html', 'application/json', 'application/problem+json'];
  return accepts(c, { header: 'Accept', supports: types, default: 'text/html' }) !== 'text/html';
}

function problemJson(c: Context<AppEnv>, problem: Problem, title: string, detail: string): Response {
  const status = problems[problem];
  const type = `${c.get('web').publicOrigin}/problems/${problem.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
  const body = { type, title, status, detail, instance: `urn:uuid:${c.get('requestId')}` };
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' });
}

function problemOf(status: number): Problem {
  const found = Object.entries(problems).find(([, known]) => known === status);
  if (found !== undefined) return found[0] as Problem;
  return status < 500 ? 'badRequest' : 'internal';
}
