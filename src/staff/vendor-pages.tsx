import type { Context, Hono } from 'hono';
import { wantedList } from '../access/index.ts';
import { CSV_START, csvLine } from '../kernel/csv.ts';
import { formatDate } from '../kernel/dates.ts';
import { formatMoney, nok } from '../kernel/money.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
  type Column,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { PostForm, Select, SubmitButton } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { webPaths, withQuery } from '../web/paths.ts';
import { SearchField, searchQuery } from '../web/search.tsx';
import type { StaffActing } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { appealWaits, type Bar } from './bar-records.ts';
import { VENDOR_SORTS } from './rules.ts';
import { signalColumns } from './signal-pages.tsx';
import type { Complaint, OverseenVendor, VendorFigures } from './vendor-records.ts';
import { VENDORS_PER_PAGE, viewVendors, viewWholeVendor } from './vendors.ts';
import { refusedStaffPage, withStaff } from './web.tsx';

type Page = Context<AppEnv>;
type Deps = Pick<StaffDeps, 'database'>;

/** The case officer's list of vendors. */
export const vendorsPath = '/staff/vendors';
const CSV = `${vendorsPath}.csv`;

/** The case officer's overview: all vendors with what is counted of them, as a page and a file, and one with all there is of it. */
export function addVendorPages(app: Hono<AppEnv>, deps: Deps): void {
  app.get(
    vendorsPath,
    withStaff('case-officer', (c, acting) => listPage(c, deps, acting)),
  );
  app.get(
    CSV,
    withStaff('case-officer', (c, acting) => csvFile(c, deps, acting)),
  );
  app.get(
    `${vendorsPath}/:number`,
    withStaff('case-officer', (c, acting) => vendorPage(c, deps, acting)),
  );
}

/** The way to a page about vendors, or about one. */
export const vendorCrumbs = (c: Page, vendor?: Pick<OverseenVendor, 'name' | 'organisationNumber'>) => [
  { label: c.get('t')('staff:home.title'), href: '/staff' },
  ...(vendor === undefined
    ? []
    : [
        { label: c.get('t')('staff:vendors.title'), href: vendorsPath },
        { label: vendor.name, href: `${vendorsPath}/${vendor.organisationNumber}` },
      ]),
];

const wantedOf = (c: Page) => ({
  ...wantedList(c),
  sort: VENDOR_SORTS.find((one) => one === c.req.query('sort')) ?? 'name',
});

async function listPage(c: Page, deps: Deps, acting: StaffActing) {
  const wanted = wantedOf(c);
  const viewed = await viewVendors(deps, acting, wanted);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { rows, total, appeals } = viewed.value;
  const t = c.get('t');
  const same = { ...searchQuery(c), sort: wanted.sort };
  return renderPage(
    c,
    { title: t('staff:vendors.title'), breadcrumbs: vendorCrumbs(c) },
    <>
      <Lead>{t('staff:vendors.lead')}</Lead>
      {appeals.length === 0 ? null : (
        <Alert color="warning" title={t('staff:appeal.waiting', { count: appeals.length })}>
          <ul class="ds-list">
            {appeals.map((one) => (
              <li>
                <Link href={`${vendorsPath}/${one.organisationNumber}/appeal`}>{one.name}</Link>,{' '}
                <DateText date={one.filedAt} time />
              </li>
            ))}
          </ul>
        </Alert>
      )}
      <PostForm action={webPaths.search} class="form search">
        <SearchField to={vendorsPath} label={t('staff:vendors.search')} search={wanted.search} />
        <Select
          name="sort"
          label={t('staff:vendors.sort')}
          value={wanted.sort}
          choices={VENDOR_SORTS.map((value) => ({ value, label: t(`staff:vendors.by.${value}`) }))}
        />
        <Actions>
          <SubmitButton variant="secondary">{t('access:find')}</SubmitButton>
        </Actions>
      </PostForm>
      <Table
        caption={t('staff:vendors.caption', { count: total })}
        rows={rows}
        empty={<EmptyState title={t('staff:vendors.none')} />}
        columns={listColumns(c)}
      />
      <Pagination
        page={wanted.page}
        pages={Math.ceil(total / VENDORS_PER_PAGE)}
        href={(page) => withQuery(vendorsPath, { ...same, page: String(page) })}
      />
      <Counted c={c} vendors={rows} />
      <Actions>
        <LinkButton href={withQuery(CSV, same)} variant="secondary">
          {t('staff:vendors.csv')}
        </LinkButton>
        <LinkButton href="/staff/signals" variant="secondary">
          {t('staff:signals.title')}
        </LinkButton>
      </Actions>
    </>,
  );
}

