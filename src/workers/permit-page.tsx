import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { osloToday, parsePlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import {
  Actions,
  Alert,
  DateText,
  DescriptionList,
  Lead,
  LinkButton,
  Stack,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  toDay,
} from '../web/form-parsing.ts';
import { DateField, PostForm, RadioGroup, SubmitButton } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { declarePermit, permitDays, type PermitDeps, type PermitView, seePermit } from './permit-actions.ts';
import { PERMIT_KINDS } from './rules.ts';

type Page = Context<AppEnv>;

/** A worker's permit to stay: what was declared of it, and the form that declares it. */
export function createPermitPages(deps: PermitDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/workers/:worker/permit', (c) => showPermit(c, deps, emptyForm));
  app.post('/workers/:worker/permit', (c) => sendPermit(c, deps));
  return app;
}

const schema = z.object({
  kind: z.enum(PERMIT_KINDS, { error: 'web:form.choose' }),
  lastDay: z.string().transform(toDay('workers:permit.problem.day')),
});

/** POST /workers/:worker/permit */
async function sendPermit(c: Page, deps: PermitDeps): Promise<Response> {
  const acting = requireActing(c);
  const workerId = c.req.param('worker') ?? '';
  const form = await readForm(c);
  const parsed = parseForm(schema, form);
  if (!parsed.ok || !isUuid(workerId)) return showPermit(c, deps, parsed.ok ? emptyForm : parsed.error);
  const declared = await declarePermit(deps, acting, { workerId, ...parsed.value });
  if (declared.ok) return redirectDone(c, businessPath(acting, '/workers'), 'workers:done.permit');
  const { error } = declared;
  if (error.kind === 'missing' || error.kind === 'refused') return refusedPage(c, error);
  return showPermit(c, deps, formWithErrors(form, { lastDay: `workers:permit.problem.${error.kind}` }));
}

/** GET /workers/:worker/permit */
async function showPermit(c: Page, deps: PermitDeps, state: FormState): Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const workerId = c.req.param('worker') ?? '';
  if (!isUuid(workerId)) return notFoundPage(c);
  const seen = await seePermit(deps, acting, workerId);
  if (!seen.ok) return refusedPage(c, seen.error);
  const { permitted, name, due } = seen.value;
  const list = businessPath(acting, '/workers');
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('workers:permit.titleOf', { name }),
      section: 'workers',
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: [{ label: t('workers:list.title'), href: list }],
    },
    <Stack>
      <Lead>{t('workers:permit.lead')}</Lead>
      <Declared c={c} view={seen.value} />
      {due ? (
        <DeclareForm c={c} view={seen.value} state={state} />
      ) : (
        <Alert color="info">{t('workers:permit.notDue')}</Alert>
      )}
    </Stack>,
  );
}

type Props = { readonly c: Page; readonly view: PermitView };

/** Whom it is about, and what was declared. */
function Declared({ c, view: { birthDate, unitName, permit, permitted } }: Props) {
  const t = c.get('t');
  const born = parsePlainDate(birthDate);
  const ended = permit !== null && permit.lastDay < osloToday(permitted.now);
  return (
    <DescriptionList
      items={[
        ...(born === undefined ? [] : [{ term: t('workers:list.born'), value: <DateText date={born} /> }]),
        { term: t('workers:list.unit'), value: unitName },
        ...(permit === null
          ? []
          : [
              { term: t('workers:permit.kind'), value: t(`workers:permit.kinds.${permit.kind}`) },
              {
                term: t('workers:permit.lastDay'),
                value: (
                  <>
                    <DateText date={permit.lastDay} />{' '}
                    {ended ? <Tag color="danger">{t('workers:permit.ended')}</Tag> : null}
                  </>
                ),
              },
              {
                term: t('workers:permit.by'),
                value: (
                  <>
                    {permit.byName}, <DateText date={permit.at} />
                  </>
                ),
              },
            ]),
      ]}
    />
  );
}

function DeclareForm({ c, view, state }: Props & { readonly state: FormState }) {
  const t = c.get('t');
  const acting = requireActing(c);
  const { first, last } = permitDays(view.permitted.now);
  return (
    <PostForm action={businessPath(acting, `/workers/${view.id}/permit`)} state={state}>
      <RadioGroup
        name="kind"
        label={t('workers:permit.kind')}
        choices={PERMIT_KINDS.map((kind) => ({
          value: kind,
          label: t(`workers:permit.kinds.${kind}`),
          description: t(`workers:permit.kindHints.${kind}`),
        }))}
      />
      <DateField
        name="lastDay"
        label={t('workers:permit.lastDay')}
        description={t('workers:permit.lastDayHint')}
        min={first}
        max={last}
      />
      <p>{t('workers:permit.liable')}</p>
      <Actions>
        <SubmitButton>{t('workers:permit.send')}</SubmitButton>
        <LinkButton href={businessPath(acting, '/workers')} variant="tertiary">
          {t('workers:permit.back')}
        </LinkButton>
      </Actions>
    </PostForm>
  );
}
