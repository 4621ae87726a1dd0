import type { Context } from 'hono';
import {
  businessPath,
  look,
  refusedPage,
  renderBusinessPage,
  requireActing,
  type ActingFor,
} from '../access/index.ts';
import { nok } from '../kernel/money.ts';
import { AgreedQuotes, agreedQuotes } from '../vendors/index.ts';
import { Alert, EmptyState, Lead, LinkButton, Money, Section, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { BarPlot } from '../web/plot.tsx';
import type { OrderPageDeps } from './parts.tsx';
import { type Spending, spendingByYear } from './spending-records.ts';

type Page = Context<AppEnv>;

/** GET /business/spending: what cards cost each year, how much of it were vendors' fees, and whose; and what is agreed for now. */
export async function showSpending(c: Page, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const seen = await seeSpending(deps, acting);
  if (!seen.ok) return refusedPage(c, seen.error);
  const { spending, agreed, permitted } = seen.value;
  const t = c.get('t');
  const years = [...Map.groupBy(spending, ({ year }) => year)];
  return renderBusinessPage(
    c,
    permitted,
    { title: t('orders:spending.title'), section: 'business', side: 'spending' },
    <>
      <Lead>{t('orders:spending.lead')}</Lead>
      {years.length === 0 ? (
        <EmptyState title={t('orders:spending.empty')}>
          <LinkButton href={businessPath(acting, '/orders/new')}>{t('orders:list.new')}</LinkButton>
        </EmptyState>
      ) : (
        <Plot c={c} years={years} />
      )}
      {years.map(([year, rows]) => (
        <Year c={c} year={year} rows={rows} />
      ))}
      {agreed === undefined || agreed.quotes.length === 0 ? null : (
        <AgreedQuotes {...agreed} offerPath={(id) => businessPath(acting, `/business/quotes/${id}`)} />
      )}
    </>,
  );
}

function seeSpending({ database }: Pick<OrderPageDeps, 'database'>, acting: ActingFor) {
  const request = { right: 'invoices.read', orElse: ['orders.read'], neverForVendor: true } as const;
  return look(database, acting, { ...request, action: 'spending.seen' }, async (permitted) => ({
    permitted,
    spending: await spendingByYear(permitted),
    agreed: await agreedQuotes(permitted),
  }));
}

type YearRows = readonly Spending[];
const sumOf = (rows: YearRows, of: (row: Spending) => number) => rows.reduce((sum, row) => sum + of(row), 0);

/** A bar a year: the official price, and the fees on top. The tables below say the same in numbers. */
function Plot({ c, years }: { readonly c: Page; readonly years: readonly (readonly [number, YearRows])[] }) {
  const t = c.get('t');
  return (
    <BarPlot
      label={t('orders:spending.plot')}
      labelWidth={56}
      parts={[
        { look: 'price', name: t('orders:spending.price') },
        { look: 'fee', name: t('orders:spending.fees') },
      ]}
      rows={years.map(([year, rows]) => ({
        label: String(year),
        values: [sumOf(rows, (row) => row.priceOre), sumOf(rows, (row) => row.feeOre)],
      }))}
    />
  );
}

// The tables --------------------------------------------------------------------------------------------------------------

function Year({ c, year, rows }: { readonly c: Page; readonly year: number; readonly rows: YearRows }) {
  const t = c.get('t');
  const money = (header: string, of: (row: Spending) => number) => ({
    header: t(`orders:spending.${header}`),
    cell: (row: Spending) => <Money amount={nok(of(row))} />,
    align: 'end' as const,
  });
  const total: Spending = {
    year,
    vendorName: t('orders:spending.total'),
    cards: sumOf(rows, (row) => row.cards),
    priceOre: sumOf(rows, (row) => row.priceOre),
    feeOre: sumOf(rows, (row) => row.feeOre),
    vatOre: sumOf(rows, (row) => row.vatOre),
  };
  return (
    <Section title={String(year)}>
      <Table
        caption={t('orders:spending.caption', { year })}
        captionHidden
        rows={rows.length > 1 ? [...rows, total] : rows}
        columns={[
          { header: t('orders:spending.who'), cell: (row) => row.vendorName ?? t('orders:list.itself') },
          { header: t('orders:list.cards'), cell: (row) => String(row.cards), align: 'end' },
          money('price', (row) => row.priceOre),
          money('fees', (row) => row.feeOre),
          money('excludingVat', (row) => row.priceOre + row.feeOre),
          money('includingVat', (row) => row.priceOre + row.feeOre + row.vatOre),
        ]}
      />
      {total.feeOre === 0 ? null : (
        <Alert color="warning">
          {t('orders:spending.saving')} <Money amount={nok(total.feeOre)} /> {t('orders:spending.savingVat')}
        </Alert>
      )}
    </Section>
  );
}
