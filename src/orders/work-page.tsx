import { type Context, Hono } from 'hono';
import { isRenewable } from '../access/index.ts';
import type { Database } from '../database/database.ts';
import { inTransaction } from '../database/transaction.ts';
import { endToLastDay } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { DateText, EmptyState, Lead, Link, Section, Table, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { renderPage } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { type CustomerWork, customerWork } from './work-records.ts';

/** Where the list over all customers is. */
export const workPath = '/work';

export interface WorkPageDeps {
  readonly database: Pick<Database, 'request'>;
}

/** The working day of somebody of a vendor: one list over all customers, each with its own way in. */
export function createWorkPages({ database }: WorkPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(workPath, async (c) => {
    const session = c.get('session');
    if (!session) return c.redirect(withQuery('/login', { return: workPath }), 303);
    const context = { kind: 'session', tokenHash: session.tokenHash } as const;
    const shown = await inTransaction(database, context, async (transaction) => ({
      now: transaction.now,
      customers: await customerWork(transaction),
    }));
    return drawWork(c, shown.customers, shown.now);
  });
  return app;
}

function drawWork(
  c: Context<AppEnv>,
  customers: readonly CustomerWork[],
  now: Date,
): Response | Promise<Response> {
  const t = c.get('t');
  const vendors = Map.groupBy(customers, ({ vendorNumber }) => vendorNumber);
  return renderPage(
    c,
    { title: t('orders:work.title') },
    <>
      <Lead>{t('orders:work.lead')}</Lead>
      {customers.length === 0 ? (
        <EmptyState title={t('orders:work.empty')}>
          <p>{t('orders:work.emptyText')}</p>
        </EmptyState>
      ) : null}
      {[...vendors.values()].map((ofVendor) => (
        <Section title={ofVendor[0]?.vendorName ?? ''}>
          <WorkTable c={c} customers={ofVendor} now={now} />
        </Section>
      ))}
    </>,
  );
}

type WorkTableProps = {
  readonly c: Context<AppEnv>;
  readonly customers: readonly CustomerWork[];
  readonly now: Date;
};

function WorkTable({ c, customers, now }: WorkTableProps) {
  const t = c.get('t');
  const count = (header: string, of: (customer: CustomerWork) => number | null, urgent = false) => ({
    header: t(`orders:work.${header}`),
    align: 'end' as const,
    cell: (customer: CustomerWork) => {
      const number = of(customer);
      if (number === null) return '–';
      return urgent && number > 0 ? <Tag color="warning">{String(number)}</Tag> : String(number);
    },
  });
  return (
    <Table
      caption={t('orders:work.caption', { vendor: customers[0]?.vendorName ?? '' })}
      captionHidden
      rows={customers}
      columns={[
        { header: t('orders:work.customer'), cell: (customer) => <Customer customer={customer} /> },
        count('awaitingMedia', ({ awaitingMedia }) => awaitingMedia, true),
        count('rejected', ({ rejected }) => rejected, true),
        count('awaitingApproval', ({ awaitingApproval }) => awaitingApproval),
        count('inProduction', ({ inProduction }) => inProduction),
        count('cardsLeft', ({ cardsLeft }) => cardsLeft),
        { header: t('orders:work.ends'), cell: (customer) => <Ends c={c} customer={customer} now={now} /> },
        {
          header: t('orders:work.order'),
          cell: (customer) =>
            customer.mayOrder ? (
              <Link
                href={pathOf(customer, '/orders/new')}
                label={t('orders:work.orderFor', { customer: customer.businessName })}
              >
                {t('orders:list.new')}
              </Link>
            ) : (
              '–'
            ),
        },
      ]}
    />
  );
}

function pathOf({ businessNumber, vendorNumber }: CustomerWork, rest: string): string {
  return `/b/${businessNumber}/by/${vendorNumber}${rest}`;
}

function Customer({ customer }: { readonly customer: CustomerWork }) {
  return (
    <>
      <Link href={pathOf(customer, '/orders')}>{customer.businessName}</Link>{' '}
      <span class="nowrap">{formatOrganisationNumber(customer.businessNumber)}</span>
    </>
  );
}

function Ends({ c, customer, now }: { readonly customer: CustomerWork } & Omit<WorkTableProps, 'customers'>) {
  return (
    <>
      <DateText date={endToLastDay(customer.endsAt)} />{' '}
      {isRenewable(customer.endsAt, now) ? <Tag color="warning">{c.get('t')('orders:work.soon')}</Tag> : null}
    </>
  );
}
