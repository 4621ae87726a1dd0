import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { lastDayToEnd, osloToday } from '../kernel/dates.ts';
import { formatOrganisationNumber, parseOrganisationNumber } from '../kernel/organisation-number.ts';
import type { ValueOf } from '../kernel/result.ts';
import { refusedStaffPage } from '../staff/index.ts';
import { Actions, Alert, Card, Lead, Link, Section, Stack } from '../web/components.tsx';
import type { AppEnv } from '../web/context.ts';
import {
  emptyForm,
  type FormState,
  formWithErrors,
  parseForm,
  readForm,
  toDay,
} from '../web/form-parsing.ts';
import {
  DateField,
  HiddenField,
  PostForm,
  RadioGroup,
  Select,
  SubmitButton,
  TextField,
} from '../web/forms.tsx';
import { redirectDone, renderPage } from '../web/page.tsx';
import { sentFile } from '../web/pdf-file.ts';
import {
  choiceOf,
  DISPATCHES,
  NEW,
  type Officer,
  type Page,
  TextFields,
  textShape,
} from './dispatch-parts.tsx';
import type { Draft, Template } from './dispatch-records.ts';
import { openWriting, previewDispatch, sendDispatch } from './dispatches.ts';
import { AttachmentField, fileProblemKey, FormKey, formKey, Written } from './parts.tsx';
import { staffCrumbs, StaffMenu } from './staff-parts.tsx';
import { CARD_STATES, FAILING_CONDITIONS, type Selection, usesField } from './threads.ts';

/** Writing to one business or to many: the form, what would be sent and to whom, and sending it. */
export function addWritingPages(app: Hono<AppEnv>, officer: Officer): void {
  app.get(
    NEW,
    officer((...page) => newPage(page, emptyForm)),
  );
  app.post(NEW, officer(sendNew));
}

