import type { Context, Hono, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { Actions, Alert, Lead, Link, LinkButton, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { FileField, PostForm, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import { renderPage } from '../web/page.tsx';
import { sentFiles } from '../web/pdf-file.ts';
import { sendReport } from './actions.ts';
import { FILE_TYPES, MAX_FILE_BYTES, MAX_FILES } from './files.ts';
import { lookAlikesPath, reportPath, selfCheckPath } from './paths.ts';

type Page = Context<AppEnv>;
type Deps = Parameters<typeof sendReport>[0];

/** Where anybody reports a vendor, or a page that looks like ours: `/report`, without a login. */
export function addReportPages(app: Hono<AppEnv>, deps: Deps, limited: MiddlewareHandler<AppEnv>) {
  app.get(reportPath, (c) => formPage(c, emptyForm));
  app.post(reportPath, limited, (c) => send(c, deps));
}

const reportForm = z.object({
  about: z.string({ error: 'directory:report.aboutMissing' }).max(200),
  pageAddress: z.string().max(300).optional(),
  text: z.string({ error: 'directory:report.textMissing' }).max(2000),
  email: z.email({ error: 'web:form.email' }).max(200).optional(),
});

function formPage(c: Page, state: FormState) {
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('directory:report.title'),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('directory:report.lead')}</Lead>
      <Alert color="warning">
        <p>{t('directory:report.secrets')}</p>
      </Alert>
      <p>
        <Link href={lookAlikesPath}>{t('directory:lookAlikes.title')}</Link>
      </p>
      <PostForm action={reportPath} state={state} files>
        <TextField
          name="about"
          label={t('directory:report.about')}
          description={t('directory:report.aboutHint')}
          maxlength={200}
        />
        <TextField
          name="pageAddress"
          label={t('directory:report.address')}
          description={t('directory:report.addressHint')}
          maxlength={300}
          spellcheck={false}
          optional
        />
        <Textarea
          name="text"
          label={t('directory:report.text')}
          description={t('directory:report.textHint')}
          rows={8}
          maxlength={2000}
        />
        <FileField
          name="file"
          label={t('directory:report.files')}
          description={t('directory:report.filesHint', { most: MAX_FILES })}
          accept={FILE_TYPES}
          maxBytes={MAX_FILE_BYTES}
          multiple
          optional
        />
        <TextField
          name="email"
          type="email"
          label={t('directory:report.email')}
          description={t('directory:report.emailHint')}
          maxlength={200}
          optional
        />
        <Actions>
          <SubmitButton>{t('directory:report.send')}</SubmitButton>
        </Actions>
      </PostForm>
    </>,
  );
}

async function send(c: Page, deps: Deps) {
  const form = await readForm(c);
  const parsed = parseForm(reportForm, form);
  if (!parsed.ok) return formPage(c, parsed.error);
  const sent = await sendReport(deps, { ...parsed.value, files: await sentFiles(form) }, c.get('language'));
  if (!sent.ok) return formPage(c, formWithErrors(form, { file: `directory:file.${sent.error}` }));
  const t = c.get('t');
  return renderPage(
    c,
    { title: t('directory:report.title'), narrow: true, here: reportPath },
    <Stack>
      <Alert color="success" title={t('directory:report.sent')} live>
        <p>
          {t(
            parsed.value.email === undefined
              ? 'directory:report.sentNoAnswer'
              : 'directory:report.sentAnswer',
          )}
        </p>
      </Alert>
      <Actions>
        <LinkButton href={selfCheckPath} variant="secondary">
          {t('directory:check.title')}
        </LinkButton>
      </Actions>
    </Stack>,
  );
}
