import type { Context } from 'hono';
import { stepUpPath } from '../access/index.ts';
import type { StaffRole } from '../database/transaction.ts';
import { loginPath } from '../identity/index.ts';
import type { AppEnv } from '../web/context.ts';
import { forbiddenPage, notFoundPage } from '../web/errors.tsx';
import type { StaffActing, StaffRefused } from './acting.ts';

/** Runs a handler for whoever is logged in; others log in first, and come back to the page, or to the list of roles. */
export function withStaff(
  role: StaffRole,
  handler: (c: Context<AppEnv>, acting: StaffActing) => Response | Promise<Response>,
) {
  return (c: Context<AppEnv>): Response | Promise<Response> => {
    const session = c.get('session');
    if (session !== null) return handler(c, { tokenHash: session.tokenHash, role });
    return c.redirect(loginPath(c.req.method === 'GET' ? c.req.path : '/staff'), 303);
  };
}

/**
 * The answer to a refusal: "not found" to those who never had the role; a login at the high level where that is all that
 * is missing; else which rule refused and who can change that.
 */
export function refusedStaffPage(c: Context<AppEnv>, refused: StaffRefused): Response | Promise<Response> {
  if (refused.kind === 'missing') return notFoundPage(c);
  if (refused.refusal === 'low-level' && c.req.method === 'GET')
    return c.redirect(stepUpPath(c.req.path), 303);
  const t = c.get('t');
  return forbiddenPage(c, {
    rule: t(`staff:refusal.${refused.refusal}.rule`),
    whoCanChange: t(`staff:refusal.${refused.refusal}.who`),
  });
}
