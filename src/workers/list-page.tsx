import type { Context } from 'hono';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { endToLastDay, parsePlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { Actions, DateText, EmptyState, Lead, Link, PreviousNext, Table, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { SearchForm, searchOf, searchQuery } from '../web/search.tsx';
import { refreshWorkerList, seeWorkers, type WorkerListDeps, type WorkerListView } from './list-actions.ts';
import type { ListedWorker } from './list-records.ts';

type Page = Context<AppEnv>;

/** GET /workers: who works in the business, which card each has, and what is in the way of the next. */
export async function showWorkers(c: Page, deps: WorkerListDeps): Promise<Response> {
  const after = c.req.query('after');
  const wanted = { search: searchOf(c), after: isUuid(after) ? after : undefined };
  const view = await seeWorkers(deps, requireActing(c), wanted);
  return view.ok ? drawWorkers(c, view.value) : refusedPage(c, view.error);
}

/** POST /workers/refresh */
export async function sendRefresh(c: Page, deps: WorkerListDeps): Promise<Response> {
  const acting = requireActing(c);
  const asked = await refreshWorkerList(deps, acting);
  if (!asked.ok) return refusedPage(c, asked.error);
  return redirectDone(c, businessPath(acting, '/workers'), 'workers:done.refresh');
}

function drawWorkers(c: Page, view: WorkerListView): Response | Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const { workers, hasNext, permitted } = view;
  const path = businessPath(acting, '/workers');
  const search = searchOf(c);
  const last = workers.at(-1);
  // Whoever left the register keeps the time of that reading: the latest one tells of the list.
  const readAt = workers.map((worker) => worker.refreshedAt).sort((a, b) => b.getTime() - a.getTime())[0];
  const next = hasNext && last ? withQuery(path, { ...searchQuery(c), after: last.id }) : undefined;
  return renderBusinessPage(
    c,
    permitted,
    { title: t('workers:list.title'), section: 'workers' },
    <>
      <Lead>{t('workers:list.lead')}</Lead>
      {readAt === undefined ? null : (
        <p>
          {t('workers:list.readAt')} <DateText date={readAt} time />
        </p>
      )}
      {permitted.facts.capacity === 'vendor' ? null : (
        <PostForm action={`${path}/refresh`} class="form inline">
          <SubmitButton variant="secondary">{t('workers:list.refresh')}</SubmitButton>
        </PostForm>
      )}
      {permitted.decide('agreements.sign').allowed ? (
        <p>
          <Link href={`${path}/declared`}>{t('workers:list.declared')}</Link>
        </p>
      ) : null}
      {permitted.facts.capacity === 'vendor' ? null : (
        <p>
          <Link href={`${path}/disputes`}>{t('workers:list.disputes')}</Link>
        </p>
      )}
      <SearchForm
        to={path}
        label={t('workers:list.search')}
        search={search}
        submit={t('workers:list.searchButton')}
      />
      <Table
        caption={t('workers:list.title')}
        captionHidden
        rows={workers}
        empty={<EmptyState title={t(search === '' ? 'workers:list.empty' : 'workers:list.none')} />}
        columns={[
          { header: t('workers:list.name'), cell: (worker) => <Name c={c} worker={worker} /> },
          { header: t('workers:list.unit'), cell: (worker) => worker.unitName },
          { header: t('workers:list.employed'), cell: (worker) => <Employed c={c} worker={worker} /> },
          { header: t('workers:list.card'), cell: (worker) => <CardOf c={c} worker={worker} /> },
          {
            header: t('workers:list.next'),
            cell: (worker) => (
              <>
                <NextCard c={c} view={view} worker={worker} />
                <Permit c={c} view={view} worker={worker} />
              </>
            ),
          },
        ]}
      />
      <PreviousNext previous={c.req.query('after') === undefined ? undefined : path} next={next} />
    </>,
  );
}

type CellProps = { readonly c: Page; readonly worker: ListedWorker };

function Name({ c, worker }: CellProps) {
  const born = parsePlainDate(worker.birthDate);
  return (
    <>
      {worker.name}
      {born === undefined ? null : (
        <p class="ds-paragraph" data-size="sm">
          {c.get('t')('workers:list.born')} <DateText date={born} />
        </p>
      )}
    </>
  );
}

function Employed({ c, worker }: CellProps) {
  if (worker.declared) return <Declared c={c} worker={worker} />;
  const [from, to] = [parsePlainDate(worker.employedFrom), parsePlainDate(worker.employedTo ?? '')];
  return (
    <>
      {from === undefined ? null : <DateText date={from} />} –{' '}
      {to === undefined ? null : <DateText date={to} />}
      {worker.assignment === null ? null : (
        <p class="ds-paragraph" data-size="sm">
          {c.get('t')('workers:list.assignment', { assignment: worker.assignment })}
        </p>
      )}
    </>
  );
}

/** Who stands by it that somebody works here whom no register shows. */
function Declared({ c, worker }: CellProps) {
  const t = c.get('t');
  const { declaration } = worker;
  if (declaration === null) {
    const over = worker.obstacle === 'declaration-ended';
    return t(over ? 'workers:list.declarationOver' : 'workers:list.declaredAny');
  }
  return (
    <>
      {t('workers:list.declaredBy', { name: declaration.byName })}, <DateText date={declaration.at} />
      {declaration.confirmedAt.getTime() === declaration.at.getTime() ? null : (
        <p class="ds-paragraph" data-size="sm">
          {t('workers:list.confirmedAnew')} <DateText date={declaration.confirmedAt} />
        </p>
      )}
    </>
  );
}

const CARD_COLORS: Readonly<Record<string, 'success' | 'info' | 'warning' | 'danger'>> = {
  valid: 'success',
  'in-production': 'info',
  blocked: 'danger',
  suspended: 'warning',
  expired: 'warning',
};

function CardOf({ c, worker }: CellProps) {
  const t = c.get('t');
  const { card } = worker;
  if (card === null) return t('workers:list.noCard');
  const why = `cards:condition.${card.suspendedReason ?? ''}`;
  return (
    <>
      <Link
        href={businessPath(requireActing(c), `/cards/${card.id}`)}
        label={`${t(`workers:card.${card.state}`)}, ${worker.name}`}
      >
        <Tag color={CARD_COLORS[card.state] ?? 'neutral'}>{t(`workers:card.${card.state}`)}</Tag>
      </Link>
      <p class="ds-paragraph" data-size="sm">
        {t('workers:list.lastDay')} <DateText date={endToLastDay(card.expiresAt)} />
      </p>
      {card.state === 'suspended' && c.get('web').translator.has(c.get('language'), why) ? (
        <p class="ds-paragraph" data-size="sm">
          {t(why)}
        </p>
      ) : null}
    </>
  );
}

/** The permit to stay, where one is due; with the way to declare it for whoever may. */
function Permit({ c, view, worker }: CellProps & { readonly view: WorkerListView }) {
  const t = c.get('t');
  if (!worker.permitDue) return null;
  const lastDay = parsePlainDate(worker.permitLastDay ?? '');
  const words = t(lastDay === undefined ? 'workers:list.permitDeclare' : 'workers:list.permit');
  return (
    <p class="ds-paragraph" data-size="sm">
      {mayOrder(view, worker) ? (
        <Link
          href={businessPath(requireActing(c), `/workers/${worker.id}/permit`)}
          label={`${words}, ${worker.name}`}
        >
          {words}
        </Link>
      ) : (
        t('workers:list.permit')
      )}{' '}
      {lastDay === undefined ? null : (
        <>
          {t('workers:list.permitThrough')} <DateText date={lastDay} />
        </>
      )}
    </p>
  );
}

function mayOrder({ permitted }: WorkerListView, worker: ListedWorker): boolean {
  const subject = { unitId: worker.unitId, workerId: worker.id };
  return (['orders.place', 'orders.prepare'] as const).some(
    (right) => permitted.decide(right, subject).allowed,
  );
}

/** What can be done about the next card, or what is in the way and who can mend it. */
function NextCard({ c, view, worker }: CellProps & { readonly view: WorkerListView }) {
  const t = c.get('t');
  const acting = requireActing(c);
  const { order, obstacle } = worker;
  if (order !== null) {
    return <Link href={businessPath(acting, `/orders/${order.id}`)}>{t('workers:list.onItsWay')}</Link>;
  }
  if (obstacle !== null) return t(`workers:obstacle.${obstacle}`);
  if (!mayOrder(view, worker)) return t('workers:list.orderable');
  const query = new URLSearchParams({ unit: worker.unitId, worker: worker.id });
  return (
    <Actions>
      <Link
        href={businessPath(acting, `/orders/new?${query.toString()}`)}
        label={t('workers:list.orderFor', { name: worker.name })}
      >
        {t('workers:list.order')}
      </Link>
    </Actions>
  );
}
