import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { stepUpPath } from '../access/index.ts';
import { Actions, Alert, DateText, LinkButton, Section } from '../web/components.tsx';
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
import { DateField, RadioGroup, SubmitButton, Textarea } from '../web/forms.tsx';
import type { StaffActing } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { answerAppeal, barVendor, liftBar, viewAppeal } from './bars.ts';
import { appealWaits, type Bar } from './bar-records.ts';
import { barDays } from './rules.ts';
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

/** The case officer's pages that bar a vendor, answer its appeal and lift the bar. */
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
  app.get(
    `${vendorsPath}/:number/appeal`,
    caseOfficer((c, given, acting) => appealPage(c, given, acting, emptyForm)),
  );
  app.post(`${vendorsPath}/:number/appeal`, caseOfficer(answer));
}

type Handler = (c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) => Response | Promise<Response>;

const barForm = z.object({
  reason: z.string().max(300),
  appeal: z.string().max(300),
  from: z.string().transform(toDay()).optional(),
});

async function barPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewVendor(deps, acting, vendorNumberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor, bars, now } = viewed.value;
  if (bars.some((one) => one.liftedAt === null)) return vendorProblemPage(c, 'already-barred');
  const t = c.get('t');
  const { name } = vendor;
  const days = barDays(now);
  return renderVendorPage(
    c,
    { vendor, title: t('staff:bar.title', { name }), state },
    <>
      <ul class="ds-list">
        <li>{t('staff:bar.stops', { name, count: vendor.customersNow })}</li>
        <li>{t('staff:bar.orders')}</li>
        <li>{t('staff:bar.told')}</li>
      </ul>
      <VendorForm
        c={c}
        vendor={vendor}
        state={state}
        submit={<SubmitButton color="danger">{t('staff:bar.confirm')}</SubmitButton>}
      >
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
        <DateField
          name="from"
          label={t('staff:bar.first')}
          description={t('staff:bar.firstHint')}
          min={days.first}
          max={days.last}
          optional
        />
      </VendorForm>
    </>,
  );
}

async function bar(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(barForm, form);
  if (!parsed.ok) return barPage(c, deps, acting, parsed.error);
  const organisationNumber = vendorNumberOf(c);
  const { from } = parsed.value;
  const barred = await barVendor(deps, acting, { organisationNumber, ...parsed.value });
  if (barred.ok) {
    const done = from === undefined ? 'staff:done.barred' : 'staff:done.announced';
    return vendorDone(c, done);
  }
  return barred.error === 'bar-day'
    ? barPage(c, deps, acting, formWithErrors(form, { from: 'staff:problem.bar-day' }))
    : vendorProblemPage(c, barred.error);
}

const liftForm = z.object({ reason: z.string().max(300) });

async function liftPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewVendor(deps, acting, vendorNumberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor, bars } = viewed.value;
  const holds = bars.find((one) => one.liftedAt === null);
  if (holds === undefined) return vendorProblemPage(c, 'not-barred');
  if (appealWaits(holds)) return vendorProblemPage(c, 'appeal-waits');
  const t = c.get('t');
  return renderVendorPage(
    c,
    { vendor, title: t('staff:lift.title', { name: vendor.name }), state },
    <>
      <WhyBarred c={c} bar={holds} />
      <p>{t(holds.beganAt === null ? 'staff:lift.aheadText' : 'staff:lift.text')}</p>
      <VendorForm
        c={c}
        vendor={vendor}
        state={state}
        submit={<SubmitButton>{t('staff:lift.button')}</SubmitButton>}
      >
        <Textarea
          name="reason"
          label={t('staff:lift.reason')}
          description={t('staff:lift.reasonHint')}
          rows={3}
          maxlength={300}
        />
      </VendorForm>
    </>,
  );
}

function WhyBarred({ c, bar }: { readonly c: Context<AppEnv>; readonly bar: Bar }) {
  const t = c.get('t');
  return (
    <Alert color="warning" title={t(bar.beganAt === null ? 'staff:bar.aheadTitle' : 'staff:vendors.barred')}>
      <p>
        <DateText date={bar.beganAt ?? bar.barredAt} time />, {bar.barredByName}
      </p>
      <p>{bar.reason}</p>
    </Alert>
  );
}

async function lift(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const parsed = parseForm(liftForm, await readForm(c));
  if (!parsed.ok) return liftPage(c, deps, acting, parsed.error);
  const organisationNumber = vendorNumberOf(c);
  const lifted = await liftBar(deps, acting, { organisationNumber, ...parsed.value });
  return lifted.ok ? vendorDone(c, 'staff:done.lifted') : vendorProblemPage(c, lifted.error);
}

// Appeals -------------------------------------------------------------------------------------------------------------

async function appealPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewAppeal(deps, acting, vendorNumberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor, bar: open, problem, fresh } = viewed.value;
  if (open === undefined || problem === 'no-appeal' || problem === 'appeal-answered')
    return vendorProblemPage(c, problem ?? 'no-appeal');
  const t = c.get('t');
  return renderVendorPage(
    c,
    { vendor, title: t('staff:appeal.title', { name: vendor.name }), state },
    <>
      <WhyBarred c={c} bar={open} />
      <Section title={t('staff:appeal.filed')}>
        <p>
          {open.filedByName}, {open.filedAt === null ? null : <DateText date={open.filedAt} time />}
        </p>
        <p class="written">{open.appealText}</p>
      </Section>
      {problem === 'own-bar' ? (
        <Alert>{t('staff:problem.own-bar')}</Alert>
      ) : fresh ? (
        <AnswerForm c={c} state={state} vendor={vendor} />
      ) : (
        <Alert>
          <p>{t('access:stepUp.text')}</p>
          <Actions>
            <LinkButton href={stepUpPath(c.req.path)}>{t('access:stepUp.button')}</LinkButton>
          </Actions>
        </Alert>
      )}
    </>,
  );
}

type AnswerFormProps = Pick<Parameters<typeof VendorForm>[0], 'c' | 'vendor' | 'state'>;

function AnswerForm({ c, vendor, state }: AnswerFormProps) {
  const t = c.get('t');
  return (
    <VendorForm
      c={c}
      vendor={vendor}
      state={state}
      submit={<SubmitButton>{t('staff:appeal.confirm')}</SubmitButton>}
    >
      <RadioGroup
        name="outcome"
        label={t('staff:appeal.answer')}
        choices={OUTCOMES.map((value) => ({
          value,
          label: t(`staff:appeal.choice.${value}`),
          description: t(`staff:appeal.means.${value}`),
        }))}
      />
      <Textarea
        name="reason"
        label={t('staff:lift.reason')}
        description={t('staff:lift.reasonHint')}
        rows={4}
        maxlength={1000}
      />
    </VendorForm>
  );
}

const OUTCOMES = ['upheld', 'lifted'] as const;
const answerForm = z.object({ outcome: z.enum(OUTCOMES), reason: z.string().max(1000) });

async function answer(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const parsed = parseForm(answerForm, await readForm(c));
  if (!parsed.ok) return appealPage(c, deps, acting, parsed.error);
  const organisationNumber = vendorNumberOf(c);
  const answered = await answerAppeal(deps, acting, { organisationNumber, ...parsed.value });
  return answered.ok
    ? vendorDone(c, `staff:done.${parsed.value.outcome}`)
    : vendorProblemPage(c, answered.error);
}
