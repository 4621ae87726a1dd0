import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusalText,
  refusedPage,
  renderBusinessPage,
  requireActing,
  wantedList,
} from '../access/index.ts';
import { formatMoney, nok, parseAmount } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FieldError,
  formList,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  sentText,
  toDay,
  typedText,
} from '../web/form-parsing.ts';
import {
  CheckboxGroup,
  DateField,
  Fieldset,
  FileField,
  GetForm,
  HiddenField,
  PostForm,
  RadioGroup,
  SubmitButton,
  TextField,
} from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { pdfAnswer, sentFile } from '../web/pdf-file.ts';
import { useRequest } from '../web/request.ts';
import {
  MAX_FILE,
  openRecording,
  readFile,
  type RecordingProblem,
  recordVendorInvoice,
  seeVendorInvoice,
  seeVendorInvoices,
  type VendorInvoiceDeps,
} from './recording.ts';
import { PAGE_SIZE, type VendorInvoice } from './records.ts';
import { type Difference, type InvoiceLine, LINE_KINDS, type LineKind, stateOf } from './rules.ts';

const LIST = '/business/vendor-invoices';
const side = { section: 'business', side: 'vendor-invoices' } as const;
type Page = Context<AppEnv>;

/** What vendors have invoiced the business: the list, each with how it differs, and the form that records one. */
export function createVendorInvoicePages(deps: VendorInvoiceDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
  app.get(`${LIST}/new`, (c) => formPage(c, deps, emptyForm, c.req.query('vendor')));
  app.post(`${LIST}/new`, (c) => record(c, deps));
  app.get(`${LIST}/:vendorInvoice`, (c) => onePage(c, deps));
  app.get(`${LIST}/:vendorInvoice/file.pdf`, async (c) => {
    const file = await readFile(deps, requireActing(c), c.req.param('vendorInvoice'));
    if (!file.ok) return refusedPage(c, file.error);
    return file.value === undefined ? notFoundPage(c) : pdfAnswer(c, file.value);
  });
  return app;
}

const pathOf = (c: Page, sub = '') => businessPath(requireActing(c), `${LIST}${sub}`);
const crumbs = (c: Page) => [{ label: c.get('t')('vendor-invoices:title'), href: pathOf(c) }];

// Reading --------------------------------------------------------------------------------------------------------------

