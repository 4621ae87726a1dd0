import type { Context } from 'hono';
import { DateText, Table, Tag } from '../web/components.tsx';
import type { AppEnv, Translate } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import type { ActingFor, Permitted } from './actions.ts';
import { ATTEMPT_DAYS, type Attempt } from './attempts.ts';
import { stateOf } from './mandates.ts';
import type { HistoryEntry } from './narrowing.ts';
import { TermsChanges } from './parts.tsx';
import type { ScopeNames } from './previews.ts';
import type { AssignedPerson, FoundMandate, ListedMandate } from './records.ts';
import { businessPath, requireActing } from './web.tsx';

/** What several pages show of a mandate. */

/** The path of a mandate's own page, or of what is done from there. */
export function mandatePath(acting: ActingFor, id: string, sub = ''): string {
  return businessPath(acting, `/business/access/mandates/${id}${sub}`);
}

/** Where a review of the business's access is gone through. */
export function reviewPath(acting: ActingFor): string {
  return businessPath(acting, '/business/access/review');
}

/** Where somebody came from to change a mandate: its review, when the address says so. */
export function backFrom(c: Context<AppEnv>, otherwise: string): string {
  return c.req.query('from') === 'review' ? reviewPath(requireActing(c)) : otherwise;
}

/** The people whom a vendor has set up, with when each last used the mandate. */
export function Assigned({
  mandate,
}: {
  readonly mandate: { readonly assigned: readonly AssignedPerson[] };
}) {
  const { t } = useRequest();
  if (mandate.assigned.length === 0) return <p>{t('access:assigned.none')}</p>;
  return (
    <>
      <p>{t('access:assigned.title')}</p>
      <ul class="ds-list">
        {mandate.assigned.map((person) => (
          <li>
            {person.name} (<LastUsed at={person.lastUsedAt} />)
          </li>
        ))}
      </ul>
    </>
  );
}

export function LastUsed({ at }: { readonly at: Date | null }) {
  const { t } = useRequest();
  return at === null ? <>{t('access:neverUsed')}</> : <DateText date={at} time />;
}

/** What a vendor tried without the right to; nothing when it did not. */
export function Attempts({ attempts }: { readonly attempts: readonly Attempt[] | undefined }) {
  const { t } = useRequest();
  if (attempts === undefined || attempts.length === 0) return null;
  return (
    <>
      <p>{t('access:attempt.title', { days: ATTEMPT_DAYS })}</p>
      <ul class="ds-list">
        {attempts.map(({ what, times, lastAt }) => (
          <li>
            {t('access:attempt.times', {
              count: times,
              what: t(
                typeof what === 'string'
                  ? `access:attempt.what.${what}`
                  : `access:attempt.right.${what.right}`,
              ),
            })}{' '}
            <DateText date={lastAt} time />
          </li>
        ))}
      </ul>
    </>
  );
}

type StateProps = {
  readonly mandate: ListedMandate & Partial<Pick<FoundMandate, 'endedAt'>>;
  readonly permitted: Pick<Permitted, 'facts' | 'now'>;
};

/** Whether a mandate is in force, and if not, why. */
export function StateTag({ mandate, permitted }: StateProps) {
  const { t } = useRequest();
  const obstacle = stateOf(mandate, permitted);
  if (obstacle === undefined) return <Tag color="success">{t('access:inForce')}</Tag>;
  return (
    <>
      <Tag color="warning">{t('access:notInForce')}</Tag>
      <p>{t(`access:obstacle.${obstacle}`)}</p>
    </>
  );
}

/** Why access changed: a reason of the system's, and what somebody wrote. */
export function whyText(
  t: Translate,
  { code, reason }: { readonly code: string | null; readonly reason: string },
): string {
  const coded = code === null ? '' : t(`access:history.code.${code}`);
  return [coded, reason].filter((text) => text !== '').join(' ');
}

type HistoryProps = {
  readonly entries: readonly HistoryEntry[];
  readonly names: ScopeNames;
  readonly caption: string;
};

/** What was done to a mandate, by whom and why, and what it changed. */
export function History({ entries, names, caption }: HistoryProps) {
  const { t } = useRequest();
  return (
    <Table
      caption={caption}
      captionHidden
      rows={entries}
      columns={[
        { header: t('access:mandate.when'), cell: ({ version }) => <DateText date={version.at} time /> },
        { header: t('access:mandate.what'), cell: ({ version }) => t(`access:version.${version.change}`) },
        { header: t('access:mandate.by'), cell: ({ version }) => version.byName ?? t('access:version.task') },
        {
          header: t('access:mandate.difference'),
          cell: ({ changes }) =>
            changes.length === 0 ? '–' : <TermsChanges changes={changes} names={names} />,
        },
        { header: t('access:mandate.why'), cell: ({ version }) => whyText(t, version) || '–' },
      ]}
    />
  );
}
