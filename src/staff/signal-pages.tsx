import type { Context, Hono } from 'hono';
import { overseenSignals, type OverseenSignal, wantedList } from '../access/index.ts';
import { type Column, DateText, EmptyState, Lead, Pagination, Table, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { lookAsStaff, type StaffActing } from './acting.ts';
import type { StaffDeps } from './appointments.ts';
import { refusedStaffPage, withStaff } from './web.tsx';

const LIST = '/staff/signals';
const PER_PAGE = 25;

/** The case officer's overview of logins that did not look right, in all businesses and with nobody's name. */
export function addSignalPages(app: Hono<AppEnv>, deps: StaffDeps): void {
  app.get(
    LIST,
    withStaff('case-officer', (c, acting) => listPage(c, deps, acting)),
  );
}

async function listPage(c: Context<AppEnv>, deps: Pick<StaffDeps, 'database'>, acting: StaffActing) {
  const { page } = wantedList(c);
  const request = { right: 'signals.read', action: 'signals.list' } as const;
  const viewed = await lookAsStaff(deps.database, acting, request, (permitted) =>
    overseenSignals(permitted, { page, pageSize: PER_PAGE }),
  );
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { rows, total } = viewed.value;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('staff:signals.title'),
      breadcrumbs: [
        { label: t('staff:home.title'), href: '/staff' },
        { label: t('staff:vendors.title'), href: '/staff/vendors' },
      ],
    },
    <>
      <Lead>{t('staff:signals.lead')}</Lead>
      <Table
        caption={t('staff:signals.caption', { count: total })}
        rows={rows}
        empty={<EmptyState title={t('staff:signals.none')} />}
        columns={signalColumns(c)}
      />
      <Pagination
        page={page}
        pages={Math.ceil(total / PER_PAGE)}
        href={(to) => withQuery(LIST, { page: String(to) })}
      />
    </>,
  );
}

/** What is shown of a signal, in the list of all and of one vendor's. */
export function signalColumns(c: Context<AppEnv>): Column<OverseenSignal>[] {
  const t = c.get('t');
  return [
    { header: t('staff:signals.what'), cell: (row) => t(`staff:signals.kind.${row.kind}`, countOf(row)) },
    { header: t('staff:signals.business'), cell: (row) => row.businessName },
    { header: t('staff:signals.vendor'), cell: (row) => row.vendorName ?? '' },
    { header: t('staff:signals.found'), cell: (row) => <DateText date={row.foundAt} time /> },
    { header: t('staff:signals.answer'), cell: (row) => <AnswerTag c={c} row={row} /> },
  ];
}

const countOf = ({ facts }: OverseenSignal) => ({ count: String(facts['count'] ?? '') });

const COLORS = { confirmed: 'success', denied: 'danger', open: 'warning' } as const;

function AnswerTag({ c, row }: { readonly c: Context<AppEnv>; readonly row: OverseenSignal }) {
  const answer = row.answer ?? 'open';
  return <Tag color={COLORS[answer]}>{c.get('t')(`staff:signals.answers.${answer}`)}</Tag>;
}
