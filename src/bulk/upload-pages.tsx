import { z } from 'zod';
import {
  type ActingFor,
  businessPath,
  refusedPage,
  renderBusinessPage,
  requireActing,
} from '../access/index.ts';
import { CSV_START, csvLine } from '../kernel/csv.ts';
import { formatDate, parsePlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  addressText,
  DeliveryChoice,
  deliveryOf,
  deliveryShape,
  isRefused,
  missing,
} from '../orders/index.ts';
import { OBSTACLES, PERMIT_KINDS } from '../workers/index.ts';
import { PriceTable } from '../prices/index.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Link,
  LinkButton,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { Translate } from '../web/context.ts';
import { problemPage } from '../web/errors.tsx';
import { emptyForm, formWithErrors, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, RadioGroup, Select, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import {
  type BulkDeps,
  correctRow,
  declarePermits,
  judgeAgain,
  leaveOut,
  nameColumns,
  PERMITS_AT_A_TIME,
  placeUpload,
} from './actions.ts';
import {
  type Answer,
  answerFailure,
  awaits,
  Failed,
  FilteredList,
  type Page,
  shownOf,
  shownQuery,
  Waiting,
} from './parts.tsx';
import type { UploadRow } from './records.ts';
import { type Columns, columnsOf, FIELDS, FILTERS, FINDINGS } from './rules.ts';
import { rowView, type RowView, uploadView, type UploadView, wrongRows } from './views.ts';

export type BulkPageDeps = BulkDeps;

export const crumbs = (c: Page) => [
  { label: c.get('t')('orders:list.title'), href: businessPath(requireActing(c), '/orders') },
  { label: c.get('t')('bulk:start.title'), href: businessPath(requireActing(c), '/orders/file') },
];

export function uploadPath(acting: ActingFor, uploadId: string): string {
  return businessPath(acting, `/orders/file/${uploadId}`);
}

const shownRows = (c: Page) => shownOf(c, FILTERS);

/** GET /orders/file/:upload: how far it is read; which column is what; or every row with its verdict. */
export async function showUpload(
  c: Page,
  deps: BulkPageDeps,
  state: FormState = emptyForm,
): Promise<Response> {
  const uploadId = c.req.param('upload');
  if (!isUuid(uploadId)) return missing(c);
  const view = await uploadView(deps, requireActing(c), { uploadId, ...shownRows(c) });
  return view.ok ? drawUpload(c, view.value, state) : refusedPage(c, view.error);
}

/** POST /orders/file/:upload/columns */
export async function sendColumns(c: Page, deps: BulkPageDeps): Promise<Response> {
  const uploadId = c.req.param('upload');
  if (!isUuid(uploadId)) return missing(c);
  const acting = requireActing(c);
  const form = await readForm(c);
  const named = await nameColumns(deps, acting, { uploadId, columns: columnsOfForm(form) });
  if (named.ok) return c.redirect(uploadPath(acting, uploadId), 303);
  if (named.error !== 'not-enough') return answerFailure(c, named.error);
  return showUpload(c, deps, formWithErrors(form, { [columnField('nationalId')]: 'bulk:columns.notEnough' }));
}

function columnsOfForm(form: FormData): Columns {
  const columns: Partial<Record<keyof Columns, number>> = {};
  for (const field of FIELDS) {
    const index = form.get(columnField(field));
    if (typeof index === 'string' && /^[0-9]{1,2}$/u.test(index)) columns[field] = Number(index);
  }
  return columns;
}

const columnField = (field: keyof Columns) => `column-${field}`;

/** POST /orders/file/:upload/again */
export async function sendAgain(c: Page, deps: BulkPageDeps): Promise<Response> {
  const uploadId = c.req.param('upload');
  if (!isUuid(uploadId)) return missing(c);
  const acting = requireActing(c);
  const judged = await judgeAgain(deps, acting, uploadId);
  if (!judged.ok) return answerFailure(c, judged.error);
  return redirectDone(c, uploadPath(acting, uploadId), 'bulk:done.judged');
}

const permitSchema = z.object({ kind: z.enum(PERMIT_KINDS, { error: 'web:form.choose' }) });

/** POST /orders/file/:upload/permits: declares the permits to stay that the rows name. */
export async function sendPermits(c: Page, deps: BulkPageDeps): Promise<Response> {
  const uploadId = c.req.param('upload');
  if (!isUuid(uploadId)) return missing(c);
  const acting = requireActing(c);
  const parsed = parseForm(permitSchema, await readForm(c));
  // Without a kind it is still asked first whether there may be one.
  const kind = parsed.ok ? parsed.value.kind : undefined;
  const done = await declarePermits(deps, acting, { uploadId, kind });
  if (!done.ok) {
    if (done.error !== 'no-kind') return answerFailure(c, done.error);
    return showUpload(c, deps, parsed.ok ? emptyForm : parsed.error);
  }
  const { declared, failed } = done.value;
  const message = failed > 0 ? 'permitsFailed' : declared > 0 ? 'permits' : 'judged';
  return redirectDone(c, uploadPath(acting, uploadId), `bulk:done.${message}`);
}

const placeSchema = z.object({
  ...deliveryShape,
  reference: z.string().max(60).default(''),
});

/** POST /orders/file/:upload/place: orders for the rows that can be ordered for, each once however often it is sent. */
export async function sendPlace(c: Page, deps: BulkPageDeps): Promise<Response> {
  const uploadId = c.req.param('upload');
  if (!isUuid(uploadId)) return missing(c);
  const acting = requireActing(c);
  const form = await readForm(c);
  const parsed = parseForm(placeSchema, form);
  if (!parsed.ok) return showUpload(c, deps, parsed.error);
  const delivery = deliveryOf(parsed.value);
  if (!delivery.ok) return showUpload(c, deps, formWithErrors(form, delivery.error));
  const { reference } = parsed.value;
  const placed = await placeUpload(deps, acting, { uploadId, ...delivery.value, reference });
  if (!placed.ok) {
    const { error } = placed;
    if (error === 'missing' || error === 'too-late' || isRefused(error)) return answerFailure(c, error);
    if (error.kind === 'no-such-address')
      return showUpload(c, deps, formWithErrors(form, { to: 'orders:confirm.addressGone' }));
    return problemPage(c, 'conflict', { detail: c.get('t')(`orders:confirm.error.${error.kind}`) });
  }
  if (placed.value.changed) return redirectDone(c, uploadPath(acting, uploadId), 'bulk:done.changed');
  const prepared = placed.value.orders.some((order) => order.state === 'awaiting-approval');
  return redirectDone(
    c,
    `${uploadPath(acting, uploadId)}?show=placed`,
    `bulk:done.${prepared ? 'prepared' : 'placed'}`,
  );
}

/** GET /orders/file/:upload/errors: the rows that cannot be ordered for, with why, for a spreadsheet. */
export async function download(c: Page, deps: BulkPageDeps): Promise<Response> {
  const uploadId = c.req.param('upload');
  if (!isUuid(uploadId)) return missing(c);
  const rows = await wrongRows(deps, requireActing(c), uploadId);
  if (!rows.ok) return refusedPage(c, rows.error);
  const t = c.get('t');
  const language = c.get('language');
  const headings = [
    ...['row', 'number', 'name', 'birthDate', 'employeeNumber', 'unit', 'reference'],
    ...['permitLastDay', 'verdict'],
  ];
  const lines = rows.value.map((row) =>
    csvLine([
      row.position,
      maskedNumber(row),
      row.name,
      shownDate(row.birthDate, language),
      row.employeeNumber,
      row.unitNumber,
      row.reference,
      shownDate(row.permitLastDay, language),
      verdictText(t, row),
    ]),
  );
  return c.body([CSV_START, csvLine(headings.map((key) => t(`bulk:row.${key}`))), ...lines].join(''), 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${language === 'nb' ? 'feil' : 'errors'}.csv"`,
  });
}

