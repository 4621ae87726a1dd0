import type { Context, Hono } from 'hono';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import { nok } from '../kernel/money.ts';
import type { ValueOf } from '../kernel/result.ts';
import { Actions, DateText, DescriptionList, Link, LinkButton, Money, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import { DayForm } from './day-pages.tsx';
import { Assigned, Attempts, History, LastUsed, mandatePath, StateTag } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import { viewMandate } from './narrowing.ts';
import { LimitText, refusalText, RightList, ScopeText } from './parts.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';

/** One mandate of the business: everything about it, and what was done to it. */
export function addMandatePage(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(`${LIST}/mandates/:mandate`, (c) => mandatePage(c, deps));
}

type View = NonNullable<ValueOf<typeof viewMandate>['view']>;

async function mandatePage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewMandate(deps, acting, c.req.param('mandate') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, view } = viewed.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { mandate, names, history } = view;
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:mandate.title', { name: mandate.holderName }),
      breadcrumbs: [{ label: t('access:title'), href: businessPath(acting, LIST) }],
    },
    <>
      <DescriptionList
        items={[
          {
            term: t('access:column.state'),
            value: <StateTag mandate={mandate} permitted={permitted} />,
          },
          { term: t('access:column.rights'), value: <RightList rights={mandate.rights} /> },
          { term: t('access:column.units'), value: <ScopeText scope={mandate} names={names} /> },
          { term: t('access:column.firstDay'), value: <DateText date={mandate.startsAt} /> },
          { term: t('access:column.lastDay'), value: <DateText date={endToLastDay(mandate.endsAt)} /> },
          { term: t('access:form.purpose'), value: mandate.purpose === '' ? '–' : mandate.purpose },
          { term: t('access:form.limits'), value: <LimitText limits={mandate.limits} /> },
          { term: t('access:mandate.givenBy'), value: <Giver view={view} acting={acting} /> },
          ...holderTerms(c, view),
          { term: t('access:column.lastUsed'), value: <LastUsed at={mandate.lastUsedAt} /> },
        ]}
      />
      <MandateButtons c={c} view={view} acting={acting} now={permitted.now} />
      <Section title={t('access:day.section', { name: mandate.holderName })}>
        <DayForm
          action={mandatePath(acting, mandate.id, '/day')}
          today={osloToday(permitted.now)}
          value={osloToday(permitted.now)}
        />
      </Section>
      <Section title={t('access:mandate.history')}>
        <History entries={history} names={names} caption={t('access:mandate.history')} />
      </Section>
    </>,
  );
}

/** What only a vendor's or only a person's mandate has. */
function holderTerms(c: Context<AppEnv>, { mandate, priceOre, attempts }: View) {
  const t = c.get('t');
  const tried = attempts.get(mandate.vendorId ?? '') ?? [];
  if (mandate.holder === 'person') {
    return [{ term: t('access:tie.title'), value: <Tie mandate={mandate} /> }];
  }
  return [
    {
      term: t('access:mandate.price'),
      value: (
        <>
          {t('access:fee')} <Money amount={nok(mandate.feeOre ?? 0)} />. {t('access:officialPrice')}{' '}
          <Money amount={nok(priceOre)} />
        </>
      ),
    },
    { term: t('access:mandate.people'), value: <Assigned mandate={mandate} /> },
    ...(tried.length === 0 ? [] : [{ term: t('access:attempt.term'), value: <Attempts attempts={tried} /> }]),
  ];
}

/** What ties a person to the business; of a declared tie, when an officer last stood by it. */
function Tie({ mandate: { tie, tieReason, tieConfirmedAt } }: { readonly mandate: View['mandate'] }) {
  const { t } = useRequest();
  return (
    <>
      {t(`access:tie.${tie ?? 'employment'}`)} {tieReason}
      {tie !== 'declared' || tieConfirmedAt === null ? null : (
        <p>
          {t('access:review.tieConfirmed')} <DateText date={tieConfirmedAt} />
        </p>
      )}
    </>
  );
}

function Giver({ view, acting }: { readonly view: View; readonly acting: ActingFor }) {
  const { t } = useRequest();
  const { mandate, giver } = view;
  return (
    <>
      {mandate.approvedByName}, <DateText date={mandate.approvedAt} time />.{' '}
      {giver === undefined ? (
        t('access:mandate.asOfficer')
      ) : (
        <Link href={mandatePath(acting, giver.id)}>{t('access:mandate.underOwn', { name: giver.name })}</Link>
      )}
    </>
  );
}

type ButtonsProps = {
  readonly c: Context<AppEnv>;
  readonly view: View;
  readonly acting: ActingFor;
  readonly now: Date;
};

function MandateButtons({ c, view, acting, now }: ButtonsProps) {
  const t = c.get('t');
  const { mandate, refusal } = view;
  if (mandate.endedAt !== null) return null;
  const disabledReason = refusal === undefined ? undefined : refusalText(t, refusal);
  const widen =
    mandate.holder === 'vendor'
      ? businessPath(acting, `${LIST}/vendors/${mandate.vendorNumber ?? ''}`)
      : mandatePath(acting, mandate.id, '/widen');
  return (
    <Actions>
      <LinkButton
        href={mandatePath(acting, mandate.id, '/narrow')}
        disabledReason={disabledReason ?? (mandate.endsAt <= now ? t('access:narrow.over') : undefined)}
      >
        {t('access:narrow.button')}
      </LinkButton>
      <LinkButton href={widen} variant="secondary" disabledReason={disabledReason}>
        {t('access:mandate.widen')}
      </LinkButton>
      <LinkButton
        href={mandatePath(acting, mandate.id, '/remove')}
        variant="secondary"
        color="danger"
        disabledReason={disabledReason}
      >
        {t('access:remove')}
      </LinkButton>
    </Actions>
  );
}
