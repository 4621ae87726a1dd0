import type { Context } from 'hono';
import { formatDateTime } from '../kernel/dates.ts';
import { Alert, DateText, Link, Section, Table, Tag } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import type { MandateRequest, Outcome } from './request-rules.ts';
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
      <p>{t(`access:decline.${request.declineReason ?? 'none'}`)}</p>
      {request.declineWords === '' ? null : <p>{request.declineWords}</p>}
    </>
  );
}

type ScopeProps = {
  readonly request: MandateRequest;
  readonly units: readonly { readonly id: string; readonly name: string }[];
};

/** Whom a request reaches, as whoever asked may know it. */
export function AskedScope({ request, units }: ScopeProps) {
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
