import type { Context } from 'hono';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import {
  Actions,
  DateText,
  EmptyState,
  Lead,
  LinkButton,
  Section,
  Stack,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { confirmPath, type OrderPageDeps } from './parts.tsx';
import type { Renewal } from './records.ts';
import { MAX_LINES, RENEWAL_DAYS } from './rules.ts';
import { renewView } from './views.ts';

type Page = Context<AppEnv>;

interface UnitRenewals {
  readonly id: string;
  readonly name: string;
  readonly renewals: Renewal[];
}

/** GET /orders/renew: whose cards expire soon, by unit; where they are few and of one unit, straight to the order of them. */
export async function showRenewals(c: Page, deps: OrderPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const view = await renewView(deps, acting);
  if (!view.ok) return refusedPage(c, view.error);
  const { renewals, more } = view.value;
  const units = byUnit(renewals);
  const [only] = units;
  if (units.length === 1 && only !== undefined && renewals.length <= MAX_LINES) {
    return c.redirect(pathOf(c, only), 303);
  }
  const t = c.get('t');
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('orders:renew.title'),
      section: 'orders',
      breadcrumbs: [{ label: t('orders:list.title'), href: businessPath(acting, '/orders') }],
    },
    <Stack>
      {units.length === 0 ? (
        <EmptyState title={t('orders:renew.none', { days: RENEWAL_DAYS })} />
      ) : (
        <Lead>{t('orders:renew.lead', { days: RENEWAL_DAYS })}</Lead>
      )}
      {units.map((unit) => (
        <Unit c={c} unit={unit} />
      ))}
      {more ? <p>{t('orders:renew.more', { shown: renewals.length })}</p> : null}
    </Stack>,
  );
}

function byUnit(renewals: readonly Renewal[]): UnitRenewals[] {
  const units = new Map<string, UnitRenewals>();
  for (const one of renewals) {
    const unit = units.get(one.unitId) ?? { id: one.unitId, name: one.unitName, renewals: [] };
    unit.renewals.push(one);
    units.set(one.unitId, unit);
  }
  return [...units.values()];
}

/** To the order of the first of them; one order holds so many. */
function pathOf(c: Page, { id, renewals }: UnitRenewals): string {
  const workerIds = renewals.slice(0, MAX_LINES).map(({ workerId }) => workerId);
  return confirmPath(requireActing(c), id, workerIds);
}

function Unit({ c, unit }: { readonly c: Page; readonly unit: UnitRenewals }) {
  const t = c.get('t');
  const count = unit.renewals.length;
  return (
    <Section title={unit.name}>
      <Actions>
        <LinkButton href={pathOf(c, unit)}>
          {count > MAX_LINES
            ? t('orders:renew.first', { count: MAX_LINES })
            : t('orders:renew.order', { count })}
        </LinkButton>
      </Actions>
      <Table
        caption={t('orders:renew.caption', { unit: unit.name })}
        captionHidden
        rows={unit.renewals}
        columns={[
          { header: t('orders:renew.name'), cell: (one) => one.name },
          {
            header: t('orders:renew.expires'),
            cell: (one) => <DateText date={endToLastDay(one.expiresAt)} />,
          },
        ]}
      />
    </Section>
  );
}
