import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { endToLastDay, osloToday } from '../kernel/dates.ts';
import type { ValueOf } from '../kernel/result.ts';
import { Actions, Alert, LinkButton } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage, problemPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { CheckboxGroup, DateField, HiddenField, PostForm, SubmitButton, Textarea } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { useRequest } from '../web/request.ts';
import { backFrom, History, mandatePath } from './mandate-parts.tsx';
import type { AccessDeps } from './mandates.ts';
import { narrowMandate, type NarrowProblem, openNarrowing } from './narrowing.ts';
import {
  dayField,
  formOfTerms,
  isWorkerSearch,
  LimitFields,
  limitFields,
  pickingOf,
  rightsField,
  scopeFields,
  ScopeFields,
  toLimits,
  toScope,
} from './proposal-form.tsx';
import type { NarrowingProblems } from './terms.ts';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from './web.tsx';

const LIST = '/business/access';
const NARROW = `${LIST}/mandates/:mandate/narrow`;

/** Taking something away from a mandate in force: no step-up, with effect at once. */
export function addNarrowPages(app: Hono<AppEnv>, deps: AccessDeps): void {
  app.get(NARROW, (c) => narrowPage(c, deps, emptyForm));
  app.post(NARROW, (c) => narrow(c, deps));
}

type NarrowView = NonNullable<ValueOf<typeof openNarrowing>['view']>;