function listColumns(c: Page): Column<OverseenVendor>[] {
  const t = c.get('t');
  const number = (key: string, of: (figures: VendorFigures) => number): Column<OverseenVendor> => ({
    header: t(`staff:vendors.short.${key}`),
    cell: ({ figures }) => (figures === undefined ? '' : String(of(figures))),
    align: 'end',
  });
  return [
    {
      header: t('staff:vendors.vendor'),
      cell: (row) => (
        <>
          <Link href={`${vendorsPath}/${row.organisationNumber}`}>{row.name}</Link>{' '}
          <span class="nowrap">{formatOrganisationNumber(row.organisationNumber)}</span>
        </>
      ),
    },
    number('customers', ({ customers }) => customers),
    { header: t('staff:vendors.fees'), cell: (row) => feesText(c, row.figures), align: 'end' },
    number('refused', ({ refused }) => refused),
    number('contact', ({ contactAttempts }) => contactAttempts),
    number('complaints', ({ complaints }) => complaints),
    number('signals', ({ signals }) => signals),
    { header: t('staff:column.state'), cell: (row) => <VendorState c={c} vendor={row} /> },
  ];
}

function feesText(c: Page, figures: VendorFigures | undefined): string {
  if (figures?.fees === undefined) return '';
  const { least, median, most } = figures.fees;
  const money = (ore: number) => formatMoney(nok(ore), c.get('language'));
  return c.get('t')('staff:vendors.feeRange', {
    least: money(least),
    median: money(median),
    most: money(most),
  });
}

function VendorState({ c, vendor }: { readonly c: Page; readonly vendor: OverseenVendor }) {
  const t = c.get('t');
  if (vendor.barredAt === null) return <Tag color="success">{t('staff:vendors.open')}</Tag>;
  return (
    <>
      <Tag color="danger">{t('staff:vendors.barred')}</Tag> <DateText date={vendor.barredAt} />
    </>
  );
}

/** What the numbers are, and when they were counted. */
function Counted({ c, vendors }: { readonly c: Page; readonly vendors: readonly OverseenVendor[] }) {
  const t = c.get('t');
  const countedAt = vendors.find(({ figures }) => figures !== undefined)?.figures?.countedAt;
  return (
    <p>
      {t('staff:vendors.means')}{' '}
      {countedAt === undefined ? null : (
        <>
          {t('staff:vendors.countedAt')} <DateText date={countedAt} time />.
        </>
      )}
    </p>
  );
}

async function csvFile(c: Page, deps: Deps, acting: StaffActing) {
  const { search, sort } = wantedOf(c);
  const viewed = await viewVendors(deps, acting, { search, sort, page: undefined });
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  return c.body(CSV_START + csvOf(c, viewed.value.rows), 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="vendors.csv"',
  });
}

const CSV_COLUMNS = [
  ...[
    'vendor',
    'number',
    'registered',
    'customers',
    'feeLeast',
    'feeMedian',
    'feeMost',
    'refused',
    'contact',
  ],
  ...['complaints', 'signals', 'barred'],
] as const;

/** Fees in whole øre, so that no program reads a decimal sign in its own way. */
function csvOf(c: Page, vendors: readonly OverseenVendor[]): string {
  const t = c.get('t');
  const day = (date: Date | null) => (date === null ? null : formatDate(date, c.get('language')));
  const lines = vendors.map(({ figures, ...vendor }) => [
    vendor.name,
    vendor.organisationNumber,
    day(vendor.registeredAt),
    figures?.customers ?? null,
    figures?.fees?.least ?? null,
    figures?.fees?.median ?? null,
    figures?.fees?.most ?? null,
    figures?.refused ?? null,
    figures?.contactAttempts ?? null,
    figures?.complaints ?? null,
    figures?.signals ?? null,
    day(vendor.barredAt),
  ]);
  return [CSV_COLUMNS.map((key) => t(`staff:vendors.${key}`)), ...lines]
    .map((cells) => csvLine(cells))
    .join('');
}

// One vendor --------------------------------------------------------------------------------------------------------------

async function vendorPage(c: Page, deps: Deps, acting: StaffActing) {
  const viewed = await viewWholeVendor(deps, acting, c.req.param('number') ?? '');
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  if (viewed.value === undefined) return notFoundPage(c);
  const { vendor, bars, complaints, signals } = viewed.value;
  const t = c.get('t');
  const path = `${vendorsPath}/${vendor.organisationNumber}`;
  return renderPage(
    c,
    { title: vendor.name, breadcrumbs: vendorCrumbs(c, vendor).slice(0, -1) },
    <>
      <Facts c={c} vendor={vendor} />
      <Counted c={c} vendors={[vendor]} />
      <Actions>
        <BarButton c={c} path={path} open={bars.find((one) => one.liftedAt === null)} />
        <LinkButton href={`${path}/merger`} variant="secondary">
          {t('staff:merger.button')}
        </LinkButton>
      </Actions>
      <Section title={t('staff:vendors.complaints')}>
        <Complaints c={c} complaints={complaints} />
      </Section>
      <Section title={t('staff:signals.title')}>
        <Table
          caption={t('staff:signals.caption', { count: signals.total })}
          rows={signals.rows}
          empty={<EmptyState title={t('staff:signals.none')} />}
          columns={signalColumns(c).filter(({ header }) => header !== t('staff:signals.vendor'))}
        />
      </Section>
      <Section title={t('staff:bar.history')}>
        <Bars c={c} bars={bars} />
      </Section>
    </>,
  );
}

