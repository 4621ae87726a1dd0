import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { endToLastDay } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import { refusedStaffPage, type StaffActing } from '../staff/index.ts';
import {
  Alert,
  Actions,
  DateText,
  DescriptionList,
  EmptyState,
  Link,
  Pagination,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { pdfAnswer } from '../web/pdf-file.ts';
import { choiceOf, DISPATCHES, type Officer, type Page } from './dispatch-parts.tsx';
import type { Dispatch, ThreadProgress } from './dispatch-records.ts';
import {
  decideDispatch,
  type DispatchDeps,
  DISPATCHES_PER_PAGE,
  openDispatchFile,
  viewDispatch,
  viewDispatches,
} from './dispatches.ts';
import { FileList, pageOf, Written } from './parts.tsx';
import { staffCrumbs, StaffMenu, staffMessagesPath, unreadStep } from './staff-parts.tsx';
import type { Selection } from './threads.ts';

/** What was written to businesses, how far it has come, and the second case officer's decision. */
export function addDispatchPages(app: Hono<AppEnv>, officer: Officer): void {
  app.get(DISPATCHES, officer(listPage));
  app.get(
    `${DISPATCHES}/:dispatch`,
    officer((...page) => dispatchPage(page, emptyForm)),
  );
  app.post(`${DISPATCHES}/:dispatch`, officer(decide));
  app.get(`${DISPATCHES}/:dispatch/file`, officer(filePage));
}

const COLORS = { waiting: 'warning', sending: 'info', sent: 'success', declined: 'neutral' } as const;

function StateTag({ c, dispatch }: { readonly c: Context<AppEnv>; readonly dispatch: Dispatch }) {
  return <Tag color={COLORS[dispatch.state]}>{c.get('t')(`messages:dispatch.state.${dispatch.state}`)}</Tag>;
}

async function listPage(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const t = c.get('t');
  const page = pageOf(c);
  const viewed = await viewDispatches(deps, acting, page);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { dispatches, count } = viewed.value;
  return renderPage(
    c,
    { title: t('messages:dispatch.title'), breadcrumbs: staffCrumbs(c) },
    <Stack>
      <StaffMenu c={c} active="dispatches" />
      <Table
        caption={t('messages:dispatch.caption', { count })}
        rows={dispatches}
        empty={<EmptyState title={t('messages:dispatch.none')} />}
        columns={[
          {
            header: t('messages:field.subject'),
            cell: (row) => <Link href={`${DISPATCHES}/${row.id}`}>{row.subject}</Link>,
            names: true,
          },
          { header: t('messages:field.category'), cell: (row) => t(`messages:category.${row.category}`) },
          { header: t('messages:dispatch.recipients'), cell: (row) => String(row.recipients), align: 'end' },
          {
            header: t('messages:dispatch.written'),
            cell: (row) => (
              <>
                {row.createdByName}, <DateText date={row.createdAt} time />
              </>
            ),
          },
          { header: t('messages:field.state'), cell: (row) => <StateTag c={c} dispatch={row} /> },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / DISPATCHES_PER_PAGE)}
        href={(number) => `${DISPATCHES}?page=${String(number)}`}
      />
    </Stack>,
  );
}

const dispatchId = (c: Context<AppEnv>) => c.req.param('dispatch') ?? '';

async function dispatchPage([c, deps, acting]: Page, state: FormState) {
  const page = pageOf(c);
  const viewed = await viewDispatch(deps, acting, { id: dispatchId(c), page });
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { dispatch, permitted } = viewed.value;
  if (dispatch === undefined || !('totals' in viewed.value)) return notFoundPage(c);
  const { totals, rows, file, recipientsNow } = viewed.value;
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: dispatch.subject,
      breadcrumbs: staffCrumbs(c, { label: t('messages:dispatch.title'), href: DISPATCHES }),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <Facts c={c} dispatch={dispatch} recipientsNow={recipientsNow} />
      <Section title={t('messages:staff.text')}>
        <Written text={dispatch.body} />
        {file === undefined ? null : (
          <FileList c={c} files={[{ ...file, href: `${DISPATCHES}/${dispatch.id}/file` }]} />
        )}
      </Section>
      {dispatch.state === 'waiting' ? (
        <Decision c={c} own={dispatch.createdBy === permitted.person.id} id={dispatch.id} state={state} />
      ) : null}
      {totals.threads === 0 ? null : (
        <Section title={t('messages:dispatch.progress')}>
          <DescriptionList
            items={(['threads', 'delivered', 'read', 'bounced', 'forPost'] as const).map((name) => ({
              term: t(`messages:dispatch.total.${name}`),
              value: String(totals[name]),
            }))}
          />
          <Progress c={c} rows={rows} />
          <Pagination
            page={page}
            pages={Math.ceil(totals.threads / DISPATCHES_PER_PAGE)}
            href={(number) => `${DISPATCHES}/${dispatch.id}?page=${String(number)}`}
          />
        </Section>
      )}
    </Stack>,
  );
}

