import type { Context } from 'hono';
import { z } from 'zod';
import { uuidv7 } from '../kernel/ids.ts';
import { authorityName } from '../staff/index.ts';
import { Actions, Card, DateText, DescriptionList, Link, LinkButton, Tag } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { FileField, HiddenField } from '../web/forms.tsx';
import type { PdfProblem } from '../web/pdf-file.ts';
import { writeText } from './rules.ts';
import type { NoticeLine } from './notice-records.ts';
import type { Thread, ThreadMessage } from './thread-records.ts';
import { MAX_ATTACHMENT } from './threads.ts';
import { useRequest } from '../web/request.ts';

/** A notice in the reader's language. `link`: the page of ours where something is done about it, where it names one. */
export function noticeText(c: Context<AppEnv>, { template, parameters }: NoticeLine) {
  const t = c.get('t');
  const notice = {
    template,
    parameters,
    language: c.get('language'),
    origin: c.get('web').publicOrigin,
    noLink: t('messages:told.linkInMail'),
  };
  return writeText(notice, (_, key, values) => t(key, values));
}

/** The feature that gives a notice. */
export const featureOf = ({ template }: NoticeLine): string => template.replace(/:.*/u, '');

/** What a notice is about. */
export const topicOf = (c: Context<AppEnv>, notice: NoticeLine): string =>
  c.get('t')(`messages:topic.${featureOf(notice)}`);

/** Whether anybody, or the one who looks, has opened a notice. */
export function ReadTag({ c, notice }: { readonly c: Context<AppEnv>; readonly notice: NoticeLine }) {
  const t = c.get('t');
  return notice.unread ? (
    <Tag color="warning">{t('messages:state.unread')}</Tag>
  ) : (
    <Tag>{t('messages:state.read')}</Tag>
  );
}

type NoticeProps = {
  readonly c: Context<AppEnv>;
  readonly notice: NoticeLine;
  /** Where something is done about a notice that names no page itself. */
  readonly place?: string | undefined;
};

/** What a notice says, and the way to where something is done about it. */
export function NoticeBody({ c, notice, place }: NoticeProps) {
  const t = c.get('t');
  const { paragraphs, link } = noticeText(c, notice);
  const inText = link !== undefined && paragraphs.some((paragraph) => paragraph.includes(link));
  const href = inText ? undefined : (link ?? place);
  return (
    <>
      <DescriptionList
        items={[
          { term: t('messages:field.category'), value: topicOf(c, notice) },
          { term: t('messages:field.from'), value: t('messages:from.system') },
          { term: t('messages:field.at'), value: <DateText date={notice.at} time /> },
        ]}
      />
      <Card>
        {paragraphs.map((paragraph) => (
          <p class="written">
            {paragraph
              .split(/(\s+)/u)
              .map((word) => (word === link ? <Link href={word}>{word}</Link> : word))}
          </p>
        ))}
      </Card>
      {href === undefined ? null : (
        <Actions>
          <LinkButton href={href}>{t('messages:told.goThere')}</LinkButton>
        </Actions>
      )}
    </>
  );
}

type ListProps = { readonly c: Context<AppEnv>; readonly thread: Thread; readonly path: string };

/** All that was written in a thread, the oldest first, with its files and who has opened it. */
export function MessageList({ c, thread, path }: ListProps) {
  return (
    <ol class="stack plain messages">
      {thread.messages.map((message) => (
        <li>
          <Card tinted={message.side === 'business'}>
            <Message c={c} message={message} path={path} />
          </Card>
        </li>
      ))}
    </ol>
  );
}

type MessageProps = { readonly c: Context<AppEnv>; readonly message: ThreadMessage; readonly path: string };

function Message({ c, message, path }: MessageProps) {
  const { sentAt, attachments, readBy } = message;
  return (
    <>
      <p>
        <strong>{writerOf(c, message)}</strong>, <DateText date={sentAt} time />
      </p>
      <Written text={message.body} />
      <FileList
        c={c}
        files={attachments.map((file) => ({ ...file, href: `${path}/attachments/${file.id}` }))}
      />
      {message.side === 'business' ? null : <ReadBy c={c} readBy={readBy} />}
    </>
  );
}

type FilesProps = {
  readonly c: Context<AppEnv>;
  readonly files: readonly { readonly href: string; readonly fileName: string; readonly bytes: number }[];
};

/** Files that can be opened, with how large they are. */
export function FileList({ c, files }: FilesProps) {
  if (files.length === 0) return null;
  return (
    <ul>
      {files.map(({ href, fileName, bytes }) => (
        <li>
          <Link href={href}>{fileName}</Link>{' '}
          {c.get('t')('messages:attachment.size', { kilobytes: Math.max(1, Math.round(bytes / 1000)) })}
        </li>
      ))}
    </ul>
  );
}

type ReadByProps = { readonly c: Context<AppEnv>; readonly readBy: ThreadMessage['readBy'] };

/** Who in the business has opened something, and when. */
export function ReadBy({ c, readBy }: ReadByProps) {
  const t = c.get('t');
  if (readBy.length === 0) return <p class="quiet">{t('messages:readBy.nobody')}</p>;
  return (
    <p class="quiet">
      {t('messages:readBy.by')}{' '}
      {readBy.map(({ name, at }, index) => (
        <>
          {index > 0 ? ', ' : ''}
          {name} (<DateText date={at} time />)
        </>
      ))}
    </p>
  );
}

function writerOf(c: Context<AppEnv>, { side, authority, authorName }: ThreadMessage): string {
  return side === 'authority' ? authorityName(c, authority ?? '') : authorName;
}

/** What a person has written, paragraph by paragraph. */
export function Written({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/\n{2,}/u).map((paragraph) => (
        <p class="written">{paragraph}</p>
      ))}
    </>
  );
}

/** Marks a form, so that what is sent in it twice counts once: pressed twice, or sent again on the way back. */
export const FormKey = () => <HiddenField name="key" value={uuidv7()} />;

/** What `FormKey` sends. */
export const formKey = z.uuid().default(uuidv7);

/** The page that is asked for; the first for what is no number. */
export function pageOf(c: Context<AppEnv>): number {
  const asked = Number(c.req.query('page') ?? '1');
  return Number.isInteger(asked) && asked >= 1 && asked <= 100_000 ? asked : 1;
}

/** The text's key of what is wrong with a file. */
export const fileProblemKey = (problem: PdfProblem | 'too-many-today'): string =>
  `messages:attachment.${problem}`;

/** One PDF that goes with a message. The form needs `files`. */
export function AttachmentField() {
  const { t } = useRequest();
  return (
    <FileField
      name="file"
      label={t('messages:answer.file')}
      accept={['application/pdf']}
      maxBytes={MAX_ATTACHMENT}
      optional
    />
  );
}
