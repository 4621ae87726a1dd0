import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { refusedStaffPage, type StaffActing } from '../staff/index.ts';
import { Actions, DateText, EmptyState, Link, Section, Stack, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { type Officer, type Page, TEMPLATES, TextFields, textShape } from './dispatch-parts.tsx';
import { type DispatchDeps, keepTemplate, removeTemplate, viewTemplates } from './dispatches.ts';
import { staffCrumbs, StaffMenu } from './staff-parts.tsx';

/** The texts that case officers begin a message from. */
export function addTemplatePages(app: Hono<AppEnv>, officer: Officer): void {
  app.get(
    TEMPLATES,
    officer((...page) => templatesPage(page, emptyForm)),
  );
  app.post(TEMPLATES, officer(keep));
  app.post(`${TEMPLATES}/:template/remove`, officer(remove));
}

async function templatesPage([c, deps, acting]: Page, state: FormState) {
  const viewed = await viewTemplates(deps, acting);
  if (!viewed.ok) return refusedStaffPage(c, viewed.error);
  const t = c.get('t');
  const { templates } = viewed.value;
  const from = templates.find(({ id }) => id === c.req.query('template'));
  return renderPage(
    c,
    {
      title: t('messages:template.title'),
      breadcrumbs: staffCrumbs(c),
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <StaffMenu c={c} active="templates" />
      <Table
        caption={t('messages:template.caption')}
        rows={templates}
        empty={<EmptyState title={t('messages:template.none')} />}
        columns={[
          {
            header: t('messages:template.name'),
            cell: (row) => <Link href={`${TEMPLATES}?template=${row.id}`}>{row.name}</Link>,
            names: true,
          },
          { header: t('messages:field.category'), cell: (row) => t(`messages:category.${row.category}`) },
          {
            header: t('messages:template.changed'),
            cell: (row) => (
              <>
                {row.changedByName}, <DateText date={row.changedAt} time />
              </>
            ),
          },
          {
            header: t('messages:template.remove'),
            cell: (row) => (
              <PostForm action={`${TEMPLATES}/${row.id}/remove`} class="form inline">
                <SubmitButton size="sm" variant="secondary" color="danger">
                  {t('messages:template.remove')}
                  <span class="ds-sr-only"> {row.name}</span>
                </SubmitButton>
              </PostForm>
            ),
          },
        ]}
      />
      <Section title={t('messages:template.keep')}>
        <PostForm action={TEMPLATES} state={state}>
          <TextField
            name="name"
            label={t('messages:template.name')}
            description={t('messages:template.nameHint')}
            value={from?.name}
            maxlength={100}
          />
          <TextFields c={c} from={from} />
          <Actions>
            <SubmitButton>{t('messages:template.keepNow')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </Stack>,
  );
}

const templateForm = z.object({
  ...textShape,
  name: z.string({ error: 'messages:template.nameMissing' }).max(100),
});

async function keep(...page: Page) {
  const [c, deps, acting] = page;
  const parsed = parseForm(templateForm, await readForm(c));
  if (!parsed.ok) return templatesPage(page, parsed.error);
  const kept = await keepTemplate(deps, acting, parsed.value);
  return kept.ok ? redirectDone(c, TEMPLATES, 'messages:done.templateKept') : refusedStaffPage(c, kept.error);
}

async function remove(c: Context<AppEnv>, deps: DispatchDeps, acting: StaffActing) {
  const removed = await removeTemplate(deps, acting, c.req.param('template') ?? '');
  if (removed.ok) return redirectDone(c, TEMPLATES, 'messages:done.templateRemoved');
  return removed.error === 'unknown' ? notFoundPage(c) : refusedStaffPage(c, removed.error);
}
