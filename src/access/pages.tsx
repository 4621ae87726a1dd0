import { type Context, Hono } from 'hono';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import { isUuid } from '../kernel/ids.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Money,
  PreviousNext,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { withQuery } from '../web/paths.ts';
import { useRequest } from '../web/request.ts';
import { SearchForm, searchOf, searchQuery } from '../web/search.tsx';
import type { ActingFor } from './actions.ts';
import { addConfirmPages, AskedOf } from './confirm-pages.tsx';
import { addDayPages } from './day-pages.tsx';
import { StopButton, Stops } from './freeze-pages.tsx';
import { addHistoryPages } from './history-pages.tsx';
import { addMandatePage } from './mandate-pages.tsx';
import { Assigned, Attempts, backFrom, LastUsed, StateTag } from './mandate-parts.tsx';
import { type AccessDeps, removeMandate, viewAccess, viewRemoval } from './mandates.ts';
import { LimitText, refusalText, RightList, roleName, ScopeSummary, ScopeText } from './parts.tsx';
import { addNarrowPages } from './narrow-pages.tsx';
import { addPersonPages } from './person-pages.tsx';
import { type Cut, type ListedInvitation, type ListedMandate, type ListedOfficer } from './records.ts';
import { addRequestPages } from './request-pages.tsx';
import { OpenRequests } from './request-parts.tsx';
import { Signals } from './signal-pages.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';
import { addReviewPages, ReviewNotice } from './review-pages.tsx';
import { addWidenPages } from './widen-pages.tsx';

const LIST = '/business/access';

/** Business → Access: who can act for the business, removal, and mandates to people by invitation. */
export function createAccessPages(deps: AccessDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
  app.get(`${LIST}/mandates/:mandate/remove`, (c) => removalPage(c, deps));
  app.post(`${LIST}/mandates/:mandate/remove`, (c) => remove(c, deps));
  addPersonPages(app, deps);
  addMandatePage(app, deps);
  addNarrowPages(app, deps);
  addWidenPages(app, deps);
  addRequestPages(app, deps);
  addConfirmPages(app, deps);
  addHistoryPages(app, deps);
  addDayPages(app, deps);
  addReviewPages(app, deps);
  return app;
}

type View = ValueOf<typeof viewAccess>;

/** A page number and a search from the address, whatever was written there. */
export function wantedList(c: Context<AppEnv>): { search: string; page: number } {
  const page = Number(c.req.query('page') ?? '1');
  return { search: searchOf(c), page: Number.isSafeInteger(page) && page > 0 && page < 100_000 ? page : 1 };
}

/** From where in the list, as the links of its pages say; from its start for anything else. */
function wantedCut(c: Context<AppEnv>): Cut {
  const [after, before] = [c.req.query('after') ?? '', c.req.query('before') ?? ''];
  if (isUuid(after)) return { after };
  return isUuid(before) ? { before } : {};
}

/** Where the pages before and after this one are: by the id of a mandate, since a name never stands in an address. */
function neighbours({ mandates }: View, href: (cut: Cut) => string) {
  const [first, last] = [mandates.rows.at(0), mandates.rows.at(-1)];
  return {
    previous: mandates.hasPrevious && first ? href({ before: first.id }) : undefined,
    next: mandates.hasNext && last ? href({ after: last.id }) : undefined,
  };
}

async function listPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const search = searchOf(c);
  const viewed = await viewAccess(deps, acting, { search, ...wantedCut(c) });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const view = viewed.value;
  const t = c.get('t');
  const path = businessPath(acting, LIST);
  return renderBusinessPage(
    c,
    view.permitted,
    { title: t('access:title'), section: 'business', side: 'access' },
    <>
      <Stops freezes={view.freezes} acting={acting} />
      <ReviewNotice status={view.review} acting={acting} now={view.permitted.now} />
      <Signals signals={view.signals} acting={acting} />
      <Lead>{t('access:lead')}</Lead>
      <AskedOf asked={view.asked} permitted={view.permitted} acting={acting} />
      <Answered invitations={view.invitations} acting={acting} />
      <OpenRequests requests={view.requests} acting={acting} />
      <Actions>
        <LinkButton href={businessPath(acting, `${LIST}/vendors`)}>{t('access:giveVendor')}</LinkButton>
        <LinkButton href={businessPath(acting, `${LIST}/people`)} variant="secondary">
          {t('access:givePerson')}
        </LinkButton>
        <LinkButton href={businessPath(acting, `${LIST}/history`)} variant="secondary">
          {t('access:history.button')}
        </LinkButton>
        <LinkButton href={businessPath(acting, `${LIST}/passkeys`)} variant="secondary">
          {t('access:passkeys')}
        </LinkButton>
        <LinkButton href={withQuery('/self-check', { b: acting.business })} variant="secondary">
          {t('access:selfCheck')}
        </LinkButton>
        <StopButton acting={acting} freezes={view.freezes} />
      </Actions>
      <SearchForm to={path} label={t('access:search')} search={search} submit={t('access:find')} />
      <Mandates view={view} acting={acting} />
      <PreviousNext {...neighbours(view, (cut) => withQuery(path, { ...searchQuery(c), ...cut }))} />
      <Officers officers={view.officers} />
      <Invitations invitations={view.invitations} acting={acting} />
    </>,
  );
}