function Facts({ c, vendor }: { readonly c: Page; readonly vendor: OverseenVendor }) {
  const t = c.get('t');
  const { figures } = vendor;
  const counted = (key: string, value: string) => ({ term: t(`staff:vendors.${key}`), value });
  return (
    <DescriptionList
      items={[
        { term: t('staff:column.state'), value: <VendorState c={c} vendor={vendor} /> },
        { term: t('staff:vendors.number'), value: formatOrganisationNumber(vendor.organisationNumber) },
        { term: t('staff:vendors.registered'), value: <DateText date={vendor.registeredAt} /> },
        counted('customers', String(vendor.customersNow)),
        counted('mandates', String(vendor.mandatesInForce)),
        counted('openOrders', String(vendor.openOrders)),
        ...(figures === undefined
          ? []
          : [
              ...(figures.fees === undefined ? [] : [counted('fees', feesText(c, figures))]),
              counted('refused', String(figures.refused)),
              counted('contact', String(figures.contactAttempts)),
              counted('complaints', String(figures.complaints)),
              counted('signals', String(figures.signals)),
            ]),
      ]}
    />
  );
}

function Complaints({ c, complaints }: { readonly c: Page; readonly complaints: readonly Complaint[] }) {
  const t = c.get('t');
  return (
    <Table
      caption={t('staff:vendors.complaints')}
      captionHidden
      rows={complaints}
      empty={<EmptyState title={t('staff:vendors.noComplaints')} />}
      columns={[
        {
          header: t('staff:vendors.about'),
          cell: (row) => <Link href={`/staff/reports/${row.id}`}>{row.about}</Link>,
        },
        { header: t('staff:vendors.received'), cell: (row) => <DateText date={row.receivedAt} time /> },
        { header: t('staff:column.state'), cell: (row) => t(`staff:vendors.reportState.${row.state}`) },
      ]}
    />
  );
}

type BarButtonProps = { readonly c: Page; readonly path: string; readonly open: Bar | undefined };

/** What a case officer does next: bars, answers the appeal, lifts the bar, or takes back the one that was told of. */
function BarButton({ c, path, open }: BarButtonProps) {
  const t = c.get('t');
  if (open === undefined)
    return (
      <LinkButton href={`${path}/bar`} color="danger">
        {t('staff:bar.button')}
      </LinkButton>
    );
  if (appealWaits(open)) return <LinkButton href={`${path}/appeal`}>{t('staff:appeal.button')}</LinkButton>;
  return (
    <LinkButton href={`${path}/lift`}>
      {t(open.beganAt === null ? 'staff:lift.takeBack' : 'staff:lift.button')}
    </LinkButton>
  );
}

function Bars({ c, bars }: { readonly c: Page; readonly bars: readonly Bar[] }) {
  const t = c.get('t');
  return (
    <Table
      caption={t('staff:bar.history')}
      captionHidden
      rows={bars}
      empty={<EmptyState title={t('staff:bar.none')} />}
      columns={[
        { header: t('staff:bar.from'), cell: (row) => <DateText date={row.beganAt ?? row.barredAt} time /> },
        { header: t('staff:bar.by'), cell: (row) => row.barredByName },
        { header: t('staff:bar.reason'), cell: (row) => row.reason },
        { header: t('staff:appeal.heading'), cell: (row) => <Appealed c={c} bar={row} /> },
        { header: t('staff:bar.lifted'), cell: (row) => <Lifted c={c} bar={row} /> },
      ]}
    />
  );
}

function Appealed({ c, bar }: { readonly c: Page; readonly bar: Bar }) {
  if (bar.filedAt === null) return <>–</>;
  if (bar.outcomeAt === null) return <DateText date={bar.filedAt} time />;
  return (
    <>
      <p>
        {c.get('t')(`staff:appeal.outcome.${bar.outcome ?? ''}`)} <DateText date={bar.outcomeAt} time />{' '}
        {bar.outcomeByName}
      </p>
      <p>{bar.outcomeReason}</p>
    </>
  );
}

function Lifted({ c, bar }: { readonly c: Page; readonly bar: Bar }) {
  const t = c.get('t');
  if (bar.liftedAt === null) return <>{t(bar.beganAt === null ? 'staff:bar.ahead' : 'staff:bar.holds')}</>;
  return (
    <>
      <p>
        <DateText date={bar.liftedAt} time /> {bar.liftedByName}
      </p>
      <p>{bar.liftedReason}</p>
    </>
  );
}
