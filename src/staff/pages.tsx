import { type Context, Hono } from 'hono';
import type { StaffRole } from '../database/transaction.ts';
import { loginPath } from '../identity/index.ts';
import { DateText, Lead, Link, Table, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { renderPage } from '../web/page.tsx';
import { addAppointmentPages, RoleAndPlace } from './appointment-pages.tsx';
import { type StaffDeps, viewOwnAppointments } from './appointments.ts';
import { addBarPages } from './bar-pages.tsx';
import { addMergerPages } from './merger-pages.tsx';
import { addLinkPages } from './link-pages.tsx';
import type { Appointment } from './records.ts';
import { checkerPath } from './rules.ts';
import { addSignalPages } from './signal-pages.tsx';
import { addVendorPages } from './vendor-pages.tsx';

/** Where the work of a role is; a checker's is under each appointment. */
const PLACES: Partial<Record<StaffRole, string>> = {
  operator: '/staff/appointments',
  'case-officer': '/staff/vendors',
  reviewer: '/staff/media',
};
const placeOf = ({ role, id }: Appointment): string => PLACES[role] ?? checkerPath(id);

/** Everything for staff: the roles that one has, operators' appointments, case officers' vendors, and the single-use link. */
export function createStaffPages(deps: StaffDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/staff', (c) => home(c, deps));
  addAppointmentPages(app, deps);
  addVendorPages(app, deps);
  addBarPages(app, deps);
  addMergerPages(app, deps);
  addSignalPages(app, deps);
  addLinkPages(app, deps);
  return app;
}

async function home(c: Context<AppEnv>, deps: StaffDeps) {
  const session = c.get('session');
  if (session === null) return c.redirect(loginPath('/staff'), 303);
  const appointments = await viewOwnAppointments(deps, session.tokenHash);
  if (appointments.length === 0) return notFoundPage(c);
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('staff:home.title') },
    <>
      <Lead>{t('staff:home.lead')}</Lead>
      <Table
        caption={t('staff:home.title')}
        captionHidden
        rows={appointments}
        columns={[
          {
            header: t('staff:column.role'),
            cell: (row) => <RoleCell c={c} row={row} places={deps.places ?? []} />,
            names: true,
          },
          {
            header: t('staff:column.since'),
            cell: (row) => (row.approvedAt === null ? '' : <DateText date={row.approvedAt} />),
          },
          {
            header: t('staff:column.until'),
            cell: (row) => <DateText date={new Date(row.endsAt.getTime() - 1)} />,
          },
          {
            header: t('staff:column.state'),
            cell: (row) => (
              <Tag color={row.state === 'in-force' ? 'success' : 'neutral'}>
                {t(`staff:state.${row.state}`)}
              </Tag>
            ),
          },
        ]}
      />
    </>,
  );
}

type RoleProps = {
  readonly c: Context<AppEnv>;
  readonly row: Appointment;
  readonly places: NonNullable<StaffDeps['places']>;
};

function RoleCell({ c, row, places }: RoleProps) {
  const t = c.get('t');
  const place = row.state === 'in-force' ? placeOf(row) : undefined;
  if (place !== undefined) {
    return (
      <>
        <Link href={place}>{t(`staff:role.${row.role}`)}</Link>
        {row.place === null ? null : <p>{row.place}</p>}
        {places
          .filter(({ role }) => role === row.role)
          .map(({ href, label }) => (
            <p>
              <Link href={href}>{t(label)}</Link>
            </p>
          ))}
      </>
    );
  }
  return <RoleAndPlace c={c} row={row} />;
}
