import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { wantedList } from '../access/index.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  Actions,
  Alert,
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
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { SearchForm, searchQuery } from '../web/search.tsx';
import type { StaffActing, StaffRefused } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { barVendor, type BarProblem, liftBar, VENDORS_PER_PAGE, viewVendor, viewVendors } from './bars.ts';
import type { Bar, OverseenVendor } from './records.ts';
import { refusedStaffPage, withStaff } from './web.tsx';

const LIST = '/staff/vendors';

/** The case officer's pages: all vendors, one vendor with its bars, barring it and lifting that. */
export function addBarPages(app: Hono<AppEnv>, deps: StaffDeps): void {
  const caseOfficer = (handler: Handler) =>
    withStaff('case-officer', (c, acting) => handler(c, deps, acting));
  app.get(LIST, caseOfficer(listPage));
  app.get(`${LIST}/:number`, caseOfficer(vendorPage));
  app.get(
    `${LIST}/:number/bar`,
    caseOfficer((c, given, acting) => barPage(c, given, acting, emptyForm)),
  );
  app.post(`${LIST}/:number/bar`, caseOfficer(bar));
  app.get(
    `${LIST}/:number/lift`,
    caseOfficer((c, given, acting) => liftPage(c, given, acting, emptyForm)),
  );
  app.post(`${LIST}/:number/lift`, caseOfficer(lift));
}

type Handler = (c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) => Response | Promise<Response>;

const numberOf = (c: Context<AppEnv>) => c.req.param('number') ?? '';

const crumbs = (c: Context<AppEnv>, vendor?: OverseenVendor) => [
  { label: c.get('t')('staff:home.title'), href: '/staff' },
  ...(vendor === undefined
    ? []
    : [
        { label: c.get('t')('staff:vendors.title'), href: LIST },
        { label: vendor.name, href: `${LIST}/${vendor.organisationNumber}` },
      ]),
];

async function listPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const wanted = wantedList(c);
  const viewed = await viewVendors(deps, acting, wanted);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { rows, total } = viewed.value;
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('staff:vendors.title'), breadcrumbs: crumbs(c) },
    <>
      <Lead>{t('staff:vendors.lead')}</Lead>
      <Actions>
        <LinkButton href="/staff/signals" variant="secondary">
          {t('staff:signals.title')}
        </LinkButton>
      </Actions>
      <SearchForm
        to={LIST}
        label={t('staff:vendors.search')}
        search={wanted.search}
        submit={t('access:find')}
      />
      <Table
        caption={t('staff:vendors.caption', { count: total })}
        rows={rows}
        empty={<EmptyState title={t('staff:vendors.none')} />}
        columns={[
          {
            header: t('staff:vendors.vendor'),
            cell: (row) => <Link href={`${LIST}/${row.organisationNumber}`}>{row.name}</Link>,
          },
          {
            header: t('staff:vendors.number'),
            cell: (row) => <span class="nowrap">{formatOrganisationNumber(row.organisationNumber)}</span>,
          },
          { header: t('staff:vendors.registered'), cell: (row) => <DateText date={row.registeredAt} /> },
          { header: t('staff:vendors.customers'), cell: (row) => String(row.customers), align: 'end' },
          { header: t('staff:vendors.mandates'), cell: (row) => String(row.mandatesInForce), align: 'end' },
          { header: t('staff:column.state'), cell: (row) => <VendorState c={c} vendor={row} /> },
        ]}
      />
      <Pagination
        page={wanted.page}
        pages={Math.ceil(total / VENDORS_PER_PAGE)}
        href={(page) => withQuery(LIST, { ...searchQuery(c), page: String(page) })}
      />
    </>,
  );
}

function VendorState({ c, vendor }: { readonly c: Context<AppEnv>; readonly vendor: OverseenVendor }) {
  const t = c.get('t');
  if (vendor.barredAt === null) return <Tag color="success">{t('staff:vendors.open')}</Tag>;
  return (
    <>
      <Tag color="danger">{t('staff:vendors.barred')}</Tag> <DateText date={vendor.barredAt} />
    </>
  );
}