/** Invitations that somebody has answered: the only thing on the page that waits for the reader. */
function Answered({
  invitations,
  acting,
}: {
  readonly invitations: readonly ListedInvitation[];
  readonly acting: ActingFor;
}) {
  const { t } = useRequest();
  return (
    <>
      {invitations
        .filter((invitation) => invitation.state === 'accepted')
        .map((invitation) => (
          <Alert title={t('access:answered.title', { name: invitation.name })}>
            <p>
              {t('access:answered.text', {
                name: invitation.name,
                verified: invitation.acceptedByName ?? '',
              })}
            </p>
            <Actions>
              <LinkButton
                href={businessPath(acting, `${LIST}/invitations/${invitation.id}`)}
                label={t('access:answered.confirmFull', { name: invitation.name })}
              >
                {t('access:answered.confirm')}
              </LinkButton>
            </Actions>
          </Alert>
        ))}
    </>
  );
}

function Officers({ officers }: { readonly officers: readonly ListedOfficer[] }) {
  const { t } = useRequest();
  return (
    <Section title={t('access:officers.title')}>
      <p>{t('access:officers.text')}</p>
      <Table
        caption={t('access:officers.title')}
        captionHidden
        rows={officers}
        empty={<EmptyState title={t('access:officers.none')} />}
        columns={[
          { header: t('access:column.name'), cell: (officer) => officer.name },
          { header: t('access:column.role'), cell: (officer) => roleName(t, officer.roleCode) },
          { header: t('access:column.rights'), cell: () => t('access:officers.every') },
          { header: t('access:column.since'), cell: (officer) => <DateText date={officer.since} /> },
          { header: t('access:column.changed'), cell: () => t('access:officers.where') },
        ]}
      />
    </Section>
  );
}

function Mandates({ view, acting }: { readonly view: View; readonly acting: ActingFor }) {
  const { t } = useRequest();
  const { units, permitted, mandates } = view;
  return (
    <Section title={t('access:mandates.title')}>
      <Table
        caption={
          mandates.hasPrevious || mandates.hasNext
            ? t('access:mandates.captionPart')
            : t('access:mandates.caption', { count: mandates.rows.length })
        }
        rows={mandates.rows}
        empty={<EmptyState title={t('access:mandates.none')}>{t('access:mandates.noneText')}</EmptyState>}
        columns={[
          {
            header: t('access:column.name'),
            cell: (mandate) => <HolderCell mandate={mandate} view={view} acting={acting} />,
          },
          { header: t('access:column.rights'), cell: (mandate) => <RightList rights={mandate.rights} /> },
          {
            header: t('access:column.units'),
            cell: (mandate) => <ScopeSummary scope={mandate} names={{ units }} />,
          },
          { header: t('access:column.period'), cell: (mandate) => <PeriodCell mandate={mandate} /> },
          { header: t('access:column.lastUsed'), cell: (mandate) => <LastUsed at={mandate.lastUsedAt} /> },
          {
            header: t('access:column.state'),
            cell: (mandate) => <StateTag mandate={mandate} permitted={permitted} />,
          },
          {
            header: '',
            align: 'end',
            cell: (mandate) => (
              <Actions>
                <LinkButton
                  href={businessPath(acting, `${LIST}/mandates/${mandate.id}/remove`)}
                  variant="secondary"
                  color="danger"
                  size="sm"
                  label={t('access:removeFull', { name: mandate.holderName })}
                >
                  {t('access:remove')}
                </LinkButton>
                {mandate.vendorNumber === null ? null : (
                  <StopButton
                    acting={acting}
                    freezes={view.freezes}
                    vendor={{ number: mandate.vendorNumber, name: mandate.holderName }}
                  />
                )}
              </Actions>
            ),
          },
        ]}
      />
    </Section>
  );
}

type HolderProps = {
  readonly mandate: ListedMandate;
  readonly view: View;
  readonly acting: ActingFor;
};

function HolderCell({ mandate, view, acting }: HolderProps) {
  const { t } = useRequest();
  return (
    <>
      <Link href={businessPath(acting, `${LIST}/mandates/${mandate.id}`)}>{mandate.holderName}</Link>{' '}
      <Tag>{t(`access:holder.${mandate.holder}`)}</Tag>
      {mandate.holder === 'vendor' ? <Assigned mandate={mandate} /> : null}
      {mandate.tie === null ? null : (
        <p>
          {t(`access:tie.${mandate.tie}`)} {mandate.tieReason ?? ''}
        </p>
      )}
      {mandate.feeOre === null ? null : (
        <p>
          {t('access:fee')} <Money amount={nok(mandate.feeOre)} />. {t('access:officialPrice')}{' '}
          <Money amount={nok(view.priceOre)} />
        </p>
      )}
      <Attempts attempts={view.attempts.get(mandate.facts.vendor?.id ?? '')} />
    </>
  );
}

