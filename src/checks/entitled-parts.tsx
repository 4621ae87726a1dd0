import type { Context } from 'hono';
import { stepUpPath } from '../access/index.ts';
import { loginPath } from '../identity/index.ts';
import { isUuid } from '../kernel/ids.ts';
import { checkerPath, type StaffRefused } from '../staff/index.ts';
import { DateText, Lead } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import type { Checked, Post } from './entitled-actions.ts';
import type { CheckerActing } from './entitled-records.ts';
import type { LookedUp } from './entitled-rules.ts';

type Page = Context<AppEnv>;

/** How a page of a checker is asked for: logged in, under the appointment in its address. */
type CheckerHandler = (c: Page, acting: CheckerActing) => Response | Promise<Response>;

/** Runs a handler for whoever is logged in, under the appointment in the address. */
export function checker(handler: CheckerHandler): (c: Page) => Response | Promise<Response> {
  return (c) => {
    const session = c.get('session');
    if (session === null) return c.redirect(loginPath(c.req.method === 'GET' ? c.req.path : '/staff'), 303);
    const appointmentId = c.req.param('appointment');
    return isUuid(appointmentId)
      ? handler(c, { tokenHash: session.tokenHash, appointmentId })
      : notFoundPage(c);
  };
}

/** Without the role, and outside its time, the page is as if it did not exist; with it, a login at the high level may be what is missing. */
export function refusedCheckerPage(c: Page, refused: StaffRefused): Response | Promise<Response> {
  const low = refused.kind === 'refused' && refused.refusal === 'low-level' && c.req.method === 'GET';
  return low ? c.redirect(stepUpPath(c.req.path), 303) : notFoundPage(c);
}

/** What is not an id is looked for all the same, and is refused as an id that leads nowhere is. */
export function recordIdOf(c: Page): string {
  const id = c.req.param('record');
  return isUuid(id) ? id : '00000000-0000-0000-0000-000000000000';
}

export const checkerCrumbs = (c: Page, { appointmentId }: CheckerActing) => [
  { label: c.get('t')('staff:home.title'), href: '/staff' },
  { label: c.get('t')('checks:entitled.title'), href: checkerPath(appointmentId) },
];

/** In which role and where, on every page of a checker. */
export function AtPost({ t, post }: { readonly t: Translate; readonly post: Post }) {
  return <Lead>{t('checks:entitled.post', { role: t(`staff:role.${post.role}`), place: post.place })}</Lead>;
}

/** Why the card is as it is: the condition that fails by its name, or what it is blocked for. */
export function reasonText(c: Page, { verdict, reason }: Pick<LookedUp, 'verdict' | 'reason'>): string {
  const t = c.get('t');
  const keys = {
    blocked: [`checks:entitled.blocked.${reason ?? ''}`],
    suspended: [`cards:condition.${reason ?? ''}`],
  } as Partial<Record<LookedUp['verdict'], readonly string[]>>;
  const { translator } = c.get('web');
  const known = keys[verdict]?.find((key) => translator.has(c.get('language'), key));
  return t(known ?? `checks:state.${verdict}.text`);
}

/** When, where and by whom it was looked up. */
export function lookItems(
  c: Page,
  {
    at,
    by,
    post,
  }: Pick<Checked, 'at' | 'by'> & { readonly post: Pick<Post, 'place'> & { readonly role: string } },
) {
  const t = c.get('t');
  return [
    { term: t('checks:result.asOf'), value: <DateText date={at} time /> },
    { term: t('checks:entitled.place'), value: post.place },
    { term: t('checks:entitled.by'), value: `${by}, ${t(`staff:role.${post.role}`)}` },
  ];
}
