import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { stepUpPath } from '../access/index.ts';
import { Actions, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import type { FormState } from '../web/form-parsing.ts';
import { PostForm } from '../web/forms.tsx';
import { type DoneKey, redirectDone, renderPage } from '../web/page.tsx';
import type { StaffRefused } from './acting.ts';
import type { AnswerProblem, BarProblem } from './bars.ts';
import type { MergerProblem } from './mergers.ts';
import { vendorCrumbs, vendorsPath } from './vendor-pages.tsx';
import type { OverseenVendor } from './vendor-records.ts';
import { refusedStaffPage } from './web.tsx';

/** What the forms about one vendor have in common: the page around them, their end and what follows. */

type Page = Context<AppEnv>;
type Vendor = Pick<OverseenVendor, 'name' | 'organisationNumber'>;

/** The organisation number in the page's address. */
export const vendorNumberOf = (c: Page) => c.req.param('number') ?? '';

const pathOf = (organisationNumber: string) => `${vendorsPath}/${organisationNumber}`;

type VendorPage = { readonly vendor: Vendor; readonly title: string; readonly state: FormState };

/** A page about the vendor with a form; 422 where that came back with errors. */
export function renderVendorPage(c: Page, { vendor, title, state }: VendorPage, body: Child) {
  return renderPage(
    c,
    {
      title,
      breadcrumbs: vendorCrumbs(c, vendor),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    body,
  );
}

type VendorFormProps = {
  readonly c: Page;
  readonly vendor: Vendor;
  readonly state: FormState;
  /** The button that does it. */
  readonly submit: Child;
  readonly children?: Child;
};

/** The fields, and under them the button and the way back to the vendor. */
export function VendorForm({ c, vendor, state, submit, children }: VendorFormProps) {
  return (
    <PostForm state={state}>
      {children}
      <Actions>
        {submit}
        <LinkButton href={pathOf(vendor.organisationNumber)} variant="tertiary">
          {c.get('t')('access:cancel')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}

/** Back to the vendor, with what was done. */
export const vendorDone = (c: Page, key: DoneKey) => redirectDone(c, pathOf(vendorNumberOf(c)), key);

/** Why nothing was done: to a fresh login where that is all that is missing. */
export function vendorProblemPage(
  c: Page,
  problem: BarProblem | AnswerProblem | MergerProblem | StaffRefused,
) {
  if (typeof problem !== 'string') return refusedStaffPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  if (problem === 'step-up') return c.redirect(stepUpPath(c.req.path), 303);
  return problemPage(c, 'conflict', { detail: c.get('t')(`staff:problem.${problem}`) });
}
