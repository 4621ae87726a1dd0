import type { Context, Hono } from 'hono';
import { z } from 'zod';
import {
  businessPath,
  refusalText,
  refusedPage,
  renderBusinessPage,
  requireActing,
} from '../access/index.ts';
import { Actions, DateText, EmptyState, Lead, Section, Table } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, parseForm, readForm } from '../web/form-parsing.ts';
import { PostForm, SubmitButton, TextField } from '../web/forms.tsx';
import { type DoneKey, redirectDone } from '../web/page.tsx';
import {
  type AgreementDeps,
  announceSubProcessor,
  removeSubProcessor,
  viewSubProcessors,
} from './actions.ts';
import { NOTICE_DAYS } from './rules.ts';

const PATH = '/business/vendor/sub-processors';
type Page = Context<AppEnv>;

/** The vendor's own sub-processors: who is on the list, and announcing and removing one. */
export function addSubProcessorPages(app: Hono<AppEnv>, deps: AgreementDeps): void {
  app.get(PATH, (c) => listPage(c, deps, emptyForm));
  app.post(PATH, (c) => announce(c, deps));
  app.post(`${PATH}/:subProcessor/remove`, (c) => remove(c, deps));
}

async function listPage(c: Page, deps: AgreementDeps, state: FormState) {
  const acting = requireActing(c);
  const viewed = await viewSubProcessors(deps, acting, state === emptyForm ? 'read' : 'sign');
  if (!viewed.ok) return refusedPage(c, viewed.error);
  const { permitted, list, announcedFirst } = viewed.value;
  const t = c.get('t');
  const signing = permitted.decide('agreements.sign');
  const disabledReason = signing.allowed ? undefined : refusalText(t, signing.refusal);
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'vendor',
      title: t('agreements:subProcessors.title'),
      breadcrumbs: [
        { label: t('agreements:customers.back'), href: businessPath(acting, '/business/vendor') },
      ],
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      <Lead>{t('agreements:subProcessors.lead')}</Lead>
      <Table
        caption={t('agreements:subProcessors.title')}
        captionHidden
        rows={list}
        empty={<EmptyState title={t('agreements:subProcessors.none')} />}
        columns={[
          { header: t('agreements:subProcessors.name'), cell: (one) => one.name },
          { header: t('agreements:subProcessors.country'), cell: (one) => one.country },
          { header: t('agreements:subProcessors.purpose'), cell: (one) => one.purpose },
          { header: t('agreements:subProcessors.from'), cell: (one) => <DateText date={one.startsAt} /> },
          {
            header: '',
            align: 'end',
            cell: (one) => (
              <PostForm action={businessPath(acting, `${PATH}/${one.id}/remove`)} class="form inline">
                <SubmitButton variant="secondary" size="sm" disabledReason={disabledReason}>
                  {t('agreements:subProcessors.remove', { name: one.name })}
                </SubmitButton>
              </PostForm>
            ),
          },
        ]}
      />
      <Section title={t('agreements:subProcessors.new')}>
        <p>
          {t(announcedFirst ? 'agreements:subProcessors.announced' : 'agreements:subProcessors.atOnce', {
            days: NOTICE_DAYS,
          })}
        </p>
        <PostForm state={state}>
          <TextField name="name" label={t('agreements:subProcessors.name')} maxlength={200} />
          <TextField name="country" label={t('agreements:subProcessors.country')} maxlength={100} />
          <TextField name="purpose" label={t('agreements:subProcessors.purpose')} maxlength={300} />
          <Actions>
            <SubmitButton disabledReason={disabledReason}>{t('agreements:subProcessors.add')}</SubmitButton>
          </Actions>
        </PostForm>
      </Section>
    </>,
  );
}

const form = z.object({
  name: z.string().max(200),
  country: z.string().max(100),
  purpose: z.string().max(300),
});

async function announce(c: Page, deps: AgreementDeps) {
  const parsed = parseForm(form, await readForm(c));
  if (!parsed.ok) return listPage(c, deps, parsed.error);
  const announced = await announceSubProcessor(deps, requireActing(c), parsed.value);
  return done(c, announced, 'agreements:done.announced');
}

async function remove(c: Page, deps: AgreementDeps) {
  const removed = await removeSubProcessor(deps, requireActing(c), c.req.param('subProcessor') ?? '');
  return done(c, removed, 'agreements:done.removed');
}

type Answer =
  Awaited<ReturnType<typeof announceSubProcessor>> | Awaited<ReturnType<typeof removeSubProcessor>>;

function done(c: Page, answer: Answer, key: DoneKey) {
  if (answer.ok) return redirectDone(c, businessPath(requireActing(c), PATH), key);
  if (typeof answer.error !== 'string') return refusedPage(c, answer.error);
  if (answer.error === 'unknown') return notFoundPage(c);
  return problemPage(c, 'conflict', { detail: c.get('t')(`agreements:problem.${answer.error}`) });
}