// One file ------------------------------------------------------------------------------------------------------------

function drawUpload(c: Page, view: UploadView, state: FormState): Answer {
  const t = c.get('t');
  const { upload } = view;
  return renderBusinessPage(
    c,
    view,
    {
      title: t('bulk:upload.title', { name: upload.fileName || t('bulk:start.unnamed') }),
      section: 'orders',
      breadcrumbs: crumbs(c),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      {awaits(c, upload) ? (
        <Waiting>{t(`bulk:upload.${upload.state}`, { rows: upload.readRows })}</Waiting>
      ) : null}
      {upload.state === 'failed' ? (
        <Failed
          title={t('bulk:upload.failed')}
          why={t(`bulk:file.${upload.problem ?? 'broken'}`)}
          another={{
            href: businessPath(requireActing(c), '/orders/file'),
            label: t('bulk:upload.another'),
          }}
        />
      ) : null}
      {upload.state === 'unmapped' ? <ColumnChoice c={c} view={view} state={state} /> : null}
      {upload.state === 'judged' ? <Judged c={c} view={view} state={state} /> : null}
    </Stack>,
  );
}

type ViewProps = { readonly c: Page; readonly view: UploadView; readonly state: FormState };

/** For each thing that a file can say, the column that says it. */
function ColumnChoice({ c, view, state }: ViewProps) {
  const t = c.get('t');
  const { upload } = view;
  const known = columnsOf(upload.headings);
  return (
    <PostForm action={`${uploadPath(requireActing(c), upload.id)}/columns`} state={state}>
      <p>{t('bulk:columns.text')}</p>
      {FIELDS.filter((field) => view.seesList || field !== 'permitLastDay').map((field) => (
        <Select
          name={columnField(field)}
          label={t(`bulk:columns.${field}`)}
          value={known[field] === undefined ? '' : String(known[field])}
          choices={[
            { value: '', label: t('bulk:columns.none') },
            ...upload.headings.map((heading, index) => ({
              value: String(index),
              label: heading || t('bulk:columns.unnamed', { number: index + 1 }),
            })),
          ]}
          optional
        />
      ))}
      <SubmitButton>{t('bulk:columns.send')}</SubmitButton>
    </PostForm>
  );
}

function Judged({ c, view, state }: ViewProps) {
  const t = c.get('t');
  const { counts, upload } = view;
  const path = uploadPath(requireActing(c), upload.id);
  return (
    <>
      <DescriptionList
        items={[{ term: t('bulk:start.sent'), value: <DateText date={upload.uploadedAt} time /> }]}
      />
      <Actions>
        {counts.wrong > 0 ? (
          <LinkButton href={`${path}/errors`} variant="secondary">
            {t('bulk:upload.download')}
          </LinkButton>
        ) : null}
        {counts.placed > 0 ? (
          <LinkButton href={`${path}/photos`} variant="secondary">
            {t('bulk:photos.link')}
          </LinkButton>
        ) : null}
        {counts.all > counts.placed ? (
          <PostForm action={`${path}/again`} class="form inline">
            <SubmitButton variant="tertiary">{t('bulk:upload.again')}</SubmitButton>
          </PostForm>
        ) : null}
      </Actions>
      <RowList c={c} view={view} />
      {view.seesList && view.permits > 0 ? <PermitForm c={c} view={view} state={state} /> : null}
      {counts.ok > 0 ? (
        <PlaceForm c={c} view={view} state={'kind' in state.errors ? emptyForm : state} />
      ) : null}
    </>
  );
}

/** What is declared of the permits that the rows name, together. */
function PermitForm({ c, view, state }: ViewProps) {
  const t = c.get('t');
  const count = view.permits;
  return (
    <Section title={t('bulk:permits.title', { count })}>
      <PostForm
        action={`${uploadPath(requireActing(c), view.upload.id)}/permits`}
        state={'kind' in state.errors ? state : emptyForm}
      >
        <p>{t('bulk:permits.text')}</p>
        {count > PERMITS_AT_A_TIME ? <p>{t('bulk:permits.some', { most: PERMITS_AT_A_TIME })}</p> : null}
        <RadioGroup
          name="kind"
          label={t('workers:permit.kind')}
          choices={PERMIT_KINDS.map((kind) => ({
            value: kind,
            label: t(`workers:permit.kinds.${kind}`),
            description: t(`workers:permit.kindHints.${kind}`),
          }))}
        />
        <p>{t('workers:permit.liable')}</p>
        <SubmitButton>{t('bulk:permits.send', { count: Math.min(count, PERMITS_AT_A_TIME) })}</SubmitButton>
      </PostForm>
    </Section>
  );
}

function RowList({ c, view }: Omit<ViewProps, 'state'>) {
  const t = c.get('t');
  const path = uploadPath(requireActing(c), view.upload.id);
  return (
    <FilteredList
      title={t('bulk:upload.rows')}
      path={path}
      filters={FILTERS}
      counts={view.counts}
      shown={shownRows(c)}
      pages={view.pages}
      label={t('bulk:filter.label')}
      nameOf={(filter) => t(`bulk:filter.${filter}`)}
      columns={rowColumns(c, path, view.upload.columns?.permitLastDay !== undefined)}
      rows={view.rows}
      empty={t('bulk:upload.noRows')}
    />
  );
}

function rowColumns(c: Page, path: string, permits: boolean) {
  const t = c.get('t');
  return [
    { header: t('bulk:row.row'), cell: (row: UploadRow) => String(row.position), align: 'end' as const },
    { header: t('bulk:row.name'), cell: (row: UploadRow) => row.name || '–', names: true },
    {
      header: t('bulk:row.number'),
      cell: (row: UploadRow) => maskedNumber(row) || shownDate(row.birthDate, c.get('language')) || '–',
    },
    {
      header: t('bulk:row.unit'),
      cell: (row: UploadRow) => row.unitName ?? row.unitNumber ?? '–',
    },
    { header: t('bulk:row.reference'), cell: (row: UploadRow) => row.reference || '–' },
    ...(permits
      ? [{ header: t('bulk:row.permitLastDay'), cell: (row: UploadRow) => <Permit c={c} row={row} /> }]
      : []),
    { header: t('bulk:row.verdict'), cell: (row: UploadRow) => <Verdict c={c} row={row} /> },
    {
      header: '',
      cell: (row: UploadRow) => <RowButtons c={c} row={row} path={path} />,
      align: 'end' as const,
    },
  ];
}

function Verdict({ c, row }: { readonly c: Page; readonly row: UploadRow }) {
  const t = c.get('t');
  const acting = requireActing(c);
  if (row.orderId !== null) {
    return <Link href={businessPath(acting, `/orders/${row.orderId}`)}>{t('bulk:finding.placed')}</Link>;
  }
  if (row.leftOut) return <Tag>{t('bulk:filter.left-out')}</Tag>;
  if (fits(row)) return <Tag color="success">{t('bulk:finding.ok')}</Tag>;
  return <>{verdictText(t, row)}</>;
}

/** The last day of the permit that the row names, and whether it is declared. */
function Permit({ c, row }: { readonly c: Page; readonly row: UploadRow }) {
  const day = parsePlainDate(row.permitLastDay ?? '');
  if (day === undefined) return <>–</>;
  return (
    <>
      <DateText date={day} />
      {row.permit === null ? null : <p>{c.get('t')(`bulk:permits.${row.permit}`)}</p>}
    </>
  );
}

/** Whether nothing is in the way of a row, which may have been left out all the same. */
const fits = ({ problem, verdict }: UploadRow): boolean => problem === undefined && verdict === 'ok';

function verdictText(t: Translate, row: UploadRow): string {
  if (row.problem !== undefined) return t(`bulk:problem.${row.problem}`);
  const obstacle = OBSTACLES.find((one) => one === row.verdict);
  if (obstacle !== undefined) return t(`orders:obstacle.${obstacle}`);
  const finding = FINDINGS.find((one) => one === row.verdict) ?? 'not-asked';
  return t(`bulk:finding.${finding}`, { row: row.firstPosition ?? '' });
}

function RowButtons({ c, row, path }: { readonly c: Page; readonly row: UploadRow; readonly path: string }) {
  const t = c.get('t');
  if (row.orderId !== null) return null;
  const query = shownQuery(shownRows(c));
  const name = row.name || String(row.position);
  return (
    <Actions>
      {fits(row) ? null : (
        <Link href={withQuery(`${path}/rows/${row.id}`, query)} label={t('bulk:row.fixName', { name })}>
          {t('bulk:row.fix')}
        </Link>
      )}
      <PostForm action={withQuery(`${path}/rows/${row.id}/leave`, query)} class="form inline">
        <HiddenField name="out" value={row.leftOut ? 'no' : 'yes'} />
        <SubmitButton size="sm" variant="tertiary">
          {t(row.leftOut ? 'bulk:row.takeIn' : 'bulk:row.leaveOut')}
        </SubmitButton>
      </PostForm>
    </Actions>
  );
}

const maskedNumber = (row: UploadRow) => (row.bornShown === '' ? '' : `${row.bornShown} •••••`);

function shownDate(text: string | null, language: Parameters<typeof formatDate>[1]): string {
  const date = text === null ? undefined : parsePlainDate(text);
  return date === undefined ? '' : formatDate(date, language);
}

/** What is to be ordered now, at what price, and where it is sent. */
function PlaceForm({ c, view, state }: ViewProps) {
  const t = c.get('t');
  const { price, units, prepares } = view;
  if (price === undefined) return <Alert color="danger">{t('orders:new.noCardType')}</Alert>;
  const vendor = view.facts.capacity === 'vendor' ? view.facts.mandate?.vendor?.name : undefined;
  const limits = [...new Set(units.map((unit) => unit.limit))].filter((limit) => limit !== undefined);
  const approval = prepares || (limits.length > 0 && units.every((unit) => unit.limit !== undefined));
  return (
    <Section title={t('bulk:place.title', { count: price.count })}>
      <PostForm action={`${uploadPath(requireActing(c), view.upload.id)}/place`} state={state}>
        <Table
          caption={t('bulk:place.units')}
          columns={[
            { header: t('orders:list.unit'), cell: (unit) => unit.unitName },
            { header: t('orders:list.cards'), cell: (unit) => String(unit.cards), align: 'end' },
            ...(units.length > 1 && units.some(({ address }) => address !== undefined)
              ? [
                  {
                    header: t('bulk:place.ownAddress'),
                    cell: ({ address }: (typeof units)[number]) =>
                      address === undefined ? '' : addressText(address),
                  },
                ]
              : []),
          ]}
          rows={units}
        />
        <PriceTable {...price} vendorName={vendor} />
        {prepares ? <Alert color="warning">{t('orders:approval.prepares')}</Alert> : null}
        {prepares
          ? null
          : limits.map((limit) => <Alert color="warning">{t(`orders:approval.${limit}`)}</Alert>)}
        <DeliveryChoice facts={view.facts} addresses={view.addresses} />
        <TextField
          name="reference"
          label={t('orders:confirm.reference')}
          description={t('bulk:place.referenceHint')}
          optional
          maxlength={60}
        />
        <p>{t('orders:liable', { business: view.facts.business?.name ?? '' })}</p>
        <SubmitButton>
          {t(approval ? 'bulk:place.prepare' : 'bulk:place.place', { count: price.count })}
        </SubmitButton>
      </PostForm>
    </Section>
  );
}

// One row -------------------------------------------------------------------------------------------------------------

const rowSchema = z.object({
  number: z.string().max(40).default(''),
  name: z.string().max(200).default(''),
  familyName: z.string().max(200).default(''),
  birthDate: z.string().max(20).default(''),
  unit: z.string().max(20).default(''),
  permitLastDay: z.string().max(20).default(''),
});

function rowIds(c: Page) {
  const [uploadId, rowId] = [c.req.param('upload'), c.req.param('row')];
  return isUuid(uploadId) && isUuid(rowId) ? { uploadId, rowId } : undefined;
}

/** Back to the list as it was. */
function listPath(c: Page, uploadId: string): string {
  return withQuery(uploadPath(requireActing(c), uploadId), shownQuery(shownRows(c)));
}

/** GET /orders/file/:upload/rows/:row: the row as the file has it, to be typed anew. */
export async function showRow(c: Page, deps: BulkPageDeps): Promise<Response> {
  const ids = rowIds(c);
  if (ids === undefined) return missing(c);
  const view = await rowView(deps, requireActing(c), ids);
  return view.ok ? drawRow(c, view.value) : refusedPage(c, view.error);
}

/** POST /orders/file/:upload/rows/:row */
export async function sendRow(c: Page, deps: BulkPageDeps): Promise<Response> {
  const ids = rowIds(c);
  if (ids === undefined) return missing(c);
  const parsed = parseForm(rowSchema, await readForm(c));
  if (!parsed.ok) return showRow(c, deps);
  const corrected = await correctRow(deps, requireActing(c), { ...ids, typed: parsed.value });
  if (!corrected.ok) return answerFailure(c, corrected.error);
  return redirectDone(c, listPath(c, ids.uploadId), 'bulk:done.corrected');
}

/** POST /orders/file/:upload/rows/:row/leave */
export async function sendLeave(c: Page, deps: BulkPageDeps): Promise<Response> {
  const ids = rowIds(c);
  if (ids === undefined) return missing(c);
  const leftOut = (await readForm(c)).get('out') !== 'no';
  const left = await leaveOut(deps, requireActing(c), { ...ids, leftOut });
  if (!left.ok) return answerFailure(c, left.error);
  return redirectDone(c, listPath(c, ids.uploadId), `bulk:done.${leftOut ? 'leftOut' : 'takenIn'}`);
}

function drawRow(c: Page, { row, upload, units, facts }: RowView): Answer {
  const t = c.get('t');
  const acting = requireActing(c);
  const action = `${uploadPath(acting, upload.id)}/rows/${row.id}`;
  return renderBusinessPage(
    c,
    { facts },
    {
      title: t('bulk:row.title', { row: row.position }),
      section: 'orders',
      breadcrumbs: [...crumbs(c), { label: upload.fileName, href: listPath(c, upload.id) }],
      narrow: true,
    },
    <Stack>
      <Alert color={fits(row) ? 'info' : 'warning'}>
        {row.leftOut ? t('bulk:filter.left-out') : verdictText(t, row)}
      </Alert>
      <PostForm action={withQuery(action, shownQuery(shownRows(c)))}>
        <TextField
          name="number"
          label={t('bulk:columns.nationalId')}
          description={
            row.bornShown === ''
              ? t('bulk:row.numberHint')
              : t('bulk:row.numberKept', { number: maskedNumber(row) })
          }
          inputmode="numeric"
          size={14}
          maxlength={40}
          spellcheck={false}
          optional
        />
        <TextField name="name" label={t('bulk:columns.name')} value={row.name} maxlength={200} optional />
        <TextField
          name="birthDate"
          label={t('bulk:columns.birthDate')}
          description={t('bulk:row.dateHint')}
          value={shownDate(row.birthDate, 'nb')}
          size={12}
          maxlength={20}
          optional
        />
        <TextField
          name="unit"
          label={t('bulk:columns.unit')}
          description={units
            .slice(0, 20)
            .map((unit) => `${unit.name}: ${formatOrganisationNumber(unit.organisationNumber)}`)
            .join(', ')}
          value={row.unitNumber ?? ''}
          size={14}
          maxlength={20}
          optional
        />
        {upload.columns?.permitLastDay === undefined ? null : (
          <TextField
            name="permitLastDay"
            label={t('bulk:columns.permitLastDay')}
            description={t('bulk:row.permitHint')}
            value={shownDate(row.permitLastDay, 'nb')}
            size={12}
            maxlength={20}
            optional
          />
        )}
        <Actions>
          <SubmitButton>{t('bulk:row.save')}</SubmitButton>
          <LinkButton href={listPath(c, upload.id)} variant="tertiary">
            {t('bulk:row.back')}
          </LinkButton>
        </Actions>
      </PostForm>
    </Stack>,
  );
}
