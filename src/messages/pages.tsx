import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { authorityName } from '../staff/index.ts';
import { endToLastDay } from '../kernel/dates.ts';
import {
  Actions,
  Alert,
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
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { pdfAnswer, sentFile } from '../web/pdf-file.ts';
import {
  answerThread,
  type InboxDeps,
  LINES_PER_PAGE,
  openAttachment,
  openNotice,
  openThread,
  readAllNotices,
  unreadMessages,
  viewInbox,
} from './inbox.ts';
import { INBOX_PARTS, type InboxCounts, type InboxLine, type InboxPart } from './notice-records.ts';
import {
  AttachmentField,
  featureOf,
  fileProblemKey,
  FormKey,
  formKey,
  MessageList,
  NoticeBody,
  noticeText,
  pageOf,
  ReadBy,
  ReadTag,
  topicOf,
} from './parts.tsx';
import { MAX_BODY } from './threads.ts';
import type { ThreadLine } from './thread-records.ts';

const LIST = '/business/messages';
const frame = { section: 'business', side: 'messages' } as const;

export interface InboxPageDeps extends InboxDeps {
  /** Where in the business something is done about a notice that names no page, by the feature that gives it. */
  readonly places: Readonly<Partial<Record<string, string>>>;
}

/** The business's inbox: the list, each thread, its files, answering, and what the system tells. Never for a vendor. */
export function createInboxPages(deps: InboxPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
  app.post(`${LIST}/notices/read`, (c) => readAll(c, deps));
  app.get(`${LIST}/notices/:notice`, (c) => noticePage(c, deps));
  app.get(`${LIST}/:thread`, (c) => threadPage(c, deps, emptyForm));
  app.post(`${LIST}/:thread`, (c) => answer(c, deps));
  app.get(`${LIST}/:thread/attachments/:attachment`, (c) => attachment(c, deps));
  return app;
}

/** Has the business's own pages count, for their menus, the messages that nobody there has opened; a picture shows no menu. */
export const countsUnreadMessages: MiddlewareHandler<AppEnv> = (c, next) => {
  if (c.req.header('accept')?.startsWith('image/') !== true)
    c.set('aroundOwnPages', async (transaction) => {
      const unread = await unreadMessages(transaction);
      c.set('menuCounts', { business: unread, messages: unread });
    });
  return next();
};

const threadId = (c: Context<AppEnv>) => c.req.param('thread') ?? '';

async function listPage(c: Context<AppEnv>, deps: InboxDeps) {
  const t = c.get('t');
  const acting = requireActing(c);
  const page = pageOf(c);
  const part = INBOX_PARTS.find((one) => one === c.req.query('show')) ?? 'all';
  const viewed = await viewInbox(deps, acting, { page, part });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { lines, counts, permitted } = viewed.value;
  const sizes = sizesOf(counts);
  const pathOf = (query: string) => businessPath(acting, `${LIST}${query}`);
  if (lines.length === 0 && page > 1) return c.redirect(pathOf(''), 303);
  return renderBusinessPage(
    c,
    permitted,
    { title: t('messages:inbox.title'), ...frame },
    <>
      <Lead>{t('messages:inbox.lead')}</Lead>
      <Parts c={c} chosen={part} sizes={sizes} href={(one) => pathOf(one === 'all' ? '' : `?show=${one}`)} />
      <Lines c={c} lines={lines} part={part} count={sizes[part]} now={permitted.now} />
      <Pagination
        page={page}
        pages={Math.ceil(sizes[part] / LINES_PER_PAGE)}
        href={(number) => pathOf(`?show=${part}&page=${String(number)}`)}
      />
      {counts.unreadNotices === 0 ? null : (
        <PostForm action={businessPath(acting, `${LIST}/notices/read`)} class="form inline">
          <SubmitButton variant="secondary">
            {t('messages:told.readAll', { count: counts.unreadNotices })}
          </SubmitButton>
        </PostForm>
      )}
    </>,
  );
}

type LinesProps = {
  readonly c: Context<AppEnv>;
  readonly lines: readonly InboxLine[];
  readonly part: InboxPart;
  readonly count: number;
  readonly now: Date;
};

/** A page of the list: threads of the authority and what the system tells, the latest first. */
function Lines({ c, lines, part, count, now }: LinesProps) {
  const t = c.get('t');
  return (
    <Table
      caption={t(`messages:inbox.caption.${part}`, { count })}
      rows={lines}
      empty={
        <EmptyState title={t(`messages:inbox.none.${part}`)}>
          <p>{t('messages:inbox.noneText')}</p>
        </EmptyState>
      }
      columns={[
        {
          header: t('messages:field.subject'),
          cell: (line) => <Subject c={c} line={line} path={businessPath(requireActing(c), LIST)} />,
          names: true,
        },
        {
          header: t('messages:field.from'),
          cell: (line) =>
            line.from === 'system' ? t('messages:from.system') : authorityName(c, line.thread.authority),
        },
        {
          header: t('messages:field.category'),
          cell: (line) =>
            line.from === 'system' ? topicOf(c, line.notice) : t(`messages:category.${line.thread.category}`),
        },
        {
          header: t('messages:field.lastAt'),
          cell: (line) => (
            <DateText date={line.from === 'system' ? line.notice.at : line.thread.lastAt} time />
          ),
        },
        {
          header: t('messages:field.deadline'),
          cell: (line) =>
            line.from === 'system' || line.thread.deadline === null ? (
              ''
            ) : (
              <DateText date={endToLastDay(line.thread.deadline)} />
            ),
        },
        {
          header: t('messages:field.state'),
          cell: (line) =>
            line.from === 'system' ? (
              <ReadTag c={c} notice={line.notice} />
            ) : (
              <StateTag c={c} thread={line.thread} now={now} />
            ),
        },
      ]}
    />
  );
}

const sizesOf = ({ threads, notices, unreadThreads, unreadNotices }: InboxCounts) => ({
  all: threads + notices,
  unread: unreadThreads + unreadNotices,
  authority: threads,
  system: notices,
});

type PartsProps = {
  readonly c: Context<AppEnv>;
  readonly chosen: InboxPart;
  readonly sizes: ReturnType<typeof sizesOf>;
  readonly href: (part: InboxPart) => string;
};

/** The ways to see less than everything, when there is something. */
function Parts({ c, chosen, sizes, href }: PartsProps) {
  const t = c.get('t');
  if (sizes.all === 0) return null;
  return (
    <Actions>
      {INBOX_PARTS.map((part) => (
        <LinkButton href={href(part)} variant={part === chosen ? 'primary' : 'secondary'} size="sm">
          {t(`messages:inbox.part.${part}`, { count: sizes[part] })}
        </LinkButton>
      ))}
    </Actions>
  );
}

type SubjectProps = { readonly c: Context<AppEnv>; readonly line: InboxLine; readonly path: string };

function Subject({ c, line, path }: SubjectProps) {
  const { unread, subject, href } =
    line.from === 'system'
      ? {
          unread: line.notice.unread,
          subject: noticeText(c, line.notice).subject,
          href: `${path}/notices/${line.notice.id}`,
        }
      : { ...line.thread, href: `${path}/${line.thread.id}` };
  return <Link href={href}>{unread ? <strong>{subject}</strong> : subject}</Link>;
}

async function readAll(c: Context<AppEnv>, deps: InboxDeps) {
  const acting = requireActing(c);
  await readForm(c);
  const done = await readAllNotices(deps, acting);
  return done.ok
    ? redirectDone(c, businessPath(acting, LIST), 'messages:done.readAll')
    : refusedPage(c, done.error);
}

async function noticePage(c: Context<AppEnv>, deps: InboxPageDeps) {
  const acting = requireActing(c);
  const opened = await openNotice(deps, acting, c.req.param('notice') ?? '');
  if (!opened.ok) return refusedPage(c, opened.error);
  const { notice, permitted } = opened.value;
  if (notice === undefined) return notFoundPage(c);
  const place = deps.places[featureOf(notice)];
  return renderBusinessPage(
    c,
    permitted,
    {
      title: noticeText(c, notice).subject,
      ...frame,
      breadcrumbs: [{ label: c.get('t')('messages:inbox.title'), href: businessPath(acting, LIST) }],
    },
    <Stack>
      <NoticeBody c={c} notice={notice} place={place && businessPath(acting, place)} />
      <ReadBy c={c} readBy={notice.readBy} />
    </Stack>,
  );
}

type StateProps = { readonly c: Context<AppEnv>; readonly thread: ThreadLine; readonly now: Date };

function StateTag({ c, thread, now }: StateProps) {
  const t = c.get('t');
  if (thread.unread) {
    const late = thread.deadline !== null && now >= thread.deadline;
    return (
      <Tag color={late ? 'danger' : 'warning'}>
        {t(late ? 'messages:state.late' : 'messages:state.unread')}
      </Tag>
    );
  }
  return thread.lastFrom === 'business' ? (
    <Tag color="success">{t('messages:state.answered')}</Tag>
  ) : (
    <Tag>{t('messages:state.read')}</Tag>
  );
}

async function threadPage(c: Context<AppEnv>, deps: InboxDeps, state: FormState) {
  const acting = requireActing(c);
  const opened = await openThread(deps, acting, threadId(c));
  if (!opened.ok) return refusedPage(c, opened.error);
  const { thread, permitted } = opened.value;
  if (thread === undefined) return notFoundPage(c);
  const t = c.get('t');
  const path = businessPath(acting, `${LIST}/${thread.id}`);
  const failed = Object.keys(state.errors).length > 0;
  return renderBusinessPage(
    c,
    permitted,
    {
      title: thread.subject,
      ...frame,
      breadcrumbs: [{ label: t('messages:inbox.title'), href: businessPath(acting, LIST) }],
      ...(failed ? { status: 422 as const } : {}),
    },
    <Stack>
      {thread.deadline !== null && permitted.now < thread.deadline ? (
        <Alert color="warning" title={t('messages:thread.deadlineTitle')}>
          <p>
            <DateText date={endToLastDay(thread.deadline)} />
          </p>
        </Alert>
      ) : null}
      <DescriptionList
        items={[
          { term: t('messages:field.category'), value: t(`messages:category.${thread.category}`) },
          {
            term: t('messages:field.from'),
            value: authorityName(c, thread.authority),
          },
          ...(thread.deadline === null
            ? []
            : [
                {
                  term: t('messages:field.deadline'),
                  value: <DateText date={endToLastDay(thread.deadline)} />,
                },
              ]),
        ]}
      />
      <MessageList c={c} thread={thread} path={path} />
      <Section title={t('messages:answer.title')}>
        <PostForm action={path} state={state} files>
          <FormKey />
          <Textarea
            name="body"
            label={t('messages:answer.body')}
            description={t('messages:answer.bodyHint')}
            rows={6}
            maxlength={MAX_BODY}
          />
          <AttachmentField />
          <Actions>
            <SubmitButton>{t('messages:answer.send')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </Stack>,
  );
}

const answerForm = z.object({
  key: formKey,
  body: z.string({ error: 'messages:answer.missing' }).max(MAX_BODY),
  file: z.unknown().optional(),
});

async function answer(c: Context<AppEnv>, deps: InboxDeps) {
  const form = await readForm(c);
  const parsed = parseForm(answerForm, form);
  if (!parsed.ok) return threadPage(c, deps, parsed.error);
  const acting = requireActing(c);
  const sent = { threadId: threadId(c), ...parsed.value, file: await sentFile(form) };
  const answered = await answerThread(deps, acting, sent);
  if (answered.ok)
    return redirectDone(c, businessPath(acting, `${LIST}/${threadId(c)}`), 'messages:done.answered');
  const { error } = answered;
  if (typeof error !== 'string') return refusedPage(c, error);
  if (error === 'unknown') return notFoundPage(c);
  return threadPage(c, deps, formWithErrors(form, { file: fileProblemKey(error) }));
}

async function attachment(c: Context<AppEnv>, deps: InboxDeps) {
  const wanted = { threadId: threadId(c), attachmentId: c.req.param('attachment') ?? '' };
  const opened = await openAttachment(deps, requireActing(c), wanted);
  if (!opened.ok) return refusedPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : pdfAnswer(c, opened.value);
}