type FactsProps = {
  readonly c: Context<AppEnv>;
  readonly dispatch: Dispatch;
  /** How many businesses match now what they were chosen by. */
  readonly recipientsNow: number;
};

function Facts({ c, dispatch, recipientsNow }: FactsProps) {
  const t = c.get('t');
  return (
    <DescriptionList
      items={[
        { term: t('messages:field.state'), value: <StateTag c={c} dispatch={dispatch} /> },
        { term: t('messages:field.category'), value: t(`messages:category.${dispatch.category}`) },
        ...chosenBy(c, dispatch.selection),
        {
          term: t('messages:dispatch.recipients'),
          value:
            dispatch.state === 'waiting' && recipientsNow !== dispatch.recipients
              ? t('messages:dispatch.countNow', { count: dispatch.recipients, now: recipientsNow })
              : String(dispatch.recipients),
        },
        {
          term: t('messages:dispatch.written'),
          value: (
            <>
              {dispatch.createdByName}, <DateText date={dispatch.createdAt} time />
            </>
          ),
        },
        ...(dispatch.decidedAt === null
          ? []
          : [
              {
                term: t('messages:dispatch.decided'),
                value: (
                  <>
                    {dispatch.decidedByName ?? ''}, <DateText date={dispatch.decidedAt} time />
                  </>
                ),
              },
            ]),
        ...(dispatch.deadline === null
          ? []
          : [
              {
                term: t('messages:field.deadline'),
                value: <DateText date={endToLastDay(dispatch.deadline)} />,
              },
            ]),
      ]}
    />
  );
}

async function filePage(...[c, deps, acting]: Page) {
  const opened = await openDispatchFile(deps, acting, dispatchId(c));
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : pdfAnswer(c, opened.value);
}

/** What the businesses were chosen by: whoever agrees to it has to see that. */
function chosenBy(c: Context<AppEnv>, selection: Selection): { term: string; value: string }[] {
  const t = c.get('t');
  return Object.entries(selection).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const named = field === 'cardState' || field === 'condition';
    return [{ term: t(`messages:write.${field}`), value: named ? t(`messages:${field}.${value}`) : value }];
  });
}

function Decision({
  c,
  own,
  id,
  state,
}: {
  readonly c: Context<AppEnv>;
  readonly own: boolean;
  readonly id: string;
  readonly state: FormState;
}) {
  const t = c.get('t');
  if (own) return <Alert title={t('messages:dispatch.own')}>{t('messages:dispatch.ownText')}</Alert>;
  return (
    <Section title={t('messages:dispatch.decide')}>
      <PostForm action={`${DISPATCHES}/${id}`} state={state}>
        <RadioGroup
          name="answer"
          label={t('messages:dispatch.answer')}
          choices={['approve', 'decline'].map(choiceOf(c, 'dispatch.answers'))}
        />
        <Actions>
          <SubmitButton>{t('messages:dispatch.answerNow')}</SubmitButton>
        </Actions>
      </PostForm>
    </Section>
  );
}

function Progress({ c, rows }: { readonly c: Context<AppEnv>; readonly rows: readonly ThreadProgress[] }) {
  const t = c.get('t');
  return (
    <Table
      caption={t('messages:dispatch.progress')}
      captionHidden
      rows={rows}
      columns={[
        {
          header: t('messages:staff.business'),
          cell: (row) => (
            <>
              <Link href={`${staffMessagesPath}/threads/${row.threadId}`}>{row.name}</Link>{' '}
              <span class="nowrap">{formatOrganisationNumber(row.organisationNumber)}</span>
            </>
          ),
          names: true,
        },
        { header: t('messages:dispatch.sent'), cell: (row) => String(row.sent), align: 'end' },
        { header: t('messages:dispatch.bounced'), cell: (row) => String(row.bounced), align: 'end' },
        {
          header: t('messages:dispatch.read'),
          cell: (row) =>
            row.unread || row.readAt === null ? (
              t(`messages:staff.unreadAt.${unreadStep(row)}`)
            ) : (
              <>
                {row.reader ?? ''}, <DateText date={row.readAt} time />
              </>
            ),
        },
      ]}
    />
  );
}

const decideForm = z.object({ answer: z.enum(['approve', 'decline'], { error: 'web:form.choose' }) });

async function decide(...page: Page) {
  const [c, deps, acting] = page;
  const parsed = parseForm(decideForm, await readForm(c));
  if (!parsed.ok) return dispatchPage(page, parsed.error);
  const decided = await decideDispatch(deps, acting, { id: dispatchId(c), ...parsed.value });
  if (decided.ok)
    return redirectDone(c, `${DISPATCHES}/${dispatchId(c)}`, `messages:done.${parsed.value.answer}`);
  const { error } = decided;
  if (typeof error !== 'string') return refusedStaffPage(c, error);
  if (error === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`messages:dispatch.problem.${error}`) });
}
