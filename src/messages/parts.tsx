import type { Context } from 'hono';
import { Card, DateText, Link } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import type { FileProblem, SentFile } from './inbox.ts';
import { writeText } from './rules.ts';
import type { Thread, ThreadLine, ThreadMessage } from './thread-records.ts';

/** The thread's subject in the reader's language. */
export function subjectOf(c: Context<AppEnv>, { template, parameters, subject }: ThreadLine): string {
  return template === null ? subject : systemText(c, template, parameters).subject;
}

function systemText(c: Context<AppEnv>, template: string, parameters: Readonly<Record<string, string>>) {
  const t = c.get('t');
  const notice = { template, parameters, language: c.get('language'), origin: c.get('web').publicOrigin };
  return writeText(notice, (_, key, values) => t(key, values));
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
  const t = c.get('t');
  const { sentAt, attachments, readBy } = message;
  return (
    <>
      <p>
        <strong>{writerOf(c, message)}</strong>, <DateText date={sentAt} time />
      </p>
      <Body c={c} message={message} />
      {attachments.length === 0 ? null : (
        <ul>
          {attachments.map(({ id, fileName, bytes }) => (
            <li>
              <Link href={`${path}/attachments/${id}`}>{fileName}</Link>{' '}
              {t('messages:attachment.size', { kilobytes: Math.max(1, Math.round(bytes / 1000)) })}
            </li>
          ))}
        </ul>
      )}
      {message.side === 'business' ? null : readBy.length === 0 ? (
        <p class="quiet">{t('messages:readBy.nobody')}</p>
      ) : (
        <p class="quiet">
          {t('messages:readBy.by')}{' '}
          {readBy.map(({ name, at }, index) => (
            <>
              {index > 0 ? ', ' : ''}
              {name} (<DateText date={at} time />)
            </>
          ))}
        </p>
      )}
    </>
  );
}

/** What the authority is called; its code where there is no name for it. */
export function authorityName(c: Context<AppEnv>, authority: string | null): string {
  const key = `messages:authority.${authority ?? ''}`;
  return c.get('web').translator.has(c.get('language'), key) ? c.get('t')(key) : (authority ?? '');
}

function writerOf(c: Context<AppEnv>, { side, authority, authorName }: ThreadMessage): string {
  const t = c.get('t');
  if (side === 'system') return t('messages:from.system');
  return side === 'authority' ? authorityName(c, authority) : (authorName ?? '');
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

function Body({ c, message }: { readonly c: Context<AppEnv>; readonly message: ThreadMessage }) {
  const { template, parameters, body } = message;
  if (template === null) return <Written text={body} />;
  const { paragraphs, link } = systemText(c, template, parameters);
  return (
    <>
      {paragraphs.map((paragraph) => (
        <p class="written">
          {paragraph
            .split(/(\s+)/u)
            .map((word) => (link !== undefined && word === link ? <Link href={link}>{word}</Link> : word))}
        </p>
      ))}
    </>
  );
}

/** The page that is asked for; the first for what is no number. */
export function pageOf(c: Context<AppEnv>): number {
  const asked = Number(c.req.query('page') ?? '1');
  return Number.isInteger(asked) && asked >= 1 && asked <= 100_000 ? asked : 1;
}

/** The file of a form's field `file`; undefined when none was chosen. */
export async function sentFile(form: FormData): Promise<SentFile | undefined> {
  const sent = form.get('file');
  if (!(sent instanceof File) || (sent.size === 0 && sent.name === '')) return undefined;
  return { name: sent.name, bytes: new Uint8Array(await sent.arrayBuffer()) };
}

/** The text's key of what is wrong with a file. */
export const fileProblemKey = (problem: FileProblem): string => `messages:attachment.${problem}`;

/** Answers with a file that people sent: as a download, so that it never runs in a page of ours. */
export function pdfAnswer(
  c: Context<AppEnv>,
  { fileName, content }: { readonly fileName: string; readonly content: Buffer },
): Response {
  const ascii = fileName.replace(/[^\x20-\x7E]+/gu, '_').replace(/["\\%]/gu, '_');
  return c.body(Uint8Array.from(content), 200, {
    'Content-Type': 'application/pdf',
    'Content-Disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
  });
}
