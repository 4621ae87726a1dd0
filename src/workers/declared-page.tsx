import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { businessPath, refusedPage, renderBusinessPage, requireActing } from '../access/index.ts';
import { endToLastDay, parsePlainDate } from '../kernel/dates.ts';
import { isUuid } from '../kernel/ids.ts';
import { parseNationalId } from '../kernel/national-id.ts';
import {
  Actions,
  Alert,
  Card,
  DateText,
  DescriptionList,
  EmptyState,
  Lead,
  LinkButton,
  Section,
  Stack,
  Tag,
} from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import { notFoundPage } from '../web/errors.tsx';
import { emptyForm, type FormState, formWithErrors, parseForm, readForm } from '../web/form-parsing.ts';
import { HiddenField, PostForm, RadioGroup, SubmitButton, Textarea, TextField } from '../web/forms.tsx';
import { redirectDone } from '../web/page.tsx';
import { rateLimited } from '../web/rate-limit.ts';
import {
  type DeclarationsView,
  type DeclareProblem,
  declareWorker,
  type DeclaringDeps,
  seeDeclarations,
  settleDeclaration,
} from './declared-actions.ts';
import type { Declaration } from './declared-records.ts';
import { DECLARATION_KINDS, type DeclarationState, declarationState } from './rules.ts';

type Page = Context<AppEnv>;

export interface DeclaredPageDeps extends DeclaringDeps {
  readonly allowSynthetic: boolean;
}

const LIST = '/workers/declared';
/** So many numbers a person has looked up in Folkeregisteret in a day. */
const LOOK_UPS = { limit: 30, windowSeconds: 86_400 };

/** Workers whom an officer declares, since no register shows them: the owner, partners, the owner's spouse. */
export function createDeclaredPages(deps: DeclaredPageDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get(LIST, (c) => showDeclarations(c, deps));
  app.get(`${LIST}/new`, (c) => drawForm(c, deps, emptyForm));
  app.post(
    `${LIST}/new`,
    rateLimited(LOOK_UPS, (c) => c.get('session')?.personId ?? ''),
    (c) => sendDeclaration(c, deps),
  );
  app.get(`${LIST}/:declaration`, (c) => showDeclaration(c, deps));
  app.post(`${LIST}/:declaration`, (c) => sendAnswer(c, deps));
  return app;
}

const STATE_COLORS: Readonly<Record<DeclarationState, 'success' | 'warning' | 'danger' | 'neutral'>> = {
  holds: 'success',
  due: 'warning',
  lapsed: 'danger',
  withdrawn: 'neutral',
};

/** GET /workers/declared */
async function showDeclarations(c: Page, deps: DeclaredPageDeps): Promise<Response> {
  const t = c.get('t');
  const acting = requireActing(c);
  const view = await seeDeclarations(deps, acting);
  if (!view.ok) return refusedPage(c, view.error);
  const { permitted, declarations, units } = view.value;
  return renderBusinessPage(
    c,
    permitted,
    { title: t('workers:declared.title'), section: 'workers', narrow: true, breadcrumbs: crumbs(c, 1) },
    <Stack>
      <Lead>{t('workers:declared.lead')}</Lead>
      {units.length === 0 ? (
        <Alert color="warning">{t('workers:declared.noUnit')}</Alert>
      ) : (
        <LinkButton href={businessPath(acting, `${LIST}/new`)}>{t('workers:declared.declare')}</LinkButton>
      )}
      {declarations.length === 0 ? <EmptyState title={t('workers:declared.empty')} /> : null}
      {declarations.map((declaration) => (
        <Card title={declaration.name} level={2} href={businessPath(acting, `${LIST}/${declaration.id}`)}>
          <Facts c={c} declaration={declaration} now={permitted.now} />
        </Card>
      ))}
    </Stack>,
  );
}