async function listPage(c: Page, deps: VendorInvoiceDeps) {
  const { page } = wantedList(c);
  const seen = await seeVendorInvoices(deps, requireActing(c), page);
  if (!seen.ok) return refusedPage(c, seen.error);
  const { permitted, invoices } = seen.value;
  const t = c.get('t');
  const recording = permitted.decide('agreements.sign');
  return renderBusinessPage(
    c,
    permitted,
    { ...side, title: t('vendor-invoices:title') },
    <>
      <Lead>{t('vendor-invoices:lead')}</Lead>
      <Actions>
        <LinkButton
          href={pathOf(c, '/new')}
          disabledReason={recording.allowed ? undefined : refusalText(t, recording.refusal)}
        >
          {t('vendor-invoices:new')}
        </LinkButton>
      </Actions>
      <Table
        caption={t('vendor-invoices:title')}
        captionHidden
        rows={invoices.rows}
        empty={<EmptyState title={t('vendor-invoices:none')} />}
        columns={[
          {
            header: t('vendor-invoices:number'),
            cell: ({ id, number }) => <Link href={pathOf(c, `/${id}`)}>{number}</Link>,
          },
          { header: t('vendor-invoices:vendor'), cell: ({ vendorName }) => vendorName },
          { header: t('vendor-invoices:issuedOn'), cell: ({ issuedOn }) => <DateText date={issuedOn} /> },
          { header: t('vendor-invoices:state'), cell: (invoice) => <State invoice={invoice} /> },
          {
            header: t('vendor-invoices:total'),
            cell: ({ totalOre }) => <Money amount={nok(totalOre)} />,
            align: 'end',
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(invoices.total / PAGE_SIZE)}
        href={(wanted) => withQuery(pathOf(c), { page: String(wanted) })}
      />
    </>,
  );
}

function State({ invoice }: { readonly invoice: VendorInvoice }) {
  const { t } = useRequest();
  const state = stateOf(invoice.differences);
  return (
    <Tag color={state === 'differs' ? 'warning' : 'success'}>{t(`vendor-invoices:states.${state}`)}</Tag>
  );
}

async function onePage(c: Page, deps: VendorInvoiceDeps) {
  const seen = await seeVendorInvoice(deps, requireActing(c), c.req.param('vendorInvoice') ?? '');
  if (!seen.ok) return refusedPage(c, seen.error);
  const { permitted, invoice } = seen.value;
  if (invoice === undefined) return notFoundPage(c);
  const t = c.get('t');
  const whole = invoice.differences.filter(({ line }) => line === undefined);
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendor-invoices:one', { number: invoice.number, vendor: invoice.vendorName }),
      breadcrumbs: crumbs(c),
    },
    <>
      <Facts invoice={invoice} />
      {whole.length === 0 ? null : (
        <Alert color="warning" title={t('vendor-invoices:wholeDiffers')}>
          <Differences differences={whole} />
        </Alert>
      )}
      <Section title={t('vendor-invoices:lines')}>
        <Lines invoice={invoice} />
      </Section>
      {invoice.fileName === null ? null : (
        <Actions>
          <LinkButton href={pathOf(c, `/${invoice.id}/file.pdf`)} variant="secondary">
            {t('vendor-invoices:file')}
          </LinkButton>
        </Actions>
      )}
    </>,
  );
}

function Facts({ invoice }: { readonly invoice: VendorInvoice }) {
  const { t } = useRequest();
  return (
    <DescriptionList
      items={[
        { term: t('vendor-invoices:state'), value: <State invoice={invoice} /> },
        { term: t('vendor-invoices:issuedOn'), value: <DateText date={invoice.issuedOn} /> },
        { term: t('vendor-invoices:total'), value: <Money amount={nok(invoice.totalOre)} /> },
        {
          term: t('vendor-invoices:orders'),
          value:
            invoice.orders.map(({ number }) => String(number)).join(', ') || t('vendor-invoices:noOrders'),
        },
        {
          term: t('vendor-invoices:recorded'),
          value: (
            <>
              {invoice.recordedByName}, <DateText date={invoice.recordedAt} time />
            </>
          ),
        },
      ]}
    />
  );
}

/** Each line beside what was agreed. */
function Lines({ invoice }: { readonly invoice: VendorInvoice }) {
  const { t } = useRequest();
  const lines = invoice.lines.map((line, place) => ({
    ...line,
    differences: invoice.differences.filter((one) => one.line === place),
  }));
  return (
    <Table
      caption={t('vendor-invoices:lines')}
      captionHidden
      rows={lines}
      columns={[
        {
          header: t('vendor-invoices:what'),
          cell: ({ kind, text }) => (kind === 'other' ? text : t(`vendor-invoices:kind.${kind}`)),
        },
        { header: t('vendor-invoices:count'), cell: ({ count }) => String(count), align: 'end' },
        {
          header: t('vendor-invoices:each'),
          cell: ({ ore }) => <Money amount={nok(ore)} />,
          align: 'end',
        },
        {
          header: t('vendor-invoices:sum'),
          cell: ({ count, ore }) => <Money amount={nok(count * ore)} />,
          align: 'end',
        },
        {
          header: t('vendor-invoices:compared'),
          cell: ({ differences }) =>
            differences.length === 0 ? (
              t('vendor-invoices:states.as-agreed')
            ) : (
              <Differences differences={differences} />
            ),
        },
      ]}
    />
  );
}