async function newPage([c, deps, acting]: Page, state: FormState) {
  const opened = await openWriting(deps, acting);
  if (!opened.ok) return refusedStaffPage(c, opened.error);
  const t = c.get('t');
  const { templates, permitted } = opened.value;
  const from = templates.find(({ id }) => id === c.req.query('template'));
  return renderPage(
    c,
    {
      title: t('messages:write.title'),
      breadcrumbs: staffCrumbs(c),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <StaffMenu c={c} active="new" />
      <TemplateLinks c={c} templates={templates} />
      <PostForm action={NEW} state={state}>
        <RecipientFields c={c} />
        <TextFields c={c} from={from} />
        <DateField
          name="lastDay"
          label={t('messages:field.deadline')}
          description={t('messages:write.deadlineHint')}
          min={osloToday(permitted.now)}
          optional
        />
        <Actions>
          <SubmitButton>{t('messages:write.preview')}</SubmitButton>
        </Actions>
      </PostForm>
    </Stack>,
  );
}

/** The one business, or what many are chosen by. */
function RecipientFields({ c }: { readonly c: Context<AppEnv> }) {
  const t = c.get('t');
  const noChoice = { value: '', label: t('messages:write.any') };
  return (
    <>
      <RadioGroup
        name="to"
        label={t('messages:write.to')}
        value="one"
        choices={['one', 'some'].map(choiceOf(c, 'write.toWhom'))}
      />
      <TextField
        name="number"
        label={t('messages:write.number')}
        description={t('messages:write.numberHint')}
        inputmode="numeric"
        optional
      />
      <TextField
        name="industry"
        label={t('messages:write.industry')}
        description={t('messages:write.industryHint')}
        maxlength={7}
        optional
      />
      <TextField
        name="postalCode"
        label={t('messages:write.postalCode')}
        description={t('messages:write.postalCodeHint')}
        inputmode="numeric"
        maxlength={4}
        optional
      />
      <Select
        name="cardState"
        label={t('messages:write.cardState')}
        choices={[noChoice, ...CARD_STATES.map(choiceOf(c, 'cardState'))]}
        optional
      />
      <Select
        name="condition"
        label={t('messages:write.condition')}
        choices={[noChoice, ...FAILING_CONDITIONS.map(choiceOf(c, 'condition'))]}
        optional
      />
    </>
  );
}

function TemplateLinks({
  c,
  templates,
}: {
  readonly c: Context<AppEnv>;
  readonly templates: readonly Template[];
}) {
  const t = c.get('t');
  if (templates.length === 0) return null;
  return (
    <Section title={t('messages:write.beginFrom')}>
      <ul>
        {templates.map(({ id, name }) => (
          <li>
            <Link href={`${NEW}?template=${id}`}>{name}</Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

const writeForm = z.object({
  ...textShape,
  to: z.enum(['one', 'some'], { error: 'web:form.choose' }),
  number: z
    .string()
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined;
      const parsed = parseOrganisationNumber(text);
      if (parsed.ok) return parsed.value;
      context.addIssue('messages:write.numberWrong');
      return z.NEVER;
    }),
  industry: z
    .string()
    .regex(/^\d{1,2}(?:\.\d{1,3})?$/u, 'messages:write.industryWrong')
    .optional(),
  postalCode: z
    .string()
    .regex(/^\d{1,4}$/u, 'messages:write.postalCodeWrong')
    .optional(),
  cardState: z.enum(CARD_STATES).optional(),
  condition: z.enum(FAILING_CONDITIONS).optional(),
  lastDay: z.string().transform(toDay()).optional(),
  counted: z.coerce.number().int().min(0).max(10_000_000).optional(),
  key: formKey,
  file: z.unknown().optional(),
  change: z.literal('yes').optional(),
});

type WrittenForm = z.infer<typeof writeForm>;

function selectionOf({ to, number, industry, postalCode, cardState, condition }: WrittenForm): Selection {
  return to === 'one' ? { number: number ?? '' } : { industry, postalCode, cardState, condition };
}

async function sendNew(...page: Page) {
  const [c, deps, acting] = page;
  const form = await readForm(c);
  const parsed = parseForm(writeForm, form);
  if (!parsed.ok) return newPage(page, parsed.error);
  const written = parsed.value;
  if (written.change !== undefined) return newPage(page, formWithErrors(form, {}));
  const wrong = problemsOf(written);
  if (wrong !== undefined) return newPage(page, formWithErrors(form, wrong));
  const { category, subject, body, lastDay, counted, key } = written;
  const draft: Draft = {
    category,
    subject,
    body,
    deadline: lastDay === undefined ? null : lastDayToEnd(lastDay),
    selection: selectionOf(written),
  };
  if (counted === undefined) return previewPage(page, form, draft);
  const sent = await sendDispatch(deps, acting, { key, draft, counted, file: await sentFile(form) });
  if (sent.ok)
    return redirectDone(c, `${DISPATCHES}/${sent.value.dispatchId}`, `messages:done.${sent.value.state}`);
  const { error } = sent;
  if (typeof error !== 'string') return refusedStaffPage(c, error);
  if (error === 'nobody') return previewPage(page, form, draft);
  if (error === 'changed') return previewPage(page, form, draft, emptyForm, true);
  return previewPage(page, form, draft, formWithErrors(form, { file: fileProblemKey(error) }));
}

function problemsOf({ to, number, ...written }: WrittenForm): Record<string, string> | undefined {
  const some = written.industry ?? written.postalCode ?? written.cardState ?? written.condition;
  if (to === 'one' && number === undefined) return { number: 'messages:write.numberMissing' };
  if (to === 'some' && some === undefined) return { to: 'messages:write.everybody' };
  if (written.lastDay === undefined && usesField(`${written.subject} ${written.body}`, 'deadline'))
    return { lastDay: 'messages:write.deadline.missing' };
  return undefined;
}

const CARRIED = [
  'to',
  'number',
  'industry',
  'postalCode',
  'cardState',
  'condition',
  'category',
  'subject',
  'body',
  'lastDay',
];

async function previewPage(
  page: Page,
  form: FormData,
  draft: Draft,
  state: FormState = emptyForm,
  changed = false,
) {
  const [c, deps, acting] = page;
  const previewed = await previewDispatch(deps, acting, draft);
  if (!previewed.ok) return refusedStaffPage(c, previewed.error);
  const { late, total } = previewed.value;
  if (late !== undefined)
    return newPage(page, formWithErrors(form, { lastDay: `messages:write.deadline.${late}` }));
  const t = c.get('t');
  return renderPage(
    c,
    {
      title: t('messages:preview.title'),
      breadcrumbs: staffCrumbs(c, { label: t('messages:write.title'), href: NEW }),
      narrow: true,
      status: Object.keys(state.errors).length > 0 ? 422 : 200,
    },
    <Stack>
      <Preview c={c} previewed={previewed.value} changed={changed} fourEyesAbove={deps.fourEyesAbove} />
      <SendForm c={c} carried={form} state={state} total={total} waits={total > deps.fourEyesAbove} />
    </Stack>,
  );
}

type PreviewProps = {
  readonly c: Context<AppEnv>;
  readonly previewed: ValueOf<typeof previewDispatch>;
  readonly changed: boolean;
  readonly fourEyesAbove: number;
};

/** Who would get it, and how it reads for one of them. */
function Preview({ c, previewed, changed, fourEyesAbove }: PreviewProps) {
  const { recipients, total, example } = previewed;
  const t = c.get('t');
  if (total === 0 || example === undefined)
    return (
      <Alert color="warning" title={t('messages:preview.nobody')}>
        <p>{t('messages:preview.nobodyText')}</p>
      </Alert>
    );
  return (
    <>
      {changed ? <Alert color="warning">{t('messages:preview.changed')}</Alert> : null}
      <Lead>{t('messages:preview.lead', { count: total })}</Lead>
      {total > fourEyesAbove ? (
        <Alert title={t('messages:preview.waits')}>
          <p>{t('messages:preview.waitsText', { count: fourEyesAbove })}</p>
        </Alert>
      ) : null}
      <ul>
        {recipients.map(({ name, organisationNumber }) => (
          <li>
            {name} <span class="nowrap">{formatOrganisationNumber(organisationNumber)}</span>
          </li>
        ))}
      </ul>
      {total > recipients.length ? (
        <p>{t('messages:preview.more', { count: total - recipients.length })}</p>
      ) : null}
      <Section title={t('messages:preview.example')}>
        <Card title={example.subject} level={3}>
          <Written text={example.body} />
        </Card>
      </Section>
    </>
  );
}

type SendFormProps = {
  readonly c: Context<AppEnv>;
  /** The form that was previewed, which goes with this one. */
  readonly carried: FormData;
  readonly state: FormState;
  readonly total: number;
  /** Whether a second case officer has to agree. */
  readonly waits: boolean;
};

function SendForm({ c, carried, state, total, waits }: SendFormProps) {
  const t = c.get('t');
  return (
    <PostForm action={NEW} state={state} files>
      {CARRIED.map((name) => {
        const value = carried.get(name);
        return typeof value === 'string' && value !== '' ? <HiddenField name={name} value={value} /> : null;
      })}
      <FormKey />
      <HiddenField name="counted" value={String(total)} />
      {total > 0 ? <AttachmentField /> : null}
      <Actions>
        {total === 0 ? null : (
          <SubmitButton>
            {t(waits ? 'messages:preview.handOver' : 'messages:preview.send', { count: total })}
          </SubmitButton>
        )}
        <SubmitButton name="change" value="yes" variant="secondary">
          {t('messages:preview.change')}
        </SubmitButton>
      </Actions>
    </PostForm>
  );
}
