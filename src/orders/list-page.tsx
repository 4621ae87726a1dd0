import type { Context } from 'hono';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import {
  Actions,
  Alert,
  DateText,
  EmptyState,
  Link,
  LinkButton,
  Pagination,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { type Answer, dayText, Fee, type OrderPageDeps, OrderStateTag, queryPage, Total } from './parts.tsx';
import type { BarredOrder, OrderSummary } from './records.ts';
import { listView, type ListView } from './views.ts';

/** GET /orders: what was ordered, by whom, on whose behalf and at what fee. */
export async function showOrders(c: Context<AppEnv>, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const page = queryPage(c);
  const view = await listView(deps, acting, page);
  if (!view.ok) return refusedPage(c, view.error);
  return drawList(c, view.value, page);
}

function drawList(c: Context<AppEnv>, view: ListView, page: number): Answer {
  const t = c.get('t');
  const acting = requireActing(c);
  const path = (rest: string) => businessPath(acting, rest);
  return renderBusinessPage(
    c,
    view,
    { title: t('orders:list.title'), section: 'orders' },
    <Stack>
      <Barred c={c} orders={view.barred} />
      <WaysToOrder c={c} view={view} />
      <Table
        caption={t('orders:list.caption')}
        captionHidden
        columns={columnsOf(c)}
        rows={view.orders}
        empty={
          <EmptyState title={t('orders:list.empty')}>
            <p>{t('orders:list.emptyText')}</p>
          </EmptyState>
        }
      />
      <Pagination page={page} pages={view.pages} href={(other) => path(`/orders?page=${other}`)} />
      <LookUps c={c} view={view} />
    </Stack>,
  );
}

function columnsOf(c: Context<AppEnv>) {
  const t = c.get('t');
  const acting = requireActing(c);
  return [
    {
      header: t('orders:list.order'),
      cell: (order: OrderSummary) => (
        <Link href={businessPath(acting, `/orders/${order.id}`)}>
          {t('orders:list.number', { number: order.number })}
        </Link>
      ),
    },
    {
      header: t('orders:list.state'),
      cell: (order: OrderSummary) => <OrderStateTag stage={order.stage} held={order.held} />,
    },
    { header: t('orders:list.date'), cell: (order: OrderSummary) => <DateText date={order.placedAt} /> },
    { header: t('orders:list.who'), cell: (order: OrderSummary) => order.placedByName },
    {
      header: t('orders:list.behalf'),
      cell: (order: OrderSummary) => order.vendorName ?? t('orders:list.itself'),
    },
    { header: t('orders:list.unit'), cell: (order: OrderSummary) => order.unitName },
    {
      header: t('orders:list.cards'),
      cell: (order: OrderSummary) => String(order.cards),
      align: 'end' as const,
    },
    {
      header: t('orders:list.fee'),
      cell: (order: OrderSummary) => <Fee feeOre={order.feeOre} />,
      align: 'end' as const,
    },
    {
      header: t('orders:list.total'),
      cell: (order: OrderSummary) => <Total {...order} count={order.cards} />,
      align: 'end' as const,
    },
  ];
}

function WaysToOrder({ c, view }: { readonly c: Context<AppEnv>; readonly view: ListView }) {
  const t = c.get('t');
  const acting = requireActing(c);
  const path = (rest: string) => businessPath(acting, rest);
  return (
    <Actions>
      <LinkButton
        href={path('/orders/new')}
        disabledReason={view.mayOrder ? undefined : t('orders:list.mayNotOrder')}
      >
        {t('orders:list.new')}
      </LinkButton>
      {view.mayUpload ? (
        <LinkButton href={path('/orders/file')} variant="secondary">
          {t('orders:list.file')}
        </LinkButton>
      ) : null}
      {view.mayRenew ? (
        <LinkButton href={path('/orders/renew')} variant="secondary">
          {t('orders:list.renew')}
        </LinkButton>
      ) : null}
      {view.mayKeepAddresses ? (
        <LinkButton href={path('/orders/addresses')} variant="secondary">
          {t('orders:addresses.title')}
        </LinkButton>
      ) : null}
      {view.mayOffer ? (
        <LinkButton href={path('/orders/offer')} variant="secondary">
          {t('orders:list.offer')}
        </LinkButton>
      ) : null}
    </Actions>
  );
}

/** What waits for the business's decision, since a bar of the vendor holds it. */
function Barred({ c, orders }: { readonly c: Context<AppEnv>; readonly orders: readonly BarredOrder[] }) {
  const t = c.get('t');
  const [first] = orders;
  if (first === undefined) return null;
  return (
    <Alert color="danger" title={t('orders:barred.listTitle', { count: first.count })}>
      {[...Map.groupBy(orders, ({ vendorName }) => vendorName ?? '')].map(([vendor, held]) => (
        <p>
          {vendor}:{' '}
          {held.map((one, index) => (
            <>
              {index === 0 ? null : ', '}
              <Link href={businessPath(requireActing(c), `/orders/${one.id}`)}>
                {t('orders:list.number', { number: one.number })}
              </Link>
            </>
          ))}
        </p>
      ))}
      {first.count > orders.length ? (
        <p>{t('orders:barred.more', { count: first.count - orders.length })}</p>
      ) : null}
    </Alert>
  );
}

/** What vendors asked for by number and surname: shown to the business, so that guessing is seen. */
function LookUps({ c, view }: { readonly c: Context<AppEnv>; readonly view: ListView }) {
  const t = c.get('t');
  if (view.lookUps.length === 0) return null;
  return (
    <Section title={t('orders:lookUps.title')}>
      <p>{t('orders:lookUps.text')}</p>
      <Table
        caption={t('orders:lookUps.title')}
        captionHidden
        columns={[
          { header: t('orders:lookUps.vendor'), cell: (row) => row.vendorName },
          { header: t('orders:lookUps.day'), cell: (row) => dayText(c)(row.day) },
          { header: t('orders:lookUps.hits'), cell: (row) => String(row.hits), align: 'end' },
          { header: t('orders:lookUps.misses'), cell: (row) => String(row.misses), align: 'end' },
        ]}
        rows={view.lookUps}
      />
    </Section>
  );
}
