import type { Hono } from 'hono';
import { businessPath, refusedPage, renderBusinessPage, requireActing, wantedList } from '../access/index.ts';
import {
  Actions,
  DateText,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Table,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { useRequest } from '../web/request.ts';
import { withQuery } from '../web/paths.ts';
import { type AgreementDeps, AGREEMENTS_PER_PAGE, viewAgreements } from './actions.ts';
import {
  CUSTOMERS,
  DeletionState,
  LIST,
  officersOnly,
  type Page,
  pathTo,
  type Side,
  State,
} from './parts.tsx';
import type { RecordedAgreement } from './recorded-records.ts';

/** A business's agreements, as the one who gives the data and as a vendor. */
export function addListPages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(LIST, (c) => listPage(c, deps, 'business'));
  app.get(CUSTOMERS, (c) => listPage(c, deps, 'vendor'));
}

async function listPage(c: Page, deps: AgreementDeps, whose: Side) {
  const { page } = wantedList(c);
  const viewed = await viewAgreements(deps, requireActing(c), { side: whose, page });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, list, waiting } = viewed.value;
  const t = c.get('t');
  const path = whose === 'business' ? pathTo(c, '') : businessPath(requireActing(c), CUSTOMERS);
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: whose === 'business' ? 'agreements' : 'vendor',
      title: t(whose === 'business' ? 'agreements:title' : 'agreements:customers.title'),
    },
    <>
      <Lead>{t(whose === 'business' ? 'agreements:lead' : 'agreements:customers.lead')}</Lead>
      <Actions>
        {whose === 'business' ? (
          <>
            <LinkButton href={pathTo(c, '/record')} variant="secondary">
              {t('agreements:record.see')}
            </LinkButton>
            <LinkButton
              href={pathTo(c, '/recorded/new')}
              variant="secondary"
              disabledReason={officersOnly(c, permitted)}
            >
              {t('agreements:recorded.new')}
            </LinkButton>
          </>
        ) : (
          <LinkButton
            href={businessPath(requireActing(c), '/business/vendor/sub-processors')}
            variant="secondary"
          >
            {t('agreements:subProcessors.title')}
          </LinkButton>
        )}
      </Actions>
      <Waiting c={c} waiting={waiting} whose={whose} />
      <Table
        caption={t('agreements:title')}
        captionHidden
        rows={list.rows}
        empty={
          <EmptyState title={t(whose === 'business' ? 'agreements:none' : 'agreements:customers.none')} />
        }
        columns={[
          {
            header: t(whose === 'business' ? 'agreements:side.vendor' : 'agreements:side.business'),
            cell: (one) => (
              <Link href={pathTo(c, `/${one.id}`)}>
                {whose === 'business' ? one.vendorName : one.businessName}
              </Link>
            ),
          },
          { header: t('agreements:column.version'), cell: (one) => one.version },
          { header: t('agreements:column.since'), cell: (one) => <DateText date={one.signedAt} /> },
          {
            header: t('agreements:column.state'),
            cell: (one) => <State agreement={one} now={permitted.now} />,
          },
          {
            header: t('agreements:column.deletion'),
            cell: (one) => <DeletionState agreement={one} now={permitted.now} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(list.total / AGREEMENTS_PER_PAGE)}
        href={(to) => withQuery(path, { page: String(to) })}
      />
    </>,
  );
}

type WaitingProps = {
  readonly c: Page;
  readonly waiting: readonly RecordedAgreement[];
  readonly whose: Side;
};

/** Agreements that were signed elsewhere, until both sides have said that they are theirs. */
function Waiting({ c, waiting, whose }: WaitingProps) {
  const { t } = useRequest();
  if (waiting.length === 0) return null;
  return (
    <Section title={t('agreements:recorded.waiting')}>
      <ul class="ds-list">
        {waiting.map((one) => (
          <li>
            <Link href={pathTo(c, `/recorded/${one.id}`)}>
              {whose === 'business' ? one.vendorName : one.businessName}
            </Link>
            {', '}
            {t(`agreements:recorded.state.${one.recordedAt === null ? 'draft' : 'recorded'}`)}
          </li>
        ))}
      </ul>
    </Section>
  );
}