function PeriodCell({ mandate }: { readonly mandate: ListedMandate }) {
  const { t } = useRequest();
  return (
    <>
      <p>
        {t('access:since')} <DateText date={mandate.startsAt} />
      </p>
      <p>
        {t('access:until')} <DateText date={new Date(mandate.endsAt.getTime() - 1)} />
      </p>
      <p>{t('access:givenBy', { name: mandate.approvedByName })}</p>
    </>
  );
}

function Invitations({
  invitations,
  acting,
}: {
  readonly invitations: readonly ListedInvitation[];
  readonly acting: ActingFor;
}) {
  const { t } = useRequest();
  if (invitations.length === 0) return null;
  return (
    <Section title={t('access:invitations.title')}>
      <Table
        caption={t('access:invitations.title')}
        captionHidden
        rows={invitations}
        columns={[
          { header: t('access:column.name'), cell: (invitation) => invitation.name },
          { header: t('access:column.email'), cell: (invitation) => invitation.email },
          { header: t('access:column.invitedBy'), cell: (invitation) => invitation.invitedByName },
          {
            header: t('access:column.expires'),
            cell: (invitation) => <DateText date={invitation.expiresAt} />,
          },
          {
            header: t('access:column.state'),
            cell: (invitation) => <InvitationState invitation={invitation} acting={acting} />,
          },
          {
            header: '',
            align: 'end',
            cell: (invitation) =>
              invitation.state === 'refused-vendor' ? null : (
                <PostForm
                  action={businessPath(acting, `${LIST}/invitations/${invitation.id}/withdraw`)}
                  class="form inline"
                >
                  <SubmitButton variant="secondary" size="sm">
                    {t('access:invitations.withdraw')}
                  </SubmitButton>
                </PostForm>
              ),
          },
        ]}
      />
    </Section>
  );
}

function InvitationState({
  invitation,
  acting,
}: {
  readonly invitation: ListedInvitation;
  readonly acting: ActingFor;
}) {
  const { t } = useRequest();
  const { state, vendors } = invitation;
  if (state !== 'refused-vendor') return <Tag>{t(`access:invitations.state.${state}`)}</Tag>;
  return (
    <>
      <Tag color="warning">{t('access:invitations.state.refused-vendor')}</Tag>
      <p>{t('access:invitations.vendorInstead')}</p>
      <ul class="ds-list">
        {vendors.map((vendor) => (
          <li>
            <Link href={businessPath(acting, `${LIST}/vendors/${vendor.organisationNumber}`)}>
              {vendor.name}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

async function removalPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewRemoval(deps, acting, c.req.param('mandate') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, mandate, names, refusal } = viewed.value;
  const t = c.get('t');
  if (mandate === undefined) return notFoundPage(c);
  if (mandate.endedAt !== null) return alreadyRemoved(c);
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('access:removal.title', { name: mandate.holderName }),
      section: 'business',
      side: 'access',
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
      narrow: true,
    },
    <>
      <p>{t(`access:removal.text.${mandate.holder}`, { name: mandate.holderName })}</p>
      <DescriptionList
        items={[
          { term: t('access:column.rights'), value: <RightList rights={mandate.rights} /> },
          { term: t('access:column.units'), value: <ScopeText scope={mandate} names={names} /> },
          { term: t('access:column.period'), value: <PeriodCell mandate={mandate} /> },
          { term: t('access:form.limits'), value: <LimitText limits={mandate.limits} /> },
          ...(mandate.holder === 'vendor'
            ? [{ term: t('access:removal.people'), value: <Assigned mandate={mandate} /> }]
            : []),
        ]}
      />
      <PostForm>
        <Actions>
          <SubmitButton
            color="danger"
            disabledReason={refusal === undefined ? undefined : refusalText(t, refusal)}
          >
            {t('access:removal.confirm')}
          </SubmitButton>
          <LinkButton href={backFrom(c, businessPath(acting, LIST))} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

function alreadyRemoved(c: Context<AppEnv>) {
  return problemPage(c, 'conflict', { detail: c.get('t')('access:removal.already') });
}

async function remove(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const removed = await removeMandate(deps, acting, c.req.param('mandate') ?? '');
  if (removed.ok) return redirectDone(c, backFrom(c, businessPath(acting, LIST)), 'access:done.removed');
  if (removed.error === 'unknown') return notFoundPage(c);
  if (removed.error === 'already-ended') return alreadyRemoved(c);
  return refusedPage(c, removed.error);
}
