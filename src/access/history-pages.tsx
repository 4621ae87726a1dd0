import type { Context, Hono } from 'hono';
import { csvLine, CSV_START } from '../kernel/csv.ts';
import { endToLastDay, formatDate, formatDateTime, osloToday } from '../kernel/dates.ts';
import type { Language } from '../kernel/language.ts';
import { Actions, DateText, EmptyState, Lead, Link, LinkButton, Table } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import { SearchForm, searchOf, searchQuery } from '../web/search.tsx';
import type { ActingFor } from './actions.ts';
import { exportHistory, type ExportPart, viewHistory } from './history.ts';
import { type HistoryEvent, isPlace } from './history-records.ts';
import { mandatePath, whyText } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import { hasLimits, LimitText, RightList, roleName, ScopeSummary } from './parts.tsx';
import type { BusinessUnit } from './records.ts';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';
const HISTORY = `${LIST}/history`;

/** Who had which right when: as a list, and as a file for spreadsheets. */
export function addHistoryPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(HISTORY, (c) => historyPage(c, deps));
  app.post(`${HISTORY}/export`, (c) => sendExport(c, deps));
}

async function historyPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const before = c.req.query('before');
  const search = searchOf(c);
  const from = before !== undefined && isPlace(before) ? before : undefined;
  const viewed = await viewHistory(deps, acting, { search, before: from });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, events, older, units } = viewed.value;
  const t = c.get('t');
  const path = businessPath(acting, HISTORY);
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:history.title'),
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
    },
    <>
      <Lead>{t('access:history.lead')}</Lead>
      <SearchForm to={path} label={t('access:history.search')} search={search} submit={t('access:find')} />
      <Table
        caption={t('access:history.title')}
        captionHidden
        rows={events}
        empty={<EmptyState title={t('access:history.none')}>{t('access:history.noneText')}</EmptyState>}
        columns={columnsOf(t, acting, units)}
      />
      <Actions>
        {from === undefined ? null : (
          <LinkButton href={withQuery(path, searchQuery(c))} variant="secondary">
            {t('access:history.newest')}
          </LinkButton>
        )}
        {older === undefined ? null : (
          <LinkButton href={withQuery(path, { ...searchQuery(c), before: older })} variant="secondary">
            {t('access:history.older')}
          </LinkButton>
        )}
      </Actions>
      <p>{t('access:history.exportText')}</p>
      <PostForm action={businessPath(acting, `${HISTORY}/export`)} class="form inline">
        <Actions>
          <SubmitButton variant="secondary">{t('access:history.export')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

function columnsOf(t: Translate, acting: ActingFor, units: readonly BusinessUnit[]) {
  return [
    {
      header: t('access:mandate.when'),
      cell: (event: HistoryEvent) => <DateText date={event.at} time />,
    },
    {
      header: t('access:history.who'),
      names: true,
      cell: (event: HistoryEvent) => <Who event={event} acting={acting} />,
    },
    {
      header: t('access:mandate.what'),
      cell: (event: HistoryEvent) => t(`access:history.change.${event.change}`),
    },
    {
      header: t('access:history.held'),
      cell: (event: HistoryEvent) => <Held event={event} units={units} />,
    },
    { header: t('access:mandate.by'), cell: (event: HistoryEvent) => byText(t, event) },
    { header: t('access:mandate.why'), cell: (event: HistoryEvent) => whyText(t, event) || '–' },
  ];
}

function Who({ event, acting }: { readonly event: HistoryEvent; readonly acting: ActingFor }) {
  const { t } = useRequest();
  const name = event.who ?? t('access:history.everyone');
  return (
    <>
      {event.mandateId === null ? name : <Link href={mandatePath(acting, event.mandateId)}>{name}</Link>}
      {event.holder === 'member' ? <p>{t('access:history.at', { name: event.vendorName ?? '' })}</p> : null}
      {event.roleCode === null ? null : <p>{roleName(t, event.roleCode)}</p>}
    </>
  );
}

/** What was held from then on; an officer's every right in two words. */
function Held({ event, units }: { readonly event: HistoryEvent; readonly units: readonly BusinessUnit[] }) {
  const { t } = useRequest();
  if (event.rights.length === 0) return <>–</>;
  if (event.holder === 'officer') return <>{t('access:officers.every')}</>;
  return (
    <>
      <RightList rights={event.rights} />
      <p>
        <ScopeSummary scope={event} names={{ units }} />
        {hasLimits(event.limits) ? (
          <>
            . <LimitText limits={event.limits} />
          </>
        ) : null}
      </p>
      {event.startsAt === null || event.endsAt === null ? null : (
        <p>
          <DateText date={event.startsAt} /> – <DateText date={endToLastDay(event.endsAt)} />
        </p>
      )}
    </>
  );
}

function byText(t: Translate, event: HistoryEvent): string {
  if (event.holder === 'officer') return t('access:history.byRegister');
  if (event.holder === 'member') return t('access:history.byVendor');
  return event.byName ?? t('access:version.task');
}

// The file -----------------------------------------------------------------------------------------------------------

async function sendExport(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const exported = await exportHistory(deps, acting);
  if (!exported.ok) return refusedPage(c, exported.error);
  const t = c.get('t');
  const language = c.get('language');
  const head = CSV_START + csvLine(COLUMNS.map((name) => t(`access:history.column.${name}`)));
  return new Response(
    linesOf(head, exported.value, (part) => linesOfPart(t, language, part)),
    {
      headers: {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': `attachment; filename="access-${acting.business}.csv"`,
      },
    },
  );
}

/** A body that reads the next part when it is asked for more, and breaks off when that fails. */
function linesOf(
  head: string,
  parts: AsyncGenerator<ExportPart, void>,
  write: (part: ExportPart) => string,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(head)),
    pull: async (controller) => {
      const next = await parts.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(write(next.value)));
    },
    cancel: async () => {
      await parts.return();
    },
  });
}