async function vendorPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing) {
  const viewed = await viewVendor(deps, acting, numberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { vendor, bars } = viewed.value;
  if (vendor === undefined) return notFoundPage(c);
  const t = c.get('t');
  const path = `${LIST}/${vendor.organisationNumber}`;
  return renderPage(
    c,
    { title: vendor.name, breadcrumbs: crumbs(c, vendor).slice(0, -1) },
    <>
      <DescriptionList
        items={[
          { term: t('staff:column.state'), value: <VendorState c={c} vendor={vendor} /> },
          { term: t('staff:vendors.number'), value: formatOrganisationNumber(vendor.organisationNumber) },
          { term: t('staff:vendors.registered'), value: <DateText date={vendor.registeredAt} /> },
          { term: t('staff:vendors.customers'), value: String(vendor.customers) },
          { term: t('staff:vendors.mandates'), value: String(vendor.mandatesInForce) },
        ]}
      />
      <Actions>
        {vendor.barredAt === null ? (
          <LinkButton href={`${path}/bar`} color="danger">
            {t('staff:bar.button')}
          </LinkButton>
        ) : (
          <LinkButton href={`${path}/lift`}>{t('staff:lift.button')}</LinkButton>
        )}
      </Actions>
      <Section title={t('staff:bar.history')}>
        <Table
          caption={t('staff:bar.history')}
          captionHidden
          rows={bars}
          empty={<EmptyState title={t('staff:bar.none')} />}
          columns={[
            { header: t('staff:bar.from'), cell: (row) => <DateText date={row.barredAt} time /> },
            { header: t('staff:bar.by'), cell: (row) => row.barredByName },
            { header: t('staff:bar.reason'), cell: (row) => row.reason },
            { header: t('staff:bar.lifted'), cell: (row) => <Lifted c={c} bar={row} /> },
          ]}
        />
      </Section>
    </>,
  );
}

function Lifted({ c, bar: shown }: { readonly c: Context<AppEnv>; readonly bar: Bar }) {
  if (shown.liftedAt === null) return <>{c.get('t')('staff:bar.holds')}</>;
  return (
    <>
      <p>
        <DateText date={shown.liftedAt} time /> {shown.liftedByName}
      </p>
      <p>{shown.liftedReason}</p>
    </>
  );
}

const barForm = z.object({ reason: z.string().max(300), appeal: z.string().max(300) });

async function barPage(c: Context<AppEnv>, deps: StaffDeps, acting: StaffActing, state: FormState) {
  const viewed = await viewVendor(deps, acting, numberOf(c));
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { vendor } = viewed.value;
  if (vendor === undefined) return notFoundPage(c);
  if (vendor.barredAt !== null) return barProblemPage(c, 'already-barred');
  const t = c.get('t');
  const { name } = vendor;
  return renderPage(
    c,
    {
      title: t('staff:bar.title', { name }),
      breadcrumbs: crumbs(c, vendor),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <ul class="ds-list">
        <li>{t('staff:bar.stops', { name, count: vendor.customers })}</li>
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
          <LinkButton href={`${LIST}/${vendor.organisationNumber}`} variant="tertiary">
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
    ? redirectDone(c, `${LIST}/${organisationNumber}`, 'staff:done.barred')
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
  const { vendor, bars } = viewed.value;
  if (vendor === undefined) return notFoundPage(c);
  const holds = bars.find((one) => one.liftedAt === null);
  if (holds === undefined) return barProblemPage(c, 'not-barred');
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('staff:lift.title', { name: vendor.name }),
      breadcrumbs: crumbs(c, vendor),
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
          <LinkButton href={`${LIST}/${vendor.organisationNumber}`} variant="tertiary">
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
    ? redirectDone(c, `${LIST}/${organisationNumber}`, 'staff:done.lifted')
    : barProblemPage(c, lifted.error);
}