function Facts({ c, declaration, now }: { c: Page; declaration: Declaration; now: Date }) {
  const t = c.get('t');
  const state = declarationState(declaration, now);
  const confirmed = declaration.confirmedAt.getTime() !== declaration.declaredAt.getTime();
  const items = [
    {
      term: t('workers:declared.state'),
      value: (
        <>
          <Tag color={STATE_COLORS[state]}>{t(`workers:declared.states.${state}`)}</Tag>
          {declaration.registered ? <p>{t('workers:declared.registered')}</p> : null}
        </>
      ),
    },
    { term: t('workers:declared.kind'), value: t(`workers:declared.kinds.${declaration.kind}`) },
    { term: t('workers:list.unit'), value: declaration.unitName },
    { term: t('workers:declared.reason'), value: declaration.reason },
    {
      term: t('workers:declared.by'),
      value: <By name={declaration.declaredByName} at={declaration.declaredAt} />,
    },
    ...(confirmed
      ? [
          {
            term: t('workers:declared.confirmedBy'),
            value: <By name={declaration.confirmedByName} at={declaration.confirmedAt} />,
          },
        ]
      : []),
    declaration.withdrawnAt === null
      ? {
          term: t('workers:declared.lastDay'),
          value: <DateText date={endToLastDay(declaration.holdsUntil)} />,
        }
      : {
          term: t('workers:declared.withdrawnBy'),
          value: <By name={declaration.withdrawnByName ?? ''} at={declaration.withdrawnAt} />,
        },
  ];
  return <DescriptionList items={items} />;
}

function By({ name, at }: { readonly name: string; readonly at: Date }) {
  return (
    <>
      {name}, <DateText date={at} />
    </>
  );
}

// Declaring ---------------------------------------------------------------------------------------------------------------

/** POST /workers/declared/new */
async function sendDeclaration(c: Page, deps: DeclaredPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const form = await readForm(c);
  const schema = z.object({
    unit: z.uuid({ error: 'web:form.choose' }),
    kind: z.enum(DECLARATION_KINDS, { error: 'web:form.choose' }),
    number: z.string().transform((text, context) => {
      const parsed = parseNationalId(text, { synthetic: deps.allowSynthetic });
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: 'workers:declared.numberWrong' });
      return z.NEVER;
    }),
    surname: z.string().min(1).max(100),
    reason: z.string().min(1).max(300),
  });
  const parsed = parseForm(schema, form);
  if (!parsed.ok) return drawForm(c, deps, withoutNumber(parsed.error));
  const { unit, number, surname, kind, reason } = parsed.value;
  const made = await declareWorker(deps, acting, { unitId: unit, nationalId: number, surname, kind, reason });
  if (made.ok) return redirectDone(c, businessPath(acting, LIST), 'workers:done.declared');
  if (made.error.kind === 'missing' || made.error.kind === 'refused') return refusedPage(c, made.error);
  const field = fieldOf(made.error.kind);
  const errors = { [field]: `workers:declared.problem.${made.error.kind}` };
  return drawForm(c, deps, withoutNumber(formWithErrors(form, errors)));
}

function fieldOf(problem: DeclareProblem): 'unit' | 'number' {
  return problem === 'no-such-unit' ? 'unit' : 'number';
}

/** A number is typed anew rather than sent back in a page. */
function withoutNumber(state: FormState): FormState {
  return { ...state, values: { ...state.values, number: [] } };
}

/** GET /workers/declared/new */
async function drawForm(c: Page, deps: DeclaredPageDeps, state: FormState): Promise<Response> {
  const t = c.get('t');
  const view = await seeDeclarations(deps, requireActing(c));
  if (!view.ok) return refusedPage(c, view.error);
  const { permitted, units } = view.value;
  return renderBusinessPage(
    c,
    permitted,
    {
      title: t('workers:declared.declare'),
      section: 'workers',
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
      breadcrumbs: crumbs(c, 2),
    },
    <Stack>
      <Lead>{t('workers:declared.formLead', { months: deps.declarationMonths })}</Lead>
      {units.length === 0 ? (
        <Alert color="warning">{t('workers:declared.noUnit')}</Alert>
      ) : (
        <PostForm action={businessPath(requireActing(c), `${LIST}/new`)} state={state}>
          <RadioGroup
            name="kind"
            label={t('workers:declared.kind')}
            choices={DECLARATION_KINDS.map((kind) => ({
              value: kind,
              label: t(`workers:declared.kinds.${kind}`),
              description: t(`workers:declared.kindHints.${kind}`),
            }))}
          />
          <Units c={c} units={units} />
          <TextField
            name="number"
            label={t('workers:declared.number')}
            description={t('workers:declared.numberHint')}
            inputmode="numeric"
            size={14}
            maxlength={14}
            spellcheck={false}
          />
          <TextField
            name="surname"
            label={t('workers:declared.surname')}
            maxlength={100}
            spellcheck={false}
          />
          <Textarea
            name="reason"
            label={t('workers:declared.reason')}
            description={t('workers:declared.reasonHint')}
            rows={3}
            maxlength={300}
          />
          <p>{t('workers:declared.liable')}</p>
          <Actions>
            <SubmitButton>{t('workers:declared.send')}</SubmitButton>
            <LinkButton href={businessPath(requireActing(c), LIST)} variant="tertiary">
              {t('workers:declared.back')}
            </LinkButton>
          </Actions>
        </PostForm>
      )}
    </Stack>,
  );
}