/** The form; with `since`, filled in on a version that somebody has changed after, with what they did. */
async function narrowPage(c: Context<AppEnv>, deps: AccessDeps, state: FormState, since?: number) {
  const acting = requireActing(c);
  const opened = await openNarrowing(deps, acting, c.req.param('mandate') ?? '', {
    picking: pickingOf(state),
    since,
  });
  if (!opened.ok) return refusedPage(c, opened.error);
  const { permitted, view } = opened.value;
  if (view === undefined) return notFoundPage(c);
  const t = c.get('t');
  if (view.refusal !== undefined) return refusedPage(c, { kind: 'refused', refusal: view.refusal });
  if (view.over) return problemPage(c, 'conflict', { detail: t('access:narrow.over') });
  const { mandate, missed, names } = view;
  const without = c.req.queries('without') ?? [];
  const rights = mandate.rights.filter((right) => !without.includes(right));
  const shown = state === emptyForm ? formOfTerms({ ...mandate, rights, purpose: '' }, permitted.now) : state;
  return renderBusinessPage(
    c,
    permitted,
    {
      section: 'business',
      side: 'access',
      title: t('access:narrow.title', { name: mandate.holderName }),
      breadcrumbs: [
        { label: t('access:title'), href: businessPath(acting, LIST) },
        { label: mandate.holderName, href: mandatePath(acting, mandate.id) },
      ],
      narrow: true,
      status: since !== undefined ? 409 : Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <>
      {since === undefined ? null : (
        <Alert color="warning" title={t('access:narrow.changedTitle')} live>
          <p>{t('access:narrow.changed')}</p>
          <History entries={missed} names={names} caption={t('access:narrow.changedTitle')} />
        </Alert>
      )}
      <p>{t('access:narrow.text')}</p>
      <PostForm state={shown}>
        <HiddenField name="version" value={String(mandate.version)} />
        <CheckboxGroup
          name="rights"
          label={t('access:narrow.rights')}
          description={t('access:narrow.rightsHint')}
          choices={mandate.rights.map((right) => ({ value: right, label: t(`access:right.${right}.can`) }))}
        />
        <NarrowScope view={view} />
        <DateField
          name="lastDay"
          label={t('access:form.lastDay')}
          description={t('access:narrow.lastDayHint')}
          min={osloToday(permitted.now)}
          max={endToLastDay(mandate.endsAt)}
        />
        <LimitFields description={t('access:narrow.limitsHint')} />
        <Textarea
          name="reason"
          label={t('access:narrow.reason')}
          description={t('access:narrow.reasonHint')}
          rows={2}
          maxlength={300}
        />
        <Actions>
          <SubmitButton>{t('access:narrow.confirm')}</SubmitButton>
          <LinkButton href={backFrom(c, mandatePath(acting, mandate.id))} variant="tertiary">
            {t('access:cancel')}
          </LinkButton>
        </Actions>
      </PostForm>
    </>,
  );
}

/** Of the units or workers that the mandate has, those that it is to keep; of the whole business, a part. */
function NarrowScope({ view }: { readonly view: NarrowView }) {
  const { t } = useRequest();
  const { mandate, names, picking } = view;
  if (mandate.workers !== null) {
    const shown = [...names.workers].filter(([id]) => mandate.workers?.includes(id) === true);
    const hidden = mandate.workers.filter((id) => !names.workers.has(id));
    return (
      <>
        <HiddenField name="scope" value="named" />
        {hidden.map((id) => (
          <HiddenField name="workers" value={id} />
        ))}
        {shown.length === 0 ? null : (
          <CheckboxGroup
            name="workers"
            label={t('access:narrow.workers')}
            description={t('access:narrow.scopeHint')}
            choices={shown.map(([value, label]) => ({ value, label }))}
          />
        )}
      </>
    );
  }
  if (mandate.units !== null) {
    return (
      <>
        <HiddenField name="scope" value="some" />
        <CheckboxGroup
          name="units"
          label={t('access:narrow.units')}
          description={t('access:narrow.scopeHint')}
          choices={names.units
            .filter((unit) => mandate.units?.includes(unit.id) === true)
            .map((unit) => ({ value: unit.id, label: unit.name }))}
        />
      </>
    );
  }
  return <ScopeFields own={undefined} units={names.units} picking={picking} />;
}

const narrowForm = z.object({
  version: z
    .string()
    .regex(/^[0-9]{1,9}$/u)
    .transform(Number),
  rights: rightsField,
  ...scopeFields,
  lastDay: dayField,
  ...limitFields,
  reason: z.string({ error: 'access:problem.reason' }).max(300),
});

async function narrow(c: Context<AppEnv>, deps: AccessDeps) {
  const acting = requireActing(c);
  const id = c.req.param('mandate') ?? '';
  const form = await readForm(c);
  if (isWorkerSearch(form)) return narrowPage(c, deps, formWithErrors(form, {}));
  const parsed = parseForm(narrowForm, form);
  if (!parsed.ok) return narrowPage(c, deps, parsed.error);
  const { version, rights, lastDay, reason } = parsed.value;
  const narrowing = {
    rights,
    ...toScope(parsed.value),
    lastDay,
    limits: toLimits(parsed.value),
    reason,
  };
  const narrowed = await narrowMandate(deps, acting, { id, version, narrowing });
  if (narrowed.ok) return redirectDone(c, backFrom(c, mandatePath(acting, id)), 'access:done.narrowed');
  const problem = narrowed.error;
  if (problem.kind === 'narrowing') {
    return narrowPage(c, deps, formWithErrors(form, narrowErrors(problem.problems)));
  }
  if (problem.kind !== 'narrow') return refusedPage(c, problem);
  return narrowProblem(c, deps, problem, form, version);
}

function narrowProblem(
  c: Context<AppEnv>,
  deps: AccessDeps,
  { reason }: Extract<NarrowProblem, { kind: 'narrow' }>,
  form: FormData,
  version: number,
) {
  switch (reason) {
    case 'unknown':
      return notFoundPage(c);
    case 'over':
      return problemPage(c, 'conflict', { detail: c.get('t')('access:narrow.over') });
    case 'changed':
      return narrowPage(c, deps, formWithErrors(form, {}), version);
  }
}

function narrowErrors(problems: NarrowingProblems): Record<string, string> {
  return Object.fromEntries(
    Object.entries(problems).map(([part, problem]) => [
      part === 'orePerMonth' ? 'kronerPerMonth' : part,
      `access:problem.narrow.${part}.${problem}`,
    ]),
  );
}
