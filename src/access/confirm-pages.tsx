import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { endToLastDay } from '../kernel/dates.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  LinkButton,
  Section,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import type { ActingFor, Permitted } from './actions.ts';
import type { Asked } from './confirm-records.ts';
import { confirmMandate, goThrough, viewConfirmation } from './confirming.ts';
import { Assigned, mandatePath } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import { LimitText, refusalText, RightList, ScopeText } from './parts.tsx';
import { StepUp } from './preview.tsx';
import { businessPath, refusedPage, renderBusinessPage, requireActing, stepUpPath } from './web.tsx';

const LIST = '/business/access';
const CONFIRM = `${LIST}/mandates/:mandate/confirm`;

/** What was given by somebody who may no longer give: confirming it. And a new managing director's going through the list. */
export function addConfirmPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(CONFIRM, (c) => confirmPage(c, deps));
  app.post(CONFIRM, (c) => confirm(c, deps));
  app.post(`${LIST}/gone-through`, (c) => sendGoneThrough(c, deps));
}

type AskedProps = {
  readonly asked: Asked;
  readonly permitted: Pick<Permitted, 'facts'>;
  readonly acting: ActingFor;
};

/** On the list of access: what the business, or the reader alone, is asked to do about it. */
export function AskedOf({ asked, permitted, acting }: AskedProps) {
  const { t } = useRequest();
  return (
    <>
      {!asked.goThrough ? null : (
        <Alert title={t('access:director.title')}>
          <p>{t('access:director.text', { business: permitted.facts.business?.name ?? '' })}</p>
          <PostForm action={businessPath(acting, `${LIST}/gone-through`)} class="form inline">
            <SubmitButton variant="secondary">{t('access:director.done')}</SubmitButton>
          </PostForm>
        </Alert>
      )}
      <OpenMergers mergers={asked.mergers} acting={acting} />
      <ToConfirm asked={asked} acting={acting} />
    </>
  );
}

/** Vendors that were taken over, while an officer has still to say whether the business wants the one that did, or to give it a mandate. */
function OpenMergers({ mergers, acting }: Pick<Asked, 'mergers'> & Pick<AskedProps, 'acting'>) {
  const { t } = useRequest();
  if (mergers.length === 0) return null;
  const waits = mergers.some(({ saidYes }) => !saidYes);
  return (
    <Alert color="warning" title={t('access:mergers.title', { count: mergers.length })}>
      {mergers.map(({ vendorName: vendor, successorName: successor, saidYes }) => (
        <p>{t(`access:mergers.${saidYes ? 'toGive' : 'toAnswer'}`, { vendor, successor })}</p>
      ))}
      <Actions>
        <LinkButton href={businessPath(acting, `${LIST}/mergers`)}>
          {t(`access:mergers.${waits ? 'answer' : 'goOn'}`)}
        </LinkButton>
      </Actions>
    </Alert>
  );
}

function ToConfirm({ asked, acting }: Omit<AskedProps, 'permitted'>) {
  const { t } = useRequest();
  if (asked.toConfirm.length === 0) return null;
  return (
    <Section title={t('access:toConfirm.title')}>
      <Alert color="warning">{t('access:toConfirm.text')}</Alert>
      <Table
        caption={t('access:toConfirm.title')}
        captionHidden
        rows={asked.toConfirm}
        columns={[
          {
            header: t('access:column.name'),
            cell: (mandate) => (
              <>
                {mandate.holderName} <Tag>{t(`access:holder.${mandate.holder}`)}</Tag>
              </>
            ),
          },
          { header: t('access:column.rights'), cell: (mandate) => <RightList rights={mandate.rights} /> },
          { header: t('access:toConfirm.giver'), cell: (mandate) => mandate.giverName },
          {
            header: t('access:toConfirm.until'),
            cell: (mandate) => <DateText date={endToLastDay(mandate.confirmBy)} />,
          },
          {
            header: '',
            align: 'end',
            cell: (mandate) => (
              <Actions>
                <LinkButton
                  href={mandatePath(acting, mandate.id, '/confirm')}
                  size="sm"
                  label={t('access:toConfirm.confirmFull', { name: mandate.holderName })}
                >
                  {t('access:toConfirm.confirm')}
                </LinkButton>
                <LinkButton
                  href={mandatePath(acting, mandate.id, '/remove')}
                  variant="secondary"
                  color="danger"
                  size="sm"
                  label={t('access:removeFull', { name: mandate.holderName })}
                >
                  {t('access:remove')}
                </LinkButton>
              </Actions>
            ),
          },
        ]}
      />
      {asked.more === 0 ? null : <p>{t('access:toConfirm.more', { count: asked.more })}</p>}
    </Section>
  );
}

