import type { Context } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { CSV_START, csvLine } from '../kernel/csv.ts';
import { uuidv7 } from '../kernel/ids.ts';
import { isRefused } from '../orders/index.ts';
import { Actions, Alert, DateText, Lead, Link, Section, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, formWithErrors, type FormState, readForm } from '../web/form-parsing.ts';
import { FileField, HiddenField, PostForm, SubmitButton } from '../web/forms.tsx';
import { sendFile } from './actions.ts';
import { MAX_FILE_BYTES, MAX_ROWS, templateOf } from './rules.ts';
import type { Upload } from './records.ts';
import { workbookTemplate } from './template.ts';
import { crumbs, uploadPath, type BulkPageDeps } from './upload-pages.tsx';
import { startView } from './views.ts';

type Page = Context<AppEnv>;

/** GET /orders/file: a file to send, and what was sent before. */
export async function showStart(c: Page, deps: BulkPageDeps): Promise<Response> {
  return drawStart(c, deps, emptyForm);
}

/** POST /orders/file: keeps the file, to be read soon. */
export async function sendStart(c: Page, deps: BulkPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const form = await readForm(c);
  const key = z.uuid().safeParse(form.get('key'));
  const sent = form.get('file');
  const file = sent instanceof File ? sent : undefined;
  // Without a file it is still asked first whether there may be one.
  const kept = await sendFile(deps, acting, {
    key: key.success ? key.data : uuidv7(),
    fileName: file?.name ?? '',
    file: Buffer.from((await file?.arrayBuffer()) ?? new ArrayBuffer()),
  });
  if (kept.ok) return c.redirect(uploadPath(acting, kept.value.uploadId), 303);
  if (isRefused(kept.error)) return refusedPage(c, kept.error);
  if (kept.error === 'missing') return refusedPage(c, { kind: 'missing' });
  return drawStart(c, deps, formWithErrors(form, { file: `bulk:file.${kept.error}` }));
}

async function drawStart(c: Page, deps: BulkPageDeps, state: FormState): Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const view = await startView(deps, acting);
  if (!view.ok) return refusedPage(c, view.error);
  return renderBusinessPage(
    c,
    view.value,
    {
      title: t('bulk:start.title'),
      section: 'orders',
      breadcrumbs: crumbs(c).slice(0, 1),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      {view.value.hasCardType ? null : <Alert color="warning">{t('orders:new.noCardType')}</Alert>}
      <Lead>{t('bulk:start.text', { rows: MAX_ROWS })}</Lead>
      <p>{t(view.value.seesList ? 'bulk:start.columns' : 'bulk:start.vendor')}</p>
      {view.value.seesList ? <p>{t('bulk:start.permits')}</p> : null}
      <Actions>
        <Link href={businessPath(acting, '/orders/file/template.xlsx')}>{t('bulk:start.workbook')}</Link>
        <Link href={businessPath(acting, '/orders/file/template')}>{t('bulk:start.template')}</Link>
      </Actions>
      <PostForm files state={state}>
        <HiddenField name="key" value={uuidv7()} />
        <FileField
          name="file"
          label={t('bulk:start.file')}
          description={t('bulk:start.fileHint')}
          accept={['.csv', '.xlsx']}
          maxBytes={MAX_FILE_BYTES}
        />
        <SubmitButton>{t('bulk:start.send')}</SubmitButton>
      </PostForm>
      <Section title={t('bulk:start.earlier')}>
        <Table
          caption={t('bulk:start.earlier')}
          captionHidden
          columns={[
            {
              header: t('bulk:start.file'),
              cell: (upload: Upload) => (
                <Link href={uploadPath(acting, upload.id)}>{upload.fileName || t('bulk:start.unnamed')}</Link>
              ),
            },
            {
              header: t('bulk:start.sent'),
              cell: (upload: Upload) => <DateText date={upload.uploadedAt} time />,
            },
            { header: t('bulk:start.rows'), cell: (upload: Upload) => String(upload.readRows), align: 'end' },
            { header: t('bulk:start.state'), cell: (upload: Upload) => t(`bulk:state.${upload.state}`) },
          ]}
          rows={view.value.uploads}
          empty={<p>{t('bulk:start.none')}</p>}
        />
      </Section>
    </Stack>,
  );
}

/** GET /orders/file/template: a file with the headings alone. */
export async function template(c: Page, deps: BulkPageDeps): Promise<Response> {
  const view = await startView(deps, requireActing(c));
  if (!view.ok) return refusedPage(c, view.error);
  const language = c.get('language');
  return c.body(CSV_START + csvLine(templateOf(language, view.value.seesList)), 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${language === 'nb' ? 'bestilling' : 'order'}.csv"`,
  });
}

/** GET /orders/file/template.xlsx: the same as a workbook. */
export async function templateWorkbook(c: Page, deps: BulkPageDeps): Promise<Response> {
  const view = await startView(deps, requireActing(c));
  if (!view.ok) return refusedPage(c, view.error);
  const language = c.get('language');
  const workbook = workbookTemplate(
    c.get('t')('bulk:start.sheet'),
    templateOf(language, view.value.seesList),
  );
  return c.body(new Uint8Array(workbook), 200, {
    'Content-Type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'Content-Disposition': `attachment; filename="${language === 'nb' ? 'bestilling' : 'order'}.xlsx"`,
  });
}
