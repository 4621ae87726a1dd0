import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { Actions, Alert, DateText, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import type { StaffActing, StaffRefused } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { barVendor, type BarProblem, liftBar } from './bars.ts';
import { vendorCrumbs, vendorsPath } from './vendor-pages.tsx';
import { viewVendor } from './vendors.ts';
import { refusedStaffPage, withStaff } from './web.tsx';

/** The case officer's pages that bar a vendor and lift that. */
export function addBarPages(app: Hono<AppEnv>, deps: StaffDeps): void {
  const caseOfficer = (handler: Handler) =>
    withStaff('case-officer', (c, acting) => handler(c, deps, acting));
  app.get(
    `${vendorsPath}/:number/bar`,
    caseOfficer((c, given, acting) => barPage(c, given, acting, emptyForm)),
  );
  app.post(`${vendorsPath}/:number/bar`, caseOfficer(bar));
  app.get(
    `${vendorsPath}/:number/lift`,
    caseOfficer((c, given, acting) => liftPage(c, given, acting, emptyForm)),
  );
  app.post(`${vendorsPath}/:number/lift`, caseOfficer(lift));
}

type Handler = (c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) => Response | Promise<Response>;

const numberOf = (c: Context<AppEnv>) => c.req.param('number') ?? '';

const barForm = z.object({ reason: z.string().max(300), appeal: z.string().max(300) });

async function barPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewVendor(deps, acting, numberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor } = viewed.value;
  if (vendor.barredAt !== null) return barProblemPage(c, 'already-barred');
  const t = c.get('t');
  const { name } = vendor;
  return renderPage(
    c,
    {
      title: t('staff:bar.title', { name }),
      breadcrumbs: vendorCrumbs(c, vendor),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <ul class="ds-list">
        <li>{t('staff:bar.stops', { name, count: vendor.customersNow })}</li>
        <li>{t('staff:bar.orders')}</li>
        <li>{t('staff:bar.told')}</li>
      </ul>
      <PostForm state={state}>
        <Textarea
          name="reason"
          label={t('staff:bar.reason')}
          description={t('staff:bar.reasonHint')}
          rows={3}
          maxlength={300}
        />
        <Textarea
          name="appeal"
          label={t('staff:bar.appeal')}
          description={t('staff:bar.appealHint')}
          rows={4}
          maxlength={300}
          value={t('staff:bar.appealDefault')}
        />
        <Actions>
          <SubmitButton color="danger">{t('staff:bar.now')}</SubmitButton>
          <LinkButton href={`${vendorsPath}/${vendor.organisationNumber}`} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function bar(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const parsed = parseForm(barForm, await readForm(c));
  if (!parsed.ok) return barPage(c, deps, acting, parsed.error);
  const organisationNumber = numberOf(c);
  const barred = await barVendor(deps, acting, { organisationNumber, ...parsed.value });
  return barred.ok
    ? redirectDone(c, `${vendorsPath}/${organisationNumber}`, 'staff:done.barred')
    : barProblemPage(c, barred.error);
}

function barProblemPage(c: Context<AppEnv>, problem: BarProblem | StaffRefused) {
  if (typeof problem !== 'string') return refusedStaffPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`staff:problem.${problem}`) });
}

const liftForm = z.object({ reason: z.string().max(300) });

async function liftPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewVendor(deps, acting, numberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor, bars } = viewed.value;
  const holds = bars.find((one) => one.liftedAt === null);
  if (holds === undefined) return barProblemPage(c, 'not-barred');
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('staff:lift.title', { name: vendor.name }),
      breadcrumbs: vendorCrumbs(c, vendor),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Alert color="warning" title={t('staff:vendors.barred')}>
        <p>
          <DateText date={holds.barredAt} time /> {holds.barredByName}
        </p>
        <p>{holds.reason}</p>
      </Alert>
      <p>{t('staff:lift.text')}</p>
      <PostForm state={state}>
        <Textarea
          name="reason"
          label={t('staff:lift.reason')}
          description={t('staff:lift.reasonHint')}
          rows={3}
          maxlength={300}
        />
        <Actions>
          <SubmitButton>{t('staff:lift.button')}</SubmitButton>
          <LinkButton href={`${vendorsPath}/${vendor.organisationNumber}`} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function lift(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const parsed = parseForm(liftForm, await readForm(c));
  if (!parsed.ok) return liftPage(c, deps, acting, parsed.error);
  const organisationNumber = numberOf(c);
  const lifted = await liftBar(deps, acting, { organisationNumber, ...parsed.value });
  return lifted.ok
    ? redirectDone(c, `${vendorsPath}/${organisationNumber}`, 'staff:done.lifted')
    : barProblemPage(c, lifted.error);
}
