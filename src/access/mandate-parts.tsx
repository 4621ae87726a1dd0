import { DateText, Tag } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import type { Permitted } from './actions.ts';
import { stateOf } from './mandates.ts';
import type { AssignedPerson, FoundMandate, ListedMandate } from './records.ts';

/** What the list of mandates and the page of one both show. */

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
