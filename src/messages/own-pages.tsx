import { type Context, Hono } from 'hono';
import { loginPath } from '../identity/index.ts';
import { DateText, EmptyState, Lead, Link, Pagination, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { type InboxDeps, LINES_PER_PAGE, openOwnNotice, readAllOwnNotices, viewOwnNotices } from './inbox.ts';
import { featureOf, NoticeBody, noticeText, pageOf, ReadTag, topicOf } from './parts.tsx';

/** Where a person reads what concerns them: their cards, their mandates, what they are asked for. */
export const ownMessagesPath = '/profile/messages';
const READ_ALL = `${ownMessagesPath}/read`;

interface OwnInboxDeps extends InboxDeps {
  /** Where something is done about a notice that names no page, by the feature that gives it. */
  readonly places: Readonly<Partial<Record<string, string>>>;
}

/** The person's own inbox, whatever business they act for. */
export function createOwnInboxPages(deps: OwnInboxDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(ownMessagesPath, (c) => asOneself(c, (tokenHash) => listPage(c, deps, tokenHash)));
  app.post(READ_ALL, (c) => asOneself(c, (tokenHash) => readAll(c, deps, tokenHash)));
  app.get(`${ownMessagesPath}/:notice`, (c) => asOneself(c, (tokenHash) => noticePage(c, deps, tokenHash)));
  return app;
}

function asOneself(c: Context<AppEnv>, work: (tokenHash: Uint8Array) => Promise<Response>) {
  const session = c.get('session');
  return session === null ? c.redirect(loginPath(ownMessagesPath), 303) : work(session.tokenHash);
}

const crumbs = (c: Context<AppEnv>) => [{ label: c.get('t')('identity:profile.title'), href: '/profile' }];

async function listPage(c: Context<AppEnv>, deps: InboxDeps, tokenHash: Uint8Array): Promise<Response> {
  const t = c.get('t');
  const page = pageOf(c);
  const { notices, count, unread } = await viewOwnNotices(deps, tokenHash, page);
  if (notices.length === 0 && page > 1) return c.redirect(ownMessagesPath, 303);
  return renderPage(
    c,
    { title: t('messages:own.title'), breadcrumbs: crumbs(c) },
    <>
      <Lead>{t('messages:own.lead')}</Lead>
      <Table
        caption={t('messages:own.caption', { count })}
        rows={notices}
        empty={
          <EmptyState title={t('messages:own.none')}>
            <p>{t('messages:own.noneText')}</p>
          </EmptyState>
        }
        columns={[
          {
            header: t('messages:field.subject'),
            cell: (notice) => {
              const { subject } = noticeText(c, notice);
              return (
                <Link href={`${ownMessagesPath}/${notice.id}`}>
                  {notice.unread ? <strong>{subject}</strong> : subject}
                </Link>
              );
            },
            names: true,
          },
          { header: t('messages:field.category'), cell: (notice) => topicOf(c, notice) },
          { header: t('messages:field.at'), cell: (notice) => <DateText date={notice.at} time /> },
          { header: t('messages:field.state'), cell: (notice) => <ReadTag c={c} notice={notice} /> },
        ]}
      />
      <Pagination
        page={page}
        pages={Math.ceil(count / LINES_PER_PAGE)}
        href={(number) => `${ownMessagesPath}?page=${String(number)}`}
      />
      {unread === 0 ? null : (
        <PostForm action={READ_ALL} class="form inline">
          <SubmitButton variant="secondary">{t('messages:own.readAll', { count: unread })}</SubmitButton>
        </PostForm>
      )}
    </>,
  );
}

async function noticePage(c: Context<AppEnv>, deps: OwnInboxDeps, tokenHash: Uint8Array): Promise<Response> {
  const notice = await openOwnNotice(deps, tokenHash, c.req.param('notice') ?? '');
  if (notice === undefined) return notFoundPage(c);
  return renderPage(
    c,
    {
      title: noticeText(c, notice).subject,
      narrow: true,
      breadcrumbs: [...crumbs(c), { label: c.get('t')('messages:own.title'), href: ownMessagesPath }],
    },
    <Stack>
      <NoticeBody c={c} notice={notice} place={deps.places[featureOf(notice)]} />
    </Stack>,
  );
}

async function readAll(c: Context<AppEnv>, deps: InboxDeps, tokenHash: Uint8Array): Promise<Response> {
  await readForm(c);
  await readAllOwnNotices(deps, tokenHash);
  return redirectDone(c, ownMessagesPath, 'messages:done.readAll');
}
