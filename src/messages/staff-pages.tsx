import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { endToLastDay } from '../kernel/dates.ts';
import { formatOrganisationNumber } from '../kernel/organisation-number.ts';
import {
  authorityName,
  refusedStaffPage,
  type StaffActing,
  type StaffRefused,
  withStaff,
} from '../staff/index.ts';
import {
  Actions,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  Link,
  LinkButton,
  Pagination,
  Section,
  Stack,
  Table,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { pdfAnswer, sentFile } from '../web/pdf-file.ts';
import { addDispatchPages } from './dispatch-pages.tsx';
import type { Handler } from './dispatch-parts.tsx';
import { addTemplatePages } from './template-pages.tsx';
import { addWritingPages } from './writing-pages.tsx';
import type { DispatchDeps } from './dispatches.ts';
import { drawLetter } from './letter-pdf.ts';
import {
  notePosted,
  openOverseen,
  openOverseenAttachment,
  OVERSEEN_PER_PAGE,
  type OverseenThread,
  viewOverseen,
  writeFurther,
} from './overseen.ts';
import { AttachmentField, fileProblemKey, FormKey, formKey, MessageList, pageOf } from './parts.tsx';
import { staffCrumbs, StaffMenu, staffMessagesPath, unreadStep } from './staff-parts.tsx';
import type { OverseenThread as ThreadRow, ThreadFilter } from './staff-thread-records.ts';
import { MAX_BODY } from './threads.ts';

const THREADS = `${staffMessagesPath}/threads`;

/** The case officer's pages: the own authority's threads, writing to businesses, templates, and letters for the post. */
export function createStaffMessagePages(deps: DispatchDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const officer = (handler: Handler) => withStaff('case-officer', (c, acting) => handler(c, deps, acting));
  app.get(staffMessagesPath, officer(listPage));
  addWritingPages(app, officer);
  addDispatchPages(app, officer);
  addTemplatePages(app, officer);
  app.get(
    `${THREADS}/:thread`,
    officer((c, given, acting) => threadPage(c, given, acting, emptyForm)),
  );
  app.post(`${THREADS}/:thread`, officer(write));
  app.get(`${THREADS}/:thread/attachments/:attachment`, officer(attachment));
  app.get(`${THREADS}/:thread/letter.pdf`, officer(letter));
  app.post(`${THREADS}/:thread/posted`, officer(posted));
  return app;
}

const FILTERS: readonly ThreadFilter[] = ['all', 'answers', 'post'];

async function listPage(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const t = c.get('t');
  const page = pageOf(c);
  const show = FILTERS.find((filter) => filter === c.req.query('show')) ?? 'all';
  const viewed = await viewOverseen(deps, acting, { page, show });
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const { threads, count } = viewed.value;
  return renderPage(
    c,
    { title: t('messages:staff.title'), breadcrumbs: staffCrumbs(c).slice(0, 1) },
    <Stack>
      <Lead>{t('messages:staff.lead')}</Lead>
      <StaffMenu c={c} active={show === 'all' ? 'threads' : show} />
      <Table
        caption={t(`messages:staff.caption.${show}`, { count })}
        rows={threads}
        empty={
          <EmptyState title={t(`messages:staff.none.${show}`)}>
            <p>{t(`messages:staff.noneText.${show}`)}</p>
          </EmptyState>
        }
        columns={[
          {
            header: t('messages:field.subject'),
            cell: (row) => <Link href={`${THREADS}/${row.id}`}>{row.subject}</Link>,
            names: true,
          },
          {
            header: t('messages:staff.business'),
            cell: (row) => (
              <>
                {row.businessName}{' '}
                <span class="nowrap">{formatOrganisationNumber(row.organisationNumber)}</span>
              </>
            ),
          },
          { header: t('messages:field.lastAt'), cell: (row) => <DateText date={row.lastAt} time /> },
          {
            header: t('messages:field.deadline'),
            cell: (row) => (row.deadline === null ? '' : <DateText date={endToLastDay(row.deadline)} />),
          },
          { header: t('messages:field.state'), cell: (row) => <ThreadState c={c} row={row} /> },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / OVERSEEN_PER_PAGE)}
        href={(number) => `${staffMessagesPath}?show=${show}&page=${String(number)}`}
      />
    </Stack>,
  );
}

function ThreadState({ c, row }: { readonly c: Context<AppEnv>; readonly row: ThreadRow }) {
  const t = c.get('t');
  if (row.answerUnread) return <Tag color="warning">{t('messages:staff.state.answer')}</Tag>;
  if (!row.unread) return <Tag color="success">{t('messages:state.read')}</Tag>;
  const step = unreadStep(row);
  return <Tag color={step === 'post' ? 'danger' : 'neutral'}>{t(`messages:staff.unreadAt.${step}`)}</Tag>;
}

const idOf = (c: Context<AppEnv>) => c.req.param('thread') ?? '';

async function threadPage(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing, state: FormState) {
  const opened = await openOverseen(deps, acting, idOf(c));
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  const { view } = opened.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  const { thread, recipient } = view;
  const path = `${THREADS}/${thread.id}`;
  return renderPage(
    c,
    {
      title: thread.subject,
      breadcrumbs: staffCrumbs(c),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <DescriptionList
        items={[
          {
            term: t('messages:staff.business'),
            value: `${recipient.name}, ${formatOrganisationNumber(recipient.organisationNumber)}`,
          },
          { term: t('messages:field.category'), value: t(`messages:category.${thread.category}`) },
          ...(thread.deadline === null
            ? []
            : [
                {
                  term: t('messages:field.deadline'),
                  value: <DateText date={endToLastDay(thread.deadline)} />,
                },
              ]),
          { term: t('messages:staff.notified'), value: <Notified c={c} view={view} /> },
        ]}
      />
      <MessageList c={c} thread={thread} path={path} />
      <Evidence c={c} view={view} />
      <PostPart c={c} view={view} path={path} state={state} />
      <Section title={t('messages:staff.writeFurther')}>
        <PostForm action={path} state={state} files>
          <FormKey />
          <Textarea name="body" label={t('messages:staff.text')} rows={6} maxlength={MAX_BODY} />
          <AttachmentField />
          <Actions>
            <SubmitButton>{t('messages:staff.send')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </Stack>,
  );
}

type ViewProps = { readonly c: Context<AppEnv>; readonly view: OverseenThread };

function Notified({ c, view: { thread } }: ViewProps) {
  const t = c.get('t');
  if (thread.notifiedAt === null || thread.notifiedBy === null) return <>{t('messages:staff.notNotified')}</>;
  return (
    <>
      {t(`messages:staff.notifiedBy.${thread.notifiedBy}`)} <DateText date={thread.notifiedAt} time />
    </>
  );
}

/** What was done so that the message is read, and what became of each e-mail and text message. */
function Evidence({ c, view: { steps, deliveries } }: ViewProps) {
  const t = c.get('t');
  return (
    <Section title={t('messages:evidence.title')}>
      <Table
        caption={t('messages:evidence.title')}
        captionHidden
        rows={steps}
        empty={<EmptyState title={t('messages:evidence.none')} />}
        columns={[
          {
            header: t('messages:evidence.step'),
            cell: (row) => t(`messages:step.${row.step}`),
            names: true,
          },
          { header: t('messages:evidence.at'), cell: (row) => <DateText date={row.at} time /> },
          {
            header: t('messages:evidence.outcome'),
            cell: (row) => (
              <>
                {typeof row.evidence['reference'] === 'string' ? <p>{row.evidence['reference']}</p> : null}
                {deliveries
                  .filter(({ stepId }) => stepId === row.id)
                  .map((one) => (
                    <p>
                      {t(`messages:channel.${one.channel}`)}: {t(`messages:delivery.${one.state}`)}
                      {one.bounceReason === null ? '' : ` (${t(`messages:bounce.${one.bounceReason}`)})`}
                      {one.at === null ? null : (
                        <>
                          , <DateText date={one.at} time />
                        </>
                      )}
                    </p>
                  ))}
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}

type PostProps = ViewProps & { readonly path: string; readonly state: FormState };

function PostPart({ c, view: { thread }, path, state }: PostProps) {
  const t = c.get('t');
  if (thread.step !== 'post') return null;
  return (
    <Section title={t('messages:letter.title')}>
      {thread.postedAt === null ? <p>{t('messages:letter.lead')}</p> : null}
      <Actions>
        <LinkButton href={`${path}/letter.pdf`} variant="secondary">
          {t('messages:letter.open')}
        </LinkButton>
      </Actions>
      {thread.postedAt === null ? (
        <PostForm action={`${path}/posted`} state={state}>
          <TextField
            name="reference"
            label={t('messages:letter.reference')}
            description={t('messages:letter.referenceHint')}
            maxlength={100}
          />
          <Actions>
            <SubmitButton>{t('messages:letter.posted')}</SubmitButton>
          </Actions>
        </PostForm>
      ) : (
        <p>
          {t('messages:letter.wasPosted', { name: thread.postedByName ?? '' })}{' '}
          <DateText date={thread.postedAt} time />
        </p>
      )}
    </Section>
  );
}

const furtherForm = z.object({
  key: formKey,
  body: z.string({ error: 'messages:write.bodyMissing' }).max(MAX_BODY),
  file: z.unknown().optional(),
});

async function write(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const form = await readForm(c);
  const parsed = parseForm(furtherForm, form);
  if (!parsed.ok) return threadPage(c, deps, acting, parsed.error);
  const sent = { threadId: idOf(c), ...parsed.value, file: await sentFile(form) };
  const written = await writeFurther(deps, acting, sent);
  if (written.ok) return redirectDone(c, `${THREADS}/${idOf(c)}`, 'messages:done.written');
  const { error } = written;
  if (typeof error !== 'string') return refusedStaffPage(c, error);
  if (error === 'unknown') return notFoundPage(c);
  return threadPage(c, deps, acting, formWithErrors(form, { file: fileProblemKey(error) }));
}

const postedForm = z.object({ reference: z.string({ error: 'messages:letter.missing' }).max(100) });

async function posted(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const parsed = parseForm(postedForm, await readForm(c));
  if (!parsed.ok) return threadPage(c, deps, acting, parsed.error);
  const noted = await notePosted(deps, acting, { threadId: idOf(c), reference: parsed.value.reference });
  if (noted.ok) return redirectDone(c, `${THREADS}/${idOf(c)}`, 'messages:done.posted');
  return problemOf(c, noted.error);
}

function problemOf(c: Context<AppEnv>, problem: 'unknown' | 'not-for-post' | StaffRefused) {
  if (typeof problem !== 'string') return refusedStaffPage(c, problem);
  if (problem === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')('messages:letter.notForPost') });
}

async function attachment(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const wanted = { threadId: idOf(c), attachmentId: c.req.param('attachment') ?? '' };
  const opened = await openOverseenAttachment(deps, acting, wanted);
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : pdfAnswer(c, opened.value);
}

/** The letter is in Norwegian, whoever opens it: it goes to the business. */
async function letter(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const opened = await openOverseen(deps, acting, idOf(c));
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  const { view } = opened.value;
  if (view === undefined) return notFoundPage(c);
  const { thread, recipient } = view;
  const { translator, publicOrigin } = c.get('web');
  const sender = authorityName(c, thread.authority);
  const content = await drawLetter(
    { thread, recipient, sender, language: 'nb', t: translator.for('nb') },
    publicOrigin,
  );
  return pdfAnswer(c, { fileName: `brev-${recipient.organisationNumber}.pdf`, content });
}
