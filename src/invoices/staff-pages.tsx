import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { osloToday } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { parseAmount } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, withStaff, type StaffActing, type StaffRefused } from '../staff/index.ts';
import {
  Actions,
  DateText,
  EmptyState,
  Lead,
  Link,
  Pagination,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  toDay,
} from '../web/form-parsing.ts';
import { DateField, PostForm, RadioGroup, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { SearchForm, searchOf, searchQuery } from '../web/search.tsx';
import {
  overseeInvoice,
  PAGE_SIZE,
  recordPayment,
  searchInvoices,
  takeOutPayment,
  type InvoiceDeps,
  type InvoiceView,
  type PaymentProblem,
} from './actions.ts';
import { DocumentFacts, Owed, paymentColumns, StateTag, titleOf } from './parts.tsx';
import type { Payment } from './records.ts';
import { TAKEN_OUT } from './rules.ts';

/** Where operators record payments. */
export const staffInvoicesPath = '/staff/invoices';

type Handler = (c: Context<AppEnv>, deps: InvoiceDeps, acting: StaffActing) => Response | Promise<Response>;

/** The operator's pages: what is owed, and recording what was paid, twice, in part, or by mistake. */
export function createInvoiceStaffPages(deps: InvoiceDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const operator = (handler: Handler) => withStaff('operator', (c, acting) => handler(c, deps, acting));
  app.get(staffInvoicesPath, operator(listPage));
  app.get(
    `${staffInvoicesPath}/:invoice`,
    operator((c, given, acting) => invoicePage(c, given, acting, emptyForm)),
  );
  app.post(`${staffInvoicesPath}/:invoice/payments`, operator(record));
  app.post(`${staffInvoicesPath}/:invoice/payments/:payment`, operator(takeOut));
  return app;
}

const crumbs = (c: Context<AppEnv>) => [{ label: c.get('t')('staff:home.title'), href: '/staff' }];

async function listPage(c: Context<AppEnv>, deps: InvoiceDeps, acting: StaffActing) {
  const t = c.get('t');
  const asked = Number(c.req.query('page') ?? '1');
  const page = Number.isInteger(asked) && asked >= 1 && asked <= 100_000 ? asked : 1;
  const search = searchOf(c);
  const found = await searchInvoices(deps, acting, { search, page });
  if (!found.ok) return refusedStaffPage(c, found.error);
  const { invoices, count, permitted } = found.value;
  return renderPage(
    c,
    { title: t('invoices:staff.title'), breadcrumbs: crumbs(c) },
    <>
      <Lead>{t('invoices:staff.lead')}</Lead>
      <SearchForm
        to={staffInvoicesPath}
        label={t('invoices:staff.search')}
        search={search}
        submit={t('access:find')}
      />
      <Table
        caption={t(search === '' ? 'invoices:staff.owed' : 'invoices:staff.found', { count })}
        rows={invoices}
        empty={<EmptyState title={t('invoices:staff.none')} />}
        columns={[
          {
            header: t('invoices:field.number'),
            cell: (row) => <Link href={`${staffInvoicesPath}/${row.id}`}>{titleOf(c, row)}</Link>,
            names: true,
          },
          {
            header: t('invoices:field.buyer'),
            cell: ({ parties: { buyer } }) => (
              <>
                {buyer.name} <span class="nowrap">{formatOrganisationNumber(buyer.organisationNumber)}</span>
              </>
            ),
          },
          { header: t('invoices:field.kid'), cell: (row) => row.kid },
          { header: t('invoices:field.dueOn'), cell: (row) => <DateText date={row.dueOn} /> },
          { header: t('invoices:field.toPay'), cell: (row) => <Owed c={c} invoice={row} />, align: 'end' },
          {
            header: t('invoices:field.state'),
            cell: (row) => <StateTag c={c} invoice={row} now={permitted.now} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / PAGE_SIZE)}
        href={(number) => withQuery(staffInvoicesPath, { ...searchQuery(c), page: String(number) })}
      />
    </>,
  );
}

const pathOf = (c: Context<AppEnv>) => `${staffInvoicesPath}/${idOf(c, 'invoice')}`;

/** What is not an id is looked for all the same, so that it is refused as an id that leads nowhere is. */
function idOf(c: Context<AppEnv>, name: 'invoice' | 'payment'): string {
  const id = c.req.param(name);
  return isUuid(id) ? id : '00000000-0000-0000-0000-000000000000';
}

async function invoicePage(c: Context<AppEnv>, deps: InvoiceDeps, acting: StaffActing, state: FormState) {
  const seen = await overseeInvoice(deps, acting, idOf(c, 'invoice'));
  if (!seen.ok) return refusedStaffPage(c, seen.error);
  const { view, permitted } = seen.value;
  if (view?.invoice.kind !== 'invoice') return notFoundPage(c);
  const t = c.get('t');
  const { invoice } = view;
  const today = osloToday(permitted.now);
  return renderPage(
    c,
    {
      title: titleOf(c, invoice),
      breadcrumbs: [...crumbs(c), { label: t('invoices:staff.title'), href: staffInvoicesPath }],
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <DocumentFacts c={c} invoice={invoice} now={permitted.now} />
      <Section title={t('invoices:payments.title')}>
        <PaymentTable c={c} view={view} />
      </Section>
      <Section title={t('invoices:staff.record')}>
        <PostForm action={`${pathOf(c)}/payments`} state={state}>
          <TextField
            name="amount"
            label={t('invoices:staff.amount')}
            description={t('invoices:staff.amountHint')}
          />
          <TextField
            name="reference"
            label={t('invoices:staff.reference')}
            description={t('invoices:staff.referenceHint')}
          />
          <DateField name="paidOn" label={t('invoices:payments.paidOn')} max={today} value={today} />
          <Actions>
            <SubmitButton>{t('invoices:staff.recordNow')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </Stack>,
  );
}

function PaymentTable({ c, view }: { readonly c: Context<AppEnv>; readonly view: InvoiceView }) {
  const t = c.get('t');
  const takenOut = new Set(view.payments.map(({ takesOut }) => takesOut));
  return (
    <Table
      caption={t('invoices:payments.title')}
      captionHidden
      rows={view.payments}
      empty={<EmptyState title={t('invoices:payments.none')} />}
      columns={[
        ...paymentColumns(c),
        { header: t('invoices:staff.reference'), cell: (row) => row.reference ?? '' },
        {
          header: t('invoices:payments.recorded'),
          cell: (row) => (
            <>
              {row.recordedByName} <DateText date={row.recordedAt} time />
            </>
          ),
        },
        {
          header: t('invoices:staff.takeOut'),
          cell: (row) =>
            row.kind === 'received' && !takenOut.has(row.id) ? <TakeOutForm c={c} payment={row} /> : '',
        },
      ]}
    />
  );
}

function TakeOutForm({ c, payment }: { readonly c: Context<AppEnv>; readonly payment: Payment }) {
  const t = c.get('t');
  return (
    <PostForm action={`${pathOf(c)}/payments/${payment.id}`} id={`take-out-${payment.id}`}>
      <RadioGroup
        name="why"
        label={t('invoices:staff.why')}
        choices={TAKEN_OUT.map((why) => ({ value: why, label: t(`invoices:staff.${why}`) }))}
      />
      <SubmitButton size="sm" variant="secondary" color="danger">
        {t('invoices:staff.takeOutNow')}
      </SubmitButton>
    </PostForm>
  );
}

const paymentForm = z.object({
  amount: z.string().transform((text, context) => {
    const ore = parseAmount(text);
    if (ore !== undefined) return ore;
    context.addIssue('invoices:staff.amountWrong');
    return z.NEVER;
  }),
  reference: z.string().max(100),
  paidOn: z.string().transform(toDay()),
});

async function record(c: Context<AppEnv>, deps: InvoiceDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(paymentForm, form);
  if (!parsed.ok) return invoicePage(c, deps, acting, parsed.error);
  const { amount: ore, ...payment } = parsed.value;
  const recorded = await recordPayment(deps, acting, { invoiceId: idOf(c, 'invoice'), ore, ...payment });
  if (recorded.ok) return redirectDone(c, pathOf(c), 'invoices:done.recorded');
  const field = { 'reference-used': 'reference', 'later-than-today': 'paidOn' } as const;
  if (recorded.error === 'reference-used' || recorded.error === 'later-than-today') {
    const wrong = { [field[recorded.error]]: `invoices:problem.${recorded.error}` };
    return invoicePage(c, deps, acting, formWithErrors(form, wrong));
  }
  return problemOf(c, recorded.error);
}

const takeOutForm = z.object({ why: z.enum(TAKEN_OUT, { error: 'web:form.choose' }) });

async function takeOut(c: Context<AppEnv>, deps: InvoiceDeps, acting: StaffActing) {
  const parsed = parseForm(takeOutForm, await readForm(c));
  if (!parsed.ok) return invoicePage(c, deps, acting, parsed.error);
  const wanted = { invoiceId: idOf(c, 'invoice'), paymentId: idOf(c, 'payment'), why: parsed.value.why };
  const taken = await takeOutPayment(deps, acting, wanted);
  return taken.ok ? redirectDone(c, pathOf(c), 'invoices:done.takenOut') : problemOf(c, taken.error);
}

function problemOf(c: Context<AppEnv>, problem: PaymentProblem | StaffRefused) {
  if (typeof problem !== 'string') return refusedStaffPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`invoices:problem.${problem}`) });
}
