import type { Context, Hono } from 'hono';
import { formatClock, lastDayToEnd, type PlainDate, startOfDay } from '../kernel/dates.ts';
import { Actions, Alert, DescriptionList, Link, Section } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { DateField, GetForm, SubmitButton } from '../web/forms.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor } from './actions.ts';
import { viewDay } from './history.ts';
import { mandatePath } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import type { PartOfDay } from './on-day.ts';
import { LimitText, RightList, ScopeText } from './parts.tsx';
import type { ScopeNames } from './previews.ts';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';

/** What the holder of a mandate could do on a day. */
export function addDayPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(`${LIST}/mandates/:mandate/day`, (c) => dayPage(c, deps));
}

async function dayPage(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const viewed = await viewDay(deps, acting, c.req.param('mandate') ?? '', c.req.query('day'));
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, view } = viewed.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { mandate, today, asked, parts, names } = view;
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:day.title', { name: mandate.holderName }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: mandate.holderName, href: mandatePath(acting, mandate.id) },
      ],
      narrow: true,
      status: asked.kind === 'unreadable' || asked.kind === 'ahead' ? 422 : 200,
    },
    <>
      <p>{t('access:day.text')}</p>
      {asked.kind === 'unreadable' || asked.kind === 'ahead' ? (
        <Alert color="danger" live>
          {t(`access:day.${asked.kind}`)}
        </Alert>
      ) : null}
      <DayForm
        action={mandatePath(acting, mandate.id, '/day')}
        today={today}
        value={asked.kind === 'day' ? asked.day : asked.kind === 'none' ? today : asked.typed}
      />
      {asked.kind === 'day' ? <Answer parts={parts} day={asked.day} names={names} acting={acting} /> : null}
    </>,
  );
}

type DayFormProps = { readonly action: string; readonly today: PlainDate; readonly value: string };

/** Asks about a day; on the page of a mandate and on that of the answer. */
export function DayForm({ action, today, value }: DayFormProps) {
  const { t } = useRequest();
  return (
    <GetForm action={action} values={{ day: [value] }}>
      <DateField name="day" label={t('access:day.day')} max={today} />
      <Actions>
        <SubmitButton variant="secondary">{t('access:day.show')}</SubmitButton>
      </Actions>
    </GetForm>
  );
}

type AnswerProps = {
  readonly parts: readonly PartOfDay[];
  readonly day: PlainDate;
  readonly names: ScopeNames;
  readonly acting: ActingFor;
};

function Answer({ parts, day, names, acting }: AnswerProps) {
  const { t } = useRequest();
  return (
    <>
      {parts.length > 1 ? (
        <Alert color="warning">{t('access:day.changed', { count: parts.length })}</Alert>
      ) : null}
      {parts.map((part) => (
        <Part part={part} day={day} names={names} acting={acting} />
      ))}
    </>
  );
}

type PartProps = Omit<AnswerProps, 'parts'> & { readonly part: PartOfDay };

function Part({ part, day, names, acting }: PartProps) {
  const { t, language } = useRequest();
  const { state, from, until } = part;
  const toTheEnd = until >= lastDayToEnd(day);
  const clocks = {
    from: formatClock(from, language),
    until: toTheEnd ? (language === 'nb' ? '24.00' : '24:00') : formatClock(until, language),
  };
  const when =
    toTheEnd && from.getTime() === startOfDay(day).getTime()
      ? t('access:day.whole')
      : t('access:day.part', clocks);
  if (state.kind === 'could-not') {
    return (
      <Section title={when}>
        <p>
          <strong>{t('access:day.nothing')}</strong>{' '}
          {t(state.why === 'nothing-given' ? 'access:day.nothingGiven' : `access:obstacle.${state.why}`)}
        </p>
        {state.mandateId === null ? null : (
          <p>
            <Link href={mandatePath(acting, state.mandateId)}>{t('access:day.mandate')}</Link>
          </p>
        )}
      </Section>
    );
  }
  return (
    <Section title={when}>
      <DescriptionList
        items={[
          { term: t('access:column.rights'), value: <RightList rights={state.terms.rights} /> },
          { term: t('access:column.units'), value: <ScopeText scope={state.terms} names={names} /> },
          { term: t('access:form.limits'), value: <LimitText limits={state.terms.limits} /> },
          ...(state.people.length === 0
            ? []
            : [{ term: t('access:day.people'), value: state.people.join(', ') }]),
        ]}
      />
      <p>
        <Link href={mandatePath(acting, state.mandateId)}>{t('access:day.mandate')}</Link>
      </p>
    </Section>
  );
}