function Units({ c, units }: { c: Page; units: DeclarationsView['units'] }) {
  const [only, ...others] = units;
  if (only !== undefined && others.length === 0) return <HiddenField name="unit" value={only.id} />;
  return (
    <RadioGroup
      name="unit"
      label={c.get('t')('workers:list.unit')}
      choices={units.map(({ id, name }) => ({ value: id, label: name }))}
    />
  );
}

// Confirming and withdrawing ------------------------------------------------------------------------------------------------

/** GET /workers/declared/:declaration */
async function showDeclaration(c: Page, deps: DeclaredPageDeps): Promise<Response> {
  const t = c.get('t');
  const id = c.req.param('declaration');
  const view = await seeDeclarations(deps, requireActing(c), isUuid(id) ? id : NOBODY);
  if (!view.ok) return refusedPage(c, view.error);
  const { permitted } = view.value;
  const declaration = view.value.declarations[0];
  if (declaration === undefined) return notFoundPage(c);
  const born = parsePlainDate(declaration.birthDate);
  return renderBusinessPage(
    c,
    permitted,
    { title: declaration.name, section: 'workers', narrow: true, breadcrumbs: crumbs(c, 2) },
    <Stack>
      {born === undefined ? null : (
        <p>
          {t('workers:list.born')} <DateText date={born} />
        </p>
      )}
      <Facts c={c} declaration={declaration} now={permitted.now} />
      {declaration.withdrawnAt === null ? (
        <>
          <Answer c={c} declaration={declaration} answer="confirm" months={deps.declarationMonths} />
          <Answer c={c} declaration={declaration} answer="withdraw" months={deps.declarationMonths} />
        </>
      ) : null}
    </Stack>,
  );
}

/** No declaration has it. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

function Answer(props: {
  c: Page;
  declaration: Declaration;
  answer: 'confirm' | 'withdraw';
  months: number;
}) {
  const { c, declaration, answer, months } = props;
  const t = c.get('t');
  return (
    <Section title={t(`workers:declared.${answer}.title`)}>
      <p>{t(`workers:declared.${answer}.text`, { months })}</p>
      <PostForm action={businessPath(requireActing(c), `${LIST}/${declaration.id}`)} class="form inline">
        <HiddenField name="answer" value={answer} />
        <SubmitButton variant="secondary" {...(answer === 'withdraw' ? { color: 'danger' } : {})}>
          {t(`workers:declared.${answer}.send`)}
        </SubmitButton>
      </PostForm>
    </Section>
  );
}

/** POST /workers/declared/:declaration */
async function sendAnswer(c: Page, deps: DeclaredPageDeps): Promise<Response> {
  const acting = requireActing(c);
  const id = c.req.param('declaration');
  const answer = z.enum(['confirm', 'withdraw']).safeParse((await readForm(c)).get('answer'));
  if (!isUuid(id) || !answer.success) return showDeclaration(c, deps);
  const settled = await settleDeclaration(deps, acting, id, answer.data);
  if (!settled.ok) return refusedPage(c, settled.error);
  return redirectDone(c, businessPath(acting, LIST), `workers:done.${answer.data}`);
}

function crumbs(c: Page, depth: 1 | 2) {
  const t = c.get('t');
  const acting = requireActing(c);
  const above = [
    { label: t('workers:list.title'), href: businessPath(acting, '/workers') },
    { label: t('workers:declared.title'), href: businessPath(acting, LIST) },
  ];
  return above.slice(0, depth);
}
