import { Button, DateText, LinkButton, Pagination, Section, Table, Tag } from '../web/components.tsx';
import { PostForm } from '../web/forms.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import { reviewPath } from './mandate-parts.tsx';
import type { DecidedMember, ReviewMember } from './review-member-records.ts';
import { businessPath } from './web.tsx';

type UndecidedProps = {
  readonly members: {
    readonly rows: readonly ReviewMember[];
    readonly page: number;
    readonly pages: number;
    readonly mayKeep: boolean;
  };
  readonly count: number;
  readonly acting: ActingFor;
};

/** A vendor's members whose declared tie an officer has to stand by; nothing where there are none. */
export function UndecidedMembers({ members, count, acting }: UndecidedProps) {
  const { t } = useRequest();
  if (count === 0) return null;
  return (
    <Section title={t('access:review.members.undecided', { count })}>
      <p>{t('access:review.members.text')}</p>
      <Table
        caption={t('access:review.members.undecided', { count })}
        captionHidden
        rows={members.rows}
        columns={[
          {
            header: t('access:column.name'),
            cell: (member) => (
              <>
                {member.name}
                {member.suspendedAt === null ? null : (
                  <p>
                    <Tag color="warning">{t('access:review.members.stopped')}</Tag>
                  </p>
                )}
              </>
            ),
          },
          { header: t('access:review.members.reason'), cell: ({ tieReason }) => tieReason },
          {
            header: t('access:review.members.since'),
            cell: ({ addedAt, addedByName }) => (
              <>
                <DateText date={addedAt} />
                <p>{t('access:review.members.addedBy', { name: addedByName })}</p>
              </>
            ),
          },
          {
            header: t('access:review.members.confirmed'),
            cell: ({ confirmedAt }) =>
              confirmedAt === null ? t('access:review.members.never') : <DateText date={confirmedAt} />,
          },
          {
            header: '',
            align: 'end',
            cell: ({ id, name }) => (
              <PostForm action={`${reviewPath(acting)}/members/${id}`} class="form inline">
                <Button
                  variant="secondary"
                  size="sm"
                  label={t('access:review.members.keepFull', { name })}
                  disabledReason={
                    members.mayKeep ? undefined : t('access:review.members.problem.officers-only')
                  }
                >
                  {t('access:review.members.keep')}
                </Button>
              </PostForm>
            ),
          },
        ]}
      />
      <Pagination
        page={members.page}
        pages={members.pages}
        href={(page) => withQuery(reviewPath(acting), { members: String(page) })}
      />
      <p>
        <LinkButton href={businessPath(acting, '/business/vendor')} variant="tertiary">
          {t('access:review.members.toRemove')}
        </LinkButton>
      </p>
    </Section>
  );
}

/** What was decided for each member, by whom and when; nothing where nothing was. */
export function DecidedMembers({ members }: { readonly members: readonly DecidedMember[] }) {
  const { t } = useRequest();
  if (members.length === 0) return null;
  return (
    <Table
      caption={t('access:review.members.title')}
      rows={members}
      columns={[
        { header: t('access:column.name'), cell: ({ name }) => name },
        { header: t('access:review.members.reason'), cell: ({ tieReason }) => tieReason },
        {
          header: t('access:review.decisionTitle'),
          cell: ({ decision, decidedAt, decidedByName }) => (
            <>
              <strong>{t(`access:review.decision.${decision}`)}</strong>
              {decision === 'keep' ? <p>{t('access:review.tieWasConfirmed')}</p> : null}
              <p>
                {decidedByName}, <DateText date={decidedAt} time />
              </p>
            </>
          ),
        },
      ]}
    />
  );
}
