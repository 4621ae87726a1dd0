import type { Context } from 'hono';
import { businessPath, refusedPage, type ActingFor, type Refused } from '../access/index.ts';
import type { Vault } from '../database/encryption.ts';
import { formatDate, parsePlainDate } from '../kernel/dates.ts';
import { isUuid, uuidv7 } from '../kernel/ids.ts';
import { nok } from '../kernel/money.ts';
import { totals } from '../prices/index.ts';
import { Link, Money, Tag } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import { searchOf } from '../web/search.tsx';
import type { OrderActionDeps } from './actions.ts';
import type { Candidate, Hold } from './records.ts';
import type { LineState, OrderStage } from './rules.ts';

export interface OrderPageDeps extends OrderActionDeps {
  readonly vault: Pick<Vault, 'encrypt' | 'hash'>;
  /** Whether made-up people count as people. */
  readonly allowSynthetic: boolean;
}

/** A handler's answer. */
export type Answer = Response | Promise<Response>;

const lineColors = {
  'awaiting-approval': 'warning',
  'awaiting-media': 'warning',
  'under-review': 'info',
  ready: 'info',
  'in-production': 'info',
  shipped: 'success',
  closed: 'success',
  rejected: 'danger',
  cancelled: 'neutral',
} as const satisfies Record<LineState, string>;

const WORDS_OF_HOLD = { stop: 'held', bar: 'barred' } as const satisfies Record<Hold, string>;

/** How far an order has come, and beside it what holds it. */
export function OrderStateTag({
  stage,
  held,
}: {
  readonly stage: OrderStage;
  readonly held: Hold | undefined;
}) {
  const { t } = useRequest();
  return (
    <>
      <LineStateTag state={stage} />
      {held === undefined ? null : (
        <>
          {' '}
          <Tag color="danger">{t(`orders:${WORDS_OF_HOLD[held]}.tag`)}</Tag>{' '}
          {t(`orders:${WORDS_OF_HOLD[held]}.why`)}
        </>
      )}
    </>
  );
}

export function LineStateTag({ state }: { readonly state: LineState }) {
  const { t } = useRequest();
  return <Tag color={lineColors[state]}>{t(`orders:lineState.${state}`)}</Tag>;
}

/** What an order's cards cost, VAT included. */
export function Total(price: Parameters<typeof totals>[0]) {
  return <Money amount={totals(price).includingVat} />;
}

export function Fee({ feeOre }: { readonly feeOre: number }) {
  return <Money amount={nok(feeOre)} />;
}

/** A stored day in the reader's language; what is none is shown as it stands. */
export function dayText(c: Context<AppEnv>) {
  return (text: string) => {
    const day = parsePlainDate(text);
    return day === undefined ? text : formatDate(day, c.get('language'));
  };
}

/** A worker as a choice: name with birth date or year, and what is in the way. */
export function workerChoice(t: Translate, shownDate: (date: string) => string) {
  return (worker: Candidate) => {
    const description =
      worker.birthDate !== undefined
        ? t('orders:new.born', { date: shownDate(worker.birthDate) })
        : worker.birthYear !== undefined
          ? t('orders:new.bornIn', { year: worker.birthYear })
          : undefined;
    const reason = worker.obstacle === undefined ? undefined : t(`orders:obstacle.${worker.obstacle}`);
    return {
      value: worker.id,
      label: worker.name,
      ...(description === undefined ? {} : { description }),
      ...(reason === undefined ? {} : { disabledReason: reason }),
    };
  };
}

export function orderPath(acting: ActingFor, orderId: string): string {
  return businessPath(acting, `/orders/${orderId}`);
}

/** The form that orders for these workers of a unit; each way there fills it in anew. */
export function confirmPath(acting: ActingFor, unitId: string, workerIds: readonly string[]): string {
  const query = new URLSearchParams([
    ['key', uuidv7()],
    ['unit', unitId],
    ...workerIds.map((id): [string, string] => ['worker', id]),
  ]);
  return businessPath(acting, `/orders/new/confirm?${query.toString()}`);
}

/** The values of a query that are ids; whatever else stands there is nothing. */
export function queryIds(c: Context<AppEnv>, name: string): readonly string[] {
  return [...new Set(c.req.queries(name) ?? [])].filter((text) => isUuid(text));
}

export function queryId(c: Context<AppEnv>, name: string): string | undefined {
  return queryIds(c, name)[0];
}

/** Which page of a list the address asks for; the first where it says nothing of the kind. */
export function queryPage(c: Context<AppEnv>): number {
  const asked = Number(c.req.query('page') ?? '1');
  return Number.isInteger(asked) && asked > 0 && asked < 1_000_000 ? asked : 1;
}

/** A search as typed; nothing when it is empty. */
export function querySearch(c: Context<AppEnv>): string | undefined {
  const text = searchOf(c);
  return text === '' ? undefined : text;
}

/** Whether an error is a refusal by a rule, or a thing that is not there for the asker. */
export function isRefused(error: unknown): error is Refused {
  return typeof error === 'object' && error !== null && 'kind' in error && isRefusedKind(error.kind);
}

function isRefusedKind(kind: unknown): boolean {
  return kind === 'missing' || kind === 'refused';
}

export function missing(c: Context<AppEnv>): Answer {
  return refusedPage(c, { kind: 'missing' });
}

type PreviewProps = { readonly acting: ActingFor; readonly workerId: string; readonly name: string };

/**
 * The way to a picture of a worker's card as it will look, for whoever may see name and birth date. A link, since the picture counts
 * as seen when it is fetched, and a browser without scripts fetches also what is folded away.
 */
export function CardPreview({ acting, workerId, name }: PreviewProps) {
  const { t } = useRequest();
  return (
    <p class="alone">
      <Link href={businessPath(acting, `/workers/${workerId}/card.svg`)}>
        {t('orders:preview', { name })}
      </Link>
    </p>
  );
}
