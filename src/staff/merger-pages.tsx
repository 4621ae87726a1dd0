import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  toDay,
} from '../web/form-parsing.ts';
import { DateField, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import type { StaffActing } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { recordMerger } from './mergers.ts';
import {
  renderVendorPage,
  vendorDone,
  VendorForm,
  vendorNumberOf,
  vendorProblemPage,
} from './vendor-forms.tsx';
import { vendorsPath } from './vendor-pages.tsx';
import { viewVendor } from './vendors.ts';
import { refusedStaffPage, withStaff } from './web.tsx';

type Page = Context<AppEnv>;

const MERGER = `${vendorsPath}/:number/merger`;

/** Where a case officer records that a vendor was taken over by another. */
export function addMergerPages(app: Hono<AppEnv>, deps: StaffDeps): void {
  app.get(
    MERGER,
    withStaff('case-officer', (c, acting) => mergerPage(c, deps, acting, emptyForm)),
  );
  app.post(
    MERGER,
    withStaff('case-officer', (c, acting) => record(c, deps, acting)),
  );
}

async function mergerPage(c: Page, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewVendor(deps, acting, vendorNumberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor } = viewed.value;
  const t = c.get('t');
  return renderVendorPage(
    c,
    { vendor, title: t('staff:merger.title', { name: vendor.name }), state },
    <>
      <p>{t('staff:merger.text')}</p>
      <VendorForm
        c={c}
        vendor={vendor}
        state={state}
        submit={<SubmitButton>{t('staff:merger.confirm')}</SubmitButton>}
      >
        <TextField name="successor" label={t('staff:merger.successor')} maxlength={20} />
        <DateField name="day" label={t('staff:merger.day')} />
        <Textarea
          name="source"
          label={t('staff:merger.source')}
          description={t('staff:merger.sourceHint')}
          rows={2}
          maxlength={300}
        />
      </VendorForm>
    </>,
  );
}

const mergerForm = z.object({
  successor: z.string().max(20),
  day: z.string({ error: 'web:form.date' }).transform(toDay()),
  source: z.string().max(300),
});

async function record(c: Page, deps: StaffDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(mergerForm, form);
  if (!parsed.ok) return mergerPage(c, deps, acting, parsed.error);
  const { successor: successorNumber, day, source } = parsed.value;
  const organisationNumber = vendorNumberOf(c);
  const recorded = await recordMerger(deps, acting, { organisationNumber, successorNumber, day, source });
  if (recorded.ok) return vendorDone(c, 'staff:done.mergerRecorded');
  const problem = recorded.error;
  return problem === 'itself' || problem === 'closed-successor'
    ? mergerPage(c, deps, acting, formWithErrors(form, { successor: `staff:problem.${problem}` }))
    : vendorProblemPage(c, problem);
}