const COLUMNS = [
  'at',
  'change',
  'who',
  'kind',
  'number',
  'vendor',
  'role',
  'rights',
  'scope',
  'firstDay',
  'lastDay',
  'heldFrom',
  'heldUntil',
  'cardsPerOrder',
  'cardsPerMonth',
  'kronerPerMonth',
  'by',
  'why',
  'mandate',
] as const;

function linesOfPart(t: Translate, language: Language, { events, units }: ExportPart): string {
  return events.map((event) => csvLine(Object.values(cellsOf(t, language, event, units)))).join('');
}

function cellsOf(
  t: Translate,
  language: Language,
  event: HistoryEvent,
  units: readonly BusinessUnit[],
): Record<(typeof COLUMNS)[number], string | number | null> {
  const day = (date: Date | null) => (date === null ? null : formatDate(osloToday(date), language));
  const time = (date: Date | null) => (date === null ? null : formatDateTime(date, language));
  const { from, until } = heldIn(event);
  return {
    at: time(event.at),
    change: t(`access:history.change.${event.change}`),
    who: event.who ?? t('access:history.everyone'),
    kind: event.holder === null ? null : t(`access:history.holder.${event.holder}`),
    number: event.vendorNumber,
    vendor: event.vendorName,
    role: event.roleCode === null ? null : roleName(t, event.roleCode),
    rights: event.rights.join(', '),
    scope: scopeCell(t, event, units),
    firstDay: day(event.startsAt),
    lastDay: event.endsAt === null ? null : formatDate(endToLastDay(event.endsAt), language),
    heldFrom: time(from),
    heldUntil: time(until),
    cardsPerOrder: event.limits.cardsPerOrder,
    cardsPerMonth: event.limits.cardsPerMonth,
    kronerPerMonth: event.limits.orePerMonth === null ? null : event.limits.orePerMonth / 100,
    by: byText(t, event),
    why: whyText(t, event),
    mandate: event.mandateId,
  };
}

/** From when until when what the line says was held: no longer than its period, and until the next change. */
function heldIn({ at, rights, holder, startsAt, endsAt, nextAt }: HistoryEvent) {
  if (rights.length === 0 && holder !== 'member') return { from: null, until: null };
  const from = startsAt !== null && startsAt > at ? startsAt : at;
  const until = endsAt !== null && (nextAt === null || endsAt < nextAt) ? endsAt : nextAt;
  return until !== null && until <= from ? { from: null, until: null } : { from, until };
}

function scopeCell(t: Translate, event: HistoryEvent, units: readonly BusinessUnit[]): string | null {
  if (event.rights.length === 0) return null;
  if (event.workers !== null) return t('access:namedWorkers', { count: event.workers.length });
  if (event.units === null) return t('access:wholeBusiness');
  return units
    .filter(({ id }) => event.units?.includes(id))
    .map(({ name, organisationNumber }) => `${name} (${organisationNumber})`)
    .join(', ');
}
