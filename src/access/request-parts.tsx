import type { Context } from 'hono';
import { formatDate, formatDateTime } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import {
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Link,
  Money,
  Pagination,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import type { FieldError } from '../web/form-parsing.ts';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import type { NotAsked } from './asking.ts';
import { LimitText } from './parts.tsx';
import { proposalErrors } from './proposal-form.tsx';
import { REQUESTS_PER_PAGE } from './request-records.ts';
import { declineWordsOf, type MandateRequest, type Outcome, stateOfRequest } from './request-rules.ts';
import type { RequestProblem } from './requests.ts';
import { RIGHTS } from './rules.ts';
import { businessPath } from './web.tsx';

/** What several pages show of a request for a mandate, on either side. */

const COLORS = {
  open: 'info',
  yes: 'success',
  less: 'success',
  no: 'warning',
  withdrawn: 'neutral',
  lapsed: 'neutral',
} as const satisfies Record<Outcome | 'open', string>;

/** Where a request stands, in a word or two. */
export function RequestState({ state }: { readonly state: Outcome | 'open' }) {
  const { t } = useRequest();
  return <Tag color={COLORS[state]}>{t(`access:request.state.${state}`)}</Tag>;
}

/** The rights that are asked for, each with the reason that was given. */
export function AskedRights({ request }: { readonly request: Pick<MandateRequest, 'proposal' | 'reasons'> }) {
  const { t } = useRequest();
  const { proposal, reasons } = request;
  return (
    <ul class="ds-list">
      {RIGHTS.filter((right) => proposal.rights.includes(right)).map((right) => (
        <li>
          {t(`access:right.${right}.can`)}
          <br />
          {t('access:request.why', { reason: reasons[right] ?? '' })}
        </li>
      ))}
    </ul>
  );
}

/** Why a request was declined, as far as anybody said. */
export function DeclineText({ request }: { readonly request: MandateRequest }) {
  const { t } = useRequest();
  return (
    <>
      <p>{t(declineWordsOf(request.asker, request.declineReason))}</p>
      {request.declineWords === '' ? null : <p>{request.declineWords}</p>}
    </>
  );
}

type ScopeProps = {
  readonly request: MandateRequest;
  readonly units: readonly { readonly id: string; readonly name: string }[];
};

/** Whom a request reaches, as whoever asked may know it. */
function AskedScope({ request, units }: ScopeProps) {
  const { t } = useRequest();
  const { units: asked, workers } = request.proposal;
  if (workers !== null) return <>{t('access:namedWorkers', { count: workers.length })}</>;
  if (asked === null) return <>{t('access:wholeBusiness')}</>;
  const names = units.filter(({ id }) => asked.includes(id)).map(({ name }) => name);
  return <>{names.length === 0 ? t('access:closedUnits') : names.join(', ')}</>;
}

type OpenProps = {
  readonly requests: { readonly rows: readonly MandateRequest[]; readonly total: number };
  readonly acting: ActingFor;
};

/** The requests that wait for the business's answer, with how many there are; nothing when there are none. */
export function OpenRequests({ requests, acting }: OpenProps) {
  const { t } = useRequest();
  if (requests.total === 0) return null;
  return (
    <Section title={t('access:request.waiting', { count: requests.total })}>
      <p>{t('access:request.waitingText')}</p>
      <Table
        caption={t('access:request.waiting', { count: requests.total })}
        captionHidden
        rows={requests.rows}
        columns={[
          {
            header: t('access:request.from'),
            cell: (request) => (
              <>
                <Link href={businessPath(acting, `/business/access/requests/${request.id}`)}>
                  {request.asker.name}
                </Link>{' '}
                {request.renews === null ? null : <Tag>{t('access:request.renewal')}</Tag>}
              </>
            ),
          },
          { header: t('access:form.purpose'), cell: (request) => request.proposal.purpose },
          { header: t('access:request.askedAt'), cell: (request) => <DateText date={request.askedAt} /> },
          { header: t('access:request.until'), cell: (request) => <DateText date={request.expiresAt} /> },
        ]}
      />
      {requests.total > requests.rows.length ? <Alert>{t('access:request.more')}</Alert> : null}
    </Section>
  );
}

type OwnProps = {
  readonly requests: { readonly rows: readonly MandateRequest[]; readonly total: number };
  readonly page: number;
  /** Where the list is; each request is below it. */
  readonly path: string;
  readonly caption: string;
  readonly none: string;
  readonly now: Date;
};

/** One's own requests, the newest first, a page at a time. */
export function OwnRequests({ requests, page, path, caption, none, now }: OwnProps) {
  const { t } = useRequest();
  return (
    <>
      <Table
        caption={caption}
        captionHidden
        rows={requests.rows}
        empty={<EmptyState title={none} />}
        columns={[
          {
            header: t('access:ask.business'),
            names: true,
            cell: (request) => (
              <>
                <Link href={`${path}/${request.id}`}>{request.businessName}</Link>{' '}
                {request.renews === null ? null : <Tag>{t('access:request.renewal')}</Tag>}
              </>
            ),
          },
          { header: t('access:request.askedAt'), cell: (request) => <DateText date={request.askedAt} /> },
          { header: t('access:request.until'), cell: (request) => <DateText date={request.expiresAt} /> },
          {
            header: t('access:column.state'),
            cell: (request) => <RequestState state={stateOfRequest(request, now)} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(requests.total / REQUESTS_PER_PAGE)}
        href={(number) => withQuery(path, { page: String(number) })}
      />
    </>
  );
}

/** What one has asked for, and what came of it. */
export function OwnRequestDetails({ request, units, now }: ScopeProps & { readonly now: Date }) {
  const { t } = useRequest();
  const { proposal, settledAt, asker } = request;
  const state = stateOfRequest(request, now);
  return (
    <DescriptionList
      items={[
        { term: t('access:column.state'), value: <RequestState state={state} /> },
        ...(settledAt === null
          ? []
          : [{ term: t('access:ask.settledAt'), value: <DateText date={settledAt} time /> }]),
        ...(state === 'no'
          ? [{ term: t('access:ask.reason'), value: <DeclineText request={request} /> }]
          : []),
        { term: t('access:request.rights'), value: <AskedRights request={request} /> },
        { term: t('access:column.units'), value: <AskedScope request={request} units={units} /> },
        ...(proposal.firstDay === null
          ? []
          : [{ term: t('access:column.firstDay'), value: <DateText date={proposal.firstDay} /> }]),
        { term: t('access:column.lastDay'), value: <DateText date={proposal.lastDay} /> },
        { term: t('access:form.purpose'), value: proposal.purpose },
        { term: t('access:form.limits'), value: <LimitText limits={proposal.limits} /> },
        ...(asker.kind === 'vendor'
          ? [{ term: t('access:request.fee'), value: <Money amount={nok(asker.feeOre)} /> }]
          : []),
        { term: t('access:request.until'), value: <DateText date={request.expiresAt} time /> },
      ]}
    />
  );
}

/** Whose words say why nothing was asked: a person's, or those of a vendor. */
type AskWords = 'access:ask' | 'vendors:ask';

/** What is wrong with the form, by field; undefined when no change of the form would help. */
export function notAskedErrors(
  c: Context<AppEnv>,
  words: AskWords,
  problem: NotAsked,
): Record<string, string | FieldError> | undefined {
  if (problem.kind === 'proposal') {
    const inForce = problem.problems.firstDay === 'one-in-force';
    return {
      ...proposalErrors(problem.problems),
      ...(inForce ? { firstDay: `${words}.refused.one-in-force` } : {}),
    };
  }
  if (problem.refusal.reason !== 'too-early') return undefined;
  const from = formatDate(problem.refusal.from, c.get('language'));
  return { lastDay: { key: `${words}.refused.too-early`, values: { from } } };
}

/** The page that says why nothing was asked, where no change of the form would help. */
export function notAskedPage(c: Context<AppEnv>, words: AskWords, problem: NotAsked) {
  if (problem.kind === 'proposal') return problemPage(c, 'conflict');
  const { refusal } = problem;
  const until = 'until' in refusal ? formatDateTime(refusal.until, c.get('language')) : '';
  return problemPage(c, 'conflict', { detail: c.get('t')(`${words}.refused.${refusal.reason}`, { until }) });
}

/** What became of a request that has come to its end: what was said, by whom and when. */
export function settledText(t: Translate, language: 'nb' | 'en', request: MandateRequest): string {
  const outcome = request.outcome ?? 'lapsed';
  return t(`access:request.settled.${outcome}`, {
    vendor: request.asker.name,
    name: request.settledByName ?? '',
    // When a task noted a lapse says nothing to anybody.
    at: formatDateTime(
      outcome === 'lapsed' ? request.expiresAt : (request.settledAt ?? request.expiresAt),
      language,
    ),
  });
}

/** The page that says why a request cannot be answered any more. */
export function requestProblemPage(c: Context<AppEnv>, problem: RequestProblem) {
  if (problem.reason === 'unknown') return notFoundPage(c);
  const t = c.get('t');
  if (problem.reason === 'own') return problemPage(c, 'conflict', { detail: t('access:ask.own') });
  const settled = settledText(t, c.get('language'), problem.request);
  return problemPage(c, 'conflict', { detail: `${settled} ${t('access:request.nothingMore')}` });
}