async function confirmPage(c: Context<AppEnv>, deps: AccessDeps, warning?: string) {
  const acting = requireActing(c);
  const viewed = await viewConfirmation(deps, acting, c.req.param('mandate') ?? '');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, view } = viewed.value;
  if (view === undefined) return notFoundPage(c);
  if (!view.waits) return settled(c);
  const t = c.get('t');
  const { mandate, names, refusal, obstacle } = view;
  const disabledReason =
    refusal === undefined ? obstacle && t(obstacleKeys[obstacle]) : refusalText(t, refusal);
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:toConfirm.pageTitle', { name: mandate.holderName }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: mandate.holderName, href: mandatePath(acting, mandate.id) },
      ],
      narrow: true,
      status: warning === undefined ? 200 : 409,
    },
    <>
      {warning === undefined ? null : <Alert color="warning">{warning}</Alert>}
      <p>{t('access:toConfirm.pageText', { giver: mandate.approvedByName })}</p>
      <DescriptionList
        items={[
          {
            term: t('access:toConfirm.until'),
            value: <DateText date={endToLastDay(mandate.facts.confirmBy ?? mandate.endsAt)} />,
          },
          { term: t('access:column.rights'), value: <RightList rights={mandate.rights} /> },
          { term: t('access:column.units'), value: <ScopeText scope={mandate} names={names} /> },
          { term: t('access:column.lastDay'), value: <DateText date={endToLastDay(mandate.endsAt)} /> },
          { term: t('access:form.purpose'), value: mandate.purpose === '' ? '–' : mandate.purpose },
          { term: t('access:form.limits'), value: <LimitText limits={mandate.limits} /> },
          ...(mandate.holder === 'vendor'
            ? [{ term: t('access:mandate.people'), value: <Assigned mandate={mandate} /> }]
            : []),
        ]}
      />
      {disabledReason === undefined ? (
        <StepUp c={c} permitted={permitted} preview={view}>
          <ConfirmForm version={mandate.version} acting={acting} id={mandate.id} />
        </StepUp>
      ) : (
        <ConfirmForm
          version={mandate.version}
          acting={acting}
          id={mandate.id}
          disabledReason={disabledReason}
        />
      )}
    </>,
  );
}

const obstacleKeys = {
  own: 'access:toConfirm.own',
  'officers-only': 'access:toConfirm.officersOnly',
  beyond: 'access:toConfirm.beyond',
} as const;

type FormProps = {
  readonly version: number;
  readonly acting: ActingFor;
  readonly id: string;
  readonly disabledReason?: string;
};

function ConfirmForm({ version, acting, id, disabledReason }: FormProps) {
  const { t } = useRequest();
  return (
    <PostForm>
      <HiddenField name="version" value={String(version)} />
      <Actions>
        <SubmitButton disabledReason={disabledReason}>{t('access:toConfirm.confirm')}</SubmitButton>
        <LinkButton href={mandatePath(acting, id, '/remove')} variant="secondary" color="danger">
          {t('access:remove')}
        </LinkButton>
        <LinkButton href={businessPath(acting, LIST)} variant="tertiary">
          {t('access:cancel')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}

function settled(c: Context<AppEnv>) {
  return problemPage(c, 'conflict', { detail: c.get('t')('access:toConfirm.none') });
}

const confirmForm = z.coerce.number().int().positive().catch(0);

async function confirm(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const version = confirmForm.parse((await readForm(c)).get('version'));
  const id = c.req.param('mandate') ?? '';
  const confirmed = await confirmMandate(deps, acting, { id, version });
  if (confirmed.ok) return redirectDone(c, businessPath(acting, LIST), 'access:done.confirmed');
  switch (confirmed.error) {
    case 'unknown':
      return notFoundPage(c);
    case 'settled':
      return settled(c);
    case 'step-up':
      return c.redirect(stepUpPath(c.req.path), 303);
    case 'changed':
      return confirmPage(c, deps, c.get('t')('access:problem.draft.changed'));
    case 'own':
    case 'officers-only':
    case 'beyond':
      return problemPage(c, 'forbidden', { detail: c.get('t')(obstacleKeys[confirmed.error]) });
    default:
      return refusedPage(c, confirmed.error);
  }
}

async function sendGoneThrough(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const gone = await goThrough(deps, acting);
  if (gone.ok) return redirectDone(c, businessPath(acting, LIST), 'access:done.goneThrough');
  return refusedPage(c, gone.error);
}
