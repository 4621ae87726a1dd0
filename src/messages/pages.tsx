import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
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
import { FileField, PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import {
  answerThread,
  type InboxDeps,
  openAttachment,
  openThread,
  THREADS_PER_PAGE,
  unreadMessages,
  viewInbox,
} from './inbox.ts';
import {
  authorityName,
  fileProblemKey,
  MessageList,
  pageOf,
  pdfAnswer,
  sentFile,
  subjectOf,
} from './parts.tsx';
import { MAX_ATTACHMENT, MAX_BODY } from './threads.ts';
import type { ThreadLine } from './thread-records.ts';

const LIST = '/business/messages';
const frame = { section: 'business', side: 'messages' } as const;

/** The business's inbox: the list, each thread, its files, and answering. Never for a vendor. */
export function createInboxPages(deps: InboxDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => listPage(c, deps));
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
  const onlyUnread = c.req.query('show') === 'unread';
  const viewed = await viewInbox(deps, acting, { page, onlyUnread });
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { threads, count, unread, permitted } = viewed.value;
  const pathOf = (query: string) => businessPath(acting, `${LIST}${query}`);
  if (threads.length === 0 && page > 1) return c.redirect(pathOf(''), 303);
  return renderBusinessPage(
    c,
    permitted,
    { title: t('messages:inbox.title'), ...frame },
    <>
      <Lead>{t('messages:inbox.lead')}</Lead>
      {unread > 0 || onlyUnread ? (
        <Actions>
          {onlyUnread ? (
            <LinkButton href={pathOf('')} variant="secondary">
              {t('messages:inbox.showAll')}
            </LinkButton>
          ) : (
            <LinkButton href={pathOf('?show=unread')} variant="secondary">
              {t('messages:inbox.showUnread', { count: unread })}
            </LinkButton>
          )}
        </Actions>
      ) : null}
      <Table
        caption={t(onlyUnread ? 'messages:inbox.unreadCaption' : 'messages:inbox.caption', { count })}
        rows={threads}
        empty={
          <EmptyState title={t(onlyUnread ? 'messages:inbox.noneUnread' : 'messages:inbox.none')}>
            <p>{t('messages:inbox.noneText')}</p>
          </EmptyState>
        }
        columns={[
          {
            header: t('messages:field.subject'),
            cell: (row) => (
              <Link href={businessPath(acting, `${LIST}/${row.id}`)}>
                {row.unread ? <strong>{subjectOf(c, row)}</strong> : subjectOf(c, row)}
              </Link>
            ),
            names: true,
          },
          { header: t('messages:field.category'), cell: (row) => t(`messages:category.${row.category}`) },
          { header: t('messages:field.lastAt'), cell: (row) => <DateText date={row.lastAt} time /> },
          {
            header: t('messages:field.deadline'),
            cell: (row) => (row.deadline === null ? '' : <DateText date={endToLastDay(row.deadline)} />),
          },
          {
            header: t('messages:field.state'),
            cell: (row) => <StateTag c={c} thread={row} now={permitted.now} />,
          },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / THREADS_PER_PAGE)}
        href={(number) => pathOf(`?${onlyUnread ? 'show=unread&' : ''}page=${String(number)}`)}
      />
    </>,
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
      title: subjectOf(c, thread),
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
            value: thread.authority === null ? t('messages:from.system') : authorityName(c, thread.authority),
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
      {thread.authority === null ? null : (
        <Section title={t('messages:answer.title')}>
          <PostForm action={path} state={state} files>
            <Textarea
              name="body"
              label={t('messages:answer.body')}
              description={t('messages:answer.bodyHint')}
              rows={6}
              maxlength={MAX_BODY}
            />
            <FileField
              name="file"
              label={t('messages:answer.file')}
              accept={['application/pdf']}
              maxBytes={MAX_ATTACHMENT}
              optional
            />
            <Actions>
              <SubmitButton>{t('messages:answer.send')}</SubmitButton>
            </Actions>
          </PostForm>
        </Section>
      )}
    </Stack>,
  );
}

const answerForm = z.object({
  body: z.string({ error: 'messages:answer.missing' }).max(MAX_BODY),
  file: z.unknown().optional(),
});

async function answer(c: Context<AppEnv>, deps: InboxDeps) {
  const form = await readForm(c);
  const parsed = parseForm(answerForm, form);
  if (!parsed.ok) return threadPage(c, deps, parsed.error);
  const acting = requireActing(c);
  const sent = { threadId: threadId(c), body: parsed.value.body, file: await sentFile(form) };
  const answered = await answerThread(deps, acting, sent);
  if (answered.ok)
    return redirectDone(c, businessPath(acting, `${LIST}/${threadId(c)}`), 'messages:done.answered');
  const { error } = answered;
  if (typeof error !== 'string') return refusedPage(c, error);
  if (error === 'unknown' || error === 'no-answers') return notFoundPage(c);
  return threadPage(c, deps, formWithErrors(form, { file: fileProblemKey(error) }));
}

async function attachment(c: Context<AppEnv>, deps: InboxDeps) {
  const wanted = { threadId: threadId(c), attachmentId: c.req.param('attachment') ?? '' };
  const opened = await openAttachment(deps, requireActing(c), wanted);
  if (!opened.ok) return refusedPage(c, opened.error);
  return opened.value === undefined ? notFoundPage(c) : pdfAnswer(c, opened.value);
}
