import { endToLastDay } from '../kernel/dates.ts';
import { Alert, DateText, DescriptionList, Tag } from '../web/components.tsx';
import { useRequest } from '../web/request.ts';
import type { CardConditions } from './condition-records.ts';
import { CONDITIONS, type Verdict } from './conditions.ts';

type Props = { readonly conditions: CardConditions };

/** What a card goes on depending on: how each requirement stands, who can mend what fails, and how old the answers are. */
export function ConditionList({ conditions: { verdicts, confirmedAt, unconfirmed } }: Props) {
  const { t } = useRequest();
  return (
    <>
      <DescriptionList
        items={verdicts
          // The state of the card and its last day tell of these.
          .filter(({ requirement }) => requirement !== 'block' && requirement !== 'expiry')
          .map((verdict) => ({
            term: t(`cards:requirement.${verdict.requirement}`),
            value: <How verdict={verdict} />,
          }))}
      />
      {confirmedAt === null || unconfirmed ? null : (
        <p>
          {t('cards:conditions.confirmed')} <DateText date={confirmedAt} time />
        </p>
      )}
    </>
  );
}

/** That the registers have been silent for so long that their last answers may be wrong; they count all the same. */
export function Unconfirmed({
  conditions: { confirmedAt, unconfirmed },
}: {
  readonly conditions: Pick<CardConditions, 'confirmedAt' | 'unconfirmed'>;
}) {
  const { t } = useRequest();
  if (!unconfirmed || confirmedAt === null) return null;
  return (
    <Alert color="warning" title={t('cards:conditions.unconfirmed')}>
      <p>
        <DateText date={confirmedAt} time />. {t('cards:conditions.unconfirmedText')}
      </p>
    </Alert>
  );
}

function How({ verdict }: { readonly verdict: Verdict }) {
  const { t } = useRequest();
  if (verdict.state === 'holds') return <Tag color="success">{t('cards:conditions.holds')}</Tag>;
  const { code, at, state } = verdict;
  const { grace, mender } = CONDITIONS[code];
  return (
    <>
      {state === 'fails' ? (
        <Tag color="danger">{t('cards:conditions.fails')}</Tag>
      ) : (
        <Tag color="warning">
          <span>
            {t('cards:conditions.until')} <DateText date={endToLastDay(at)} />
          </span>
        </Tag>
      )}
      {state === 'fails' || grace ? <p>{t(`cards:condition.${code}`)}</p> : null}
      <p>{t(`cards:mender.${mender}`)}</p>
    </>
  );
}
