import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ContextFacts } from '../database/transaction.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import type { AppEnv } from '../web/context.ts';
import { forbiddenPage, notFoundPage } from '../web/errors.tsx';
import type { Crumb } from '../web/components.tsx';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import type { ActingFor, Refused } from './actions.ts';

/**
 * Where the request acts: its session, and the business (and vendor) of its path. Throws when there is no session or no
 * business: a middleware on these paths sends people without a session to log in first.
 */
export function requireActing(c: Context<AppEnv>): ActingFor {
  const session = c.get('session');
  const business = c.req.param('business');
  const vendor = c.req.param('vendor');
  if (session === null || business === undefined)
    throw new Error('A page of a business without its session.');
  const { tokenHash } = session;
  if (vendor !== undefined) return { tokenHash, business, vendor };
  const around = c.get('aroundOwnPages');
  return { tokenHash, business, ...(around === undefined ? {} : { around }) };
}

/** The path of a page of the business that the request acts for: `/b/310000019/orders`, or with `/by/310000035`. */
export function businessPath(acting: Pick<ActingFor, 'business' | 'vendor'>, path: string): string {
  const by = acting.vendor === undefined ? '' : `/by/${acting.vendor}`;
  return `/b/${acting.business}${by}${path}`;
}

/** The answer to a refusal: "not found" to outsiders, else which rule refused and who can change that. */
export function refusedPage(c: Context<AppEnv>, refused: Refused): Response | Promise<Response> {
  if (refused.kind === 'missing') return notFoundPage(c);
  const t = c.get('t');
  return forbiddenPage(c, {
    rule: t(`access:refusal.${refused.refusal}.rule`),
    whoCanChange: t(`access:refusal.${refused.refusal}.who`),
  });
}

/** What a page of a business says of itself. */
export interface BusinessPageOptions {
  readonly title: string;
  readonly section: 'orders' | 'workers' | 'cards' | 'invoices' | 'business' | 'profile';
  /** The entry of the left menu, under "Business". */
  readonly side?:
    | 'access'
    | 'agreements'
    | 'messages'
    | 'contact'
    | 'spending'
    | 'quotes'
    | 'invoices'
    | 'vendor-invoices'
    | 'checkers'
    | 'vendor';
  readonly status?: ContentfulStatusCode;
  readonly breadcrumbs?: readonly Crumb[];
  readonly narrow?: boolean;
}

/** A page of the business that the facts are about, with its menus, and a band when a vendor acts. */
export function renderBusinessPage(
  c: Context<AppEnv>,
  { facts }: { readonly facts: ContextFacts },
  options: BusinessPageOptions,
  body: Child,
): Response | Promise<Response> {
  const { section, side, ...rest } = options;
  const { business, mandate } = facts;
  if (!business) throw new Error('A page of a business without its business.');
  return renderPage(
    c,
    {
      ...rest,
      active: section,
      sideActive: side,
      business: {
        id: business.organisationNumber,
        name: business.name,
        organisationNumber: formatOrganisationNumber(business.organisationNumber),
      },
      actingVendor:
        mandate?.vendor && facts.capacity === 'vendor'
          ? {
              id: mandate.vendor.organisationNumber,
              name: mandate.vendor.name,
              rights: mandate.rights,
            }
          : undefined,
    },
    body,
  );
}

/** Where a person uses a passkey in this session; the page then leads back to `returnPath`. */
export function passkeyPath(returnPath: string): string {
  return withQuery('/profile/passkeys/use', { return: returnPath });
}

/** Where a person proves who they are anew; the issuer then leads back to `returnPath`. */
export function stepUpPath(returnPath: string): string {
  return withQuery('/login/step-up', { return: returnPath });
}