/** How it differs, in plain words. */
function Differences({ differences }: { readonly differences: readonly Difference[] }) {
  const { t, language } = useRequest();
  const counted = ['cards', 'orders', 'invoiced-before'];
  const shown = (reason: string, value: number | undefined) =>
    value === undefined ? '' : counted.includes(reason) ? String(value) : formatMoney(nok(value), language);
  return (
    <ul class="ds-list">
      {differences.map(({ reason, got, expected, where }) => (
        <li>
          {t(`vendor-invoices:difference.${reason}`, {
            got: shown(reason, got),
            expected: shown(reason, expected),
            where: where ?? '',
          })}
        </li>
      ))}
    </ul>
  );
}

// Recording ------------------------------------------------------------------------------------------------------------

/** Lines of the vendor's own words that the form has. */
const OTHER_LINES = 4;

type Place = { readonly place: string; readonly kind: LineKind };

/** The lines of the form: the fixed kinds once each, then the vendor's own. */
const PLACES: readonly Place[] = [
  ...LINE_KINDS.filter((kind) => kind !== 'other').map((kind) => ({ place: kind, kind })),
  ...Array.from({ length: OTHER_LINES }, (_, index) => ({ place: String(index), kind: 'other' as const })),
];

async function formPage(
  c: Page,
  deps: VendorInvoiceDeps,
  state: FormState,
  vendorNumber: string | undefined,
) {
  const opened = await openRecording(deps, requireActing(c), vendorNumber);
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, vendors, vendor, orders } = opened.value;
  const t = c.get('t');
  return renderBusinessPage(
    c,
    permitted,
    {
      ...side,
      title: t('vendor-invoices:new'),
      breadcrumbs: crumbs(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    vendor === undefined ? (
      <ChooseVendor vendors={vendors} />
    ) : (
      <InvoiceForm state={state} vendor={vendor} orders={orders} />
    ),
  );
}

type Opened = ValueOf<typeof openRecording>;

function ChooseVendor({ vendors }: Pick<Opened, 'vendors'>) {
  const { t } = useRequest();
  if (vendors.length === 0) return <EmptyState title={t('vendor-invoices:noVendors')} />;
  return (
    <GetForm>
      <RadioGroup
        name="vendor"
        label={t('vendor-invoices:vendor')}
        choices={vendors.map(({ number, name }) => ({ value: number, label: name }))}
      />
      <Actions>
        <SubmitButton>{t('vendor-invoices:next')}</SubmitButton>
      </Actions>
    </GetForm>
  );
}

type InvoiceFormProps = Pick<Opened, 'orders'> & {
  readonly state: FormState;
  readonly vendor: NonNullable<Opened['vendor']>;
};

function InvoiceForm({ state, vendor, orders }: InvoiceFormProps) {
  const { t } = useRequest();
  return (
    <PostForm state={state} files>
      <HiddenField name="vendor" value={vendor.number} />
      <p>{t('vendor-invoices:from', { name: vendor.name })}</p>
      <TextField name="number" label={t('vendor-invoices:number')} maxlength={50} size={20} />
      <DateField name="issuedOn" label={t('vendor-invoices:issuedOn')} />
      <CheckboxGroup
        name="orders"
        label={t('vendor-invoices:orders')}
        description={orders.length === 0 ? t('vendor-invoices:noOrders') : t('vendor-invoices:ordersHint')}
        optional
        choices={orders.map(({ number, cards }) => ({
          value: String(number),
          label: t('vendor-invoices:order', { number, count: cards }),
        }))}
      />
      {PLACES.map((one) => (
        <LineFields {...one} />
      ))}
      <TextField
        name="total"
        label={t('vendor-invoices:total')}
        description={t('vendor-invoices:totalHint')}
        inputmode="decimal"
        size={12}
      />
      <FileField
        name="file"
        label={t('vendor-invoices:fileField')}
        accept={['application/pdf']}
        maxBytes={MAX_FILE}
        optional
      />
      <Actions>
        <SubmitButton>{t('vendor-invoices:record')}</SubmitButton>
      </Actions>
    </PostForm>
  );
}

function LineFields({ place, kind }: Place) {
  const { t } = useRequest();
  return (
    <Fieldset name={`line-${place}`} label={t(`vendor-invoices:kind.${kind}`)} optional>
      {kind === 'other' ? (
        <TextField name={`text-${place}`} label={t('vendor-invoices:what')} maxlength={200} optional />
      ) : null}
      <TextField
        name={`count-${place}`}
        label={t('vendor-invoices:count')}
        inputmode="numeric"
        size={6}
        optional
      />
      <TextField
        name={`amount-${place}`}
        label={t('vendor-invoices:each')}
        inputmode="decimal"
        size={12}
        optional
      />
    </Fieldset>
  );
}

const amountProblem = 'vendor-invoices:problem.amount';
const invoiceForm = z.object({
  vendor: z.string(),
  number: z.string().max(50),
  issuedOn: z.string().transform(toDay('vendor-invoices:problem.day')),
  orders: formList(
    z
      .string()
      .regex(/^[0-9]{1,15}$/u)
      .transform(Number),
    { max: 100 },
  ),
  total: z.string().transform((text, context) => {
    const ore = parseAmount(text);
    if (ore === undefined) context.addIssue({ code: 'custom', message: amountProblem });
    return ore ?? z.NEVER;
  }),
});

/** The lines that were filled in, or what is wrong with them by field. */
function readLines(form: FormData): {
  readonly lines: InvoiceLine[];
  readonly errors: Record<string, string>;
} {
  const text = (name: string) => typedText(form, name);
  const lines: InvoiceLine[] = [];
  const errors: Record<string, string> = {};
  for (const { place, kind } of PLACES) {
    const [words, counted, amount] = [text(`text-${place}`), text(`count-${place}`), text(`amount-${place}`)];
    if (words === '' && counted === '' && amount === '') continue;
    const ore = parseAmount(amount);
    const count = counted === '' ? 1 : /^[0-9]{1,4}$/u.test(counted) ? Number(counted) : undefined;
    if (kind === 'other' && words === '') errors[`text-${place}`] = 'vendor-invoices:problem.text';
    if (ore === undefined) errors[`amount-${place}`] = amountProblem;
    if (count === undefined) errors[`count-${place}`] = 'vendor-invoices:problem.count';
    if (ore !== undefined && count !== undefined) lines.push({ kind, text: words.slice(0, 200), count, ore });
  }
  return { lines, errors };
}

async function record(c: Page, deps: VendorInvoiceDeps) {
  const form = await readForm(c);
  const again = (state: FormState) => formPage(c, deps, state, sentText(form, 'vendor'));
  const parsed = parseForm(invoiceForm, form);
  const { lines, errors } = readLines(form);
  if (!parsed.ok)
    return again({
      ...parsed.error,
      errors: { ...parsed.error.errors, ...formWithErrors(form, errors).errors },
    });
  if (Object.keys(errors).length > 0) return again(formWithErrors(form, errors));
  const { vendor, number, issuedOn, orders, total } = parsed.value;
  const recorded = await recordVendorInvoice(deps, requireActing(c), {
    ...{ vendorNumber: vendor, number, issuedOn, lines, orders },
    totalOre: total,
    file: await sentFile(form),
  });
  if (recorded.ok) return redirectDone(c, pathOf(c, `/${recorded.value}`), 'vendor-invoices:done.recorded');
  const problem = recorded.error;
  if (typeof problem === 'object' && 'kind' in problem) return refusedPage(c, problem);
  return again(formWithErrors(form, errorsOf(problem)));
}

function errorsOf(problem: RecordingProblem): Record<string, string | FieldError> {
  if (typeof problem === 'object') return { file: `vendor-invoices:problem.file.${problem.file}` };
  const fields = {
    'no-vendor': 'vendor',
    'no-lines': 'amount-fee',
    'day-ahead': 'issuedOn',
    'unknown-order': 'orders',
    'number-used': 'number',
  } as const;
  return { [fields[problem]]: `vendor-invoices:problem.${problem}` };
}
